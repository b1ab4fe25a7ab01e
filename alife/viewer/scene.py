"""What a simulation hands to the window: plain copies that share nothing with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np


class Agents(NamedTuple):
    """The living of an ecosystem, a row each, in the order of their places."""

    place: np.ndarray
    """int64"""
    id: np.ndarray
    """int64"""
    row: np.ndarray
    column: np.ndarray
    """int64: the cell"""
    facing: np.ndarray
    """int64: 0 north, 1 east, 2 south, 3 west, -1 not told"""
    energy: np.ndarray
    """float64"""
    age: np.ndarray
    """int64, ticks"""
    tag: np.ndarray
    """int64: kin signature, 16 bits"""
    deed: np.ndarray
    """int64: number of the last action among `Scene.deeds`, -1 = none yet"""
    species: np.ndarray
    """int64, -1 = not told"""
    key: np.ndarray
    """uint64: hash of the gates of this tick's thought, which names its linear map; 0 = not told"""
    recall: np.ndarray
    """float64: largest |recall| of this tick's thought; NaN = not told"""
    gate: np.ndarray
    """float64: its write gate; NaN = not told"""


@dataclass(frozen=True)
class Scene:
    """One tick of a world, as it was when the agents began to think about it."""

    tick: int
    name: str
    land: np.ndarray
    """uint8 (rows, columns, 3): the world without its agents; of a problem its picture"""
    agents: Agents | None = None
    """None: a problem"""
    hunters: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    """int64 (hunters, 2): row and column"""
    deeds: tuple[str, ...] = ()
    rich: float = 300.0
    """energy that is plenty: the top of the scale"""
    old: float = 2000.0
    """age that is old, ticks"""
    caption: str = ""
    numbers: dict[str, float] = field(default_factory=dict)
    """what the header and the charts tell, by name"""
    life: int = 0
    """problems: number of the life, from 1"""
    phase: str = ""
    """problems: 'cue', 'delay', 'query', ..; '' = not told"""
    answers: tuple[int, int] = (0, 0)
    """problems: right ones, and all so far in this life"""
    is_over: bool = False
