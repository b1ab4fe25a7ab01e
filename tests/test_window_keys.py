"""Every command of the window, by each of its keys and by mouse through the menus, does what it says: in both kinds of worlds."""

import numpy as np
import pytest
import windows
from PIL import Image

from alife.core import config
from alife.sim import edits
from alife.sim.ecosystem import Ecosystem
from alife.viewer import commands, menus, player
from alife.viewer.camera import fit
from alife.viewer.colours import MODES
from alife.viewer.commands import COMMANDS, offered

pygame = windows.pygame


@pytest.fixture(autouse=True)
def display(monkeypatch, tmp_path):
    yield from windows.hidden(monkeypatch, tmp_path)


@pytest.fixture
def full(monkeypatch):
    """How often the window was asked to fill the screen."""
    asked = []
    monkeypatch.setattr(pygame.display, "toggle_fullscreen", lambda: asked.append(1))
    return asked


def live(d, ticks):
    """So many ticks, seen."""
    d.player.live(ticks)
    d.player.publish()
    d.pump()


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
        live(d, 4)
        return 0
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


# ---- Mind ----


def follow(d, go):
    live(d, 1)
    go()
    chosen = d.ui.follow
    assert chosen == d.source.champion() and d.ui.is_centred
    d.wheel(8, d.centre(3, 3))
    live(d, 5)
    place = np.flatnonzero(d.frame.scene.agents.id == chosen)[0]
    d.pump(1.0)
    at = d.centre(int(d.frame.scene.agents.row[place]), int(d.frame.scene.agents.column[place]))
    assert max(abs(a - b) for a, b in zip(at, d.stage.panes[-1].center, strict=True)) <= d.ui.camera.scale
    go()
    assert d.ui.follow == chosen and not d.ui.is_centred


def next_agent(d, go):
    ids = sorted(d.frame.scene.agents.id.tolist())
    for agent in ids[:2]:
        go()
        assert d.ui.follow == agent and d.player.memoirs.followed == agent and d.frame.story.person.id == agent
    d.window.acting.choose(ids[-1])
    go()
    assert d.ui.follow == ids[0]


def force(d, go):
    choose(d)
    of, gates = d.frame.story.look.map, [strip.gates.tolist() for strip in d.frame.story.look.strips]
    go()
    assert d.ui.message.endswith("all 256 gates held") and d.frame.twin is not None
    for _ in range(3):
        live(d, 1)
        assert np.allclose(d.frame.story.look.map, of, rtol=1e-5)
        assert [gates.tolist() for half in d.frame.story.person.held for gates in half] == gates
    assert any(words.endswith("64 held by hand") for words in d.words())


def free(d, go):
    agent = choose(d)
    genes = d.source.genome(agent)
    d.window.acting.do(("hold map",))
    d.pump()
    assert d.source.edits_in_words(agent) and not np.array_equal(d.source.genome(agent), genes)
    go()
    assert not d.source.edits_in_words(agent) and np.array_equal(d.source.genome(agent), genes)


def wipe(d, go):
    agent = remembering(d)
    before = weight(d.source, agent)
    go()
    assert before > 0 == weight(d.source, agent) and weight(d.twin, agent) == before


def scramble(d, go):
    agent = remembering(d)
    go()
    assert weight(d.source, agent) == pytest.approx(weight(d.twin, agent)) and d.source.digest() != d.twin.digest()


def freeze(d, go):
    agent = remembering(d)
    before = weight(d.source, agent)
    go()
    live(d, 2)
    assert "frozen" in " ".join(d.source.edits_in_words(agent)) and weight(d.source, agent) == before


def thaw(d, go):
    agent = remembering(d)
    d.window.acting.do(("mind", "freeze memory"))
    d.pump()
    go()
    assert not d.source.edits_in_words(agent)


def swap(d, go):
    agent = remembering(d)
    before = {int(each): weight(d.source, each) for each in d.frame.scene.agents.id}
    go()
    other = d.source.journal.edits[-1].other
    assert (weight(d.source, agent), weight(d.source, other)) == (before[other], before[agent])
    agents = d.frame.scene.agents
    far = dict(zip(agents.id.tolist(), zip(agents.row.tolist(), agents.column.tolist(), strict=True), strict=True))
    away = {each: abs(r - far[agent][0]) + abs(c - far[agent][1]) for each, (r, c) in far.items() if each != agent}
    assert away[other] == min(away.values())


# ---- Tools ----


def brushes(d, go):
    go()
    title, entries = d.ui.popup
    assert title == "brush, 1 cell wide" and {"wall", "good food", "erase", "agent: file …"} <= {entry.text for entry in entries}
    d.key("e")
    assert d.ui.popup is None


def twin(d, go):
    go()
    assert d.frame.twin is not None and d.player.twin.digest() == d.source.digest() and len(d.stage.panes) == 2
    live(d, 3)
    assert d.player.twin.digest() == d.source.digest() and d.frame.first_difference is None
    go()
    assert d.frame.twin is None and len(d.stage.panes) == 1


