"""The end of a tick, alone: births, deaths, predators, what grows, the seasons."""

from __future__ import annotations

import numpy as np

from alife.core import rng
from alife.core.jit import inlined, kernel
from alife.core.places import TOP, release, take, teach
from worlds import _eco as e
from worlds._eco import beside, blocked, kinship, wrapped

_RELATED = np.float32(0.5)
"""Kinship from which on a gift is a lesson, too."""


@kernel
def embody(s, q, agent, cell, mother, energy, tag):
    """A newborn's body. mother: her place, or -1."""
    luck = rng.draw(s.seed[0], np.uint64(q.id[agent]), 0, e.CHILD)
    for i in range(s.body.shape[1]):
        s.body[agent, i] = 0
    for i in range(s.tally.shape[1]):
        s.tally[agent, i] = 0
    s.body[agent, e.ROW], s.body[agent, e.COLUMN] = cell // s.fixed[e.COLUMNS], cell % s.fixed[e.COLUMNS]
    s.body[agent, e.FACING] = rng.below(luck << np.uint64(32), 4)
    s.body[agent, e.ENERGY], s.body[agent, e.DEED], s.body[agent, e.TARGET] = energy, -1, -1
    half = s.n[e.LIFESPAN] // 2
    s.body[agent, e.SPAN] = s.n[e.LIFESPAN] - half // 2 + rng.below(luck, half + 1)
    if np.float64(rng.uniform(rng.draw(s.seed[0], np.uint64(q.id[agent]), 1, e.CHILD))) < s.f[e.TAG_MUTATION]:
        tag ^= 1 << rng.below(rng.draw(s.seed[0], np.uint64(q.id[agent]), 2, e.CHILD), 16)
    s.body[agent, e.TAG] = tag
    s.occupant[cell] = agent
    s.status[agent] = 0


@kernel
def _partner(s, agent):
    """A willing, mature neighbour, the one ahead first; -1 = none."""
    row, column, facing = s.body[agent, e.ROW], s.body[agent, e.COLUMN], s.body[agent, e.FACING]
    for d in range(4):
        j = s.occupant[beside(s.fixed, row, column, (facing + d) & 3)]
        if j >= 0 and s.body[j, e.DEED] == e.BREED and s.body[j, e.AGE] >= s.n[e.MATURITY]:
            return np.int64(j)
    return -1


@kernel
def _nursery(s, agent, turn):
    """A free cell next to an agent, looked for from direction `turn` on; -1 = none."""
    row, column = s.body[agent, e.ROW], s.body[agent, e.COLUMN]
    for d in range(4):
        cell = beside(s.fixed, row, column, (turn + d) & 3)
        if s.occupant[cell] == e.EMPTY and not blocked(s.terrain, cell):
            return cell
    return -1


@kernel
def _breed(s, q, agent):
    """A child, if there are energy, a partner where one is needed, a free cell and a place."""
    endowment = s.n[e.BIRTH_ENERGY] + s.fixed[e.BODY]
    if s.body[agent, e.ENERGY] < max(s.n[e.BREED_ENERGY], endowment + 1):
        return
    father = -1
    if s.fixed[e.BREEDING] != e.CLONE:
        father = _partner(s, agent)
        if father < 0 and s.fixed[e.BREEDING] == e.SEXUAL:
            return
    cell = _nursery(s, agent, rng.below(rng.draw(s.seed[0], s.clock[0], agent, e.PAIR), 4))
    if cell < 0:
        return
    child = take(q, agent, father, cell, q.kind[agent])
    if child < 0:
        return
    embody(s, q, child, cell, agent, s.n[e.BIRTH_ENERGY], np.int64(s.body[agent, e.TAG]))
    s.body[agent, e.ENERGY] -= endowment
    s.tally[agent, e.CHILDREN] += 1
    s.sums[0, e.MOTHER_AGES] += s.body[agent, e.AGE]
    if father >= 0:
        s.sums[0, e.COUPLES] += 1
        s.tally[father, e.CHILDREN] += 1


@kernel
def die(s, q, agent, cause):
    """The body remains as a corpse, if there are corpses."""
    cell = s.body[agent, e.ROW] * s.fixed[e.COLUMNS] + s.body[agent, e.COLUMN]
    left = s.fixed[e.BODY] + np.int64(s.body[agent, e.ENERGY]) + np.int64(s.body[agent, e.CROP])
    if cause == e.PREDATOR:
        s.sums[0, e.TAKEN] += left
    elif s.fixed[e.CORPSES]:
        s.corpse[cell] += left
    else:
        s.sums[0, e.ROT] += left
    tally = s.tally
    s.sums[0, e.LIFE_TICKS] += s.body[agent, e.AGE]
    s.sums[0, e.LIFE_INTAKE] += tally[agent, e.INTAKE]
    release(
        q, agent, cause, np.int64(s.body[agent, e.AGE]), tally[agent, e.INTAKE], tally[agent, e.MEALS],
        tally[agent, e.POISONED], tally[agent, e.CHILDREN],
    )  # fmt: skip
    s.occupant[cell] = e.EMPTY
    s.status[agent] = 0
    for i in range(s.body.shape[1]):
        s.body[agent, i] = 0


@kernel
def _lessons(s, q, top):
    """Kin who were given something learn what the giver knows, if it is older."""
    for agent in range(top):
        if q.alive[agent] and s.body[agent, e.DEED] == e.SHARE:
            row, column = s.body[agent, e.ROW], s.body[agent, e.COLUMN]
            j = s.occupant[beside(s.fixed, row, column, s.body[agent, e.FACING])]
            is_taught = j >= 0 and s.body[j, e.FELT] & e.GIVEN and s.body[j, e.AGE] < s.body[agent, e.AGE]
            if is_taught and kinship(s.body[agent, e.TAG], s.body[j, e.TAG]) >= _RELATED:
                teach(q, agent, j)


