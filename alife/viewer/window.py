"""The window: events in, pictures out. The simulation runs in the player's thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pygame

from alife.core.errors import UserError
from alife.viewer import colours, dialogs, docks, grid, kit, menus, preferences, timeline
from alife.viewer.acting import Acting
from alife.viewer.charts import ECOSYSTEM
from alife.viewer.commands import by_key, key_name
from alife.viewer.display import default_scale, open_window
from alife.viewer.hands import Hands
from alife.viewer.living import Living
from alife.viewer.office import Office
from alife.viewer.player import Player
from alife.viewer.stage import Stage, Ui, is_moving

FRAMES = 60
"""Pictures a second, at most."""
_CLICK = 5
"""Pixels that the pointer may move in a click."""
_SCROLL, _REST = 48, 0.3
"""Pixels of the mind panel to a turn of the wheel; seconds without motion after which the pointer is told what it is on."""


class Window:
    """Shows a player on the open display. `run`, or for tests: `handle` events, and `draw`."""

    def __init__(
        self, player: Player, office: Office, load: Callable[[Path], np.ndarray], kept: preferences.Preferences | None = None
    ) -> None:
        self.player = player
        kept = kept or preferences.Preferences()
        self.ui = Ui("ecosystem" if isinstance(player.source, Living) else "problem", docks=kept.docks, scale=kept.scale or default_scale())
        self.ui.mode = kept.colour if kept.colour in colours.MODES else "species"
        self.ui.charts = tuple(chart for chart in ECOSYSTEM if not kept.charts or chart.title in kept.charts)
        self.stage, self.office = Stage(), office
        self.acting = Acting(player, self.ui, self.stage, Hands(player, self.ui, load), office)
        self._keys = by_key(self.ui.commands, self.ui.kind)
        self._down: tuple[int, int] | None = None
        self._grip: str | None = None
        self._dragging = self._scrubbing = self._painting = False
        self._last_cell: tuple[int, int] | None = None
        self._stale, self._count = True, 0
        self._moved: float | None = None
        """when the pointer came to where it is"""
        if isinstance(player.source, Living):
            office.kept = player.source.journal.edits
        self.acting.tell()

    # ---- the loop ----

    def run(self) -> None:
        """Until somebody leaves. UserError: the simulation could not go on."""
        clock = pygame.time.Clock()
        self.player.start()
        try:
            while self.acting.is_open:
                for event in pygame.event.get():
                    self.handle(event)
                self.refresh(time.perf_counter())
                clock.tick(FRAMES)
        finally:
            self.player.close()
        if self.player.failure is not None:
            raise self.player.failure

    def refresh(self, now: float) -> None:
        """Draw, if there is something new to be seen."""
        frame, failure = self.player.frame, self.player.failure
        if failure is not None and self.ui.dialog is None:
            said = (f"{type(failure).__name__}: {failure}", "Leave the window to see more on the terminal.")
            self.ui.dialog = dialogs.Dialog("The simulation has stopped", said, (("Leave", ("leave",)),), None, "error")
            self._stale = True
        if frame.note and frame.count != self._count:
            self.acting.say(frame.note, frame.is_error)
            if frame.is_error:
                self.acting.error(frame.note)
        self._rest(now)
        if self._stale or frame.count != self._count or is_moving(frame, now) or self.office.is_recording:
            self._stale, self._count = False, frame.count
            self.draw(now)
            pygame.display.flip()

    def draw(self, now: float) -> None:
        """Onto the display's surface, and into the film if one is being made."""
        surface = pygame.display.get_surface()
        self.ui.recording = self.office.pictures
        self.stage.draw(surface, self.ui, self.player.frame, now)
        try:
            if self.office.is_recording and (ended := self.office.see(kit.pixels(surface), now)):
                self.acting.say(ended)
        except UserError as error:
            self.acting.error(str(error))

    def _rest(self, now: float) -> None:
        """Notice when the pointer has come to rest."""
        ui = self.ui
        if self._moved is None:
            self._moved = now
        is_resting = not self._is_held and now - self._moved >= _REST
        if is_resting != ui.is_resting:
            ui.is_resting, self._stale = is_resting, True

    @property
    def _is_held(self) -> bool:
        """A button is down."""
        return self._down is not None or self._grip is not None or self._scrubbing

    # ---- events ----

    def handle(self, event: pygame.event.Event) -> None:
        """One event. Whatever goes wrong is said in the window."""
        self._stale = True
        try:
            self._handle(event)
        except UserError as error:
            self.acting.error(str(error))

    def _handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.QUIT:
            self.acting.do(("quit",))
        elif event.type == pygame.KEYDOWN:
            self._key(event)
        elif event.type == pygame.MOUSEMOTION:
            self._motion(event)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button in (1, 2, 3):
            self._press(event)
        elif event.type == pygame.MOUSEBUTTONUP and event.button in (1, 2, 3):
            self._release(event)
        elif event.type == pygame.MOUSEWHEEL:
            self._wheel(event.y)
        elif event.type == pygame.WINDOWLEAVE:
            self.ui.pointer, self.ui.hovered = (-1, -1), None

    def _key(self, event: pygame.event.Event) -> None:
        ui, name = self.ui, key_name(event)
        self.acting.say("")
        if ui.dialog is not None:
            if (action := dialogs.answered(ui.dialog, name)) is not None:
                self._answer(action)
            elif ui.dialog.field is not None:
                ui.dialog = ui.dialog._replace(field=dialogs.typed(ui.dialog.field, event))
        elif ui.opened is not None:
            ui.opened, ui.highlighted, action = menus.moved(ui.offered(), ui.opened, ui.highlighted, name)
            if action is not None:
                self.acting.do(action)
        elif ui.popup is not None and name in ("up", "down", "enter"):
            ui.highlighted, action = menus.picked(ui.popup[1], ui.highlighted, name)
            if action is not None:
                self.acting.do(action)
        elif ui.help_page is not None and name in ("left", "right"):
            ui.help_page = max(0, ui.help_page + (1 if name == "right" else -1))
        elif ui.brush is not None and name in ("[", "]"):
            self.acting.do(("brush size", 2 if name == "]" else -2))
        elif name in self._keys:
            self.acting.do(self._keys[name].action)

    def _answer(self, action: kit.Action) -> None:
        """A button of the dialog."""
        if action != ("brush file",):  # which reads what was typed
            self.ui.dialog = None
        self.acting.do(action)

    def _motion(self, event: pygame.event.Event) -> None:
        ui, (x, y) = self.ui, event.pos
        moved = (x - ui.pointer[0], y - ui.pointer[1])
        ui.pointer, ui.is_resting, self._moved = (x, y), False, None
        ui.hovered = self._cell(event.pos)
        if ui.is_covered:
            self._highlight()
        elif self._grip is not None:
            ui.docks = ui.docks.dragged(self._grip, *moved, pygame.display.get_window_size(), self._scale)
        elif self._scrubbing:
            self._scrub(x)
        elif self._painting:
            self._paint()
        elif self._down is not None and (self._dragging or max(abs(x - self._down[0]), abs(y - self._down[1])) > _CLICK):
            self._dragging = True
            self.acting.pan(*moved)
        elif ui.hovered is not None and ui.kind == "ecosystem":
            self.acting.peek(self._agent())

    def _highlight(self) -> None:
        """The entry under the pointer; another menu, if one is open and the pointer is on its title."""
        ui, mark = self.ui, self._mark(self.ui.pointer)
        if mark is None or mark.action is None:
            return
        if ui.opened is not None and mark.action[0] == "menu":
            ui.opened, ui.highlighted = mark.action[1], -1 if mark.action[1] != ui.opened else ui.highlighted
            return
        entries: list[Any] = ui.popup[1] if ui.popup is not None else menus.grouped(ui.offered())[ui.opened] if ui.opened else []
        ui.highlighted = next((i for i, entry in enumerate(entries) if entry.action == mark.action), ui.highlighted)

    def _press(self, event: pygame.event.Event) -> None:
        ui, at = self.ui, event.pos
        ui.pointer, ui.is_resting, self._moved = at, False, None
        self.acting.say("")
        mark = self._mark(at)
        action = mark.action if mark is not None and event.button == 1 else None
        if ui.dialog is not None:
            if action is not None:
                self._answer(action)
        elif ui.is_covered:
            if action is not None:
                self.acting.do(action)
            elif mark is None:
                ui.opened = ui.popup = ui.help_page = None
        else:
            self._take_hold(at, event.button, action)

    def _take_hold(self, at: tuple[int, int], button: int, action: kit.Action | None) -> None:
        """A button of the mouse goes down over panels and world."""
        ui, grips = self.ui, self.ui.laid_out.grips(pygame.display.get_window_size(), self._scale)
        self._grip = next((name for name, rect in grips.items() if rect.collidepoint(at)), None) if button == 1 else None
        if self._grip is not None:
            return
        if self._on_timeline(at) and button == 1:
            self._scrubbing = True
            self._scrub(at[0])
        elif action is not None:
            self.acting.do(action)
        elif any(pane.collidepoint(at) for pane in self.stage.panes):
            self._down = at
            self._painting = ui.brush is not None and button == 1
            if self._painting:
                self.player.do(self.player.remember)
                self._last_cell = None
                ui.hovered = self._cell(at)
                self._paint()

    def _release(self, event: pygame.event.Event) -> None:
        is_click = self._down is not None and not self._dragging and not self._painting
        if is_click and event.button == 1 and self.ui.kind == "ecosystem":
            self.ui.pointer, self.ui.hovered = event.pos, self._cell(event.pos)
            if self.ui.hovered is not None:
                self.acting.choose(self._agent())
        self._down, self._grip = None, None
        self._dragging = self._scrubbing = self._painting = False

    def _wheel(self, turns: int) -> None:
        ui, mind = self.ui, self.stage.areas.get("mind")
        if ui.is_covered:
            return
        if mind is not None and mind.collidepoint(ui.pointer):
            ui.scroll = max(0, min(ui.scroll - turns * _SCROLL, ui.mind_height - mind.height))
            return
        pane = next((pane for pane in self.stage.panes if pane.collidepoint(ui.pointer)), None)
        if pane is not None:
            self.acting.zoom(turns, (ui.pointer[0] - pane.left, ui.pointer[1] - pane.top))
            ui.hovered = self._cell(ui.pointer)

    # ---- where things are ----

    @property
    def _scale(self) -> float:
        """Of letters, as this window has room for it."""
        return docks.fitting(pygame.display.get_window_size(), self.ui.scale)

    def _mark(self, at: tuple[int, int]) -> kit.Mark | None:
        """The uppermost that does something there; what lies over the panels hides what is below it."""
        for i, mark in reversed(list(enumerate(self.stage.marks))):
            if mark.rect.collidepoint(at) and (mark.action is not None or i >= self.stage.above):
                return mark
        return None

    def _cell(self, at: tuple[int, int]) -> tuple[int, int] | None:
        """Row and column under a point; None outside of the world, and while something lies over it."""
        pane = next((pane for pane in self.stage.panes if pane.collidepoint(at)), None)
        if pane is None or self.ui.camera is None or self.ui.is_covered:
            return None
        return self.ui.camera.resized(pane.size).cell_at((at[0] - pane.left, at[1] - pane.top))

    def _agent(self) -> int | None:
        """Who stands under the pointer."""
        scene = self.stage.scene_at(self.ui.pointer, self.player.frame)
        return None if scene is None or self.ui.hovered is None else grid.agent_at(scene, *self.ui.hovered)

    def _on_timeline(self, at: tuple[int, int]) -> bool:
        area = self.stage.areas.get("timeline")
        return area is not None and timeline.bar_of(area, self._scale).collidepoint(at)

    def _scrub(self, x: int) -> None:
        frame, area = self.player.frame, self.stage.areas["timeline"]
        first = frame.story.first if self.ui.kind == "problem" else frame.first
        self.acting.do(("goto", timeline.tick_at(area, self._scale, first, max(frame.last, frame.scene.tick), x)))

    def _paint(self) -> None:
        if self.ui.hovered is not None and self.ui.hovered != self._last_cell:
            self._last_cell = self.ui.hovered
            self.acting.hands.stroke(*self.ui.hovered)

    def kept(self) -> preferences.Preferences:
        """What is to be remembered until the next time."""
        ui, size = self.ui, pygame.display.get_window_size()
        scale = None if ui.scale == default_scale() else ui.scale
        shown = tuple(chart.title for chart in ui.charts)
        large = (max(320, size[0]), max(240, size[1]))
        return preferences.Preferences(docks=ui.docks, size=large, scale=scale, colour=ui.mode, charts=shown)


def watch(source: Any, name: str, office: Office, load: Callable[[Path], np.ndarray], saved: Any = None) -> Player:
    """Show a source in a window until it is closed; the player, at rest. UserError where there is no display."""
    kept, note = preferences.load()
    open_window(name, kept.size)
    try:
        window = Window(Player(source, saved=saved), office, load, kept)
        if note:
            window.acting.say(note, True)
        window.run()
        preferences.save(window.kept())
    finally:
        pygame.display.quit()
    return window.player
