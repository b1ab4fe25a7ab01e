"""Time in the window: play, step, go back, jump, follow. The same whether a thread calls `work` or a test.

Going back is exact: the nearest snapshot before is restored, and the ticks from there are lived again, edits included. The player asks its
source and publishes frames; the window draws them and sends commands. Neither waits for the other.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from alife.core.errors import UserError
from alife.viewer.frames import Frame, Wants, differing
from alife.viewer.history import History
from alife.viewer.memoirs import Memoirs
from alife.viewer.scene import Scene
from alife.viewer.story import Story

SPEEDS = (0.5, 1, 2, 4, 8, 15, 30, 60, 125, 250, 500, 1000, 2000, 4000, 8000, float("inf"))
"""Ticks a second; the last one is as fast as it can."""
NORMAL = SPEEDS.index(15)
_SLICE = 0.008
"""Seconds that a slice of simulation is meant to take, so that commands are heard."""
_SNAPSHOT_SECONDS, _SNAPSHOT_TICKS = 0.5, 32
_FRAMES, _STORIES = 60, 12
"""Pictures of the world a second, at most; and of all else, where the world runs faster than eyes."""
_SHARE = 0.15
"""Of the time of a running simulation, that telling of it may take."""
_UNDOS = 8
"""Changes by hand that can be taken back."""
_SEEK = 200_000
"""Ticks after which a search for the next birth, death or decision gives up."""


class Player:
    """Plays a source. `start` runs it in a thread of its own; without that, call `work` again and again."""

    def __init__(
        self, source: Any, wants: Wants | None = None, paused: bool = False, saved: Mapping[int, Callable[[], Any]] | None = None
    ) -> None:
        self.source, self.twin = source, None
        self.wants, self.paused, self.speed = wants or Wants(), paused, NORMAL
        self.history, self.memoirs = History(saved=saved), Memoirs(source)
        self.commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._published: Frame | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._debt = self._rate = self._snapped = 0.0
        self._last = source.tick
        self._seeking: str | None = None
        self._sought = 0
        self._note, self._is_error, self._count = "", False, 0
        self._first_difference: int | None = None
        self._forked = 0
        self._previous: Scene | None = None
        self._clock: float | None = None
        self._unseen = False
        self._chunk = 1
        self._story: Story | None = None
        self._told = self._cost = 0.0
        self._undo: list[tuple[int, Any, Any]] = []
        self.failure: BaseException | None = None
        self.memoirs.tell(self.wants)
        self._snapshot()
        self.publish()

    # ---- the thread ----

    def start(self) -> None:
        """Play in a thread until `close`."""
        self._thread = threading.Thread(target=self._run, name="simulation", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                wait = self.work(time.perf_counter())
                if wait > 0:
                    self._stop.wait(wait)
        except BaseException as error:
            self.failure = error

    def do(self, command: Callable[[], None]) -> None:
        """Have the player do something between two ticks."""
        self.commands.put(command)

    @property
    def frame(self) -> Frame:
        """The latest."""
        assert self._published is not None
        return self._published

    def work(self, now: float) -> float:
        """Commands, then a slice of simulation; returns the seconds for which there is nothing to do."""
        heard = self._hear()
        seconds = 0.0 if self._clock is None else now - self._clock
        self._clock = now
        lived = self._seek() if self._seeking else 0 if self.paused else self._play(seconds)
        pause = max(1 / _FRAMES, self._cost / _SHARE if SPEEDS[self.speed] > _FRAMES else 0.0)
        due = now - self.frame.published >= pause
        if heard or (lived and (due or (self._seeking is None and self.paused))):
            self.publish()
        elif lived:
            self._unseen = True
        elif self._unseen and due:
            self.publish()
        busy = (self._seeking or not self.paused) and not self.source.is_over
        if lived and (self.speed == len(SPEEDS) - 1 or self._debt >= 1):
            return 0.0
        return min(0.004, max(0.0, (1 - self._debt) / SPEEDS[self.speed])) if busy else 0.01

    def _hear(self) -> bool:
        heard = False
        while True:
            try:
                command = self.commands.get_nowait()
            except queue.Empty:
                return heard
            heard = True
            try:
                command()
            except UserError as error:
                self.say(str(error), True)

    def say(self, note: str, is_error: bool = False) -> None:
        """Something for the user to read."""
        self._note, self._is_error = note, is_error

    # ---- living ----

    def _play(self, seconds: float) -> int:
        """So many ticks as are due, but no longer than a slice."""
        speed = SPEEDS[self.speed]
        started = time.perf_counter()
        if speed == float("inf"):
            wanted = self._chunk
        else:
            self._debt = min(self._debt + seconds * speed, max(4.0, speed / 4))
            wanted = min(int(self._debt), self._chunk)
        if wanted < 1:
            return 0
        done = self.live(wanted)
        took = max(time.perf_counter() - started, 1e-9)
        self._debt = max(0.0, self._debt - done) if speed != float("inf") else 0.0
        if done:
            self._chunk = max(1, min(int(_SLICE * done / took), 2 * self._chunk, 10_000))
            span = max(seconds, took)
            self._rate += (done / span - self._rate) * min(1.0, 2 * span)
        return done

    def live(self, ticks: int) -> int:
        """So many ticks, with all that has to be told of them; fewer where the world ends."""
        done = 0
        while done < ticks:
            pace = 1 if self.twin is not None or self.memoirs.is_following else ticks - done
            step = min(pace, self.memoirs.until_due(), ticks - done)
            if step == 1:
                self._previous = self._scene_before()
            lived = self.source.advance(step)
            if self.twin is not None:
                self.twin.advance(lived)
                self._compare()
            if not lived:
                break
            done += lived
            self.memoirs.lived()
            self._last = max(self._last, self.source.tick)
            now = time.perf_counter()
            kept = self.history.before(self.source.tick)
            is_far = kept is None or self.source.tick - kept >= _SNAPSHOT_TICKS
            if is_far and now - self._snapped >= _SNAPSHOT_SECONDS:
                self._snapshot()
        return done

    def _scene_before(self) -> Scene | None:
        """The scene of this tick, if it was published."""
        frame = self._published
        return frame.scene if frame is not None and frame.scene.tick == self.source.tick else self._previous

    def _snapshot(self) -> None:
        saved = (self.source.save(), None if self.twin is None else self.twin.save())
        self.history.add(self.source.tick, saved)
        self._snapped = time.perf_counter()

    def _seek(self) -> int:
        """A slice of the search for what was asked for."""
        until, done = time.perf_counter() + _SLICE, 0
        while time.perf_counter() < until:
            before = self.memoirs.signs(self.source)
            if not self.live(1):
                self._seeking = None
                break
            done += 1
            self._sought += 1
            found = self.memoirs.signs(self.source)[self._seeking or ""] != before[self._seeking or ""]
            if found or self._sought >= _SEEK:
                self.say(f"{self._seeking} at tick {self.source.tick:,}" if found else f"no {self._seeking} within {self._sought:,} ticks")
                self._seeking = None
                break
        return done

    # ---- commands: each is called between two ticks ----

    def pause(self, paused: bool | None = None) -> None:
        """Pause, or go on; None: the other."""
        self.paused = not self.paused if paused is None else paused
        self._seeking, self._debt = None, 0.0

    def faster(self, by: int) -> None:
        """So many steps of speed up, or down."""
        self.speed = max(0, min(self.speed + by, len(SPEEDS) - 1))
        self._debt = 0.0

    def step(self) -> None:
        """Pause, and live one tick."""
        self.pause(True)
        self.live(1)

    def back(self) -> None:
        """Pause, and go back one tick."""
        self.goto(self.source.tick - 1)

    def goto(self, tick: int) -> None:
        """Pause at a tick of the past, or live on until it."""
        self.pause(True)
        wanted = max(tick, self.history.first)
        if wanted < self.source.tick:
            at = self.history.before(wanted)
            assert at is not None
            self._restore(at)
        self.live(wanted - self.source.tick)

    def _restore(self, tick: int) -> None:
        self._put(*self.history.at(tick))

    def _put(self, main: Any, twin: Any) -> None:
        """The simulation, and the twin, as they were saved."""
        self.source.restore(main)
        tick = self.source.tick
        if twin is None:
            self.twin = None
        elif self.twin is not None:
            self.twin.restore(twin)
        if self._first_difference is not None and self._first_difference > tick:
            self._first_difference = None
        self._previous = None
        self.memoirs.rewind()

    def seek(self, kind: str) -> None:
        """Run on until the next birth, death or decision, then pause."""
        self.pause(True)
        self._seeking, self._sought = kind, 0

    def want(self, **wants: Any) -> None:
        """Other things are shown now."""
        self.wants = replace(self.wants, **wants)
        self.memoirs.tell(self.wants)

    def edit(self, edit: Any, beside: bool) -> None:
        """Change something by hand; `beside`: against an untouched twin. What would have come is forgotten."""
        alone = self.twin is None
        if beside:
            self.remember()
        if beside and alone:
            self._fork()
        self.source.forget_future()
        try:
            words = self.source.edit(edit)
        except UserError:
            if alone:
                self.twin = None
            raise
        self.history.forget_after(self.source.tick)
        self._last = self.source.tick
        self.memoirs.edited(self.source.tick, words)
        self._snapshot()
        self.say(words)

    def remember(self) -> None:
        """What is done by hand from here on, until the next call, is undone together."""
        self._undo = [*self._undo[1 - _UNDOS :], (self.source.tick, self.source.save(), None if self.twin is None else self.twin.save())]

    def undo(self) -> None:
        """Back to where the last change by hand began; it is forgotten, with all that came after it."""
        if not self._undo:
            self.say("nothing to undo")
            return
        tick, main, twin = self._undo.pop()
        self.history.forget_after(tick - 1)
        self._put(main, twin)
        self.source.forget_future()
        self._last = tick
        self._snapshot()
        self.say(f"undone; it is tick {tick:,} again")

    def arrived(self) -> None:
        """The source has moved by itself, such as to another life."""
        self.memoirs.lived()
        self._previous = None
        self._last = self.source.tick
        self.history.forget_after(self._last - 1)
        self._snapshot()

    def _fork(self) -> None:
        self.twin, self._forked, self._first_difference = self.source.fork(), self.source.tick, None

    def double(self) -> None:
        """A twin, or an end to it."""
        if self.twin is None:
            self._fork()
            self._snapshot()
            self.say("an untouched twin runs beside: what you change by hand, you change in the right one")
        else:
            self.twin = None
            self.say("the twin is gone")

    def _compare(self) -> None:
        if self._first_difference is None and self.twin is not None and self.source.visible() != self.twin.visible():
            self._first_difference = self.source.tick

    # ---- frames ----

    def publish(self) -> None:
        """A new frame, of how things stand now."""
        self._unseen = False
        wants, started = self.wants, time.perf_counter()
        hurries = not self.paused and self._seeking is None and SPEEDS[self.speed] > _FRAMES
        if self._story is None or not hurries or started - self._told >= 1 / _STORIES:
            self._story, self._told = self.memoirs.story(), started
        scene = self.source.scene(wants.keys, wants.species)
        twin = None if self.twin is None else self.twin.scene(wants.keys, wants.species)
        before = self._previous if self._previous is not None and self._previous.tick == scene.tick - 1 else None
        action = ""
        if self.twin is not None and (moment := self.twin.moment(self.memoirs.followed)) is not None:
            action = self.memoirs.action_of(moment)
        self._count += 1
        self._published = Frame(
            scene, before, self._story, twin, differing(scene, twin), self._first_difference, action, self.paused,
            SPEEDS[self.speed], 0.0 if self.paused else self._rate, max(self._last, scene.tick), self.history.first,
            tuple(self.history.ticks), tuple(sorted(self.history.saved)), self._note,
            self._is_error, time.perf_counter(), self._count, self._seeking is not None,
        )  # fmt: skip
        self._note, self._is_error = "", False
        self._cost = time.perf_counter() - started
