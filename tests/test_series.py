"""Measures over time: whatever is added, rewound or saved, what is kept is a part of what was told."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alife.viewer.series import Series


def filled(ticks, most=4096):
    series = Series(most)
    for tick in ticks:
        series.add(tick, {"a": tick * 2.0} | ({"b": float(tick)} if tick % 10 == 0 else {}))
    return series


def test_what_is_told_is_kept():
    series = filled(range(1, 31))
    assert series.names == ("a", "b") and len(series) == 30
    ticks, values = series.column("a")
    assert ticks.tolist() == list(range(1, 31)) and (values == 2 * ticks).all()
    _, b = series.column("b")
    assert np.flatnonzero(~np.isnan(b)).tolist() == [9, 19, 29]
    assert series.last("b") == 30 and series.last("a") == 60
    assert math.isnan(series.last("c")) and np.isnan(series.column("c")[1]).all()


def test_nothing_was_told():
    series = Series()
    assert len(series) == 0 and series.names == () and math.isnan(series.last("a")) and len(series.column("a")[0]) == 0


def test_the_newest_row_can_be_added_to_and_older_ones_stand():
    series = filled(range(1, 6))
    series.add(5, {"a": -1.0, "key": 7.0})
    series.add(3, {"a": -3.0, "new": 1.0})
    assert series.column("a")[1].tolist() == [2, 4, 6, 8, -1] and series.last("key") == 7 and len(series) == 5
    assert series.names == ("a", "key")


@given(st.integers(4, 40), st.lists(st.integers(1, 9), min_size=1, max_size=400))
def test_old_times_get_coarser(most, steps):
    ticks = np.cumsum(steps).tolist()
    series = filled(ticks, most)
    kept, values = series.column("a")
    assert len(kept) <= most and len(kept) >= min(len(ticks), most // 2)
    assert set(kept.tolist()) <= set(ticks) and (values == 2 * kept).all() and (np.diff(kept) > 0).all()
    assert kept[0] == ticks[0] and kept[-1] == ticks[-1]
    newest = min(len(ticks), most // 2 + 1)
    assert kept[-newest:].tolist() == ticks[-newest:]


def test_thinning_takes_every_other_row_of_the_older_half():
    assert filled(range(1, 10), 8).ticks.tolist() == [1, 3, 5, 6, 7, 8, 9]


@pytest.mark.parametrize(("tick", "left"), [(0, 0), (1, 1), (17, 17), (30, 30), (99, 30)])
def test_rewind(tick, left):
    series = filled(range(1, 31))
    series.rewind(tick)
    assert len(series) == left and series.names == ("a", "b")
    series.add(100, {"b": 5.0})
    assert np.isnan(series.column("a")[1][-1]) and series.last("b") == 5


@given(st.integers(0, 60), st.integers(4, 64))
def test_saved_and_restored(rows, most):
    series = filled(range(1, rows + 1))
    saved = series.saved()
    series.add(1000, {"c": 1.0})
    assert len(saved["ticks"]) == rows and len(saved["names"]) <= 2, "it shares nothing with the series"
    other = Series(most)
    other.restore(saved)
    assert other.names == tuple(saved["names"]) and len(other) <= most
    if rows <= most:
        np.testing.assert_equal(other.saved(), saved)
    for tick in range(rows + 1, rows + 100):
        other.add(tick, {"a": 2.0 * tick, "later": 1.0})
    kept, values = other.column("a")
    assert (values == 2 * kept).all() and kept[-1] == rows + 99 and len(other) <= most


def test_a_copy_goes_its_own_way():
    series = filled(range(1, 9), 8)
    other = series.copy()
    series.add(9, {"a": 0.0})
    assert other.ticks.tolist() == list(range(1, 9)) and other.names == ("a",) and other.last("a") == 16
    other.add(9, {"c": 1.0})
    assert other.ticks.tolist() == series.ticks.tolist() and "c" not in series.names
