"""Makes the golden files of the methods: methods.json, method_networks.json, method_dropout.json, method_steps.json, kmeans.json.

    pip install torch numpy pytorch-metric-learning info-nce-pytorch lightly
    python3 tests/golden/make_methods.py

Everything is computed in f64 with torch, and again by plain loops over numpy arrays (the functions named `literal_...`), which share
no line with the first: losses and terms have to agree, and gradients have to agree with finite differences of the loops. (The
losses of losses.json come from make.py both times, where they are compared with libraries.) Where lightly or info-nce-pytorch have the same convention, they have to agree too. There are no random numbers: every
input is made of sines and is a multiple of 1/256, so that an f32 holds it exactly (the fixture of four pairs and the unit rows of
kmeans.json are the exceptions). README.md says what the fields mean.
"""

import copy
import math
from itertools import count
from types import SimpleNamespace

import info_nce
import numpy as np
import torch
import torch.nn.functional as F
from lightly import loss as lightly_losses
from lightly.loss.swav_loss import sinkhorn as lightly_sinkhorn

from make import GAP, as_numbers, check, checks, evaluate, fixture, info, number, numbers, quantized, spread_rows, tie_free, trip, within, worst, write

torch.set_num_threads(1)

# How far a row is from the next-best centroid, and a column from the hinge of VICReg.
CLEAR = 1e-3
# The same formulas in f32 may differ by this, relative to the largest entry. The tests allow 1e-5.
SINGLE = 3e-6


def rows_of(**given):
    """The rows that an objective may see: z, p (predictions), target (of the slow copy), queue, prototypes."""
    return SimpleNamespace(**{"z": None, "p": None, "target": None, "queue": None, "prototypes": None, **given})


def mapped(rows, function):
    return rows_of(**{key: None if value is None else function(value) for key, value in vars(rows).items()})


def halves(rows):
    return rows[: len(rows) // 2], rows[len(rows) // 2 :]


# Objectives, with torch. `live` are the rows that gradients go to, `held` the same rows behind a stop-gradient.


def dcl(config, live, _):
    z = F.normalize(live.z, dim=1) if config["similarity"] == "cosine" else live.z
    s = z @ z.T / config["tau"]
    n = len(z)
    row = torch.arange(n)
    partner = (row + n // 2) % n
    itself = torch.eye(n, dtype=torch.bool)
    negatives = s.masked_fill(itself | itself[partner], -torch.inf)
    loss = (torch.logsumexp(negatives, 1) - s[row, partner]).mean()
    shares = torch.softmax(s.detach().masked_fill(itself, -torch.inf), 1)
    return loss, {"coupling": 1 - shares[row, partner].mean()}


def alignuniform(config, live, _):
    z = F.normalize(live.z, dim=1) if config["similarity"] == "cosine" else live.z
    a, b = halves(z)
    return (a - b).square().sum(1).mean() + config["weight"] * torch.pdist(z).square().mul(-2).exp().mean().log(), {}


def moco(config, live, held):
    q, keys, queue = (F.normalize(rows, dim=1) for rows in (live.z, held.target, held.queue))
    logits = torch.cat([(q * keys).sum(1, keepdim=True), q @ queue.T], 1) / config["tau"]
    loss = F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long))
    entropies = torch.distributions.Categorical(logits=logits[:, 1:].detach()).entropy()
    return loss, {
        "entropy": entropies.mean(),
        "effective_negatives": entropies.exp().mean(),
        "negatives": len(queue),
        "mutual_information": math.log(len(queue) + 1) - loss.detach(),
    }


def prediction(p, target):
    """The mean cosine of each view's prediction with the other view's row, for both directions."""
    (p_a, p_b), (t_a, t_b) = halves(p), halves(target)
    return F.cosine_similarity(p_a, t_b).mean(), F.cosine_similarity(p_b, t_a).mean()


def byol(_, live, held):
    forth, back = prediction(live.p, held.target)
    return (2 - 2 * forth) + (2 - 2 * back), {}


def simsiam(config, live, held):
    forth, back = prediction(live.p, held.z if config["stop"] == "yes" else live.z)
    return -(forth + back) / 2, {}


def sinkhorn(scores, epsilon, rounds):
    q = torch.exp(scores / epsilon)
    for _ in range(rounds):
        q = q / q.sum(0, keepdim=True) / q.shape[1]
        q = q / q.sum(1, keepdim=True) / q.shape[0]
    return q / q.sum(1, keepdim=True)


def swav_codes(config, held):
    prototypes = F.normalize(held.prototypes, dim=1)
    return [sinkhorn(F.normalize(view, dim=1) @ prototypes.T, config["epsilon"], config["sinkhorn"]) for view in halves(held.z)]


def swav(config, live, held):
    codes = swav_codes(config, held)
    prototypes = F.normalize(live.prototypes, dim=1)
    a, b = halves(F.normalize(live.z, dim=1) @ prototypes.T / config["tau"])
    loss = (F.cross_entropy(a, codes[1]) + F.cross_entropy(b, codes[0])) / 2
    nearest = torch.cat([a, b]).argmax(1)
    shares = torch.bincount(nearest, minlength=len(prototypes)) / len(nearest)
    used = torch.distributions.Categorical(probs=shares).entropy().exp()
    return loss, {"prototypes_used": used}


def assignments(held):
    a = F.normalize(halves(held.z)[0], dim=1)
    return (a @ F.normalize(held.prototypes, dim=1).T).argmax(1)


def deepcluster(config, live, held):
    logits = F.normalize(live.z, dim=1) @ F.normalize(held.prototypes, dim=1).T / config["tau"]
    return F.cross_entropy(logits, assignments(held).repeat(2)), {}


def barlow(config, live, _, epsilon=1e-5):
    standard = [(view - view.mean(0)) / torch.sqrt(view.var(0, unbiased=False) + epsilon) for view in halves(live.z)]
    c = standard[0].T @ standard[1] / len(standard[0])
    off = ~torch.eye(len(c), dtype=torch.bool)
    loss = (1 - c.diagonal()).square().sum() + config["lambda"] * c[off].square().sum()
    return loss, {"on_diagonal": c.detach().diagonal().mean(), "off_diagonal": c.detach()[off].abs().mean()}


def vicreg(config, live, _):
    a, b = halves(live.z)
    invariance = F.mse_loss(a, b)
    variance = sum(F.relu(1 - torch.sqrt(view.var(0) + 1e-4)).mean() for view in (a, b)) / 2
    covariance = sum((torch.cov(view.T).square().sum() - view.var(0).square().sum()) / view.shape[1] for view in (a, b))
    loss = config["invariance"] * invariance + config["variance"] * variance + config["covariance"] * covariance
    return loss, {"invariance_term": invariance.detach(), "variance_term": variance.detach(), "covariance_term": covariance.detach()}


