"""Associative memory with locality-sensitive addresses a = sign(H S x): near contents share most address bits.

Two contents at angle theta differ in about K theta / pi bits, so a key that is a little off recalls a little less:
y (1 - 2 theta / pi). x is repeated to K rows with other flips per copy; where K < n, the first K signs are taken.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core import rng
from alife.core.jit import inlined, kernel
from alife.core.lanes import LANES, aligned, load, splat, store, where_nonneg
from alife.core.settings import MemoryParams
from alife.core.wht import fwht
from memory._associative import Weights, forget, learn, recall, settle, weights

_FLIPS = 0x15A


class Params(MemoryParams):
    """bits and values."""


class State(NamedTuple):
    """Weights of the read-out, and scratch for the hash."""

    weights: Weights
    z: np.ndarray
    """(max(K, n), LANES)"""
    flips: np.ndarray
    """(max(K, n),) of +-1"""


def rows(p: Params, width: int) -> int:
    """K."""
    return p.bits


def state(p: Params, width: int) -> State:
    """Weights zero; the flips depend on nothing but their number, so every agent everywhere hashes alike."""
    size = max(p.bits, width)
    return State(weights(p.bits, p.values or 1), aligned((size, LANES)), rng.signs(size, _FLIPS))


@kernel
def begin(s, born):
    """Forget."""
    forget(s.weights, born)


@inlined
def address(s, x, out):
    """out (K, LANES) <- sign(H S x), sign(0) = +1."""
    one, minus = splat(np.float32(1)), splat(np.float32(-1))
    n = x.shape[0]
    for first in range(0, s.z.shape[0], n):
        for i in range(n):
            store(s.z, first + i, load(x, i) * splat(s.flips[first + i]))
    fwht(s.z)
    for i in range(out.shape[0]):
        store(out, i, where_nonneg(load(s.z, i), one, minus))


@inlined
def read(s, a, r):
    """r <- M a."""
    recall(s.weights, a, r)


@inlined
def write(s, a, r, v, g):
    """Delta rule."""
    learn(s.weights, a, r, v, g)


def contents(s: State) -> np.ndarray:
    """M transposed, (K, D, LANES), with the last write."""
    settle(s.weights)
    return s.weights.m
