"""The chapter about where a champion comes from: its ancestors, and the generations that brought a better one."""

from __future__ import annotations

import math
from typing import Any

from alife.insight.report import charts
from alife.insight.report.facts import Facts
from alife.insight.report.html import figure, number, paragraph, strip, table
from alife.insight.report.lineage import Lineage, Step

MOST_ROWS = 14
_UNKNOWN = (
    "What is not known: genomes of the past are not kept, so which genes a mutation changed, and whether it was the mutation or the "
    "crossing that paid, cannot be told."
)


def path_of(of: Facts) -> list[str]:
    """Ancestors by generation, and the champions on the way."""
    line = of.lineage
    if line is None:
        return [paragraph("Its birth is not among those that were recorded.")]
    last = line.steps[-1].generation
    new = _champions(of, line)
    marks: dict[str, list[tuple[int, int]]] = {"descends": [], "aside": [], "unknown": []}
    for step, *_ in new:
        marks[_kind(step)].append((step.generation, step.ancestors))
    generations, counts = [step.generation for step in line.steps], [step.ancestors for step in line.steps]
    drawn = charts.ancestors(generations, counts, marks)
    first = line.steps[0]
    begins = f"{first.ancestors:,} genomes of generation {first.generation:,}, which were made of nothing" if line.complete else (
        f"generation {first.generation:,}, before which births are not known here")  # fmt: skip
    said = paragraph(_story(line, begins, last))
    paid = sum(step.descends for step, *_ in new[:-1])
    known = sum(step.best is not None for step, *_ in new[:-1])
    if known:
        who = f"{known} earlier champion{'s' * (known != 1)} in that time whose birth is known"
        said += paragraph(f"Of {who}, {paid} {'is' if paid == 1 else 'are'} among its ancestors.")
    caption = "Genomes of each generation from which the champion descends, and new champions. Who has two parents is mutated, too."
    left = [figure(drawn, caption)] if len(line.steps) > 1 else []
    return [strip([*left, strip([said, paragraph(_UNKNOWN, "small")], "right")], "two"), _table(new)]


def _story(line: Lineage, begins: str, last: int) -> str:
    if len(line.steps) == 1:
        made = "made of nothing, without ancestors" if line.complete else "its parents are not known here"
        return f"The champion is one of generation {last:,}: {made}."
    crossed = sum(step.crossed for step in line.steps)
    total = line.ancestors + 1
    back = len(line.steps) - 1
    return (f"The champion was born in generation {last:,}. Its line goes back {back:,} generation{'s' * (back != 1)}, to {begins}: "
            f"{line.ancestors:,} ancestors in all. Of it and them, {crossed / total:.0%} had two parents.")  # fmt: skip


def _kind(step: Step) -> str:
    return "unknown" if step.best is None else "descends" if step.descends else "aside"


def _champions(of: Facts, line: Lineage) -> list[tuple[Step, float, float]]:
    """Steps of the line at which there was a new champion, with its z before and after. The last is the champion's own."""
    metrics = of.curves.metrics
    at = {int(metrics["generation"][row]): int(row) for row in of.curves.champions}
    found = []
    for step in line.steps:
        row = at.get(step.generation)
        if row is None and step is line.steps[-1]:
            row = int((metrics["generation"] <= step.generation).sum()) - 1
        if row is not None and row >= 0:
            before = float(metrics["z"][row - 1]) if row else math.nan
            found.append((step, before, float(metrics["z"][row])))
    return found


def _table(new: list[tuple[Step, float, float]]) -> str:
    """The champions on the way; of many those that raised z most, and the last."""
    heads = ("generation", "z", "made by", "ancestor")
    gain = sorted(new[:-1], key=lambda one: -_gain(one))[: MOST_ROWS - 1]
    shown = [one for one in new if one in gain or one is new[-1]]
    rows: list[tuple[Any, ...]] = []
    for step, before, after in shown:
        is_one = {"unknown": "not known", "descends": "yes", "aside": "no"}[_kind(step)]
        own = "itself" if step is new[-1][0] else is_one
        z = f"{number(before, 3)} → {number(after, 3)}"
        rows.append((f"{step.generation:,}", z, step.made or "not known", own))
    more = f"The {len(shown)} of {len(new)} champions that raised z most, and the last." if len(shown) < len(new) else ""
    return table(heads, rows) + (paragraph(more, "small") if more else "")


def _gain(one: tuple[Step, float, float]) -> float:
    _, before, after = one
    gain = after - before
    return gain if math.isfinite(gain) else math.inf
