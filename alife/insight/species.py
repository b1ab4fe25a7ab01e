"""Who is like whom, by genome, by gate keys, by deeds: species, a battery of probes, and how far behaviour has drifted.

A species is a leader and all that are near it. Agents come in the given order: each joins the nearest leader within the
threshold (the earlier one among equals), or else leads a species of its own. So labels depend on the order, and on it
alone: order by id, and the oldest lead.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alife.core import rng
from alife.core.layout import Layout
from alife.core.parts import Part
from alife.insight.keys import packed
from alife.insight.mind import actions_of, chunks, think

GENOME_THRESHOLD = 0.25
"""In units of `yardstick`, the distance of two unrelated newborns: a quarter of the way to strangers.

No two founders share a species; a child of the default mutation (8 genes) is 0.006 from its mother with `wht` of width 64,
0.012 with width 32, 0.0005 with `dense`. Two lines that nothing selects part about 20, 10 and 250 generations after their last
common ancestor. A child of two strangers is 0.5 from both.
"""

KEY_THRESHOLD = 0.07
"""Share of gates, over all probes, that differ: half of the 0.15 between two unrelated newborns with `wht` (`dense`: 0.44).

Unselected lines reach it 20 generations (width 64), 12 (width 32) and 45 (`dense`) after their last common ancestor.
"""

MOST = 128
"""Leaders; agents far from all of them share the last label. Bounds the cost to agents x MOST comparisons."""

_ROWS = 4096
"""Agents compared with one leader at a time."""

_PROBES, _SAMPLE, _HALVES, _FOUNDERS = 0x9B0B, 0x5A3, 0x4A1F, 0xF0D


def by_genome(genomes: np.ndarray, threshold: float = GENOME_THRESHOLD, scale: float = 1.0, most: int = MOST) -> np.ndarray:
    """int64 (n,): species of genomes float32 (n, g), numbered from 0 by their leaders; `most` = like none of so many leaders.

    Distance: mean absolute difference of genes, over `scale`; `yardstick` makes it 1 between unrelated newborns.
    """
    genomes = np.ascontiguousarray(genomes, np.float32)
    factor = 1 / (scale * max(1, genomes.shape[1]))

    def distances(leader: int, rows: np.ndarray) -> np.ndarray:
        difference = rows - genomes[leader]
        np.abs(difference, out=difference)
        return difference.sum(axis=1, dtype=np.float64) * factor

    return _led(genomes, distances, threshold, most)


def by_key(keys: np.ndarray, threshold: float = KEY_THRESHOLD, most: int = MOST) -> np.ndarray:
    """int64 (n,): species of gate keys bool (n, bits), as by genome. Distance: share of bits that differ."""
    bits, words = max(1, keys.shape[1]), packed(keys)

    def distances(leader: int, rows: np.ndarray) -> np.ndarray:
        return np.bitwise_count(rows ^ words[leader]).sum(axis=1, dtype=np.int64) / bits

    return _led(words, distances, threshold, most)


def _led(points: np.ndarray, distances: Callable[[int, np.ndarray], np.ndarray], threshold: float, most: int) -> np.ndarray:
    """Labels by leaders. A leader is the first agent that no earlier leader covers, so one pass a leader is enough."""
    if not threshold >= 0 or most < 1:
        raise ValueError(f"expected a threshold >= 0 and most >= 1, got {threshold} and {most}")
    n = len(points)
    labels, nearest = np.full(n, most, np.int64), np.full(n, np.inf)
    leader = 0
    for label in range(most):
        alone = np.flatnonzero(labels[leader:] == most)
        if not len(alone):
            break
        leader += int(alone[0])
        labels[leader], nearest[leader] = label, -1.0
        for first in range(leader + 1, n, _ROWS):
            rows = slice(first, min(first + _ROWS, n))
            d = distances(leader, points[rows])
            joins = (d <= threshold) & (d < nearest[rows])
            labels[rows][joins] = label
            nearest[rows][joins] = d[joins]
    return labels


def yardstick(controller: Part, width: int) -> float:
    """Mean absolute difference of genes between unrelated newborns; 4 % of the gene range where all are born alike."""
    shape = controller.ask("shape", width)
    pairs = controller.ask("start", width, rng.uniforms((32, *shape), _FOUNDERS)).reshape(2, 16, -1)
    low, high = controller.ask("bounds")
    return float(np.abs(pairs[0] - pairs[1]).mean(dtype=np.float64)) or 0.04 * (high - low)


def sample(n: int, most: int, seed: int = 0) -> np.ndarray:
    """int64 (min(n, most),): rows of 0..n-1 at random, in order."""
    return np.sort(rng.permutation(n, seed, 0, _SAMPLE)[:most])


# ---- what they do ----


def probes(layout: Layout, count: int = 64, seed: int = 0) -> np.ndarray:
    """float32 (count, width): standard observations. Each observation slot is -1, 0 or 1 at random, the constant is 1, the rest 0.

    A fixed battery by which agents of any time and run of the same layout are compared.
    """
    x = np.zeros((count, layout.width), np.float32)
    shown = len(layout.observations)
    thirds = rng.bits(count * shown, seed, 0, _PROBES) % np.uint64(3)
    x[:, :shown] = thirds.astype(np.float32).reshape(count, shown) - np.float32(1)
    x[:, layout.one] = 1
    return x


def responses(controller: Part, layout: Layout, genomes: np.ndarray, battery: np.ndarray) -> np.ndarray:
    """int64 (n, probes): the action that each of genomes float32 (n, genes) chooses on each probe with a blank memory.

    The strongest action slot, the first among equals. ConfigError where the controller offers no `view`.
    """
    w = _shaped(controller, layout, genomes)
    out = np.zeros((len(w), len(battery)), np.int64)
    for some in chunks(len(w), *battery.shape):
        out[some] = actions_of(think(controller, layout, w[some], battery[None]).out, layout)
    return out


def gate_keys(controller: Part, layout: Layout, genomes: np.ndarray, battery: np.ndarray) -> np.ndarray:
    """bool (n, bits): the gates of every layer on every probe with a blank memory; a byte each, so take a sample of many agents.

    Layers before the first switch see the same in every agent, so their gates differ in none and only dilute the distance.
    """
    w = _shaped(controller, layout, genomes)
    found = [think(controller, layout, w[some], battery[None]).gates.reshape(-1) for some in chunks(len(w), *battery.shape)]
    return np.concatenate(found).reshape(len(w), -1) if found else np.zeros((0, 0), bool)


def _shaped(controller: Part, layout: Layout, genomes: np.ndarray) -> np.ndarray:
    return genomes.reshape(len(genomes), *controller.ask("shape", layout.width))


def shares(chosen: np.ndarray, actions: int) -> np.ndarray:
    """float64 (probes, actions): the share of a population, int64 (n, probes), that chooses each action."""
    n, count = chosen.shape
    flat = np.bincount((chosen + actions * np.arange(count)).ravel(), minlength=actions * count)
    return flat.reshape(count, actions) / max(1, n)


def drift(responses_a: np.ndarray, responses_b: np.ndarray, actions: int) -> float:
    """How differently two populations behave, 0 to 1: total variation distance of their action shares, mean over probes.

    The share of one population that would have to act otherwise to act like the other. NaN where one is empty.
    """
    if not len(responses_a) or not len(responses_b):
        return float("nan")
    return float(np.abs(shares(responses_a, actions) - shares(responses_b, actions)).sum(axis=1).mean() / 2)


def drift_floor(chosen: np.ndarray, actions: int, seed: int = 0) -> float:
    """Drift between two random halves of one population: what sampling alone makes. NaN below two agents.

    Halves are smaller than wholes, so the floor is high by about sqrt(2): a change above it is no accident.
    """
    order = rng.permutation(len(chosen), seed, 0, _HALVES)
    middle = len(chosen) // 2
    return drift(chosen[order[:middle]], chosen[order[middle:]], actions)
