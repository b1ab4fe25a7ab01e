"""Marks that figures of several experiments share: a measured curve with its interval, and a predicted one."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.lab.finding import half_width

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Told apart by colour-blind eyes. Okabe & Ito, Color Universal Design, 2008."""


def measured(axes: Any, x: np.ndarray, samples: np.ndarray, label: str, colour: str) -> None:
    """Means of samples (points, m) with their 95 % intervals."""
    bars = [half_width(row) for row in samples]
    axes.errorbar(x, np.mean(samples, axis=1), yerr=bars, fmt="o", ms=4, lw=1.2, capsize=2, color=colour, label=label)


def predicted(axes: Any, x: np.ndarray, y: np.ndarray, label: str = "", colour: str = "black") -> None:
    """A line."""
    axes.plot(x, y, "-", lw=1, color=colour, alpha=0.8, label=label or None)


def label(axes: Any, title: str, x: str, y: str) -> None:
    """Title, names of the axes, and what the colours mean."""
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(fontsize=8, frameon=False)
