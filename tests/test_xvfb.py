"""A real window on a screen that nobody sees: `alife watch` as a person uses it; menus, keys of a real keyboard, a new size."""

import sys

import numpy as np
import pytest
import yaml
from PIL import Image
from xvfb import screen, start  # noqa: F401

from alife.core import config
from alife.sim.ecosystem import Ecosystem
from alife.viewer import camera, docks
from alife.viewer.living import Living
from alife.viewer.theme import FIRED, PANEL

SIZE = (1280, 800)
"""Of a window that was never opened before."""
STILL = """
world:
  kind: ecosystem
  rows: 16
  columns: 16
  founders: 40
  founder_energy: 100000
  lifespan: 1000000
  senses: [meal, food, tasted, look, energy]
  actions: [eat, rest]
memory:
  bits: 64
run:
  seed: 5
"""
"""Nobody walks, breeds or dies, so everybody is found where it was founded."""
SHORT = """
world:
  kind: copy
  bits: 4
  length: 60
evolve:
  population: 16
  lives: 4
memory:
  bits: 64
"""

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
    screen.click(*middle(drawn["marks"], ["fastest"]))
    assert program.until(lambda line: "action" in line) == {"action": ["fastest"]}
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


# ---- the command ----


def watching(screen, start, tmp_path, text):  # noqa: F811
    """`alife watch` of this config, in tmp_path; the program, once its window is drawn."""
    file = tmp_path / "small.yaml"
    file.write_text(text, encoding="utf-8")
    screen.environment["ALIFE_CONFIG_DIR"] = str(tmp_path / "settings")
    program = start(sys.executable, "-m", "alife.cli.main", "watch", file, cwd=tmp_path)
    assert screen.find(of=program) == f"alife watch {file}"
    screen.until(lambda shot: shot.shape == (SIZE[1], SIZE[0], 3) and is_lit(shot, "mind", PANEL))
    return program


def part(shot, name, kind="ecosystem"):
    """What is seen of a panel."""
    shown = docks.Docks() if kind == "ecosystem" else docks.Docks().toggled("tree")
    area = shown.areas((shot.shape[1], shot.shape[0]))[name]
    return shot[area.top : area.bottom, area.left : area.right]


def is_lit(shot, name, colour):
    """Whether a panel has this colour in it."""
    return (part(shot, name) == colour).all(axis=2).any()


def shows(shot, other, name):
    """How many pixels of a panel are others."""
    one, two = part(shot, name), part(other, name)
    return int((one != two).any(axis=2).sum())


def somebody(text):
    """A pixel of the window in which an agent stands."""
    ecosystem = Ecosystem(config.load(yaml.safe_load(text)))
    ecosystem.found()
    agents = Living(ecosystem).scene().agents
    area = docks.Docks().areas(SIZE)["world"]
    view = camera.fit(16, 16, (area.width, area.height - 24))
    x, y, wide, tall = view.rect_of(int(agents.row[0]), int(agents.column[0]))
    return area.left + x + wide // 2, area.top + y + tall // 2


def test_an_ecosystem_and_a_mind(screen, start, tmp_path):  # noqa: F811
    program = watching(screen, start, tmp_path, STILL)
    first = screen.screenshot()
    screen.until(lambda shot: shows(shot, first, "header") > 0)  # it lives

    screen.key("space")
    screen.until(lambda shot: is_lit(shot, "header", FIRED))  # "paused"
    still = screen.at_rest()
    screen.key("period")
    stepped = screen.until(lambda shot: shows(shot, still, "header") > 0)
    screen.key("comma")
    screen.until(lambda shot: shows(shot, still, "header") == 0 < shows(stepped, still, "header"))  # back to the pixel

    before = screen.at_rest()
    screen.click(*somebody(STILL))
    screen.until(lambda shot: shows(shot, before, "mind") > 2000 and is_lit(shot, "mind", FIRED))
    screen.move(SIZE[0] // 3, 45)
    filled = screen.at_rest()
    assert shows(filled, before, "mind") > 2000  # it stays

    screen.key("h")
    screen.until(lambda shot: shows(shot, filled, "world") > 20_000)
    screen.key("Escape")
    screen.until(lambda shot: shows(shot, filled, "mind") == 0)

    screen.resize(900, 600)
    screen.until(lambda shot: shot.shape == (600, 900, 3) and is_lit(shot, "mind", PANEL))
    screen.key("p")
    screen.wait(lambda: list(tmp_path.glob("watched/*.png")))
    (picture,) = tmp_path.glob("watched/*.png")
    assert Image.open(picture).size == (900, 600)

    screen.key("ctrl+q")
    assert program.until(lambda line: "living" in line["text"])["text"].startswith("40 living at tick ")
    assert program.ended() == 0


def test_a_problem_and_a_mind(screen, start, tmp_path):  # noqa: F811
    program = watching(screen, start, tmp_path, SHORT)
    screen.wait(lambda: not np.array_equal(part(screen.screenshot(), "world"), part(screen.screenshot(), "world")))  # it lives
    screen.key("space")
    screen.until(lambda shot: is_lit(shot, "header", FIRED))
    still = screen.at_rest()
    screen.key("period")
    stepped = screen.until(lambda shot: shows(shot, still, "mind") > 0)
    screen.key("comma")
    screen.until(lambda shot: shows(shot, still, "mind") == 0 < shows(stepped, still, "mind"))
    screen.key("n")
    screen.until(lambda shot: shows(shot, still, "world") > 0)
    screen.key("ctrl+q")
    assert "lives lived to their end" in program.until(lambda line: "lives" in line["text"])["text"]
    assert program.ended() == 0
