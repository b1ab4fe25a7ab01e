"""Many runs of one config: seeds times a grid of values, each in a folder of its own, skipped where it is done.

A run's folder carries its values and its seed in its name, so a sweep that was killed goes on where it stopped. Every
repeat has its own seed, and the seed alone names all luck of a run.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alife.core import config as configs
from alife.core.errors import ConfigError
from alife.evolve import run
from alife.insight.score import score_run
from alife.store import database
from alife.store.folder import RunFolder


def grid_of(texts: Sequence[str]) -> dict[str, list[str]]:
    """`key=a,b,c` -> key and values; a value with commas stands in brackets."""
    grid: dict[str, list[str]] = {}
    for text in texts:
        key, equals, values = text.partition("=")
        if not equals or not values:
            raise ConfigError(f"--grid: expected key=a,b,c, got {text!r}")
        grid[key] = re.split(r",(?![^\[{]*[\]}])", values)
    return grid


def sweep(
    source: str,
    out: Path,
    seeds: int,
    listener: run.Listener,
    grid: Mapping[str, Sequence[str]] | None = None,
    overrides: Sequence[str] = (),
    explicit: Mapping[str, Any] | None = None,
    also: Sequence[str] = (),
    lives: int = 1000,
) -> list[dict[str, Any]]:
    """A row a run: its values, its outcome, and the champion's score under each of `also` (overrides, space between)."""
    cells = [dict(zip(grid or {}, values, strict=True)) for values in itertools.product(*(grid or {}).values())]
    plans = []
    for cell, seed in itertools.product(cells, range(1, seeds + 1)):
        sets = [*overrides, *(f"{key}={value}" for key, value in cell.items())]
        config = configs.load(source, sets, {**(explicit or {}), "run.seed": seed})
        plans.append((cell, seed, config))  # all of them are checked before the first one runs
    rows = []
    for cell, seed, config in plans:
        kind = Path(config.world.kind).stem
        values = "".join(f"_{key.rpartition('.')[2]}={value}" for key, value in cell.items())
        name = re.sub(r"[^\w.=,+-]", "-", f"{kind}{values}_s{seed}")
        outcome = _outcome(config, out, name, listener)
        row = {**cell, **outcome, "seed": seed}
        for changed in also:
            row[changed] = score_run(Path(outcome["run"]), lives, changed.split()).score
        rows.append(row)
    return rows


def _outcome(config: configs.Config, out: Path, name: str, listener: run.Listener) -> dict[str, Any]:
    """Of a finished run of that name, else of one that goes on or begins."""
    path = out / name
    if not (path / "config.yaml").is_file():
        return dataclasses.asdict(run.begin(config, out, listener, name))
    if (path / "run.sqlite").is_file():
        with database.read(path / "run.sqlite") as reader:
            summary = reader.get("summary")
        if summary is not None:
            _refuse_another_config(config, path)
            return json.loads(summary)
    _refuse_another_config(config, path)
    return dataclasses.asdict(run.resume(path, listener))


def _refuse_another_config(config: configs.Config, path: Path) -> None:
    before = configs.to_dict(configs.load(RunFolder.open(path).config))
    after = configs.to_dict(config)
    for data in (before, after):
        for key in ("threads", "checkpoint_minutes", "keep"):
            data["run"].pop(key)
        for part in (data["world"], data["controller"], data["memory"]):
            part["kind"] = Path(part["kind"]).name
    if before != after:
        raise ConfigError(f"{path} holds a run of another config; choose another --out")


def table(rows: Sequence[Mapping[str, Any]], also: Sequence[str] = ()) -> str:
    """The rows in Markdown, a line a run, and a line that sums them up."""
    values = [key for key in rows[0] if key not in _OUTCOME and key not in also]
    heads = [*values, "seed", "solved", "evaluations to solve", "evaluations", "agent-ticks", "seconds", "score", "z", *also]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in rows:
        cells = [*(str(row[v]) for v in values), str(row["seed"]), "yes" if row["solved"] else "no"]
        cells += [f"{row['solved_evaluations']:,}" if row["solved_evaluations"] is not None else "-", f"{row['evaluations']:,}"]
        cells += [f"{row['agent_ticks']:,}", f"{row['seconds']:.1f}", f"{row['score']:.4f}", f"{row['z']:.3f}"]
        cells += [f"{row[a]:.5f}" for a in also]
        lines.append("| " + " | ".join(cells) + " |")
    lines.append("")
    for cell, group in itertools.groupby(rows, key=lambda row: ", ".join(f"{v} = {row[v]}" for v in values)):
        lines.append(_sum(cell, list(group)))
    return "\n".join(lines)


def _sum(cell: str, rows: Sequence[Mapping[str, Any]]) -> str:
    solved = [row["solved_evaluations"] for row in rows if row["solved"]]
    median = f", median evaluations to solve {statistics.median(solved):,.0f}" if solved else ""
    z = statistics.median(row["z"] for row in rows)
    return f"{cell + ': s' if cell else 'S'}olved {len(solved)} of {len(rows)}{median}; median z {z:.3f}.  "


_OUTCOME = {field.name for field in dataclasses.fields(run.Outcome)}
