"""Ctrl-C and SIGTERM as a wish: the work in hand is saved, then the program leaves; a second Ctrl-C leaves at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

_abandoned: list[threading.Thread] = []


class Interrupts:
    """While open, the first SIGINT or SIGTERM sets `stop` and is remembered in `signum`. Outside the main thread: idle."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.signum: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def outlast(self, work: Callable[[], Any]) -> bool:
        """Do `work`; False if a signal came first: it is then abandoned, half done, and the program should `leave`.

        It has a thread of its own, because an exception out of a signal handler may come to nothing: whatever is
        raised in a callback of the compiler or in a `__del__` is printed and dropped.
        """
        failed: list[BaseException] = []

        def try_it() -> None:
            try:
                work()
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=try_it, name="abandonable", daemon=True)
        thread.start()
        while thread.is_alive() and not self.stop.is_set():
            thread.join(0.05)
        if failed:
            raise failed[0]
        if thread.is_alive():
            _abandoned.append(thread)
        return not thread.is_alive()

    def _heard(self, signum: int, frame: FrameType | None) -> None:
        if self.signum is not None and signum == signal.SIGINT:
            os._exit(128 + signum)
        self.signum = self.signum or signum
        self.stop.set()


def leave(code: int) -> NoReturn:
    """sys.exit, or at once where a compiler is still at work that must not see the ruins of the program around it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # a full disk: what cannot be written must not become an exit code of its own
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    if any(thread.is_alive() for thread in _abandoned):
        os._exit(code)
    sys.exit(code)
