"""Associative memory with addresses from random non-linear features of the input, which may hold the past.

    u <- p P u + (1 - p) phi(c k)        k = H S x, mean square 1;  phi(t) = t / (1 + |t|);  P a signed permutation
    a = sign(H S' u)

p = `past` = 0: u are random features of what is seen now, and a hash of them; near keys then have a little less in common than in
`lsh`, the more the larger the gain c. p > 0: a leaky reservoir, in which an input of t ticks ago still counts p^t, turned t times
by P, so that order matters: the same sight has another address after another past. It goes on by one step each time that an
address is made, which is once a tick if `jump` is among the head's moves; else never. Recall and learning are those of
`lsh`. After Jaeger, *The echo state approach*, 2001, without its tuning: P is orthogonal, so p alone says how fast the past fades.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import Field

from alife.core import rng
from alife.core.jit import inlined, kernel
from alife.core.lanes import LANES, aligned, highest, load, splat, store, where, where_nonneg
from alife.core.settings import MemoryParams
from alife.core.wht import fwht
from memory._address import angle, normalised, project
from memory._associative import Weights, forget, learn, recall, settle, weights

_ECHO = 0xEC0


class Params(MemoryParams):
    """bits, values, how much of the past an address holds, and how non-linear it is."""

    past: float = Field(0.0, ge=0, lt=1, description="p: an input of t ticks ago counts p^t in an address; 0 = the input of now alone")
    gain: float = Field(2.0, gt=0, le=100, description="c: the larger, the nearer the features are to signs")


class State(NamedTuple):
    """Weights of the read-out, the reservoir, and scratch. R = max(K, n)."""

    weights: Weights
    u: np.ndarray
    """(R, LANES): the reservoir"""
    z: np.ndarray
    """(R, LANES)"""
    flips: np.ndarray
    """(2, R) of +-1: S and S'"""
    order: np.ndarray
    """int64 (R,): the permutation of P"""
    turn: np.ndarray
    """(R,): its signs"""
    past: np.float32
    gain: np.float32


SHARED = ("z", "flips", "order", "turn", "past", "gain")
"""Nothing in these lasts from tick to tick."""

LAWS = ("exact", "capacity", "age", "bounded")
"""Those of the delta rule."""


def rows(p: Params, width: int) -> int:
    """K."""
    return p.bits


def state(p: Params, width: int) -> State:
    """Weights and reservoir zero."""
    z, flips = angle(p.bits, width, 2)
    size = len(z)
    order, turn = rng.permutation(size, _ECHO, 1), rng.signs(size, _ECHO, 2)
    return State(weights(p.bits, p.values or 1), aligned((size, LANES)), z, flips, order, turn, np.float32(p.past), np.float32(p.gain))


@kernel
def begin(s, born):
    """Forget, the past too."""
    forget(s.weights, born)
    zero = splat(np.float32(0))
    is_born = load(born, 0) > zero
    for i in range(s.u.shape[0]):
        store(s.u, i, where(is_born, zero, load(s.u, i)))


@inlined
def address(s, x, out):
    """One step of the reservoir; out (K, LANES) <- sign(H S' u)."""
    one, minus = splat(np.float32(1)), splat(np.float32(-1))
    past, now, gain = splat(s.past), splat(np.float32(1) - s.past), splat(s.gain)
    project(s.z, s.flips, 0, x)
    normalised(s.z, s.z)
    for i in range(s.z.shape[0]):
        t = gain * load(s.z, i)
        feature = t / (one + highest(t, -t))
        store(s.z, i, past * (load(s.u, s.order[i]) * splat(s.turn[i])) + now * feature)
    for i in range(s.z.shape[0]):
        store(s.u, i, load(s.z, i))
        store(s.z, i, load(s.z, i) * splat(s.flips[1, i]))
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
