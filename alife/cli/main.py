"""`alife`: every command parses, loads and calls one function; errors become one line and an exit code here."""

from __future__ import annotations

import errno
import os
import signal
import sys
from typing import Any, NoReturn

import typer

from alife import __version__
from alife.core.errors import DiskError, UserError, say
from alife.core.interrupt import leave

_INTERRUPTED = 128 + signal.SIGINT
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

app = typer.Typer(
    name="alife",
    help="Evolve small Neural Turing Machines and look into their minds.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _say_version(wanted: bool) -> None:
    if wanted:
        print(f"alife {__version__}")
        raise typer.Exit


@app.callback()
def _root(version: bool = typer.Option(False, "--version", callback=_say_version, is_eager=True, help="The version.")) -> None:
    """What comes before a command."""


def _register() -> None:
    from alife.cli import ablate, evolve, export, lab, look, measure, report, run, sweep, watch

    for module in (evolve, run, sweep, look, ablate, report, export, lab, measure, watch):
        for command in module.COMMANDS:
            app.command(getattr(command, "command_name", None))(command)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit: 0 ok, 1 failed, 2 bad usage, 66, 74, 75, 130, 143 as in docs/design.md."""
    signal.signal(signal.SIGTERM, _leave)
    _register()
    leave(_run(sys.argv[1:] if arguments is None else arguments))


def _leave(signum: int, _: object) -> NoReturn:
    """SIGTERM where there is nothing to save; a run that evolves listens for itself."""
    os._exit(128 + signum)


def _run(arguments: list[str]) -> int:
    try:
        result: Any = app(args=arguments, prog_name="alife", standalone_mode=False)
        sys.stdout.flush()
        if result == _INTERRUPTED:  # typer has caught it
            return _fail("interrupted", _INTERRUPTED)
        return result if isinstance(result, int) else 0
    except UserError as error:
        return _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _fail("interrupted", _INTERRUPTED)
    except (BrokenPipeError, SystemExit):  # typer makes the latter of the former, and of nothing else
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has left: not even an error at exit
        return 0
    except OSError as error:
        if error.errno not in _FULL:
            raise
        return _fail(f"cannot write {error.filename or 'the output'}: {error.strerror}", DiskError.exit_code)
    except Exception as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            print(error, file=sys.stderr)
            return 2
        usage = _usage_error(error)
        if usage is None:
            raise
        return _fail(*usage)


def _usage_error(error: Exception) -> tuple[str, int] | None:
    """The words of the argument parser, on one line; None for anything that is our own fault."""
    if not hasattr(error, "format_message") or not hasattr(error, "exit_code"):
        return (str(error) or "aborted", 1) if type(error).__name__ in ("Abort", "Exit") else None
    command = getattr(getattr(error, "ctx", None), "command_path", "alife")
    return f"{error.format_message()} (see '{command} --help')", int(error.exit_code)


def _fail(message: str, code: int) -> int:
    say(f"alife: error: {' '.join(message.split())}")
    return code


if __name__ == "__main__":
    main()
