"""What the colour and the shape of an agent tell: one of `MODES`. Colour is never the only sign where it stands for a name."""

from __future__ import annotations

import numpy as np

from alife.viewer.raster import SHAPES
from alife.viewer.scene import Agents, Scene
from alife.viewer.theme import FAINT, ORANGE, SKY, hues, shades

MODES = ("species", "energy", "age", "kin", "action", "key", "memory")

HUES = 61
"""Hues in use: shares no divisor with the number of shapes, so hue and shape together name 732."""

_DISC, _SQUARE = SHAPES.index("disc"), SHAPES.index("square")
_DIMMEST = 0.45


def colours(scene: Scene, mode: str, selected: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """uint8 (n, 3) and int64 (n,), a row an agent: colour, and number in `raster.SHAPES`. Grey: not told. KeyError: no such mode."""
    agents = scene.agents
    if agents is None:
        return np.zeros((0, 3), np.uint8), np.zeros(0, np.int64)
    if mode == "kin":
        return _kin(agents, selected)
    if mode in ("energy", "age"):
        values, high, name = (agents.energy, scene.rich, "viridis") if mode == "energy" else (agents.age, scene.old, "cividis")
        return shades(values.astype(np.float64), 0.0, high, name), np.full(len(agents.id), _DISC)
    return {"species": _species, "action": _action, "key": _key, "memory": _memory}[mode](agents)


def named(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Colours and shapes of things that only have a number; below 0: grey discs. No two alike below 732."""
    is_told = numbers >= 0
    found = np.where(is_told[:, None], hues(HUES)[numbers % HUES], np.array(FAINT, np.uint8))
    return found.astype(np.uint8), np.where(is_told, numbers % len(SHAPES), _DISC)


def mixed(keys: np.ndarray) -> np.ndarray:
    """int64 (n,): numbers for `named`, of hashes or tags uint64 (n,) well mixed, so that neighbours differ; SplitMix64's finish."""
    z = keys.astype(np.uint64)
    with np.errstate(over="ignore"):
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(1)).astype(np.int64)


def alike(tags: np.ndarray, tag: int) -> np.ndarray:
    """int64 (n,): in how many of 16 bits tags agree with one; 8 by chance."""
    return 16 - np.bitwise_count((tags ^ tag) & 0xFFFF).astype(np.int64)


def tag_of(agents: Agents, selected: int | None) -> int | None:
    """The kin signature of an agent, by its id; None where it is not among the living."""
    found = np.flatnonzero(agents.id == (-1 if selected is None else selected))
    return int(agents.tag[found[0]]) if len(found) else None


def _species(agents: Agents) -> tuple[np.ndarray, np.ndarray]:
    return named(agents.species)


def _action(agents: Agents) -> tuple[np.ndarray, np.ndarray]:
    return named(agents.deed)


def _key(agents: Agents) -> tuple[np.ndarray, np.ndarray]:
    return named(np.where(agents.key != 0, mixed(agents.key), -1))


def _kin(agents: Agents, selected: int | None) -> tuple[np.ndarray, np.ndarray]:
    tag = tag_of(agents, selected)
    if tag is None:
        return named(mixed(agents.tag))
    return shades(alike(agents.tag, tag).astype(np.float64), 0.0, 16.0, "kin"), np.full(len(agents.id), _DISC)


def _memory(agents: Agents) -> tuple[np.ndarray, np.ndarray]:
    """Bright by |recall|, full at 1: orange squares write now, sky discs only recall."""
    writes = agents.gate > 0
    light = _DIMMEST + (1 - _DIMMEST) * np.clip(np.nan_to_num(agents.recall), 0, 1)
    found = np.where(writes[:, None], np.array(ORANGE), np.array(SKY)) * light[:, None]
    is_told = ~(np.isnan(agents.recall) & np.isnan(agents.gate))
    found = np.where(is_told[:, None], found.round(), np.array(FAINT))
    return found.astype(np.uint8), np.where(writes, _SQUARE, _DISC)


__all__ = ["HUES", "MODES", "alike", "colours", "mixed", "named", "tag_of"]
