"""A NumPy model of plasticity: a linear reading of gates, every weight with a rate of its own, on task A, then B, then A again.

    r = sum_i w_i g_i        w_i <- w_i + rate_i g_i (y - r) / sum g^2        g the activity of gate i

Many replicates side by side: first axis S. It is no code of the project, whose memories have one rate for all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from alife.core import rng
from alife.lab._chance import normals, signs
from alife.lab._memories import Memory, addresses
from alife.lab._nets import hadamard
from alife.lab._plots import COLOURS, label
from alife.lab.finding import half_width

WIDTH, ITEMS, LIKENESS = 64, 24, 0.9
"""Inputs, pairs a task, cosine of an input of B and its counterpart in A."""
PASSES = (10, 10, 10)
RATES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02)
"""Of all weights alike, on B: what protects must keep more of A than the one of these that learns as much of B."""


class Active(NamedTuple):
    """Which gates every item of every replicate opens, and how far."""

    gates: np.ndarray
    """int64 (S, items, active)"""
    amounts: np.ndarray
    """float64, the same shape"""


def routes(x: np.ndarray, groups: int, gates: int) -> Active:
    """The gate pattern of every group of gates is a route, and opens a weight of its own: groups 2^gates weights.

    The gates of x (S, items, WIDTH) are the address bits of `memory/lsh`.
    """
    memory = Memory("lsh", groups * gates, WIDTH)
    is_open = addresses(memory, x.reshape(-1, WIDTH)) > 0
    patterns = is_open.reshape(*x.shape[:2], groups, gates) @ (1 << np.arange(gates))
    taken = patterns.astype(np.int64) + (np.arange(groups) << gates)
    return Active(taken, np.ones(taken.shape))


def soft(x: np.ndarray, units: int, threshold: float) -> Active:
    """Units of max(0, H S x - threshold), x (S, items, WIDTH) repeated with other signs: gates that open more or less."""
    spread = np.tile(x, units // WIDTH) * signs((units,), 33)
    amounts = np.maximum(0, hadamard(spread.astype(np.float64)) - threshold)
    most = int(np.max(np.sum(amounts > 0, axis=2)))  # the others are closed in every item, and left out
    gates = np.argsort(-amounts, axis=2, kind="stable")[..., :most]
    return Active(gates, np.take_along_axis(amounts, gates, axis=2))


class Reader:
    """Weights (S, n) from zero, and at how many writes each gate was open; softly: the sum of how far it was open at them."""

    def __init__(self, replicates: int, gates: int, softly: bool) -> None:
        self.softly = softly
        self.weights, self.counts = np.zeros((2, replicates, gates))
        self._rows = np.arange(replicates)[:, None]

    def recall(self, items: Active) -> np.ndarray:
        """(S, items)."""
        return np.sum(self.weights[self._rows[..., None], items.gates] * items.amounts, axis=2)

    def learn(self, items: Active, values: np.ndarray, rate: Rate, seed: int) -> None:
        """One pass over all items, in an order that the seed names."""
        for j in rng.permutation(values.shape[1], seed):
            place, amount = (self._rows, items.gates[:, j]), items.amounts[:, j]
            error = values[:, j] - np.sum(self.weights[place] * amount, axis=1)
            step = amount * (error / np.sum(amount**2, axis=1))[:, None]
            self.weights[place] += rate(self, place) * step
            self.counts[place] += amount if self.softly else amount > 0


Rate = Callable[[Reader, Any], Any]
"""The rates at those places of the weights."""
Between = Callable[[Reader], None]


def even(rate: float) -> Rate:
    """The same for all weights."""
    return lambda reader, place: rate


def worn(c0: float) -> Rate:
    """1 / (1 + c / c0)."""
    return lambda reader, place: 1 / (1 + reader.counts[place] / c0)


def inputs(replicates: int) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian inputs of A and of B, (S, ITEMS, WIDTH) each."""
    a, other = normals((2, replicates, ITEMS, WIDTH), 31)
    return a, LIKENESS * a + np.sqrt(1 - LIKENESS**2) * other


def values(replicates: int) -> np.ndarray:
    """What is to be learned of A and of B, +-1 (2, S, ITEMS)."""
    return signs((2, replicates, ITEMS), 32).astype(np.float64)


class Course(NamedTuple):
    """Mean squared errors (passes of A, B and A again, S) on either task."""

    on_a: np.ndarray
    on_b: np.ndarray

    @property
    def kept(self) -> np.ndarray:
        """Retention of A after B (S,): 1 is all of it, 0 what not knowing it gives."""
        return 1 - self.on_a[sum(PASSES[:2]) - 1]

    @property
    def learned(self) -> np.ndarray:
        """The same of B."""
        return 1 - self.on_b[sum(PASSES[:2]) - 1]

    @property
    def again(self) -> np.ndarray:
        """The same of B, after A again."""
        return 1 - self.on_b[-1]


def live(gates: int, a: Active, b: Active, first: Rate, then: Rate, between: Between | None = None, softly: bool = False) -> Course:
    """Task A by one rate, B and A again by another, PASSES each; `between` A and B something may be done."""
    replicates = len(a.gates)
    reader, wanted = Reader(replicates, gates, softly), values(replicates)
    errors, turn = [], 0
    for phase, (count, items, rate) in enumerate(zip(PASSES, (a, b, a), (first, then, then), strict=True)):
        if phase == 1 and between:
            between(reader)
        for _ in range(count):
            reader.learn(items, wanted[phase % 2], rate, 1000 + turn)
            errors.append([np.mean((reader.recall(task) - want) ** 2, axis=1) for task, want in zip((a, b), wanted, strict=True)])
            turn += 1
    return Course(*np.moveaxis(np.array(errors), 1, 0))


def at_equal_price(plain: list[Course], protected: Course) -> np.ndarray:
    """How much more of A (S,) a protected course keeps than plain ones, interpolated to where they have learned as much of B."""
    known = np.array([course.learned for course in plain])
    kept = np.array([course.kept for course in plain])
    order = np.argsort(known, axis=0)
    known, kept = np.take_along_axis(known, order, 0), np.take_along_axis(kept, order, 0)
    same = [np.interp(x, known[:, s], kept[:, s]) for s, x in enumerate(protected.learned)]
    return protected.kept - np.array(same)


def draw_course(axes: Any, courses: dict[str, Course]) -> None:
    """What is known of A and of B, pass by pass."""
    for (name, course), colour in zip(courses.items(), COLOURS, strict=False):
        x = np.arange(1, len(course.on_a) + 1)
        axes.plot(x, 1 - course.on_a.mean(axis=1), color=colour, lw=1.5, label=f"A, {name}")
        axes.plot(x, 1 - course.on_b.mean(axis=1), "--", color=colour, lw=1.2, label=f"B, {name}")
    for edge in np.cumsum(PASSES)[:2]:
        axes.axvline(edge + 0.5, color="grey", lw=0.7)
    axes.set_ylim(-0.5, 1.05)
    label(axes, "Task A, then B, then A", "passes", "1 - MSE / variance")


def draw_price(axes: Any, families: dict[str, list[Course]]) -> None:
    """Retention of A against what is learned of B, a curve for each way of protecting."""
    for (name, courses), colour in zip(families.items(), COLOURS, strict=False):
        x, y = ([np.mean(getattr(c, side)) for c in courses] for side in ("learned", "kept"))
        bars = [half_width(c.kept) for c in courses]
        axes.errorbar(x, y, yerr=bars, fmt="o-", ms=4, lw=1, capsize=2, color=colour, label=name)
    label(axes, "Retention against its price", "learned of B", "kept of A after B")
