"""Time in the window: play, step, go back, jump, follow. The same whether a thread calls `work` or a test.

Going back is exact: the nearest snapshot before is restored, and the ticks from there are lived again, edits included. The player asks its
source and publishes frames; the window draws them and sends commands. Neither waits for the other.
"""

from __future__ import annotations

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
from alife.viewer.worker import Worker

SPEEDS = (0.5, 1, 2, 4, 8, 15, 30, 60, 125, 250, 500, 1000, 2000, 4000, 8000, float("inf"))
"""Ticks a second; the last one is as fast as it can."""
NORMAL = SPEEDS.index(15)
_SLICE = 0.016
"""Seconds that a slice of simulation is meant to take, so that commands are heard."""
_SNAPSHOT_SECONDS, _SNAPSHOT_TICKS, _SNAPSHOT_SHARE = 0.5, 32, 0.02
"""Between two of them, at least; and of the time that making them may take."""
_STRIDE = 16
"""Ticks after which a long way may be interrupted."""
_FRAMES, _STORIES = 60, 12
"""Pictures of the world a second, at most; and of all else, where the world runs faster than eyes."""
_SHARE = 0.06
"""Of the time of a running simulation, that telling of it may take."""
_BRIEF = 0.25
"""Seconds on the way to a tick for which nothing is shown: what lies between would only flicker."""
_LONGEST = 0.5
"""Seconds without a picture, at most."""
_UNDOS = 8
"""Changes by hand that can be taken back."""
_SEEK = 200_000
"""Ticks after which a search for the next birth, death or decision gives up."""


