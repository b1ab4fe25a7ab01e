"""`alife run`: let an ecosystem live, or agents of a problem live as they are, without evolution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alife.cli.options import Json, Out, Set, Threads, explicit, is_run, run_folder, score_in_words, tell
from alife.core.errors import ConfigError

if TYPE_CHECKING:
    from alife.core.config import Config
    from alife.evolve.ecology import Outcome

ECOSYSTEM = "an ecosystem knows no generations: its budget is --ticks (alife run) or --hours (alife evolve)"
_PROBLEM = "a problem is lived life by life, not on and on: use --lives"
_LIVES = 1000


def run(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A world, a YAML file, a run folder, or 'latest'.")],
    ticks: Annotated[int | None, typer.Option(help="Ecosystem: end at this tick; of a run folder: so many more ticks.")] = None,
    lives: Annotated[int | None, typer.Option(help=f"Problem: how many lives; default: {_LIVES}.")] = None,
    set_: Set = None,
    seed: Annotated[int | None, typer.Option(help="The number from which all luck derives.")] = None,
    out: Out = Path("runs"),
    name: Annotated[str | None, typer.Option(help="Name of the run folder; default: date, world or YAML file, seed.")] = None,
    threads: Threads = None,
    edits: Annotated[Path | None, typer.Option(help="Ecosystem: a file of what is done to it by hand, and when.")] = None,
    json: Json = False,
) -> None:
    """Let an ecosystem live, or go on with one; of a problem, let the champion or the first generation live, without evolution."""
    from alife.core import config

    if is_run(source):
        folder = run_folder(Path(source), out)
        refuse("the run has its name already", name=name)
        refuse("what is done by hand to a run stands in its folder, in edits.json", edits=edits)
        if is_ecosystem(folder):
            refuse("an ecosystem is not lived life by life: use --ticks", lives=lives)
            go_on(folder, set_, explicit(run__seed=seed, run__threads=threads), ticks, json, "alife run")
            return
        refuse(_PROBLEM, ticks=ticks)
        from alife.insight.score import score_run

        seeds = [] if seed is None else [f"run.seed={seed}"]
        _show(score_run(folder, _LIVES if lives is None else lives, [*(set_ or ()), *seeds], threads), "the champion", json)
        return
    loaded = config.load(source, set_ or (), explicit(run__seed=seed, run__threads=threads, run__ticks=ticks))
    if is_ecosystem(loaded):
        refuse("an ecosystem is not lived life by life: use --ticks", lives=lives)
        begin(loaded, out, name, json, "alife run", title(source), edits)
        return
    refuse(_PROBLEM, ticks=ticks)
    refuse("only an ecosystem can be changed by hand", edits=edits)
    refuse("nothing is kept of a first generation; a run is made by: alife evolve", name=name)
    from alife.insight.score import score_first

    _show(score_first(loaded, _LIVES if lives is None else lives), f"the {loaded.evolve.population} of the first generation", json)


def refuse(why: str, **options: Any) -> None:
    """ConfigError if one of these options was given."""
    for option, value in options.items():
        if value is not None:
            raise ConfigError(f"--{option.replace('_', '-')}: {why}")


def title(source: str) -> str | None:
    """What the folder of a new run is called after: the YAML file, unless it is that of a run; None: the world."""
    from alife.core import config, registry

    file = Path(source)
    is_shipped = source in config.shipped() and source not in registry.names("worlds")
    return file.stem[:50] if file.name != "config.yaml" and (is_shipped or file.suffix in (".yaml", ".yml")) else None


def is_ecosystem(what: Path | Config) -> bool:
    """Of a run folder, or of a config."""
    from alife.evolve import ecology
    from alife.store.folder import RunFolder

    return ecology.is_ecosystem(ecology.config_of(RunFolder.open(what)) if isinstance(what, Path) else what)


def begin(config: Config, out: Path, name: str | None, json: bool, again: str, title: str | None, edits: Path | None = None) -> Path:
    """A new ecosystem, to its end, and what it came to; its folder. `edits`: a file of what is done to it by hand."""
    from alife.cli.progress import listener
    from alife.evolve import ecology
    from alife.insight.census import census
    from alife.sim.edits import load

    by_hand = load(edits) if edits else ()
    with listener() as told:
        outcome = ecology.begin(config, out, told, name, census, again, title, by_hand)
    tell(outcome, json, _in_words)
    return Path(outcome.run)


def go_on(run: Path, sets: Sequence[str] | None, options: Mapping[str, Any], more: int | None, json: bool, again: str) -> Path:
    """The same of one that is there."""
    from alife.cli.progress import listener
    from alife.evolve import ecology
    from alife.insight.census import census

    with listener() as told:
        outcome = ecology.resume(run, told, sets or (), options, more, census, again)
    tell(outcome, json, _in_words)
    return Path(outcome.run)


def _in_words(o: Outcome) -> str:
    """How it stands, where it is, what to try next."""
    world = Path(o.world).stem
    if o.extinct_at is None:
        first = f"{o.population:,} living at tick {o.ticks:,} of {world}; {o.stopped_by}."
    else:
        first = f"Extinct: nobody lives since tick {o.extinct_at:,} of {world}."
    speed = o.agent_ticks / o.seconds / 1e6 if o.seconds > 0 else 0.0
    lines = [
        first,
        f"{o.births:,} came into being (founders and migrants too), {o.deaths:,} died.",
        f"{o.agent_ticks:,} agent-ticks in {o.seconds:.1f} s, {speed:.2f} M a second. Seed {o.seed}, state {o.digest[:16]}.",
        "",
        f"Run folder: {o.run}",
        "Try next:",
    ]
    nexts = [
        (f"inspect {o.run}", "who lives, of what species, of what they die, what is in their minds"),
        (f"export {o.run} --phylogeny tree.csv", "who descends from whom; --metrics has the time series"),
    ]
    if o.extinct_at is None:
        nexts.insert(0, (f"run {o.run} --ticks {max(1000, o.ticks)}", "go on for so many more ticks"))
    width = max(len(command) for command, _ in nexts)
    return "\n".join([*lines, *(f"  alife {command:<{width}}   {what}" for command, what in nexts)])


def _show(score: Any, who: str, json: bool) -> None:
    lived = f"{score.agent_ticks:,} agent-ticks in {score.seconds:.1f} s"
    tell(score, json, lambda score: f"{score_in_words(score, who)}\n{lived}")


COMMANDS = (run,)
