"""Arrays for many blocks, which take memory only where somebody lives."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from alife.core.errors import ConfigError
from alife.core.lanes import LANES
from alife.sim.colony import state_text

_LINE = 64


def roomy(count: int, one: np.ndarray, fill: bool = False) -> np.ndarray:
    """(count, *one.shape), each a copy of `one`, beginning at a multiple of 64 bytes; zeros are not touched yet."""
    raw = np.zeros(count * one.nbytes + _LINE, np.uint8)
    first = -raw.ctypes.data % _LINE
    array = raw[first : first + count * one.nbytes].view(one.dtype).reshape(count, *one.shape)
    if fill or one.any():
        array[...] = one
    return array


def bytes_of(states: dict[str, Any], modules: dict[str, Any], genes: int) -> int:
    """Bytes a mind takes: genes, and what of the states is kept for every agent."""
    own = [state_text(states[name], tuple(getattr(modules[name], "SHARED", ())), name)[2] for name in states]
    return 4 * genes + sum(array.nbytes for arrays in own for array in arrays) // LANES


def check_room(states: dict[str, Any], modules: dict[str, Any], genes: int, places: int) -> None:
    """ConfigError where so many minds are larger than this machine's memory."""
    wanted = bytes_of(states, modules, genes) * places
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else wanted
    if wanted > there:
        raise ConfigError(
            f"{places} places with {wanted / places:,.0f} bytes of mind each need {wanted / 1e9:.1f} GB, this machine has "
            f"{there / 1e9:.1f}; try a lower world.most, memory.bits or controller.width"
        )