def pairs(config, live, held):
    """A loss on pairs: the two of this file, or one of losses.json."""
    if config["loss"] == "alignuniform":
        return alignuniform(config, live, held)
    if config.get("infonce") == "dcl":
        return dcl(config, live, held)
    return evaluate(config, live.z, list(range(len(live.z) // 2)))


METHODS = {
    "pairs": pairs,
    "moco": moco,
    "byol": byol,
    "simsiam": simsiam,
    "swav": swav,
    "deepcluster": deepcluster,
    "barlow": barlow,
    "vicreg": vicreg,
}


def objective(config, live, held):
    return METHODS[config["method"]](config, live, held)


# The same by loops over numbers


def unit(rows):
    return np.array([row / math.sqrt(sum(x * x for x in row)) for row in rows])


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def log_sum_exp(values):
    most = max(values)
    return most + math.log(sum(math.exp(value - most) for value in values))


def literal_dcl(config, live, _):
    z = unit(live.z) if config["similarity"] == "cosine" else live.z
    n = len(z)
    total, coupled = 0.0, 0.0
    for i in range(n):
        positive = dot(z[i], z[(i + n // 2) % n]) / config["tau"]
        negatives = [dot(z[i], z[k]) / config["tau"] for k in range(n) if k % (n // 2) != i % (n // 2)]
        total += log_sum_exp(negatives) - positive
        coupled += 1 - math.exp(positive - log_sum_exp([positive, *negatives]))
    return total / n, {"coupling": coupled / n}


def literal_alignuniform(config, live, _):
    z = unit(live.z) if config["similarity"] == "cosine" else live.z
    n = len(z)
    squares = {(i, j): sum((x - y) ** 2 for x, y in zip(z[i], z[j])) for i in range(n) for j in range(i)}
    alignment = sum(squares[i + n // 2, i] for i in range(n // 2)) / (n // 2)
    return alignment + config["weight"] * math.log(sum(math.exp(-2 * square) for square in squares.values()) / len(squares)), {}


def literal_moco(config, live, held):
    q, keys, queue = unit(live.z), unit(held.target), unit(held.queue)
    total, entropies = 0.0, []
    for own, key in zip(q, keys):
        positive = dot(own, key) / config["tau"]
        negatives = [dot(own, other) / config["tau"] for other in queue]
        total += log_sum_exp([positive, *negatives]) - positive
        shares = [math.exp(negative - log_sum_exp(negatives)) for negative in negatives]
        entropies.append(-sum(share * math.log(share) for share in shares))
    loss = total / len(q)
    return loss, {
        "entropy": np.mean(entropies),
        "effective_negatives": np.mean([math.exp(entropy) for entropy in entropies]),
        "negatives": len(queue),
        "mutual_information": math.log(1 + len(queue)) - loss,
    }


def literal_prediction(p, target):
    p, target = unit(p), unit(target)
    n = len(p) // 2
    return [sum(dot(p[i], target[(i + n) % (2 * n)]) for i in view) / n for view in (range(n), range(n, 2 * n))]


def literal_byol(_, live, held):
    return sum(2 - 2 * cosine for cosine in literal_prediction(live.p, held.target)), {}


def literal_simsiam(config, live, held):
    return -sum(literal_prediction(live.p, (held if config["stop"] == "yes" else live).z)) / 2, {}


def literal_swav(config, live, held):
    (held_z, live_z), (held_c, live_c) = (unit(held.z), unit(live.z)), (unit(held.prototypes), unit(live.prototypes))
    n, k = len(live_z) // 2, len(live_c)
    codes = np.zeros((2 * n, k))
    for view in (range(n), range(n, 2 * n)):
        for row in view:
            for prototype in range(k):
                codes[row, prototype] = math.exp(dot(held_z[row], held_c[prototype]) / config["epsilon"])
        for _ in range(config["sinkhorn"]):
            for prototype in range(k):
                total = sum(codes[row, prototype] for row in view)
                for row in view:
                    codes[row, prototype] *= 1 / k / total
            for row in view:
                codes[row] *= 1 / n / codes[row].sum()
        for row in view:
            codes[row] /= codes[row].sum()
    total = 0.0
    for row in range(2 * n):
        scores = [dot(live_z[row], prototype) / config["tau"] for prototype in live_c]
        code = codes[(row + n) % (2 * n)]
        total -= sum(share * (score - log_sum_exp(scores)) for share, score in zip(code, scores))
    nearest = [max(range(k), key=lambda prototype: dot(row, live_c[prototype])) for row in live_z]
    shares = [nearest.count(prototype) / (2 * n) for prototype in set(nearest)]
    return total / (2 * n), {"prototypes_used": math.exp(-sum(share * math.log(share) for share in shares))}


def literal_deepcluster(config, live, held):
    z, centroids, held_z = unit(live.z), unit(held.prototypes), unit(held.z)
    n = len(z) // 2
    total = 0.0
    for row in range(2 * n):
        cosines = [dot(held_z[row % n], centroid) for centroid in centroids]
        scores = [dot(z[row], centroid) / config["tau"] for centroid in centroids]
        total += log_sum_exp(scores) - scores[cosines.index(max(cosines))]
    return total / (2 * n), {}


def literal_barlow(config, live, _):
    a, b = halves(live.z)
    n, d = a.shape

    def standard(column):
        mean = sum(column) / n
        root = math.sqrt(sum((x - mean) ** 2 for x in column) / n + 1e-5)
        return [(x - mean) / root for x in column]

    loss, on, off = 0.0, 0.0, 0.0
    for i in range(d):
        for j in range(d):
            c = dot(standard(a[:, i]), standard(b[:, j])) / n
            loss += (1 - c) ** 2 if i == j else config["lambda"] * c * c
            on, off = (on + c, off) if i == j else (on, off + abs(c))
    return loss, {"on_diagonal": on / d, "off_diagonal": off / (d * (d - 1))}


def literal_vicreg(config, live, _):
    a, b = halves(live.z)
    n, d = a.shape
    invariance = sum((a[i, k] - b[i, k]) ** 2 for i in range(n) for k in range(d)) / (n * d)
    variance, covariance = 0.0, 0.0
    for view in (a, b):
        centred = [[x - sum(view[:, k]) / n for x in view[:, k]] for k in range(d)]
        for i in range(d):
            variance += max(0.0, 1 - math.sqrt(dot(centred[i], centred[i]) / (n - 1) + 1e-4)) / d / 2
            covariance += sum((dot(centred[i], centred[j]) / (n - 1)) ** 2 for j in range(d) if j != i) / d
    loss = config["invariance"] * invariance + config["variance"] * variance + config["covariance"] * covariance
    return loss, {"invariance_term": invariance, "variance_term": variance, "covariance_term": covariance}


def literal_pairs(config, live, held):
    if config["loss"] == "alignuniform":
        return literal_alignuniform(config, live, held)
    if config.get("infonce") == "dcl":
        return literal_dcl(config, live, held)
    loss, terms = pairs(config, mapped(live, torch.tensor), None)
    return float(loss), terms


def literal_objective(config, live, held):
    return globals()["literal_" + config["method"]](config, live, held)


def check_slopes(name, config, loss_at, values, slopes, every=1):
    """Compares slopes with finite differences of `loss_at(values)`, at every so-manieth number."""
    flat, slopes = values.reshape(-1), np.asarray(as_numbers(slopes)).reshape(-1)
    for index in range(0, flat.size, every):
        found = []
        for step in (1e-6, -1e-6):
            moved = flat.copy()
            moved[index] += step
            found.append(loss_at(moved.reshape(values.shape)))
        difference = (found[0] - found[1]) / 2e-6
        assert abs(difference - slopes[index]) < 1e-6 * max(1, np.abs(slopes).max()), (name, config, index, difference, slopes[index])
    checks[f"finite differences, {name}"] = checks.get(f"finite differences, {name}", 0) + 1


# The same by libraries


def library_losses(config, live, held):
    """(library, its loss) wherever it has the very same convention."""
    method = config["method"]
    if method == "pairs" and config.get("infonce") == "dcl" and config["similarity"] == "cosine":
        yield "lightly DCLLoss", lightly_losses.DCLLoss(temperature=config["tau"])(*halves(live.z))
    if method == "moco":
        yield "info-nce-pytorch, MoCo", info_nce.info_nce(live.z, held.target, held.queue, temperature=config["tau"], negative_mode="unpaired")
    if method in ("byol", "simsiam"):
        target = held.target if method == "byol" else held.z if config["stop"] == "yes" else live.z
        (p_a, p_b), (t_a, t_b) = halves(live.p), halves(target)
        negative = lightly_losses.NegativeCosineSimilarity()
        both = negative(p_a, t_b) + negative(p_b, t_a)
        yield f"lightly NegativeCosineSimilarity, {method}", 4 + 2 * both if method == "byol" else both / 2
    if method == "swav" and config["sinkhorn"]:
        scores = F.normalize(live.z, dim=1) @ F.normalize(live.prototypes, dim=1).T
        theirs = lightly_losses.SwaVLoss(temperature=config["tau"], sinkhorn_iterations=config["sinkhorn"], sinkhorn_epsilon=config["epsilon"])
        yield "lightly SwaVLoss", theirs(list(halves(scores)), [])[0]
    if method == "barlow":
        yield "lightly BarlowTwinsLoss", lightly_losses.BarlowTwinsLoss(lambda_param=config["lambda"])(*halves(live.z))
    if method == "vicreg":
        weights = {"lambda_param": config["invariance"], "mu_param": config["variance"], "nu_param": config["covariance"]}
        yield "lightly VICRegLoss", lightly_losses.VICRegLoss(**weights)(*halves(live.z))


# Cases of objectives by rows


def given_rows(config, a, b, queue, prototypes):
    """The rows as the method sees them where no network stands between: predictions are the rows themselves."""
    both = torch.cat([a, b])
    if config["method"] == "moco":
        return rows_of(z=a, target=b, queue=queue)
    if config["method"] in ("byol", "simsiam"):
        return rows_of(z=both, p=both, target=both)
    return rows_of(z=both, prototypes=prototypes)


def with_gradients(config, a, b, queue, prototypes, function=objective):
    """Loss, terms and the gradients by a, by b and by the prototypes, 0 where there is none."""
    leaves = [rows.clone().requires_grad_(True) for rows in (a, b, prototypes) if rows is not None]
    live = given_rows(config, leaves[0], leaves[1], queue, leaves[2] if prototypes is not None else None)
    loss, terms = function(config, live, mapped(live, torch.Tensor.detach))
    slopes = torch.autograd.grad(loss, leaves, allow_unused=True, materialize_grads=True)
    return loss.detach(), terms, slopes


def clear_of_ties(config, rows):
    if config["method"] == "deepcluster":
        z, centroids = F.normalize(rows.z, dim=1), F.normalize(rows.prototypes, dim=1)
        two = (halves(z)[0] @ centroids.T).topk(2).values
        return bool((two[:, 0] - two[:, 1] > CLEAR).all())
    if config["method"] == "vicreg":
        return all(bool(((torch.sqrt(view.var(0) + 1e-4) - 1).abs() > CLEAR).all()) for view in halves(rows.z))
    return True


def in_single(config, a, b, queue, prototypes, exact):
    """How far the same formulas in f32 are off: the largest of the loss's and the gradients' errors."""
    narrow = [None if rows is None else rows.float() for rows in (a, b, queue, prototypes)]
    loss, _, slopes = with_gradients(config, *narrow)
    single, double = (torch.cat([slope.double().reshape(-1) for slope in those]) for those in (slopes, exact[2]))
    off = abs(float(loss) - float(exact[0])) / max(abs(float(exact[0])), 1e-2)
    return max(off, float((single - double).abs().max() / double.abs().max().clamp_min(1e-2))), (loss, single), (exact[0], double)


def row_case(name, config, a, b, queue=None, prototypes=None):
    loss, terms, slopes = exact = with_gradients(config, a, b, queue, prototypes)
    base = mapped(given_rows(config, a, b, queue, prototypes), torch.Tensor.numpy)
    literal, literal_terms = literal_objective(config, base, base)
    check(f"loops, {config['method']}", loss, literal)
    assert terms.keys() == literal_terms.keys()
    for key in terms:
        check(f"loops, {key}", terms[key], literal_terms[key])

    def loss_with(place):
        given = [a, b, prototypes]

        def loss_at(values):
            moved = [torch.tensor(values) if index == place else rows for index, rows in enumerate(given)]
            live = mapped(given_rows(config, moved[0], moved[1], queue, moved[2]), torch.Tensor.numpy)
            return literal_objective(config, live, base)[0]

        return loss_at

    for place, (rows, slope) in enumerate(zip([a, b] if prototypes is None else [a, b, prototypes], slopes)):
        check_slopes("by rows", config, loss_with(place), rows.numpy(), slope, every=3)

    # The libraries' losses and gradients.
    leaves = [rows.clone().requires_grad_(True) for rows in (a, b, prototypes) if rows is not None]
    live = given_rows(config, leaves[0], leaves[1], queue, leaves[2] if prototypes is not None else None)
    for library, theirs in library_losses(config, live, mapped(live, torch.Tensor.detach)):
        check(library, loss, theirs)
        for ours, other in zip(slopes, torch.autograd.grad(theirs, leaves, allow_unused=True, materialize_grads=True)):
            check(f"{library}, gradient", ours, other)

    _, single, double = in_single(config, a, b, queue, prototypes, exact)
    within(name, single, double)
    case = {"name": name, "config": config, "a": numbers(a), "b": numbers(b)}
    if queue is not None:
        case["queue"] = numbers(queue)
    if prototypes is not None:
        case["prototypes"] = numbers(prototypes)
    case |= {"loss": number(loss), "gradient_a": numbers(slopes[0]), "gradient_b": numbers(slopes[1])}
    if prototypes is not None:
        case["gradient_prototypes"] = numbers(slopes[2])
    case["terms"] = {key: number(value) for key, value in terms.items()}
    held = given_rows(config, a, b, queue, prototypes)
    if config["method"] == "swav":
        codes = swav_codes(config, held)[0]
        if config["sinkhorn"]:
            scores = F.normalize(a, dim=1) @ F.normalize(prototypes, dim=1).T
            check("lightly sinkhorn", codes, lightly_sinkhorn(scores, config["sinkhorn"], config["epsilon"]))
        case["codes"] = numbers(codes)
    if config["method"] == "deepcluster":
        case["assignments"] = assignments(held).tolist()
    return case


def more_rows(how_many, dimension, phase):
    """Rows of a queue, prototypes or centroids: in all directions and of lengths other than 1."""
    i, k = torch.arange(float(how_many))[:, None], torch.arange(float(dimension))[None, :]
    return quantized((1.25 + 0.5 * torch.sin(phase + 2.6 * i)) * torch.sin(3 * phase + 4 * i + 9 * k + 1.3 * i * k))


def scaled_columns(rows, phase):
    """Columns of standard deviations from about 0.3 to about 2."""
    width = rows.shape[1]
    return quantized(rows * math.sqrt(width) * torch.exp(torch.sin(phase + 2.5 * torch.arange(float(width)))))


def describe(config):
    words = [config["method"]]
    if config["method"] == "pairs":
        words = [config["infonce"] if config["loss"] == "infonce" else config["loss"], config["similarity"]]
    shown = {"tau": "tau", "weight": "weight", "epsilon": "eps", "sinkhorn": "rounds", "lambda": "lambda", "invariance": "", "variance": "", "covariance": ""}
    words += [f"{short}{config[key]:g}" for key, short in shown.items() if key in config]
    words += ["nostop"] if config.get("stop") == "no" else []
    return "-".join(words)


def spread_case(config, shape, start):
    """A case of n pairs in d dimensions, with k rows in the queue or k prototypes."""
    n, d, k = shape
    similarity = "dot" if config.get("similarity") == "dot" or config["method"] in ("barlow", "vicreg") else "cosine"
    for phase in count(start):
        assert phase < start + 1000, config
        rows = spread_rows(n, d, phase, similarity)
        if config["method"] in ("barlow", "vicreg"):
            rows = scaled_columns(rows, phase)
        extra = more_rows(k, d, phase + 1) if k else None
        a, b = halves(rows)
        queue, prototypes = (extra, None) if config["method"] == "moco" else (None, extra)
        if any(rows is not None and rows.norm(dim=1).min() < 0.1 for rows in (a, b, extra)):
            continue
        if not clear_of_ties(config, given_rows(config, a, b, queue, prototypes)):
            continue
        deviations = torch.cat([a.std(0), b.std(0)])
        if config["method"] in ("barlow", "vicreg") and deviations.min() < 0.15:
            continue
        if config["method"] == "vicreg" and not (deviations.min() < 0.9 and deviations.max() > 1.2):
            continue
        exact = with_gradients(config, a, b, queue, prototypes)
        if float(torch.cat([slope.reshape(-1) for slope in exact[2]]).abs().max()) < 0.02:
            continue
        if in_single(config, a, b, queue, prototypes, exact)[0] < SINGLE:
            size = f"n{n}d{d}" + (f"k{k}" if k else "")
            return row_case(f"{describe(config)}-{size}", config, a, b, queue, prototypes)


def pairs_config(infonce, similarity, tau):
    return {"method": "pairs", "loss": "infonce", "infonce": infonce, "tau": tau, "similarity": similarity, "positives": "views"}


def uniform_config(similarity, weight):
    return {"method": "pairs", "loss": "alignuniform", "weight": weight, "similarity": similarity, "positives": "views"}


def swav_config(tau, epsilon, rounds):
    return {"method": "swav", "tau": tau, "epsilon": epsilon, "sinkhorn": rounds}


def vicreg_config(invariance=25.0, variance=25.0, covariance=1.0):
    return {"method": "vicreg", "invariance": invariance, "variance": variance, "covariance": covariance}


def fixture_cases():
    """The fixture, held against the numbers of the reference."""
    a, b = halves(fixture())
    j, k = torch.arange(6.0)[:, None], torch.arange(3.0)[None, :]
    queue = torch.sin(3 + 4 * j + 9 * k)
    p = torch.arange(5.0)[:, None]
    prototypes = torch.cos(1 + 2 * p + 5 * k)
    simcse = {"method": "pairs", **info("onesided", tau=0.05)}
    table = [
        ("moco", {"method": "moco", "tau": 0.2}, 0.0586473351),
        ("byol", {"method": "byol", "predictor": "none"}, 2 * 0.0589506328),
        ("simsiam", {"method": "simsiam", "predictor": "none", "stop": "yes"}, -0.970524684),
        ("swav", swav_config(0.1, 0.05, 3), 3.48229105),
        ("deepcluster", {"method": "deepcluster", "tau": 0.1}, None),
        ("simcse", simcse, 0.644412389),
        ("barlow", {"method": "barlow", "lambda": 0.005}, None),
        ("vicreg", vicreg_config(), 6.34846016),
        ("dcl", pairs_config("dcl", "cosine", 0.5), 0.686673189),
        ("alignuniform", uniform_config("cosine", 1.0), 0.0589506328 - 1.01691981),
    ]

    def same(name, ours, reference):
        assert abs(float(ours) - reference) <= 5.01e-9 * abs(reference), (name, ours, reference)
        checks["the reference's table"] = checks.get("the reference's table", 0) + 1

    cases = []
    for name, config, loss in table:
        extra = {"queue": queue} if name == "moco" else {"prototypes": prototypes} if name in ("swav", "deepcluster") else {}
        case = row_case(f"fixture-{name}", config, a, b, **extra)
        if loss is not None:
            same(name, case["loss"], loss)
        if name == "swav":
            same(name, case["codes"][0][0], 0.44216708)
        if name == "deepcluster":
            assert case["assignments"] == [0, 2, 0, 2]
        if name == "vicreg":
            for key, part in (("invariance_term", 0.0485247156), ("variance_term", 0.0775563411), ("covariance_term", 3.19643374)):
                same(key, case["terms"][key], part)
        cases.append(case)
    same("byol, one direction", 2 - 2 * prediction(torch.cat([a, b]), torch.cat([a, b]))[0], 0.0589506328)
    own = rows_of(z=torch.cat([a, a]), prototypes=prototypes)
    same("deepcluster, the first view alone", deepcluster({"tau": 0.1}, own, own)[0], 0.111965667)
    same("barlow without epsilon", barlow({"lambda": 0.005}, rows_of(z=torch.cat([a, b])), None, epsilon=0.0)[0], 0.0314641096)
    same("VAE, KL", -0.5 * (1 + b - a.square() - b.exp()).sum(1).mean(), 1.65801897)
    same("GAN, D", F.softplus(-a[:, 0]).mean() + F.softplus(b[:, 0]).mean(), 1.52551284)
    same("GAN, G", F.softplus(-b[:, 0]).mean(), 0.741157717)
    return cases


def row_cases():
    table = [
        (pairs_config("dcl", "cosine", 0.1), (12, 3, 0)),
        (pairs_config("dcl", "cosine", 0.5), (7, 2, 0)),
        (pairs_config("dcl", "cosine", 0.2), (16, 8, 0)),
        (pairs_config("dcl", "dot", 1.0), (4, 5, 0)),
        (pairs_config("dcl", "dot", 0.3), (12, 3, 0)),
        (uniform_config("cosine", 1.0), (12, 3, 0)),
        (uniform_config("cosine", 0.3), (7, 5, 0)),
        (uniform_config("dot", 1.0), (4, 2, 0)),
        (uniform_config("dot", 2.5), (16, 8, 0)),
        (uniform_config("cosine", 0.0), (4, 3, 0)),
        ({"method": "moco", "tau": 0.07}, (12, 3, 16)),
        ({"method": "moco", "tau": 0.2}, (4, 2, 24)),
        ({"method": "moco", "tau": 0.5}, (7, 5, 17)),
        ({"method": "moco", "tau": 0.2}, (16, 8, 33)),
        ({"method": "byol", "predictor": "none"}, (7, 2, 0)),
        ({"method": "byol", "predictor": "none"}, (12, 3, 0)),
        ({"method": "byol", "predictor": "none"}, (16, 8, 0)),
        ({"method": "simsiam", "predictor": "none", "stop": "yes"}, (12, 3, 0)),
        ({"method": "simsiam", "predictor": "none", "stop": "no"}, (12, 3, 0)),
        ({"method": "simsiam", "predictor": "none", "stop": "yes"}, (4, 5, 0)),
        ({"method": "simsiam", "predictor": "none", "stop": "no"}, (7, 8, 0)),
        (swav_config(0.1, 0.05, 3), (12, 3, 12)),
        (swav_config(0.1, 0.1, 0), (7, 2, 5)),
        (swav_config(0.2, 0.2, 1), (4, 5, 3)),
        (swav_config(0.5, 0.05, 10), (16, 8, 9)),
        (swav_config(0.1, 0.5, 3), (16, 3, 20)),
        (swav_config(0.07, 0.05, 1), (7, 5, 2)),
        ({"method": "deepcluster", "tau": 0.1}, (12, 3, 6)),
        ({"method": "deepcluster", "tau": 0.3}, (16, 8, 12)),
        ({"method": "deepcluster", "tau": 0.2}, (7, 2, 2)),
        ({"method": "barlow", "lambda": 0.005}, (12, 3, 0)),
        ({"method": "barlow", "lambda": 0.1}, (16, 8, 0)),
        ({"method": "barlow", "lambda": 0.0}, (7, 5, 0)),
        ({"method": "barlow", "lambda": 1.0}, (4, 2, 0)),
        (vicreg_config(), (12, 3, 0)),
        (vicreg_config(), (16, 8, 0)),
        (vicreg_config(1.0, 10.0, 2.0), (7, 5, 0)),
        (vicreg_config(25.0, 0.0, 1.0), (4, 2, 0)),
        (vicreg_config(0.0, 25.0, 0.0), (12, 5, 0)),
    ]
    return [spread_case(config, shape, 10 * index) for index, (config, shape) in enumerate(table)]


# Networks: chains of blocks Linear [- BatchNorm] [- activation]

ACTIVATIONS = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "gelu": torch.nn.GELU}


def widths(config):
    return [int(width) for width in config["layers"].split(",") if width != "none"]


def linear(inputs, outputs, phase):
    layer = torch.nn.Linear(inputs, outputs)
    i, k = torch.arange(float(inputs))[:, None], torch.arange(float(outputs))[None, :]
    with torch.no_grad():
        layer.weight.copy_(quantized(2 / math.sqrt(inputs) * torch.sin(phase + 1.3 * i + 2.7 * k + 0.9 * i * k)).T)
        layer.bias.copy_(quantized(0.3 * torch.sin(2 * phase + 2.1 * k[0])))
    return layer


def batch_norm(width, phase):
    layer = torch.nn.BatchNorm1d(width, eps=1e-5, momentum=0.1)
    k = torch.arange(float(width))
    with torch.no_grad():
        layer.weight.copy_(quantized(1 + 0.4 * torch.sin(phase + 1.9 * k)))
        layer.bias.copy_(quantized(0.3 * torch.sin(3 * phase + 2.3 * k)))
    return layer


def make_encoder(config, inputs, phase):
    parts = []
    for index, width in enumerate(widths(config)):
        parts.append(linear(inputs, width, phase + 5 * index))
        if config["norm"] == "hidden":
            parts.append(batch_norm(width, phase + 5 * index + 2))
        parts.append(ACTIVATIONS[config["activation"]]())
        inputs = width
    parts.append(linear(inputs, config["dim"], phase + 31))
    if config["norm"] == "output":
        parts.append(batch_norm(config["dim"], phase + 33))
    return torch.nn.Sequential(*parts)


def make_head(kind, inputs, width, outputs, phase):
    if kind == "none":
        return torch.nn.Sequential()
    if kind == "linear":
        return torch.nn.Sequential(linear(inputs, outputs, phase))
    return torch.nn.Sequential(linear(inputs, width, phase), batch_norm(width, phase + 1), torch.nn.ReLU(), linear(width, outputs, phase + 2))


def out_width(config):
    return (config.get("head_dim") or config["dim"]) if config["head"] != "none" else config["dim"]


def make_networks(config, input_dim, phase):
    """Encoder, head and predictor; those that the configuration has not are empty."""
    width = out_width(config)
    return torch.nn.ModuleDict({
        "encoder": make_encoder(config, input_dim, phase),
        "head": make_head(config["head"], config["dim"], config.get("head_width"), width, phase + 51),
        "predictor": make_head(config.get("predictor", "none"), width, config.get("predictor_width"), width, phase + 71),
    })


def make_target(config, input_dim, phase):
    target = make_networks(config, input_dim, phase)
    del target["predictor"]
    return target


def run_chain(chain, rows, masks=(), dropped=0.0, kinks=None):
    """One pass. A mask is for a hidden block of the encoder, and applies after its activation."""
    masks = iter(masks)
    for part in chain:
        if isinstance(part, torch.nn.ReLU) and kinks is not None:
            kinks.append(rows.detach().abs().min().item())
        rows = part(rows)
        if isinstance(part, tuple(ACTIVATIONS.values())):
            mask = next(masks, None)
            rows = rows if mask is None else rows * mask.to(rows.dtype) / (1 - dropped)
    return rows


def run(config, networks, inputs, masks=(), kinks=None):
    """h, z and p of all rows. Both views pass together, or one after the other, each with its own moments."""
    apart = config.get("norm_views") == "apart" and config["method"] != "moco"
    found = []
    for span in [slice(0, len(inputs) // 2), slice(len(inputs) // 2, None)] if apart else [slice(None)]:
        h = run_chain(networks["encoder"], inputs[span], [mask[span] for mask in masks], config.get("hidden_dropout", 0.0), kinks)
        z = run_chain(networks["head"], h, kinks=kinks)
        p = run_chain(networks["predictor"], z, kinks=kinks) if "predictor" in networks else z
        found.append((h, z, p))
    return [torch.cat(those) for those in zip(*found)]


def flatten(values):
    return torch.cat([(value.T if value.ndim == 2 else value).reshape(-1) for value in values])


def literal_chain(blocks, rows, flat, spans, masks, dropped, moments):
    """The pass of a chain from flat numbers and formulas alone. Blocks are (outputs, has BatchNorm, activation)."""
    act = {
        "relu": lambda x: max(x, 0.0),
        "tanh": math.tanh,
        "gelu": lambda x: 0.5 * x * (1 + math.erf(x / math.sqrt(2))),
        "linear": lambda x: x,
    }
    masks = iter(masks)
    for outputs, normed, activation in blocks:
        inputs = rows.shape[1]
        weights, bias, flat = flat[: inputs * outputs].reshape(inputs, outputs), flat[inputs * outputs :][:outputs], flat[(inputs + 1) * outputs :]
        rows = rows @ weights + bias
        if normed:
            gamma, beta, flat = flat[:outputs], flat[outputs : 2 * outputs], flat[2 * outputs :]
            found = []
            for span in spans:
                mean = rows[span].sum(0) / len(rows[span])
                square = ((rows[span] - mean) ** 2).sum(0)
                rows[span] = gamma * (rows[span] - mean) / np.sqrt(square / len(rows[span]) + 1e-5) + beta
                found.append((mean, square / (len(rows[span]) - 1)))
            moments.append(found)
        rows = np.vectorize(act[activation])(rows)
        if activation != "linear":
            mask = next(masks, None)
            rows = rows if mask is None else np.where(np.asarray(mask) == 1, rows / (1 - dropped), 0.0)
    return rows, flat


def literal_run(config, inputs, flat, masks=(), predicts=True):
    """h, z, p and the moments (mean, unbiased variance) that each BatchNorm found, group by group."""
    n = len(inputs)
    apart = config.get("norm_views") == "apart" and config["method"] != "moco"
    spans = [slice(0, n // 2), slice(n // 2, n)] if apart else [slice(0, n)]
    width = out_width(config)
    blocks = [(w, config["norm"] == "hidden", config["activation"]) for w in widths(config)] + [(config["dim"], config["norm"] == "output", "linear")]

    def head(kind, hidden):
        return {"none": [], "linear": [(width, False, "linear")], "mlp": [(hidden, True, "relu"), (width, False, "linear")]}[kind]

    moments = []
    h, flat = literal_chain(blocks, inputs, flat, spans, masks, config.get("hidden_dropout", 0.0), moments)
    z, flat = literal_chain(head(config["head"], config.get("head_width")), h.copy(), flat, spans, (), 0.0, moments)
    predictor = head(config.get("predictor", "none") if predicts else "none", config.get("predictor_width"))
    p, flat = literal_chain(predictor, z.copy(), flat, spans, (), 0.0, moments)
    assert flat.size == 0
    return h, z, p, moments


def online_inputs(config, inputs):
    return halves(inputs)[0] if config["method"] == "moco" else inputs


def target_inputs(config, inputs):
    return halves(inputs)[1] if config["method"] == "moco" else inputs


def learn(config, networks, target, inputs, masks=(), queue=None, prototypes=None, kinks=None):
    """One evaluation of whole networks: rows, loss, gradients by the parameters in their order, then by the prototypes."""
    h, z, p = run(config, networks, online_inputs(config, inputs), masks, kinks)
    slow = None
    if target is not None:
        with torch.no_grad():
            slow = run(config, target, target_inputs(config, inputs))[1]
    prototypes = None if prototypes is None else prototypes.clone().requires_grad_(True)
    live = rows_of(z=z, p=p, target=slow, queue=queue, prototypes=prototypes)
    held = mapped(live, torch.Tensor.detach)
    loss, _ = objective(config, live, held)
    leaves = list(networks.parameters()) + ([] if prototypes is None else [prototypes])
    slopes = torch.autograd.grad(loss, leaves)
    trained = len(list(networks.parameters()))
    return SimpleNamespace(
        h=h.detach(), z=z.detach(), p=p.detach(), target=slow, held=held, loss=loss.detach(),
        slopes=slopes[:trained], gradient=flatten(slopes[:trained]), by_prototypes=slopes[trained] if prototypes is not None else None,
    )


def literal_loss(config, inputs, flat, held, masks=(), prototypes=None):
    """The loss as a function of the online networks' flat parameters and of the prototypes, all else held."""
    h, z, p, _ = literal_run(config, online_inputs(config, inputs), flat, masks)
    live = rows_of(z=z, p=p, target=held.target, queue=held.queue, prototypes=prototypes)
    return literal_objective(config, live, held)[0]


def relative(single, double):
    return float((single.double() - double).abs().max() / double.abs().max().clamp_min(1e-2))


def network_inputs(count_of_pairs, dimension, phase, same_views=False):
    i, k = torch.arange(float(count_of_pairs))[:, None], torch.arange(float(dimension))[None, :]
    a = 1.5 * torch.sin(phase + 3 * i + 7 * k + 1.7 * i * k)
    b = a if same_views else a + 0.4 * torch.sin(2 * phase + 5 * i + 11 * k + 2.3 * i * k)
    return quantized(torch.cat([a, b]))


def dropout_masks(config, rows, phase):
    """Of every hidden block and row about a share `hidden_dropout` of zeros."""
    masks = []
    for index, width in enumerate(widths(config)):
        r, u = torch.arange(float(rows))[:, None], torch.arange(float(width))[None, :]
        share = torch.remainder(1000 * torch.sin(phase + 7 * index + 1.7 * r + 2.9 * u + 0.31 * r * u), 1)
        masks.append((share >= config["hidden_dropout"]).to(torch.int64))
    return masks


def is_sound(config, got, kinks):
    """Whether an f32 can meet these numbers: no kink, no short row, nothing tiny or huge."""
    if min(kinks, default=1) <= GAP or got.gradient.abs().max() < 0.05 or not 0.15 < abs(got.loss) < 8:
        return False
    compared_rows = [got.z, got.p] + ([] if got.target is None else [got.target])
    if any(rows.norm(dim=1).min() < 0.15 for rows in compared_rows) and config["method"] not in ("barlow", "vicreg"):
        return False
    if config["method"] == "barlow" and min(view.std(0).min() for view in halves(got.z)) < 0.2:
        return False
    if config.get("loss") == "triplet" and not tie_free(config, got.z, list(range(len(got.z) // 2))):
        return False
    return clear_of_ties(config, got.held)


def network_case(name, config, input_dim, n, kept=0, dropout=False, start=0):
    """A case of whole networks. `kept` is the number of rows in the queue or of prototypes."""
    for phase in count(start):
        assert phase < start + 3000, name
        inputs = network_inputs(n, input_dim, phase + 1, config.get("positives") == "dropout")
        networks = make_networks(config, input_dim, phase)
        target = make_target(config, input_dim, phase + 0.25) if config["method"] in ("moco", "byol") else None
        masks = dropout_masks(config, 2 * n, phase) if dropout else ()
        extra = more_rows(kept, out_width(config), phase + 2) if kept else None
        queue, prototypes = (extra, None) if config["method"] == "moco" else (None, extra)
        kinks = []
        got = learn(config, networks, target, inputs, masks, queue, prototypes, kinks)
        if not is_sound(config, got, kinks):
            continue
        narrow = [None if rows is None else rows.float() for rows in (inputs, queue, prototypes)]
        copies = [None if those is None else copy.deepcopy(those).float() for those in (networks, target)]
        single = learn(config, *copies, narrow[0], masks, *narrow[1:])
        compared_with = [(single.gradient, got.gradient), (single.loss, got.loss), (single.z, got.z), (single.p, got.p)]
        if prototypes is not None:
            compared_with.append((single.by_prototypes, got.by_prototypes))
        if max(relative(*both) for both in compared_with) < SINGLE:
            break
    within(name, (single.loss, single.gradient), (got.loss, got.gradient))

    parameters = flatten(networks.parameters()).detach()
    lists = [mask.tolist() for mask in masks]
    h, z, p, _ = literal_run(config, online_inputs(config, inputs).numpy(), parameters.numpy(), lists)
    for ours, literal in ((got.h, h), (got.z, z), (got.p, p)):
        check("forward pass by hand", ours, literal)
    if target is not None:
        slow = literal_run(config, target_inputs(config, inputs).numpy(), flatten(target.parameters()).detach().numpy(), predicts=False)[1]
        check("forward pass by hand", got.target, slow)
    held = mapped(got.held, torch.Tensor.numpy)
    own = None if prototypes is None else prototypes.numpy()
    check(f"loops, networks with {config['method']}", got.loss, literal_loss(config, inputs.numpy(), parameters.numpy(), held, lists, own))
    check_slopes(
        "by weights", config, lambda flat: literal_loss(config, inputs.numpy(), flat, held, lists, own), parameters.numpy(), got.gradient, every=3
    )
    if own is not None:
        check_slopes("by prototypes", config, lambda rows: literal_loss(config, inputs.numpy(), parameters.numpy(), held, lists, rows), own, got.by_prototypes)

    case = {"name": name, "config": config, "input_dim": input_dim, "inputs": numbers(inputs), "parameters": numbers(parameters)}
    if dropout:
        case["masks"] = lists
    if target is not None:
        case["target"] = numbers(flatten(target.parameters()).detach())
    if queue is not None:
        case["queue"] = numbers(queue)
    if prototypes is not None:
        case["prototypes"] = numbers(prototypes)
    case |= {"h": numbers(got.h), "z": numbers(got.z)}
    if target is not None:
        case["target_z"] = numbers(got.target)
    if config.get("predictor", "none") != "none":
        case["p"] = numbers(got.p)
    case |= {"loss": number(got.loss), "gradient": numbers(got.gradient)}
    if prototypes is not None:
        case["gradient_prototypes"] = numbers(got.by_prototypes)
    return case


def body(layers="6", activation="relu", dim=3, norm="none", head="none", head_width=7, head_dim=0, views="together"):
    """The keys of encoder and head; a key that changes nothing is left out."""
    config = {"layers": layers, "activation": activation, "dim": dim, "norm": norm, "head": head}
    if head == "mlp":
        config["head_width"] = head_width
    if head != "none":
        config["head_dim"] = head_dim
    if views:
        config["norm_views"] = views
    return config


def predicting(kind, width=5):
    return {"predictor": kind, "predictor_width": width} if kind == "mlp" else {"predictor": kind}


def network_cases():
    nt = {"method": "pairs", **info("ntxent", tau=0.5)}
    sharp = {"method": "pairs", **info("ntxent", tau=0.2)}
    moco_keys = {"method": "moco", "tau": 0.2}
    table = [
        ("ntxent-plain", {**body(views=""), **nt}, 2, 8, 0),
        ("ntxent-linear-head", {**body(head="linear", head_dim=4, views=""), **nt}, 3, 8, 0),
        ("ntxent-linear-head-tanh", {**body("7,5", "tanh", 4, head="linear", views=""), **sharp}, 2, 9, 0),
        ("ntxent-mlp-head", {**body("7,5", head="mlp"), **nt}, 2, 10, 0),
        ("ntxent-mlp-head-apart", {**body("7,5", head="mlp", views="apart"), **nt}, 2, 10, 0),
        ("ntxent-mlp-head-gelu", {**body("6", "gelu", 6, head="mlp", head_width=9, head_dim=3), **sharp}, 3, 12, 0),
        ("ntxent-mlp-head-no-layers", {**body("none", dim=5, head="mlp", head_dim=4), **nt}, 3, 8, 0),
        ("ntxent-norm-hidden", {**body("7,5", norm="hidden"), **nt}, 2, 8, 0),
        ("ntxent-norm-hidden-apart", {**body("7,5", "tanh", norm="hidden", views="apart"), **nt}, 2, 9, 0),
        ("ntxent-norm-output", {**body("6", "gelu", 4, norm="output"), **nt}, 2, 8, 0),
        ("ntxent-norm-output-apart", {**body("7,5", "tanh", norm="output", head="linear", views="apart"), **nt}, 3, 8, 0),
        ("ntxent-norm-hidden-mlp-head-apart", {**body("7,5", "gelu", 4, "hidden", "mlp", 6, 3, "apart"), **nt}, 2, 12, 0),
        ("ntxent-norm-output-mlp-head", {**body("6", "relu", 4, "output", "mlp", 8), **nt}, 2, 8, 0),
        ("ntxent-dot-mlp-head", {**body(head="mlp"), "method": "pairs", **info("ntxent", "dot", 1.0)}, 2, 8, 0),
        ("triplet-mlp-head", {**body("7,5", head="mlp"), "method": "pairs", **trip("squared", "all", "all", alpha=0.5)}, 2, 6, 0),
        ("triplet-norm-hidden", {**body("6", "tanh", norm="hidden", views="apart"), "method": "pairs", **trip("squared", "all", "all", alpha=0.5)}, 2, 6, 0),
        ("dcl-mlp-head", {**body("7,5", head="mlp"), **pairs_config("dcl", "cosine", 0.5)}, 2, 8, 0),
        ("alignuniform-mlp-head", {**body("6", head="mlp", head_dim=4), **uniform_config("cosine", 1.0)}, 2, 8, 0),
        ("moco-plain", {**body(views=""), **moco_keys, "queue": 16}, 2, 7, 16),
        ("moco-norm-hidden-linear-head", {**body("7,5", norm="hidden", head="linear", views="apart"), **moco_keys, "queue": 20}, 2, 8, 20),
        ("moco-mlp-head", {**body("6", "gelu", 4, head="mlp", views="apart"), **moco_keys, "queue": 18}, 3, 9, 18),
        ("byol-no-predictor", {**body(head="mlp", views="apart"), "method": "byol", **predicting("none")}, 2, 8, 0),
        ("byol-linear-predictor", {**body("7,5", head="linear", views=""), "method": "byol", **predicting("linear")}, 2, 8, 0),
        ("byol-mlp-predictor-apart", {**body("7,5", norm="hidden", head="mlp", views="apart"), "method": "byol", **predicting("mlp")}, 2, 10, 0),
        ("byol-mlp-predictor-together", {**body("6", "tanh", 4, "hidden", "mlp"), "method": "byol", **predicting("mlp", 6)}, 3, 8, 0),
        ("simsiam-apart", {**body("7,5", norm="hidden", views="apart"), "method": "simsiam", "stop": "yes", **predicting("mlp")}, 2, 8, 0),
        ("simsiam-no-stop", {**body("7,5", norm="hidden", views="apart"), "method": "simsiam", "stop": "no", **predicting("mlp")}, 2, 8, 0),
        ("simsiam-mlp-head-together", {**body("6", "gelu", 4, head="mlp"), "method": "simsiam", "stop": "yes", **predicting("mlp", 4)}, 2, 12, 0),
        ("simsiam-no-stop-linear", {**body(head="linear", head_dim=4, views=""), "method": "simsiam", "stop": "no", **predicting("linear")}, 2, 8, 0),
        ("swav-mlp-head", {**body("7,5", head="mlp"), **swav_config(0.2, 0.1, 3), "prototypes": 5, "frozen": 0}, 2, 8, 5),
        ("swav-norm-hidden", {**body("6", "tanh", 4, "hidden", views="apart"), **swav_config(0.3, 0.2, 1), "prototypes": 7, "frozen": 0}, 3, 9, 7),
        ("barlow-mlp-head", {**body("7,5", head="mlp", views="apart"), "method": "barlow", "lambda": 0.05}, 2, 10, 0),
        ("barlow-norm-hidden", {**body("6", "tanh", 5, "hidden"), "method": "barlow", "lambda": 0.2}, 3, 12, 0),
        ("vicreg-mlp-head", {**body("7,5", head="mlp", head_dim=4, views="apart"), **vicreg_config(2.0, 3.0, 1.0)}, 2, 10, 0),
        ("vicreg-norm-output", {**body("6", "gelu", 4, "output", "linear"), **vicreg_config(1.0, 5.0, 0.5)}, 2, 9, 0),
    ]
    return [network_case(*row, start=20 * index) for index, row in enumerate(table)]


def dropout_cases():
    def simcse(tau, positives="dropout", similarity="cosine"):
        return {"method": "pairs", **info("onesided", similarity, tau, positives)}

    table = [
        ("simcse", {**body("7,5", "tanh", views=""), **simcse(0.5), "hidden_dropout": 0.1}, 2, 8),
        ("simcse-relu", {**body("9", "relu", views=""), **simcse(0.5), "hidden_dropout": 0.25}, 3, 8),
        ("simcse-mlp-head", {**body("8,7", "gelu", 4, "hidden", "mlp"), **simcse(0.2), "hidden_dropout": 0.25}, 2, 9),
        ("views-apart", {**body("8,7", "relu", 3, "hidden", views="apart"), **simcse(0.5, "views"), "hidden_dropout": 0.5}, 2, 10),
    ]
    return [network_case(*row, dropout=True, start=20 * index) for index, row in enumerate(table)]


# Whole steps


def running(networks, whose):
    """Running means and variances of every BatchNorm, in the networks' order."""
    return [
        {"network": f"{whose} {name}", "mean": part.running_mean.clone(), "variance": part.running_var.clone()}
        for name, chain in networks.items() for part in chain if isinstance(part, torch.nn.BatchNorm1d)
    ]


def follow(target, networks, ema):
    """target = ema target + (1 - ema) online, parameters only."""
    online = [value for name in target for value in networks[name].parameters()]
    with torch.no_grad():
        for slow, fast in zip(target.parameters(), online, strict=True):
            slow.mul_(ema).add_(fast, alpha=1 - ema)


def train(config, networks, target, batches, queue):
    """The steps of a run, changing the networks. Yields what each step leaves behind."""
    optimizer = torch.optim.SGD(networks.parameters(), lr=config["lr"], momentum=0.0)
    place, kinks = 0, []
    for inputs in batches:
        before = [flatten(networks.parameters()).detach()]
        if config["method"] == "moco":
            follow(target, networks, config["ema"])
        before.append(None if target is None else flatten(target.parameters()).detach())
        got = learn(config, networks, target, inputs, queue=queue, kinks=kinks)
        for value, slope in zip(networks.parameters(), got.slopes):
            value.grad = slope
        optimizer.step()
        if config["method"] == "byol":
            follow(target, networks, config["ema"])
        if config["method"] == "moco":
            queue = queue.clone()
            for key in F.normalize(got.target, dim=1):
                queue[place] = key
                place = (place + 1) % len(queue)
        left = {"loss": got.loss, "parameters": flatten(networks.parameters()).detach()}
        if target is not None:
            left["target"] = flatten(target.parameters()).detach()
        if config["method"] == "moco":
            following = copy.deepcopy(target)
            follow(following, networks, config["ema"])
            left["target_next"] = flatten(following.parameters()).detach()
        statistics = running(networks, "online") + ([] if target is None else running(target, "target"))
        yield SimpleNamespace(got=got, kinks=kinks, before=before, left=left, running=statistics, queue=queue)


def step_numbers(step):
    """All that a step leaves behind, as arrays to compare."""
    arrays = [value for value in step.left.values()] + [those[key] for those in step.running for key in ("mean", "variance")]
    return arrays + ([] if step.queue is None else [step.queue])


def literal_step(config, step, inputs, statistics):
    """Checks a step against loops: the move against finite differences, the statistics, the slow copy."""
    flat, slow = (None if values is None else values.numpy() for values in step.before)
    held = mapped(step.got.held, torch.Tensor.numpy)
    _, _, _, moments = literal_run(config, online_inputs(config, inputs).numpy(), flat)
    if slow is not None:
        _, z, _, more = literal_run(config, target_inputs(config, inputs).numpy(), slow, predicts=False)
        check("steps: the slow copy's rows", step.got.target, z)
        moments = moments + more
    for own, groups, left in zip(statistics, moments, step.running, strict=True):
        for mean, variance in groups:
            own[0], own[1] = 0.9 * own[0] + 0.1 * mean, 0.9 * own[1] + 0.1 * variance
        check("steps: running mean", left["mean"], own[0])
        check("steps: running variance", left["variance"], own[1])
    moved = (flat - step.left["parameters"].numpy()) / config["lr"]
    check_slopes("by steps", config, lambda values: literal_loss(config, inputs.numpy(), values, held), flat, moved, every=5)


def step_case(name, config, input_dim, n, kept=0, steps=3, start=0):
    for phase in count(start):
        assert phase < start + 3000, name
        batches = [network_inputs(n, input_dim, phase + 1 + 0.7 * step) for step in range(steps)]
        networks, target = make_networks(config, input_dim, phase), None
        if config["method"] == "moco":
            target = copy.deepcopy(networks)
            del target["predictor"]
        elif config["method"] == "byol":
            target = make_target(config, input_dim, phase + 0.25)
        queue = F.normalize(more_rows(kept, out_width(config), phase + 2), dim=1) if kept else None
        initial = {"parameters": flatten(networks.parameters()).detach()}
        if target is not None:
            initial["target"] = flatten(target.parameters()).detach()
        narrow = [None if those is None else copy.deepcopy(those).float() for those in (networks, target)]
        done = list(train(config, networks, target, batches, queue))
        if not all(is_sound(config, step.got, step.kinks) for step in done):
            continue
        single = list(train(config, *narrow, [inputs.float() for inputs in batches], None if queue is None else queue.float()))
        worst_step = max(
            relative(theirs, ours) for before, step in zip(single, done) for theirs, ours in zip(step_numbers(before), step_numbers(step), strict=True)
        )
        if worst_step < SINGLE:
            break
    worst["gradient"] = max(worst["gradient"], worst_step)
    statistics = [[np.zeros(len(those["mean"])), np.ones(len(those["mean"]))] for those in done[0].running]
    for step, inputs in zip(done, batches):
        literal_step(config, step, inputs, statistics)
    slow = initial.get("target")
    for step in done:
        online = step.left["parameters"][: 0 if slow is None else len(slow)]
        if config["method"] == "byol":
            slow = config["ema"] * slow + (1 - config["ema"]) * online
            check("steps: the slow copy, BYOL", step.left["target"], slow)
        if config["method"] == "moco":
            slow = config["ema"] * slow + (1 - config["ema"]) * step.before[0][: len(slow)]
            check("steps: the slow copy, MoCo", step.left["target"], slow)
            check("steps: the slow copy, MoCo, next", step.left["target_next"], config["ema"] * slow + (1 - config["ema"]) * online)
    if kept:
        # The newest of all keys that came to a place.
        keys = torch.cat([queue, *(torch.tensor(unit(step.got.target.numpy())) for step in done)])
        expected = [keys[max(range(place, len(keys), kept))] for place in range(kept)]
        check("steps: the queue", done[-1].queue, torch.stack(expected))
    case = {"name": name, "config": config, "input_dim": input_dim, **{key: numbers(value) for key, value in initial.items()}}
    if kept:
        case["queue"] = numbers(queue)
    case["steps"] = []
    for inputs, step in zip(batches, done):
        entry = {"inputs": numbers(inputs), **{key: numbers(value) for key, value in step.left.items()}}
        entry["running"] = [{**those, "mean": numbers(those["mean"]), "variance": numbers(those["variance"])} for those in step.running]
        if kept:
            entry["queue"] = numbers(step.queue)
        case["steps"].append(entry)
    return case


def step_cases():
    sgd = {"optimizer": "sgd", "momentum": 0.0}
    nt = {"method": "pairs", **info("ntxent", tau=0.5)}
    moco_keys = {"method": "moco", "tau": 0.2, "ema": 0.8}
    hidden_linear = body("6", norm="hidden", head="linear", views="apart")
    table = [
        ("byol", {**body("6", norm="hidden", head="mlp", head_width=5, views="apart"), "method": "byol", **predicting("mlp", 5), "ema": 0.9, **sgd, "lr": 0.1}, 2, 8, 0),
        ("byol-together", {**body("6", norm="hidden", head="mlp", head_width=5), "method": "byol", **predicting("mlp", 5), "ema": 0.9, **sgd, "lr": 0.1}, 2, 6, 0),
        ("moco", {**hidden_linear, **moco_keys, **sgd, "lr": 0.1}, 2, 3, 8),
        ("moco-16", {**hidden_linear, **moco_keys, "queue": 16, **sgd, "lr": 0.1}, 2, 6, 16),
        ("simsiam", {**body("7,5", norm="hidden", views="apart"), "method": "simsiam", "stop": "yes", **predicting("mlp"), **sgd, "lr": 0.2}, 2, 8, 0),
        ("pairs", {**body("7,5", head="mlp", head_width=6), **nt, **sgd, "lr": 0.2}, 2, 8, 0),
        ("pairs-apart", {**body("6", "tanh", 4, "output", "mlp", 6, 3, "apart"), **nt, **sgd, "lr": 0.2}, 2, 8, 0),
    ]
    return [step_case(*row, start=20 * index) for index, row in enumerate(table)]


# Spherical k-means


def k_means(rows, centroids, rounds, gaps):
    """The tags of the last centroids. `gaps` gets the smallest distance to another choice, over all rounds."""
    counts = []
    for last in [False] * rounds + [True]:
        cosines = rows @ centroids.T
        two = cosines.topk(2).values
        gaps.append(float((two[:, 0] - two[:, 1]).min()))
        tags = cosines.argmax(1)
        counts.append(torch.bincount(tags, minlength=len(centroids)).tolist())
        if last:
            return centroids, tags, counts
        sums = torch.zeros_like(centroids).index_add_(0, tags, rows)
        empty = torch.bincount(tags, minlength=len(centroids)) == 0
        centroids = torch.where(empty[:, None], centroids, F.normalize(sums, dim=1))


def literal_k_means(rows, centroids, rounds):
    rows, centroids = rows.numpy().tolist(), centroids.numpy().tolist()

    def nearest(row):
        cosines = [dot(row, centroid) for centroid in centroids]
        return cosines.index(max(cosines))

    for _ in range(rounds):
        tags = [nearest(row) for row in rows]
        for cluster in range(len(centroids)):
            members = [row for row, tag in zip(rows, tags) if tag == cluster]
            if members:
                total = [sum(column) for column in zip(*members)]
                length = math.sqrt(dot(total, total))
                centroids[cluster] = [x / length for x in total]
    return centroids, [nearest(row) for row in rows]


def k_means_case(name, n, d, k, empty, start):
    rounds = 10
    for phase in count(start):
        assert phase < start + 5000, name
        i, c = torch.arange(float(n))[:, None], torch.arange(float(d))[None, :]
        rows = torch.sin(phase + 3 * i + 7 * c + 1.7 * i * c) + (0.7 if empty else 0.0)
        initial = torch.sin(2 * phase + 4 * i[:k] + 9 * c + 1.3 * i[:k] * c)
        if empty:
            initial[1] = -1.0
        rows, initial = F.normalize(rows, dim=1), F.normalize(initial, dim=1)
        gaps = []
        centroids, tags, counts = k_means(rows, initial, rounds, gaps)
        changes = sum(before != after for before, after in zip(counts, counts[1:]))
        empties = [cluster for cluster in range(k) if min(those[cluster] for those in counts) == 0]
        if min(gaps) > 2 * CLEAR and changes >= 3 and empties == ([1] if empty else []):
            break
    other, other_tags = literal_k_means(rows, initial, rounds)
    check("loops, k-means", centroids, np.array(other))
    assert tags.tolist() == other_tags
    narrow, narrow_tags, _ = k_means(rows.float(), initial.float(), rounds, [])
    assert relative(narrow, centroids) < SINGLE and torch.equal(narrow_tags, tags)
    return {
        "name": name,
        "rows": numbers(rows),
        "initial": numbers(initial),
        "rounds": rounds,
        "centroids": numbers(centroids),
        "assignments": tags.tolist(),
    }


def k_means_cases():
    table = [("n40d3k5", 40, 3, 5, False), ("n60d8k6", 60, 8, 6, False), ("n30d3k4-one-empty", 30, 3, 4, True)]
    return [k_means_case(*row, start=100 * index) for index, row in enumerate(table)]


if __name__ == "__main__":
    write("methods.json", fixture_cases() + row_cases())
    write("method_networks.json", network_cases())
    write("method_dropout.json", dropout_cases())
    write("method_steps.json", step_cases())
    write("kmeans.json", k_means_cases())
    for name, times in sorted(checks.items()):
        print(f"  agrees: {name} ({times})")
    print(f"  the same formulas in f32 differ by at most {worst['loss']:.1e} (loss), {worst['gradient']:.1e} (of the largest entry)")
