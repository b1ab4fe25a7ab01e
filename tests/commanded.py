"""What commands of the window do, as checks: a function takes a driven window, and what gives the command (a key, the mouse)."""

import numpy as np
import windows
from PIL import Image

from alife.core import config
from alife.sim import edits
from alife.sim.ecosystem import Ecosystem
from alife.viewer import player
from alife.viewer.camera import fit
from alife.viewer.colours import MODES

pygame = windows.pygame


def live(d, ticks):
    """So many ticks, seen."""
    d.player.live(ticks)
    d.player.publish()
    d.pump()


def followed(d):
    """With an agent that has thought a while."""
    d.acting.choose(d.source.champion())
    d.pump()
    live(d, 20)


def choose(d):
    """Somebody whose mind is shown."""
    if d.ui.kind == "problem":
        return 0
    live(d, 2)
    agent, at = d.agent()
    d.click(at)
    assert d.ui.follow == agent
    return agent


def remembering(d):
    """The agent whose memory holds something, chosen."""
    if d.ui.kind == "problem":
        for _ in range(100):
            live(d, 1)
            if weight(d.source, 0) > 0:
                return 0
        raise AssertionError("nothing was written in 100 ticks")
    live(d, 30)
    agent = max(d.frame.scene.agents.id.tolist(), key=lambda agent: d.source.moment(agent).weight)
    d.window.acting.choose(agent)
    d.pump()
    return agent


def weight(source, agent):
    """Size of what a memory holds."""
    return source.moment(agent).weight


# ---- World ----


def save(d, go):
    d.player.edit(edits.Happen(at=0, do="plague", share=0.5), False)
    live(d, 3)
    go()
    assert d.ui.message.startswith("saved; live it again: alife run ") and d.ui.dialog is None
    (folder,) = [path for path in d.office.folder.iterdir() if (path / "edits.json").exists()]
    ecosystem = Ecosystem(config.load(str(folder / "config.yaml")))
    ecosystem.found()
    edits.Journal(ecosystem, edits.load(folder / "edits.json")).advance(3)
    assert ecosystem.digest() == d.source.digest()
    d.key("ctrl+q")  # nothing is at stake
    assert not d.acting.is_open


def screenshot(d, go):
    go()
    (path,) = d.office.folder.glob("*.png")
    assert d.ui.message == f"saved {path}"
    d.window.acting.say("")
    d.window.draw(d.now)
    shown = np.asarray(Image.open(path).convert("RGB"))
    assert shown.shape == d.pixels().shape and (shown[:-100] == d.pixels()[:-100]).all()


def record(d, go):
    go()
    assert d.office.is_recording
    for _ in range(3):
        d.pump(0.1)
    assert any("recording" in words for words in d.words())
    go()
    (path,) = d.office.folder.glob("*.gif")
    assert not d.office.is_recording and d.ui.message == f"saved {path}"
    film = Image.open(path)
    assert film.n_frames > 1 and film.size == pygame.display.get_window_size()


def leave(d, go):
    go()
    assert not d.acting.is_open and d.ui.dialog is None


# ---- Time ----


def pause(d, go):
    go()
    assert not d.player.paused
    for _ in range(9):
        d.pump(0.1)
    assert d.source.tick > 5
    go()
    tick = d.source.tick
    d.pump(1.0)
    assert d.player.paused and d.source.tick == tick and any("paused" in words for words in d.words())


def step(d, go):
    d.player.pause(False)
    tick = d.source.tick
    go()
    assert d.player.paused and d.source.tick - tick >= 1
    tick = d.source.tick
    go()
    assert d.source.tick == tick + 1


def back(d, go):
    live(d, 5)
    digest = d.source.digest()
    live(d, 1)
    go()
    assert (d.source.tick, d.source.digest()) == (5, digest) and d.frame.last == 6


def faster(d, go):
    go()
    assert d.player.speed == player.NORMAL + 1


def slower(d, go):
    go()
    assert d.player.speed == player.NORMAL - 1


def normal_speed(d, go):
    d.player.speed = 0
    go()
    assert d.player.speed == player.NORMAL


def full_speed(d, go):
    go()
    assert player.SPEEDS[d.player.speed] == float("inf")


def first(d, go):
    live(d, 30)
    start = d.frame.story.first if d.ui.kind == "problem" else 0
    go()
    assert d.source.tick == start < 30 and d.frame.last == 30


def last(d, go):
    live(d, 30)
    d.player.goto(25)
    d.player.publish()
    d.pump()
    go()
    assert d.source.tick == 30


def next_life(d, go):
    live(d, 1)
    go()
    assert (d.source.life, d.source.scores) == (1, []) and d.frame.scene.life == 2


def end_of_life(d, go):
    live(d, 1)
    go()
    assert d.source.life == 0 and len(d.source.scores) == 1 and d.frame.scene.is_over and d.player.paused


def next_birth(d, go):
    born = d.source.ecosystem.born
    go()
    assert d.source.ecosystem.born > born and d.player.paused and d.ui.message == f"birth at tick {d.source.tick:,}"
    d.key(",")
    assert d.source.ecosystem.born == born


def next_death(d, go):
    died = d.source.ecosystem.died
    go()
    assert d.source.ecosystem.died > died and d.player.paused
    d.key(",")
    assert d.source.ecosystem.died == died


def next_decision(d, go):
    if d.ui.kind == "ecosystem":
        d.window.acting.peek(None)
        go()
        assert d.ui.dialog.kind == "error" and "click an agent first" in d.ui.dialog.lines[0]
        d.key("escape")
    choose(d)
    tick, before = d.source.tick, d.player.memoirs.signs()["decision"]
    go()
    assert d.source.tick > tick and d.player.memoirs.signs()["decision"] != before
    d.key(",")
    assert d.player.memoirs.signs()["decision"] == before


# ---- View ----


def whole_world(d, go):
    d.wheel(5, d.centre(3, 3))
    go()
    camera = d.ui.camera
    assert camera == fit(camera.rows, camera.columns, camera.size)


def closer(d, go):
    before = d.ui.camera
    go()
    assert d.ui.camera.scale > before.scale


def farther(d, go):
    d.wheel(5, d.centre(3, 3))
    before = d.ui.camera
    go()
    assert d.ui.camera.scale < before.scale


def colour(d, go):
    go()
    assert d.ui.mode == MODES[1]


def colour_by(mode):
    def check(d, go):
        d.window.acting.do(("colour", "action"))
        go()
        assert d.ui.mode == mode
        assert (d.player.wants.keys, d.player.wants.species) == (mode in ("key", "memory"), mode == "species")
        assert any(mark.words.startswith("what the colours") for mark in d.stage.marks)

    return check


def panel(name):
    def check(d, go):
        before = dict(d.stage.areas)
        assert name in before
        go()
        assert name not in d.stage.areas and d.stage.areas != before and d.player.wants.tree == (name != "tree")
        go()
        assert d.stage.areas == before and d.player.wants.tree

    return check


def larger(d, go):
    go()
    assert d.ui.scale == 1.25 and d.stage.areas["menu"].height == 30


def smaller(d, go):
    go()
    assert d.ui.scale == 0.875 and d.stage.areas["menu"].height == 21


def usual_size(d, go):
    d.ui.scale = 2.0
    d.window.draw(d.now)
    go()
    assert d.ui.scale == 1.0


def full_screen(d, go):
    go()
    assert d.asked == [1]
