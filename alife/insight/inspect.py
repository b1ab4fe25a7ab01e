"""A run's mind in numbers: the champion of a problem over some lives, or an ecosystem as it was saved last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from alife.core import rng
from alife.core.config import Config
from alife.core.contracts import is_ecosystem
from alife.core.errors import ConfigError
from alife.core.lanes import LANES
from alife.core.layout import Layout
from alife.core.parts import Part
from alife.core.settings import HeadSettings
from alife.evolve.judge import TEST
from alife.evolve.run import config_of
from alife.insight import species
from alife.insight.keys import entropy, numbered
from alife.insight.mind import Ticks, imagined, largest, portrait, shows
from alife.insight.saved import ecosystem_of
from alife.insight.score import champion_of
from alife.sim.agent import Agent
from alife.store.chronicle import PRUNED, SUMS
from alife.store.folder import RunFolder

MOST_TICKS = 40_000
"""Ticks that are looked at; lives after these are not begun, a life longer than that is looked at so far."""
MOST_WEIGHTS = 1 << 20
"""Weights of a block up to which the memory is looked at every tick; larger ones less often."""
MOST_AGENTS = 2000
"""Agents of an ecosystem whose genomes and keys are compared: a random sample."""
RECENT_ROWS = 10
"""Rows of the time series in which the newest value of a measure is looked for: a census is in every tenth."""
DID = "did_"
"""Measures of the time series with this name count what was done."""
QUARTERS = (0.25, 0.5, 0.75, 1.0)


def inspect_run(
    run: Path, lives: int = 64, overrides: Sequence[str] = (), note: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Everything that `alife inspect` says, as plain data; `kind` is 'problem' or 'ecosystem'."""
    if lives < 1:
        raise ConfigError(f"--lives: expected a whole number >= 1, got {lives}")
    folder = RunFolder.open(run)
    config = config_of(folder)
    if not is_ecosystem(config.world.module):
        return inspect_champion(run, lives, overrides)
    if overrides:
        raise ConfigError(f"--set: {run} is an ecosystem, which is inspected as it was saved")
    return inspect_ecosystem(folder, config, note)


# ---- a problem ----


class Lived(NamedTuple):
    """Ticks of one agent, and the size of its memory."""

    ticks: Ticks
    lives: int
    norms: list[float] | None
    """Frobenius norm of M after each of the QUARTERS of a life, mean over lives; None where the memory does not show it"""
    fill: float | None
    """share of the memory's Bloom filter that is set at the end of a life, mean over lives; None where it has none"""


