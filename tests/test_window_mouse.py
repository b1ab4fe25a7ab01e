"""The mouse in the window: all that can be clicked, and every gesture over world, panels and edges."""

import inspect

import numpy as np
import pytest
import windows
from commanded import followed, live
from windows import hidden  # noqa: F401

from alife.viewer import grid, timeline
from alife.viewer.acting import Acting
from alife.viewer.commands import COMMANDS, offered
from alife.viewer.docks import fitting
from alife.viewer.menus import grouped

pygame = windows.pygame


@pytest.fixture(autouse=True)
def never_full(monkeypatch):
    monkeypatch.setattr(pygame.display, "toggle_fullscreen", lambda: None)


@pytest.fixture
def meadow(tmp_path):
    return windows.Driven(windows.living(), tmp_path / "out")


def twinned(d):
    followed(d)
    d.acting.do(("mind", "scramble"))
    d.pump()
    live(d, 5)


def scrolled(d):
    followed(d)
    d.wheel(-30, d.stage.areas["mind"].center)


def opened(menu):
    return lambda d: d.click(d.mark(("menu", menu)))


def asked(action):
    def state(d):
        d.acting.do(action)
        d.window._stale = True
        d.pump()

    return state


STATES = {
    ("ecosystem", "as it begins"): lambda d: None,
    ("ecosystem", "somebody followed"): followed,
    ("ecosystem", "the end of a mind"): scrolled,
    ("ecosystem", "a twin"): twinned,
    **{("ecosystem", menu): opened(menu) for menu in grouped(offered(COMMANDS, "ecosystem"))},
    ("ecosystem", "brushes"): asked(("brushes",)),
    ("ecosystem", "help"): asked(("help",)),
    ("ecosystem", "leave?"): asked(("escape",)),
    ("ecosystem", "a file?"): asked(("brush", "agent: file …")),
    ("ecosystem", "an error"): lambda d: d.acting.error("no") or asked(("pause",))(d),
    ("problem", "as it begins"): lambda d: live(d, 9),
    ("problem", "the end of a mind"): lambda d: live(d, 9) or d.wheel(-30, d.stage.areas["mind"].center),
    **{("problem", menu): opened(menu) for menu in grouped(offered(COMMANDS, "problem"))},
    ("problem", "help"): asked(("help",)),
}


def driven(kind, folder, size=(1000, 700)):
    return windows.Driven(windows.living() if kind == "ecosystem" else windows.problem(), folder, size)


@pytest.mark.parametrize("kind, state", STATES)
def test_all_that_can_be_clicked_does_what_it_says(kind, state, tmp_path):
    """All are understood, and of those that lie uppermost one of each kind is clicked."""
    d = driven(kind, tmp_path)
    STATES[kind, state](d)
    wanted = {}
    for number, mark in enumerate(d.stage.marks):
        if mark.action is not None:
            name, *arguments = mark.action
            inspect.signature(getattr(Acting, "on_" + name.replace(" ", "_"))).bind(d.acting, *arguments)
            if number >= d.stage.above * d.ui.is_covered and (at := d.point_of(number)) is not None:
                wanted[name if name in ("goto", "force", "follow") else mark.action] = (mark.action, at)
    assert wanted
    do, done, ui = d.acting.do, [], dict(vars(d.ui))
    d.acting.do = done.append
    for action, at in wanted.values():
        d.click(at)
        if done[-1:] != [action]:  # places of the bar of time are gone to while it is dragged
            assert action[0] == done[-1][0] == "goto"
        vars(d.ui).update(ui)
        d.window.draw(d.now)
    d.acting.do = do
    for action, _ in wanted.values():
        do(action)
        d.pump()
        if d.ui.dialog is not None and d.ui.dialog.kind == "error":
            assert d.ui.dialog.lines[0]
        vars(d.ui).update(ui)
    assert d.player.failure is None


def is_told(d, size):
    """Marks and panels lie in the window, and what can be clicked has words, in one line."""
    window = pygame.Rect(0, 0, *size)
    assert d.stage.marks and all(window.contains(mark.rect) and "\n" not in mark.words for mark in d.stage.marks)
    assert all(mark.words for mark in d.stage.marks if mark.action is not None)
    assert all(window.contains(area) for area in d.stage.areas.values())


