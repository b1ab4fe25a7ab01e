"""The world as pixels: land, agents on their way, hunters, and rings around those that are looked at."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.viewer import raster
from alife.viewer.camera import Camera
from alife.viewer.colours import colours
from alife.viewer.scene import Agents, Scene
from alife.viewer.theme import FIRED, GROUND, HUNTER, LINE, TEXT

SHAPES_FROM, LINES_FROM, PROBLEM_LINES_FROM = 4.0, 16.0, 8.0
"""Pixels a cell: from here on agents have shapes, lines part the cells, and those of problems."""

_LINE_SHARE, _LEAST, _SMALLEST_RING, _FAR = 0.35, 150, 7.0, 3
"""Of a line over the land; of a lone agent in a pixel, of 255; radius in pixels; cells no hunter crosses in a tick."""


class Crew(NamedTuple):
    """Who is drawn in the frames between two scenes: those who died, then the living; int64 (n,) but colour."""

    id: np.ndarray
    start: np.ndarray
    """(2, n): row and column before"""
    end: np.ndarray
    """(2, n): and after"""
    facing: np.ndarray
    change: np.ndarray
    """-1 died, 1 newborn, 0 neither"""
    colour: np.ndarray
    """uint8 (n, 3)"""
    shape: np.ndarray


class Painter:
    """Draws frames. What it keeps (the land, who moves where, scratch) makes the next frame quicker and never other."""

    def __init__(self) -> None:
        self._land_key: tuple | None = None
        self._crew_key: tuple | None = None
        self._crew: Crew | None = None
        self._layer = np.zeros((0, 0, 3), np.uint8)
        self._sums = np.zeros((0, 0, 4), np.int32)

    def image(
        self,
        scene: Scene,
        camera: Camera,
        mode: str,
        before: Scene | None = None,
        phase: float = 1.0,
        selected: int | None = None,
        hovered: int | None = None,
        outlined: np.ndarray | None = None,
    ) -> np.ndarray:
        """uint8 (H, W, 3) of the camera's size; a copy.

        With `before`, an earlier scene, agents are drawn between their two cells, `phase` 0..1 of the way; newborns grow, and those who
        died shrink. selected, hovered: ids of agents that get a ring. outlined: int64 (n, 2), rows and columns of cells.
        """
        before = before if phase < 1 else None
        out = self._land(scene.land if before is None or phase >= 0.5 else before.land, camera, scene.agents is None).copy()
        box = np.array(_corners(camera), np.int64)
        if scene.agents is not None:
            crew = self._who(scene, before, mode, selected)
            spans = _spans(crew.start, crew.end, phase, camera)
            self._agents(out, box, crew, spans, phase, camera)
            _hunters(out, box, scene, before, phase, camera)
        if outlined is not None and len(outlined):
            chosen = np.zeros((camera.rows, camera.columns), np.uint8)
            chosen[outlined[:, 0], outlined[:, 1]] = 1
            down, across = camera.edges()
            raster.outlines(out, box, across, down, chosen, 1 + int(camera.scale >= 12), np.array(FIRED))
        if scene.agents is not None:
            for agent, width in ((hovered, 1.0), (selected, 2.0)):
                if agent is not None:
                    _ring(out, crew.id == agent, spans, width, camera)
        return out

    def _land(self, land: np.ndarray, camera: Camera, is_problem: bool) -> np.ndarray:
        """The picture without agents; kept for as long as land and camera stay."""
        key = (land, camera, is_problem)
        if self._land_key is None or self._land_key[0] is not land or self._land_key[1:] != key[1:]:
            self._layer, self._land_key = _land_layer(land, camera, is_problem), key
        return self._layer

    def _who(self, scene: Scene, before: Scene | None, mode: str, selected: int | None) -> Crew:
        key = (scene, before, mode, selected)
        kept = self._crew_key
        if self._crew is None or kept is None or kept[0] is not scene or kept[1] is not before or kept[2:] != key[2:]:
            self._crew, self._crew_key = _crew(scene, before, mode, selected), key
        return self._crew

    def _agents(self, out: np.ndarray, box: np.ndarray, crew: Crew, spans: np.ndarray, phase: float, camera: Camera) -> None:
        share = np.array([255, round(255 * phase), 255 - round(255 * phase)], np.uint8)
        weight = share[crew.change]  # -1 counts from the end
        down, across = spans
        if camera.scale >= SHAPES_FROM:
            seen = np.flatnonzero((weight > 0) & _are_visible(down, across, camera))
            which = raster.mask_number(crew.shape[seen], crew.facing[seen], weight[seen])
            raster.stamps(out, box, across[seen], down[seen], which, raster.masks(int(camera.scale)), crew.colour[seen])
        elif camera.scale >= 1:
            raster.squares(out, box, across, down, crew.colour, weight)
        else:
            if self._sums.shape[:2] != out.shape[:2]:
                self._sums = np.zeros((*out.shape[:2], 4), np.int32)
            raster.crowd(out, self._sums, across, down, crew.colour, weight, camera.scale**2, _LEAST)


def world_image(
    scene: Scene,
    camera: Camera,
    mode: str,
    before: Scene | None = None,
    phase: float = 1.0,
    selected: int | None = None,
    hovered: int | None = None,
    outlined: np.ndarray | None = None,
) -> np.ndarray:
    """One frame, see `Painter.image`."""
    return Painter().image(scene, camera, mode, before, phase, selected, hovered, outlined)


def agent_at(scene: Scene, row: int, column: int) -> int | None:
    """The id of the agent in a cell."""
    if scene.agents is None:
        return None
    found = np.flatnonzero((scene.agents.row == row) & (scene.agents.column == column))
    return int(scene.agents.id[found[0]]) if len(found) else None


def place_of(scene: Scene, agent: int, before: Scene | None = None, phase: float = 1.0) -> tuple[float, float] | None:
    """Row and column where an agent is drawn, for a camera that goes with it; None where it is not in the scene."""
    end = _cell_of(scene, agent)
    start = _cell_of(before, agent) if before is not None else None
    if end is None or start is None:
        return end
    way = [(now - then + size / 2) % size - size / 2 for now, then, size in zip(end, start, scene.land.shape, strict=False)]
    return end[0] - way[0] * (1 - phase), end[1] - way[1] * (1 - phase)


def _cell_of(scene: Scene, agent: int) -> tuple[float, float] | None:
    agents = scene.agents
    found = np.flatnonzero(agents.id == agent) if agents is not None else np.zeros(0, np.int64)
    return (float(agents.row[found[0]]), float(agents.column[found[0]])) if agents is not None and len(found) else None


def _corners(camera: Camera) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the world in the view."""
    left, top, wide, tall = camera.box
    return left, top, left + wide, top + tall


