"""A real window on a display that nobody sees, driven by events; small worlds to look at in it."""

import functools
import time

import pygame
import pytest

from alife.core import config, rng
from alife.core.errors import InputError
from alife.sim.agent import Agent
from alife.sim.ecosystem import Ecosystem
from alife.viewer import commands, display, kit
from alife.viewer.living import Living
from alife.viewer.office import Office
from alife.viewer.player import Player
from alife.viewer.problem import ProblemSource
from alife.viewer.window import Window

MEADOW = {
    "world": {
        "kind": "ecosystem", "rows": 24, "columns": 24, "founders": 60, "founder_energy": 600, "cover": 0.5, "breed_energy": 220,
        "birth_energy": 110, "maturity": 10, "body": 30, "look": 4,
    },
    "controller": {"spread": 0.1},
    "memory": {"bits": 64},
    "run": {"seed": 2, "ticks": 1000},
}  # fmt: skip
COPY = {"world": {"kind": "copy", "bits": 4, "length": [3, 4]}, "memory": {"bits": 64}, "run": {"seed": 3}}
KEYS = {"space": " ", "escape": "\x1b", "enter": "\r", "tab": "\t", "backspace": "\x08"}
"""What keys write that are no sign."""


@pytest.fixture(autouse=True)
def hidden(monkeypatch, tmp_path):
    """Wherever it is imported: no window is seen, and what is remembered from one to the next lies in a folder."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("ALIFE_CONFIG_DIR", str(tmp_path / "kept"))
    yield
    pygame.display.quit()


@functools.cache
def _meadow():
    ecosystem = Ecosystem(config.load(MEADOW))
    ecosystem.found()
    source = Living(ecosystem, name="meadow")
    source.compile()
    return source, source.save()


def living():
    """A small ecosystem with its founders. There is only one: it begins anew."""
    source, saved = _meadow()
    source.restore(saved)
    return Living(source.ecosystem, name=source.name)


@functools.cache
def _agent():
    return Agent(config.load(COPY))


def problem():
    """Lives of three agents with far from newborn genes."""
    agent = _agent()
    return ProblemSource(agent, rng.uniforms((3, agent.genes), 5) * 2, "champion")


def no_genes(path):
    """Nobody has saved any."""
    raise InputError(f"no such file: {path}")


class Driven:
    """A window, its player (paused, and driven from here), and hands for both."""

    def __init__(self, source, folder, size=(1000, 700), load=None, kept=None):
        display.open_window("a test", size)
        self.resize(size)  # also beyond the desktop
        self.player = Player(source, paused=True)
        self.office = Office(folder, getattr(source, "origin", source.config))
        self.window = Window(self.player, self.office, load or no_genes, kept)
        self.now = time.perf_counter()
        self.pump()

    def __getattr__(self, name):
        """Parts of the window."""
        if name in ("source", "frame", "twin"):
            return getattr(self.player, name)
        return getattr(self.window, name)

    @staticmethod
    def resize(size):
        """As a window manager does."""
        pygame.display.set_mode(size, pygame.RESIZABLE)

    def pump(self, seconds=0.02):
        """Commands are heard, and the picture is drawn; later by so many seconds."""
        self.now += seconds
        self.player.work(self.now)
        while self.frame.is_seeking:
            self.player.work(self.now)
        self.window.refresh(self.now)

    def event(self, kind, **fields):
        self.window.handle(pygame.event.Event(kind, **fields))
        self.pump(0)

    def key(self, name):
        """A key by the name that `key_name` gives it; 'ctrl+' before it."""
        ctrl, plain = name.startswith("ctrl+"), name.removeprefix("ctrl+")
        code = {"enter": pygame.K_RETURN}.get(plain) or pygame.key.key_code(plain)
        written = "" if ctrl else KEYS.get(plain, plain if len(plain) == 1 else "")
        event = pygame.event.Event(pygame.KEYDOWN, key=code, unicode=written, mod=pygame.KMOD_LCTRL if ctrl else 0, scancode=0)
        assert commands.key_name(event) == name
        self.window.handle(event)
        self.pump(0)

    def type(self, text):
        for letter in text:
            self.event(pygame.KEYDOWN, key=ord(letter), unicode=letter, mod=0, scancode=0)

    def move(self, at, held=0):
        """The pointer to a place, with so many buttons down."""
        self.event(pygame.MOUSEMOTION, pos=tuple(at), rel=(0, 0), buttons=(held, 0, 0))

    def press(self, at, button=1):
        self.move(at)
        self.event(pygame.MOUSEBUTTONDOWN, pos=tuple(at), button=button)

    def release(self, at, button=1):
        self.event(pygame.MOUSEBUTTONUP, pos=tuple(at), button=button)

    def click(self, at, button=1):
        self.press(at, button)
        self.release(at, button)

    def drag(self, start, end, steps=8):
        """Press, move in steps, release."""
        self.press(start)
        for i in range(1, steps + 1):
            self.move([a + (b - a) * i // steps for a, b in zip(start, end, strict=True)], 1)
        self.release(end)

    def wheel(self, turns, at):
        self.move(at)
        self.event(pygame.MOUSEWHEEL, x=0, y=turns)

    def mark(self, action):
        """Where the uppermost mark that does this answers: the centre, or a point that nothing else covers."""
        marks = self.stage.marks
        for i in range(len(marks) - 1, -1, -1):
            if marks[i].action == action:
                return self.point_of(i)
        raise AssertionError(f"no mark does {action}")

    def point_of(self, number):
        """A point of a mark that no later one with an action covers; None where there is none."""
        mark, later = self.stage.marks[number], [m.rect for m in self.stage.marks[number + 1 :] if m.action]
        rect = mark.rect
        points = [rect.center] + [(x, y) for y in range(rect.top, rect.bottom, 2) for x in range(rect.left, rect.right, 2)]
        return next((at for at in points if pygame.Rect(at, (1, 1)).collidelist(later) < 0), None)

    def do(self, action):
        """Click what does it."""
        self.click(self.mark(action))

    def words(self):
        """What all marks say."""
        return [mark.words for mark in self.stage.marks]

    def centre(self, row, column):
        """The middle of a cell, in the last pane."""
        pane, camera = self.stage.panes[-1], self.ui.camera.resized(self.stage.panes[-1].size)
        x, y, wide, tall = camera.rect_of(row, column)
        return pane.left + x + wide // 2, pane.top + y + tall // 2

    def agent(self, number=0):
        """Id of an agent in sight, and its middle."""
        agents = self.frame.scene.agents
        return int(agents.id[number]), self.centre(int(agents.row[number]), int(agents.column[number]))

    def empty(self):
        """Row and column of a cell where nobody stands, in sight."""
        scene = self.frame.scene
        taken = set(zip(scene.agents.row.tolist(), scene.agents.column.tolist(), strict=True))
        return next((r, c) for r in range(3, scene.land.shape[0]) for c in range(3, scene.land.shape[1]) if (r, c) not in taken)

    def pixels(self):
        return kit.pixels(pygame.display.get_surface())
