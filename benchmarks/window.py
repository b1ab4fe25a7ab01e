"""Frames a second of the world view: python benchmarks/window.py

Agents on their way between two scenes, every frame drawn anew, blitted to a display surface (SDL's dummy driver: no screen is waited
for) and flipped. A line a case: the median of the rounds, the slowest round, and what a frame costs when the tick changes, as the land
is then drawn anew as well.
"""

from __future__ import annotations

import os
import statistics
import time

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

import numpy as np
import pygame

from alife.core import rng
from alife.viewer import camera, grid, kit
from alife.viewer.camera import Camera
from alife.viewer.scene import Agents, Scene

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


def main() -> None:
    """A line a case."""
    pygame.display.init()
    canvas = kit.Canvas(pygame.display.set_mode(SIZE))
    for name, agents, (rows, columns), factor in CASES:
        view = camera.fit(rows, columns, SIZE).zoomed(factor, (SIZE[0] // 2, SIZE[1] // 2))
        moving, turning = measured(*scenes(agents, rows, columns), view, canvas)
        typical = statistics.median(moving)
        print(
            f"{name:<48} {view.scale:5.2f} px a cell  {1 / typical:6.0f} frames/s  {1e3 * typical:5.2f} ms (most {1e3 * max(moving):5.2f})"
            f"  new tick {1e3 * statistics.median(turning):5.2f} ms"
        )


if __name__ == "__main__":
    main()
