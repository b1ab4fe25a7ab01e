"""Figures of matplotlib as SVG inside the page: its letters, and its colours by name, so that light and dark need no second figure.

A figure is drawn in stand-in colours, which are then replaced by the variables of the page's style. The same data gives the same bytes.
"""

from __future__ import annotations

import html
import io
import re
from typing import Any

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

INK, DIM, LINE, CARD = "#010101", "#020202", "#030303", "#040404"
A, B, C, D, E, F, G = CYCLE = ("#0a0001", "#0a0002", "#0a0003", "#0a0004", "#0a0005", "#0a0006", "#0a0007")
"""Stand-ins for the letters of the style."""

_NAMES = {INK: "ink", DIM: "dim", LINE: "line", CARD: "card", **dict(zip(CYCLE, "abcdefg", strict=True))}
WIDTH = 5.0
"""Inches: 360 units of the SVG, about the width of a phone, so that letters come out as large as they are set."""
_STYLE: Any = {
    "svg.fonttype": "none", "svg.hashsalt": "alife", "font.family": "DejaVu Sans", "font.size": 9.0, "text.color": INK,
    "axes.edgecolor": LINE, "axes.labelcolor": DIM, "axes.facecolor": "none", "figure.facecolor": "none", "axes.linewidth": 0.8,
    "axes.spines.top": False, "axes.spines.right": False, "xtick.color": LINE, "ytick.color": LINE, "xtick.labelcolor": DIM,
    "ytick.labelcolor": DIM, "xtick.major.size": 0, "ytick.major.size": 0, "xtick.minor.size": 0, "ytick.minor.size": 0,
    "axes.grid": True, "axes.axisbelow": True, "grid.color": LINE, "grid.linewidth": 0.6,
    "lines.linewidth": 1.6, "lines.solid_capstyle": "round", "path.simplify": True, "savefig.facecolor": "none",
    "axes.formatter.use_mathtext": False, "axes.unicode_minus": True, "text.usetex": False, "text.parse_math": False,
}  # fmt: skip


class Plot:
    """A figure that is being drawn: `with Plot(height) as plot:`, then `plot.axes`; afterwards `plot.svg(name, words)`."""

    def __init__(self, height: float, width: float = WIDTH) -> None:
        self._rc: Any = matplotlib.rc_context(_STYLE)
        self._size = (width, height)

    def __enter__(self) -> Plot:
        self._rc.__enter__()
        self.figure = Figure(figsize=self._size, layout=ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03))
        self.axes: Any = self.figure.add_subplot()
        return self

    def __exit__(self, *error: Any) -> None:
        if error[0] is None:
            text = io.StringIO()
            FigureCanvasSVG(self.figure).print_svg(text, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
            self._text = text.getvalue()
        self._rc.__exit__(*error)

    def svg(self, name: str, words: str) -> str:
        """The element for the page; `name`: a prefix for its ids, words: what a screen reader says, text."""
        return themed(self._text, name, words)


def themed(text: str, name: str, words: str) -> str:
    """An SVG file of matplotlib as an element whose colours are the page's."""
    box = re.search(r'viewBox="([\d. ]+)"', text)
    body = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    body = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>", "", body, flags=re.S)
    body = body.replace("xlink:href", "href")
    body = re.sub(r"font: [^;\"]*?([\d.]+)px [^;\"]*", r"font-size: \1px", body)  # older releases
    body = re.sub(r" font-family: [^;\"]*;| transform=\"rotate\(-0 [^)]*\)\"", "", body)
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', body))
    ids = {one for pair in used for one in pair if one}
    body = re.sub(r' id="([^"]*)"', lambda found: f' id="{name}-{found[1]}"' if found[1] in ids else "", body)
    body = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", body)
    for colour, variable in _NAMES.items():
        body = body.replace(colour, f"var(--{variable})")
    body = re.sub(r"\s*\n\s*", " ", body)
    return f'<svg role="img" aria-label="{html.escape(words)}" viewBox="{box[1] if box else "0 0 360 216"}">{body.strip()}</svg>'


def quiet(axes: Any, grid: str = "y") -> None:
    """Grid lines along one axis only: 'x', 'y' or ''."""
    for axis in ("x", "y"):
        getattr(axes, f"{axis}axis").grid(axis == grid)