def inspect_champion(run: Path, lives: int, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """The champion of a problem on the first lives of `alife score`."""
    config, agent, genome = champion_of(run, overrides)
    agent.compile()
    lived = live(agent, genome, lives)
    mind = portrait(agent.controller, agent.layout, genome.reshape(agent.shape), lived.ticks)
    head = {"run": str(run), "kind": "problem", "world": config.world.kind, "lives": lived.lives}
    return {**head, "mind": mind, "memory": {"norms": lived.norms} | ({} if lived.fill is None else {"fill": lived.fill})}


def live(agent: Agent, genome: np.ndarray, lives: int) -> Lived:
    """Tick by tick in the compiled kernels; fewer lives than asked for where they have MOST_TICKS."""
    block, w = agent.block(), agent.in_lanes(np.repeat(genome[None], LANES, axis=0))[0]
    rounds = -(-lives // LANES)
    seeds = rng.bits(rounds * LANES, rng.key(agent.config.run.seed, TEST)).reshape(rounds, LANES)
    rows: list[tuple[np.ndarray, ...]] = []
    norms: list[np.ndarray] = []
    fills: list[np.ndarray] = []
    fill = getattr(agent.memory.module, "fill", None)
    ticks = done = 0
    for row in seeds:
        wanted = np.arange(LANES) < lives - done
        sizes: list[np.ndarray] = []
        full = np.zeros(LANES)
        for seen, alive, size in _steps(agent, block, w, row, wanted):
            rows.append(seen)
            ticks += len(seen[0])
            sizes.append(np.where(alive, size, np.nan) if size is not None else np.zeros(0))
            full = np.where(alive, fill(block.memory), full) if fill is not None else full
            if ticks >= MOST_TICKS:
                break
        norms += [_quarters(np.array(sizes)[:, lane]) for lane in range(int(wanted.sum())) if len(sizes[0])]
        fills.append(full[wanted])
        done += int(wanted.sum())
        if ticks >= MOST_TICKS:
            break
    joined = Ticks(*(np.concatenate(columns) for columns in zip(*rows, strict=True)))
    share = float(np.concatenate(fills).mean()) if fill is not None else None
    return Lived(joined, done, np.mean(norms, axis=0).tolist() if norms else None, share)


def _steps(
    agent: Agent, block: Any, w: np.ndarray, seeds: np.ndarray, wanted: np.ndarray
) -> Iterator[tuple[tuple[np.ndarray, ...], np.ndarray, Any]]:
    """One life in each lane: the columns of Ticks for the wanted lanes that live, which these are, and norms of M (LANES,)."""
    kernels, contents = agent.kernels, getattr(agent.memory.module, "contents", None)
    kernels.begin(block, seeds)
    size, step, every = None, 0, 1
    while (alive := (block.alive > 0) & wanted).any() and step < agent.longest:
        kernels.see(block)
        seen = block.x.copy()
        kernels.think(block, w)
        if contents is not None and step % every == 0:
            m = contents(block.memory)
            every = 1 + m.size // MOST_WEIGHTS
            size = np.sqrt((m.astype(np.float64) ** 2).reshape(-1, LANES).sum(axis=0))
        yield (*(np.ascontiguousarray(a[:, alive].T) for a in (seen, block.r, block.h, block.x)), block.g[0, alive]), alive, size
        kernels.do(block)
        step += 1


def _quarters(sizes: np.ndarray) -> np.ndarray:
    """Of one life, (ticks,), NaN after its end: the size at the end of each quarter."""
    known = sizes[~np.isnan(sizes)]
    return np.array([known[int(np.ceil(q * len(known))) - 1] for q in QUARTERS])


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


# ---- in words ----


def words(found: dict[str, Any]) -> list[str]:
    """What `alife inspect` prints, at most some sixty lines."""
    if found["kind"] == "problem":
        norms = found["memory"]["norms"]
        filled = f"; filter {found['memory']['fill']:.1%} full" if "fill" in found["memory"] else ""
        quarters = "" if norms is None else f"; norm of M after each quarter of a life {' '.join(f'{v:.2f}' for v in norms)}"
        lived = f"{found['lives']:,} lives of {found['mind']['ticks']:,} ticks together"
        return [_line("champion", f"{found['run']}, {found['world']}, {lived}"), *_mind(found["mind"], quarters + filled)]
    memory, kin, deeds = found["memory"], found["species"], found["behaviour"]
    lines = [_line("ecosystem", f"{found['run']}, {found['world']}, tick {found['tick']:,}")]
    kinds = ", ".join(f"{n:,} of type {kind}" for kind, n in list(found["kinds"].items())[:6])
    lines.append(_line("population", f"{found['population']:,}" + (f": {kinds}" if len(found["kinds"]) > 1 else "")))
    for name in ("age", "energy"):
        lines.append(_line(name, _quartiles(found[name])))
    if memory:
        lines.append(_line("memory", f"norm of M {_quartiles(memory['norm'])}; blank in {memory['blank']:.0%}"))
    if memory and "fill" in memory:
        lines.append(_line("filter", f"share set {_quartiles(memory['fill'])}"))
    lines += _dead(found["deaths"], found["forgotten"])
    lines.append(_line("acts", _shares(found["acts"])))
    used = {name.removeprefix("memory_"): value for name, value in found["newest"].items() if name.startswith("memory_")}
    if used:
        lines.append(_line("of minds", f"{_shares(used)} of ticks"))
    for way in ("genome", "key") if kin else ():
        if kin[way]:
            lines.append(_line(f"by {way}", _species(kin[way], kin["compared"])))
    if deeds:
        apart = f"halves of the population differ by {deeds['drift_floor']:.3f}"
        lines.append(_line("on probes", _shares(deeds["actions"])))
        lines.append(_line("", f"entropy {deeds['entropy']:.2f} bits a probe; {apart}"))
    if found["mind"]:
        who = f"agent {found['typical']['id']:,}, amid the largest species (copies: {found['typical']['copies']})"
        lines += ["", f"{who}, on {deeds['probes']} probes with a blank memory"]
        lines += _mind(found["mind"], "", spare=len(lines))
    return lines


def _line(name: str, text: str) -> str:
    return f"{name:<12} {text}"


def _shares(of: dict[str, float], most: int = 12) -> str:
    ranked = sorted(of.items(), key=lambda item: -item[1])[:most]
    return ", ".join(f"{name} {share:.1%}" for name, share in ranked if share > 0) or "-"


def _quartiles(of: dict[str, float] | None) -> str:
    return "-" if of is None else f"{of['median']:,.4g} (quarters {of['low']:,.4g} to {of['high']:,.4g}, most {of['most']:,.4g})"


def _species(of: dict[str, Any], compared: int) -> str:
    sizes = " ".join(f"{row['members']:,}" for row in of["largest"])
    alone = f"; {of['alone']:,} are like none of these" if of["alone"] else ""
    return f"{of['count']:,} species of {compared:,} agents, members {sizes}{' ..' if of['count'] > 10 else ''}{alone}"


def _dead(of: dict[str, Any], forgotten: dict[str, int] | None) -> list[str]:
    whole = of["all"]
    lines = [_line("deaths", f"{whole['deaths']:,}: {_shares(whole['causes'])}")]
    if forgotten:
        means = f"mean age {whole['age_mean']:,.4g}, intake {whole['intake_mean']:,.4g}, children {whole['children']:.2f}"
        kept = f"{forgotten['deaths_kept']:,} are kept: after tick {forgotten['until']:,} all, before it ancestors only"
        lines += [_line("", means), _line("", kept)]
    for name, rows in of.items():
        if rows["age"] is not None:
            children = "" if forgotten and name == "all" else f", children {rows['children']:.2f}"
            meant = f"age {_quartiles(rows['age'])}, intake {rows['intake']['median']:,.4g}{children}"
            lines.append(_line("  of late" if name == "late" else "  since" if forgotten else "", meant))
    return lines


def _mind(mind: dict[str, Any], memory: str, spare: int = 1) -> list[str]:
    """A portrait; the condensed map takes the lines that are left of sixty."""
    gate, recall, keys, condensed = mind["gate"], mind["recall"], mind["keys"], mind["map"]
    lines = [
        _line("head moves", _shares(mind["moves"]) + ("" if mind["parts"] is None else f"; parts in {mind['parts']:.1%} of ticks")),
        _line("write gate", f"mean {gate['mean']:.2f}; open in {gate['open']:.1%} of ticks, fully in {gate['full']:.1%}"),
        _line("recall", f"{recall['rms']:.3f} in the mean square, not 0 in {recall['not_0']:.1%} of ticks{memory}"),
        _line("above 0", _shares({name: row["above_0"] for name, row in mind["actions"].items()})),
        _line("strongest", _shares({name: row["strongest"] for name, row in mind["actions"].items()})),
    ]
    if keys is None:
        return [*lines, _line("gate keys", "this controller tells no gates (docs/extending.md: view)")]
    meant = f"{keys['distinct']:,} of {keys['inputs']:,} inputs, {keys['collisions']:,} collisions, {keys['entropy']:.2f} bits"
    lines += [
        _line("gate keys", meant),
        "",
        f"{'layer':<12} {'patterns':>9} {'bits':>7} {'dead':>6} {'always':>6} {'open':>7}",
    ]
    for row in keys["layers"][:10]:
        numbers = f"{row['distinct']:>9,} {row['entropy']:>7.2f} {row['dead']:>6} {row['always']:>6} {row['activity']:>7.1%}"
        lines.append(f"{row['layer']:<12} {numbers}")
    meant = f"other ticks differ by {condensed['differs']:.1%} of gates, error {condensed['residual']:.0e}"
    lines += ["", f"the map of the most typical tick ({meant})"]
    rows = list(condensed["outputs"].items())
    room = max(4, 59 - spare - len(lines))
    for name, row in rows[:room]:
        parts = "".join(f"{value:>+8.3f} {source:<14.14}" for source, value in largest(row, condensed["inputs"]))
        lines.append(f"{name:<14.14} {parts.rstrip() or '  0'}")
    return lines + [f"and {len(rows) - room} more (--json)"] * (len(rows) > room)
