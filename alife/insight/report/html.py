"""The page: text that cannot become markup, tables, sections, and the frame around them.

Whatever comes from a run folder goes through `text`. Numbers that a clock has made go through `clock`, so that all else can be compared.
"""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from alife import __version__
from alife.core.wording import clip, one_line
from alife.insight.report.style import CSS

LONGEST = 200
"""Characters of a piece of text from a run folder that are shown."""
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


class Section(NamedTuple):
    """A chapter of the page; no parts: it is left out."""

    id: str
    title: str
    parts: Sequence[str]


def text(value: object, most: int = LONGEST) -> str:
    """A value as text of HTML, also inside of attributes: escaped, one line, at most so many characters."""
    return html.escape(clip(one_line(str(value)[: 4 * most]), most))


def number(value: float | None, digits: int = 4) -> str:
    """1,234 or 0.1234; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    shown = f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}"
    return shown.replace("-", "−")


def clock(words: str) -> str:
    """What depends on the clock and on the machine."""
    return f'<span class="clock">{html.escape(words)}</span>'


def duration(seconds: float) -> str:
    """8.1 s, 12 min, 7.5 h."""
    if seconds < 120:
        return clock(f"{seconds:,.1f} s")
    return clock(f"{seconds / 60:,.0f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h")


def paragraph(words: str, kind: str = "") -> str:
    """Words that are HTML already."""
    return f"<p{_class(kind)}>{words}</p>"


def code(*commands: str) -> str:
    """Commands, text, each in a line of its own, which is broken between words only."""
    lines = (" ".join(f"<span>{word}</span>" for word in text(command, 2000).split(" ")) for command in commands)
    return f"<pre><code>{'<br>'.join(lines)}</code></pre>"


def strip(parts: Iterable[str], kind: str) -> str:
    """Some parts in a box of that kind."""
    return f'<div class="{kind}">{"".join(parts)}</div>'


def tile(value: str, name: str) -> str:
    """A number that is worth being large; both are HTML."""
    return f'<div class="tile"><b>{value}</b><span>{name}</span></div>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """Cells are HTML; all columns but the first are numbers, unless `kind` is 'words'."""
    head = f"<thead><tr>{''.join(f'<th scope=col>{cell}</th>' for cell in heads)}</tr></thead>" if any(heads) else ""
    body = "".join(f"<tr><th scope=row>{first}</th>{''.join(f'<td>{cell}</td>' for cell in rest)}</tr>" for first, *rest in rows)
    return f'<div class="wide"><table{_class(kind)}>{head}<tbody>{body}</tbody></table></div>'


def figure(picture: str, caption: str) -> str:
    """A picture, and what it shows; both are HTML."""
    return f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"


def image(kind: str, data: bytes, words: str, style: str = "") -> str:
    """A picture as data; `kind` as in image/png."""
    return f'<img{_class(style)} alt="{text(words)}" src="data:image/{kind};base64,{base64.b64encode(data).decode("ascii")}">'


def document(title: str, lede: Sequence[str], sections: Sequence[Section]) -> str:
    """The whole page; title is text, the lede's lines are HTML."""
    shown = [section for section in sections if any(section.parts)]
    links = "".join(f'<a href="#{section.id}">{section.title}</a>' for section in shown)
    body = "".join(f'<section id="{one.id}"><h2>{one.title}</h2>{"".join(one.parts)}</section>' for one in shown)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{text(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f"<style>{CSS}</style></head>\n<body><header>{''.join(lede)}<nav>{links}</nav></header>\n<main>{body}</main>\n"
        f"<footer>alife {text(__version__)}. What each part means: docs/report.md.</footer></body></html>\n"
    )


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
