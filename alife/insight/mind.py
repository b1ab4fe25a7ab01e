"""A mind as what it is between two gate flips: a linear map. Works for every controller that offers `view`.

A half is y = f(x); with the gates held as they were for one x it is y = C x + b, exactly, for all x that open the same
gates: the condensed map. b is 0 for nets without constants of their own.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from alife.core.errors import ConfigError
from alife.core.layout import Layout
from alife.core.parts import Part
from alife.insight.keys import statistics

_CHUNK = 1 << 18
"""Numbers (agents x batch x width) that are looked at together: what fits into a second-level cache."""


MOVES = ("home", "jump", "hold", "prev")
"""The first whose control slot is above 0 fires: alife/sim/head.py."""


class Condensed(NamedTuple):
    """y = map x + offset, float64, where the gates are those it was made of."""

    map: np.ndarray
    """(n, n)"""
    offset: np.ndarray
    """(n,)"""


class Held(NamedTuple):
    """A whole tick of one agent with its gates held, float64; the recall is added between the halves."""

    first: Condensed
    second: Condensed
    middle: np.ndarray
    """(n,): after the first half, before the recall, as the controller itself puts it out"""
    out: np.ndarray
    """(n,): after the second half, as the controller itself puts it out"""


class Named(NamedTuple):
    """A whole tick as one map from what goes in to what comes out; offsets count for the constant 1."""

    inputs: list[str]
    """observations, 'one', then 'recall ' + each value; all other slots are 0 when a tick begins"""
    outputs: list[str]
    """actions, 'write gate', 'write ' + each value where no action says it; last 'head ' + each wish, of the first half alone"""
    slots: np.ndarray
    """int64 (outputs,): where each is read"""
    wishes: int
    """of the outputs are read after the first half"""
    map: np.ndarray
    """float64 (outputs, inputs)"""


class Thoughts(NamedTuple):
    """Both halves of many agents; axes (agents, batch, ..)."""

    middle: np.ndarray
    """(.., n): slots after the first half, where the head reads its wishes"""
    out: np.ndarray
    """(.., n): slots after the second"""
    gates: np.ndarray
    """bool (.., layers of both halves, units)"""
    layers_in: int
    """layers of the first half"""


def shows(controller: Part) -> bool:
    """Whether the controller tells its gates."""
    return controller.offers("view")


def view(
    controller: Part, w: np.ndarray, half: int, x: np.ndarray, gates: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The controller's `view`, its answer checked. w (agents, *shape), x (agents or 1, batch, n).

    ConfigError where there is none, or where its shapes are wrong.
    """
    if not shows(controller):
        raise ConfigError(f"controller {controller.kind}: expected a function view(p, w, half, x, gates), found nothing")
    y, seen = controller.ask("view", w, half, x, gates)
    rows = (len(w), x.shape[1])
    if y.shape != (*rows, x.shape[2]) or seen.dtype != np.bool_ or seen.ndim != 4 or seen.shape[:2] != rows:
        raise ConfigError(
            f"controller {controller.kind}: view: expected y {(*rows, x.shape[2])} and gates bool ({rows[0]}, {rows[1]}, layers, "
            f"units), got {y.shape} and {seen.dtype} {seen.shape}"
        )
    return y, seen


def condensed(controller: Part, genome: np.ndarray, half: int, gates: np.ndarray) -> Condensed:
    """The map of one agent, genome (*shape), while its gates of that half are these, bool (layers, units)."""
    n = controller.params.width  # type: ignore[attr-defined]
    probes = np.concatenate([np.zeros((1, n)), np.eye(n)])[None]
    y, _ = view(controller, genome[None].astype(np.float64), half, probes, gates[None, None])
    offset = y[0, 0]
    return Condensed((y[0, 1:] - offset).T, offset)


def held(
    controller: Part, genome: np.ndarray, gates: np.ndarray, layers_in: int, seen: np.ndarray, recall: np.ndarray
) -> Held:
    """A tick of one agent (*shape) whose gates, bool (layers of both halves, units), are these; seen (n,), recall (D,)."""
    first = condensed(controller, genome, 0, gates[:layers_in])
    second = condensed(controller, genome, 1, gates[layers_in:])
    wide, x = genome[None].astype(np.float64), seen.astype(np.float64)
    middle, _ = view(controller, wide, 0, x[None, None], gates[None, None, :layers_in])
    before = middle.copy()
    before[..., : len(recall)] += recall
    out, _ = view(controller, wide, 1, before, gates[None, None, layers_in:])
    return Held(first, second, middle[0, 0], out[0, 0])


