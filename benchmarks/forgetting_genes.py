"""A population that evolves on A, then on B, then on A again: benchmarks/forgetting_genes.py [--seeds N] [--generations N] [--csv F]

A: copy. B: shelves, always four. Both are members of one composed world, so that one body lives them; in a phase every life is of one
member alone (`world.only`), or, mixed, of either. After every `STEP` generations all genomes live fresh lives of A alone and of B alone.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from alife.core import config
from alife.evolve.evolution import Evolution
from alife.evolve.judge import SELECT, TEST
from alife.evolve.run import cores
from alife.sim.agent import Agent
from alife.sim.lives import Evaluator, life_seeds
from alife.store import csvfile

A, B = "copy", "shelves"
WORLD = (f"{A}+{B}", ("world.shelves.shelves=4",))
STEP, TESTED = 5, 64
"""Generations between two measurements, and lives of each genome in each of the two worlds."""
KNOWN = 0.95
"""z of the elite at which A is known: its phases end."""
MOST = 100
"""Generations of such a phase at most."""
ARMS = {
    "A, then B": (A, B), "A, then both": (A, f"{A} {B}"), "B alone": (B,), "both from the start": (f"{A} {B}",),
}  # fmt: skip
"""What is lived in the phases; then A again, where A came first."""
PLASTIC = {"A, then B": ("none", "bloom", "visits", "soft-visits")}
"""Arms that are lived with other kinds, too."""


class Row(NamedTuple):
    """z of the population's mean and of its elite, the genome best in the lives of selection. Generation: of the phase."""

    arm: str
    plasticity: str
    seed: int
    phase: str
    generation: int
    a_mean: float
    a_elite: float
    b_mean: float
    b_elite: float


class Population:
    """One population, and the worlds in which it may live. Use as a context manager."""

    def __init__(self, plasticity: str, seed: int, settings: Sequence[str] = ()) -> None:
        kind, sizes = WORLD
        self.seed, self.born = seed, 0
        sets = [*sizes, f"memory.plasticity={plasticity}", *settings]
        configs = {
            f"{A} {B}": config.load(kind, sets, {"run.seed": seed}),
            **{only: config.load(kind, [*sets, f"world.only={only}"], {"run.seed": seed}) for only in (A, B)},
        }
        first = configs[f"{A} {B}"]
        self.lives, agents = first.evolve.lives, {name: Agent(each) for name, each in configs.items()}
        self.strategy = Evolution(first, agents[f"{A} {B}"]).strategy
        self.worlds = {name: Evaluator(agent, cores()) for name, agent in agents.items()}

    def __enter__(self) -> Population:
        return self

    def __exit__(self, *_: object) -> None:
        for world in self.worlds.values():
            world.__exit__()

    def step(self, world: str) -> tuple[np.ndarray, int]:
        """A generation in that world: its genomes, and which of them is the elite."""
        genomes = self.strategy.ask().genomes
        self.born += 1
        scores = self.worlds[world].evaluate(genomes, life_seeds(self.lives, self.seed, SELECT, self.born)).scores
        scores = np.where(np.isfinite(scores), scores, np.float32(-np.inf))
        self.strategy.tell(scores)
        return genomes, int(scores.mean(axis=1, dtype=np.float64).argmax())

    def known(self, genomes: np.ndarray, elite: int) -> list[float]:
        """z on fresh lives: mean and elite in A, mean and elite in B."""
        found = []
        for world in (A, B):
            seeds = life_seeds(TESTED, self.seed, TEST, self.born)
            z = self.worlds[world].evaluate(genomes, seeds).scores.mean(axis=1, dtype=np.float64)
            found += [round(float(z.mean()), 4), round(float(z[elite]), 4)]
        return found


def live(arm: str, plasticity: str, seed: int, generations: int, most: int = MOST, settings: Sequence[str] = ()) -> list[Row]:
    """All phases of an arm: A until it is known, the others for so many generations, A again until it is known again."""
    phases, rows = ARMS[arm], []
    with Population(plasticity, seed, settings) as population:
        for phase in (*phases, *(["A again"] if phases[0] == A else [])):
            until_known = phase in (A, "A again")
            for generation in range(1, (most if until_known else generations) + 1):
                genomes, elite = population.step(A if until_known else phase)
                if generation % STEP and generation > 1:
                    continue
                rows.append(Row(arm, plasticity, seed, phase, generation, *population.known(genomes, elite)))
                if until_known and rows[-1].a_elite >= KNOWN:
                    break
    return rows


