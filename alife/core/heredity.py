"""Genes of a child: uniform crossover and the continuous Gray code mutation, without libm.

A mutation adds +-m 2^-k times a span, m uniform in [1/2, 1), k uniform in 0..octaves-1: sizes spread evenly over
orders of magnitude, as flipping one bit of a Gray code does (Rowe & Hidovic, GECCO 2004). A step out of the gene's
range is refused, not clipped.
"""

from __future__ import annotations

import numpy as np

from alife.core.jit import kernel
from alife.core.rng import below, draw, sign, uniform

# streams of draws
_MIX, _COUNT, _PLACE, _STEP, _SIZE = 0, 1, 2, 3, 4


@kernel
def origin(out, seed, numbers):
    """out float32 (agents, genes) <- [0, 1), what founders' genes are made of; numbers int64 (agents,)."""
    for k in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[k, i] = uniform(draw(seed, numbers[k], i, 0))


@kernel
def cross(a, b, out, seed, child):
    """out <- gene by gene from a or b, a fair coin each; 64 genes a draw."""
    genes = a.shape[0]
    for first in range(0, genes, 64):
        coins = draw(seed, child, first, _MIX)
        for i in range(first, min(first + 64, genes)):
            from_a = (coins >> np.uint64(i - first)) & np.uint64(1)
            out[i] = a[i] if from_a else b[i]


@kernel
def mutate(out, seed, child, most, octaves, span, low, high):
    """1..most mutations, the number uniform, at uniform places."""
    count = 1 + below(draw(seed, child, 0, _COUNT), most)
    for j in range(count):
        i = below(draw(seed, child, j, _PLACE), out.shape[0])
        step = span * (np.float32(0.5) + np.float32(0.5) * uniform(draw(seed, child, j, _STEP)))
        bits = draw(seed, child, j, _SIZE)
        for _ in range(below(bits, octaves)):
            step *= np.float32(0.5)
        value = out[i] + sign(bits << np.uint64(40)) * step
        if low <= value <= high:
            out[i] = value
