"""One HTML page of many experiments: complete in itself, no network, no script, for light and dark rooms."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from alife.lab.registry import Lab
from alife.lab.report import Outcome, bounds, number

_SIGNS = {"holds": ("✓", "yes"), "holds in part": ("◐", "part"), "does not hold": ("✗", "no")}
"""Verdict -> a sign, so that no colour is needed to read it, and a class."""

_STYLE = """
:root { color-scheme: light dark; --paper: #fdfdfc; --ink: #1d2026; --dim: #5d6470; --line: #d9dce1; --raised: #f2f3f5;
  --yes: #00684c; --part: #8a5a00; --no: #a33c00; }
@media (prefers-color-scheme: dark) { :root { --paper: #14161b; --ink: #dee1e6; --dim: #9aa1ad; --line: #343944; --raised: #1d2027;
  --yes: #3fc79a; --part: #e6b04a; --no: #ff8f54; } }
body { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: .2rem } h2 { font-size: 1.2rem; margin: 0 } p { margin: .5rem 0 }
section { border-top: 1px solid var(--line); padding: 1.4rem 0 } .dim, footer { color: var(--dim); font-size: .88rem }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .7rem 0 } caption { text-align: left; color: var(--dim) }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line) }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
img { max-width: 100%; height: auto; background: #fff; border-radius: 6px; margin: .6rem 0; display: block }
.yes { color: var(--yes) } .part { color: var(--part) } .no { color: var(--no) } .verdict { font-weight: 600; white-space: nowrap }
code { background: var(--raised); padding: .1em .35em; border-radius: 4px } a { color: inherit } .wide { overflow-x: auto }
"""


def page(outcomes: list[Outcome], note: str = "", waiting: Sequence[Lab] = ()) -> str:
    """HTML; `note` says what is missing, such as that it was interrupted; of those that are `waiting`, the command that runs them."""
    verdicts = [outcome.finding.verdict for outcome in outcomes]
    whole, part, none = (verdicts.count(verdict) for verdict in _SIGNS)
    summary = f"{whole} hold, {part} in part, {none} not at all"
    told = {o.lab.number: _row(o.lab, f'<a href="#{escape(o.lab.name)}">{escape(o.lab.name)}</a>', _verdict(o)) for o in outcomes}
    told |= {lab.number: _row(lab, escape(lab.name), f"slow: <code>alife lab {escape(lab.name)}</code>") for lab in waiting}
    rows = "\n".join(told[number] for number in sorted(told))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>alife: the laboratory</title><style>{_STYLE}</style></head><body>
<h1>The laboratory</h1>
<p>{len(outcomes)} claims of the sources, run again: {summary}.{f" {escape(note)}" if note else ""}</p>
<div class="wide"><table><thead><tr><th class="n">#</th><th>experiment</th><th>claim</th><th>verdict</th></tr></thead><tbody>
{rows}
</tbody></table></div>
{"".join(map(_section, outcomes))}<footer><p>Written by <code>alife lab</code>. A check that fails is a result.</p></footer>
</body></html>
"""


def _row(lab: Lab, name: str, verdict: str) -> str:
    return f'<tr><td class="n">{lab.number}</td><td>{name}</td><td>{escape(lab.title)}</td><td>{verdict}</td></tr>'


def _verdict(outcome: Outcome) -> str:
    sign, kind = _SIGNS[outcome.finding.verdict]
    return f'<span class="verdict {kind}">{sign} {outcome.finding.verdict}</span>'


def _section(outcome: Outcome) -> str:
    """Claim, verdict, prose, figure and numbers of one experiment."""
    lab, finding = outcome.lab, outcome.finding
    rows = "\n".join(
        f'<tr><td>{escape(check.what)}</td><td class="n">{number(check.measured)}</td>'
        f'<td class="n">{escape(bounds(check.low, check.high))}</td><td class="n">{number(check.expected)}</td>'
        f'<td class="{"yes" if check.holds else "no"}">{"✓ yes" if check.holds else "✗ no"}</td></tr>'
        for check in finding.checks
    )
    picture = base64.b64encode(outcome.figure).decode()
    scale = "" if outcome.scale == 1 else f" --scale {outcome.scale:g}"
    seeds = f", seeds {', '.join(map(str, lab.seeds))}" if lab.seeds else ""
    return f"""<section id="{escape(lab.name)}"><h2>{lab.number}. {escape(lab.title)} {_verdict(outcome)}</h2>
<p>{escape(finding.claim)}</p><p>{escape(finding.prose)}</p>
<img alt="Figure of {escape(lab.name)}" src="data:image/png;base64,{picture}">
<div class="wide"><table><thead><tr><th>what</th><th class="n">measured</th><th class="n">must be</th><th class="n">said</th>
<th>holds</th></tr></thead>
<tbody>
{rows}
</tbody></table></div><p class="dim"><code>alife lab {escape(lab.name)}{scale}</code> {outcome.seconds:.1f} s{seeds}</p></section>
"""
