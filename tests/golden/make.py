"""Makes the golden files beside it: losses.json, networks.json, adam.json.

    pip install torch numpy pytorch-metric-learning info-nce-pytorch
    python3 tests/golden/make.py

Everything is computed in f64 from the papers' formulas, differentiated by torch, and checked here against the
libraries that people use (torch, pytorch-metric-learning, info-nce-pytorch) wherever they have the same convention.
There are no random numbers: every input is made of sines and is a multiple of 1/256, so that an f32 holds it
exactly (the fixture of four pairs is the exception: its rows are plain sines). README.md says what the fields mean.
"""

import json
import math
from itertools import count
from pathlib import Path

import info_nce
import numpy as np
import torch
import torch.nn.functional as F
from pytorch_metric_learning import distances, losses, miners, reducers

torch.set_default_dtype(torch.float64)
FOLDER = Path(__file__).parent

# No triplet comes nearer than this to changing its kind, and no ReLU's input to zero: f32 can't flip one.
GAP = 1e-4

checks = {}
worst = {"loss": 0.0, "gradient": 0.0}


def check(name, ours, theirs, relative=1e-9):
    """Compares two numbers or two arrays and counts the comparison."""
    ours, theirs = np.asarray(as_numbers(ours)), np.asarray(as_numbers(theirs))
    scale = max(np.abs(theirs).max(), 1e-3)
    assert ours.shape == theirs.shape, (name, ours.shape, theirs.shape)
    assert np.abs(ours - theirs).max() <= relative * scale, (name, ours, theirs)
    checks[name] = checks.get(name, 0) + 1


def as_numbers(value):
    return value.detach().double().numpy() if isinstance(value, torch.Tensor) else value


# Inputs


def quantized(values):
    return torch.round(values * 256) / 256


def fixture():
    """The fixture of the reference: A[i][k] = sin(1 + 3i + 7k), B = A + 0.3 sin(2 + 5i + 11k)."""
    i, k = torch.arange(4.0)[:, None], torch.arange(3.0)[None, :]
    a = torch.sin(1 + 3 * i + 7 * k)
    return torch.cat([a, a + 0.3 * torch.sin(2 + 5 * i + 11 * k)])


def spread_rows(pairs, dimension, phase, similarity):
    """Rows in all directions (the product i k makes them span the space) and, for the cosine, of all lengths."""
    i, k = torch.arange(float(pairs))[:, None], torch.arange(float(dimension))[None, :]
    a = torch.sin(phase + 3 * i + 7 * k + 1.7 * i * k)
    b = a + 0.4 * torch.sin(2 * phase + 5 * i + 11 * k + 2.3 * i * k)
    rows = torch.cat([a, b])
    n = torch.arange(2.0 * pairs)[:, None]
    length = 1.5 + torch.sin(phase + 2 * n) if similarity == "cosine" else 1.2 / math.sqrt(dimension)
    return quantized(length * rows)


# Losses, straight from their definitions


def compared(rows, similarity):
    if similarity == "dot":
        return rows
    return rows / rows.norm(dim=1, keepdim=True).clamp_min(1e-12)


def uses_supcon(config):
    return config["infonce"] == "supcon" or (config["infonce"] == "ntxent" and config["positives"] == "labels")


def candidates(config, labels, anchor):
    """Positives and negatives of one anchor, by row."""
    pairs, rows = len(labels), 2 * len(labels)
    label = labels + labels
    if config["infonce"] in ("onesided", "both"):
        start = pairs if anchor < pairs else 0
        positives = [(anchor + pairs) % rows]
        walk = [start + (anchor + offset) % pairs for offset in range(1, pairs)]
    else:
        if uses_supcon(config):
            positives = [row for row in range(rows) if row != anchor and label[row] == label[anchor]]
        else:
            positives = [(anchor + pairs) % rows]
        walk = [(anchor + offset) % rows for offset in range(1, rows)]
    negatives = [row for row in walk if row not in positives]
    kept = config["negatives"]
    return positives, negatives[:kept] if kept else negatives


def infonce(config, rows, labels):
    z = compared(rows, config["similarity"])
    pairs = len(labels)
    anchors = pairs if config["infonce"] == "onesided" else 2 * pairs
    terms, entropies, sizes = [], [], []
    for anchor in range(anchors):
        positives, negatives = candidates(config, labels, anchor)
        s = z @ z[anchor] / config["tau"]
        partition = torch.logsumexp(s[positives + negatives], 0)
        terms.append((partition - s[positives]).mean())
        if negatives:
            p = torch.softmax(s[negatives], 0).detach()
            entropies.append(float(-(p * torch.log(p.clamp_min(1e-300))).sum()))
        sizes.append(len(negatives))
    loss = torch.stack(terms).mean()
    metrics = {}
    if len(entropies) == anchors:
        metrics["entropy"] = float(np.mean(entropies))
        metrics["effective_negatives"] = float(np.mean(np.exp(entropies)))
        metrics["negatives"] = float(np.mean(sizes))
        # With several positives for an anchor this is no bound of anything.
        if not uses_supcon(config):
            metrics["mutual_information"] = math.log(sizes[0] + 1) - float(loss.detach())
    return loss, metrics


