"""Recurrent net: `wht` with context units in the slots' upper half. What can be remembered without a memory.

    x_i <- x_i + c_i  before the second half        c_i <- clip(x_i, -1, 1)  after it        i = n/2 .. n-1

The same genes, start and bounds as `wht` without options, so that with memory `none` it is the rival of equal size of an
agent with a memory; `recurrent` is one with gates. The loop runs over the second half (Jordan 1986; Elman 1990), actions and
control slots in the upper half included; as the newborn passes its input through, its context adds up what it sees there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core.jit import inlined, kernel
from alife.core.lanes import LANES, aligned, highest, load, lowest, splat, store, where
from controllers._fast import FastParams, fast_half, scales
from controllers._fast import bounds as bounds
from controllers._fast import shape as shape
from controllers._fast import start as start


class Params(FastParams):
    """Knobs of the net."""


class State(NamedTuple):
    """The context of this life, and what the kernels need beside the genes."""

    context: np.ndarray
    """(n/2, LANES): the upper half of the slots after the last tick, clipped"""
    layers_in: int
    scale_in: np.float32
    scale_out: np.float32


SHARED = ("layers_in", "scale_in", "scale_out")
"""Nothing in these lasts from tick to tick."""


def state(p: Params, width: int) -> State:
    """No context yet."""
    return State(aligned((width // 2, LANES)), *scales(p, width))


@kernel
def begin(s, born):
    """Clear the context."""
    zero = splat(np.float32(0))
    is_born = load(born, 0) > zero
    for i in range(s.context.shape[0]):
        store(s.context, i, where(is_born, zero, load(s.context, i)))


@inlined
def perceive(s, w, x):
    """The layers before the memory."""
    fast_half(w, x, 0, s.layers_in, s.scale_in)


@inlined
def act(s, w, x):
    """Add the context; the layers after the memory; keep the context."""
    one, minus, rest = splat(np.float32(1)), splat(np.float32(-1)), s.context.shape[0]
    for i in range(rest):
        store(x, rest + i, load(x, rest + i) + load(s.context, i))
    fast_half(w, x, s.layers_in, w.shape[0], s.scale_out)
    for i in range(rest):
        store(s.context, i, lowest(highest(load(x, rest + i), minus), one))
