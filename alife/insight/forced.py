"""What a gate does: a champion lives the same lives with gates held open or closed, one at a time, then those of whole halves.

Held by genes, where the controller offers `forced`: so what lives is the compiled loop itself, and nothing else is changed. A gate
matters as much as the score changes; what it changes in every tick is told of those that matter most. A half that is held is one linear
map, whatever is seen: that of its most common key in the lives it leads when it is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from alife.core import rng
from alife.core.errors import ConfigError
from alife.core.lanes import LANES
from alife.evolve.judge import TEST, interval
from alife.evolve.run import cores
from alife.insight.mind import actions_of, layer_names
from alife.insight.nets import HALVES
from alife.insight.visits import key_numbers
from alife.sim.agent import Agent
from alife.sim.lives import Evaluator, life_seeds

WHOLE = ("free", "first half held", "second half held", "both held")
MATTERS = 0.01
"""Change of the score from which on a gate is counted as one that matters, if the 95 % interval of the change excludes 0."""
MOST_TOLD = LANES - len(WHOLE)
"""Gates that are told one by one, those of each half that change the score most; with the whole halves they fill a block."""
MOST_GENES = 1 << 23
"""Of the genomes that are scored together."""
MOST_WORK = 2e10
"""Agent-ticks times numbers in genome and memory; where they would be more, gates are held on fewer lives, and some are left out."""
FEWEST_LIVES = 4
MOST_STEPS = 10_000
"""Ticks of a block that are looked at for actions."""


class Effects(NamedTuple):
    """Of every gate that could be held: gates (m,), sides 0 = closed, 1 = open."""

    layer: np.ndarray
    """int64 (m,): of both halves, from 0"""
    unit: np.ndarray
    """int64 (m,)"""
    side: np.ndarray
    """int64 (m,)"""
    change: np.ndarray
    """float64 (m,): mean change of the score, NaN where it is none"""
    margin: np.ndarray
    """float64 (m,): half of its 95 % interval"""


class Forced(NamedTuple):
    """What came of it."""

    told: dict[str, Any]
    """for `alife inspect --json`"""
    effects: Effects


def measured(agent: Agent, genome: np.ndarray, gates: np.ndarray, layers_in: int, lives: int) -> Forced | None:
    """A champion, float32 (genes,), whose gates were these, bool (ticks, layers, units), when it was free.

    None: there are no gates, or this controller's cannot be held.
    """
    if not agent.controller.offers("forced") or not gates.size:
        return None
    shape, names = gates.shape[1:], layer_names(agent.layout, gates.shape[1], layers_in)
    held, share = _whole(agent, genome, gates, layers_in)
    wholes = [genome if each is None else each for each in held]
    count, stride = lives_for(agent, 2 * gates[0].size + len(WHOLE), lives)
    single = [(k, i, side) for k in range(shape[0]) for i in range(0, shape[1], stride) for side in (0, 1)]
    scored, possible = _alone(agent, genome, shape, layers_in, single, count)
    scores = _scores(agent, wholes, count)
    change, margin = _changes(scored, scores[0])
    of = np.array(possible, np.int64).reshape(-1, 3)
    effects = Effects(of[:, 0], of[:, 1], of[:, 2], change, margin)
    order = np.argsort(-np.nan_to_num(np.abs(change), nan=np.inf), kind="stable")
    by_half = [order[(of[order, 0] >= layers_in) == behind][: MOST_TOLD // 2] for behind in (False, True)]
    order = np.concatenate(by_half).tolist()
    worst = [_one(agent, genome, shape, layers_in, possible[i]) for i in order]
    acts = acted(agent, [*wholes, *(each for each in worst if each is not None)], count)
    whole: dict[str, Any] = {}
    for k, name in enumerate(WHOLE):
        whole[name] = None if held[k] is None else {**_scored(agent, scores[k]), **acts[k], "keys": share[k]}
    rows = []
    for at, i in enumerate(order, len(WHOLE)):
        layer, unit, side = possible[i]
        row = {"half": HALVES[layer >= layers_in], "layer": names[layer], "unit": unit, "held": ("closed", "open")[side]}
        opened = {"open_when_free": float(gates[:, layer, unit].mean())}
        moved = {"change": float(change[i]), "low": float(change[i] - margin[i]), "high": float(change[i] + margin[i])}
        rows.append(row | opened | moved | acts[at])
    return Forced({"lives": count, "whole": whole, "layers": _layers(effects, names), "gates": rows}, effects)


def with_gates(agent: Agent, genome: np.ndarray, wanted: np.ndarray, layers_in: int) -> np.ndarray | None:
    """Genes float32 (genes,) with gates of both halves, int8 (layers, units), held: 1 open, 0 closed, -1 free. None: they cannot be."""
    w = genome.reshape(agent.shape)
    for half, some in enumerate((wanted[:layers_in], wanted[layers_in:])):
        if (some >= 0).any():
            try:
                w = agent.controller.ask("forced", w, half, some)
            except ConfigError:
                return None
    return np.ascontiguousarray(w, np.float32).reshape(-1)


def common(gates: np.ndarray, layers_in: int) -> tuple[np.ndarray, tuple[float, float]]:
    """bool (layers, units): the most common key of each half, and which share of ticks has it; gates bool (ticks, layers, units)."""
    rows, shares = [], []
    for numbers in key_numbers(gates, layers_in):
        counts = np.bincount(numbers)
        rows.append(int(np.argmax(numbers == np.argmax(counts))))
        shares.append(float(counts.max() / len(gates)))
    return np.concatenate([gates[rows[0], :layers_in], gates[rows[1], layers_in:]]), (shares[0], shares[1])


def _whole(agent: Agent, genome: np.ndarray, gates: np.ndarray, layers_in: int) -> tuple[list[np.ndarray | None], list[dict[str, float]]]:
    """Genomes in the order of WHOLE, None where it cannot be done, and the share of free ticks that has each key that is held."""
    key, (first, second) = common(gates, layers_in)
    wanted = key.astype(np.int8)
    before, behind = wanted.copy(), wanted.copy()
    before[layers_in:], behind[:layers_in] = -1, -1
    held = [with_gates(agent, genome, each, layers_in) for each in (before, behind, wanted)]
    head, body = {HALVES[0]: first}, {HALVES[1]: second}
    return [genome, *held], [{}, head, body, head | body]


def _one(agent: Agent, genome: np.ndarray, shape: tuple[int, ...], layers_in: int, gate: tuple[int, int, int]) -> np.ndarray | None:
    """Genes with one gate (layer, unit, side) held."""
    wanted = np.full(shape, -1, np.int8)
    wanted[gate[:2]] = gate[2]
    return with_gates(agent, genome, wanted, layers_in)


def _alone(
    agent: Agent, genome: np.ndarray, shape: tuple[int, ...], layers_in: int, single: list[tuple[int, int, int]], lives: int
) -> tuple[np.ndarray, list[tuple[int, int, int]]]:
    """Scores float64 (m, lives) with each of these gates held alone, and those m of them that can be held."""
    possible: list[tuple[int, int, int]] = []
    found = [np.zeros((0, lives))]
    at_once = max(LANES, MOST_GENES // agent.genes)
    for first in range(0, len(single), at_once):
        tried = [(gate, _one(agent, genome, shape, layers_in, gate)) for gate in single[first : first + at_once]]
        genomes = [changed for _, changed in tried if changed is not None]
        possible += [gate for gate, changed in tried if changed is not None]
        if genomes:
            found.append(_scores(agent, genomes, lives))
    return np.concatenate(found), possible


def lives_for(agent: Agent, genomes: int, lives: int) -> tuple[int, int]:
    """On how many lives so many genomes are scored, at most `lives`; and 1, or k if only every k-th gate can be."""
    work = genomes * agent.longest * (agent.floats() + agent.genes)
    count = max(1, min(lives, max(FEWEST_LIVES, int(MOST_WORK / work))))
    return count, max(1, int(np.ceil(work * count / MOST_WORK / 2)) if count <= FEWEST_LIVES else 1)


def _scores(agent: Agent, genomes: Sequence[np.ndarray], lives: int) -> np.ndarray:
    """float64 (genomes, lives), on the first lives of `alife score`."""
    seeds = life_seeds(lives, agent.config.run.seed, TEST)
    with Evaluator(agent, agent.config.run.threads or cores()) as evaluator:
        return evaluator.evaluate(np.stack(genomes), seeds).scores.astype(np.float64)


def _scored(agent: Agent, scores: np.ndarray) -> dict[str, float]:
    """Of lives (lives,)."""
    mean, low, high = interval(scores)
    return {"score": mean, "low": low, "high": high, "z": agent.z(mean)}


def _changes(scores: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean change of scores (m, lives) against free (lives,), life by life, and half of its 95 % interval; NaN of one life."""
    change, n = scores - free, len(free)
    with np.errstate(invalid="ignore"):
        margin = 1.96 * change.std(axis=1, ddof=1) / n**0.5 if n > 1 else np.full(len(change), np.nan)
        return change.mean(axis=1), margin