def happens(what):
    def check(d, go):
        living, land = d.source.ecosystem.living, d.frame.scene.land
        go()
        (edit,) = d.source.journal.edits
        assert (edit.kind, edit.do, edit.at) == ("happen", what, 0) and d.ui.dialog is None and d.ui.message.startswith(what)
        live(d, 1)
        now = d.source.ecosystem.living
        assert {"plague": now < 0.7 * living, "migration": now > living + 50}.get(what, True)
        assert what != "flood" or (d.frame.scene.land != land).any(axis=2).sum() > 50
        d.key("ctrl+z")
        assert not d.source.journal.edits and d.source.tick == 0

    return check


def undo(d, go):
    go()
    assert d.ui.message == "nothing to undo"
    agent = remembering(d)
    tick, digest = d.source.tick, d.source.digest()
    d.window.acting.do(("mind", "wipe"))
    d.pump()
    live(d, 2)
    assert d.source.digest() != digest and d.frame.story.edits == 1
    go()
    assert (d.source.tick, d.source.digest(), d.frame.last) == (tick, digest, tick) and d.frame.story.edits == 0
    assert weight(d.source, agent) > 0


# ---- all others ----


def helps(d, go):
    go()
    assert d.ui.help_page == 0 and any(words.startswith("the help") for words in d.words())
    d.key("h")
    assert d.ui.help_page is None


def move(dx, dy):
    def check(d, go):
        d.wheel(9, d.stage.panes[-1].center)
        before = d.ui.camera
        go()
        assert d.ui.camera == before.moved(-64 * dx, -64 * dy) != before

    return check


def opens_menus(d, go):
    go()
    assert d.ui.opened == "World"
    d.key("escape")
    assert d.ui.opened is None and d.ui.dialog is None


def escape(d, go):
    go()
    assert d.ui.dialog.title == "Leave?" and d.acting.is_open
    go()
    assert d.ui.dialog is None and d.acting.is_open
    go()
    d.key("enter")
    assert not d.acting.is_open


CHECKS = {
    "save": save, "screenshot": screenshot, "record": record, "quit": leave, "pause": pause, "step": step, "back": back,
    "faster": faster, "slower": slower, "normal speed": normal_speed, "full speed": full_speed, "first": first, "last": last,
    "next life": next_life, "end of life": end_of_life, "next birth": next_birth, "next death": next_death,
    "next decision": next_decision, "fit": whole_world, "closer": closer, "farther": farther, "colour": colour,
    **{f"colour by {mode}": colour_by(mode) for mode in MODES},
    **{f"{name} panel": panel(name) for name in ("mind", "charts", "tree", "timeline")},
    "larger": larger, "smaller": smaller, "usual size": usual_size, "full screen": full_screen, "follow": follow,
    "next agent": next_agent, "force": force, "free": free, "wipe": wipe, "scramble": scramble, "freeze": freeze, "thaw": thaw,
    "swap": swap, "brushes": brushes, "twin": twin,
    **{what: happens(what) for what in ("drought", "flood", "plague", "migration")},
    "undo": undo, "help": helps, "left": move(-1, 0), "right": move(1, 0), "up": move(0, -1), "down": move(0, 1),
    "menus": opens_menus, "escape": escape,
}  # fmt: skip
WAYS = [
    pytest.param(kind, command, way, id=f"{kind}-{command.name}-{way}")
    for kind in ("ecosystem", "problem")
    for command in offered(COMMANDS, kind)
    for way in (*command.keys, *(["menu"] if command.menu else []))
]


def test_every_command_has_a_test():
    assert set(CHECKS) == {command.name for command in COMMANDS}


@pytest.mark.parametrize("kind, command, way", WAYS)
def test_commands(kind, command, way, tmp_path, full):
    d = windows.Driven(windows.living() if kind == "ecosystem" else windows.problem(), tmp_path / "out", (900, 600))
    d.asked = full

    def by_mouse():
        d.do(("menu", command.menu))
        assert d.ui.opened == command.menu
        d.do(command.action)

    CHECKS[command.name](d, by_mouse if way == "menu" else lambda: d.key(way))
    assert d.player.failure is None


@pytest.mark.parametrize("kind", ["ecosystem", "problem"])
def test_menus_by_keyboard(kind, tmp_path):
    d = windows.Driven(windows.living() if kind == "ecosystem" else windows.problem(), tmp_path, (900, 600))
    d.key("f10")
    done = []
    d.acting.do = done.append
    d.key("down")
    for title, entries in menus.grouped(offered(COMMANDS, kind)).items():
        assert d.ui.opened == title
        for i, entry in enumerate(entries):
            while d.ui.highlighted < i:
                d.key("down")
            d.key("enter")
            assert done.pop() == entry.action and d.ui.opened is None
            d.ui.opened, d.ui.highlighted = title, i
        d.key("right")
    assert (d.ui.opened, d.ui.highlighted) == ("World", 0)


def test_keys_that_nobody_wants_do_nothing(tmp_path):
    d = windows.Driven(windows.living(), tmp_path, (900, 600))
    digest, wanted = d.source.digest(), commands.by_key(COMMANDS, "ecosystem")
    for name in [*"abcdefghijklmnopqrstuvwxyz1234567890[]'", "f2", "f5", "insert", "delete", "end", "enter", "backspace"]:
        if name not in wanted:
            d.key(name)
    assert d.source.digest() == digest and not d.ui.is_covered and d.player.paused and d.acting.is_open
