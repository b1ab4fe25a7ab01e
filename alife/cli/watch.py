"""`alife watch`: look at lives, in a window or as a film."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from alife.cli.options import Json, Set, explicit, is_run, run_folder, show_json
from alife.core.errors import ConfigError

_SHORTEST, _LONGEST = 0.2, 60.0


def watch(
    source: Annotated[str, typer.Argument(metavar="RUN|CONFIG", help="A run folder, 'latest', a world, a YAML file.")],
    film: Annotated[Path | None, typer.Option(metavar="OUT.gif", help="Make a film instead; needs no display.")] = None,
    seconds: Annotated[float, typer.Option(help="Length of the film, 10 ticks a second.")] = 10.0,
    set_: Set = None,
    seed: Annotated[int | None, typer.Option(help="Other lives; of a config, also another first generation.")] = None,
    json: Json = False,
) -> None:
    """Watch a run's champion, or the first generation of a config, live one life after another. H shows the keys."""
    if film is not None and film.suffix.lower() != ".gif":
        raise ConfigError(f"--film: expected a file name that ends in .gif, got {str(film)!r}")
    if not _SHORTEST <= seconds <= _LONGEST:
        raise ConfigError(f"--seconds: expected {_SHORTEST} to {_LONGEST:g}, got {seconds}")
    from alife.core import config
    from alife.viewer import window

    options, path = explicit(run__seed=seed), Path(source)
    if is_run(source):
        from alife.evolve.genome import digest
        from alife.insight.score import champion_of

        path = run_folder(path)
        _, agent, genome = champion_of(path, set_ or (), **options)
        genomes, label, shots = genome[None], f"champion {digest(genome)[:8]}", path / "plots"
    else:
        from alife.evolve import ecology
        from alife.evolve.evolution import Evolution
        from alife.sim.agent import Agent

        loaded = config.load(source, set_ or (), options)
        if ecology.is_ecosystem(loaded):
            raise ConfigError(f"{source} is an ecosystem, whose agents are not watched one by one; let it live with: alife run {source}")
        agent = Agent(loaded)
        genomes, label, shots = Evolution(loaded, agent).strategy.ask().genomes, "first generation, agent", Path()
    if film is not None:
        scores = window.film(agent, genomes, label, film, seconds)
    else:
        scores = window.watch(agent, genomes, label, shots, source)
    mean = sum(scores) / len(scores) if scores else math.nan
    if json:
        show_json({"lives": len(scores), "score": mean, "film": None if film is None else str(film)})
        return
    if film is not None:
        print(f"Film: {film}")
    print(f"{len(scores)} lives lived to their end" + (f", mean score {mean:.4f}" if scores else ""))


COMMANDS = (watch,)
