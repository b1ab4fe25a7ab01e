"""A run's mind in numbers: the champion of a problem over some lives, or an ecosystem as it was saved last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from alife.core.config import Config
from alife.core.contracts import is_ecosystem
from alife.core.errors import ConfigError
from alife.core.layout import Layout
from alife.core.parts import Part
from alife.core.settings import HeadSettings
from alife.evolve.run import config_of
from alife.insight import species
from alife.insight.champion import Lived, live
from alife.insight.forced import measured
from alife.insight.keys import entropy, numbered
from alife.insight.mind import gates_of, imagined, portrait, shows
from alife.insight.saved import ecosystem_of
from alife.insight.score import champion_of
from alife.insight.visits import addresses_told, keys_told
from alife.sim.agent import Agent
from alife.store.chronicle import PRUNED, SUMS
from alife.store.folder import RunFolder

MOST_AGENTS = 2000
"""Agents of an ecosystem whose genomes and keys are compared: a random sample."""
RECENT_ROWS = 10
"""Rows of the time series in which the newest value of a measure is looked for: a census is in every tenth."""
PLOTS = "inspect"
"""Folder in a run for the figures of its champion."""
DID = "did_"
"""Measures of the time series with this name count what was done."""


def inspect_run(
    run: Path, lives: int = 64, overrides: Sequence[str] = (), note: Callable[[str], None] = lambda text: None, plots: bool = False
) -> dict[str, Any]:
    """Everything that `alife inspect` says, as plain data; `kind` is 'problem' or 'ecosystem'. `plots`: draw a champion's figures."""
    if lives < 1:
        raise ConfigError(f"--lives: expected a whole number >= 1, got {lives}")
    folder = RunFolder.open(run)
    config = config_of(folder)
    if not is_ecosystem(config.world.module):
        return inspect_forced(run, lives, overrides, folder.path / PLOTS if plots else None)
    if overrides:
        raise ConfigError(f"--set: {run} is an ecosystem, which is inspected as it was saved")
    return inspect_ecosystem(folder, config, note)


# ---- a problem ----


class Looked(NamedTuple):
    """A champion over some lives."""

    agent: Agent
    genome: np.ndarray
    lived: Lived
    gates: np.ndarray | None
    """bool (ticks, layers of both halves, units); None where the controller tells none"""
    layers_in: int
    """layers of the first half"""
    found: dict[str, Any]
    """what `alife inspect` says of it"""


def look(run: Path, lives: int, overrides: Sequence[str] = ()) -> Looked:
    """The champion of a problem on the first lives of `alife score`."""
    config, agent, genome = champion_of(run, overrides)
    agent.compile()
    lived = live(agent, genome, lives)
    layout, shaped = agent.layout, genome.reshape(agent.shape)
    mind = portrait(agent.controller, layout, shaped, lived.ticks)
    found: dict[str, Any] = {"run": str(run), "kind": "problem", "world": config.world.kind, "lives": lived.lives, "mind": mind}
    found["memory"] = {"norms": lived.norms} | ({} if lived.fill is None else {"fill": lived.fill})
    found["memory"]["addresses"] = addresses_told(lived, layout)
    if not shows(agent.controller):
        return Looked(agent, genome, lived, None, 0, found)
    gates, layers_in = gates_of(agent.controller, layout, shaped, lived.ticks)
    mind["keys"]["halves"] = keys_told(lived, layout, gates, layers_in)
    return Looked(agent, genome, lived, gates, layers_in, found)


