"""Several runs on one page: a table, curves over each other, and in what they differ."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from alife.core import config as configs
from alife.core import registry
from alife.core.config import Config
from alife.core.errors import ConfigError
from alife.evolve.ecology import is_ecosystem
from alife.evolve.run import config_of
from alife.insight.report import charts
from alife.insight.report.charts import Bar, Line
from alife.insight.report.facts import Curves, curves_of, problem_of
from alife.insight.report.html import Section, document, figure, number, paragraph, strip, table, text
from alife.sim.agent import Agent
from alife.store import chronicle
from alife.store.folder import RunFolder

MOST_RUNS, MOST_CURVES, MOST_BARS, MOST_KEYS, MOST_COLUMNS = 500, 60, 60, 24, 8
_NAMED = 12
"""Runs on a page; curves and bars of a figure; keys and runs in the table of differences; curves up to which each has its name."""


class One(NamedTuple):
    """A run: the curves of a problem, or the time series of an ecosystem."""

    path: Path
    config: Config
    problem: str
    curves: Curves | None
    z: tuple[float, float, float]
    """of the champion, and its interval; NaN: not known"""
    series: dict[str, tuple[np.ndarray, np.ndarray]]
    state: str

    @property
    def name(self) -> str:
        """Of its folder."""
        return self.path.resolve().name


def told_of(paths: Sequence[Path]) -> list[One]:
    """Of runs of either kind. InputError: one is damaged. ConfigError: too many."""
    if len(paths) > MOST_RUNS:
        raise ConfigError(f"expected at most {MOST_RUNS} runs, got {len(paths)}")
    return [_one(path) for path in paths]


def _one(path: Path) -> One:
    folder = RunFolder.open(path)
    config = config_of(folder)
    title = registry.title(config.world.kind)
    if is_ecosystem(config):
        with chronicle.read(folder.database) as reader:
            return One(path, config, title, None, (math.nan,) * 3, reader.series(), reader.get("state") or "empty")
    curves, agent, known = curves_of(folder), Agent(config), problem_of(config)
    o = curves.outcome
    z = (o.z, agent.z(o.low), agent.z(o.high)) if o else (float(curves.metrics["z"][-1]), math.nan, math.nan)
    return One(path, config, known.name if known else title, curves, z, {}, curves.state)


def page(of: Sequence[One]) -> str:
    """HTML that compares them."""
    problems, worlds = [one for one in of if one.curves], [one for one in of if not one.curves]
    title = f"{len(of)} runs"
    lede = [paragraph("alife report", "kicker"), f"<h1>{title}</h1>", paragraph(_verdict(problems, worlds), "verdict")]
    return document(f"{title} – alife report", lede, [
        Section("problems", "Problem by problem", _summed_up(problems)),
        Section("runs", "Run by run", _table(problems)),
        Section("learning", "How they learnt", _curves(problems)),
        Section("scores", "How far they came", _bars(problems)),
        Section("worlds", "Ecosystems", _worlds(worlds)),
        Section("differences", "In what they differ", _differences(of)),
    ])  # fmt: skip


def _verdict(problems: Sequence[One], worlds: Sequence[One]) -> str:
    said = []
    if problems:
        solved = sum(bool(one.curves and one.curves.outcome and one.curves.outcome.solved) for one in problems)
        names = sorted({one.problem for one in problems})
        shown = ", ".join(map(text, names[:6])) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        said.append(f"<b>{solved} of {len(problems)}</b> runs of {shown} solved their problem.")
    if worlds:
        left = sum(_last(one, "population") > 0 for one in worlds)
        said.append(f"In <b>{left} of {len(worlds)}</b> ecosystems somebody lives.")
    return " ".join(said)


def _summed_up(of: Sequence[One]) -> list[str]:
    names = list(dict.fromkeys(one.problem for one in of))
    rows = []
    for name in names:
        own = [one for one in of if one.problem == name]
        outcomes = [one.curves.outcome for one in own if one.curves and one.curves.outcome]
        needed = [o.solved_evaluations for o in outcomes if o.solved and o.solved_evaluations is not None]
        z = [one.z[0] for one in own if math.isfinite(one.z[0])]
        rows.append((
            text(name), f"{sum(o.solved for o in outcomes)} of {len(own)}", number(statistics.median(needed), 0) if needed else "–",
            *((number(value, 3)) for value in ((min(z), statistics.median(z), max(z)) if z else (None, None, None))),
        ))  # fmt: skip
    heads = ("problem", "solved", "evaluations to solve, median", "z, lowest", "median", "highest")
    return [table(heads, rows)] if rows else []


def _table(of: Sequence[One]) -> list[str]:
    rows = []
    for one in of:
        assert one.curves is not None
        o, last = one.curves.outcome, one.curves.metrics
        z, low, high = one.z
        known = f"{number(low, 3)} to {number(high, 3)}" if math.isfinite(low) and math.isfinite(high) else "–"
        rows.append((
            text(one.name, 60), text(one.problem, 40), str(one.config.run.seed), text(one.state, 20), number(z, 3), known,
            number(o.solved_evaluations if o and o.solved else None),
            *(number(int(last[key][-1])) for key in ("evaluations", "generation")),
            number(sum(event.kind == "restart" for event in one.curves.events)),
        ))  # fmt: skip
    heads = ("run", "problem", "seed", "state", "z", "95 % interval", "solved after", "evaluations", "generations", "new starts")
    return [table(heads, rows)] if rows else []


def _curves(of: Sequence[One]) -> list[str]:
    known = [one for one in of if one.curves and np.isfinite(one.curves.metrics["z"]).any()]
    drawn, together = [], len(known) > _NAMED and len({one.problem for one in known}) > 1
    for one in known[:MOST_CURVES]:
        assert one.curves is not None
        z = one.curves.metrics["z"]
        drawn.append(Line(_label(one, known), one.curves.metrics["evaluations"], charts.finite(z), one.problem[:28] * together))
    if not drawn:
        return []
    more = f" The first {MOST_CURVES} of {len(known)} runs." if len(known) > MOST_CURVES else ""
    svg = charts.lines("learning", drawn, "evaluations", "z, validated", "z over evaluations", steps=True, height=3.2, log=True)
    colours = " A colour a problem." if together else ""
    return [figure(svg, f"Validated z of each run's champion.{colours}{more}")]


def _label(one: One, of: Sequence[One]) -> str:
    """As short as it is clear: the folder's name where problems and seeds come twice."""
    short = f"{one.problem} s{one.config.run.seed}"
    twice = sum((other.problem, other.config.run.seed) == (one.problem, one.config.run.seed) for other in of) > 1
    return (one.name if twice else short)[:28]