def named(layout: Layout, tick: Held, values: bool = False) -> Named:
    """The map of a whole tick in names; `values`: with the values offered to the memory, where no action says them."""
    shown, first, second = layout.one + 1, tick.first, tick.second
    after = [(name, i) for i, name in enumerate(layout.actions, layout.first_action)] + [("write gate", layout.control("gate"))]
    if values and layout.first_action >= layout.values:
        after += [(f"write {name}", i) for i, name in enumerate(value_names(layout))]
    wishes = [(f"head {name}", layout.control(name)) for name in MOVES if layout.control(name) >= 0]
    behind, ahead = np.array([slot for _, slot in after]), np.array([slot for _, slot in wishes], np.int64)
    whole = np.concatenate([second.map[behind] @ first.map, first.map[ahead]])[:, :shown]
    whole[:, layout.one] += np.concatenate([second.map[behind] @ first.offset + second.offset[behind], first.offset[ahead]])
    recalls = np.concatenate([second.map[behind, : layout.values], np.zeros((len(ahead), layout.values))])
    inputs = [*layout.observations, "one", *(f"recall {name}" for name in value_names(layout))]
    slots = np.concatenate([behind, ahead])
    return Named(inputs, [name for name, _ in after + wishes], slots, len(wishes), np.concatenate([whole, recalls], axis=1))


def value_names(layout: Layout) -> list[str]:
    """Names of the D values that the memory takes and gives."""
    names = layout.names
    return [names[i] or f"slot {i}" for i in range(layout.values)]


def layer_names(layers: int, layers_in: int) -> list[str]:
    """'in 1' .. before the memory, 'out 1' .. behind it."""
    return [f"in {k + 1}" if k < layers_in else f"out {k + 1 - layers_in}" for k in range(layers)]


def think(controller: Part, w: np.ndarray, x: np.ndarray, recall: np.ndarray | None = None) -> Thoughts:
    """Both halves, w (agents, *shape), x (agents or 1, batch, n); recall (.., D) is added between them, None = 0."""
    middle, first = view(controller, w, 0, x)
    before = middle
    if recall is not None:
        before = middle.copy()
        before[..., : recall.shape[-1]] += recall
    out, second = view(controller, w, 1, before)
    return Thoughts(middle, out, np.concatenate([first, second], axis=2), first.shape[2])


