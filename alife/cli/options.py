"""Options that several commands share, and the one way to print a result."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one key of the config, such as world.length=20."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, nothing else.")]
Run = Annotated[Path, typer.Argument(help="A run folder, or 'latest'.")]
Threads = Annotated[int | None, typer.Option(help="Worker threads; default: one per core. Changes no result.")]
Out = Annotated[Path, typer.Option(help="Folder in which run folders are made.")]


def explicit(**options: Any) -> dict[str, Any]:
    """Dotted config keys of the options that were given: section__key=value."""
    return {name.replace("__", "."): value for name, value in options.items() if value is not None}


def run_folder(run: Path, out: Path = Path("runs")) -> Path:
    """The folder of a run; 'latest' is the newest below `out`."""
    from alife.store.folder import latest

    return latest(out) if str(run) == "latest" else run


def is_run(source: str) -> bool:
    """Whether a command's SOURCE is a run folder, or 'latest', rather than a world or a config."""
    from alife.core import registry

    return source == "latest" or (Path(source).is_dir() and source not in registry.names("worlds"))


def tell(result: Any, json: bool, in_words: Callable[[Any], str]) -> None:
    """A dataclass, as JSON or in words."""
    if json:
        show_json(dataclasses.asdict(result))
    else:
        print(in_words(result))


def score_in_words(score: Any, who: str = "the champion") -> str:
    """A score and what it means; who got it."""
    return "\n".join([
        f"score    {score.score:.5f}   {who}, {score.lives:,} lives (95 % interval {score.low:.5f} to {score.high:.5f})",
        f"ceiling  {score.ceiling:.5f}   the best agent without a memory",
        f"optimum  {score.optimum:.5f}   the best agent",
        f"z        {score.z:.4f}",
    ])  # fmt: skip


def show_json(value: Any) -> None:
    """One JSON document; NaN and inf, which JSON does not know, become null."""
    json.dump(_finite(value), sys.stdout, allow_nan=False)
    sys.stdout.write("\n")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
