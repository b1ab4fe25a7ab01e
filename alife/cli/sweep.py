"""`alife sweep`: a config over seeds and values, with one table and one picture at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alife.cli.options import Json, Set, Threads, explicit, show_json
from alife.core.errors import say


def sweep(
    source: Annotated[str, typer.Argument(metavar="WORLD|CONFIG", help="A world, a .py file, several with +, or YAML.")],
    seeds: Annotated[int, typer.Option(min=1, help="Runs with seeds 1..N of every cell of the grid.")] = 10,
    grid: Annotated[list[str] | None, typer.Option(metavar="KEY=A,B", help="Values to be tried.")] = None,
    set_: Set = None,
    generations: Annotated[int | None, typer.Option(help="Stop each run after so many generations.")] = None,
    until_solved: Annotated[bool, typer.Option("--until-solved", help="Stop each run when it has solved the problem.")] = False,
    ticks: Annotated[int | None, typer.Option(help="Stop each run of an ecosystem at this tick.")] = None,
    also: Annotated[list[str] | None, typer.Option(metavar="'K=V K=V'", help="Score each champion so, too.")] = None,
    lives: Annotated[int, typer.Option(help="Lives of every --also score.")] = 1000,
    out: Annotated[Path, typer.Option(help="Folder of the runs; those done in it are not repeated.")] = Path("runs/sweep"),
    measure: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Ecosystem: a column with its newest value.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Write a row a run, too, with all digits.")] = None,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Evolve, or let ecosystems live, over seeds and a grid of values; skips what is done, so it can be killed and called again."""
    from alife.cli.progress import listener
    from alife.insight import sweep as sweeps
    from alife.store import csvfile

    if csv is not None:
        csvfile.check(csv)

    options = explicit(
        evolve__generations=generations, evolve__until_solved=until_solved or None, run__ticks=ticks, run__threads=threads
    )  # fmt: skip
    with listener() as told:
        rows = sweeps.sweep(source, out, seeds, told, sweeps.grid_of(grid or ()), set_ or (), options, also or (), lives)
    if csv is not None:
        csvfile.write(csv, *sweeps.raw(rows, also or ()))
    if rows and "z" in rows[0]:
        from alife.insight import sweep_plot

        sweep_plot.write(rows, list(sweeps.grid_of(grid or ())), out / "sweep.png")
        say(f"alife: figure {out / 'sweep.png'}")
    if json:
        show_json({"rows": rows})
    else:
        print(sweeps.table(rows, also or (), measure or sweeps.MEASURES))


COMMANDS = (sweep,)
