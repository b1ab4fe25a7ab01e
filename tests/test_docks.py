"""Where panels lie: they cover any window without overlaps, and edges go where they are dragged."""

from dataclasses import replace

import pygame
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alife.viewer.docks import PANELS, WORLD, Docks, fitting, split

SIZES = st.tuples(st.integers(1, 4000), st.integers(1, 3000))
SCALES = st.sampled_from([0.5, 1.0, 1.25, 1.5, 2.0, 3.0])
EXTENTS = st.floats(1, 10_000)
DOCKS = st.builds(
    Docks, EXTENTS, EXTENTS, EXTENTS, st.sets(st.sampled_from(PANELS)).map(lambda chosen: tuple(n for n in PANELS if n in chosen))
)
ALL = {"menu", "header", "world", "charts", "tree", "timeline", "mind", "hint"}


@given(docks=DOCKS, size=SIZES, scale=SCALES)
@example(docks=Docks(), size=(320, 240), scale=3.0)
@example(docks=Docks(), size=(1, 1), scale=0.5)
def test_areas_cover_the_window_and_do_not_overlap(docks, size, scale):
    areas = docks.areas(size, scale)
    rects, window = list(areas.values()), pygame.Rect(0, 0, *size)
    assert {"world"} <= set(areas) <= ALL - (set(PANELS) - set(docks.shown))
    assert all(rect.width > 0 and rect.height > 0 and window.contains(rect) for rect in rects)
    assert all(rect.collidelist(rects[i + 1 :]) < 0 for i, rect in enumerate(rects))
    assert sum(rect.width * rect.height for rect in rects) == size[0] * size[1]


@given(docks=DOCKS, size=st.tuples(st.integers(320, 4000), st.integers(240, 3000)), scale=SCALES)
def test_what_must_be_there_is_there(docks, size, scale):
    scale = fitting(size, scale)
    areas = docks.areas(size, scale)
    assert {"menu", "world", "hint", "header"} <= set(areas)
    world = areas["world"]
    assert world.width >= min(round(WORLD[0] * scale), size[0] // 2) and world.height >= min(round(WORLD[1] * scale), size[1] // 2)
    assert areas["menu"].width == areas["hint"].width == size[0] and areas["hint"].bottom == size[1]
    assert "mind" not in areas or areas["mind"].width >= round(280 * scale)


@pytest.mark.parametrize("size, scale", [((900, 600), 1.0), ((1920, 1080), 1.0), ((1920, 1080), 1.5), ((1920, 1080), 2.0)])
def test_all_is_shown_where_there_is_room(size, scale):
    areas = Docks().areas(size, scale)
    assert set(areas) == ALL
    assert areas["mind"].right == size[0] and areas["mind"].top == areas["menu"].bottom and areas["mind"].bottom == areas["hint"].top
    assert areas["charts"].right == areas["tree"].left and areas["tree"].right == areas["mind"].left
    order = [areas[name].top for name in ("menu", "header", "world", "charts", "timeline", "hint")]
    assert order == sorted(set(order))


def test_panels_are_left_out_where_they_do_not_fit():
    assert set(Docks().areas((320, 240))) == {"menu", "hint", "header", "timeline", "world"}
    assert set(Docks().areas((900, 600), 2.0)) == ALL - {"charts", "tree"}
    assert set(Docks().areas((900, 600), 1.5)) == ALL - {"tree"}


def test_panels_are_toggled():
    docks = Docks().toggled("charts")
    areas = docks.areas((1280, 800))
    assert docks.shown == ("mind", "tree", "timeline") and "charts" not in areas and areas["tree"].width == areas["world"].width
    assert docks.toggled("charts") == Docks()
    for name in PANELS:
        docks = docks.toggled(name)
    assert docks.shown == ("charts",)


def edge(docks, name, size, scale):
    """Where the edge of a grip is."""
    areas = docks.areas(size, scale)
    return (areas.get("charts") or areas["tree"]).top if name == "bottom" else areas[name].left


@given(docks=DOCKS, size=SIZES, scale=SCALES, data=st.data())
def test_edges_go_where_they_are_dragged(docks, size, scale, data):
    grips = docks.grips(size, scale)
    for name in grips:
        by = data.draw(st.integers(-400, 400))
        at = edge(docks, name, size, scale)
        assert grips[name].collidepoint(at if name != "bottom" else grips[name].left, at if name == "bottom" else grips[name].top)
        moved = docks.dragged(name, by, by, size, scale)
        after = edge(moved, name, size, scale)
        assert (after - at) * by >= 0 and abs(after - at) <= abs(by) + 1
        assert set(moved.areas(size, scale)) >= {"world", name if name != "bottom" else "world"}
    for name in {"mind", "bottom", "tree", "nothing"} - set(grips):
        assert docks.dragged(name, 50, 50, size, scale) == docks


@pytest.mark.parametrize(
    "name, dx, dy", [("mind", -100, 0), ("mind", 60, 0), ("bottom", 0, -50), ("bottom", 0, 40), ("tree", -30, 0), ("tree", 7, 0)]
)
@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5])
def test_drags_are_exact_within_the_limits(name, dx, dy, scale):
    size = (2400, 1400)
    before = edge(Docks(), name, size, scale)
    moved = Docks().dragged(name, dx, dy, size, scale)
    assert edge(moved, name, size, scale) == before + dx + dy
    step = Docks()
    for _ in range(abs(dx + dy)):  # pixel by pixel, nothing is lost in rounding
        step = step.dragged(name, (dx > 0) - (dx < 0), (dy > 0) - (dy < 0), size, scale)
    assert edge(step, name, size, scale) == before + dx + dy


def test_a_drag_begins_where_the_edge_is_seen():
    docks = replace(Docks(), mind=900.0)
    assert docks.areas((900, 600))["mind"].width == 450
    assert docks.dragged("mind", 10, 0, (900, 600)).mind == 440


@given(rect=st.builds(pygame.Rect, *[st.integers(0, 3000)] * 4))
def test_halves(rect):
    left, right = split(rect)
    assert (left.left, left.right, right.right) == (rect.left, right.left, rect.right)
    assert left.height == right.height == rect.height and left.top == right.top == rect.top and 0 <= right.width - left.width <= 1
