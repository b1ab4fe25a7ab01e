"""How figures of the laboratory look: colours that colour-blind eyes tell apart, letters, and a line an axis."""

from __future__ import annotations

from typing import Any

ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE = OKABE_ITO = (
    "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7",
)  # fmt: skip
"""Okabe & Ito, Color Universal Design, 2008."""

GREY = "#7f7f7f"
"""What is only there to compare with: theory, chance, a control."""

CYCLE = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY)
MARKS = ("o", "s", "^", "D", "v", "P")
"""Colours, and the marks that go with them, so that no figure needs its colours to be read."""

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "axes.axisbelow": True,
    "lines.linewidth": 1.6,
    "lines.markersize": 5,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}
"""Set while a figure is made and drawn; the cycle of colours is set beside it."""


def say(axes: Any, title: str, x: str, y: str, legend: bool = True, loc: str = "best") -> None:
    """Title and axes in words, with units; a legend where there is something to tell apart."""
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if legend and axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8, loc=loc)