def distance_matrix(config, z):
    squares = ((z[:, None] - z[None, :]) ** 2).sum(2)
    if config["distance"] == "squared":
        return squares
    # The root has no derivative at 0; there the gradient is 0.
    apart = squares > 0
    return torch.where(apart, torch.sqrt(torch.where(apart, squares, torch.ones_like(squares))), torch.zeros_like(squares))


def all_triplets(config, labels):
    pairs, rows = len(labels), 2 * len(labels)
    kind = labels + labels if config["positives"] == "labels" else [row % pairs for row in range(rows)]
    return [
        (a, p, n) for a in range(rows) for p in range(rows) if p != a and kind[p] == kind[a] for n in range(rows) if kind[n] != kind[a]
    ]


def triplet(config, rows, labels):
    d = distance_matrix(config, compared(rows, config["similarity"]))
    alpha = config["alpha"]
    triplets = all_triplets(config, labels)
    counts = {"triplets": 0, "active": 0, "easy": 0, "semihard": 0, "hard": 0}
    if not triplets:
        return 0 * d.sum(), counts
    a, p, n = map(list, zip(*triplets))
    near, far = d[a, p], d[a, n]
    near_values, far_values = near.tolist(), far.tolist()
    hinges = near - far + alpha
    easy, hard = far >= near + alpha, far <= near
    semihard = ~easy & ~hard
    if config["miner"] == "all":
        mined = torch.ones(len(triplets), dtype=torch.bool)
    elif config["miner"] == "semihard":
        mined = semihard
    else:
        mined = torch.zeros(len(triplets), dtype=torch.bool)
        for anchor in set(a):
            own = [index for index, t in enumerate(triplets) if t[0] == anchor]
            mined[max(own, key=lambda index: (near_values[index], -far_values[index]))] = True
    terms = hinges[mined].clamp_min(0)
    active = terms > 0
    for name, those in (("triplets", mined), ("active", active), ("easy", easy), ("semihard", semihard), ("hard", hard)):
        counts[name] = int(those.sum())
    divisor = {"sum": 1, "all": max(len(terms), 1), "active": max(counts["active"], 1)}[config["reduction"]]
    return terms.sum() / divisor, counts


def tie_free(config, rows, labels, gap=GAP):
    """Whether no triplet is within `gap` of another kind, and no anchor's choice of triplet within `gap` of another choice."""
    if config["loss"] == "infonce":
        return True
    triplets = all_triplets(config, labels)
    if not triplets:
        return True
    d = distance_matrix(config, compared(rows.detach(), config["similarity"]))
    a, p, n = map(list, zip(*triplets))
    difference = d[a, n] - d[a, p]
    if min(difference.abs().min(), (difference - config["alpha"]).abs().min()) <= gap:
        return False
    if config["miner"] == "hard":
        for anchor in set(a):
            near = sorted({other: float(d[anchor, other]) for t, other, _ in triplets if t == anchor}.values())[-2:]
            far = sorted({other: float(d[anchor, other]) for t, _, other in triplets if t == anchor}.values())[:2]
            if any(len(two) == 2 and two[1] - two[0] <= gap for two in (near, far)):
                return False
    return True


def evaluate(config, rows, labels):
    return (infonce if config["loss"] == "infonce" else triplet)(config, rows, labels)


def batch_metrics(config, rows, labels):
    """Alignment and uniformity of the rows as they are compared; similarities are cosines whatever is compared."""
    rows = rows.detach()
    z, unit = compared(rows, config["similarity"]), compared(rows, "cosine")
    pairs = len(labels)
    kind = labels + labels if config["positives"] == "labels" else list(range(pairs)) * 2
    metrics = {
        "alignment": float(((z[:pairs] - z[pairs:]) ** 2).sum(1).mean()),
        "uniformity": float(torch.pdist(z).pow(2).mul(-2).exp().mean().log()),
        "positive_similarity": float((unit[:pairs] * unit[pairs:]).sum(1).mean()),
    }
    i, j = torch.triu_indices(2 * pairs, 2 * pairs, 1)
    negative = torch.tensor(kind)[i] != torch.tensor(kind)[j]
    if negative.any():
        metrics["negative_similarity"] = float((unit[i] * unit[j]).sum(1)[negative].mean())
    check("alignment and uniformity by hand", [metrics["alignment"], metrics["uniformity"]], [
        np.mean([sum((float(x) - float(y)) ** 2 for x, y in zip(z[r], z[r + pairs])) for r in range(pairs)]),
        math.log(np.mean(np.exp(-2 * ((z[i] - z[j]) ** 2).sum(1).numpy()))),
    ])
    return metrics


# The same by libraries


