"""The Walsh-Hadamard transform of sixteen vectors at once, in place, for every n = 2..65536.

    H_1 = [1],  H_2n = [[H_n, H_n], [H_n, -H_n]]       natural order; H_n H_n = n I (Fino & Algazi 1976)

Three butterfly levels are done in one pass (radix 8), so that a row is loaded and stored once for three additions per
element; what is left is done by radix 4 or 2. Rows beyond `_BLOCK` would fall out of the first-level cache between
passes, so the low levels are finished block by block first.
"""

from __future__ import annotations

from alife.core.jit import inlined, kernel
from alife.core.lanes import load, store

_BLOCK = 512


@inlined
def _butterfly8(x, j, h):
    """Levels h, 2h, 4h of the eight rows j, j+h, .. j+7h."""
    a = load(x, j); b = load(x, j + h); c = load(x, j + 2 * h); d = load(x, j + 3 * h)
    e = load(x, j + 4 * h); f = load(x, j + 5 * h); g = load(x, j + 6 * h); k = load(x, j + 7 * h)
    a1 = a + b; b1 = a - b; c1 = c + d; d1 = c - d; e1 = e + f; f1 = e - f; g1 = g + k; k1 = g - k
    a2 = a1 + c1; c2 = a1 - c1; b2 = b1 + d1; d2 = b1 - d1
    e2 = e1 + g1; g2 = e1 - g1; f2 = f1 + k1; k2 = f1 - k1
    store(x, j, a2 + e2); store(x, j + 4 * h, a2 - e2)
    store(x, j + h, b2 + f2); store(x, j + 5 * h, b2 - f2)
    store(x, j + 2 * h, c2 + g2); store(x, j + 6 * h, c2 - g2)
    store(x, j + 3 * h, d2 + k2); store(x, j + 7 * h, d2 - k2)


@inlined
def _butterfly4(x, j, h):
    """Levels h and 2h of the four rows j, j+h, j+2h, j+3h."""
    a = load(x, j); b = load(x, j + h); c = load(x, j + 2 * h); d = load(x, j + 3 * h)
    a1 = a + b; b1 = a - b; c1 = c + d; d1 = c - d
    store(x, j, a1 + c1); store(x, j + 2 * h, a1 - c1)
    store(x, j + h, b1 + d1); store(x, j + 3 * h, b1 - d1)


@inlined
def _butterfly2(x, j, h):
    """Level h of the two rows j, j+h."""
    a = load(x, j); b = load(x, j + h)
    store(x, j, a + b); store(x, j + h, a - b)


@inlined
def _levels(x, first, last, low, high):
    """Levels low, 2 low, .. below high of rows first..last-1."""
    h = low
    while 8 * h <= high:
        for i in range(first, last, 8 * h):
            for j in range(i, i + h):
                _butterfly8(x, j, h)
        h *= 8
    if 4 * h == high:
        for j in range(first, first + h):
            _butterfly4(x, j, h)
    elif 2 * h == high:
        for j in range(first, first + h):
            _butterfly2(x, j, h)


@inlined
def _block(x, first, n):
    """All levels of rows first..first+n-1."""
    if n >= 8:
        for i in range(first, first + n, 8):
            _butterfly8(x, i, 1)
        _levels(x, first, first + n, 8, n)
    else:
        _levels(x, first, first + n, 1, n)


@kernel
def fwht(x):
    """In place: x <- H x along the first axis, without the factor 1/sqrt(n), so that twice gives n x.

    x : float32 (n, LANES), C-contiguous, n a power of two. Cost: n log2(n) additions a lane.
    """
    n = x.shape[0]
    if n <= _BLOCK:
        _block(x, 0, n)
    else:
        for first in range(0, n, _BLOCK):
            _block(x, first, _BLOCK)
        _levels(x, 0, n, _BLOCK, n)
