"""What the `status` of an evolution and of an ecosystem says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from alife.core.config import Config
from alife.evolve import _disk
from alife.evolve.evolution import Evolution
from alife.store import status
from alife.store.status import clock, in_words, size

if TYPE_CHECKING:
    from alife.evolve.ecology import Progress


def rows(run: Path, evolution: Evolution, state: str, seconds: float, since_checkpoint: float) -> dict[str, str]:
    """Name -> text, after so many seconds of the run and since its newest checkpoint."""
    config, settings, generation = evolution.config, evolution.config.evolve, evolution.generation
    of = "" if settings.generations is None else f" of {settings.generations:,}"
    champion = "none yet" if evolution.champion_id < 0 else f"z {evolution.verdict.z:.3f} on validation lives"
    if evolution.solved_at is not None:
        champion += f"; solved in generation {evolution.solved_at:,} after {evolution.solved_evaluations:,} evaluations"
    told = {
        "state": state,
        "run": f"{config.world.kind}, seed {config.run.seed}",
        "generation": f"{generation:,}{of}, start {evolution.restarts + 1}",
        "evaluations": f"{evolution.evaluations:,}",
        "champion": champion,
        "time": f"{clock(seconds)} so far" + (_left(evolution, seconds) if state == "running" else ""),
        "checkpoint": f"{clock(since_checkpoint)} old",
        "disk": f"{in_words(size(run))}, {_disk.told(config, evolution.agent.genes)}",
    }
    if state == "running":
        return told | {"process": str(os.getpid())}
    return told | ({"go on with": f"alife evolve --resume {run}"} if state in ("interrupted", "stopped") else {})


def _left(evolution: Evolution, seconds: float) -> str:
    settings = evolution.config.evolve
    budgets = (settings.generations, evolution.generation), (settings.evaluations, evolution.evaluations)
    left = [(end - done) * seconds / done for end, done in budgets if end is not None and done]
    left += [] if settings.hours is None else [settings.hours * 3600 - seconds]
    return f", at most {clock(min(left))} left" if left else ", no end known"


def tell_of_life(run: Path, config: Config, now: Progress, state: str, again: str) -> None:
    """Write the status of an ecosystem; `again` is the command that goes on with it."""
    end = "" if config.run.ticks is None else f" of {config.run.ticks:,}"
    left = "" if state != "running" else ", no end known" if now.left is None else f", {clock(now.left)} left"
    told = {
        "state": state,
        "run": f"{config.world.kind}, seed {config.run.seed}",
        "tick": f"{now.tick:,}{end}",
        "living": f"{now.living:,}; {now.births:,} births and {now.deaths:,} deaths so far",
        "time": f"{clock(now.seconds)} so far{left}",
        "disk": in_words(size(run)),
    }
    more = {"process": str(os.getpid())} if state == "running" else {"go on with": again} if state in ("interrupted", "stopped") else {}
    status.write(run, told | more)
