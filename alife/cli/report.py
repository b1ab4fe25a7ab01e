"""`alife report`: a run as one page, or several beside each other."""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alife.cli.options import Json, run_folder, show_json
from alife.core.errors import ConfigError, UserError, say
from alife.core.wording import clip, one_line

if TYPE_CHECKING:
    from alife.insight.report.ecosystem import Told
    from alife.insight.report.facts import Facts
    from alife.insight.report.problem import Pictures
    from alife.viewer.living import Living
    from alife.viewer.problem import ProblemSource

_RUNS = "Run folders, 'latest', or folders with runs in them, such as a sweep's."
_OUT = "Where to; default: report.html in the run's folder, of several runs: runs/report.html."


def report(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN", help=_RUNS)],
    out: Annotated[Path | None, typer.Option(metavar="FILE.html", help=_OUT)] = None,
    json: Json = False,
) -> None:
    """Write a run as one page to be read with any browser, without a network; of several runs one that compares them."""
    from alife.insight import ablations

    if out is not None and out.suffix.lower() not in (".html", ".htm"):
        raise ConfigError(f"--out: expected a file name that ends in .html, got {str(out)!r}")
    given = [run_folder(run) for run in runs]
    paths = ablations.expanded(given)
    if len(runs) == 1 and paths == given:
        path, numbers = write(paths[0], out)
    else:
        path, numbers = write_several(paths, out or Path("runs") / "report.html")
    if json:
        show_json({"report": str(path), **numbers})
    else:
        print(f"Report: {path}")


def write(run: Path, out: Path | None = None) -> tuple[Path, dict[str, Any]]:
    """The page of a run, with its film: where it is, and the numbers in it. InputError: the run is damaged; DiskError."""
    from alife.evolve.ecology import is_ecosystem
    from alife.evolve.run import config_of
    from alife.insight.report import ecosystem, facts, problem
    from alife.store.folder import RunFolder

    folder = RunFolder.open(run)
    if is_ecosystem(config_of(folder)):
        told = ecosystem.told_of(run, _note)
        text, numbers = ecosystem.page(told, _drawn(told, _film_of_world)), ecosystem.numbers(told)
    else:
        of = facts.facts_of(run)
        text, numbers = problem.page(of, _drawn(of, _film_of_life)), problem.numbers(of)
    path = out or folder.report
    _save(path, text)
    return path, numbers


def write_several(runs: Sequence[Path], out: Path) -> tuple[Path, dict[str, Any]]:
    """The page that compares runs: where it is, and a row of numbers for each. InputError: one is damaged; DiskError."""
    from alife.insight.report import compare

    told = compare.told_of(runs)
    _save(out, compare.page(told))
    return out, {"runs": compare.numbers(told)}


def after(run: Path, is_quiet: bool, no_report: bool = False) -> None:
    """The page of a run that has just ended, and where it is. Whatever goes wrong is one note: the run is sound all the same."""
    from alife.core.jit import DISABLED

    if not (no_report or DISABLED):  # in plain Python it would take longer than the run
        _try(lambda: write(run)[0], is_quiet, f"alife report {run}")


def after_all(runs: Sequence[Path], out: Path, is_quiet: bool, no_report: bool) -> None:
    """The same of all runs whose pages are older than they are, and of the page in `out` that compares them."""
    if no_report:
        return
    for run in runs:
        page = run / "report.html"
        if not page.is_file() or page.stat().st_mtime < (run / "run.sqlite").stat().st_mtime:
            after(run, True)
    _try(lambda: write_several(runs, out / "report.html")[0], is_quiet, f"alife report {out} --out {out / 'report.html'}")


def _try(make: Callable[[], Path], is_quiet: bool, again: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()  # the result first, whatever comes
    try:
        path = make()
    except (Exception, KeyboardInterrupt) as error:
        reason = "interrupted" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"
        _note(f"no report was written ({clip(one_line(reason), 300)}); what was evolved is complete. Again: {again}")
        return
    if not is_quiet:
        print(f"\nReport: {path}")


def _note(text: str) -> None:
    say(f"alife: {text}")


def _save(path: Path, text: str) -> None:
    from alife.core.errors import DiskError
    from alife.store import atomic

    if path.exists() and not path.is_file():
        raise ConfigError(f"--out: {path} is no plain file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError(f"cannot write {path}: {atomic.reason(error)}") from error
    atomic.write_text(path, text)


# ---- films ----


def _drawn(of: Any, film: Callable[[Any], Pictures]) -> Pictures | None:
    """A page without a film is better than none."""
    try:
        return film(of)
    except UserError as error:
        _note(f"the report is without a film: {error}")
        return None


def _film_of_life(of: Facts) -> Pictures:
    """The life that the page is about, as far as it is short."""
    from alife.viewer.problem import ProblemSource

    life = of.life
    source = ProblemSource(of.agent, of.genome[None], f"champion {of.digest[:8]}")
    for _ in range(life.number):
        source.skip()
    caption = of.agent.world.module.picture.__doc__ or ""
    return _short(source, life.decision.tick if life.decision else 0, caption.split("\n\n")[0])


def _film_of_world(of: Told) -> Pictures:
    """The first ticks after those that were saved, in a copy of the world."""
    from alife.insight import saved
    from alife.store.folder import RunFolder
    from alife.viewer.living import Living

    journal = saved.revived(RunFolder.open(of.path), of.config, lambda text: None)
    living = Living(journal.ecosystem, journal, of.path.name)
    living.compile()
    return _short(living, 0, f"The world from tick {living.tick:,} on")


def _short(source: Living | ProblemSource, still: int, words: str) -> Pictures:
    from PIL import Image

    from alife.insight.report.problem import Pictures
    from alife.viewer.film import SHORT_RATE, short
    from alife.viewer.recorder import Recorder

    with tempfile.TemporaryDirectory(prefix="alife-report-") as folder:
        recorder = Recorder(Path(folder, "film.gif"), SHORT_RATE)
        picture = short(source, recorder, still)
        recorder.save()
        film = recorder.path.read_bytes()
    png = io.BytesIO()
    Image.fromarray(picture).save(png, "PNG", optimize=True)
    return Pictures(film, png.getvalue(), " ".join(words.split()))


COMMANDS = (report,)
