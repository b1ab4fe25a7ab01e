"""Butterfly net: as `wht`, but the transforms before the switches are learnt, block by block in the graph of the fast transform.

    half with d layers:  x <- H P_d T_d ... P_1 T_1 x        T: log2 n levels of 2 x 2 blocks     P: two slopes, as in `wht`
    level h = 1, 2, 4, ..:  (x_j, x_j+h) <- (a x_j + b x_j+h, c x_j + d x_j+h)        wherever bit h of j is 0

2 n log2 n weights a layer, which start as those of H, and 2 n slopes besides: a product of blocks is linear, so the switches
must be genes of their own. The last transform of a half is H itself. After the butterfly transform of Alizadeh-Vahid et al. (CVPR 2020,
arXiv 1906.02256). Compared with `wht` it asks whether learnt mixing is worth log2 n times as many genes. A half
costs 2 d n log2 n multiplications. Noise of standard deviation spread / sqrt(log2 n + 1) on all genes moves an output as `wht`'s.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import Field

from alife.core.jit import kernel
from alife.core.lanes import load, splat, store, where_nonneg
from alife.core.wht import fwht
from controllers._fast import FastParams, Switches, hadamard, layers_of, nonnegative, passed, scales, sloped, transformed, two_slopes
from controllers._fast import forced as _forced


class Params(FastParams):
    """Knobs of the net."""

    spread: float = Field(0.2, ge=0, le=1, description="noise of the first genes, times sqrt(log2 width + 1)")


class State(NamedTuple):
    """What the kernels need beside the genes."""

    layers_in: int
    scale_in: np.float32
    scale_out: np.float32


SHARED = ("layers_in", "scale_in", "scale_out")
"""Nothing in these lasts from tick to tick."""


def shape(p: Params, width: int) -> tuple[int, ...]:
    """(layer, weight of x_j or x_j+h, level, output slot); behind the levels the slopes (p or q, slot)."""
    return (p.layers_in + p.layers_out, 2, width.bit_length(), width)


def start(p: Params, width: int, uniform: np.ndarray) -> np.ndarray:
    """The weights of H and slopes of 1, with uniform noise on all."""
    levels = width.bit_length() - 1
    genes = np.float32(p.spread * 3**0.5 / (levels + 1) ** 0.5) * (np.float32(2) * uniform - np.float32(1)) + np.float32(1)
    for level in range(levels):
        genes[:, :, 1, level, np.arange(width) >> level & 1 == 1] -= np.float32(2)
    return genes


def bounds(p: Params) -> tuple[float, float]:
    """Weights and slopes stay in [-2, 2]."""
    return (-2.0, 2.0)


def state(p: Params, width: int) -> State:
    """No scratch."""
    return State(*scales(p, width))


@kernel
def begin(s, born):
    """No lifetime state."""


@kernel
def _half(w, first, last, x, scale):
    """x <- scale * H P T .. P T x with H unnormalised."""
    n, levels = x.shape[0], w.shape[2] - 1
    for k in range(first, last):
        for level in range(levels):
            h = 1 << level
            for i in range(0, n, 2 * h):
                for j in range(i, i + h):
                    a = load(x, j); b = load(x, j + h)
                    store(x, j, load(w, (k, 0, level, j)) * a + load(w, (k, 1, level, j)) * b)
                    store(x, j + h, load(w, (k, 0, level, j + h)) * a + load(w, (k, 1, level, j + h)) * b)
        for i in range(n):
            v = load(x, i)
            store(x, i, v * where_nonneg(v, load(w, (k, 0, levels, i)), load(w, (k, 1, levels, i))))
    fwht(x)
    for i in range(n):
        store(x, i, load(x, i) * splat(scale))


@kernel
def perceive(s, w, x):
    """The layers before the memory."""
    _half(w, 0, s.layers_in, x, s.scale_in)


@kernel
def act(s, w, x):
    """The layers after it."""
    _half(w, s.layers_in, w.shape[0], x, s.scale_out)


def _turned(blocks: np.ndarray, y: np.ndarray) -> np.ndarray:
    """T y along the first axis; blocks (level, 2, n, agents, 1)."""
    for level, each in enumerate(blocks):
        pairs = y.reshape(-1, 2, 1 << level, *y.shape[1:])
        first, second = each.reshape(2, -1, 2, 1 << level, *each.shape[2:])
        found = first * pairs[:, :1] + second * pairs[:, 1:]
        y = found.reshape(-1, *found.shape[3:])
    return y


def view(p: Params, w: np.ndarray, half: int, x: np.ndarray, gates: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """A gate is open where the slope p is taken, x_i >= 0. In float32 the very bits of the kernels."""
    genes = w[:, layers_of(p, half)].transpose(1, 3, 2, 4, 0)[..., None]  # (layer, level, 2, n, agents, 1)
    layers, levels = len(genes), genes.shape[1] - 1

    def turn(k: int, y: np.ndarray) -> np.ndarray:
        return transformed(y) if k == layers else _turned(genes[k, :levels], y)

    y, opened = passed(x, gates, layers, turn, nonnegative, two_slopes(genes[:, -1]))
    return y * y.dtype.type(float(x.shape[-1]) ** (-(layers + 1) / 2)), opened


def forced(p: Params, w: np.ndarray, half: int, gates: np.ndarray) -> np.ndarray:
    """A gate that is told has the same slope on both sides: exact for every input."""
    w = w.copy()
    w[:, :, -1] = _forced(p, w[:, :, -1], half, gates)
    return w


def switches(p: Params, width: int, w: np.ndarray, half: int) -> Switches:
    """W is T, R is H."""
    genes = w[layers_of(p, half)].astype(np.float64)  # (layer, 2, level, n)
    unit = np.eye(width)[:, None]
    turns = [_turned(np.moveaxis(each[:, :-1], 1, 0)[..., None, None], unit)[:, 0] for each in genes]
    layers = [sloped(turn, each[:, -1]) for turn, each in zip(turns, genes, strict=True)]
    return layers, hadamard(width) * float(width) ** (-(len(genes) + 1) / 2), np.zeros(width)
