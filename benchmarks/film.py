"""Make docs/media/copy.gif and docs/media/ecosystem.gif, films of two minds: python benchmarks/film.py"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
MEDIA = ROOT / "docs" / "media"
ALIFE = Path(sys.executable).with_name("alife")
ECOSYSTEM = ["configs/poison-seasons.yaml", "--ticks", "4320", "--follow", "5840", "--seconds", "7"]
"""An agent that eats, or does not, because of what it remembers."""


def film(*arguments: str) -> None:
    """`alife watch`, in the project's folder. CalledProcessError: it failed."""
    subprocess.run([ALIFE, "watch", *arguments], cwd=ROOT, check=True)


def main() -> None:
    """The champion of copy, seed 1, evolved in a temporary folder; an agent of an ecosystem."""
    MEDIA.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        evolve = [ALIFE, "evolve", "copy", "--until-solved", "--seed", "1", "--out", folder, "--json"]
        run = json.loads(subprocess.run(evolve, stdout=subprocess.PIPE, text=True, check=True).stdout)["run"]
        film(run, "--film", str(MEDIA / "copy.gif"), "--seconds", "8")
    film(*ECOSYSTEM, "--film", str(MEDIA / "ecosystem.gif"))


if __name__ == "__main__":
    main()
