"""What the colours of the world mean, in one row; and what stands under the pointer, in words."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np
import pygame

from alife.viewer import raster
from alife.viewer.colours import MODES, mixed, named, tag_of
from alife.viewer.kit import Action, Canvas
from alife.viewer.scene import Agents, Scene
from alife.viewer.theme import DIM, FAINT, HUNTER, LINE, ORANGE, SKY, SMALL, TEXT, Colour, font, ramp

DISC, SQUARE, TRIANGLE = (raster.SHAPES.index(name) for name in ("disc", "square", "triangle"))

_MOST = 64
"""Names that are looked at to fill a row."""


class Entry(NamedTuple):
    """A swatch and its name."""

    label: str
    words: str
    colour: Colour
    shape: int
    rank: int = 0
    """its turn from the left, of those that have room"""


def draw(canvas: Canvas, area: pygame.Rect, scene: Scene, mode: str, selected: int | None = None) -> None:
    """One row, as much of it as has room; the title asks for the next mode. Of a problem there is nothing to tell."""
    if scene.agents is None:
        return
    y, x, right = area.top + (area.height - font(canvas.px(SMALL)).get_height()) // 2, area.left + canvas.px(16), area.right - canvas.px(16)
    following = MODES[(MODES.index(mode) + 1) % len(MODES)]
    words = f"what the colours of agents mean; click for {following}"
    _written(canvas, (x, y), f"colour: {mode}", words, ("colour", following), TEXT, right - x)
    x += max(_text_width(canvas, f"colour: {name}") for name in MODES) + canvas.px(16)
    if len(scene.hunters):
        entry = Entry("hunter", f"{_counted(len(scene.hunters), 'hunter')}; they kill the agents next to them", HUNTER, TRIANGLE)
        right -= _width(canvas, entry) - canvas.px(16)
        if right > x:
            _swatch(canvas, (right, y), entry)
        right -= canvas.px(16)
    if (strip := _strip(scene, mode, selected)) is not None:
        x += _ramp(canvas, (x, y), right - x, *strip) + canvas.px(16)
    _row(canvas, (x, y), right - x, *_entries(scene, scene.agents, mode, selected))


def hover_words(scene: Scene, row: int, column: int, mode: str = "species") -> str:
    """One line on a cell: who is there, and what the colours of this mode tell of it; else where it is."""
    agents = scene.agents
    if agents is None:
        return f"cell {row}, {column}"
    if len(scene.hunters) and (scene.hunters == (row, column)).all(axis=1).any():
        return f"hunter · cell {row}, {column}"
    found = np.flatnonzero((agents.row == row) & (agents.column == column))
    if not len(found):
        return f"cell {row}, {column}"
    i = int(found[0])
    told = [f"agent {agents.id[i]:,}"]
    if agents.species[i] >= 0:
        told.append(f"species {agents.species[i]}")
    told += [f"energy {agents.energy[i]:,.0f}", f"age {agents.age[i]:,}"]
    if 0 <= agents.deed[i] < len(scene.deeds):
        told.append(f"last action {scene.deeds[agents.deed[i]]}")
    if mode == "kin":
        told.append(f"kin signature {agents.tag[i]:04x}")
    if mode == "key" and agents.key[i]:
        told.append(f"linear map {int(agents.key[i]):016x}")
    if mode == "memory" and not math.isnan(agents.recall[i]):
        told.append(f"|recall| {agents.recall[i]:.2f}")
    if mode == "memory" and not math.isnan(agents.gate[i]):
        told.append(f"write gate {agents.gate[i]:.2f}")
    return " · ".join(told)


# ---- what there is to tell ----


def _strip(scene: Scene, mode: str, selected: int | None) -> tuple[np.ndarray, str, str, str] | None:
    """A ramp uint8 (256, 3), its lowest and highest in words, and what it is; None where colours stand for names."""
    if mode == "energy":
        return ramp("viridis"), "0", f"{scene.rich:,.0f}", f"energy of an agent, from 0 to {scene.rich:,.0f}, which is plenty"
    if mode == "age":
        return ramp("cividis"), "0", f"{scene.old:,.0f}", f"age of an agent, from 0 to {scene.old:,.0f} ticks"
    assert scene.agents is not None
    if mode == "kin" and tag_of(scene.agents, selected) is not None:
        words = f"in how many of 16 bits a kin signature agrees with that of agent {selected:,}; 8 by chance"
        return ramp("kin"), "0", "16 bits alike", words
    return None


def _entries(scene: Scene, agents: Agents, mode: str, selected: int | None) -> tuple[list[Entry], int]:
    """Names, those first that should have room first, and how many there are; of very many the commonest."""
    if mode == "memory":
        writes, is_told = agents.gate > 0, ~(np.isnan(agents.recall) & np.isnan(agents.gate))
        open_, shut = (_counted(int(some.sum()), "agent") for some in (writes, is_told & ~writes))
        found = [
            *_not_told(~is_told),
            Entry("writes now", f"write gate open: {open_}; bright: |recall| is 1", ORANGE, SQUARE),
            Entry("only recalls", f"write gate shut: {shut}; bright: |recall| is 1", SKY, DISC, 1),
        ]
        return found, len(found)
    if mode == "action":
        colour, shape = named(np.arange(len(scene.deeds)))
        count = np.bincount(agents.deed[agents.deed >= 0], minlength=len(scene.deeds))
        found = _not_told(agents.deed < 0) + [
            Entry(name, f"{name}: last action of {_counted(int(count[i]), 'agent')}", _rgb(colour[i]), int(shape[i]), i)
            for i, name in enumerate(scene.deeds)
        ]
        return found, len(found)
    if mode == "species":
        return _commonest(agents.species, agents.species >= 0, "{}", "species {}")
    if mode == "key":
        return _commonest(agents.key, agents.key != 0, "{:.4}", "linear map {}: same gates, same map", is_hashed=True)
    if mode == "kin" and tag_of(agents, selected) is None:
        return _commonest(agents.tag, np.ones(len(agents.tag), bool), "{}", "kin signature {}", is_hashed=True)
    return [], 0


def _commonest(values: np.ndarray, is_told: np.ndarray, label: str, words: str, is_hashed: bool = False) -> tuple[list[Entry], int]:
    """Names by how many agents have them; written in hexadecimal digits where they are hashes: 4 of a tag, 16 of a key."""
    names, count = np.unique(values[is_told], return_counts=True)
    order = np.argsort(-count, kind="stable")[:_MOST]
    colour, shape = named(mixed(names[order]) if is_hashed else names[order])
    found = _not_told(~is_told)
    for k, i in enumerate(order.tolist()):
        name = f"{int(names[i]):0{4 if names.dtype == np.int64 else 16}x}" if is_hashed else f"{names[i]}"
        told = f"{words.format(name)} · {_counted(int(count[i]), 'agent')}"
        found.append(Entry(label.format(name), told, _rgb(colour[k]), int(shape[k]), i))
    return found, len(found) - len(order) + len(names)


def _not_told(missing: np.ndarray) -> list[Entry]:
    count = int(missing.sum())
    return [Entry("not told", f"nothing is known of {_counted(count, 'agent')}", FAINT, DISC, 1 << 62)] if count else []


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _rgb(colour: np.ndarray) -> Colour:
    red, green, blue = colour.tolist()
    return red, green, blue


# ---- how it is told ----


def _row(canvas: Canvas, at: tuple[int, int], width: int, entries: list[Entry], names: int) -> None:
    """As many as have room, by rank; and how many of all names have not."""
    more = _text_width(canvas, f"+{names:,} more")
    shown, used = 0, 0
    for i, entry in enumerate(entries):
        used += _width(canvas, entry)
        if used + (0 if i == names - 1 else more) > width:
            break
        shown = i + 1
    x = at[0]
    for entry in sorted(entries[:shown], key=lambda entry: entry.rank):
        x += _swatch(canvas, (x, at[1]), entry)
    if names > shown and more <= at[0] + width - x:
        some = ", ".join(entry.label for entry in entries[shown : shown + 12])
        words = f"no room for {some}{' and others' if names > shown + 12 else ''}"
        _written(canvas, (x, at[1]), f"+{names - shown:,} more", words, None, DIM, more)


def _swatch(canvas: Canvas, at: tuple[int, int], entry: Entry) -> int:
    """Shape, name, and the gap behind it; returns the width."""
    size, tall = canvas.px(14), font(canvas.px(SMALL)).get_height()
    canvas.surface.blit(swatch(entry.shape, entry.colour, size), (at[0], at[1] + (tall - size) // 2))
    canvas.text((at[0] + size + canvas.px(4), at[1]), entry.label, DIM)
    width = _width(canvas, entry)
    canvas.mark((at[0], at[1], width - canvas.px(8), tall), entry.words)
    return width


def _ramp(canvas: Canvas, at: tuple[int, int], width: int, colours: np.ndarray, low: str, high: str, words: str) -> int:
    """Low, strip, high; returns the width, 0 where there is no room."""
    gap, long, tall = canvas.px(), canvas.px(128), font(canvas.px(SMALL)).get_height()
    before = _text_width(canvas, low) + gap
    total = before + long + gap + _text_width(canvas, high)
    if total > width:
        return 0
    canvas.text(at, low, DIM)
    thick = canvas.px()
    strip = colours[np.arange(long) * 255 // max(1, long - 1)]
    canvas.fill((at[0] + before - 1, at[1] + (tall - thick) // 2 - 1, long + 2, thick + 2), LINE)
    canvas.image(np.repeat(strip[None], thick, 0), (at[0] + before, at[1] + (tall - thick) // 2))
    canvas.text((at[0] + before + long + gap, at[1]), high, DIM)
    canvas.mark((*at, total, tall), words)
    return total


def _written(canvas: Canvas, at: tuple[int, int], text: str, words: str, action: Action | None, colour: Colour, width: int) -> int:
    used = canvas.text(at, text, colour, width=width)
    canvas.mark((*at, used, font(canvas.px(SMALL)).get_height()), words, action)
    return used


def _width(canvas: Canvas, entry: Entry) -> int:
    return canvas.px(14) + canvas.px(4) + _text_width(canvas, entry.label) + canvas.px(16)


def _text_width(canvas: Canvas, text: str) -> int:
    return int(font(canvas.px(SMALL)).size(text)[0])


@functools.lru_cache(1024)
def swatch(shape: int, colour: Colour, size: int) -> pygame.Surface:
    """A shape of `raster.SHAPES` as in the world, on nothing."""
    ink, light = np.moveaxis(raster.masks(size)[((raster.LEVELS - 1) * len(raster.SHAPES) + shape) * raster.LOOKS].astype(np.int64), 2, 0)
    shown = np.array(colour) * light[..., None] // np.maximum(ink, 1)[..., None]
    rgba = np.concatenate([shown, ink[..., None]], -1).astype(np.uint8)
    return pygame.image.frombuffer(rgba.tobytes(), (size, size), "RGBA")
