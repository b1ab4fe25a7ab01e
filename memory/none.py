"""No memory: every recall is 0 and writes are lost. The control for all claims that a memory helps.

With it nothing lasts from one tick to the next, so no problem world may be scored above its `ceiling`. Controller, head
and genes are the same as with a memory. Addresses have two rows, which nobody uses; `bits` is without effect.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core.jit import kernel
from alife.core.lanes import splat, store
from alife.core.settings import MemoryParams

_ROWS = 2


class Params(MemoryParams):
    """bits, without effect, and values."""


class State(NamedTuple):
    """Nothing is kept."""

    rows: int


SHARED = ("rows",)
"""Nothing in these lasts from tick to tick."""


def rows(p: Params, width: int) -> int:
    """As few as a head takes."""
    return _ROWS


def state(p: Params, width: int) -> State:
    """No arrays."""
    return State(_ROWS)


@kernel
def begin(s, born):
    """Nothing to forget."""


@kernel
def address(s, x, out):
    """All +1."""
    for i in range(out.shape[0]):
        store(out, i, splat(np.float32(1)))


@kernel
def read(s, a, r):
    """r <- 0."""
    for c in range(r.shape[0]):
        store(r, c, splat(np.float32(0)))


@kernel
def write(s, a, r, v, g):
    """Nothing."""
