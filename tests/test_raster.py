"""Kernels that write pixels do what a naive reading of their docstrings does, and never write outside."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alife.core import rng
from alife.viewer import raster

TALL, WIDE = 17, 23
SEEDS = st.integers(0, 10**6)
PLACES = st.integers(-40, 60)


def noise(shape, seed):
    return (rng.uniforms((int(np.prod(shape)),), seed) * 256).astype(np.uint8).reshape(shape)


def whole(shape, seed, low, high):
    return low + (rng.uniforms((int(np.prod(shape)),), seed) * (high - low)).astype(np.int64).reshape(shape)


def mix(under, over, weight):
    return (int(under) * (255 - int(weight)) + int(over) * int(weight) + 127) // 255


@st.composite
def boxes(draw):
    left, top = draw(st.integers(-20, 20)), draw(st.integers(-15, 15))
    return np.array([left, top, left + draw(st.integers(1, 40)), top + draw(st.integers(1, 30))])


# ---- land ----


@settings(deadline=None)
@given(SEEDS)
def test_cells_are_copied_and_nothing_else(seed):
    land, out = noise((5, 7, 3), seed), noise((TALL, WIDE, 3), seed + 1)
    rows, columns = whole((TALL,), seed + 2, -1, 5), whole((WIDE,), seed + 3, -1, 7)
    expected = out.copy()
    for y in range(TALL):
        for x in range(WIDE):
            if rows[y] >= 0 and columns[x] >= 0:
                expected[y, x] = land[rows[y], columns[x]]
    raster.cells(out, land, rows, columns)
    assert (out == expected).all()


@settings(deadline=None)
@given(SEEDS)
def test_means_are_those_of_the_cells_in_a_pixel(seed):
    land, out = noise((31, 41, 3), seed), noise((6, 8, 3), seed + 1)
    rows, columns = np.sort(whole((7,), seed + 2, 0, 32)), np.sort(whole((9,), seed + 3, 0, 42))
    expected = out.copy()
    for y in range(6):
        for x in range(8):
            seen = land[rows[y] : rows[y + 1], columns[x] : columns[x + 1]].reshape(-1, 3).astype(float)
            if len(seen):
                expected[y, x] = np.floor(seen.mean(axis=0) + 0.5)
    raster.means(out, land, rows, columns)
    assert abs(out.astype(int) - expected).max() <= 1  # halves


# ---- agents ----


@settings(deadline=None)
@given(st.integers(0, 11), st.integers(0, 11), st.floats(0, 1), st.floats(0.2, 40), st.integers(-50, 50))
def test_the_way_between_cells_is_the_short_one(start, end, phase, scale, corner):
    spans, half = np.zeros((1, 2), np.int64), min(scale, 1.0) / 2
    raster.between(spans, np.array([start]), np.array([end]), phase, 12, scale, half, corner)
    way = min((end - start, end - start + 12, end - start - 12), key=abs)
    found = [(spans[0, 0] + corner - math.floor(((start + phase * way + turn) % 12) * scale + half)) for turn in (-1e-9, 0, 1e-9)]
    wrapped = 12 * scale
    assert min(abs(d) for d in found) <= 1 or min(abs(abs(d) - wrapped) for d in found) <= 2 or abs(way) == 6
    assert spans[0, 1] - spans[0, 0] in (math.floor(scale), math.ceil(scale))
    for at, cell in ((0.0, start), (1.0, end)):
        raster.between(spans, np.array([start]), np.array([end]), at, 12, scale, half, corner)
        assert spans[0, 0] == math.floor(cell * scale + half) - corner


def naive_squares(out, box, across, down, colour, weight):
    wide, tall = box[2] - box[0], box[3] - box[1]
    for i in range(len(colour)):
        for dy in (0, tall):
            for dx in (0, wide):
                for y in range(down[i, 0] - dy, max(down[i, 0] + 1, down[i, 1]) - dy):
                    for x in range(across[i, 0] - dx, max(across[i, 0] + 1, across[i, 1]) - dx):
                        if 0 <= y < out.shape[0] and 0 <= x < out.shape[1] and box[1] <= y < box[3] and box[0] <= x < box[2]:
                            out[y, x] = [mix(out[y, x, k], colour[i, k], weight[i]) for k in range(3)]


@settings(max_examples=60, deadline=None)
@given(boxes(), SEEDS, st.integers(0, 4))
def test_squares(box, seed, side):
    out, colour, weight = noise((TALL, WIDE, 3), seed), noise((5, 3), seed + 1), noise((5,), seed + 2)
    across, down = (whole((5, 1), seed + k, -10, 30) + np.array([0, side]) for k in (3, 4))
    # a thing is nowhere wider than its world: else its copies would overlap
    side_most = min(box[2] - box[0], box[3] - box[1])
    across[:, 1], down[:, 1] = np.minimum(across[:, 1], across[:, 0] + side_most), np.minimum(down[:, 1], down[:, 0] + side_most)
    expected = out.copy()
    naive_squares(expected, box, across, down, colour, weight)
    raster.squares(out, box, across, down, colour, weight)
    assert (out == expected).all()


def naive_stamps(out, box, across, down, which, masks, colour):
    wide, tall = box[2] - box[0], box[3] - box[1]
    for i in range(len(which)):
        for dy in (0, tall):
            for dx in (0, wide):
                for y, x in np.ndindex(masks.shape[1:3]):
                    at_y, at_x = down[i, 0] - dy + y, across[i, 0] - dx + x
                    ink, light = (int(v) for v in masks[which[i], y, x])
                    if 0 <= at_y < out.shape[0] and 0 <= at_x < out.shape[1] and box[1] <= at_y < box[3] and box[0] <= at_x < box[2]:
                        under = out[at_y, at_x].astype(int)
                        out[at_y, at_x] = (under * (255 - ink) + colour[i].astype(int) * light + 127) // 255


@settings(max_examples=60, deadline=None)
@given(boxes(), SEEDS, st.integers(1, 9))
def test_stamps(box, seed, size):
    out, colour = noise((TALL, WIDE, 3), seed), noise((4, 3), seed + 1)
    masks = noise((3, size, size, 2), seed + 2)
    masks[..., 1] = np.minimum(masks[..., 0], masks[..., 1])
    across, down = (whole((4, 2), seed + k, -15, 35) for k in (3, 4))
    which = whole((4,), seed + 5, 0, 3)
    expected = out.copy()
    naive_stamps(expected, box, across, down, which, masks, colour)
    raster.stamps(out, box, across, down, which, masks, colour)
    assert (out == expected).all()


def naive_crowd(out, across, down, colour, weight, share, least):
    for y, x in np.ndindex(out.shape[:2]):
        here = (down[:, 0] == y) & (across[:, 0] == x)
        total = int(weight[here].astype(int).sum())
        if total:
            mean = [(int((colour[here, k].astype(int) * weight[here].astype(int)).sum()) + total // 2) // total for k in range(3)]
            cover = min(255, max(int(total * share), least * min(total, 255) // 255))
            out[y, x] = [mix(out[y, x, k], mean[k], cover) for k in range(3)]


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(0, 60), st.floats(0.001, 1))
def test_crowds_leave_the_scratch_clean(seed, count, share):
    out, sums = noise((TALL, WIDE, 3), seed), np.zeros((TALL, WIDE, 4), np.int32)
    colour, weight = noise((count, 3), seed + 1), noise((count,), seed + 2)
    across, down = (whole((count, 2), seed + k, -2, 8) for k in (3, 4))
    expected = out.copy()
    naive_crowd(expected, across, down, colour, weight, share, 150)
    raster.crowd(out, sums, across, down, colour, weight, share, 150)
    assert (out == expected).all()
    assert not sums.any()


def test_a_lone_agent_does_not_disappear():
    out, sums = np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4, 4), np.int32)
    at = np.array([[2, 2]])
    raster.crowd(out, sums, at, at, np.full((1, 3), 255, np.uint8), np.array([255], np.uint8), 1e-6, 150)
    assert out[2, 2].tolist() == [150] * 3
    assert out.sum() == 450


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 9), st.integers(1, 2), st.integers(-20, 10))
def test_outlines_part_the_chosen_from_the_others(seed, side, width, corner):
    chosen = (rng.uniforms((6, 5), seed) < 0.5).astype(np.uint8)
    out, colour = np.zeros((TALL, WIDE, 3), np.uint8), np.array([9, 8, 7])
    edges_x, edges_y = np.arange(6) * side + corner, np.arange(7) * side + corner
    box = np.array([edges_x[0], edges_y[0], edges_x[-1], edges_y[-1]])
    raster.outlines(out, box, edges_x, edges_y, chosen, width, colour)
    padded = np.pad(chosen, 1)
    for y, x in np.ndindex(TALL, WIDE):
        r, c = (y - corner) // side, (x - corner) // side
        is_line = False
        if 0 <= r < 6 and 0 <= c < 5 and chosen[r, c]:
            dy, dx = (y - corner) % side, (x - corner) % side
            north, south, west, east = padded[r, c + 1], padded[r + 2, c + 1], padded[r + 1, c], padded[r + 1, c + 2]
            beside = ((dy < width, north), (dy >= side - width, south), (dx < width, west), (dx >= side - width, east))
            is_line = any(is_near and not other for is_near, other in beside)
        assert out[y, x].tolist() == (colour.tolist() if is_line else [0, 0, 0])


@settings(max_examples=40, deadline=None)
@given(PLACES, PLACES, st.integers(1, 96))
def test_nothing_is_written_outside_of_a_part(x, y, size):
    """A view into a larger picture: what lies around it stays."""
    large = np.full((TALL + 20, WIDE + 20, 3), 77, np.uint8)
    part = large[10:-10, 10:-10]
    box, at = np.array([-100, -100, 200, 200]), (np.array([[x, x + size]]), np.array([[y, y + size]]))
    colour = np.full((1, 3), 200, np.uint8)
    raster.squares(part, box, *at, colour, np.array([255], np.uint8))
    raster.stamps(part, box, *at, np.array([0]), raster.ring(float(size), 2.0, 0), colour)
    raster.crowd(part, np.zeros((*part.shape[:2], 4), np.int32), *at, colour, np.array([255], np.uint8), 1.0, 150)
    part[...] = 77
    assert (large == 77).all()


# ---- masks ----


@pytest.mark.parametrize("size", [4, 5, 8, 13, 24])
def test_masks_turn_with_the_agent_and_grow(size):
    masks = raster.masks(size).reshape(raster.LEVELS, len(raster.SHAPES), raster.LOOKS, size, size, 2)
    assert (masks[..., 1] <= masks[..., 0]).all()  # light needs ink
    for facing in range(4):
        assert (masks[:, :, 1 + facing] == np.rot90(masks[:, :, 1], -facing, axes=(2, 3))).all()
    area = masks[..., 1].astype(int).sum(axis=(3, 4))
    assert (np.diff(area, axis=0) >= 0).all() and (area[-1] > area[0]).all()
    if size >= 7:  # every shape shows where it looks: north is not the same as south
        assert (masks[-1, :, 1] != masks[-1, :, 3]).any(axis=(1, 2, 3)).all()
    shown = masks[-1, :, 0, :, :, 1].reshape(len(raster.SHAPES), -1).astype(int)
    if size >= 8:  # and no two are the same
        apart = abs(shown[:, None] - shown[None]).sum(axis=2) / 255
        assert apart[~np.eye(len(shown), dtype=bool)].min() > size * size / 40


def test_the_number_of_a_mask():
    shape, facing = np.array([0, 3, 11]), np.array([-1, 2, 3])
    number = raster.mask_number(shape, facing, np.array([1, 128, 255], np.uint8))
    assert number.tolist() == [0, (3 * 12 + 3) * 5 + 3, (5 * 12 + 11) * 5 + 4]
    assert number[-1] == len(raster.masks(6)) - 1


@pytest.mark.parametrize("odd", [0, 1])
def test_a_ring_is_round_and_hollow(odd):
    [mask] = raster.ring(9.0, 2.0, odd)
    assert mask.shape[0] % 2 == odd
    assert (mask == mask[::-1]).all() and (mask == mask.swapaxes(0, 1)).all()
    middle = mask.shape[0] // 2
    assert mask[middle, middle].tolist() == [0, 0] and mask[middle, :, 1].max() == 255