def chunks(agents: int, batch: int, n: int) -> list[slice]:
    """Agents in pieces that fit into the cache."""
    size = max(1, _CHUNK // max(1, batch * n))
    return [slice(i, min(i + size, agents)) for i in range(0, agents, size)]


def actions_of(out: np.ndarray, layout: Layout) -> np.ndarray:
    """int64 (..): the strongest action of slots (.., n); the lowest number among equals, NaN never wins."""
    last = layout.first_action + len(layout.actions)
    asked = out[..., layout.first_action : last]
    return np.argmax(np.where(np.isnan(asked), -np.inf, asked), axis=-1).astype(np.int64)


def moves_of(middle: np.ndarray, layout: Layout) -> tuple[tuple[str, ...], np.ndarray]:
    """Names of the head's moves, and int64 (..) which of them fires for slots (.., n)."""
    default = "next" if "next" in layout.moves else "hold"
    names = [name for name in MOVES if name in layout.moves]
    which = np.full(middle.shape[:-1], len(names), np.int64)
    for i in reversed(range(len(names))):
        which = np.where(middle[..., layout.control(names[i])] > 0, i, which)
    if default in names:
        which = np.where(which == len(names), names.index(default), which)
        return tuple(names), which
    return (*names, default), which


# ---- in words and numbers ----


class Ticks(NamedTuple):
    """Ticks of one agent, a row each; float32."""

    seen: np.ndarray
    """(ticks, n): slots as observed"""
    recall: np.ndarray
    """(ticks, D)"""
    middle: np.ndarray
    """(ticks, n): slots after the first half, before the recall"""
    out: np.ndarray
    """(ticks, n): slots after the second half"""
    gate: np.ndarray
    """(ticks,): the write gate"""


def imagined(controller: Part, layout: Layout, genome: np.ndarray, battery: np.ndarray, hard: bool = False) -> Ticks:
    """What an agent (*shape) would do on each of the probes (batch, n) with a blank memory; `hard` as in config.head.gate."""
    thoughts = think(controller, genome[None], battery[None])
    asked = np.nan_to_num(thoughts.out[0, :, layout.control("gate")])
    gate = (asked > 0).astype(np.float32) if hard else np.clip(asked, 0, 1)
    return Ticks(battery, np.zeros((len(battery), layout.values), np.float32), thoughts.middle[0], thoughts.out[0], gate)


def portrait(controller: Part, layout: Layout, genome: np.ndarray, ticks: Ticks) -> dict[str, Any]:
    """One agent's mind over >= 1 ticks: head, gate, actions; keys and condensed map, None where the controller tells no gates."""
    moves, which = moves_of(ticks.middle, layout)
    gate = ticks.gate
    actions = ticks.out[:, layout.first_action : layout.first_action + len(layout.actions)]
    strongest = np.bincount(actions_of(ticks.out, layout), minlength=len(layout.actions)) / len(actions)
    result: dict[str, Any] = {
        "ticks": len(gate),
        "slots": layout.names,
        "moves": dict(zip(moves, (np.bincount(which, minlength=len(moves)) / len(which)).tolist(), strict=True)),
        "gate": {"mean": float(gate.mean()), "open": float((gate > 0).mean()), "full": float((gate == 1).mean())},
        "actions": {
            name: {"above_0": float((actions[:, i] > 0).mean()), "strongest": float(strongest[i])}
            for i, name in enumerate(layout.actions)
        },
        "recall": {"rms": float(np.sqrt((ticks.recall.astype(np.float64) ** 2).mean())), "not_0": float(ticks.recall.any(axis=1).mean())},
        "keys": None,
        "map": None,
    }
    if shows(controller):
        gates, layers_in = _gates(controller, genome, ticks)
        inputs = np.concatenate([ticks.seen, ticks.recall], axis=1) + np.float32(0)
        keys = statistics(gates, inputs)
        names = layer_names(gates.shape[1], layers_in)
        layers = [{"layer": name, **layer._asdict()} for name, layer in zip(names, keys.layers, strict=True)]
        result["keys"] = {**keys._asdict(), "layers": layers}
        result["map"] = _typical(controller, layout, genome, ticks, gates, layers_in)
    return result


def _gates(controller: Part, genome: np.ndarray, ticks: Ticks) -> tuple[np.ndarray, int]:
    """bool (ticks, layers, units), and how many of the layers are of the first half."""
    found = []
    for some in chunks(len(ticks.seen), 1, ticks.seen.shape[1]):
        thoughts = think(controller, genome[None], ticks.seen[None, some], ticks.recall[None, some])
        found.append(thoughts.gates[0])
    return np.concatenate(found), thoughts.layers_in


def _typical(
    controller: Part, layout: Layout, genome: np.ndarray, ticks: Ticks, gates: np.ndarray, layers_in: int
) -> dict[str, Any]:
    """The condensed map at the tick whose gates differ least from those of all ticks, the first of them.

    residual: largest |C x + b - f(x)| in float64 at that tick.
    """
    share = gates.mean(axis=0)
    differs = np.where(gates, 1 - share, share).reshape(len(gates), -1)
    means = differs.mean(axis=1) if differs.shape[1] else np.zeros(len(gates))
    tick = int(np.argmin(means))
    tells = held(controller, genome, gates[tick], layers_in, ticks.seen[tick], ticks.recall[tick])
    before = tells.first.map @ ticks.seen[tick].astype(np.float64) + tells.first.offset
    before[: layout.values] += ticks.recall[tick]
    error = float(np.abs(tells.second.map @ before + tells.second.offset - tells.out).max())
    found = named(layout, tells, values=True)
    rows = dict(zip(found.outputs, found.map.tolist(), strict=True))
    return {"tick": tick, "differs": float(means[tick]), "residual": error, "inputs": found.inputs, "outputs": rows}


def largest(row: list[float], names: list[str], most: int = 4) -> list[tuple[str, float]]:
    """The largest entries of a row of a map, by size; none of those below a hundredth of the largest."""
    order = sorted(range(len(row)), key=lambda i: -abs(row[i]))[:most]
    return [(names[i], row[i]) for i in order if abs(row[i]) > 0.01 * abs(row[order[0]])]
