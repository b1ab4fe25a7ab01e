"""The minds of an ecosystem: genes and lifetime state of every agent, and scratch for every thread."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from alife.core import rng
from alife.core.lanes import LANES
from alife.core.layout import Layout
from alife.sim.colony import lanes_of, state_text
from alife.sim.head import head_of
from alife.sim.room import roomy
from alife.sim.tick import slots_of

if TYPE_CHECKING:
    from alife.core.config import Config
    from alife.core.parts import Part

_CHILD = 0xC1
_OCTAVES = 8
_COUNTS = 8
"""Of int64 in a cache line."""


class Colony(NamedTuple):
    """The minds. `own` arrays are (blocks, .., LANES), `shared` ones (parts, ..)."""

    genes: np.ndarray
    flat: np.ndarray
    """(blocks, genes, LANES): the same numbers"""
    bits: np.ndarray
    """uint32, the same bytes"""
    keep: np.ndarray
    """(blocks, 1, LANES): 0 where nothing is recalled"""
    net: Any
    net_own: tuple[np.ndarray, ...]
    net_shared: tuple[np.ndarray, ...]
    store: Any
    store_own: tuple[np.ndarray, ...]
    store_shared: tuple[np.ndarray, ...]
    store_flat: tuple[np.ndarray, ...]
    """(blocks, size, LANES): what of `store_own` belongs to single agents"""
    own_flat: tuple[np.ndarray, ...]
    """(blocks, size, LANES): what of all `.._own` belongs to single agents"""
    starts: tuple[np.ndarray, ...]
    """(size, LANES): each of these before anybody lived"""
    head: Any
    head_own: tuple[np.ndarray, ...]
    head_shared: tuple[np.ndarray, ...]
    x: np.ndarray
    h: np.ndarray
    k: np.ndarray
    """(parts, n, LANES): as in a block of alife/sim/agent.py"""
    r: np.ndarray
    v: np.ndarray
    """(parts, D, LANES)"""
    g: np.ndarray
    born: np.ndarray
    """(parts, 1, LANES)"""
    slots: np.ndarray
    """int64 (7,): `slots_of` of alife/sim/tick.py"""
    counts: np.ndarray
    """int64 (parts, 8), a cache line each: agent-ticks, and in how many something was written, the head jumped, something was
    recalled"""
    most: np.ndarray
    """int64 (3,): most mutations, octaves, whether a child copies its mother's memory"""
    span: np.ndarray
    """float32 (3,): largest step of a gene, its bounds"""
    seed: np.ndarray
    """uint64 (1,)"""


_LASTING = ("genes", "flat", "bits", "keep", "store_flat", "own_flat", "starts", "slots", "most", "span", "seed")
"""Of a colony, whatever the number of threads."""


def states_of(config: Config, layout: Layout) -> dict[str, Any]:
    """`net`, `store` and `head` of one block of minds, before anybody lived."""
    width = layout.width
    return {
        "net": config.controller.ask("state", width),
        "store": config.memory.ask("state", width),
        "head": head_of(layout, int(config.memory.ask("rows", width))),
    }


def colony_for(
    config: Config,
    layout: Layout,
    states: dict[str, Any],
    modules: dict[str, ModuleType],
    shape: tuple[int, ...],
    blocks: int,
    parts: int,
    old: Colony | None,
) -> Colony:
    """Empty minds with scratch for so many threads; those of `old`, where there is one. shape: of an agent's genes."""
    made: dict[str, Any] = {}
    for name, state in states.items():
        _, _, own, shared = state_text(state, tuple(getattr(modules[name], "SHARED", ())), name)
        made[name] = state
        made[f"{name}_own"] = getattr(old, f"{name}_own") if old else tuple(roomy(blocks, array) for array in own)
        once = (np.stack([array] * parts) if array.nbytes < 64 else roomy(parts, array, True) for array in shared)
        made[f"{name}_shared"] = tuple(once)
    counts = roomy(parts, np.zeros(_COUNTS, np.int64))
    if old is not None:
        made |= {name: getattr(old, name) for name in _LASTING}
        counts[0] = old.counts.sum(axis=0)
    else:
        made |= _lasting(config, layout, [made[f"{name}_own"] for name in states], made["store_own"], shape, blocks)
    rows = {**dict.fromkeys(("x", "h", "k"), layout.width), "r": layout.values, "v": layout.values, "g": 1, "born": 1}
    scratch: dict[str, Any] = {name: roomy(parts, np.zeros((size, LANES), np.float32)) for name, size in rows.items()}
    return Colony(**made, **scratch, counts=counts)


