"""`alife evolve`: begin or go on with a run."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from alife.cli.options import Json, Out, Set, Threads, explicit, run_folder, show_json
from alife.core.errors import ConfigError

Engine = Annotated[str, typer.Option(help="Where lives are lived: threads.")]


def evolve(
    source: Annotated[str | None, typer.Argument(metavar="WORLD|CONFIG", help="A world, a .py file with one, or a YAML file.")] = None,
    set_: Set = None,
    seed: Annotated[int | None, typer.Option(help="The number from which all luck derives.")] = None,
    generations: Annotated[int | None, typer.Option(help="Stop after so many generations.")] = None,
    hours: Annotated[float | None, typer.Option(help="Stop after so many hours.")] = None,
    until_solved: Annotated[bool, typer.Option("--until-solved", help="Stop when the problem is solved.")] = False,
    out: Out = Path("runs"),
    name: Annotated[str | None, typer.Option(help="Name of the run folder; default: date, world and seed.")] = None,
    resume: Annotated[Path | None, typer.Option(metavar="RUN", help="Go on with a run folder, or with 'latest'.")] = None,
    engine: Engine = "threads",
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Evolve agents in a world, or go on with an evolution (--resume RUN)."""
    if engine != "threads":
        raise ConfigError(f"--engine: expected threads, got {engine!r}")
    if (source is None) == (resume is None):
        raise ConfigError("expected a world, a config file or --resume RUN" + (", not both" if source else ""))
    from alife.cli.progress import listener
    from alife.evolve import run

    options = explicit(
        run__seed=seed, evolve__generations=generations, evolve__hours=hours,
        evolve__until_solved=until_solved or None, run__threads=threads,
    )  # fmt: skip
    if resume is not None:
        folder = run_folder(resume, out)
        with listener() as told:
            outcome = run.resume(folder, told, set_ or (), options)
    else:
        from alife.core import config

        loaded = config.load(source or "", set_ or (), options)
        with listener() as told:
            outcome = run.begin(loaded, out, told, name)
    if json:
        show_json(dataclasses.asdict(outcome))
    else:
        print(_in_words(outcome))


def _in_words(o) -> str:  # type: ignore[no-untyped-def]
    """What was achieved, where it is, what to try next."""
    lines = []
    if o.solved:
        lines.append(
            f"Solved: {o.world} in {o.solved_evaluations:,} evaluations ({o.solved_generation} generations), "
            f"and polished until {o.evaluations:,}."
        )
    else:
        lines.append(f"Not solved: {o.world}, {o.evaluations:,} evaluations; {o.stopped_by}.")
    lines += [
        (
            f"The champion scores {o.score:.4f} (95 % interval {o.low:.4f} to {o.high:.4f}) on {o.lives:,} lives it has "
            f"never seen. The best agent without a memory gets {o.ceiling:.4f}, the best of all {o.optimum:.4f}: z = {o.z:.3f}."
        ),
        f"{o.agent_ticks:,} agent-ticks in {o.seconds:.1f} s. Champion {o.digest[:16]}, seed {o.seed}.",
    ]
    if o.not_finite:
        lines.append(f"{o.not_finite:,} lives ended with a score that is no number; they counted as the worst.")
    lines += [
        "",
        f"Run folder: {o.run}",
        "Next:",
        f"  alife score {o.run}                      the same champion on other lives, lengths, memories",
        f"  alife ablate {o.run}                     is the memory used?",
        f"  alife watch {o.run}                      look at it",
    ]
    return "\n".join(lines)


COMMANDS = (evolve,)
