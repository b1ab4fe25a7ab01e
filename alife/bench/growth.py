"""How the cost grows with what it depends on: slots, bits, values, agents, threads, population.

    growth.n.*           both halves of the net; reference: the cost at the smallest n, grown by n log n; the ratio should stay below 1.3
    growth.K.*           a whole tick; reference: the cost at the smallest K, times K
    growth.D.*           a whole tick; reference: the cost at the smallest D, times D
    growth.agents.*      a life of each on one core; reference: the cost of the fewest agents; 1 = many cost no more each
    growth.threads.*     lives of 2,048 agents; reference: one thread's speed times the threads
    growth.population.*  evolution from end to end; reference: the cost at the smallest population

K and D grow a part of the tick only, so there the ratio should fall. One core, processor time, but for threads and population: wall clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from alife.bench._loops import Case, Scene, scene
from alife.bench._measure import Row, in_turn, row, seconds_of, wall_seconds_of
from alife.bench.lives import evolved
from alife.core import config as configs
from alife.core import rng
from alife.core.lanes import LANES
from alife.evolve.genome import space_of
from alife.evolve.run import cores
from alife.sim.agent import Agent
from alife.sim.lives import Evaluator, life_seeds

WITHIN = 1.3
"""Times the cost by n log n that a larger n may cost."""

UNIT = "ns/agent-tick"
WORK = 40_000_000
"""Slots and weights in one timed call, about."""

_THREADED = 2048
_LIVES = 8


class Grid(NamedTuple):
    """Sizes, each list from small to large."""

    n: Sequence[int] = (64, 128, 256, 512, 1024, 2048, 4096)
    k: Sequence[int] = (64, 256, 1024, 4096, 16384)
    d: Sequence[int] = (1, 2, 4, 8, 16)
    agents: Sequence[int] = (16, 256, 4096, 65536)
    threads: Sequence[int] = ()
    """empty: 1, 2, 4, .. to the cores that there are"""
    population: Sequence[int] = (64, 256, 1024, 4096)


def run(rounds: int = 7, grid: Grid | None = None, work: int = WORK) -> list[Row]:
    """Six families of rows."""
    grid = grid or Grid()
    return [
        *_slots(grid.n, rounds, work), *_bits(grid.k, rounds, work), *_values(grid.d, rounds, work),
        *_agents(grid.agents, rounds), *_threads(grid.threads or _doubling(cores()), rounds), *_population(grid.population, rounds),
    ]  # fmt: skip


def family(name: str, found: Mapping[int, np.ndarray], law: Mapping[int, float], unit: str, note: str) -> list[Row]:
    """A row a size: its values beside the median of the smallest size, grown as `law` does; ratio: value / reference."""
    first = min(found)
    anchor = float(np.median(found[first])) / law[first]
    return [
        row(f"growth.{name}.{size}", values, unit, anchor * law[size], float(np.median(values)) / (anchor * law[size]), note)
        for size, values in sorted(found.items())
    ]


def _doubling(most: int) -> list[int]:
    """1, 2, 4, .. and `most`."""
    return sorted({1 << k for k in range(most.bit_length())} | {most})


def _ticks(scenes: Mapping[int, Scene], kernel: str, rounds: int, work: int) -> dict[int, np.ndarray]:
    """ns an agent-tick of one block."""
    timed = {}
    for size, what in scenes.items():
        block = what.agent.block()
        ticks = max(1, work // (what.agent.layout.width * 4 + what.agent.floats()) // LANES)
        call = (getattr(what.kernels, kernel), block, what.genes[0], what.seen_in_lanes, ticks)

        def once(what: Scene = what, block: object = block, call: tuple = call, ticks: int = ticks) -> float:
            what.kernels.begin(block)
            return seconds_of(*call) / (ticks * LANES) * 1e9

        timed[str(size)] = once
    return {int(size): values for size, values in in_turn(timed, rounds).items()}


def _slots(sizes: Sequence[int], rounds: int, work: int) -> list[Row]:
    scenes = {n: scene(Case(f"n{n}", n, 64, 1, 3), LANES) for n in sizes}
    found = _ticks(scenes, "halves", rounds, work)
    law = {n: n * float(np.log2(n)) for n in sizes}
    note = f"both halves of the net; reference: by n log n from n = {min(sizes)}; ratio: at most {WITHIN:g}"
    return family("n", found, law, UNIT, note)


def _bits(sizes: Sequence[int], rounds: int, work: int) -> list[Row]:
    scenes = {k: scene(Case(f"K{k}", 64, k, 1, 3), LANES) for k in sizes}
    note = f"a tick, n 64, D 8; reference: by K from K = {min(sizes)}; ratio: below 1 is good"
    return family("K", _ticks(scenes, "run", rounds, work), dict(zip(sizes, map(float, sizes), strict=True)), UNIT, note)


def _values(sizes: Sequence[int], rounds: int, work: int) -> list[Row]:
    scenes = {d: scene(Case(f"D{d}", 64, 64, 1, 3, d), LANES) for d in sizes}
    note = f"a tick, n 64, K 64; reference: by D from D = {min(sizes)}; ratio: below 1 is good"
    return family("D", _ticks(scenes, "run", rounds, work), dict(zip(sizes, map(float, sizes), strict=True)), UNIT, note)


def _agents(sizes: Sequence[int], rounds: int) -> list[Row]:
    timed = {}
    for agents in sizes:
        what = scene(Case(f"agents{agents}", 64, 64, 1, 3), agents)
        again, block = max(1, sizes[-1] // agents // 16), what.agent.block()

        def once(what: Scene = what, block: object = block, again: int = again, agents: int = agents) -> float:
            seconds = sum(seconds_of(what.kernels.lives, block, what.genes, what.seen_in_lanes) for _ in range(again))
            return seconds / (again * agents * len(what.seen)) * 1e9

        timed[str(agents)] = once
    found = {int(size): values for size, values in in_turn(timed, rounds).items()}
    note = "a life of each with its birth, n 64, K 64, D 8; reference: that of the fewest; ratio: 1 = many cost no more each"
    return family("agents", found, dict.fromkeys(sizes, 1.0), UNIT, note)


def _threads(sizes: Sequence[int], rounds: int, agents: int = _THREADED) -> list[Row]:
    agent = Agent(configs.load("copy"))
    agent.compile()
    space = space_of(agent)
    genomes, seeds = space.start(rng.uniforms((agents, space.genes), 1)), life_seeds(_LIVES, 1)
    pools = {threads: Evaluator(agent, threads) for threads in sizes}
    try:
        timed = {str(n): lambda pool=pool: _speed(pool, genomes, seeds) for n, pool in pools.items()}
        found = {int(size): values for size, values in in_turn(timed, rounds).items()}
    finally:
        for pool in pools.values():
            pool.__exit__()
    note = f"copy, {agents:,} agents, {_LIVES} lives, wall clock; reference: by threads from {min(sizes)}; ratio: share of ideal"
    return family("threads", found, {n: float(n) for n in sizes}, "M agent-ticks/s", note)


def _speed(pool: Evaluator, genomes: np.ndarray, seeds: np.ndarray) -> float:
    """M agent-ticks/s."""
    ticks = 0

    def live() -> None:
        nonlocal ticks
        ticks = pool.evaluate(genomes, seeds).ticks

    seconds = wall_seconds_of(live)
    return ticks / seconds / 1e6


def _population(sizes: Sequence[int], rounds: int) -> list[Row]:
    found = {}
    for size in sizes:
        config = configs.load("copy", (), {"evolve.population": size, "evolve.lives": _LIVES})
        found[size] = 1e3 / evolved(config, rounds + 1).whole
    note = f"copy, {_LIVES} lives, end to end, threads: {cores()}; reference: that of {min(sizes)}; ratio: below 1 is good"
    return family("population", found, dict.fromkeys(sizes, 1.0), UNIT, note)
