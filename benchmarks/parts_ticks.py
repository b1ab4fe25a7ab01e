"""What a tick of every part costs, and its parameters: python benchmarks/parts_ticks.py [--rounds N] [--csv FILE]"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from parts import DEFAULTS, TABLES

from alife.bench._measure import in_turn, seconds_of
from alife.core import config, rng
from alife.core.lanes import LANES
from alife.evolve.genome import space_of
from alife.sim.agent import Agent
from alife.sim.lives import life_seeds
from alife.store import csvfile

LIVES = 60
"""Of sixteen agents, in one timed call: milliseconds."""
HEADS = ("table", "part", "ns", "low", "high", "parameters", "rounds")


def timed(key: str, value: str, lives: int) -> tuple[Callable[[], float], int]:
    """What returns the ns an agent-tick of lives of copy with this part, and how many genes there are."""
    agent = Agent(config.load("copy", [f"{key}={value}"]))
    agent.compile()
    block, seeds = agent.block(), life_seeds(lives, 1)
    genes = agent.in_lanes(space_of(agent).start(rng.uniforms((LANES, agent.genes), 1)))
    scores = np.zeros((1, LANES, lives), np.float32)

    def measure() -> float:
        lived = np.zeros((1, LANES), np.int64)
        took = seconds_of(agent.kernels.lives, block, genes, 0, 1, seeds, 0, lives, agent.longest, scores, lived)
        return took / int(lived.sum()) * 1e9

    return measure, agent.genes


def rows(rounds: int, lives: int = LIVES) -> list[tuple[str, str, float, float, float, int, int]]:
    """As `HEADS`: median and quartiles, a row for each part of each table."""
    made = {(table, value): timed(key, value, lives) for table, (key, values) in TABLES.items() for value in values}
    found = in_turn({f"{table} {value}": measure for (table, value), (measure, _) in made.items()}, rounds)
    out = []
    for (table, value), (_, genes) in made.items():
        low, middle, high = (float(q) for q in np.quantile(found[f"{table} {value}"], (0.25, 0.5, 0.75)))
        out.append((table, value, round(middle, 1), round(low, 1), round(high, 1), genes, rounds))
    return out


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--csv", type=Path)
    given = options.parse_args()
    if given.csv:
        csvfile.check(given.csv)
    measured = rows(given.rounds)
    if given.csv:
        csvfile.write(given.csv, HEADS, measured)
    base = {table: ns for table, part, ns, *_ in measured if part == DEFAULTS[table]}
    print("| table | part | ns a tick | quartiles | ratio | parameters |\n|---|---|---|---|---|---|")
    for table, part, ns, low, high, genes, _ in measured:
        print(f"| {table} | {part} | {ns:,.0f} | {low:,.0f} to {high:,.0f} | {ns / base[table]:.2f} | {genes:,} |")
