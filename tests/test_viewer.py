"""The window shows what happens, and looking at it changes nothing; it begins as it ended."""

import json
import math

import numpy as np
import pytest
import windows
from windows import hidden  # noqa: F401

from alife.core.errors import UserError
from alife.sim.edits import Happen
from alife.viewer import preferences, window
from alife.viewer.charts import ECOSYSTEM
from alife.viewer.colours import MODES
from alife.viewer.docks import Docks
from alife.viewer.office import Office

pygame = windows.pygame
KINDS = ["ecosystem", "problem"]


def source_of(kind):
    return windows.living() if kind == "ecosystem" else windows.problem()


@pytest.mark.parametrize("kind", KINDS)
def test_looking_changes_nothing(kind, tmp_path):
    unseen = source_of(kind).fork()
    d = windows.Driven(source_of(kind), tmp_path, (900, 600))
    gestures = [
        lambda: d.key("f"), lambda: d.move(d.centre(3, 2)), lambda: d.wheel(3, d.centre(2, 2)), lambda: d.key("h"), lambda: d.key("h"),
        lambda: d.drag(d.stage.panes[-1].center, (300, 300)), lambda: d.key("tab"), lambda: d.wheel(-5, d.stage.areas["mind"].center),
        lambda: d.key("e"), lambda: d.key("escape"), lambda: d.key("v"), lambda: d.key("p"), lambda: d.resize((640, 480)),
        lambda: d.key("ctrl++"), lambda: d.pump(1.0), lambda: d.key("v"), lambda: d.do(("menu", "Time")) or d.key("escape"),
        *[lambda mode=mode: d.acting.do(("colour", mode)) for mode in MODES],
    ]  # fmt: skip
    for gesture in gestures:
        gesture()
        d.ui.dialog = None
        d.key(".")
        unseen.advance(1)
        assert (d.source.tick, d.source.digest()) == (unseen.tick, unseen.digest())


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_are_the_same_until_something_happens(kind, tmp_path):
    d = windows.Driven(source_of(kind), tmp_path)
    first = d.pixels()
    d.player.publish()
    d.pump(5.0)
    assert np.array_equal(d.pixels(), first)
    d.key(".")
    d.pump(5.0)
    assert not np.array_equal(d.pixels(), first)


def test_nothing_new_is_not_drawn_again(tmp_path, monkeypatch):
    d = windows.Driven(windows.living(), tmp_path)
    d.pump(5.0)
    drawn = []
    monkeypatch.setattr(d.stage, "draw", lambda *_: drawn.append(1))
    for _ in range(5):
        d.window.refresh(d.now + 9.0)
    assert not drawn
    d.player.publish()
    d.window.refresh(d.now + 9.0)
    assert drawn == [1]


def test_what_is_no_number_is_drawn_too(tmp_path):
    source = windows.problem()
    source._now.scores += [math.nan, math.inf, -3.0, 7.0]
    moment = source.moment

    def odd(agent):
        found = moment(agent)
        found.seen[0], found.recall[0], found.middle[:], found.out[1] = np.nan, np.inf, np.nan, -np.inf
        return found._replace(gate=math.nan, weight=math.nan)

    source.moment = odd
    d = windows.Driven(source, tmp_path)
    d.key(".")
    assert d.player.failure is None and d.ui.dialog is None


# ---- what is remembered ----


def test_it_begins_as_it_ended(tmp_path):
    d = windows.Driven(windows.living(), tmp_path, (1000, 700))
    d.key("2")
    d.key("t")
    d.key("ctrl++")
    grip = d.ui.docks.grips((1000, 700), 1.25)["mind"]
    d.drag((grip.centerx, 300), (grip.centerx - 40, 300))
    assert preferences.save(d.window.kept()) == ""
    kept, note = preferences.load()
    assert note == "" and kept.size == (1000, 700)
    e = windows.Driven(windows.living(), tmp_path, kept.size, kept=kept)
    assert (e.ui.mode, e.ui.docks, e.ui.scale) == ("energy", d.ui.docks, 1.25) and "tree" not in e.stage.areas
    assert e.stage.areas == d.stage.areas


def test_what_nobody_knows_any_more_is_left_out(tmp_path):
    kept = preferences.Preferences(colour="taste", charts=("weather", ECOSYSTEM[0].title))
    d = windows.Driven(windows.living(), tmp_path, kept=kept)
    assert (d.ui.mode, d.ui.charts) == ("species", ECOSYSTEM[:1])


def leaving(code, steps=3):
    """Press a key when so many pictures were drawn."""
    refresh = window.Window.refresh

    def pressed(self, now):
        refresh(self, now)
        self.shown = getattr(self, "shown", 0) + 1
        if self.shown == steps:
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=code, unicode="", mod=pygame.KMOD_CTRL, scancode=0))

    return pressed


def test_watching_ends_and_keeps_how_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(window.Window, "refresh", leaving(pygame.K_q))
    source = windows.living()
    player = window.watch(source, "meadow", Office(tmp_path / "out", source.origin), windows.no_genes)
    assert player.source is source and player._thread is None and not pygame.display.get_init()
    assert json.loads(preferences.path().read_text())["size"] == [1024, 768]  # of the largest desktop there is
    assert not (tmp_path / "out").exists()


def test_damaged_settings_are_told(tmp_path, monkeypatch):
    preferences.path().parent.mkdir(parents=True)
    preferences.path().write_text("{")
    monkeypatch.setattr(window.Window, "refresh", leaving(pygame.K_q))
    told = []
    say = window.Acting.say
    monkeypatch.setattr(window.Acting, "say", lambda self, text, is_error=False: told.append(text) or say(self, text, is_error))
    window.watch(windows.problem(), "copy", Office(tmp_path, None), windows.no_genes)
    assert "begun with the defaults" in told[0]
    assert preferences.load()[1] == "" and preferences.load()[0].docks == Docks()


def test_settings_that_cannot_be_kept_stop_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("ALIFE_CONFIG_DIR", str(tmp_path / "file"))
    (tmp_path / "file").touch()
    monkeypatch.setattr(window.Window, "refresh", leaving(pygame.K_q))
    window.watch(windows.problem(), "copy", Office(tmp_path, None), windows.no_genes)


def test_no_display_is_told_before_anything_happens(tmp_path, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "nonsense")
    source = windows.problem()
    with pytest.raises(UserError, match="no display"):
        window.watch(source, "copy", Office(tmp_path, None), windows.no_genes)
    assert source.tick == 0


def test_a_world_without_anybody_is_shown(tmp_path):
    d = windows.Driven(windows.living(), tmp_path)
    d.key("f")
    d.player.edit(Happen(at=0, do="plague", share=1.0), False)
    for name in (".", "space", "tab", "f", "b", "e", "7", ".", "v"):
        d.key(name)
        d.pump(1.0)
        d.ui.dialog = None
    assert d.source.is_over and d.frame.scene.numbers["population"] == 0 and d.player.failure is None
    d.key("home")
    d.click(d.stage.panes[0].center)
    d.key("ctrl+z")
    assert d.source.ecosystem.living == 60 and not d.source.is_over
