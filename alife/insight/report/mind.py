"""Chapters about a mind: at the moment that decides, and over many ticks."""

from __future__ import annotations

import math
from typing import Any

from alife.insight.moment import Look
from alife.insight.report import charts, sketches
from alife.insight.report.decisive import Decision
from alife.insight.report.facts import Facts
from alife.insight.report.html import figure, number, paragraph, strip, table, text
from alife.insight.report.sketches import signed
from alife.insight.why import is_proven

MOST_ACTIONS, MOST_VALUES = 16, 16
"""That are shown one by one."""


def legend(*entries: tuple[str, str]) -> str:
    """Colours and what they mean."""
    return strip((f'<span><i style="background:var(--{colour})"></i>{name}</span>' for colour, name in entries), "legend")


def decision_of(of: Facts) -> list[str]:
    """The decisive tick: where in the life, what decided, gates, recall, map."""
    life, decision = of.life, of.life.decision
    if decision is None:
        return [paragraph("This controller tells no gates, so why it acts cannot be told exactly.")]
    look = decision.look
    drawn = sketches.life(life, decision.tick)
    caption = (f"Life {life.number + 1:,}, {len(life.ticks):,} ticks" + ("" if life.ended else ", as far as it was looked at") +
               "; the arrow is the moment that decides.")  # fmt: skip
    keys = legend(("b", "writes, by how far the gate is open"), ("a", "recalls, by size"), ("c", "right"), ("d", "wrong, lower"))
    return [
        _sentence(of, decision),
        strip([figure(drawn + keys, caption), _actions(decision)], "two"),
        "<h3>Why, as an exact sum</h3>",
        strip([_sum(look), _recall(look)], "two"),
        "<h3>Gates and map</h3>",
        strip([_gates(look), _map(look)], "two"),
    ]


def _sentence(of: Facts, decision: Decision) -> str:
    look, tick = decision.look, of.life.ticks[decision.tick]
    action, value = look.actions[look.action]
    phase = f", phase “{text(tick.phase)}”" if tick.phase else ""
    begin = f"Tick {decision.tick + 1:,} of {len(of.life.ticks):,}{phase}: strongest is <b>{text(action)}</b> at {signed(value)}."
    if decision.changes:
        rest = f" Without the recall, gates as they are, it would be <b>{text(look.actions[decision.without][0])}</b>."
    elif any(decision.adds):
        rest = f" The recall adds {signed(decision.adds[look.action])} to it; without, the strongest action would be the same."
    else:
        rest = " Nothing that was recalled takes part in it."
    if tick.answers == 1:
        told = " The answer was " + ("right." if tick.right else "wrong.")
    else:
        told = f" {tick.right} of its {tick.answers} answers were right." if tick.answers else ""
    return paragraph(begin + rest + told)


def _actions(decision: Decision) -> str:
    look = decision.look
    order = sorted(range(len(look.actions)), key=lambda i: (i != look.action, i != decision.without, i))[:MOST_ACTIONS]
    shown = sorted(order)
    values = [look.actions[i][1] for i in shown]
    adds = [decision.adds[i] for i in shown]
    drawn = sketches.answers(
        [look.actions[i][0] for i in shown], [v - add for v, add in zip(values, adds, strict=True)], adds, shown.index(look.action)
    )
    more = f" {len(look.actions) - len(shown)} more actions are not shown." if len(shown) < len(look.actions) else ""
    keys = legend(("f", "from the senses"), ("a", "from the memory"))
    return figure(drawn + keys, f"Every action as what the senses add and what the memory adds; the strongest is lit.{more}")


def _sum(look: Look) -> str:
    because = look.because[look.action]
    proof = "it is" if is_proven(look) else "<b>it is not</b>"
    caption = (
        f"{text(because.output)} = {signed(because.total)}: coefficient × input of the largest terms, orange adds, blue takes away. "
        f"The sum should be what the net put out, and {proof}: the largest difference over all outputs is {look.residual:.0e}."
    )
    return figure(sketches.terms(because), caption)


