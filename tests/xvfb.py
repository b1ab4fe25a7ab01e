"""A screen that nobody sees, with hands: Xvfb and xdotool. `from xvfb import screen` makes it a fixture of a test file."""

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

PATIENCE = 240
"""Seconds until something that must happen counts as lost; nothing waits that long otherwise."""


class Screen:
    """A display, and what a person can do there. Points are pixels of the window, once `find` has found it."""

    def __init__(self, display, folder):
        self.display, self.folder, self.window = display, folder, "0"
        hidden = ("WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
        self.environment = {k: v for k, v in os.environ.items() if k not in hidden} | {"DISPLAY": display, "PYTHONUNBUFFERED": "1"}
        """for programs that are to be seen here"""

    def hands(self, *arguments):
        """xdotool; what it says."""
        done = self._xdotool(*arguments)
        assert done.returncode == 0, f"{done.args}: {done.stderr}"
        return done.stdout.strip()

    def _told(self, *arguments):
        """The same, '' where it fails."""
        done = self._xdotool(*arguments)
        return done.stdout if done.returncode == 0 else ""

    def _xdotool(self, *arguments):
        command = ["xdotool", *map(str, arguments)]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE)

    def find(self, kind="alife", of=None):
        """Wait for the window of that class, as long as the Program `of` runs, and give it the keyboard; its title."""

        def found():
            assert of is None or of.process.poll() is None, f"the program has ended: {of.errors()}"
            self.window = next(iter(self._told("search", "--onlyvisible", "--class", kind).split()), "0")
            return self.window != "0" and self._told("windowfocus", self.window, "getwindowfocus", "-f").strip() == self.window

        self.wait(found)  # a window that is just being made may be another one a moment later
        return self.hands("getwindowname", self.window)

    def key(self, *names):
        """Keys, as xdotool names them: 'space', 'ctrl+s', 'plus', 'KP_Add'."""
        self.hands("key", *names)

    def move(self, x, y):
        """The pointer to a point."""
        self.hands(*self._to(x, y))

    def click(self, x, y, button=1):
        """1 left, 2 middle, 3 right; 4 and 5 turn the wheel."""
        self.hands(*self._to(x, y), "click", button)

    def drag(self, x, y, to_x, to_y, button=1):
        """Press at a point, let go at another."""
        halfway = self._to((x + to_x) // 2, (y + to_y) // 2)
        self.hands(*self._to(x, y), "mousedown", button, *halfway, *self._to(to_x, to_y), "mouseup", button)

    def resize(self, width, height):
        """The window."""
        self.hands("windowsize", self.window, width, height)

    def screenshot(self):
        """uint8 (height, width, 3): what is seen of the window."""
        raw = (self.folder / "Xvfb_screen0").read_bytes()  # XWD: a header of big-endian words, colours, then BGRX
        header = np.frombuffer(raw, ">u4", 25)
        start, height, line, colours = (int(header[i]) for i in (0, 5, 12, 19))
        pixels = np.frombuffer(raw, np.uint8, height * line, start + 12 * colours).reshape(height, line // 4, 4)[:, :, 2::-1]
        said = self.hands("getwindowgeometry", "--shell", self.window).splitlines()
        place = {name: int(value) for name, value in (line.split("=") for line in said)}
        return pixels[place["Y"] :][: place["HEIGHT"], place["X"] :][:, : place["WIDTH"]]

    def wait(self, is_it):
        """Until that is true; what it then is."""
        end = time.monotonic() + PATIENCE
        while not (found := is_it()):
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.02)
        return found

    def until(self, is_it):
        """The first screenshot of which `is_it` is true."""
        seen = []

        def looked():
            seen[:] = [self.screenshot()]
            return is_it(seen[0])

        self.wait(looked)
        return seen[0]

    def at_rest(self):
        """A screenshot that is the same a moment later; of something that pauses."""
        seen = [self.screenshot()]

        def rests():
            time.sleep(0.2)
            seen.append(self.screenshot())
            return np.array_equal(*seen[-2:])

        self.wait(rests)
        return seen[-1]

    def _to(self, x, y):
        return "mousemove", "--window", self.window, x, y


class Program:
    """A running program that prints a JSON object a line; any other line counts as {"text": line}."""

    def __init__(self, screen, *command, **options):
        self.process = subprocess.Popen(
            command, env=screen.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
        )
        self.heard = []
        """all lines so far"""
        self._lines = queue.Queue()
        self._errors = []
        threading.Thread(target=self._listen, daemon=True).start()
        self._reader = threading.Thread(target=lambda: self._errors.extend(self.process.stderr), daemon=True)
        self._reader.start()

    def _listen(self):
        for line in self.process.stdout:
            self._lines.put(json.loads(line) if line.startswith("{") else {"text": line})
        self._lines.put(None)

    def until(self, is_it):
        """The next line of which `is_it` is true; a failure if the program ends before."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"waited in vain; the last lines: {self.heard[-3:]}")
            if line is None:
                self.process.wait(PATIENCE)
                pytest.fail(f"the program has ended: {self.errors()}")
            self.heard.append(line)
            if is_it(line):
                return line

    def errors(self):
        """What it said on stderr until it ended."""
        self._reader.join(PATIENCE)
        return "".join(self._errors)

    def ended(self):
        """Its exit code, once it has left by itself."""
        return self.process.wait(PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)


@pytest.fixture
def screen(tmp_path):
    """A Screen of 1920 x 1080, gone afterwards. Skipped where there is no X11, or not all that it takes; under CI that fails."""
    if not sys.platform.startswith("linux"):
        pytest.skip("X11 is Linux's")
    if missing := [name for name in ("Xvfb", "xdotool") if not shutil.which(name)]:
        reason = f"not installed: {', '.join(missing)} (Debian: apt-get install xvfb xdotool)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    folder = tmp_path / "screen"
    folder.mkdir()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1920x1080x24", "-nolisten", "tcp", "-noreset", "-fbdir", str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        number = server.stdout.readline().strip()  # written once it listens
        assert number, "Xvfb did not start"
        yield Screen(f":{number}", folder)
    finally:
        server.terminate()
        server.wait(PATIENCE)
        server.stdout.close()


@pytest.fixture
def start(screen):
    """start(*command) -> a Program on the screen; killed at the end, if need be."""
    started = []

    def begin(*command, **options):
        started.append(Program(screen, *map(str, command), **options))
        return started[-1]

    yield begin
    for program in started:
        program.close()
