"""`alife watch`: look at a world and into a mind, in a window or as a film."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alife.cli.options import Json, Set, explicit, is_run, run_folder, show_json
from alife.core.errors import ConfigError, InputError

if TYPE_CHECKING:
    import numpy as np

    from alife.viewer.living import Living
    from alife.viewer.problem import ProblemSource

_SHORTEST, _LONGEST = 0.2, 120.0


def watch(
    source: Annotated[str, typer.Argument(metavar="RUN|CONFIG", help="A run folder, 'latest', a world, a YAML file.")],
    film: Annotated[Path | None, typer.Option(metavar="OUT.gif", help="Make a film (.gif, .mp4) instead; needs no display.")] = None,
    seconds: Annotated[float, typer.Option(help="Length of the film.")] = 10.0,
    ticks: Annotated[int, typer.Option(help="Ticks to live before looking.")] = 0,
    follow: Annotated[str | None, typer.Option(metavar="champion|ID", help="Ecosystem: whose mind the film shows.")] = None,
    colour: Annotated[str, typer.Option(help="Ecosystem: what the film colours agents by.")] = "species",
    set_: Set = None,
    seed: Annotated[int | None, typer.Option(help="Other lives; of a config, also another first generation.")] = None,
    json: Json = False,
) -> None:
    """Watch an ecosystem, a run's champion, or the first generation of a config; look into a mind while it lives. H shows the keys."""
    if film is not None and film.suffix.lower() not in (".gif", ".mp4"):
        raise ConfigError(f"--film: expected a file name that ends in .gif or .mp4, got {str(film)!r}")
    if not _SHORTEST <= seconds <= _LONGEST:
        raise ConfigError(f"--seconds: expected {_SHORTEST} to {_LONGEST:g}, got {seconds}")
    if ticks < 0:
        raise ConfigError(f"--ticks: expected a whole number >= 0, got {ticks}")
    from alife.viewer.colours import MODES

    if colour not in MODES:
        raise ConfigError(f"--colour: expected one of {', '.join(MODES)}, got {colour!r}")
    options, path = explicit(run__seed=seed), run_folder(Path(source)) if is_run(source) else None
    shown, saved = _of_run(path, set_ or (), options) if path else _of_config(source, set_ or (), options)
    shown.advance(ticks)
    if film is not None:
        _film(shown, film, seconds, follow, colour, json)
        return
    from alife.viewer import window
    from alife.viewer.office import Office

    office = Office(path / "plots" if path else Path("watched"), getattr(shown, "origin", shown.config))
    player = window.watch(shown, source, office, _genes, saved)
    _tell(player.source, None, json)


def _of_config(source: str, sets: Any, options: Any) -> tuple[Living | ProblemSource, Any]:
    """A new world, or the first generation."""
    from alife.core import config
    from alife.evolve import ecology

    loaded = config.load(source, sets, options)
    if ecology.is_ecosystem(loaded):
        from alife.sim.ecosystem import Ecosystem
        from alife.viewer.living import Living

        ecosystem = Ecosystem(loaded)
        ecosystem.found()
        return _ready(Living(ecosystem, name=Path(source).stem)), None
    from alife.evolve.evolution import Evolution
    from alife.sim.agent import Agent
    from alife.viewer.problem import ProblemSource

    agent = Agent(loaded)
    return ProblemSource(agent, Evolution(loaded, agent).strategy.ask().genomes, "first generation, agent"), None


def _of_run(path: Path, sets: Any, options: Any) -> tuple[Living | ProblemSource, Any]:
    """A run's champion, or an ecosystem as it was saved last, and how to go back to what was saved before."""
    from alife.evolve import ecology
    from alife.store.folder import RunFolder

    folder = RunFolder.open(path)
    config = ecology.config_of(folder)
    if not ecology.is_ecosystem(config):
        from alife.evolve.genome import digest
        from alife.insight.score import champion_of
        from alife.viewer.problem import ProblemSource

        _, agent, genome = champion_of(path, sets, **options)
        return ProblemSource(agent, genome[None], f"champion {digest(genome)[:8]}"), None
    if sets or options:
        raise ConfigError("--set, --seed: a world that has begun keeps its rules; watch its config instead: " + str(folder.config))
    from alife.insight import saved
    from alife.viewer.living import Living, from_checkpoint

    journal = saved.revived(folder, config, lambda line: typer.echo(line, err=True))
    living = _ready(Living(journal.ecosystem, journal, path.name))
    loaders = saved.earlier(folder, config, living.tick)
    return living, {tick: lambda load=load: (from_checkpoint(*load()), None) for tick, load in loaders.items()}


def _ready(living: Living) -> Living:
    """Compiled, and saying so if that takes long."""
    from alife.cli.progress import listener

    with listener() as told:
        told.note("compiling, or loading what was compiled before ...")
        living.compile()
    return living


def _film(shown: Living | ProblemSource, path: Path, seconds: float, follow: str | None, colour: str, json: bool) -> None:
    from alife.viewer.film import film
    from alife.viewer.living import Living

    agent = None
    if follow is not None and isinstance(shown, Living):
        agent = shown.champion() if follow == "champion" else int(follow) if follow.isdigit() else -1
        if agent is None or shown.place_of(agent) < 0:
            raise ConfigError(f"--follow: expected 'champion' or the id of an agent that lives at tick {shown.tick:,}, got {follow!r}")
    film(shown, path, seconds, colour, agent)
    _tell(shown, path, json)


def _tell(shown: Living | ProblemSource, film: Path | None, json: bool) -> None:
    from alife.viewer.living import Living

    if isinstance(shown, Living):
        result: dict[str, Any] = {"tick": shown.tick, "living": shown.ecosystem.living, "edits": len(shown.journal.edits)}
        result["digest"] = shown.digest()
        words = f"{result['living']:,} living at tick {shown.tick:,}" + f", {result['edits']} edits by hand" * bool(result["edits"])
    else:
        scores = shown.scores
        mean = sum(scores) / len(scores) if scores else math.nan
        result = {"lives": len(scores), "score": mean}
        words = f"{len(scores)} lives lived to their end" + f", mean score {mean:.4f}" * bool(scores)
    if json:
        show_json({**result, "film": None if film is None else str(film)})
        return
    if film is not None:
        print(f"Film: {film}")
    print(words)


def _genes(path: Path) -> np.ndarray:
    """Genes of the champion of a run folder, or in a champion file. InputError: there is none."""
    from alife.insight.saved import champion_file, genome_of
    from alife.store.folder import RunFolder

    if not path.exists():
        raise InputError(f"{path} is not there")
    return genome_of(RunFolder.open(path))[0] if path.is_dir() else champion_file(path)


COMMANDS = (watch,)
