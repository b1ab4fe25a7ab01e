"""What `wht` can do besides: halves that see the direction alone, that are wider than the slots, that weigh what they put out.

    x^ = x / rms(x)                                   sphere: blind to how loud; x = 0 stays 0
    z_ic = s_ic x_i,  c = 1 .. copies                 copies: every slot comes in so many times, with other signs s; s_i1 = +1
    z <- H P_d H ... P_1 H z                          as ever, copies n wide
    x_i <- sum_c s_ic a_ic z_ic / copies              a = 1, or genes with readout=weighted: as many as the net is wide.
                                                      The 1 / copies is in the factor of the transforms

Slots mean the same behind a half as before it, so the copies of a slot stand side by side and are folded back with their
own signs. A newborn passes its input through, as s s = 1. Two copies split the slots, in the first layer: where the signs
agree the sums double, where not the differences do, so that each unit hears half the slots and fewer gates are shared.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES, aligned, load, splat, sqrt, store, where

_FLIPS = 0x81DE


class Wide(NamedTuple):
    """Settings and scratch."""

    sphere: bool
    weighted: bool
    layers: int
    """of both halves; behind them stand the weights of the read-out"""
    flips: np.ndarray
    """(copies n,) of +-1"""
    z: np.ndarray
    """(copies n, LANES)"""


def wide(sphere: bool, weighted: bool, layers: int, width: int, copies: int) -> Wide:
    """Scratch for one half."""
    return Wide(sphere, weighted, layers, flips_of(width, copies), aligned((copies * width, LANES)))


def flips_of(width: int, copies: int) -> np.ndarray:
    """float32 (copies width,): the signs of the copies of slot 0, then of slot 1, ..; the same for every agent everywhere."""
    flips = rng.signs(copies * width, _FLIPS)
    flips[::copies] = 1
    return flips


@kernel
def enter(s, x):
    """z <- the copies of x, or of its direction."""
    n, zero = x.shape[0], splat(np.float32(0))
    copies = s.z.shape[0] // n
    if s.sphere:
        total = zero
        for i in range(n):
            total = total + load(x, i) * load(x, i)
        rms = sqrt(total * splat(np.float32(1) / np.float32(n)))
        rms = where(rms > zero, rms, splat(np.float32(1)))
        for i in range(n):
            store(x, i, load(x, i) / rms)
    for i in range(n):
        v = load(x, i)
        for j in range(copies * i, copies * (i + 1)):
            store(s.z, j, v * splat(s.flips[j]))


@kernel
def leave(s, w, half, x):
    """x <- the sums of the copies in z, with the weights of a half."""
    n, zero = x.shape[0], splat(np.float32(0))
    copies = s.z.shape[0] // n
    for i in range(n):
        total = zero
        for j in range(copies * i, copies * (i + 1)):
            v = load(s.z, j) * splat(s.flips[j])
            if s.weighted:
                v = v * load(w, (s.layers, half, j))
            total = total + v
        store(x, i, total)


def widened(x: np.ndarray, copies: int) -> np.ndarray:
    """(.., n) -> (.., copies n), as in the kernel."""
    return np.repeat(x, copies, axis=-1) * flips_of(x.shape[-1], copies)


def folded(y: np.ndarray, copies: int, weights: np.ndarray | None) -> np.ndarray:
    """(agents, batch, copies n) -> (agents, batch, n), as in the kernel; weights (agents, copies n)."""
    y = y * flips_of(y.shape[-1] // copies, copies)
    if weights is not None:
        y = y * weights[:, None]
    groups = y.reshape(*y.shape[:-1], -1, copies)
    total = np.zeros_like(groups[..., 0])
    for c in range(copies):
        total = total + groups[..., c]
    return total
