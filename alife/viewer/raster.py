"""Kernels that write pixels: land, squares, stamps, and agents smaller than a pixel; and the masks of shapes that are stamped.

All write into `out`, uint8 (H, W, 3), and nothing outside of it. `box`: int64 (4,), the world in the view: left, top, right, bottom;
nothing is drawn beside it. What leaves a torus on one side comes in on the other.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from alife.core.jit import inlined, kernel

SHAPES = (
    "disc", "square", "diamond", "triangle", "ring", "cross", "star", "saltire", "frame", "lozenge", "target", "hexagon",
)  # fmt: skip
LEVELS, LOOKS = 6, 5
"""Sizes that grow to the full one, and ways to face: -1 not told, 0 north, 1 east, 2 south, 3 west."""

# ---- land ----


@kernel
def cells(out, land, rows, columns):
    """out[y, x] = land[rows[y], columns[x]]; an index of -1 leaves the pixel as it is. rows int64 (H,), columns int64 (W,)."""
    for y in range(len(rows)):
        row = rows[y]
        if row >= 0:
            for x in range(len(columns)):
                column = columns[x]
                if column >= 0:
                    out[y, x, 0] = land[row, column, 0]
                    out[y, x, 1] = land[row, column, 1]
                    out[y, x, 2] = land[row, column, 2]


@kernel
def means(out, land, rows, columns):
    """out[y, x] = mean of land[rows[y]:rows[y + 1], columns[x]:columns[x + 1]], rounded; without cells it stays as it is."""
    for y in range(len(rows) - 1):
        for x in range(len(columns) - 1):
            count = (rows[y + 1] - rows[y]) * (columns[x + 1] - columns[x])
            if count > 0:
                red = green = blue = count // 2
                for r in range(rows[y], rows[y + 1]):
                    for c in range(columns[x], columns[x + 1]):
                        red += int(land[r, c, 0])
                        green += int(land[r, c, 1])
                        blue += int(land[r, c, 2])
                out[y, x, 0] = red // count
                out[y, x, 1] = green // count
                out[y, x, 2] = blue // count


# ---- what stands on it ----


@kernel
def between(spans, start, end, phase, count, scale, half, corner):
    """Where things on their way from cell to cell begin and end along one axis of a torus of `count` cells, in pixels of the view.

    spans int64 (n, 2); start, end int64 (n,): cells; phase 0..1, the short way round. scale, half = min(scale, 1) / 2, corner: see Camera.
    """
    for i in range(len(end)):
        way = end[i] - start[i]
        if 2 * way > count:
            way -= count
        elif 2 * way < -count:
            way += count
        at = end[i] - way * (1.0 - phase)
        if at < 0:
            at += count
        elif at >= count:
            at -= count
        spans[i, 0] = math.floor(at * scale + half) - corner
        spans[i, 1] = math.floor((at + 1) * scale + half) - corner


@inlined
def _mixed(under, over, weight):
    """weight / 255 of one colour over another, rounded."""
    return (int(under) * (255 - int(weight)) + int(over) * int(weight) + 127) // 255


@kernel
def _square(out, left, top, right, bottom, colour, weight):
    for y in range(top, bottom):
        for x in range(left, right):
            for k in range(3):
                out[y, x, k] = _mixed(out[y, x, k], colour[k], weight)


@kernel
def squares(out, box, across, down, colour, weight):
    """A filled square of a pixel at least for each thing. across, down int64 (n, 2): spans; colour uint8 (n, 3); weight uint8 (n,)."""
    wide, tall = box[2] - box[0], box[3] - box[1]
    left, top, right, bottom = max(box[0], 0), max(box[1], 0), min(box[2], out.shape[1]), min(box[3], out.shape[0])
    for i in range(len(colour)):
        for again in range(4):
            x, y = across[i, 0] - wide * (again & 1), down[i, 0] - tall * (again >> 1)
            to_x = max(x + 1, across[i, 1] - wide * (again & 1))
            to_y = max(y + 1, down[i, 1] - tall * (again >> 1))
            _square(out, max(x, left), max(y, top), min(to_x, right), min(to_y, bottom), colour[i], weight[i])


@kernel
def _stamp(out, left, top, right, bottom, x, y, mask, colour):
    for py in range(max(y, top), min(y + mask.shape[0], bottom)):
        for px in range(max(x, left), min(x + mask.shape[1], right)):
            ink, light = int(mask[py - y, px - x, 0]), int(mask[py - y, px - x, 1])
            if ink:
                for k in range(3):
                    out[py, px, k] = (int(out[py, px, k]) * (255 - ink) + int(colour[k]) * light + 127) // 255


@kernel
def stamps(out, box, across, down, which, masks, colour):
    """A mask for each thing, its top left where its spans begin. which int64 (n,): number of its mask; colour uint8 (n, 3).

    masks uint8 (masks, h, w, 2): how much of the ground is hidden, and how much of that shines in the colour; the rest of it is black.
    """
    wide, tall = box[2] - box[0], box[3] - box[1]
    left, top, right, bottom = max(box[0], 0), max(box[1], 0), min(box[2], out.shape[1]), min(box[3], out.shape[0])
    for i in range(len(which)):
        for again in range(4):
            x, y = across[i, 0] - wide * (again & 1), down[i, 0] - tall * (again >> 1)
            if x < right and y < bottom and x + masks.shape[2] > left and y + masks.shape[1] > top:
                _stamp(out, left, top, right, bottom, x, y, masks[which[i]], colour[i])


@kernel
def crowd(out, sums, across, down, colour, weight, share, least):
    """Things smaller than a pixel: their mean colour over the land, by how full the pixel is, but never less than `least` / 255.

    sums int32 (H, W, 4): scratch, all 0 before and after. weight uint8 (n,): 255 for one that is fully there. share: of a pixel, that one
    thing fills, 0..1.
    """
    tall, wide = out.shape[0], out.shape[1]
    for i in range(len(weight)):
        y, x = down[i, 0], across[i, 0]
        if 0 <= y < tall and 0 <= x < wide:
            for k in range(3):
                sums[y, x, k] += int(colour[i, k]) * int(weight[i])
            sums[y, x, 3] += int(weight[i])
    for i in range(len(weight)):
        y, x = down[i, 0], across[i, 0]
        if 0 <= y < tall and 0 <= x < wide and sums[y, x, 3] > 0:
            total = sums[y, x, 3]
            cover = min(255, max(int(total * share), least * min(total, 255) // 255))
            for k in range(3):
                out[y, x, k] = _mixed(out[y, x, k], (sums[y, x, k] + total // 2) // total, cover)
                sums[y, x, k] = 0
            sums[y, x, 3] = 0


@kernel
def outlines(out, box, edges_x, edges_y, chosen, width, colour):
    """Lines around the cells that are chosen (uint8 (rows, columns), not 0), inside of them, none between two of them."""
    right, bottom = min(box[2], out.shape[1]), min(box[3], out.shape[0])
    rows, columns = chosen.shape
    for r in range(rows):
        top, low = edges_y[r], max(edges_y[r] + 1, edges_y[r + 1])
        for c in range(columns):
            if chosen[r, c] and low > 0 and top < bottom:
                left, far = edges_x[c], max(edges_x[c] + 1, edges_x[c + 1])
                for y in range(max(top, 0), min(low, bottom)):
                    for x in range(max(left, 0), min(far, right)):
                        is_edge = (
                            (y < top + width and (r == 0 or not chosen[r - 1, c]))
                            or (y >= low - width and (r == rows - 1 or not chosen[r + 1, c]))
                            or (x < left + width and (c == 0 or not chosen[r, c - 1]))
                            or (x >= far - width and (c == columns - 1 or not chosen[r, c + 1]))
                        )
                        if is_edge:
                            out[y, x, 0], out[y, x, 1], out[y, x, 2] = colour[0], colour[1], colour[2]


# ---- masks ----


def _distance(shape: str, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """How far points (to the right, downwards; the cell is -1..1) lie outside of a shape that faces north; negative inside."""
    x, y, r = abs(u), abs(v), np.hypot(u, v)
    diamond = (x + y - 0.9) / math.sqrt(2)
    square = np.maximum(x, y) - 0.68
    arms = np.minimum(np.maximum(x - 0.25, y - 0.8), np.maximum(y - 0.25, x - 0.8))
    p, q = (u + v) / math.sqrt(2), (u - v) / math.sqrt(2)
    turned = np.minimum(np.maximum(abs(p) - 0.22, abs(q) - 0.9), np.maximum(abs(q) - 0.22, abs(p) - 0.9))
    found = {
        "disc": r - 0.78,
        "square": square,
        "diamond": diamond,
        "triangle": np.maximum(v - 0.68, (2 * x - v - 0.86) / math.sqrt(5)),
        "ring": abs(r - 0.58) - 0.2,
        "cross": arms,
        "star": (x**0.7 + y**0.7 - 0.94) * 0.8,
        "saltire": turned,
        "frame": abs(np.maximum(x, y) - 0.5) - 0.19,
        "lozenge": np.maximum(diamond, 0.3 - (x + y) / math.sqrt(2)),
        "target": np.minimum(abs(r - 0.66) - 0.13, r - 0.28),
        "hexagon": np.maximum(0.866 * x + 0.5 * y, y) - 0.72,
    }
    return np.asarray(found[shape])


def _mask(distance: np.ndarray, rim: int, finer: int = 1) -> np.ndarray:
    """uint8 (h, w, 2) of distances in pixels, so many points a pixel each way: ink is a dark rim of `rim` pixels wider than the light."""
    tall, wide = (side // finer for side in distance.shape)
    light = np.clip(0.5 - distance * finer, 0, 1).reshape(tall, finer, wide, finer).mean(axis=(1, 3))
    around = np.pad(light, 1)
    for _ in range(rim):
        beside = around[1:-1, 1:-1], around[:-2, 1:-1], around[2:, 1:-1], around[1:-1, :-2], around[1:-1, 2:]
        around[1:-1, 1:-1] = np.max(beside, axis=0)
    ink = np.maximum(light, 0.75 * around[1:-1, 1:-1])
    return np.stack([ink * 255, light * 255], -1).round().astype(np.uint8)


@functools.lru_cache(16)
def masks(size: int) -> np.ndarray:
    """uint8 (LEVELS * shapes * LOOKS, size, size, 2): number (level * shapes + shape) * LOOKS + facing + 1.

    With a look a notch is cut into the front, from 7 pixels on; a saltire puts out a fifth arm, and a triangle has its tip there anyway.
    """
    finer = -(-32 // size)
    at = ((np.arange(size * finer) + 0.5) / (size * finer) * 2 - 1) * (1.0 if size >= 12 else 0.86)  # small ones fill their cells
    found = np.zeros((LEVELS, len(SHAPES), LOOKS, size, size, 2), np.uint8)
    rim = 0 if size < 7 else 1 + (size >= 40)
    for level in range(LEVELS):
        grown = (level + 1) / LEVELS
        u, v = np.meshgrid(at / grown, at / grown)
        notch, arm = np.maximum(abs(u) - 0.27, v + 0.28), np.maximum(abs(u) - 0.22, abs(v + 0.45) - 0.45)
        for s, shape in enumerate(SHAPES):
            whole = _distance(shape, u, v)
            ahead = {"saltire": np.minimum(whole, arm), "triangle": whole}.get(shape, np.maximum(whole, -notch))
            found[level, s, 0] = _mask(whole * grown * size / 2, rim, finer)
            north = _mask((whole if size < 7 else ahead) * grown * size / 2, rim, finer)
            for facing in range(4):
                found[level, s, facing + 1] = np.rot90(north, -facing)
    return found.reshape(-1, size, size, 2)


def mask_number(shape: np.ndarray, facing: np.ndarray, grown: np.ndarray) -> np.ndarray:
    """int64 (n,): which of `masks`; grown uint8 (n,): 255 is fully there."""
    level = np.maximum(-(-grown.astype(np.int64) * LEVELS // 255), 1) - 1
    return (level * len(SHAPES) + shape) * LOOKS + facing + 1


@functools.lru_cache(64)
def ring(radius: float, width: float, odd: int) -> np.ndarray:
    """uint8 (1, h, h, 2): a ring with a dark rim in the middle of h pixels; h is even or odd as is asked."""
    half = math.ceil(radius + width / 2) + 2
    at = np.arange(-half, half + odd) + (1 - odd) / 2
    u, v = np.meshgrid(at, at)
    return _mask(abs(np.hypot(u, v) - radius) - width / 2, 1)[None]


__all__ = [
    "LEVELS", "LOOKS", "SHAPES", "between", "cells", "crowd", "mask_number", "masks", "means", "outlines", "ring", "squares", "stamps",
]  # fmt: skip
