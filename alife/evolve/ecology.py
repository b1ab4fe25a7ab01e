"""An ecosystem from its folder: begin it or go on with it, record it by its ticks, save it by the clock.

Rows of the time series stand at the multiples of `run.record`, a census at every tenth of them, whatever the clock, the
chunks and the interruptions. Rows of the chronicle are committed before the checkpoint of their tick is written; going on
from a checkpoint forgets the rows after it. So an interrupted run ends with the bytes of an uninterrupted one.

Births without living descendants are forgotten at a multiple of `run.record`, too, when there are more than `run.births`, and a
checkpoint follows at once. Only where that one is damaged does a run go on from an older one: then births are missing from
the chronicle, until that tick comes again and leaves the same rows as the first time.

What is done by hand stands in `edits.json` of the folder (alife/sim/edits.py). Nothing is saved between an edit and its tick.
"""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from alife.core import config as configs
from alife.core import contracts
from alife.core.config import Config
from alife.core.errors import ConfigError, DiskError, InputError, Interrupted
from alife.core.interrupt import Interrupts
from alife.evolve import _status
from alife.evolve._folder import check_name, compile_loop, config_of, cores, create, refuse_other_changes, versions, with_own_plugins
from alife.sim import edits as by_hand
from alife.sim.lives import Stopped
from alife.store.checkpoint import Arrays, Checkpoints, Meta
from alife.store.chronicle import SUMS, Chronicle
from alife.store.folder import RunFolder

if TYPE_CHECKING:
    from alife.sim.ecosystem import Ecosystem

CENSUS_ROWS = 10
"""Every so many rows of the time series have a census."""
FREE = {"evolve": ("hours",), "run": ("ticks", "threads", "births", "checkpoint_minutes", "keep")}
"""Section -> keys that may change in a run that goes on."""
THREADS_PAY = 4096
"""Fewer agents live faster on one thread."""
_CHUNK_SECONDS = 0.2
"""What one call of the engine is meant to take, so that signals are heard."""
_COMMIT_SECONDS = 2.0
_SUMMED = ("age", "intake", "meals", "poisoned", "children")


class Progress(NamedTuple):
    """How far an ecosystem is."""

    tick: int
    living: int
    births: int
    deaths: int
    agent_ticks: int
    seconds: float
    """since the start of the run, over all its starts"""
    left: float | None
    """seconds to the end of its budget at the speed so far, None where no end is set"""


class Seen(NamedTuple):
    """A census."""

    measures: Mapping[str, float]
    """go into the row of the time series"""
    species: Mapping[str, Sequence[tuple[int, int, int]]]
    """way -> (species, members, id of its founder)"""
    kept: Any
    """plain data for the next census, saved with the checkpoint"""


Observer = Callable[["Ecosystem", Any], Seen]
"""Takes the ecosystem and what the census before kept (None: the first one); changes nothing, knows no clock."""


class Listener(Protocol):
    """Who is told how it goes; see alife/cli/progress.py."""

    def note(self, text: str) -> None:
        """A line worth reading once."""

    def living(self, now: Progress) -> None:
        """Some ticks are over."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    run: str
    world: str
    seed: int
    ticks: int
    population: int
    births: int
    deaths: int
    agent_ticks: int
    seconds: float
    digest: str
    extinct_at: int | None
    stopped_by: str


def is_ecosystem(config: Config) -> bool:
    """Whether the world of a config is one grid for all agents."""
    return contracts.is_ecosystem(config.world.module)


class Past:
    """What is known of births and deaths without their rows; saved with every checkpoint, so that it fits its tick."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.forgotten = int(data["forgotten"])
        """births"""
        self.remained = int(data["remained"])
        """births that were left when some were forgotten last"""
        self.deaths = {name: int(data["deaths"][name]) for name in ("deaths", *_SUMMED)}
        """of all deaths: how many, and sums"""
        self.causes = {str(cause): int(n) for cause, n in data["causes"].items()}
        """number of a cause -> deaths"""

    @classmethod
    def blank(cls) -> Past:
        """Nobody has lived."""
        return cls({"forgotten": 0, "remained": 0, "deaths": dict.fromkeys(("deaths", *_SUMMED), 0), "causes": {}})

    def data(self) -> dict[str, Any]:
        """All of it, plain."""
        return dict(vars(self))

    def add(self, deaths: Mapping[str, np.ndarray]) -> None:
        """Rows of the chronicle's DEATHS."""
        self.deaths["deaths"] += len(deaths["id"])
        for name in _SUMMED:
            self.deaths[name] += int(deaths[name].sum())
        for cause, n in zip(*np.unique(deaths["cause"], return_counts=True), strict=True):
            self.causes[str(cause)] = self.causes.get(str(cause), 0) + int(n)