def library_values(config, rows, labels):
    """(library, its loss for these rows) wherever it has the very same convention."""
    pairs = len(labels)
    cosine = config["similarity"] == "cosine"
    by_label = torch.tensor(labels + labels)
    by_pair = torch.arange(pairs).repeat(2)
    if config["loss"] == "infonce":
        tau, kept = config["tau"], config["negatives"]
        similarity = distances.CosineSimilarity() if cosine else distances.DotProductSimilarity(normalize_embeddings=False)
        z = F.normalize(rows, dim=1) if cosine else rows
        if uses_supcon(config):
            # Without any negative pytorch-metric-learning gives 0 instead of the formula.
            if not kept and len(set(labels)) > 1:
                theirs = losses.SupConLoss(temperature=tau, distance=similarity, reducer=reducers.MeanReducer())
                yield "pytorch-metric-learning SupConLoss", theirs(rows, by_label)
            # Its form with masks, in which negatives can be left out: how far on j stands, among i's negatives.
            order = (torch.arange(2 * pairs)[None, :] - torch.arange(2 * pairs)[:, None]) % (2 * pairs)
            same = by_label[:, None] == by_label[None, :]
            rank = ((order[:, :, None] > order[:, None, :]) & ~same[:, None, :]).sum(2)
            dropped = (~same & (rank >= (kept or 2 * pairs))) | torch.eye(2 * pairs, dtype=torch.bool)
            shares = torch.log_softmax((z @ z.T / tau).masked_fill(dropped, -torch.inf), 1)
            positive = same & ~torch.eye(2 * pairs, dtype=torch.bool)
            yield "torch log_softmax, SupCon", -(shares.masked_fill(~positive, 0).sum(1) / positive.sum(1)).mean()
            return
        if config["infonce"] == "ntxent":
            if not kept:
                theirs = losses.NTXentLoss(temperature=tau, distance=similarity, reducer=reducers.MeanReducer())
                yield "pytorch-metric-learning NTXentLoss", theirs(rows, by_pair)
            logits = z @ z.T / tau
            mask = torch.eye(2 * pairs, dtype=torch.bool)
            for row in range(2 * pairs if kept else 0):
                negatives = [r % (2 * pairs) for r in range(row + 1, row + 2 * pairs) if r % pairs != row % pairs]
                mask[row, negatives[kept:]] = True
            yield "torch cross_entropy, NT-Xent", F.cross_entropy(logits.masked_fill(mask, -torch.inf), (torch.arange(2 * pairs) + pairs) % (2 * pairs))
            return
        a, b = z[:pairs], z[pairs:]
        order = torch.stack([torch.arange(pairs).roll(-i) for i in range(pairs)])  # row i: i, i + 1, ...
        order = order[:, : kept + 1] if kept else order
        sides = [(a, b)] if config["infonce"] == "onesided" else [(a, b), (b, a)]
        zero = torch.zeros(pairs, dtype=torch.long)
        yield "torch cross_entropy, two views", sum(
            F.cross_entropy(torch.einsum("id,ijd->ij", q, k[order]) / tau, zero) for q, k in sides
        ) / len(sides)
        if cosine:
            a, b = rows[:pairs], rows[pairs:]
            sides = [(a, b)] if config["infonce"] == "onesided" else [(a, b), (b, a)]
            yield "info-nce-pytorch", sum(
                info_nce.info_nce(q, k, k[order[:, 1:]], temperature=tau, negative_mode="paired") for q, k in sides
            ) / len(sides)
            if not kept:
                yield "info-nce-pytorch", sum(info_nce.info_nce(q, k, temperature=tau) for q, k in sides) / len(sides)
        return
    kind = by_label if config["positives"] == "labels" else by_pair
    if len(set(kind.tolist())) < 2:
        return
    squared = config["distance"] == "squared"
    metric = distances.LpDistance(normalize_embeddings=cosine, p=2, power=2 if squared else 1)
    reducer = {"all": reducers.MeanReducer, "active": reducers.AvgNonZeroReducer, "sum": reducers.SumReducer}[config["reduction"]]()
    alpha = config["alpha"]
    theirs = losses.TripletMarginLoss(margin=alpha, distance=metric, reducer=reducer)
    mined = None  # every triplet
    if config["miner"] == "hard":
        mined = miners.BatchHardMiner(distance=metric)(rows, kind)
    elif config["miner"] == "semihard":
        mined = miners.TripletMarginMiner(margin=alpha, type_of_triplets="semihard", distance=metric)(rows, kind)
    if mined is None or len(mined[0]):
        yield "pytorch-metric-learning TripletMarginLoss", theirs(rows, kind, mined)
    if config["miner"] == "all" and config["reduction"] != "active":
        a, p, n = map(list, zip(*all_triplets(config, labels)))
        z = F.normalize(rows, dim=1) if cosine else rows
        reduction = {"all": "mean", "sum": "sum"}[config["reduction"]]
        if squared:
            own = torch.nn.TripletMarginWithDistanceLoss(
                distance_function=lambda x, y: (x - y).square().sum(-1), margin=alpha, reduction=reduction
            )
            yield "torch TripletMarginWithDistanceLoss, squared", own(z[a], z[p], z[n])
        elif alpha > 0 and not torch.equal(z[:pairs], z[pairs:]):
            own = torch.nn.TripletMarginLoss(margin=alpha, p=2, eps=1e-30, reduction=reduction)
            yield "torch TripletMarginLoss", own(z[a], z[p], z[n])


