"""Fast-transform halves, shared by the nets made of them: transforms with two-slope switches between them.

    half with d layers:  x <- H P_d H ... P_1 H x        P: x_i * (p_i if x_i >= 0 else q_i), H orthonormal

The switch commutes with positive factors, so the 1/sqrt(n) of all transforms of a half are one factor at its end:
n^-((d+1)/2), a power of two for odd d, hence exact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import numpy as np
from pydantic import Field

from alife.core.jit import inlined
from alife.core.lanes import load, splat, store, where_nonneg
from alife.core.settings import ControllerParams
from alife.core.wht import fwht

Layers = Annotated[int, Field(ge=1, le=9)]


class FastParams(ControllerParams):
    """Knobs of two halves."""

    layers_in: Layers = Field(1, description="layers of switches before the memory; odd = identity start")
    layers_out: Layers = Field(3, description="layers of switches after the memory; odd = identity start")
    spread: float = Field(0.2, ge=0, le=2, description="standard deviation of the first slopes around 1")


def shape(p: FastParams, width: int) -> tuple[int, ...]:
    """(layer, slope p or q, slot)."""
    return (p.layers_in + p.layers_out, 2, width)


def start(p: FastParams, width: int, uniform: np.ndarray) -> np.ndarray:
    """Slopes uniform around 1 with standard deviation `spread`; a uniform of half-width h has h / sqrt(3)."""
    reach = np.float32(p.spread * 3**0.5)
    return np.float32(1) + reach * (np.float32(2) * uniform - np.float32(1))


def bounds(p: FastParams) -> tuple[float, float]:
    """Slopes stay in [-2, 4], symmetric about their start."""
    return (-2.0, 4.0)


def scales(p: FastParams, width: int) -> tuple[int, np.float32, np.float32]:
    """layers_in, then the factors of the two halves, rounded once."""
    first, second = (np.float32(float(width) ** (-(d + 1) / 2)) for d in (p.layers_in, p.layers_out))
    return p.layers_in, first, second


def layers_of(p: FastParams, half: int) -> slice:
    """Of all layers those of a half."""
    return slice(0, p.layers_in) if half == 0 else slice(p.layers_in, p.layers_in + p.layers_out)


def forced(p: FastParams, w: np.ndarray, half: int, gates: np.ndarray) -> np.ndarray:
    """A gate that is told has the same slope on both sides: exact for every input."""
    w = w.copy()
    slopes = w[layers_of(p, half)]
    slopes[:, 0] = np.where(gates == 0, slopes[:, 1], slopes[:, 0])
    slopes[:, 1] = np.where(gates == 1, slopes[:, 0], slopes[:, 1])
    return w


@inlined
def fast_half(w, x, first, last, scale):
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


# ---- the same in plain NumPy, for views ----

Switches = tuple[list[tuple[np.ndarray, ...]], np.ndarray, np.ndarray]
"""What `switches` of the contract returns: layers (W, b, p, q, t), R, r; float64."""

_BELOW_ZERO = np.nextafter(0.0, -1.0)
"""z > this is z >= 0."""


def hadamard(n: int) -> np.ndarray:
    """float64 (n, n): H without its factor."""
    return transformed(np.eye(n))


def sloped(weights: np.ndarray, slopes: np.ndarray) -> tuple[np.ndarray, ...]:
    """A layer of `switches`: W (n, m), and slopes (2, n) by z >= 0."""
    zero = np.zeros(len(weights))
    return weights, zero, *slopes.astype(np.float64), np.full(len(weights), _BELOW_ZERO)

Turn = Callable[[int, np.ndarray], np.ndarray]
Switch = Callable[[int, np.ndarray, np.ndarray], np.ndarray]


def transformed(x: np.ndarray) -> np.ndarray:
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


def slopes_of(w: np.ndarray) -> np.ndarray:
    """Genes (agents, layers, 2, n) as (layers, 2, n, agents, 1)."""
    return w.transpose(1, 2, 3, 0)[..., None]


def nonnegative(k: int, y: np.ndarray) -> np.ndarray:
    """A gate is open where its input is >= 0."""
    return y >= 0


def two_slopes(slopes: np.ndarray) -> Switch:
    """The switch of slopes (layers, 2, n, agents, 1): the first where a gate is open, else the second."""
    return lambda k, y, opened: y * np.where(opened, slopes[k, 0], slopes[k, 1])


def passed(
    x: np.ndarray, gates: np.ndarray | None, layers: int, turn: Turn, tell: Turn, switch: Switch
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """A half as `view` returns it, of x (agents or 1, batch, n), by functions of y (n, agents or 1, batch).

    turn(k, y): the k-th transform, 0..layers; tell(k, y): its gates, where none are given; switch(k, y, open): what they do.
    """
    y, opened = np.ascontiguousarray(np.moveaxis(x, -1, 0)), []
    for k in range(layers):
        y = turn(k, y)
        opened.append(tell(k, y) if gates is None else np.moveaxis(gates[..., k, :], -1, 0))
        y = switch(k, y, opened[-1])
    y = turn(layers, y)
    opened = [np.broadcast_to(g, y.shape) for g in opened]
    return np.moveaxis(y, 0, -1), np.stack(opened).transpose(2, 3, 0, 1)
