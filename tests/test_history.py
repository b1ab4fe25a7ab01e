"""Snapshots to go back to: the first and the newest stay, the room is kept, and what is old is kept in larger steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alife.viewer.history import LARGEST, History, budget
from alife.viewer.source import size_of


def saved(size):
    return {"array": np.zeros(size, np.uint8), "meta": "words"}, None


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 40)), min_size=1, max_size=60), st.integers(1, 300), st.integers(2, 12))
def test_what_is_kept(added, room, most):
    history, told = History(room, most), {}
    for tick, size in added:
        first = min(history.ticks, default=tick)
        history.add(tick, saved(size))
        told[tick] = size
        assert history.ticks == sorted(set(history.ticks)) and {min(first, tick), max(history.ticks)} <= set(history.ticks)
        assert set(history.ticks) <= set(told) and max(told) in history.ticks
        kept = len(history.ticks)
        assert kept <= 2 or (kept <= most and sum(size_of(history.at(t)) for t in history.ticks) <= room)
        assert all(size_of(history.at(t)) == told[t] for t in history.ticks) and history.first == min(history.ticks)


@given(st.integers(10, 400), st.integers(4, 30))
def test_the_older_the_coarser(ticks, most):
    """Steps of equal size: gaps grow with age, and nowhere is one larger than a few times its age over the number of snapshots."""
    history = History(1 << 40, most)
    for tick in range(ticks):
        history.add(tick, saved(1))
    kept = np.array(history.ticks)
    assert len(kept) == min(ticks, most) and kept[0] == 0 and kept[-1] == ticks - 1
    gaps, ages = np.diff(kept), ticks - kept[:-1]
    assert (gaps <= np.maximum(1, ages)).all() and gaps[-1] <= max(1, 2 * ticks // most)


@given(st.sets(st.integers(0, 60), min_size=1), st.sets(st.integers(0, 60)), st.integers(-1, 61))
def test_what_is_nearest(in_memory, on_disk, tick):
    loaded = []
    history = History(saved={at: lambda at=at: loaded.append(at) or ("disk", at) for at in on_disk})
    for at in in_memory:
        history.add(at, saved(1))
    both = in_memory | on_disk
    assert history.before(tick) == max((at for at in both if at <= tick), default=None) and history.first == min(both)
    assert not loaded, "nothing is loaded before it is asked for"
    for at in both:
        assert (history.at(at) == ("disk", at)) == (at not in in_memory)
    with pytest.raises(KeyError):
        history.at(61)
    history.forget_after(tick)
    left = {at for at in both if at <= tick}
    assert set(history.ticks) | set(history.saved) == left


def test_another_one_of_the_same_tick_takes_its_place():
    history = History()
    for size in (3, 5):
        history.add(7, saved(size))
    assert history.ticks == [7] and size_of(history.at(7)) == 5


def test_room_on_this_machine(monkeypatch):
    assert 0 < budget() <= LARGEST
    monkeypatch.delattr("os.sysconf", raising=False)
    assert budget() == LARGEST // 4
