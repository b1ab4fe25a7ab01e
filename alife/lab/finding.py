"""What an experiment of the laboratory gives back, and the intervals by which it judges.

An experiment is a module of this package, `lsh_gates.py` for `alife lab lsh-gates`:

    NUMBER, TITLE   its row in the list of claims, and the claim in a few words
    run(scale)      -> Finding; scale 1.0 is the full size (seconds), 0 < scale < 1 a smaller one; the same seeds always
    SEEDS           optional: tuple of the seeds, for the report
    SLOW            optional: True for one that takes minutes; it is then run by its name or with --all only

Seeds are literal. A check that fails is a result, not an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Check(NamedTuple):
    """One number against what theory or a source says of it."""

    what: str
    """in words, with its unit"""
    measured: float
    low: float
    """where it must lie; -inf and inf where one side is open"""
    high: float
    expected: float | None = None
    """what was said, if it is one number"""

    @property
    def holds(self) -> bool:
        """Whether it lies there; NaN does not."""
        return bool(self.low <= self.measured <= self.high)


class Finding(NamedTuple):
    """The outcome of an experiment."""

    claim: str
    """one sentence, with its source"""
    checks: list[Check]
    prose: str
    """three sentences: what was done, what came out, what follows; a loss is said as plainly as a win"""
    draw: Callable[[Any], None]
    """draws the figure on an empty matplotlib Figure"""

    @property
    def verdict(self) -> str:
        """holds, holds in part, does not hold. A check whose words begin with 'control' cannot make a claim hold by itself."""
        if all(check.holds for check in self.checks):
            return "holds"
        kept = any(check.holds for check in self.checks if not check.what.startswith("control"))
        return "holds in part" if kept else "does not hold"


def exact(what: str, error: float, bound: float) -> Check:
    """An error that must not be above a bound."""
    return Check(what, float(error), 0.0, bound, 0.0)


def near(what: str, samples: np.ndarray, expected: float) -> Check:
    """The mean of independent samples (m,) against a number: holds if it lies in the 95 % interval of the mean."""
    mean, half = float(np.mean(samples)), half_width(samples)
    return Check(what, mean, expected - half, expected + half, expected)


def at_least(what: str, measured: float, low: float) -> Check:
    """A number that must reach another."""
    return Check(what, float(measured), low, math.inf)


def half_width(samples: np.ndarray) -> float:
    """Half of the 95 % interval of the mean of samples (m,), normal approximation."""
    return 1.96 * float(np.std(samples, ddof=1)) / math.sqrt(len(samples))
