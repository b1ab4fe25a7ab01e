"""Write the outputs and figures of docs/tutorial.md anew: python benchmarks/tutorial.py

Its Python blocks run in order, in one namespace, in an empty folder. A text block right behind one is what it prints, to the letter.
`tests/test_tutorial.py` does the same and compares.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "tutorial.md"
MEDIA = ROOT / "docs" / "media"

BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", re.S)
"""Code, and what it prints."""


class Done(NamedTuple):
    """A block that has run."""

    code: str
    told: str
    """what the document says it prints"""
    printed: str


def done(text: str, folder: Path) -> list[Done]:
    """Run all blocks of a document in a folder."""
    namespace: dict[str, Any] = {"__name__": "tutorial"}
    found = []
    for number, (code, told) in enumerate(BLOCK.findall(text), 1):
        out = io.StringIO()
        with contextlib.chdir(folder), contextlib.redirect_stdout(out):
            exec(compile(code, f"block {number}", "exec"), namespace)
        found.append(Done(code, told, out.getvalue()))
    return found


def written(text: str, blocks: list[Done]) -> str:
    """The document with what its blocks have printed."""
    left = iter(blocks)

    def block(match: re.Match[str]) -> str:
        printed = next(left).printed
        return f"```python\n{match[1]}```\n" + (f"\n```text\n{printed}```\n" if printed else "")

    return BLOCK.sub(block, text)


def main() -> None:
    """Run the document, put its outputs into it and its figures beside it."""
    text = DOCUMENT.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="alife-tutorial-") as folder:
        DOCUMENT.write_text(written(text, done(text, Path(folder))), encoding="utf-8")
        for picture in sorted(Path(folder).glob("tutorial-*.png")):
            shutil.copy(picture, MEDIA)
            print(f"{picture.name}: {os.path.getsize(picture):,} bytes")


if __name__ == "__main__":
    main()
