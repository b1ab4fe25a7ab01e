"""What is told beside the picture of the world."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from alife.insight.kin import Tree
from alife.insight.moment import Look
from alife.viewer.mindpanel import Person
from alife.viewer.series import Series


@dataclass(frozen=True)
class Story:
    """What panels tell; all of it copies."""

    person: Person | None = None
    look: Look | None = None
    series: Series | None = None
    tree: Tree | None = None
    own_tree: Tree | None = None
    signatures: np.ndarray = field(default_factory=lambda: np.zeros((0, 1), np.uint64))
    """uint64 (nodes, words): key repertoires of the nodes of `tree`"""
    own_signatures: np.ndarray = field(default_factory=lambda: np.zeros((0, 1), np.uint64))
    events: tuple[tuple[int, str, str], ...] = ()
    """tick, kind, words"""
    first: int = 0
    """where the timeline begins"""
    bands: tuple[tuple[int, int, str], ...] = ()
    marks: tuple[tuple[int, str, str], ...] = ()
    scores: tuple[float, ...] = ()
    bounds: tuple[float, float] | None = None
    edits: int = 0