def _layers(effects: Effects, names: list[str]) -> list[dict[str, Any]]:
    """A row a layer: gates that were held, how many of them matter on one side at least, the largest change."""
    sure = (np.abs(effects.change) > MATTERS) & (np.abs(effects.change) > effects.margin)
    rows = []
    for k, name in enumerate(names):
        here = effects.layer == k
        worst = np.nan_to_num(np.abs(effects.change[here]))
        change = float(effects.change[here][np.argmax(worst)]) if here.any() else None
        held, matter = (len(np.unique(effects.unit[some])) for some in (here, here & sure))
        rows.append({"layer": name, "held": held, "matter": matter, "largest": change})
    return rows


def acted(agent: Agent, genomes: Sequence[np.ndarray], lives: int) -> list[dict[str, float | None]]:
    """How often each of <= LANES genomes acts otherwise than the first in the same life, tick by tick.

    `above_0`: share of action slots whose sign differs; `strongest`: share of ticks whose strongest action does. Of ticks in which both
    still live and, where the world says so, the first is asked for something. None where there are none.
    """
    block, w = agent.block(), agent.in_lanes(np.stack(genomes))[0]
    kernels, asking, layout = agent.kernels, getattr(agent.world.module, "asking", None), agent.layout
    slots = slice(layout.first_action, layout.first_action + len(layout.actions))
    seeds = rng.bits(lives, rng.key(agent.config.run.seed, TEST))
    ticks, signs, strongest = (np.zeros(LANES, np.int64) for _ in range(3))
    steps = 0
    for seed in seeds:
        kernels.begin(block, np.full(LANES, seed, np.uint64))
        for _ in range(agent.longest):
            if not block.alive[0] or steps >= MOST_STEPS:
                break
            steps += 1
            alive = block.alive > 0
            counts = alive & (asking is None or bool(asking(block.world, 0)))
            kernels.see(block)
            kernels.think(block, w)
            up, best = block.x[slots] > 0, actions_of(block.x.T, layout)
            ticks += counts
            signs += np.where(counts, (up != up[:, :1]).sum(axis=0), 0)
            strongest += counts & (best != best[0])
            kernels.do(block)
    found: list[dict[str, float | None]] = []
    for lane in range(len(genomes)):
        n = int(ticks[lane])
        of = {"above_0": signs[lane] / (n * len(layout.actions)), "strongest": strongest[lane] / n} if n else {}
        found.append({"changed_above_0": _plain(of.get("above_0")), "changed_strongest": _plain(of.get("strongest"))})
    return found


def _plain(value: Any) -> float | None:
    return None if value is None else float(value)
