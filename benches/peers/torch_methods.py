#!/usr/bin/env python3
"""Steps per second of each method in PyTorch on the CPU, beside `torch_triplet.py`.

The workload: points in the plane, two noisy views each, an MLP 2-64-64-3 (ReLU), the method's loss, backward, one Adam step, and
whatever the method does after a step. Sampling and augmentation are part of a step. `ntxent_head` has a projector FC 3-64,
BatchNorm, ReLU, FC 64-3; BYOL and SimSiam have a predictor of the same kind with 32 hidden units, through which the views pass
one after the other, as in the papers' code. Everything else that can be done for both views at once is. `images` is NT-Xent with an
encoder 144-128-64-3 on images of 144 pixels; autoencoder and VAE have a code of two numbers and the mirrored decoder.

Adam is as one writes it, `torch.optim.Adam(parameters, lr)`, as in the other script; `--fused` takes the fused one, which is faster.

Usage: torch_methods.py [--methods ntxent,byol] [--pairs 128] [--steps 400] [--threads 1] [--fused]
Needs: pip install torch numpy
"""

import argparse
import copy
import json
import math
import time

import torch
import torch.nn.functional as F
from torch import nn

POINTS, JITTER, DIM = 1024, 0.25, 3


def mlp(inputs, hidden, outputs):
    """FC - BatchNorm - ReLU - FC: a projector or a predictor."""
    return nn.Sequential(nn.Linear(inputs, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, outputs))


class Method(nn.Module):
    """A method: its networks, its loss of a batch's two views, and what follows a step."""

    dropout = 0.0
    outputs = DIM
    widths = (2, 64, 64)

    def __init__(self):
        super().__init__()
        layers = []
        for inputs, outputs in zip(self.widths, self.widths[1:]):
            layers += [nn.Linear(inputs, outputs), nn.ReLU()]
            if self.dropout:
                layers.append(nn.Dropout(self.dropout))
        self.encoder = nn.Sequential(*layers, nn.Linear(self.widths[-1], self.outputs))

    def views(self, x):
        """Both views of the points, first views a, then views b."""
        both = x.repeat(2, 1)
        return both + JITTER * torch.randn_like(both)

    def loss(self, views, index):
        raise NotImplementedError

    def optimizers(self, fused):
        # One kernel for all parameters: faster on the CPU too.
        return [torch.optim.Adam([value for value in self.parameters() if value.requires_grad], 3e-3, fused=fused or None)]

    def step(self, points, index, optimizers):
        loss = self.loss(self.views(points[index]), index)
        optimizers[0].zero_grad()
        loss.backward()
        optimizers[0].step()
        self.after_step()
        return loss

    def after_step(self):
        pass


class NtXent(Method):
    tau = 0.2

    def __init__(self, pairs):
        super().__init__()
        self.partner = torch.arange(2 * pairs).roll(pairs)
        # Is added to the scores: a row is no candidate of itself.
        self.mask = torch.zeros(2 * pairs, 2 * pairs).fill_diagonal_(-math.inf)

    def embed(self, views):
        return F.normalize(self.encoder(views), dim=1)

    def scores(self, z):
        return torch.addmm(self.mask, z, z.T, alpha=1 / self.tau)

    def loss(self, views, index):
        return F.cross_entropy(self.scores(self.embed(views)), self.partner)


class NtXentHead(NtXent):
    def __init__(self, pairs):
        super().__init__(pairs)
        self.head = mlp(DIM, 64, DIM)

    def embed(self, views):
        return F.normalize(self.head(self.encoder(views)), dim=1)


class Dcl(NtXent):
    tau = 0.1

    def __init__(self, pairs):
        super().__init__(pairs)
        # Nor is its positive.
        self.mask += self.mask[self.partner]

    def loss(self, views, index):
        z = self.embed(views)
        a, b = z.chunk(2)
        return self.scores(z).logsumexp(1).mean() - (a * b).sum(1).mean() / self.tau


class AlignUniform(NtXent):
    def loss(self, views, index):
        z = self.embed(views)
        a, b = z.chunk(2)
        n = len(z)
        # On the sphere -2 |a - b|^2 = 4 a.b - 4. Each row is with itself once, which gives 1.
        uniformity = ((4 * z @ z.T - 4).exp().sum() - n).log() - math.log(n * (n - 1))
        return (a - b).square().sum(1).mean() + uniformity


class SimCse(NtXent):
    """One-sided InfoNCE of two passes of the same points with different masks of hidden units."""

    tau = 0.05
    dropout = 0.1

    def __init__(self, pairs):
        super().__init__(pairs)
        self.own = torch.arange(pairs)

    def views(self, x):
        return x.repeat(2, 1)

    def loss(self, views, index):
        a, b = self.embed(views).chunk(2)
        return F.cross_entropy(a @ b.T / self.tau, self.own)


