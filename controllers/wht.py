"""Fast-transform net (fixed filter bank): Walsh-Hadamard transforms with two-slope switches between them.

    half with d layers:  x <- H P_d H ... P_1 H x        P: x_i * (p_i if x_i >= 0 else q_i), H orthonormal

2 n depth parameters; (d + 1) n log2 n additions and d n multiplications a half. After S. O'Connor's fixed filter bank
nets. All slopes start near 1: a half with an odd number of layers holds an even number of transforms, which cancel,
so the newborn passes its input through (identity start), and evolution has only to gate it.

`start` says how slopes begin, and by what c they are multiplied in every layer: half = 0.5 all of them, c = 2, the exact
identity with genes in [-1, 1]; uniform = U(-1, 1), c = sqrt(3), which keeps the mean square, no identity. The other options
stand in controllers/_wide.py; without them nothing of it runs.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from alife.core.jit import inlined, kernel
from controllers import _fast
from controllers._fast import FastParams, Switches, fast_half, layers_of, nonnegative, passed, slopes_of, transformed, two_slopes
from controllers._fast import forced as forced
from controllers._wide import Wide, enter, folded, leave, wide, widened

_GAINS = {"near_one": 1.0, "half": 2.0, "uniform": 3**0.5}
"""c: by what slopes are multiplied."""


class Params(FastParams):
    """Knobs of the net."""

    start: Literal["near_one", "half", "uniform"] = Field(
        "near_one", description="first slopes: near_one = 1 with spread; half = 0.5, doubled; uniform = -1..1, times sqrt(3), no identity"
    )
    sphere: bool = Field(False, description="each half sees its input divided by its root mean square: blind to how loud it is")
    copies: Literal[1, 2, 4] = Field(1, description="times each slot comes into a half, with other signs: width of the net / slots")
    readout: Literal["plain", "weighted"] = Field("plain", description="weighted = what a half puts out times genes, copies width of them")


class State(NamedTuple):
    """What the kernels need beside the genes."""

    layers_in: int
    scale_in: np.float32
    scale_out: np.float32
    is_plain: bool
    """without sphere, copies, read-out"""
    wide: Wide


SHARED = ("layers_in", "scale_in", "scale_out", "is_plain", "wide")
"""Nothing in these lasts from tick to tick."""


def shape(p: Params, width: int) -> tuple[int, ...]:
    """(layer, slope p or q, unit); behind the layers, where the read-out is weighted, its weights (half, unit)."""
    return (p.layers_in + p.layers_out + (p.readout == "weighted"), 2, p.copies * width)


def start(p: Params, width: int, uniform: np.ndarray) -> np.ndarray:
    """Slopes as `start` says; weights of the read-out as slopes."""
    if p.start == "half":
        return np.full(uniform.shape, 0.5, np.float32)
    return _fast.start(p, width, uniform) if p.start == "near_one" else np.float32(2) * uniform - np.float32(1)


def bounds(p: Params) -> tuple[float, float]:
    """Slopes near 1 stay in [-2, 4]; the others, which are multiplied, in [-1, 1]."""
    return _fast.bounds(p) if p.start == "near_one" else (-1.0, 1.0)


def _scale(p: Params, width: int, half: int) -> float:
    """The factor at the end of a half."""
    layers = p.layers_out if half else p.layers_in
    gains = _GAINS[p.start] ** (layers + (p.readout == "weighted"))
    return float(p.copies * width) ** (-(layers + 1) / 2) * gains / p.copies


def state(p: Params, width: int) -> State:
    """No scratch but that of the options."""
    weighted = p.readout == "weighted"
    is_plain = not (p.sphere or weighted or p.copies > 1)
    options = wide(p.sphere, weighted, p.layers_in + p.layers_out, width, p.copies)
    return State(p.layers_in, np.float32(_scale(p, width, 0)), np.float32(_scale(p, width, 1)), is_plain, options)


@kernel
def begin(s, born):
    """No lifetime state."""


@inlined
def perceive(s, w, x):
    """The layers before the memory."""
    z = x if s.is_plain else s.wide.z
    if not s.is_plain:
        enter(s.wide, x)
    fast_half(w, z, 0, s.layers_in, s.scale_in)
    if not s.is_plain:
        leave(s.wide, w, 0, x)


@inlined
def act(s, w, x):
    """The layers after it."""
    z = x if s.is_plain else s.wide.z
    if not s.is_plain:
        enter(s.wide, x)
    fast_half(w, z, s.layers_in, s.wide.layers, s.scale_out)
    if not s.is_plain:
        leave(s.wide, w, 1, x)


def lacks(p: Params) -> tuple[str, ...]:
    """What is divided by its own size passes through no linear map."""
    return ("view", "forced", "switches") if p.sphere else ()


def view(p: Params, w: np.ndarray, half: int, x: np.ndarray, gates: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """A gate is open where the slope p is taken, x_i >= 0. In float32 the very bits of the kernels."""
    slopes, n = slopes_of(w[:, layers_of(p, half)]), x.shape[-1]
    y, opened = passed(widened(x, p.copies), gates, len(slopes), lambda k, y: transformed(y), nonnegative, two_slopes(slopes))
    y = y * y.dtype.type(_scale(p, n, half))
    weights = w[:, -1, half] if p.readout == "weighted" else None
    return (y if weights is None and p.copies == 1 else folded(y, p.copies, weights)), opened


def switches(p: Params, width: int, w: np.ndarray, half: int) -> Switches:
    """W is H, of the first layer H with the copies; R folds them back."""
    slopes, h = w[layers_of(p, half)], _fast.hadamard(p.copies * width)
    weights = w[None, -1, half] if p.readout == "weighted" else None
    copied, back = widened(np.eye(width), p.copies).T, folded(np.eye(len(h))[None], p.copies, weights)[0].T
    layers = [_fast.sloped(h if k else h @ copied, each) for k, each in enumerate(slopes)]
    return layers, _scale(p, width, half) * (back @ h), np.zeros(width)
