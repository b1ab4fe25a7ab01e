"""Switch Net: as `wht`, but switches are small matrices: the sign of each input picks its column from one of two.

    half with d layers:  x <- H B_d H ... B_1 H x        B: o_r = sum_c (A_rc if z_c >= 0 else B_rc) z_c  in blocks of N

n / N blocks, 2 N n genes a layer: what a unit does with its input depends on the side it is on, for each of N outputs. Between
`wht` (N = 1, but for the slopes' place) and a dense layer (N = n). After S. O'Connor's Switch Net. A half costs (d + 1) n log2 n
additions and d N n multiplications. All blocks start near the identity, so with an odd number of layers a newborn passes
its input through; noise of standard deviation spread / sqrt(N) a gene moves an output as slopes with that spread would.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from alife.core.errors import ConfigError
from alife.core.jit import kernel
from alife.core.lanes import LANES, aligned, load, splat, store, where_nonneg
from alife.core.wht import fwht
from controllers._fast import FastParams, layers_of, nonnegative, passed, scales, transformed


class Params(FastParams):
    """Knobs of the net."""

    spread: float = Field(0.2, ge=0, le=1, description="noise of the first genes, times sqrt(block)")
    block: Literal[4, 16] = Field(4, description="slots N a block; divides the width")


class State(NamedTuple):
    """What the kernels need beside the genes."""

    layers_in: int
    scale_in: np.float32
    scale_out: np.float32
    z: np.ndarray
    """(N, LANES): a block as it was"""


SHARED = ("layers_in", "scale_in", "scale_out", "z")
"""Nothing in these lasts from tick to tick."""


def shape(p: Params, width: int) -> tuple[int, ...]:
    """(layer, A or B, output slot, input in the block). ConfigError where a block is wider than the net."""
    if width % p.block:
        raise ConfigError(f"switchnet: expected a block that divides the width, got controller.block {p.block}, width {width}")
    return (p.layers_in + p.layers_out, 2, width, p.block)


def start(p: Params, width: int, uniform: np.ndarray) -> np.ndarray:
    """The identity, and uniform noise of standard deviation spread / sqrt(N) on all genes."""
    genes = np.float32(p.spread * 3**0.5 / p.block**0.5) * (np.float32(2) * uniform - np.float32(1))
    slots = np.arange(width)
    genes[:, :, :, slots, slots % p.block] += np.float32(1)
    return genes


def bounds(p: Params) -> tuple[float, float]:
    """Weights stay in [-2, 2]."""
    return (-2.0, 2.0)


def state(p: Params, width: int) -> State:
    """Scratch for one block."""
    return State(*scales(p, width), aligned((p.block, LANES)))


@kernel
def begin(s, born):
    """No lifetime state."""


@kernel
def _half(s, w, first, last, x, scale):
    """x <- scale * H B_last-1 H ... B_first H x with H unnormalised; each sum runs over its block in order."""
    n, size = x.shape[0], s.z.shape[0]
    for k in range(first, last):
        fwht(x)
        for at in range(0, n, size):
            for c in range(size):
                store(s.z, c, load(x, at + c))
            for i in range(at, at + size):
                total = splat(np.float32(0))
                for c in range(size):
                    v = load(s.z, c)
                    total = total + where_nonneg(v, load(w, (k, 0, i, c)), load(w, (k, 1, i, c))) * v
                store(x, i, total)
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
    """A gate is open where a slot takes its columns of A, z >= 0. In float32 the very bits of the kernels."""
    layers, size = w[:, layers_of(p, half)], p.block
    blocks = layers.reshape(len(w), layers.shape[1], 2, -1, size, size)  # (agent, layer, side, block, r, c)
    genes = blocks.transpose(1, 2, 5, 3, 4, 0)[..., None]

    def switch(k: int, y: np.ndarray, opened: np.ndarray) -> np.ndarray:
        values, gates = (part.reshape(-1, size, *part.shape[1:]) for part in (y, opened))
        total = y.dtype.type(0)
        for c in range(size):
            v, is_open = values[:, c, None], gates[:, c, None]
            total = total + np.where(is_open, genes[k, 0, c], genes[k, 1, c]) * v
        return total.reshape(-1, *total.shape[2:])

    y, opened = passed(x, gates, layers.shape[1], lambda k, y: transformed(y), nonnegative, switch)
    return y * y.dtype.type(float(x.shape[-1]) ** (-(layers.shape[1] + 1) / 2)), opened


def forced(p: Params, w: np.ndarray, half: int, gates: np.ndarray) -> np.ndarray:
    """The columns of a gate that is told are the same in A and B: exact for every input."""
    w = w.copy()
    blocks = w[layers_of(p, half)].reshape(len(gates), 2, -1, p.block, p.block)
    told = gates.reshape(len(gates), -1, 1, p.block)
    blocks[:, 0] = np.where(told == 0, blocks[:, 1], blocks[:, 0])
    blocks[:, 1] = np.where(told == 1, blocks[:, 0], blocks[:, 1])
    w[layers_of(p, half)] = blocks.reshape(w[layers_of(p, half)].shape)
    return w
