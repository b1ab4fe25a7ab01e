"""`alife evolve all`: every problem of the list, one after another."""

from __future__ import annotations

import shlex
import signal
from pathlib import Path

from alife.cli.options import show_json
from alife.core.errors import Interrupted

ALL = "all"
"""What stands in place of a world."""


def evolve_all(
    out: Path | None, hours: float | None, seeds: int | None, generations: int | None, threads: int | None, no_report: bool, json: bool
) -> None:  # fmt: skip
    """Run, or go on with, what is in the folder `out`, and print its table."""
    from alife.cli.progress import listener
    from alife.cli.report import after_all
    from alife.insight import campaign

    folder = out or Path("runs") / ALL
    with listener() as told:
        runs = campaign.Campaign(folder, told, hours, seeds or 1, generations, threads)
        try:
            rows = runs.go()
        except (Interrupted, KeyboardInterrupt) as stopped:
            said = str(stopped) or "interrupted between two runs"
            left = None if runs.left is None else f"{max(runs.left / 3600, 0.001):.3g}"
            options = {"--hours": left, "--seeds": seeds, "--generations": generations, "--threads": threads, "--out": folder}
            again = shlex.join(["alife", "evolve", ALL, *(str(x) for pair in options.items() if pair[1] is not None for x in pair)])
            signum = stopped.exit_code - 128 if isinstance(stopped, Interrupted) else signal.SIGINT
            raise Interrupted(f"{said}. Go on with: {again}", signum) from None
    lines = campaign.summed_up(rows)
    if json:
        show_json({"problems": lines, "runs": rows})
    else:
        print(f"{campaign.table(lines)}\n\nRuns, {campaign.TABLE} and {campaign.ROWS}: {folder}")
    after_all([found.path for by_seed in runs.runs.values() for found in by_seed.values() if found.summary], folder, json, no_report)
