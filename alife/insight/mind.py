"""A mind as what it is between two gate flips: a linear map. Works for every controller that offers `view`.

A half is y = f(x); with the gates held as they were for one x it is y = C x + b, exactly, for all x that open the same
gates: the condensed map. b is 0 for nets without constants of their own.

Where the head sees the context alone (layout.contents >= 0) the first half is the head's, of what `faced` leaves, and the second, the
body, gets the slots as observed; else the second goes on with what the first puts out. `between` is what it gets.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from alife.core.errors import ConfigError
from alife.core.layout import Layout
from alife.core.parts import Part
from alife.core.settings import HeadSettings
from alife.insight.keys import statistics
from alife.sim.tick import STEEPNESS

_CHUNK = 1 << 18
"""Numbers (agents x batch x width) that are looked at together: what fits into a second-level cache."""


MOVES = ("home", "jump", "hold", "prev")
"""The first whose control slot is above 0 fires: alife/sim/head.py. `part` may fire beside it."""

LOUDEST = "loudest content"
"""The input in which the head sees how loud the contents are."""


class Condensed(NamedTuple):
    """y = map x + offset, float64, where the gates are those it was made of."""

    map: np.ndarray
    """(n, n)"""
    offset: np.ndarray
    """(n,)"""


class Held(NamedTuple):
    """A whole tick of one agent with its gates held, float64."""

    first: Condensed
    second: Condensed
    middle: np.ndarray
    """(n,): after the first half, before the recall, as the controller itself puts it out"""
    out: np.ndarray
    """(n,): after the second half, as the controller itself puts it out"""
    parts: bool
    """the head writes elsewhere than it reads, so the recall is not added to the contents"""


class Named(NamedTuple):
    """A whole tick as one map from what goes in to what comes out; offsets count for the constant 1."""

    inputs: list[str]
    """observations, 'one', LOUDEST where the head sees that, then 'recall ' + each value; all other slots are 0 when a tick begins"""
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


def faced(layout: Layout, x: np.ndarray) -> np.ndarray:
    """What the first half gets of slots (.., n): the head sees of contents only how loud the loudest is."""
    if layout.contents <= 0:
        return x
    found = x.copy()
    found[..., : layout.contents] = 0
    found[..., 0] = loudest(layout, x)
    return found


def loudest(layout: Layout, x: np.ndarray) -> np.ndarray:
    """(..): max |content| of slots (.., n)."""
    return np.asarray(np.abs(x[..., : layout.contents]).max(axis=-1))


def between(layout: Layout, x: np.ndarray, middle: np.ndarray, recall: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """What the second half gets, (.., n), of slots as observed x, what the first half put out, recall (.., D) and bool parts (..)."""
    found = np.broadcast_to(middle if layout.contents < 0 else x, np.broadcast_shapes(x.shape, middle.shape)).copy()
    values = recall.shape[-1]
    if layout.recall:
        found[..., layout.recall : layout.recall + values] += recall
    found[..., :values] += np.where(parts[..., None], recall.dtype.type(0), recall)
    return found


def held(
    controller: Part, layout: Layout, genome: np.ndarray, gates: np.ndarray, layers_in: int, seen: np.ndarray, recall: np.ndarray,
    parts: bool,
) -> Held:  # fmt: skip
    """A tick of one agent (*shape) whose gates, bool (layers of both halves, units), are these; seen (n,), recall (D,)."""
    first = condensed(controller, genome, 0, gates[:layers_in])
    second = condensed(controller, genome, 1, gates[layers_in:])
    wide, x = genome[None].astype(np.float64), seen.astype(np.float64)
    middle, _ = view(controller, wide, 0, faced(layout, x)[None, None], gates[None, None, :layers_in])
    before = between(layout, x[None, None], middle, recall.astype(np.float64), np.array([[parts]]))
    out, _ = view(controller, wide, 1, before, gates[None, None, layers_in:])
    return Held(first, second, middle[0, 0], out[0, 0], parts)


def named(layout: Layout, tick: Held, values: bool = False) -> Named:
    """The map of a whole tick in names; `values`: with the values offered to the memory, where no action says them."""
    first, second = tick.first, tick.second
    after = [(name, i) for i, name in enumerate(layout.actions, layout.first_action)] + [("write gate", layout.control("gate"))]
    if values and layout.first_action >= layout.values:
        after += [(f"write {name}", i) for i, name in enumerate(value_names(layout))]
    wishes = [(f"head {name}", layout.control(name)) for name in (*MOVES, "part") if layout.control(name) >= 0]
    behind, ahead = np.array([slot for _, slot in after]), np.array([slot for _, slot in wishes], np.int64)
    acts, moves = _of_senses(layout, tick, behind), _seen(layout, first, ahead)
    recalls = np.zeros((len(behind), layout.values)) if tick.parts else second.map[behind, : layout.values]
    if layout.recall:
        recalls = recalls + second.map[behind, layout.recall : layout.recall + layout.values]
    whole = np.concatenate([np.concatenate([acts, moves]), np.concatenate([recalls, np.zeros((len(ahead), layout.values))])], axis=1)
    inputs = [*layout.observations, "one", *[LOUDEST] * (layout.contents > 0), *(f"recall {name}" for name in value_names(layout))]
    return Named(inputs, [name for name, _ in after + wishes], np.concatenate([behind, ahead]), len(wishes), whole)


def _of_senses(layout: Layout, tick: Held, slots: np.ndarray) -> np.ndarray:
    """Rows of the map of these slots after the second half, without the columns of the recall."""
    second, is_one = tick.second, np.arange(layout.one + 1 + (layout.contents > 0)) == layout.one
    if layout.contents < 0:
        return np.asarray(second.map[slots] @ _seen(layout, tick.first) + np.outer(second.offset[slots], is_one))
    blind = np.zeros((len(slots), int(layout.contents > 0)))
    return np.concatenate([second.map[slots, : layout.one + 1], blind], axis=1) + np.outer(second.offset[slots], is_one)


def _seen(layout: Layout, first: Condensed, slots: np.ndarray | slice = slice(None)) -> np.ndarray:
    """Rows of the map of these slots after the first half, of what it sees, without the columns of the recall."""
    found = first.map[slots, : layout.one + 1].copy()
    found[:, layout.one] += first.offset[slots]
    if layout.contents <= 0:
        return found
    loud = found[:, :1].copy()
    found[:, : layout.contents] = 0
    return np.concatenate([found, loud], axis=1)


def given(layout: Layout, seen: np.ndarray, recall: np.ndarray) -> np.ndarray:
    """float64 (inputs,): what a `Named` map of a tick is applied to; seen (n,), recall (D,)."""
    loud = [loudest(layout, seen)] if layout.contents > 0 else []
    return np.concatenate([seen[: layout.one + 1], np.array(loud, seen.dtype), recall]).astype(np.float64)


def value_names(layout: Layout) -> list[str]:
    """Names of the D values that the memory takes and gives."""
    names = layout.names
    return [names[i] or f"slot {i}" for i in range(layout.values)]


def layer_names(layout: Layout, layers: int, layers_in: int) -> list[str]:
    """'head 1' .., then 'body 1' ..; where the head sees all 'in 1' .. before the memory, 'out 1' .. behind it."""
    before, behind = ("in", "out") if layout.contents < 0 else ("head", "body")
    return [f"{before} {k + 1}" if k < layers_in else f"{behind} {k + 1 - layers_in}" for k in range(layers)]


def think(controller: Part, layout: Layout, w: np.ndarray, x: np.ndarray, recall: np.ndarray | None = None) -> Thoughts:
    """Both halves, w (agents, *shape), x (agents or 1, batch, n); recall (.., D) comes in between them, None = 0."""
    middle, first = view(controller, w, 0, faced(layout, x))
    before = middle if layout.contents < 0 else x
    if recall is not None:
        before = between(layout, x, middle, recall, parts_of(middle, layout))
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


def parts_of(middle: np.ndarray, layout: Layout) -> np.ndarray:
    """bool (..): whether the head parts, writing elsewhere than it reads, for slots (.., n)."""
    slot = layout.control("part")
    return middle[..., slot] > 0 if slot >= 0 else np.zeros(middle.shape[:-1], bool)


# ---- in words and numbers ----


class Ticks(NamedTuple):
    """Ticks of one agent, a row each; float32."""

    seen: np.ndarray
    """(ticks, n): slots as observed"""
    recall: np.ndarray
    """(ticks, D)"""
    middle: np.ndarray
    """(ticks, n): slots after the first half, where the head reads its wishes"""
    out: np.ndarray
    """(ticks, n): slots after the second half"""
    gate: np.ndarray
    """(ticks,): the write gate"""


def imagined(controller: Part, layout: Layout, genome: np.ndarray, battery: np.ndarray, head: HeadSettings | None = None) -> Ticks:
    """What an agent (*shape) would do on each of the probes (batch, n) with a blank memory; None = a head of default settings."""
    head = head or HeadSettings.model_validate({})
    thoughts = think(controller, layout, genome[None], battery[None])
    asked = np.nan_to_num(thoughts.out[0, :, layout.control("gate")])
    gate = (asked > 0).astype(np.float32) if head.gate == "hard" else np.clip(STEEPNESS * asked, 0, 1)
    if head.writes == "seen":
        gate = np.where(battery[:, : min(layout.values, layout.one)].any(axis=1), gate, np.float32(0))
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
        "parts": float(parts_of(ticks.middle, layout).mean()) if layout.control("part") >= 0 else None,
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
        gates, layers_in = gates_of(controller, layout, genome, ticks)
        inputs = np.concatenate([ticks.seen, ticks.recall], axis=1) + np.float32(0)
        keys = statistics(gates, inputs)
        names = layer_names(layout, gates.shape[1], layers_in)
        layers = [{"layer": name, **layer._asdict()} for name, layer in zip(names, keys.layers, strict=True)]
        result["keys"] = {**keys._asdict(), "layers": layers}
        result["map"] = _typical(controller, layout, genome, ticks, gates, layers_in)
    return result


def gates_of(controller: Part, layout: Layout, genome: np.ndarray, ticks: Ticks) -> tuple[np.ndarray, int]:
    """bool (ticks, layers, units), and how many of the layers are of the first half."""
    found = []
    for some in chunks(len(ticks.seen), 1, ticks.seen.shape[1]):
        thoughts = think(controller, layout, genome[None], ticks.seen[None, some], ticks.recall[None, some])
        found.append(thoughts.gates[0])
    return np.concatenate(found), thoughts.layers_in


def _typical(
    controller: Part, layout: Layout, genome: np.ndarray, ticks: Ticks, gates: np.ndarray, layers_in: int
) -> dict[str, Any]:
    """The condensed map at the tick whose gates differ least from those of all ticks, the first of them.

    residual: largest |C x + b - f(x)| of both halves in float64 at that tick.
    """
    share = gates.mean(axis=0)
    differs = np.where(gates, 1 - share, share).reshape(len(gates), -1)
    means = differs.mean(axis=1) if differs.shape[1] else np.zeros(len(gates))
    tick = int(np.argmin(means))
    seen, recall, parts = ticks.seen[tick].astype(np.float64), ticks.recall[tick].astype(np.float64), parts_of(ticks.middle[tick], layout)
    tells = held(controller, layout, genome, gates[tick], layers_in, seen, recall, bool(parts))
    middle = tells.first.map @ faced(layout, seen) + tells.first.offset
    out = tells.second.map @ between(layout, seen, middle, recall, parts) + tells.second.offset
    error = float(max(np.abs(middle - tells.middle).max(), np.abs(out - tells.out).max()))
    found = named(layout, tells, values=True)
    rows = dict(zip(found.outputs, found.map.tolist(), strict=True))
    return {"tick": tick, "differs": float(means[tick]), "residual": error, "inputs": found.inputs, "outputs": rows}


def largest(row: list[float], names: list[str], most: int = 4) -> list[tuple[str, float]]:
    """The largest entries of a row of a map, by size; none of those below a hundredth of the largest."""
    order = sorted(range(len(row)), key=lambda i: -abs(row[i]))[:most]
    return [(names[i], row[i]) for i in order if abs(row[i]) > 0.01 * abs(row[order[0]])]
