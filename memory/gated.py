"""Gated linear associative memory, R D W x: the input is turned, some of it is let through by gates of its own, and R reads that.

    f = D(x) W x            W x = H S x,  D = diag(H S' x >= 0)                  K features, about half of them 0
    f <- f sqrt(K) / |f|    r = R f       R <- R + g (v - R f) f^T / K           the delta rule on the gated features

While no gate flips, the recall is linear in the input; different gates read different columns of R, which so holds more than any
matrix could: up to as many items as the gated features have rank, K where the inputs are many, not n. R by Moore-Penrose on the
gated features is exact as far (`pinv` of matrix.py); the delta rule is its online form, exact for what was written last, and by
many passes for all. The address is f, so a head that steps on (T f) reads columns that no input asks for. An input
of nothing but zeros has the features +1. S. O'Connor's gated linear associative memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core.jit import inlined, kernel
from alife.core.lanes import LANES, aligned, load, splat, store, where_nonneg
from alife.core.settings import MemoryParams
from memory._address import angle, normalised, project
from memory._associative import Weights, forget, learn, recall, settle, weights


class Params(MemoryParams):
    """bits and values."""


class State(NamedTuple):
    """R, and scratch for the features."""

    weights: Weights
    z: np.ndarray
    """(max(K, n), LANES): W x"""
    gates: np.ndarray
    """(max(K, n), LANES): open where >= 0"""
    flips: np.ndarray
    """(2, max(K, n)) of +-1: S and S'"""


SHARED = ("z", "gates", "flips")
"""Nothing in these lasts from tick to tick."""

LAWS = ("exact", "capacity", "age", "bounded", "real")
"""Those of the delta rule; addresses are no signs."""


def rows(p: Params, width: int) -> int:
    """K."""
    return p.bits


def state(p: Params, width: int) -> State:
    """Weights zero."""
    z, flips = angle(p.bits, width, 2)
    return State(weights(p.bits, p.values or 1), z, aligned((len(z), LANES)), flips)


@kernel
def begin(s, born):
    """Forget."""
    forget(s.weights, born)


@inlined
def address(s, x, out):
    """out (K, LANES) <- the gated features of x, scaled to mean square 1."""
    zero = splat(np.float32(0))
    project(s.z, s.flips, 0, x)
    project(s.gates, s.flips, 1, x)
    for i in range(out.shape[0]):
        store(s.z, i, where_nonneg(load(s.gates, i), load(s.z, i), zero))
    normalised(s.z, out)


@inlined
def read(s, a, r):
    """r <- R f."""
    recall(s.weights, a, r)


@inlined
def write(s, a, r, v, g):
    """Delta rule."""
    learn(s.weights, a, r, v, g)


def contents(s: State) -> np.ndarray:
    """R transposed, (K, D, LANES), with the last write."""
    settle(s.weights)
    return s.weights.m
