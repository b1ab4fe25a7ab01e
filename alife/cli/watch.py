"""`alife watch`: look at a world and into a mind, in a window or as a film."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alife.cli.options import Json, Set, explicit, is_run, run_folder, show_json
from alife.core.errors import ConfigError, InputError

if TYPE_CHECKING:
    import numpy as np

    from alife.cli.progress import Listener
    from alife.core.config import Config
    from alife.store.folder import RunFolder
    from alife.viewer.living import Living
    from alife.viewer.problem import ProblemSource
    from alife.viewer.recorder import Recorder

_SECONDS, _SHORTEST, _LONGEST = 8.0, 0.2, 120.0
_CHUNK, _PATIENCE = 1000, 2.0
"""Ticks that are lived at a time before anybody looks; seconds of it after which something is said."""


def watch(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A run folder, 'latest', a world, or a YAML file.")],
    film: Annotated[Path | None, typer.Option(metavar="OUT.gif", help="Make a film, .gif or .mp4; needs no display.")] = None,
    seconds: Annotated[float | None, typer.Option(help=f"Film: its length; default: {_SECONDS:g}.")] = None,
    follow: Annotated[
        str | None, typer.Option(metavar="champion|ID", help="Film of an ecosystem: whose mind it shows; default: the champion's.")
    ] = None,
    colour: Annotated[str | None, typer.Option(metavar="MODE", help="Film of an ecosystem: by what agents are coloured.")] = None,
    ticks: Annotated[int, typer.Option(help="Live so many ticks before looking.")] = 0,
    set_: Set = None,
    seed: Annotated[int | None, typer.Option(help="Other lives; of a config, also another first generation.")] = None,
    json: Json = False,
) -> None:
    """Watch an ecosystem, a run's champion, or the first generation of a problem, and the mind of any agent beside it: H shows the keys.

    Nothing that is watched changes: of a run it is a copy that lives on.
    """
    _check(film, seconds, follow, colour, ticks)
    from alife.cli.progress import listener

    path, recorder = run_folder(Path(source)) if is_run(source) else None, _recorder(film)
    with listener() as told:
        is_window = recorder is None
        shown, saved = _of_run(path, set_ or (), seed, is_window, told) if path else _of_config(source, set_ or (), seed, is_window, told)
        _live(shown, ticks, told)
    if recorder is not None:
        _film(shown, recorder, _SECONDS if seconds is None else seconds, follow, colour)
        _tell(shown, film, json)
        return
    from alife.viewer import window
    from alife.viewer.office import Office

    office = Office(path / "plots" if path else Path("watched"), getattr(shown, "origin", shown.config))
    player = window.watch(shown, source, office, _genes, saved)
    _tell(player.source, None, json)


def _check(film: Path | None, seconds: float | None, follow: str | None, colour: str | None, ticks: int) -> None:
    """ConfigError where an option makes no sense."""
    from alife.cli.run import refuse

    if film is None:
        refuse("it is about a film; add --film out.gif", seconds=seconds, follow=follow, colour=colour)
    elif not film.absolute().parent.is_dir():
        raise InputError(f"--film: there is no folder {film.absolute().parent}")
    if seconds is not None and not _SHORTEST <= seconds <= _LONGEST:
        raise ConfigError(f"--seconds: expected {_SHORTEST} to {_LONGEST:g}, got {seconds}")
    if ticks < 0:
        raise ConfigError(f"--ticks: expected a whole number >= 0, got {ticks}")
    if colour is not None:
        from alife.viewer.colours import MODES

        if colour not in MODES:
            raise ConfigError(f"--colour: expected one of {', '.join(MODES)}, got {colour!r}")


def _of_config(source: str, sets: Any, seed: int | None, is_window: bool, told: Listener) -> tuple[Living | ProblemSource, Any]:
    """A new world, or the first generation."""
    from alife.core import config
    from alife.evolve import ecology

    loaded = config.load(source, sets, explicit(run__seed=seed))
    if ecology.is_ecosystem(loaded):
        from alife.sim.ecosystem import Ecosystem
        from alife.viewer.living import Living

        _reach(source, "alife run", is_window)
        ecosystem = _compiled(Ecosystem(loaded), told)
        ecosystem.found()
        return _compiled(Living(ecosystem, name=Path(source).stem), told), None
    from alife.evolve.evolution import Evolution
    from alife.sim.agent import Agent
    from alife.viewer.problem import ProblemSource

    _reach(source, "alife run", is_window)
    agent = _compiled(Agent(loaded), told)
    return ProblemSource(agent, Evolution(loaded, agent).strategy.ask().genomes, "first generation, agent"), None


def _of_run(path: Path, sets: Any, seed: int | None, is_window: bool, told: Listener) -> tuple[Living | ProblemSource, Any]:
    """A run's champion, or an ecosystem as it was saved last, and how to go back to what was saved before."""
    from alife.evolve import ecology
    from alife.store.folder import RunFolder

    folder = RunFolder.open(path)
    config = ecology.config_of(folder)
    if ecology.is_ecosystem(config):
        if sets or seed is not None:
            raise ConfigError("--set, --seed: a world that has begun keeps its rules; a new one: alife watch " + str(folder.config))
        return _of_ecosystem(folder, config, is_window, told)
    from alife.evolve.genome import digest
    from alife.insight.score import champion_of
    from alife.viewer.problem import ProblemSource

    _, agent, genome = champion_of(path, sets, **explicit(run__seed=seed))
    _reach(str(path), "alife score", is_window)
    return ProblemSource(_compiled(agent, told), genome[None], f"champion {digest(genome)[:8]}"), None


