"""Agents evolved for an experiment: runs in a folder of their own, looked at, and gone."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from alife.evolve import run
from alife.evolve.judge import TEST
from alife.insight.ablate import turned
from alife.insight.controls import evolve_controls
from alife.insight.problems import BAR, PROBLEMS, Problem
from alife.insight.score import champion_of
from alife.sim.lives import life_seeds


class _Quiet:
    """Is told how a run goes, and tells nobody."""

    def note(self, text: str) -> None:
        """A line."""

    def generation(self, report: Any, evolution: Any, seconds: float) -> None:
        """A generation."""


def problem(name: str) -> Problem:
    """One of the list of problems. StopIteration: there is none of that name."""
    return next(problem for problem in PROBLEMS if problem.name == name)


@contextmanager
def folder() -> Iterator[Path]:
    """For runs, which go with it."""
    with tempfile.TemporaryDirectory(prefix="alife-lab-", ignore_cleanup_errors=True) as path:
        yield Path(path)


def evolve(what: Problem, seed: int, generations: int, out: Path, controls: bool = False) -> Path:
    """The folder of a run that stops when it has solved the problem, unpolished; with its controls, evolved on the same budget."""
    config = what.config(seed, {"evolve.generations": generations, "evolve.polish": 0, "evolve.solved": BAR, "run.threads": None})
    outcome = run.begin(config, out, _Quiet(), f"{what.name}_s{seed}")
    if controls:
        evolve_controls(Path(outcome.run), _Quiet())
    return Path(outcome.run)


def answers_changed(path: Path, lives: int) -> tuple[float, float]:
    """Shares of a champion's questions in which, with the recall turned round, another action is the strongest, and of its signs."""
    config, agent, genome = champion_of(path)
    return turned(agent, genome, life_seeds(lives, config.run.seed, TEST))


def at_least_so_often(n: int) -> int:
    """Of n fair coins, so many heads come by chance in at most 5 % of cases; n where no number does."""
    tails = np.cumsum([math.comb(n, k) for k in range(n, -1, -1)]) / 2.0**n
    return n - int(np.sum(tails <= 0.05)) + 1 if tails[0] <= 0.05 else n