def library_counts(config, rows, labels):
    """Easy, semi-hard and hard triplets by pytorch-metric-learning's miner."""
    kind = torch.tensor(labels + labels if config["positives"] == "labels" else list(range(len(labels))) * 2)
    metric = distances.LpDistance(normalize_embeddings=config["similarity"] == "cosine", p=2, power=2 if config["distance"] == "squared" else 1)
    return {
        name: len(miners.TripletMarginMiner(margin=config["alpha"], type_of_triplets=name, distance=metric)(rows, kind)[0])
        for name in ("easy", "semihard", "hard")
    }


def with_gradient(function, rows):
    rows = rows.clone().requires_grad_(True)
    loss = function(rows)
    (gradient,) = torch.autograd.grad(loss, rows)
    return loss.detach(), gradient


def loss_case(name, config, rows, labels, gap=GAP):
    """One case of losses.json, checked against every library that knows it, and computed once more in f32."""
    assert tie_free(config, rows, labels, gap), name
    loss, gradient = with_gradient(lambda y: evaluate(config, y, labels)[0], rows)
    metrics = {**batch_metrics(config, rows, labels), **evaluate(config, rows, labels)[1]}

    # The libraries' distance has no derivative between equal rows.
    same_views = config["loss"] == "triplet" and torch.equal(rows[: len(labels)], rows[len(labels) :])
    given = rows.clone().requires_grad_(True)
    for library, theirs in library_values(config, given, labels):
        check(library, loss, theirs)
        if not same_views:
            check(library + ", gradient", gradient, torch.autograd.grad(theirs, given)[0])
    if config["loss"] == "triplet" and metrics["triplets"]:
        counts = library_counts(config, rows, labels)
        assert counts == {name: metrics[name] for name in counts}, (name, counts, metrics)
        checks["pytorch-metric-learning TripletMarginMiner"] = checks.get("pytorch-metric-learning TripletMarginMiner", 0) + 1

    # f32 must be able to meet these numbers: the same formulas in f32, within the tolerance of the tests.
    single = with_gradient(lambda y: evaluate(config, y, labels)[0], rows.float())
    if config["loss"] == "triplet":
        assert evaluate(config, rows.float(), labels)[1] == evaluate(config, rows, labels)[1], name
    within(name, single, (loss, gradient))
    return {
        "name": name,
        "rows": numbers(rows),
        "labels": labels,
        "config": config,
        "loss": number(loss),
        "gradient": numbers(gradient),
        "metrics": {key: number(value) for key, value in metrics.items()},
    }


def within(name, single, double):
    loss = abs(float(single[0]) - float(double[0])) / max(abs(float(double[0])), 1e-2)
    scale = max(float(double[1].abs().max()), 1e-2)
    gradient = float((single[1].double() - double[1]).abs().max()) / scale
    worst["loss"], worst["gradient"] = max(worst["loss"], loss), max(worst["gradient"], gradient)
    assert loss < 5e-6 and gradient < 5e-6, (name, loss, gradient)


# Numbers that read back


def number(value):
    return value if isinstance(value, int) else float(f"{float(value):.11g}")


def numbers(values):
    if values.ndim == 0:
        return number(values)
    return [numbers(value) for value in values]


def write(name, cases):
    names = [case["name"] for case in cases]
    assert len(set(names)) == len(names), [name for name in names if names.count(name) > 1]
    lines = ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in cases)
    (FOLDER / name).write_text(f"[\n{lines}\n]\n")
    print(f"{name}: {len(cases)} cases, {(FOLDER / name).stat().st_size / 1000:.0f} kB")


# The cases


def info(infonce, similarity="cosine", tau=0.2, positives="views", negatives=0):
    return {"loss": "infonce", "tau": tau, "infonce": infonce, "similarity": similarity, "positives": positives, "negatives": negatives}


def trip(distance, miner, reduction, positives="views", similarity="cosine", alpha=0.2):
    return {
        "loss": "triplet",
        "alpha": alpha,
        "distance": distance,
        "miner": miner,
        "reduction": reduction,
        "similarity": similarity,
        "positives": positives,
    }


# Pairs, dimension and labels of the larger batches; in the third a class has one pair only.
SHAPES = {
    "n12d3": (12, 3, [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]),
    "n10d5": (10, 5, [0, 0, 1, 0, 2, 3, 1, 0, 2, 3]),
    "n8d2": (8, 2, [1, 0, 1, 1, 2, 0, 1, 0]),
    "n17d7": (17, 7, [i % 5 for i in range(17)]),
    "n2d3": (2, 3, [0, 1]),
}


