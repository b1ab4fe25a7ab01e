"""`alife bench`: speed, as ratios measured in one run."""

from __future__ import annotations

from typing import Annotated

import typer

from alife.cli.options import Json, show_json


def bench(
    name: Annotated[str | None, typer.Argument(help="One benchmark; default: all.")] = None,
    json: Json = False,
) -> None:
    """Measure speed against the core's peak and against the same loops in C, in one run."""
    from alife.bench import report

    rows = report.run(name)
    if json:
        show_json([row._asdict() for row in rows])
    else:
        print(report.table(rows))


COMMANDS = (bench,)
