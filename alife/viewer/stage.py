"""The whole window as a picture: what the player told, and what the window has open, drawn onto a surface."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import pygame

from alife.viewer import charts, dialogs, helping, legend, menus, mindpanel, timeline, tree
from alife.viewer.camera import Camera, fit
from alife.viewer.commands import COMMANDS, Command, offered
from alife.viewer.docks import Docks, fitting, split
from alife.viewer.frames import Frame
from alife.viewer.grid import Painter, place_of
from alife.viewer.kit import Canvas, Mark
from alife.viewer.scene import Scene
from alife.viewer.theme import BAD, BIG, DIM, FIRED, GROUND, LINE, PANEL, TEXT

_PANEL_SECONDS = 0.004
"""After which no further panel is drawn anew in this picture while the world runs: one after the other has its turn."""
Drawing = Callable[[Canvas, pygame.Rect], Any]
_SMOOTH = 30.0
"""Ticks a second up to which agents are seen to move between their cells."""


@dataclass
class Ui:
    """What the window knows beside the simulation."""

    kind: str
    """'ecosystem' or 'problem'"""
    docks: Docks = field(default_factory=Docks)
    scale: float = 1.0
    mode: str = "species"
    camera: Camera | None = None
    hovered: tuple[int, int] | None = None
    """cell under the pointer"""
    follow: int | None = None
    """whom a click has chosen"""
    peek: int | None = None
    """the agent under the pointer, while nobody is chosen"""
    is_centred: bool = False
    """the view goes with the followed agent"""
    folded: frozenset[str] = frozenset()
    scroll: int = 0
    mind_height: int = 0
    """of the whole mind panel, as drawn last"""
    opened: str | None = None
    highlighted: int = -1
    popup: tuple[str, list[Any]] | None = None
    """title and entries of `menus.popup`"""
    dialog: Any = None
    help_page: int | None = None
    brush: tuple[str, str] | None = None
    """name, words"""
    brush_size: int = 1
    message: str = ""
    is_error: bool = False
    recording: int = 0
    """frames so far; 0 = none"""
    charts: tuple[charts.Chart, ...] = charts.ECOSYSTEM
    pointer: tuple[int, int] = (-1, -1)
    is_resting: bool = False
    """the pointer, so that it may be told what it is on"""
    commands: tuple[Command, ...] = COMMANDS

    @property
    def laid_out(self) -> Docks:
        """The docks that this kind of world fills: agents of problems have no kin."""
        return self.docks if self.kind == "ecosystem" or "tree" not in self.docks.shown else self.docks.toggled("tree")

    @property
    def chosen(self) -> int | None:
        """Whose mind is shown."""
        return self.peek if self.follow is None else self.follow

    def offered(self) -> tuple[Command, ...]:
        """Commands of this kind of world."""
        return offered(self.commands, self.kind)

    @property
    def is_covered(self) -> bool:
        """Something lies over the panels."""
        return self.opened is not None or self.popup is not None or self.help_page is not None or self.dialog is not None


class _Panel(NamedTuple):
    """A panel as it was drawn last."""

    key: Any
    frame: int
    """its count"""
    drawn: float
    surface: pygame.Surface
    marks: list[Mark]
    result: Any


class Stage:
    """Draws windows; keeps pictures of panels of which nothing has changed. `marks` are those of the last picture."""

    def __init__(self) -> None:
        self._painters = Painter(), Painter()
        self._panels: dict[str, _Panel] = {}
        self.marks: list[Mark] = []
        self.areas: dict[str, pygame.Rect] = {}
        self.panes: tuple[pygame.Rect, ...] = ()
        """of the world; the last one is the changed world"""
        self.above = 0
        """number of the first mark of what lies over the panels"""

    def draw(self, surface: pygame.Surface, ui: Ui, frame: Frame, now: float) -> None:
        """The whole window. `now`: time.perf_counter(), for motion."""
        scale = fitting(surface.get_size(), ui.scale)
        self.areas = ui.laid_out.areas(surface.get_size(), scale)
        canvas = Canvas(surface, scale)
        surface.fill(GROUND)
        self._world(canvas, ui, frame, now)
        contents = [content for content in self._contents(ui, frame) if content[0] in self.areas]
        until = float("inf") if frame.is_paused else time.perf_counter() + _PANEL_SECONDS
        for name, key, drawing in sorted(contents, key=lambda content: self._panels[content[0]].drawn if content[0] in self._panels else 0):
            self._renew(name, (key, tuple(self.areas[name]), scale), frame.count, drawing, until)
        for name, _, _ in contents:
            canvas.surface.blit(self._panels[name].surface, self.areas[name].topleft)
            canvas.marks += self._panels[name].marks
        ui.mind_height = self._panels["mind"].result if "mind" in self.areas else 0
        for name, grip in ui.laid_out.grips(surface.get_size(), scale).items():
            thin = grip.inflate(1 - grip.width, 0) if name != "bottom" else grip.inflate(0, 1 - grip.height)
            canvas.fill(thin, LINE)
            canvas.mark(grip, "drag this edge")
        self.above = 0 if ui.dialog is not None or ui.help_page is not None else len(canvas.marks)
        self._over(canvas, ui, frame)
        self.marks = canvas.marks

    def _renew(self, name: str, key: Any, count: int, drawing: Drawing, until: float) -> None:
        """Draw a panel anew if what it shows has changed; if only the frame has, not after `until`."""
        kept, area = self._panels.get(name), self.areas[name]
        if kept is not None and kept.key == key and (kept.frame == count or time.perf_counter() > until):
            return
        canvas = Canvas(pygame.Surface(area.size, 0, 32), key[-1], area.topleft)
        canvas.surface.fill(PANEL if name in ("mind", "menu") else GROUND)
        result = drawing(canvas, canvas.rect)
        self._panels[name] = _Panel(key, count, time.perf_counter(), canvas.surface, canvas.marks, result)

    # ---- the world ----

    def _world(self, canvas: Canvas, ui: Ui, frame: Frame, now: float) -> None:
        area = self.areas["world"]
        foot = canvas.px(24) if area.height > canvas.px(120) else 0
        view = pygame.Rect(area.left, area.top, area.width, area.height - foot)
        panes = split(view) if frame.twin is not None else (view,)
        self.panes = panes
        phase = _phase(frame, now)
        camera = _aimed(ui, frame, panes[-1].size, phase)
        shown = [(frame.scene, frame.before)] if frame.twin is None else [(frame.twin, None), (frame.scene, None)]
        for pane, painter, (scene, before) in zip(panes, self._painters, shown, strict=False):
            own = camera.resized(pane.size)
            outlined = frame.differing if frame.twin is not None else None
            hovered = self._hovered(ui, scene)
            image = painter.image(scene, own, ui.mode, before, phase if before is not None else 1.0, ui.chosen, hovered, outlined)
            canvas.image(image, pane.topleft)
        if frame.twin is not None:
            self._titles(canvas, panes, frame)
        if foot:
            strip = pygame.Rect(area.left, view.bottom, area.width, foot)
            canvas.fill(strip, GROUND)
            if frame.scene.agents is not None:
                legend.draw(canvas, strip, frame.scene, ui.mode, ui.chosen)
            else:
                at = (strip.left + canvas.px(16), strip.top + canvas.px(4))
                canvas.text(at, frame.scene.caption, DIM, width=strip.width - canvas.px(32))
                canvas.mark(strip, frame.scene.caption)

    def _hovered(self, ui: Ui, scene: Scene) -> int | None:
        if ui.hovered is None or scene.agents is None:
            return None
        found = np.flatnonzero((scene.agents.row == ui.hovered[0]) & (scene.agents.column == ui.hovered[1]))
        return int(scene.agents.id[found[0]]) if len(found) else None

    def _titles(self, canvas: Canvas, panes: tuple[pygame.Rect, ...], frame: Frame) -> None:
        """Which world is which, and since when they differ."""
        first, cells = frame.first_difference, f"{len(frame.differing):,} cell{'s' * (len(frame.differing) != 1)}"
        here = f" · here it does: {frame.twin_action}" if frame.twin_action and frame.story.person is not None else ""
        titles = [(f"untouched{here}", f"the world as it would have been without you{here}", DIM)]
        if not frame.story.edits:
            titles.append(("the same so far · change this one", "what you do by hand, and to its mind, is done in this world", DIM))
        elif first is None:
            titles.append(("changed · no difference yet", "changed by hand; no difference is to be seen yet", FIRED))
        else:
            words = f"changed by hand; since tick {first:,} a difference is to be seen, now in {cells}"
            titles.append((f"changed · differs since {first:,} · {cells}", words, FIRED))
        for pane, (text, words, colour) in zip(panes, titles, strict=True):
            box = pygame.Rect(pane.left, pane.top, pane.width, canvas.px(24))
            canvas.fill(box, PANEL)
            canvas.text((box.left + canvas.px(8), box.top + canvas.px(4)), text, colour, width=box.width - canvas.px(16))
            canvas.mark(box, words)
        canvas.fill((panes[1].left, panes[1].top, 1, panes[1].height), LINE)

    # ---- panels ----

    def _contents(self, ui: Ui, frame: Frame) -> list[tuple[str, Any, Callable[[Canvas, pygame.Rect], Any]]]:
        """Name, what it depends on beside the frame, and how it is drawn."""
        story = frame.story
        return [
            ("menu", (ui.opened, ui.recording), lambda c, r: menus.bar(c, r, ui.offered(), ui.opened, _status(ui))),
            ("header", (), lambda c, r: _header(c, r, frame)),
            ("charts", (ui.charts,), lambda c, r: _charts(c, r, ui, frame)),
            ("tree", (ui.chosen,), lambda c, r: _tree(c, r, ui, frame)),
            ("timeline", (), lambda c, r: timeline.draw(c, r, _time(frame))),
            ("mind", (ui.folded, ui.scroll, ui.is_centred, story.person), lambda c, r: _mind(c, r, ui, frame)),
            ("hint", (ui.message, ui.brush, ui.brush_size, frame.is_paused), lambda c, r: _hint(c, r, ui, frame)),
        ]

    def _over(self, canvas: Canvas, ui: Ui, frame: Frame) -> None:
        """What lies above the panels: menus, dialogs, help, and the words for what is under the pointer."""
        if ui.opened is not None:
            menus.drop(canvas, self.areas["menu"], ui.offered(), ui.opened, ui.highlighted)
        if ui.popup is not None:
            menus.popup(canvas, self.panes[-1].topleft, *ui.popup, ui.highlighted)
        if ui.help_page is not None:
            ui.help_page = min(ui.help_page, helping.draw(canvas, ui.offered(), ui.help_page) - 1)
        if ui.dialog is not None:
            dialogs.draw(canvas, ui.dialog)
        if ui.is_resting:
            dialogs.tooltip(canvas, ui.pointer, words_at(canvas.marks, ui.pointer) or self._words(ui, frame))

    def _words(self, ui: Ui, frame: Frame) -> str:
        """What stands in the cell under the pointer; of a problem its picture's caption tells that."""
        scene = self.scene_at(ui.pointer, frame)
        if ui.hovered is None or ui.is_covered or scene is None or scene.agents is None:
            return ""
        return legend.hover_words(scene, *ui.hovered, ui.mode)

    def scene_at(self, at: tuple[int, int], frame: Frame) -> Scene | None:
        """Of the world in the pane at this point: the untouched twin in the left one of two."""
        number = next((i for i, pane in enumerate(self.panes) if pane.collidepoint(at)), None)
        return None if number is None else frame.twin if number < len(self.panes) - 1 else frame.scene


