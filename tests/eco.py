"""Ecosystem worlds without minds: a test says who stands where and who does what; the books are checked after every tick."""

import numpy as np
from hypothesis import strategies as st

from alife.core import places as pl
from alife.core.lanes import LANES
from alife.core.places import places_for, take
from worlds import _eco as e
from worlds import ecosystem
from worlds._eco_land import accounts, stored

SENSES = (
    "meal", "food", "tasted", "look", "energy", "crop", "touch", "hurt", "age", "others", "kin", "vigour", "carrying", "walls", "smell",
    "hunters", "action",
)  # fmt: skip
ACTIONS = ("move", "eat", "breed", "rest", "attack", "share", "mark", "turn")
QUIET = {
    "rows": 8, "columns": 8, "turnover": 0.0, "cover": 0.0, "founders": 1, "metabolism": 0, "ageing": 0, "digestion": 0, "maturity": 0,
    "lifespan": 2**30, "cost_move": 0, "cost_eat": 0, "cost_mark": 0, "cost_attack": 0, "cost_share": 0, "cost_turn": 0, "cost_breed": 0,
    "foods": 6, "meal": 60, "poison": 60, "breed_energy": 500, "birth_energy": 200, "body": 50, "crop": 300,
    "swim": 0, "tag_mutation": 0.0, "actions": ACTIONS, "most": 32, "predator_reach": 1,
}  # fmt: skip
"""Nothing grows, nothing costs anything, nobody ages."""


class Grid:
    """A world and its places; nobody lives in it yet."""

    def __init__(self, seed=1, **params):
        self.p = ecosystem.Params(**params)
        self.q = places_for(ecosystem.places(self.p))
        self.s = ecosystem.state(self.p, len(self.q.alive), seed)
        self.told = []

    @property
    def clock(self):
        """Ticks done."""
        return int(self.s.clock[0])

    @property
    def living(self):
        """Places in which somebody lives."""
        return np.flatnonzero(self.q.alive).tolist()

    @property
    def energy(self):
        """All there is."""
        return sum(stored(self.s, self.q).values())

    def found(self):
        """The founders."""
        ecosystem.found(self.p, self.s, self.q)
        return self

    def put(self, row, column, kind=0, **fields):
        """Somebody in a cell; returns the place. fields: of the body, in small letters."""
        s, cell = self.s, row * self.p.columns + column
        assert s.occupant[cell] == e.EMPTY and not e.blocked(s.terrain, cell)
        agent = take(self.q, -1, -1, cell, kind)
        s.body[agent] = 0
        fields = {"energy": 400, "span": 2**30, "deed": -1, "target": -1, "row": row, "column": column, **fields}
        for name, value in fields.items():
            s.body[agent, getattr(e, name.upper())] = value
        s.sums[0, e.BROUGHT] += fields["energy"] + fields.get("crop", 0) + self.p.body
        s.occupant[cell] = agent
        return agent

    def plant(self, row, column, kind=0):
        """Food of a kind 0.. in a cell."""
        cell = row * self.p.columns + column
        assert self.s.food[cell] == 0
        self.s.food[cell] = 1 + kind
        self.s.sums[0, e.SUN] += self.p.meal

    def drop(self, row, column, energy):
        """A corpse in a cell."""
        self.s.corpse[row * self.p.columns + column] += energy
        self.s.sums[0, e.BROUGHT] += energy

    def of(self, agent, name):
        """A number of a body, by its name in small letters."""
        return int(self.s.body[agent, getattr(e, name.upper())])

    def where(self, agent):
        """(row, column)."""
        return self.of(agent, "row"), self.of(agent, "column")

    def begin(self):
        """What the engine does before a tick, and what changes from outside."""
        n = self.q.counts
        n[pl.TICK] += 1
        n[pl.LESSONS], n[pl.BORN_BEFORE] = 0, n[pl.BIRTHS]
        tick = self.clock
        if ecosystem.next_change(self.p, tick) == tick:
            self.told += [(tick, *said) for said in ecosystem.change(self.p, self.s, self.q, tick)]

    def see(self, agent):
        """Slot name -> what the agent senses there, but for zeros."""
        names = ecosystem.observations(self.p)
        x = np.zeros((len(names), LANES), np.float32)
        ecosystem.observe(self.s, agent, agent % LANES, x)
        others = np.delete(x, agent % LANES, axis=1)
        assert not others.any() and np.isfinite(x).all()
        return {name: float(value) for name, value in zip(names, x[:, agent % LANES], strict=True) if value}

    def act(self, agent, deed):
        """An intention, by the name of its action."""
        x = np.zeros((len(self.s.deeds), LANES), np.float32)
        x[ecosystem.actions(self.p).index(deed), agent % LANES] = 1
        ecosystem.act(self.s, self.q, agent, agent % LANES, x)

    def settle(self, parts=1):
        """All of a tick but for the intentions."""
        for phase in range(ecosystem.phases(self.p)):
            for part in reversed(range(parts)):
                ecosystem.resolve(self.s, self.q, phase, part, parts)
        ecosystem.settle(self.s, self.q)

    def tick(self, deeds=None, parts=1, otherwise="rest"):
        """A whole tick. deeds: place -> action, or a function that gives such; everybody else does `otherwise`."""
        self.begin()
        deeds = deeds(self) if callable(deeds) else deeds or {}
        for agent in self.living:
            self.act(agent, deeds.get(agent, otherwise))
        self.settle(parts)
        check(self)

    def drain(self):
        """Births and deaths that wait, as lists of rows."""
        n = self.q.counts
        rows = self.q.births[: n[pl.BIRTHS]].tolist(), self.q.deaths[: n[pl.DEATHS]].tolist()
        n[[pl.BIRTHS, pl.DEATHS, pl.BORN_BEFORE]] = 0
        return rows


