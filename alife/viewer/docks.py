"""Where the panels lie: a world that takes what the others leave, and edges that can be dragged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

import pygame
from pydantic import ConfigDict, Field

Panel = Literal["mind", "charts", "tree", "timeline"]
PANELS: tuple[Panel, ...] = ("mind", "charts", "tree", "timeline")

MENU, HEADER, TIMELINE, HINT, LOW = 24, 32, 56, 24, 40
WORLD = (160, 120)
"""Heights of the bars, and the least of the timeline; the least of the world, width and height. All measures are pixels at scale 1."""
_MIND, _BOTTOM, _SIDE = (280.0, 960.0), (96.0, 640.0), (160.0, 960.0)
"""Least and largest: width of the mind, height of the charts, width of the tree; the least is that of the charts' width, too."""
_GRIP = 8

Extent = Annotated[float, Field(ge=1, le=10_000)]


@dataclass(frozen=True)
class Docks:
    """What is shown, and how large. Pixels at scale 1; what does not fit a window is made smaller there, or left out."""

    __pydantic_config__ = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    mind: Extent = 440.0
    """width"""
    bottom: Extent = 176.0
    """height of charts and tree"""
    tree: Extent = 240.0
    """width beside the charts"""
    shown: Annotated[tuple[Panel, ...], Field(max_length=4)] = PANELS

    def toggled(self, panel: Panel) -> Docks:
        """That panel shown, or hidden."""
        return replace(self, shown=tuple(name for name in PANELS if (name in self.shown) != (name == panel)))

    def areas(self, size: tuple[int, int], scale: float = 1.0) -> dict[str, pygame.Rect]:
        """Where each panel lies in a window (W, H): 'world', and what fits of 'menu', 'hint', 'mind', 'header', 'timeline', 'charts',
        'tree', in this order of importance. They cover the window and do not overlap."""
        rest, found = pygame.Rect(0, 0, *size), dict[str, pygame.Rect]()
        wide, high = min(round(WORLD[0] * scale), size[0] // 2), min(round(WORLD[1] * scale), size[1] // 2)

        def cut(name: str, side: str, wanted: float, least: float) -> None:
            """Take a strip off the rest, at most half of it, if the world keeps its least."""
            long, spare = (rest.width, rest.width - wide) if side == "right" else (rest.height, rest.height - high)
            smallest = max(1, round(least * scale))
            taken = min(round(max(wanted, least) * scale), max(long // 2, smallest))
            if spare >= smallest:
                found[name] = _strip(rest, side, min(taken, spare))

        cut("menu", "top", MENU, MENU)
        cut("hint", "bottom", HINT, HINT)
        if "mind" in self.shown:
            cut("mind", "right", min(self.mind, _MIND[1]), _MIND[0])
        cut("header", "top", HEADER, HEADER)
        if "timeline" in self.shown:
            cut("timeline", "bottom", TIMELINE, LOW)
        if "charts" in self.shown or "tree" in self.shown:
            cut("charts", "bottom", min(self.bottom, _BOTTOM[1]), _BOTTOM[0])
        self._beside(found, scale)
        return {**found, "world": rest}

    def _beside(self, found: dict[str, pygame.Rect], scale: float) -> None:
        """Divide the strip of the charts between charts and tree."""
        if "charts" not in found or "tree" not in self.shown:
            return
        if "charts" not in self.shown:
            found["tree"] = found.pop("charts")
            return
        least, strip = round(_SIDE[0] * scale), found["charts"]
        if strip.width >= 2 * least:
            found["tree"] = _strip(strip, "right", min(round(_within(self.tree, _SIDE) * scale), strip.width - least))

    def grips(self, size: tuple[int, int], scale: float = 1.0) -> dict[str, pygame.Rect]:
        """Edges that can be dragged, over the areas: 'mind' its left, 'bottom' the top of charts and tree, 'tree' its left."""
        found, wide, grips = self.areas(size, scale), max(2, round(_GRIP * scale)), dict[str, pygame.Rect]()
        low = [found[name] for name in ("charts", "tree") if name in found]
        if low:
            grips["bottom"] = pygame.Rect(low[0].left, low[0].top - wide // 2, low[0].unionall(low).width, wide)
        for name in ("tree", "mind"):
            if name in found and found[name].left > 0:
                grips[name] = pygame.Rect(found[name].left - wide // 2, found[name].top, wide, found[name].height)
        return grips

    def dragged(self, name: str, dx: int, dy: int, size: tuple[int, int], scale: float = 1.0) -> Docks:
        """The edge of `grips` moved by so many pixels from where it is in this window, within limits."""
        if name not in self.grips(size, scale):
            return self
        found = self.areas(size, scale)
        if name == "bottom":
            height = found["charts" if "charts" in found else "tree"].height
            return replace(self, bottom=_within((height - dy) / scale, _BOTTOM))
        width = (found[name].width - dx) / scale
        return replace(self, mind=_within(width, _MIND)) if name == "mind" else replace(self, tree=_within(width, _SIDE))


def fitting(size: tuple[int, int], scale: float) -> float:
    """The scale, or as much of it as lets a window (W, H) hold 320 x 240 pixels of scale 1: what all panels can do with."""
    return min(scale, size[0] / 320, size[1] / 240)


def split(area: pygame.Rect) -> tuple[pygame.Rect, pygame.Rect]:
    """Left and right half, for a twin."""
    left = pygame.Rect(area.left, area.top, area.width // 2, area.height)
    return left, pygame.Rect(left.right, area.top, area.width - left.width, area.height)


def _strip(rest: pygame.Rect, side: str, taken: int) -> pygame.Rect:
    """Cut a strip off a rectangle, in place; the strip."""
    if side == "right":
        rest.width -= taken
        return pygame.Rect(rest.right, rest.top, taken, rest.height)
    rest.height -= taken
    if side == "bottom":
        return pygame.Rect(rest.left, rest.bottom, rest.width, taken)
    rest.top += taken
    return pygame.Rect(rest.left, rest.top - taken, rest.width, taken)


def _within(value: float, limits: tuple[float, float]) -> float:
    return min(max(value, limits[0]), limits[1])