def _recall(look: Look) -> str:
    rows = [(text(name, 24), signed(recalled), signed(let_in)) for name, recalled, let_in in look.memory[:MOST_VALUES]]
    match = look.match
    told = f"The head did: {text(look.move)}{' and part' if look.parts else ''}. The write gate stood at {number(look.moment.gate, 2)}."
    if match is not None:
        what = f"“{text(match.symbol)}”" if match.symbol else "nothing in view"
        like = "" if math.isnan(look.likeness) else f"; what came back is like what was stored there by {number(look.likeness, 2)} (cosine)"
        told += f" Nearest to where it read is what it wrote in tick {match.tick + 1:,}, seeing {what}: overlap {number(match.overlap, 2)}"
        told += f"{like}."
    elif look.writes:
        told += " Nothing was written before this tick."
    return strip([table(("value", "recalled", "let in"), rows), paragraph(told, "small")], "right")


def _gates(look: Look) -> str:
    flipped = sum(int(strip_.flipped.sum()) for strip_ in look.strips)
    seen = "never before in this life" if not look.seen_before else f"in {look.seen_before:,} earlier ticks of this life"
    caption = (f"Key <code>{text(look.key)}</code>, seen {seen}; {look.keys:,} keys in {look.ticks:,} ticks. {flipped:,} gates differ from "
               "the tick before: orange, underlined. At the right, how many are open.")  # fmt: skip
    return figure(sketches.gates(look.strips), caption)


def _map(look: Look) -> str:
    hidden = look.map.shape[0] > sketches.MOST_ROWS or look.map.shape[1] > sketches.MOST_COLUMNS
    caption = (
        f"While no gate flips the whole mind is this map of {look.map.shape[0]:,} outputs by {look.map.shape[1]:,} inputs; orange adds, "
        f"blue takes away. Norm {number(look.norm, 2)}." + (" The strongest rows and columns are shown." if hidden else "")
    )
    return figure(sketches.heat(look), caption)


def mind_of(found: dict[str, Any]) -> list[str]:
    """What `alife inspect` tells of a mind: moves, gate, keys."""
    mind = found["mind"]
    gate, recall, keys = mind["gate"], mind["recall"], mind["keys"]
    moves = charts.shares("moves", [(name[:24], share) for name, share in mind["moves"].items()], "what the head does, in shares of ticks")
    lived = f"{found['lives']:,} lives of {mind['ticks']:,} ticks together" if "lives" in found else f"{mind['ticks']:,} probes"
    rows = [
        ("write gate, mean", number(gate["mean"], 3)),
        ("ticks in which it is open", f"{gate['open']:.1%}"),
        ("recall, mean square root", number(recall["rms"], 3)),
        ("ticks in which something is recalled", f"{recall['not_0']:.1%}"),
    ]
    if mind["parts"] is not None:
        rows.append(("ticks in which it writes elsewhere than it reads", f"{mind['parts']:.1%}"))
    norms = (found.get("memory") or {}).get("norms")
    if norms:
        rows.append(("norm of the memory after each quarter of a life", " · ".join(number(value, 2) for value in norms)))
    parts = [strip([figure(moves, f"Where the head goes, over {lived}."), table(("", ""), rows)], "two")]
    return parts + _keys(keys)


def _keys(keys: dict[str, Any] | None) -> list[str]:
    if keys is None:
        return [paragraph("This controller tells no gates.", "small")]
    rows = [
        (
            text(row["layer"]).replace(" ", "&nbsp;"),
            f"{row['distinct']:,}",
            number(row["entropy"], 2),
            *(f"{row[key]:,}" for key in ("dead", "always")),
            f"{row['activity']:.0%}",
        )
        for row in keys["layers"][:12]
    ]
    said = (f"Gate patterns are keys: {keys['distinct']:,} different ones for {keys['inputs']:,} different inputs, {keys['collisions']:,} "
            f"collisions, {number(keys['entropy'], 2)} bits.")  # fmt: skip
    return [paragraph(said), table(("layer", "patterns", "bits", "dead gates", "always open", "open"), rows)]
