"""The head: where the memory is read and written, and the moves that change these addresses.

    home   a <- a fixed address, where every life begins
    jump   a <- the content address that the memory makes of what the head sees
    hold   a stays
    prev   a <- the address of which a is the next
    next   a <- T a, T a fixed random signed permutation: what happens when no control slot fires

A move is on where its control slot is above 0 after the first half; where several are, the first in the order above
wins. Without `next` among the moves, the default is to hold. The memory is read at a, and written there too, but

    part   b <- T b, and what is written in this tick is written at b; where it does not fire, b <- a

An agent that parts in every tick lays down a tape, along which it may read at a pace of its own, or not at all as long as it holds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core import rng
from alife.core.jit import inlined, kernel
from alife.core.lanes import LANES, aligned, load, splat, store, where
from alife.core.layout import Layout

_TAPE = 0x7A9E


class Head(NamedTuple):
    """Address and fixed random parts of one block."""

    a: np.ndarray
    """(K, LANES): the address, +-1"""
    b: np.ndarray
    """(K, LANES): where it writes; empty without the move `part`, so that there is nothing to keep of any lane"""
    jump: np.ndarray
    """(K, LANES): the content address of this tick"""
    moved: np.ndarray
    """(K, LANES): scratch"""
    home: np.ndarray
    """(K,): +-1"""
    order: np.ndarray
    """int64 (K,): the permutation of T"""
    turn: np.ndarray
    """(K,): the signs of T"""
    slots: np.ndarray
    """int64 (6,): slots of jump, home, hold, prev (-1 = off); 1 if next is the default, else 0; slot of part (-1 = off)"""
    own: np.ndarray
    """(D, LANES): scratch: the recall at b"""


SHARED = ("jump", "moved", "home", "order", "turn", "slots", "own")
"""Nothing in these lasts from tick to tick."""


def head_of(layout: Layout, rows: int) -> Head:
    """The head for addresses of `rows` components; its fixed parts depend on that number alone."""
    slots = [layout.control(name) for name in ("jump", "home", "hold", "prev")] + [int("next" in layout.moves), layout.control("part")]
    a, jump, moved = (aligned((rows, LANES)) for _ in range(3))
    b = aligned((rows, LANES) if "part" in layout.moves else (0, 1))
    return Head(
        a,
        b,
        jump,
        moved,
        rng.signs(rows, _TAPE, 1),
        rng.permutation(rows, _TAPE, 2),
        rng.signs(rows, _TAPE, 3),
        np.array(slots, np.int64),
        aligned((layout.values, LANES)),
    )


@kernel
def begin(h, born):
    """Home, in the lanes that are born."""
    is_born = load(born, 0) > splat(np.float32(0.5))
    for i in range(h.a.shape[0]):
        store(h.a, i, where(is_born, splat(h.home[i]), load(h.a, i)))
    for i in range(h.b.shape[0]):
        store(h.b, i, where(is_born, splat(h.home[i]), load(h.b, i)))


@inlined
def move(h, x):
    """One move in each lane, by the control slots of x (n, LANES). h.jump holds the content address."""
    zero = splat(np.float32(0))
    off = zero > zero
    jump, home, hold, prev = off, off, off, off
    if h.slots[0] >= 0:
        jump = load(x, h.slots[0]) > zero
    if h.slots[1] >= 0:
        home = load(x, h.slots[1]) > zero
    if h.slots[2] >= 0:
        hold = load(x, h.slots[2]) > zero
    if h.slots[3] >= 0:
        prev = load(x, h.slots[3]) > zero
    rows = h.a.shape[0]
    if h.slots[4]:
        for i in range(rows):
            store(h.moved, i, load(h.a, h.order[i]) * splat(h.turn[i]))
    else:
        for i in range(rows):
            store(h.moved, i, load(h.a, i))
    if h.slots[3] >= 0:
        for i in range(rows):
            j = h.order[i]
            store(h.moved, j, where(prev, load(h.a, i) * splat(h.turn[i]), load(h.moved, j)))
    for i in range(rows):
        v = where(hold, load(h.a, i), load(h.moved, i))
        v = where(jump, load(h.jump, i), v)
        store(h.a, i, where(home, splat(h.home[i]), v))
    if h.slots[5] >= 0:
        part = load(x, h.slots[5]) > zero
        for i in range(rows):
            store(h.moved, i, load(h.b, h.order[i]) * splat(h.turn[i]))
        for i in range(rows):
            store(h.b, i, where(part, load(h.moved, i), load(h.a, i)))
