"""What agents do, and what comes of it: two phases in which every agent writes only what is its own.

Everything in phase 0 is decided by how things stood when the tick began: a cell is free if it was empty then, and of those
who step into it the one with the highest lot gets it; nobody dodges a bite by walking away; bites and gifts are
paid from the energy there was. Phase 1 lets it happen. Energy is counted in whole numbers, so no order of adding
can change a sum.
"""

from __future__ import annotations

import numpy as np

from alife.core import rng
from alife.core.jit import inlined, kernel
from alife.core.lanes import LANES, prefetch
from alife.core.places import TOP
from alife.core.slots import strongest
from worlds import _eco as e
from worlds._eco import beside, blocked, wrapped

_RICHEST = 1 << 30
"""Energy that no body exceeds by eating: it is kept in 32 bits."""


@inlined
def act(s, q, agent, lane, x):
    """Take the strongest action; whoever is reached for will know it."""
    body = s.body
    deed = s.deeds[strongest(x, lane, s.first[0], s.deeds.shape[0])]
    row, column, facing = body[agent, e.ROW], body[agent, e.COLUMN], np.int64(body[agent, e.FACING])
    body[agent, e.DEED] = deed
    if e.NORTH <= deed <= e.WEST:
        direction = deed - e.NORTH
        if s.fixed[e.HEADING]:
            direction = (direction + facing) & 3
        else:
            body[agent, e.FACING] = direction
        body[agent, e.TARGET] = beside(s.fixed, row, column, direction)
    elif deed == e.LEFT:
        body[agent, e.FACING] = (facing + 3) & 3
    elif deed == e.RIGHT:
        body[agent, e.FACING] = (facing + 1) & 3
    elif deed == e.ATTACK or deed == e.SHARE:
        target = beside(s.fixed, row, column, facing)
        body[agent, e.TARGET] = target
        if s.occupant[target] >= 0:
            body[s.occupant[target], e.HIT] = s.clock[0] + 1


@kernel
def _wins(s, agent, cell):
    """Whether an agent gets the free cell that it steps into: the highest lot of this tick among those who do."""
    row, column = cell // s.fixed[e.COLUMNS], cell % s.fixed[e.COLUMNS]
    own = rng.draw(s.seed[0], s.clock[0], agent, e.TIES)
    for direction in range(4):
        j = s.occupant[beside(s.fixed, row, column, direction)]
        if j < 0 or j == agent or s.body[j, e.TARGET] != cell:
            continue
        if e.NORTH <= s.body[j, e.DEED] <= e.WEST:
            other = rng.draw(s.seed[0], s.clock[0], j, e.TIES)
            if other > own or (other == own and j < agent):
                return False
    return True


@kernel
def _reaching(s, cell, deed):
    """How many do this to whoever is in a cell."""
    row, column = cell // s.fixed[e.COLUMNS], cell % s.fixed[e.COLUMNS]
    count = 0
    for direction in range(4):
        j = s.occupant[beside(s.fixed, row, column, direction)]
        if j >= 0 and s.body[j, e.DEED] == deed and s.body[j, e.TARGET] == cell:
            count += 1
    return count


