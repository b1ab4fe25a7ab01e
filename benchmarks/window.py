"""What the window costs, into docs/window.md: python benchmarks/window.py

First the world view: agents on their way between two scenes, every frame drawn anew, blitted to a display surface (SDL's dummy driver:
no screen is waited for) and flipped. A line a case: the median of the rounds, the slowest round, and what a frame costs when the tick
changes, as the land is then drawn anew as well. Then the whole window in front of a world that lives as fast as it can.
"""

from __future__ import annotations

import os
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np
import pygame
from _document import processor

from alife.core import config, rng
from alife.sim.ecosystem import Ecosystem
from alife.viewer import camera, grid, kit
from alife.viewer.camera import Camera
from alife.viewer.living import Living
from alife.viewer.office import Office
from alife.viewer.player import SPEEDS, Player
from alife.viewer.scene import Agents, Scene
from alife.viewer.window import FRAMES as MOST
from alife.viewer.window import Window

DOC = Path(__file__).parents[1] / "docs" / "window.md"
BLOCK = re.compile(r"(`python benchmarks/window\.py`[^\n]*\n\n```text\n).*?(```)", re.S)
SIZE, ROUNDS, FRAMES = (1000, 700), 9, 30
CASES = (
    ("10,000 agents, all seen, 6 px a cell", 10_000, (116, 166), 1.0),
    ("10,000 agents, 8 px a cell", 10_000, (87, 125), 1.0),
    ("10,000 agents, zoomed in, 24 px a cell", 10_000, (116, 166), 4.0),
    ("100,000 agents, 1,000,000 cells, below a pixel", 100_000, (1000, 1000), 1.0),
    ("100,000 agents, 2 px a cell", 100_000, (1000, 1000), 3.0),
    ("100,000 agents, zoomed in, 12 px a cell", 100_000, (1000, 1000), 16.0),
)


def scenes(agents: int, rows: int, columns: int) -> tuple[Scene, Scene]:
    """Two ticks: every agent makes a step, one in a hundred dies and is born."""
    drawn = rng.uniforms((agents, 6), 1)
    cells = np.sort(np.argsort(rng.uniforms((rows * columns,), 2))[:agents])
    row, column, facing = cells // columns, cells % columns, (drawn[:, 0] * 4).astype(np.int64)
    land = (rng.uniforms((rows, columns, 1), 3) * np.array([20, 60, 40]) + 16).astype(np.uint8)
    found = []
    for tick, step in enumerate((0, 1)):
        there = (row + step * np.array([-1, 0, 1, 0])[facing]) % rows, (column + step * np.array([0, 1, 0, -1])[facing]) % columns
        ids = np.arange(agents) + agents * step * (drawn[:, 1] < 0.01)
        numbers = ((drawn[:, k] * 16).astype(np.int64) for k in (2, 3, 4, 5))
        told = np.full(agents, np.nan)
        key = np.zeros(agents, np.uint64)
        rest = (facing, drawn[:, 2] * 300.0, *numbers, key, told, told)
        found.append(Scene(tick, "benchmark", land.copy(), Agents(np.arange(agents), ids, *there, *rest)))
    return found[0], found[1]


def measured(before: Scene, scene: Scene, view: Camera, canvas: kit.Canvas) -> tuple[list[float], list[float]]:
    """Seconds a frame, a number a round: while agents are on their way, and when the tick changes."""
    painter, moving, turning = grid.Painter(), [], []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        for frame in range(FRAMES):
            canvas.image(painter.image(scene, view, "species", before, 0.5 + frame / FRAMES / 2), (0, 0))
            pygame.display.flip()
        moving.append((time.perf_counter() - start) / FRAMES)
        start = time.perf_counter()
        before, scene = scene, before
        canvas.image(painter.image(scene, view, "species", before, 0.5), (0, 0))
        pygame.display.flip()
        turning.append(time.perf_counter() - start)
    return moving[1:], turning[1:]


def views() -> Iterator[str]:
    """A line a case."""
    canvas = kit.Canvas(pygame.display.set_mode(SIZE))
    for name, agents, (rows, columns), factor in CASES:
        view = camera.fit(rows, columns, SIZE).zoomed(factor, (SIZE[0] // 2, SIZE[1] // 2))
        moving, turning = measured(*scenes(agents, rows, columns), view, canvas)
        typical = statistics.median(moving)
        yield (
            f"{name:<48} {1 / typical:6.0f} frames/s  {1e3 * typical:5.2f} ms (most {1e3 * max(moving):5.2f})"
            f"  new tick {1e3 * statistics.median(turning):5.2f} ms"
        )


# ---- the whole window ----

WORLDS = (("meadow", 1, 2000), ("meadow", 4, 400))
"""Config, how many times as long and wide, ticks before it is measured."""
SIZES = {"rows": 1, "columns": 1, "founders": 2}
"""Keys of the world, and with what power of the factor they grow."""
SECONDS = 3.0


def watched(living: Living, follow: int | None) -> tuple[float, float]:
    """Ticks and frames a second, with the simulation in its thread and the window in this one."""
    player = Player(living)
    player.speed = SPEEDS.index(float("inf"))
    with tempfile.TemporaryDirectory() as folder:
        window = Window(player, Office(Path(folder), living.origin), lambda path: np.zeros(0))
        window.acting.choose(follow)
        player.start()
        clock, frames, first, start = pygame.time.Clock(), 0, living.tick, time.perf_counter()
        while (took := time.perf_counter() - start) < SECONDS:
            window.refresh(time.perf_counter())
            frames += 1
            clock.tick(MOST)
        player.close()
    return (living.tick - first) / took, frames / took


def alone(living: Living) -> float:
    """Ticks a second when nobody looks."""
    first, start = living.tick, time.perf_counter()
    while (took := time.perf_counter() - start) < SECONDS:
        living.advance(10)
        living.records()
    return (living.tick - first) / took


def windows() -> Iterator[str]:
    """A line a world."""
    pygame.display.set_mode((1280, 800))
    for name, factor, ticks in WORLDS:
        world = config.load(name)
        sets = [f"world.{key}={getattr(world.world.params, key) * factor**power}" for key, power in SIZES.items()]
        ecosystem = Ecosystem(config.load(name, sets))
        ecosystem.compile()
        ecosystem.found()
        living = Living(ecosystem, name=name)
        living.compile()
        living.advance(ticks)
        begun, told = living.save(), [f"{name}, {ecosystem.living:,} agents: {alone(living):,.0f} ticks/s alone"]
        for words, follow in (("watched", None), ("mind followed", living.champion())):
            living.restore(begun)
            lived, frames = watched(living, follow)
            told.append(f"{words} {lived:,.0f} at {frames:.0f} frames/s")
        yield ", ".join(told)


def main() -> None:
    """Measure, print, and write it into the document."""
    pygame.display.init()
    text = ""
    for line in (f"{processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", "", *views(), "", *windows()):
        print(line, flush=True)
        text += f"{line}\n"
    DOC.write_text(BLOCK.sub(lambda m: m[1] + text + m[2], DOC.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
