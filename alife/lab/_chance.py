"""Normal numbers, tests of samples, and intervals that several experiments share; every draw is a hash of its keys (alife.core.rng)."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from alife.core import rng
from alife.lab.finding import Check, half_width


def normals(shape: tuple[int, ...], seed: int, time: int = 0) -> np.ndarray:
    """float64 array of that shape, independent N(0, 1). Box & Muller 1958, cosines only."""
    radius = 1.0 - rng.uniforms(shape, seed, time, 1).astype(np.float64)
    angle = rng.uniforms(shape, seed, time, 2).astype(np.float64)
    return np.sqrt(-2 * np.log(radius)) * np.cos(2 * np.pi * angle)


def signs(shape: tuple[int, ...], seed: int, time: int = 0) -> np.ndarray:
    """float32 array of that shape, +1 and -1: the bits of hashes, 64 a draw."""
    size = math.prod(shape)
    raw = rng.bits(size // 64 + 1, seed, time).astype("<u8").view(np.uint8)
    return (np.float32(1) - np.float32(2) * np.unpackbits(raw)[:size]).reshape(shape)


def kolmogorov(samples: np.ndarray, deviation: float, tests: int = 1) -> tuple[float, float]:
    """Largest distance between the distribution of samples (m,) and N(0, deviation^2), and the bound for it.

    Normal samples pass the bound once in 20 times in any of so many tests. It is the asymptotic one, sqrt(-ln(.025 / tests) / (2 m)): for m
    above 35, and a deviation that does not come from the samples.
    """
    ordered = np.sort(np.asarray(samples, np.float64))
    m = len(ordered)
    normal = NormalDist(0, deviation)
    below = np.array([normal.cdf(x) for x in ordered])
    steps = np.arange(m + 1) / m
    return float(max(np.max(steps[1:] - below), np.max(below - steps[:-1]))), math.sqrt(-math.log(0.025 / tests) / (2 * m))


def along(what: str, samples: np.ndarray, expected: np.ndarray) -> Check:
    """A curve: means of samples (points, m) against expected (points,), by the point that lies farthest off.

    Measured in half-widths of the 95 % interval of a single mean; the bound is that of 95 % for all points together (Bonferroni).
    """
    means = np.mean(samples, axis=1)
    off = [abs(mean - want) / half_width(row) for mean, want, row in zip(means, expected, samples, strict=True)]
    bound = NormalDist().inv_cdf(1 - 0.025 / len(off)) / 1.96
    said = " ".join(f"{x:.3g}" for x in expected)
    found = " ".join(f"{x:.3g}" for x in means)
    return Check(f"{what}: {found} where {said} is said; farthest off, in half-widths of its interval", max(off), 0.0, bound)


def above(what: str, samples: np.ndarray, floor: float = 0.0) -> Check:
    """The mean of independent samples (m,) must be above a floor by more than half of its 95 % interval."""
    return Check(what, float(np.mean(samples)), floor + half_width(samples), math.inf)