def describe(config):
    if config["loss"] == "infonce":
        words = [config["infonce"], config["similarity"], f"tau{config['tau']}"]
        words += ["labels"] if config["positives"] == "labels" else []
        words += [f"keep{config['negatives']}"] if config["negatives"] else []
    else:
        words = [config[key] for key in ("distance", "miner", "reduction", "positives", "similarity")] + [f"alpha{config['alpha']}"]
    return "-".join([config["loss"], *words])


def spread_case(shape, config, start):
    pairs, dimension, labels = SHAPES[shape]
    for phase in count(start):
        rows = spread_rows(pairs, dimension, phase, config["similarity"])
        if tie_free(config, rows, labels):
            return loss_case(f"{describe(config)}-{shape}", config, rows, labels)


def reference_cases():
    """The fixture, held against the numbers of the reference."""
    rows, labels = fixture(), [0, 0, 1, 1]
    table = [
        (info("ntxent", tau=0.5), {"loss": 1.09526904}),
        (info("onesided", tau=0.5), {"loss": 0.701494436}),
        (info("both", tau=0.5), {"loss": 0.701516639}),
        (info("supcon", tau=0.5, positives="labels"), {"loss": 3.66721597}),
        (info("ntxent", tau=0.5, positives="labels"), {"loss": 3.66721597}),
        (trip("plain", "all", "all", "labels"), {"loss": 0.724634461, "triplets": 96, "active": 78}),
        (trip("plain", "all", "active", "labels"), {"loss": 0.891857798, "active": 78}),
        (trip("squared", "all", "all", "labels"), {"loss": 1.42539882, "triplets": 96, "active": 77, "semihard": 25, "hard": 52}),
        (trip("squared", "all", "active", "labels"), {"loss": 1.77712061, "active": 77}),
        (trip("squared", "all", "sum", "labels"), {"loss": 136.838287}),
        (trip("plain", "hard", "all", "labels"), {"loss": 1.99127958, "triplets": 8}),
    ]
    cases = []
    for config, wanted in table:
        # Two of its distances differ by 3e-6 only; that is still apart in f32.
        case = loss_case(f"fixture-{describe(config)}", config, rows, labels, gap=1e-6)
        found = {"loss": case["loss"], **case["metrics"]}
        for key, value in {**wanted, "alignment": 0.0589506328, "uniformity": -1.01691981}.items():
            check("the reference's table", found[key], value, 6e-9)
        cases.append(case)
    swapped = torch.cat([rows[4:], rows[:4]])
    check("the reference's table", evaluate(info("onesided", tau=0.5), swapped, labels)[0], 0.701538842, 6e-9)
    return cases


def infonce_cases():
    cases = []
    taus = {"n12d3": 0.2, "n10d5": 1.0, "n8d2": 0.05}
    for infonce in ("ntxent", "onesided", "both", "supcon"):
        for similarity in ("cosine", "dot"):
            for shape, tau in taus.items():
                positives = "labels" if infonce == "supcon" and shape == "n12d3" else "views"
                cases.append(spread_case(shape, info(infonce, similarity, tau, positives), len(cases)))
    more = [
        # The other temperatures, from nearly the maximum to nearly flat.
        ("n12d3", info("ntxent", tau=0.05)),
        ("n12d3", info("ntxent", tau=10.0)),
        ("n12d3", info("onesided", tau=0.05)),
        ("n12d3", info("both", tau=1.0)),
        ("n10d5", info("supcon", tau=0.05)),
        ("n10d5", info("supcon", "dot", tau=0.2)),
        ("n8d2", info("onesided", "dot", tau=1.0)),
        # Positives by label: NT-Xent becomes SupCon, the two-view forms keep their pairs.
        ("n10d5", info("ntxent", tau=0.2, positives="labels")),
        ("n8d2", info("ntxent", "dot", tau=1.0, positives="labels")),
        ("n10d5", info("onesided", tau=0.2, positives="labels")),
        ("n10d5", info("both", tau=0.2, positives="labels")),
        # Restricted negatives: few, one, as many as there are, more than there are.
        ("n12d3", info("ntxent", negatives=5)),
        ("n12d3", info("ntxent", negatives=1)),
        ("n12d3", info("ntxent", negatives=21)),
        ("n12d3", info("ntxent", negatives=22)),
        ("n12d3", info("ntxent", negatives=8190)),
        ("n10d5", info("ntxent", "dot", tau=1.0, negatives=7)),
        ("n12d3", info("onesided", negatives=3)),
        ("n10d5", info("onesided", "dot", tau=0.2, negatives=8)),
        ("n12d3", info("onesided", negatives=100)),
        ("n12d3", info("both", negatives=4)),
        ("n8d2", info("both", "dot", tau=1.0, negatives=1)),
        ("n12d3", info("supcon", negatives=6)),
        ("n10d5", info("supcon", "dot", tau=0.2, negatives=3)),
        ("n8d2", info("ntxent", tau=1.0, positives="labels", negatives=2)),
        ("n8d2", info("supcon", tau=0.2, negatives=8)),
        # Odd and tiny batches.
        ("n17d7", info("ntxent", tau=0.1)),
        ("n17d7", info("both", "dot", tau=0.5, negatives=9)),
        ("n17d7", info("supcon", tau=0.1)),
        ("n2d3", info("ntxent", tau=0.5)),
        ("n2d3", info("onesided", tau=0.5)),
        ("n2d3", info("supcon", "dot", tau=0.5)),
    ]
    for shape, config in more:
        cases.append(spread_case(shape, config, len(cases)))
    # One class only: SupCon without any negative.
    config = info("supcon", tau=0.5)
    cases.append(loss_case(f"{describe(config)}-oneclass", config, spread_rows(6, 3, 4, "cosine"), [2] * 6))
    return cases


