"""Lineages as a tree: time to the right, a line for each life, an upright one where it was born."""

from __future__ import annotations

from typing import Any

import numpy as np
import pygame

from alife.core import rng
from alife.insight.kin import Tree
from alife.viewer.kit import Canvas
from alife.viewer.theme import FAINT, GROUND, ROW, TEXT

_SEED = 0x7EE
DEAD, LINK = 0.5, 0.35
"""Share of its colour that a line keeps when its agent has died, and that an upright line has."""


def draw(canvas: Canvas, area: pygame.Rect, tree: Tree, colours: np.ndarray, selected: int | None, title: str) -> None:
    """A tree with colours uint8 (nodes, 3); `selected`: id of the agent that is drawn bright, and its
    descent with it.

    A click on one that lives asks for ("follow", id).
    """
    count = len(tree.id)
    living = int(tree.living.sum())
    y = canvas.title(area, area.top, title, f"{living:,} living of {count:,}" if count else "")
    if not count:
        canvas.text((area.left, y), "no lineage is known here yet", FAINT, width=area.width)
        return
    inset = canvas.px(3)
    plot = pygame.Rect(area.left, y + inset, area.width - inset, area.bottom - y - 2 * inset)
    first, now = int(tree.born.min()), int(max(tree.end.max(), tree.born.max()))
    if plot.height >= canvas.px(4 * ROW):
        plot.height -= canvas.px(ROW)
        below = area.bottom - canvas.px(ROW - 2)
        used = canvas.text((plot.left, below), f"tick {first:,}", FAINT, width=area.width // 2)
        canvas.text((area.right, below), f"now, {now:,}", FAINT, right=True, width=area.width - used - canvas.px())
    if plot.height < 1 or plot.width < 1:
        return
    with canvas.clipped(area):
        _lines(canvas, plot, tree, colours, selected, first, now)


def _lines(canvas: Canvas, plot: pygame.Rect, tree: Tree, colours: np.ndarray, selected: int | None, first: int, now: int) -> None:
    scale = (plot.width - 1) / max(1, now - first)
    left, right = (np.rint(plot.left + (ticks - first) * scale).astype(int) for ticks in (tree.born, np.maximum(tree.end, tree.born)))
    y = np.rint(plot.top + tree.y * (plot.height - 1)).astype(int)
    living, mothers = tree.living, tree.parent.tolist()
    strength = np.where(living, 1.0, DEAD)[:, None]
    ink = _mixed(colours, strength).tolist()
    faint = _mixed(colours, LINK * strength).tolist()
    thick = min(max(1, plot.height // len(y) // 2), canvas.px(2))
    x0, x1, rows = left.tolist(), right.tolist(), y.tolist()

    def born(i: int, colour: Any) -> None:
        top, bottom = sorted((rows[i], rows[mothers[i]]))
        canvas.fill((x0[i], top, thick, bottom - top + thick), colour)

    for i, mother in enumerate(mothers):
        if mother >= 0:
            born(i, faint[i])
    for i, row in enumerate(rows):
        canvas.fill((x0[i], row, x1[i] - x0[i] + 1, thick), ink[i])
    dot = max(thick, min(canvas.px(5), plot.height // len(set(range(len(rows))) - set(mothers))))
    for i in np.flatnonzero(living).tolist():
        canvas.fill((x1[i] - dot // 2, rows[i] - (dot - thick) // 2, dot, dot), ink[i])
    for i in np.flatnonzero(tree.id == (-1 if selected is None else selected)).tolist():
        knob = canvas.px(7)
        canvas.fill((x0[i], rows[i], x1[i] - x0[i] + 1, thick + 1), TEXT)
        canvas.fill((x1[i] - knob // 2, rows[i] - (knob - thick) // 2, knob, knob), TEXT)
        while mothers[i] >= 0:
            born(i, TEXT)
            mother = mothers[i]
            canvas.fill((x0[mother], rows[mother], x0[i] - x0[mother] + 1, thick), TEXT)
            i = mother
    _answers(canvas, tree, x0, x1, rows, max(canvas.px(3), min(canvas.px(12), plot.height // len(rows))))


def _mixed(colours: np.ndarray, share: Any) -> np.ndarray:
    ground = np.array(GROUND)
    return np.rint(ground + (np.asarray(colours, float) - ground) * share).astype(int)


def _answers(canvas: Canvas, tree: Tree, left: list[int], right: list[int], rows: list[int], tall: int) -> None:
    children = np.bincount(tree.parent[tree.parent >= 0], minlength=len(rows)).tolist()
    columns = (tree.id.tolist(), tree.born.tolist(), tree.end.tolist(), tree.living.tolist())
    least = canvas.px(4)
    for i, (agent, born, end, lives) in enumerate(zip(*columns, strict=True)):
        fate = "lives" if lives else f"died {end:,}"
        words = f"agent {agent:,}: born {born:,}, {fate}, {children[i]} {'child' if children[i] == 1 else 'children'} here"
        wide = max(least, right[i] - left[i] + 1)
        canvas.mark((left[i], rows[i] - tall // 2, wide, tall), words, ("follow", agent) if lives else None)


def repertoire_colours(signatures: np.ndarray) -> np.ndarray:
    """uint8 (nodes, 3) of signatures uint64 (nodes, words): the fewer bits differ, the more alike are the colours.

    Three fixed random projections of the bits: two give the hue, one the lightness.
    """
    words = np.ascontiguousarray(signatures, "<u8")
    bits = np.unpackbits(words.view(np.uint8).reshape(len(words), 8 * words.shape[1]), axis=1).astype(np.float64) * 2 - 1
    size = bits.shape[1]
    signs = rng.signs(3 * size, _SEED).reshape(3, size).astype(np.float64)
    x, y, z = (bits @ signs.T / max(1.0, size**0.5)).T
    angle, light = np.arctan2(y, x), 168 + 36 * np.tanh(z)
    wheel = np.cos(angle[:, None] - np.array([0.0, 2.0944, 4.1888]))
    return np.rint(np.clip(light[:, None] + 78 * wheel, 0, 255)).astype(np.uint8)
