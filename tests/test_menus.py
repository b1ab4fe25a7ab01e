"""Commands, the names of keys, menus, dialogs, help: what can be reached, and that all of it can be read."""

import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alife.viewer import dialogs, helping, kit, menus, theme
from alife.viewer.commands import COMMANDS, Command, by_key, key_name, offered, shown
from alife.viewer.dialogs import Dialog, wrapped

MODES = ("ecosystem", "problem")
SIZES = [((320, 240), 1.0), ((640, 480), 2.0), ((900, 600), 1.0), ((900, 600), 1.5), ((900, 600), 2.0), ((1920, 1080), 2.0)]
LONG = "cannot write /home/somebody/" + "folder/" * 20 + "picture.png: No space left on device"


def key(code, unicode="", mod=0, scancode=0):
    return pygame.event.Event(pygame.KEYDOWN, key=code, unicode=unicode, mod=mod, scancode=scancode)


# ---- commands ----


@pytest.mark.parametrize("mode", MODES)
def test_every_key_of_the_table_has_one_command(mode):
    found = by_key(COMMANDS, mode)
    assert set(found.values()) == {command for command in offered(COMMANDS, mode) if command.keys}
    assert found["space"].action == ("pause",) and found["ctrl++"].action == ("scale", 1)
    assert ("n" in found) == (mode == "problem") and ("b" in found) == (mode == "ecosystem")
    assert {found[k].action for k in "wasd"} == {("move", 0, -1), ("move", -1, 0), ("move", 0, 1), ("move", 1, 0)}


def test_a_key_wanted_twice_is_refused():
    twice = (*COMMANDS, Command("other", ("space",), "Other", "other", "Time", ("other",)))
    with pytest.raises(ValueError, match="key 'space': expected one command in mode problem, got 'pause' and 'other'"):
        by_key(twice, "problem")
    by_key((*COMMANDS, Command("other", ("b",), "Other", "other", "Time", ("other",), frozenset({"problem"}))), "problem")


@pytest.mark.parametrize("mode", MODES)
def test_all_can_be_reached_and_no_two_are_alike(mode):
    commands = offered(COMMANDS, mode)
    assert all(command.keys or command.menu for command in commands)
    for column in ("name", "title", "words", "action"):
        assert len({getattr(command, column) for command in commands}) == len(commands)


def test_titles_and_modes_are_told():
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)
    assert all(command.title and command.modes <= set(MODES) for command in COMMANDS)


def test_what_ends_work_asks_for_a_modifier_or_asks_again():
    assert [command.keys for command in COMMANDS if command.action in (("quit",), ("undo",))] == [("ctrl+q",), ("ctrl+z",)]


@pytest.mark.parametrize(
    "event, name",
    [
        (key(pygame.K_a, "a"), "a"),
        (key(pygame.K_a, "A", pygame.KMOD_LSHIFT), "a"),
        (key(pygame.K_SLASH, "?", pygame.KMOD_LSHIFT), "?"),
        (key(pygame.K_7, "/", pygame.KMOD_LSHIFT), "/"),
        (key(ord("ß"), "?", pygame.KMOD_LSHIFT), "?"),
        (key(ord("à"), "à", 0, pygame.KSCAN_0), "0"),
        (key(ord("ф"), "ф", 0, pygame.KSCAN_A), "a"),
        (key(ord("ы"), "", pygame.KMOD_CTRL, pygame.KSCAN_S), "ctrl+s"),
        (key(ord("ü"), "ü", 0, pygame.KSCAN_LEFTBRACKET), "ü"),
        (key(pygame.K_PERIOD), "."),
        (key(pygame.K_SPACE, " "), "space"),
        (key(pygame.K_SPACE, " ", pygame.KMOD_SHIFT), "shift+space"),
        (key(pygame.K_TAB, "\t"), "tab"),
        (key(pygame.K_TAB, "\t", pygame.KMOD_SHIFT), "shift+tab"),
        (key(pygame.K_RETURN, "\r"), "enter"),
        (key(pygame.K_KP_ENTER, "\r"), "enter"),
        (key(pygame.K_ESCAPE, "\x1b"), "escape"),
        (key(pygame.K_LEFT), "left"),
        (key(pygame.K_F1), "f1"),
        (key(pygame.K_KP_PLUS, "+"), "+"),
        (key(pygame.K_KP_PLUS, "", pygame.KMOD_CTRL), "ctrl++"),
        (key(pygame.K_KP4, "4", pygame.KMOD_NUM), "4"),
        (key(pygame.K_KP4), "left"),
        (key(pygame.K_KP7), "home"),
        (key(pygame.K_s, "\x13", pygame.KMOD_LCTRL), "ctrl+s"),
        (key(pygame.K_s, "s", pygame.KMOD_LMETA), "ctrl+s"),
        (key(pygame.K_z, "\x1a", pygame.KMOD_LCTRL | pygame.KMOD_LSHIFT), "ctrl+shift+z"),
        (key(pygame.K_EQUALS, "+", pygame.KMOD_LCTRL | pygame.KMOD_LSHIFT), "ctrl++"),
        (key(pygame.K_EQUALS, "=", pygame.KMOD_LCTRL), "ctrl+="),
        (key(pygame.K_q, "@", pygame.KMOD_LCTRL | pygame.KMOD_RALT), "@"),
        (key(pygame.K_f, "f", pygame.KMOD_LALT), "alt+f"),
        (key(0), ""),
    ],
)
def test_names_of_keys(event, name):
    assert key_name(event) == name


