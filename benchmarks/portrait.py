"""Make docs/media/mind.png: the mind panel at a moment when the memory decides, explained: python benchmarks/portrait.py"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from alife.core import config
from alife.sim.ecosystem import Ecosystem
from alife.viewer import kit, mindpanel
from alife.viewer.dialogs import wrapped
from alife.viewer.frames import Wants
from alife.viewer.kit import Canvas, Mark
from alife.viewer.living import Living
from alife.viewer.player import Player
from alife.viewer.story import Story
from alife.viewer.theme import DIM, FAINT, ROW, SMALL, TEXT

if TYPE_CHECKING:
    from pygame import Rect

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "media" / "mind.png"
CONFIG, AGENT, FROM, TICK = "poison-seasons", 5840, 4150, 4323
PANEL_WIDE, LINE_WIDE, WORDS_WIDE, TALL = 432, 40, 352, 4000
"""Widths of the panel, of the lines beside it, of the words; room for the panel's height. Pixels."""

NOTES = (
    ("agent ", "Who it is", "Age, energy, what it has eaten, its children."),
    ("senses:", "What it senses", "Every input of this tick. meal +.50: a plant stands here; look 0 to 11: how it looks."),
    ("gates:", "The switches of its net", "Light: open. Yellow: flipped just now. While none flips, the mind is one linear map C."),
    ("key ", "The name of that map", "The same key is the same map."),
    ("strongest action", "What it does now, and why", "A sum: coefficient × input, largest first."),
    ("coefficients times", "The proof", "C times all inputs, and what the net put out, differ by no more than this."),
    ("without memory", "What the memory changed", "The same sum without what is recalled: south."),
    ("eat = ", "All that it could have done", "The strongest is done. Each is a sum of its own."),
    ("write gate = ", "Write? And where to?", "The write gate and the wishes of the head: sums, too."),
    ("a row for every", "The whole map C", "A row an output, a column an input. Top right: the memory's say in eating."),
    ("memory:", "Its memory", "The wish of the head that won is lit. Below it: the address where the head stands."),
    ("meal: recalled", "What is recalled, and what could be written", "The gate is shut, so nothing is."),
    ("this recall is", "Where that comes from", "The nearest address that was written."),
    ("tick 4,318", "What was written", "When, where, what; orange: it was good. How near is that address to the one of now?"),
    ("forget everything", "Experiments", "Wipe, scramble, freeze or swap the memory."),
    ("life:", "Its life", "Energy since it was chosen, its parents, children and siblings. A click on one looks into that mind."),
)  # fmt: skip
"""What the words of the place begin with, a heading, an explanation."""


def story() -> Story:
    """What is told of the agent, looked at until the tick of the picture."""
    ecosystem = Ecosystem(config.load(ROOT / "configs" / f"{CONFIG}.yaml"))
    ecosystem.compile()
    ecosystem.found()
    player = Player(Living(ecosystem, name=CONFIG), Wants(species=False), paused=True)
    player.live(FROM)
    player.want(follow=AGENT)
    player.live(TICK - FROM)
    player.publish()
    return player.frame.story


def place_of(marks: list[Mark], words: str) -> Rect:
    """Of the first mark whose words begin so. StopIteration: there is none."""
    return next(mark.rect for mark in marks if mark.words.startswith(words))


def note(canvas: Canvas, at: Rect, y: int, title: str, words: str) -> int:
    """Words at y, and a line from the place to them; returns the y below."""
    x, row = PANEL_WIDE + LINE_WIDE, canvas.px(ROW)
    middle = at.top + min(at.height // 2, 9)
    canvas.line([(PANEL_WIDE - 8, middle), (PANEL_WIDE + 8, middle), (x - 16, y + 8), (x - 6, y + 8)], FAINT)
    canvas.text((x, y), title, TEXT)
    for line in wrapped(words, canvas.px(SMALL), WORDS_WIDE):
        y += row
        canvas.text((x, y), line, DIM)
    return y + row


def picture() -> np.ndarray:
    """uint8 (H, W, 3)."""
    told, canvas = story(), kit.new((PANEL_WIDE + LINE_WIDE + WORDS_WIDE + 16, TALL))
    area = canvas.rect
    area.width = PANEL_WIDE
    height = mindpanel.draw(canvas, area, told.person, told.look)
    y = 0
    for words, title, about in NOTES:
        at = place_of(canvas.marks, words)
        y = note(canvas, at, max(y + 8, at.top), title, about)
    return kit.pixels(canvas.surface)[: max(height, y + 8)]


def main() -> None:
    """Draw it and write it."""
    Image.fromarray(picture()).quantize(256, dither=Image.Dither.NONE).save(TARGET, optimize=True)
    print(TARGET)


if __name__ == "__main__":
    main()
