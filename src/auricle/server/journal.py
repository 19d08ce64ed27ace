"""The log: a line for each event, as JSON for machines or as text for a terminal. Neither audio nor text is ever in it."""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import re
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, TextIO

__all__ = ["Journal", "begin"]

_MOST_LINES = 10_000  # that wait to be written
_LAST_S = 1.0  # to write what is left at the end

_QUIET = ("uvicorn.access", "httpx", "faster_whisper", "python_multipart")  # they repeat us, or speak of what clients do wrong


def begin(level: str, form: Literal["auto", "text", "json"]) -> Journal:
    """Send everything that is logged in this process to standard error.

    Args:
        level: "debug", "info", "warning" or "error".
        form: "auto" is text on a terminal and JSON elsewhere.
    """
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    journal = Journal(sys.stderr)
    journal.setFormatter(_Text() if as_text else _Json())
    logging.basicConfig(level=level.upper(), handlers=[journal], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    return journal


class Journal(logging.Handler):
    """Writes lines in a thread of its own: a pipe that nobody reads holds up no request. What has no room is lost, and counted."""

    def __init__(self, target: TextIO) -> None:
        super().__init__()
        self._target = target
        self._lines = queue.Queue[str](_MOST_LINES)
        self._lost = 0
        threading.Thread(target=self._write, name="journal", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line; never waits."""
        try:
            self._lines.put_nowait(self.format(record))
        except queue.Full:
            self._lost += 1

    def finish(self) -> None:
        """Wait for a moment until everything is written."""
        until = time.monotonic() + _LAST_S
        while self._lines.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.01)

    def _write(self) -> None:
        while True:
            line = self._lines.get()
            if self._lost:
                line, self._lost = f"{line}\n({self._lost} lines before this were lost, for nobody read them)", 0
            with contextlib.suppress(OSError, ValueError):  # it is closed
                self._target.write(f"{line}\n")
                self._target.flush()
            self._lines.task_done()


class _Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        shape: dict[str, object] = {
            "time": _time(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            shape["traceback"] = self.formatException(record.exc_info)
        return json.dumps(shape, ensure_ascii=False, default=str)


class _Text(logging.Formatter):
    """Time, level, what happened, and its facts."""

    def format(self, record: logging.LogRecord) -> str:
        facts = "".join(f" {name}={_plain(value)}" for name, value in _facts(record).items())
        line = f"{_time(record).astimezone():%H:%M:%S} {record.levelname.lower():7} {record.getMessage()}{facts}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _plain(value: object) -> str:
    """A value as one word: a client's address, which a proxy reports, may look like other facts."""
    text = str(value)
    return text if re.fullmatch(r"[\w.:/{}%+-]*", text) else json.dumps(text)


def _facts(record: logging.LogRecord) -> Mapping[str, object]:
    facts: Mapping[str, object] = getattr(record, "facts", {})
    return facts


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)