@kernel
def _hunt(s, q, k):
    """One predator: it rests, kills next to it, else steps towards the nearest agent it sees, else anywhere."""
    p, reach = s.predators, s.n[e.PREDATOR_REACH]
    rows, columns = s.fixed[e.ROWS], s.fixed[e.COLUMNS]
    if p[k, 2] > 0:
        p[k, 2] -= 1
        return
    best, up, aside = rows + columns, 0, 0
    for r in range(-reach, reach + 1):
        for c in range(-reach, reach + 1):
            far = abs(r) + abs(c)
            if far < best and s.occupant[wrapped(p[k, 0] + r, rows) * columns + wrapped(p[k, 1] + c, columns)] >= 0:
                best, up, aside = far, r, c
    if best == 1:
        prey = s.occupant[wrapped(p[k, 0] + up, rows) * columns + wrapped(p[k, 1] + aside, columns)]
        die(s, q, prey, e.PREDATOR)
        p[k, 2] = s.n[e.PREDATOR_REST]
        return
    direction = rng.below(rng.draw(s.seed[0], s.clock[0], k, e.HUNT), 4)
    if best < rows + columns:
        direction = (0 if up < 0 else 2) if abs(up) >= abs(aside) else (1 if aside > 0 else 3)
    cell = beside(s.fixed, p[k, 0], p[k, 1], direction)
    if s.occupant[cell] == e.EMPTY and not blocked(s.terrain, cell):
        s.occupant[p[k, 0] * columns + p[k, 1]] = e.EMPTY
        s.occupant[cell] = -2 - k
        p[k, 0], p[k, 1] = cell // columns, cell % columns


@kernel
def turn_season(s, region):
    """A new season in a region: which kinds of food nourish is drawn anew."""
    s.season[region, 0] += 1
    foods = s.fixed[e.FOODS]
    for kind in range(foods):
        own = rng.draw(s.seed[0], s.season[region, 0], region * foods + kind, e.SEASON)
        above = 0
        for other in range(foods):
            lot = rng.draw(s.seed[0], s.season[region, 0], region * foods + other, e.SEASON)
            if lot > own or (lot == own and other < kind):
                above += 1
        s.value[region, kind] = 1 if above < s.fixed[e.NOURISHING] else -1


@kernel
def _abundance(s):
    """The chance that a seed sprouts: `cover`, less in winter and in a drought. The year is a triangle, summer first."""
    year, summer = s.n[e.YEAR_LENGTH], 1.0
    if year > 0:
        phase = np.float64(s.clock[0] % year) / np.float64(year)
        summer = 1.0 - s.f[e.WINTER] * (2.0 * phase if phase < 0.5 else 2.0 - 2.0 * phase)
    return np.float32(s.f[e.COVER] * s.f[e.DROUGHT] * summer)


@inlined
def sow(s, tick, item, cover):
    """One seed falls anywhere: what stood there withers, and where the land is fertile something new may grow."""
    cells = s.terrain.shape[0]
    cell = rng.below(rng.draw(s.seed[0], tick, item, e.GROW), cells)
    if s.food[cell] > 0:
        s.food[cell] = 0
        s.sums[0, e.ROT] += s.fixed[e.MEAL]
    if s.corpse[cell] > 0:
        s.sums[0, e.ROT] += s.corpse[cell]
        s.corpse[cell] = 0
    if s.fertile[cell] and s.terrain[cell] == e.PLAIN:
        luck = rng.draw(s.seed[0], tick, item, e.KINDS)
        if rng.uniform(luck) < cover:
            s.food[cell] = 1 + rng.below(luck << np.uint64(32), s.fixed[e.FOODS])
            s.sums[0, e.SUN] += s.fixed[e.MEAL]


@kernel
def settle(s, q):
    """Births in the order of places from one drawn by lot; deaths; predators; seeds; seasons; the sums."""
    top = q.counts[TOP]
    if s.fixed[e.TEACHING]:
        _lessons(s, q, top)
    if top > 0:
        start = rng.below(rng.draw(s.seed[0], s.clock[0], 0, e.LUCK), top)
        for i in range(top):
            agent = start + i if start + i < top else start + i - top
            if s.status[agent] == e.BREEDS:
                _breed(s, q, agent)
        for agent in range(top):
            if s.status[agent] >= e.DIES:
                die(s, q, agent, np.int64(s.status[agent]) - e.DIES)
    for k in range(s.predators.shape[0]):
        _hunt(s, q, k)
    tick, rate = s.clock[0], s.f[e.TURNOVER] * np.float64(s.terrain.shape[0])
    cover = _abundance(s)
    for item in range(np.int64(np.float64(tick + 1) * rate) - np.int64(np.float64(tick) * rate)):
        sow(s, tick, item, cover)
    s.clock[0] = tick + 1
    for region in range(s.season.shape[0]):
        if 0 <= s.season[region, 1] <= tick + 1:
            turn_season(s, region)
            s.season[region, 1] = tick + 1 + s.n[e.SEASON_LENGTH] if s.n[e.SEASON_LENGTH] > 0 else -1
    for part in range(1, s.sums.shape[0]):
        for i in range(s.sums.shape[1]):
            s.sums[0, i] += s.sums[part, i]
            s.sums[part, i] = 0
