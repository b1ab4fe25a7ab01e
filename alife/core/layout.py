"""Which slot of the controller means what.

    0 .. observations-1   what the world shows, its contents first: what is worth remembering (`values`); the rest is context, by which
                          it is found again. The first D slots are what is written, and where the recall is added
    observations          constant 1 (the net has no bias and needs one)
    first_action ..       where the world takes the actions after the second half; 0 unless it says otherwise
    recall ..             with head.recall=beside the recall is added here as well: where the actions are, if they have slots of
                          their own, else behind all that is shown, at a power of two
    controls              head moves jump, home, hold, prev, part, read after the first half, each on when above 0;
                          write gate, read after the second half; 0 or less = no write, 1/2 or more = write exactly

Where a control stands matters. One layer of switches couples slot i to slot j by a coefficient that depends on i XOR j
alone (H diag(p) H is constant along i XOR j), so two controls whose XORs with the observations coincide are tied
together: with the controls in the last three slots, copy is not learnt at all, and with hold tied to jump, orders is not
(docs/experiments.md, 4 and 18). `placed` puts each control where its XORs with what its half of the net sees are new. A
control keeps its place when other moves are switched off. A world may put controls
into slots that it shows something in (`controls`), so that a newborn, which passes its input through, has an instinct.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from alife.core.errors import ConfigError

if TYPE_CHECKING:
    from alife.core.config import Config
    from alife.core.parts import Part

CONTROLS = ("jump", "home", "gate", "hold", "part", "prev")
"""In the order in which they are placed; `part` only where it is among the moves."""

SMALLEST_AUTOMATIC_WIDTH = 64
MOST_AUTOMATIC_VALUES = 16


@dataclasses.dataclass(frozen=True)
class Layout:
    """Names and numbers of the slots of one agent."""

    width: int
    values: int
    observations: tuple[str, ...]
    actions: tuple[str, ...]
    first_action: int
    moves: tuple[str, ...]
    controls: dict[str, int]
    """Slot of every control, also of moves that are switched off (but for `part`)."""
    contents: int
    """of the first slots the head sees only how loud they are; -1 = it is the first half of the mind and sees all"""
    recall: int
    """first slot in which the recall comes in besides the first D; 0 = in these alone"""

    @property
    def one(self) -> int:
        """The slot of the constant 1."""
        return len(self.observations)

    def control(self, name: str) -> int:
        """The slot of the gate or of a head move; -1 where the move is switched off."""
        return self.controls[name] if name == "gate" or name in self.moves else -1

    @property
    def names(self) -> list[str]:
        """A name for every slot, for the window and the reports."""
        named = [*self.observations, "one"] + [""] * (self.width - self.one - 1)
        for control in CONTROLS:
            slot = self.control(control)
            if slot >= 0:
                named[slot] = f"{named[slot]} = {control}" if named[slot] else control
        return named


def placed(seen: list[int], taken: np.ndarray, free: list[int], names: tuple[str, ...]) -> dict[str, int]:
    """A slot of `free` for each of these controls, in this order: the one whose XORs with the slots `seen` are least taken already.

    taken (width,): how bad it is to take an XOR again. Among equals the highest slot.
    """
    shown, left, taken = np.array(seen), np.array(free), taken.copy()
    slots = {}
    for name in names:
        cost = taken[left[:, None] ^ shown[None, :]].sum(axis=1)
        slot = int(left[len(left) - 1 - int(np.argmin(cost[::-1]))])
        np.add.at(taken, slot ^ shown, 1)
        left = left[left != slot]
        slots[name] = slot
    return slots


def _xors(width: int, some: list[int], others: list[int]) -> np.ndarray:
    """How often each XOR of a slot of some with one of others occurs, (width,)."""
    return np.bincount((np.array(some)[:, None] ^ np.array(others)[None, :]).ravel(), minlength=width)


def first_action_of(world: Part) -> int:
    """The slot of a world's first action."""
    return int(world.ask("first_action")) if world.offers("first_action") else 0


def _instincts(world: Part, one: int) -> dict[str, int]:
    """Controls that stand in a slot 0..one that shows something."""
    given = world.ask("controls") if world.offers("controls") else {}
    if not isinstance(given, dict) or not all(name in CONTROLS and type(slot) is int and 0 <= slot <= one for name, slot in given.items()):
        raise ConfigError(f"{world.kind}: controls: expected some of {', '.join(CONTROLS)} with slots 0..{one}, got {str(given)[:60]}")
    return given


