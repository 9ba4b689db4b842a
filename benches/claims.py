#!/usr/bin/env python3
"""Checks what the texts on screen claim: every effect that a help text names is shown by runs with three seeds.

    cargo build --release
    python3 benches/claims.py target/release/contrastive-playground             # all of it: some minutes
    python3 benches/claims.py target/release/contrastive-playground tau miner   # the texts whose keys hold one of these words
    python3 benches/claims.py target/release/contrastive-playground seeds=0-9   # other seeds

It prints a table: the text's key, the claim, the command lines (A, B, …), for each seed a number for each of them, and whether the
relation between these numbers holds with every seed. The exit code is 1 where one does not.

Definitions, formulas, citations and facts of mathematics need no run and are not here. A row of the table below is

    text's key | claim | quantity | relation | steps | settings A | settings B | …

Every setting is what one types after `train`; what is not named is the default. A quantity is

- a metric of the last step, by its name in the JSON (`uniformity`),
- `metric@5` or `metric@400-500`: of a step, or its mean over the steps from 400 to 500,
- one of the functions in QUANTITIES: of a run's rows, one a step, or of its embeddings.
"""

import csv
import json
import math
import resource
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

SEEDS = range(3)
TRIPLET, LABELS = "--loss triplet", "--loss triplet --positives labels"
HARD, PLANE = "--loss triplet --miner hard", "--data lifted --dim 16"
SGD, DOT_SGD = "--optimizer sgd", "--similarity dot --optimizer sgd"

