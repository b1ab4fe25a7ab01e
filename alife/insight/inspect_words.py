"""What `alife inspect` prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alife.insight.mind import largest
from alife.insight.nets import HALVES


def words(found: dict[str, Any]) -> list[str]:
    """What `alife inspect` prints, at most some sixty lines."""
    if found["kind"] == "problem":
        norms = found["memory"]["norms"]
        filled = f"; filter {found['memory']['fill']:.1%} full" if "fill" in found["memory"] else ""
        quarters = "" if norms is None else f"; norm of M after each quarter of a life {' '.join(f'{v:.2f}' for v in norms)}"
        lived = f"{found['lives']:,} lives of {found['mind']['ticks']:,} ticks together"
        lines = [_line("champion", f"{found['run']}, {found['world']}, {lived}")]
        more = [*_addresses(found["memory"].get("addresses")), *_keys(found["mind"]["keys"]), *_forced(found)]
        kept = [f"figures      {Path(path).parent}/*.png" for path in found.get("plots", [])[:1]]
        return [*lines, *_mind(found["mind"], quarters + filled, len(lines) + len(kept), more), *kept]
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


def _when(row: dict[str, Any]) -> str:
    """A row of `_when` in alife/insight/visits.py."""
    ticks = row["ticks"]
    span = f"{ticks['first']}-{ticks['last']}" if ticks["first"] < ticks["last"] else f"{ticks['first']}"
    return f"{row['share']:>6.1%} {span:>9}  {_shares(row['moves'], 2):<24.24} {_shares(row['phases'], 3)}"


def _addresses(of: dict[str, Any] | None, most: int = 6) -> list[str]:
    """Which are met, and the most common ones."""
    if of is None:
        return []
    apart = of["overlap"]
    overlap = "" if apart is None else f"; those written overlap by {apart['mean']:.2f}, at most {apart['most']:.2f}"
    met = f"{of['distinct']:,}; a life writes at {of['a_life_writes_at']:.1f} and recalls at {of['a_life_recalls_at']:.1f}"
    used = [
        f"{of[name]:.1%} {words}"
        for name, words in (("found", "of recalls where it has written"), ("rewritten", "of writes over others"))
        if of[name] is not None
    ]
    heads = f"{'address':<12} {'share':>6} {'ticks':>9}  {'head':<24} {'phase':<22} {'writes':>7} {'recalls':>7}"
    rows = [f"{row['address']:<12} {_when(row):<64.64} {row['writes']:>7,} {row['recalls']:>7,}" for row in of["most_common"][:most]]
    more = [f"and {of['distinct'] - most:,} more"] * (of["distinct"] > most)
    return ["", _line("addresses", f"{met}{overlap}"), *[_line("", "; ".join(used))] * bool(used), heads, *rows, *more]


def _keys(keys: dict[str, Any] | None, most: int = 4) -> list[str]:
    """When the most common keys of each half occur; of a half in which no key is common, one."""
    lines = [""] * bool((keys or {}).get("halves"))
    for half in (keys or {}).get("halves", ()):
        lines.append(f"{half['half'] + ' keys':<12} {half['distinct']:,}, {half['entropy']:.2f} bits")
        rows = [row for i, row in enumerate(half["most_common"][:most]) if not i or row["share"] > 0.01]
        lines += [f"  {row['key'][:10]} {_when(row)}" for row in rows]
    return lines


def _forced(found: dict[str, Any], most: int = 2) -> list[str]:
    """Gates held; of each half the worst."""
    if "forced" not in found or found["mind"]["keys"] is None:
        return []
    of = found["forced"]
    if of is None:
        return ["", _line("held gates", "the gates of this controller cannot be held (docs/extending.md: forced)")]
    held = f"{sum(row['held'] for row in of['layers']):,}, one at a time, over {of['lives']:,} lives; how many matter: "
    lines = ["", _line("held gates", held + ", ".join(f"{row['layer']} {row['matter']}" for row in of["layers"]))]
    for row in [row for half in HALVES for row in [each for each in of["gates"] if each["half"] == half and each["change"] != 0][:most]]:
        name = f"{row['layer']}, {row['unit']} {row['held']}"
        changed = f"score {row['change']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})"
        lines.append(f"  {name:<20.20} {changed}, {_changed(row)} (open in {row['open_when_free']:.0%} of free ticks)")
    for name, row in of["whole"].items():
        if row is None:
            lines.append(f"{name:<22} cannot be done with this controller")
            continue
        keys = ", ".join(f"{half} as in {share:.1%} of ticks" for half, share in row["keys"].items())
        lines.append(f"{name:<22} score {row['score']:.3f}, z {row['z']:.3f}" + (f", {_changed(row)}; {keys}" if keys else ""))
    return lines


def _changed(row: dict[str, Any]) -> str:
    if row["changed_strongest"] is None:
        return "no action compared"
    return f"{row['changed_strongest']:.1%} of actions, {row['changed_above_0']:.1%} of signs differ"


def _mind(mind: dict[str, Any], memory: str, spare: int = 1, more: Sequence[str] = ()) -> list[str]:
    """A portrait, with more lines before its condensed map, which takes those that are left of sixty."""
    gate, recall, keys, condensed = mind["gate"], mind["recall"], mind["keys"], mind["map"]
    lines = [
        _line("head moves", _shares(mind["moves"]) + ("" if mind["parts"] is None else f"; parts in {mind['parts']:.1%} of ticks")),
        _line("write gate", f"mean {gate['mean']:.2f}; open in {gate['open']:.1%} of ticks, fully in {gate['full']:.1%}"),
        _line("recall", f"{recall['rms']:.3f} in the mean square, not 0 in {recall['not_0']:.1%} of ticks{memory}"),
        _line("above 0", _shares({name: row["above_0"] for name, row in mind["actions"].items()})),
        _line("strongest", _shares({name: row["strongest"] for name, row in mind["actions"].items()})),
    ]
    if keys is None:
        return [*lines, _line("gate keys", "this controller tells no gates (docs/extending.md: view)"), *more]
    meant = f"{keys['distinct']:,} of {keys['inputs']:,} inputs, {keys['collisions']:,} collisions, {keys['entropy']:.2f} bits"
    lines += [
        _line("gate keys", meant),
        "",
        f"{'layer':<12} {'patterns':>9} {'bits':>7} {'dead':>6} {'always':>6} {'open':>7}",
    ]
    for row in keys["layers"][:10]:
        numbers = f"{row['distinct']:>9,} {row['entropy']:>7.2f} {row['dead']:>6} {row['always']:>6} {row['activity']:>7.1%}"
        lines.append(f"{row['layer']:<12} {numbers}")
    lines += more
    meant = f"other ticks differ by {condensed['differs']:.1%} of gates, error {condensed['residual']:.0e}"
    lines += ["", f"the map of the most typical tick ({meant})"]
    rows = list(condensed["outputs"].items())
    room = max(4, 59 - spare - len(lines))
    for name, row in rows[:room]:
        parts = "".join(f"{value:>+8.3f} {source:<14.14}" for source, value in largest(row, condensed["inputs"]))
        lines.append(f"{name:<14.14} {parts.rstrip() or '  0'}")
    return lines + [f"and {len(rows) - room} more (--json)"] * (len(rows) > room)
