"""What every action does: keys, menus, buttons and marks all come here. One method an action, `on_` and its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pygame

from alife.core.errors import UserError
from alife.viewer.camera import fit
from alife.viewer.colours import MODES
from alife.viewer.dialogs import Dialog
from alife.viewer.display import default_scale
from alife.viewer.grid import place_of
from alife.viewer.hands import LARGEST_BRUSH, Hands
from alife.viewer.kit import Action
from alife.viewer.menus import Entry
from alife.viewer.player import NORMAL, SPEEDS, Player
from alife.viewer.stage import Stage, Ui

_STEP, _WHEEL = 64, 1.25
"""Pixels that an arrow key moves the view; how much larger a turn of the wheel makes it."""
_SCALES = (0.75, 0.875, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)


class Acting:
    """Changes `ui` at once, and asks the player for what concerns the simulation."""

    def __init__(self, player: Player, ui: Ui, stage: Stage, hands: Hands, office: Any) -> None:
        self.player, self.ui, self.stage, self.hands = player, ui, stage, hands
        self.office = office
        """alife/viewer/office.py: what is written to disk"""
        self.is_open = True

    def do(self, action: Action) -> None:
        """One action. What a user could not have is said in the hint line; what went wrong, in a dialog."""
        name, *arguments = action
        if name not in ("menu", "colour", "escape"):
            self.ui.opened = None
        if name not in ("brushes", "brush size", "escape"):
            self.ui.popup = None
        if name in ("menu", "brushes"):
            self.ui.help_page = None
        try:
            getattr(self, "on_" + name.replace(" ", "_"))(*arguments)
        except UserError as error:
            self.error(str(error))

    def say(self, text: str, is_error: bool = False) -> None:
        """In the hint line."""
        self.ui.message, self.ui.is_error = text, is_error

    def error(self, text: str) -> None:
        """In a dialog."""
        self.ui.dialog = Dialog("This cannot be done", (text,), (("All right", ("close",)),), None, "error")

    # ---- time ----

    def on_pause(self) -> None:
        self.player.do(self.player.pause)

    def on_step(self) -> None:
        self.player.do(self.player.step)

    def on_back(self) -> None:
        self.player.do(self.player.back)

    def on_first(self) -> None:
        self.on_goto(self.player.frame.story.first if self.ui.kind == "problem" else self.player.frame.first)

    def on_last(self) -> None:
        self.on_goto(self.player.frame.last)

    def on_goto(self, tick: int) -> None:
        self.player.do(lambda: self.player.goto(tick))

    def on_faster(self) -> None:
        self.player.do(lambda: self.player.faster(1))

    def on_slower(self) -> None:
        self.player.do(lambda: self.player.faster(-1))

    def on_fastest(self) -> None:
        self.player.do(lambda: self.player.faster(len(SPEEDS)))

    def on_speed(self) -> None:
        self.player.do(lambda: self.player.faster(NORMAL - self.player.speed))

    def on_next(self, kind: str) -> None:
        if kind == "decision" and self.ui.kind == "ecosystem" and self.ui.chosen is None:
            raise UserError("click an agent first: whose decision?")
        self.player.do(lambda: self.player.seek(kind))

    def on_next_life(self) -> None:
        def skip() -> None:
            self.player.source.skip()
            self.player.arrived()

        self.player.do(skip)

    # ---- looking ----

    def on_fit(self) -> None:
        camera = self.ui.camera
        if camera is not None:
            self.ui.camera = fit(camera.rows, camera.columns, camera.size)
        self.ui.is_centred = False

    def on_zoom(self, turns: int) -> None:
        pane = self.stage.panes[-1]
        self.zoom(turns, (pane.width // 2, pane.height // 2))

    def zoom(self, turns: int, at: tuple[int, int]) -> None:
        """Closer about a pixel of a pane; about its middle where the view goes with an agent."""
        camera = self.ui.camera
        if camera is not None:
            about = (camera.size[0] // 2, camera.size[1] // 2) if self.ui.is_centred else at
            self.ui.camera = camera.zoomed(_WHEEL**turns, about)

    def on_move(self, dx: int, dy: int) -> None:
        self.pan(-dx * _STEP, -dy * _STEP)

    def pan(self, dx: int, dy: int) -> None:
        """Pixels by which the world moves."""
        if self.ui.camera is not None:
            self.ui.camera = self.ui.camera.moved(dx, dy)
        self.ui.is_centred = False

    def on_colour(self, mode: str | None = None) -> None:
        at = MODES.index(self.ui.mode) if self.ui.mode in MODES else -1
        self.ui.mode = MODES[(at + 1) % len(MODES)] if mode is None else mode
        self.tell()

    def on_panel(self, name: Any) -> None:
        self.ui.docks = self.ui.docks.toggled(name)
        self.tell()

    def on_scale(self, by: int) -> None:
        nearest = min(range(len(_SCALES)), key=lambda i: abs(_SCALES[i] - self.ui.scale))
        self.ui.scale = _SCALES[max(0, min(nearest + by, len(_SCALES) - 1))] if by else default_scale()

    def on_full_screen(self) -> None:
        try:
            pygame.display.toggle_fullscreen()
        except pygame.error as error:
            raise UserError(f"this display cannot be filled ({error})") from None

    def on_fold(self, section: str) -> None:
        self.ui.folded ^= {section}

    def on_help(self) -> None:
        self.ui.help_page = 0 if self.ui.help_page is None else None

    def on_help_page(self, page: int) -> None:
        self.ui.help_page = page

    def on_menu(self, name: str | None) -> None:
        self.ui.opened, self.ui.highlighted = (None if name == self.ui.opened else name), -1

    def on_close(self) -> None:
        self.ui.dialog = None

    def on_escape(self) -> None:
        """Closes the uppermost thing; with nothing open, asks whether to leave."""
        ui = self.ui
        if ui.dialog is not None:
            ui.dialog = None
        elif ui.help_page is not None:
            ui.help_page = None
        elif ui.opened is not None or ui.popup is not None:
            ui.opened = ui.popup = None
        elif ui.brush is not None:
            ui.brush = None
        else:
            self._ask_to_leave(self._at_stake())

    # ---- whom to look at ----

    def tell(self) -> None:
        """The player learns what is shown."""
        ui = self.ui
        wants: dict[str, Any] = {"keys": ui.mode in ("key", "memory"), "species": ui.mode == "species"}
        wants |= {"tree": "tree" in ui.docks.shown, "follow": ui.chosen}
        self.player.do(lambda: self.player.want(**wants))

    def on_follow(self, agent: int | None) -> None:
        """Look into its mind; who is looked at already is kept in sight. None: not any more; or, if it is not, look at nobody."""
        if agent is None and self.ui.is_centred:
            self.ui.is_centred = False
        elif self.ui.kind == "ecosystem":
            self.ui.is_centred = agent is not None and (self.ui.is_centred or agent == self.ui.chosen)
            self.choose(agent)
            self._show()

    def choose(self, agent: int | None) -> None:
        """Look into the mind of an agent."""
        if self.ui.kind == "ecosystem" and agent != self.ui.follow:
            self.ui.follow, self.ui.peek, self.ui.scroll = agent, None, 0
            self.tell()

    def peek(self, agent: int | None) -> None:
        """Look into the mind of the agent under the pointer, as long as nobody is chosen; the last one stays until the next."""
        if self.ui.follow is None and agent is not None and agent != self.ui.peek:
            self.ui.peek, self.ui.scroll = agent, 0
            self.tell()

    def _show(self) -> None:
        """Move the view to the chosen agent if it is out of sight."""
        ui, scene = self.ui, self.player.frame.scene
        if ui.camera is None or ui.follow is None or (at := place_of(scene, ui.follow)) is None:
            return
        x, y, wide, tall = ui.camera.rect_of(int(at[0]), int(at[1]))
        if not pygame.Rect(0, 0, *ui.camera.size).contains((x, y, wide, tall)):
            ui.camera = ui.camera.centred_on(*at)

    def on_follow_selected(self) -> None:
        """Whoever is chosen; or else the agent with most children."""
        if self.ui.follow is None:
            self.choose(self.ui.peek if self.ui.peek is not None else self.player.ask(self.player.source.champion))
        self.ui.is_centred = not self.ui.is_centred and self.ui.follow is not None

    def on_next_agent(self) -> None:
        agents = self.player.frame.scene.agents
        if agents is None or not len(agents.id):
            return
        ids = np.sort(agents.id)
        after = ids[ids > (-1 if self.ui.chosen is None else self.ui.chosen)]
        self.choose(int(after[0] if len(after) else ids[0]))
        self._show()

    # ---- hands ----

    def on_brushes(self) -> None:
        self.ui.popup, self.ui.highlighted = None if self.ui.popup else self._choices(), -1

    def _choices(self) -> tuple[str, list[Entry]]:
        """Title and entries of the list of brushes."""
        found = self.hands.brushes()
        if not found:
            raise UserError("this world has nothing that could be painted")
        held = self.ui.brush[0] if self.ui.brush else None
        entries = [Entry(name, words, ("brush", name), name == held) for name, words in found.items()]
        size = self.ui.brush_size
        for text, by in (("wider", 2), ("narrower", -2)):
            is_end = size == (LARGEST_BRUSH if by > 0 else 1)
            words = f"the brush is {size} cell{'s' * (size > 1)} wide; {text}: {']' if by > 0 else '['}"
            entries.append(Entry(text, words, None if is_end else ("brush size", by)))
        return f"brush, {size} cell{'s' * (size > 1)} wide", entries

    def on_brush(self, name: str) -> None:
        if name == "agent: file …":
            buttons = (("Take", ("brush file",)), ("Cancel", ("close",)))
            self.ui.dialog = Dialog("Agents from a file", ("A run folder, or a champion file:",), buttons, "", "ask")
        else:
            self.hands.take(name)

    def on_brush_file(self) -> None:
        field = (self.ui.dialog.field or "").strip()
        self.ui.dialog = None
        try:
            path = Path(field).expanduser()
        except RuntimeError as error:  # of ~somebody
            raise UserError(f"{field}: {error}") from None
        self.hands.take_from(path)

    def on_brush_size(self, by: int) -> None:
        self.ui.brush_size = max(1, min(self.ui.brush_size + by, LARGEST_BRUSH))
        if self.ui.popup is not None:
            self.ui.popup = self._choices()

    def on_happen(self, what: str) -> None:
        self.hands.happen(what)

    def on_force(self, half: int, layer: int, unit: int) -> None:
        self.hands.force(half, layer, unit)

    def on_hold_map(self) -> None:
        self.hands.hold_map()

    def on_mind(self, do: str) -> None:
        """`swap` is with the agent that is nearest."""
        if do == "swap":
            self.hands.mind(do, self._other())
        else:
            self.hands.mind(do)

    def _other(self) -> int:
        agents = self.player.frame.scene.agents
        if agents is None:
            raise UserError("here an agent lives alone: there is no other memory to swap with")
        at = np.flatnonzero(agents.id == self.ui.chosen)
        others = np.flatnonzero(agents.id != self.ui.chosen)
        if not len(at) or not len(others):
            raise UserError("there is nobody to swap memories with")
        far = abs(agents.row[others] - agents.row[at[0]]) + abs(agents.column[others] - agents.column[at[0]])
        return int(agents.id[others[int(np.argmin(far))]])

    def on_twin(self) -> None:
        self.player.do(self.player.double)

    def on_undo(self) -> None:
        self.player.do(self.player.undo)

    # ---- disk ----

    def on_screenshot(self) -> None:
        self.say(self.office.shoot(self.stage, self.ui, self.player.frame))

    def on_record(self) -> None:
        self.say(self.office.record())

    def on_save(self) -> None:
        self.player.do(lambda: self.player.say(self.office.keep(self.player.source)))

    def _at_stake(self) -> list[str]:
        """What would be lost by leaving now."""
        told = ["A film is being recorded."] * self.office.is_recording
        return told + ["What you changed by hand is not saved yet."] * self._is_unsaved()

    def _is_unsaved(self) -> bool:
        return self.ui.kind == "ecosystem" and self.player.source.journal.edits != self.office.kept

    def _ask_to_leave(self, at_stake: list[str]) -> None:
        lines = at_stake or ["The world ends with its window; its config and seed make it anew."]
        buttons = [("Save and leave", ("save and leave",))] * bool(at_stake) + [("Leave", ("leave",)), ("Stay", ("close",))]
        self.ui.dialog = Dialog("Leave?", tuple(lines), tuple(buttons), None, "ask")

    def on_quit(self) -> None:
        """At once if nothing would be lost."""
        if at_stake := self._at_stake():
            self._ask_to_leave(at_stake)
        else:
            self.on_leave()

    def on_save_and_leave(self) -> None:
        if self._is_unsaved():
            self.player.ask(lambda: self.office.keep(self.player.source))
        if self.office.is_recording:
            self.office.record()
        self.on_leave()

    def on_leave(self) -> None:
        self.is_open = False
