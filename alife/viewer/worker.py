"""Something that works in a thread of its own, or whenever it is called, and takes commands in between."""

from __future__ import annotations

import contextlib
import queue
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from alife.core.errors import UserError

_HANDOVER = 0.0005
"""Seconds for which the thread waits, at most, for another one that is busy: Python's own 0.005 is longer than many ticks."""


class Worker:
    """`start` lets it work in a thread; without that, call `work` again and again. Subclasses say what `work` and `say` do."""

    def __init__(self) -> None:
        self.commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.failure: BaseException | None = None
        """what ended the thread"""
        self._thread: threading.Thread | None = None
        self._before = sys.getswitchinterval()
        self._stop = threading.Event()

    def work(self, now: float) -> float:
        """A slice of work; `now` in seconds. Returns the seconds for which there is nothing to do."""
        raise NotImplementedError

    def say(self, note: str, is_error: bool = False) -> None:
        """Something for the user to read."""
        raise NotImplementedError

    def start(self) -> None:
        """Work in a thread until `close`."""
        self._thread = threading.Thread(target=self._run, name="simulation", daemon=True)
        self._before = sys.getswitchinterval()
        sys.setswitchinterval(_HANDOVER)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            sys.setswitchinterval(self._before)
        self._stop.clear()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                wait = self.work(time.perf_counter())
                if wait > 0:
                    self._stop.wait(wait)
        except BaseException as error:
            self.failure = error

    def do(self, command: Callable[[], None]) -> None:
        """Have it done between two ticks."""
        self.commands.put(command)

    def ask(self, question: Callable[[], Any]) -> Any:
        """The answer to what must not be asked in the middle of a tick; waits for it. UserError: the simulation has stopped."""
        if self._thread is None:
            return question()
        answer: Future[Any] = Future()

        def tell() -> None:
            try:
                answer.set_result(question())
            except BaseException as error:
                answer.set_exception(error)

        self.do(tell)
        while self._thread.is_alive() or answer.done():
            with contextlib.suppress(TimeoutError):
                return answer.result(0.1)
        raise UserError("the simulation has stopped")

    def hear(self) -> bool:
        """Do all commands that wait; whether there were any."""
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
