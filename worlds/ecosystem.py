"""Ecosystem: many agents in one grid eat, meet, breed and die. What is food and what is poison must be learnt in a lifetime.

Plants of several kinds grow in patches. Every kind has a look, a random code of +-1 that never changes; whether it
nourishes or poisons is drawn anew for every region and every season. An agent sees where food is, and the look of what lies
under it; the tick after a meal it feels the effect and still has the look before it. So what harmed it can be
kept under the address of that look, and recalled at the next plant of the kind: the slot `meal` shows that there is something
to eat (1/2) or what the last meal did (1 or -1), takes the recall, and is the action `eat`.

Every action stands in the slot of the sense that goes with it (eat: meal; the four moves: food in that direction; breed:
energy; attack: hurt; share: kin ahead; mark: smell), so a newborn that passes its input through (docs/design.md) goes
to food, eats, and breeds when it is rich. Selection has to do the rest.

Energy is counted in whole numbers and never lost from the books: sun + brought = stored + heat + rot + spoilt + taken.
The order of things within a tick: see worlds/_eco_act.py and worlds/_eco_settle.py.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from alife.core import rng
from alife.core.lanes import LANES
from alife.core.places import Places
from worlds import _eco as e
from worlds._eco import Eco
from worlds._eco_act import act, resolve
from worlds._eco_fault import fault
from worlds._eco_land import fertile, hunters, land, measures, picture, place_predators, regions, terrain
from worlds._eco_levers import Levers, change, next_change, settle_down
from worlds._eco_paint import brushes, paint, remove, settle_at
from worlds._eco_sense import observe
from worlds._eco_settle import settle, turn_season

__all__ = [
    "Params", "act", "brushes", "change", "fault", "hunters", "land", "measures", "next_change", "observe", "paint", "picture", "remove",
    "resolve", "settle", "settle_at",
]  # fmt: skip

Sense = Literal[
    "meal", "food", "tasted", "look", "energy", "crop", "touch", "hurt", "age", "others", "kin", "vigour", "carrying", "walls", "smell",
    "hunters", "action",
]  # fmt: skip
Deed = Literal["move", "eat", "breed", "rest", "attack", "share", "mark", "turn"]
Energy = Annotated[int, Field(ge=0, le=10**6)]
Share = Annotated[float, Field(ge=0, le=1)]
_FOUNDING, _LOOKS = 1, 2


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError(f"expected an odd number, got {value}")
    return value


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"expected every name once, got '{name}' {names.count(name)} times")
    return names


DEFAULTS = {"head.moves": ["jump"], "head.sees": "all", "head.recall": "onto", "head.writes": "thought", "head.gate": "hard"}
"""A head that jumps or stays, and writes wholly or not: half of the founders do the one, half the other."""


class Params(Levers):
    """The world's knobs. Energies are whole numbers, costs are per tick or deed. A schedule may change most numbers."""

    rows: int = Field(64, ge=4, le=8192, description="cells from north to south")
    columns: int = Field(64, ge=4, le=8192, description="cells from west to east")
    edges: Literal["torus", "walls"] = Field("torus", description="what is beyond the last row and column")
    walls: float = Field(0.0, ge=0, le=0.4, description="share of the cells that are wall")
    water: float = Field(0.0, ge=0, le=0.6, description="share of the cells under shallow water: costly to cross, bears nothing")
    islands: int = Field(1, ge=1, le=16, description="strips of land between deep water, which nobody can cross")
    patches: int = Field(0, ge=0, le=100_000, description="squares of fertile land; 0 = all land is")
    patch_radius: int = Field(5, ge=0, le=64, description="a patch is 2 radius + 1 cells a side")

    foods: int = Field(6, ge=1, le=64, description="kinds of food")
    nourishing: int | None = Field(None, ge=0, le=64, description="kinds that nourish at a time; null = half of them")
    look: int = Field(12, ge=1, le=16, description="bits of a look")
    meal: Annotated[int, Field(ge=1, le=10**6)] = Field(60, description="energy in a plant")
    poison: Energy = Field(40, description="energy lost by eating a plant that poisons")
    regions: int = Field(1, ge=1, le=255, description="parts of the world in which values are drawn apart")
    season_length: int = Field(0, ge=0, le=10**9, description="ticks until a region's values are drawn anew; 0 = never")
    turnover: Share = Field(0.035, description="seeds that fall per cell and tick; each ends what stood in the cell")
    cover: Share = Field(0.4, description="chance that a seed sprouts on fertile land")
    year_length: int = Field(0, ge=0, le=10**9, description="ticks from summer to summer; 0 = no winter")
    winter: Share = Field(0.0, description="how much less sprouts in midwinter")

    founders: int | None = Field(None, ge=1, le=10**6, description="random agents at tick 0; null = a quarter of the cells")
    founder_energy: Annotated[int, Field(ge=1, le=10**6)] = Field(600, description="energy of founders and newcomers")
    memoryless: Share = Field(0.0, description="share of the founders that recall nothing, nor do their descendants")
    most: int | None = Field(None, ge=16, le=4_000_000, description="hard cap of agents; null = half of the cells")
    metabolism: Energy = Field(1, description="energy per tick of living")
    ageing: Energy = Field(1, description="more of it at the age of `lifespan`, and in proportion before")
    maturity: int = Field(100, ge=0, le=10**9, description="ticks before an agent can breed")
    lifespan: int = Field(2000, ge=2, le=2**30, description="mean age at which an agent dies at the latest; each has its own, +- 1/4")
    breeding: Literal["clone", "sexual", "either"] = Field("clone", description="with a neighbour who breeds too, alone, or as it comes")
    breed_energy: Annotated[int, Field(ge=1, le=10**6)] = Field(300, description="energy it takes to breed")
    birth_energy: Annotated[int, Field(ge=1, le=10**6)] = Field(150, description="energy a mother gives her child")
    body: Energy = Field(30, description="energy in a body, paid by the mother, left in the corpse")
    crop: Annotated[int, Field(ge=1, le=10**6)] = Field(300, description="food an agent can carry")
    digestion: Energy = Field(20, description="energy per tick from crop to body")
    cost_move: Energy = Field(1, description="energy a step takes")
    cost_eat: Energy = Field(0, description="energy of eating, also of nothing")
    cost_mark: Energy = Field(1, description="energy of leaving a mark")
    cost_attack: Energy = Field(4, description="energy of a bite")
    cost_share: Energy = Field(1, description="energy of giving, beside the gift")
    cost_turn: Energy = Field(1, description="energy of turning")
    cost_breed: Energy = Field(5, description="energy of being willing to breed for a tick")
    swim: Energy = Field(4, description="energy a step out of water takes on top")
    bite: Energy = Field(100, description="energy that an attack takes")
    spoils: Share = Field(0.5, description="share of it that the attacker gets")
    gift: Energy = Field(40, description="what is given from crop to crop")
    corpses: bool = Field(True, description="the dead can be eaten until they rot")
    scent: float = Field(1.0, ge=0, le=1, description="smell that a mark adds to its cell")
    spread: Share = Field(0.2, description="part of a cell's smell that spreads to the four around, per tick")
    fading: Share = Field(0.02, description="part of the smell that is gone, per tick")
    predators: int = Field(0, ge=0, le=100_000, description="hunters that do not evolve")
    predator_reach: int = Field(4, ge=1, le=16, description="cells they see")
    predator_rest: int = Field(50, ge=0, le=10**6, description="ticks of rest after a kill")

    heading: bool = Field(False, description="moves and view turn with the agent; else they are north, east, south, west")
    view: Annotated[int, Field(ge=3, le=15), AfterValidator(_odd)] = Field(3, description="cells a side in view, odd")
    senses: Annotated[tuple[Sense, ...], Field(min_length=1), AfterValidator(_once)] = Field(
        ("meal", "food", "tasted", "look", "energy", "touch", "hurt", "kin", "smell"), description="what an agent senses"
    )
    actions: Annotated[tuple[Deed, ...], Field(min_length=1), AfterValidator(_once)] = Field(
        ("move", "eat", "breed", "rest", "attack", "share", "mark"), description="what an agent can do"
    )
    tag_mutation: Share = Field(0.02, description="chance that a bit of the kin signature flips at birth")
    mutations: int = Field(6, ge=1, le=1000, description="mean number of genes changed in a child")
    step: float = Field(0.5, gt=0, le=4, description="largest change of a gene")
    inherit: Literal["blank", "copied", "shared"] = Field(
        "blank", description="a child's memory: blank, a copy of its mother's, or that and again with every gift from kin"
    )

    @model_validator(mode="after")
    def _fits(self) -> Params:
        if self.nourishing is not None and self.nourishing > self.foods:
            raise ValueError(f"nourishing: expected at most foods = {self.foods}, got {self.nourishing}")
        if self.view > min(self.rows, self.columns):
            raise ValueError(f"view: expected at most {min(self.rows, self.columns)} cells a side, got {self.view}")
        most = (min(self.rows, self.columns) - 1) // 2
        for reach in (self.predator_reach, *(planned.set.get("predator_reach", 0) for planned in self.schedule)):
            if self.predators and reach > most:
                raise ValueError(f"predator_reach: expected at most {most}, got {reach:g}")
        if self.islands * 3 > self.columns:
            raise ValueError(f"islands: expected at most a third of columns = {self.columns}, got {self.islands}")
        if self.regions > min(self.rows, self.columns):
            raise ValueError(f"regions: expected at most {min(self.rows, self.columns)}, got {self.regions}")
        if self.breed_energy <= self.birth_energy + self.body:
            child = self.birth_energy + self.body
            raise ValueError(f"breed_energy: expected more than birth_energy + body = {child}, got {self.breed_energy}")
        if founders(self) > places(self):
            raise ValueError(f"founders: expected at most most = {places(self)}, got {founders(self)}")
        return self


