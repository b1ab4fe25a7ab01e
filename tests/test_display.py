"""Opening the window: never without a word into the invisible, and no larger than the screen. Each in a process of its own."""

import json
import os
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys
from alife.core.errors import UserError
from alife.viewer import display
import pygame
try:
    scale = display.default_scale()
    size = display.open_window("runs/meadow 7", (int(sys.argv[1]), int(sys.argv[2]))).get_size()
    told = {"driver": pygame.display.get_driver(), "size": size, "caption": pygame.display.get_caption()[0]}
    told |= {"resizable": bool(pygame.display.get_surface().get_flags() & pygame.RESIZABLE)}
except UserError as error:
    told = {"error": str(error), "code": error.exit_code, "open": pygame.display.get_init()}
print(json.dumps(told | {"scale": scale}))
"""
HIDDEN = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "XDG_RUNTIME_DIR")


def opened(size=(800, 600), script=SCRIPT, **environment):
    kept = {name: value for name, value in os.environ.items() if name not in HIDDEN} | environment
    done = subprocess.run([sys.executable, "-c", script, *map(str, size)], env=kept, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ":987"}, {"SDL_VIDEODRIVER": "x11"}])
def test_without_a_display_it_says_so_and_what_to_do(environment):
    told = opened(**environment)
    assert told["error"].startswith("no display (SDL: ")
    assert told["error"].endswith("Without one: alife run runs/meadow 7, or alife watch runs/meadow 7 --film out.gif")
    assert (told["code"], told["open"], told["scale"]) == (1, False, 1.0)


@pytest.mark.parametrize("driver", ["dummy", "offscreen"])
def test_a_driver_asked_for_is_obeyed(driver):
    told = opened(SDL_VIDEODRIVER=driver)
    assert told == {"driver": driver, "size": [800, 600], "caption": "alife watch runs/meadow 7", "resizable": True, "scale": 1.0}


def test_the_window_is_no_larger_than_the_desktop():
    told = opened((5000, 5000), SDL_VIDEODRIVER="dummy")
    assert told["size"] == [1024, 768]


def test_the_invisible_drivers_are_all_known():
    """Those that this SDL would take without a display; of the known ones none is a real one."""
    script = """
import json, os
os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"
import pygame
taken = []
for name in ("", "dummy", "offscreen", "evdev", "x11", "wayland", "KMSDRM", "directfb", "vivante"):
    os.environ.pop("SDL_VIDEODRIVER", None)
    if name:
        os.environ["SDL_VIDEODRIVER"] = name
    try:
        pygame.display.init()
        taken.append(pygame.display.get_driver())
    except pygame.error:
        pass
    pygame.display.quit()
print(json.dumps(taken))
"""
    from alife.viewer import display

    if sys.platform.startswith("linux"):
        assert {"dummy"} <= set(opened(script=script, XDG_RUNTIME_DIR="/tmp")) <= set(display._INVISIBLE)


def test_windows_is_told_that_a_pixel_is_a_pixel_and_taskbars_the_name():
    script = SCRIPT.replace('"scale": scale}', '"scale": scale, "env": dict(display.os.environ)}')
    told = opened(script=script, SDL_VIDEODRIVER="dummy")["env"]
    assert (told["SDL_WINDOWS_DPI_AWARENESS"], told["SDL_VIDEO_X11_WMCLASS"]) == ("permonitorv2", "alife")
    told = opened(script=script, SDL_VIDEODRIVER="dummy", SDL_WINDOWS_DPI_AWARENESS="unaware")["env"]
    assert told["SDL_WINDOWS_DPI_AWARENESS"] == "unaware"


@pytest.mark.parametrize("width, scale", [(1024, 1.0), (1920, 1.0), (2200, 1.0), (2560, 1.25), (3840, 1.5), (4200, 1.5), (5120, 2.0)])
def test_letters_are_larger_on_larger_desktops(width, scale, monkeypatch):
    from alife.viewer import display

    monkeypatch.setattr(display, "_begin", lambda: None)
    monkeypatch.setattr(display.pygame.display, "get_desktop_sizes", lambda: [(width, 1000), (8000, 2000)])
    assert display.default_scale() == scale
