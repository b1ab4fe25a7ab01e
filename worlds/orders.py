"""Orders: hear n commands while standing still, then carry them out, in order, on a floor without any sign of them.

A life: the agent stands on a random cell of a floor of `size` x `size` cells. It is shown n commands (n drawn from `commands`), each
up, down, left, right or stay, for `show` steps and then nothing for `blank` steps; meanwhile it cannot move. Then it has `steps` steps
for every command: in each it goes to a neighbouring cell or stays, and after the last of them it must stand where the command leads
to from where it stood before. If so, the reward is seen with the first step of the next command; the first error ends the life. Each
command is drawn uniformly from those that do not lead off the floor; against a wall nobody moves. Score = share of commands carried out.
The flag `go` is up at the first step after the commands, `walk` at all of them: no clock, but the beat of the moves is seen, as
in Memory Gym, where the floor burns after each. `sight` adds the agent's own row and column.

It isolates storing a list at one pace and reading it out at another: a tape must stand still while a move lasts.
Compared with: Memory Gym's Mortar Mayhem grid (Pleines et al. 2023): the same floor, kinds, delays and way of drawing commands;
there the agent turns and sees itself, and the fire lasts two steps more.

Ceiling: an agent that does not know the commands can only guess. Wherever it comes to stand at the end of a move, one step away at most,
it is right with chance 1 / L, where L of the five kinds do not lead off the floor from where it stood. Staying gives, for k right
moves in a row, the mean of L^-k over all cells; the ceiling is the sum of that over k = 1..n, divided by n: .108, .066, .033 for 3, 5, 10.
(The list of problems says .067 for 5; a champion evolved without a memory has .0666 +- .009.) Nothing better is to be had without
`sight`: for walks off the walls by Hölder's inequality, for those that bump into them by enumeration (tests/test_orders.py). With `sight`
corners, where L is 3, are better: dynamic programming over cell and moves left gives .114, .070, .035. Both hold for whoever lacks the
commands, whatever else it may remember.
Optimum: all has been shown, 1.

The body cannot hold a command: it stands still until all have been shown. With `feedback` the last action is seen, but that of
walking only; an agent that saw what it wished for while it listened could hold a command by wishing for it again and again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import Field, model_validator

from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES
from alife.core.settings import Interval, Settings
from alife.core.slots import one_hot, strongest

MOST = 1000
"""Commands a life at most."""

KINDS = ("up", "down", "left", "right", "stay")
_GO, _REWARD, _WALK, _PLACE = 5, 6, 7, 8


class Params(Settings):
    """Sizes of the floor and of a life."""

    size: int = Field(5, ge=2, le=32, description="cells a side of the floor")
    commands: Interval = Field((5, 5), description="commands a life, a number or [low, high]")
    show: int = Field(3, ge=1, le=1000, description="steps that a command is shown")
    blank: int = Field(1, ge=1, le=1000, description="steps of nothing after each command")
    steps: int = Field(6, ge=1, le=1000, description="steps to carry out a command")
    sight: bool = Field(False, description="show the agent its row and column")
    feedback: bool = Field(False, description="show the last action while walking")

    @model_validator(mode="after")
    def _commands_are_a_range(self) -> Params:
        low, high = self.commands
        if not 1 <= low <= high <= MOST:
            raise ValueError(f"commands: expected 1 <= low <= high <= {MOST}, got [{low}, {high}]")
        return self


DEFAULTS = {"memory.bits": 256}


class State(NamedTuple):
    """One life a lane. A cell is row * size + column; rows count from above."""

    sizes: np.ndarray
    """int64 (9,): size, fewest commands, most commands, show, blank, steps, sight 0 or 1, feedback 0 or 1, first action"""
    commands: np.ndarray
    """int64 (most, LANES): kinds"""
    given: np.ndarray
    """int64 (LANES,): commands in this life"""
    cell: np.ndarray
    """int64 (LANES,): where the agent stands"""
    stood: np.ndarray
    """int64 (LANES,): where it stood when the move began"""
    time: np.ndarray
    """int64 (LANES,): ticks lived"""
    right: np.ndarray
    """int64 (LANES,): commands carried out"""
    answer: np.ndarray
    """int64 (LANES,): the last action while walking, -1 = none"""


def observations(p: Params) -> list[str]:
    """The command first, in the slots of the actions that it asks for."""
    names = [f"command {kind}" for kind in KINDS] + ["go", "reward", "walk"]
    if p.sight:
        names += [f"row {i}" for i in range(p.size)] + [f"column {i}" for i in range(p.size)]
    return names + ([f"did {kind}" for kind in KINDS] if p.feedback else [])


def actions(p: Params) -> list[str]:
    """One step, or none."""
    return list(KINDS)


def first_action(p: Params) -> int:
    """Slots of their own: what is done while walking is not what was heard."""
    return 1 << len(observations(p)).bit_length()


def values(p: Params) -> int:
    """The command is worth remembering."""
    return len(KINDS)


def stretched(p: Params) -> Params:
    """Champions are chosen on up to twice as many commands as those of selection."""
    high = p.commands[1]
    return p.model_copy(update={"commands": (high, min(2 * high, MOST))})


def ticks(p: Params) -> int:
    """Hearing and doing."""
    return p.commands[1] * (p.show + p.blank + p.steps)


def ceiling(p: Params) -> float:
    """Staying where one is; with `sight` the best walk that knows the cell and no command."""
    low, high = p.commands
    chance = 1.0 / np.array([sum(_leads(p.size, cell, kind) >= 0 for kind in range(5)) for cell in range(p.size**2)])
    expected = _seeing(p.size, chance, high) if p.sight else np.cumsum([(chance**k).mean() for k in range(1, high + 1)])
    return float(np.mean([expected[n - 1] / n for n in range(low, high + 1)]))


def optimum(p: Params) -> float:
    """Every command."""
    return 1.0


def _seeing(size: int, chance: np.ndarray, most: int) -> np.ndarray:
    """Expected commands carried out by the best agent that sees its cell, float64 (most,) for 1, 2, .. commands."""
    reach = np.array([[_leads(size, cell, kind) for kind in range(5)] for cell in range(size * size)])
    left, means = np.zeros(size * size), np.zeros(most)
    for i in range(most):
        left = chance * (1 + np.where(reach >= 0, left[reach], 0)).max(axis=1)
        means[i] = left.mean()
    return means


def state(p: Params) -> State:
    """Room for the longest life."""
    return State(
        np.array([p.size, *p.commands, p.show, p.blank, p.steps, p.sight, p.feedback, first_action(p)], np.int64),
        np.zeros((p.commands[1], LANES), np.int64),
        *(np.zeros(LANES, np.int64) for _ in range(6)),
    )


@kernel
def _leads(size, cell, kind):
    """The cell that a kind leads to, -1 if off the floor."""
    row, column = cell // size, cell % size
    if kind == 0:
        return cell - size if row > 0 else -1
    if kind == 1:
        return cell + size if row < size - 1 else -1
    if kind == 2:
        return cell - 1 if column > 0 else -1
    if kind == 3:
        return cell + 1 if column < size - 1 else -1
    return cell


@kernel
def _drawn(size, cell, bits):
    """One of the kinds that do not lead off the floor, by 64 random bits."""
    legal = 0
    for kind in range(5):
        legal += _leads(size, cell, kind) >= 0
    skip = rng.below(bits, legal)
    for kind in range(4):
        if _leads(size, cell, kind) >= 0:
            if skip == 0:
                return kind
            skip -= 1
    return 4


@kernel
def begin(s, lane, seed):
    """Draw the number of commands, the cell, and a walk from it."""
    size, low, high = s.sizes[0], s.sizes[1], s.sizes[2]
    s.given[lane] = low + rng.below(rng.draw(seed, 0, 0, 0), high - low + 1)
    s.cell[lane] = rng.below(rng.draw(seed, 1, 0, 0), size * size)
    cell = s.cell[lane]
    for i in range(s.given[lane]):
        kind = _drawn(size, cell, rng.draw(seed, 2, i, 0))
        s.commands[i, lane] = kind
        cell = _leads(size, cell, kind)
    s.stood[lane] = s.cell[lane]
    s.time[lane], s.right[lane], s.answer[lane] = 0, 0, -1


@kernel
def observe(s, lane, x):
    """A command, nothing, or the floor."""
    size, show, pace, t = s.sizes[0], s.sizes[3], s.sizes[3] + s.sizes[4], s.time[lane]
    walked = t - pace * s.given[lane]
    if walked < 0:
        if t % pace < show:
            one_hot(x, lane, 0, s.commands[t // pace, lane])
    else:
        x[_WALK, lane] = np.float32(1)
        if walked % s.sizes[5] == 0:
            x[_GO if walked == 0 else _REWARD, lane] = np.float32(1)
    if s.sizes[6]:
        one_hot(x, lane, _PLACE, s.cell[lane] // size)
        one_hot(x, lane, _PLACE + size, s.cell[lane] % size)
    if s.sizes[7] and s.answer[lane] >= 0:
        one_hot(x, lane, _PLACE + 2 * size * s.sizes[6], s.answer[lane])


@kernel
def act(s, lane, x):
    """Walk, once all has been shown; judge the last step of each move."""
    size, steps, t = s.sizes[0], s.sizes[5], s.time[lane]
    walked = t - (s.sizes[3] + s.sizes[4]) * s.given[lane]
    s.time[lane] = t + 1
    if walked < 0:
        return True
    s.answer[lane] = strongest(x, lane, s.sizes[8], 5)
    cell = _leads(size, s.cell[lane], s.answer[lane])
    if cell >= 0:
        s.cell[lane] = cell
    if walked % steps < steps - 1:
        return True
    if s.cell[lane] != _leads(size, s.stood[lane], s.commands[walked // steps, lane]):
        return False
    s.stood[lane] = s.cell[lane]
    s.right[lane] += 1
    return s.right[lane] < s.given[lane]


@kernel
def score(s, lane):
    """Share of commands carried out."""
    return np.float32(s.right[lane]) / np.float32(s.given[lane])


def _walked(s: State, lane: int) -> int:
    """Steps since the last command was shown, negative before."""
    return int(s.time[lane] - (s.sizes[3] + s.sizes[4]) * s.given[lane])


def asking(s: State, lane: int) -> bool:
    """At every step of the walk: the last one of a move is judged, and all of them lead there."""
    return _walked(s, lane) >= 0


def progress(s: State, lane: int) -> tuple[str, int, int]:
    """'hear', then 'walk'; commands carried out, commands judged: with the first error all that are left."""
    right, judged = int(s.right[lane]), max(0, _walked(s, lane)) // int(s.sizes[5])
    return "walk" if asking(s, lane) else "hear", right, judged if judged == right else int(s.given[lane])


_HUES = np.array([[230, 159, 0], [86, 180, 233], [0, 158, 115], [240, 228, 66], [204, 121, 167]])
"""Up, down, left, right, stay."""


def picture(s: State, lane: int) -> np.ndarray:
    """The floor from above, the agent blue, where it must go to orange; below, the commands, the one that counts now bright.

    Up is orange, down sky blue, left green, right yellow, stay purple.
    """
    size, count, t = int(s.sizes[0]), int(s.given[lane]), int(s.time[lane])
    walked = _walked(s, lane)
    now = min(walked // int(s.sizes[5]), count - 1) if walked >= 0 else t // int(s.sizes[3] + s.sizes[4])
    image = np.zeros((size + 2, max(size, count), 3), np.int64)
    image[:size, :size] = 60
    kinds = s.commands[:count, lane]
    image[size + 1, :count] = _HUES[kinds] // 3
    image[size + 1, now] = _HUES[kinds[now]]
    if walked >= 0:
        aim = int(_leads(size, int(s.stood[lane]), int(kinds[now])))
        if aim >= 0:
            image[aim // size, aim % size] = [213, 94, 0]
    image[int(s.cell[lane]) // size, int(s.cell[lane]) % size] = [0, 114, 178]
    return image.astype(np.uint8)
