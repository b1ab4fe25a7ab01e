"""Charts, tree and timeline: every mark is inside, says what is so, and asks for nothing but what is listed."""

import math
import re

import numpy as np
import pygame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alife.core import rng
from alife.insight.kin import Tree
from alife.viewer import charts, kit, timeline, tree
from alife.viewer.charts import Chart
from alife.viewer.series import Series
from alife.viewer.timeline import TimelineState

SIZES = [((500, 60), 1.0), ((500, 60), 2.0), ((900, 90), 1.5), ((1900, 300), 1.0), ((1900, 300), 2.0)]
ODD = [((1, 1), 1.0), ((40, 20), 2.0), ((3, 200), 1.5)]


def told(ticks=range(20, 4020, 20)):
    series = Series()
    for tick in ticks:
        series.add(tick, {"population": 800.0 + tick, "memory_writes": 0.05, "memory_recalls": 0.5 + tick / 1e4, "other": 1.0})
        if tick % 200 == 0:
            series.add(tick, {"key_entropy": math.sin(tick)})
    return series


def under(canvas, x, y):
    """The mark that answers at a point."""
    return next((mark for mark in reversed(canvas.marks) if mark.rect.collidepoint(x, y)), None)


def all_inside(canvas):
    return all(canvas.rect.contains(mark.rect) and mark.words for mark in canvas.marks)


# ---- charts ----


@pytest.mark.parametrize(("size", "scale"), SIZES)
def test_charts_answer_with_what_the_series_tells(size, scale):
    canvas, series = kit.new(size, scale), told()
    charts.draw(canvas, canvas.rect, series, charts.ECOSYSTEM, 2000)
    ticks, population = series.column("population")
    answers = [mark for mark in canvas.marks if "population" in mark.words]
    assert 0 < len(answers) <= charts.SLICES and all_inside(canvas)
    for mark in answers:
        tick = int(re.fullmatch(r"tick ([\d,]+): population [\d,]+", mark.words)[1].replace(",", ""))
        assert mark.action == ("goto", tick)
        assert mark.words.endswith(f"population {population[ticks.tolist().index(tick)]:,.0f}")
    goal = [mark.action[1] for mark in answers]
    assert goal == sorted(goal) and goal[0] < 200 and goal[-1] > 3800
    assert [a.rect.right for a in answers[:-1]] == [b.rect.left for b in answers[1:]], "no gap between the slices"


def test_lines_of_one_chart_are_told_together_and_rare_values_from_where_they_are():
    canvas = kit.new((1200, 100))
    charts.draw(canvas, canvas.rect, told(), charts.ECOSYSTEM, 2000)
    assert any(re.fullmatch(r"tick [\d,]+: memory writes 0.05, memory recalls 0\.\d+", mark.words) for mark in canvas.marks)
    rare = [mark.action[1] for mark in canvas.marks if "key entropy" in mark.words]
    assert len(rare) == charts.SLICES and all(tick % 200 == 0 for tick in rare) and len(set(rare)) == 20
    assert not any(name in mark.words for mark in canvas.marks for name in ("other", "meals", "diversity"))


def test_every_chart_is_shown_where_there_is_room():
    canvas = kit.new((1900, 300))
    names = tuple(f"m{i}" for i in range(9))
    series = Series()
    for tick in range(50):
        series.add(tick, {name: float(tick) for name in names})
    charts.draw(canvas, canvas.rect, series, tuple(Chart(name, (name,)) for name in names), 10)
    assert all(any(name in mark.words for mark in canvas.marks) for name in names)
    tops = {mark.rect.top for mark in canvas.marks}
    assert len(tops) > 1, "a high area has rows"


def test_the_cursor_is_at_now():
    before, after = kit.new((300, 120)), kit.new((300, 120))
    charts.draw(before, before.rect, told(), charts.ECOSYSTEM[:1], 1000)
    charts.draw(after, after.rect, told(), charts.ECOSYSTEM[:1], 3000)
    row = before.marks[0].rect.top + 1
    moved = np.flatnonzero((kit.pixels(before.surface)[row] != kit.pixels(after.surface)[row]).any(axis=-1))
    left, right = min(m.rect.left for m in before.marks), max(m.rect.right for m in before.marks)
    expected = [left + round((now - 20) * (right - left - 1) / 3980) for now in (1000, 3000)]
    assert moved.tolist() == expected


def test_the_value_beside_the_title_is_that_of_now():
    series = told()
    ticks, values = series.column("key_entropy")
    assert charts._at(ticks, values, 1999) == math.sin(1800) and math.isnan(charts._at(ticks, values, 100))


