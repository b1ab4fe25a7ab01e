"""How many evaluations and seconds evolution takes to solve a problem, seed by seed, beside the published budgets.

Runs as `alife evolve PROBLEM --until-solved` at default settings, but they stop as soon as their champion has passed the fresh lives
(no polishing), or after MINUTES. An evaluation is one genome on all lives of selection; validation counts by its lives. Seconds: wall clock
from the first generation to the one that solved it, all cores. A seed that does not solve its problem counts as infinitely many.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from alife.bench._measure import Row
from alife.core.errors import ConfigError
from alife.evolve import run as runs
from alife.evolve.evolution import Evolution, Report
from alife.insight.problems import ENOUGH, PROBLEMS, SEEDS, Problem

NAMES = ("copy", "shelves", "tmaze-double", "seasons")
MINUTES = 0.75
"""After which a run is given up."""


class _Clock:
    """A listener that notes when the problem was solved."""

    seconds: float | None = None

    def note(self, text: str) -> None:
        """Nothing to be heard here."""

    def generation(self, report: Report, evolution: Evolution, seconds: float) -> None:
        """Seconds since the start of the run."""
        if evolution.solved_at == report.generation:
            self.seconds = seconds


class Solved(NamedTuple):
    """Of one seed; inf where it did not solve its problem."""

    evaluations: float
    seconds: float


def learnt(problem: Problem, seed: int, explicit: Mapping[str, Any] | None = None) -> Solved:
    """One run, in a folder that is gone afterwards."""
    clock = _Clock()
    options = {"evolve.polish": 0, "evolve.report": 2, "evolve.hours": MINUTES / 60, **(explicit or {})}
    with tempfile.TemporaryDirectory(prefix="alife-bench-") as folder:
        outcome = runs.begin(problem.config(seed, options), Path(folder), clock)
    if clock.seconds is None or outcome.solved_evaluations is None:
        return Solved(np.inf, np.inf)
    return Solved(float(outcome.solved_evaluations), clock.seconds)


def run(seeds: int = SEEDS, names: Sequence[str] = NAMES, explicit: Mapping[str, Any] | None = None) -> list[Row]:
    """Two rows a problem, over seeds 1, 2, .. ConfigError where there is none of that name."""
    known = {problem.name: problem for problem in PROBLEMS}
    if unknown := [name for name in names if name not in known]:
        raise ConfigError(f"no problem named {unknown[0]!r}; known: {', '.join(known)}")
    rows: list[Row] = []
    for name in names:
        rows += rows_of(known[name], [learnt(known[name], seed, explicit) for seed in range(1, seeds + 1)])
    return rows


def rows_of(problem: Problem, found: Sequence[Solved]) -> list[Row]:
    """Evaluations beside the published budget, and seconds: medians and quartiles over seeds, a quartile at infinity is null."""
    solved = sum(np.isfinite(each.evaluations) for each in found)
    enough = "" if solved * SEEDS >= ENOUGH * len(found) else f"; NOT SOLVED: fewer than {ENOUGH} in {SEEDS}"
    what = f"solved by {solved} of {len(found)} seeds{enough}"
    budget = f"; reference: {problem.published}; ratio: times fewer" if problem.evaluations else ""
    nothing = "" if budget else f"; no published number of evaluations ({problem.published or 'nothing published'})"
    evaluations = _row(f"learning.{problem.name}", [each.evaluations for each in found], "evaluations", f"{what}{budget}{nothing}")
    if problem.evaluations and evaluations.value:
        evaluations = evaluations._replace(reference=float(problem.evaluations), ratio=problem.evaluations / evaluations.value)
    told = f"{what}; wall clock, threads: {runs.cores()}"
    seconds = _row(f"learning.{problem.name}.seconds", [each.seconds for each in found], "s", told)
    return [evaluations, seconds]


def _row(name: str, values: Sequence[float], unit: str, note: str) -> Row:
    """Quartiles are values of seeds, so that infinite ones do no harm."""
    low, middle, high = (float(q) for q in np.quantile(values, (0.25, 0.5, 0.75), method="closest_observation"))
    return Row(name, *_finite(middle), unit, None, None, *_finite(low), *_finite(high), note)


def _finite(value: float) -> tuple[float | None]:
    return (value if np.isfinite(value) else None,)
