"""What keys and menu entries ask for: one table, and the names of keys. No key destroys work without a modifier."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pygame

from alife.viewer.kit import Action

ECOSYSTEM, PROBLEM = frozenset({"ecosystem"}), frozenset({"problem"})
BOTH = ECOSYSTEM | PROBLEM


COLOURS = {
    "species": "alike genomes",
    "energy": "bright is rich",
    "age": "bright is old",
    "kin": "how alike its signature is",
    "action": "what it did last",
    "key": "same colour, same map",
    "memory": "orange writes now",
}


class Command(NamedTuple):
    """Something that can be asked for."""

    name: str
    keys: tuple[str, ...]
    """as `key_name` tells them"""
    title: str
    """in its menu"""
    words: str
    """in the help, and while the pointer is on it"""
    menu: str
    """'' = in none: the mouse has another way"""
    action: Action
    modes: frozenset[str] = BOTH
    """'ecosystem', 'problem'"""


COMMANDS = (
    Command("save", ("ctrl+s",), "Save what was done", "save config and edits by hand", "World", ("save",), ECOSYSTEM),
    Command("screenshot", ("p",), "Save a picture", "save the window as a picture", "World", ("screenshot",)),
    Command("record", ("r",), "Record a film", "begin, or end, a film", "World", ("record",)),
    Command("quit", ("ctrl+q",), "Leave", "leave", "World", ("quit",)),
    Command("pause", ("space",), "Pause, go on", "pause, and go on", "Time", ("pause",)),
    Command("step", (".",), "Step", "live one tick", "Time", ("step",)),
    Command("back", (",",), "Step back", "one tick back, exactly", "Time", ("back",)),
    Command("faster", ("+", "="), "Faster", "twice as fast", "Time", ("faster",)),
    Command("slower", ("-",), "Slower", "half as fast", "Time", ("slower",)),
    Command("normal speed", ("9",), "Normal speed", "15 ticks a second", "Time", ("speed",)),
    Command("full speed", ("0",), "Full speed", "as fast as this machine can", "Time", ("fastest",)),
    Command("first", (), "To the beginning", "to the first tick", "Time", ("first",)),
    Command("last", (), "To the end", "to the last tick lived", "Time", ("last",)),
    Command("next life", ("n",), "Next life", "leave this life, begin another", "Time", ("next life",), PROBLEM),
    Command("end of life", ("x",), "To the end of this life", "to the end of this life", "Time", ("next", "death"), PROBLEM),
    Command("next birth", ("b",), "To the next birth", "to the next birth, and pause", "Time", ("next", "birth"), ECOSYSTEM),
    Command("next death", ("x",), "To the next death", "to the next death, and pause", "Time", ("next", "death"), ECOSYSTEM),
    Command("next decision", ("c",), "To the next decision", "until it does something else", "Time", ("next", "decision")),
    Command("fit", ("home",), "Whole world", "show the whole world", "View", ("fit",)),
    Command("closer", ("i",), "Closer", "closer, as the wheel does", "View", ("zoom", 1)),
    Command("farther", ("o",), "Farther", "farther, as the wheel does", "View", ("zoom", -1)),
    Command("colour", ("m",), "Next colouring", "colour by something else", "View", ("colour", None), ECOSYSTEM),
    *(
        Command(f"colour by {mode}", (str(i),), f"Colour by {mode}", f"{mode}: {words}", "View", ("colour", mode), ECOSYSTEM)
        for i, (mode, words) in enumerate(COLOURS.items(), 1)
    ),
    Command("mind panel", ("k",), "Mind", "show, or hide, the mind", "View", ("panel", "mind")),
    Command("charts panel", ("g",), "Charts", "show, or hide, the charts", "View", ("panel", "charts")),
    Command("tree panel", ("t",), "Tree", "show, or hide, the tree", "View", ("panel", "tree"), ECOSYSTEM),
    Command("timeline panel", ("l",), "Timeline", "show, or hide, the timeline", "View", ("panel", "timeline")),
    Command("larger", ("ctrl++", "ctrl+="), "Larger text", "larger text", "View", ("scale", 1)),
    Command("smaller", ("ctrl+-",), "Smaller text", "smaller text", "View", ("scale", -1)),
    Command("usual size", ("ctrl+0",), "Usual text", "as this screen asks for", "View", ("scale", 0)),
    Command("full screen", ("f11",), "Full screen", "fill the screen, or stop that", "View", ("full screen",)),
    Command("follow", ("f",), "Follow the agent", "keep it in sight, or stop that", "Mind", ("follow selected",), ECOSYSTEM),
    Command("next agent", ("tab",), "Next agent", "choose the next agent", "Mind", ("next agent",), ECOSYSTEM),
    Command("force", (), "Hold the map", "hold its gates: one linear map", "Mind", ("hold map",)),
    Command("free", (), "Free the gates", "free its gates again", "Mind", ("mind", "restore genes")),
    Command("wipe", (), "Wipe the memory", "wipe its memory", "Mind", ("mind", "wipe")),
    Command("scramble", (), "Scramble the memory", "scramble its memory", "Mind", ("mind", "scramble")),
    Command("freeze", (), "Freeze the memory", "freeze its memory", "Mind", ("mind", "freeze memory")),
    Command("thaw", (), "Thaw the memory", "let its memory write again", "Mind", ("mind", "thaw memory")),
    Command("swap", (), "Swap memories", "swap it with the nearest agent", "Mind", ("mind", "swap"), ECOSYSTEM),
    Command("brushes", ("e",), "Brush …", "paint, or set down agents", "Tools", ("brushes",), ECOSYSTEM),
    Command("twin", ("v",), "Twin", "a twin with the same luck", "Tools", ("twin",)),
    Command("drought", (), "A drought", "drought: half as much grows", "Tools", ("happen", "drought"), ECOSYSTEM),
    Command("flood", (), "A flood", "flood: low ground is water", "Tools", ("happen", "flood"), ECOSYSTEM),
    Command("plague", (), "A plague", "plague: half of all die", "Tools", ("happen", "plague"), ECOSYSTEM),
    Command("migration", (), "Newcomers", "100 agents with random genes", "Tools", ("happen", "migration"), ECOSYSTEM),
    Command("undo", ("ctrl+z",), "Undo the last edit", "take the last edit back", "Tools", ("undo",)),
    Command("help", ("h", "f1", "?"), "Keys, and how to read", "this help", "Help", ("help",)),
    Command("left", ("left", "a"), "Left", "move the view left", "", ("move", -1, 0)),
    Command("right", ("right", "d"), "Right", "move the view right", "", ("move", 1, 0)),
    Command("up", ("up", "w"), "Up", "move the view up", "", ("move", 0, -1)),
    Command("down", ("down", "s"), "Down", "move the view down", "", ("move", 0, 1)),
    Command("menus", ("f10",), "Menus", "menus; arrows, Enter, Esc", "", ("menu", "World")),
    Command("escape", ("escape",), "Close", "close what is open, then leave", "", ("escape",)),
)


def offered(commands: Iterable[Command], mode: str) -> tuple[Command, ...]:
    """Those that make sense in an 'ecosystem' or a 'problem'."""
    return tuple(command for command in commands if mode in command.modes)


def by_key(commands: Iterable[Command], mode: str) -> dict[str, Command]:
    """Key name -> command of that mode. ValueError: two want the same key."""
    found: dict[str, Command] = {}
    for command in offered(commands, mode):
        for key in command.keys:
            if key in found:
                raise ValueError(f"key '{key}': expected one command in mode {mode}, got '{found[key].name}' and '{command.name}'")
            found[key] = command
    return found


# ---- names of keys ----

_NAMED = {pygame.K_RETURN: "enter", pygame.K_KP_ENTER: "enter", pygame.K_DELETE: "delete"}
_PAD = {
    pygame.K_KP_PLUS: "+", pygame.K_KP_MINUS: "-", pygame.K_KP_PERIOD: ".", pygame.K_KP_MULTIPLY: "*", pygame.K_KP_DIVIDE: "/",
    pygame.K_KP_EQUALS: "=",
}  # fmt: skip
_PAD_DIGITS = {getattr(pygame, f"K_KP{i}"): i for i in range(10)}
_PAD_MOVES = ("insert", "end", "down", "page down", "left", "5", "right", "home", "up", "page up")
"""What the digits of the keypad are without Num Lock."""
_PLACES = "abcdefghijklmnopqrstuvwxyz1234567890"
"""Scancodes from 4 on: the letters and digits of a US keyboard, by place."""
_SIGNS = {"left": "←", "right": "→", "up": "↑", "down": "↓", "escape": "Esc"}


def key_name(event: pygame.event.Event) -> str:
    """The name of a KEYDOWN: 'a', '?', 'space', 'left', 'f1', 'ctrl+s', 'shift+tab'.

    Signs count as they are written, so that any layout finds '+' and '?'; letters are lower case. Letters of other scripts count by
    their place. Shift is named where no sign tells of it. Cmd is Ctrl; AltGr, which writes signs, is neither.
    """
    mod = getattr(event, "mod", 0)
    name = _sign(event, mod)
    writes = len(name) == 1
    ctrl = bool(mod & (pygame.KMOD_CTRL | pygame.KMOD_META) and not mod & (pygame.KMOD_RALT | pygame.KMOD_MODE))
    shift = mod & pygame.KMOD_SHIFT and (not writes or (ctrl and name.isalpha()))
    return "ctrl+" * ctrl + "alt+" * bool(mod & pygame.KMOD_LALT and not ctrl) + "shift+" * bool(shift) + name


def _sign(event: pygame.event.Event, mod: int) -> str:
    """The key without modifiers, but for those that the written sign holds already."""
    key, written = event.key, getattr(event, "unicode", "").lower()
    if key in _PAD_DIGITS:
        digit = _PAD_DIGITS[key]
        return str(digit) if mod & pygame.KMOD_NUM or written.isdigit() else _PAD_MOVES[digit]
    if key in _PAD or key in _NAMED:
        return _PAD.get(key) or _NAMED[key]
    if len(written) == 1 and "!" <= written <= "~":
        return str(written)
    if ord("!") <= key <= ord("~"):  # with Ctrl nothing is written
        return chr(key).lower()
    place = getattr(event, "scancode", 0) - 4
    if 127 < key < 1 << 30 and 0 <= place < len(_PLACES):
        return _PLACES[place]
    return str(pygame.key.name(key) or written)


def shown(key: str) -> str:
    """A key's name for people: 'Ctrl+S', '←', 'Space', 'F1', '?'."""
    *modifiers, last = [*key[:-1].split("+"), key[-1]] if key.endswith("+") else key.split("+")
    last = _SIGNS.get(last) or (last.upper() if len(last) == 1 or last[1:].isdigit() else last.capitalize())
    return "+".join([modifier.capitalize() for modifier in modifiers if modifier] + [last])
