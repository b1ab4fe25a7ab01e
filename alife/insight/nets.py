"""Halves of controllers as nets of switches (alife/insight/switches.py), and what they are shown in the lives of a champion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from alife.core import registry
from alife.core.errors import ConfigError
from alife.core.parts import Part
from alife.core.settings import ControllerParams
from alife.core.wording import explain, refusal
from alife.insight.switches import Layer, Net

HALVES = ("head", "body")
"""The half before the memory, which moves the head, and the one behind it."""


def net_of(controller: Part | str, genome: np.ndarray, half: str | int = 0, **params: Any) -> Net:
    """A half ('head' or 0, 'body' or 1) of an agent with these genes, (*shape) or flat, as matrices in float64.

    The controller is a kind, with its parameters (`width` always), or that of a config. Gates and outputs are those of the controller but
    for rounding. ConfigError where it is more than switches between matrices: `elman`, `recurrent`, `detached`, `switchnet`, `still`.
    """
    part = controller if isinstance(controller, Part) else _part(controller, params)
    width: int | None = part.params.width  # type: ignore[attr-defined]
    if width is None:
        raise ConfigError(f"controller {part.kind}: expected its width, got none")
    if not part.offers("switches"):
        raise ConfigError(f"controller {part.kind}: expected a function switches(p, width, w, half), found nothing")
    shape = part.ask("shape", width)
    if genome.size != int(np.prod(shape)):
        raise ConfigError(f"controller {part.kind}: expected {int(np.prod(shape))} genes {shape}, got {genome.size}")
    layers, readout, offset = part.ask("switches", width, genome.reshape(shape), _number(half))
    return Net(tuple(Layer(*layer) for layer in layers), readout, offset)


def half_of(run: Path | str, half: str | int) -> Net:
    """A half of the champion of a run."""
    from alife.insight.score import champion_of

    _, agent, genome = champion_of(Path(run))
    return net_of(agent.controller, genome, half)


def inputs_of(run: Path | str, half: str | int, lives: int = 16) -> np.ndarray:
    """float32 (ticks, n): what that half of the champion got, tick by tick, in its first lives of `alife score`."""
    from alife.insight import mind
    from alife.insight.champion import live
    from alife.insight.score import champion_of

    _, agent, genome = champion_of(Path(run))
    agent.compile()
    ticks, layout = live(agent, genome, lives).ticks, agent.layout
    if not _number(half):
        return mind.faced(layout, ticks.seen)
    return mind.between(layout, ticks.seen, ticks.middle, ticks.recall, mind.parts_of(ticks.middle, layout))


def _number(half: str | int) -> int:
    if half in HALVES:
        return HALVES.index(str(half))
    if half in (0, 1):
        return int(half)
    raise ConfigError(f"half: expected 'head' or 'body', got {half!r}")


def _part(kind: str, params: dict[str, Any]) -> Part:
    module = registry.load("controllers", kind)
    model: type[ControllerParams] = module.Params
    try:
        return Part(kind, model.model_validate(params), module)
    except ValidationError as error:
        where, message = explain(error, model)
        raise refusal(".".join(map(str, ("controller", *where))), message) from None
