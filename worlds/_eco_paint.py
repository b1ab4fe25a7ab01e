"""A world changed by hand, between two ticks: what is painted onto cells, who is put into it and who is taken out.

Nothing is walled in: an agent stands on no wall. All energy that comes is `brought`, all that goes is `taken`, so the books
stay exact. Cells are numbers row * columns + column.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.core import rng
from alife.core.errors import UserError
from alife.core.jit import kernel
from alife.core.places import LIVING, NEXT_ID, Places, release, take
from worlds import _eco as e
from worlds._eco import Eco
from worlds._eco_levers import _is_sea
from worlds._eco_settle import embody

_PLANTS, _TAGS = 91, 92
_BRUSHES = {
    "good food": "plants that nourish here, this season",
    "bad food": "plants that poison here, this season",
    "fertile": "land on which plants grow",
    "barren": "land without plants, on which none will grow",
    "water": "shallow water: costly to cross, bears nothing",
    "wall": "a wall, where nobody stands",
    "erase": "bare plain: no plants, corpses, agents, walls, water",
}


def brushes(p: Any) -> dict[str, str]:
    """Name -> what it leaves. Without food of a kind that this world does not have."""
    nourishing = (p.foods + 1) // 2 if p.nourishing is None else p.nourishing
    missing = {"good food": nourishing == 0, "bad food": nourishing == p.foods}
    return {name: words for name, words in _BRUSHES.items() if not missing.get(name)}


def paint(p: Any, s: Eco, q: Places, brush: str, cells: np.ndarray) -> str:
    """Draw a brush over cells (int64, any order); returns in words how many have changed.

    Food goes onto plain land alone. The walls around a world with edges stay. UserError: no such brush or cell.
    """
    known = brushes(p)
    if brush not in known:
        raise UserError(f"brush: expected one of {', '.join(known)}, got {brush!r}")
    cells = _known(s, cells)
    if p.edges == "walls":
        row, column = np.divmod(cells, p.columns)
        cells = cells[(row > 0) & (row < p.rows - 1) & (column > 0) & (column < p.columns - 1)]
    before = _look(s, cells)
    gone = 0
    if brush in ("good food", "bad food"):
        _plant(s, cells[s.terrain[cells] == e.PLAIN], 1 if brush == "good food" else -1)
    elif brush in ("fertile", "barren"):
        s.fertile[cells] = brush == "fertile"
        if brush == "barren":
            _take_food(s, cells)
    elif brush == "erase":
        agents = s.occupant[cells][s.occupant[cells] >= 0].astype(np.int64)
        gone = len(agents)
        remove(p, s, q, agents)
        _take_food(s, cells)
        _take_corpses(s, cells)
        _turn_into(s, cells, e.PLAIN)
    else:
        free = cells[s.occupant[cells] == e.EMPTY] if brush == "wall" else cells
        _take_food(s, free)
        if brush == "wall":
            _take_corpses(s, free)
        _turn_into(s, free, e.WALL if brush == "wall" else e.WATER)
    changed = int((_look(s, cells) != before).any(axis=0).sum())
    return f"{brush}: {changed} of {len(cells)} cells change" + (f", {gone} agents are taken out" if gone else "")


def remove(p: Any, s: Eco, q: Places, agents: np.ndarray) -> None:
    """Take agents, by their places, out of the world: they leave no corpse."""
    for agent in agents:
        body, tally = s.body[agent].astype(np.int64), s.tally[agent]
        s.sums[0, e.TAKEN] += s.fixed[e.BODY] + body[e.ENERGY] + body[e.CROP]
        s.sums[0, e.LIFE_TICKS] += body[e.AGE]
        s.sums[0, e.LIFE_INTAKE] += tally[e.INTAKE]
        release(q, agent, e.HAND, body[e.AGE], tally[e.INTAKE], tally[e.MEALS], tally[e.POISONED], tally[e.CHILDREN])
        s.occupant[body[e.ROW] * s.fixed[e.COLUMNS] + body[e.COLUMN]] = e.EMPTY
        s.status[agent], s.body[agent] = 0, 0


def settle_at(p: Any, s: Eco, q: Places, cells: np.ndarray, energy: int | None) -> list[int]:
    """Newcomers without a mother in those of the cells that are free and can be entered, as long as there are places.

    energy: of each; None = that of founders. Returns their places. UserError: no such cell.
    """
    cells = _known(s, cells)
    cells = cells[(s.occupant[cells] == e.EMPTY) & ((s.terrain[cells] == e.PLAIN) | (s.terrain[cells] == e.WATER))]
    cells = cells[: len(q.alive) - int(q.counts[LIVING])]
    island = np.cumsum(_is_sea(s))[cells % s.fixed[e.COLUMNS]]
    tags = rng.bits(len(cells), rng.key(int(s.seed[0]), _TAGS), int(q.counts[NEXT_ID])) & np.uint64(0xFFFF)
    found = np.full(len(cells), -1, np.int64)
    _settle_at(s, q, cells, 2 * island, tags.astype(np.int64), int(s.fixed[e.FOUNDER_ENERGY]) if energy is None else energy, found)
    return [int(place) for place in found if place >= 0]


@kernel
def _draw(s, cells, out):
    """64 bits for each cell, at this tick."""
    for i in range(cells.shape[0]):
        out[i] = rng.draw(s.seed[0], s.clock[0], cells[i], _PLANTS)


@kernel
def _settle_at(s, q, cells, kinds, tags, energy, found):
    """An agent in each of the cells, all of them free; their places into `found`."""
    for i in range(cells.shape[0]):
        agent = take(q, -1, -1, cells[i], kinds[i])
        if agent < 0:
            return
        embody(s, q, agent, cells[i], -1, energy, tags[i])
        s.sums[0, e.BROUGHT] += energy + s.fixed[e.BODY]
        found[i] = agent


def _known(s: Eco, cells: np.ndarray) -> np.ndarray:
    """int64, ascending, each once. UserError where one is outside."""
    cells = np.unique(np.asarray(cells, np.int64))
    if len(cells) and not (cells[0] >= 0 and cells[-1] < s.terrain.size):
        raise UserError(f"cells: expected 0..{s.terrain.size - 1}, got {cells[0]}..{cells[-1]}")
    return cells


def _look(s: Eco, cells: np.ndarray) -> np.ndarray:
    """int64 (5, cells): all that a brush can change."""
    return np.stack([array[cells].astype(np.int64) for array in (s.terrain, s.fertile, s.food, s.corpse, s.occupant)])


def _plant(s: Eco, cells: np.ndarray, value: int) -> None:
    """A plant of a kind, by lot, that has this value there now, where none such stands."""
    kinds = s.food[cells].astype(np.int64) - 1
    region = s.region[cells]
    empty = kinds < 0
    wanting = empty | (s.value[region, kinds] != value)
    s.sums[0, e.BROUGHT] += int(empty.sum()) * s.fixed[e.MEAL]
    cells, region = cells[wanting], region[wanting]
    luck = np.empty(len(cells), np.uint64)
    _draw(s, cells, luck)
    for number in np.unique(region):
        here, wanted = region == number, np.flatnonzero(s.value[number] == value)
        s.food[cells[here]] = 1 + wanted[(luck[here] % np.uint64(len(wanted))).astype(np.int64)]


def _take_food(s: Eco, cells: np.ndarray) -> None:
    s.sums[0, e.TAKEN] += int((s.food[cells] > 0).sum()) * s.fixed[e.MEAL]
    s.food[cells] = 0


def _take_corpses(s: Eco, cells: np.ndarray) -> None:
    s.sums[0, e.TAKEN] += s.corpse[cells].sum(dtype=np.int64)
    s.corpse[cells] = 0


def _turn_into(s: Eco, cells: np.ndarray, terrain: int) -> None:
    """Another terrain, which also outlasts a flood."""
    s.terrain[cells], s.drowned[cells] = terrain, 0
