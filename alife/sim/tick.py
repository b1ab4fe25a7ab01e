"""What happens between world, net and memory in one tick of sixteen minds: the pieces that every fused loop is made of.

    h <- what the head sees                 of contents only how loud the loudest is, in slot 0: it sees where, not what
    h <- first half of the net              its control slots move the head; hashed without contents and 1 it is the content address
    r <- recall
    x <- x + r                              in the first D slots, unless the head parts, and where the actions are
    x <- second half of the net             actions, values, write gate

With head.sees=all it is one mind in two halves: the first sees everything, and the second goes on with what that made of it.
"""

from __future__ import annotations

import numpy as np

from alife.core.jit import inlined
from alife.core.lanes import LANES, highest, load, lowest, splat, store, where
from alife.core.layout import Layout

ONE, GATE, HARD, RECALL, CONTENTS, PART = range(6)
"""Of `slots_of`: slots of the constant 1 and of the gate; 1 where the gate is hard; `recall` and `contents` of the layout; slot of part
or -1."""


def slots_of(layout: Layout, hard: bool) -> np.ndarray:
    """int64 (6,): what the pieces below need to know."""
    return np.array([layout.one, layout.control("gate"), hard, layout.recall, layout.contents, layout.control("part")], np.int64)


@inlined
def face(x, h, slots):
    """h <- what the head sees of x, both (n, LANES)."""
    for i in range(x.shape[0]):
        store(h, i, load(x, i))
    if slots[CONTENTS] > 0:
        zero = splat(np.float32(0))
        loudest = zero
        for i in range(slots[CONTENTS]):
            v = load(x, i)
            loudest = highest(loudest, highest(v, zero - v))
            store(h, i, zero)
        store(h, 0, loudest)


@inlined
def key(h, k, slots):
    """k <- what of h is hashed."""
    for i in range(h.shape[0]):
        store(k, i, load(h, i))
    if slots[CONTENTS] >= 0:
        zero = splat(np.float32(0))
        for i in range(slots[CONTENTS]):
            store(k, i, zero)
        store(k, slots[ONE], zero)


@inlined
def take_in(x, h, r, slots):
    """x <- x + r, where the recall comes in; with head.sees=all x <- h first."""
    zero = splat(np.float32(0))
    parts = zero > zero
    if slots[PART] >= 0:
        parts = load(h, slots[PART]) > zero
    if slots[CONTENTS] < 0:
        for i in range(x.shape[0]):
            store(x, i, load(h, i))
    if slots[RECALL] > 0:
        for c in range(r.shape[0]):
            store(x, slots[RECALL] + c, load(x, slots[RECALL] + c) + load(r, c))
    for c in range(r.shape[0]):
        store(x, c, load(x, c) + where(parts, zero, load(r, c)))


@inlined
def offer(x, v, g, slots):
    """v (D, LANES) <- the values, g (1, LANES) <- the write gate."""
    zero, one, minus = splat(np.float32(0)), splat(np.float32(1)), splat(np.float32(-1))
    for c in range(v.shape[0]):
        store(v, c, lowest(highest(load(x, c), minus), one))
    if slots[HARD]:
        store(g, 0, where(load(x, slots[GATE]) > zero, one, zero))
    else:
        store(g, 0, lowest(highest(load(x, slots[GATE]), zero), one))


@inlined
def has_parted(h, slots):
    """Whether any of the sixteen writes elsewhere than it reads."""
    found = False
    if slots[PART] >= 0:
        for lane in range(LANES):
            found = found or h[slots[PART], lane] > np.float32(0)
    return found
