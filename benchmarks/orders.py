"""Every order of goals of the double T-maze by itself, champions of all runs in a folder: python benchmarks/orders.py FOLDER"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from alife.insight.score import score_run

LIVES = 200


def table(folder: Path) -> str:
    """Markdown, a row an order: of so many champions, how many are above .95, and the range of their z."""
    runs = sorted(path for path in folder.iterdir() if (path / "champion.npz").is_file())
    lines = [f"| from goal, to goal | z >= 0.95, of {len(runs)} champions | lowest z | highest z |", "|---|---|---|---|"]
    for before, after in itertools.permutations(range(4), 2):
        z = [score_run(run, LIVES, [f"world.order=[{before},{after}]"]).z for run in runs]
        lines.append(f"| {before}, {after} | {sum(one >= 0.95 for one in z)} | {min(z):.3f} | {max(z):.3f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(Path(sys.argv[1])))
