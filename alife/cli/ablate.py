"""`alife ablate`: is the memory used? Arms, and controls evolved for the purpose."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from alife.cli.options import Json, Set, Threads, run_folder, show_json

_RUNS = "Run folders, 'latest', or folders with runs in them, such as a sweep's."
_CONTROL = "First evolve the controls that are missing, below the run: recurrent, and without a memory, on the run's own budget."


def ablate(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN", help=_RUNS)],
    lives: Annotated[int, typer.Option(help="How many lives for each way of taking the memory away.")] = 1000,
    set_: Set = None,
    control: Annotated[bool, typer.Option("--control", help=_CONTROL)] = False,
    csv: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Write a row an arm of each run, too.")] = None,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Take the champion's memory away in several ways: is it used? Of several runs, the median and range of z for each problem."""
    from alife.insight import ablations
    from alife.insight.ablate import ablate_run
    from alife.store import csvfile

    if csv is not None:
        csvfile.check(csv)
    paths = ablations.expanded([run_folder(run) for run in runs])
    if control:
        from alife.cli.progress import listener
        from alife.insight.controls import evolve_controls

        with listener() as told:
            for path in paths:
                evolve_controls(path, told, threads)
    found = [ablate_run(path, lives, set_ or ()) for path in paths]
    if csv is not None:
        csvfile.write(csv, ablations.HEADS, ablations.cells(found))
    if len(runs) == 1 and paths[0] == run_folder(runs[0]):
        show_json(found[0]) if json else print(_in_words(found[0]))
        return
    problems = ablations.summed_up(found)
    if json:
        show_json({"lives": lives, "problems": problems, "runs": found})
    else:
        print(ablations.table(problems))


def _in_words(found: dict[str, Any]) -> str:
    """A line an arm; controls only where there are any."""
    from alife.insight.ablate import ARMS
    from alife.insight.controls import CONTROLS

    lines = [f"{'':<18} {'score':>8} {'z':>8}   {'95 % interval of score':<22}   of z, {found['lives']:,} lives each"]
    for name in (*ARMS, *CONTROLS):
        arm = found[name]
        if arm is None:
            lines += [f"{name:<18} {'-':>8} {'-':>8}   this world or memory does not say when, or what"] if name in ARMS else []
            continue
        score, z = (f"{arm[low]:.4f} to {arm[high]:.4f}" for low, high in (("low", "high"), ("zlow", "zhigh")))
        cost = f"   {arm['evaluations']:,} evaluations, {arm['genes']:,} genes" if name in CONTROLS else ""
        lines.append(f"{name:<18} {arm['score']:>8.4f} {arm['z']:>8.4f}   {score:<22}   {z}{cost}")
    lines.append(f"the run: {found['evaluations']:,} evaluations, {found['genes']:,} genes")
    return "\n".join(lines)


COMMANDS = (ablate,)
