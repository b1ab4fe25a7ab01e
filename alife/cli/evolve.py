"""`alife evolve`: begin or go on with a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alife.cli.everything import ALL, evolve_all
from alife.cli.options import Json, Set, Threads, explicit, run_folder, tell
from alife.core.errors import ConfigError

if TYPE_CHECKING:
    from alife.evolve.run import Outcome

_SOURCE = "A world, a .py file, several with +, YAML, or all: the whole list of problems."
Engine = Annotated[str, typer.Option(help="Where lives are lived: threads.")]


def evolve(
    source: Annotated[str | None, typer.Argument(metavar="WORLD|CONFIG|all", help=_SOURCE)] = None,
    set_: Set = None,
    seed: Annotated[int | None, typer.Option(help="The number from which all luck derives.")] = None,
    generations: Annotated[int | None, typer.Option(help="Stop after so many generations.")] = None,
    hours: Annotated[float | None, typer.Option(help="Stop after so many hours.")] = None,
    until_solved: Annotated[bool, typer.Option("--until-solved", help="Stop when the problem is solved.")] = False,
    seeds: Annotated[int | None, typer.Option(min=1, help="Of all: seeds 1..N of every problem; default: 1.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder in which run folders are made; default: runs, of all: runs/all.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the run folder; default: date, world or YAML file, seed.")] = None,
    resume: Annotated[Path | None, typer.Option(metavar="RUN", help="Go on with a run folder, or with 'latest'.")] = None,
    engine: Engine = "threads",
    threads: Threads = None,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Event files in RUN/tensorboard, too (extra tensorboard).")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no report.html (alife report) at the end.")] = False,
    json: Json = False,
) -> None:
    """Evolve agents in a world, or go on with an evolution (--resume RUN). An ecosystem runs as by `alife run`."""
    if engine != "threads":
        raise ConfigError(f"--engine: expected threads, got {engine!r}")
    if (source is None) == (resume is None):
        raise ConfigError("expected a world, a config file or --resume RUN" + (", not both" if source else ""))
    from alife.cli.progress import listener
    from alife.cli.report import after
    from alife.cli.run import begin, go_on, is_ecosystem, refuse, title
    from alife.evolve import run

    if source == ALL:
        refuse("the problems of the list are as they are, and so are the names of their runs", set=set_ or None, seed=seed, name=name)
        evolve_all(out, hours, seeds, generations, threads, no_report, json)
        return
    refuse("is for `alife evolve all`; several seeds of one world: alife sweep", seeds=seeds)
    out = out or Path("runs")
    options = explicit(
        run__seed=seed, evolve__generations=generations, evolve__hours=hours,
        evolve__until_solved=until_solved or None, run__threads=threads, run__tensorboard=tensorboard or None,
    )  # fmt: skip
    options |= _by_the_clock("run.ticks", hours, None, set_)
    by_the_clock = _by_the_clock("evolve.generations", hours, generations, set_)
    if resume is not None:
        folder = run_folder(resume, out)
        if is_ecosystem(folder):
            _refuse_of_problems(generations, until_solved, tensorboard)
            after(go_on(folder, set_, options, None, json, "alife evolve --resume"), json, no_report)
            return
        with listener() as told:
            outcome = run.resume(folder, told, set_ or (), options | by_the_clock)
    else:
        from alife.core import config

        loaded = config.load(source or "", set_ or (), options)
        if is_ecosystem(loaded):
            _refuse_of_problems(generations, until_solved, tensorboard)
            after(begin(loaded, out, name, json, "alife evolve --resume", title(source or "")), json, no_report)
            return
        loaded = config.load(source or "", set_ or (), options | by_the_clock)
        with listener() as told:
            outcome = run.begin(loaded, out, told, name, title(source or ""))
    tell(outcome, json, _in_words)
    after(Path(outcome.run), json, no_report)


def _refuse_of_problems(generations: int | None, until_solved: bool, tensorboard: bool) -> None:
    """ConfigError if an ecosystem was given what only problems have."""
    from alife.cli.run import ECOSYSTEM, refuse

    refuse(ECOSYSTEM, generations=generations, until_solved=until_solved or None)
    refuse("of problems; an ecosystem's series is written by: alife export RUN --metrics FILE.csv", tensorboard=tensorboard or None)


def _by_the_clock(key: str, hours: float | None, own: int | None, overrides: list[str] | None) -> dict[str, None]:
    """Where hours are asked for, no other budget that was not asked for ends the run earlier."""
    is_set = own is not None or any(text.startswith(f"{key}=") for text in overrides or ())
    return {} if hours is None or is_set else {key: None}


def _in_words(o: Outcome) -> str:
    """What was achieved, where it is, what to try next."""
    from alife.core import registry

    world = registry.title(o.world)
    if o.solved:
        generations = "generation" if o.solved_generation == 1 else "generations"
        first = f"Solved: {world}, after {o.solved_evaluations:,} evaluations in {o.solved_generation} {generations}"
        polished = o.evaluations != o.solved_evaluations
        first += f", and polished until {o.evaluations:,} for longer lives." if polished else "."
    elif o.solved_generation is not None:
        first = f"Almost: {world} passed its test after {o.solved_evaluations:,} evaluations, but not the final one."
    else:
        first = f"Not solved: {world}, {o.evaluations:,} evaluations; {o.stopped_by}."
    lines = [
        first,
        f"The champion scores {o.score:.4f} (95 % interval {o.low:.4f} to {o.high:.4f}) on {o.lives:,} lives it has never seen.",
        f"The best agent without a memory gets {o.ceiling:.4f}, the best of all {o.optimum:.4f}: z = {o.z:.3f}.",
        f"{o.agent_ticks:,} agent-ticks in {o.seconds:.1f} s. Seed {o.seed}, champion {o.digest[:16]}.",
    ]
    if o.not_finite:
        lines.append(f"{o.not_finite:,} lives ended with a score that is no number; they counted as the worst.")
    lines += ["", f"Run folder: {o.run}", "Try next:"]
    nexts = [("score", "the champion on new lives; --set changes their length, their number, its memory")]
    nexts += [("ablate", "take its memory away, in four ways: is it used?"), ("watch", "look at it, and into its mind, in a window")]
    if o.solved_generation is None:
        nexts.insert(0, ("evolve --resume", "go on; --generations or --hours set the new budget"))
    width = max(len(command) for command, _ in nexts)
    lines += [f"  alife {command:<{width}} {o.run}   {what}" for command, what in nexts]
    return "\n".join(lines)


COMMANDS = (evolve,)