@pytest.mark.parametrize("kind, state", [each for each in STATES if each[0] == "ecosystem" or each[1] not in ("Time", "View")])
@pytest.mark.parametrize("size, scale", [((320, 240), 3.0), ((1920, 1080), 2.0)])
def test_all_marks_are_in_the_window_and_have_words(kind, state, size, scale, tmp_path):
    d = driven(kind, tmp_path, (1000, 700))
    STATES[kind, state](d)
    d.resize(size)
    d.ui.scale = scale
    d.event(pygame.VIDEORESIZE, size=size, w=size[0], h=size[1])
    d.event(pygame.VIDEOEXPOSE)
    is_told(d, size)
    d.move((size[0] // 2, size[1] // 2))
    d.pump(1.0)
    assert d.pixels().shape == (size[1], size[0], 3) and d.player.failure is None


@pytest.mark.parametrize("size", [(320, 240), (640, 480), (900, 600), (1920, 1080)])
def test_sizes_and_scales_come_and_go(meadow, size):
    d = meadow
    followed(d)
    d.resize(size)
    for scale in (1.0, 1.5, 2.0, 3.0, 0.75):
        d.ui.scale = scale
        d.event(pygame.VIDEORESIZE, size=size, w=size[0], h=size[1])
        assert d.stage.areas["world"].width >= min(160 * fitting(size, scale), size[0] // 2) - 1
        is_told(d, size)
        d.click(d.stage.panes[-1].center)
    assert d.player.failure is None


# ---- over the world ----


def test_the_wheel_goes_closer_to_what_is_under_it(meadow):
    d, at = meadow, meadow.centre(5, 17)
    smallest = d.ui.camera.scale
    for _ in range(12):
        d.wheel(1, at)
        assert d._cell(at) == (5, 17)
    assert d.ui.camera.scale > 3 * smallest
    for _ in range(30):
        d.wheel(-1, at)
    assert d.ui.camera.scale < smallest
    d.key("home")
    assert d.ui.camera.scale == smallest


@pytest.mark.parametrize("button", [1, 2, 3])
def test_a_drag_moves_the_world(meadow, button):
    d, start = meadow, meadow.centre(12, 12)
    d.wheel(8, start)
    cell, end = d._cell(start), (start[0] + 83, start[1] - 41)
    d.press(start, button)
    d.move((start[0] + 2, start[1] + 1), 1)
    assert d._cell(start) == cell  # a hand that trembles
    for i in range(3, 84):
        d.move((start[0] + i, start[1] - i * 41 // 83), 1)
    d.release(end, button)
    assert abs(d.centre(*cell)[0] - end[0]) <= d.ui.camera.scale and abs(d.centre(*cell)[1] - end[1]) <= d.ui.camera.scale
    assert d.ui.follow is None
    d.move((end[0] + 50, end[1]))
    assert abs(d.centre(*cell)[0] - end[0]) <= d.ui.camera.scale


def test_a_click_chooses_and_a_click_beside_lets_go(meadow):
    d = meadow
    for number in (0, 7):
        agent, at = d.agent(number)
        d.click(at)
        assert (d.ui.follow, d.player.memoirs.followed, d.frame.story.person.id) == (agent, agent, agent)
        assert d.frame.story.look is not None and any(f"agent {agent:,}" in words for words in d.words())
    d.click(d.centre(*d.empty()))
    assert d.ui.follow is None and d.frame.story.person is None
    d.click(d.agent()[1], button=3)
    assert d.ui.follow is None


def test_a_mind_is_seen_in_passing_while_nobody_is_chosen(meadow):
    d = meadow
    (first, at), (second, beside) = d.agent(0), d.agent(5)
    d.move(at)
    assert (d.ui.follow, d.frame.story.person.id) == (None, first)
    d.move(d.centre(*d.empty()))
    assert d.frame.story.person.id == first  # so that the pointer can go and look
    d.move(beside)
    assert d.frame.story.person.id == second
    d.click(at)
    d.move(beside)
    assert d.frame.story.person.id == first


def test_a_pointer_at_rest_is_told_what_it_is_on(meadow):
    d = meadow
    agent, at = d.agent()
    d.move(at)
    moving = d.pixels()
    d.pump(0.1)
    assert not d.ui.is_resting
    d.pump(0.3)
    assert d.ui.is_resting and (d.pixels() != moving).any()
    assert d.stage._words(d.ui, d.frame).startswith(f"agent {agent:,} · species")
    d.move((at[0] + 1, at[1]))
    assert not d.ui.is_resting
    d.move(d.centre(*d.empty()))
    d.pump(1.0)
    assert d.stage._words(d.ui, d.frame) == "cell {}, {}".format(*d.empty())
    d.press(at)
    d.pump(1.0)
    assert not d.ui.is_resting  # it is held
    d.release(at)
    d.event(pygame.WINDOWLEAVE)
    assert d.ui.hovered is None


def test_each_of_two_worlds_is_asked_about_its_own_agents(meadow):
    d = meadow
    d.acting.do(("happen", "plague"))
    d.acting.do(("twin",))
    d.pump()
    d.acting.do(("happen", "migration"))
    d.pump()
    live(d, 1)
    ids = set(d.frame.twin.agents.id.tolist())
    i = next(i for i, agent in enumerate(d.frame.scene.agents.id.tolist()) if agent not in ids)
    row, column = int(d.frame.scene.agents.row[i]), int(d.frame.scene.agents.column[i])
    right = d.centre(row, column)
    left = (right[0] - d.stage.panes[1].left + d.stage.panes[0].left, right[1])
    d.move(right)
    here = d.stage._words(d.ui, d.frame)
    d.move(left)
    assert here.startswith(f"agent {d.frame.scene.agents.id[i]:,}") and d.stage._words(d.ui, d.frame) != here
    d.click(left)
    assert d.ui.follow == grid.agent_at(d.frame.twin, row, column)


def test_the_view_goes_to_whom_the_tree_shows(meadow):
    d = meadow
    live(d, 5)
    d.wheel(14, d.centre(12, 12))
    agents = d.frame.scene.agents
    far = int(agents.id[np.argmax(abs(agents.row - 12) + abs(agents.column - 12))])
    assert not d.stage.panes[-1].contains((*d.agent(agents.id.tolist().index(far))[1], 1, 1))
    d.acting.do(("follow", far))
    d.pump()
    d.window.draw(d.now)
    assert d.stage.panes[-1].collidepoint(d.agent(agents.id.tolist().index(far))[1]) and not d.ui.is_centred
    d.do(("follow", far))  # 'follow' in its panel
    assert d.ui.is_centred
    d.do(("follow", None))
    assert not d.ui.is_centred and d.ui.follow == far


# ---- time ----


@pytest.mark.parametrize("kind", ["ecosystem", "problem"])
def test_the_bar_of_time_goes_to_exact_ticks(kind, tmp_path):
    d = driven(kind, tmp_path)
    digests, last = [d.source.digest()], 13
    while len(digests) <= last:
        live(d, 1)
        digests.append(d.source.digest())
    first = d.frame.story.first if kind == "problem" else 0
    assert first < last - 3
    bar = timeline.bar_of(d.stage.areas["timeline"], 1.0)

    def x_of(tick):
        return bar.left + round((tick - first) * (bar.width - 1) / (last - first))

    d.press((x_of(last), bar.centery))
    for tick in [*range(last, first - 1, -1), first + 1, last - 1, first]:
        d.move((x_of(tick), bar.centery), 1)
        assert (d.source.tick, d.source.digest()) == (tick, digests[tick]) and d.player.paused
    d.move((5000, -300), 1)  # outside of it
    assert d.source.tick == last and d.frame.last == last
    d.release((5000, -300))
    d.move((x_of(first), bar.centery))
    assert d.source.tick == last


# ---- edges, scrolling, folding, menus ----


@pytest.mark.parametrize("name, way", [("mind", (-50, 0)), ("bottom", (0, -60)), ("tree", (-30, 0))])
def test_edges_can_be_dragged(meadow, name, way):
    d = meadow
    grip = d.ui.docks.grips((1000, 700))[name]
    panel = {"mind": "mind", "bottom": "charts", "tree": "tree"}[name]
    before = d.stage.areas[panel].size
    start = (grip.centerx, grip.top + 40) if name != "bottom" else (grip.left + 100, grip.centery)
    d.drag(start, (start[0] + way[0], start[1] + way[1]))
    after = d.stage.areas[panel].size
    assert (after[0] - before[0], after[1] - before[1])[name == "bottom"] == -sum(way)
    d.move((start[0], start[1]))
    assert d.stage.areas[panel].size == after
    kept = d.kept()
    assert kept.docks == d.ui.docks != type(d.ui.docks)()


def test_the_mind_scrolls_and_folds(meadow):
    d = meadow
    followed(d)
    mind = d.stage.areas["mind"]
    d.wheel(-2, mind.center)
    assert d.ui.scroll == 96
    d.wheel(-999, mind.center)
    assert d.ui.scroll == d.ui.mind_height - mind.height
    d.wheel(999, mind.center)
    assert d.ui.scroll == 0
    height = d.ui.mind_height
    d.do(("fold", "senses"))
    assert d.ui.folded == {"senses"} and d.ui.mind_height < height
    d.do(("fold", "senses"))
    assert d.ui.mind_height == height


def test_menus_follow_the_pointer(meadow):
    d = meadow
    d.do(("menu", "Time"))
    d.move(d.mark(("step",)))
    entries = [entry.action for entry in grouped(d.ui.offered())["Time"]]
    assert (d.ui.opened, d.ui.highlighted) == ("Time", entries.index(("step",)))
    d.move(d.mark(("menu", "View")))
    assert d.ui.opened == "View"
    d.move(d.mark(("fit",)))
    assert d.ui.highlighted == 0
    d.click((d.stage.areas["world"].right - 5, d.stage.areas["world"].bottom - 40))
    assert d.ui.opened is None and d.ui.follow is None
    d.do(("menu", "View"))
    d.do(("menu", "View"))
    assert d.ui.opened is None
    d.do(("menu", "View"))
    d.do(("colour", "energy"))
    assert d.ui.mode == "energy" and d.ui.opened == "View"  # to try others


def test_what_lies_over_the_panels_hides_them(meadow):
    d = meadow
    agent, at = d.agent()
    d.acting.do(("brushes",))
    d.window._stale = True
    d.pump()
    box = next(mark.rect for mark in d.stage.marks[d.stage.above :])
    d.click((box.left + 3, box.top + 3))  # its title
    assert d.ui.popup is not None
    d.wheel(3, at)
    d.move(at)
    assert d.ui.hovered is None and d.ui.peek is None
    d.click(at)
    assert d.ui.popup is None and d.ui.follow is None
    d.acting.error("no")
    d.click(at)
    assert d.ui.dialog is not None and d.ui.follow is None
    d.do(("close",))
    d.click(at)
    assert d.ui.follow == agent