def _land_layer(land: np.ndarray, camera: Camera, is_problem: bool) -> np.ndarray:
    """Cells of one colour; below a pixel a cell their mean. Where there is room, lines part them, and one goes around the world.

    A problem's picture is shown as it is; what agents stand on is half as bright, so that agents stand out.
    """
    wide, tall = camera.size
    ground = np.array(GROUND, np.uint8)
    if not is_problem:
        land = (land >> 1) + np.tile(ground // 2, (camera.columns, 1))  # whole rows: numpy is slow where the last axis is 3
    out = np.empty((tall, wide, 3), np.uint8)
    out[:] = np.tile(ground, (wide, 1))
    down, across = camera.edges()
    left, top, right, bottom = _corners(camera)
    for y in {top - 1, bottom} & set(range(tall)):
        out[y, max(left - 1, 0) : max(right + 1, 0)] = LINE
    for x in {left - 1, right} & set(range(wide)):
        out[max(top - 1, 0) : max(bottom + 1, 0), x] = LINE
    if camera.scale < 1:
        rows, columns = (np.searchsorted(edges[:-1], np.arange(pixels + 1)) for edges, pixels in ((down, tall), (across, wide)))
        raster.means(out, land, rows, columns)
        return out
    rows, columns = (
        np.where((found := np.searchsorted(edges, np.arange(pixels), "right") - 1) < len(edges) - 1, found, -1)
        for edges, pixels in ((down, tall), (across, wide))
    )
    raster.cells(out, land, rows, columns)
    if camera.scale >= (PROBLEM_LINES_FROM if is_problem else LINES_FROM):
        ys, xs = (edges[1:-1][(edges[1:-1] > 0) & (edges[1:-1] <= pixels)] - 1 for edges, pixels in ((down, tall), (across, wide)))
        ink, share = (GROUND, 1.0) if is_problem else (LINE, _LINE_SHARE)
        world = out[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        for seen, at in ((world, ys - max(top, 0)), (world.swapaxes(0, 1), xs - max(left, 0))):
            seen[at] = (seen[at] * (1 - share) + np.array(ink) * share).astype(np.uint8)
    return out


def _crew(scene: Scene, before: Scene | None, mode: str, selected: int | None) -> Crew:
    """Pairs of the same place and id; the others were born or died."""
    now = scene.agents
    assert now is not None
    end = np.stack([now.row, now.column])
    colour, shape = colours(scene, mode, selected)
    crew = Crew(now.id, end, end, now.facing, np.zeros(len(now.id), np.int64), colour, shape)
    then = before.agents if before is not None else None
    if then is None:
        return crew
    assert before is not None
    at = np.searchsorted(then.place, now.place)
    at[at == len(then.place)] = 0
    lived = (then.id[at] == now.id) & (then.place[at] == now.place) if len(then.id) else np.zeros(len(now.id), bool)
    start = end.copy()
    start[:, lived] = then.row[at[lived]], then.column[at[lived]]
    died = np.ones(len(then.id), bool)
    died[at[lived]] = False
    crew = crew._replace(start=start, change=np.where(lived, 0, 1))
    return _joined(_of_the_dead(then, died, *colours(before, mode, selected)), crew)


def _of_the_dead(then: Agents, died: np.ndarray, colour: np.ndarray, shape: np.ndarray) -> Crew:
    at = np.stack([then.row[died], then.column[died]])
    return Crew(then.id[died], at, at, then.facing[died], np.full(int(died.sum()), -1), colour[died], shape[died])


def _joined(one: Crew, other: Crew) -> Crew:
    return Crew(*(np.concatenate(pair, axis=1 if i in (1, 2) else 0) for i, pair in enumerate(zip(one, other, strict=True))))


def _spans(start: np.ndarray, end: np.ndarray, phase: float, camera: Camera) -> np.ndarray:
    """int64 (2, n, 2): down and across, where things between two cells (2, n) begin and end in pixels of the view."""
    spans = np.empty((2, end.shape[1], 2), np.int64)
    half = 0.5 * min(camera.scale, 1.0)
    for axis, count in enumerate((camera.rows, camera.columns)):
        raster.between(spans[axis], start[axis], end[axis], float(phase), count, float(camera.scale), half, camera.corner[axis])
    return spans


def _are_visible(down: np.ndarray, across: np.ndarray, camera: Camera) -> np.ndarray:
    """bool (n,): may touch the view, also with what comes in on the other side of the world."""
    wide, tall = camera.size
    _, _, right, bottom = _corners(camera)
    is_seen = (across[:, 1] > 0) & (across[:, 0] < wide) | (across[:, 1] > right)
    return np.asarray(is_seen & ((down[:, 1] > 0) & (down[:, 0] < tall) | (down[:, 1] > bottom)))


def _hunters(out: np.ndarray, box: np.ndarray, scene: Scene, before: Scene | None, phase: float, camera: Camera) -> None:
    """Triangles, larger than agents where those are squares; they move if their number and order stayed."""
    end = scene.hunters.T.astype(np.int64)
    start = before.hunters.T.astype(np.int64) if before is not None and before.hunters.shape == scene.hunters.shape else end
    size = np.array([[camera.rows], [camera.columns]])
    way = abs(end - start)
    start = np.where(np.minimum(way, size - way).max(axis=0, initial=0) < _FAR, start, end)
    down, across = _spans(np.ascontiguousarray(start), np.ascontiguousarray(end), phase, camera)
    side = max(int(camera.scale), 7)
    off = (int(camera.scale) - side) // 2
    which = np.full(end.shape[1], (raster.LEVELS - 1) * len(raster.SHAPES) * raster.LOOKS + raster.SHAPES.index("triangle") * raster.LOOKS)
    colour = np.full((end.shape[1], 3), HUNTER, np.uint8)
    raster.stamps(out, box, across + off, down + off, which, raster.masks(side), colour)


def _ring(out: np.ndarray, who: np.ndarray, spans: np.ndarray, width: float, camera: Camera) -> None:
    """Around one agent, wherever it is on its way."""
    down, across = spans[:, who]
    wide = max(1, int(camera.scale))
    mask = raster.ring(max(_SMALLEST_RING, 0.6 * camera.scale + width), width, wide % 2)
    off = (wide - mask.shape[1]) // 2
    view = np.array([-out.shape[1], -out.shape[0], 2 * out.shape[1], 2 * out.shape[0]])
    raster.stamps(out, view, across + off, down + off, np.zeros(len(down), np.int64), mask, np.full((len(down), 3), TEXT, np.uint8))
