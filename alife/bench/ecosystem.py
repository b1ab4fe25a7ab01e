"""A whole ecosystem at four sizes, births and deaths going on: what it costs an agent and tick, and how that grows with their number.

The world has 4 cells an agent; width 32, K 64, D 1; senses meal, food, tasted, look, energy; actions move, eat, breed, rest. Every
place is taken (`most`), ages are spread evenly over lives of 500 ticks, and a few agents are so rich that they breed whenever a
place gets free: about 1 death and 1 birth in 500 agent-ticks. Threads as a run takes them: all cores, one below 4,096 agents.
Wall clock: other programs on the machine are felt. Records are drained, and the rich made rich again, while the clock stands.

Bytes moved, at the least, where no cache holds anything from one pass over the agents to the next: genes once, read; all lifetime
state of memory and head (weights, the address and error of the write that waits, the head's address), read and written; the body
(64 bytes) read and written three times: to sense and act, to weigh, to let happen. The cells around are not counted.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from math import isqrt
from typing import NamedTuple

import numpy as np

from alife.bench._measure import Row, row
from alife.core import config, rng
from alife.core.lanes import LANES
from alife.evolve.ecology import THREADS_PAY
from alife.evolve.run import cores
from alife.sim.colony import lanes_of
from alife.sim.ecosystem import Ecosystem

SIZES = (10**3, 10**4, 10**5, 10**6)
SPEED = 5.0
"""M agent-ticks/s that 1e5 agents should reach."""

DEARER = 2.0
"""Times the cost at 1e4 that an agent-tick at 1e6 may cost."""

COPIED = 1 << 28
"""Bytes that each thread copies for the machine's bandwidth."""

_POOR, _RICH, _SHARE = 30_000, 900_000, 0.03
_LIFE = 500
_BURST, _AGENT_TICKS = 50, 4_000_000
"""Ticks, and agent-ticks, between two pauses, at most."""


class Round(NamedTuple):
    """What was counted while the clock ran."""

    seconds: float
    agent_ticks: int
    changes: int
    """births and deaths"""
    least: int
    """agents"""


