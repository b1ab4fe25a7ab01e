"""The table of keys in docs/window.md, from alife/viewer/commands.py: python benchmarks/keys.py"""

from __future__ import annotations

import re
from pathlib import Path

from alife.viewer.commands import COMMANDS, ECOSYSTEM, PROBLEM, shown

DOC = Path(__file__).parents[1] / "docs" / "window.md"
HEAD = "| menu | key | what it does |\n|---|---|---|\n"
_ONLY = {ECOSYSTEM: " (ecosystems)", PROBLEM: " (problems)"}


def table() -> str:
    """Markdown, a row a command, in the order of the menus."""
    rows = [
        f"| {command.menu} | {' '.join(f'`{shown(key)}`' for key in command.keys)} | {command.words}{_ONLY.get(command.modes, '')} |"
        for command in COMMANDS
    ]
    return HEAD + "\n".join(row.replace("|  |", "| |").replace("|  |", "| |") for row in rows) + "\n"


def main() -> None:
    """Replace it."""
    text = DOC.read_text(encoding="utf-8")
    DOC.write_text(re.sub(re.escape(HEAD) + r"(\|.*\n)*", lambda _: table(), text), encoding="utf-8")


if __name__ == "__main__":
    main()