@given(code=st.integers(-(1 << 31), (1 << 31) - 1), unicode=st.text(max_size=2), mod=st.integers(0, 0xFFFF), scancode=st.integers(0, 512))
def test_any_key_has_a_name(code, unicode, mod, scancode):
    assert isinstance(key_name(key(code, unicode, mod, scancode)), str)


def test_keys_are_told_to_people():
    told = [shown(name) for name in ("ctrl+s", "ctrl++", "+", "left", "escape", "space", "f11", "?", "ctrl+-", "shift+tab")]
    assert told == ["Ctrl+S", "Ctrl++", "+", "←", "Esc", "Space", "F11", "?", "Ctrl+-", "Shift+Tab"]


# ---- menus ----


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size, scale", SIZES)
def test_all_menus_can_be_reached_by_mouse(size, scale, mode):
    commands, area = offered(COMMANDS, mode), pygame.Rect(0, 0, size[0], round(24 * scale))
    for title, entries in menus.grouped(commands).items():
        canvas = kit.new(size, scale)
        menus.bar(canvas, area, commands, title, "paused")
        titles = {mark.action[1]: mark.rect for mark in canvas.marks if mark.action}
        assert list(titles) == ["World", "Time", "View", "Mind", "Tools", "Help"]
        assert all(area.contains(rect) for rect in titles.values())
        canvas.marks.clear()
        box = menus.drop(canvas, area, commands, title, 0)
        ground, *marks = canvas.marks
        assert [(mark.words, mark.action) for mark in marks] == [(entry.words, entry.action) for entry in entries]
        assert ground.rect == box and canvas.rect.contains(box) and box.top >= area.bottom
        assert all(box.contains(mark.rect) and mark.rect.height == round(24 * scale) for mark in marks)
        assert all(mark.rect.collidelist([other.rect for other in marks[i + 1 :]]) < 0 for i, mark in enumerate(marks))


def test_an_open_menu_and_a_highlight_are_seen():
    area = pygame.Rect(0, 0, 900, 24)
    pictures = []
    for opened, highlighted in (("World", -1), ("World", 1), ("Time", -1)):
        canvas = kit.new((900, 600))
        menus.bar(canvas, area, COMMANDS, opened)
        menus.drop(canvas, area, COMMANDS, opened, highlighted)
        pictures.append(kit.pixels(canvas.surface).tobytes())
    assert len(set(pictures)) == 3
    assert menus.drop(kit.new((900, 600)), area, COMMANDS, "nowhere").size == (0, 0)


def test_a_status_is_cut_and_told_whole():
    canvas, words = kit.new((640, 480)), "meadow · tick 184,203 · 8,412 agents · 3.1 M ticks/s · " * 3
    menus.bar(canvas, pygame.Rect(0, 0, 640, 24), COMMANDS, None, words)
    assert canvas.marks[-1].words == words
    assert all(not mark.rect.colliderect(canvas.marks[-1].rect) for mark in canvas.marks[:-1])


