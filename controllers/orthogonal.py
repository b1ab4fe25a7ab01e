"""Orthogonal net: `wht` with a random orthogonal matrix in place of the Walsh-Hadamard transform.

    half with d layers:  x <- .. M P_3 M' P_2 M P_1 M x ..        M: random orthogonal, M' its transpose

Does a transform need any structure, or is it enough that it mixes? Genes, start and bounds are those of `wht`: 2 n a layer. M
is the same for every agent everywhere: hashed, nearly normal numbers, made orthonormal column by column (Gram & Schmidt).
n^2 multiplications a transform: a control, not a fast one. One layer of `wht` couples two slots by their XOR alone, so some
pairs are tied together (docs/experiments.md, 4); here no two pairs are.
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np

from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES, aligned
from controllers._fast import FastParams, Switches
from controllers._fast import bounds as bounds
from controllers._fast import forced as forced
from controllers._fast import start as start
from controllers._matrix import both_ways, matrix_half, switched, viewed
from controllers._matrix import shape as shape

_SEED = 0x0127


class Params(FastParams):
    """Knobs of the net."""


class State(NamedTuple):
    """What the kernels need beside the genes."""

    layers_in: int
    m: np.ndarray
    """(2, n, n): M and M'"""
    z: np.ndarray
    """(n, LANES)"""


SHARED = ("layers_in", "m", "z")
"""Nothing in these lasts from tick to tick."""


@functools.lru_cache(maxsize=8)
def _matrix(width: int) -> np.ndarray:
    """M and M', float32 (2, width, width), not to be written into."""
    m = np.full((width, width), -6.0)
    for k in range(12):
        m += rng.uniforms((width, width), _SEED, k)
    for i in range(width):
        v = m[:, i] / math.sqrt(math.fsum(m[:, i] * m[:, i]))
        m[:, i] = v
        m[:, i + 1 :] -= v[:, None] * (v[:, None] * m[:, i + 1 :]).sum(axis=0)
    return both_ways(m)


def state(p: Params, width: int) -> State:
    """Scratch for one transform."""
    return State(p.layers_in, _matrix(width), aligned((width, LANES)))


@kernel
def begin(s, born):
    """No lifetime state."""


@kernel
def perceive(s, w, x):
    """The layers before the memory."""
    matrix_half(w, s.m, 0, s.layers_in, x, s.z)


@kernel
def act(s, w, x):
    """The layers after it."""
    matrix_half(w, s.m, s.layers_in, w.shape[0], x, s.z)


def view(p: Params, w: np.ndarray, half: int, x: np.ndarray, gates: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """A gate is open where the slope p is taken, x_i >= 0."""
    return viewed(p, _matrix(x.shape[-1]), w, half, x, gates)


def switches(p: Params, width: int, w: np.ndarray, half: int) -> Switches:
    """W and R are M and M' in turns."""
    return switched(p, _matrix(width), w, half)
