"""What agents evolved in relearn still know of A after B, with each plasticity: python benchmarks/forgetting_life.py RUNS [--csv FILE]

RUNS: the folder of `alife sweep relearn --grid memory.plasticity=..`. Champions that were evolved without plasticity live with each kind
and each strength of it; those that were evolved with a kind live with that one. Nobody learns anything between lives.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from alife.core import rng
from alife.core.lanes import LANES
from alife.evolve.judge import TEST
from alife.insight.score import champion_of
from alife.sim.agent import Agent
from alife.store import csvfile

GIVEN: Mapping[str, Sequence[str]] = {
    "none": ("",), "bloom": ("memory.filter_rate=0.5", "memory.filter_rate=0.1"),
    "visits": ("memory.halved_after=100", "memory.halved_after=30", "memory.halved_after=10"),
    "soft-visits": ("memory.halved_after=100", "memory.halved_after=30", "memory.halved_after=10"),
}  # fmt: skip
"""Kind -> strengths."""
SIZES = ((True, 8), (False, 8), (False, 16), (False, 32))
"""Whether B has the keys of A, and its shelves; A has 8."""
SHELVES, BITS = 8, 64
ROUNDS = 16
"""Of sixteen lives each."""
HEADS = ("evolved_with", "plasticity", "strength", "same", "second", "seed", "lives", "a", "b", "a_again", "kept", "fill")


class Row(NamedTuple):
    """As `HEADS`: z of each exam (0 a guess, 1 all right), `kept` = A again / A, `fill` of the filter at the end of a life."""

    evolved_with: str
    plasticity: str
    strength: str
    same: bool
    second: int
    seed: int
    lives: int
    a: float
    b: float
    a_again: float
    kept: float
    fill: float


def exams(agent: Agent, genome: np.ndarray, seed: int, rounds: int = ROUNDS) -> tuple[np.ndarray, float]:
    """z in the three exams of relearn float64 (3,), a mean over fresh lives, and the fill of the filter, NaN where there is none."""
    block, genes = agent.block(), agent.in_lanes(np.repeat(genome[None], LANES, axis=0))[0]
    right, fills = np.zeros(3), []
    for seeds in rng.bits(rounds * LANES, rng.key(seed, TEST)).reshape(rounds, LANES):
        agent.kernels.begin(block, seeds)
        agent.kernels.advance(block, genes, agent.longest, np.zeros(LANES, np.int64))
        asked = np.array([block.world.first, block.world.second, block.world.first])
        right += (block.world.parts / asked).mean(axis=1) / rounds
        if agent.memory.offers("fill"):
            fills.append(agent.memory.module.fill(block.memory).mean())
    guess = float(agent.world.ask("ceiling"))
    return (right - guess) / (1 - guess), float(np.mean(fills)) if fills else math.nan


def row(run: Path, evolved_with: str, kind: str, strength: str, same: bool, second: int, rounds: int = ROUNDS) -> Row:
    """The champion of a run, in such lives with such a memory."""
    sets = [f"world.first={SHELVES}", f"world.second={second}", f"world.same={str(same).lower()}", f"memory.bits={BITS}",
            f"memory.plasticity={kind}", *([strength] if strength else [])]  # fmt: skip
    config, agent, genome = champion_of(run, sets)
    (a, b, again), fill = exams(agent, genome, config.run.seed, rounds)
    kept = again / a if a > 0 else math.nan
    return Row(evolved_with, kind, strength.partition(".")[2], same, second, config.run.seed, rounds * LANES, a, b, again, kept, fill)


def rows(runs: Path) -> list[Row]:
    """All champions in all sizes."""
    found = []
    for same, second in SIZES:
        for kind, strengths in GIVEN.items():
            plain, own = (sorted(runs.glob(f"relearn_plasticity={name}_s*")) for name in ("none", kind))
            found += [row(run, "none", kind, strength, same, second) for strength in strengths for run in plain]
            found += [row(run, kind, kind, "", same, second) for run in own if kind != "none"]
    return found


def table(found: Sequence[Row]) -> str:
    """Markdown, a line a memory and a size: means over the champions, +- 1.96 standard errors of the pairs for differences to none."""
    heads = ["B", "evolved with", "lives with", "A", "B after it", "A again", "kept", "price on A", "price on B", "A again, gained", "fill"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    groups: dict[tuple[bool, int, str, str, str], list[Row]] = {}
    for one in found:
        groups.setdefault((one.same, one.second, one.evolved_with, one.plasticity, one.strength), []).append(one)
    for (same, second, evolved_with, kind, strength), mine in groups.items():
        plain = {one.seed: one for one in groups[same, second, "none", "none", ""]}
        pairs = [(one, plain[one.seed]) for one in mine if one.seed in plain]
        line = [f"{second} {'same' if same else 'other'} keys", evolved_with, f"{kind} {strength}".strip()]
        line += [f"{np.mean([getattr(one, name) for one in mine]):.2f}" for name in ("a", "b", "a_again", "kept")]
        if kind == "none":
            line += ["", "", ""]
        else:
            line += [_difference([p.a - one.a for one, p in pairs]), _difference([p.b - one.b for one, p in pairs]),
                     _difference([one.a_again - p.a_again for one, p in pairs])]  # fmt: skip
        fill = float(np.mean([one.fill for one in mine]))
        lines.append("| " + " | ".join([*line, "" if math.isnan(fill) else f"{fill:.3f}"]) + " |")
    return "\n".join(lines)


def _difference(values: Sequence[float]) -> str:
    """Mean and half the width of its 95 % interval, normal approximation."""
    margin = 1.96 * np.std(values, ddof=1) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return f"{np.mean(values):+.2f} ± {margin:.2f}"


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("runs", type=Path)
    options.add_argument("--csv", type=Path)
    given = options.parse_args()
    if given.csv:
        csvfile.check(given.csv)
    measured = rows(given.runs)
    if not measured:
        raise SystemExit(f"{given.runs}: expected runs of relearn, relearn_plasticity=KIND_sSEED, found none")
    if given.csv:
        csvfile.write(given.csv, HEADS, measured)
    print(table(measured))
