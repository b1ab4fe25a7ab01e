"""Cells and pixels agree to the pixel, at any zoom, and the world never gets lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alife.viewer.camera import LARGEST, WHOLE, Camera, fit

SIDES = st.integers(1, 300)
SIZES = st.tuples(st.integers(1, 400), st.integers(1, 300))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("zoom"), st.floats(0.2, 5), st.tuples(st.integers(0, 399), st.integers(0, 299))),
        st.tuples(st.just("move"), st.integers(-500, 500), st.integers(-500, 500)),
        st.tuples(st.just("resize"), SIZES),
        st.tuples(st.just("centre"), st.integers(-50, 350), st.integers(-50, 350)),
    ),
    max_size=6,
)


def after(camera, steps):
    for name, *values in steps:
        camera = {"zoom": camera.zoomed, "move": camera.moved, "resize": camera.resized, "centre": camera.centred_on}[name](*values)
    return camera


@st.composite
def cameras(draw):
    return after(fit(draw(SIDES), draw(SIDES), draw(SIZES)), draw(STEPS))


def test_home_shows_all_of_the_world_in_the_middle():
    camera = fit(64, 64, (560, 450))
    assert camera.scale == 7.0
    assert camera.box == (56, 1, 448, 448)
    assert fit(64, 64, (560, 448)).cell_at((55, 0)) is None
    assert fit(64, 64, (560, 448)).cell_at((56, 0)) == (0, 0)
    assert fit(5, 5, (2000, 2000)).scale == LARGEST


@given(SIDES, SIDES, SIZES)
def test_home_fits(rows, columns, size):
    camera = fit(rows, columns, size)
    _, _, wide, tall = camera.box
    assert wide <= size[0] and tall <= size[1]
    most = min(size[0] / columns, size[1] / rows, LARGEST)
    assert most / (1 + 1 / WHOLE) < camera.scale <= most + 1e-9
    assert camera.scale < WHOLE or camera.scale == int(camera.scale)


@given(cameras())
def test_every_step_keeps_the_limits(camera):
    wide, tall = camera.size
    smallest = min(wide / camera.columns, tall / camera.rows, LARGEST) / 2
    assert smallest - 1e-9 <= camera.scale <= LARGEST
    assert camera.scale < WHOLE or camera.scale == int(camera.scale)
    left, top, across, down = camera.box
    assert left <= wide / 2 + 1 and top <= tall / 2 + 1 and left + across >= wide / 2 - 1 and top + down >= tall / 2 - 1


@given(cameras(), st.integers(0, 299), st.integers(0, 299))
def test_a_cell_lies_where_its_pixels_are(camera, row, column):
    row, column = row % camera.rows, column % camera.columns
    x, y, wide, tall = camera.rect_of(row, column)
    if camera.scale >= 1:
        for at in ((x, y), (x + wide - 1, y), (x, y + tall - 1), (x + wide - 1, y + tall - 1)):
            assert camera.cell_at(at) == (row, column)
        assert camera.cell_at((x - 1, y)) == ((row, column - 1) if column else None)
        assert camera.cell_at((x, y + tall)) == ((row + 1, column) if row + 1 < camera.rows else None)
    else:
        assert (wide, tall) == (1, 1)
        found = camera.cell_at((x, y))
        assert found is not None and camera.rect_of(*found) == (x, y, 1, 1)


@given(cameras())
def test_edges_are_those_of_the_cells_without_gaps(camera):
    down, across = camera.edges()
    assert (np.diff(down) >= 0).all() and (np.diff(across) >= 0).all()
    assert [int(at) for at in down[:-1]] == [camera.rect_of(row, 0)[1] for row in range(camera.rows)]
    assert [int(at) for at in across[:-1]] == [camera.rect_of(0, column)[0] for column in range(camera.columns)]
    if camera.scale >= WHOLE:
        assert set(np.diff(down)) | set(np.diff(across)) == {int(camera.scale)}


@settings(max_examples=200)
@given(cameras(), st.floats(0.3, 4), st.integers(0, 399), st.integers(0, 299))
def test_zooming_keeps_the_cell_under_the_pointer(camera, factor, x, y):
    at = x % camera.size[0], y % camera.size[1]
    cell, new = camera.cell_at(at), camera.zoomed(factor, at)
    wide, tall = new.size
    middle = new.origin[0] + tall / 2 / new.scale, new.origin[1] + wide / 2 / new.scale
    if cell is None or middle[0] in (0, new.rows) or middle[1] in (0, new.columns) or new.scale < 1:
        return  # the limits come first; below a pixel a cell a pixel has several
    left, top, across, down = new.rect_of(*cell)
    assert left - 1 <= at[0] <= left + across and top - 1 <= at[1] <= top + down


def test_small_steps_of_the_wheel_get_somewhere():
    camera = fit(64, 64, (560, 450))
    assert camera.zoomed(1.01, (0, 0)).scale == 8
    assert camera.zoomed(0.99, (0, 0)).scale == 6
    assert camera.zoomed(1.25, (100, 100)).zoomed(1 / 1.25, (100, 100)).scale == 7
    assert camera.zoomed(1e9, (3, 4)).scale == LARGEST
    assert camera.zoomed(1e-9, (3, 4)).scale == camera.smallest


@given(cameras(), st.integers(-40, 40), st.integers(-40, 40))
def test_a_drag_moves_every_cell_by_the_same_pixels(camera, dx, dy):
    new = camera.moved(dx, dy)
    assert new.box[2:] == camera.box[2:]
    for i, (step, cells) in enumerate(((dx, camera.columns), (dy, camera.rows))):
        middle, went = new.origin[1 - i] + new.size[i] / 2 / new.scale, new.box[i] - camera.box[i]
        assert went == step or not 1e-6 < middle < cells - 1e-6  # at a limit


@given(cameras(), SIZES)
def test_another_size_keeps_the_middle(camera, size):
    assert camera.resized(camera.size) is camera
    new = camera.resized(size)
    assert new.size == size
    if camera == fit(camera.rows, camera.columns, camera.size):
        assert new == fit(camera.rows, camera.columns, size)
    else:
        for axis in (0, 1):
            before = camera.origin[axis] + camera.size[1 - axis] / 2 / camera.scale
            assert new.origin[axis] + size[1 - axis] / 2 / new.scale == pytest.approx(before, abs=1e-6)


def test_what_is_followed_is_in_the_middle():
    camera = fit(100, 100, (700, 500)).zoomed(4, (350, 250)).centred_on(20, 30)
    x, y, wide, tall = camera.rect_of(20, 30)
    assert abs(x + wide / 2 - 350) <= 1 and abs(y + tall / 2 - 250) <= 1
    assert camera.cell_at((350, 250)) == (20, 30)


def test_a_camera_never_changes():
    camera = fit(4, 4, (100, 100))
    with pytest.raises(AttributeError):
        camera.scale = 3
    assert Camera(4, 4, (100, 100), 25.0, (0.0, 0.0)) == camera
