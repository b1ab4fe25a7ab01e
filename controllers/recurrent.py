"""Gated recurrent net: `wht` with hidden units that keep what they hold until a gate lets in something else.

    x_m+i <- x_m+i + c_i  before each half       m = n / 2 hidden units c, shown in the upper half of the slots
    f_i = clip(1/2 + h_m+i, 0, 1)                gates, of what the first half puts out
    c_i <- c_i + f_i (clip(y_i, -1, 1) - c_i)    after the second half, which puts out y

A minimal gated unit (Zhou et al. 2016, arXiv 1603.09420), piecewise linear. The context of `elman` is overwritten in every tick by
whatever passes through the net, so to keep a number it must be fed back exactly; here a closed gate keeps it, bit for bit. So this
is the stronger rival of an agent with a memory, and an honest one: with memory `none` the first half has no address to make,
and its layers make the gates instead. The same genes, start and bounds as `wht` without options. Hidden unit i hears slot i, where contents
and actions are, and is shown m slots above: all have the same way back, as slots are coupled by their XOR.

With head.sees=all the second half goes on with what the first has made of the hidden units, and gets them a second time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core.jit import kernel
from alife.core.lanes import LANES, aligned, highest, load, lowest, splat, store, where
from controllers._fast import FastParams, fast_half, scales
from controllers._fast import bounds as bounds
from controllers._fast import shape as shape
from controllers._fast import start as start


class Params(FastParams):
    """Knobs of the net."""


class State(NamedTuple):
    """The hidden units of this life, and what the kernels need beside the genes."""

    hidden: np.ndarray
    """(n/2, LANES): c"""
    gates: np.ndarray
    """(n/2, LANES): f, from one half to the other"""
    layers_in: int
    scale_in: np.float32
    scale_out: np.float32


SHARED = ("gates", "layers_in", "scale_in", "scale_out")
"""Nothing in these lasts from tick to tick."""


def state(p: Params, width: int) -> State:
    """Nothing held yet."""
    return State(aligned((width // 2, LANES)), aligned((width // 2, LANES)), *scales(p, width))


@kernel
def begin(s, born):
    """Clear the hidden units."""
    zero = splat(np.float32(0))
    is_born = load(born, 0) > zero
    for i in range(s.hidden.shape[0]):
        store(s.hidden, i, where(is_born, zero, load(s.hidden, i)))


@kernel
def _show(s, x):
    """x <- x + c in the upper half of the slots."""
    m = s.hidden.shape[0]
    for i in range(m):
        store(x, m + i, load(x, m + i) + load(s.hidden, i))


@kernel
def perceive(s, w, x):
    """The layers before the memory, which also make the gates."""
    zero, one, middle, m = splat(np.float32(0)), splat(np.float32(1)), splat(np.float32(0.5)), s.hidden.shape[0]
    _show(s, x)
    fast_half(w, x, 0, s.layers_in, s.scale_in)
    for i in range(m):
        store(s.gates, i, lowest(highest(middle + load(x, m + i), zero), one))


@kernel
def act(s, w, x):
    """The layers after it; then the hidden units let in what their gates say."""
    one, minus = splat(np.float32(1)), splat(np.float32(-1))
    _show(s, x)
    fast_half(w, x, s.layers_in, w.shape[0], s.scale_out)
    for i in range(s.hidden.shape[0]):
        held = load(s.hidden, i)
        store(s.hidden, i, held + load(s.gates, i) * (lowest(highest(load(x, i), minus), one) - held))
