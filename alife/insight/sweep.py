"""Many runs of one config: seeds times a grid of values, each in a folder of its own, skipped where it is done.

A run's folder carries its values and its seed in its name, so a sweep that was killed goes on where it stopped. Every
repeat has its own seed, and the seed alone names all luck of a run.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from alife.core import config as configs
from alife.core import registry
from alife.core.errors import ConfigError
from alife.evolve import ecology, run
from alife.insight.census import census
from alife.insight.runs import newest
from alife.insight.score import score_run
from alife.store import chronicle, database
from alife.store.folder import RunFolder

MEASURES = ("energy_mean", "age_mean", "species_genome", "behaviour_change")
"""Of an ecosystem's time series, what a table shows where nothing else is asked for."""


def grid_of(texts: Sequence[str]) -> dict[str, list[str]]:
    """`key=a,b,c` -> key and values; a value with commas stands in brackets."""
    grid: dict[str, list[str]] = {}
    for text in texts:
        key, equals, values = text.partition("=")
        if not equals or not values:
            raise ConfigError(f"--grid: expected key=a,b,c, got {text!r}")
        grid[key] = re.split(r",(?![^\[{]*[\]}])", values)
    return grid


class Listener(run.Listener, ecology.Listener, Protocol):
    """Who is told how runs of either kind go."""


def sweep(
    source: str,
    out: Path,
    seeds: int,
    listener: Listener,
    grid: Mapping[str, Sequence[str]] | None = None,
    overrides: Sequence[str] = (),
    explicit: Mapping[str, Any] | None = None,
    also: Sequence[str] = (),
    lives: int = 1000,
) -> list[dict[str, Any]]:
    """A row a run: its values, its outcome, and the champion's score under each of `also` (overrides, space between).

    Of an ecosystem, in place of scores: `last`, the newest value of each measure of its time series.
    """
    cells = [dict(zip(grid or {}, values, strict=True)) for values in itertools.product(*(grid or {}).values())]
    plans = []
    for cell, seed in itertools.product(cells, range(1, seeds + 1)):
        sets = [*overrides, *(f"{key}={value}" for key, value in cell.items())]
        config = configs.load(source, sets, {**(explicit or {}), "run.seed": seed})
        if ecology.is_ecosystem(config):
            _refuse_what_has_no_end(config, explicit or {}, also)
        plans.append((cell, seed, config))  # all of them are checked before the first one runs
    if len({ecology.is_ecosystem(config) for _, _, config in plans}) > 1:
        raise ConfigError("--grid world.kind: problems and ecosystems do not go into one table")
    rows = []
    for cell, seed, config in plans:
        kind = registry.title(config.world.kind)
        values = "".join(f"_{key.rpartition('.')[2]}={value}" for key, value in cell.items())
        name = re.sub(r"[^\w.=,+-]", "-", f"{kind}{values}_s{seed}")
        living = ecology.is_ecosystem(config)
        outcome = (_ecosystem if living else _outcome)(config, out, name, listener)
        row = {**cell, **outcome, "seed": seed}
        for changed in also:
            row[changed] = score_run(Path(outcome["run"]), lives, changed.split()).score
        rows.append(row)
    return rows


def _refuse_what_has_no_end(config: configs.Config, explicit: Mapping[str, Any], also: Sequence[str]) -> None:
    if also:
        raise ConfigError("--also: an ecosystem has no champion to be scored")
    for key, option in (("evolve.generations", "--generations"), ("evolve.until_solved", "--until-solved")):
        if key in explicit:
            raise ConfigError(f"{option}: an ecosystem knows no generations; its budget is --ticks")
    if config.run.ticks is None and config.evolve.hours is None:
        raise ConfigError("a sweep over an ecosystem needs an end: --ticks")


def _outcome(config: configs.Config, out: Path, name: str, listener: Listener) -> dict[str, Any]:
    """Of a finished run of that name, else of one that goes on or begins."""
    path = out / name
    if not (path / "config.yaml").is_file():
        return dataclasses.asdict(run.begin(config, out, listener, name))
    _refuse_another_config(config, path)
    if (path / "run.sqlite").is_file():
        with database.read(path / "run.sqlite") as reader:
            summary = reader.document("summary")
        if summary:
            return summary
    return dataclasses.asdict(run.resume(path, listener))


def _ecosystem(config: configs.Config, out: Path, name: str, listener: Listener) -> dict[str, Any]:
    """The same of an ecosystem, with the newest rows of its time series."""
    path, outcome = out / name, None
    if not (path / "config.yaml").is_file():
        outcome = dataclasses.asdict(ecology.begin(config, out, listener, name, census))
    else:
        _refuse_another_config(config, path)
        if (path / "run.sqlite").is_file():
            with chronicle.read(path / "run.sqlite") as reader:
                outcome = reader.document("summary") or None
        outcome = outcome or dataclasses.asdict(ecology.resume(path, listener, observer=census))
    return {**outcome, "last": newest(Path(outcome["run"]))}


