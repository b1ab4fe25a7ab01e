"""Choosing the champion, on lives that selection never saw, some of them longer than those of selection.

Selection sees the best of many genomes on a few lives, which flatters. The candidate of a generation is judged on a
fixed validation set, the same for all candidates, and on a stretched one, where the world knows longer lives of its
kind; whether the problem is solved is then decided on fresh lives, drawn for this question alone.
"""

from __future__ import annotations

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

    def judge(self, genome: np.ndarray) -> Verdict:
        """The genome on the validation sets."""
        score = self._mean(self._plain, genome, self.lives, VALIDATE, 0)
        z = self.agent.z(score)
        if self._stretched is None:
            return Verdict(score, z, z)
        longer = self._mean(self._stretched, genome, self.lives, STRETCH, 0)
        return Verdict(score, z, self._stretched.agent.z(longer))

    def confirm(self, genome: np.ndarray, lives: int, generation: int) -> float:
        """z on fresh lives, never used for anything else."""
        return self.agent.z(self._mean(self._plain, genome, lives, CONFIRM, generation))

    def _mean(self, evaluator: Evaluator, genome: np.ndarray, lives: int, stream: int, generation: int) -> float:
        result: Evaluation = evaluator.evaluate_one(genome, lives, self.seed, stream, generation)
        self.lived += lives
        self.ticks += result.ticks
        self.seconds += result.seconds
        mean = float(result.scores.mean(dtype=np.float64))
        return mean if np.isfinite(mean) else -np.inf
