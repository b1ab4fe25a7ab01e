"""What the files of the ecosystem share: its state, the names of its numbers, neighbours and terrain."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core.jit import kernel

PLAIN, WALL, WATER, DEEP = range(4)
"""Terrain. Walls and deep water cannot be entered; nothing grows but on the plain."""

EMPTY = -1
"""Nobody in a cell; -2 - k is predator k."""

EAT, NORTH, EAST, SOUTH, WEST, BREED, REST, ATTACK, SHARE, MARK, LEFT, RIGHT = range(12)
DEEDS = ("eat", "north", "east", "south", "west", "breed", "rest", "attack", "share", "mark", "turn left", "turn right")
HEADING_DEEDS = ("eat", "ahead", "right", "back", "left", *DEEDS[5:])

HUNGER, AGED, KILLED, POISON, PREDATOR, PLAGUE, FLOOD, HAND = range(8)
CAUSES = ("hunger", "age", "attack", "poison", "predator", "plague", "flood", "hand")
BREEDS, DIES = 1, 2
"""Status: DIES + cause."""

ROW, COLUMN, FACING, ENERGY, CROP, AGE, SPAN, TAG, DEED, TARGET, EFFECT, TASTE, FELT, GAIN, CROP_GAIN, HIT = range(16)
"""Fields of a body. FELT: 1 bumped, 2 hurt, 4 was given something. HIT: the last tick + 1 in which somebody reached for it."""
BUMPED, HURT, GIVEN = 1, 2, 4

INTAKE, MEALS, POISONED, CHILDREN = range(4)
"""Fields of a tally."""

NUMBERS = (
    "season_length", "year_length", "poison", "crop", "digestion", "metabolism", "ageing", "cost_move", "cost_eat",
    "cost_mark", "cost_attack", "cost_share", "cost_turn", "cost_breed", "swim", "bite", "gift", "maturity",
    "lifespan", "breed_energy", "birth_energy", "predator_rest", "predator_reach",
)  # fmt: skip
(
    SEASON_LENGTH, YEAR_LENGTH, POISON_LOSS, CROP_SIZE, DIGESTION, METABOLISM, AGEING, COST_MOVE, COST_EAT,
    COST_MARK, COST_ATTACK, COST_SHARE, COST_TURN, COST_BREED, SWIM, BITE, GIFT, MATURITY,
    LIFESPAN, BREED_ENERGY, BIRTH_ENERGY, PREDATOR_REST, PREDATOR_REACH,
) = range(len(NUMBERS))  # fmt: skip
FRACTIONS = ("turnover", "cover", "winter", "spoils", "scent", "spread", "fading", "tag_mutation", "drought")
TURNOVER, COVER, WINTER, SPOILS, SCENT, SPREAD, FADING, TAG_MUTATION, DROUGHT = range(len(FRACTIONS))

ROWS, COLUMNS, FOODS, LOOK, NOURISHING, REGIONS, MEAL, BODY, HEADING, BREEDING, CORPSES, FOUNDERS, FOUNDER_ENERGY, TEACHING = range(14)
"""Fields of `fixed`."""
CLONE, SEXUAL, EITHER = range(3)

SUN, BROUGHT, HEAT, ROT, SPOILT, TAKEN = range(6)
"""Energy accounts: grown; brought by founders, migrants and by hand; burnt; withered on the ground; lost with poison; eaten by
predators or taken away by hand."""
ACCOUNTS = ("sun", "brought", "heat", "rot", "spoilt", "taken")
DONE = 8
"""Deeds are counted from here, in the order of DEEDS."""
GOOD, BAD, SCAVENGED, CONTESTED, GIFTS, BITES, COUPLES, LIFE_TICKS, LIFE_INTAKE, MOTHER_AGES = range(20, 30)
TALLIES = 32
PARTS = 64
"""Most parts of a phase."""

(
    MEAL_S, ENERGY_S, CROP_S, TOUCH_S, HURT_S, AGE_S, KIN_S, VIGOUR_S, CARRYING_S, WALLS_S, SMELL_S, HUNTERS_S, ACTION_S,
    LOOK_S, TASTED_S,
) = range(15)  # fmt: skip
"""Rows of `at`: the slots of each sense."""
WIDEST = 16

TIES, GROW, KINDS, SEASON, PAIR, CHILD, HUNT, LAND, LUCK = range(1, 10)
"""Streams of draws."""


class Eco(NamedTuple):
    """The world: grid, bodies, numbers. A cell is row * columns + column; rows count from north to south."""

    fixed: np.ndarray
    """int64 (14,)"""
    n: np.ndarray
    """int64: NUMBERS, which schedules may change"""
    f: np.ndarray
    """float64: FRACTIONS, likewise"""
    seed: np.ndarray
    """uint64 (1,)"""
    clock: np.ndarray
    """int64 (1,): ticks done"""
    deeds: np.ndarray
    """int64 (actions,): which deed each action slot means"""
    first: np.ndarray
    """int64 (1,): the first action slot"""
    cells: np.ndarray
    """int64 (4, view^2, 2): rows and columns from the agent to the cells in view, for each facing"""
    food_at: np.ndarray
    """int64 (view^2,): slot that shows food there, -1 = none"""
    others_at: np.ndarray
    """int64 (view^2,): slot that shows another agent there"""
    at: np.ndarray
    """int64 (15, WIDEST): slots of the other senses, -1 = off"""
    looks: np.ndarray
    """float32 (foods, look): +-1"""
    terrain: np.ndarray
    """uint8 (cells,)"""
    region: np.ndarray
    """uint8 (cells,)"""
    fertile: np.ndarray
    """uint8 (cells,): 1 where food grows"""
    food: np.ndarray
    """uint8 (cells,): 1 + kind of the food there, 0 = none"""
    corpse: np.ndarray
    """int32 (cells,): energy"""
    smell: np.ndarray
    """float32 (2, cells): of this tick, by its parity, and of the next"""
    occupant: np.ndarray
    """int32 (cells,): place of the agent there, EMPTY, or a predator"""
    value: np.ndarray
    """int8 (regions, foods): 1 nourishing, -1 poisonous, this season"""
    season: np.ndarray
    """int64 (regions, 2): number of the season and the tick at which the next begins (-1 = never)"""
    body: np.ndarray
    """int32 (places, 16)"""
    tally: np.ndarray
    """int64 (places, 4)"""
    status: np.ndarray
    """uint8 (places,)"""
    sums: np.ndarray
    """int64 (PARTS, TALLIES): row 0 holds the totals at the end of a tick"""
    predators: np.ndarray
    """int64 (predators, 3): row, column, ticks of rest"""
    founders: np.ndarray
    """float64 (1,): share of the founders that are of odd kind"""
    drowned: np.ndarray
    """uint8 (cells,): terrain before the flood + 1, 0 = not flooded"""


@kernel
def wrapped(i, size):
    """i on a ring of `size` cells, for -size <= i < 2 size."""
    if i < 0:
        return i + size
    return i - size if i >= size else i


@kernel
def beside(fixed, row, column, direction):
    """The cell next to one, by direction: 0 north, 1 east, 2 south, 3 west."""
    rows, columns = fixed[ROWS], fixed[COLUMNS]
    if direction == 0:
        row = wrapped(row - 1, rows)
    elif direction == 1:
        column = wrapped(column + 1, columns)
    elif direction == 2:
        row = wrapped(row + 1, rows)
    else:
        column = wrapped(column - 1, columns)
    return row * columns + column


@kernel
def blocked(terrain, cell):
    """Whether nobody may enter a cell of such terrain."""
    return terrain[cell] == WALL or terrain[cell] == DEEP


@kernel
def kinship(a, b):
    """Of two kin signatures (16 bits): 1 the same, 0 unrelated, -1 opposite."""
    other = a ^ b
    count = 0
    for bit in range(16):
        count += (other >> bit) & 1
    return np.float32(8 - count) * np.float32(0.125)
