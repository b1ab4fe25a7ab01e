"""A run from its folder: begin it or go on with it, save it by the clock, leave it complete.

Rows of the database are committed before the checkpoint of their generation is written; going on from a checkpoint
forgets the rows after it. So every generation has one row, whatever happened, and an interrupted run ends with the
bytes of an uninterrupted one.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from alife.core import config as configs
from alife.core.config import Config
from alife.core.errors import InputError, Interrupted
from alife.core.interrupt import Interrupts
from alife.core.lanes import LANES
from alife.evolve import _disk, _events, _status
from alife.evolve._folder import check_name, compile_loop, config_of, cores, create, refuse_other_changes, versions, with_own_plugins
from alife.evolve.evolution import Evolution, Report
from alife.evolve.genome import digest
from alife.evolve.judge import REPORT, Judge, interval
from alife.sim.agent import Agent
from alife.sim.lives import Evaluator, Stopped
from alife.store import checkpoint, status
from alife.store.checkpoint import Checkpoints
from alife.store.database import Database, Metrics
from alife.store.folder import RunFolder

__all__ = ["Listener", "Outcome", "begin", "config_of", "cores", "resume"]

_COMMIT_SECONDS = 2.0
FREE = {
    "evolve": ("generations", "evaluations", "hours", "starts", "until_solved", "polish", "solved", "report"),
    "run": ("threads", "checkpoint_minutes", "keep", "tensorboard"),
}
"""Section -> keys that may change in a run that goes on."""


class Listener(Protocol):
    """Who is told how it goes; see alife/cli/progress.py."""

    def note(self, text: str) -> None:
        """A line worth reading once."""

    def generation(self, report: Report, evolution: Evolution, seconds: float) -> None:
        """A generation is complete; seconds since the start of the run."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    run: str
    world: str
    seed: int
    generations: int
    evaluations: int
    agent_ticks: int
    seconds: float
    solved: bool
    score: float
    low: float
    high: float
    ceiling: float
    optimum: float
    z: float
    digest: str
    solved_generation: int | None
    solved_evaluations: int | None
    lives: int
    not_finite: int
    stopped_by: str


def begin(config: Config, out: Path, listener: Listener, name: str | None = None, title: str | None = None) -> Outcome:
    """A new run in a new folder below `out`; `title` is a part of its name."""
    check_name(name)
    if config.run.tensorboard:
        _events.check()
    agent = Agent(config)
    agent.z(0.0)  # a world that cannot be scored is refused before anything is made, and so is too large a memory
    agent.stretched().check_room(config.run.threads or cores())
    with Interrupts() as interrupts:
        compile_loop(agent, listener.note, interrupts, "nothing was begun")
        with create(config, out, name, title) as folder:
            return _Run(folder, config, agent, listener).go(interrupts)


def resume(path: Path, listener: Listener, overrides: Sequence[str] = (), explicit: Mapping[str, Any] | None = None) -> Outcome:
    """Go on with a run; only budgets, threads and the clock of checkpoints may be changed."""
    with Interrupts() as interrupts, RunFolder.open(path, write=True) as folder:
        before = config_of(folder)
        config = configs.load(folder.config, overrides, explicit)
        refuse_other_changes(before, config, FREE)
        if config.run.tensorboard:
            _events.check()
        agent = Agent(config)
        compile_loop(agent, listener.note, interrupts, f"go on with: alife evolve --resume {path}")
        if config != before:
            folder.write_text(folder.config, configs.dump(with_own_plugins(config, folder)))
        return _Run(folder, config, agent, listener).go(interrupts)


