"""Lab 22: in worlds that need a memory, agents with one beat those without, those with a scrambled one, and a recurrent net."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.insight.ablate import ablate_run
from alife.lab import _paint
from alife.lab._evolved import answers_changed, at_least_so_often, evolve, folder, problem
from alife.lab.finding import Check, Finding, at_least

NUMBER = 22
TITLE = "who has a memory uses it, and wins by it"
SLOW = True
SEEDS = tuple(range(1, 11))
WORLDS = ("corridor", "repeat-4", "copy", "tmaze-single")
BY_SIGN = ("repeat-4", "copy", "tmaze-single")
"""Worlds whose answers are the signs of the actions; in others the strongest action is the answer."""
ARMS = {
    "full": "with it", "memory_scrambled": "scrambled", "memory_zeroed": "emptied", "recurrent": "recurrent net",
    "no_memory": "evolved without",
}  # fmt: skip
RIVALS = ("memory_scrambled", "memory_zeroed", "recurrent", "no_memory")
CLAIM = (
    "A net of switches and a hashed memory is a Neural Turing Machine: in worlds that need a memory, agents with one beat agents "
    "without, agents whose memory is scrambled, and a recurrent net of as many genes that was evolved on the same budget."
)


def run(scale: float) -> Finding:
    """Scale: seeds and worlds, at least two seeds and one world."""
    seeds = SEEDS[: max(2, round(len(SEEDS) * scale))]
    worlds = WORLDS[: max(1, round(len(WORLDS) * scale))]
    lives = max(64, round(256 * scale))
    z = np.zeros((len(worlds), len(ARMS), len(seeds)))
    changed = np.zeros((len(worlds), len(seeds)))
    for i, name in enumerate(worlds):
        for j, seed in enumerate(seeds):
            with folder() as out:
                path = evolve(problem(name), seed, 1000, out, controls=True)
                found = ablate_run(path, lives)
                z[i, :, j] = [found[arm]["z"] for arm in ARMS]
                changed[i, j] = answers_changed(path, lives)[name in BY_SIGN]
    return Finding(CLAIM, _checks(worlds, z, changed), _prose(worlds, z, changed), lambda figure: _draw(figure, worlds, z, changed))


def _checks(worlds: tuple[str, ...], z: np.ndarray, changed: np.ndarray) -> list[Check]:
    """z (worlds, arms, seeds), changed (worlds, seeds)."""
    names, n, checks = list(ARMS), z.shape[2], []
    for i, name in enumerate(worlds):
        for arm in RIVALS:
            wins = int((z[i, 0] > z[i, names.index(arm)]).sum())
            checks.append(at_least(f"{name}: seeds of {n} in which it beats '{ARMS[arm]}'", wins, at_least_so_often(n)))
        never = float(np.median(z[i, names.index("no_memory")]))
        checks.append(Check(f"{name}: median z without it from birth on", never, -np.inf, 0.1, 0.0))
        checks.append(at_least(f"{name}: share of answers that a recall turned round changes, median", float(np.median(changed[i])), 0.25))
    return checks


def _prose(worlds: tuple[str, ...], z: np.ndarray, changed: np.ndarray) -> str:
    middle = np.median(z, axis=2)
    said = ", ".join(f"{name} {middle[i, 0]:.2f} against {middle[i, list(ARMS).index('recurrent')]:.2f}" for i, name in enumerate(worlds))
    none = float(np.median(z[:, list(ARMS).index("no_memory")]))
    turned = ", ".join(f"{100 * np.median(row):.0f} %" for row in changed)
    some = f"{len(worlds)} world{'s' if len(worlds) > 1 else ''}"
    return (
        f"In {some}, {z.shape[2]} seeds each, agents were evolved until they had solved the world, and beside each a recurrent net of as "
        "many genes and the same agents without a memory on as many evaluations. Median z with the memory against that of the recurrent "
        f"net: {said}, while without a memory evolution gets {none:.2f} in the median. Recalls that are turned round in the ticks of the "
        f"questions change {turned} of the answers, so what is read is what decides."
    )


def _draw(figure: Any, worlds: tuple[str, ...], z: np.ndarray, changed: np.ndarray) -> None:
    left, right = figure.subplots(1, 2, width_ratios=(3, 1))
    width = 0.8 / len(ARMS)
    for k, (words, colour) in enumerate(zip(ARMS.values(), (*_paint.CYCLE[:4], _paint.GREY), strict=True)):
        at = np.arange(len(worlds)) + (k - (len(ARMS) - 1) / 2) * width
        left.bar(at, np.median(z[:, k], axis=1), width, color=colour, alpha=0.55, label=words)
        left.plot(np.repeat(at, z.shape[2]), z[:, k].ravel(), ".", ms=3, color=colour)
    left.axhline(0, color=_paint.GREY, lw=0.8)
    left.set_xticks(range(len(worlds)), worlds)
    _paint.say(left, "Bars: medians; points: seeds", "world", "z: 0 best without a memory, 1 best of all", loc="center right")
    right.bar(range(len(worlds)), np.median(changed, axis=1), color=_paint.BLUE, alpha=0.55)
    for i, row in enumerate(changed):
        right.plot(np.full(len(row), i), row, ".", ms=3, color=_paint.BLUE)
    right.set_xticks(range(len(worlds)), worlds, rotation=35, ha="right")
    right.set_ylim(0, 1.05)
    _paint.say(right, "Recalls turned round", "world", "share of answers that change", legend=False)
