"""`alife bench`: speed, as ratios measured in one run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alife.cli.options import Json, show_json


def bench(
    name: Annotated[str | None, typer.Argument(help="One benchmark; default: all.")] = None,
    seeds: Annotated[int | None, typer.Option(help="learning: runs of each problem; default: 10.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for plots, bench-NAME.png.")] = None,
    json: Json = False,
) -> None:
    """Measure speed against what the core can do, against the same loops in C, and against others, in one run."""
    from alife.bench import report

    rows = report.run(name, seeds)
    if out is not None:
        from alife.bench import _plot

        _plot.saved(rows, out)
    if json:
        show_json([row._asdict() for row in rows])
    else:
        print(report.table(rows))


COMMANDS = (bench,)
