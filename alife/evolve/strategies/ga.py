"""Generational genetic algorithm: selected parents, uniform crossover, Gray code mutation, elitism.

The elite (best mean score) passes unchanged. Every other child has a mother and, with probability `crossover`, a
father, both chosen by the selection plug-in; then 1 to 2 `mutations` - 1 of its genes are changed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from alife.core import rng
from alife.core.settings import Settings
from alife.evolve.genome import Generation, Space, fitting
from alife.evolve.variation import breed

_START, _SELECT, _FATHER, _BREED = 1, 2, 3, 4


class Params(Settings):
    """How children differ from their parents."""

    elite: int = Field(2, ge=0, description="best genomes that pass unchanged")
    crossover: float = Field(0.8, ge=0, le=1, description="probability that a child has a father too")
    mutations: int = Field(8, ge=1, description="mean number of genes changed in a child")
    growth: float = Field(1.0, ge=1, le=10, description="factor on `mutations` at every new start; 1 = none")
    step: float = Field(0.5, gt=0, description="largest change of a gene")
    octaves: int = Field(8, ge=1, le=24, description="smallest change is about step / 2^octaves")

    def at_start(self, number: int) -> Params:
        """Those of new start `number` (0: the first start): more `mutations`, so more diversity, at most 10,000."""
        if self.growth == 1:
            return self
        grown = min(self.mutations * self.growth ** min(number, 300), max(self.mutations, 10_000.0))
        return self.model_copy(update={"mutations": round(grown)})


class Strategy:
    """ask() for a generation, tell() its scores; `arrays` and `restore` carry it over an interruption."""

    def __init__(self, p: Params, selection: Any, space: Space, population: int, seed: int) -> None:
        self.p, self.selection, self.space, self.seed = p, selection, space, seed
        self.generation = 0
        uniform = rng.uniforms((population, space.genes), rng.key(seed, 0, _START))
        nobody = np.full(population, -1, np.int64)
        self._next = Generation(space.start(uniform), nobody, nobody.copy())

    def ask(self) -> Generation:
        """The genomes to be scored now."""
        return self._next

    def tell(self, scores: np.ndarray) -> None:
        """Scores float32 (population, lives) of what was asked for, finite or -inf."""
        p, population = self.p, len(scores)
        parents = self._next.genomes
        elite = min(p.elite, population)
        key = (self.seed, self.generation)
        chosen = self.selection.module.parents(scores, 2 * population, rng.key(*key, _SELECT), self.selection.params)
        mothers, fathers = chosen[:population].copy(), chosen[population:].copy()
        alone = rng.uniforms((population,), rng.key(*key, _FATHER)) >= np.float32(p.crossover)
        fathers[alone] = -1
        mothers[:elite] = np.argsort(-scores.mean(axis=1, dtype=np.float64), kind="stable")[:elite]
        fathers[:elite] = -1
        children = np.empty_like(parents)
        children[:elite] = parents[mothers[:elite]]
        size = tuple(map(np.float32, (p.step, self.space.low, self.space.high)))
        breed(parents, mothers, fathers, elite, children, np.uint64(rng.key(*key, _BREED)), 2 * p.mutations - 1, p.octaves, *size)
        self._next = Generation(children, mothers, fathers)
        self.generation += 1

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that the next generations depend on."""
        return {**self._next._asdict(), "generation": np.array(self.generation, np.int64)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Back to where `arrays` were taken. KeyError or ValueError where they do not fit."""
        self._next = Generation(*(fitting(arrays[name], getattr(self._next, name), name) for name in Generation._fields))
        self.generation = int(arrays["generation"])
        if not 0 <= self.generation < 1 << 62:
            raise ValueError(f"generation: expected a whole number, found {self.generation}")
