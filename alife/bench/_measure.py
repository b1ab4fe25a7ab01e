"""Rows, and how their numbers are taken: medians of rounds in which the candidates take turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np


class Row(NamedTuple):
    """One number beside what it is to be compared with."""

    name: str
    value: float
    """median of the rounds"""
    unit: str
    reference: float | None
    """in the same unit, measured in the same run, or a bound; null = nothing to compare with here"""
    ratio: float | None
    """what it means is said in `note`"""
    low: float
    """lower quartile of the rounds"""
    high: float
    """upper quartile"""
    note: str


def row(name: str, values: Any, unit: str, reference: float | None, ratio: float | None, note: str) -> Row:
    """The row of a name from its value in every round."""
    low, middle, high = (float(q) for q in np.quantile(np.asarray(values, np.float64), (0.25, 0.5, 0.75)))
    return Row(name, middle, unit, reference, ratio, low, high, note)


def in_turn(candidates: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, np.ndarray]:
    """name -> what the candidate returned in every round; a first round, for caches and clocks, does not count."""
    found: dict[str, list[Any]] = {name: [] for name in candidates}
    for n in range(rounds + 1):
        for name, candidate in candidates.items():
            value = candidate()
            if n:
                found[name].append(value)
    return {name: np.array(values, np.float64) for name, values in found.items()}


def _clock() -> Callable[[], float]:
    """Seconds of this thread on a core, which other programs do not lengthen; where they are coarse, of the wall."""
    return time.thread_time if time.get_clock_info("thread_time").resolution <= 1e-6 else time.perf_counter


clock = _clock()


def seconds_of(function: Callable[..., Any], *arguments: Any) -> float:
    """How long a call of compiled code keeps its core busy."""
    started = clock()
    function(*arguments)
    return clock() - started
