"""The mouse in the window: all that can be clicked, and every gesture over world, panels and edges."""

import inspect

import numpy as np
import pytest
import windows
from PIL import Image

from alife.core import rng
from alife.sim import edits
from alife.viewer import grid, timeline
from alife.viewer.acting import Acting
from alife.viewer.commands import COMMANDS, offered
from alife.viewer.dialogs import Dialog
from alife.viewer.docks import fitting
from alife.viewer.menus import grouped

pygame = windows.pygame


@pytest.fixture(autouse=True)
def display(monkeypatch, tmp_path):
    monkeypatch.setattr(pygame.display, "toggle_fullscreen", lambda: None)
    yield from windows.hidden(monkeypatch, tmp_path)


@pytest.fixture
def meadow(tmp_path):
    return windows.Driven(windows.living(), tmp_path / "out")


def live(d, ticks):
    """So many ticks, seen."""
    d.player.live(ticks)
    d.player.publish()
    d.pump()


def followed(d):
    """With an agent that has thought a while."""
    agent = d.source.champion()
    d.acting.choose(agent)
    d.pump()
    live(d, 20 if d.source.place_of(agent) >= 0 else 0)
    d.pump()


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
    """One of each kind of action is clicked; all of them are understood."""
    d = driven(kind, tmp_path)
    STATES[kind, state](d)
    wanted = {}
    for number, mark in enumerate(d.stage.marks):
        if mark.action is not None:
            name, *arguments = mark.action
            inspect.signature(getattr(Acting, "on_" + name.replace(" ", "_"))).bind(d.acting, *arguments)
            if (at := d.point_of(number)) is not None:
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


@pytest.mark.parametrize("kind, state", STATES)
@pytest.mark.parametrize("size, scale", [((320, 240), 3.0), ((640, 480), 1.5), ((1920, 1080), 2.0), ((1280, 800), 1.0)])
def test_all_marks_are_in_the_window_and_have_words(kind, state, size, scale, tmp_path):
    d = driven(kind, tmp_path, (1000, 700))
    STATES[kind, state](d)
    d.resize(size)
    d.ui.scale = scale
    d.event(pygame.VIDEORESIZE, size=size, w=size[0], h=size[1])
    d.event(pygame.VIDEOEXPOSE)
    window = pygame.Rect(0, 0, *size)
    assert d.stage.marks and all(window.contains(mark.rect) for mark in d.stage.marks)
    assert all(mark.words for mark in d.stage.marks if mark.action is not None)
    assert all("\n" not in mark.words for mark in d.stage.marks)
    assert all(window.contains(area) for area in d.stage.areas.values())
    d.move(window.center)
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


@pytest.mark.parametrize("name, way", [("mind", (-70, 0)), ("bottom", (0, -60)), ("tree", (-30, 0))])
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


def test_lists_of_choices_by_keyboard(meadow):
    d = meadow
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


def test_pages_of_help_by_keyboard(meadow):
    d = meadow
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


# ---- hands ----


def test_a_brush_paints_and_undo_takes_the_stroke_back(meadow):
    d = meadow
    digest = d.source.digest()
    d.key("e")
    d.do(("brush", "wall"))
    d.drag(d.centre(4, 4), d.centre(4, 15), 40)
    walls = {cell for edit in d.source.journal.edits for cell in edit.cells}
    assert {edit.brush for edit in d.source.journal.edits} == {"wall"} and walls >= {4 * 24 + c for c in range(4, 16)}
    assert d.source.digest() != digest and d.ui.camera.box == d.ui.camera.box and d.ui.follow is None
    d.key("]")
    d.click(d.centre(12, 12))
    assert len(d.source.journal.edits[-1].cells) == 9
    d.key("ctrl+z")
    assert {cell for edit in d.source.journal.edits for cell in edit.cells} == walls
    d.key("ctrl+z")
    assert d.source.journal.edits == () and d.source.digest() == digest
    d.drag(d.centre(12, 12), d.centre(2, 2))
    d.key("escape")
    count = len(d.source.journal.edits)
    d.drag(d.centre(12, 12), d.centre(2, 2))
    assert count == len(d.source.journal.edits) > 0 and d.ui.brush is None


