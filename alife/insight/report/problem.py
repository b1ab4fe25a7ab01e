"""The page of a problem's run."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Sequence
from typing import Any, NamedTuple

from alife.core import config as configs
from alife.core import registry
from alife.evolve.run import Outcome
from alife.insight.ablate import ARMS
from alife.insight.controls import CONTROLS
from alife.insight.report import charts
from alife.insight.report.facts import Facts
from alife.insight.report.html import Section, code, document, duration, figure, image, number, paragraph, strip, table, text, tile
from alife.insight.report.mind import decision_of, mind_of
from alife.insight.report.path import path_of

ARM_NAMES = {
    "full": "its memory as it is", "memory_off": "emptied every tick", "memory_zeroed": "emptied when asked",
    "memory_scrambled": "rows scrambled", "writes_frozen": "late writes lost", "recurrent": "control: recurrent",
    "no_memory": "control: no memory",
}  # fmt: skip
_USELESS = 0.1
"""z below which an agent is no better than one without a memory (docs/design.md, 8)."""
MOST_PARAMETERS = 40


class Pictures(NamedTuple):
    """What the viewer has drawn of a run."""

    film: bytes
    """GIF"""
    still: bytes
    """PNG"""
    words: str


def page(of: Facts, pictures: Pictures | None) -> str:
    """HTML of a run, with or without its film."""
    name = title(of)
    lede = [
        paragraph(f"alife report · {text(of.name)}", "kicker"),
        f"<h1>{text(name)}</h1>",
        paragraph(verdict(of), "verdict"),
        strip(_tiles(of), "tiles"),
    ]
    return document(f"{name} – alife report", lede, [
        Section("asked", "What was asked", _asked(of)),
        Section("score", "What came out", _score(of)),
        Section("learning", "How it was learnt", _learning(of)),
        Section("memory", "Is the memory used?", _memory(of)),
        Section("champion", "The champion at work", _film(of, pictures)),
        Section("moment", "The moment that decides", decision_of(of)),
        Section("mind", "Its mind in numbers", mind_of(of.mind)),
        Section("path", "Where it comes from", path_of(of)),
        Section("trouble", "Trouble on the way", _trouble(of)),
        Section("again", "How to get it again", _again(of)),
    ])  # fmt: skip


def title(of: Facts) -> str:
    """World, or problem of the list, and seed."""
    return f"{of.problem.name if of.problem else registry.title(of.config.world.kind)}, seed {of.config.run.seed}"


def bounds(of: Facts) -> tuple[float, float]:
    """Ceiling and optimum."""
    return float(of.config.world.ask("ceiling")), float(of.config.world.ask("optimum"))


def best_known(of: Facts) -> tuple[float, float, float, float, str]:
    """Score, its interval, z, and on which lives: the final ones, those of the ablation, or those of validation."""
    if of.curves.outcome is not None:
        o = of.curves.outcome
        return o.score, o.low, o.high, o.z, f"{o.lives:,} lives it has never seen"
    if of.arms is not None:
        full = of.arms["full"]
        return full["score"], full["low"], full["high"], full["z"], f"{of.arms['lives']:,} lives it has never seen"
    last = {name: float(column[-1]) for name, column in of.curves.metrics.items()}
    return last["champion"], math.nan, math.nan, last["z"], f"the {of.config.evolve.validation:,} lives it was chosen by"


# ---- in words ----


def verdict(of: Facts) -> str:
    """What came out, in a sentence or two."""
    score, _, _, z, lives = best_known(of)
    ceiling, _ = bounds(of)
    first = f"{_ending(of.curves.outcome, of)} Its champion scores <b>{number(score)}</b> on {lives}; the best agent without a memory gets "
    return f"{first}{number(ceiling)}, so z = <b>{number(z, 3)}</b>. {used(of.arms)}"


def _ending(o: Outcome | None, of: Facts) -> str:
    done = int(of.curves.metrics["evaluations"][-1])
    if o is None:
        return f"Not at its end yet, after {done:,} evaluations."
    if o.solved:
        return f"<b>Solved</b> after {o.solved_evaluations or 0:,} evaluations."
    if o.solved_generation is not None:
        return f"<b>Almost</b>: it passed its test after {o.solved_evaluations or 0:,} evaluations, but not the final one."
    return f"<b>Not solved</b> in {done:,} evaluations."


def used(arms: dict[str, Any] | None) -> str:
    """Whether the memory is used, in one sentence."""
    if arms is None:
        return "Whether it uses its memory was not measured here: its lives are too long for a report."
    full, without = arms["full"], arms["memory_zeroed"] or arms["memory_off"]
    what = "emptied before every question" if arms["memory_zeroed"] else "emptied before every tick"
    if full["z"] < _USELESS:
        return "It is no better than an agent without a memory, so there is nothing that its memory could be used for."
    if not full["z"] > without["z"]:
        return f"<b>The memory is not used</b>: {what}, nothing is lost."
    z = f"{number(without['z'], 3)} (95 % interval {number(without['zlow'], 3)} to {number(without['zhigh'], 3)})"
    if not without["zhigh"] < full["zlow"]:
        return f"<b>Whether the memory is used is open</b>: {what}, z is {z}, which overlaps with that of the whole mind."
    if without["zlow"] < _USELESS:
        return f"<b>The memory is used</b>: {what}, z falls to {z}."
    return f"<b>The memory is used, but not for all</b>: {what}, z falls to {z}, more than without any."


# ---- chapters ----


def _tiles(of: Facts) -> list[str]:
    score, _, _, z, _ = best_known(of)
    last = of.curves.metrics
    return [
        tile(number(z, 3), "z of the champion"), tile(number(score), "its score"),
        tile(f"{int(last['evaluations'][-1]):,}", "evaluations"), tile(f"{int(last['generation'][-1]):,}", "generations"),
        tile(number(int(last["agent_ticks"][-1])), "agent-ticks"), tile(duration(of.curves.seconds), "in generations"),
    ]  # fmt: skip


def _asked(of: Facts) -> list[str]:
    config, docs = of.config, (of.config.world.module.__doc__ or "").split("\n\n")
    evolve, agent = config.evolve, of.agent
    rows = [("world", text(registry.title(config.world.kind)))]
    fields = type(config.world.params).model_fields
    for key, value in list(config.world.params.model_dump(mode="json").items())[:MOST_PARAMETERS]:
        meant = fields[key].description if key in fields else None
        rows.append((text(key), f"{text(plain_of(value))}{f' · {text(meant)}' if meant else ''}"))
    kinds = {name: text(registry.title(getattr(config, name).kind)) for name in ("controller", "memory", "selection", "strategy")}
    bred = f"{evolve.population:,} genomes a generation, {evolve.lives} lives each"
    moves = text(", ".join(config.head.moves))
    rows += [
        ("mind", f"{kinds['controller']}, {agent.layout.width} slots, {agent.genes:,} genes; head: {moves}"),
        ("memory", f"{kinds['memory']}, {_bits(of)}{agent.layout.values} values a place"),
        ("evolution", f"{bred}; selection {kinds['selection']}, strategy {kinds['strategy']}"),
        ("budget", _budget(of)),
        ("solved", f"z ≥ {evolve.solved:g}, lower end of the 95 % interval, on {evolve.report:,} fresh lives"),
    ]
    said = paragraph(text(" ".join(docs[0].split()), 400))
    return [said, table(("", ""), rows, "words"), paragraph("The command that repeats it:", "small"), code(of.command)]


def plain_of(value: Any) -> str:
    """A value of a config as in its file; intervals in words."""
    if isinstance(value, str):
        return value
    is_interval = isinstance(value, list) and len(value) == 2 and all(isinstance(end, int) for end in value)
    return f"{value[0]:,} to {value[1]:,}" if is_interval else json.dumps(value)


def _bits(of: Facts) -> str:
    bits = getattr(of.config.memory.params, "bits", None)
    return f"addresses of {bits:,} bits, " if isinstance(bits, int) and of.config.memory.kind != "none" else ""


def _budget(of: Facts) -> str:
    evolve = of.config.evolve
    limits = {"generations": evolve.generations, "evaluations": evolve.evaluations, "hours": evolve.hours}
    told = [f"{value:,} {name}" for name, value in limits.items() if value is not None]
    return (" or ".join(told) or "none") + (", or until solved and polished" if evolve.until_solved else "")


def _score(of: Facts) -> list[str]:
    score, low, high, _, lives = best_known(of)
    ceiling, optimum = bounds(of)
    known = math.isfinite(low) and math.isfinite(high)
    caption = f"Mean over {lives}" + (f"; 95 % interval {number(low)} to {number(high)}" if known else "") + "."
    left = figure(charts.ruler(score, low, high, ceiling, optimum), caption) if math.isfinite(score) else ""
    right = [paragraph("z says where a score lies between the two: 0 is the best agent without a memory, 1 the best agent. Both bounds "
                       "come from the world's own code.")]  # fmt: skip
    outcome = of.curves.outcome
    if outcome is not None:
        right.append(paragraph(f"It ended because: {text(outcome.stopped_by)}."))
    beside = _published(of)
    return [strip([strip([left], "left"), strip(right, "right")], "two"), *beside]


def _published(of: Facts) -> list[str]:
    problem, outcome = of.problem, of.curves.outcome
    if problem is None or not (problem.published or problem.evaluations):
        return []
    own = (outcome.solved_evaluations if outcome else None) or int(of.curves.metrics["evaluations"][-1])
    told = paragraph(f"Published: {text(problem.published, 400)}.", "small") if problem.published else ""
    if problem.evaluations is None:
        return ["<h3>Beside what is published</h3>", told, paragraph("No budget of evaluations is told there.", "small")]
    what = "up to its solution" if outcome and outcome.solved else "up to now, not solved"
    caption = (f"{own:,} evaluations {what}, a genome on {of.config.evolve.lives} lives each; the published budget is "
               f"{number(problem.evaluations / max(1, own), 0)} times that.")  # fmt: skip
    drawn = figure(charts.budget(own, problem.evaluations), caption)
    return ["<h3>Beside the published budget</h3>", strip([drawn, strip([told], "right")], "two")]


def _learning(of: Facts) -> list[str]:
    metrics, events = of.curves.metrics, of.curves.events
    restarts = [event.generation for event in events if event.kind == "restart"]
    solved = next((event.generation for event in events if event.kind == "solved"), None)
    ceiling, optimum = bounds(of)
    drawn = charts.curves(metrics, ceiling, optimum, restarts, solved)
    n = len(metrics["generation"])
    every = f" Of {n:,} generations {charts.MOST_POINTS} are drawn." if n > charts.MOST_POINTS else ""
    starts = " Dashed upright lines: a new start from other genomes." if restarts else ""
    caption = (
        "Best and median are means over the lives of selection, other lives in each generation; the champion is judged on lives of "
        f"its own.{starts}{every}"
    )
    champions = len(of.curves.champions)
    said = [paragraph(f"{champions} champion{'s' * (champions != 1)} in {n:,} generation{'s' * (n != 1)}, "
                      f"{len(restarts)} new start{'s' * (len(restarts) != 1)}.")]  # fmt: skip
    if solved is not None and solved < int(metrics["generation"][-1]):
        said.append(paragraph("After solving, selection goes on with longer lives, where the world knows such: best and median then "
                              "tell of harder lives."))  # fmt: skip
    rows = [(name, number(float(metrics[key][0]), 3), number(float(metrics[key][-1]), 3)) for name, key in (
        ("best", "best"), ("median", "median"), ("champion's z, validated", "z"), ("diversity of genes", "diversity"))]  # fmt: skip
    right = [*said, table(("", "first", "last"), rows)]
    return [strip([figure(drawn, caption), strip(right, "right")], "two")]


def _memory(of: Facts) -> list[str]:
    if of.arms is None:
        return [paragraph(used(None)), code(f"alife ablate {shlex.quote(of.name)}")]
    known = [(name, of.arms[name]) for name in (*ARMS, *CONTROLS) if of.arms[name] is not None]
    rows = [charts.Bar(ARM_NAMES[name], arm["z"], arm["zlow"], arm["zhigh"]) for name, arm in known if math.isfinite(arm["z"])]
    if not rows:
        return [paragraph(used(of.arms))]
    drawn = charts.bars("arms", rows, "z of the champion with its memory taken away in several ways")
    caption = f"The same {of.arms['lives']:,} lives each time, with 95 % intervals; <code>alife ablate</code> takes more."
    lines = [(ARM_NAMES[name], number(arm["score"]), number(arm["z"], 3)) for name, arm in known]
    missing = [ARM_NAMES[name] for name in ARMS if of.arms[name] is None]
    right = [table(("the memory", "score", "z"), lines)]
    if missing:
        right.append(paragraph(f"Not to be had here: {', '.join(missing)}; the world or the memory does not say when, or what.", "small"))
    if not any(of.arms[name] for name in CONTROLS):
        said = "Controls, a recurrent net and the same agents without a memory, were not evolved: <code>alife ablate --control</code>."
        right.append(paragraph(said, "small"))
    return [paragraph(used(of.arms)), strip([figure(drawn, caption), strip(right, "right")], "two")]


def _film(of: Facts, pictures: Pictures | None) -> list[str]:
    said = paragraph(f"Life {of.life.number + 1:,} of those that <code>alife score</code> takes." + ("" if of.life.number == 0 else
                     " In those before it the memory changes no answer."))  # fmt: skip
    if pictures is None:
        return [said, paragraph("There is no film of it here; <code>alife watch</code> shows it.", "small")]
    film = image("gif", pictures.film, "film of the champion", "film")
    still = image("png", pictures.still, "the world at the decisive moment", "film")
    shown = strip([figure(film, text(pictures.words, 300)), figure(still, "The same at the moment that decides.")], "two")
    return [said, shown]


def _trouble(of: Facts) -> list[str]:
    events, counters = of.curves.events, of.born
    restarts = sum(event.kind == "restart" for event in events)
    bad = of.curves.outcome.not_finite if of.curves.outcome else counters.get("not_finite", 0)
    ended = {"solved": "ended", "finished": "ended", "running": "running, or killed", "interrupted": "interrupted and saved"}
    rows = [
        ("the run", ended.get(of.curves.state, "stopped and saved, without a final report")),
        ("new starts", f"{restarts:,}"),
        ("scores that were no number", number(bad if type(bad) is int else None) + (", of lives that counted as the worst" if bad else "")),
    ]
    told = [(f"generation {event.generation:,}", text(event.text)) for event in events[:12] if event.kind != "solved"]
    more = [paragraph(f"And {len(events) - 12:,} more events.", "small")] if len(events) > 12 else []
    return [table(("", ""), rows, "words"), *([table(("", ""), told, "words"), *more] if told else [])]


def _again(of: Facts) -> list[str]:
    versions = of.curves.versions
    rows = [
        ("champion", f"<code>{of.digest}</code>"),
        ("born as", _birth(of)),
        ("seed", str(of.config.run.seed)),
        *((text(name), f"<code>{text(version)}</code>") for name, version in versions.items()),
    ]
    said = paragraph("The same command, versions and seed give the same bytes on any number of threads; then the champion has this "
                     "digest, its SHA-256. <code>sources</code> is the digest of the code that was compiled.")  # fmt: skip
    name = shlex.quote(of.name)
    nexts = [f"alife {verb} {name}" for verb in ("score", "ablate", "inspect", "watch")]
    for sets in of.problem.ladder.values() if of.problem else ():
        nexts.append(f"alife score {name} " + " ".join(f"--set {one}" for one in sets.split()))
    return [code(of.command), said, table(("", ""), rows, "words"), further(nexts)]


def further(commands: Sequence[str]) -> str:
    """Commands that look at a run."""
    return f"<h3>To look further</h3>{code(*commands)}"


def _birth(of: Facts) -> str:
    champion = of.born["champion_id"]
    generation, row = divmod(champion, of.config.evolve.population)
    return f"genome {row + 1} of generation {generation:,}" if champion >= 0 else "–"


def numbers(of: Facts) -> dict[str, Any]:
    """What `--json` prints of it."""
    score, low, high, z, lives = best_known(of)
    ceiling, optimum = bounds(of)
    outcome, line, decision = of.curves.outcome, of.lineage, of.life.decision
    return {
        "run": str(of.path), "kind": "problem", "world": of.config.world.kind, "seed": of.config.run.seed, "state": of.curves.state,
        "score": score, "low": low, "high": high, "z": z, "judged_on": lives, "ceiling": ceiling, "optimum": optimum,
        "solved": bool(outcome and outcome.solved), "evaluations": int(of.curves.metrics["evaluations"][-1]),
        "generations": int(of.curves.metrics["generation"][-1]), "champions": len(of.curves.champions),
        "restarts": sum(event.kind == "restart" for event in of.curves.events), "ablation": of.arms,
        "ancestors": line.ancestors if line else None, "digest": of.digest, "command": of.command,
        "decisive": None if decision is None else {"life": of.life.number + 1, "tick": decision.tick + 1, "changes": decision.changes},
        "config": configs.to_dict(of.config),
    }  # fmt: skip
