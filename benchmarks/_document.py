"""Writes a document out of commands: every table in it is the output of the command above it."""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

Section = tuple[str, str, Sequence[str]]
"""Title, words, `alife` commands."""


def write(document: Path, script: str, words: Sequence[str], sections: Sequence[Section], about: str) -> None:
    """Run every command in turn, sweeps in folders of their own below `--runs`, and write the document."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--runs", type=Path, default=Path(tempfile.gettempdir()) / f"alife-{Path(script).stem}")
    runs: Path = parser.parse_args().runs
    alife = Path(sys.executable).with_name("alife")
    champions: dict[str, Path] = {}
    text = [
        f"# {document.stem.capitalize()}", "",
        f"Written by `python benchmarks/{script}`; every table is the output of the command above it.",
        f"{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, numba {version('numba')}, numpy {version('numpy')}.",
        *words,
    ]  # fmt: skip
    for number, (title, told, commands) in enumerate(sections):
        text += ["", f"## {title}", "", told]
        for index, command in enumerate(commands):
            arguments = shlex.split(command.format(**champions))
            shown = command.format(**{name: f"runs/{name}_s1" for name in champions})
            if arguments[0] == "sweep":
                out = runs / f"{number}-{index}"
                champions.setdefault(Path(arguments[1]).stem, out / f"{Path(arguments[1]).stem}_s1")
                arguments += ["--out", str(out)]
            print(f"alife {shown}", file=sys.stderr, flush=True)
            done = subprocess.run([alife, *arguments], stdout=subprocess.PIPE, text=True, check=True)
            table = done.stdout.rstrip()
            text += ["", f"`alife {shown}`", "", table if table.startswith("|") else f"```text\n{table}\n```"]
    document.write_text("\n".join(text) + "\n", encoding="utf-8")


def processor() -> str:
    """Its name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
