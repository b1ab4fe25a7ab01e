"""Lives of a champion, tick by tick in the compiled kernels: what it saw and thought, where its head was, in which phase of a life."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np

from alife.core import rng
from alife.core.lanes import LANES
from alife.evolve.judge import TEST
from alife.insight.mind import Ticks, moves_of, parts_of
from alife.sim.agent import Agent

MOST_TICKS = 40_000
"""Ticks that are looked at; lives after these are not begun, a life longer than that is looked at so far."""
MOST_WEIGHTS = 1 << 20
"""Weights of a block up to which the memory is looked at every tick; larger ones less often."""
MOST_PLACES = 256
"""Different addresses that are kept whole, to be compared."""
QUARTERS = (0.25, 0.5, 0.75, 1.0)


class Places:
    """Addresses that were met: numbers 0.. in the order of first sight, and names by how the head came there first.

    'home'; 'jump 1', 'jump 2', .. by their content; 'home+3' three times `next` of home, 'home-1' where `prev` of home is new.
    """

    def __init__(self, home: np.ndarray) -> None:
        self.names: list[str] = []
        self.vectors: list[np.ndarray] = []
        """of the first MOST_PLACES"""
        self._numbers: dict[bytes, int] = {}
        self._origins: list[tuple[str, int]] = []
        self._jumps = 0
        self.met(home, "home", -1)

    def met(self, address: np.ndarray, move: str, before: int) -> int:
        """The number of an address (K,) to which this move led from the address `before`."""
        digest = blake2b(address.tobytes(), digest_size=16).digest()
        if digest not in self._numbers:
            self._numbers[digest] = len(self.names)
            if move == "jump":
                self._jumps += 1
            base, steps = (f"jump {self._jumps}", 0) if move == "jump" else ("home", 0) if before < 0 else self._origins[before]
            steps += {"next": 1, "prev": -1}.get(move, 0)
            self._origins.append((base, steps))
            self.names.append(f"{base}{steps:+d}" if steps else base)
            if len(self.vectors) < MOST_PLACES:
                self.vectors.append(address.astype(np.float32))
        return self._numbers[digest]


class Lived(NamedTuple):
    """Ticks of one agent, a row each, tick by tick over lives that go on side by side; and the size of its memory."""

    ticks: Ticks
    lives: int
    norms: list[float] | None
    """Frobenius norm of M after each of the QUARTERS of a life, mean over lives; None where the memory does not show it"""
    fill: float | None
    """share of the memory's Bloom filter that is set at the end of a life, mean over lives; None where it has none"""
    life: np.ndarray
    """int64 (ticks,): which life, from 0"""
    time: np.ndarray
    """int64 (ticks,): which tick of it, from 0"""
    phase: list[str]
    """(ticks,): what the world calls it; '' where it has no phases"""
    asked: np.ndarray
    """bool (ticks,): whether the action counts and the past could help it; all True where the world does not say so"""
    read: np.ndarray
    """int64 (ticks,): number of the address where it reads"""
    written: np.ndarray
    """int64 (ticks,): and of that where it writes"""
    places: Places


class _Step(NamedTuple):
    """One tick of a block, of the lanes that are looked at."""

    lanes: np.ndarray
    """int64 (m,): which they are"""
    columns: tuple[np.ndarray, ...]
    """of Ticks"""
    address: np.ndarray
    """(m, K)"""
    written: np.ndarray
    """(m, K)"""
    phase: list[str]
    asked: list[bool]
    size: np.ndarray | None
    """(LANES,): norms of M"""