def places(p: Params) -> int:
    """The hard cap, a whole number of blocks."""
    return (p.most if p.most is not None else max(LANES, p.rows * p.columns // 2)) // LANES * LANES


def founders(p: Params) -> int:
    """How many random agents there are at tick 0."""
    return p.founders if p.founders is not None else min(places(p), max(1, p.rows * p.columns // 4))


def phases(p: Params) -> int:
    """Weigh, then let happen."""
    return 2


def causes(p: Params) -> list[str]:
    """Causes of death."""
    return list(e.CAUSES)


def ratios(p: Params) -> dict[str, tuple[str, str]]:
    """Means for the time series: length and intake of the lives that ended, the age of mothers at a birth, the share of the
    meals that nourished, meals per agent and tick."""
    return {
        "lifetime": ("life_ticks", "deaths"), "lifetime_intake": ("life_intake", "deaths"), "generation": ("mother_ages", "births"),
        "meals_right": ("meals_good", "meals"), "meals_rate": ("meals", "agent_ticks"),
    }  # fmt: skip


def heredity(p: Params) -> dict[str, Any]:
    """How children differ from their parents."""
    return {"mutations": p.mutations, "step": p.step, "memory": p.inherit}


def _offsets(view: int) -> list[tuple[int, int]]:
    """North, east, south, west, here, then the rest by distance."""
    reach = view // 2
    first = [(-1, 0), (0, 1), (1, 0), (0, -1), (0, 0)]
    cells = [(r, c) for r in range(-reach, reach + 1) for c in range(-reach, reach + 1) if (r, c) not in first]
    return first + sorted(cells, key=lambda cell: (abs(cell[0]) + abs(cell[1]), cell))


def _deeds(p: Params) -> list[int]:
    """The deeds behind the actions that are on, in order."""
    of = {"move": [e.NORTH, e.EAST, e.SOUTH, e.WEST], "turn": [e.LEFT, e.RIGHT]}
    single = {"eat": e.EAT, "breed": e.BREED, "rest": e.REST, "attack": e.ATTACK, "share": e.SHARE, "mark": e.MARK}
    return sorted(deed for name in p.actions for deed in of.get(name, [single.get(name, -1)]))


def _deed_names(p: Params) -> tuple[str, ...]:
    return e.HEADING_DEEDS if p.heading else e.DEEDS


def _senses(p: Params) -> list[tuple[Sense, int, str]]:
    """(sense, index, name) of every slot, the slots of actions first and each beside its action as far as there is one."""
    around = ("ahead", "right", "back", "left") if p.heading else ("north", "east", "south", "west")
    cells = _offsets(p.view)
    where = [*around, "here", *(f"{r},{c}" for r, c in cells[5:])]
    names: dict[Sense, list[str]] = {
        "meal": ["meal"], "tasted": ["tasted"], "energy": ["energy"], "crop": ["crop"], "touch": ["touch"], "hurt": ["hurt"],
        "age": ["age"], "food": [f"food {w}" for w in where], "others": [f"agent {w}" for w in where if w != "here"],
        "look": [f"look {i}" for i in range(p.look)], "kin": [f"kin {w}" for w in around],
        "vigour": [f"vigour {w}" for w in around], "carrying": [f"carrying {w}" for w in around],
        "walls": [f"wall {w}" for w in around], "smell": ["smell here", *(f"smell {w}" for w in around)],
        "hunters": [f"predator {w}" for w in around], "action": [f"did {_deed_names(p)[d]}" for d in _deeds(p)],
    }  # fmt: skip
    rest = [(sense, i, name) for sense in names if sense in p.senses for i, name in enumerate(names[sense])]
    pairs = {e.EAT: "meal", **{d: names["food"][d - 1] for d in range(1, 5)}, e.BREED: "energy", e.REST: "touch",
             e.ATTACK: "hurt", e.SHARE: names["kin"][0], e.MARK: "smell here"}  # fmt: skip
    paired = {pairs[d] for d in _deeds(p) if d in pairs}
    order = []
    for deed in _deeds(p):
        wanted = pairs.get(deed)
        free = [slot for slot in rest if slot[2] == wanted] or [s for s in rest if s[2] not in paired and s[0] != "look"] or rest
        if free:
            order.append(free[0])
            rest.remove(free[0])
    return order + rest


def observations(p: Params) -> list[str]:
    """Names of the senses' slots."""
    return [name for _, _, name in _senses(p)]


def actions(p: Params) -> list[str]:
    """Names of the deeds that are on."""
    return [_deed_names(p)[deed] for deed in _deeds(p)]


def controls(p: Params) -> dict[str, int]:
    """A newborn looks up what it sees (jump: the constant 1) and writes what it has just tasted."""
    names = observations(p)
    return {"jump": len(names)} | ({"gate": names.index("tasted")} if "tasted" in names else {})


def values(p: Params) -> int:
    """Only the first slot is worth remembering: the effect of a meal."""
    return 1


def _slots(p: Params) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slots of food and of others by cell in view, and of the other senses."""
    food, others, at = (np.full(shape, -1, np.int64) for shape in (p.view**2, p.view**2, (15, e.WIDEST)))
    rows = {
        "meal": e.MEAL_S, "tasted": e.TASTED_S, "energy": e.ENERGY_S, "crop": e.CROP_S, "touch": e.TOUCH_S, "hurt": e.HURT_S,
        "age": e.AGE_S, "kin": e.KIN_S, "vigour": e.VIGOUR_S, "carrying": e.CARRYING_S, "walls": e.WALLS_S,
        "smell": e.SMELL_S, "hunters": e.HUNTERS_S, "look": e.LOOK_S,
    }  # fmt: skip
    for slot, (sense, i, _) in enumerate(_senses(p)):
        if sense == "food":
            food[i] = slot
        elif sense == "others":
            others[i if i < 4 else i + 1] = slot
        elif sense == "action":
            at[e.ACTION_S, _deeds(p)[i]] = slot
        else:
            at[rows[sense], i] = slot
    return food, others, at


def state(p: Params, places: int, seed: int) -> Eco:
    """The land, the first plants, predators, and no agents yet."""
    land, cells = terrain(p, seed).ravel(), p.rows * p.columns
    turns = [[(r, c), (c, -r), (-r, -c), (-c, r)] for r, c in _offsets(p.view)]
    breeding = {"clone": e.CLONE, "sexual": e.SEXUAL, "either": e.EITHER}[p.breeding]
    nourishing = (p.foods + 1) // 2 if p.nourishing is None else p.nourishing
    fixed = [p.rows, p.columns, p.foods, p.look, nourishing, p.regions, p.meal, p.body, int(p.heading), breeding,
             int(p.corpses), founders(p), p.founder_energy, int(p.inherit == "shared")]  # fmt: skip
    fractions = [float(getattr(p, name)) for name in e.FRACTIONS if name != "drought"]
    season = np.full((p.regions, 2), -1, np.int64)
    if p.season_length:
        season[:, 1] = 1 + rng.bits(p.regions, seed, 0, e.SEASON) % np.uint64(p.season_length)
    s = Eco(
        np.array(fixed, np.int64), np.array([getattr(p, name) for name in e.NUMBERS], np.int64),
        np.array([*fractions, 1.0]), np.array([seed], np.uint64), np.zeros(1, np.int64),
        np.array(_deeds(p), np.int64), np.zeros(1, np.int64),
        np.ascontiguousarray(np.array(turns, np.int64).transpose(1, 0, 2)), *_slots(p),
        rng.signs(p.foods * p.look, seed, 0, _LOOKS).reshape(p.foods, p.look), land, regions(p, seed).ravel(),
        fertile(p, seed).ravel(), np.zeros(cells, np.uint8), np.zeros(cells, np.int32), np.zeros((2, cells), np.float32),
        np.full(cells, e.EMPTY, np.int32), np.zeros((p.regions, p.foods), np.int8), season,
        np.zeros((places, 16), np.int32), np.zeros((places, 4), np.int64), np.zeros(places, np.uint8),
        np.zeros((e.PARTS, e.TALLIES), np.int64), np.zeros((p.predators, 3), np.int64), np.array([p.memoryless]),
        np.zeros(cells, np.uint8),
    )  # fmt: skip
    for region in range(p.regions):
        turn_season(s, region)
    _ripen(s, p, seed)
    return s._replace(predators=s.predators[: place_predators(s, p.predators, seed)])


def _ripen(s: Eco, p: Params, seed: int) -> None:
    """Plants as they stand where nobody eats them."""
    grown = rng.uniforms((len(s.food),), rng.key(seed, e.LAND, 9)) < np.float32(p.cover)
    grown &= (s.fertile > 0) & (s.terrain == e.PLAIN)
    kinds = rng.bits(len(s.food), rng.key(seed, e.LAND, 10)) % np.uint64(p.foods)
    s.food[grown] = 1 + kinds[grown].astype(np.uint8)
    s.sums[0, e.SUN] += int(grown.sum()) * p.meal


def found(p: Params, s: Eco, q: Places) -> None:
    """The founders, on free cells anywhere."""
    settle_down(s, q, founders(p), rng.key(int(s.seed[0]), _FOUNDING), float(s.founders[0]))


def bodies(p: Params, s: Eco) -> dict[str, np.ndarray]:
    """What a snapshot shows of every place: where, how old, how rich, whose kin, which way it looks, what it lived on.

    deed: the number of its last action, -1 = none yet.
    """
    bodies = {"age": e.AGE, "energy": e.ENERGY, "crop": e.CROP, "tag": e.TAG, "facing": e.FACING}
    tallies = {"intake": e.INTAKE, "meals": e.MEALS, "poisoned": e.POISONED, "children": e.CHILDREN}
    found = {"cell": s.body[:, e.ROW].astype(np.int64) * p.columns + s.body[:, e.COLUMN]}
    found |= {name: s.body[:, i].astype(np.int64) for name, i in bodies.items()}
    number = np.full(len(e.DEEDS) + 1, -1)
    number[s.deeds] = np.arange(len(s.deeds))
    found["deed"] = number[s.body[:, e.DEED]]
    return found | {name: s.tally[:, i] for name, i in tallies.items()}
