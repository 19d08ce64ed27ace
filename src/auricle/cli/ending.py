"""A polite kill (SIGTERM, SIGHUP) unwinds the stack, so that unfinished files are removed."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator

__all__ = ["orderly"]

_AGAIN_S = 0.5  # after which an end that was asked for and has not begun is asked for again


@contextlib.contextmanager
def orderly() -> Iterator[None]:
    """Meanwhile, a signal that asks for the end raises `SystemExit` with the code that a shell reports.

    What is raised within a C library's callback may be forgotten there; so it is raised again until the stack is being unwound.
    """
    asked = list[int]()

    def leave(number: int, frame: object) -> None:
        asked.append(number)
        if not _leaving(sys.exception()):
            _ask_again(_AGAIN_S)
            raise SystemExit(128 + asked[0])

    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():  # signals are its business alone
        yield
        return
    for name in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(name, leave)
    try:
        yield
    finally:
        _ask_again(0.0)


def _ask_again(seconds: float) -> None:
    """Send SIGALRM every so many seconds; 0: no more."""
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)


def _leaving(handled: BaseException | None) -> bool:
    """Whether the code that is running cleans up after a `SystemExit`, perhaps in a generator that is being closed because of it."""
    while handled is not None and not isinstance(handled, SystemExit):
        handled = handled.__context__
    return handled is not None