def begin(
    config: Config,
    out: Path,
    listener: Listener,
    name: str | None = None,
    observer: Observer | None = None,
    again: str = "alife run",
    title: str | None = None,
    edits: Sequence[by_hand.Edit] = (),
) -> Outcome:
    """A new run in a new folder below `out`; `again` is the command that an interruption names, `title` a part of the name."""
    check_name(name)
    ecosystem = _ecosystem(config)
    with Interrupts() as interrupts:
        compile_loop(ecosystem, listener.note, interrupts, "nothing was begun")
        with create(config, out, name, title) as folder:
            if edits:
                folder.write_text(folder.edits, by_hand.dump(edits))
            return _Run(folder, ecosystem, listener, observer, again).go(interrupts, None)


def resume(
    path: Path,
    listener: Listener,
    overrides: Sequence[str] = (),
    explicit: Mapping[str, Any] | None = None,
    more: int | None = None,
    observer: Observer | None = None,
    again: str = "alife run",
) -> Outcome:
    """Go on with a run; only its budgets, threads and the clock of checkpoints may be changed.

    `more` ticks from where it stands are a new budget in place of the old ones of ticks and of hours.
    """
    if more is not None and more < 1:
        raise ConfigError(f"--ticks: expected a whole number >= 1, got {more}")
    with Interrupts() as interrupts, RunFolder.open(path, write=True) as folder:
        before = config_of(folder)
        found = Checkpoints(folder.checkpoints, before.run.keep).newest(listener.note)
        options = dict(explicit or {})
        if more is not None:
            options = {"evolve.hours": None, **options, "run.ticks": (found[0] if found else 0) + more}
        config = configs.load(folder.config, overrides, options)
        refuse_other_changes(before, config, FREE)
        ecosystem = _ecosystem(config)
        compile_loop(ecosystem, listener.note, interrupts, f"go on with: {again} {path}")
        if config != before:
            folder.write_text(folder.config, configs.dump(with_own_plugins(config, folder)))
        return _Run(folder, ecosystem, listener, observer, again).go(interrupts, found)


def _ecosystem(config: Config) -> Ecosystem:
    from alife.sim.ecosystem import Ecosystem

    return Ecosystem(config)


