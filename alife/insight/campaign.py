"""All problems one after another: what is stuck gives way, what is unsolved gets new seeds, what is done is not repeated.

First seeds 1 to N of every problem, in rounds, each run with an equal share of half the time. Then, as long as there is time,
those that no seed has solved get another seed, round after round: each time with twice the share and twice the generations.
Everything that is known stands in the run folders, `PROBLEM_sSEED`; so it can be killed anywhere and called again.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from alife.core.config import Config
from alife.core.errors import ConfigError, Interrupted
from alife.evolve import run
from alife.insight import sweep
from alife.insight.ablations import identity
from alife.insight.problems import PROBLEMS, Problem, beside
from alife.store import atomic, csvfile, database, folder
from alife.store.folder import RunFolder

TABLE, ROWS = "all.md", "all.csv"
"""Files beside the runs, written anew after each."""


class Place(NamedTuple):
    """Where a campaign is; times as of `time.perf_counter`."""

    name: str
    number: int
    of: int
    seed: int
    begun: float
    ends: float | None


class Listener(run.Listener, Protocol):
    """Who is told how it goes."""

    def enter(self, place: Place) -> None:
        """A run begins, or goes on."""


class _Run(NamedTuple):
    """A run folder of an earlier call, or of this one."""

    path: Path
    summary: dict[str, Any] | None
    """None: it has not come to an end"""


class Campaign:
    """Runs of all problems below one folder. ConfigError: no time, no seeds, or `out` holds runs of other configs."""

    def __init__(
        self, out: Path, listener: Listener, hours: float | None = None, seeds: int = 1, generations: int | None = None,
        threads: int | None = None, problems: Sequence[Problem] | None = None,
    ) -> None:  # fmt: skip
        if hours is not None and not 0 < hours < math.inf:
            raise ConfigError(f"--hours: expected a number above 0, got {hours:g}")
        if seeds < 1:
            raise ConfigError(f"--seeds: expected a whole number >= 1, got {seeds}")
        self.out, self.listener, self.seeds = out, listener, seeds
        self.problems = PROBLEMS if problems is None else problems
        options = {"evolve.generations": generations, "run.threads": threads}
        self.explicit = {key: value for key, value in options.items() if value is not None}
        self.runs = {problem.name: _found(out, problem, problem.config(1, self.explicit)) for problem in self.problems}
        self.begun = time.perf_counter()
        self.ends = None if hours is None else self.begun + hours * 3600
        first_ones = [(problem, seed) for problem in self.problems for seed in range(1, seeds + 1)]
        waiting = sum(not self._is_done(*which) for which in first_ones) or sum(not self._is_solved(p) for p in self.problems)
        self.first = None if hours is None else hours * 3600 / 2 / max(1, waiting)
        """seconds for a run of the first seeds"""

    @property
    def left(self) -> float | None:
        """Seconds to the end; None: there is none."""
        return None if self.ends is None else self.ends - time.perf_counter()

    def go(self) -> list[dict[str, Any]]:
        """Everything there is to do; then `rows`. Interrupted, after saving."""
        for seed in range(1, self.seeds + 1):
            self._round([problem for problem in self.problems if not self._is_done(problem, seed)], seed)
        while (self.left or 0) > 0 and (unsolved := [problem for problem in self.problems if not self._is_solved(problem)]):
            self._round(unsolved)
        return self.rows()

    def rows(self) -> list[dict[str, Any]]:
        """A row for every run that has come to an end: `problem`, and its outcome (`run.Outcome`)."""
        ended = [(problem, self.runs[problem.name][seed]) for problem in self.problems for seed in sorted(self.runs[problem.name])]
        return [{"problem": problem.name, **found.summary} for problem, found in ended if found.summary is not None]

    def _round(self, problems: Sequence[Problem], seed: int | None = None) -> None:
        """One run of each while there is time, of this seed, or of the first that has not come to an end."""
        for index, problem in enumerate(problems):
            n = seed or next(n for n in itertools.count(1) if not self._is_done(problem, n))
            share = self._share(max(0, n - self.seeds), len(problems) - index)
            if share is None or share > 0:
                self._live(problem, n, share)

    def _share(self, growth: int, waiting: int) -> float | None:
        """Seconds for a run: doubled `growth` times, but what is left is for all that wait, too."""
        if self.first is None or self.left is None:
            return None
        return min(self.left, max(self.first, min(self.first * 2**growth, self.left / waiting)))

    def _live(self, problem: Problem, seed: int, share: float | None) -> None:
        """Begin a run, or go on with it, until it is solved or its share is used up."""
        number = self.problems.index(problem) + 1
        self.listener.enter(Place(problem.name, number, len(self.problems), seed, self.begun, self.ends))
        earlier, spent = self.runs[problem.name].get(seed), 0.0
        if earlier is not None:
            spent = _seconds(earlier.path)
        generations = problem.config(seed, self.explicit).evolve.generations
        options = {
            **self.explicit,
            "evolve.generations": None if generations is None else generations * 2 ** max(0, seed - self.seeds),
            "evolve.hours": None if share is None else (spent + share) / 3600,
        }
        try:
            if earlier is None:
                outcome = run.begin(problem.config(seed, options), self.out, self.listener, f"{problem.name}_s{seed}")
            else:
                outcome = run.resume(earlier.path, self.listener, explicit=options)
        except Interrupted as stopped:
            said = re.split(r"[.;] go on with", str(stopped), flags=re.IGNORECASE)[0]
            raise Interrupted(f"{problem.name}, seed {seed}: {said}", stopped.exit_code - 128) from None
        self.runs[problem.name][seed] = _Run(Path(outcome.run), dataclasses.asdict(outcome))
        state = f"solved after {outcome.solved_evaluations:,} evaluations" if outcome.solved else f"not solved; {outcome.stopped_by}"
        self.listener.note(f"{problem.name}, seed {seed}: {state}; z = {outcome.z:.3f}")
        self._write()

    def _is_done(self, problem: Problem, seed: int) -> bool:
        found = self.runs[problem.name].get(seed)
        return found is not None and found.summary is not None

    def _is_solved(self, problem: Problem) -> bool:
        return any(found.summary is not None and found.summary["solved"] for found in self.runs[problem.name].values())

    def _write(self) -> None:
        rows = self.rows()
        atomic.write_text(self.out / TABLE, table(summed_up(rows, self.problems)) + "\n")
        csvfile.write(self.out / ROWS, *sweep.raw(rows))


def summed_up(rows: Sequence[Mapping[str, Any]], problems: Sequence[Problem] | None = None) -> list[dict[str, Any]]:
    """A row a problem, from those of `Campaign.rows`: seeds solved and tried, median evaluations to solve (None: not solved),
    agent-ticks of all its runs, z of the best champion (None: not tried), what is published."""
    lines = []
    for problem in PROBLEMS if problems is None else problems:
        own = [row for row in rows if row["problem"] == problem.name]
        solved = [row["solved_evaluations"] for row in own if row["solved"]]
        lines.append({
            "problem": problem.name, "solved": len(solved), "tried": len(own),
            "evaluations": statistics.median(solved) if solved else None,
            "agent_ticks": sum(row["agent_ticks"] for row in own),
            "z": max((row["z"] for row in own), default=None), "published": beside(problem),
        })  # fmt: skip
    return lines


def table(lines: Sequence[Mapping[str, Any]]) -> str:
    """`summed_up` in Markdown."""
    heads = ["problem", "solved / tried", "evaluations to solve (median)", "agent-ticks, all runs", "z of the best champion", "published"]
    text = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for line in lines:
        evaluations = "-" if line["evaluations"] is None else f"{line['evaluations']:,.0f}"
        z = "-" if line["z"] is None else f"{line['z']:.3f}"
        cells = [line["problem"], f"{line['solved']} / {line['tried']}", evaluations, f"{line['agent_ticks']:,}", z, line["published"]]
        text.append("| " + " | ".join(cells) + " |")
    solved = sum(line["solved"] > 0 for line in lines)
    return "\n".join([*text, "", f"Solved by at least one seed: {solved} of {len(lines)}."])


def _found(out: Path, problem: Problem, config: Config) -> dict[int, _Run]:
    """Seed -> run of a problem below `out`; a folder has a number more where a crash has left an empty one of that name."""
    runs: dict[int, _Run] = {}
    for path in folder.runs(out):
        if match := re.fullmatch(rf"{re.escape(problem.name)}_s(\d+)(-\d+)?", path.name):
            if identity(run.config_of(RunFolder.open(path))) != identity(config):
                raise ConfigError(f"{path} holds a run of another config; choose another --out")
            runs[int(match[1])] = _Run(path, _summary(path))
    return runs


def _summary(path: Path) -> dict[str, Any] | None:
    """The outcome of a run that has come to an end; a run that goes on has none, whatever it had before."""
    if not (path / "run.sqlite").is_file():
        return None
    with database.read(path / "run.sqlite") as reader:
        ended = reader.get("state") in ("solved", "finished")
        return reader.document("summary") or None if ended else None


def _seconds(path: Path) -> float:
    """That a run has taken up to its newest checkpoint."""
    if not (path / "run.sqlite").is_file():
        return 0.0
    with database.read(path / "run.sqlite") as reader:
        return reader.number("seconds")