def crowd(agents: int) -> Ecosystem:
    """So many agents, rounded up to whole blocks, of all ages."""
    agents = -(-agents // LANES) * LANES
    rows = isqrt(4 * agents)
    world = {
        "kind": "ecosystem", "rows": rows, "columns": -(-4 * agents // rows), "founders": agents, "most": agents, "lifespan": _LIFE,
        "founder_energy": _POOR, "birth_energy": _POOR, "breed_energy": 100_000, "maturity": 20,
        "senses": ["meal", "food", "tasted", "look", "energy"], "actions": ["move", "eat", "breed", "rest"],
    }  # fmt: skip
    ecosystem = Ecosystem(config.load({"world": world, "controller": {"width": 32}, "memory": {"bits": 64}}))
    ecosystem.compile()
    ecosystem.found()
    ecosystem.births()
    body, fields = ecosystem.world.body, ecosystem.config.world.module.e
    body[:, fields.AGE] = rng.uniforms((agents,), 1) * body[:, fields.SPAN]
    return ecosystem


def live(ecosystem: Ecosystem, seconds: float) -> Round:
    """For so long, and one burst at least."""
    took, ticks, changes, least = 0.0, ecosystem.agent_ticks, ecosystem.born + ecosystem.died, ecosystem.living
    threads = cores() if ecosystem.living >= THREADS_PAY else 1
    while not took or took < seconds:
        _enrich(ecosystem)
        started = time.perf_counter()
        ecosystem.advance(max(1, min(_BURST, _AGENT_TICKS // max(1, ecosystem.living))), threads)
        took += time.perf_counter() - started
        ecosystem.births()
        ecosystem.deaths()
        least = min(least, ecosystem.living)
    return Round(took, ecosystem.agent_ticks - ticks, ecosystem.born + ecosystem.died - changes, least)


def _enrich(ecosystem: Ecosystem) -> None:
    """A few of the living have more than enough."""
    living = np.flatnonzero(ecosystem.q.alive)
    luck = rng.uniforms((len(living),), 2)
    ecosystem.world.body[living, ecosystem.config.world.module.e.ENERGY] = np.where(luck < _SHARE, _RICH, _POOR)


def bytes_of(ecosystem: Ecosystem) -> tuple[float, float]:
    """Bytes an agent takes, all arrays but the queues of records; bytes that move in an agent-tick."""
    c, places = ecosystem.colony, len(ecosystem.q.alive)
    owns = [getattr(c, f"{name}_own") for name in ("net", "store", "head")]
    mind = sum(own[i].nbytes for own in owns for i in lanes_of([array[0] for array in own])) / places
    genes, body = c.genes.nbytes / places, ecosystem.world.body.nbytes / places
    around = sum(array.nbytes for array in (*ecosystem.world, ecosystem.q.alive, ecosystem.q.id, ecosystem.q.kind, c.keep)) / places
    return genes + mind + around, genes + 2 * mind + 6 * body


def bandwidth(threads: int, size: int = COPIED, rounds: int = 3) -> list[float]:
    """GB/s, read and written, of so many threads that copy large arrays."""
    pairs = [(np.ones(size // 8), np.zeros(size // 8)) for _ in range(threads)]
    found = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(rounds + 1):
            started = time.perf_counter()
            for done in [pool.submit(np.copyto, to, source) for source, to in pairs]:
                done.result()
            found.append(2 * size * threads / (time.perf_counter() - started) / 1e9)
    return found[1:]


def run(rounds: int = 3, sizes: Sequence[int] = SIZES, seconds: float = 1.0, copied: int = COPIED) -> list[Row]:
    """Rows a size: speed, cost, turnover, memory, bandwidth; then the cost of many beside that of few."""
    rows: list[Row] = []
    costs: dict[int, np.ndarray] = {}
    for agents in sizes:
        ecosystem = crowd(agents)
        live(ecosystem, seconds / 4)
        found = [live(ecosystem, seconds) for _ in range(rounds)]
        costs[agents] = np.array([r.seconds / r.agent_ticks * 1e9 for r in found])
        rows += _rows(f"ecosystem.1e{len(str(agents)) - 1}", ecosystem, found, agents, copied)
        ecosystem.close()
    if 10**4 in costs and 10**6 in costs:
        times = costs[10**6] / np.median(costs[10**4])
        note = f"cost of an agent-tick at 1e6 over that at 1e4; reference: at most {DEARER:g}; ratio: below 1 is good"
        rows.append(row("ecosystem.growth", times, "times", DEARER, float(np.median(times)) / DEARER, note))
    return rows


def _rows(name: str, ecosystem: Ecosystem, found: list[Round], agents: int, copied: int) -> list[Row]:
    """The rows of one size."""
    threads = cores() if ecosystem.living >= THREADS_PAY else 1
    cost = np.array([r.seconds / r.agent_ticks * 1e9 for r in found])
    turnover = [r.changes / r.agent_ticks * 1e3 for r in found]
    taken, moved = bytes_of(ecosystem)
    copying = float(np.median(bandwidth(threads, copied)))
    used = moved / cost
    what = f"{len(ecosystem.q.alive):,} places, at least {min(r.least for r in found):,} living; threads: {threads}"
    bound = SPEED if agents == 10**5 else None
    speed = 1e3 / cost
    note = f"{what}; reference: at least; ratio: above 1 is good" if bound else what
    share = float(np.median(used)) / copying
    told = f"{moved:,.0f} bytes an agent-tick that have to move; reference: copying large arrays in as many threads; ratio: share of that"
    return [
        row(name, speed, "M agent-ticks/s", bound, float(np.median(speed)) / bound if bound else None, note),
        row(f"{name}.cost", cost, "ns/agent-tick", None, None, f"wall clock, threads: {threads}"),
        row(f"{name}.turnover", turnover, "in 1000 agent-ticks", None, None, "births and deaths"),
        row(f"{name}.memory", [taken], "bytes an agent", None, None, "mind, body, records of the place, 4 cells"),
        row(f"{name}.bandwidth", used, "GB/s", copying, share, told),
    ]