class Player(Worker):
    """Plays a source. `saved`: ticks of checkpoints on disk, and what loads them: what is saved of the source, and None."""

    def __init__(
        self, source: Any, wants: Wants | None = None, paused: bool = False, saved: Mapping[int, Callable[[], Any]] | None = None
    ) -> None:
        super().__init__()
        source.advance(0)
        self.source, self.twin = source, None
        self.wants, self.paused, self.speed = wants or Wants(), paused, NORMAL
        self.history, self.memoirs = History(saved=saved), Memoirs(source)
        self._published: Frame | None = None
        self._debt = self._rate = self._next_snapshot = 0.0
        self._last = source.tick
        self._seeking: str | None = None
        self._goal: int | None = None
        self._left = 0.0
        self._sought = 0
        self._note, self._is_error, self._count = "", False, 0
        self._first_difference: int | None = None
        self._forks = 0
        self._previous: Scene | None = None
        self._clock: float | None = None
        self._unseen = False
        self._chunk = 1
        self._story: Story | None = None
        self._told = self._cost = 0.0
        self._undo: list[tuple[int, Any, Any]] = []
        self._remembered: tuple[int, Any, Any] | None = None
        self.memoirs.tell(self.wants)
        self._snapshot()
        self.publish()

    @property
    def frame(self) -> Frame:
        """The latest."""
        assert self._published is not None
        return self._published

    def work(self, now: float) -> float:
        """Commands, then a slice of simulation; returns the seconds for which there is nothing to do."""
        heard = self.hear()
        seconds = 0.0 if self._clock is None else now - self._clock
        self._clock = now
        travels = self._travels
        lived = self._travel() if travels else 0 if self.paused else self._play(seconds)
        self._unseen |= lived > 0
        due = now - self.frame.published >= max(1 / _FRAMES, min(self._cost / _SHARE, _LONGEST) if self._hurries else 0.0)
        self._unseen |= heard
        is_brief = self._goal is not None and now - self._left < _BRIEF
        if not is_brief and (heard or (travels and not self._travels) or (self._unseen and due)):
            self.publish()
        if self._travels:
            return 0.0
        busy = not self.paused and not self.source.is_over
        if lived and (self.speed == len(SPEEDS) - 1 or self._debt >= 1):
            return 0.0
        return min(0.004, max(0.0, (1 - self._debt) / SPEEDS[self.speed])) if busy else 0.01

    @property
    def _travels(self) -> bool:
        """Whether it lives on to something that was asked for."""
        return self._seeking is not None or self._goal is not None

    @property
    def _hurries(self) -> bool:
        """Whether there are more ticks than anybody can see."""
        return not self.source.is_over and (self._travels or (not self.paused and SPEEDS[self.speed] > _FRAMES))

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
        while done < ticks and not self._stop.is_set():
            is_watched = self.twin is not None or self.memoirs.is_following
            step = 1 if is_watched else min(self.memoirs.until_due(), ticks - done)
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
            kept = self.history.before(self.source.tick)
            is_far = kept is None or self.source.tick - kept >= _SNAPSHOT_TICKS
            if is_far and time.perf_counter() >= self._next_snapshot:
                self._snapshot()
        return done

    def _scene_before(self) -> Scene | None:
        """The scene of this tick, if it was published."""
        frame = self._published
        return frame.scene if frame is not None and frame.scene.tick == self.source.tick else self._previous

    def _snapshot(self) -> None:
        started = time.perf_counter()
        self.history.add(self.source.tick, self._saved())
        ended = time.perf_counter()
        self._next_snapshot = ended + max(_SNAPSHOT_SECONDS, (ended - started) / _SNAPSHOT_SHARE)

    def _saved(self) -> tuple[Any, Any]:
        """The simulation, and the twin with its number."""
        return self.source.save(), None if self.twin is None else (self._forks, self.twin.save())

    def _travel(self) -> int:
        """A slice of the way to a tick, or to what is sought."""
        until, done = time.perf_counter() + _SLICE, 0
        while self._travels and time.perf_counter() < until and not self._stop.is_set():
            done += self._seek() if self._goal is None else self._go(_STRIDE)
        return done

    def _go(self, most: int) -> int:
        """So many ticks of the way to the goal, at most. A snapshot shortly before it makes the next steps back short."""
        goal = self._goal or 0
        left = goal - self.source.tick
        lived = self.live(min(most, left if left <= _SNAPSHOT_TICKS else left - _SNAPSHOT_TICKS))
        if not lived or self.source.tick >= goal:
            self._goal = None
        elif goal - self.source.tick == _SNAPSHOT_TICKS:
            self._snapshot()
        return lived

    def _seek(self) -> int:
        """One tick of the search for what was asked for."""
        kind = self._seeking or ""
        before = self.memoirs.signs()[kind]
        lived = self.live(1)
        self._sought += lived
        found = bool(lived) and self.memoirs.signs()[kind] != before
        if found or not lived or self._sought >= _SEEK:
            self.say(f"{kind} at tick {self.source.tick:,}" if found else f"no {kind} within {self._sought:,} ticks")
            self._seeking = None
        return lived

    # ---- commands: each is called between two ticks ----

    def pause(self, paused: bool | None = None) -> None:
        """Pause, or go on; None: the other, but who is on the way to somewhere stops there."""
        self.paused = self._travels or not self.paused if paused is None else paused
        self._seeking, self._goal, self._debt = None, None, 0.0

    def faster(self, by: int) -> None:
        """So many steps of speed up, or down."""
        self.speed = max(0, min(self.speed + by, len(SPEEDS) - 1))
        self._debt = 0.0

    def step(self) -> None:
        """Pause, and live one tick."""
        self.goto(self._aim + 1)

    def back(self) -> None:
        """Pause, and go back one tick."""
        self.goto(self._aim - 1)

    @property
    def _aim(self) -> int:
        """The tick of now, or that to which it is on the way."""
        return self.source.tick if self._goal is None else self._goal

    def goto(self, tick: int) -> None:
        """Pause at a tick of the past, or live on until it: in a thread slice by slice, so that commands are heard."""
        self.pause(True)
        wanted = max(tick, self.history.first)
        if wanted < self.source.tick:
            at = self.history.before(wanted)
            assert at is not None
            try:
                saved = self.history.at(at)
            except UserError:
                self.history.saved.pop(at)
                raise
            self._put(*saved)
        self._goal, self._left = wanted if wanted > self.source.tick else None, time.perf_counter()
        while self._goal is not None and (self._thread is None or wanted - self.source.tick <= _STRIDE):
            self._go(wanted)

    def _put(self, main: Any, twin: Any, forgets: bool = False) -> None:
        """The simulation, and its twin, as they were saved; `forgets`: nothing that was done by hand then or later comes again.

        A twin lives through the same as the other until that is changed by hand, so what was saved without it is right for both.
        """
        self.source.restore(main)
        if self.twin is not None:
            self.twin.restore(main if twin is None or twin[0] != self._forks else twin[1])
        if forgets:
            self._forget_future()
        for one in self._both():
            one.advance(0)
        if self._first_difference is not None and self._first_difference >= self.source.tick:
            self._first_difference = None
        self._compare()
        self._previous = None
        self.memoirs.rewind()

    def _both(self) -> list[Any]:
        return [self.source] if self.twin is None else [self.source, self.twin]

    def _forget_future(self) -> None:
        for one in self._both():
            one.forget_future()

    def seek(self, kind: str) -> None:
        """Run on until the next birth, death or decision, then pause."""
        self.pause(True)
        self._seeking, self._sought = kind, 0

    def want(self, **wants: Any) -> None:
        """Other things are shown now."""
        self.wants = replace(self.wants, **wants)
        self.memoirs.tell(self.wants)

    def edit(self, edit: Any, beside: bool, is_part: bool = False) -> None:
        """Change something by hand; `beside`: against an untouched twin. What would have come is forgotten.

        `is_part`: of what began with the last `remember`, and is undone with it. UserError: nothing has changed.
        """
        alone, tick = self.twin is None, self.source.tick
        if not is_part:
            self.remember()
        if beside and alone:
            self._fork()
        try:
            words = self.source.edit(edit)
        except UserError:
            if alone:
                self.twin = None
            raise
        self._forget_future()
        self._line_ends(tick)
        if self._remembered is not None and self._remembered[0] <= tick:
            self._undo = [*self._undo[1 - _UNDOS :], self._remembered]
        self._remembered = None
        self.history.forget_after(tick)
        self.memoirs.edited()
        self._compare()
        self._snapshot()
        self.say(words)

    def _line_ends(self, tick: int) -> None:
        """Another history begins at this tick."""
        self._goal = None
        self._last = tick
        self._undo = [entry for entry in self._undo if entry[0] <= tick]

    def remember(self) -> None:
        """What is done by hand from here on, until the next call, is undone together."""
        self._remembered = self.source.tick, *self._saved()

    def undo(self) -> None:
        """Back to where the last change by hand began; it is forgotten, with all that came after it."""
        if not self._undo:
            self.say("nothing to undo")
            return
        tick, main, twin = self._undo.pop()
        self.live(tick - self.source.tick)
        if twin is None or twin[0] != self._forks:
            self.twin = None
        self._remembered = self._seeking = None
        self.history.forget_after(tick - 1)
        self._put(main, twin, True)
        self._line_ends(tick)
        self._snapshot()
        self.say(f"undone; it is tick {tick:,} again")

    def arrived(self) -> None:
        """The source has left its life for the next one by itself; its twin does the same."""
        if self.twin is not None:
            self.twin.skip()
        self.memoirs.lived()
        self._previous = None
        self._line_ends(self.source.tick - 1)
        self.history.forget_after(self._last)
        self._last = self.source.tick
        self._compare()
        self._snapshot()

    def _fork(self) -> None:
        self.twin, self._first_difference = self.source.fork(), None
        self._forks += 1

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
        if self._story is None or not self._hurries or started - self._told >= 1 / _STORIES:
            self._story, self._told = self.memoirs.story(self.paused and not self._travels), started
        scene = self.source.scene(wants.keys, wants.species)
        twin = None if self.twin is None else self.twin.scene(wants.keys, wants.species)
        before = self._previous if self._previous is not None and self._previous.tick == scene.tick - 1 else None
        action = ""
        followed = self.memoirs.followed
        if self.twin is not None and followed is not None and (moment := self.twin.moment(followed)) is not None:
            action = self.memoirs.action_of(moment)
        self._count += 1
        self._published = Frame(
            scene, before, self._story, twin, differing(scene, twin), self._first_difference, action, self.paused,
            SPEEDS[self.speed], 0.0 if self.paused else self._rate, max(self._last, scene.tick), self.history.first,
            tuple(self.history.ticks), tuple(sorted(self.history.saved)), self._note,
            self._is_error, time.perf_counter(), self._count, self._travels,
        )  # fmt: skip
        self._note, self._is_error = "", False
        self._cost = time.perf_counter() - started
