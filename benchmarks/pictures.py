"""docs/media/meadow.png, and in docs/ecosystem.md what its commands print: `python benchmarks/pictures.py`.

A block of `sh` or `python run` that a block of `text` follows is run, in order, in an empty folder with the configs.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from alife.core import config
from alife.sim.ecosystem import Ecosystem

ROOT = Path(__file__).parents[1]
DOC = ROOT / "docs" / "ecosystem.md"
TICKS, SCALE = 20_000, 6
PAIR = re.compile(r"```(sh|python run[ \w]*)\n((?:(?!```).)*)```\n\n```text\n((?:(?!```).)*)```", re.S)
"""Language, code and output."""


def outputs(text: str, folder: Path) -> list[str]:
    """What the commands of a document print on stdout, run in `folder`. CalledProcessError where one fails."""
    (folder / "configs").symlink_to(ROOT / "configs")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    found = []
    for language, code, _ in PAIR.findall(text):
        command = ["bash", "-c", code] if language == "sh" else [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        found.append("\n".join(line.rstrip() for line in done.stdout.rstrip().splitlines()))
    return found


def pasted(text: str, outputs: list[str]) -> str:
    """The document with these outputs."""
    left = iter(outputs)
    return PAIR.sub(lambda m: f"```{m[1]}\n{m[2]}```\n\n```text\n{next(left)}\n```", text)


def picture() -> Path:
    """The meadow of seed 1 from above at tick 20,000, six pixels a cell."""
    ecosystem = Ecosystem(config.load(ROOT / "configs" / "meadow.yaml"))
    ecosystem.compile()
    ecosystem.found()
    while ecosystem.tick < TICKS and ecosystem.advance(TICKS - ecosystem.tick):
        ecosystem.births(), ecosystem.deaths(), ecosystem.events()
    image = Image.fromarray(np.kron(ecosystem.picture(), np.ones((SCALE, SCALE, 1), np.uint8)))
    target = ROOT / "docs" / "media" / "meadow.png"
    image.quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)
    return target


if __name__ == "__main__":
    print(picture())
    with tempfile.TemporaryDirectory() as folder:
        text = DOC.read_text(encoding="utf-8")
        DOC.write_text(pasted(text, outputs(text, Path(folder))), encoding="utf-8")
    print(DOC)
