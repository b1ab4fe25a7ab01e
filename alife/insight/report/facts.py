"""What there is to tell of a problem's run: gathered once, from its folder and from lives of its champion, and checked on the way."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from alife.core import config as configs
from alife.core import registry
from alife.core.config import Config
from alife.core.errors import ConfigError, InputError, UserError
from alife.evolve.genome import digest
from alife.evolve.run import Outcome, config_of
from alife.insight.ablate import ARMS, ablate_run
from alife.insight.inspect import inspect_champion
from alife.insight.problems import PROBLEMS, Problem
from alife.insight.report.decisive import Life, life_of
from alife.insight.report.lineage import Lineage, lineage
from alife.insight.saved import genome_of
from alife.insight.score import champion_of
from alife.sim.agent import Agent
from alife.store import database
from alife.store.database import Event
from alife.store.folder import RunFolder

LIVES, FEWEST = 320, 32
"""Lives of each way of taking the memory away; fewer where they are long, none where not even so many can be had."""
_STEPS = 10_000
"""Ticks of sixteen agents that all of it may take, each as long as the memory is large."""
_WEIGHTS = 1 << 17
"""Weights of sixteen memories that take as long to copy as a tick."""
LOOKED = 16
"""Lives by which the mind is told."""


class Curves(NamedTuple):
    """A run generation by generation."""

    metrics: dict[str, np.ndarray]
    """columns of alife/store/database.py"""
    seconds: float
    events: list[Event]
    state: str
    outcome: Outcome | None
    """None: it has not come to an end"""
    versions: dict[str, str]

    @property
    def champions(self) -> np.ndarray:
        """int64: rows of the generations that had another champion than those before, as far as its validated score tells."""
        score = np.nan_to_num(self.metrics["champion"], nan=-math.inf)
        return np.flatnonzero(np.append(True, score[1:] != score[:-1])) if len(score) else np.zeros(0, np.int64)


class Facts(NamedTuple):
    """Everything that the page of a problem tells."""

    path: Path
    config: Config
    agent: Agent
    genome: np.ndarray
    """float32 (genes,): the champion"""
    curves: Curves
    born: dict[str, Any]
    """counters saved with the champion"""
    digest: str
    arms: dict[str, Any] | None
    """of `ablate_run`; None: too long for a report"""
    mind: dict[str, Any]
    """of `inspect_champion`"""
    life: Life
    lineage: Lineage | None
    problem: Problem | None
    """of the list, if it is one of these"""
    command: str
    """that repeats the run"""

    @property
    def name(self) -> str:
        """Of the run's folder."""
        return self.path.resolve().name


def facts_of(run: Path) -> Facts:
    """Of a problem's run. InputError: it is damaged, or has no champion yet."""
    folder = RunFolder.open(run)
    config = config_of(folder)
    curves = curves_of(folder)
    genome, born = genome_of(folder)
    try:
        _, agent, genome = champion_of(run)
    except ConfigError as error:
        raise InputError(f"{folder.champion} does not fit this run's config: {error}") from error
    champion = born.get("champion_id")
    if type(champion) is not int or not -1 <= champion < 1 << 62:
        raise InputError(f"{folder.champion} is damaged: it does not say which birth it is of")
    agent.compile()
    elite = getattr(config.strategy.params, "elite", 0) if config.strategy.kind == "ga" else 0
    with database.read(folder.database) as reader:
        line = lineage(reader, champion, config.evolve.population, elite)
    lives = lives_for(agent)
    return Facts(
        run, config, agent, genome, curves, born, digest(genome), ablate_run(run, lives) if lives else None, inspect_champion(run, LOOKED),
        life_of(agent, genome), line, problem_of(config), command_of(config),
    )  # fmt: skip


