#!/usr/bin/env python3
"""Steps per second of the triplet loss in PyTorch on the CPU, as `cargo bench --bench steps` runs it.

The workload: points in the plane, two noisy views each, an MLP 2-64-64-3 (ReLU), rows normalised to the unit sphere, every
triplet of a batch (each row an anchor, its other view the positive, every row of another point a negative), squared
distances, margin 0.2, mean over the active triplets, backward, one Adam step. Sampling and augmentation are part of a step.

Usage: torch_triplet.py [--pairs 32,128,512] [--steps 400] [--threads 1]
Needs: pip install torch numpy
"""

import argparse
import json
import math
import time

import torch
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--pairs", default="32,128,512")
parser.add_argument("--steps", type=int, default=400)
parser.add_argument("--threads", type=int, default=1)
arguments = parser.parse_args()
torch.set_num_threads(arguments.threads)

MARGIN = 0.2


def run(pairs, steps, seed=0):
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    label = torch.randint(0, 8, (1024,), generator=generator)
    angle = 2 * math.pi * label / 8
    points = torch.stack([2 * angle.cos(), 2 * angle.sin()], 1) + 0.25 * torch.randn(1024, 2, generator=generator)
    encoder = torch.nn.Sequential(
        torch.nn.Linear(2, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 3)
    )
    adam = torch.optim.Adam(encoder.parameters(), 3e-3)
    row = torch.arange(2 * pairs)
    partner = (row + pairs) % (2 * pairs)
    is_negative = (row[None, :] % pairs) != (row[:, None] % pairs)

    def step():
        x = points[torch.randint(0, 1024, (pairs,), generator=generator)]
        views = torch.cat([x + 0.25 * torch.randn(pairs, 2, generator=generator) for _ in range(2)])
        z = F.normalize(encoder(views), dim=1)
        # On the sphere |a - b|^2 = 2 - 2 a.b: one product instead of every difference.
        distance = 2 - 2 * z @ z.T
        losses = F.relu(distance[row, partner][:, None] - distance + MARGIN).masked_fill(~is_negative, 0)
        loss = losses.sum() / (losses > 0).sum().clamp(min=1)
        adam.zero_grad()
        loss.backward()
        adam.step()
        return loss

    for _ in range(20):
        step()
    start = time.perf_counter()
    for _ in range(steps):
        loss = step()
    seconds = time.perf_counter() - start
    return {
        "engine": f"torch {torch.__version__}",
        "objective": "triplet, all",
        "threads": arguments.threads,
        "pairs": pairs,
        "steps_per_second": steps / seconds,
        "loss": loss.item(),
    }


for count in map(int, arguments.pairs.split(",")):
    print(json.dumps(run(count, arguments.steps)), flush=True)