def words_at(marks: list[Mark], at: tuple[int, int]) -> str:
    """What the uppermost mark under a point says."""
    return next((mark.words for mark in reversed(marks) if mark.rect.collidepoint(at)), "")


def _aimed(ui: Ui, frame: Frame, size: tuple[int, int], phase: float) -> Camera:
    """The camera for this pane; kept in `ui`."""
    rows, columns = frame.scene.land.shape[:2]
    camera = ui.camera
    if camera is None or (camera.rows, camera.columns) != (rows, columns):
        camera = fit(rows, columns, size)
    camera = camera.resized(size)
    if ui.is_centred and ui.follow is not None and (at := place_of(frame.scene, ui.follow, frame.before, phase)) is not None:
        camera = camera.centred_on(*at)
    ui.camera = camera
    return camera


def _phase(frame: Frame, now: float) -> float:
    """How far agents are from their last cell to this one, 0 to 1."""
    pace = frame.speed if not frame.is_paused else 8.0
    return 1.0 if frame.before is None or pace > _SMOOTH else min(1.0, max(0.0, (now - frame.published) * pace))


def is_moving(frame: Frame, now: float) -> bool:
    """Whether a picture a moment later would be another one."""
    return _phase(frame, now) < 1.0


def _status(ui: Ui) -> str:
    return f"recording · {ui.recording} pictures · R ends" if ui.recording else ""


