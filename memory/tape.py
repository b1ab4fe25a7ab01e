"""Tape, a control: cells of real numbers that never mix, with a jump to the most similar one, as in an evolvable Turing machine.

Greve, Jacobsen & Risi, *Evolving Neural Turing Machines for reward-based learning*, GECCO 2016: a tape of real vectors without
end, a write that interpolates, a jump to the cell most similar to a key, a shift to a neighbour. Here:

- A cell is a place with an exact address, one of those where the head can be. What was written at address a is recalled at a and nowhere
  else: no crosstalk, and no likeness of addresses. A step of the head (T a) is the shift, T^k home cell k of the tape.
- The first write with an open gate at an address claims a cell; a write interpolates, cell <- cell + g (v - cell), the first one from 0.
  There are `cells` of them; where all are taken, the one claimed first is given up. That is where this tape ends.
- A cell also keeps the key of the tick when it was written last, what was hashed then, at mean square 1. The jump goes to the
  cell whose key is most similar, by cosine, to the key of now. Theirs compares what is written itself; here the head sees where, not what
  (docs/design.md). It needs `jump` among the moves of the head, else no keys are made and all are alike.
- If no key is as similar as `alike`, the jump goes to an address of its own for this key, that of `lsh`, mostly still blank;
  theirs would go to the most similar one, however unlike.

Same head, gate and recall as the associative memories, so what they do better or worse is owed to their addresses.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import Field, model_validator

from alife.core.jit import inlined, kernel
from alife.core.lanes import LANES, aligned, any_lane, load, splat, store, where
from alife.core.settings import MemoryParams
from memory._address import angle, by_angle, normalised

MOST = 1 << 24
"""Bits of addresses of all cells."""


class Params(MemoryParams):
    """bits of an address, values, cells, and when a key counts as the same."""

    cells: int = Field(32, ge=1, le=65536, description="places that can be written; beyond it the one written first of all is given up")
    alike: float = Field(0.9, ge=0, le=0.999, description="cosine of two keys at which a jump goes to the cell of the other")

    @model_validator(mode="after")
    def _fits(self) -> Params:
        if self.cells * self.bits > MOST:
            raise ValueError(f"expected cells * bits <= {MOST}, got {self.cells * self.bits}")
        return self


class State(NamedTuple):
    """The cells, and scratch."""

    cells: np.ndarray
    """(C, D, LANES): what is written"""
    places: np.ndarray
    """(C, K, LANES): the address of each; 0 = not claimed"""
    keys: np.ndarray
    """(C, n, LANES): the key of its last write"""
    claimed: np.ndarray
    """(1, LANES): the cell to be claimed next"""
    key: np.ndarray
    """(n, LANES): that of this tick"""
    z: np.ndarray
    """(max(K, n), LANES)"""
    flips: np.ndarray
    """(1, max(K, n)) of +-1"""
    alike: np.float32


SHARED = ("key", "z", "flips", "alike")
"""Nothing in these lasts from tick to tick."""

LAWS = ("exact", "bounded")
"""Cells do not disturb each other, so nothing fades: tests/test_memories.py holds it to its number of cells."""


def rows(p: Params, width: int) -> int:
    """K."""
    return p.bits


def floats(p: Params, width: int) -> int:
    """Value, address and key of every cell."""
    return p.cells * ((p.values or 1) + p.bits + width)


def larger(p: Params, times: int) -> Params:
    """More cells; their addresses need no more bits."""
    return p.model_copy(update={"cells": times * p.cells})


def state(p: Params, width: int) -> State:
    """All cells free."""
    cells, places, keys = (aligned((p.cells, size, LANES)) for size in (p.values or 1, p.bits, width))
    return State(cells, places, keys, aligned((1, LANES)), aligned((width, LANES)), *angle(p.bits, width), np.float32(p.alike))


@inlined
def _clear(array, j, here):
    """Row j becomes 0 in these lanes."""
    for i in range(array.shape[1]):
        store(array, (j, i), where(here, splat(np.float32(0)), load(array, (j, i))))


@kernel
def begin(s, born):
    """All cells are free."""
    is_born = load(born, 0) > splat(np.float32(0))
    for j in range(s.cells.shape[0]):
        _clear(s.cells, j, is_born)
        _clear(s.places, j, is_born)
        _clear(s.keys, j, is_born)
    store(s.claimed, 0, where(is_born, splat(np.float32(0)), load(s.claimed, 0)))


@inlined
def _likeness(array, j, a):
    """Inner product of row j with a."""
    total = splat(np.float32(0))
    for i in range(array.shape[1]):
        total = total + load(array, (j, i)) * load(a, i)
    return total


@inlined
def _is(s, j, a):
    """In which lanes cell j is at address a, of signs: the sum is a whole number then, and exact."""
    return _likeness(s.places, j, a) > splat(np.float32(a.shape[0]) - np.float32(0.5))


@kernel
def address(s, x, out):
    """out (K, LANES) <- the address of the cell whose key is most similar to x; sign(H S x) where none is similar enough."""
    normalised(x, s.key)
    by_angle(s.z, s.flips, x, out)
    best = splat(s.alike * np.float32(x.shape[0]))
    for j in range(s.keys.shape[0]):
        likeness = _likeness(s.keys, j, s.key)
        is_better = likeness > best
        if any_lane(is_better):
            best = where(is_better, likeness, best)
            for i in range(out.shape[0]):
                store(out, i, where(is_better, load(s.places, (j, i)), load(out, i)))


@kernel
def read(s, a, r):
    """r <- what is written at a; 0 where nothing is."""
    for c in range(r.shape[0]):
        store(r, c, splat(np.float32(0)))
    for j in range(s.cells.shape[0]):
        here = _is(s, j, a)
        if any_lane(here):
            for c in range(r.shape[0]):
                store(r, c, where(here, load(s.cells, (j, c)), load(r, c)))


@inlined
def _put(s, j, a, v, gate, here):
    """Write into cell j in these lanes, and say where and when it was."""
    for c in range(s.cells.shape[1]):
        cell = load(s.cells, (j, c))
        store(s.cells, (j, c), where(here, cell + gate * (load(v, c) - cell), cell))
    for i in range(s.places.shape[1]):
        store(s.places, (j, i), where(here, load(a, i), load(s.places, (j, i))))
    for i in range(s.keys.shape[1]):
        store(s.keys, (j, i), where(here, load(s.key, i), load(s.keys, (j, i))))


@kernel
def write(s, a, r, v, g):
    """Interpolate in the cell at a; where there is none, and the gate is open, claim one first."""
    gate, zero, one = load(g, 0), splat(np.float32(0)), splat(np.float32(1))
    unwritten = gate > zero
    for j in range(s.cells.shape[0]):
        here = _is(s, j, a) & unwritten
        if any_lane(here):
            _put(s, j, a, v, gate, here)
            unwritten = unwritten ^ here
    if any_lane(unwritten):
        claimed = load(s.claimed, 0)
        for j in range(s.cells.shape[0]):
            number = splat(np.float32(j))
            here = unwritten & (claimed >= number) & (claimed <= number)
            if any_lane(here):
                _clear(s.cells, j, here)
                _put(s, j, a, v, gate, here)
        behind = claimed + one
        behind = where(behind < splat(np.float32(s.cells.shape[0])), behind, zero)
        store(s.claimed, 0, where(unwritten, behind, claimed))


def contents(s: State) -> np.ndarray:
    """What is written, (C, D, LANES): rows that change places are cells that change their contents."""
    return s.cells


def written(s: State) -> tuple[np.ndarray, ...]:
    """All that a write changes."""
    return s.cells, s.places, s.keys, s.claimed