def _refuse_another_config(config: configs.Config, path: Path) -> None:
    before = configs.to_dict(configs.load(RunFolder.open(path).config))
    after = configs.to_dict(config)
    for data in (before, after):
        for key in ("threads", "checkpoint_minutes", "keep", "tensorboard"):
            data["run"].pop(key)
        for part in (data["world"], data["controller"], data["memory"]):
            part["kind"] = Path(part["kind"]).name
    if before != after:
        raise ConfigError(f"{path} holds a run of another config; choose another --out")


def raw(rows: Sequence[Mapping[str, Any]], also: Sequence[str] = ()) -> tuple[list[str], list[list[Any]]]:
    """Heads and rows for a file, a row a run, numbers as they are; of ecosystems the newest value of every measure."""
    if "last" in rows[0]:
        values = [key for key in rows[0] if key not in _ECOSYSTEM]
        measures = list(dict.fromkeys(name for row in rows for name in row["last"]))
        heads = [*values, "seed", "ticks", "population", "births", "deaths", "extinct_at", "agent_ticks", "seconds"]
        cells = [[*(row[head] for head in heads), *(row["last"].get(name) for name in measures)] for row in rows]
    else:
        values, measures = [key for key in rows[0] if key not in _OUTCOME and key not in also], list(also)
        heads = [*values, "seed", "solved", "solved_evaluations", "evaluations", "agent_ticks", "seconds", "score", "z"]
        cells = [[row[head] for head in [*heads, *also]] for row in rows]
    return ["world", *heads, *measures], [[Path(row["world"]).stem, *line] for row, line in zip(rows, cells, strict=True)]


def table(rows: Sequence[Mapping[str, Any]], also: Sequence[str] = (), measures: Sequence[str] = MEASURES) -> str:
    """The rows in Markdown, a line a run, and a line that sums up each cell of the grid; `measures` are those of ecosystems."""
    if "last" in rows[0]:
        values = [key for key in rows[0] if key not in _ECOSYSTEM]
        shown = [name for name in measures if any(name in row["last"] for row in rows)]
        heads, cells_of, sum_of = [*_LIVING, *shown], functools.partial(_living_cells, shown), functools.partial(_living_sum, shown)
    else:
        values = [key for key in rows[0] if key not in _OUTCOME and key not in also]
        heads = ["solved", "evaluations to solve", "evaluations", "agent-ticks", "seconds", "score", "z", *also]
        cells_of, sum_of = functools.partial(_cells, also), functools.partial(_sum)
    heads = [*values, "seed", *heads]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in rows:
        lines.append("| " + " | ".join([*(str(row[v]) for v in values), str(row["seed"]), *cells_of(row)]) + " |")
    lines.append("")
    for cell, group in itertools.groupby(rows, key=lambda row: ", ".join(f"{v} = {row[v]}" for v in values)):
        said = sum_of(list(group))
        lines.append(f"{cell}: {said[0].lower()}{said[1:]}" if cell else said)
    return "\n".join(lines)


def _cells(also: Sequence[str], row: Mapping[str, Any]) -> list[str]:
    cells = ["yes" if row["solved"] else "no"]
    cells += [f"{row['solved_evaluations']:,}" if row["solved_evaluations"] is not None else "-", f"{row['evaluations']:,}"]
    cells += [f"{row['agent_ticks']:,}", f"{row['seconds']:.1f}", f"{row['score']:.4f}", f"{row['z']:.3f}"]
    return cells + [f"{row[a]:.5f}" for a in also]


def _sum(rows: Sequence[Mapping[str, Any]]) -> str:
    solved = [row["solved_evaluations"] for row in rows if row["solved"]]
    median = f", median evaluations to solve {statistics.median(solved):,.0f}" if solved else ""
    z = statistics.median(row["z"] for row in rows)
    return f"Solved {len(solved)} of {len(rows)}{median}; median z {z:.3f}.  "


def _living_cells(measures: Sequence[str], row: Mapping[str, Any]) -> list[str]:
    extinct = "-" if row["extinct_at"] is None else f"{row['extinct_at']:,}"
    cells = [f"{row[key]:,}" for key in ("ticks", "population", "births", "deaths")] + [extinct]
    cells += [f"{row['agent_ticks']:,}", f"{row['seconds']:.1f}"]
    return cells + [_short(row["last"].get(name)) for name in measures]


def _living_sum(measures: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """The extinct are counted with their population of 0, their measures are not."""
    alive = [row for row in rows if row["extinct_at"] is None]
    medians = [f"{key} {statistics.median(row[key] for row in rows):,.0f}" for key in ("population", "births", "deaths")]
    for name in measures:
        found = [row["last"][name] for row in alive if row["last"].get(name) is not None]
        medians += [f"{name} {_short(statistics.median(found))}"] if found else []
    return f"Living {len(alive)} of {len(rows)}; medians: {', '.join(medians)}.  "


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


_OUTCOME = {field.name for field in dataclasses.fields(run.Outcome)}
_ECOSYSTEM = {field.name for field in dataclasses.fields(ecology.Outcome)} | {"last"}
_LIVING = ("ticks", "population", "births", "deaths", "extinct at", "agent-ticks", "seconds")
