"""Is the memory used? The champion with its memory taken away, in several ways, on the same lives.

    memory_off        every recall is 0: the memory is emptied before each tick
    memory_zeroed     emptied just before every question of a life; what was seen since the last one is lost too
    memory_scrambled  before each tick the rows of M change places at random: same numbers, wrong addresses
    writes_frozen     what is written from the first question on is lost again

What a question is, the world says (`asking`, alife/core/contracts.py). A world that shows first and asks then should lose
nothing by frozen writes; where there is more to be learnt after the first question, they take that away. Beside these stand
the controls that were evolved for this run, if there are any (alife/insight/controls.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from alife.core import rng
from alife.core.errors import ConfigError
from alife.core.lanes import LANES, aligned
from alife.evolve.judge import TEST, interval
from alife.insight import controls
from alife.insight.score import champion_of
from alife.sim.agent import Agent, Block
from alife.sim.minds import written
from alife.store.folder import RunFolder

ARMS = ("full", "memory_off", "memory_zeroed", "memory_scrambled", "writes_frozen")


class Arm(NamedTuple):
    """One way of taking the memory away: mean score and z, each with its 95 % interval."""

    score: float
    z: float
    low: float
    high: float
    zlow: float
    zhigh: float


class _Patient:
    """Sixteen copies of a champion, each in a life of its own, a tick at a time."""

    def __init__(self, agent: Agent, genome: np.ndarray) -> None:
        self.agent, self.kernels = agent, agent.kernels
        self.block: Block = agent.block()
        self.w = agent.in_lanes(np.repeat(genome[None], LANES, axis=0))[0]
        self.asked = np.zeros(LANES, bool)
        """lanes that have come to their first question"""

    def contents(self) -> np.ndarray:
        """(.., LANES), of a memory that offers them."""
        return self.agent.memory.module.contents(self.block.memory)

    def written(self) -> tuple[np.ndarray, ...]:
        """Arrays (.., LANES) of all that writes change, of a memory that offers contents."""
        return written(self.agent.memory, self.block.memory)

    def forget(self, lanes: np.ndarray) -> None:
        """Empty the memory of some lanes, bool (LANES,)."""
        who = aligned((1, LANES))
        who[0] = lanes
        self.agent.memory.module.begin(self.block.memory, who)

    def asking(self) -> np.ndarray:
        """bool (LANES,): for whom the coming tick is a question."""
        asking, alive = self.agent.world.module.asking, self.block.alive
        now = np.array([bool(alive[lane] and asking(self.block.world, lane)) for lane in range(LANES)])
        self.asked |= now
        return now

    def live(self, seeds: np.ndarray, before: Callable[[_Patient], Any], after: Callable[[_Patient, Any], None]) -> np.ndarray:
        """Scores float32 (LANES,) of one life each; `before` and `after` surround every thought."""
        self.kernels.begin(self.block, seeds)
        self.asked[:] = False
        while self.block.alive.any():
            kept = before(self)
            self.kernels.see(self.block)
            self.kernels.think(self.block, self.w)
            after(self, kept)
            self.kernels.do(self.block)
        return np.array([self.kernels.score(self.block, lane) for lane in range(LANES)], np.float32)


def _nothing(patient: _Patient) -> None:
    """The memory as it is."""


def _off(patient: _Patient) -> None:
    patient.forget(np.ones(LANES, bool))


def _zero(patient: _Patient) -> None:
    if (now := patient.asking()).any():
        patient.forget(now)


def _scrambler() -> Callable[[_Patient], None]:
    tick = 0

    def scramble(patient: _Patient) -> None:
        nonlocal tick
        tick += 1
        contents = patient.contents()
        contents[...] = contents[rng.permutation(len(contents), tick)]

    return scramble


def _keep(patient: _Patient) -> list[np.ndarray]:
    patient.asking()
    return [array.copy() for array in patient.written()] if patient.asked.any() else []


def _restore(patient: _Patient, kept: list[np.ndarray]) -> None:
    for array, before in zip(patient.written() if kept else (), kept, strict=True):
        array[..., patient.asked] = before[..., patient.asked]


def _leave(patient: _Patient, kept: Any) -> None:
    """Afterwards: nothing."""


def ablate_run(run: Path, lives: int = 1000, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Every arm of `ARMS` and every control that was evolved, on the lives of `alife score`.

    None where the world does not say when it asks, the memory not what it holds, or no control was evolved. Of a control also
    its genes, and the evaluations it took; those of the run itself stand beside the arms. ConfigError: an ecosystem, no lives.
    """
    if lives < 1:
        raise ConfigError(f"--lives: expected a whole number >= 1, got {lives}")
    config, agent, genome = champion_of(run, overrides)
    agent.compile()
    patient = _Patient(agent, genome)
    knows_question, has_contents = config.world.offers("asking"), config.memory.offers("contents")
    arms: dict[str, tuple[bool, Any, Any]] = {
        "full": (True, _nothing, _leave),
        "memory_off": (True, _off, _leave),
        "memory_zeroed": (knows_question, _zero, _leave),
        "memory_scrambled": (has_contents, _scrambler(), _leave),
        "writes_frozen": (knows_question and has_contents, _keep, _restore),
    }
    rounds = -(-lives // LANES)
    seeds = rng.bits(rounds * LANES, rng.key(config.run.seed, TEST)).reshape(rounds, LANES)
    result: dict[str, Any] = {"run": str(run), "world": config.world.kind, "seed": config.run.seed, "lives": lives}
    result |= {"evaluations": controls.evaluations_of(RunFolder.open(run)), "genes": agent.genes}
    for name, (possible, before, after) in arms.items():
        result[name] = None
        if possible:
            mean, low, high = interval(np.concatenate([patient.live(row, before, after) for row in seeds])[:lives])
            result[name] = Arm(mean, agent.z(mean), low, high, agent.z(low), agent.z(high))._asdict()
    return result | {name: controls.control_of(run, name, lives, overrides) for name in controls.CONTROLS}


def turned(agent: Agent, genome: np.ndarray, seeds: np.ndarray) -> tuple[float, float]:
    """What a champion (genes,) answers where every recall of a question is turned round, on lives of seeds uint64 (m,).

    Of all questions, the share in which another action is the strongest, and the mean share of actions whose sign is another. For the
    length of each question a twin thinks with the memory's contents times -1; what it does and writes is forgotten, the life goes
    on untouched. ConfigError: the world does not say when it asks, or the memory not what it holds.
    """
    if not (agent.world.offers("asking") and agent.memory.offers("contents")):
        raise ConfigError("forced recalls need a world that says when it asks, and a memory that says what it holds")
    agent.compile()
    free, forced = _Patient(agent, genome), _Patient(agent, genome)
    layout, strongest, signs, asked = agent.layout, 0, 0.0, 0
    slots = slice(layout.first_action, layout.first_action + len(layout.actions))
    for row in np.resize(seeds, (-(-len(seeds) // LANES), LANES)):
        free.kernels.begin(free.block, row)
        while free.block.alive.any():
            now = free.asking()
            free.kernels.see(free.block)
            if now.any():
                free.contents()  # no write is left to be made
                _become(forced.block, free.block)
                forced.contents()[...] *= np.float32(-1)
                forced.kernels.think(forced.block, forced.w)
            free.kernels.think(free.block, free.w)
            if now.any():
                did, does = (patient.block.x[slots][:, now] for patient in (free, forced))
                asked += int(now.sum())
                strongest += int((did.argmax(axis=0) != does.argmax(axis=0)).sum())
                signs += float(((did > 0) != (does > 0)).mean(axis=0).sum())
            free.kernels.do(free.block)
    return (strongest / asked, signs / asked) if asked else (math.nan, math.nan)


def _become(target: Any, source: Any) -> None:
    """Copy all arrays of a tree of tuples into those of another one."""
    if isinstance(target, np.ndarray):
        target[...] = source
    elif isinstance(target, tuple):
        for to, of in zip(target, source, strict=True):
            _become(to, of)
