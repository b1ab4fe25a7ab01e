"""Scrambled associative memory: size, traffic and writes of `lsh`, but addresses that hold for one tick.

Random signs multiply the address for a tick's read and write, other signs the next tick's. So a recall overlaps with
what was written before by chance alone: noise, as large as crosstalk in `lsh`. What `lsh` does better is owed to its
addresses, not to larger numbers in the slots or to noise that helps.

The signs are seeded by a hash of all values since birth, exact to 2^-20. Counted from birth instead, they are the same
in every life, the overlaps of its ticks fixed numbers, and evolution learns to read with them. What still gets through is
how much was written, as the size of the noise: one bit, where a life needs no more (docs/experiments.md).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core.jit import inlined, kernel
from alife.core.lanes import LANES, aligned, load, store
from alife.core.settings import MemoryParams
from memory._address import absorb, angle, by_angle, by_hash
from memory._associative import Weights, forget, learn, recall, settle, weights

_STEP = np.float32(2.0**-20)


class Params(MemoryParams):
    """bits and values."""


class State(NamedTuple):
    """Weights of the read-out, the seed of the next signs, and scratch."""

    weights: Weights
    past: np.ndarray
    """uint64 (LANES,): hash of all values since birth"""
    z: np.ndarray
    """(max(K, n), LANES)"""
    flips: np.ndarray
    """(max(K, n),) of +-1"""
    scrambled: np.ndarray
    """(K, LANES): the address of this tick"""


SHARED = ("z", "flips", "scrambled")
"""Nothing in these lasts from tick to tick."""


def rows(p: Params, width: int) -> int:
    """K."""
    return p.bits


def state(p: Params, width: int) -> State:
    """Weights zero."""
    past = np.zeros(LANES, np.uint64)
    return State(weights(p.bits, p.values or 1), past, *angle(p.bits, width), aligned((p.bits, LANES)))


@kernel
def begin(s, born):
    """Forget."""
    forget(s.weights, born)
    for lane in range(LANES):
        if born[0, lane] > np.float32(0):
            s.past[lane] = np.uint64(0)


@inlined
def address(s, x, out):
    """out (K, LANES) <- sign(H S x)."""
    by_angle(s.z, s.flips, x, out)


@kernel
def read(s, a, r):
    """r <- M (a times the signs of this tick)."""
    by_hash(s.past, s.scrambled)
    for i in range(a.shape[0]):
        store(s.scrambled, i, load(s.scrambled, i) * load(a, i))
    recall(s.weights, s.scrambled, r)


@kernel
def write(s, a, r, v, g):
    """Delta rule at the address that was read; new signs."""
    learn(s.weights, s.scrambled, r, v, g)
    absorb(s.past, v, _STEP)


def contents(s: State) -> np.ndarray:
    """M transposed, (K, D, LANES), with the last write."""
    settle(s.weights)
    return s.weights.m
