"""Rows, and how their numbers are taken: medians of rounds in which the candidates take turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np


class Row(NamedTuple):
    """One number beside what it is to be compared with."""

    name: str
    value: float | None
    """median of the rounds; null = skipped, `note` says why"""
    unit: str
    reference: float | None
    """in the same unit, measured in the same run, or a bound; null = nothing to compare with here"""
    ratio: float | None
    """what it means is said in `note`"""
    low: float | None
    """lower quartile of the rounds"""
    high: float | None
    """upper quartile"""
    note: str


def row(name: str, values: Any, unit: str, reference: float | None, ratio: float | None, note: str) -> Row:
    """The row of a name from its value in every round."""
    low, middle, high = (float(q) for q in np.quantile(np.asarray(values, np.float64), (0.25, 0.5, 0.75)))
    return Row(name, middle, unit, reference, ratio, low, high, note)


def skipped(name: str, unit: str, why: str) -> Row:
    """One line for what cannot be measured here."""
    return Row(name, None, unit, None, None, None, None, f"skipped: {why}")


def against(name: str, ours: np.ndarray, theirs: np.ndarray, unit: str, note: str) -> Row:
    """Our cost beside that of a peer; ratio: times as fast, by the medians."""
    reference = float(np.median(theirs))
    return row(name, ours, unit, reference, reference / float(np.median(ours)), f"{note}; ratio: times as fast")


def at_most(name: str, values: Any, unit: str, bound: float, note: str) -> Row:
    """A value that should not be above a bound."""
    return row(name, values, unit, bound, float(np.median(values)) / bound, f"{note}; reference: at most; ratio: below 1 is good")


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


def processor_seconds_of(function: Callable[..., Any], *arguments: Any) -> float:
    """How long a call keeps cores busy, all threads of this process together."""
    started = time.process_time()
    function(*arguments)
    return time.process_time() - started


def wall_seconds_of(function: Callable[..., Any], *arguments: Any) -> float:
    """How long one waits for a call; other programs are felt."""
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started
