"""Which slot of the controller means what.

    0 .. observations-1   what the world shows; the recall is added to the first D of them, and D values are written
    observations          constant 1 (the net has no bias and needs one)
    first_action ..       where the world takes the actions after the second half; 0 unless it says otherwise
    controls              head moves jump, home, hold, prev, read after the first half, each on when above 0;
                          write gate, read after the second half; 0 or less = no write, 1 or more = write exactly

Where a control stands matters. One layer of switches couples slot i to slot j by a coefficient that depends on i XOR j
alone (H diag(p) H is constant along i XOR j), so two controls whose XORs with the observations coincide are tied
together: with the controls in the last three slots, copy is not learnt at all (docs/experiments.md). `placed` puts
each control where its XORs are new. A control keeps its place when other moves are switched off. A world may put controls
into slots that it shows something in (`controls`), so that a newborn, which passes its input through, has an instinct.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from alife.core.errors import ConfigError

if TYPE_CHECKING:
    from alife.core.config import Config
    from alife.core.parts import Part

CONTROLS = ("jump", "home", "gate", "hold", "prev")
"""In the order in which they are placed."""

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
    """Slot of every control, also of moves that are switched off."""

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


def placed(width: int, shown: int, used: int) -> dict[str, int]:
    """A slot >= used for every control: the one whose XORs with the shown slots 0..shown-1 are least taken already.

    Among equals the highest. Taken to begin with: the XORs among the shown slots themselves.
    """
    seen = np.arange(shown)
    taken = np.bincount((seen[:, None] ^ seen[None, :]).ravel(), minlength=width)
    free = np.arange(used, width)
    slots = {}
    for name in CONTROLS:
        cost = taken[free[:, None] ^ seen[None, :]].sum(axis=1)
        slot = int(free[len(free) - 1 - int(np.argmin(cost[::-1]))])
        np.add.at(taken, slot ^ seen, 1)
        free = free[free != slot]
        slots[name] = slot
    return slots


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


def layout_of(config: Config) -> Layout:
    """The layout of a sized config. ConfigError where the width is too small."""
    world = config.world
    observations, actions = names_of(world, "observations"), names_of(world, "actions")
    width, values = config.controller.params.width, config.memory.params.values  # type: ignore[attr-defined]
    first_action = first_action_of(world)
    used = max(len(observations) + 1, first_action + len(actions), values)
    fewest = used + len(CONTROLS)
    if width < fewest:
        raise ConfigError(
            f"controller.width: expected a power of two >= {fewest} for {len(observations)} observations, "
            f"{len(actions)} actions, {values} values and the controls, got {width}"
        )
    controls = placed(width, len(observations) + 1, used) | _instincts(world, len(observations))
    return Layout(width, values, observations, actions, first_action, tuple(config.head.moves), controls)


def sized(config: Config) -> Config:
    """The config with automatic sizes filled in: `controller.width`, `memory.values`."""
    observations = len(names_of(config.world, "observations"))
    last_action = first_action_of(config.world) + len(names_of(config.world, "actions"))
    width, values = config.controller.params.width, config.memory.params.values  # type: ignore[attr-defined]
    if values is None:
        values = values_of(config.world)
    if width is None:
        fewest = max(observations + 1, last_action, values) + len(CONTROLS)
        width = max(SMALLEST_AUTOMATIC_WIDTH, 1 << (fewest - 1).bit_length())
    controller, memory = config.controller, config.memory
    result = dataclasses.replace(
        config,
        controller=dataclasses.replace(controller, params=controller.params.model_copy(update={"width": width})),
        memory=dataclasses.replace(memory, params=memory.params.model_copy(update={"values": values})),
    )
    layout_of(result)
    return result
