"""Changes by hand in the window: brushes, gates, experiments; what is written; what is asked before it is lost; what goes wrong."""

import numpy as np
import pytest
import windows
from commanded import followed, live
from PIL import Image
from windows import hidden  # noqa: F401

from alife.core import rng
from alife.sim import edits
from alife.viewer import grid
from alife.viewer.dialogs import Dialog

pygame = windows.pygame


@pytest.fixture
def meadow(tmp_path):
    return windows.Driven(windows.living(), tmp_path / "out")


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