def test_keys_move_through_the_menus():
    grouped = menus.grouped(COMMANDS)
    titles = list(grouped)
    opened, lit, action = "World", -1, None
    for name, expected in (
        ("down", ("World", 0, None)), ("up", ("World", len(grouped["World"]) - 1, None)), ("down", ("World", 0, None)),
        ("left", (titles[-1], 0, None)), ("right", ("World", 0, None)), ("right", ("Time", 0, None)), ("down", ("Time", 1, None)),
        ("z", ("Time", 1, None)), ("enter", (None, -1, ("step",))),
    ):  # fmt: skip
        opened, lit, action = menus.moved(COMMANDS, opened, lit, name)
        assert (opened, lit, action) == expected
    assert menus.moved(COMMANDS, "Time", 2, "escape") == (None, -1, None)
    assert menus.moved(COMMANDS, "Time", -1, "up") == ("Time", len(grouped["Time"]) - 1, None)
    assert menus.moved(COMMANDS, "Time", -1, "enter") == ("Time", -1, None)
    assert menus.moved(COMMANDS, None, -1, "down") == (None, -1, None)


def test_keys_move_through_a_list_of_choices():
    entries = [menus.Entry("a", "", ("a",)), menus.Entry("b", "", None), menus.Entry("c", "", ("c",))]
    lit, seen = -1, []
    for name in ("enter", "up", "down", "down", "enter", "down", "enter"):
        lit, action = menus.picked(entries, lit, name)
        seen.append((lit, action))
    assert seen == [(-1, None), (2, None), (0, None), (1, None), (1, None), (2, None), (2, ("c",))]


@pytest.mark.parametrize("at", [(0, 0), (899, 599), (-50, 300), (450, 590)])
@pytest.mark.parametrize("count", [1, 12, 60])
def test_popups_stay_inside(at, count):
    entries = [menus.Entry(f"brush {i}", f"words {i}", ("brush", i) if i else None, lit=i == 1) for i in range(count)]
    canvas = kit.new((900, 600), 1.5)
    box = menus.popup(canvas, at, "Brush", entries, 0)
    assert canvas.rect.contains(box)
    assert [(mark.words, mark.action) for mark in canvas.marks[1:]] == [(entry.words, entry.action) for entry in entries]
    assert all(box.contains(mark.rect) for mark in canvas.marks)


# ---- dialogs ----

SAVE = Dialog("Save this world as a run", (LONG, "second"), (("Save", ("save", "x")), ("Cancel", ("close",))), "meadow")
CHOICE = Dialog("What next?", (), tuple((f"choice {i}", ("choose", i)) for i in range(9)), kind="choose")
WORST = Dialog("It went wrong " * 6, (LONG,) * 40, (("OK", ("close",)),), None, "error")


@pytest.mark.parametrize("size, scale", SIZES)
@pytest.mark.parametrize("dialog", [SAVE, CHOICE, WORST, Dialog("Done")])
def test_a_dialog_takes_all_clicks(dialog, size, scale):
    canvas = kit.new(size, scale)
    canvas.mark(canvas.rect, "behind", ("behind",))
    before = kit.pixels(canvas.surface).tobytes()
    box = dialogs.draw(canvas, dialog)
    assert kit.pixels(canvas.surface).tobytes() != before and canvas.rect.contains(box)
    buttons = [mark for mark in canvas.marks if mark.action]
    assert [mark.action for mark in buttons] == [action for _, action in dialog.buttons]
    assert all(box.contains(mark.rect) and mark.rect.height == round(32 * scale) for mark in buttons)
    assert all(mark.rect.collidelist([other.rect for other in buttons[i + 1 :]]) < 0 for i, mark in enumerate(buttons))
    assert dialog.field is None or "meadow" in [mark.words for mark in canvas.marks]


def test_keys_answer_dialogs():
    asked = [dialogs.answered(SAVE, name) for name in ("enter", "escape", "1", "x")]
    assert asked == [("save", "x"), ("close",), None, None]
    assert [dialogs.answered(CHOICE, name) for name in ("1", "9", "0")] == [("choose", 0), ("choose", 8), None]
    assert dialogs.answered(Dialog("", buttons=()), "enter") is None


def test_typing():
    text = "run"
    for event, expected in (
        (key(pygame.K_7, "7"), "run7"), (key(pygame.K_a, "Ä", pygame.KMOD_SHIFT), "run7Ä"), (key(pygame.K_BACKSPACE, "\x08"), "run7"),
        (key(pygame.K_SPACE, " "), "run7 "), (key(pygame.K_b, "b"), "run7 b"), (key(pygame.K_LEFT), "run7 b"),
        (key(pygame.K_s, "\x13", pygame.KMOD_CTRL), "run7 b"), (key(pygame.K_RETURN, "\r"), "run7 b"),
        (key(pygame.K_BACKSPACE, "\x7f", pygame.KMOD_CTRL), "run7 "), (key(pygame.K_BACKSPACE, "", pygame.KMOD_CTRL), ""),
        (key(pygame.K_BACKSPACE, "\x08"), ""), (key(pygame.K_c, "c"), "c"), (key(pygame.K_u, "\x15", pygame.KMOD_CTRL), ""),
    ):  # fmt: skip
        text = dialogs.typed(text, event)
        assert text == expected
    assert len(dialogs.typed("a" * 200, key(pygame.K_b, "b"))) == 200