def curves_of(folder: RunFolder) -> Curves:
    """What the database tells. InputError: damaged, or no generation has come to its end."""
    with database.read(folder.database) as reader:
        metrics, timing, events = reader.metrics(), reader.timing(), reader.events()
        state, summary, versions = reader.get("state") or "empty", reader.get("summary"), reader.get("versions")
    if not len(metrics["generation"]):
        raise InputError(f"{folder.path} has not come to the end of a generation yet")
    ended = state in ("solved", "finished")
    outcome = _outcome(summary, folder.database) if summary and ended else None
    told = {str(key): str(value)[:100] for key, value in list(object_in(versions or "{}", folder.database).items())[:10]}
    if not all(type(event.kind) is str and type(event.text) is str and type(event.generation) is int for event in events):
        raise InputError(f"{folder.database} is damaged: an event is none")
    return Curves(metrics, float(np.nansum(timing["seconds"])), events, state, outcome, told)


def object_in(text: str, path: Path) -> dict[str, Any]:
    """A JSON object from a run's database. InputError: it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InputError(f"{path} is damaged: expected a JSON object")
    return found


_KINDS: Mapping[str, tuple[type, ...]] = {
    "int": (int,), "float": (float, int), "str": (str,), "bool": (bool,), "int | None": (int, type(None)),
}  # fmt: skip


def _outcome(text: str, path: Path) -> Outcome:
    found = object_in(text, path)
    kinds = {name: _KINDS[str(kind)] for name, kind in Outcome.__annotations__.items()}
    if set(found) != set(kinds) or any(type(found[name]) not in kind for name, kind in kinds.items()):
        raise InputError(f"{path} is damaged: its summary is none of a run that came to an end")
    if any(isinstance(value, int) and abs(value) >= 1 << 63 for value in found.values()):
        raise InputError(f"{path} is damaged: a number of its summary is too large")
    return Outcome(**found)


def lives_for(agent: Agent) -> int:
    """Lives of each arm of the ablation that a report can afford; 0: none."""
    rows = int(agent.memory.ask("rows", agent.layout.width)) if agent.memory.offers("rows") else 0
    cost = len(ARMS) * agent.longest * (1 + rows * agent.layout.values * 16 / _WEIGHTS)
    rounds = min(LIVES // 16, int(_STEPS / cost))
    return 16 * rounds if 16 * rounds >= FEWEST else 0


def problem_of(config: Config) -> Problem | None:
    """The problem of the list whose world this is, sizes and all."""
    world = configs.to_dict(config)["world"]
    known = (problem for problem in PROBLEMS if problem.world == config.world.kind)
    return next((problem for problem in known if configs.to_dict(problem.config(1))["world"] == world), None)


def command_of(config: Config, verb: str = "evolve") -> str:
    """The shortest `alife evolve` that makes an equal config; where parts come from files, the one with the run's own config.yaml."""
    again = shlex.join(["alife", verb, "config.yaml"])
    members = registry.members(config.world.kind)
    if any(map(registry.is_path, members)):
        return again
    try:
        wanted, plain = _what_counts(config), _what_counts(configs.load(config.world.kind))
        sets = _differences(wanted, plain)
        seed = [text for text in sets if text.startswith("run.seed=")]
        until = [text for text in sets if text == "evolve.until_solved=true"]
        rest = [text for text in sets if text not in (*seed, *until)]
        if _what_counts(configs.load(config.world.kind, sets)) != wanted:
            return again
    except UserError:
        return again
    options = ["--until-solved"] * bool(until) + (["--seed", str(config.run.seed)] if seed else [])
    return shlex.join(["alife", verb, config.world.kind, *options, *(f"--set={text}" for text in rest)])


def _what_counts(config: Config) -> dict[str, Any]:
    """All of a config but what changes no result."""
    data = configs.to_dict(config)
    for key in ("threads", "checkpoint_minutes", "keep", "tensorboard"):
        del data["run"][key]
    return data


def _differences(wanted: Mapping[str, Any], plain: Mapping[str, Any], path: str = "") -> list[str]:
    """Texts of `--set` for all that differs; kinds first, so that parameters of another kind find it."""
    found = []
    for key in sorted(wanted, key=lambda key: key != "kind"):
        value, at = wanted[key], f"{path}{key}"
        if isinstance(value, dict):
            found += _differences(value, plain.get(key, {}), f"{at}.")
        elif key not in plain or value != plain[key]:
            found.append(f"{at}={json.dumps(value)}" if not isinstance(value, str) else f"{at}={value}")
    return found
