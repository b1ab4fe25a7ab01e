"""Fast-transform net (fixed filter bank): Walsh-Hadamard transforms with two-slope switches between them.

    half with d layers:  x <- H P_d H ... P_1 H x        P: x_i * (p_i if x_i >= 0 else q_i), H orthonormal

2 n depth parameters; (d + 1) n log2 n additions and d n multiplications a half. After S. O'Connor's fixed filter bank
nets. All slopes start near 1: a half with an odd number of layers holds an even number of transforms, which cancel,
so the newborn passes its input through (identity start), and evolution has only to gate it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core.jit import inlined, kernel
from controllers._fast import FastParams, fast_half, scales
from controllers._fast import bounds as bounds
from controllers._fast import forced as forced
from controllers._fast import shape as shape
from controllers._fast import start as start


class Params(FastParams):
    """Knobs of the net."""


class State(NamedTuple):
    """What the kernels need beside the genes."""

    layers_in: int
    scale_in: np.float32
    scale_out: np.float32


SHARED = ("layers_in", "scale_in", "scale_out")
"""Nothing in these lasts from tick to tick."""


def state(p: Params, width: int) -> State:
    """No scratch."""
    return State(*scales(p, width))


@kernel
def begin(s, born):
    """No lifetime state."""


@inlined
def perceive(s, w, x):
    """The layers before the memory."""
    fast_half(w, x, 0, s.layers_in, s.scale_in)


@inlined
def act(s, w, x):
    """The layers after it."""
    fast_half(w, x, s.layers_in, w.shape[0], s.scale_out)


def _transformed(x: np.ndarray) -> np.ndarray:
    """H x along the first axis, without its factor; the same tree of additions as the kernel."""
    h = 1
    while h < len(x):
        pairs = x.reshape(-1, 2, h, *x.shape[1:])
        x = np.empty_like(pairs)
        np.add(pairs[:, 0], pairs[:, 1], out=x[:, 0])
        np.subtract(pairs[:, 0], pairs[:, 1], out=x[:, 1])
        x = x.reshape(-1, *pairs.shape[3:])
        h *= 2
    return x


def view(p: Params, w: np.ndarray, half: int, x: np.ndarray, gates: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """A gate is open where the slope p is taken, x_i >= 0. In float32 the very bits of the kernels."""
    layers = w[:, : p.layers_in] if half == 0 else w[:, p.layers_in :]
    slopes, n = layers.transpose(1, 2, 3, 0)[..., None], w.shape[-1]  # (layers, 2, n, agents, 1)
    y, opened = np.ascontiguousarray(np.moveaxis(x, -1, 0)), []
    for k in range(len(slopes)):
        y = _transformed(y)
        opened.append(y >= 0 if gates is None else np.moveaxis(gates[..., k, :], -1, 0))
        y = y * np.where(opened[-1], slopes[k, 0], slopes[k, 1])
    y = _transformed(y) * y.dtype.type(float(n) ** (-(len(slopes) + 1) / 2))
    opened = [np.broadcast_to(g, y.shape) for g in opened]
    return np.moveaxis(y, 0, -1), np.stack(opened).transpose(2, 3, 0, 1)
