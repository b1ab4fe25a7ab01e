"""A real window on a screen that nobody sees: a pointer that moves, menus that open, keys of a real keyboard, a new size."""

import sys

import pytest
from xvfb import screen, start  # noqa: F401

PROGRAM = """
import json
from alife.viewer import display, docks, menus
from alife.viewer.commands import COMMANDS, by_key, key_name, offered
from alife.viewer.kit import Canvas
from alife.viewer.theme import GROUND
import pygame

def say(**words):
    print(json.dumps(words))

surface = display.open_window("meadow", (900, 600))
say(driver=pygame.display.get_driver(), scale=display.default_scale())
commands, opened, lit, done = offered(COMMANDS, "ecosystem"), None, -1, False
while not done:
    size = pygame.display.get_surface().get_size()
    canvas = Canvas(pygame.display.get_surface())
    canvas.fill(canvas.rect, GROUND)
    bar = docks.Docks().areas(size)["menu"]
    menus.bar(canvas, bar, commands, opened, "paused")
    if opened:
        menus.drop(canvas, bar, commands, opened, lit)
    pygame.display.flip()
    say(size=size, opened=opened, lit=lit, marks=[[*mark.rect, mark.words, mark.action] for mark in canvas.marks])
    event, action = pygame.event.wait(), None
    under = [mark for mark in canvas.marks if mark.rect.collidepoint(getattr(event, "pos", (-1, -1)))]
    if event.type == pygame.MOUSEMOTION:
        say(hover=under[-1].words if under else "", at=event.pos)
    elif event.type == pygame.MOUSEBUTTONDOWN:
        action = under[-1].action if under else None
    elif event.type == pygame.KEYDOWN:
        name = key_name(event)
        say(key=name)
        if opened:
            opened, lit, action = menus.moved(commands, opened, lit, name)
        elif name in by_key(commands, "ecosystem"):
            action = by_key(commands, "ecosystem")[name].action
    elif event.type == pygame.KEYUP:
        say(up=pygame.key.name(event.key))
    if action:
        say(action=action)
        opened, done = action[1] if action[0] == "menu" else None, action == ("quit",)
say(left=True)
"""


@pytest.fixture
def window(screen, start):  # noqa: F811
    """The program above, once its window has the keyboard."""
    program = start(sys.executable, "-c", PROGRAM)
    begun = program.until(lambda line: "driver" in line)
    assert begun == {"driver": "x11", "scale": 1.0}
    assert screen.find() == "alife watch meadow"
    return program


def middle(marks, action):
    (place,) = [mark[:4] for mark in marks if mark[5] == action]
    x, y, w, h = place
    return x + w // 2, y + h // 2


def test_mouse_keyboard_and_size(screen, window):  # noqa: F811
    program = window
    drawn = program.until(lambda line: "marks" in line)
    assert drawn["size"] == [900, 600]
    assert drawn["marks"][-1][4] == "paused"

    x, y = middle(drawn["marks"], ["menu", "Time"])
    screen.move(x, y)
    assert "pause" in program.until(lambda line: line.get("at") == [x, y])["hover"]
    screen.click(x, y)
    assert program.until(lambda line: "action" in line) == {"action": ["menu", "Time"]}
    drawn = program.until(lambda line: line.get("opened") == "Time")
    screen.click(*middle(drawn["marks"], ["speed", 8]))
    assert program.until(lambda line: "action" in line) == {"action": ["speed", 8]}
    program.until(lambda line: "marks" in line and line["opened"] is None)

    screen.key("F10", "Right", "Down", "Return")
    assert program.until(lambda line: "action" in line) == {"action": ["menu", "World"]}
    assert program.until(lambda line: "action" in line) == {"action": ["step"]}

    screen.resize(640, 480)
    drawn = program.until(lambda line: line.get("size") == [640, 480])
    assert max(mark[0] + mark[2] for mark in drawn["marks"]) <= 640

    screen.key("ctrl+q")
    assert program.until(lambda line: "action" in line) == {"action": ["quit"]}
    assert program.ended() == 0


def test_keys_have_the_names_that_commands_use(screen, window):  # noqa: F811
    program = window
    for pressed, name in (
        ("space", "space"), ("a", "a"), ("A", "a"), ("question", "?"), ("plus", "+"), ("equal", "="), ("minus", "-"), ("period", "."),
        ("comma", ","), ("0", "0"), ("KP_Add", "+"), ("KP_Subtract", "-"), ("KP_Enter", "enter"), ("Return", "enter"), ("Tab", "tab"),
        ("shift+Tab", "shift+tab"), ("ctrl+s", "ctrl+s"), ("ctrl+shift+z", "ctrl+shift+z"), ("ctrl+0", "ctrl+0"),
        ("ctrl+minus", "ctrl+-"), ("ctrl+equal", "ctrl+="), ("ctrl+KP_Add", "ctrl++"), ("Left", "left"), ("Home", "home"),
        ("Delete", "delete"), ("F1", "f1"), ("F11", "f11"), ("Escape", "escape"),
    ):  # fmt: skip
        screen.key(pressed)
        said = program.until(lambda line: "key" in line and not line["key"].endswith(("left shift", "left ctrl")))
        assert (pressed, said["key"]) == (pressed, name)
        program.until(lambda line: line.get("up", "left ").find("left ") < 0)  # else pygame can mistake its sign for the next one's


def test_the_screen_shows_the_window(screen, window):  # noqa: F811
    program = window
    program.until(lambda line: "marks" in line)
    shot = screen.screenshot()
    assert shot.shape == (600, 900, 3)
    assert shot[500, 450].tolist() == [17, 19, 24] and shot[2, 400].tolist() == [25, 28, 35]