def test_food_and_agents_can_be_set_down(meadow):
    d = meadow
    agent, at = d.agent()
    d.key("e")
    d.do(("brush", "good food"))
    d.click(d.centre(*d.empty()))
    d.key("e")
    d.do(("brush", "agent: selected"))
    assert d.ui.dialog is None or "click an agent first" in d.ui.dialog.lines[0]
    d.ui.dialog = d.ui.brush = None
    d.click(at)
    d.key("e")
    d.do(("brush", "agent: selected"))
    living, cell = d.source.ecosystem.living, d.empty()
    d.click(d.centre(*cell))
    put = d.source.journal.edits[-1]
    assert (put.kind, put.cells) == ("put", (cell[0] * 24 + cell[1],)) and d.source.ecosystem.living == living + 1
    child = grid.agent_at(d.frame.scene, *cell)
    assert np.array_equal(d.source.genome(child), d.source.genome(agent))
    d.key("e")
    d.do(("brush", "agent: most children"))
    assert d.ui.brush[0] == "agent: most children"


def test_agents_from_a_file(tmp_path):
    genes = []

    def load(path):
        if not path.exists():
            raise edits.InputError(f"no such file: {path}")
        return genes[0]

    d = windows.Driven(windows.living(), tmp_path, load=load)
    wanted = int(np.prod(d.source.ecosystem.shape))
    genes += [rng.uniforms(wanted, 3).astype(np.float32)]
    good = tmp_path / "champion"
    good.touch()
    for path, error in ((tmp_path / "nowhere", "no such file"), (good, ""), ("~nobody-at-all/x", "~nobody-at-all/x")):
        d.key("e")
        d.do(("brush", "agent: file …"))
        assert d.ui.dialog.field == ""
        d.type(str(path))
        d.key("enter")
        if error:
            assert d.ui.dialog.kind == "error" and error in d.ui.dialog.lines[0]
            d.key("escape")
        else:
            assert d.ui.dialog is None and d.ui.brush == ("agent: file …", "agents with the genes of champion")
    genes[0] = genes[0][:-1]
    d.acting.do(("brush", "agent: file …"))
    d.type(str(good))
    d.do(("brush file",))
    assert f"expected {wanted:,} genes for this world's controller, got {wanted - 1:,}" in d.ui.dialog.lines[0]
    d.key("escape")
    genes[0] = np.append(genes[0], np.float32(0.5))
    cell = d.empty()
    d.click(d.centre(*cell))
    child = grid.agent_at(d.frame.scene, *cell)
    assert d.source.genome(child).ravel().tolist() != genes[0].tolist()  # the brush holds the genes that it was given before
    assert d.source.genome(child).shape == d.source.ecosystem.shape


def test_a_unit_that_is_clicked_is_held_the_other_way_and_back(meadow):
    d = meadow
    followed(d)
    strip = d.frame.story.look.strips[1]
    is_open = bool(strip.gates[9])
    d.do(("force", 1, 0, 9))
    assert d.source.journal.edits[-1].gates == ((1, 0, 9, int(not is_open)),)
    assert d.source.held(d.ui.follow)[1][0, 9] == (not is_open) and d.frame.twin is not None
    assert f"layer out 1, unit 9: held {'closed' if is_open else 'open'}; click forces it {'open' if is_open else 'closed'}" in d.words()
    live(d, 3)
    d.do(("force", 1, 0, 9))
    assert d.source.held(d.ui.follow)[1][0, 9] == is_open


def test_an_experiment_runs_beside_an_untouched_twin(meadow):
    d = meadow
    followed(d)
    alone = d.source.fork()
    d.do(("hold map",))
    assert d.player.twin.digest() == alone.digest() != d.source.digest() and d.frame.first_difference is None
    first = None
    for i in range(12):
        live(d, 1)
        alone.advance(1)
        if i == 9:
            d.acting.do(("happen", "plague"))
            d.pump()
        first = first or (d.source.tick if d.source.visible() != alone.visible() else None)
        assert d.frame.first_difference == first and d.player.twin.digest() == alone.digest()
    assert first is not None and len(d.frame.differing)
    assert any(words.startswith(f"changed by hand; since tick {first:,} ") for words in d.words())


# ---- what is written, and what is asked before it is lost ----


def test_a_film_ends_with_another_size_of_the_window(meadow):
    d = meadow
    d.key("r")
    for _ in range(3):
        d.player.live(1)
        d.player.publish()
        d.pump(0.1)
    d.resize((640, 480))
    d.pump(0.1)
    (path,) = d.office.folder.glob("*.gif")
    assert d.ui.message == f"the window has another size now; saved {path}" and not d.office.is_recording
    assert Image.open(path).size == (1000, 700)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    d = windows.Driven(windows.living(), tmp_path / "file" / "out")
    for key in ("p", "r", "ctrl+s"):
        d.key(key)
        assert d.ui.dialog.kind == "error" and "cannot make" in d.ui.dialog.lines[0]
        d.key("escape")
    assert d.acting.is_open and d.player.failure is None and not d.office.is_recording