def quiet(seed=1, **params):
    """A world in which nothing happens but by deeds."""
    return Grid(seed, **{**QUIET, **params})


def wild(seed=1, **params):
    """A world with the defaults, small."""
    return Grid(seed, **{"rows": 12, "columns": 12, "founders": 16, **params})


def check(grid):
    """Energy is in the books to the last unit; grid, bodies and counts agree."""
    s, q, p = grid.s, grid.q, grid.p
    came = accounts(s)
    assert came["sun"] + came["brought"] == grid.energy + came["heat"] + came["rot"] + came["spoilt"] + came["taken"]
    assert all(value >= 0 for value in came.values()) and not s.sums[1:].any()
    n, living = q.counts, np.flatnonzero(q.alive)
    cells = s.body[living, e.ROW] * p.columns + s.body[living, e.COLUMN]
    occupant = np.full(p.rows * p.columns, e.EMPTY)
    occupant[cells] = living
    hunters = s.predators[:, 0] * p.columns + s.predators[:, 1]
    occupant[hunters] = -2 - np.arange(len(hunters))
    assert s.occupant.tolist() == occupant.tolist()
    assert len({*cells.tolist(), *hunters.tolist()}) == len(living) + len(hunters)
    assert not np.isin(s.terrain[cells], (e.WALL, e.DEEP)).any()
    assert (s.body[living][:, [e.ENERGY, e.CROP, e.AGE]] >= 0).all() and (s.corpse >= 0).all() and (s.tally >= 0).all()
    dead = np.flatnonzero(q.alive == 0)
    assert not s.body[dead].any() and not s.status[dead].any()
    assert n[pl.LIVING] == len(living) == n[pl.NEXT_ID] - n[pl.DIED] <= ecosystem.places(p)
    assert n[pl.TOP] == (living[-1] + 1 if len(living) else 0)
    assert n[pl.LOWEST] <= (dead[0] if len(dead) else len(q.alive))
    assert len(set(q.id[living].tolist())) == len(living) and (q.id[living] < n[pl.NEXT_ID]).all()
    assert (s.food <= p.foods).all() and not s.food[s.terrain != e.PLAIN].any() and not s.food[s.fertile == 0].any()
    assert np.isfinite(s.smell).all() and (s.smell >= 0).all()


