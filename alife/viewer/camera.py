"""Which part of a world is seen, and how large: cells to pixels of the view and back.

Everything goes by one formula, so that pictures and clicks agree to the pixel: the edge of cell j is at
floor(j scale + 1/2 min(scale, 1)) - corner, `corner` a whole number of pixels. So every cell looks the same wherever the view is moved,
cells leave no gaps, and below a pixel a cell the same formula gives the pixel that holds the middle of cell j.
From 4 pixels on a cell has whole pixels: all cells are equally large. Worlds without edges are shown once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

LARGEST, WHOLE = 96.0, 4.0
"""Pixels a cell: at most; from here on whole ones."""


@dataclass(frozen=True)
class Camera:
    """A view of a world, never changed: `fit` makes one, the others give a new one. Rows and heights come first, but in pixels (x, y)."""

    rows: int
    columns: int
    size: tuple[int, int]
    """pixels of the view: width, height"""
    scale: float
    """pixels a cell"""
    origin: tuple[float, float]
    """row and column in the top left corner of the view, in cells"""

    @property
    def smallest(self) -> float:
        """Pixels a cell where the world is half as large as the view lets it be; nobody gets further away."""
        return _rounded(_fitting(self.rows, self.columns, self.size) / 2, 2.0)

    @property
    def corner(self) -> tuple[int, int]:
        """The view's top left corner in the world, in pixels: y, x."""
        top, left = (math.floor(at * self.scale + 0.5) for at in self.origin)
        return top, left

    # ---- cells and pixels ----

    def y_of(self, row: float) -> int:
        """The view's pixel where a row begins."""
        return math.floor(row * self.scale + 0.5 * min(self.scale, 1.0)) - self.corner[0]

    def x_of(self, column: float) -> int:
        """The view's pixel where a column begins."""
        return math.floor(column * self.scale + 0.5 * min(self.scale, 1.0)) - self.corner[1]

    def edges(self) -> tuple[np.ndarray, np.ndarray]:
        """int64 (rows + 1,) and (columns + 1,): where each row and column begins, in pixels of the view."""
        half = 0.5 * min(self.scale, 1.0)
        down, across = (
            np.floor(np.arange(cells + 1) * self.scale + half).astype(np.int64) - corner
            for cells, corner in zip((self.rows, self.columns), self.corner, strict=True)
        )
        return down, across

    def rect_of(self, row: int, column: int) -> tuple[int, int, int, int]:
        """x, y, width, height of a cell in the view, a pixel at least; may lie outside of it."""
        x, y = self.x_of(column), self.y_of(row)
        return x, y, max(1, self.x_of(column + 1) - x), max(1, self.y_of(row + 1) - y)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x, y, width, height of the whole world in the view."""
        x, y, wide, tall = self.rect_of(self.rows - 1, self.columns - 1)
        left, top = self.x_of(0), self.y_of(0)
        return left, top, x + wide - left, y + tall - top

    def cell_at(self, pixel: tuple[int, int]) -> tuple[int, int] | None:
        """Row and column under a pixel (x, y) of the view; None beside the world. Of several cells in a pixel one of the middle."""
        column = self._cell(pixel[0], self.columns, self.corner[1], self.x_of)
        row = self._cell(pixel[1], self.rows, self.corner[0], self.y_of)
        return None if row is None or column is None else (row, column)

    def _cell(self, pixel: int, cells: int, corner: int, begins: Callable[[float], int]) -> int | None:
        """The cell of an axis."""
        at = min(max(math.floor((pixel + corner + 0.5) / self.scale), 0), cells - 1)
        while at > 0 and begins(at) > pixel:
            at -= 1
        while at < cells - 1 and begins(at) < pixel and begins(at + 1) <= pixel:
            at += 1
        return at if begins(at) <= pixel < max(begins(at) + 1, begins(at + 1)) else None

    # ---- other views ----

    def zoomed(self, factor: float, at: tuple[int, int]) -> Camera:
        """Larger by a factor, or smaller, within the limits; what is under the pixel `at` stays there if it can (`_inside`)."""
        scale = min(max(_rounded(self.scale * factor, factor), self.smallest), LARGEST)
        row, column = ((p + corner + 0.5) / self.scale for p, corner in zip(reversed(at), self.corner, strict=True))
        return replace(self, scale=scale, origin=(row - (at[1] + 0.5) / scale, column - (at[0] + 0.5) / scale))._inside()

    def moved(self, dx: int, dy: int) -> Camera:
        """The world pushed by so many pixels to the right and down, as by a hand that drags it."""
        top, left = self.corner
        return replace(self, origin=((top - dy) / self.scale, (left - dx) / self.scale))._inside()

    def centred_on(self, row: float, column: float) -> Camera:
        """With the middle of a cell in the middle of the view."""
        wide, tall = self.size
        return replace(self, origin=(row + 0.5 - tall / 2 / self.scale, column + 0.5 - wide / 2 / self.scale))._inside()

    def resized(self, size: tuple[int, int]) -> Camera:
        """Of another size; the middle stays the middle. Who saw all of the world still does."""
        if size == self.size:
            return self
        if self == fit(self.rows, self.columns, self.size):
            return fit(self.rows, self.columns, size)
        new = replace(self, size=(max(1, size[0]), max(1, size[1])))
        row, column = (self.origin[i] + self.size[1 - i] / 2 / self.scale for i in (0, 1))
        return replace(new, scale=max(self.scale, new.smallest)).centred_on(row - 0.5, column - 0.5)

    def _inside(self) -> Camera:
        """With the middle of the view over the world, whatever was asked: so it never gets lost."""
        top, left = (
            min(max(at, -half), cells - half)
            for at, cells, half in zip(
                self.origin,
                (self.rows, self.columns),
                (self.size[1] / 2 / self.scale, self.size[0] / 2 / self.scale),
                strict=True,
            )
        )
        return replace(self, origin=(top, left))


def fit(rows: int, columns: int, size: tuple[int, int]) -> Camera:
    """All of a world, as large as a view of (W, H) pixels lets it be, in the middle."""
    wide, tall = size = max(1, size[0]), max(1, size[1])
    scale = _rounded(_fitting(rows, columns, size), 0)
    return Camera(rows, columns, size, scale, ((rows - tall / scale) / 2, (columns - wide / scale) / 2))


def _fitting(rows: int, columns: int, size: tuple[int, int]) -> float:
    return min(size[0] / columns, size[1] / rows, LARGEST)


def _rounded(scale: float, factor: float) -> float:
    """Whole from `WHOLE` on, always further in the direction of the factor, so that small steps get somewhere."""
    if scale < WHOLE:
        return scale
    return float(math.ceil(scale - 1e-9) if factor > 1 else math.floor(scale + 1e-9))
