"""Ablations of many runs: rows for a file, and a line a problem with the median of each arm over its runs."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alife.core import config as configs
from alife.core.config import Config
from alife.evolve.run import FREE, config_of
from alife.insight.ablate import ARMS
from alife.insight.controls import CONTROLS, Control
from alife.store.folder import RunFolder, runs

ALL = (*ARMS, *CONTROLS)
HEADS = ("run", "world", "seed", "lives", "arm", *Control._fields)


def expanded(paths: Sequence[Path]) -> list[Path]:
    """Run folders as they are; of other folders, such as that of a sweep, the runs in them."""
    return [run for path in paths for run in ([path] if (path / "config.yaml").is_file() else runs(path) or [path])]


def cells(found: Sequence[dict[str, Any]]) -> list[list[Any]]:
    """A row an arm of each run (`ablate_run`), in the order of `HEADS`; arms that could not be had are left out."""
    rows = []
    for result in found:
        for name in ALL:
            if result[name] is not None:
                row = {**result, **result[name], "world": Path(result["world"]).stem, "arm": name}
                rows.append([row[head] for head in HEADS])
    return rows


def summed_up(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row a problem, that is a config without its seed: its name, its runs, and of each arm the median, lowest and highest z."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for result in found:
        groups.setdefault(_problem(Path(result["run"])), []).append(result)
    rows = []
    for group in groups.values():
        row: dict[str, Any] = {"problem": _title(group), "world": group[0]["world"], "runs": len(group)}
        for name in ALL:
            z = [result[name]["z"] for result in group if result[name] is not None]
            row[name] = {"median": statistics.median(z), "lowest": min(z), "highest": max(z), "runs": len(z)} if z else None
        rows.append(row)
    return rows


def table(rows: Sequence[dict[str, Any]]) -> str:
    """`summed_up` in Markdown: the median z of each arm, and its range; arms that no run has are left out."""
    names = [name for name in ALL if any(row[name] for row in rows)]
    lines = ["| problem | runs | " + " | ".join(names) + " |", "|" + "---|" * (2 + len(names))]
    for row in rows:
        lines.append(f"| {row['problem']} | {row['runs']} | " + " | ".join(_range(row[name], row["runs"]) for name in names) + " |")
    return "\n".join(lines)


def _range(arm: dict[str, Any] | None, runs: int) -> str:
    if arm is None:
        return "-"
    fewer = f", {arm['runs']} runs" if arm["runs"] < runs else ""
    return f"{arm['median']:.3f} ({arm['lowest']:.3f} to {arm['highest']:.3f}{fewer})"


def identity(config: Config) -> str:
    """What runs of one problem have in common: all of a config but the run's own section, and budgets."""
    data = configs.to_dict(config)
    data.pop("run")
    for key in FREE["evolve"]:
        data["evolve"].pop(key)
    for part in (data["world"], data["controller"], data["memory"]):
        part["kind"] = Path(part["kind"]).name  # each run has a copy of its own of what came from a file
    return json.dumps(data, sort_keys=True)


def _problem(run: Path) -> str:
    return identity(config_of(RunFolder.open(run)))


def _title(group: Sequence[dict[str, Any]]) -> str:
    """The folders' name without date and seed, if it is the same for all, else the world's."""
    names = {re.sub(r"^\d{4}-\d\d-\d\d_\d\d-\d\d_|_s\d+(-\d+)?$", "", Path(result["run"]).name) for result in group}
    return names.pop() if len(names) == 1 else Path(group[0]["world"]).stem
