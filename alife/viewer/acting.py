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
from alife.viewer.hands import LARGEST_BRUSH, Hands
from alife.viewer.kit import Action
from alife.viewer.menus import Entry
from alife.viewer.player import NORMAL, SPEEDS, Player
from alife.viewer.stage import Stage, Ui

_STEP = 64
"""Pixels that an arrow key moves the view."""
_SCALES = (0.75, 0.875, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)


class Acting:
    """Changes `ui` at once, and asks the player for what concerns the simulation."""

    def __init__(self, player: Player, ui: Ui, stage: Stage, hands: Hands, office: Any) -> None:
        self.player, self.ui, self.stage, self.hands = player, ui, stage, hands
        self.office = office
        """alife/viewer/office.py: what is written to disk"""
        self.is_open = True
        self.is_full = False

    def do(self, action: Action) -> None:
        """One action. What a user could not have is said in the hint line; what went wrong, in a dialog."""
        name, *arguments = action
        if name not in ("menu", "colour", "brush size"):
            self.ui.opened = None
        if name not in ("brushes", "brush"):
            self.ui.popup = None
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

    def on_speed(self, *_: Any) -> None:
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
        pygame.display.toggle_fullscreen()
        self.is_full = not self.is_full

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
            buttons = (("Leave", ("quit",)), ("Stay", ("close",)))
            ui.dialog = Dialog("Leave?", ("The world ends with its window; its config and seed make it anew.",), buttons, None, "ask")

    # ---- whom to look at ----

    def tell(self) -> None:
        """The player learns what is shown."""
        ui = self.ui
        wants: dict[str, Any] = {"keys": ui.mode in ("key", "memory"), "species": ui.mode == "species"}
        wants |= {"tree": "tree" in ui.docks.shown, "follow": ui.chosen}
        self.player.do(lambda: self.player.want(**wants))

    def on_follow(self, agent: int | None) -> None:
        """None: nobody."""
        if self.ui.kind == "problem":
            return
        self.ui.is_centred = agent is not None and agent == self.ui.follow
        if agent is None:
            self.ui.is_centred = False
        self.choose(agent)

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

    def on_follow_selected(self) -> None:
        if self.ui.follow is None:
            champion = self.player.source.champion()
            self.choose(champion)
        self.ui.is_centred = not self.ui.is_centred and self.ui.follow is not None

    def on_next_agent(self) -> None:
        agents = self.player.frame.scene.agents
        if agents is None or not len(agents.id):
            return
        ids = np.sort(agents.id)
        after = ids[ids > (-1 if self.ui.chosen is None else self.ui.chosen)]
        self.choose(int(after[0] if len(after) else ids[0]))

    # ---- hands ----

    def on_brushes(self) -> None:
        found = self.hands.brushes()
        if not found:
            raise UserError("this world has nothing that could be painted")
        held = self.ui.brush[0] if self.ui.brush else None
        entries = [Entry(name, words, ("brush", name), name == held) for name, words in found.items()]
        entries += [Entry(f"wider than {self.ui.brush_size}", "a wider brush: ]", ("brush size", 2), False)]
        entries += [Entry(f"narrower than {self.ui.brush_size}", "a narrower brush: [", ("brush size", -2), False)]
        self.ui.popup = None if self.ui.popup else ("brush", entries)

    def on_brush(self, name: str) -> None:
        self.ui.popup = None
        if name == "agent: file …":
            buttons = (("Take", ("brush file",)), ("Cancel", ("close",)))
            self.ui.dialog = Dialog("Agents from a file", ("A run folder, or a champion file:",), buttons, "", "ask")
        else:
            self.hands.take(name)

    def on_brush_file(self) -> None:
        field = (self.ui.dialog.field or "").strip()
        self.ui.dialog = None
        self.hands.take_from(Path(field).expanduser())

    def on_brush_size(self, by: int) -> None:
        self.ui.brush_size = max(1, min(self.ui.brush_size + by, LARGEST_BRUSH))

    def on_happen(self, what: str) -> None:
        self.hands.happen(what)

    def on_force(self, half: int, layer: int, unit: int) -> None:
        self.hands.force(half, layer, unit)

    def on_hold_map(self) -> None:
        self.hands.hold_map()

    def on_mind(self, do: str) -> None:
        """`swap` is with the agent that has most children, or with the next one."""
        if do == "swap":
            self.hands.mind(do, self._other())
        else:
            self.hands.mind(do)

    def _other(self) -> int | None:
        agents = self.player.frame.scene.agents
        if agents is None:
            return None
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

    def on_quit(self) -> None:
        edits = self.player.frame.story.edits
        unsaved = edits > 0 and self.ui.kind == "ecosystem" and not self.office.is_kept(edits)
        if unsaved or self.office.is_recording:
            lines = ["A film is being recorded."] * self.office.is_recording + ["What you changed by hand is not saved yet."] * unsaved
            buttons = (("Save and leave", ("save and leave",)), ("Leave", ("leave",)), ("Stay", ("close",)))
            self.ui.dialog = Dialog("Leave?", tuple(lines), buttons, None, "ask")
        else:
            self.on_leave()

    def on_save_and_leave(self) -> None:
        if self.ui.kind == "ecosystem" and self.player.frame.story.edits:
            self.office.keep(self.player.source)
        if self.office.is_recording:
            self.office.record()
        self.on_leave()

    def on_leave(self) -> None:
        self.is_open = False
