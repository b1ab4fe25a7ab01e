"""The champion of a run on lives that were never used before, also at other lengths and memory sizes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from alife.core import config as configs
from alife.core.config import Config
from alife.core.errors import ConfigError
from alife.evolve.ecology import is_ecosystem
from alife.evolve.evolution import Evolution
from alife.evolve.genome import digest
from alife.evolve.judge import TEST, interval
from alife.evolve.run import config_of, cores
from alife.insight.saved import genome_of
from alife.sim.agent import Agent
from alife.sim.lives import Evaluator, life_seeds
from alife.store.folder import RunFolder


@dataclasses.dataclass(frozen=True)
class Score:
    """A mean over lives with its 95 % interval, and what it means."""

    run: str | None
    world: str
    score: float
    low: float
    high: float
    ceiling: float
    optimum: float
    z: float
    lives: int
    agent_ticks: int
    seconds: float
    digest: str


def champion_of(run: Path, overrides: Sequence[str] = (), **explicit: Any) -> tuple[Config, Agent, np.ndarray]:
    """Config with the overrides, its agents, and the champion's genome float32 (genes,) from a run folder."""
    folder = RunFolder.open(run)
    if is_ecosystem(config_of(folder)):
        raise ConfigError(f"{run} is an ecosystem, which has no champion; look at its agents with: alife inspect {run}")
    config = configs.load(folder.config, overrides, explicit)
    genome, _ = genome_of(folder)
    agent = Agent(config)
    if len(genome) != agent.genes:
        raise ConfigError(f"the champion has {len(genome)} genes, this config needs {agent.genes}: its controller differs")
    return config, agent, genome


def score_run(run: Path, lives: int = 1000, overrides: Sequence[str] = (), threads: int | None = None) -> Score:
    """Score the champion of a run on `lives` fresh lives; the same lives at every call."""
    if lives < 1:
        raise ConfigError(f"--lives: expected a whole number >= 1, got {lives}")
    config, agent, genome = champion_of(run, overrides, **({} if threads is None else {"run.threads": threads}))
    agent.compile()
    with Evaluator(agent, config.run.threads or cores()) as evaluator:
        result = evaluator.evaluate_one(genome, lives, config.run.seed, TEST)
    mean, low, high = interval(result.scores[0])
    world = config.world
    return Score(
        run=str(run), world=world.kind, score=mean, low=low, high=high,
        ceiling=float(world.ask("ceiling")), optimum=float(world.ask("optimum")),
        z=agent.z(mean), lives=lives, agent_ticks=result.ticks, seconds=result.seconds, digest=digest(genome),
    )  # fmt: skip


def score_first(config: Config, lives: int = 1000) -> Score:
    """Mean score of the first generation of a config, each agent on the same `lives` lives; the interval is over lives.

    The digest is that of all its genomes.
    """
    if lives < 1:
        raise ConfigError(f"--lives: expected a whole number >= 1, got {lives}")
    agent, world = Agent(config), config.world
    genomes = Evolution(config, agent).strategy.ask().genomes
    agent.compile()
    with Evaluator(agent, config.run.threads or cores()) as evaluator:
        result = evaluator.evaluate(genomes, life_seeds(lives, config.run.seed, TEST))
    mean, low, high = interval(result.scores.mean(axis=0, dtype=np.float64))
    return Score(
        run=None, world=world.kind, score=mean, low=low, high=high, ceiling=float(world.ask("ceiling")),
        optimum=float(world.ask("optimum")), z=agent.z(mean), lives=lives, agent_ticks=result.ticks, seconds=result.seconds,
        digest=digest(genomes),
    )  # fmt: skip
