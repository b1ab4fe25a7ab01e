"""Pruned dense net: `dense` with few of its connections, the same few in every agent for ever. The control for lottery tickets.

    half:  x <- W2 relu(W1 x), where each hidden unit hears k of the n slots and speaks to k, k = density n

Only what is kept is a gene: 4 k hidden genes, and as many multiplications a tick. The mask is the one that a reference newborn of
`dense` would get by pruning each unit by magnitude: the connection that passes its slot through is by far the largest, so it stays,
and the identity start with it; the noise decides about the others, so they are as good as drawn from the seed `mask`. Evolution starts
from the small numbers of a first generation, not from trained ones: it asks whether the graph alone is worth something, and whether another
`mask` is worth another score (Frankle & Carbin 2019, arXiv 1803.03635, where the mask comes from training).
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from pydantic import Field

from alife.core import rng
from alife.core.errors import ConfigError
from alife.core.jit import kernel
from alife.core.lanes import LANES, aligned, highest, load, splat, store
from alife.core.settings import ControllerParams

_NOISE = 0x10773


class Params(ControllerParams):
    """Knobs of the net."""

    hidden: int | None = Field(None, ge=4, le=65536, description="hidden units a half; null = 2 width")
    density: float = Field(0.25, gt=0, le=1, description="share of the connections of each hidden unit that is kept, at least one")
    mask: int = Field(1, ge=0, le=2**63 - 1, description="seed of the noise that decides which are kept")
    spread: float = Field(0.3, ge=0, le=2, description="noise of the first genes, times sqrt(density * width)")


class State(NamedTuple):
    """Connections and scratch."""

    slots: np.ndarray
    """int64 (half, W1 or W2, hidden, k): the slots that a unit hears, and those it speaks to, in order"""
    z: np.ndarray
    """(hidden, LANES): hidden activity"""
    y: np.ndarray
    """(n, LANES): sums of outputs"""


SHARED = ("slots", "z", "y")
"""Nothing in these lasts from tick to tick."""


def shape(p: Params, width: int) -> tuple[int, ...]:
    """(half, W1 or the transpose of W2, hidden unit, connection)."""
    return (2, 2, p.hidden or 2 * width, max(1, round(p.density * width)))


@functools.lru_cache(maxsize=8)
def _slots(shape: tuple[int, ...], width: int, mask: int) -> np.ndarray:
    """The k largest connections of each unit of the reference newborn, not to be written into."""
    hidden, kept = shape[2:]
    size = np.abs(2 * rng.uniforms((2, 2, hidden, width), mask, 0, _NOISE) - 1)
    units = np.arange(min(hidden, 2 * width))
    size[:, :, units, units // 2] += 2
    return np.sort(np.argsort(-size, axis=-1, kind="stable")[..., :kept], axis=-1)


def start(p: Params, width: int, uniform: np.ndarray) -> np.ndarray:
    """As `dense`: units 2i and 2i + 1 pass slot i and its negative; noise of standard deviation spread / sqrt(k) on all that is kept."""
    _, _, hidden, kept = shape(p, width)
    genes = np.float32(p.spread * 3**0.5 / kept**0.5) * (np.float32(2) * uniform - np.float32(1))
    units = np.arange(hidden)[:, None]
    passing = _slots(shape(p, width), width, p.mask) == np.where(units < 2 * width, units // 2, -1)
    genes += np.where(passing, np.where(units % 2 == 0, np.float32(1), np.float32(-1)), np.float32(0))
    return genes


def bounds(p: Params) -> tuple[float, float]:
    """Weights stay in [-2, 2]."""
    return (-2.0, 2.0)


def state(p: Params, width: int) -> State:
    """Scratch for one half."""
    found = _slots(shape(p, width), width, p.mask)
    return State(found, aligned((found.shape[2], LANES)), aligned((width, LANES)))


@kernel
def begin(s, born):
    """No lifetime state."""


@kernel
def _half(s, w, half, x):
    """x <- W2 relu(W1 x); each sum runs over connections, each output over hidden units, in order."""
    zero = splat(np.float32(0))
    kept = s.slots.shape[3]
    for i in range(x.shape[0]):
        store(s.y, i, zero)
    for j in range(s.z.shape[0]):
        total = zero
        for c in range(kept):
            total = total + load(w, (half, 0, j, c)) * load(x, s.slots[half, 0, j, c])
        store(s.z, j, highest(total, zero))
    for j in range(s.z.shape[0]):
        v = load(s.z, j)
        for c in range(kept):
            i = s.slots[half, 1, j, c]
            store(s.y, i, load(s.y, i) + load(w, (half, 1, j, c)) * v)
    for i in range(x.shape[0]):
        store(x, i, load(s.y, i))


@kernel
def perceive(s, w, x):
    """The half before the memory."""
    _half(s, w, 0, x)


@kernel
def act(s, w, x):
    """The half after it."""
    _half(s, w, 1, x)


def _whole(p: Params, w: np.ndarray, half: int, width: int) -> np.ndarray:
    """W1 and the transpose of W2 with zeros, (agents, 2, hidden, width)."""
    found = _slots(shape(p, width), width, p.mask)[half]
    whole = np.zeros((*w.shape[:1], *w.shape[2:4], width), w.dtype)
    np.put_along_axis(whole, np.broadcast_to(found, w[:, half].shape), w[:, half], axis=-1)
    return whole


def view(p: Params, w: np.ndarray, half: int, x: np.ndarray, gates: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """A gate is open where its hidden unit is above 0. Sums are BLAS's: a unit within rounding of 0 may differ from the kernels'."""
    first, second = np.moveaxis(_whole(p, w, half, x.shape[-1]), 1, 0)
    z = x @ first.swapaxes(-1, -2)
    opened = z > 0 if gates is None else np.broadcast_to(gates[..., 0, :], z.shape)
    return np.where(opened, z, z.dtype.type(0)) @ second, opened[..., None, :]


def forced(p: Params, w: np.ndarray, half: int, gates: np.ndarray) -> np.ndarray:
    """A unit that is held closed hears nothing. ConfigError: a ReLU cannot be held open, and the whole map needs more than is kept."""
    if (gates == 1).any():
        raise ConfigError(f"pruned: a unit can be held closed but not open, got {int((gates == 1).sum())} to be open of {gates.size}")
    w = w.copy()
    w[half, 0, gates[0] == 0] = 0
    return w


def switches(
    p: Params, width: int, w: np.ndarray, half: int
) -> tuple[list[tuple[np.ndarray, ...]], np.ndarray, np.ndarray]:  # fmt: skip
    """One layer of ReLUs, with zeros where nothing is kept: W = W1, p = 1, q = 0, R = W2."""
    first, second = _whole(p, w[None].astype(np.float64), half, width)[0]
    zero = np.zeros(len(first))
    return [(first, zero, zero + 1, zero, zero)], second.T, np.zeros(width)