CLAIMS = """
param.classes.help | by label, six tight classes end as a simplex | between | abs(A + 0.2) < 0.02 | 500 | --positives labels --dim 8
param.noise.help | at noise 1 not even labels part the classes | knn_accuracy | A > 0.98 and B < 0.8 | 500 | --positives labels | --positives labels --noise 1
param.rest.help | Nuisance: ignored even at 3 | knn_accuracy | A > 0.95 | 1000 | --data nuisance --rest 3
param.rest.help | Hidden plane: from 2 on views lose the classes, labels find them | knn_accuracy | A > 0.95 and B < 0.4 and C > 0.9 | 1000 | --data lifted --rest 1 | --data lifted --rest 2 | --data lifted --rest 2 --positives labels
param.positives.help | labels join a class that views do not | same | A < 0.3 and B > 0.9 | 1000 | --data xor | --data xor --positives labels
param.jitter.help | strong noise makes the encoder give directions up | effective_rank | A > 15 and 5 < B < 7 | 1000 | $PLANE --jitter 0.05 | $PLANE --jitter 1
param.rotation.help | past half the gap neighbours draw near | neighbours | A < 0.1 and B > 0.3 and C > 0.7 | 1000 | --rotation 10 | --rotation 30 | --rotation 60
param.rotation.help | kNN still parts them | knn_accuracy | A > 0.98 and B > 0.98 | 1000 | --rotation 60 | --rotation 90
param.scaling.help | circles' classes overlap at 0.9 | contrast | A > 0.3 and B < 0.1 | 1000 | --data circles | --data circles --scaling 0.9
param.flip.help | on XOR views mix the classes | knn_accuracy | A > 0.98 and B < 0.6 | 1000 | --data xor | --data xor --flip 0.5
param.batch.help | work grows about as the square: 16 times for 4 times the pairs | cpu_seconds | 9 * A < B < 22 * A | 60 | --batch 1024 --points 10000 | --batch 4096 --points 10000
param.negatives.help | fewer negatives lower the loss | loss@400-500 | A < B - 0.5 < C - 1 | 500 | --negatives 4 | --negatives 16 | --negatives 64
param.negatives.help | and the bound | mutual_information@400-500 | A < B < C | 500 | --negatives 4 | --negatives 16 | --negatives 64
param.alpha.help | with views a larger one keeps more active | active_fraction@400-500 | A < B < C | 500 | $TRIPLET --alpha 0.2 | $TRIPLET --alpha 1 | $TRIPLET --alpha 2
param.alpha.help | with views 0 ends in collapse | uniformity | A > -0.02 and B < -1.3 | 1000 | $TRIPLET --alpha 0 | $TRIPLET
param.miner.help | by label random ones satisfy the margin within 20 steps | active_fraction@20-60 | A < 0.02 | 100 | $LABELS --miner random
param.miner.help | by label the hardest stay active longer | active_fraction@1-100 | A * 5 < B | 100 | $LABELS --miner random | $LABELS --miner hard
param.miner.help | with views one random triplet in six stays active | active_fraction@400-500 | 0.13 < A < 0.19 | 500 | $TRIPLET --miner random
param.miner.help | with views the hardest end in collapse | uniformity | A > -0.02 | 500 | $HARD
param.reduction.help | mean over all: gradient shrinks; over active: it does not | late_gradient_share | A < 0.1 and B > 0.5 | 300 | $LABELS --reduction all | $LABELS --reduction active
param.reduction.help | a sum grows with the batch | loss@40-50 | A * 3 < B and B * 3 < C | 50 | $TRIPLET --reduction sum --batch 32 | $TRIPLET --reduction sum --batch 64 | $TRIPLET --reduction sum
param.tau.help | about 40 of 254 push at 0.1, nearly all at 2 | effective_negatives | 33 < A < 48 and B > 230 | 1000 | --tau 0.1 | --tau 2
param.tau.help | most uniform at 0.1 to 0.2 | uniformity | max(B, C) < min(A, D, E) - 0.02 | 2000 | --tau 0.05 | --tau 0.1 | --tau 0.2 | --tau 0.5 | --tau 1
param.similarity.help | dot product: SGD diverges from 0.02 on, Adam does not | steps_done | A < 100 and B < 100 and C == 1000 and D == 1000 | 1000 | $DOT_SGD --lr 0.02 | $DOT_SGD --lr 0.1 | --similarity dot | --similarity dot --lr 0.1
param.layers.help | even by label a linear map does not pull moons apart | between | A > 0.5 and B < -0.8 | 1000 | --data moons --positives labels --layers none | --data moons --positives labels
param.layers.help | nor circles | contrast | A < 0.05 and B > 1 | 1000 | --data circles --positives labels --layers none | --data circles --positives labels
param.layers.help | while kNN stays near 1 on moons | knn_accuracy | A > 0.97 | 1000 | --data moons --positives labels --layers none
param.activation.help | more layers of 16 units, fewer directions | effective_rank | A > C + 0.5 and C > D + 0.5 and A > B - 0.1 | 1000 | $PLANE --activation linear --layers none | $PLANE --activation linear --layers 16 | $PLANE --activation linear --layers 16,16 | $PLANE --activation linear --layers 16,16,16
param.activation.help | layers of 64 units cost almost none | effective_rank | 0 <= A - B < 0.3 | 1000 | $PLANE --activation linear --layers none | $PLANE --activation linear --layers 64,64,64,64
param.dim.help | views tell the spirals apart from 3 on | knn_accuracy | A < 0.8 and B > 0.98 and C > 0.98 | 2000 | --data spirals --dim 2 | --data spirals | --data spirals --dim 8
param.init.help | the default run ends alike with both | loss@900-1000 | abs(A - B) < 0.08 | 1000 | --init he | --init xavier
param.optimizer.help | SGD's loss falls more slowly at first | loss@5-50 | A > B + 0.02 | 50 | $SGD | --optimizer adam
param.optimizer.help | and ends about equal | loss@900-1000 | abs(A - B) < 0.04 | 1000 | $SGD | --optimizer adam
param.lr.help | at 0.00001 a hundred steps change little | loss@90-100 | A > 4.2 and A > B + 0.4 | 100 | --lr 0.00001 | --lr 0.003
param.lr.help | cosine bears 1 | loss@900-1000 | abs(A - B) < 0.06 | 1000 | --lr 1 | --lr 0.003
param.lr.help | the weights grow: the gradient, inverse to their size, falls | gradient_norm@400-500 | A < 0.2 * B | 500 | --lr 1 | --lr 0.003
param.decay.help | even 1 hardly changes the embedding | uniformity@900-1000 | abs(A - B) < 0.08 | 1000 | --optimizer adamw --decay 0 | --optimizer adamw --decay 1
param.decay.help | it keeps the weights small: the gradient, inverse to their size, is larger | gradient_norm@900-1000 | B > 2 * A | 1000 | --optimizer adamw --decay 0 | --optimizer adamw --decay 1
choice.data.blobs.help | easy | knn_accuracy | A > 0.98 | 500 |
choice.data.overlap.help | no embedding parts them, nor with labels | knn_accuracy | A < 0.985 and B < 0.985 | 1000 | --data overlap | --data overlap --positives labels
choice.data.circles.help | no straight line parts them: a linear encoder gives all classes one place | contrast | A < 0.05 | 500 | --data circles --positives labels --layers none
choice.data.spirals.help | views spread each class, labels gather it | same | A < 0.15 and B > 0.95 | 1000 | --data spirals | --data spirals --positives labels
choice.data.spirals3.help | with views room on the sphere, not on the circle | knn_accuracy | A < 0.7 and B > 0.98 | 2000 | --data spirals3 --dim 2 | --data spirals3
choice.data.xor.help | views do not join opposite quadrants, labels do | same | A < 0.3 and B > 0.9 | 1000 | --data xor | --data xor --positives labels
choice.data.pinwheel.help | hard at the hub | hub_accuracy | A < 0.85 | 1000 | --data pinwheel
choice.data.pinwheel.help | easy at the tips | tip_accuracy | A > 0.97 | 1000 | --data pinwheel
choice.data.nuisance.help | what views disagree on is forgotten | same | A > 0.95 and B < 0.1 | 1000 | --data nuisance --rest 2 | --data lifted --rest 2
choice.data.lifted.help | the encoder finds the plane | knn_accuracy | A < 0.7 and B > 0.95 | 1, 1000 | --data lifted
choice.miner.random.help | by label most steps have no gradient | silent_share | A > 0.7 | 300 | $LABELS --miner random
choice.miner.random.help | with views one in six stays active | active_fraction@400-500 | 0.13 < A < 0.19 | 500 | $TRIPLET --miner random
choice.miner.hard.help | by label it spreads some steps later | uniformity@5 | A > max(B, C, D) + 0.02 | 10 | $LABELS --miner hard | $LABELS --miner all | $LABELS --miner random | $LABELS --miner semihard
choice.miner.hard.help | and gets there | uniformity | A < -1.4 | 200 | $LABELS --miner hard
choice.miner.hard.help | with views the nearest rows are of the anchor's class | knn_accuracy@1 | A > 0.95 | 1 | $HARD
choice.miner.hard.help | and it collapses | uniformity | A > -0.02 | 500 | $HARD
choice.reduction.sum.help | dot product: SGD diverges even at 0.0003, cosine does not | steps_done | A < 100 and B == 500 and C == 500 | 500 | $TRIPLET --reduction sum $DOT_SGD --lr 0.0003 | $TRIPLET --reduction sum $SGD --lr 0.0003 | $TRIPLET $DOT_SGD --lr 0.0003
choice.activation.linear.help | the more narrow layers, the fewer directions | effective_rank | A > B + 0.5 and B > C + 0.5 | 1000 | $PLANE --activation linear --layers none | $PLANE --activation linear --layers 16,16 | $PLANE --activation linear --layers 16,16,16
metric.negative_similarity.help | with views near 0, by label -1/(k-1) | negative_similarity | abs(A) < 0.05 and abs(B + 0.2) < 0.03 | 1000 | | --positives labels
metric.effective_rank.help | six tight classes use five directions | effective_rank | abs(A - 5) < 0.1 | 500 | --positives labels --dim 8
metric.knn_accuracy.help | stays high after collapse | knn_accuracy | A > 0.7 | 500 | $HARD
metric.active_fraction.help | near zero most steps have no gradient | silent_share | A > 0.7 | 300 | $LABELS --miner random
metric.active_fraction.help | mean over active: the others have a full one | late_gradient_share | A > 0.3 | 300 | $LABELS --miner random
metric.active_fraction.help | semi-hard: all active, 0 where none is mined | odd_fractions | A == 0 and B == 0 | 200 | $TRIPLET --miner semihard | $LABELS --miner semihard
metric.gradient_norm.help | near zero at collapse | gradient_norm | A < 0.002 | 500 | $HARD
diverged | what diverges at 0.03 does not with cosine, a smaller rate or a larger tau | steps_done | A < 100 and min(B, C, D) == 500 | 500 | $DOT_SGD --lr 0.03 | $SGD --lr 0.03 | $DOT_SGD --lr 0.001 | $DOT_SGD --lr 0.03 --tau 2
ui.loss_note_active | with views the loss is near α (0.2) soon | loss@10-20 | 0.15 < min(A, B, C) and max(A, B, C) < 0.25 | 500 | $TRIPLET | $TRIPLET --data circles | $TRIPLET --data moons
ui.loss_note_active | and later | loss@400-500 | 0.17 < min(A, B, C) and max(A, B, C) < 0.22 | 500 | $TRIPLET | $TRIPLET --data circles | $TRIPLET --data moons
ui.loss_note_active | so for other α | loss@400-500 | 0.8 < A / 0.05 < 1.2 and 0.8 < B / 0.5 < 1.2 and 0.8 < C < 1.2 | 500 | $TRIPLET --alpha 0.05 | $TRIPLET --alpha 0.5 | $TRIPLET --alpha 1
ui.loss_note_active | while learning succeeds between the two | knn_accuracy@10 over knn_accuracy@500 | A < 0.6 | 500 | $TRIPLET --data circles
ui.loss_note_active | and the active fraction falls | active_fraction@400-500 over active_fraction@10-20 | A < 0.6 and B < 0.8 | 500 | $TRIPLET --data circles | $TRIPLET --data moons
README: Using it | a smaller tau, fewer effective negatives | effective_negatives | A < B - 5 and C > 230 | 1000 | --tau 0.05 | --tau 0.2 | --tau 2
README: Using it | and more spread out at 0.2 than at 0.05 or 2 | uniformity | B < min(A, C) - 0.05 | 1000 | --tau 0.05 | --tau 0.2 | --tau 2
README: Using it | labels and random miner dry up | active_fraction@20-100 | A < 0.02 | 100 | $LABELS --miner random
README: Using it | with views the loss stays near α while learning succeeds | loss@400-500 over loss@10-20 | 0.8 < A < 1.25 | 500 | $TRIPLET
README: Using it | views and hard miner collapse | uniformity | A > -0.02 | 500 | $HARD
"""