@given(text=st.text(max_size=200), width=st.integers(1, 500))
def test_wrapped_lines_hold_all_letters_and_fit(text, width):
    lines, letters = wrapped(text, 13, width), theme.font(13)
    assert "".join("".join(lines).split()) == "".join(text.split()) and lines
    assert all(len(line) <= 1 or letters.size(line)[0] <= width for line in lines)


def test_text_breaks_between_words_and_in_paths():
    assert wrapped(" one  two three ", 13, theme.font(13).size("one two")[0]) == ["one two", "three"]
    assert wrapped("/home/some body", 13, theme.font(13).size("/home/")[0]) == ["/home/", "some", "body"]
    assert "".join(wrapped("x" * 99, 13, 100)) == "x" * 99
    assert wrapped("", 13, 100) == [""]


@pytest.mark.parametrize("at", [(0, 0), (899, 0), (899, 599), (0, 599), (450, 300), (-9, 2000)])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_notes_stay_inside_and_off_the_pointer(at, scale):
    blank = kit.pixels(kit.new((900, 600), scale).surface)
    canvas = kit.new((900, 600), scale)
    dialogs.tooltip(canvas, at, LONG)
    rows, columns = (kit.pixels(canvas.surface) != blank).any(2).nonzero()
    assert rows.min() > 0 and rows.max() < 599 and columns.min() > 0 and columns.max() < 899
    assert columns.max() - columns.min() < 440 * scale
    assert not (kit.pixels(canvas.surface) != blank)[min(max(at[1], 0), 599), min(max(at[0], 0), 899)].any()
    assert canvas.marks == []
    dialogs.tooltip(canvas, at, "")


def test_a_toast_tells_itself():
    canvas, area = kit.new((900, 600)), pygame.Rect(100, 100, 300, 300)
    box = dialogs.toast(canvas, area, LONG, True)
    assert area.contains(box) and canvas.marks == [kit.Mark(box, LONG, None)]
    assert canvas.surface.get_at(box.topleft)[:3] == theme.BAD


# ---- help ----


class Written(kit.Canvas):
    """Remembers what was written, and whether it was cut."""

    def text(self, at, text, colour=theme.TEXT, size=theme.SMALL, right=False, width=10_000):
        used = super().text(at, text, colour, size, right, width)
        self.seen = [*getattr(self, "seen", []), (text, pygame.Rect(*at, used, self.px(size)))]
        assert theme.font(self.px(size)).size(text)[0] <= width, f"cut: {text}"
        return used


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size, scale", SIZES)
def test_every_key_and_its_words_can_be_read(size, scale, mode):
    commands, seen, page, pages = offered(COMMANDS, mode), "", 0, 1
    while page < pages:
        canvas = Written(pygame.Surface(size, 0, 32), scale)
        canvas.mark(canvas.rect, "behind", ("behind",))
        pages = helping.draw(canvas, commands, page)
        places = [rect for _, rect in canvas.seen]
        assert all(canvas.rect.contains(rect) for rect in places)
        assert all(rect.collidelist(places[i + 1 :]) < 0 for i, rect in enumerate(places))
        seen += " ".join(text for text, _ in canvas.seen) + " "
        actions = {mark.action for mark in canvas.marks if mark.action}
        assert actions == {("help",), *(("help page", k) for k in (page - 1, page + 1) if 0 <= k < pages)}
        page += 1
    seen = " ".join(seen.split())
    for command in commands:
        assert all(shown(name) in seen.split() for name in command.keys)
    assert all(command.words in seen for command in commands) and all(words in seen for _, words in helping.COLOURS)
    assert pages == 1 or size != (900, 600) or scale > 1


def test_a_page_beyond_is_the_last():
    canvas = kit.new((900, 600), 2.0)
    pages = helping.draw(canvas, COMMANDS, 99)
    assert ("help page", pages - 2) in [mark.action for mark in canvas.marks]
    assert helping.draw(kit.new((900, 600)), (), 0) == 1
