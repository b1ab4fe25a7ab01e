"""Associative memory in blocks: the first b bits of an address choose one of 2^b blocks of weights, and the delta rule works in that alone.

    j = the number that a_0 .. a_b-1 spell (1 where > 0, the first lowest)          r = M_j a          M_j <- M_j + g (v - r) a^T / K

Addresses in different blocks do not disturb each other at all, so 2^b times as many values fit at the price of more room, while an
address stays as long and a recall as cheap: each lane reads one block. Near contents whose angle puts a plane of the first b between
them have nothing in common, though in `lsh` they would share most bits: the more blocks, the more such edges. A step of
the head along its tape goes to another block by chance, 2^b - 1 times out of 2^b. S. O'Connor's block-based associative memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import Field, model_validator

from alife.core.jit import inlined, kernel
from alife.core.lanes import LANES, aligned, any_lane, load, splat, store, where
from alife.core.settings import MemoryParams
from memory._address import angle, by_angle

MOST = 1 << 24
"""Rows of weights."""


class Params(MemoryParams):
    """bits of an address, values, and how many of the bits choose the block."""

    blocks: int = Field(3, ge=1, le=16, description="b: address bits that choose one of 2^b blocks of weights")

    @model_validator(mode="after")
    def _fits(self) -> Params:
        if self.blocks > self.bits:
            raise ValueError(f"blocks: expected at most as many as address bits, {self.bits}, got {self.blocks}")
        if self.bits << self.blocks > MOST:
            raise ValueError(f"expected bits * 2^blocks <= {MOST}, got {self.bits << self.blocks}")
        return self


class State(NamedTuple):
    """The weights, and scratch."""

    m: np.ndarray
    """(2^b, K, D, LANES): each M_j transposed"""
    z: np.ndarray
    """(max(K, n), LANES)"""
    flips: np.ndarray
    """(1, max(K, n)) of +-1"""
    chosen: np.ndarray
    """(1, LANES): j, where the last recall was"""
    blocks: int
    """b"""


SHARED = ("z", "flips", "chosen")
"""Nothing in these lasts from tick to tick."""

LAWS = ("exact", "capacity", "age", "bounded")
"""Those of the delta rule, with 2^b K slots."""


def rows(p: Params, width: int) -> int:
    """K."""
    return p.bits


def floats(p: Params, width: int) -> int:
    """2^b K D."""
    return (p.bits << p.blocks) * (p.values or 1)


def state(p: Params, width: int) -> State:
    """Weights zero."""
    m = aligned((1 << p.blocks, p.bits, p.values or 1, LANES))
    return State(m, *angle(p.bits, width), aligned((1, LANES)), p.blocks)


@kernel
def begin(s, born):
    """Forget."""
    zero = splat(np.float32(0))
    is_born = load(born, 0) > zero
    for j in range(s.m.shape[0]):
        for i in range(s.m.shape[1]):
            for c in range(s.m.shape[2]):
                store(s.m, (j, i, c), where(is_born, zero, load(s.m, (j, i, c))))


@inlined
def address(s, x, out):
    """out (K, LANES) <- sign(H S x)."""
    by_angle(s.z, s.flips, x, out)


@kernel
def _choose(s, a):
    """s.chosen <- j of the address."""
    zero, j, digit = splat(np.float32(0)), splat(np.float32(0)), np.float32(1)
    for i in range(s.blocks):
        j = j + where(load(a, i) > zero, splat(digit), zero)
        digit += digit
    store(s.chosen, 0, j)


@inlined
def _is(s, j):
    """Whose block is the one of number j."""
    chosen, number = load(s.chosen, 0), splat(np.float32(j))
    return (chosen >= number) & (chosen <= number)


@kernel
def read(s, a, r):
    """r <- M_j a."""
    _choose(s, a)
    zero = splat(np.float32(0))
    for c in range(r.shape[0]):
        store(r, c, zero)
    for j in range(s.m.shape[0]):
        here = _is(s, j)
        if any_lane(here):
            for c in range(r.shape[0]):
                total = zero
                for i in range(a.shape[0]):
                    total = total + load(s.m, (j, i, c)) * load(a, i)
                store(r, c, where(here, total, load(r, c)))


@kernel
def write(s, a, r, v, g):
    """Delta rule in block j."""
    _choose(s, a)
    rate = load(g, 0) * splat(np.float32(1) / np.float32(a.shape[0]))  # K is a power of two: the quotient is exact
    for j in range(s.m.shape[0]):
        here = _is(s, j)
        if any_lane(here):
            for c in range(r.shape[0]):
                error = (load(v, c) - load(r, c)) * rate
                for i in range(a.shape[0]):
                    weight = load(s.m, (j, i, c))
                    store(s.m, (j, i, c), where(here, weight + error * load(a, i), weight))


def contents(s: State) -> np.ndarray:
    """All M_j transposed, one below the other, (2^b K, D, LANES)."""
    blocks, rows, values, lanes = s.m.shape
    return s.m.reshape(blocks * rows, values, lanes)
