"""`alife lab`: the claims of the sources, run again."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alife.cli.options import Json, show_json
from alife.core.errors import ConfigError, Interrupted

if TYPE_CHECKING:
    from alife.core.interrupt import Interrupts
    from alife.lab.registry import Lab
    from alife.lab.report import Outcome

_PLAIN_WIDTH = 140
"""Columns of a table that goes into a file or a pipe."""


def lab(
    name: Annotated[str | None, typer.Argument(help="One experiment; default: all that are fast.")] = None,
    out: Annotated[Path, typer.Option(help="Folder of figures, numbers and the page.")] = Path("runs/lab"),
    scale: Annotated[float, typer.Option(help="Size, above 0; 1 is the full one. Smaller ones are quick looks, not results.")] = 1.0,
    everything: Annotated[bool, typer.Option("--all", help="The slow ones, too.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="Say what there is; runs nothing.")] = False,
    json: Json = False,
) -> None:
    """Run the claims of the sources again: a figure, the numbers and a verdict each; of many, a page of all."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: small matrices, and the same order of sums on any number of cores
    from alife.lab import registry, report

    if name is not None and (everything or listing):
        raise ConfigError(f"expected a name or {'--all' if everything else '--list'}, not both")
    if listing:
        _tell_list([registry.load(each) for each in registry.names()], json)
        return
    labs = [registry.load(each) for each in (registry.names() if name is None else [name])]
    chosen = [each for each in labs if name or everything or not each.slow]
    report.check(scale)
    report.prepare(out)
    outcomes, signum = _run(chosen, scale, out)
    if name is None:
        _write_page(outcomes, len(chosen), [each for each in labs if each not in chosen], out)
    if signum:
        raise Interrupted(f"stopped after {len(outcomes)} of {len(chosen)} experiments; what was done is in {out}", signum)
    documents = [report.document(outcome) for outcome in outcomes]
    if json:
        show_json(documents[0] if name else {"labs": documents})
    elif name:
        _tell(outcomes[0], out)
    else:
        print(
            "\n".join([*(f"{o.lab.number:>3}  {o.lab.name:<18} {o.finding.verdict}" for o in outcomes), "", f"Page: {out / 'index.html'}"])
        )


def _run(labs: list[Lab], scale: float, out: Path) -> tuple[list[Outcome], int | None]:
    """Run them one after another and save each; the outcomes, and the signal that came between, if one did."""
    from alife.core.interrupt import Interrupts
    from alife.lab import report

    outcomes: list[Outcome] = []
    with Interrupts() as interrupts:
        for i, each in enumerate(labs):
            with _progress(f"{i + 1} of {len(labs)}  {each.number}. {each.name}") as done:
                outcome = _outlasted(interrupts, each, scale)
                if outcome is None:
                    return outcomes, interrupts.signum
                report.save(outcome, out)
                outcomes.append(outcome)
                done(f"{outcome.finding.verdict} ({outcome.seconds:.1f} s)")
    return outcomes, None


def _outlasted(interrupts: Interrupts, lab: Lab, scale: float) -> Outcome | None:
    """The outcome, or None where a signal came first."""
    from alife.lab import report

    found: list[Outcome] = []
    whole = interrupts.outlast(lambda: found.append(report.run(lab, scale)))
    return found[0] if whole and not interrupts.stop.is_set() else None


class _Done:
    """Keeps what is to be said at the end."""

    def __init__(self) -> None:
        self.words = "stopped"

    def __call__(self, words: str) -> None:
        self.words = words


@contextlib.contextmanager
def _progress(what: str) -> Iterator[_Done]:
    """A moving line while it runs in a terminal; then, and in a log, one line."""
    done = _Done()
    try:
        if sys.stderr.isatty():
            from rich.console import Console

            with Console(stderr=True).status(what):
                yield done
        else:
            yield done
    finally:
        print(f"alife: lab {what}: {done.words}", file=sys.stderr, flush=True)


def _write_page(outcomes: list[Outcome], of: int, slow: list[Lab], out: Path) -> None:
    """Slow ones that have not been run now are shown as they came out last in this folder."""
    from alife.lab.page import page
    from alife.lab.report import saved
    from alife.store import atomic

    before = {lab: saved(lab, out) for lab in slow}
    missing = f"Interrupted: {of - len(outcomes)} have not run." if len(outcomes) < of else ""
    shown = sorted([*outcomes, *filter(None, before.values())], key=lambda outcome: outcome.lab.number)
    atomic.write_text(out / "index.html", page(shown, missing, [lab for lab, found in before.items() if found is None]))


def _tell_list(labs: list[Lab], json: bool) -> None:
    if json:
        show_json({"labs": [{"name": each.name, "number": each.number, "title": each.title, "slow": each.slow} for each in labs]})
    else:
        print("\n".join(f"{each.number:>3}  {each.name:<18} {each.title}{'  (slow)' if each.slow else ''}" for each in labs))


def _tell(outcome: Outcome, out: Path) -> None:
    """Claim, table of checks, verdict and prose."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from alife.lab.report import bounds, number

    console = Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH, highlight=False, markup=False)
    table = Table("what", box=box.SIMPLE_HEAD)
    for column in ("measured", "must be", "said"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("holds")
    for check in outcome.finding.checks:
        told = number(check.measured), bounds(check.low, check.high), number(check.expected), "yes" if check.holds else "NO"
        table.add_row(check.what, *told)
    console.print(f"{outcome.lab.number}. {outcome.finding.claim}")
    console.print(table)
    console.print(f"Verdict: {outcome.finding.verdict}. {outcome.finding.prose}\n\nFigure: {out / outcome.lab.name}.png", soft_wrap=False)


COMMANDS = (lab,)
