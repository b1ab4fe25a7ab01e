"""The page of an ecosystem: who lives, of what they die, how it went, who descends from whom."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from alife.core import registry
from alife.core.config import Config
from alife.core.errors import InputError
from alife.evolve.run import config_of
from alife.insight.inspect import inspect_ecosystem
from alife.insight.kin import Kin, Tree
from alife.insight.report import charts
from alife.insight.report.charts import Line
from alife.insight.report.facts import command_of, object_in
from alife.insight.report.html import Section, code, document, duration, figure, image, number, paragraph, strip, table, text, tile
from alife.insight.report.mind import mind_of
from alife.insight.report.problem import Pictures, further, plain_of
from alife.store import chronicle
from alife.store.folder import RunFolder

MOST_BIRTHS, MOST_LINES = 400_000, 48
"""Births up to which the tree is drawn; living agents whose lines are drawn."""
_CHARTS = (
    ("population", "The living", ("population",), "agents"),
    ("turnover", "Born and dead, between two rows of the record", ("births", "deaths"), "agents"),
    ("lives", "Ticks of a life, mean of those that ended", ("lifetime",), "ticks"),
    ("kinds", "Equally large species as diverse as those that live", ("effective_genome", "effective_key"), "species"),
    ("food", "Share of meals that nourish", ("meals_right",), "share"),
    ("drift", "How far behaviour moved since the last census, and what sampling makes", ("behaviour_change", "behaviour_floor"), "share"),
)  # fmt: skip


class Family(NamedTuple):
    """How the living hang together by their mothers."""

    tree: Tree
    shown: int
    """of the living whose lines are drawn"""
    founders: int
    """first mothers of all the living, as far back as births are kept"""
    largest: float
    """share of the living that descend from one of these"""
    births: int


class Told(NamedTuple):
    """Everything that the page tells."""

    path: Path
    config: Config
    found: dict[str, Any]
    """of `alife inspect`"""
    series: dict[str, tuple[np.ndarray, np.ndarray]]
    events: list[tuple[int, str]]
    family: Family | None
    """None: too many births, or nobody lives"""
    summary: dict[str, Any]
    """numbers of how it ended, as far as it did"""
    state: str
    versions: dict[str, str]
    command: str


def told_of(run: Path, note: Callable[[str], None] = lambda text: None) -> Told:
    """Of an ecosystem's run, as it was saved last. InputError: it is damaged."""
    folder = RunFolder.open(run)
    config = config_of(folder)
    found = inspect_ecosystem(folder, config, note)
    with chronicle.read(folder.database) as reader, reader.frozen():
        series, state = reader.series(), reader.get("state") or "empty"
        events = [(event.tick, event.text) for event in reader.events()]
        summary, versions = (object_in(reader.get(key) or "{}", folder.database) for key in ("summary", "versions"))
        family = _family(reader, found["tick"])
    if not all(type(tick) is int and type(words) is str for tick, words in events):
        raise InputError(f"{folder.database} is damaged: an event is none")
    plain = {key: value for key, value in summary.items() if type(value) in (int, float, str) and _is_small(value)}
    return Told(
        run, config, found, series, events, family, plain, state, {str(k): str(v)[:100] for k, v in list(versions.items())[:10]},
        command_of(config, "run"),
    )  # fmt: skip


def _is_small(value: Any) -> bool:
    return not isinstance(value, int | float) or abs(value) < 1 << 63


def _family(reader: chronicle.Reader, tick: int) -> Family | None:
    kin, births = Kin(most=2 * MOST_BIRTHS), 0
    for part in reader.lineage():
        births += len(part["id"])
        if births > MOST_BIRTHS:
            return None
        died = np.flatnonzero((part["died"] >= 0) & (part["died"] <= tick))
        gone = {"id": part["id"][died], "tick": part["died"][died], "cause": np.zeros(len(died), np.int64)}
        here = part["born"] <= tick
        kin.add({"id": part["id"][here], "tick": part["born"][here], "mother": part["mother"][here], "father": part["father"][here]}, gone)
    living = kin["id"][kin["died"] < 0]
    if not len(living):
        return None
    roots = np.where(kin["up"] < 0, np.arange(len(kin)), np.minimum(kin["up"], np.arange(len(kin))))
    while not np.array_equal(roots, roots[roots]):
        roots = roots[roots]
    _, counts = np.unique(roots[kin["died"] < 0], return_counts=True)
    tree = kin.line(living, MOST_LINES, tick)
    return Family(tree, int(tree.living.sum()), len(counts), float(counts.max() / counts.sum()), births)


# ---- the page ----


