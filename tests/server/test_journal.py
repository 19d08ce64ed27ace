"""The log: one line for each event, for machines or for people."""

from __future__ import annotations

import json
import logging
import os
import re
import select
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from auricle.server import journal

log = logging.getLogger("auricle.test")


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """The rest of the tests log as if nothing had happened."""
    names = ("", *journal._QUIET)
    before = {name: (logging.getLogger(name).level, logging.getLogger(name).handlers[:]) for name in names}
    logging.getLogger().handlers.clear()  # pytest's own
    yield
    for name, (level, handlers) in before.items():
        logging.getLogger(name).setLevel(level)
        logging.getLogger(name).handlers[:] = handlers


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Each line is an object with time, level, logger, event and the facts; text of any kind stays one line."""
    written = journal.begin("info", "json")
    log.info("request %d\nand another line", 1, extra={"facts": {"status": 200, "ms": 1.5, "place": "Köln\u2028\n", "path": journal}})
    written.finish()
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    line = json.loads(err)
    assert datetime.now(UTC) - datetime.fromisoformat(line.pop("time")) < timedelta(seconds=10)
    assert line == {
        "level": "info",
        "logger": "auricle.test",
        "event": "request 1\nand another line",
        "status": 200,
        "ms": 1.5,
        "place": "Köln\u2028\n",
        "path": str(journal),
    }


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Time, level, event and facts, for a terminal."""
    written = journal.begin("info", "text")
    log.warning("slow", extra={"facts": {"status": 200, "ms": 1.5, "client": "x status=500"}})
    written.finish()
    assert re.fullmatch(r'\d\d:\d\d:\d\d warning slow status=200 ms=1.5 client="x status=500"\n', capsys.readouterr().err)


@pytest.mark.parametrize("form", ["text", "json"])
def test_exceptions(capsys: pytest.CaptureFixture[str], form: Literal["text", "json"]) -> None:
    """A bug is there with all of its traceback, in JSON in the same line."""
    written = journal.begin("info", form)
    try:
        int("nothing")
    except ValueError:
        log.exception("failed")
    written.finish()
    err = capsys.readouterr().err
    traceback = json.loads(err)["traceback"] if form == "json" else err
    assert "Traceback (most recent call last)" in traceback
    assert "ValueError: invalid literal" in traceback


@pytest.mark.parametrize(("terminal", "is_json"), [(False, True), (True, False)])
def test_by_itself_it_is_text_only_on_a_terminal(capsys: pytest.CaptureFixture[str], terminal: bool, is_json: bool) -> None:
    """`auto` looks where standard error goes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.stderr, "isatty", lambda: terminal)
        written = journal.begin("info", "auto")
        log.info("hello")
        written.finish()
    assert capsys.readouterr().err.startswith("{") is is_json


def test_levels(capsys: pytest.CaptureFixture[str]) -> None:
    """What is less severe than asked for is not there; libraries that would tell what was said are quiet even when asked for all."""
    journal.begin("warning", "text")
    log.info("hidden")
    written = journal.begin("debug", "text")
    log.debug("shown")
    logging.getLogger("faster_whisper").debug("Processing segment: hello there")
    logging.getLogger("python_multipart.multipart").debug("Calling on_part_data with data")
    written.finish()
    assert "shown" in (err := capsys.readouterr().err)
    assert err.count("\n") == 1


def test_a_pipe_that_nobody_reads_holds_up_nobody() -> None:
    """Lines that find no room are lost, and their number is said once there is room again."""
    out, into = os.pipe()
    with os.fdopen(out) as reader, os.fdopen(into, "w") as writer:
        written = journal.Journal(writer)
        record = logging.LogRecord("auricle.test", logging.INFO, "", 0, "x" * 200, None, None)
        began = time.monotonic()
        for _ in range(11_000):
            written.emit(record)
        assert time.monotonic() - began < 5
        assert written._lost > 0
        seen = ""
        while "lost, for nobody read them" not in seen:
            seen += os.read(reader.fileno(), 2**16).decode()
        os.set_blocking(reader.fileno(), False)
        while written._lines.unfinished_tasks:
            if select.select([reader], [], [], 0.1)[0]:
                os.read(reader.fileno(), 2**16)
