"""`alife watch`: look at lives, in a window or as a film."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from alife.cli.options import Json, Set, explicit, run_folder, show_json


def watch(
    source: Annotated[str, typer.Argument(metavar="RUN|WORLD|CONFIG", help="A run folder, 'latest', a world or a YAML file.")],
    film: Annotated[Path | None, typer.Option(metavar="OUT.gif", help="Write a film instead; needs no display.")] = None,
    seconds: Annotated[float, typer.Option(help="Length of the film, 10 ticks a second.")] = 10.0,
    set_: Set = None,
    seed: Annotated[int | None, typer.Option(help="Another seed: other lives, other first generations.")] = None,
    json: Json = False,
) -> None:
    """Watch a run's champion, or agents of a first generation, live one life after another. H shows the keys."""
    from alife.core import config, registry
    from alife.viewer import window

    options = explicit(run__seed=seed)
    path = Path(source)
    if source == "latest" or (path.is_dir() and source not in registry.names("worlds")):
        from alife.evolve.genome import digest
        from alife.insight.score import champion_of

        path = run_folder(path)
        _, agent, genome = champion_of(path, set_ or (), **options)
        genomes, label, shots = genome[None], f"champion {digest(genome)[:8]}", path / "plots"
    else:
        from alife.evolve.evolution import Evolution
        from alife.sim.agent import Agent

        loaded = config.load(source, set_ or (), options)
        agent = Agent(loaded)
        genomes = Evolution(loaded, agent).strategy.ask().genomes
        label, shots = "first generation, agent", Path()
    if film is not None:
        seen = window.film(agent, genomes, label, film, seconds)
    else:
        seen = window.watch(agent, genomes, label, shots, source)
    if json:
        show_json(dataclasses.asdict(seen))
        return
    if seen.film:
        print(f"{seen.film}: {seen.frames} frames")
    if seen.lives:
        print(f"{seen.lives} lives, mean score {seen.score:.4f}")


COMMANDS = (watch,)
