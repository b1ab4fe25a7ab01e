"""What an agent senses."""

from __future__ import annotations

import numpy as np

from alife.core.jit import inlined
from alife.core.lanes import LANES, prefetch
from worlds._eco import (
    ACTION_S,
    AGE,
    AGE_S,
    BREED_ENERGY,
    BUMPED,
    CARRYING_S,
    COLUMN,
    COLUMNS,
    CROP,
    CROP_S,
    CROP_SIZE,
    DEED,
    EFFECT,
    ENERGY,
    ENERGY_S,
    FACING,
    FELT,
    HEADING,
    HUNTERS_S,
    HURT,
    HURT_S,
    KIN_S,
    LIFESPAN,
    LOOK,
    LOOK_S,
    MEAL_S,
    ROW,
    ROWS,
    SMELL_S,
    TAG,
    TASTE,
    TASTED_S,
    TOUCH_S,
    VIGOUR_S,
    WALLS_S,
    WATER,
    beside,
    blocked,
    kinship,
    wrapped,
)  # fmt: skip

_ONE = np.float32(1)
_LOUD = np.float32(2)
"""A look: louder than all else, so that it makes the address."""

_FAINT = np.float32(0.5)
"""Food in view: less than a meal that has been tasted."""
_RICHEST = np.float32(2)


@inlined
def _show_view(s, agent, lane, x, facing):
    """Food and other agents, cell by cell."""
    body, rows, columns = s.body, s.fixed[ROWS], s.fixed[COLUMNS]
    row, column = body[agent, ROW], body[agent, COLUMN]
    for i in range(s.food_at.shape[0]):
        r = wrapped(row + s.cells[facing, i, 0], rows)
        cell = r * columns + wrapped(column + s.cells[facing, i, 1], columns)
        if s.food_at[i] >= 0 and s.food[cell] > 0:
            x[s.food_at[i], lane] = _FAINT
        if s.others_at[i] >= 0 and s.occupant[cell] >= 0:
            x[s.others_at[i], lane] = _ONE


@inlined
def _show_neighbours(s, agent, lane, x, facing):
    """Of the four cells around: walls and water, the smell, and who stands there."""
    body, at = s.body, s.at
    row, column = body[agent, ROW], body[agent, COLUMN]
    for d in range(4):
        cell = beside(s.fixed, row, column, (facing + d) & 3)
        if at[WALLS_S, d] >= 0:
            if blocked(s.terrain, cell):
                x[at[WALLS_S, d], lane] = _ONE
            elif s.terrain[cell] == WATER:
                x[at[WALLS_S, d], lane] = np.float32(0.5)
        j = s.occupant[cell]
        if j < 0:
            continue
        if at[KIN_S, d] >= 0:
            x[at[KIN_S, d], lane] = kinship(body[agent, TAG], body[j, TAG])
        if at[VIGOUR_S, d] >= 0:
            x[at[VIGOUR_S, d], lane] = wealth(s, j)
        if at[CARRYING_S, d] >= 0:
            x[at[CARRYING_S, d], lane] = fullness(s, j)


@inlined
def wealth(s, agent):
    """Energy: -2 none, 0 as much as breeding takes, at most 2."""
    return min(_RICHEST * np.float32(s.body[agent, ENERGY]) / np.float32(s.n[BREED_ENERGY]) - _RICHEST, _RICHEST)


@inlined
def fullness(s, agent):
    """How full the crop is."""
    return min(np.float32(s.body[agent, CROP]) / np.float32(s.n[CROP_SIZE]), _ONE)


@inlined
def _show_smell(s, agent, lane, x, facing, parity):
    """Smell c / (1 + c) of the four cells around; of the own cell, whose slot is the action `mark`, with a minus sign."""
    row, column, at = s.body[agent, ROW], s.body[agent, COLUMN], s.at
    for d in range(5):
        if at[SMELL_S, d] >= 0:
            cell = row * s.fixed[COLUMNS] + column if d == 0 else beside(s.fixed, row, column, (facing + d - 1) & 3)
            c = s.smell[parity, cell]
            x[at[SMELL_S, d], lane] = c / (_ONE + c) if d > 0 else -c / (_ONE + c)


