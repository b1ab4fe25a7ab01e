"""What changes from outside: schedules and interventions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Field

from alife.core import rng
from alife.core.jit import kernel
from alife.core.places import Places, take
from alife.core.settings import Settings
from worlds import _eco as e
from worlds._eco import Eco
from worlds._eco_land import _lowest
from worlds._eco_settle import die, embody

RAMP = 100
"""Ticks between two steps of a gradual change."""

_STREAM = 77


def _known(change: dict[str, float]) -> dict[str, float]:
    names = (*e.NUMBERS, *(name for name in e.FRACTIONS if name != "drought"))
    for name, value in change.items():
        if name not in names:
            raise ValueError(f"expected some of {', '.join(names)}, got '{name}'")
        if value < 0 or (name in e.NUMBERS and value != int(value)) or value > 2**30 or (name in e.FRACTIONS and value > 1):
            raise ValueError(f"expected {'a whole number' if name in e.NUMBERS else '0..1'} for '{name}', got {value:g}")
    if not change:
        raise ValueError("expected at least one parameter to set")
    return change


class Change(Settings):
    """From tick `at` on, parameters have other values; with `over`, they get there little by little."""

    at: int = Field(ge=0, description="tick")
    set: Annotated[dict[str, float], AfterValidator(_known)] = Field(description="parameters of the world and their new values")
    over: int = Field(0, ge=0, description="ticks that the change takes")


class Intervention(Settings):
    """Something happens at tick `at`."""

    at: int = Field(ge=0, description="tick")
    do: Literal["drought", "flood", "plague", "migration", "meet"] = Field(
        description="drought: less grows; flood: low land is under deep water; plague: many die; migration: newcomers; "
        "meet: deep water falls dry"
    )
    share: float = Field(
        0.5, ge=0, le=1, description="drought: what still grows; flood: land under water; plague: chance to die"
    )
    ticks: int = Field(1000, ge=1, description="drought, flood: how long")
    number: int = Field(100, ge=1, le=10**6, description="migration: how many come")


class Levers(Settings):
    """Mixed into the world's Params."""

    schedule: tuple[Change, ...] = Field((), max_length=1000, description="parameters that change at given ticks")
    interventions: tuple[Intervention, ...] = Field((), max_length=1000, description="what befalls the world, and when")


