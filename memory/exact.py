"""Associative memory with hashed addresses: equal keys share an address, any other key has an unrelated one.

Each slot is rounded to a multiple of `step`, the whole numbers are hashed to 64 bits, and these seed the K bits of the
address. So keys that differ in one slot by half a step differ in about K / 2 bits, where those of `lsh` would differ in
a few: exact slots, but brittle. Compared with `lsh` it shows what graceful addresses are worth; recall and learning are
the same. S. O'Connor's "full hash" of hashed associative memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import Field

from alife.core.jit import kernel
from alife.core.lanes import LANES
from alife.core.rng import draw, mix
from alife.core.settings import MemoryParams
from memory._associative import Weights, forget, learn, recall, settle, weights

_LIMIT = np.float32(2**20)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class Params(MemoryParams):
    """bits, values and the coarseness of keys."""

    step: float = Field(1.0, ge=1e-3, le=1e3, description="keys are rounded to multiples of this")


class State(NamedTuple):
    """Weights of the read-out, and scratch for the hash."""

    weights: Weights
    step: np.float32
    hashes: np.ndarray
    """uint64 (LANES,)"""


def rows(p: Params, width: int) -> int:
    """K."""
    return p.bits


def state(p: Params, width: int) -> State:
    """Weights zero."""
    return State(weights(p.bits, p.values or 1), np.float32(p.step), np.zeros(LANES, np.uint64))


@kernel
def begin(s, born):
    """Forget."""
    forget(s.weights, born)


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
def address(s, x, out):
    """out (K, LANES) <- +-1 by the bits of a hash of all slots, 64 a draw."""
    for lane in range(LANES):
        s.hashes[lane] = np.uint64(0)
    for i in range(x.shape[0]):
        for lane in range(LANES):
            s.hashes[lane] = mix((s.hashes[lane] ^ _whole(x[i, lane] / s.step)) + _GOLDEN)
    for first in range(0, out.shape[0], 64):
        for lane in range(LANES):
            bits = draw(s.hashes[lane], first, 0, 0)
            for i in range(first, min(first + 64, out.shape[0])):
                out[i, lane] = np.float32(-1) if (bits >> np.uint64(i - first)) & np.uint64(1) else np.float32(1)


@kernel
def read(s, a, r):
    """r <- M a."""
    recall(s.weights, a, r)


@kernel
def write(s, a, r, v, g):
    """Delta rule."""
    learn(s.weights, a, r, v, g)


def contents(s: State) -> np.ndarray:
    """M transposed, (K, D, LANES), with the last write."""
    settle(s.weights)
    return s.weights.m