class MoCo(Method):
    tau, momentum, size = 0.2, 0.99, 1024

    def __init__(self, pairs):
        super().__init__()
        self.slow = copy.deepcopy(self.encoder).requires_grad_(False)
        self.online_list, self.slow_list = list(self.encoder.parameters()), list(self.slow.parameters())
        self.queue = F.normalize(torch.randn(DIM, self.size), dim=0)
        self.place = 0
        self.first = torch.zeros(pairs, dtype=torch.long)

    def loss(self, views, index):
        a, b = views.chunk(2)
        q = F.normalize(self.encoder(a), dim=1)
        with torch.no_grad():
            torch._foreach_lerp_(self.slow_list, self.online_list, 1 - self.momentum)
            self.keys = F.normalize(self.slow(b), dim=1)
        positive = (q * self.keys).sum(1, keepdim=True)
        return F.cross_entropy(torch.cat([positive, q @ self.queue], 1) / self.tau, self.first)

    def after_step(self):
        # As in MoCo's code, the queue is a whole number of batches long.
        self.queue[:, self.place : self.place + len(self.keys)] = self.keys.T
        self.place = (self.place + len(self.keys)) % self.size


class Byol(Method):
    momentum = 0.99

    def __init__(self, pairs):
        super().__init__()
        self.predictor = mlp(DIM, 32, DIM)
        self.slow = copy.deepcopy(self.encoder).requires_grad_(False)
        self.online_list, self.slow_list = list(self.encoder.parameters()), list(self.slow.parameters())

    def loss(self, views, index):
        p = [self.predictor(z) for z in self.encoder(views).chunk(2)]
        with torch.no_grad():
            target_a, target_b = self.slow(views).chunk(2)
        return 4 - 2 * F.cosine_similarity(p[0], target_b).mean() - 2 * F.cosine_similarity(p[1], target_a).mean()

    @torch.no_grad()
    def after_step(self):
        torch._foreach_lerp_(self.slow_list, self.online_list, 1 - self.momentum)


class SimSiam(Method):
    def __init__(self, pairs):
        super().__init__()
        self.predictor = mlp(DIM, 32, DIM)

    def loss(self, views, index):
        a, b = self.encoder(views).chunk(2)
        forth = F.cosine_similarity(self.predictor(a), b.detach()).mean()
        back = F.cosine_similarity(self.predictor(b), a.detach()).mean()
        return -(forth + back) / 2


class SwaV(Method):
    tau, epsilon, rounds = 0.1, 0.05, 3

    def __init__(self, pairs):
        super().__init__()
        self.prototypes = nn.Linear(DIM, 12, bias=False)
        self.after_step()

    @torch.no_grad()
    def codes(self, scores):
        """Sinkhorn's balancing of both views, [2, N, prototypes]. The last round is by sample, so that each code sums to 1."""
        q = (scores / self.epsilon).exp()
        for _ in range(self.rounds):
            q /= q.sum(1, keepdim=True)
            q /= q.sum(2, keepdim=True)
        return q

    def loss(self, views, index):
        scores = self.prototypes(F.normalize(self.encoder(views), dim=1))
        codes = self.codes(scores.detach().view(2, -1, 12))
        # Each view predicts the other's code.
        return F.cross_entropy(scores / self.tau, codes.flip(0).view(-1, 12))

    @torch.no_grad()
    def after_step(self):
        self.prototypes.weight.copy_(F.normalize(self.prototypes.weight, dim=1))