def page(of: Told, pictures: Pictures | None) -> str:
    """HTML of an ecosystem, with or without its film."""
    name = f"{registry.title(of.config.world.kind)}, seed {of.config.run.seed}"
    found, summary = of.found, of.summary
    seconds = summary.get("seconds")
    tiles = [
        tile(number(found["population"]), "living"), tile(number(found["tick"]), "ticks"),
        tile(number(_int(summary, "births")), "came into being"),
        tile(number(found["deaths"]["all"]["deaths"]), "died"), tile(number(_int(summary, "agent_ticks")), "agent-ticks"),
        tile(duration(float(seconds)) if isinstance(seconds, int | float) else "–", "of time"),
    ]  # fmt: skip
    kicker = paragraph(f"alife report · {text(of.path.resolve().name)}", "kicker")
    lede = [kicker, f"<h1>{text(name)}</h1>", paragraph(verdict(of), "verdict"), strip(tiles, "tiles")]
    return document(f"{name} – alife report", lede, [
        Section("asked", "What was asked", _asked(of)),
        Section("world", "How it looks", _film(pictures)),
        Section("time", "How it went", _time(of)),
        Section("deaths", "Of what they die", _deaths(of)),
        Section("deeds", "What they do", _deeds(of)),
        Section("species", "Who lives", _species(of)),
        Section("lineage", "Who descends from whom", _lineage(of)),
        Section("mind", "A typical mind", _mind(of)),
        Section("events", "What happened besides", _events(of)),
        Section("again", "How to get it again", _again(of)),
    ])  # fmt: skip


def _int(of: dict[str, Any], key: str) -> int | None:
    return of[key] if type(of.get(key)) is int else None


def verdict(of: Told) -> str:
    """How it stands, in two sentences."""
    found = of.found
    causes = sorted(found["deaths"]["all"]["causes"].items(), key=lambda item: -item[1])
    death = f" Most die of <b>{text(causes[0][0])}</b> ({causes[0][1]:.0%})." if causes else ""
    if not found["population"]:
        at = _int(of.summary, "extinct_at")
        return f"<b>Extinct</b>: nobody lives{f' since tick {at:,}' if at is not None else ''}.{death}"
    kin = found["species"]["genome"]
    kinds = f"{kin['count']:,} species by genome" if kin["count"] != 1 else "one species by genome"
    blank = found["memory"]
    memory = f" {1 - blank['blank']:.0%} of them hold something in memory." if blank else ""
    return f"<b>{found['population']:,} live</b> at tick {found['tick']:,}, of {kinds}.{death}{memory}"


def _asked(of: Told) -> list[str]:
    params = of.config.world.params
    fields = type(params).model_fields
    values, plain = params.model_dump(mode="json"), type(params)().model_dump(mode="json")
    rows = [
        (text(key), f"{text(plain_of(value))}{f' · {text(fields[key].description)}' if key in fields and fields[key].description else ''}")
        for key, value in values.items() if key in ("rows", "columns", "founders", "most") or value != plain.get(key)
    ][:40]  # fmt: skip
    run = of.config.run
    controller, memory = (text(registry.title(part.kind)) for part in (of.config.controller, of.config.memory))
    rows.append(("mind", f"{controller}, {of.found['genes']:,} genes; memory {memory}"))
    rows.append(("budget", f"{run.ticks:,} ticks" if run.ticks else "no end in ticks"))
    said = paragraph(text(" ".join((of.config.world.module.__doc__ or "").split("\n\n")[0].split()), 400))
    more = paragraph("Of the world only what differs from its defaults, and its size. The command that repeats it:", "small")
    return [said, table(("", ""), rows, "words"), more, code(_command(of))]


def _command(of: Told) -> str:
    by_hand = " --edits edits.json" if RunFolder(of.path).edits.exists() else ""
    return f"{of.command if len(of.command) <= 300 else 'alife run config.yaml'}{by_hand}"


def _film(pictures: Pictures | None) -> list[str]:
    if pictures is None:
        return [paragraph("There is no film of it here; <code>alife watch</code> shows it.", "small")]
    film = image("gif", pictures.film, "film of the world", "film")
    return [figure(film, f"{text(pictures.words, 300)}, in a copy. Agents are coloured by species.")]


def _time(of: Told) -> list[str]:
    drawn = []
    for name, caption, measures, unit in _CHARTS:
        known = [(one, *of.series[one]) for one in measures if one in of.series]
        lines = [Line(one.replace("_", " "), ticks, charts.finite(v)) for one, ticks, v in known if np.isfinite(v).sum() > 1]
        if lines:
            drawn.append(figure(charts.lines(name, lines, "tick", unit, caption), f"{caption}."))
    if not drawn:
        return [paragraph("The record has no row yet.", "small")]
    return [strip(drawn, "two"), paragraph("All measures: <code>alife export --metrics</code>.", "small")]


def _deaths(of: Told) -> list[str]:
    whole, late = of.found["deaths"]["all"], of.found["deaths"]["late"]
    if not whole["deaths"]:
        return [paragraph("Nobody has died.")]
    causes = [(name[:24], share) for name, share in whole["causes"].items()]
    left = figure(charts.shares("causes", causes, "causes of death"), f"Causes of {whole['deaths']:,} deaths.")
    rows = []
    for words, of_these in (("all", whole), ("the last tenth", late)):
        age, intake = of_these["age"], of_these["intake"]
        ages = [number((age or {}).get(key), 0) for key in ("low", "median", "high", "most")]
        rows.append((words, f"{of_these['deaths']:,}", *ages, number((intake or {}).get("median"), 0), number(of_these["children"], 2)))
    heads = ("", "deaths", "age: quartile", "median", "quartile", "oldest", "intake: median", "children")
    kept = of.found["forgotten"]
    note = [paragraph(f"Ages are of deaths after tick {kept['until']:,}: of those before only sums are kept.", "small")] if kept else []
    return [strip([left, strip([table(heads, rows), *note], "right")], "two")]


