"""The window: events in, pictures out. The simulation runs in the player's thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pygame

from alife.core.errors import UserError
from alife.viewer import colours, dialogs, grid, kit, legend, menus, preferences
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
_WHEEL = 1.25
_SCROLL = 48


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
            self.office.changed()
        if self._stale or frame.count != self._count or is_moving(frame, now) or self.office.is_recording:
            self._stale, self._count = False, frame.count
            self.draw(now)
            pygame.display.flip()

    def draw(self, now: float) -> None:
        """Onto the display's surface, and into the film if one is being made."""
        surface = pygame.display.get_surface()
        self.ui.recording = self.office.pictures
        self.stage.draw(surface, self.ui, self.player.frame, now)
        if self.office.is_recording and (ended := self.office.see(kit.pixels(surface), now)):
            self.acting.say(ended)

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
            return
        if ui.opened is not None:
            ui.opened, ui.highlighted, action = menus.moved(ui.offered(), ui.opened, ui.highlighted, name)
            if action is not None:
                self.acting.do(action)
            return
        if ui.brush is not None and name in ("[", "]"):
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
        ui.pointer = (x, y)
        ui.hovered = self._cell(event.pos)
        if ui.hovered is not None and ui.kind == "ecosystem":
            self.acting.peek(grid.agent_at(self.player.frame.scene, *ui.hovered))
        if self._grip is not None:
            ui.docks = ui.docks.dragged(self._grip, *moved, pygame.display.get_window_size(), ui.scale)
        elif self._scrubbing:
            self._scrub(x)
        elif self._painting:
            self._paint()
        elif self._down is not None and (self._dragging or max(abs(x - self._down[0]), abs(y - self._down[1])) > _CLICK):
            self._dragging = True
            self.acting.pan(*moved)

    def _press(self, event: pygame.event.Event) -> None:
        ui, at = self.ui, event.pos
        ui.pointer = at
        self.acting.say("")
        found = next((mark for mark in reversed(self.stage.marks) if mark.rect.collidepoint(at) and mark.action is not None), None)
        if ui.dialog is not None:
            if found is not None and found.action is not None:
                self._answer(found.action)
            return
        grips = ui.docks.grips(pygame.display.get_window_size(), ui.scale)
        self._grip = next((name for name, rect in grips.items() if rect.collidepoint(at)), None)
        was_open = ui.opened is not None or ui.popup is not None or ui.help_page is not None
        if self._grip is not None and not was_open:
            return
        self._grip = None
        if self._on_timeline(at) and event.button == 1 and not was_open:
            self._scrubbing = True
            self._scrub(at[0])
        elif found is not None and found.action is not None and event.button == 1:
            self.acting.do(found.action)
        elif was_open:
            ui.opened = ui.popup = ui.help_page = None
        elif any(pane.collidepoint(at) for pane in self.stage.panes):
            self._down = at
            self._painting = ui.brush is not None and event.button == 1
            if self._painting:
                self.player.do(self.player.remember)
                self._last_cell = None
                ui.hovered = self._cell(at)
                self._paint()

    def _release(self, event: pygame.event.Event) -> None:
        is_click = self._down is not None and not self._dragging and not self._painting
        if is_click and event.button == 1 and (cell := self._cell(event.pos)) is not None and self.ui.kind == "ecosystem":
            self.acting.choose(grid.agent_at(self.player.frame.scene, *cell))
        self._down, self._grip = None, None
        self._dragging = self._scrubbing = self._painting = False

    def _wheel(self, turns: int) -> None:
        ui, mind = self.ui, self.stage.areas.get("mind")
        if mind is not None and mind.collidepoint(ui.pointer):
            ui.scroll = max(0, min(ui.scroll - turns * _SCROLL, ui.mind_height - mind.height))
            return
        pane = next((pane for pane in self.stage.panes if pane.collidepoint(ui.pointer)), None)
        if pane is not None and ui.camera is not None:
            ui.camera = ui.camera.zoomed(_WHEEL**turns, (ui.pointer[0] - pane.left, ui.pointer[1] - pane.top))
            ui.is_centred = False

    # ---- where things are ----

    def _cell(self, at: tuple[int, int]) -> tuple[int, int] | None:
        """Row and column under a point; None outside of the world, and where a panel lies above it."""
        pane = next((pane for pane in self.stage.panes if pane.collidepoint(at)), None)
        if pane is None or self.ui.camera is None or self.ui.dialog is not None:
            return None
        return self.ui.camera.resized(pane.size).cell_at((at[0] - pane.left, at[1] - pane.top))

    def words(self) -> str:
        """What the world has to say about the cell under the pointer."""
        if self.ui.hovered is None:
            return ""
        return legend.hover_words(self.player.frame.scene, *self.ui.hovered, self.ui.mode)

    def _on_timeline(self, at: tuple[int, int]) -> bool:
        from alife.viewer import timeline

        area = self.stage.areas.get("timeline")
        return area is not None and timeline.bar_of(area, self.ui.scale).collidepoint(at)

    def _scrub(self, x: int) -> None:
        from alife.viewer import timeline

        frame, area = self.player.frame, self.stage.areas["timeline"]
        first = frame.story.first if self.ui.kind == "problem" else frame.first
        self.acting.do(("goto", timeline.tick_at(area, self.ui.scale, first, max(frame.last, frame.scene.tick), x)))

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
