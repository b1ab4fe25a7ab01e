"""Halves whose fixed transform is any orthonormal matrix M in place of the Walsh-Hadamard transform.

    half with d layers:  x <- .. M P_3 M' P_2 M P_1 M x ..        M and its transpose M' take turns; P as in `wht`

So with an odd number of layers the transforms of a newborn cancel, M' M = 1, as those of `wht` do, up to rounding. Genes, start, bounds
and gates are those of `wht`. A transform is n^2 multiplications, sixteen agents at a time: for widths up to 1,024.
"""

from __future__ import annotations

import numpy as np

from alife.core.errors import ConfigError
from alife.core.jit import kernel
from alife.core.lanes import load, splat, store, where_nonneg
from controllers import _fast
from controllers._fast import FastParams, Switches, layers_of, nonnegative, passed, sloped, slopes_of, two_slopes

WIDEST = 1024


def shape(p: FastParams, width: int) -> tuple[int, ...]:
    """(layer, slope p or q, slot). ConfigError where the matrix would be too large."""
    if width > WIDEST:
        raise ConfigError(f"controller.width: expected at most {WIDEST} where a transform is a matrix of width x width, got {width}")
    return _fast.shape(p, width)


def both_ways(m: np.ndarray) -> np.ndarray:
    """float32 (2, n, n): a matrix and its transpose, rounded once."""
    return np.ascontiguousarray(np.stack([m, m.T]).astype(np.float32))


@kernel
def matrix_half(w, m, first, last, x, z):
    """x <- a half of layers first..last-1, m (2, n, n), scratch z (n, LANES). Four rows at a time, each sum in order."""
    zero, n = splat(np.float32(0)), x.shape[0]
    for k in range(first, last + 1):
        way = (k - first) % 2
        for j in range(0, n, 4):
            a = zero; b = zero; c = zero; d = zero
            for i in range(n):
                v = load(x, i)
                a = a + splat(m[way, j, i]) * v; b = b + splat(m[way, j + 1, i]) * v
                c = c + splat(m[way, j + 2, i]) * v; d = d + splat(m[way, j + 3, i]) * v
            store(z, j, a); store(z, j + 1, b); store(z, j + 2, c); store(z, j + 3, d)
        for i in range(n):
            v = load(z, i)
            store(x, i, v * where_nonneg(v, load(w, (k, 0, i)), load(w, (k, 1, i))) if k < last else v)


def viewed(
    p: FastParams, m: np.ndarray, w: np.ndarray, half: int, x: np.ndarray, gates: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """`view` with m (2, n, n). Sums are BLAS's: a unit within rounding of 0 may differ from the kernels'."""
    slopes = slopes_of(w[:, layers_of(p, half)])

    def turn(k: int, y: np.ndarray) -> np.ndarray:
        return (m[k % 2].astype(y.dtype) @ y.reshape(len(y), -1)).reshape(y.shape)

    return passed(x, gates, len(slopes), turn, nonnegative, two_slopes(slopes))


def switched(p: FastParams, m: np.ndarray, w: np.ndarray, half: int) -> Switches:
    """`switches` with m (2, n, n)."""
    slopes, wide = w[layers_of(p, half)], m.astype(np.float64)
    return [sloped(wide[k % 2], each) for k, each in enumerate(slopes)], wide[len(slopes) % 2], np.zeros(len(wide[0]))