# ---- any world ----


def _shares(draw, *names):
    return {name: draw(st.sampled_from((0.0, 0.1, 0.5, 1.0))) for name in names}


def _numbers(draw, most, *names):
    return {name: draw(st.integers(0, most)) for name in names}


@st.composite
def changes(draw, last=20):
    """A Change of a few parameters."""
    names = draw(st.sets(st.sampled_from(("season_length", "metabolism", "bite", "gift", "poison", "digestion", "lifespan")), max_size=3))
    found = _numbers(draw, 20, *names) | _shares(draw, draw(st.sampled_from(("turnover", "cover", "spoils", "spread"))))
    return {"at": draw(st.integers(0, last)), "over": draw(st.sampled_from((0, 5, 150))), "set": found}


@st.composite
def interventions(draw, last=20):
    """An Intervention."""
    kind = draw(st.sampled_from(("drought", "flood", "plague", "migration", "meet")))
    when, share = draw(st.integers(0, last)), draw(st.sampled_from((0.0, 0.3, 0.7, 1.0)))
    return {"at": when, "do": kind, "share": share, "ticks": draw(st.integers(1, 10)), "number": draw(st.integers(1, 10))}


@st.composite
def worlds(draw):
    """Params of small worlds with everything in them, crowded and hungry."""
    rows, columns = draw(st.integers(4, 9)), draw(st.integers(4, 12))
    foods, body, birth = draw(st.integers(1, 5)), draw(st.integers(0, 20)), draw(st.integers(1, 50))
    some = st.lists(st.sampled_from(SENSES), min_size=1, max_size=8, unique=True)
    found = {
        "rows": rows, "columns": columns, "edges": draw(st.sampled_from(("torus", "walls"))), "foods": foods, "body": body,
        "birth_energy": birth, "breed_energy": birth + body + draw(st.integers(1, 30)), "walls": draw(st.sampled_from((0.0, 0.1, 0.4))),
        "water": draw(st.sampled_from((0.0, 0.3, 0.6))), "islands": draw(st.integers(1, min(3, columns // 3))),
        "patches": draw(st.integers(0, 3)), "patch_radius": draw(st.integers(0, 2)), "nourishing": draw(st.integers(0, foods)),
        "look": draw(st.integers(1, 4)), "meal": draw(st.integers(1, 100)), "regions": draw(st.integers(1, 4)),
        "founders": draw(st.integers(1, 16)), "founder_energy": draw(st.integers(1, 300)), "crop": draw(st.integers(1, 100)),
        "lifespan": draw(st.integers(2, 60)), "breeding": draw(st.sampled_from(("clone", "sexual", "either"))),
        "corpses": draw(st.booleans()), "heading": draw(st.booleans()), "predators": draw(st.integers(0, 4)), "predator_reach": 1,
        "senses": tuple(draw(some)), "inherit": draw(st.sampled_from(("blank", "copied", "shared"))),
        "most": draw(st.sampled_from((None, 16, 40))),
        "actions": draw(st.sampled_from((ACTIONS, ACTIONS, ("move", "eat"), ("turn", "attack", "share", "breed"), ("rest",)))),
        "schedule": draw(st.lists(changes(), max_size=2)), "interventions": draw(st.lists(interventions(), max_size=3)),
    }  # fmt: skip
    found |= _numbers(draw, 5, "metabolism", "ageing", "maturity", "predator_rest", "cost_move", "cost_eat", "cost_attack", "swim")
    found |= _numbers(draw, 60, "poison", "bite", "gift", "digestion") | _numbers(draw, 12, "season_length", "year_length")
    found |= _shares(draw, "turnover", "cover", "winter", "memoryless", "spoils", "scent", "spread", "fading", "tag_mutation")
    return ecosystem.Params.model_validate(found, strict=False).model_dump(exclude_defaults=True)