@pytest.mark.parametrize(("size", "scale"), [*SIZES, *ODD])
@pytest.mark.parametrize("series", [Series(), told(range(20, 40, 20)), told(range(20, 60, 20))], ids=["empty", "one", "two"])
def test_little_is_told_or_there_is_little_room(size, scale, series):
    canvas = kit.new(size, scale)
    charts.draw(canvas, canvas.rect, series, charts.ECOSYSTEM, 0)
    charts.lives_chart(canvas, canvas.rect, [math.nan], 0.0, 0.0)
    timeline.draw(canvas, canvas.rect, TimelineState(0, 0, 0))
    tree.draw(canvas, canvas.rect, chain(1), np.zeros((1, 3), np.uint8), 0, "lineage")
    assert all_inside(canvas)


def test_numbers():
    values = (812.4, 12345.0, 0.05219, 3.0, math.nan, -2.5)
    assert [charts.number(value) for value in values] == ["812", "12,345", "0.0522", "3", "-", "-2.5"]


def test_lives():
    canvas = kit.new((600, 120))
    charts.lives_chart(canvas, canvas.rect, [0.2, 0.9, -0.1, 0.5], 0.5, 1.0)
    bars = [mark for mark in canvas.marks if mark.words.startswith("life")]
    assert [mark.words for mark in bars] == ["life 1: score 0.2", "life 2: score 0.9", "life 3: score -0.1", "life 4: score 0.5"]
    shown = kit.pixels(canvas.surface)
    green = [(shown[:, mark.rect.left] == charts.GOOD).all(axis=-1).sum() for mark in bars]
    assert green[1] > 20 and green[0] == green[2] == green[3] == 0, "green is above the ceiling"
    lines = {mark.words: mark.rect.centery for mark in canvas.marks if not mark.words.startswith("life")}
    assert lines["optimum: 1"] < lines["ceiling without memory: 0.5"]


def test_only_the_newest_lives_fit():
    canvas = kit.new((300, 100))
    charts.lives_chart(canvas, canvas.rect, [0.5] * 1000, 0.5, 1.0)
    bars = [mark for mark in canvas.marks if mark.words.startswith("life")]
    assert 20 < len(bars) < 60 and bars[-1].words.startswith("life 1,000") and all_inside(canvas)


# ---- tree ----


def chain(count):
    """Mothers and daughters, of whom the last lives."""
    at = np.arange(count)
    return Tree(at * 10, at - 1, at * 100, at * 100 + 150, at / max(1, count - 1), at == count - 1)


def test_the_tree_tells_of_each():
    family = Tree(*(np.array(c) for c in ([5, 7, 9], [-1, 0, 0], [0, 10, 1204], [2011, 900, 5000], [0.5, 0.0, 1.0], [False, False, True])))
    canvas = kit.new((500, 300))
    tree.draw(canvas, canvas.rect, family, np.full((3, 3), 200, np.uint8), 7, "lineage")
    assert [(mark.words, mark.action) for mark in canvas.marks] == [
        ("agent 5: born 0, died 2,011, 2 children here", None),
        ("agent 7: born 10, died 900, 0 children here", None),
        ("agent 9: born 1,204, lives, 0 children here", ("follow", 9)),
    ]
    first, second, third = (mark.rect for mark in canvas.marks)
    assert second.centery < first.centery < third.centery and third.right > 480 and first.left == 0
    assert abs(third.left - 500 * 1204 / 5000) < 6, "time goes to the right"


def test_the_selected_is_bright():
    lit, plain = kit.new((500, 300)), kit.new((500, 300))
    colours = np.full((5, 3), 90, np.uint8)
    tree.draw(plain, plain.rect, chain(5), colours, None, "")
    tree.draw(lit, lit.rect, chain(5), colours, 20, "")
    box = plain.marks[2].rect
    bright = [(kit.pixels(c.surface)[box.top : box.bottom, box.left : box.right] == tree.TEXT).all(axis=-1).sum() for c in (plain, lit)]
    assert bright[0] == 0 and bright[1] >= box.width
    assert lit.marks == plain.marks


def test_no_tree_and_a_large_one():
    canvas = kit.new((480, 200))
    tree.draw(canvas, canvas.rect, chain(0), np.zeros((0, 3), np.uint8), None, "lineage")
    assert canvas.marks == [] and len(np.unique(kit.pixels(canvas.surface))) > 3, "it says so in words"
    tree.draw(canvas, canvas.rect, chain(2000), np.zeros((2000, 3), np.uint8), 4, "lineage")
    assert len(canvas.marks) == 2000 and all_inside(canvas)


def test_similar_repertoires_have_similar_colours():
    start = rng.bits(200, 3).reshape(50, 4)
    near, far = start.copy(), start.copy()
    near[:, 0] ^= np.uint64(1)
    far[:] ^= rng.bits(200, 4).reshape(50, 4)
    colours = [tree.repertoire_colours(each).astype(int) for each in (start, near, far)]
    steps = [np.abs(colours[0] - other).sum(axis=1).mean() for other in colours[1:]]
    assert 0 < 3 * steps[0] < steps[1] and colours[0].min() > 40, "readable on a dark ground"
    assert (tree.repertoire_colours(start[3:4]) == colours[0][3]).all(), "whoever else is there"
    assert tree.repertoire_colours(np.zeros((0, 4), np.uint64)).shape == (0, 3)