def next_change(p: Any, tick: int) -> int:
    """See alife/core/contracts.py."""
    ticks = []
    for change in p.schedule:
        if tick <= change.at:
            ticks.append(change.at)
        elif tick <= change.at + change.over:
            ticks.append(min(change.at + change.over, change.at + -(-(tick - change.at) // RAMP) * RAMP))
    for done in p.interventions:
        lasts = done.ticks if done.do in ("drought", "flood") else 0
        ticks += [t for t in (done.at, done.at + lasts) if tick <= t]
    return min(ticks, default=-1)


def change(p: Any, s: Eco, q: Places, tick: int) -> list[tuple[str, str]]:
    """See alife/core/contracts.py."""
    told = []
    schedule = sorted(p.schedule, key=lambda planned: planned.at)
    for index, planned in enumerate(schedule):
        if planned.at <= tick <= planned.at + planned.over:
            before = _before(p, schedule[:index], planned)
            done = 1.0 if planned.over == 0 else (tick - planned.at) / planned.over
            for name, value in planned.set.items():
                _set(s, name, before[name] + (value - before[name]) * done)
            if tick in (planned.at, planned.at + planned.over):
                words = ", ".join(f"{name} = {_get(s, name):g}" for name in planned.set)
                told.append(("schedule", words + (" (from now on)" if tick == planned.at + planned.over else " (begins to change)")))
    for index, done in enumerate(p.interventions):
        if done.at == tick:
            told.append((done.do, _begin(s, q, done, rng.key(int(s.seed[0]), _STREAM, index))))
        elif done.at + done.ticks == tick and done.do == "drought":
            s.f[e.DROUGHT] = 1.0
            told.append(("drought", "the drought is over"))
        elif done.at + done.ticks == tick and done.do == "flood":
            under = s.drowned > 0
            s.terrain[under] = s.drowned[under] - 1
            s.drowned[:] = 0
            told.append(("flood", "the water is gone"))
    return told


def _before(p: Any, earlier: list[Change], planned: Change) -> dict[str, float]:
    """The values that a change of the schedule begins from: those of the latest earlier change, else of the config."""
    before = {name: float(getattr(p, name)) for name in planned.set}
    for change in earlier:
        before |= {name: value for name, value in change.set.items() if name in before}
    return before


def _set(s: Eco, name: str, value: float) -> None:
    if name in e.NUMBERS:
        i = e.NUMBERS.index(name)
        s.n[i] = max(int(value + 0.5), 1 if name in ("crop", "lifespan", "breed_energy") else 0)
        if i == e.SEASON_LENGTH:
            s.season[:, 1] = np.where(s.season[:, 1] < 0, s.clock[0] + s.n[i], np.minimum(s.season[:, 1], s.clock[0] + s.n[i]))
            if s.n[i] == 0:
                s.season[:, 1] = -1
    else:
        s.f[e.FRACTIONS.index(name)] = value


def _get(s: Eco, name: str) -> float:
    return float(s.n[e.NUMBERS.index(name)] if name in e.NUMBERS else s.f[e.FRACTIONS.index(name)])


def _begin(s: Eco, q: Places, done: Intervention, seed: int) -> str:
    """Let it happen; returns it in words."""
    if done.do == "drought":
        s.f[e.DROUGHT] = done.share
        return f"for {done.ticks} ticks only {done.share:.0%} of what grew sprouts"
    if done.do == "flood":
        return _flood(s, q, done, seed)
    living = np.flatnonzero(q.alive)
    if done.do == "plague":
        ill = living[rng.uniforms((len(q.alive),), seed)[living] < done.share]
        for agent in ill:
            die(s, q, agent, e.PLAGUE)
        return f"{len(ill)} of {len(living)} die"
    if done.do == "migration":
        return f"{settle_down(s, q, done.number, seed, float(s.founders[0]))} newcomers"
    dry = (s.terrain == e.DEEP) & (s.drowned == 0)
    s.terrain[dry] = e.PLAIN
    return f"{int(dry.sum())} cells of deep water fall dry"


def _flood(s: Eco, q: Places, done: Intervention, seed: int) -> str:
    shape = (int(s.fixed[e.ROWS]), int(s.fixed[e.COLUMNS]))
    low = _lowest(*shape, done.share, seed).ravel() & (s.terrain != e.WALL) & (s.terrain != e.DEEP) & (s.drowned == 0)
    caught = [int(a) for a in s.occupant[low] if a >= 0]
    for agent in caught:
        die(s, q, agent, e.FLOOD)
    s.sums[0, e.ROT] += int((s.food[low] > 0).sum()) * s.fixed[e.MEAL] + s.corpse[low].sum(dtype=np.int64)
    s.food[low], s.corpse[low] = 0, 0
    s.drowned[low] = s.terrain[low] + 1
    s.terrain[low] = e.DEEP
    return f"{int(low.sum())} cells under water for {done.ticks} ticks; {len(caught)} drown"


def settle_down(s: Eco, q: Places, number: int, seed: int, odd: float) -> int:
    """So many newcomers on free cells, or as many as find one; a share `odd` of each island's is of odd kind."""
    free = np.flatnonzero((s.occupant == e.EMPTY) & ((s.terrain == e.PLAIN) | (s.terrain == e.WATER)))
    order = free[rng.permutation(len(free), rng.key(seed, 1))[:number]]
    island = np.cumsum(_is_sea(s))[order % s.fixed[e.COLUMNS]]
    is_odd = np.zeros(len(order), np.int64)
    is_odd[rng.permutation(len(order), rng.key(seed, 2))[: int(odd * len(order) + 0.5)]] = 1
    tags = rng.bits(len(order), rng.key(seed, 3)) & np.uint64(0xFFFF)
    return int(_settle(s, q, order, 2 * island + is_odd, tags.astype(np.int64)))


@kernel
def _settle(s, q, cells, kinds, tags):
    """An agent in each of the cells, as long as there are places; returns how many."""
    for i in range(cells.shape[0]):
        agent = take(q, -1, -1, cells[i], kinds[i])
        if agent < 0:
            return i
        embody(s, q, agent, cells[i], -1, s.fixed[e.FOUNDER_ENERGY], tags[i])
        s.sums[0, e.BROUGHT] += s.fixed[e.FOUNDER_ENERGY] + s.fixed[e.BODY]
    return cells.shape[0]


def _is_sea(s: Eco) -> np.ndarray:
    """int64 (columns,): 1 for columns of deep water, but for the first; a flood is no sea."""
    deep = (s.terrain == e.DEEP) & (s.drowned == 0)
    sea = deep.reshape(int(s.fixed[e.ROWS]), int(s.fixed[e.COLUMNS])).any(axis=0)
    sea[0] = False
    return sea.astype(np.int64)
