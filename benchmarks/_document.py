"""Writes a document out of commands: every table in it is the output of the command above it."""

from __future__ import annotations

import argparse
import os
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
Section = tuple[str, str, Sequence[str]]
"""Title, words, commands: words for `alife`, or `python` and a script; `{runs}` and other options stand for their values. What
ends in `> /dev/null` has no table."""


def parser(script: str, about: str) -> argparse.ArgumentParser:
    """The options of every script that writes a document."""
    options = argparse.ArgumentParser(description=about)
    options.add_argument("--runs", default=f"runs/{Path(script).stem}", help="folder of the runs, from the project's; what is done stays")
    options.add_argument("--only", nargs="+", metavar="SECTION", help="its title in small letters, - for what is none")
    return options


def write(
    document: Path, script: str, words: Sequence[str], sections: Sequence[Section], options: Mapping[str, str], only: Sequence[str] | None,
    summary: Section | None = None,
) -> None:  # fmt: skip
    """Run the commands of all sections, or of those in `only`, in the project's folder; put each into the document when it is done.

    What stands in the document of other sections stays. `summary` stands first, and is made anew after each of them.
    """
    known = {slug(title) for title, _, _ in sections}
    if unknown := sorted(set(only or ()) - known):
        raise SystemExit(f"--only {' '.join(unknown)}: expected some of {' '.join(sorted(known))}")
    order = [title for title, _, _ in (*([summary] if summary else []), *sections)]
    for section in sections:
        if only is None or slug(section[0]) in only:
            for title, told, commands in (section, *([summary] if summary else [])):
                done = [_done(command, f"{options['runs']}/{slug(title)}-{index}", options) for index, command in enumerate(commands)]
                _put(document, _head(document, script, words), order, title, "\n\n".join([told, *done]))


def slug(title: str) -> str:
    """Of a title: "Four shelves" -> "four-shelves"."""
    return re.sub(r"[^a-z0-9_]+", "-", title.lower()).strip("-")


def _done(command: str, out: str, options: Mapping[str, str]) -> str:
    """Run it; the command and its output. A sweep without a folder gets `out`."""
    said = command.format(**options)
    if said.startswith("sweep ") and " --out " not in said:
        said += f" --out {out}"
    said = said if said.startswith("python ") else f"alife {said}"
    print(said, file=sys.stderr, flush=True)
    name, *arguments = shlex.split(said)
    silent = arguments[-2:] == [">", "/dev/null"]
    program = sys.executable if name == "python" else Path(sys.executable).with_name(name)
    ran = subprocess.run([program, *arguments[: -2 if silent else None]], stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    table = ran.stdout.rstrip()
    return f"`{said}`" + ("" if silent else f"\n\n{table}" if table.startswith("|") else f"\n\n```text\n{table}\n```")


def _put(document: Path, head: str, order: Sequence[str], title: str, text: str) -> None:
    """Replace one section of the document; those whose title is not in `order` go."""
    before = document.read_text(encoding="utf-8") if document.is_file() else ""
    parts = dict(part.split("\n\n", 1) for part in re.split(r"^## ", before, flags=re.MULTILINE)[1:])
    parts[title] = text
    whole = [head, *(f"## {name}\n\n{parts[name].rstrip()}" for name in order if name in parts)]
    document.write_text("\n\n".join(whole) + "\n", encoding="utf-8")


def _head(document: Path, script: str, words: Sequence[str]) -> str:
    return "\n".join([
        f"# {document.stem.capitalize()}", "",
        f"Written by `python benchmarks/{script}`; every table is the output of the command above it.",
        f"{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, numba {version('numba')}, numpy {version('numpy')}.",
        *words,
    ])  # fmt: skip


def processor() -> str:
    """Its name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