def triplet_cases():
    cases = []
    # Every distance, miner and reduction with every origin of positives; shape, similarity and margin take turns.
    turns = [("n12d3", "cosine", 0.2), ("n10d5", "dot", 1.0), ("n8d2", "cosine", 1.0), ("n10d5", "cosine", 0.2), ("n8d2", "dot", 0.2)]
    for distance in ("squared", "plain"):
        for miner in ("all", "hard", "semihard"):
            for reduction in ("active", "all", "sum"):
                for positives in ("views", "labels"):
                    shape, similarity, alpha = turns[len(cases) % len(turns)]
                    cases.append(spread_case(shape, trip(distance, miner, reduction, positives, similarity, alpha), 40 + len(cases)))
    more = []
    # No margin: nothing is semi-hard.
    for distance, miner in [("squared", "all"), ("plain", "all"), ("squared", "hard"), ("plain", "semihard")]:
        more.append(("n12d3", trip(distance, miner, "active", "labels", alpha=0.0)))
    # A margin that (almost) no triplet meets, and the raw rows.
    for distance in ("squared", "plain"):
        for positives in ("views", "labels"):
            more.append(("n12d3", trip(distance, "all", "active", positives, "dot", 0.0)))
            more.append(("n8d2", trip(distance, "all", "all", positives, "cosine", 2.0)))
            more.append(("n12d3", trip(distance, "semihard", "active", positives, "cosine", 1.0)))
            more.append(("n10d5", trip(distance, "hard", "active", positives, "dot", 0.2)))
    more += [
        ("n17d7", trip("squared", "all", "active", "views")),
        ("n17d7", trip("plain", "semihard", "active", "views", "dot", 0.3)),
        ("n17d7", trip("plain", "hard", "all", "labels")),
        ("n2d3", trip("squared", "all", "active", "views", alpha=1.0)),
        ("n2d3", trip("plain", "hard", "sum", "labels", "dot", 1.0)),
    ]
    for shape, config in more:
        cases.append(spread_case(shape, config, 40 + len(cases)))
    # Both views the same: distance 0 to the positive, where the root has no derivative.
    for distance, similarity in [("plain", "cosine"), ("plain", "dot"), ("squared", "cosine")]:
        config = trip(distance, "all", "active", "views", similarity, 1.0)
        for phase in count(7):
            half = spread_rows(6, 3, phase, similarity)[:6]
            rows = torch.cat([half, half])
            if tie_free(config, rows, [0, 1, 2, 0, 1, 2]):
                cases.append(loss_case(f"{describe(config)}-sameviews", config, rows, [0, 1, 2, 0, 1, 2]))
                break
    # One class only: no triplets at all.
    for miner in ("all", "hard", "semihard"):
        config = trip("squared", miner, "active", "labels")
        cases.append(loss_case(f"{describe(config)}-oneclass", config, spread_rows(6, 3, 5, "cosine"), [1] * 6))
    return cases


# Networks

ACTIVATIONS = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "gelu": torch.nn.GELU, "linear": torch.nn.Identity}


def network(config, inputs, phase):
    """A torch network with weights of sines, He's variance; the same for the same arguments."""
    widths = [inputs, *(int(width) for width in config["layers"].split(",") if width != "none"), config["dim"]]
    parts = []
    for index, (wide, narrow) in enumerate(zip(widths, widths[1:])):
        layer = torch.nn.Linear(wide, narrow)
        a, b = torch.arange(float(wide))[:, None], torch.arange(float(narrow))[None, :]
        weights = math.sqrt(2) * math.sqrt(2 / wide) * torch.sin(phase + 5 * index + 1.3 * a + 2.7 * b + 0.9 * a * b)
        with torch.no_grad():
            layer.weight.copy_(quantized(weights).T)
            layer.bias.copy_(quantized(0.2 * torch.sin(phase + index + 2.1 * b[0])))
        parts += [layer, ACTIVATIONS[config["activation"]]()]
    return torch.nn.Sequential(*parts[:-1])


