"""What the agents of an ecosystem are about to think, thought aside: in copies of their minds, so that nothing changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from alife.core.lanes import LANES
from alife.sim.minds import Colony, MemoryBlock, colony_for, states_of

if TYPE_CHECKING:
    from alife.sim.ecosystem import Ecosystem

_BLOCKS = 256
"""Thought about at a time: bounds the room for results."""


class Thoughts(NamedTuple):
    """One tick to come of some agents, a row each; float32. n slots, D values, K address bits."""

    seen: np.ndarray
    """(agents, n): the slots as observed"""
    middle: np.ndarray
    """(agents, n): after the first half, where the head reads its wishes"""
    recall: np.ndarray
    """(agents, D)"""
    out: np.ndarray
    """(agents, n): after the second half"""
    value: np.ndarray
    """(agents, D): what the gate lets in"""
    gate: np.ndarray
    """(agents, 1)"""
    address: np.ndarray
    """(agents, K): where the head reads, +-1"""
    written: np.ndarray
    """(agents, K): where it writes"""


class Aside:
    """Room to think aside for the agents of one ecosystem."""

    def __init__(self, ecosystem: Ecosystem) -> None:
        self.ecosystem = ecosystem
        config, layout = ecosystem.config, ecosystem.layout
        self._minds: Colony = colony_for(config, layout, states_of(config, layout), ecosystem._modules, ecosystem.shape, 1, 1, None)
        self._near = ecosystem.q._replace(alive=np.zeros(LANES, np.uint8))
        self.rows = int(config.memory.ask("rows", layout.width))
        self._memory = MemoryBlock(config, layout)
        self._one = self._room(1)

    def thoughts(self, places: np.ndarray) -> Thoughts:
        """Of the living in places, int64 (agents,) in ascending order: exact, unless the world is changed from outside before."""
        blocks = places // LANES
        changes = np.flatnonzero(np.diff(blocks, prepend=-1))
        ends = np.append(changes[1:], len(places))
        found, i = [], 0
        while i < len(changes):
            j = i + 1
            first = int(blocks[changes[i]])
            while j < len(changes) and j - i < _BLOCKS and blocks[changes[j]] == first + j - i:
                j += 1
            found.append(self._of(first, first + j - i, places[changes[i] : ends[j - 1]]))
            i = j
        if len(found) == 1:
            return found[0]
        return Thoughts(*map(np.concatenate, zip(*found, strict=True))) if found else self._room(0)

    def _of(self, first: int, last: int, places: np.ndarray) -> Thoughts:
        """Of places in blocks first .. last - 1."""
        e, room = self.ecosystem, self._one if last - first == 1 else self._room(last - first)
        e.kernels.ponder(e.colony, self._minds, e.world, e.q, self._near, first, last, room)
        rows = places - first * LANES
        return Thoughts(*(column[rows] for column in room))

    def _room(self, blocks: int) -> Thoughts:
        n, d = self.ecosystem.layout.width, self.ecosystem.layout.values
        return Thoughts(*(np.zeros((blocks * LANES, m), np.float32) for m in (n, n, d, n, d, 1, self.rows, self.rows)))

    def contents(self, place: int) -> np.ndarray | None:
        """float32 (.., D): the memory of the agent in a place, its last write included; None where memories do not show theirs."""
        if not self.ecosystem.config.memory.offers("contents"):
            return None
        return self._memory.contents(self.ecosystem.colony, place // LANES)[..., place % LANES].copy()
