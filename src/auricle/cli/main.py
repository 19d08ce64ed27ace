"""The command `auricle`: every verb on files, folders and pipes.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 some inputs failed (each is named),
2 wrong usage, 130 interrupted. This module is the border where errors become sentences and codes.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module

from auricle.cli import completion, failures, output
from auricle.cli.ending import orderly
from auricle.cli.parser import parse
from auricle.errors import AuricleError

__all__ = ["main"]

_INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the words after `auricle`; None takes those of the process.

    Returns:
        The exit code.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show a letter shows a mark instead
    try:
        with orderly():
            code = _outcome(list(sys.argv[1:] if argv is None else argv))
            output.flush()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return 0
    except AuricleError as error:
        return _failed(error)
    return code


def _outcome(words: list[str]) -> int:
    if words[:1] == ["--complete"]:
        return completion.answer(words[1:])
    try:
        arguments = parse(words)
    except SystemExit as leaving:  # argparse has printed help, the version or what is wrong
        return int(leaving.code or 0)
    return _run(arguments)


def _run(arguments: Namespace) -> int:
    """Import the command's module, which has its name, and run it; each brings only what it needs."""
    code: int = import_module(f"auricle.cli.{arguments.command}").run(arguments)
    return code


def _failed(error: AuricleError) -> int:
    """What ended the whole run; somebody who stopped reading (`| head`) is no failure."""
    if isinstance(error, OSError):  # standard output may be what failed, and must not be flushed into again at the exit
        _drop_output_if_broken()
    return 0 if isinstance(error.__cause__, BrokenPipeError) else failures.report(None, error)


def _drop_output_if_broken() -> None:
    try:
        output.flush()
    except (OSError, AuricleError):
        _drop_output()


def _drop_output() -> None:
    """Send what is still in the buffer of standard output nowhere, else the interpreter would complain at its end."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