def _header(canvas: Canvas, area: pygame.Rect, frame: Frame) -> None:
    """World, tick, agents, speed."""
    scene, y = frame.scene, area.top + canvas.px(4)
    left = area.left + canvas.px(16)
    left += canvas.text((left, y), scene.name, TEXT, BIG) + canvas.px(16)
    numbers = scene.numbers
    if scene.agents is not None or not scene.life:
        words = f"tick {scene.tick:,} · {int(numbers.get('population', 0)):,} agents"
    else:
        right, asked = scene.answers
        state = "over" if scene.is_over else scene.phase
        words = f"life {scene.life:,} · tick {int(numbers.get('life tick', 0)):,}" + f" · {state}" * bool(state)
        words += f" · {right} of {asked} right" * bool(asked)
    speed = "as fast as it can" if frame.speed == float("inf") else f"{frame.speed:g} ticks/s wanted"
    rate = "paused" if frame.is_paused else f"{charts.number(frame.rate)} ticks/s · {speed}"
    if frame.is_seeking:
        rate = "looking …"
    room = canvas.text((area.right - canvas.px(16), y + canvas.px(5)), rate, FIRED if frame.is_paused else DIM, right=True)
    canvas.text((left, y + canvas.px(5)), words, TEXT, width=max(0, area.right - canvas.px(32) - room - left))
    canvas.mark(area, f"{scene.name}: {words}; {rate}")


