"""A whole evolution as `alife evolve copy` runs it: how much of it are lives, and how fast it is from end to end.

Timed from the end of the first generation to that of the last, so that starting up and the final report do not count;
lives are those of selection and validation. All cores take part, so other programs on them are felt.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from alife.bench._measure import Row, row
from alife.core import config
from alife.evolve import run as runs
from alife.evolve.evolution import Evolution, Report

SHARE = 0.15
"""Of the time that may pass outside of lives."""


class _Stopwatch:
    """A listener that notes when a generation is complete."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.in_lives: list[float] = []
        self.ticks: list[int] = []

    def note(self, text: str) -> None:
        """Nothing to be heard here."""

    def generation(self, report: Report, evolution: Evolution, seconds: float) -> None:
        """Wall clock, seconds in lives, agent-ticks so far."""
        self.at.append(time.perf_counter())
        self.in_lives.append(report.seconds)
        self.ticks.append(report.agent_ticks)


def run(rounds: int = 7, population: int = 512, generations: int = 60) -> list[Row]:
    """The share outside of lives, and agent-ticks a second; each round is a run with another seed."""
    found = np.array([_once(seed, population, generations) for seed in range(rounds + 1)][1:])  # the first may compile
    outside, speed, in_lives = (found[:, i] for i in range(3))
    share, fastest = float(np.median(outside)), float(np.median(in_lives))
    what = f"copy, population {population}, {generations} generations, {runs.cores()} cores"
    told = f"of the time, outside of lives; {what}; reference: at most; ratio: below 1 is good"
    told_speed = "from end to end; reference: in lives alone; ratio: share of that"
    return [
        row("evolve.outside", outside, "share", SHARE, share / SHARE, told),
        row("evolve.speed", speed, "M agent-ticks/s", fastest, float(np.median(speed)) / fastest, told_speed),
    ]


def _once(seed: int, population: int, generations: int) -> tuple[float, float, float]:
    """Share outside of lives, and million agent-ticks a second: from end to end and in lives."""
    watch = _Stopwatch()
    explicit = {"run.seed": seed, "evolve.population": population, "evolve.generations": generations}
    with tempfile.TemporaryDirectory(prefix="alife-bench-") as folder:
        runs.begin(config.load("copy", (), explicit), Path(folder), watch)
    seconds, in_lives = watch.at[-1] - watch.at[0], sum(watch.in_lives[1:])
    ticks = (watch.ticks[-1] - watch.ticks[0]) / 1e6
    return 1 - in_lives / seconds, ticks / seconds, ticks / in_lives