def command(settings, steps, seed, *more):
    return [PROGRAM, "train", *settings.split(), "--steps", str(steps), "--seed", str(seed), "--json", *more]


@lru_cache(maxsize=None)
def run(settings, steps, seed, every=0):
    """A run's metrics, its rows (one every so many steps) and the steps it took before it ended or diverged."""
    with tempfile.TemporaryDirectory() as folder:
        table, points = Path(folder) / "metrics.csv", Path(folder) / "points.csv"
        more = ["--embeddings", str(points)] + (["--every", str(every), "--csv", str(table)] if every else [])
        done = subprocess.run(command(settings, steps, seed, *more), capture_output=True, text=True)
        if "diverged" in done.stderr:
            return {"steps_done": json.loads(done.stdout)["step"] if done.stdout.startswith("{") else 0}
        if done.returncode:
            sys.exit(f"train {settings}: {done.stderr}")
        result = json.loads(done.stdout)
        rows = list(csv.DictReader(table.open())) if every else []
        embeddings = [(int(row["label"]), [float(value) for key, value in row.items() if key.startswith("z")]) for row in csv.DictReader(points.open())]
        return {**result["metrics"], "loss": result["loss"], "steps_done": result["step"], "rows": rows, "embeddings": embeddings}


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def class_cosines(settings, steps, seed):
    """Mean cosine within a class, and of every two classes."""
    sums, counts = {}, {}
    for label, row in run(settings, steps, seed)["embeddings"]:
        length = math.sqrt(dot(row, row)) or 1
        sums[label] = [x + y / length for x, y in zip(sums.get(label, [0] * len(row)), row)]
        counts[label] = counts.get(label, 0) + 1
    within = sum(dot(sums[k], sums[k]) - counts[k] for k in sums) / sum(n * (n - 1) for n in counts.values())
    return within, {(i, j): dot(sums[i], sums[j]) / (counts[i] * counts[j]) for i in sums for j in sums if i < j}


