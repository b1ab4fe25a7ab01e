"""Fast-transform net (fixed filter bank): Walsh-Hadamard transforms with two-slope switches between them.

    half with d layers:  x <- H P_d H ... P_1 H x        P: x_i * (p_i if x_i >= 0 else q_i), H orthonormal

2 n depth parameters; (d + 1) n log2 n additions and d n multiplications a half. After S. O'Connor's fixed filter bank
nets. All slopes start near 1: a half with an odd number of layers holds an even number of transforms, which cancel,
so the newborn passes its input through (identity start), and evolution has only to gate it.

The switch commutes with positive factors, so the 1/sqrt(n) of all transforms of a half are one factor at its end:
n^-((d+1)/2), a power of two for odd d, hence exact.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from alife.core.jit import inlined, kernel
from alife.core.lanes import load, splat, store, where_nonneg
from alife.core.settings import ControllerParams
from alife.core.wht import fwht

Layers = Annotated[int, Field(ge=1, le=9)]


class Params(ControllerParams):
    """Knobs of the net."""

    layers_in: Layers = Field(1, description="layers of switches before the memory; odd = identity start")
    layers_out: Layers = Field(3, description="layers of switches after the memory; odd = identity start")
    spread: float = Field(0.2, ge=0, le=2, description="standard deviation of the first slopes around 1")


class State(NamedTuple):
    """What the kernels need beside the genes."""

    layers_in: int
    scale_in: np.float32
    scale_out: np.float32


def shape(p: Params, width: int) -> tuple[int, ...]:
    """(layer, slope p or q, slot)."""
    return (p.layers_in + p.layers_out, 2, width)


def start(p: Params, width: int, uniform: np.ndarray) -> np.ndarray:
    """Slopes uniform around 1 with standard deviation `spread`; a uniform of half-width h has h / sqrt(3)."""
    half = np.float32(p.spread * 3**0.5)
    return np.float32(1) + half * (np.float32(2) * uniform - np.float32(1))


def bounds(p: Params) -> tuple[float, float]:
    """Slopes stay in [-2, 4], symmetric about their start."""
    return (-2.0, 4.0)


def state(p: Params, width: int) -> State:
    """Factors of the two halves, rounded once."""
    scale_in, scale_out = (np.float32(float(width) ** (-(d + 1) / 2)) for d in (p.layers_in, p.layers_out))
    return State(p.layers_in, scale_in, scale_out)


@kernel
def begin(s, born):
    """No lifetime state."""


@inlined
def _half(w, x, first, last, scale):
    """x <- scale * H P_last-1 H ... P_first H x with H unnormalised."""
    n = x.shape[0]
    for k in range(first, last):
        fwht(x)
        for i in range(n):
            v = load(x, i)
            store(x, i, v * where_nonneg(v, load(w, (k, 0, i)), load(w, (k, 1, i))))
    fwht(x)
    factor = splat(scale)
    for i in range(n):
        store(x, i, load(x, i) * factor)


@inlined
def perceive(s, w, x):
    """The layers before the memory."""
    _half(w, x, 0, s.layers_in, s.scale_in)


@inlined
def act(s, w, x):
    """The layers after it."""
    _half(w, x, s.layers_in, w.shape[0], s.scale_out)
