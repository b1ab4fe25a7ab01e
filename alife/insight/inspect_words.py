"""What `alife inspect` prints."""

from __future__ import annotations

from typing import Any

from alife.insight.mind import largest


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
