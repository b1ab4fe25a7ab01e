"""Lives to be looked at: one lane of a block, tick by tick, and plain snapshots of what happens in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from alife.core import rng
from alife.core.errors import ConfigError
from alife.core.lanes import LANES
from alife.insight.score import TEST
from alife.sim.agent import Agent

_MOVES = ("home", "jump", "hold", "prev")
"""The first that is above 0 fires; see alife/sim/head.py."""


@dataclass(frozen=True)
class Snapshot:
    """One tick: the world as the agent saw it, what its mind made of that, and the scores of the lives before.

    Once `over`, the picture shows what the last actions led to; the mind is still that of the last tick.
    picture: uint8 (height, width, 3). controls: what asks for moves of the head; NaN for a default, the last one, which
    needs no asking. weight: Frobenius norm of the memory, NaN where it does not show its contents. memory: the recalled
    values, and those that the gate lets in. bounds: ceiling and optimum.
    """

    world: str
    about: str
    picture: np.ndarray
    caption: str
    agent: str
    life: int
    tick: int
    over: bool
    senses: list[tuple[str, float]]
    controls: list[tuple[str, float]]
    move: str
    gate: float
    weight: float
    memory: list[tuple[str, float, float]]
    actions: list[tuple[str, float]]
    scores: list[float]
    bounds: tuple[float, float]


class Lives:
    """Life i is life i of `alife score`, lived by row i, modulo their number, of genomes float32 (agents, genes).

    A step is a tick, or the end of a life. Where there are several agents, they are numbered behind the label.
    """

    def __init__(self, agent: Agent, genomes: np.ndarray, label: str) -> None:
        agent.compile()
        world = agent.world
        self.agent, self.genomes, self.label, self.block = agent, genomes, label, agent.block()
        self.bounds = float(world.ask("ceiling")), float(world.ask("optimum"))
        self.life, self.tick, self.over, self.scores = -1, 0, True, list[float]()
        self.step()

    def step(self) -> None:
        """Carry out the last tick's actions, then live the next tick; after the end of a life, the first of another."""
        kernels, block = self.agent.kernels, self.block
        if self.over:
            self._begin()
        else:
            kernels.do(block)
            self.over = not block.alive[0] or self.tick == self.agent.longest
            if self.over:
                self.scores.append(float(kernels.score(block, 0)))
                return
        kernels.see(block)
        self.seen, self.half = block.x.copy(), block.x.copy()
        self.agent.controller.module.perceive(_copied(block.net), self.w, self.half)  # `think` does it too, unseen
        kernels.think(block, self.w)
        self.tick += 1

    def skip(self) -> None:
        """Leave this life, without a score, for the next one."""
        self.over = True
        self.step()

    def _begin(self) -> None:
        self.life, self.tick, self.over = self.life + 1, 0, False
        self.w = self.agent.in_lanes(self.genomes[self.life % len(self.genomes)][None])[0]
        seed = rng.draw(np.uint64(rng.key(self.agent.config.run.seed, TEST)), 0, self.life, 0)
        self.agent.kernels.begin(self.block, np.full(LANES, seed, np.uint64))
        self.block.alive[1:] = 0

    def snapshot(self) -> Snapshot:
        """What there is to be seen now. It shares nothing with the simulation."""
        layout, block, world, module = self.agent.layout, self.block, self.agent.world, self.agent.world.module
        names, default = layout.names, "next" if "next" in layout.moves else "hold"
        controls = [(move, float(self.half[layout.control(move), 0])) for move in _MOVES if move in layout.moves]
        picture = np.asarray(module.picture(_copied(block.world), 0))
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
            raise ConfigError(f"{world.kind}: expected a picture uint8 (h, w, 3), got {picture.dtype} {picture.shape}")
        contents = getattr(self.agent.memory.module, "contents", None)
        number = f" {self.life % len(self.genomes) + 1}" if len(self.genomes) > 1 else ""
        return Snapshot(
            world=Path(world.kind).stem, about=_sentence(module), picture=picture, caption=_sentence(module.picture),
            agent=self.label + number, life=self.life + 1, tick=self.tick, over=self.over,
            senses=[(name, float(self.seen[i, 0])) for i, name in enumerate(layout.observations)],
            controls=controls + [(default, math.nan)] * (default not in dict(controls)),
            move=next((name for name, value in controls if value > 0), default), gate=float(block.g[0, 0]),
            weight=float(np.linalg.norm(contents(_copied(block.memory))[..., 0])) if contents else math.nan,
            memory=[(names[i] or f"slot {i}", float(block.r[i, 0]), float(block.v[i, 0])) for i in range(len(block.r))],
            actions=[(name, float(block.x[i, 0])) for i, name in enumerate(layout.actions, layout.first_action)],
            scores=list(self.scores), bounds=self.bounds,
        )  # fmt: skip


def _copied(part: Any) -> Any:
    """A state with arrays of its own, so that looking into it cannot change it."""
    if isinstance(part, tuple):
        return type(part)(*map(_copied, part))
    return part.copy() if isinstance(part, np.ndarray) else part


def _sentence(thing: Any) -> str:
    """The first sentence of a docstring."""
    return " ".join((thing.__doc__ or "").split("\n\n")[0].split()).split(". ")[0].rstrip(".")