def _lasting(
    config: Config, layout: Layout, owns: list[tuple[np.ndarray, ...]], store: tuple[np.ndarray, ...], shape: tuple[int, ...], blocks: int
) -> dict[str, Any]:
    """The fields _LASTING of empty minds. owns: of the controllers, memories and heads; store: of the memories."""
    genes = roomy(blocks, np.zeros((*shape, LANES), np.float32))
    flat = genes.reshape(blocks, -1, LANES)
    own_flat = tuple(own[i].reshape(blocks, -1, LANES) for own in owns for i in lanes_of_stacked(own))
    return {
        "genes": genes, "flat": flat, "bits": flat.view(np.uint32), "keep": roomy(blocks, np.ones((1, LANES), np.float32)),
        "store_flat": tuple(store[i].reshape(blocks, -1, LANES) for i in lanes_of_stacked(store)),
        "own_flat": own_flat, "starts": tuple(array[0].copy() for array in own_flat),
        "slots": slots_of(layout, config.head), **_heredity(config),
    }  # fmt: skip


def _heredity(config: Config) -> dict[str, np.ndarray]:
    """Numbers of the world's `heredity`, or defaults."""
    given: dict[str, Any] = {"mutations": 6, "step": 0.5, "memory": "blank"}
    given |= dict(config.world.ask("heredity")) if config.world.offers("heredity") else {}
    low, high = config.controller.ask("bounds")
    return {
        "most": np.array([2 * given["mutations"] - 1, _OCTAVES, given["memory"] != "blank"], np.int64),
        "span": np.array([given["step"], low, high], np.float32),
        "seed": np.array([rng.key(config.run.seed, _CHILD)], np.uint64),
    }


def lanes_of_stacked(own: tuple[np.ndarray, ...]) -> list[int]:
    """Which stacked arrays hold something of each lane."""
    return lanes_of([array[0] for array in own])


def written(memory: Part, state: Any) -> tuple[np.ndarray, ...]:
    """Arrays (.., LANES) of all that writes change in a state of the memory, nothing waiting. The memory offers `contents`."""
    return tuple(memory.module.written(state)) if memory.offers("written") else (memory.module.contents(state),)


class MemoryBlock:
    """The memory of sixteen agents by itself, blank at first, to look at and to write into: no colony notices."""

    def __init__(self, config: Config, layout: Layout) -> None:
        self._memory = config.memory
        self.state: Any = self._memory.ask("state", layout.width)
        self.arrays = state_text(self.state, tuple(getattr(self._memory.module, "SHARED", ())), "store")[2]
        """what a colony keeps of it for every block, in the order of `store_own`"""

    def contents(self, colony: Colony, block: int) -> np.ndarray:
        """float32 (.., LANES): those of a block of the colony, copied here, writes that wait included. The memory offers `contents`."""
        return self.tells("contents", colony, block)

    def tells(self, function: str, colony: Colony, block: int) -> np.ndarray:
        """(.., LANES): what an optional function of the memory, `contents` or `fill`, tells of a block of the colony, copied here."""
        for array, stacked in zip(self.arrays, colony.store_own, strict=True):
            array[...] = stacked[block]
        return np.asarray(getattr(self._memory.module, function)(self.state))