class _Run:
    """The loop around one ecosystem."""

    def __init__(self, folder: RunFolder, ecosystem: Ecosystem, listener: Listener, observer: Observer | None, again: str) -> None:
        self.folder, self.ecosystem, self.listener, self.observer = folder, ecosystem, listener, observer
        self.journal = by_hand.Journal(ecosystem, by_hand.load(folder.edits) if folder.edits.exists() else (), f"{folder.edits}: ")
        self.config: Config = ecosystem.config
        self.again = f"{again} {folder.path}"
        self.checkpoints = Checkpoints(folder.checkpoints, self.config.run.keep)
        self.threads = self.config.run.threads or cores()
        self.chunk = 1
        self.kept: Any = None
        self.past = Past.blank()
        self.saved_tick: int | None = None
        self.started = self.begun = self.saved = self.committed = time.perf_counter()
        self.first_tick = 0

    def go(self, interrupts: Interrupts, found: tuple[int, Arrays, Meta] | None) -> Outcome:
        """Live until something says stop; Interrupted after saving if that was a signal."""
        try:
            with Chronicle(self.folder.database) as chronicle:
                return self._go(chronicle, interrupts, found)
        except DiskError as error:
            if self.saved_tick is None:
                raise
            raise DiskError(f"{error}; all until tick {self.saved_tick:,} is saved. Go on with: {self.again}") from error
        finally:
            self.ecosystem.close()

    def _go(self, chronicle: Chronicle, interrupts: Interrupts, found: tuple[int, Arrays, Meta] | None) -> Outcome:
        earlier = chronicle.number("seconds")
        self.started, self.begun, self.first_tick = time.perf_counter() - earlier, 0.0, 1 << 62
        self._restore(chronicle, found)
        self.begun, self.first_tick = time.perf_counter(), self.ecosystem.tick
        if self.config.run.ticks is None and self.config.evolve.hours is None:
            self.listener.note("no end set: stop with Ctrl-C; all is saved then")
        try:
            reason = self._loop(chronicle, interrupts.stop)
            self._save(chronicle, "stopped")
        except Stopped:
            self._save(chronicle, "interrupted")
            said = f"interrupted at tick {self.ecosystem.tick:,}, which is saved. Go on with: {self.again}"
            raise Interrupted(said, interrupts.signum or 2) from None
        outcome = self._outcome(reason)
        chronicle.set("summary", json.dumps(dataclasses.asdict(outcome)))
        chronicle.set("state", state := "finished" if outcome.extinct_at is None else "extinct")
        self._commit(chronicle, state)
        return outcome

    def _loop(self, chronicle: Chronicle, stop: threading.Event) -> str:
        """Chunk after chunk; the reason to stop in words."""
        ecosystem, every = self.ecosystem, self.config.run.record
        while not (reason := self._reason()):
            wanted = min(self.chunk, every - ecosystem.tick % every)
            if self.config.run.ticks is not None:
                wanted = min(wanted, self.config.run.ticks - ecosystem.tick)
            started = time.perf_counter()
            done = self.journal.advance(wanted, self.threads if ecosystem.living >= THREADS_PAY else 1, stop)
            took = max(time.perf_counter() - started, 1e-9)
            drained = self._drain(chronicle)
            if done:
                self.chunk = max(1, min(int(_CHUNK_SECONDS * done / took), 4 * self.chunk))
                if ecosystem.tick % every == 0:
                    self._record(chronicle)
                    self._forget(chronicle)
            elif not drained and not stop.is_set() and not ecosystem.extinct:
                raise RuntimeError(f"the ecosystem stands still at tick {ecosystem.tick} with {ecosystem.living} living")
            self.listener.living(self._progress())
            now = time.perf_counter()
            if self.journal.is_between:
                continue
            if stop.is_set():
                raise Stopped
            if now - self.saved >= self.config.run.checkpoint_minutes * 60:
                self._save(chronicle, "running")
            elif now - self.committed >= _COMMIT_SECONDS:
                self._commit(chronicle)
                self.committed = now
        return reason

    def _reason(self) -> str:
        """Why it ends here, empty if it does not."""
        settings, tick = self.config, self.ecosystem.tick
        if self.journal.is_between:
            return ""
        if self.ecosystem.extinct and not self.journal.waits:
            return f"extinct at tick {tick:,}"
        if settings.run.ticks is not None and tick >= settings.run.ticks:
            return f"the budget of {settings.run.ticks:,} ticks is used up"
        if settings.evolve.hours is not None and self._seconds() >= settings.evolve.hours * 3600:
            return f"the budget of {settings.evolve.hours:g} hours is used up"
        return ""

    def _drain(self, chronicle: Chronicle) -> bool:
        """What has happened goes into the chronicle; whether anything had."""
        births, deaths, events = self.ecosystem.births(), self.ecosystem.deaths(), self.ecosystem.events()
        if len(births["id"]):
            chronicle.add_births(births)
        if len(deaths["id"]):
            chronicle.add_deaths(deaths)
            self.past.add(deaths)
        for tick, kind, text in events:
            chronicle.add_event(tick, kind, text)
        return bool(len(births["id"]) or len(deaths["id"]) or events)

    def _record(self, chronicle: Chronicle) -> None:
        """The row of this tick."""
        tick = self.ecosystem.tick
        row = dict(self.ecosystem.series())
        if self.observer is not None and tick % (CENSUS_ROWS * self.config.run.record) == 0:
            seen = self.observer(self.ecosystem, self.kept)
            self.kept = seen.kept
            row.update(seen.measures)
            for way, rows in seen.species.items():
                chronicle.add_species(tick, way, rows)
        chronicle.add_series(tick, row)

    def _forget(self, chronicle: Chronicle) -> None:
        """Where there are more births than wanted, and twice those that were left last time: forget who left nobody."""
        wanted, past, tick = self.config.run.births, self.past, self.ecosystem.tick
        stored = self.ecosystem.born - past.forgotten
        if wanted is None or stored <= max(wanted, 2 * past.remained):
            return
        past.remained = chronicle.prune(chronicle.living(), tick)
        past.forgotten = self.ecosystem.born - past.remained
        gone = stored - past.remained
        chronicle.add_event(tick, "pruned", f"{gone:,} births without living descendants are forgotten, {past.remained:,} remain")
        self._save(chronicle, "running")

    def _restore(self, chronicle: Chronicle, found: tuple[int, Arrays, Meta] | None) -> None:
        ecosystem, now = self.ecosystem, versions(Path(self.ecosystem.kernels.__file__ or ""))
        if found is None:
            chronicle.rewind(-1, 0)
            chronicle.set("versions", json.dumps(now))
            chronicle.set("causes", json.dumps(list(ecosystem.causes)))
            ecosystem.found()
            self._drain(chronicle)
            self._record(chronicle)
        else:
            tick, arrays, meta = found
            try:
                self.kept, self.past = meta.pop("census"), Past(meta.pop("past"))
                self.journal.restore(meta.pop("edits", None))
                ecosystem.restore(arrays, meta)
            except (KeyError, IndexError, TypeError, ValueError) as error:
                raise InputError(f"{self.checkpoints.path(tick)} does not fit this run's config: {error!r}") from error
            self.saved_tick = tick
            chronicle.rewind(tick, ecosystem.born)
            if chronicle.document("versions") != now:
                self.listener.note("the code or its libraries have changed since this run began: its bytes may differ from here")
                chronicle.set("versions", json.dumps(now))
            self.listener.note(f"going on from tick {tick:,} of {self.folder.path}")
        chronicle.set("summary", "null")
        if found is None:
            self._save(chronicle, "running")
        else:
            chronicle.set("state", "running")
            self._commit(chronicle)
            self.saved = self.committed = time.perf_counter()

    def _save(self, chronicle: Chronicle, state: str) -> None:
        """Rows, then the checkpoint."""
        tick = self.ecosystem.tick
        chronicle.set("seconds", repr(self._seconds()))
        chronicle.set("state", state)
        self._commit(chronicle, state)
        meta = {**self.ecosystem.meta(), "census": self.kept, "past": self.past.data(), "edits": self.journal.state()}
        self.checkpoints.save(tick, self.ecosystem.arrays(), meta)
        self.saved_tick = tick
        self.saved = self.committed = time.perf_counter()

    def _commit(self, chronicle: Chronicle, state: str = "running") -> None:
        chronicle.set(SUMS, json.dumps({**self.past.deaths, "causes": self.past.causes}))
        chronicle.commit()
        _status.tell_of_life(self.folder.path, self.config, self._progress(), state, self.again)

    def _seconds(self) -> float:
        return time.perf_counter() - self.started

    def _progress(self) -> Progress:
        e, seconds = self.ecosystem, self._seconds()
        lefts = []
        if self.config.run.ticks is not None and e.tick > self.first_tick:
            took = time.perf_counter() - self.begun
            lefts.append((self.config.run.ticks - e.tick) * took / (e.tick - self.first_tick))
        if self.config.evolve.hours is not None:
            lefts.append(max(0.0, self.config.evolve.hours * 3600 - seconds))
        return Progress(e.tick, e.living, e.born, e.died, e.agent_ticks, seconds, min(lefts, default=None))

    def _outcome(self, reason: str) -> Outcome:
        e = self.ecosystem
        return Outcome(
            run=str(self.folder.path), world=self.config.world.kind, seed=self.config.run.seed, ticks=e.tick, population=e.living,
            births=e.born, deaths=e.died, agent_ticks=e.agent_ticks, seconds=self._seconds(), digest=e.digest(),
            extinct_at=e.tick if e.extinct else None, stopped_by=reason,
        )  # fmt: skip
