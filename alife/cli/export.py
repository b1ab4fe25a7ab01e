"""`alife export`: a run's phylogeny, time series and genomes as files that other tools read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from alife.cli.options import Json, Run, run_folder, show_json

_PHYLOGENY = """Who descends from whom, as CSV in the ALife phylogeny data standard.
phylotrackpy reads it: Systematics(lambda x: x).load_from_file(FILE, "id", assume_leaves_extant=False), of sexual lives with
--asexual only."""


def export(
    run: Run,
    phylogeny: Annotated[Path | None, typer.Option(metavar="FILE.csv", help=_PHYLOGENY)] = None,
    metrics: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="A row a generation, or a row a tick of the record.")] = None,
    genomes: Annotated[
        Path | None, typer.Option(metavar="FILE.npz", help="The champion; of an ecosystem the living, at its newest checkpoint.")
    ] = None,
    asexual: Annotated[
        bool, typer.Option("--asexual", help="Name the mother only in the phylogeny: phylotrackpy takes no two parents.")
    ] = False,
    json: Json = False,
) -> None:
    """Write a run's phylogeny, time series or genomes for other tools; an older file of that name is replaced."""
    from alife.insight.export import export_run

    def note(text: str) -> None:
        print(text, file=sys.stderr)

    result = export_run(run_folder(run), phylogeny, metrics, genomes, asexual, note)
    if json:
        show_json(result)
        return
    for what, path in result["files"].items():
        print(f"{what:<10} {result['rows'][what]:>12,} rows   {path}")


COMMANDS = (export,)