def _charts(canvas: Canvas, area: pygame.Rect, ui: Ui, frame: Frame) -> None:
    story = frame.story
    inner = area.inflate(-canvas.px(32), -canvas.px(16))
    if story.series is not None:
        charts.draw(canvas, inner, story.series, ui.charts, frame.scene.tick)
    elif story.bounds is not None:
        charts.lives_chart(canvas, inner, story.scores, *story.bounds)


def _tree(canvas: Canvas, area: pygame.Rect, ui: Ui, frame: Frame) -> None:
    """Of the followed agent, or else of all that live."""
    story = frame.story
    inner = area.inflate(-canvas.px(32), -canvas.px(16))
    if story.own_tree is not None:
        colours = tree.repertoire_colours(story.own_signatures)
        tree.draw(canvas, inner, story.own_tree, colours, ui.chosen, f"kin of agent {ui.chosen or 0:,}")
    elif story.tree is not None:
        tree.draw(canvas, inner, story.tree, tree.repertoire_colours(story.signatures), ui.chosen, "lineages of the living")


def _time(frame: Frame) -> timeline.TimelineState:
    story, scene = frame.story, frame.scene
    is_life = scene.agents is None and scene.life > 0
    speed = "max" if frame.speed == float("inf") else f"{frame.speed:g}/s"
    stored, saved = np.array(frame.stored, np.int64), np.array(frame.saved, np.int64)
    last, bands, marks = max(frame.last, scene.tick), list(story.bands), list(story.marks)
    first = story.first if is_life else frame.first
    state = timeline.TimelineState(first, last, scene.tick, stored, saved, bands, marks, frame.is_paused, speed)
    return replace(state, jumps=(("death", "the end of this life"), state.jumps[-1])) if is_life else state


def _mind(canvas: Canvas, area: pygame.Rect, ui: Ui, frame: Frame) -> int:
    person = frame.story.person
    if person is not None:
        person = replace(person, is_followed=ui.is_centred)
    return mindpanel.draw(canvas, area, person, frame.story.look, ui.folded, ui.scroll)


def _hint(canvas: Canvas, area: pygame.Rect, ui: Ui, frame: Frame) -> None:
    """One line: what just happened, or what can be done."""
    more = "click an agent" if ui.kind == "ecosystem" else ". one tick · , back · N next life"
    hint = f"Space {'go on' if frame.is_paused else 'pause'} · {more} · H help"
    if ui.brush is not None:
        hint = f"brush: {ui.brush[1]} · {ui.brush_size} cells wide, [ and ] change that · Escape puts it away"
    at = (area.left + canvas.px(16), area.top + canvas.px(4))
    canvas.mark(area, ui.message or hint)
    canvas.text(at, ui.message or hint, BAD if ui.is_error else TEXT if ui.message else DIM, width=area.width - canvas.px(32))