def rows(seeds: int, generations: int, file: Path | None = None) -> list[Row]:
    """All arms and seeds; with a file, each is put into it when it is done, and those that are in it are not lived again."""
    found = _read(file)
    for seed in range(1, seeds + 1):
        for arm, kinds in {arm: PLASTIC.get(arm, ("none",)) for arm in ARMS}.items():
            for kind in kinds:
                if not any((row.arm, row.plasticity, row.seed) == (arm, kind, seed) for row in found):
                    found += live(arm, kind, seed, generations)
                    if file:
                        csvfile.write(file, Row._fields, found)
    order = {arm: number for number, arm in enumerate(ARMS)}
    return sorted((row for row in found if row.seed <= seeds), key=lambda row: order[row.arm])


_TYPES: dict[str, Any] = {"seed": int, "generation": int, **dict.fromkeys(("arm", "plasticity", "phase"), str),
                          **dict.fromkeys(("a_mean", "a_elite", "b_mean", "b_elite"), float)}  # fmt: skip


def _read(file: Path | None) -> list[Row]:
    if file is None or not file.is_file():
        return []
    with file.open(newline="", encoding="utf-8") as lines:
        return [Row(**{name: _TYPES[name](text) for name, text in row.items()}) for row in csv.DictReader(lines)]


def table(rows: Sequence[Row]) -> str:
    """Markdown: medians over seeds, least and most in brackets."""
    heads = [
        "arm", "plasticity", "seeds", "generations to know A", "A known, elite", "A after the next phase, elite", "A, population before",
        "A, population after", "B before it, elite", "B after it, elite", "generations to know A again",
    ]  # fmt: skip
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for arm, plasticity in dict.fromkeys((row.arm, row.plasticity) for row in rows):
        mine = [row for row in rows if (row.arm, row.plasticity) == (arm, plasticity)]
        ends = [_ends([row for row in mine if row.seed == seed]) for seed in sorted({row.seed for row in mine})]
        first = [end.get(A) for end in ends]
        then = [end[ARMS[arm][-1]] for end in ends]
        again = [end.get("A again") for end in ends]
        cells = [
            _spread([_generations(row) for row in first], "d"),
            _spread([row and row.a_elite for row in first]), _spread([row.a_elite for row in then]),
            _spread([row and row.a_mean for row in first]), _spread([row.a_mean for row in then]),
            _spread([row and row.b_elite for row in first]), _spread([row.b_elite for row in then]),
            _spread([_generations(row) for row in again], "d"),
        ]  # fmt: skip
        lines.append("| " + " | ".join([arm, plasticity, str(len(ends)), *cells]) + " |")
    return "\n".join(lines)


def course(rows: Sequence[Row], at: Sequence[int] = (1, 5, 10, 20, 40, 80)) -> str:
    """Markdown: A in the population's mean, generation by generation of B, medians over seeds."""
    lines = ["| z of A after so many generations | " + " | ".join(map(str, at)) + " |", "|" + "---|" * (len(at) + 1)]
    for arm, plasticity in dict.fromkeys((row.arm, row.plasticity) for row in rows if ARMS[row.arm][0] == A):
        mine = [row for row in rows if (row.arm, row.plasticity, row.phase) == (arm, plasticity, ARMS[arm][-1])]
        for side in ("a_elite", "a_mean"):
            values = [[getattr(row, side) for row in mine if row.generation == generation] for generation in at]
            name = "elite" if side == "a_elite" else "mean"
            lines.append(
                f"| {arm}, {plasticity}: {name} | " + " | ".join(f"{statistics.median(v):.2f}" if v else "-" for v in values) + " |"
            )
    return "\n".join(lines)


def _ends(rows: Sequence[Row]) -> dict[str, Row]:
    """Phase -> its last row."""
    return {row.phase: row for row in rows}


def _generations(row: Row | None) -> float | None:
    """Of a phase that ends when A is known; infinite where it never was."""
    return row and (row.generation if row.a_elite >= KNOWN else float("inf"))


def _spread(values: Sequence[float | None], form: str = ".2f") -> str:
    found = [value for value in values if value is not None]
    if not found:
        return "-"
    shown = ["never" if value == float("inf") else format(round(value) if form == "d" else value, form)
             for value in (statistics.median(found), min(found), max(found))]  # fmt: skip
    return f"{shown[0]} ({shown[1]} to {shown[2]})"


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--generations", type=int, default=80, help="of the phase on B, or on both")
    options.add_argument("--csv", type=Path)
    given = options.parse_args()
    if given.csv:
        csvfile.check(given.csv)
    if given.csv and given.csv.is_file():
        print(f"{given.csv}: what is in it is not repeated", file=sys.stderr)
    measured = rows(given.seeds, given.generations, given.csv)
    print(table(measured) + "\n\n" + course(measured))
