"""Choosing the champion, on lives that selection never saw, some of them longer than those of selection.

Selection sees the best of many genomes on a few lives, which flatters. The candidate of a generation is judged on a
fixed validation set, the same for all candidates, and on a stretched one, where the world knows longer lives of its
kind; whether the problem is solved is then decided on fresh lives, drawn for this question alone, and a champion that
has solved it gives way only to one that passes the same test. From then on selection itself goes on with stretched lives.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from alife.sim.agent import Agent
from alife.sim.lives import Evaluation, Evaluator

SELECT, VALIDATE, STRETCH, CONFIRM, REPORT, TEST = range(1, 7)
"""Streams of life seeds; no two overlap."""


class Verdict(NamedTuple):
    """What the judge found."""

    score: float
    z: float
    stretched_z: float

    @property
    def merit(self) -> float:
        """What champions are compared by."""
        return (self.z + self.stretched_z) / 2


def interval(scores: np.ndarray) -> tuple[float, float, float]:
    """Mean and 95 % interval (normal approximation) of scores (lives,)."""
    mean = float(scores.mean(dtype=np.float64))
    margin = 1.96 * float(scores.std(dtype=np.float64, ddof=1)) / math.sqrt(len(scores)) if len(scores) > 1 else math.nan
    return mean, mean - margin, mean + margin


class Judge:
    """Validation lives for one genome at a time; counts what they cost. Use as a context manager."""

    def __init__(self, agent: Agent, evaluator: Evaluator, seed: int, lives: int) -> None:
        self.agent, self.seed, self.lives = agent, seed, lives
        self._plain = evaluator
        longer = agent.stretched()
        self._stretched = None if longer is agent else Evaluator(longer, evaluator.threads, evaluator.stop)
        self.lived = self.ticks = 0
        self.seconds = 0.0

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *_: object) -> None:
        if self._stretched:
            self._stretched.__exit__()

    @property
    def longer(self) -> Evaluator:
        """Where stretched lives are lived; the plain ones where the world knows no longer lives."""
        return self._stretched or self._plain

    def judge(self, genome: np.ndarray) -> Verdict:
        """The genome on the validation sets."""
        score = self._mean(self._plain, genome, self.lives, VALIDATE, 0)
        z = self.agent.z(score)
        if self._stretched is None:
            return Verdict(score, z, z)
        longer = self._mean(self._stretched, genome, self.lives, STRETCH, 0)
        return Verdict(score, z, self._stretched.agent.z(longer))

    def confirm(self, genome: np.ndarray, lives: int, generation: int) -> float:
        """z on fresh lives, never used for anything else: the lower end of its 95 % interval."""
        scores = self._scores(self._plain, genome, lives, CONFIRM, generation)
        low = interval(scores)[1]
        return self.agent.z(low) if np.isfinite(low) else -np.inf

    def _mean(self, evaluator: Evaluator, genome: np.ndarray, lives: int, stream: int, generation: int) -> float:
        mean = float(self._scores(evaluator, genome, lives, stream, generation).mean(dtype=np.float64))
        return mean if np.isfinite(mean) else -np.inf

    def _scores(self, evaluator: Evaluator, genome: np.ndarray, lives: int, stream: int, generation: int) -> np.ndarray:
        result: Evaluation = evaluator.evaluate_one(genome, lives, self.seed, stream, generation)
        self.lived += lives
        self.ticks += result.ticks
        self.seconds += result.seconds
        return result.scores[0]