def between(*of):
    cosines = class_cosines(*of)[1].values()
    return sum(cosines) / len(cosines)


def neighbours(*of):
    cosines = class_cosines(*of)[1]
    classes = 1 + max(j for _, j in cosines)
    return sum(cosines[tuple(sorted((k, (k + 1) % classes)))] for k in range(classes)) / classes


def cpu_seconds(settings, steps, seed):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command(settings, steps, seed), capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def column(settings, steps, seed, metric, every=1):
    return [float(row[metric] or 0) for row in run(settings, steps, seed, every)["rows"]]


def late_gradient_share(*of):
    """The median gradient after the first ten steps, of steps that have one, over that of these ten."""
    gradients = column(*of, "gradient_norm")
    median = lambda values: sorted(values)[len(values) // 2] if values else 0
    early, late = gradients[:10], gradients[10:]
    return median([g for g in late if g > 0]) / median([g for g in early if g > 0])


def silent_share(*of):
    """The share of steps without a gradient, in the last two thirds."""
    gradients = column(*of, "gradient_norm")
    late = gradients[len(gradients) // 3 :]
    return sum(g == 0 for g in late) / len(late)


def odd_fractions(*of):
    """How many steps have an active fraction other than 1, or than 0 where nothing was mined."""
    pairs = zip(column(*of, "active_fraction"), column(*of, "mined"))
    return sum(fraction != (1 if mined else 0) for fraction, mined in pairs)


@lru_cache(maxsize=None)
def pinwheel(settings, steps, seed):
    """Accuracy of 10 nearest neighbours in the nearest and the farthest quarter of the points, counted from the hub.

    A linear map of the points, made round again, is the pinwheel itself but for a turn: its radii are the points'.
    """
    points = [row for _, row in run("--data pinwheel --layers none --dim 2 --similarity dot --lr 0.00001", 1, seed)["embeddings"]]
    count = len(points)
    mean = [sum(p[k] for p in points) / count for k in (0, 1)]
    x, y = ([p[k] - mean[k] for p in points] for k in (0, 1))
    slope = dot(x, y) / dot(x, x)
    rest = [b - slope * a for a, b in zip(x, y)]
    radius = [math.hypot(a / math.sqrt(dot(x, x)), r / math.sqrt(dot(rest, rest))) for a, r in zip(x, rest)]
    order = sorted(range(count), key=radius.__getitem__)
    embeddings = run(settings, steps, seed)["embeddings"]

    def is_right(i):
        nearest = sorted((j for j in range(count) if j != i), key=lambda j: -dot(embeddings[i][1], embeddings[j][1]))[:10]
        labels = [embeddings[j][0] for j in nearest]
        return max(set(labels), key=labels.count) == embeddings[i][0]

    return [sum(map(is_right, part)) / len(part) for part in (order[: count // 4], order[-count // 4 :])]


QUANTITIES = {
    "same": lambda *of: class_cosines(*of)[0],
    "between": between,
    "contrast": lambda *of: class_cosines(*of)[0] - between(*of),
    "neighbours": neighbours,
    "cpu_seconds": cpu_seconds,
    "late_gradient_share": late_gradient_share,
    "silent_share": silent_share,
    "odd_fractions": odd_fractions,
    "hub_accuracy": lambda *of: pinwheel(*of)[0],
    "tip_accuracy": lambda *of: pinwheel(*of)[1],
}


def measure(quantity, settings, steps, seed):
    if " over " in quantity:
        above, below = quantity.split(" over ")
        return measure(above, settings, steps, seed) / measure(below, settings, steps, seed)
    if quantity in QUANTITIES:
        return QUANTITIES[quantity](settings, steps, seed)
    if "@" not in quantity:
        return run(settings, steps, seed)[quantity]
    metric, _, window = quantity.partition("@")
    first, _, last = window.partition("-")
    values = column(settings, steps, seed, metric, 1 if steps <= 500 else 10)
    rows = run(settings, steps, seed, 1 if steps <= 500 else 10)["rows"]
    wanted = [value for row, value in zip(rows, values) if int(first) <= int(row["step"]) <= int(last or first)]
    return sum(wanted) / len(wanted)


def main():
    names = {name: globals()[name] for name in ("TRIPLET", "LABELS", "HARD", "PLANE", "SGD", "DOT_SGD")}
    failed, checked = 0, 0
    print("| text | claim | command lines | quantity | seeds " + ", ".join(map(str, SEEDS)) + " | relation | holds |\n" + "| --- " * 7 + "|")
    for line in CLAIMS.strip().splitlines():
        key, claim, quantity, relation, steps, *settings = [part.strip() for part in line.split("|")]
        if WORDS and not any(word in key for word in WORDS):
            continue
        for name in sorted(names, key=len, reverse=True):
            settings = [text.replace("$" + name, names[name]) for text in settings]
        lengths = [int(number) for number in steps.split(",")]
        runs = [(text, length) for text in settings for length in lengths]
        numbers = [[measure(quantity, text, length, seed) for text, length in runs] for seed in SEEDS]
        holds = all(eval(relation, {}, dict(zip("ABCDE", values))) for values in numbers)
        lines = "; ".join(f"{letter}: train {text} --steps {length}".replace("  ", " ") for letter, (text, length) in zip("ABCDE", runs))
        shown = ", ".join("/".join(f"{value:.4g}" for value in values) for values in numbers)
        print(f"| {key} | {claim} | {lines} | {quantity} | {shown} | {relation} | {'yes' if holds else '**no**'} |", flush=True)
        failed, checked = failed + (not holds), checked + 1
    print(f"\n{checked - failed} of {checked} claims hold with seeds {', '.join(map(str, SEEDS))}.")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAM, WORDS = sys.argv[1], [word for word in sys.argv[2:] if not word.startswith("seeds=")]
    for word in set(sys.argv[2:]) - set(WORDS):
        first, _, last = word.removeprefix("seeds=").partition("-")
        SEEDS = range(int(first), int(last or first) + 1)
    main()