def _of_ecosystem(folder: RunFolder, config: Config, is_window: bool, told: Listener) -> tuple[Living, Any]:
    from alife.insight import saved
    from alife.viewer.living import Living, from_checkpoint

    journal = saved.revived(folder, config, told.note)
    _reach(str(folder.path), "alife run", is_window)
    living = _compiled(Living(journal.ecosystem, journal, folder.path.name), told)
    loaders = saved.earlier(folder, config, living.tick)
    return living, {tick: lambda load=load: (from_checkpoint(*load()), None) for tick, load in loaders.items()}


def _reach(source: str, instead: str, is_window: bool) -> None:
    """UserError, before anything is compiled, where a window would not be seen."""
    if is_window:
        from alife.viewer import display

        display.reach(source, instead)


def _compiled(what: Any, told: Listener) -> Any:
    """The same, compiled or loaded; says so if it takes long."""
    from alife.core.interrupt import Interrupts
    from alife.evolve._folder import compile_loop

    with Interrupts() as interrupts:
        compile_loop(what, told.note, interrupts, "nothing was begun")
    return what


def _live(shown: Living | ProblemSource, ticks: int, told: Listener) -> None:
    """So many ticks, as far as the world goes; nothing is remembered of them."""
    from alife.viewer.living import Living

    started, end, silent = time.monotonic(), shown.tick + ticks, True
    while shown.tick < end and shown.advance(min(_CHUNK, end - shown.tick)):
        if isinstance(shown, Living):
            shown.records()
        if silent and time.monotonic() - started > _PATIENCE:
            told.note(f"living until tick {end:,} before anybody looks")
            silent = False


def _recorder(film: Path | None) -> Recorder | None:
    """What makes the film, if one is asked for. ConfigError, UserError: not of that kind, or not here."""
    if film is None:
        return None
    from alife.viewer.film import RATE
    from alife.viewer.recorder import Recorder

    return Recorder(film, RATE)


def _film(shown: Living | ProblemSource, recorder: Recorder, seconds: float, follow: str | None, colour: str | None) -> None:
    """Make it and save it; no file before that."""
    from alife.viewer.film import film
    from alife.viewer.living import Living

    agent = None
    if not isinstance(shown, Living):
        from alife.cli.run import refuse

        refuse("a problem's film shows the mind of its one agent", follow=follow)
        refuse("only an ecosystem has agents to be coloured", colour=colour)
    elif follow not in (None, "champion"):
        agent = int(follow) if follow.isascii() and follow.isdecimal() and len(follow) < 19 else -1
        if shown.place_of(agent) < 0:
            raise ConfigError(f"--follow: expected 'champion' or the id of an agent that lives at tick {shown.tick:,}, got {follow!r}")
    film(shown, recorder, seconds, colour or "species", agent)
    recorder.save()


def _tell(shown: Living | ProblemSource, film: Path | None, json: bool) -> None:
    """How it stands where the watching ended."""
    from alife.viewer.living import Living

    if isinstance(shown, Living):
        edits = len(shown.journal.edits)
        result: dict[str, Any] = {"tick": shown.tick, "living": shown.ecosystem.living, "edits": edits, "digest": shown.digest()}
        words = f"{result['living']:,} living at tick {shown.tick:,}" + f", {edits} edit{'s' * (edits != 1)} by hand" * bool(edits)
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