def _deeds(of: Told) -> list[str]:
    found = of.found
    parts = []
    if found["acts"]:
        acts = sorted(found["acts"].items(), key=lambda item: -item[1])[:16]
        drawn = charts.shares("acts", [(name[:24], share) for name, share in acts], "what is done")
        parts.append(figure(drawn, "What was done, in shares, in the newest row of the record."))
    used = [(name.removeprefix("memory_"), value) for name, value in found["newest"].items() if name.startswith("memory_")]
    if used:
        drawn = charts.shares("used", [(name[:24], share) for name, share in used], "what memories do")
        parts.append(figure(drawn, "Shares of ticks in which a mind does that with its memory."))
    return [strip(parts, "two")] if parts else []


def _species(of: Told) -> list[str]:
    found = of.found
    rows = [
        (name, *(number(value, 0) for value in found[name].values())) for name in ("age", "energy") if found[name] is not None
    ] + ([("memory, norm", *(number(v, 3) for v in found["memory"]["norm"].values()))] if found["memory"] else [])  # fmt: skip
    parts = [table(("of the living", "quartile", "median", "quartile", "most"), rows)] if rows else []
    for way, words in (("genome", "by genome"), ("key", "by what opens their gates")):
        kin = (found["species"] or {}).get(way)
        if kin:
            largest = [(f"led by agent {row['leader']:,}", f"{row['members']:,}", f"{row['members'] / found['species']['compared']:.0%}")
                       for row in kin["largest"]]  # fmt: skip
            parts.append(table((f"{kin['count']:,} species {words}", "members", "share"), largest))
    return [strip(parts, "two")] if parts else []


def _lineage(of: Told) -> list[str]:
    family = of.family
    if family is None:
        return [
            paragraph("No tree here: nobody lives, or too many births are kept. <code>alife export --phylogeny</code> writes all.", "small")
        ]
    mothers = f"{family.founders:,} first mother{'s' * (family.founders != 1)}"
    depth = of.found["newest"].get("generation")
    mean = f" The mean of the living is generation {number(depth, 0)}." if depth is not None and math.isfinite(depth) else ""
    said = (f"By their mothers the living go back to {mothers}, as far as births are kept ({family.births:,}); {family.largest:.0%} of "
            f"them to one of these.{mean}")  # fmt: skip
    drawn = charts.tree(family.tree)
    caption = f"Lines of the mothers of {family.shown:,} of the living, from the left; where two meet is a common mother."
    return [paragraph(said), figure(drawn, caption)]


def _mind(of: Told) -> list[str]:
    found = of.found
    if not found["mind"]:
        return []
    typical, deeds = found["typical"], found["behaviour"]
    said = (f"Agent {typical['id']:,}, amid the largest species, on {deeds['probes']:,} standard observations with a blank memory. Two "
            f"halves of the population differ by {number(deeds['drift_floor'], 3)} in what they do.")  # fmt: skip
    return [paragraph(said), *mind_of({"mind": found["mind"]})]


def _events(of: Told) -> list[str]:
    rows = [(f"tick {tick:,}", text(words)) for tick, words in of.events[:20]]
    more = [paragraph(f"And {len(of.events) - 20:,} more.", "small")] if len(of.events) > 20 else []
    return [table(("", ""), rows, "words"), *more] if rows else []


def _again(of: Told) -> list[str]:
    rows = [
        ("how it stands", text(of.state)),
        ("state", f"<code>{text(of.summary.get('digest', '–'))}</code>"),
        ("seed", str(of.config.run.seed)),
        *((text(name), f"<code>{text(version)}</code>") for name, version in of.versions.items()),
    ]
    name = shlex.quote(of.path.resolve().name)
    ticks = max(1000, of.found["tick"])
    nexts = (f"run {name} --ticks {ticks}", f"inspect {name}", f"export {name} --phylogeny tree.csv", f"watch {name}")
    said = paragraph("The same command, versions and seed give the same bytes on any number of threads; then the state has this digest.")
    return [code(_command(of)), said, table(("", ""), rows, "words"), further([f"alife {command}" for command in nexts])]


def numbers(of: Told) -> dict[str, Any]:
    """What `--json` prints of it."""
    return {
        "run": str(of.path), "kind": "ecosystem", "world": of.config.world.kind, "seed": of.config.run.seed, "state": of.state,
        "tick": of.found["tick"], "population": of.found["population"], "species": of.found["species"], "deaths": of.found["deaths"],
        "newest": of.found["newest"], "first_mothers": of.family.founders if of.family else None, "command": _command(of),
    }  # fmt: skip
