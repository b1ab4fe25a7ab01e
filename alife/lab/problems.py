"""Lab 23: the problems of the list, evolved with default settings: how near to the optimum, and what of it is owed to the memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.insight.ablate import ablate_run
from alife.insight.problems import BAR, PROBLEMS
from alife.lab import _paint
from alife.lab._evolved import evolve, folder
from alife.lab.finding import Check, Finding, at_least

NUMBER = 23
TITLE = "ten problems, one recipe"
SLOW = True
SEEDS = (1, 2, 3)
GENERATIONS = 100
CLAIM = (
    "Ten problems that need a memory, in fourteen sizes (docs/results.md), are solved by evolution with one set of default settings, and "
    "emptied just before every question the memory's share of the score is gone."
)


def run(scale: float) -> Finding:
    """Scale: generations, seeds, and problems of the list, easy to hard."""
    some = PROBLEMS[: max(1, round(len(PROBLEMS) * scale))]
    seeds, generations = SEEDS[: max(1, round(len(SEEDS) * scale))], max(3, round(GENERATIONS * scale))
    full, zeroed = np.zeros((2, len(some), len(seeds)))
    for i, problem in enumerate(some):
        for j, seed in enumerate(seeds):
            with folder() as out:
                found = ablate_run(evolve(problem, seed, generations, out), max(64, round(256 * scale)))
            full[i, j], zeroed[i, j] = found["full"]["z"], found["memory_zeroed"]["z"]
    names, checks = [problem.name for problem in some], []
    for name, with_it, without in zip(names, np.median(full, axis=1), np.median(zeroed, axis=1), strict=True):
        checks.append(at_least(f"{name}: median z", with_it, BAR))
        checks.append(Check(f"{name}: median z, memory emptied before every question", float(without), -np.inf, 0.1, 0.0))
    return Finding(CLAIM, checks, _prose(names, full, zeroed, generations), lambda figure: _draw(figure, names, full, zeroed))


def _prose(names: list[str], full: np.ndarray, zeroed: np.ndarray, generations: int) -> str:
    middle = np.median(full, axis=1)
    solved = [name for name, z in zip(names, middle, strict=True) if z >= BAR]
    others = [f"{name} {z:.2f}" for name, z in zip(names, middle, strict=True) if z < BAR]
    missing = f"not solved are {', '.join(others)}" if others else "none is left unsolved"
    most = np.median(zeroed, axis=1).max()
    return (
        f"Problems: {len(names)}, evolved with {full.shape[1]} seeds each for at most {generations} generations, fewer than "
        f"docs/results.md gives them. In the median of the seeds {len(solved)} are solved, and {missing}. With the memory emptied "
        f"before every question the median z of a problem is at most {most:.2f}: so much is not owed to the memory."
    )


def _draw(figure: Any, names: list[str], full: np.ndarray, zeroed: np.ndarray) -> None:
    axes = figure.subplots()
    at = np.arange(len(names))
    kinds = (-0.2, full, _paint.BLUE, "with its memory"), (0.2, zeroed, _paint.ORANGE, "emptied before every question")
    for shift, z, colour, words in kinds:
        axes.bar(at + shift, np.median(z, axis=1), 0.4, color=colour, alpha=0.55, label=words)
        axes.plot(np.repeat(at + shift, z.shape[1]), z.ravel(), ".", ms=4, color=colour)
    axes.axhline(BAR, color=_paint.GREY, lw=0.8, ls="--", label="solved")
    axes.set_ylim(min(-0.3, float(np.clip(np.nanmin([full.min(), zeroed.min()]), -1, 0))) - 0.05, 1.1)
    axes.set_xticks(at, names, rotation=30, ha="right")
    _paint.say(axes, "Bars: medians; points: seeds", "problem", "z: 0 best without a memory, 1 best of all", loc="lower left")
