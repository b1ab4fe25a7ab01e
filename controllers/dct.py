"""DCT net: `wht` with the discrete cosine transform in place of the Walsh-Hadamard transform.

    half with d layers:  x <- .. M P_3 M' P_2 M P_1 M x ..        M: DCT-II, M' its inverse, the DCT-III; both orthonormal
    M_ki = sqrt(2 / n) cos(pi (2 i + 1) k / 2 n),  M_0i = sqrt(1 / n)

Does it matter which transform is fixed? Genes, start and bounds are those of `wht`: 2 n a layer. Done as a matrix, n^2
multiplications a transform: a control, not a fast one (Ahmed, Natarajan & Rao 1974).
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np

from alife.core.jit import kernel
from alife.core.lanes import LANES, aligned
from controllers._fast import FastParams, Switches
from controllers._fast import bounds as bounds
from controllers._fast import forced as forced
from controllers._fast import start as start
from controllers._matrix import both_ways, matrix_half, switched, viewed
from controllers._matrix import shape as shape


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
    """M and M', float32 (2, width, width), not to be written into.

    The cosines come from half angles, of square roots alone: libm's differ from machine to machine.
    """
    cos = np.array([1.0, 0.0])  # over a quarter turn
    while len(cos) <= width:
        sin, half = cos[::-1], math.sqrt((1 + cos[1]) / 2)
        between = cos[:-1] * half - sin[:-1] * (sin[1] / (2 * half))
        cos = np.append(np.stack([cos[:-1], between], axis=1).ravel(), 0.0)
    turn = np.concatenate([cos, -cos[-2::-1]])  # half a turn
    turn = np.concatenate([turn, turn[-2:0:-1]])
    k, i = np.arange(width)[:, None], np.arange(width)[None, :]
    m = math.sqrt(2 / width) * turn[(2 * i + 1) * k % (4 * width)]
    m[0] = math.sqrt(1 / width)
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
