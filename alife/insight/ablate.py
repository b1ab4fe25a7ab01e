"""Is the memory used? The champion with its memory taken away, in several ways, on the same lives.

    memory_off        every recall is 0: the memory is emptied before each tick
    memory_zeroed     emptied once, just before the first question of a life
    memory_scrambled  before each tick the rows of M change places at random: same numbers, wrong addresses
    writes_frozen     what is written after the first question is lost again
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from alife.core import rng
from alife.core.errors import ConfigError
from alife.core.lanes import LANES, aligned
from alife.evolve.judge import TEST, interval
from alife.insight.score import champion_of
from alife.sim.agent import Agent, Block


class Arm(NamedTuple):
    """One way of taking the memory away."""

    score: float
    z: float
    low: float
    high: float


class _Patient:
    """Sixteen copies of a champion, each in a life of its own, a tick at a time."""

    def __init__(self, agent: Agent, genome: np.ndarray) -> None:
        self.agent, self.kernels = agent, agent.kernels
        self.block: Block = agent.block()
        self.w = agent.in_lanes(np.repeat(genome[None], LANES, axis=0))[0]
        self.begun = np.zeros(LANES, bool)
        """lanes that have come to their first question"""

    def contents(self) -> np.ndarray | None:
        contents = getattr(self.agent.memory.module, "contents", None)
        return contents(self.block.memory) if contents else None

    def forget(self, lanes: np.ndarray) -> None:
        """Empty the memory of some lanes, bool (LANES,)."""
        who = aligned((1, LANES))
        who[0] = lanes
        self.agent.memory.module.begin(self.block.memory, who)

    def live(self, seeds: np.ndarray, before: Callable[[_Patient, np.ndarray], Any], after: Callable[[_Patient, Any], None]) -> np.ndarray:
        """Scores float32 (LANES,) of one life each; `before` and `after` surround every thought."""
        asking = getattr(self.agent.world.module, "asking", lambda s, lane: False)
        self.kernels.begin(self.block, seeds)
        self.begun[:] = False
        while self.block.alive.any():
            now = np.array([bool(asking(self.block.world, lane)) for lane in range(LANES)])
            first = now & ~self.begun
            self.begun |= now
            kept = before(self, first)
            self.kernels.see(self.block)
            self.kernels.think(self.block, self.w)
            after(self, kept)
            self.kernels.do(self.block)
        return np.array([self.kernels.score(self.block, lane) for lane in range(LANES)], np.float32)


def _nothing(patient: _Patient, first: np.ndarray) -> None:
    """The memory as it is."""


def _off(patient: _Patient, first: np.ndarray) -> None:
    patient.forget(np.ones(LANES, bool))


def _zero(patient: _Patient, first: np.ndarray) -> None:
    if first.any():
        patient.forget(first)


def _scrambler() -> Callable[[_Patient, np.ndarray], None]:
    tick = 0

    def scramble(patient: _Patient, first: np.ndarray) -> None:
        nonlocal tick
        tick += 1
        contents = patient.contents()
        if contents is not None:
            contents[...] = contents[rng.permutation(len(contents), tick)]

    return scramble


def _keep(patient: _Patient, first: np.ndarray) -> np.ndarray | None:
    contents = patient.contents()
    return None if contents is None else contents.copy()


def _restore(patient: _Patient, kept: np.ndarray | None) -> None:
    contents = patient.contents()
    if contents is not None and kept is not None:
        contents[..., patient.begun] = kept[..., patient.begun]


def _leave(patient: _Patient, kept: Any) -> None:
    """Afterwards: nothing."""


def ablate_run(run: Path, lives: int = 1000, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Score, z and 95 % interval of every arm, on the lives of `alife score`; None where world or memory cannot tell."""
    if lives < 1:
        raise ConfigError(f"--lives: expected a whole number >= 1, got {lives}")
    config, agent, genome = champion_of(run, overrides)
    agent.compile()
    patient = _Patient(agent, genome)
    knows_question = hasattr(config.world.module, "asking")
    has_contents = hasattr(config.memory.module, "contents")
    arms: dict[str, tuple[bool, Any, Any]] = {
        "full": (True, _nothing, _leave),
        "memory_off": (True, _off, _leave),
        "memory_zeroed": (knows_question, _zero, _leave),
        "memory_scrambled": (has_contents, _scrambler(), _leave),
        "writes_frozen": (knows_question and has_contents, _keep, _restore),
    }
    rounds = -(-lives // LANES)
    seeds = rng.bits(rounds * LANES, rng.key(config.run.seed, TEST)).reshape(rounds, LANES)
    result: dict[str, Any] = {"run": str(run), "world": config.world.kind, "lives": lives}
    for name, (possible, before, after) in arms.items():
        if not possible:
            result[name] = None
            continue
        scores = np.concatenate([patient.live(row, before, after) for row in seeds])[:lives]
        mean, low, high = interval(scores)
        result[name] = Arm(mean, agent.z(mean), low, high)._asdict()
    return result