@inlined
def _bite(s, victim, attackers):
    """What each of so many attackers takes."""
    return min(s.n[e.BITE], np.int64(s.body[victim, e.ENERGY]) // attackers)


@kernel
def _gifts(s, cell):
    """What is given to whoever is in a cell."""
    row, column = cell // s.fixed[e.COLUMNS], cell % s.fixed[e.COLUMNS]
    total = 0
    for direction in range(4):
        j = s.occupant[beside(s.fixed, row, column, direction)]
        if j >= 0 and s.body[j, e.DEED] == e.SHARE and s.body[j, e.TARGET] == cell:
            total += min(s.n[e.GIFT], np.int64(s.body[j, e.CROP]))
    return total


@inlined
def weigh(s, agent, sums):
    """Phase 0 of one agent: does its step succeed, what does it gain and lose. sums int64 (TALLIES,)."""
    body = s.body
    deed, target = body[agent, e.DEED], np.int64(body[agent, e.TARGET])
    gain, crop, felt, arrives = 0, 0, 0, 0
    if e.NORTH <= deed <= e.WEST:
        if blocked(s.terrain, target) or s.occupant[target] != e.EMPTY:
            felt = e.BUMPED
        elif _wins(s, agent, target):
            arrives = 1
        else:
            felt = e.BUMPED
            sums[e.CONTESTED] += 1
    elif deed == e.ATTACK and s.occupant[target] >= 0:
        taken = _bite(s, s.occupant[target], _reaching(s, target, e.ATTACK))
        kept = int(np.float64(taken) * s.f[e.SPOILS])
        gain += kept
        sums[e.HEAT] += taken - kept
        sums[e.BITES] += 1
    elif deed == e.SHARE and s.occupant[target] >= 0:
        given = min(s.n[e.GIFT], np.int64(body[agent, e.CROP]))
        crop -= given
        sums[e.GIFTS] += given
    if body[agent, e.HIT] == s.clock[0] + 1:
        here = body[agent, e.ROW] * s.fixed[e.COLUMNS] + body[agent, e.COLUMN]
        attackers = _reaching(s, here, e.ATTACK)
        if attackers > 0:
            gain -= attackers * _bite(s, agent, attackers)
            felt |= e.HURT
        gifts = _gifts(s, here)
        if gifts > 0:
            crop += gifts
            felt |= e.GIVEN
    body[agent, e.GAIN], body[agent, e.CROP_GAIN] = gain, crop
    body[agent, e.FELT] = felt
    s.status[agent] = arrives


@kernel
def _blend(now, north, south, then, stays, comes):
    """A row of smell out of itself and the rows beside it, float32 (columns,) each; the ends of the row meet."""
    last = now.shape[0] - 1
    then[0] = stays * now[0] + comes * ((north[0] + south[0]) + (now[last] + now[1]))
    west, here, east, up, down, out = now[: last - 1], now[1:last], now[2:], north[1:last], south[1:last], then[1:last]
    for i in range(here.shape[0]):
        out[i] = stays * here[i] + comes * ((up[i] + down[i]) + (west[i] + east[i]))
    then[last] = stays * now[last] + comes * ((north[last] + south[last]) + (now[last - 1] + now[0]))


@kernel
def diffuse(s, first, last):
    """Rows first..last-1 of the smell of the next tick; where nobody can leave a mark there never is any."""
    marking = False
    for i in range(s.deeds.shape[0]):
        marking = marking or s.deeds[i] == e.MARK
    if not marking:
        return
    rows, columns = s.fixed[e.ROWS], s.fixed[e.COLUMNS]
    now, then = s.smell[s.clock[0] & 1], s.smell[(s.clock[0] + 1) & 1]
    stays = np.float32((1.0 - s.f[e.SPREAD]) * (1.0 - s.f[e.FADING]))
    comes = np.float32(0.25 * s.f[e.SPREAD] * (1.0 - s.f[e.FADING]))
    for row in range(first, last):
        base, above, below = row * columns, wrapped(row - 1, rows) * columns, wrapped(row + 1, rows) * columns
        _blend(
            now[base : base + columns], now[above : above + columns], now[below : below + columns], then[base : base + columns],
            stays, comes,
        )  # fmt: skip


@inlined
def _eat(s, agent, cell, sums):
    """Swallow the food in the cell, or of the corpse there; returns the energy lost to poison."""
    body = s.body
    energy, meal = np.int64(body[agent, e.ENERGY]), s.fixed[e.MEAL]
    kind = np.int64(s.food[cell])
    if kind > 0:
        s.food[cell] = 0
        body[agent, e.TASTE] = kind
        s.tally[agent, e.MEALS] += 1
        if s.value[s.region[cell], kind - 1] > 0:
            body[agent, e.EFFECT] = 1
            sums[e.GOOD] += 1
            kept = min(meal, max(s.n[e.CROP_SIZE] - np.int64(body[agent, e.CROP]), 0))
            body[agent, e.CROP] += kept
            s.tally[agent, e.INTAKE] += kept
            sums[e.SPOILT] += meal - kept
            return 0
        body[agent, e.EFFECT] = -1
        s.tally[agent, e.POISONED] += 1
        sums[e.BAD] += 1
        lost = min(s.n[e.POISON_LOSS], energy)
        sums[e.SPOILT] += meal + lost
        return lost
    if s.corpse[cell] > 0:
        kept = min(min(meal, np.int64(s.corpse[cell])), max(s.n[e.CROP_SIZE] - np.int64(body[agent, e.CROP]), 0))
        s.corpse[cell] -= kept
        body[agent, e.CROP] += kept
        s.tally[agent, e.INTAKE] += kept
        sums[e.SCAVENGED] += 1
    return 0


@inlined
def _cost(s, deed, cell):
    """Energy that a deed costs beside the metabolism."""
    n = s.n
    if e.NORTH <= deed <= e.WEST:
        return n[e.COST_MOVE] + (n[e.SWIM] if s.terrain[cell] == e.WATER else 0)
    if deed == e.EAT:
        return n[e.COST_EAT]
    if deed == e.MARK:
        return n[e.COST_MARK]
    if deed == e.ATTACK:
        return n[e.COST_ATTACK]
    if deed == e.SHARE:
        return n[e.COST_SHARE]
    if deed == e.LEFT or deed == e.RIGHT:
        return n[e.COST_TURN]
    return n[e.COST_BREED] if deed == e.BREED else 0


@inlined
def happen(s, agent, sums):
    """Phase 1 of one agent: it moves, eats, marks, digests, pays and ages."""
    body, n = s.body, s.n
    columns = s.fixed[e.COLUMNS]
    deed = np.int64(body[agent, e.DEED])
    cell = body[agent, e.ROW] * columns + body[agent, e.COLUMN]
    if s.status[agent]:
        target = np.int64(body[agent, e.TARGET])
        s.occupant[cell] = e.EMPTY
        s.occupant[target] = agent
        body[agent, e.ROW], body[agent, e.COLUMN] = target // columns, target % columns
        cell = target
    body[agent, e.ENERGY] += body[agent, e.GAIN]
    body[agent, e.CROP] += body[agent, e.CROP_GAIN]
    body[agent, e.EFFECT], body[agent, e.TASTE] = 0, 0
    poisoned = 0
    if deed == e.EAT:
        poisoned = _eat(s, agent, cell, sums)
    elif deed == e.MARK:
        s.smell[(s.clock[0] + 1) & 1, cell] += np.float32(s.f[e.SCENT])
    energy = np.int64(body[agent, e.ENERGY]) - poisoned
    digested = min(np.int64(body[agent, e.CROP]), min(n[e.DIGESTION], _RICHEST - energy))
    body[agent, e.CROP] -= digested
    energy += digested
    age = np.int64(body[agent, e.AGE]) + 1
    cost = min(n[e.METABOLISM] + n[e.AGEING] * age // n[e.LIFESPAN] + _cost(s, deed, cell), energy)
    energy -= cost
    sums[e.HEAT] += cost
    body[agent, e.ENERGY], body[agent, e.AGE] = energy, age
    sums[e.DONE + deed] += 1
    status = 0
    if energy == 0:
        status = e.DIES + (e.POISON if poisoned > 0 else e.KILLED if body[agent, e.FELT] & e.HURT else e.HUNGER)
    elif age >= body[agent, e.SPAN]:
        status = e.DIES + e.AGED
    elif deed == e.BREED and age >= n[e.MATURITY]:
        status = e.BREEDS
    s.status[agent] = status


@inlined
def _look_ahead(s, agent):
    """Ask for the cells around the one that an agent reaches for, whose turn comes soon."""
    if agent < s.body.shape[0]:
        target, columns, last = max(np.int64(s.body[agent, e.TARGET]), 0), s.fixed[e.COLUMNS], s.occupant.shape[0] - 1
        prefetch(s.occupant, target)
        prefetch(s.occupant, max(target - columns, 0))
        prefetch(s.occupant, min(target + columns, last))


@kernel
def resolve(s, q, phase, part, parts):
    """Phase 0: `weigh` and the smell; phase 1: `happen`."""
    top = q.counts[TOP]
    first, last = top * part // parts, top * (part + 1) // parts
    sums = s.sums[part]
    if phase == 0:
        rows = s.fixed[e.ROWS]
        diffuse(s, rows * part // parts, rows * (part + 1) // parts)
        for agent in range(first, last):
            _look_ahead(s, agent + LANES)
            if q.alive[agent]:
                weigh(s, agent, sums)
    else:
        for agent in range(first, last):
            if q.alive[agent]:
                happen(s, agent, sums)
