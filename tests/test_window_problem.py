"""Problems in the window: one mind, whose lives are bands and marks along the bar of time."""

import numpy as np
import pytest
import windows

from alife.viewer import timeline

pygame = windows.pygame


@pytest.fixture(autouse=True)
def display(monkeypatch, tmp_path):
    yield from windows.hidden(monkeypatch, tmp_path)


@pytest.fixture
def d(tmp_path):
    return windows.Driven(windows.problem(), tmp_path / "out")


def live(d, ticks):
    d.player.live(ticks)
    d.player.publish()
    d.pump()


def test_the_only_mind_is_always_shown(d):
    assert d.frame.story.person.title == "champion 1" and d.frame.story.look is not None
    assert set(d.stage.areas) == {"menu", "hint", "header", "timeline", "world", "mind", "charts"}
    d.click(d.centre(1, 1))
    d.move(d.centre(0, 0))
    d.key("tab")
    assert d.ui.follow is None and d.frame.story.person.title == "champion 1" and d.ui.dialog is None
    actions = {mark.action for mark in d.stage.marks}
    assert ("twin",) in actions and ("mind", "swap") not in actions and not any(a and a[0] == "follow" for a in actions)


def test_lives_end_and_others_begin(d):
    while not d.frame.scene.is_over:
        d.key(".")
    assert any("over" in words and words.startswith("copy: life 1") for words in d.words())
    assert any(words.startswith("life 1: score ") for words in d.words())
    d.key(".")
    assert d.frame.scene.life == 2 and d.frame.story.person.title == "champion 2"
    d.key(",")
    assert d.frame.scene.life == 1 and d.frame.scene.is_over


def test_phases_and_answers_stand_on_the_bar_of_time(d):
    while not d.frame.story.marks:
        live(d, 1)
    tick, kind, words = d.frame.story.marks[0]
    assert kind in timeline.KINDS and f"tick {tick:,}: {words}" in d.words()
    live(d, 1)
    names = {name for start, end, name in d.frame.story.bands if end > start}
    assert len(names) == 2 and all(any(f"({name})" in words for words in d.words()) for name in names)
    d.click(next(mark.rect.center for mark in d.stage.marks if mark.words.startswith(f"tick {tick:,}: {words}")))
    assert abs(d.source.tick - tick) <= 1 and d.player.paused


def test_buttons_of_time(d):
    marks = {mark.action: mark.words for mark in d.stage.marks if mark.action}
    assert marks["next", "death"] == "to the end of this life" and ("next", "birth") not in marks
    d.do(("next", "death"))
    assert d.frame.scene.is_over and d.source.life == 0 and d.player.paused


@pytest.mark.parametrize("deed", ["wipe", "scramble", "freeze memory"])
def test_experiments_run_beside_a_twin_that_lives_the_same_life(d, deed):
    live(d, 4)
    d.acting.do(("mind", deed))
    d.pump()
    alone = d.player.twin.fork()
    first = None
    for _ in range(25):
        d.player.live(1)
        d.player.publish()
        alone.advance(1)
        first = first or (d.source.tick if d.source.visible() != alone.visible() else None)
        assert (d.frame.first_difference == first and d.frame.twin.life == d.frame.scene.life) or d.frame.scene.is_over
        assert d.player.twin.digest() == alone.digest()
    d.key("n")
    assert d.source.life == d.player.twin.life


def test_a_unit_can_be_held_and_given_back(d):
    genes = d.source.genome(0)
    is_open = bool(d.frame.story.look.strips[0].gates[5])
    d.do(("force", 0, 0, 5))
    assert d.source.held()[0][0, 5] == (not is_open) and d.frame.twin is not None
    assert f"layer head 1, unit 5: held {'closed' if is_open else 'open'}; click forces it {'open' if is_open else 'closed'}" in d.words()
    assert any("1 gate held" in words for words in d.words())
    d.do(("mind", "restore genes"))
    assert np.array_equal(d.source.genome(0), genes) and d.source.held() == []


def test_a_frozen_memory_can_be_thawed_by_mouse(d):
    d.resize((1000, 2000))
    live(d, 2)
    d.do(("mind", "freeze memory"))
    assert any("memory frozen" in words for words in d.words())
    assert ("mind", "freeze memory") not in {mark.action for mark in d.stage.marks}
    d.do(("mind", "thaw memory"))
    assert not d.source.edits_in_words()


def test_nothing_is_at_stake(d):
    d.acting.do(("mind", "wipe"))
    d.pump()
    d.event(pygame.QUIT)
    assert not d.acting.is_open


def test_zooming_a_picture(d):
    before = d.ui.camera
    d.wheel(3, d.centre(1, 1))
    assert d.ui.camera.scale > before.scale and d._cell(d.centre(1, 1)) == (1, 1)
    d.key("home")
    assert d.ui.camera == before
