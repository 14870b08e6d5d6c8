"""The command line: ``main`` runs one command and ends the process with its exit code.

Each command lives in its own module, imported only when it is called or its help is asked for,
because ``helicon ask`` has to be quick. Answers go to stdout, everything else to stderr.

Exit codes: 0 done; 1 a ``HeliconError``, its hint on a line of its own; 2 a wrong command line; 74 (sysexits' EX_IOERR)
the output cannot be written; 75 (EX_TEMPFAIL) an error after which the same call may work a moment later; 130 ended by
Ctrl-C, 143 by SIGTERM; 141 the reader of stdout went away.
"""

from __future__ import annotations

import errno
import os
import sys
from io import TextIOWrapper
from typing import NoReturn

__all__ = ["exit_code", "main", "run"]

REFUSED, FULL, LATER = 1, 74, 75
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_ASCII = ("ascii", "us-ascii", "ansi_x3.4-1968", "646")


def main() -> NoReturn:
    """Run the command line of this process and exit."""
    _have_streams()
    _speak_utf8()
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # during the first imports
        code = 130
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    import click

    from helicon.cli.commands import helicon
    from helicon.errors import HeliconError, SetupError

    try:
        ended = helicon.main(args=arguments, prog_name="helicon", standalone_mode=False)
        code = ended if isinstance(ended, int) else 0
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except HeliconError as error:
        tell(error)
        code = exit_code(error)
    except (KeyboardInterrupt, click.Abort):
        code = 130
    except BrokenPipeError:
        code = 141
    except OSError as error:
        if error.errno not in _FULL:
            raise
        tell(SetupError(f"the output cannot be written: {error.strerror}.", hint="Send it to a place with room."))
        code = FULL
    if code in (141, FULL):
        _let_go_of_stdout()
    sys.stderr.flush()
    return code


def exit_code(error: Exception) -> int:
    """What the process ends with for an error of ours."""
    return LATER if getattr(error, "retryable", False) else REFUSED


def tell(error: Exception) -> None:
    """Print an error of ours on stderr, its next step on a line of its own."""
    from helicon.cli.plain import clean

    hint = getattr(error, "hint", "")
    print(clean(f"Error: {getattr(error, 'message', error)}"), file=sys.stderr)
    if hint:
        print(clean(hint), file=sys.stderr)


def _have_streams() -> None:
    """Where a stream was closed before the start, put nothing in its place, so that no file or socket gets there."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - for the process's life


def _speak_utf8() -> None:
    """Let no letter of an answer be an error: where a locale knows ASCII only, speak UTF-8; elsewhere replace."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            unwanted = stream.encoding.lower() in _ASCII and not os.environ.get("PYTHONIOENCODING")
            stream.reconfigure(encoding="utf-8" if unwanted else None, errors="replace")


def _let_go_of_stdout() -> None:
    """Point stdout at nothing, so that no late flush complains of the lost reader."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)
