"""What the player tells the window, and what the window wants to be told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alife.viewer.scene import Scene
from alife.viewer.story import Story


@dataclass(frozen=True)
class Wants:
    """What the window shows, and so what is worth telling."""

    keys: bool = False
    species: bool = True
    tree: bool = False
    follow: int | None = None


@dataclass(frozen=True)
class Frame:
    """What the window draws."""

    scene: Scene
    before: Scene | None
    """one tick earlier, for smooth motion"""
    story: Story
    twin: Scene | None
    """the untouched world beside the changed one"""
    differing: np.ndarray
    """int64 (cells, 2): rows and columns in which the twin differs"""
    first_difference: int | None
    """the tick at which something to be seen first differed"""
    twin_action: str
    """what the followed agent is about to do in the untouched world"""
    is_paused: bool
    speed: float
    rate: float
    """ticks a second of late"""
    last: int
    """the latest tick that was ever reached on this line of history"""
    first: int
    """the earliest tick that can be gone to"""
    stored: tuple[int, ...]
    """ticks with a snapshot in memory"""
    saved: tuple[int, ...]
    """ticks with a checkpoint on disk"""
    note: str
    """what happened by hand, or could not"""
    is_error: bool
    published: float
    """time.perf_counter()"""
    count: int
    """of frames so far"""
    is_seeking: bool = False


def differing(a: Scene, b: Scene | None) -> np.ndarray:
    """int64 (cells, 2): where the land, or who stands there, is not the same."""
    if b is None or a.land.shape != b.land.shape:
        return np.zeros((0, 2), np.int64)
    grid = (a.land != b.land).any(axis=2)
    who = np.zeros((2, *grid.shape), np.int64)
    for i, scene in enumerate((a, b)):
        if scene.agents is not None:
            who[i, scene.agents.row, scene.agents.column] = scene.agents.id + 1
    return np.argwhere(grid | (who[0] != who[1]))
