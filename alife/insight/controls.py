"""Controls of a run: what evolution finds without its memory, on the same budget of evaluations, with the same luck.

    recurrent   memory `none`, controller `elman`: context units in place of the memory, as many genes as `wht`
    no_memory   memory `none`, the run's own controller: it should stay at the ceiling

A control is a run like any other, in a folder below that of the run: it goes on where it was interrupted, and where the run has
got a larger budget since. It uses all of it, solved or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from alife.core import config as configs
from alife.core import registry
from alife.core.config import Config
from alife.core.errors import InputError
from alife.evolve import run as runs
from alife.insight.score import champion_of, score_run
from alife.store import database, folder
from alife.store.folder import RunFolder

CONTROLS: dict[str, dict[str, str]] = {
    "recurrent": {"memory": "none", "controller": "elman"},
    "no_memory": {"memory": "none"},
}
"""Name -> the parts that are others than the run's."""

_SHARED = ("world", "run")
"""Sections whose overrides hold for a control too; its mind is its own."""


class Control(NamedTuple):
    """The champion of a control: mean score and z, each with its 95 % interval, and what it cost."""

    score: float
    z: float
    low: float
    high: float
    zlow: float
    zhigh: float
    evaluations: int
    genes: int


def evaluations_of(run: RunFolder) -> int:
    """Evaluations that a run has done up to now. InputError: none."""
    with database.read(run.database) as reader:
        done = reader.metrics()["evaluations"]
    if not len(done):
        raise InputError(f"{run.path} has not come to the end of a generation yet")
    return int(done[-1])


def control_config(run: RunFolder, name: str, **explicit: Any) -> Config:
    """The run's config with other parts and a budget of as many evaluations as it has done; `explicit` as of `configs.load`.

    Of a part that is replaced, the parameters that the new one knows stay: the width, the layers.
    """
    data = configs.to_dict(runs.config_of(run))
    for section, kind in CONTROLS[name].items():
        group = {"controller": "controllers"}.get(section, section)
        known = registry.load(group, kind).Params.model_fields
        data[section] = {"kind": kind, **{key: value for key, value in data[section].items() if key in known}}
    data["evolve"] |= {"generations": None, "hours": None, "until_solved": False, "evaluations": evaluations_of(run)}
    return configs.load(data, explicit=explicit)


def evolve_controls(run: Path, listener: runs.Listener, threads: int | None = None) -> None:
    """Evolve every control of a run that is not done yet, one after the other. Interrupted, after saving; InputError: no champion."""
    champion_of(run)  # refuses what has none
    own, explicit = RunFolder.open(run), {} if threads is None else {"run.threads": threads}
    for name in CONTROLS:
        config, path = control_config(own, name, **explicit), _path(own, name)
        budget = {"evolve.evaluations": config.evolve.evaluations}
        if _evaluations_done(path) >= evaluations_of(own):
            continue
        listener.note(f"{run}: control {name}, {config.evolve.evaluations:,} evaluations")
        if (path / "config.yaml").is_file():
            runs.resume(path, listener, explicit=budget | explicit)
        else:
            runs.begin(config, own.controls, listener, name)


def control_of(run: Path, name: str, lives: int = 1000, overrides: Sequence[str] = ()) -> dict[str, Any] | None:
    """The row of a control on the lives of `alife score`, by the fields of `Control`; None where it has not come to an end."""
    path = _path(RunFolder.open(run), name)
    done = _evaluations_done(path)
    if not done:
        return None
    shared = [text for text in overrides if text.partition("=")[0].partition(".")[0].strip() in _SHARED]
    _, agent, _ = champion_of(path, shared)
    found = score_run(path, lives, shared)
    return Control(found.score, found.z, found.low, found.high, agent.z(found.low), agent.z(found.high), done, agent.genes)._asdict()


def _path(run: RunFolder, name: str) -> Path:
    """The folder of a control; it has a number where a crash has left an empty one of that name."""
    found = [path for path in folder.runs(run.controls) if path.name.partition("-")[0] == name]
    return found[-1] if found else run.controls / name


def _evaluations_done(path: Path) -> int:
    """Evaluations of a control that has come to the end of a budget, else 0."""
    if not (path / "run.sqlite").is_file():
        return 0
    with database.read(path / "run.sqlite") as reader:
        is_done = reader.get("state") in ("solved", "finished")
        return int(reader.document("summary").get("evaluations", 0)) if is_done else 0
