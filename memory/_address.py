"""Addresses by hashing, shared by the memories that make them alike: by angle from floats, bit by bit from whole numbers."""

from __future__ import annotations

import numpy as np

from alife.core import rng
from alife.core.jit import inlined, kernel
from alife.core.lanes import LANES, aligned, highest, load, splat, sqrt, store, where, where_nonneg
from alife.core.rng import draw, mix
from alife.core.wht import fwht

_FLIPS = 0x15A
_LIMIT = np.float32(2**20)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def angle(bits: int, width: int, rounds: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Scratch (max(K, n), LANES) and flips (rounds, max(K, n)) of +-1 for `by_angle`.

    The flips depend on nothing but their number, so every agent everywhere hashes alike.
    """
    size = max(bits, width)
    return aligned((size, LANES)), np.stack([rng.signs(size, _FLIPS + i) for i in range(rounds)])


@inlined
def project(z, flips, row, x):
    """z (max(K, n), LANES) <- H S x, with a row of the flips; x (n, LANES) repeated to as many rows, other flips per copy.

    Angles stay: two z have the cosine of their two x, whatever the number of copies.
    """
    n = x.shape[0]
    for first in range(0, z.shape[0], n):
        for i in range(n):
            store(z, first + i, load(x, i) * splat(flips[row, first + i]))
    fwht(z)


@inlined
def normalised(z, out):
    """out (K, LANES) <- the first K rows of z, scaled to mean square 1; all +1 where they are all 0, or one is no finite number.

    For real-valued addresses: as large as one of signs, so that the delta rule, which divides by K, is exact. May be in place.
    """
    zero, one = splat(np.float32(0)), splat(np.float32(1))
    largest, total = zero, zero
    for i in range(out.shape[0]):
        largest = highest(largest, highest(load(z, i), -load(z, i)))
    scale = one / largest
    for i in range(out.shape[0]):
        part = load(z, i) * scale
        total = total + part * part
    scale = scale * sqrt(splat(np.float32(out.shape[0])) / total)
    is_finite = (scale > zero) & (scale < splat(np.float32(np.inf)))
    for i in range(out.shape[0]):
        store(out, i, where(is_finite, load(z, i) * scale, one))


@inlined
def by_angle(z, flips, x, out):
    """out (K, LANES) <- sign(H S x), sign(0) = +1; x (n, LANES) repeated to K rows with other flips per copy.

    Every further round hashes the address, with flips of its own: cosine c becomes about 1 - 2 arccos(c) / pi, again and again.
    """
    one, minus = splat(np.float32(1)), splat(np.float32(-1))
    project(z, flips, 0, x)
    for i in range(out.shape[0]):
        store(out, i, where_nonneg(load(z, i), one, minus))
    for k in range(1, flips.shape[0]):
        for i in range(z.shape[0]):
            store(z, i, load(out, i) * splat(flips[k, i]) if i < out.shape[0] else splat(np.float32(0)))
        fwht(z)
        for i in range(out.shape[0]):
            store(out, i, where_nonneg(load(z, i), one, minus))


@kernel
def _whole(v):
    """v rounded, halves up, and clipped to +-2^20, as uint64 >= 0; NaN counts as 0."""
    v = np.floor(v + np.float32(0.5))
    if v < -_LIMIT:
        v = -_LIMIT
    elif v > _LIMIT:
        v = _LIMIT
    elif v != v:
        v = np.float32(0)
    return np.uint64(np.int64(v + _LIMIT))


@kernel
def absorb(hashes, x, step):
    """hashes uint64 (LANES,) <- a hash of what they were and of x (n, LANES), rounded to multiples of step."""
    for i in range(x.shape[0]):
        for lane in range(LANES):
            hashes[lane] = mix((hashes[lane] ^ _whole(x[i, lane] / step)) + _GOLDEN)


@kernel
def by_hash(hashes, out):
    """out (K, LANES) <- +-1 by the bits that the hashes seed, 64 a draw."""
    for first in range(0, out.shape[0], 64):
        for lane in range(LANES):
            bits = draw(hashes[lane], first, 0, 0)
            for i in range(first, min(first + 64, out.shape[0])):
                out[i, lane] = np.float32(-1) if (bits >> np.uint64(i - first)) & np.uint64(1) else np.float32(1)