class DeepCluster(Method):
    tau, clusters, rounds = 0.1, 12, 10

    def __init__(self, pairs):
        super().__init__()
        self.bank = F.normalize(torch.randn(POINTS, DIM), dim=1)
        self.steps, self.epoch = 0, max(POINTS // pairs, 1)

    @torch.no_grad()
    def k_means(self):
        """Spherical k-means of the last epoch's rows. An empty cluster keeps its centroid."""
        centroids = self.bank[torch.randperm(POINTS)[: self.clusters]]
        for _ in range(self.rounds):
            nearest = (self.bank @ centroids.T).argmax(1)
            sums = torch.zeros_like(centroids).index_add_(0, nearest, self.bank)
            used = torch.bincount(nearest, minlength=self.clusters) > 0
            centroids = torch.where(used[:, None], F.normalize(sums, dim=1), centroids)
        self.centroids, self.assigned = centroids, (self.bank @ centroids.T).argmax(1)

    def loss(self, views, index):
        if self.steps % self.epoch == 0:
            self.k_means()
        self.steps += 1
        z = F.normalize(self.encoder(views), dim=1)
        self.bank[index] = z[: len(index)].detach()
        return F.cross_entropy(z @ self.centroids.T / self.tau, self.assigned[index].repeat(2))


class BarlowTwins(Method):
    weight = 0.005

    def __init__(self, pairs):
        super().__init__()

    def loss(self, views, index):
        a, b = (F.batch_norm(z, None, None, training=True) for z in self.encoder(views).chunk(2))
        c = a.T @ b / len(a)
        diagonal = c.diagonal()
        return (1 - diagonal).square().sum() + self.weight * (c.square().sum() - diagonal.square().sum())


class VicReg(Method):
    def __init__(self, pairs):
        super().__init__()

    def loss(self, views, index):
        z = self.encoder(views).view(2, -1, DIM)
        # Both views at once: [2, DIM, DIM].
        centred = z - z.mean(1, keepdim=True)
        covariance = centred.mT @ centred / (z.shape[1] - 1)
        variances = covariance.diagonal(dim1=1, dim2=2)
        hinge = F.relu(1 - (variances + 1e-4).sqrt()).mean()
        off_diagonal = (covariance.square().sum() - variances.square().sum()) / DIM
        return 25 * F.mse_loss(z[0], z[1]) + 25 * hinge + off_diagonal


def decoder(inputs):
    """The encoder's mirror."""
    return nn.Sequential(nn.Linear(inputs, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))


class Images(NtXent):
    """NT-Xent on images of 144 pixels with noise as augmentation."""

    widths = (144, 128, 64)


class Autoencoder(Method):
    outputs = 2

    def __init__(self, pairs):
        super().__init__()
        self.decoder = decoder(2)

    def loss(self, views, index):
        return F.mse_loss(self.decoder(self.encoder(views)), views)


class Vae(Method):
    outputs = 4
    sigma = 0.3

    def __init__(self, pairs):
        super().__init__()
        self.decoder = decoder(2)

    def loss(self, views, index):
        mean, log_variance = self.encoder(views).chunk(2, 1)
        back = self.decoder(mean + (0.5 * log_variance).exp() * torch.randn_like(mean))
        divergence = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(1).mean()
        return (back - views).square().sum(1).mean() / (2 * self.sigma**2) + divergence


class Gan(Method):
    """The discriminator's move, then the generator's against it, with the same noise."""

    def __init__(self, pairs):
        super().__init__()
        self.logit = nn.Linear(DIM, 1)
        self.generator = decoder(2)
        self.ones, self.zeros = torch.ones(2 * pairs, 1), torch.zeros(2 * pairs, 1)

    def judge(self, rows):
        return self.logit(self.encoder(rows))

    def optimizers(self, fused):
        judge = [*self.encoder.parameters(), *self.logit.parameters()]
        return [torch.optim.Adam(values, 1e-3, betas=(0.5, 0.999), fused=fused or None) for values in (judge, list(self.generator.parameters()))]

    def step(self, points, index, optimizers):
        real = self.views(points[index])
        made = self.generator(torch.randn(len(real), 2))
        # Both passes in one: there is no batch normalisation that would tell them apart.
        logits = self.judge(torch.cat([real, made.detach()]))
        loss = F.binary_cross_entropy_with_logits(logits[: len(real)], self.ones) + F.binary_cross_entropy_with_logits(logits[len(real) :], self.zeros)
        optimizers[0].zero_grad()
        loss.backward()
        optimizers[0].step()
        for value in optimizers[0].param_groups[0]["params"]:
            value.requires_grad_(False)
        own = F.binary_cross_entropy_with_logits(self.judge(made), self.ones)
        optimizers[1].zero_grad()
        own.backward()
        optimizers[1].step()
        for value in optimizers[0].param_groups[0]["params"]:
            value.requires_grad_(True)
        return loss


METHODS = {
    "images": Images,
    "autoencoder": Autoencoder,
    "vae": Vae,
    "gan": Gan,
    "ntxent": NtXent,
    "ntxent_head": NtXentHead,
    "dcl": Dcl,
    "alignuniform": AlignUniform,
    "moco": MoCo,
    "byol": Byol,
    "simsiam": SimSiam,
    "swav": SwaV,
    "deepcluster": DeepCluster,
    "simcse": SimCse,
    "barlow": BarlowTwins,
    "vicreg": VicReg,
}


def run(name, pairs, steps, threads, fused=False, seed=0):
    torch.manual_seed(seed)
    angle = 2 * math.pi * torch.randint(0, 8, (POINTS,)) / 8
    points = torch.stack([2 * angle.cos(), 2 * angle.sin()], 1) + 0.25 * torch.randn(POINTS, 2)
    method = METHODS[name](pairs)
    if method.widths[0] > 2:
        points = torch.rand(POINTS, method.widths[0])
    optimizers = method.optimizers(fused)

    def step():
        return method.step(points, torch.randint(0, POINTS, (pairs,)), optimizers)

    for _ in range(20):
        step()
    start = time.perf_counter()
    for _ in range(steps):
        loss = step()
    seconds = time.perf_counter() - start
    return {
        "engine": f"torch {torch.__version__}",
        "method": name,
        "threads": threads,
        "pairs": pairs,
        "steps_per_second": steps / seconds,
        "loss": loss.item(),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--pairs", type=int, default=128)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--fused", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    for name in arguments.methods.split(","):
        print(json.dumps(run(name, arguments.pairs, arguments.steps, arguments.threads, arguments.fused)), flush=True)


if __name__ == "__main__":
    main()
