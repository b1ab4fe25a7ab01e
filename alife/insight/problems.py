"""The problems by which this project is judged: what each is, what is published, and how far its champions should reach.

A problem is a world and sizes. Everything that runs all of them (`alife evolve all`, benchmarks/) reads this list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from alife.core import config as configs
from alife.core.config import Config

BAR = 0.95
"""z at which a run has solved its problem."""
ENOUGH, SEEDS = 8, 10
"""A problem is solved if so many of so many seeds do it."""


class Problem(NamedTuple):
    """One of the list."""

    name: str
    """of its run folders and files"""
    world: str
    settings: tuple[str, ...] = ()
    """overrides as of `--set`: sizes, where they are not the world's own"""
    published: str = ""
    """what others have reported, in words; empty: nothing to stand beside"""
    evaluations: int | None = None
    """genomes scored in the published budget; None: not evolved, or not told"""
    ladder: Mapping[str, str] = {}
    """name -> overrides, space between: sizes that the champion was not evolved for, the same genome"""
    generations: int = 1000
    """the budget of a run for docs/results.md"""

    def config(self, seed: int, explicit: Mapping[str, Any] | None = None) -> Config:
        """That of a run which stops when it has solved the problem; `explicit` as of `configs.load`."""
        options = {"evolve.until_solved": True, "evolve.solved": BAR, **(explicit or {}), "run.seed": seed}
        return configs.load(self.world, self.settings, options)


_POPGYM = "POPGym RepeatPrevious: recurrent baselines near chance at k = 32"
_LONG = {"500 steps": "world.steps=500 memory.bits=4096"}

PROBLEMS: Sequence[Problem] = (
    Problem("corridor", "corridor", published="LSTM holds about 250 steps; bsuite memory_len goes to 100",
            ladder={f"{n:,} cells": f"world.length={n} memory.bits=256" for n in (250, 1000)}),
    Problem("repeat-4", "repeat", ("world.k=4",), _POPGYM, ladder=_LONG),
    Problem("repeat-16", "repeat", ("world.k=16",), _POPGYM, ladder=_LONG),
    Problem("repeat-32", "repeat", ("world.k=32",), _POPGYM, ladder=_LONG),
    Problem("copy", "copy", (), ("ENTM 2016: population 300, up to 10,000 generations of 50 sequences; "
             "bit errors to 120 vectors: NTM by gradient 0 %, LSTM 48 %"), 300 * 10_000,
            {"20 vectors": "world.length=20", "50 vectors": "world.length=50", "120 vectors": "world.length=120 memory.bits=131072"}),
    Problem("shelves", "shelves", published="delta-rule fast weights are clean up to about as many keys as features",
            ladder={f"{n} shelves": f"world.shelves={n} memory.bits=16384 memory.rounds=3" for n in (16, 32)}),
    Problem("seasons", "seasons", (), "ENTM 2017: population 250, up to 10,000 generations of 50 lives",
            250 * 10_000, {"20 years of 4 to 10 days": "world.years=20 world.days=[4,10]"}),
    Problem("tmaze-single", "tmaze", ("world.junctions=1",), ladder={"20 rounds": "world.rounds=20"}),
    Problem("tmaze-double", "tmaze", published="ENTM 2016 solved it; evolved switch neurons: 0 of 8 runs, 6 of 8 with hand-made maps",
            ladder={"40 rounds": "world.rounds=40"}),
    Problem("tmaze-homing", "tmaze", ("world.homing=true",), "evolved switch neurons: 0 of 16 runs",
            ladder={"40 rounds": "world.rounds=40"}, generations=300),
    Problem("vending", "vending", ("world.trials=400",),
            "evolved switch neurons score .624 to .651, best .812; their line for solved is .934",
            ladder={"1,000 trials": "world.trials=1000", "drawn anew every 50": "world.every=50"}, generations=300),
    Problem("pairs", "pairs", published="POPGym Concentration: hard for every baseline",
            ladder={"6 x 6": "world.rows=6 world.columns=6 memory.bits=1024"}, generations=200),
    Problem("orders", "orders", published="Memory Gym: Mortar Mayhem grid", ladder={"10 commands": "world.commands=10"},
            generations=8000),
    Problem("hidden_goal", "hidden_goal", published="Backpropamine: grid maze",
            ladder={f"{n} x {n}": f"world.size={n}" for n in (11, 13)}, generations=100),
)  # fmt: skip
"""Easy to hard."""


def beside(problem: Problem) -> str:
    """What is published, on one line, for a table."""
    budget = "" if problem.evaluations is None else f"{problem.evaluations:,} evaluations"
    return "; ".join(text for text in (budget, problem.published) if text) or "-"
