"""Associative memory with locality-sensitive addresses a = sign(H S x): near contents share most address bits.

Two contents at angle theta differ in about K theta / pi bits, so a key that is a little off recalls a little less:
y (1 - 2 theta / pi). x is repeated to K rows with other flips per copy; where K < n, the first K signs are taken.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import Field

from alife.core.jit import inlined, kernel
from alife.core.settings import MemoryParams
from memory._address import angle, by_angle
from memory._associative import Weights, forget, learn, recall, settle, weights


class Params(MemoryParams):
    """bits, values and how sharply near keys are told apart."""

    rounds: int = Field(1, ge=1, le=8, description="times a key is hashed: the more, the less near keys have in common")


class State(NamedTuple):
    """Weights of the read-out, and scratch for the hash."""

    weights: Weights
    z: np.ndarray
    """(max(K, n), LANES)"""
    flips: np.ndarray
    """(rounds, max(K, n)) of +-1"""


SHARED = ("z", "flips")
"""Nothing in these lasts from tick to tick."""

LAWS = ("exact", "capacity", "age", "bounded")
"""Those of the delta rule."""


def rows(p: Params, width: int) -> int:
    """K."""
    return p.bits


def state(p: Params, width: int) -> State:
    """Weights zero."""
    return State(weights(p.bits, p.values or 1), *angle(p.bits, width, p.rounds))


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
    """Delta rule."""
    learn(s.weights, a, r, v, g)


def contents(s: State) -> np.ndarray:
    """M transposed, (K, D, LANES), with the last write."""
    settle(s.weights)
    return s.weights.m