@pytest.mark.parametrize("way", ["key", "menu", "window"])
def test_what_was_done_by_hand_is_not_lost_unasked(meadow, way):
    d = meadow

    def leave():
        if way == "window":
            d.event(pygame.QUIT)
        elif way == "key":
            d.key("ctrl+q")
        else:
            d.do(("menu", "World"))
            d.do(("quit",))

    d.acting.do(("happen", "plague"))
    d.pump()
    leave()
    assert d.acting.is_open and d.ui.dialog.lines == ("What you changed by hand is not saved yet.",)
    d.do(("close",))
    d.key("ctrl+s")
    d.acting.do(("happen", "drought"))
    d.pump()
    d.key("r")
    leave()
    assert d.ui.dialog.lines == ("A film is being recorded.", "What you changed by hand is not saved yet.")
    d.do(("save and leave",))
    folders = sorted(path for path in d.office.folder.iterdir() if path.is_dir())
    assert not d.acting.is_open and [len(edits.load(path / "edits.json")) for path in folders] == [1, 2]
    assert list(d.office.folder.glob("*.gif"))


def test_edits_that_were_on_disk_are_not_asked_about(tmp_path):
    source = windows.living()
    source.edit(edits.Happen(at=0, do="plague"))
    d = windows.Driven(source, tmp_path)
    d.key("ctrl+q")
    assert not d.acting.is_open


def test_escape_asks_once_and_enter_leaves(meadow):
    d = meadow
    d.acting.do(("happen", "plague"))
    d.pump()
    d.key("escape")
    assert [text for text, _ in d.ui.dialog.buttons] == ["Save and leave", "Leave", "Stay"]
    d.do(("leave",))
    assert not d.acting.is_open


# ---- errors ----


def test_what_a_user_cannot_have_is_told_in_a_dialog(meadow):
    d = meadow
    d.acting.do(("mind", "wipe"))
    d.pump()
    assert d.ui.dialog.lines == ("click an agent first",)
    d.ui.dialog = None
    d.player.do(lambda: (_ for _ in ()).throw(edits.UserError("the player cannot")))
    d.pump()
    assert (d.ui.dialog.kind, d.ui.dialog.lines) == ("error", ("the player cannot",))
    d.key("enter")
    assert d.ui.dialog is None and d.acting.is_open


def test_a_simulation_that_stops_is_told(meadow):
    d = meadow
    d.player.failure = RuntimeError("out of luck")
    d.pump()
    assert d.ui.dialog.title == "The simulation has stopped" and "RuntimeError: out of luck" in d.ui.dialog.lines[0]
    d.do(("leave",))
    assert not d.acting.is_open


def test_a_thread_that_fails_ends_the_window_with_its_error(tmp_path, monkeypatch):
    d = windows.Driven(windows.living(), tmp_path)
    monkeypatch.setattr(d.source, "advance", lambda ticks: 1 / 0)
    d.player.paused = False
    refresh = d.window.refresh

    def until_told(now):
        refresh(now)
        if d.ui.dialog is not None:
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_RETURN, unicode="\r", mod=0, scancode=0))

    d.window.refresh = until_told
    with pytest.raises(ZeroDivisionError):
        d.window.run()


def test_a_thread_answers_while_it_runs(tmp_path):
    d = windows.Driven(windows.living(), tmp_path)
    steps = [("f", pygame.K_f), (" ", pygame.K_SPACE), ("0", pygame.K_0), ("e", pygame.K_e)]
    refresh = d.window.refresh

    def press(now):
        refresh(now)
        if steps:
            written, code = steps.pop(0)
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=code, unicode=written, mod=0, scancode=0))
        elif d.frame.scene.tick > 200:
            d.acting.do(("brush", "agent: most children"))
            d.acting.do(("leave",))

    d.window.refresh = press
    d.window.run()
    assert d.ui.follow is not None and d.ui.brush is not None and d.player.failure is None and d.source.tick > 200
    assert d.source.ecosystem.living > 0


def test_a_dialog_waits_for_an_answer(meadow):
    d = meadow
    d.ui.dialog = Dialog("What?", (), (("Pause", ("pause",)), ("No", ("close",))))
    for key in ("n", "1", "tab", "space"):
        d.key(key)
    assert d.ui.dialog is not None and d.player.paused
    d.key("enter")
    assert d.ui.dialog is None and not d.player.paused
