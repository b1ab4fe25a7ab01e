"""Hashed samples of experiments: normal and uniform numbers, float64, and sizes at a scale."""

from __future__ import annotations

import math

import numpy as np

from alife.core import rng


def uniforms(shape: tuple[int, ...], seed: int, time: int = 0, stream: int = 0) -> np.ndarray:
    """float64 of that shape in [0, 1), multiples of 2^-53; keys as of alife.core.rng."""
    raw = rng.bits(math.prod(shape), seed, time, stream)
    return (raw >> np.uint64(11)).astype(np.float64).reshape(shape) * 2.0**-53


def normals(shape: tuple[int, ...], seed: int, time: int = 0, stream: int = 0) -> np.ndarray:
    """float64 of that shape, N(0, 1), by Box & Muller 1958."""
    radius, turn = uniforms((2, *shape), seed, time, stream)
    return np.asarray(np.sqrt(-2 * np.log(1 - radius)) * np.cos(2 * math.pi * turn))


def signs(size: int, seed: int, time: int = 0, stream: int = 0) -> np.ndarray:
    """float64 (size,) of +1 and -1."""
    return rng.signs(size, seed, time, stream).astype(np.float64)


def sized(scale: float, full: int, least: int) -> int:
    """How many at this scale: full at 1, never below least."""
    return max(least, round(scale * full))
