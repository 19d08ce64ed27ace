"""The progress line: seen on a terminal, gone afterwards, absent elsewhere."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from auricle.cli.progress import Progress, line
from tests.cli.conftest import COMMAND, TINY, Run, quiet, spawn
from tests.cli.terminal import Terminal

PERCENT = re.compile(r"[\d ]+ %  \d+\.\d× realtime")


def on_terminal(words: list[str], *, columns: int, output_too: bool) -> tuple[str, bytes]:
    """Run with standard error (and perhaps output) on a pseudo-terminal; gives what the terminal and the pipe got."""
    import fcntl
    import pty
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = quiet() | {"TERM": "xterm", "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen([*COMMAND, *words], stdout=slave if output_too else subprocess.PIPE, stderr=slave, env=environment) as process:
        os.close(slave)
        shown = b""
        try:
            while piece := os.read(master, 65536):
                shown += piece
        except OSError:  # Linux says so when the last process has let go of the terminal
            pass
        piped = process.stdout.read() if process.stdout else b""
        assert process.wait(60) == 0
    os.close(master)
    return shown.decode(), piped


def screen(written: str) -> list[str]:
    """What stands on the terminal in the end: a carriage return lets the rest of a line be written over."""
    lines = []
    for row in written.replace("\r\n", "\n").split("\n"):
        cells: list[str] = []
        for part in row.split("\r"):
            cells[: len(part)] = part
        lines.append("".join(cells).rstrip())
    return lines


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal(recordings: Path) -> None:
    """On a terminal there is percent and speed, in one line of its width, which is gone in the end."""
    shown, piped = on_terminal(["transcribe", str(recordings / "jfk.flac"), *TINY], columns=60, output_too=False)
    assert PERCENT.search(shown)
    assert max(map(len, shown.split("\r"))) < 60
    assert "\n" not in shown
    assert screen(shown) == [""]
    assert b"realtime" not in piped


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_beside_the_text(run: Run, recordings: Path) -> None:
    """Where text and progress share a terminal, only the text stays, whole."""
    path = str(recordings / "jfk.flac")
    shown, _ = on_terminal(["transcribe", path, *TINY], columns=60, output_too=True)
    assert PERCENT.search(shown)
    assert screen(shown) == run("transcribe", path, *TINY).out.split("\n")


def test_what_a_terminal_echoes_goes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ^C that a terminal echoes stands in the line, so that both are gone in the end."""
    terminal, drawn = Terminal(60, 24), threading.Event()

    class Screen(io.StringIO):
        encoding = "utf-8"

        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> int:
            terminal.write(text)
            drawn.set()
            return len(text)

    monkeypatch.setattr("sys.stderr", Screen())
    monkeypatch.setattr("auricle.cli.progress._width", lambda: 60)
    monkeypatch.setenv("TERM", "xterm")
    with Progress("talk.mp3", 60, lambda: 30):
        assert drawn.wait(10)
        assert "talk.mp3" in terminal.text()[0]
        terminal.write("^C")
    assert "".join(terminal.text()) == ""


def test_in_a_pipe(short: Path) -> None:
    """In a pipe there is no progress at all."""
    assert spawn("transcribe", short, *TINY).stderr == b""


def test_the_line() -> None:
    """Name, bar, percent, speed and time left, as they follow from what is done."""
    assert line("talk.mp3", 25.2, 60, 2.05, 79) == "talk.mp3  ██████████▏                42 %  12.3× realtime  0:02 left"
    assert line("talk.mp3", 0, 60, 1, 60) == "talk.mp3                              0 %  0.0× realtime"
    assert line("talk.mp3", 60, 60, 30, 60).endswith("100 %  2.0× realtime  0:00 left")
    assert line("talk.mp3", 75, 60, 30, 60).endswith("100 %  2.5× realtime  0:00 left")


def test_unknown_duration() -> None:
    """Without a duration there is the position in place of the bar."""
    assert line("standard input", 83.2, None, 10, 79) == "standard input  1:23  8.3× realtime"


def test_without_blocks() -> None:
    """A terminal without block elements gets plain marks."""
    assert line("a.wav", 30, 60, 10, 60, "#") == "a.wav  ##########             50 %  3.0x realtime  0:10 left"


@pytest.mark.parametrize("name", ["a.wav", "a very long name of a recording from a meeting.wav", "会議の録音の名前がとても長い.wav"])
def test_it_fits(name: str) -> None:
    """However narrow the terminal and wide the letters, the line does not wrap."""
    for width in range(1, 100):
        drawn = line(name, 1234, 7200, 100, width)
        assert sum(2 if ord(char) > 0x2FFF else 1 for char in drawn) <= width


def test_a_unit() -> None:
    """What is counted is so many a second."""
    assert line("adding", 30, 120, 10.0, 70, unit="files").endswith("25 %  3.0 files/s  0:30 left")