def names_of(world: Part, function: str) -> tuple[str, ...]:
    """The observations or actions of a world, at least one."""
    names = world.ask(function)
    if not isinstance(names, list | tuple) or not names or not all(isinstance(name, str) for name in names):
        raise ConfigError(f"{world.kind}: {function}: expected a list of names, got {str(names)[:60]!r}")
    return tuple(names)


def values_of(world: Part) -> int:
    """How many leading slots a world wants to have remembered."""
    return int(world.ask("values")) if world.offers("values") else min(len(names_of(world, "observations")), MOST_AUTOMATIC_VALUES)


class _Used(NamedTuple):
    """What of the slots is taken before the controls are placed."""

    contents: int
    recall: int
    actions: list[int]
    recalled: list[int]
    last: int
    """slots 0..last-1 may be taken"""
    controls: tuple[str, ...]

    @property
    def others(self) -> set[int]:
        """Besides those of the observation."""
        return {*self.actions, *self.recalled}


def _used(config: Config, values: int) -> _Used:
    """For D = values."""
    world, head = config.world, config.head
    shown, first = len(names_of(world, "observations")), first_action_of(world)
    contents = -1
    if head.sees == "context":
        contents = min(int(world.ask("values")), shown) if world.offers("values") else 0
    recall = (first or 1 << shown.bit_length()) if head.recall == "beside" else 0
    actions, recalled = list(range(first, first + len(names_of(world, "actions")))), list(range(recall, recall + values))
    last = max(shown + 1, actions[-1] + 1, recall + values)
    return _Used(contents, recall, actions, recalled, last, tuple(c for c in CONTROLS if c != "part" or c in head.moves))


def _controls(width: int, one: int, used: _Used) -> dict[str, int]:
    """Slots of all controls. With two halves, each is apart from what is read from the same half, as seen from what this half sees."""
    shown = list(range(one + 1))
    if used.contents < 0:
        return placed(shown, _xors(width, shown, shown), list(range(used.last, width)), used.controls)
    free = [slot for slot in range(one + 1, width) if slot not in used.others]
    seen = [0, *shown[max(used.contents, 1) :]]
    moves = placed(seen, _xors(width, seen, seen) / width**2, free, tuple(name for name in used.controls if name != "gate"))
    seen = sorted({*shown, *used.recalled})
    left = [slot for slot in free if slot not in moves.values()]
    return moves | placed(seen, _xors(width, seen, used.actions), left, ("gate",))


def layout_of(config: Config) -> Layout:
    """The layout of a sized config. ConfigError where the width is too small."""
    world = config.world
    observations, actions = names_of(world, "observations"), names_of(world, "actions")
    width, values = config.controller.params.width, config.memory.params.values  # type: ignore[attr-defined]
    used = _used(config, values)
    fewest = used.last + len(used.controls)
    if width < fewest:
        raise ConfigError(
            f"controller.width: expected a power of two >= {fewest} for {len(observations)} observations, "
            f"{len(actions)} actions, {values} values and the controls, got {width}"
        )
    controls = _controls(width, len(observations), used) | _instincts(world, len(observations))
    moves = tuple(config.head.moves)
    return Layout(width, values, observations, actions, first_action_of(world), moves, controls, used.contents, used.recall)


def sized(config: Config) -> Config:
    """The config with automatic sizes filled in: `controller.width`, `memory.values`."""
    width, values = config.controller.params.width, config.memory.params.values  # type: ignore[attr-defined]
    if values is None:
        values = values_of(config.world)
    if width is None:
        used = _used(config, values)
        width = max(SMALLEST_AUTOMATIC_WIDTH, 1 << (used.last + len(used.controls) - 1).bit_length())
    controller, memory = config.controller, config.memory
    result = dataclasses.replace(
        config,
        controller=dataclasses.replace(controller, params=controller.params.model_copy(update={"width": width})),
        memory=dataclasses.replace(memory, params=memory.params.model_copy(update={"values": values})),
    )
    layout_of(result)
    return result