def flat(net, values):
    """Numbers of a network's parameters, layer by layer: weights [inputs, outputs] row by row, then biases."""
    return torch.cat([(value.T if value.ndim == 2 else value).reshape(-1) for _, value in zip(net.parameters(), values)])


def literal_outputs(config, inputs, parameters):
    """The forward pass once more, from the flat parameters and the formulas alone."""
    act = {
        "relu": lambda x: max(x, 0.0),
        "tanh": math.tanh,
        "gelu": lambda x: 0.5 * x * (1 + math.erf(x / math.sqrt(2))),
        "linear": lambda x: x,
    }[config["activation"]]
    rows, rest = inputs.numpy(), parameters.detach().numpy()
    widths = [int(width) for width in config["layers"].split(",") if width != "none"] + [config["dim"]]
    for index, width in enumerate(widths):
        wide = rows.shape[1]
        weights, bias, rest = rest[: wide * width].reshape(wide, width), rest[wide * width :][:width], rest[(wide + 1) * width :]
        rows = rows @ weights + bias
        if index + 1 < len(widths):
            rows = np.vectorize(act)(rows)
    assert rest.size == 0
    return rows


def network_inputs(pairs, dimension, phase):
    i, k = torch.arange(float(pairs))[:, None], torch.arange(float(dimension))[None, :]
    a = 1.5 * torch.sin(phase + 3 * i + 7 * k + 1.7 * i * k)
    return quantized(torch.cat([a, a + 0.4 * torch.sin(2 * phase + 5 * i + 11 * k + 2.3 * i * k)]))


def network_case(layers, activation, dim, input_dim, pairs, loss_config, start):
    config = {"layers": layers, "activation": activation, "dim": dim, **loss_config}
    labels = [i * i % 7 % 3 for i in range(pairs)]
    name = f"{layers}-{activation}-in{input_dim}-d{dim}-{describe(loss_config)}"
    for phase in count(start):
        net, inputs = network(config, input_dim, phase), network_inputs(pairs, input_dim, phase + 1)
        outputs = net(inputs)
        assert phase < start + 1000, name
        rows, kinks = inputs, []
        for part in net:
            if isinstance(part, torch.nn.ReLU):
                kinks.append(rows.abs().min().item())
            rows = part(rows)
        # Not so short that the direction is lost in f32, not so long that the dot products are beyond it.
        lengths = outputs.norm(dim=1)
        sound = min(kinks, default=1) > GAP and lengths.min().item() > 0.1
        if loss_config["similarity"] == "dot":
            sound = sound and lengths.max().item() ** 2 / loss_config.get("tau", 1) < 60
        if sound and tie_free(config, outputs, labels):
            break
    loss = evaluate(config, outputs, labels)[0]
    assert loss.item() > 0.05, (name, loss)
    slopes = torch.autograd.grad(loss, list(net.parameters()))
    parameters, gradient = flat(net, net.parameters()).detach(), flat(net, slopes)
    check("forward pass by hand", outputs, literal_outputs(config, inputs, parameters))
    # One finite difference for every parameter, where no kink is in the way.
    for index in range(0, len(parameters), 7):
        values = []
        for step in (1e-6, -1e-6):
            moved = parameters.clone()
            moved[index] += step
            values.append(float(evaluate(config, torch.tensor(literal_outputs(config, inputs, moved)), labels)[0]))
        assert abs((values[0] - values[1]) / 2e-6 - float(gradient[index])) < 1e-6 * max(1, float(gradient.abs().max())), (name, index)
    checks["finite differences by weights"] = checks.get("finite differences by weights", 0) + 1
    # The same in f32.
    single = network(config, input_dim, phase).float()
    single_loss = evaluate(config, single(inputs.float()), labels)[0]
    within(name, (single_loss.detach(), flat(single, torch.autograd.grad(single_loss, list(single.parameters())))), (loss.detach(), gradient))
    return {
        "name": name,
        "config": config,
        "input_dim": input_dim,
        "parameters": numbers(parameters),
        "inputs": numbers(inputs),
        "labels": labels,
        "outputs": numbers(outputs.detach()),
        "loss": number(loss.detach()),
        "gradient": numbers(gradient),
    }