def live(agent: Agent, genome: np.ndarray, lives: int) -> Lived:
    """On the first lives of `alife score`; fewer than asked for where they have MOST_TICKS."""
    block, w = agent.block(), agent.in_lanes(np.repeat(genome[None], LANES, axis=0))[0]
    rounds = -(-lives // LANES)
    seeds = rng.bits(rounds * LANES, rng.key(agent.config.run.seed, TEST)).reshape(rounds, LANES)
    places, rows = Places(block.head.home), []
    norms: list[np.ndarray] = []
    fills: list[np.ndarray] = []
    where: list[tuple[np.ndarray, ...]] = []
    phases: list[str] = []
    fill = getattr(agent.memory.module, "fill", None)
    ticks = done = 0
    for row in seeds:
        wanted = np.arange(LANES) < lives - done
        sizes: list[np.ndarray] = []
        full, read, written = np.zeros(LANES), np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
        for time, step in enumerate(_steps(agent, block, w, row, wanted)):
            _visit(agent, places, step, read, written)
            rows.append(step.columns)
            when = np.full(len(step.lanes), time)
            where.append((done + step.lanes, when, np.array(step.asked), read[step.lanes], written[step.lanes]))
            phases += step.phase
            ticks += len(step.lanes)
            alive = np.isin(np.arange(LANES), step.lanes)
            sizes.append(np.where(alive, step.size, np.nan) if step.size is not None else np.zeros(0))
            full = np.where(alive, fill(block.memory), full) if fill is not None else full
            if ticks >= MOST_TICKS:
                break
        norms += [_quarters(np.array(sizes)[:, lane]) for lane in range(int(wanted.sum())) if len(sizes[0])]
        fills.append(full[wanted])
        done += int(wanted.sum())
        if ticks >= MOST_TICKS:
            break
    joined = Ticks(*(np.concatenate(columns) for columns in zip(*rows, strict=True)))
    life, when, asked, read, written = (np.concatenate(columns) for columns in zip(*where, strict=True))
    share = float(np.concatenate(fills).mean()) if fill is not None else None
    mean = np.mean(norms, axis=0).tolist() if norms else None
    return Lived(joined, done, mean, share, life, when, phases, asked, read, written, places)


def _visit(agent: Agent, places: Places, step: _Step, read: np.ndarray, written: np.ndarray) -> None:
    """In place: the numbers (LANES,) of where each lane reads and writes, from those of the tick before (0 = home, where lives begin)."""
    names, which = moves_of(step.columns[2], agent.layout)
    parts = parts_of(step.columns[2], agent.layout)
    for i, lane in enumerate(step.lanes.tolist()):
        read[lane] = places.met(step.address[i], names[which[i]], int(read[lane]))
        written[lane] = places.met(step.written[i], "next", int(written[lane])) if parts[i] else read[lane]


def _steps(agent: Agent, block: Any, w: np.ndarray, seeds: np.ndarray, wanted: np.ndarray) -> Iterator[_Step]:
    """One life in each lane, of the wanted ones, as long as they live."""
    kernels, contents = agent.kernels, getattr(agent.memory.module, "contents", None)
    progress, asking = (getattr(agent.world.module, name, None) for name in ("progress", "asking"))
    parting = agent.layout.control("part") >= 0
    kernels.begin(block, seeds)
    size, step, every = None, 0, 1
    while (alive := (block.alive > 0) & wanted).any() and step < agent.longest:
        lanes = np.flatnonzero(alive)
        phase = [progress(block.world, lane)[0] if progress else "" for lane in lanes.tolist()]
        asked = [asking is None or bool(asking(block.world, lane)) for lane in lanes.tolist()]
        kernels.see(block)
        seen = block.x.copy()
        kernels.think(block, w)
        if contents is not None and step % every == 0:
            m = contents(block.memory)
            every = 1 + m.size // MOST_WEIGHTS
            size = np.sqrt((m.astype(np.float64) ** 2).reshape(-1, LANES).sum(axis=0))
        columns = tuple(np.ascontiguousarray(a[:, alive].T) for a in (seen, block.r, block.h, block.x))
        address = np.ascontiguousarray(block.head.a[:, alive].T)
        written = np.ascontiguousarray(block.head.b[:, alive].T) if parting else address
        yield _Step(lanes, (*columns, block.g[0, alive]), address, written, phase, asked, size)
        kernels.do(block)
        step += 1


def _quarters(sizes: np.ndarray) -> np.ndarray:
    """Of one life, (ticks,), NaN after its end: the size at the end of each quarter."""
    known = sizes[~np.isnan(sizes)]
    return np.array([known[int(np.ceil(q * len(known))) - 1] for q in QUARTERS])
