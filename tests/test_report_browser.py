"""Pages in a real browser, without its window: something is drawn, in light and in dark, nothing overflows, the console is silent."""

import os
import re
import shutil
import subprocess

import numpy as np
import pytest
from conftest import evolves
from PIL import Image

from alife.cli import report

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PHONE = (390, 2400)
MEASURE = "<script>e = document.documentElement; parent.postMessage(e.scrollWidth + ' ' + e.clientWidth, '*')</script>"
FRAME = """<!DOCTYPE html><title>-</title><script>onmessage = event => document.title = event.data</script>
<iframe src="measured.html" width="{}" height="800" style="border: 0"></iframe>"""
"""A browser's window is never narrower than 500 pixels; a frame in it is."""

pytestmark = evolves


@pytest.fixture(scope="module")
def page(solved, tmp_path_factory):
    """The file of a run's page. Skipped where there is no browser; under CI that fails."""
    if CHROMIUM is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("not installed: chromium (Debian: apt-get install chromium)")
    return report.write(solved, tmp_path_factory.mktemp("page") / "page.html")[0]


def browse(page, folder, *options):
    """stdout of the browser; it must have nothing to complain about."""
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--enable-logging=stderr", "--v=0"]
    places = [f"--user-data-dir={folder / 'profile'}", f"--window-size={PHONE[0]},{PHONE[1]}"]
    command = [CHROMIUM, *quiet, *places, *options, page.as_uri()]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    return done.stdout


@pytest.mark.parametrize(("scheme", "is_dark"), [(1, False), (0, True)])
def test_it_is_drawn(page, tmp_path, scheme, is_dark):
    browse(page, tmp_path, f"--blink-settings=preferredColorScheme={scheme}", f"--screenshot={tmp_path / 'shot.png'}")
    pixels = np.asarray(Image.open(tmp_path / "shot.png").convert("RGB")).astype(int)
    assert pixels.shape[:2] == PHONE[::-1]
    ground = pixels[2, 2]
    drawn = np.abs(pixels - ground).sum(axis=2) > 60
    assert (ground.mean() < 60) == is_dark and 0.02 < drawn.mean() < 0.5
    assert drawn.reshape(12, -1).any(axis=1).all(), "a part of the page is blank"
    coloured = (pixels.max(axis=2) - pixels.min(axis=2)) > 60
    assert coloured.sum() > 500, "charts are in colour"


def test_nothing_is_wider_than_a_phone(page, tmp_path):
    """As a script measures it that the page itself would not let run."""
    text = page.read_text(encoding="utf-8")
    allowed = re.sub(r"<meta http-equiv=[^>]*>", "", text)
    (tmp_path / "measured.html").write_text(allowed.replace("</body>", f"{MEASURE}</body>"), encoding="utf-8")
    for width in (320, PHONE[0], 1200):
        frame = tmp_path / "frame.html"
        frame.write_text(FRAME.format(width), encoding="utf-8")
        found = browse(frame, tmp_path, "--dump-dom", "--virtual-time-budget=2000")
        wide, seen = map(int, re.search(r"<title>(\d+) (\d+)</title>", found).groups())
        assert seen in range(width - 20, width + 1) and wide <= seen


def test_nothing_is_lost_in_reading(page, tmp_path):
    text, found = page.read_text(encoding="utf-8"), browse(page, tmp_path, "--dump-dom")
    tags = ("<section", "<svg", "<rect", "<tr")
    assert [found.count(tag) for tag in tags] == [text.count(tag) for tag in tags]
