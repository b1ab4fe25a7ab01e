"""Detached gates: as `wht`, but the gates hear fixed random projections of what came in, not the activation they switch.

    half with d layers:  x <- H P_d H ... P_1 H x        P_k: x_i * (p_i if u_k,i >= 0 else q_i)
                         u_k = H S_k u_k-1, u_0 = x as it came in        S: fixed random signs, another set for every layer

2 n genes a layer, as `wht`; a half costs twice as many transforms. No gene moves a gate: which of the maps is taken is a hash
of the input, of near inputs nearly the same one, and evolution decides the maps alone. Compared with `wht` it shows what it is worth
that gates are learnt. After S. O'Connor's detached switching.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES, aligned, load, splat, store, where_nonneg
from alife.core.wht import fwht
from controllers._fast import FastParams, layers_of, passed, scales, slopes_of, transformed, two_slopes
from controllers._fast import bounds as bounds
from controllers._fast import forced as forced
from controllers._fast import shape as shape
from controllers._fast import start as start

_FLIPS = 0xDE7A


class Params(FastParams):
    """Knobs of the net."""


class State(NamedTuple):
    """What the kernels need beside the genes."""

    layers_in: int
    scale_in: np.float32
    scale_out: np.float32
    flips: np.ndarray
    """(layers of both halves, n) of +-1"""
    u: np.ndarray
    """(n, LANES): the projection"""


SHARED = ("layers_in", "scale_in", "scale_out", "flips", "u")
"""Nothing in these lasts from tick to tick."""


def _flips(p: Params, width: int) -> np.ndarray:
    """float32 (layers, width) of +-1, the same for every agent everywhere."""
    return np.stack([rng.signs(width, _FLIPS, k) for k in range(p.layers_in + p.layers_out)])


def state(p: Params, width: int) -> State:
    """Scratch for one projection."""
    return State(*scales(p, width), _flips(p, width), aligned((width, LANES)))


@kernel
def begin(s, born):
    """No lifetime state."""


@kernel
def _half(s, w, first, last, x, scale):
    """x <- scale * H P_last-1 H ... P_first H x with H unnormalised; u goes the same way without slopes."""
    n = x.shape[0]
    for i in range(n):
        store(s.u, i, load(x, i))
    for k in range(first, last):
        fwht(x)
        for i in range(n):
            store(s.u, i, load(s.u, i) * splat(s.flips[k, i]))
        fwht(s.u)
        for i in range(n):
            store(x, i, load(x, i) * where_nonneg(load(s.u, i), load(w, (k, 0, i)), load(w, (k, 1, i))))
    fwht(x)
    for i in range(n):
        store(x, i, load(x, i) * splat(scale))


@kernel
def perceive(s, w, x):
    """The layers before the memory."""
    _half(s, w, 0, s.layers_in, x, s.scale_in)


@kernel
def act(s, w, x):
    """The layers after it."""
    _half(s, w, s.layers_in, w.shape[0], x, s.scale_out)


def view(p: Params, w: np.ndarray, half: int, x: np.ndarray, gates: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """A gate is open where the slope p is taken, u_i >= 0. In float32 the very bits of the kernels."""
    of, n = layers_of(p, half), x.shape[-1]
    slopes, projections = slopes_of(w[:, of]), [np.ascontiguousarray(np.moveaxis(x, -1, 0))]
    for flips in _flips(p, n)[of]:
        projections.append(transformed(projections[-1] * flips[:, None, None]))
    tell = [u >= 0 for u in projections[1:]]
    y, opened = passed(x, gates, len(slopes), lambda k, y: transformed(y), lambda k, y: tell[k], two_slopes(slopes))
    return y * y.dtype.type(float(n) ** (-(len(slopes) + 1) / 2)), opened
