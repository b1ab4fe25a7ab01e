"""One evolution in memory: a generation at a time, and all of it as arrays for a checkpoint."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from alife.core import rng
from alife.core.config import Config
from alife.evolve.genome import Generation, digest, diversity, fitting, space_of
from alife.evolve.judge import SELECT, Judge, Verdict
from alife.sim.agent import Agent
from alife.sim.lives import Evaluator, life_seeds

_COUNTERS = (
    "generation", "agent_ticks", "lives", "not_finite", "restarts", "started_at", "improved_at", "champion_id", "solved_at",
    "solved_evaluations",
)  # fmt: skip


_NOTICED = 0.01
"""of z: by how much a candidate must be better to be found better; noise drifts up by less in many generations"""
_PROMISING = 4
"""a new start of age `patience` goes on if it is among the best of so many"""


class Report(NamedTuple):
    """A generation in numbers, for the database and the display."""

    generation: int
    """1 for the first"""
    evaluations: int
    """genomes scored so far, each on `evolve.lives` lives; validation counts by its lives"""
    agent_ticks: int
    best: float
    mean: float
    median: float
    champion: float
    """validated score"""
    z: float
    """of the champion, validated"""
    diversity: float
    born: Generation
    seconds: float
    """in lives"""
    restarted: bool
    """the next generation is a first one again"""


class Evolution:
    """Strategy, champion and counters of one run. Equal configs give equal bytes, however often it is interrupted."""

    def __init__(self, config: Config, agent: Agent) -> None:
        self.config, self.agent = config, agent
        self.generation = self.agent_ticks = self.lives = self.not_finite = 0
        self.restarts = self.started_at = 0
        """new starts, and the generation after which the last one was made"""
        self.improved_at, self.best_merit = 0, -np.inf
        """the generation in which the best candidate since then was found, and its merit"""
        self.early: list[float] = []
        """the best merit of every start at the age of `patience`"""
        self._start()
        self.champion = np.zeros(agent.genes, np.float32)
        self.champion_id = -1
        self.verdict = Verdict(-np.inf, -np.inf, -np.inf)
        self.solved_at: int | None = None
        """the generation whose champion passed the fresh lives"""
        self.solved_evaluations: int | None = None

    def _start(self) -> None:
        """A first generation, another one at every new start."""
        config = self.config
        seed = rng.key(config.run.seed, self.restarts)
        space, population = space_of(self.agent), config.evolve.population
        params = config.strategy.params
        if hasattr(params, "at_start"):
            params = params.at_start(self.restarts)
        self.strategy = config.strategy.module.Strategy(params, config.selection, space, population, seed)

    @property
    def evaluations(self) -> int:
        """Lives lived so far, in genomes: selection, validation and confirmation together."""
        return -(-self.lives // self.config.evolve.lives)

    @property
    def is_polished(self) -> bool:
        """Solved, and the champion also solves stretched lives, or no better one was found for long."""
        if self.solved_at is None:
            return False
        bar = max(self.config.evolve.solved, 0.998)
        found_at = max(self.solved_at, self.champion_id // self.config.evolve.population)
        return self.verdict.stretched_z >= bar or self.generation - found_at >= self.config.evolve.polish

    def step(self, evaluator: Evaluator, judge: Judge) -> Report:
        """One generation. Until it is complete nothing has changed, so that it can be stopped at any time."""
        settings, seed, generation = self.config.evolve, self.config.run.seed, self.generation + 1
        born = self.strategy.ask()
        where = evaluator if self.solved_at is None else judge.longer  # polishing asks for more than the problem did
        result = where.evaluate(born.genomes, life_seeds(settings.lives, seed, SELECT, generation))
        bad = ~np.isfinite(result.scores)
        scores = np.where(bad, np.float32(-np.inf), result.scores)
        means = scores.mean(axis=1, dtype=np.float64)
        before = (judge.lived, judge.ticks, judge.seconds)
        candidate = int(means.argmax())
        found = judge.judge(born.genomes[candidate])
        is_better = self.champion_id < 0 or found.merit > self.verdict.merit
        may_solve = found.z >= settings.solved and (is_better or self.solved_at is None)
        solves = may_solve and judge.confirm(born.genomes[candidate], settings.report, generation) >= settings.solved
        self.strategy.tell(scores)  # nothing below can be stopped
        lived, ticks, seconds = (a - b for a, b in zip((judge.lived, judge.ticks, judge.seconds), before, strict=True))
        self.generation = generation
        if solves or (is_better and self.solved_at is None):
            self.champion, self.verdict = born.genomes[candidate].copy(), found
            self.champion_id = generation * len(scores) + candidate
        self.lives += scores.size + int(lived)
        self.agent_ticks += result.ticks + int(ticks)
        self.not_finite += int(bad.sum())
        if solves and self.solved_at is None:
            self.solved_at, self.solved_evaluations = generation, self.evaluations
        restarted = self._restart_if_stuck(found.merit)
        finite = means[np.isfinite(means)]
        middle = (float(finite.mean()), float(np.median(finite))) if len(finite) else (np.nan, np.nan)
        best = float(means.max())
        return Report(
            generation, self.evaluations, self.agent_ticks, best, *middle,
            self.verdict.score, self.verdict.z, diversity(born.genomes), born, result.seconds + seconds, restarted,
        )  # fmt: skip

    def _restart_if_stuck(self, merit: float) -> bool:
        """A new start where no candidate was better for `patience`, or for as long as the best one took; the champion so far stays.

        A start that is not the first is given up at the age of `patience` already, unless it is among the best quarter of all at
        that age (asynchronous successive halving, Li et al. 2020, with one rung).
        """
        if merit > self.best_merit + _NOTICED:
            self.improved_at, self.best_merit = self.generation, merit
        patience = max(self.config.evolve.patience, self.improved_at - self.started_at)
        stuck = self.generation - self.improved_at >= patience
        if self.solved_at is None and self.generation - self.started_at == self.config.evolve.patience:
            ahead = sum(other >= self.best_merit for other in self.early)
            self.early.append(float(self.best_merit))
            stuck |= ahead >= -(-len(self.early) // _PROMISING)
        if self.solved_at is not None or not stuck:
            return False
        self.restarts += 1
        self.started_at, self.improved_at, self.best_merit = self.generation, self.generation, -np.inf
        self._start()
        return True

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that the rest of the run depends on."""
        return {"champion": self.champion, **{f"strategy.{k}": v for k, v in self.strategy.arrays().items()}}

    def meta(self) -> dict[str, Any]:
        """The numbers beside the arrays."""
        verdict = [v if np.isfinite(v) else None for v in self.verdict]
        merit = self.best_merit if np.isfinite(self.best_merit) else None
        counters = {name: getattr(self, name) for name in _COUNTERS}
        early = [v if np.isfinite(v) else None for v in self.early]
        return {**counters, "verdict": verdict, "best_merit": merit, "early": early, "digest": digest(self.champion)}

    def restore(self, arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> None:
        """Back to where `arrays` and `meta` were taken. KeyError, TypeError or ValueError where they do not fit the config."""
        prefix = "strategy."
        for name in _COUNTERS:
            setattr(self, name, _counter(name, meta[name]))
        self._start()  # as many new starts as `restarts` says: each has a seed of its own
        self.strategy.restore({k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)})
        self.best_merit = -np.inf if meta["best_merit"] is None else float(meta["best_merit"])
        self.early = [-np.inf if v is None else float(v) for v in meta.get("early", [])]
        self.champion = fitting(arrays["champion"], self.champion, "champion")
        self.verdict = Verdict(*(-np.inf if v is None else float(v) for v in meta["verdict"]))


def _counter(name: str, value: Any) -> int | None:
    """A whole number; None where nothing is solved yet, -1 where there is no champion."""
    if value is None and name.startswith("solved_"):
        return None
    if type(value) is not int or not -1 <= value < 1 << 62 or (value < 0 and name != "champion_id"):
        raise ValueError(f"{name}: expected a whole number, found {value!r}")
    return value
