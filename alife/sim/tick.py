"""What happens between world, net and memory in one tick of sixteen minds: the pieces that every fused loop is made of.

    h <- what the head sees                 of contents only how loud the loudest is, in slot 0: it sees where, not what
    h <- first half of the net              its control slots move the head; hashed without contents and 1 it is the content address
    r <- recall
    x <- x + r                              in the first D slots, unless the head parts, and where the actions are
    x <- second half of the net             actions, write gate
    v <- what was shown of the contents     to be written, if anything of it was shown

With head.writes=thought the values are the first D slots after the second half, whatever was shown. With head.sees=all it is
one mind in two halves: the first sees everything, and the second goes on with what that made of it.
"""

from __future__ import annotations

import numpy as np

from alife.core.jit import inlined
from alife.core.lanes import LANES, highest, load, lowest, splat, store, where
from alife.core.layout import Layout
from alife.core.settings import HeadSettings

ONE, GATE, HARD, RECALL, CONTENTS, PART, SEEN = range(7)
"""Of `slots_of`: slots of the constant 1 and of the gate; 1 where the gate is hard; `recall` and `contents` of the layout; slot of part
or -1; 1 where what is seen is written."""

STEEPNESS = np.float32(2)
"""A soft gate is wholly open where its slot is above 1 / STEEPNESS (docs/experiments.md, 20)."""


def slots_of(layout: Layout, head: HeadSettings) -> np.ndarray:
    """int64 (7,): what the pieces below need to know."""
    hard, seen = head.gate == "hard", head.writes == "seen"
    return np.array([layout.one, layout.control("gate"), hard, layout.recall, layout.contents, layout.control("part"), seen], np.int64)


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
def take_in(x, h, r, v, slots):
    """x <- x + r, where the recall comes in; with head.sees=all x <- h first. v (D, LANES) <- what is shown in the first D slots."""
    zero = splat(np.float32(0))
    for c in range(v.shape[0]):
        store(v, c, load(x, c))
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
    """v (D, LANES) <- the values, g (1, LANES) <- the write gate. v comes in as what was shown; slots behind that are as thought."""
    zero, one, minus = splat(np.float32(0)), splat(np.float32(1)), splat(np.float32(-1))
    loudest = zero
    for c in range(v.shape[0]):
        value = load(x, c)
        if slots[SEEN] and c < slots[ONE]:
            value = load(v, c)
            loudest = highest(loudest, highest(value, zero - value))
        store(v, c, lowest(highest(value, minus), one))
    asked = load(x, slots[GATE])
    if slots[HARD]:
        gate = where(asked > zero, one, zero)
    else:
        gate = lowest(highest(asked * splat(STEEPNESS), zero), one)
    if slots[SEEN]:
        gate = where(loudest > zero, gate, zero)
    store(g, 0, gate)


@inlined
def has_parted(h, slots):
    """Whether any of the sixteen writes elsewhere than it reads."""
    found = False
    if slots[PART] >= 0:
        for lane in range(LANES):
            found = found or h[slots[PART], lane] > np.float32(0)
    return found
