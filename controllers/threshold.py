"""Threshold net: as `wht`, but a gate lets a slot through, times a slope, where it is above a learnt threshold, else 0.

    half with d layers:  x <- H G_d H ... G_1 H x        G: p_i x_i if x_i > t_i else 0        H orthonormal

2 n genes a layer, as `wht`, of which each unit spends one on where its gate opens instead of on a second slope. A gate is no
longer blind to how loud its input is, so every transform has its 1/sqrt(n). After S. O'Connor's threshold gate x * [x > t].
Slopes start near 1 and thresholds near -1: with an odd number of layers the newborn passes through what puts no unit below
-1, as nearly all that worlds show does (a unit is the sum of all slots with signs, over sqrt(n)).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core.jit import kernel
from alife.core.lanes import load, splat, store, where
from alife.core.wht import fwht
from controllers._fast import FastParams, Switches, hadamard, layers_of, passed, slopes_of, transformed
from controllers._fast import shape as _shape
from controllers._fast import start as _start

_BELOW_ALL = np.float32(-1e30)
"""A threshold that nothing is below; finite, so that genomes can still be compared."""


class Params(FastParams):
    """Knobs of the net."""


class State(NamedTuple):
    """What the kernels need beside the genes."""

    layers_in: int
    scale: np.float32
    """1/sqrt(n)"""


SHARED = ("layers_in", "scale")
"""Nothing in these lasts from tick to tick."""


def shape(p: Params, width: int) -> tuple[int, ...]:
    """(layer, slope or threshold, slot)."""
    return _shape(p, width)


def start(p: Params, width: int, uniform: np.ndarray) -> np.ndarray:
    """Slopes uniform around 1, thresholds around -1, both with standard deviation `spread`."""
    genes = _start(p, width, uniform)
    genes[:, :, 1] -= np.float32(2)
    return genes


def bounds(p: Params) -> tuple[float, float]:
    """Slopes and thresholds stay in [-5, 5]."""
    return (-5.0, 5.0)


def _scale(width: int) -> float:
    return float(width) ** -0.5


def state(p: Params, width: int) -> State:
    """No scratch."""
    return State(p.layers_in, np.float32(_scale(width)))


@kernel
def begin(s, born):
    """No lifetime state."""


@kernel
def _half(w, first, last, x, scale):
    """x <- H G_last-1 H ... G_first H x."""
    zero, factor = splat(np.float32(0)), splat(scale)
    for k in range(first, last):
        fwht(x)
        for i in range(x.shape[0]):
            v = load(x, i) * factor
            store(x, i, where(v > load(w, (k, 1, i)), v * load(w, (k, 0, i)), zero))
    fwht(x)
    for i in range(x.shape[0]):
        store(x, i, load(x, i) * factor)


@kernel
def perceive(s, w, x):
    """The layers before the memory."""
    _half(w, 0, s.layers_in, x, s.scale)


@kernel
def act(s, w, x):
    """The layers after it."""
    _half(w, s.layers_in, w.shape[0], x, s.scale)


def view(p: Params, w: np.ndarray, half: int, x: np.ndarray, gates: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """A gate is open where its input is above its threshold. In float32 the very bits of the kernels."""
    genes = slopes_of(w[:, layers_of(p, half)])
    scale = x.dtype.type(_scale(x.shape[-1]))
    return passed(
        x,
        gates,
        len(genes),
        lambda k, y: transformed(y) * scale,
        lambda k, y: y > genes[k, 1],
        lambda k, y, opened: np.where(opened, y * genes[k, 0], y.dtype.type(0)),
    )


def forced(p: Params, w: np.ndarray, half: int, gates: np.ndarray) -> np.ndarray:
    """A gate that is held closed has no slope, one that is held open a threshold below all."""
    w = w.copy()
    genes = w[layers_of(p, half)]
    genes[:, 0] = np.where(gates == 0, np.float32(0), genes[:, 0])
    genes[:, 1] = np.where(gates == 1, _BELOW_ALL, genes[:, 1])
    return w


def switches(p: Params, width: int, w: np.ndarray, half: int) -> Switches:
    """W and R are H / sqrt(n), q is 0."""
    h, zero = hadamard(width) * _scale(width), np.zeros(width)
    return [(h, zero, slope, zero, least) for slope, least in w[layers_of(p, half)].astype(np.float64)], h, zero