class _Run:
    """The loop around one evolution."""

    def __init__(self, folder: RunFolder, config: Config, agent: Agent, listener: Listener) -> None:
        self.folder, self.config, self.agent, self.listener = folder, config, agent, listener
        self.checkpoints = Checkpoints(folder.checkpoints, config.run.keep)
        self.threads = config.run.threads or cores()
        self.population = config.evolve.population

    def go(self, interrupts: Interrupts) -> Outcome:
        """Evolve until something says stop; Interrupted after saving if that was a signal."""
        config = self.config
        with Database(self.folder.database) as database:
            if idle := -self.population % LANES:
                self.listener.note(f"population {self.population} is no multiple of {LANES}: its last block has {idle} idle places")
            self.listener.note(f"disk: {_disk.told(config, self.agent.genes)}")
            evolution = Evolution(config, self.agent)
            self._restore(evolution, database)
            earlier = database.number("seconds")
            self.started = time.perf_counter() - earlier
            self.saved = self.committed = time.perf_counter()
            with (
                Evaluator(self.agent, self.threads, interrupts.stop) as evaluator,
                _events.writer(self.folder.path if config.run.tensorboard else None, evolution.generation) as self.events,
            ):
                with Judge(self.agent, evaluator, config.run.seed, config.evolve.validation) as judge:
                    try:
                        reason = self._loop(evolution, database, evaluator, judge, interrupts)
                        self._save(evolution, database, "stopped")
                        outcome = self._outcome(evolution, evaluator, reason)
                    except Stopped:
                        reason = ""
                        self._save(evolution, database, "interrupted")
                if not reason:
                    raise Interrupted(
                        f"interrupted in generation {evolution.generation + 1}; all before it is saved. "
                        f"Go on with: alife evolve --resume {self.folder.path}",
                        interrupts.signum or 2,
                    )
            database.set("summary", json.dumps(dataclasses.asdict(outcome)))
            database.set("state", state := "solved" if outcome.solved else "finished")
            database.commit()
            self._tell(evolution, state)
            return outcome

    def _loop(self, evolution: Evolution, database: Database, evaluator: Evaluator, judge: Judge, interrupts: Interrupts) -> str:
        """Generation after generation; the reason to stop in words."""
        settings = self.config.evolve
        while True:
            if settings.generations is not None and evolution.generation >= settings.generations:
                return f"the budget of {settings.generations} generations is used up"
            if settings.evaluations is not None and evolution.evaluations >= settings.evaluations:
                return f"the budget of {settings.evaluations:,} evaluations is used up"
            if settings.hours is not None and self._seconds() >= settings.hours * 3600:
                return f"the budget of {settings.hours:g} hours is used up"
            if settings.until_solved and evolution.is_polished:
                return "solved"
            if settings.starts is not None and evolution.restarts >= settings.starts:
                return f"no better candidate for long, in the last of {settings.starts} starts"
            started = time.perf_counter()
            report = evolution.step(evaluator, judge)
            self._record(report, database, time.perf_counter() - started)
            if evolution.solved_at == report.generation:
                text = f"solved in generation {report.generation} after {evolution.solved_evaluations:,} evaluations"
                database.add_event(report.generation, "solved", text)
            if report.restarted:
                text = f"no better candidate for long: new start {evolution.restarts} after generation {report.generation}"
                database.add_event(report.generation, "restart", text)
            self.listener.generation(report, evolution, self._seconds())
            now = time.perf_counter()
            if now - self.saved >= self.config.run.checkpoint_minutes * 60:
                self._save(evolution, database, "running")
            elif now - self.committed >= _COMMIT_SECONDS:
                database.commit()
                self.committed = now
                self._tell(evolution, "running")
            if interrupts.stop.is_set():
                raise Stopped

    def _record(self, report: Report, database: Database, seconds: float) -> None:
        g, born = report.generation, report.born
        database.add_metrics([Metrics(g, *report[1:9])])
        database.add_timing(g, seconds, report.seconds)
        self.events(report)
        older = (g - 1) * self.population
        parents = (np.where(rows < 0, -1, rows + older) for rows in (born.mothers, born.fathers))
        database.add_births(g, g * self.population, *parents)

    def _restore(self, evolution: Evolution, database: Database) -> None:
        found = self.checkpoints.newest(self.listener.note)
        now = versions(Path(self.agent.kernels.__file__ or ""))
        if found is None:
            database.rewind(0)
            database.set("versions", json.dumps(now))
            self._save(evolution, database, "running")
            return
        generation, arrays, meta = found
        try:
            evolution.restore(arrays, meta)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{self.checkpoints.path(generation)} does not fit this run's config: {error!r}") from error
        database.rewind(generation)
        if database.document("versions") != now:
            self.listener.note("the code or its libraries have changed since this run began: its bytes may differ from here")
            database.set("versions", json.dumps(now))
        self.listener.note(f"going on from generation {generation} of {self.folder.path}")

    def _save(self, evolution: Evolution, database: Database, state: str) -> None:
        """Rows, checkpoint, champion, in this order."""
        database.set("seconds", repr(self._seconds()) if hasattr(self, "started") else "0")
        database.set("state", state)
        database.commit()
        self.checkpoints.save(evolution.generation, evolution.arrays(), evolution.meta())
        if evolution.champion_id >= 0:
            checkpoint.save(self.folder.champion, {"genome": evolution.champion}, evolution.meta())
        self.saved = self.committed = time.perf_counter()
        self._tell(evolution, state)

    def _tell(self, evolution: Evolution, state: str) -> None:
        seconds = self._seconds() if hasattr(self, "started") else 0.0
        status.write(self.folder.path, _status.rows(self.folder.path, evolution, state, seconds, time.perf_counter() - self.saved))

    def _seconds(self) -> float:
        return time.perf_counter() - self.started

    def _outcome(self, evolution: Evolution, evaluator: Evaluator, reason: str) -> Outcome:
        """The champion on lives that nobody has seen."""
        config, world = self.config, self.config.world
        lives = config.evolve.report
        scores = evaluator.evaluate_one(evolution.champion, lives, config.run.seed, REPORT).scores[0]
        score, low, high = interval(scores)
        z = self.agent.z(score)
        return Outcome(
            run=str(self.folder.path), world=world.kind, seed=config.run.seed, generations=evolution.generation,
            evaluations=evolution.evaluations, agent_ticks=evolution.agent_ticks, seconds=self._seconds(),
            solved=evolution.solved_at is not None and z >= config.evolve.solved, score=score,
            low=low, high=high, ceiling=float(world.ask("ceiling")),
            optimum=float(world.ask("optimum")), z=z, digest=digest(evolution.champion),
            solved_generation=evolution.solved_at, solved_evaluations=evolution.solved_evaluations, lives=lives,
            not_finite=evolution.not_finite, stopped_by=reason,
        )  # fmt: skip
