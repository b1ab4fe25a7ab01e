"""The tables of docs/parts.md, from the CSV files beside it: benchmarks/parts_table.py FOLDER controllers|memories|plasticity|summary"""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from parts import DEFAULTS, PROBLEMS, TABLES
from summary import _read as read


class Cell(NamedTuple):
    """A part in a problem."""

    runs: int
    solved: int
    evaluations: tuple[float, float, float]
    """lower quartile, median, upper quartile over all runs; infinite where that one did not solve it"""
    budget: int
    """evaluations that a run without success had, at most; 0 if there is none"""
    seconds: list[float]
    """of the runs that solved it"""


def cell(rows: Sequence[dict[str, str]]) -> Cell:
    """Of the rows of a part."""
    won = [row for row in rows if row["solved"] == "True"]
    lost = [int(row["evaluations"]) for row in rows if row["solved"] != "True"]
    found = sorted([*(float(row["solved_evaluations"]) for row in won), *[math.inf] * len(lost)])
    return Cell(len(rows), len(won), _quartiles(found), max(lost, default=0), [float(row["seconds"]) for row in won])


def _quartiles(found: Sequence[float]) -> tuple[float, float, float]:
    """Of sorted numbers that may be infinite; a median is the mean of the two in the middle, a quartile one of them."""
    n = len(found)
    return found[(n - 1) // 4], statistics.median(found), found[n - 1 - (n - 1) // 4]


def cells(folder: Path, table: str) -> dict[tuple[str, str], Cell]:
    """(part, problem) -> cell, of those that were measured."""
    key, values = TABLES[table]
    files = {problem: read(folder / f"{table}-{problem}.csv") for problem in PROBLEMS}
    return {
        (part, problem): cell(found)
        for part in values
        for problem, rows in files.items()
        if (found := [row for row in rows if row[key] == part])
    }


def limit(folder: Path, problem: str) -> float | None:
    """T: the shortest time in which a run used up its evaluations, in any table; None where each solved it."""
    rows = [row for table in TABLES for row in read(folder / f"{table}-{problem}.csv")]
    return min((float(row["seconds"]) for row in rows if row["solved"] != "True" and not row["solved_evaluations"]), default=None)


def table(folder: Path, name: str) -> str:
    """Markdown, a row a part."""
    found = cells(folder, name)
    ticks = {row["part"]: row for row in read(folder / "ticks.csv") if row["table"] == name}
    limits = {problem: limit(folder, problem) for problem in PROBLEMS}
    heads = [name, "ns a tick", "parameters"]
    for problem, t in limits.items():
        heads += [f"{problem}: solved", "evaluations to solve", "-" if t is None else f"in {t:.2g} s"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for part in TABLES[name][1]:
        tick = ticks.get(part)
        line = [
            f"**{part}**" if part == DEFAULTS[name] else part,
            *((f"{float(tick['ns']):,.0f}", f"{int(tick['parameters']):,}") if tick else "--"),
        ]
        for problem, t in limits.items():
            one = found.get((part, problem))
            line += ["-"] * 3 if one is None else [f"{one.solved} of {one.runs}", _evaluations(one), _in_time(one, t)]
        lines.append("| " + " | ".join(line) + " |")
    return "\n".join(lines)


def _evaluations(one: Cell) -> str:
    low, middle, high = one.evaluations
    if math.isinf(low):
        return f"> {one.budget:,}"
    return f"{_number(middle, one)} ({_number(low, one)} to {_number(high, one)})"


def _number(value: float, one: Cell) -> str:
    return f"> {one.budget:,}" if math.isinf(value) else f"{value:,.0f}"


def _in_time(one: Cell, t: float | None) -> str:
    return "-" if t is None else str(sum(seconds <= t for seconds in one.seconds))


def ranking(folder: Path, name: str) -> list[tuple[str, int, int, float]]:
    """Part, runs it solved, runs, sum of its ranks by evaluations: best first. Parts measured in all problems only; equals share a rank."""
    found = cells(folder, name)
    parts = [part for part in TABLES[name][1] if all((part, problem) in found for problem in PROBLEMS)]
    ranks = dict.fromkeys(parts, 0.0)
    for problem in PROBLEMS:
        medians = {part: found[part, problem].evaluations[1] for part in parts}
        for part in parts:
            ranks[part] += sum(m < medians[part] for m in medians.values()) + (sum(m == medians[part] for m in medians.values()) + 1) / 2
    rows = [(part, *(sum(getattr(found[part, p], x) for p in PROBLEMS) for x in ("solved", "runs")), ranks[part]) for part in parts]
    return sorted(rows, key=lambda row: (-row[1], row[3]))


def summary(folder: Path) -> str:
    """Who wins in each table, and where the default stands."""
    lines = ["| table | first | solved | sum of ranks | then | the default | its place |", "|" + "---|" * 7]
    said = []
    for name in TABLES:
        order = ranking(folder, name)
        if not order:
            lines.append(f"| {name} | - | - | - | - | {DEFAULTS[name]} | - |")
            continue
        (first, solved, runs, rank), names = order[0], [part for part, *_ in order]
        place = names.index(DEFAULTS[name]) + 1
        lines.append(
            f"| {name} | {first} | {solved} of {runs} | {rank:g} | {_listed(order[1:4])} | {DEFAULTS[name]} | {place} of {len(names)} |"
        )
        said += [_verdict(folder, name, first)]
    return "\n".join([*lines, "", *said]).rstrip()


def _listed(order: Iterable[tuple[str, int, int, float]]) -> str:
    return ", ".join(f"{part} ({solved} of {runs}; {rank:g})" for part, solved, runs, rank in order) or "-"


def _verdict(folder: Path, name: str, first: str) -> str:
    """A line: the default wins, or what is better than it, in which problem beyond the quartiles."""
    default = DEFAULTS[name]
    if first == default:
        return f"{name}: the default, `{default}`, is first.  "
    found = cells(folder, name)
    clear = [p for p in PROBLEMS if found[first, p].evaluations[2] < found[default, p].evaluations[0]]
    where = f"quartiles apart in {', '.join(clear)}" if clear else "its quartiles overlap with the default's in every problem"
    return f"{name}: `{first}` is first, not the default, `{default}`; {where}.  "


if __name__ == "__main__":
    place, what = Path(sys.argv[1]), sys.argv[2]
    print(summary(place) if what == "summary" else table(place, what))
