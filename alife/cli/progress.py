"""How an evolution or an ecosystem goes, on stderr: a live line in a terminal, a plain line now and then in a log."""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections.abc import Iterator

from alife.core.errors import say
from alife.evolve.ecology import Progress
from alife.evolve.evolution import Evolution, Report
from alife.insight.campaign import Place

_LIVE_SECONDS = 0.1
_LOG_SECONDS = 10.0


class Listener:
    """Prints notes at once, and how far it is at most every so often."""

    def __init__(self, every: float) -> None:
        self._every, self._last = every, -math.inf
        self._begun: float | None = None
        self._ticks_before = 0
        self._place: Place | None = None

    def enter(self, place: Place) -> None:
        """From now on every line begins with the problem, of how many it is, and the time so far and left."""
        self._place = place
        self.note(self._where().rstrip())

    def note(self, text: str) -> None:
        """A line worth reading once."""
        say(f"alife: {text}")

    def generation(self, report: Report, evolution: Evolution, seconds: float) -> None:
        """Show the newest generation, if the last one shown is old enough."""
        speed = self._speed(report.agent_ticks, seconds)
        if self._is_time() or report.generation == 1:
            state = "polishing" if evolution.solved_at is not None else f"start {evolution.restarts + 1}"
            self._show(
                f"{self._where()}generation {report.generation:,}  best {report.best:.3f}  mean {report.mean:.3f}  z {report.z:.3f}  "
                f"{report.evaluations:,} evaluations  {speed}  {state}  {_left(report, evolution, seconds)}"
            )

    def living(self, now: Progress) -> None:
        """Show how far an ecosystem is, if the last time is long enough ago."""
        speed = self._speed(now.agent_ticks, now.seconds)
        if self._is_time():
            left = "no end set" if now.left is None else f"{_clock(now.left)} left"
            self._show(
                f"tick {now.tick:,}  living {now.living:,}  births {now.births:,}  deaths {now.deaths:,}  {speed}  "
                f"{_clock(now.seconds)} so far  {left}"
            )

    def _where(self) -> str:
        if self._place is None:
            return ""
        place, now = self._place, time.perf_counter()
        left = "no end set" if place.ends is None else f"{_clock(place.ends - now)} left"
        return f"{place.number} of {place.of} {place.name}, seed {place.seed} ({_clock(now - place.begun)} so far, {left})  "

    def _is_time(self) -> bool:
        """Whether the last line is old enough; if so, it counts as renewed."""
        now = time.perf_counter()
        if now - self._last < self._every:
            return False
        self._last = now
        return True

    def _speed(self, agent_ticks: int, seconds: float) -> str:
        """Since the first call for this run."""
        if self._begun is None or agent_ticks < self._ticks_before or seconds < self._begun:
            self._begun, self._ticks_before = seconds, agent_ticks
        lived, took = agent_ticks - self._ticks_before, seconds - self._begun
        return f"{lived / took / 1e6:.1f} M agent-ticks/s" if took > 0 else "- agent-ticks/s"

    def _show(self, text: str) -> None:
        say(text)


class _Live(Listener):
    """Rewrites the last line of a terminal, or two where it is narrow."""

    def __init__(self) -> None:
        super().__init__(_LIVE_SECONDS)
        from rich.console import Console
        from rich.live import Live

        self._console = Console(stderr=True)
        self._live = Live(console=self._console, refresh_per_second=10, transient=False)

    def note(self, text: str) -> None:
        self._console.print(f"alife: {text}", markup=False, highlight=False)

    def _show(self, text: str) -> None:
        from rich.text import Text

        self._live.update(Text(text))


def _left(report: Report, evolution: Evolution, seconds: float) -> str:
    """The time to the end of the budget at the present speed."""
    settings = evolution.config.evolve
    left = []
    if settings.generations is not None:
        left.append((settings.generations - report.generation) * seconds / report.generation)
    if settings.evaluations is not None:
        left.append((settings.evaluations - report.evaluations) * seconds / report.evaluations)
    if settings.hours is not None:
        left.append(settings.hours * 3600 - seconds)
    if not left:
        return "no end set"
    at_most = "at most " if settings.until_solved else ""
    return f"{at_most}{_clock(min(left))} left"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"


@contextlib.contextmanager
def listener() -> Iterator[Listener]:
    """A live display where stderr is a terminal, else a log."""
    if not sys.stderr.isatty():
        yield Listener(_LOG_SECONDS)
        return
    live = _Live()
    with live._live:
        yield live