def inspect_champion(run: Path, lives: int, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """The champion of a problem, free."""
    return look(run, lives, overrides).found


def inspect_forced(run: Path, lives: int, overrides: Sequence[str], plots: Path | None) -> dict[str, Any]:
    """The champion of a problem, free, then with its gates held; figures go into the folder `plots`."""
    looked = look(run, lives, overrides)
    held = None if looked.gates is None else measured(looked.agent, looked.genome, looked.gates, looked.layers_in, looked.lived.lives)
    found = {**looked.found, "forced": None if held is None else held.told, "plots": []}
    if plots is not None:
        from alife.insight.figures import drawn

        found["plots"] = [str(path) for path in drawn(looked, held, plots)]
    return found


# ---- an ecosystem ----


def inspect_ecosystem(folder: RunFolder, config: Config, note: Callable[[str], None]) -> dict[str, Any]:
    """An ecosystem at its newest sound checkpoint, and what its chronicle tells."""
    from alife.store import chronicle

    ecosystem, _ = ecosystem_of(folder, config, note)
    head = {"run": str(folder.path), "kind": "ecosystem", "world": config.world.kind, "tick": ecosystem.tick}
    with chronicle.read(folder.database) as reader:
        record = recorded(reader, ecosystem.causes, ecosystem.tick - RECENT_ROWS * config.run.record)
    return {**head, **described(ecosystem), **record}


def described(ecosystem: Any) -> dict[str, Any]:
    """The living: population, species, the mind of a typical one, its memory."""
    now, controller, layout = ecosystem.snapshot(), ecosystem.config.controller, ecosystem.layout
    order = np.argsort(now["id"], kind="stable")  # the oldest lead their species
    now = {name: column[order] for name, column in now.items()}
    n = len(now["id"])
    kinds, members = np.unique(now["kind"], return_counts=True)
    result: dict[str, Any] = {
        "population": n,
        "genes": ecosystem.genes,
        **{name: _spread(now[name]) if name in now else None for name in ("age", "energy")},
        "kinds": {str(kind): count for kind, count in zip(kinds.tolist(), members.tolist(), strict=True)},
        "species": None,
        "typical": None,
        "mind": None,
        "behaviour": None,
        "memory": None,
    }
    memories = ecosystem.memories()
    if memories is not None and n:
        sizes = np.sqrt((memories.astype(np.float64) ** 2).reshape(n, -1).sum(axis=1))
        result["memory"] = {"norm": _spread(sizes), "blank": float((sizes == 0).mean())}
        if ecosystem.config.memory.offers("fill"):
            result["memory"]["fill"] = _spread(ecosystem.fills())
    if n:
        some = species.sample(n, MOST_AGENTS)
        genomes = now["genomes"][some]
        result |= _minds(controller, layout, genomes, now["id"][some], ecosystem.config.head)
    return result


def _minds(controller: Part, layout: Layout, genomes: np.ndarray, ids: np.ndarray, head: HeadSettings) -> dict[str, Any]:
    """Species of genomes (n, genes), by id; the portrait of the genome in the middle of the largest; behaviour."""
    scale = species.yardstick(controller, layout.width)
    labels = species.by_genome(genomes, scale=scale)
    found: dict[str, Any] = {"compared": len(ids), "genome": _sizes(labels, ids, species.GENOME_THRESHOLD), "key": None}
    inside = np.flatnonzero(labels == np.argmax(np.bincount(labels)[: species.MOST]))
    middle = np.median(genomes[inside], axis=0)
    typical = inside[int(np.argmin(np.abs(genomes[inside] - middle).sum(axis=1, dtype=np.float64)))]
    same = numbered(genomes)
    result: dict[str, Any] = {
        "species": found,
        "typical": {"id": int(ids[typical]), "copies": int((same == same[typical]).sum())},
    }
    if not shows(controller):
        return result
    battery = species.probes(layout)
    keys = species.gate_keys(controller, layout, genomes, battery[:16])
    found["key"] = _sizes(species.by_key(keys), ids, species.KEY_THRESHOLD)
    chosen = species.responses(controller, layout, genomes, battery)
    actions = len(layout.actions)
    genome = genomes[typical].reshape(controller.ask("shape", layout.width))
    share = species.shares(chosen, actions)
    spread = float(np.mean([entropy(chosen[:, i]) for i in range(len(battery))]))
    result["mind"] = portrait(controller, layout, genome, imagined(controller, layout, genome, battery, head))
    result["behaviour"] = {
        "probes": len(battery),
        "actions": dict(zip(layout.actions, share.mean(axis=0).tolist(), strict=True)),
        "entropy": spread,
        "drift_floor": species.drift_floor(chosen, actions),
    }
    return result


def _sizes(labels: np.ndarray, ids: np.ndarray, threshold: float) -> dict[str, Any]:
    """How many species, and the ten largest: members, id of the leader, its oldest; `alone` are like no leader."""
    counts = np.bincount(labels, minlength=species.MOST + 1)
    known = counts[: species.MOST]
    order = [int(k) for k in np.argsort(-known, kind="stable")[:10] if known[k]]
    largest = [{"leader": int(ids[np.argmax(labels == k)]), "members": int(known[k])} for k in order]
    alone = int(counts[species.MOST])
    return {"threshold": threshold, "count": int((known > 0).sum()), "alone": alone, "entropy": entropy(labels), "largest": largest}


def _spread(values: np.ndarray) -> dict[str, float] | None:
    """Quartiles and the largest, None of nothing."""
    if not len(values):
        return None
    low, median, high, most = np.quantile(values.astype(np.float64), (0.25, 0.5, 0.75, 1)).tolist()
    return {"low": low, "median": median, "high": high, "most": most}


def recorded(reader: Any, causes: Sequence[str], since: int = 0) -> dict[str, Any]:
    """What a chronicle tells: deaths of all times and of the last tenth of the time, the newest value >= `since` of each measure.

    Where some are forgotten, those that are left died childless less often than most. So counts and means of all times come
    from sums, and quartiles from the deaths after `forgotten.until`, which are all there.
    """
    deaths, newest = reader.deaths(), _newest(reader.series(since - 1))
    kept, until, sums = len(deaths["tick"]), int(reader.number(PRUNED, -1)), reader.document(SUMS) or None
    deaths = {name: column[deaths["tick"] > until] for name, column in deaths.items()}
    late = deaths["tick"] > 0.9 * (deaths["tick"].max() if len(deaths["tick"]) else 0)
    forgotten = None if until < 0 else {"until": until, "deaths_kept": kept}
    acts = {name.removeprefix(DID): value for name, value in newest.items() if name.startswith(DID)}
    total = sum(acts.values()) or 1.0
    return {
        "deaths": {
            "all": _deaths(deaths, causes, sums if forgotten else None),
            "late": _deaths({name: column[late] for name, column in deaths.items()}, causes),
        },
        "forgotten": forgotten,
        "acts": {name: value / total for name, value in acts.items()},
        "newest": newest,
    }


def _deaths(columns: dict[str, np.ndarray], causes: Sequence[str], sums: dict[str, Any] | None = None) -> dict[str, Any]:
    """Of these rows; with `sums`, how many, causes and means are theirs."""
    if sums is None:
        n = len(columns["tick"])
        counts = dict(enumerate(np.bincount(columns["cause"].astype(np.int64)).tolist()))
        totals = {name: float(columns[name].sum()) for name in ("age", "intake", "children")}
    else:
        n, totals, counts = sums["deaths"], sums, {int(cause): count for cause, count in sums["causes"].items()}
    names = {i: causes[i] if i < len(causes) else f"cause {i}" for i in sorted(counts)}
    return {
        "deaths": n,
        "causes": {name: counts[i] / n for i, name in names.items() if counts[i]},
        "age": _spread(columns["age"]),
        "intake": _spread(columns["intake"]),
        **{f"{name}_mean": totals[name] / n if n else None for name in ("age", "intake")},
        "children": totals["children"] / n if n else None,
    }


def _newest(series: dict[str, Any]) -> dict[str, float]:
    """The last value of every name: name -> (ticks, values)."""
    return {name: float(values[-1]) for name, (_, values) in series.items() if len(values)}
