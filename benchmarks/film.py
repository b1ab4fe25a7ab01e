"""Make docs/media/copy.gif: evolve a copying agent (seed 1) in a temporary folder and film its champion."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

MEDIA = Path(__file__).parents[1] / "docs" / "media"


def main() -> None:
    """Two commands, one file."""
    alife = Path(sys.executable).with_name("alife")
    MEDIA.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        evolve = [alife, "evolve", "copy", "--until-solved", "--seed", "1", "--out", folder, "--json"]
        run = json.loads(subprocess.run(evolve, stdout=subprocess.PIPE, text=True, check=True).stdout)["run"]
        subprocess.run([alife, "watch", run, "--film", str(MEDIA / "copy.gif"), "--seconds", "8"], check=True)


if __name__ == "__main__":
    main()
