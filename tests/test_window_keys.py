"""Every command of the window, by each of its keys and by mouse through the menus, does what it says: in both kinds of worlds."""

import commanded as c
import numpy as np
import pytest
import windows
from commanded import choose, live, remembering, weight
from windows import hidden  # noqa: F401

from alife.viewer import commands, menus
from alife.viewer.colours import MODES
from alife.viewer.commands import COMMANDS, offered

pygame = windows.pygame


@pytest.fixture
def full(monkeypatch):
    """How often the window was asked to fill the screen."""
    asked = []
    monkeypatch.setattr(pygame.display, "toggle_fullscreen", lambda: asked.append(1))
    return asked


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
    "save": c.save, "screenshot": c.screenshot, "record": c.record, "quit": c.leave, "pause": c.pause, "step": c.step, "back": c.back,
    "faster": c.faster, "slower": c.slower, "normal speed": c.normal_speed, "full speed": c.full_speed, "first": c.first, "last": c.last,
    "next life": c.next_life, "end of life": c.end_of_life, "next birth": c.next_birth, "next death": c.next_death,
    "next decision": c.next_decision, "fit": c.whole_world, "closer": c.closer, "farther": c.farther, "colour": c.colour,
    **{f"colour by {mode}": c.colour_by(mode) for mode in MODES},
    **{f"{name} panel": c.panel(name) for name in ("mind", "charts", "tree", "timeline")},
    "larger": c.larger, "smaller": c.smaller, "usual size": c.usual_size, "full screen": c.full_screen, "follow": follow,
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


def test_lists_of_choices_by_keyboard(tmp_path):
    d = windows.Driven(windows.living(), tmp_path)
    d.key("e")
    names = [entry.text for entry in d.ui.popup[1]]
    while d.ui.highlighted != names.index("wider"):
        d.key("down")
    d.key("enter")
    assert d.ui.brush_size == 3 and d.ui.popup[0] == "brush, 3 cells wide"
    while d.ui.highlighted != names.index("wall"):
        d.key("up")
    d.key("enter")
    assert d.ui.popup is None and d.ui.brush[0] == "wall"
    d.key("]")
    assert d.ui.brush_size == 5
    for _ in range(9):
        d.key("[")
    assert d.ui.brush_size == 1
    d.key("escape")
    assert d.ui.brush is None and d.ui.dialog is None


def test_pages_of_help_by_keyboard(tmp_path):
    d = windows.Driven(windows.living(), tmp_path)
    d.resize((640, 480))
    d.ui.scale = 2.0
    d.key("h")
    pages = next(int(mark.words.split()[-1]) for mark in d.stage.marks if mark.action == ("help page", 1))
    for page in [*range(1, pages), pages - 1]:
        d.key("right")
        assert d.ui.help_page == page
    d.do(("help page", pages - 2))
    d.key("left")
    assert d.ui.help_page == max(0, pages - 3)
    d.do(("help",))
    assert d.ui.help_page is None
