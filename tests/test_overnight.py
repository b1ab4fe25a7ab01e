"""What must not grow from generation to generation: memory, descriptors, files. And a minute of the soak."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import Recorder, evolves, tiny

from alife.evolve import run as runs

ROOT = Path(__file__).parents[1]
pytestmark = [evolves, pytest.mark.slow, pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")]
GENERATIONS = 10_000
MOST_BYTES = 1_000_000
"""Per thousand generations."""


class Watcher(Recorder):
    """Looks at this process every hundred generations, and keeps no reports."""

    def __init__(self):
        super().__init__()
        self.samples = []

    def generation(self, report, evolution, seconds):
        if report.generation % 100 == 0:
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            self.samples.append((report.generation, pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir("/proc/self/fd"))))


@pytest.mark.timeout(3600)
def test_ten_thousand_generations_are_flat(tmp_path):
    """Least squares over the last nine thousand, with a checkpoint about every third of a second."""
    watcher = Watcher()
    runs.begin(tiny(f"evolve.generations={GENERATIONS}", "run.checkpoint_minutes=0.005"), tmp_path, watcher, "r")
    generations, memory, descriptors = np.array(watcher.samples[10:], float).T
    slope = np.polyfit(generations, memory, 1)[0] * 1000
    print(f"{slope / 1e6:.3f} MB per 1,000 generations, {descriptors.max():.0f} descriptors")
    assert slope < MOST_BYTES
    assert descriptors[-1] <= descriptors[0]
    assert len(list((tmp_path / "r" / "checkpoints").iterdir())) <= 3 and not list((tmp_path / "r").rglob("*.tmp"))


@pytest.mark.timeout(3600)
def test_a_minute_of_the_soak(tmp_path):
    """Every trouble is survived, and the summary tells of it."""
    script, out = ROOT / "benchmarks" / "soak.py", tmp_path / "soak"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, script, "--minutes", "1", "--seed", "2", "--out", out], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    log = json.loads((out / "soak.json").read_text(encoding="utf-8"))
    assert log["problems"] == [] and log["rounds"] and all(one["equal"] for one in log["rounds"])
    assert sum(sum(one["troubles"].values()) for one in log["rounds"]) > 0
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- soak -->\nold\n<!-- /soak -->\nafter\n", encoding="utf-8")
    subprocess.run([sys.executable, script, "--summary", out, "--into", page], env=environment, check=True)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- soak -->\n") and text.endswith("<!-- /soak -->\nafter\n") and "old" not in text
    assert "| problems | 0 |" in text
