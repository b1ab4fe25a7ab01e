"""Associative memory that writes what is loud: of a value only the components with |v| > t, and these less t.

    v_c > t:  M_c <- M_c + g (v_c - t - M_c a) a^T / K          v_c < -t: with v_c + t          else M_c stays

A component that is small leaves alone what stands at its address, where `lsh` would write its small value over it; so one vector of
values can hold several things, each written when it is there. The price: what is recalled is nearer to 0 by t. Addresses and
recall are those of `lsh`. S. O'Connor's threshold write.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import Field

from alife.core.jit import inlined, kernel
from alife.core.lanes import LANES, aligned, load, splat, store, where
from alife.core.settings import MemoryParams
from memory._address import angle, by_angle
from memory._associative import Weights, forget, learn, recall, settle, weights


class Params(MemoryParams):
    """bits, values and what is loud."""

    threshold: float = Field(0.25, ge=0, lt=1, description="t: components of the value at most so large are not written, others less this")


class State(NamedTuple):
    """Weights of the read-out, and scratch."""

    weights: Weights
    z: np.ndarray
    """(max(K, n), LANES)"""
    flips: np.ndarray
    """(1, max(K, n)) of +-1"""
    wanted: np.ndarray
    """(D, LANES): what should be recalled after a write"""
    threshold: np.float32


SHARED = ("z", "flips", "wanted", "threshold")
"""Nothing in these lasts from tick to tick."""

LAWS = ("bounded",)
"""The others of the delta rule are about values that are written as they are."""


def rows(p: Params, width: int) -> int:
    """K."""
    return p.bits


def state(p: Params, width: int) -> State:
    """Weights zero."""
    values = p.values or 1
    return State(weights(p.bits, values), *angle(p.bits, width), aligned((values, LANES)), np.float32(p.threshold))


@kernel
def begin(s, born):
    """Forget."""
    forget(s.weights, born)


@inlined
def address(s, x, out):
    """out (K, LANES) <- sign(H S x)."""
    by_angle(s.z, s.flips, x, out)


@inlined
def read(s, a, r):
    """r <- M a."""
    recall(s.weights, a, r)


@inlined
def write(s, a, r, v, g):
    """Delta rule towards the loud components less t; towards what is recalled, which changes nothing, in the others."""
    t = splat(s.threshold)
    for c in range(s.wanted.shape[0]):
        value = load(v, c)
        store(s.wanted, c, where(value > t, value - t, where(value < -t, value + t, load(r, c))))
    learn(s.weights, a, r, s.wanted, g)


def contents(s: State) -> np.ndarray:
    """M transposed, (K, D, LANES), with the last write."""
    settle(s.weights)
    return s.weights.m