# ---- timeline ----

LISTED = {
    ("first",), ("back",), ("pause",), ("step",), ("last",), ("slower",), ("faster",),
    ("next", "birth"), ("next", "death"), ("next", "decision"),
}  # fmt: skip
STATE = TimelineState(
    100, 18_000, 12_400, np.arange(8192, 18_001, 256), np.array([4000, 8000]), [(100, 5000, "cue"), (5000, 18_001, "query")],
    [(9000, "right", "answer 3"), (9001, "right", "answer 4"), (11_000, "wrong", "answer 2"), (50, "edit", "too early")],
    False, "4x", "hello",
)  # fmt: skip


@pytest.mark.parametrize(("size", "scale"), SIZES)
def test_the_timeline_has_all_buttons_and_no_others(size, scale):
    canvas = kit.new(size, scale)
    timeline.draw(canvas, canvas.rect, STATE)
    actions = [mark.action for mark in canvas.marks if mark.action and mark.action[0] != "goto"]
    assert set(actions) == LISTED and len(actions) == len(LISTED) and all_inside(canvas)
    buttons = [mark.rect for mark in canvas.marks if mark.action in LISTED]
    assert all(a.collidelist(buttons[i + 1 :]) < 0 for i, a in enumerate(buttons)), "none overlaps another"
    assert all(rect.top >= timeline.bar_of(canvas.rect, scale).bottom for rect in buttons)
    assert any(mark.words == "hello" for mark in canvas.marks)


def test_paused_or_not():
    signs = []
    for paused in (False, True):
        canvas = kit.new((900, 72))
        timeline.draw(canvas, canvas.rect, TimelineState(0, 10, 5, is_paused=paused))
        signs.append(next(mark.words for mark in canvas.marks if mark.action == ("pause",)))
    assert signs == ["pause", "go on"]


def test_every_stored_tick_says_so_where_it_is_drawn():
    canvas = kit.new((1900, 72))
    timeline.draw(canvas, canvas.rect, STATE)
    bar = timeline.bar_of(canvas.rect, 1.0)
    for tick in STATE.stored[::3].tolist():
        mark = under(canvas, timeline._x_of(bar, STATE, tick), bar.top)
        assert mark.words == f"tick {tick:,} (query): stored" and mark.action == ("goto", tick)
    words = {tick: under(canvas, timeline._x_of(bar, STATE, tick), bar.top).words for tick in (8000, 6000, 1000, 8200)}
    assert words[8000] == "tick 8,000 (query): saved in the run folder"
    assert re.fullmatch(r"tick [\d,]+ \(query\): replayed from 4,000", words[6000])
    assert re.fullmatch(r"tick [\d,]+ \(cue\): nothing is stored before it", words[1000])


def test_marks_at_one_place_are_counted():
    canvas = kit.new((500, 60))
    timeline.draw(canvas, canvas.rect, STATE)
    told = [mark for mark in canvas.marks if "answer" in mark.words]
    assert [(m.words, m.action) for m in told] == [
        ("tick 9,001: answer 4, and 1 more here", ("goto", 9001)), ("tick 11,000: answer 2", ("goto", 11_000)),
    ]  # fmt: skip
    assert under(canvas, told[1].rect.centerx, told[1].rect.top) == told[1]
    assert not any("too early" in mark.words for mark in canvas.marks)


@given(st.integers(40, 2000), st.sampled_from([1.0, 1.5, 2.0]), st.integers(0, 10**6), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_dragging_finds_what_the_bar_shows(width, scale, first, span):
    area = pygame.Rect(30, 10, width, 72)
    bar, last = timeline.bar_of(area, scale), first + span
    ticks = [timeline.tick_at(area, scale, first, last, x) for x in range(area.left - 9, area.right + 9, 7)]
    assert ticks == sorted(ticks) and ticks[0] == first and ticks[-1] == last and area.contains(bar)
    middle = timeline.tick_at(area, scale, first, last, bar.centerx)
    assert abs(timeline._x_of(bar, TimelineState(first, last, first), middle) - bar.centerx) <= max(1, bar.width // max(1, span))


@given(st.integers(1, 200), st.integers(0, 50))
@settings(max_examples=30, deadline=None)
def test_every_tick_of_a_short_life_can_be_clicked(span, first):
    canvas, state = kit.new((900, 72)), TimelineState(first, first + span, first)
    timeline.draw(canvas, canvas.rect, state)
    ticks = [mark.action[1] for mark in canvas.marks if mark.action and mark.action[0] == "goto"]
    assert ticks == list(range(first, first + span + 1))


@pytest.mark.parametrize("name", timeline.SIGNS)
def test_signs_fill_their_square(name):
    ink = pygame.surfarray.array_alpha(timeline.sign(name, 16, (255, 255, 255)))
    assert 0.05 < (ink > 127).mean() < 0.95
    assert set(timeline.KINDS) <= set(timeline.SIGNS)
