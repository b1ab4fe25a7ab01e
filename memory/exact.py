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
from alife.core.settings import MemoryParams
from memory._address import absorb, by_hash
from memory._associative import Weights, forget, learn, recall, settle, weights


class Params(MemoryParams):
    """bits, values and the coarseness of keys."""

    step: float = Field(1.0, ge=1e-3, le=1e3, description="keys are rounded to multiples of this")


class State(NamedTuple):
    """Weights of the read-out, and scratch for the hash."""

    weights: Weights
    step: np.float32
    hashes: np.ndarray
    """uint64 (LANES,)"""


SHARED = ("step", "hashes")
"""Nothing in these lasts from tick to tick."""

LAWS = ("exact", "capacity", "age", "bounded")
"""Those of the delta rule."""


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
def address(s, x, out):
    """out (K, LANES) <- +-1 by the bits of a hash of all slots."""
    for lane in range(LANES):
        s.hashes[lane] = np.uint64(0)
    absorb(s.hashes, x, s.step)
    by_hash(s.hashes, out)


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
