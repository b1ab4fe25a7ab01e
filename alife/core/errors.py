"""Errors a user can cause, each with its exit code. Anything else is our bug and keeps its traceback."""

import contextlib
import sys


class UserError(Exception):
    """One clear line for the person at the keyboard; `alife` prints it and exits with `exit_code`."""

    exit_code = 1


class ConfigError(UserError):
    """Bad usage or a bad config: place, what was expected, what came."""

    exit_code = 2


class InputError(UserError):
    """An input (run folder, checkpoint, genome) is missing or damaged."""

    exit_code = 66


class DiskError(UserError):
    """A folder is not writable, or the disk is full. What was saved before is intact."""

    exit_code = 74


class BusyError(UserError):
    """Another process is writing this run folder."""

    exit_code = 75


class Interrupted(UserError):  # noqa: N818  (a state, not a fault)
    """Stopped by a signal after saving; the exit code is 128 + the signal's number."""

    def __init__(self, message: str, signum: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signum


def say(text: str) -> None:
    """A line on stderr. A log on a full disk, or a reader that has left, stops nothing."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)
