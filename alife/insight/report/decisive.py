"""One life of a champion, tick by tick, and the moment in it at which its memory decided most."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core import rng
from alife.core.lanes import LANES
from alife.evolve.judge import TEST
from alife.insight.moment import Look, thought
from alife.insight.track import Track
from alife.insight.why import recalled
from alife.sim.agent import Agent

MOST_TICKS, MOST_LOOKS, MOST_LIVES = 400, 64, 8
"""Ticks of a life that are lived, and of these that are looked into; lives until one is found in which the memory changes an action."""


class Tick(NamedTuple):
    """What was done in one tick."""

    phase: str
    """as the world calls it; empty where it does not say"""
    gate: float
    """the write gate, 0 to 1"""
    recall: float
    """mean square root of the recalled values"""
    asked: bool
    """the world counts this answer, as far as it says so"""
    right: int
    answers: int
    """right ones and all that this tick gave"""


class Decision(NamedTuple):
    """A tick at which the memory matters."""

    tick: int
    """of the life, from 0"""
    look: Look
    adds: list[float]
    """what all recalled values add to each action"""
    without: int
    """the strongest action if they were 0 and the gates stayed"""
    changes: bool
    """another one than with them"""


class Life(NamedTuple):
    """One of the lives of `alife score`."""

    number: int
    """from 0"""
    ticks: list[Tick]
    ended: bool
    """False: it is longer than MOST_TICKS"""
    score: float
    """NaN where it has not ended"""
    decision: Decision | None
    """None where the controller tells no gates"""


def life_of(agent: Agent, genome: np.ndarray) -> Life:
    """The first of the lives of a genome float32 (genes,) in which the memory changes an action; if there is none, the first."""
    lives = []
    for number in range(MOST_LIVES):
        lives.append(live(agent, genome, number))
        decision = lives[-1].decision
        if decision is None or decision.changes:
            break
    return lives[-1] if decision and decision.changes else lives[0]


def live(agent: Agent, genome: np.ndarray, number: int) -> Life:
    """One life. Decisive is, among the ticks that count, where the action would be another one without the recall, the one to which
    the recall adds most; where it never would, the one to which it adds most."""
    kernels, module, block = agent.kernels, agent.world.module, agent.block()
    w = agent.in_lanes(genome[None])[0]
    progress, asking = getattr(module, "progress", None), getattr(module, "asking", None)
    track = Track(agent.controller, agent.layout, genome.reshape(agent.shape))
    seed = rng.draw(np.uint64(rng.key(agent.config.run.seed, TEST)), 0, number, 0)
    kernels.begin(block, np.full(LANES, seed, np.uint64))
    block.alive[1:] = 0
    ticks: list[Tick] = []
    best: tuple[tuple[bool, bool, float], Decision] | None = None
    before, looks = (0, 0), 0
    while block.alive[0] and len(ticks) < min(MOST_TICKS, agent.longest):
        phase = progress(block.world, 0)[0] if progress else ""
        asked = bool(asking(block.world, 0)) if asking else False
        moment = thought(agent, block, w, len(ticks))
        track.add(moment)
        if looks < MOST_LOOKS and (asked or not asking) and moment.recall.any():
            looks += 1
            found = _decision(track, len(ticks))
            if found and (best is None or _weight(found, asked) > best[0]):
                best = _weight(found, asked), found
        kernels.do(block)
        now = progress(block.world, 0)[1:] if progress else (0, 0)
        size = float(np.sqrt((moment.recall.astype(np.float64) ** 2).mean()))
        ticks.append(Tick(str(phase), moment.gate, size, asked, int(now[0] - before[0]), int(now[1] - before[1])))
        before = now
    ended = not block.alive[0]
    if best is None and track.ticks and (found := _decision(track, len(ticks) - 1)):  # nothing was ever recalled: the last thought
        best = _weight(found, True), found
    return Life(number, ticks, ended, float(kernels.score(block, 0)) if ended else float("nan"), best[1] if best else None)


def _decision(track: Track, tick: int) -> Decision | None:
    look = track.look()
    if not look.because or not look.actions:
        return None
    adds, without = recalled(look)
    return Decision(tick, look, adds, without, without != look.action)


def _weight(of: Decision, asked: bool) -> tuple[bool, bool, float]:
    size = float(np.abs(np.nan_to_num(of.adds)).sum())
    return asked, of.changes, round(size, 9)
