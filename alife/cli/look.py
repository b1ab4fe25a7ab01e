"""`alife score`, `inspect`, `list`, `runs`: looking at what there is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from alife.cli.options import Json, Run, Set, Threads, run_folder, score_in_words, show_json, tell


def score(
    run: Run,
    lives: Annotated[int, typer.Option(help="How many lives, none of them seen before.")] = 1000,
    set_: Set = None,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Score a run's champion on lives it has never seen, also in other worlds (--set world.length=50)."""
    from alife.insight.score import score_run

    result = score_run(run_folder(run), lives, set_ or (), threads)
    tell(result, json, score_in_words)


def inspect(
    run: Run,
    lives: Annotated[int, typer.Option(help="Lives of a champion to look at; an ecosystem is looked at as it was saved.")] = 64,
    set_: Set = None,
    plots: Annotated[bool, typer.Option(help="Draw figures of a champion into the run's folder, inspect/*.png.")] = True,
    json: Json = False,
) -> None:
    """Look into the mind: gate keys, addresses, memory use, what drives what, what each gate does; of an ecosystem also species, deaths."""
    from alife.insight.inspect import inspect_run
    from alife.insight.inspect_words import words

    found = inspect_run(run_folder(run), lives, set_ or (), lambda text: print(text, file=sys.stderr), plots)
    if json:
        show_json(found)
        return
    print("\n".join(words(found)))


def list_(
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of a config file.")] = False,
    json: Json = False,
) -> None:
    """List worlds, controllers, memories and the other parts, or print the schema of a config."""
    from alife.core import config, registry

    if schema:
        show_json(config.schema())
        return
    groups = {group: registry.names(group) for group in registry.GROUPS}
    if json:
        show_json({**groups, "configs": sorted(config.shipped())})
        return
    for group, kinds in groups.items():
        print(group)
        for kind in kinds:
            print(f"  {kind:<18} {_summary(registry.locate(group, kind))}")
    print("configs")
    for name, path in config.shipped().items():
        print(f"  {name:<18} {path.read_text(encoding='utf-8').splitlines()[0].lstrip('# ')}")


list_.command_name = "list"  # type: ignore[attr-defined]


def _summary(file: Path) -> str:
    """The first sentence of a plug-in's docstring, without importing it."""
    import ast

    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    first = " ".join(text.split("\n\n")[0].split())
    return first.split(". ")[0].rstrip(".")


def runs(
    out: Annotated[Path, typer.Argument(help="Folder with run folders.")] = Path("runs"),
    json: Json = False,
) -> None:
    """List the runs with state, score or population, age and size."""
    from alife.insight.runs import summaries
    from alife.store.status import in_words

    rows = summaries(out)
    if json:
        show_json({"runs": rows})
        return
    if not rows:
        print(f"no runs in {out}", file=sys.stderr)
    for row in rows:
        last = f"{_age(row['age']):>12}  {in_words(row['bytes']):>7}"
        if row["ticks"] is not None:
            print(f"{row['run']:<48} {row['state']:<12} {row['population'] or 0:>9,} living {row['ticks']:>12,} ticks       {last}")
            continue
        value = "-" if row["z"] is None else f"z {row['z']:.3f}"
        score = "" if row["score"] is None else f"score {row['score']:.4g}"
        print(f"{row['run']:<48} {row['state']:<12} {value:<9} {score:<13} {row['generations'] or 0:>8,} generations {last}")


def _age(seconds: float | None) -> str:
    """How long ago, to one unit."""
    if seconds is None:
        return "-"
    unit, name = next((unit, name) for unit, name in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")) if seconds >= unit or unit == 1)
    return f"{seconds / unit:.0f} {name} ago"


COMMANDS = (score, inspect, list_, runs)