def network_cases():
    nt, squared, plain = info("ntxent"), trip("squared", "all", "active"), trip("plain", "all", "active", "labels", "dot", 0.5)
    table = [
        ("none", "relu", 3, 2, 8, nt),
        ("none", "linear", 2, 3, 6, squared),
        ("none", "tanh", 5, 16, 8, info("supcon", "dot", 1.0)),
        ("8", "relu", 3, 2, 10, nt),
        ("9", "tanh", 3, 2, 8, info("onesided", tau=0.1)),
        ("7", "gelu", 2, 2, 8, info("both", tau=0.5)),
        ("5", "linear", 3, 4, 8, info("ntxent", "dot", 1.0)),
        ("8", "relu", 3, 2, 8, squared),
        ("7", "tanh", 4, 3, 6, plain),
        ("9", "gelu", 3, 2, 6, trip("plain", "semihard", "active", "views", "cosine", 0.6)),
        ("8,6", "relu", 3, 2, 8, nt),
        ("8,6", "relu", 3, 2, 8, info("ntxent", "dot", 1.0)),
        ("8,6", "relu", 3, 2, 6, squared),
        ("8,6", "relu", 3, 2, 6, plain),
        ("9,7", "tanh", 5, 3, 8, info("supcon", tau=0.3)),
        ("9,7", "tanh", 2, 2, 8, trip("squared", "hard", "all", "labels")),
        ("7,9", "gelu", 3, 2, 10, nt),
        ("7,9", "gelu", 3, 2, 8, info("both", "dot", 0.5, negatives=3)),
        ("7,9", "gelu", 2, 5, 6, trip("plain", "all", "sum", "views", "dot", 0.2)),
        ("5,8", "linear", 3, 2, 6, trip("squared", "all", "all", "labels", "cosine", 1.0)),
        ("7,9,5,8", "relu", 3, 2, 8, info("ntxent", negatives=6)),
        ("7,9,5,8", "tanh", 3, 2, 8, nt),
        ("5,7,9,5", "gelu", 5, 2, 8, info("ntxent", tau=0.5, positives="labels")),
        ("5,5,5,5", "linear", 2, 3, 6, info("onesided", tau=0.5)),
        ("7,9,5,8", "relu", 3, 2, 6, squared),
        ("7,9,5,8", "gelu", 3, 2, 6, trip("plain", "all", "active", "views", "cosine", 0.2)),
        ("17,1,16", "tanh", 16, 2, 6, info("ntxent", tau=0.5)),
    ]
    return [network_case(*row, start=10 * index) for index, row in enumerate(table)]


# Optimisers


def optimizer_cases():
    """Twenty steps on given gradients of very different sizes; one of them so small that Adam's epsilon tells."""
    start = quantized(torch.sin(1 + 2 * torch.arange(5.0)))
    sizes = torch.tensor([1.0, 0.1, 1e-3, 1e-7, 10.0])
    gradients = [sizes * torch.sin(1 + 0.7 * step + 1.9 * torch.arange(5.0)) for step in range(20)]
    settings = [
        ("sgd", {"optimizer": "sgd", "lr": 0.05, "momentum": 0.9}, lambda w: torch.optim.SGD(w, lr=0.05, momentum=0.9)),
        ("sgd-plain", {"optimizer": "sgd", "lr": 0.05, "momentum": 0.0}, lambda w: torch.optim.SGD(w, lr=0.05)),
        ("adam", {"optimizer": "adam", "lr": 0.003}, lambda w: torch.optim.Adam(w, lr=0.003, betas=(0.9, 0.999), eps=1e-8)),
        ("adam-fast", {"optimizer": "adam", "lr": 0.1}, lambda w: torch.optim.Adam(w, lr=0.1, betas=(0.9, 0.999), eps=1e-8)),
        ("adamw", {"optimizer": "adamw", "lr": 0.003, "decay": 0.01}, lambda w: torch.optim.AdamW(w, lr=0.003, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)),
        ("adamw-strong", {"optimizer": "adamw", "lr": 0.1, "decay": 0.5}, lambda w: torch.optim.AdamW(w, lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.5)),
    ]
    cases = []
    for name, config, make in settings:
        weights = torch.nn.Parameter(start.clone())
        optimizer = make([weights])
        after, literal = [], start.numpy().copy()
        m, v = np.zeros(5), np.zeros(5)
        for step, gradient in enumerate(gradients):
            weights.grad = gradient.clone()
            optimizer.step()
            after.append(weights.detach().clone())
            g = gradient.numpy()
            if config["optimizer"] == "sgd":
                m = config["momentum"] * m + g
                literal = literal - config["lr"] * m
            else:
                literal = literal * (1 - config["lr"] * config.get("decay", 0))
                m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
                m_hat, v_hat = m / (1 - 0.9 ** (step + 1)), v / (1 - 0.999 ** (step + 1))
                literal = literal - config["lr"] * m_hat / (np.sqrt(v_hat) + 1e-8)
            check(f"torch.optim, {config['optimizer']}", literal, after[-1])
        cases.append({
            "name": name,
            "config": config,
            "initial": numbers(start),
            "gradients": numbers(torch.stack(gradients)),
            "parameters": numbers(torch.stack(after)),
        })
    return cases


if __name__ == "__main__":
    write("losses.json", reference_cases() + infonce_cases() + triplet_cases())
    write("networks.json", network_cases())
    write("adam.json", optimizer_cases())
    for name, times in sorted(checks.items()):
        print(f"  agrees: {name} ({times})")
    print(f"  the same formulas in f32 differ by at most {worst['loss']:.1e} (loss), {worst['gradient']:.1e} (gradient, of its largest entry)")
