"""Still: n genes that are the n outputs, whatever is seen or recalled. The control that ignores its input.

It shows what a constant policy scores, so that a lenient score is caught: in a problem world it must stay at or below
the memoryless ceiling. No head move ever fires, since it perceives nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import Field

from alife.core.jit import kernel
from alife.core.lanes import load, splat, store
from alife.core.settings import ControllerParams


class Params(ControllerParams):
    """Knobs of the net."""

    spread: float = Field(0.3, ge=0, le=2, description="standard deviation of the first outputs around 0")


class State(NamedTuple):
    """Nothing is needed beside the genes."""

    width: int


SHARED = ("width",)
"""Nothing in these lasts from tick to tick."""


def shape(p: Params, width: int) -> tuple[int, ...]:
    """(slot,)."""
    return (width,)


def start(p: Params, width: int, uniform: np.ndarray) -> np.ndarray:
    """Outputs uniform around 0."""
    half = np.float32(p.spread * 3**0.5)
    return half * (np.float32(2) * uniform - np.float32(1))


def bounds(p: Params) -> tuple[float, float]:
    """Outputs stay in [-2, 2]."""
    return (-2.0, 2.0)


def state(p: Params, width: int) -> State:
    """No scratch."""
    return State(width)


@kernel
def begin(s, born):
    """No lifetime state."""


@kernel
def perceive(s, w, x):
    """See nothing: x <- 0."""
    for i in range(x.shape[0]):
        store(x, i, splat(np.float32(0)))


@kernel
def act(s, w, x):
    """Do what the genes say: x <- w."""
    for i in range(x.shape[0]):
        store(x, i, load(w, i))


def view(p: Params, w: np.ndarray, half: int, x: np.ndarray, gates: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """No gates: 0 before the memory, the genes after it."""
    shape = (len(w), x.shape[1], w.shape[1])
    y = np.broadcast_to(w[:, None, :] if half else np.zeros_like(w)[:, None, :], shape)
    return y.copy(), np.zeros((*shape[:2], 0, w.shape[1]), bool)
