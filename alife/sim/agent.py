"""A block: sixteen agents of one config side by side, with everything a tick of theirs touches."""

from __future__ import annotations

import dataclasses
import functools
import os
import time
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from alife.core.errors import ConfigError
from alife.core.lanes import LANES, aligned
from alife.core.layout import Layout, layout_of
from alife.sim.fuse import fuse
from alife.sim.head import Head
from alife.sim.minds import states_of
from alife.sim.tick import slots_of

if TYPE_CHECKING:
    from alife.core.config import Config


STRETCHED_MEMORY = 4


class Block(NamedTuple):
    """Sixteen agents."""

    world: Any
    net: Any
    memory: Any
    head: Head
    x: np.ndarray
    """(n, LANES): the slots"""
    h: np.ndarray
    """(n, LANES): after the first half"""
    k: np.ndarray
    """(n, LANES): what of it is hashed"""
    r: np.ndarray
    """(D, LANES): the recall of this tick"""
    v: np.ndarray
    """(D, LANES): the values of this tick"""
    g: np.ndarray
    """(1, LANES): the write gate"""
    born: np.ndarray
    """(1, LANES)"""
    alive: np.ndarray
    """int64 (LANES,)"""
    slots: np.ndarray
    """int64 (7,): `slots_of` of alife/sim/tick.py"""


class Agent:
    """The agents of one config: their layout, their genes' shape, their compiled loop."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.layout: Layout = layout_of(config)
        self.world, self.controller, self.memory = config.world, config.controller, config.memory
        self.shape: tuple[int, ...] = self.controller.ask("shape", self.layout.width)
        self.genes = int(np.prod(self.shape))
        self.longest = int(self.world.ask("ticks"))
        if self.longest < 1:
            raise ConfigError(f"{self.world.kind}: ticks: expected a whole number >= 1, got {self.longest}")

    def z(self, score: float) -> float:
        """Where a score lies between the best agent without a memory (0) and the best agent (1).

        ConfigError where the world says that there is nothing between the two.
        """
        ceiling = float(self.world.ask("ceiling"))
        optimum = float(self.world.ask("optimum"))
        if not ceiling < optimum:
            raise ConfigError(f"world: expected ceiling < optimum at these sizes, got {ceiling:g} and {optimum:g}")
        return (score - ceiling) / (optimum - ceiling)

    def stretched(self) -> Agent:
        """The same agents in longer lives of the same kind, where the world knows such; else these very agents.

        They get a memory of `STRETCHED_MEMORY` times the bits, or what it calls `larger`, which no genome notices: what is
        judged is what the agent does over a long life, not how much crosstalk its memory bears.
        """
        if not self.world.offers("stretched"):
            return self
        world = dataclasses.replace(self.world, params=self.world.ask("stretched"))
        params: Any = self.memory.params
        if self.memory.offers("larger"):
            params = self.memory.ask("larger", STRETCHED_MEMORY)
        else:
            params = params.model_copy(update={"bits": STRETCHED_MEMORY * params.bits})
        return Agent(dataclasses.replace(self.config, world=world, memory=dataclasses.replace(self.memory, params=params)))

    @functools.cached_property
    def kernels(self) -> ModuleType:
        """The fused loop of this triple."""
        return fuse(self.world.module, self.controller.module, self.memory.module)

    def floats(self) -> int:
        """Numbers that the memory of an agent is made of."""
        width = self.layout.width
        if self.memory.offers("floats"):
            return int(self.memory.ask("floats", width))
        return int(self.memory.ask("rows", width)) * self.layout.values

    def check_room(self, blocks: int) -> None:
        """ConfigError where the memories of so many blocks are larger than this machine's."""
        wanted = blocks * self.floats() * LANES * 4
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else wanted
        if wanted > there:
            raise ConfigError(
                f"memory.bits: {self.floats():,} numbers an agent for {blocks} x {LANES} agents at a time need "
                f"{wanted / 1e9:.1f} GB, this machine has {there / 1e9:.1f}; try fewer bits or run.threads=1"
            )

    def block(self) -> Block:
        """Fresh arrays for sixteen agents."""
        self.check_room(1)
        layout, width, states = self.layout, self.layout.width, states_of(self.config, self.layout)
        return Block(
            self.world.ask("state"),
            states["net"],
            states["store"],
            states["head"],
            aligned((width, LANES)),
            aligned((width, LANES)),
            aligned((width, LANES)),
            aligned((layout.values, LANES)),
            aligned((layout.values, LANES)),
            aligned((1, LANES)),
            aligned((1, LANES)),
            np.zeros(LANES, np.int64),
            slots_of(layout, self.config.head),
        )

    def in_lanes(self, genomes: np.ndarray) -> np.ndarray:
        """(agents, genes) -> (blocks, *shape, LANES), 64-byte aligned; the last block is filled up with the last agent."""
        agents = genomes.shape[0]
        blocks = -(-agents // LANES)
        out = aligned((blocks, *self.shape, LANES))
        flat = out.reshape(blocks, self.genes, LANES)
        whole = agents // LANES
        flat[:whole] = genomes[: whole * LANES].reshape(whole, LANES, self.genes).transpose(0, 2, 1)
        for lane in range(agents - whole * LANES):
            flat[whole, :, lane] = genomes[whole * LANES + lane]
        for lane in range(agents - whole * LANES, LANES if whole < blocks else 0):
            flat[whole, :, lane] = genomes[-1]
        return out

    def compile(self) -> float:
        """Compile or load the loop; returns the seconds it took."""
        started = time.perf_counter()
        block, genes = self.block(), self.in_lanes(np.zeros((1, self.genes), np.float32))
        seeds = np.zeros((1, LANES), np.uint64)
        scores = np.zeros((1, LANES, 1), np.float32)
        lived = np.zeros((1, LANES), np.int64)
        self.kernels.lives(block, genes, 0, 1, seeds, 0, 1, 0, scores, lived)
        self.kernels.begin(block, seeds[0])
        self.kernels.advance(block, genes[0], 0, lived[0])
        self.kernels.score(block, 0)
        return time.perf_counter() - started