@inlined
def _show_hunters(s, agent, lane, x, facing):
    """How near the nearest predator in view is, in each of four directions: 1 next to the agent, 1/2 two steps away .."""
    rows, columns = s.fixed[ROWS], s.fixed[COLUMNS]
    row, column = s.body[agent, ROW], s.body[agent, COLUMN]
    for i in range(s.food_at.shape[0]):
        r, c = s.cells[0, i, 0], s.cells[0, i, 1]
        if s.occupant[wrapped(row + r, rows) * columns + wrapped(column + c, columns)] < -1:
            if abs(r) >= abs(c):
                direction = 0 if r < 0 else 2
            else:
                direction = 1 if c > 0 else 3
            slot = s.at[HUNTERS_S, (direction - facing) & 3]
            near = _ONE / np.float32(abs(r) + abs(c))
            x[slot, lane] = max(x[slot, lane], near)


@inlined
def _look_ahead(s, agent):
    """Ask for the cells of an agent whose turn comes soon."""
    if agent < s.body.shape[0]:
        columns = s.fixed[COLUMNS]
        cell = s.body[agent, ROW] * columns + s.body[agent, COLUMN]
        prefetch(s.food, cell)
        prefetch(s.food, max(cell - columns, 0))
        prefetch(s.food, min(cell + columns, s.food.shape[0] - 1))
        prefetch(s.corpse, cell)


@inlined
def observe(s, agent, lane, x):
    """Fill the slots of one agent."""
    body, at = s.body, s.at
    _look_ahead(s, agent + LANES)
    facing = np.int64(body[agent, FACING]) if s.fixed[HEADING] else 0
    _show_view(s, agent, lane, x, facing)
    if at[WALLS_S, 0] >= 0 or at[KIN_S, 0] >= 0 or at[VIGOUR_S, 0] >= 0 or at[CARRYING_S, 0] >= 0:
        _show_neighbours(s, agent, lane, x, facing)
    if at[SMELL_S, 0] >= 0:
        _show_smell(s, agent, lane, x, facing, s.clock[0] & 1)
    if at[HUNTERS_S, 0] >= 0:
        _show_hunters(s, agent, lane, x, facing)
    here = body[agent, ROW] * s.fixed[COLUMNS] + body[agent, COLUMN]
    if at[LOOK_S, 0] >= 0:
        kind = np.int64(body[agent, TASTE])
        if kind == 0:
            kind = np.int64(s.food[here])
        if kind > 0:
            for i in range(s.fixed[LOOK]):
                x[at[LOOK_S, i], lane] = _LOUD * s.looks[kind - 1, i]
    if at[MEAL_S, 0] >= 0:
        if body[agent, TASTE] > 0:
            x[at[MEAL_S, 0], lane] = np.float32(body[agent, EFFECT])
        elif s.food[here] > 0 or s.corpse[here] > 0:
            x[at[MEAL_S, 0], lane] = _FAINT
    if at[TASTED_S, 0] >= 0:
        x[at[TASTED_S, 0], lane] = _ONE if body[agent, TASTE] > 0 else -_ONE
    if at[ENERGY_S, 0] >= 0:
        x[at[ENERGY_S, 0], lane] = wealth(s, agent)
    if at[CROP_S, 0] >= 0:
        x[at[CROP_S, 0], lane] = fullness(s, agent)
    if at[TOUCH_S, 0] >= 0 and body[agent, FELT] & BUMPED:
        x[at[TOUCH_S, 0], lane] = _ONE
    if at[HURT_S, 0] >= 0 and body[agent, FELT] & HURT:
        x[at[HURT_S, 0], lane] = _ONE
    if at[AGE_S, 0] >= 0:
        x[at[AGE_S, 0], lane] = np.float32(body[agent, AGE]) / np.float32(s.n[LIFESPAN])
    deed = body[agent, DEED]
    if deed >= 0 and at[ACTION_S, deed] >= 0:
        x[at[ACTION_S, deed], lane] = _ONE
