"""Ctrl-C and SIGTERM as a wish: the work in hand is saved, then the program leaves; a second Ctrl-C leaves at once."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Any


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

    def _heard(self, signum: int, frame: FrameType | None) -> None:
        if self.signum is not None and signum == signal.SIGINT:
            os._exit(128 + signum)
        self.signum = self.signum or signum
        self.stop.set()
