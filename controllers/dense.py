"""Dense net: each half is x <- W2 relu(W1 x) with `hidden` units. The baseline for the fast-transform net `wht`.

Compared with `wht` it asks whether the fixed transforms cost anything: it can mix any slot with any other at once, for
2 n hidden genes and multiplications a half instead of n depth * 2 genes and (depth + 1) n log2 n additions (width 64:
32,768 genes against 512).

It begins near the identity too, so that the start does not decide the comparison: W1 holds every slot and its negative,
W2 their difference, relu(x) - relu(-x) = x. Noise of standard deviation spread / sqrt(n) on all genes then moves an
output by sqrt(2) spread |x| / sqrt(n), where d layers of `wht` with slopes of the same spread move it by sqrt(d):
between its halves of one layer and of three. With fewer than 2 n hidden units the last slots do not pass at the start.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import Field

from alife.core.errors import ConfigError
from alife.core.jit import kernel
from alife.core.lanes import LANES, aligned, highest, load, splat, store
from alife.core.settings import ControllerParams


class Params(ControllerParams):
    """Knobs of the net."""

    hidden: int | None = Field(
        None, ge=4, le=65536, multiple_of=4, description="hidden units a half, a multiple of 4; null = 2 width"
    )
    spread: float = Field(0.3, ge=0, le=2, description="noise of the first genes, times sqrt(width)")


class State(NamedTuple):
    """Scratch."""

    z: np.ndarray
    """(hidden, LANES): hidden activity"""
    y: np.ndarray
    """(n, LANES): sums of outputs"""


SHARED = ("z", "y")
"""Nothing in these lasts from tick to tick."""


def _hidden(p: Params, width: int) -> int:
    return p.hidden or 2 * width


def shape(p: Params, width: int) -> tuple[int, ...]:
    """(half, W1 or the transpose of W2, hidden unit, slot)."""
    return (2, 2, _hidden(p, width), width)


def start(p: Params, width: int, uniform: np.ndarray) -> np.ndarray:
    """Units 2i and 2i + 1 pass slot i and its negative; uniform noise of standard deviation spread / sqrt(n) on all."""
    hidden = _hidden(p, width)
    half = np.float32(p.spread * 3**0.5 / width**0.5)
    genes = half * (np.float32(2) * uniform - np.float32(1))
    units = np.arange(min(hidden, 2 * width))
    genes[:, :, :, units, units // 2] += np.where(units % 2 == 0, np.float32(1), np.float32(-1))
    return genes


def bounds(p: Params) -> tuple[float, float]:
    """Weights stay in [-2, 2]."""
    return (-2.0, 2.0)


def state(p: Params, width: int) -> State:
    """Scratch for one half."""
    return State(aligned((_hidden(p, width), LANES)), aligned((width, LANES)))


@kernel
def begin(s, born):
    """No lifetime state."""


@kernel
def _half(s, w, half, x):
    """x <- W2 relu(W1 x), four hidden units at a time; each sum runs over its index in order."""
    zero = splat(np.float32(0))
    n, hidden = x.shape[0], s.z.shape[0]
    for j in range(0, hidden, 4):
        a = zero; b = zero; c = zero; d = zero
        for i in range(n):
            v = load(x, i)
            a = a + load(w, (half, 0, j, i)) * v; b = b + load(w, (half, 0, j + 1, i)) * v
            c = c + load(w, (half, 0, j + 2, i)) * v; d = d + load(w, (half, 0, j + 3, i)) * v
        store(s.z, j, highest(a, zero)); store(s.z, j + 1, highest(b, zero))
        store(s.z, j + 2, highest(c, zero)); store(s.z, j + 3, highest(d, zero))
    for i in range(n):
        store(s.y, i, zero)
    for j in range(0, hidden, 4):
        a = load(s.z, j); b = load(s.z, j + 1); c = load(s.z, j + 2); d = load(s.z, j + 3)
        for i in range(n):
            v = load(s.y, i) + load(w, (half, 1, j, i)) * a + load(w, (half, 1, j + 1, i)) * b
            store(s.y, i, v + load(w, (half, 1, j + 2, i)) * c + load(w, (half, 1, j + 3, i)) * d)
    for i in range(n):
        store(x, i, load(s.y, i))


@kernel
def perceive(s, w, x):
    """The half before the memory."""
    _half(s, w, 0, x)


@kernel
def act(s, w, x):
    """The half after it."""
    _half(s, w, 1, x)


def view(p: Params, w: np.ndarray, half: int, x: np.ndarray, gates: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """A gate is open where its hidden unit is above 0. Sums are BLAS's: a unit within rounding of 0 may differ from the kernels'."""
    first, second = w[:, half, 0], w[:, half, 1]
    z = x @ first.swapaxes(-1, -2)
    opened = z > 0 if gates is None else np.broadcast_to(gates[..., 0, :], z.shape)
    return np.where(opened, z, z.dtype.type(0)) @ second, opened[..., None, :]


def forced(p: Params, w: np.ndarray, half: int, gates: np.ndarray) -> np.ndarray:
    """A unit that is held closed hears nothing. One ReLU cannot be held open: only all gates at once, as their map in 2 width units.

    The map is the product of W1 and W2 over the open units, in float64, rounded once. ConfigError where that cannot be done.
    """
    w, told, n = w.copy(), gates[0], w.shape[-1]
    if not (told == 1).any():
        w[half, 0, told == 0] = 0
        return w
    if (told < 0).any() or len(told) < 2 * n:
        raise ConfigError(
            "dense: one unit cannot be held open alone: expected every gate of the half to be told, and hidden >= 2 width; "
            f"{int((told < 0).sum())} of {len(told)} are not, width {n}"
        )
    first, second = w[half].astype(np.float64)
    is_open = told == 1
    whole = (first[is_open].T @ second[is_open]).astype(np.float32)
    w[half] = 0
    for unit, sign in ((0, 1), (1, -1)):
        w[half, 0, range(unit, 2 * n, 2), range(n)] = sign
        w[half, 1, unit : 2 * n : 2] = sign * whole
    return w


def switches(
    p: Params, width: int, w: np.ndarray, half: int
) -> tuple[list[tuple[np.ndarray, ...]], np.ndarray, np.ndarray]:  # fmt: skip
    """One layer of ReLUs: W = W1, p = 1, q = 0, R = W2."""
    first, second = w[half].astype(np.float64)
    zero = np.zeros(len(first))
    return [(first, zero, zero + 1, zero, zero)], second.T, np.zeros(width)
