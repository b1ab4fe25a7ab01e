"""The table at the top of docs/results.md, from the CSV files beside it: python benchmarks/summary.py [FOLDER]"""

from __future__ import annotations

import csv
import statistics
import sys
from collections.abc import Iterable
from pathlib import Path

from alife.insight.problems import BAR, ENOUGH, PROBLEMS, SEEDS, Problem

HEADS = (
    "problem", "solved", "evaluations to solve (median)", "agent-ticks (median)", "z (median)", "zeroed z (median)",
    "published budget, evaluations", "ratio",
)  # fmt: skip


def table(folder: Path) -> str:
    """Markdown, a row a problem; what was not measured is `-`."""
    found = [(problem, _read(folder / f"{problem.name}.csv"), _read(folder / f"{problem.name}-ablation.csv")) for problem in PROBLEMS]
    lines = ["| " + " | ".join(HEADS) + " |", "|" + "---|" * len(HEADS)]
    lines += ["| " + " | ".join(_cells(*one)) + " |" for one in found]
    solved = sum(_solved(rows) >= ENOUGH for _, rows, _ in found)
    bar = f"A problem is solved if {ENOUGH} of {SEEDS} seeds reach z >= {BAR:g}"
    return "\n".join([*lines, "", f"{bar}: {solved} of {len(found)}."])


def _cells(problem: Problem, rows: list[dict[str, str]], arms: list[dict[str, str]]) -> list[str]:
    to_solve = _median(row["solved_evaluations"] for row in rows if row["solved"] == "True")
    zeroed = _median(row["z"] for row in arms if row["arm"] == "memory_zeroed")
    budget = problem.evaluations
    return [
        problem.name,
        f"{_solved(rows)} of {len(rows)}" if rows else "-",
        _shown(to_solve, ",.0f"),
        _shown(_median(row["agent_ticks"] for row in rows), ",.0f"),
        _shown(_median(row["z"] for row in rows), ".3f"),
        _shown(zeroed, ".3f"),
        _shown(budget, ",d"),
        _shown(budget / to_solve if budget and to_solve else None, ",.0f"),
    ]


def _solved(rows: list[dict[str, str]]) -> int:
    return sum(row["solved"] == "True" for row in rows)


def _median(texts: Iterable[str]) -> float | None:
    numbers = [float(text) for text in texts if text]
    return statistics.median(numbers) if numbers else None


def _shown(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _read(file: Path) -> list[dict[str, str]]:
    """Rows of a CSV file; none where there is no file."""
    if not file.is_file():
        return []
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


if __name__ == "__main__":
    print(table(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs" / "results")))