def _bars(of: Sequence[One]) -> list[str]:
    known = [one for one in of if math.isfinite(one.z[0])]
    if not known:
        return []
    rows = [Bar(_label(one, known), *one.z) for one in known[:MOST_BARS]]
    more = f" The first {MOST_BARS} of {len(known)}." if len(known) > MOST_BARS else ""
    caption = f"z on the lives of the final report, with 95 % intervals; of runs that have not ended, validated, without.{more}"
    return [figure(charts.bars("scores", rows, "z of every run", plain=True), caption)]


def _worlds(of: Sequence[One]) -> list[str]:
    if not of:
        return []
    names = ("population", "lifetime", "effective_genome", "meals_right")
    rows = []
    for one in of:
        newest = [f"{_last(one, name):,.4g}".replace("nan", "–") for name in names]
        rows.append((text(one.name, 60), str(one.config.run.seed), text(one.state, 20), number(_ticks(one)), *newest))
    heads = ("run", "seed", "state", "ticks", *(name.replace("_", " ") for name in names))
    known = [one for one in of if "population" in one.series][:MOST_CURVES]
    drawn = [figure(charts.lines("population", [Line(_label(one, known), *one.series["population"]) for one in known], "tick", "agents",
                                 "population over ticks"), "The living.")] if known else []  # fmt: skip
    return [table(heads, rows), strip(drawn, "two")]


def _ticks(one: One) -> int | None:
    return int(one.series["population"][0][-1]) if "population" in one.series else None


def _last(one: One, name: str) -> float:
    return float(one.series[name][1][-1]) if name in one.series else math.nan


def _differences(of: Sequence[One]) -> list[str]:
    """Keys of the configs that are not the same in all runs; seeds and threads are left out."""
    flat = [_flat(configs.to_dict(one.config)) for one in of]
    keys = [key for key in dict.fromkeys(key for each in flat for key in each) if len({each.get(key, "–") for each in flat}) > 1]
    keys = [key for key in keys if key not in ("run.seed", "run.threads", "run.checkpoint_minutes", "run.keep")]
    if not keys:
        return [paragraph("In their seeds alone, if at all.")] if len(of) > 1 else []
    shown = of[:MOST_COLUMNS]
    rows = [(text(key), *(text(each.get(key, "–"), 40) for each in flat[: len(shown)])) for key in keys[:MOST_KEYS]]
    lost = (len(of) - len(shown), len(keys) - len(rows))
    more = f"Not shown: {lost[0]} more runs, {lost[1]} more keys." if any(lost) else ""
    return [table(("", *(text(one.name, 30) for one in shown)), rows), *([paragraph(more, "small")] if more else [])]


def _flat(data: Any, path: str = "") -> dict[str, str]:
    if isinstance(data, dict):
        return {key: value for name, inner in data.items() for key, value in _flat(inner, f"{path}{name}.").items()}
    return {path.rstrip("."): data if isinstance(data, str) else json.dumps(data)}


def numbers(of: Sequence[One]) -> list[dict[str, Any]]:
    """What `--json` prints: a row a run."""
    rows = []
    for one in of:
        row: dict[str, Any] = {"run": str(one.path), "problem": one.problem, "seed": one.config.run.seed, "state": one.state}
        if one.curves:
            o, last = one.curves.outcome, one.curves.metrics
            row |= {"z": one.z[0], "zlow": one.z[1], "zhigh": one.z[2], "evaluations": int(last["evaluations"][-1]),
                    "generations": int(last["generation"][-1]), "solved": bool(o and o.solved),
                    "solved_evaluations": o.solved_evaluations if o else None}  # fmt: skip
        else:
            row |= {"ticks": _ticks(one), "population": _last(one, "population")}
        rows.append(row)
    return rows
