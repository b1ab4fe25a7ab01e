"""Whole evolutions of every problem: how fast they are from end to end, what of it is not lives, and what a tick is spent on.

Rows of a problem NAME, at its own settings:

    lives.NAME          agent-ticks a second, world, selection, validation and database included, all cores, a value a generation
    lives.NAME.outside  share of that time that is not lives
    lives.NAME.scaling  the same lives on all cores and on one, in turn: times as fast
    lives.NAME.world    share of the world in a tick; the other shares stand in the note

Shares: sixteen newborns live one life, and what they saw is kept. Then they live it again and again without the world, with the first
parts of the tick alone, one part more each time; what the whole life takes beyond all parts together is the world's. Wall clock but for
the shares.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from alife.bench._loops import PARTS, loops
from alife.bench._measure import Row, at_most, in_turn, row, seconds_of, wall_seconds_of
from alife.core import config as configs
from alife.core import rng
from alife.core.config import Config
from alife.core.lanes import LANES, aligned
from alife.evolve import run as runs
from alife.evolve.evolution import Evolution, Report
from alife.evolve.genome import space_of
from alife.insight.problems import PROBLEMS
from alife.sim.agent import Agent
from alife.sim.lives import Evaluator, life_seeds

SHARE = 0.10
"""Of the time that may pass outside of lives."""

SPEED = 10.0
"""M agent-ticks/s that shelves at n = K = 64 should reach from end to end."""

SHELVES = "shelves-64"
"""The row of which that is asked."""

TICKS = 200
"""Of a life, at most, whose shares are measured: what was seen has to fit into the second-level cache."""

REPLAYED = 4000
"""Ticks of a block in one timed call."""

_SEED = 1
UNIT = "M agent-ticks/s"


class Case(NamedTuple):
    """A problem, and how fast it should be."""

    name: str
    config: Config
    speed: float | None = None


def cases() -> list[Case]:
    """Shelves at the size of which a speed is asked, then all problems as they are."""
    shelves = configs.load("shelves", ("controller.width=64", "memory.bits=64"), {"run.seed": _SEED})
    return [Case(SHELVES, shelves, SPEED), *(Case(problem.name, problem.config(_SEED)) for problem in PROBLEMS)]


class Speed(NamedTuple):
    """A value a generation, (generations - 1,): the first does not count."""

    whole: np.ndarray
    """M agent-ticks/s from end to end"""
    in_lives: np.ndarray
    """M agent-ticks/s of lives alone"""
    outside: np.ndarray
    """share of the time"""


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

    def speed(self) -> Speed:
        """From the end of a generation to that of the next."""
        seconds, in_lives, ticks = np.diff(self.at), np.array(self.in_lives[1:]), np.diff(self.ticks) / 1e6
        return Speed(ticks / seconds, ticks / in_lives, 1 - in_lives / seconds)


def evolved(config: Config, generations: int) -> Speed:
    """Of a run of so many generations, in a folder that is gone afterwards."""
    watch = _Stopwatch()
    explicit = {"evolve.generations": generations, "evolve.until_solved": False, "evolve.solved": 1.0, "evolve.report": 2}
    with tempfile.TemporaryDirectory(prefix="alife-bench-") as folder:
        runs.begin(configs.load(configs.to_dict(config), (), explicit), Path(folder), watch)
    return watch.speed()


def scaling(agent: Agent, rounds: int, threads: int) -> np.ndarray:
    """(rounds,): times as fast on so many threads as on one, the lives of a first generation."""
    settings, space = agent.config.evolve, space_of(agent)
    genomes = space.start(rng.uniforms((settings.population, space.genes), _SEED))
    seeds = life_seeds(settings.lives, _SEED)
    with Evaluator(agent, 1) as one, Evaluator(agent, threads) as many:
        calls = {"one": one, "many": many}
        timed = {name: lambda e=e: wall_seconds_of(e.evaluate, genomes, seeds) for name, e in calls.items()}
        found = in_turn(timed, rounds)
    return found["one"] / found["many"]


def shares(agent: Agent, rounds: int, replayed: int = REPLAYED) -> dict[str, float]:
    """Share of a tick by name: `world`, `birth` (with showing what is seen), and the six parts; they sum to 1."""
    space, block, kernels = space_of(agent), agent.block(), loops(agent)
    genes = agent.in_lanes(space.start(rng.uniforms((LANES, space.genes), _SEED)))
    seeds = rng.bits(LANES, _SEED)
    seen = recorded(agent, genes[0], seeds, TICKS)
    lives = max(1, replayed // len(seen))
    same, scores, lived = np.repeat(seeds[None], lives, axis=0), np.zeros((1, LANES, lives), np.float32), np.zeros((1, LANES), np.int64)
    whole = (agent.kernels.lives, block, genes, 0, 1, same, 0, lives, len(seen), scores, lived)
    calls = {"whole": whole} | {str(n): (kernels.relive, block, genes[0], seen, lives, n) for n in range(len(PARTS) + 1)}
    found = in_turn({name: lambda call=call: seconds_of(*call) for name, call in calls.items()}, rounds)  # type: ignore[misc]
    return shares_of({name: float(np.median(times)) for name, times in found.items()})


def shares_of(times: dict[str, float]) -> dict[str, float]:
    """From the seconds of the `whole`, and of births with the first "0", "1", .. parts; what is below 0 by chance is 0."""
    parts = {"birth": times["0"]} | {part: times[str(n + 1)] - times[str(n)] for n, part in enumerate(PARTS)}
    took = {"world": times["whole"] - times[str(len(PARTS))]} | parts
    took = {name: max(0.0, seconds) for name, seconds in took.items()}
    total = sum(took.values())
    return {name: seconds / total for name, seconds in took.items()}


def recorded(agent: Agent, genes: np.ndarray, seeds: np.ndarray, most: int) -> np.ndarray:
    """float32 (ticks, n, LANES): what a block saw in the first ticks of the lives that seeds uint64 (LANES,) name."""
    block, kernels, seen = agent.block(), agent.kernels, list[np.ndarray]()
    kernels.begin(block, seeds)
    while block.alive.any() and len(seen) < min(most, agent.longest):
        kernels.see(block)
        seen.append(block.x.copy())
        kernels.think(block, genes)
        kernels.do(block)
    out = aligned((len(seen), *block.x.shape))
    out[...] = seen
    return out


def run(rounds: int = 7, which: Sequence[Case] | None = None, replayed: int = REPLAYED) -> list[Row]:
    """Four rows a problem."""
    return [each for case in (cases() if which is None else which) for each in _rows(case, rounds, replayed)]


def _rows(case: Case, rounds: int, replayed: int) -> list[Row]:
    name, agent, threads = f"lives.{case.name}", Agent(case.config), runs.cores()
    agent.compile()
    speed = evolved(case.config, rounds + 1)
    settings, width, bits = case.config.evolve, agent.layout.width, case.config.memory.params.bits  # type: ignore[attr-defined]
    what = f"n {width}, K {bits}, D {agent.layout.values}, population {settings.population}, {settings.lives} lives, threads: {threads}"
    fastest, value = float(np.median(speed.in_lives)), float(np.median(speed.whole))
    if case.speed is None:
        first = row(name, speed.whole, UNIT, fastest, value / fastest, f"{what}; reference: in lives alone; ratio: share of that")
    else:
        first = row(name, speed.whole, UNIT, case.speed, value / case.speed, f"{what}; reference: at least; ratio: above 1 is good")
    times = scaling(agent, rounds, threads)
    found = shares(agent, rounds, replayed)
    told = ", ".join(f"{part} {share:.0%}" for part, share in found.items())
    return [
        first,
        at_most(f"{name}.outside", speed.outside, "share", SHARE, "of the time, outside of lives"),
        row(f"{name}.scaling", times, "times", threads, float(np.median(times)) / threads, "all threads against 1; ratio: share of ideal"),
        row(f"{name}.world", [found["world"]], "share", None, None, f"of a tick: {told}"),
    ]
