"""The land: terrain, regions, patches, predators; its picture and its measures. Plain NumPy, no libm."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.core import rng
from alife.core.places import DIED, LIVING, NEXT_ID, REFUSED, Places
from worlds import _eco as e
from worlds._eco import Eco

_WALLS, _WATER, _PATCHES, _REGIONS, _HUNTERS = 1, 2, 3, 4, 5
_SMOOTH = 8
"""Rounds of averaging that make blobs out of noise."""

_LONGEST_WALL = 12


def terrain(p: Any, seed: int) -> np.ndarray:
    """uint8 (rows, columns)."""
    land = np.zeros((p.rows, p.columns), np.uint8)
    if p.water > 0:
        land[_lowest(p.rows, p.columns, p.water, rng.key(seed, e.LAND, _WATER))] = e.WATER
    _build_walls(land, int(p.walls * land.size), rng.key(seed, e.LAND, _WALLS))
    if p.islands > 1:
        for i in range(p.islands):
            land[:, i * p.columns // p.islands] = e.DEEP
    if p.edges == "walls":
        land[[0, -1]] = e.WALL
        land[:, [0, -1]] = e.WALL
    return land


def _lowest(rows: int, columns: int, share: float, seed: int) -> np.ndarray:
    """bool (rows, columns): the lowest cells of smooth random hills."""
    height = rng.uniforms((rows, columns), seed).astype(np.float64)
    for _ in range(_SMOOTH):
        height = 0.25 * (np.roll(height, 1, 0) + np.roll(height, -1, 0) + np.roll(height, 1, 1) + np.roll(height, -1, 1))
    order = np.argsort(height, axis=None, kind="stable")
    low = np.zeros(rows * columns, bool)
    low[order[: int(share * rows * columns)]] = True
    return low.reshape(rows, columns)


def _build_walls(land: np.ndarray, cells: int, seed: int) -> None:
    """Straight pieces of wall until so many cells are wall; stops short of that where they keep falling on each other."""
    rows, columns = land.shape
    for i in range(4 * cells):
        missing = cells - int((land == e.WALL).sum())
        if missing <= 0:
            return
        place, turn, length = (int(b) for b in rng.bits(3, seed, i))
        row, column = divmod(place % land.size, columns)
        for step in range(min(1 + length % _LONGEST_WALL, missing)):
            land[(row + (step if turn & 1 else 0)) % rows, (column + (0 if turn & 1 else step)) % columns] = e.WALL


def regions(p: Any, seed: int) -> np.ndarray:
    """uint8 (rows, columns): the region each cell belongs to, a grid of rectangles as square as can be."""
    down = max(d for d in range(1, p.regions + 1) if p.regions % d == 0 and d * d <= p.regions)
    across = p.regions // down
    row = np.arange(p.rows) * down // p.rows
    column = np.arange(p.columns) * across // p.columns
    return (row[:, None] * across + column[None, :]).astype(np.uint8)


def fertile(p: Any, seed: int) -> np.ndarray:
    """uint8 (rows, columns): squares of fertile land anywhere; all of it where there are no patches."""
    if p.patches == 0:
        return np.ones((p.rows, p.columns), np.uint8)
    land = np.zeros((p.rows, p.columns), np.uint8)
    reach = np.arange(-p.patch_radius, p.patch_radius + 1)
    for place in rng.bits(p.patches, rng.key(seed, e.LAND, _PATCHES)):
        row, column = divmod(int(place) % land.size, p.columns)
        land[np.ix_((row + reach) % p.rows, (column + reach) % p.columns)] = 1
    return land


def place_predators(s: Eco, count: int, seed: int) -> int:
    """Predators on free cells, as long as there are such; returns how many found one."""
    free = np.flatnonzero((s.occupant == e.EMPTY) & ((s.terrain == e.PLAIN) | (s.terrain == e.WATER)))
    order = rng.permutation(len(free), rng.key(seed, e.LAND, _HUNTERS))[:count]
    for k, cell in enumerate(free[order]):
        s.predators[k] = [*divmod(int(cell), int(s.fixed[e.COLUMNS])), 0]
        s.occupant[cell] = -2 - k
    return len(order)


def stored(s: Eco, q: Places) -> dict[str, int]:
    """Energy that is there: in food, corpses, agents and their bodies."""
    return {
        "food": int((s.food > 0).sum()) * int(s.fixed[e.MEAL]),
        "corpses": int(s.corpse.sum(dtype=np.int64)),
        "agents": int(s.body[:, [e.ENERGY, e.CROP]].sum(dtype=np.int64)),
        "bodies": int(q.counts[LIVING]) * int(s.fixed[e.BODY]),
    }


def accounts(s: Eco) -> dict[str, int]:
    """Energy that came and went since tick 0, by account."""
    return {name: int(s.sums[0, i]) for i, name in enumerate(e.ACCOUNTS)}


def measures(p: Any, s: Eco, q: Places) -> dict[str, float]:
    """See alife/core/contracts.py."""
    alive = np.flatnonzero(q.alive)
    body, cells = s.body[alive], s.food > 0
    good = np.zeros(len(s.food), bool)
    good[cells] = s.value[s.region[cells], s.food[cells] - 1] > 0
    found: dict[str, float] = {"population": float(len(alive))}
    for name, field in (("energy", e.ENERGY), ("crop", e.CROP), ("age", e.AGE)):
        found[f"{name}_mean"] = float(body[:, field].mean()) if len(alive) else 0.0
    found["age_max"] = float(body[:, e.AGE].max()) if len(alive) else 0.0
    found |= {"food_good": float(good.sum()), "food_bad": float(cells.sum() - good.sum())}
    found["food_share"] = float(cells.mean())
    found["tags"] = float(len(np.unique(body[:, e.TAG])))
    found |= {f"stored_{name}": float(value) for name, value in stored(s, q).items()}
    found |= {f"+energy_{name}": float(value) for name, value in accounts(s).items()}
    sums = s.sums[0]
    for name, i in (("meals_good", e.GOOD), ("meals_bad", e.BAD), ("scavenged", e.SCAVENGED), ("contested", e.CONTESTED),
                    ("given", e.GIFTS), ("bites", e.BITES), ("couples", e.COUPLES),
                    ("life_ticks", e.LIFE_TICKS), ("life_intake", e.LIFE_INTAKE), ("mother_ages", e.MOTHER_AGES)):  # fmt: skip
        found[f"+{name}"] = float(sums[i])
    found["+meals"] = float(sums[e.GOOD] + sums[e.BAD])
    names = e.HEADING_DEEDS if s.fixed[e.HEADING] else e.DEEDS
    for deed in sorted(int(d) for d in s.deeds):
        found[f"+did_{names[deed].replace(' ', '_')}"] = float(sums[e.DONE + deed])
    found |= {"+births": float(q.counts[NEXT_ID]), "+deaths": float(q.counts[DIED]), "+refused": float(q.counts[REFUSED])}
    if p.islands > 1 or p.memoryless > 0:
        counts = np.bincount(q.kind[alive], minlength=2 * p.islands)
        step = 1 if p.memoryless > 0 else 2
        found |= {f"kind_{kind}": float(counts[kind]) for kind in range(0, len(counts), step)}
    return found


_COLOURS = {e.PLAIN: (14, 14, 14), e.WALL: (84, 84, 84), e.WATER: (24, 62, 112), e.DEEP: (8, 20, 60)}


def land(p: Any, s: Eco) -> np.ndarray:
    """uint8 (rows, columns, 3), from above without agents and predators: food green, poisonous food purple, corpses brown."""
    shape = (int(s.fixed[e.ROWS]), int(s.fixed[e.COLUMNS]))
    image = np.zeros((s.terrain.size, 3), np.uint8)
    for kind, colour in _COLOURS.items():
        image[s.terrain == kind] = colour
    image[(s.terrain == e.PLAIN) & (s.fertile > 0)] = (34, 38, 28)
    image[s.corpse > 0] = (110, 72, 36)
    cells = np.flatnonzero(s.food)
    good = s.value[s.region[cells], s.food[cells] - 1] > 0
    image[cells[good]] = (0, 158, 115)
    image[cells[~good]] = (120, 76, 168)
    return image.reshape(*shape, 3)


def hunters(p: Any, s: Eco) -> np.ndarray:
    """int64 (predators, 2): row and column."""
    return s.predators[:, :2].copy()


def picture(p: Any, s: Eco, q: Places) -> np.ndarray:
    """The land, agents orange to white by energy, predators pink."""
    image = land(p, s)
    flat = image.reshape(-1, 3)
    cells = np.flatnonzero(s.occupant >= 0)
    rich = np.clip(s.body[s.occupant[cells], e.ENERGY] / max(1, int(s.n[e.BREED_ENERGY])), 0, 1)
    flat[cells] = np.stack([np.full(len(rich), 230), 120 + 120 * rich, 40 + 160 * rich], 1).astype(np.uint8)
    flat[s.occupant < e.EMPTY] = (250, 80, 220)
    return image
