"""The log: a line for each event, as JSON for machines or as text for a terminal. Neither audio nor text is ever in it."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

__all__ = ["begin"]

_QUIET = ("uvicorn.access", "httpx", "faster_whisper", "python_multipart")  # they repeat us, or speak of what clients do wrong


def begin(level: str, form: Literal["auto", "text", "json"]) -> None:
    """Send everything that is logged in this process to standard error.

    Args:
        level: "debug", "info", "warning" or "error".
        form: "auto" is text on a terminal and JSON elsewhere.
    """
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.setFormatter(_Text() if as_text else _Json())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


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
        facts = "".join(f" {name}={value}" for name, value in _facts(record).items())
        line = f"{_time(record).astimezone():%H:%M:%S} {record.levelname.lower():7} {record.getMessage()}{facts}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _facts(record: logging.LogRecord) -> Mapping[str, object]:
    facts: Mapping[str, object] = getattr(record, "facts", {})
    return facts


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)
