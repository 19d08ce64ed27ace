"""`auricle listen`: recordings and microphones, on a terminal and in pipes, with subtitles; and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import auricle
from auricle import wire
from auricle.audio import Audio
from auricle.cli.listen import _ended_by_interruption
from auricle.speech.events import LiveEvent, Utterance
from auricle.speech.listen import Listening
from auricle.speech.subtitles import render
from auricle.speech.transcript import Transcript
from tests.cli.conftest import COMMAND, Run, quiet, spawn
from tests.cli.terminal import Terminal
from tests.cli.test_progress import on_terminal
from tests.speech.portaudio import FakeSoundDevice, FakeStream, device

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals or a pseudo-terminal")
TINY = ("--model", "tiny.en")


@pytest.fixture(scope="module")
def events(recordings: Path) -> list[LiveEvent]:
    """What the library says of the recording of most tests."""
    return list(auricle.listen(recordings / "austen-0880.wav", model="tiny.en", realtime=False))


def spoken(events: list[LiveEvent]) -> list[str]:
    """The utterances."""
    return [event.segment.text for event in events if isinstance(event, Utterance)]


def subtitles(events: list[LiveEvent]) -> str:
    """Their subtitles."""
    segments = tuple(event.segment for event in events if isinstance(event, Utterance))
    return render(Transcript("", "en", 1.0, 0.0, segments, 0.0, ""), "srt")


def test_in_a_pipe(run: Run, short: Path, events: list[LiveEvent]) -> None:
    """Elsewhere than on a terminal each utterance is a line, once it is complete; nothing else is said."""
    outcome = run("listen", "--file", short, *TINY, "--fast")
    assert (outcome.code, outcome.out.splitlines(), outcome.err) == (0, spoken(events), "")


def test_json(run: Run, short: Path, events: list[LiveEvent]) -> None:
    """--json prints every event as the wire's object, one a line."""
    outcome = run("listen", "--file", short, *TINY, "--fast", "--json")
    assert [json.loads(line) for line in outcome.out.splitlines()] == [wire.live_event(event) for event in events]


def test_srt(run: Run, short: Path, tmp_path: Path, events: list[LiveEvent]) -> None:
    """--srt writes the subtitles of all utterances."""
    assert run("listen", "--file", short, *TINY, "--fast", "--srt", tmp_path / "live.srt").code == 0
    assert (tmp_path / "live.srt").read_text(encoding="utf-8") == subtitles(events)


def test_in_real_time(run: Run, short: Path) -> None:
    """Without --fast a recording takes the time that it lasts."""
    began = time.monotonic()
    outcome = run("listen", "--file", short, *TINY)
    assert time.monotonic() - began > Audio.read(short).duration
    assert "young man" in outcome.out


def test_standard_input(short: Path, events: list[LiveEvent]) -> None:
    """`--file -` is standard input."""
    process = spawn("listen", "--file", "-", *TINY, "--fast", stdin=short.read_bytes())
    assert (process.returncode, process.stdout.decode().splitlines(), process.stderr) == (0, spoken(events), b"")


@posix
def test_on_a_terminal(short: Path, events: list[LiveEvent]) -> None:
    """On a terminal what may change is dim on the way; in the end the final words stand there, and nothing else."""
    shown, _ = on_terminal(["listen", "--file", str(short), *TINY, "--fast"], columns=60, output_too=True)
    terminal = Terminal(60, 24)
    dim = False
    for piece in shown.replace("\r\n", "\n").split("\x1b[?7h"):
        terminal.write(f"{piece}\x1b[?7h")
        dim = dim or bool(terminal.dimmed())
        assert terminal.text()[-1] == "" or "dBFS" in terminal.text()[-1] or "silent" in terminal.text()[-1]
    assert dim
    assert (terminal.text(), terminal.shown) == ([*spoken(events), ""], True)


@posix
def test_a_dumb_terminal(short: Path, events: list[LiveEvent], monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """A terminal that understands nothing gets lines."""
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run("listen", "--file", short, *TINY, "--fast").out.splitlines() == spoken(events)


def test_silence(run: Run, silence: Path, tmp_path: Path) -> None:
    """A recording without speech is no failure: a note says that nothing was found, and the subtitles are empty."""
    outcome = run("listen", "--file", silence, *TINY, "--fast", "--srt", tmp_path / "live.srt")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", f"{silence}: no speech was found.\n")
    assert (tmp_path / "live.srt").read_bytes() == b""


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["--file", "missing.wav"], 1, "missing.wav: cannot read it: no such file or directory."),
        (["--fast"], 2, "--fast: this is for a recording; name one with --file, or leave it out."),
        (["--file", "{short}", "--device", "0"], 2, "--device: this names a microphone, but a recording is to be heard"),
        (["--file", "{short}", "--srt", "{short}"], 2, "--srt: this is the recording itself; name another file."),
        (["--file", "{short}", "--srt", "no/such/folder.srt"], 1, "cannot write no/such/folder.srt: no such file or directory."),
        (["--file", "{short}", "--language", "de"], 2, "--language: "),
        (["--file", "{short}", "--model", "tiny.enn"], 2, "there is no model 'tiny.enn'"),
        (["talk.mp3"], 2, "error: unrecognized arguments: talk.mp3"),
    ],
)
def test_what_can_be_wrong(run: Run, short: Path, words: list[str], code: int, complaint: str) -> None:
    """Each is one sentence with what would be right, and the code is that of every command."""
    outcome = run("listen", *TINY, *(word.format(short=short) for word in words))
    assert (outcome.code, outcome.out) == (code, "")
    assert complaint in outcome.complaints[-1]
    assert short.stat().st_size > 50_000


def test_a_cut_recording(run: Run, recordings: Path, tmp_path: Path) -> None:
    """A recording that breaks off is captioned to where it does, subtitles too; then it is named, and the code is 1."""
    path = tmp_path / "cut.flac"
    path.write_bytes((recordings / "jfk.flac").read_bytes()[:700_000])
    outcome = run("listen", "--file", path, *TINY, "--fast", "--srt", tmp_path / "live.srt")
    assert outcome.code == 1
    assert "fellow Americans" in outcome.out
    assert "fellow Americans" in (tmp_path / "live.srt").read_text(encoding="utf-8")
    assert outcome.err.startswith(f"auricle: {path}: it is cut off")


@posix
def test_an_interrupted_recording(recordings: Path, tmp_path: Path) -> None:
    """Ctrl-C in the middle of a recording ends it with 130: what was said until then is final, on the screen and in the subtitles."""
    path = tmp_path / "live.srt"
    command = [*COMMAND, "listen", "--file", str(recordings / "two_cities.flac"), *TINY, "--json", "--srt", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=quiet()) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [next(line for line in process.stdout if '"final"' in line)]
        process.send_signal(signal.SIGINT)
        lines += process.stdout.readlines()
        assert (process.wait(30), process.stderr.read()) == (130, "")
    said = [json.loads(line) for line in lines]
    assert said[-1]["type"] == "speech_ended"
    finals = "".join(event["text"] for event in said if event["type"] == "final").strip()
    assert " ".join(event["segment"]["text"] for event in said if event["type"] == "utterance") == finals
    assert path.read_text(encoding="utf-8").splitlines()[2] in finals


class _Stopped:
    """A listening of which only the end is of interest."""

    stopped = False

    def stop(self) -> None:
        """Note it."""
        self.stopped = True


@posix
def test_the_second_interruption_ends_the_command() -> None:
    """The first Ctrl-C only ends the listening, the second everything; afterwards it means what it did before."""
    before, listening = signal.getsignal(signal.SIGINT), _Stopped()
    with _ended_by_interruption(listening) as interrupted:  # type: ignore[arg-type]  # as much as is needed of one
        signal.raise_signal(signal.SIGINT)
        assert listening.stopped
        assert interrupted.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


class _Speaker(FakeSoundDevice):
    """A microphone into which a recording is spoken, as fast as it goes, and then Ctrl-C is pressed."""

    def __init__(self, path: Path) -> None:
        super().__init__([device("Line", 2), device("USB Microphone", 1, 16_000.0)], default=1)
        self._samples = Audio.read(path).samples.T

    def InputStream(self, **settings: object) -> FakeStream:  # noqa: N802 - as in sounddevice
        """Open a stream and speak."""
        stream = super().InputStream(**settings)

        def speak() -> None:
            while signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # until the command listens to Ctrl-C, too
                time.sleep(0.01)
            for block in np.array_split(self._samples, len(self._samples) // 800):
                stream.play(block)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=speak).start()
        return stream


@posix
def test_the_microphone(run: Run, short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The microphone is captioned until Ctrl-C, which is its ordinary end: 0, and the last words are there."""
    fake = _Speaker(short)
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    outcome = run("listen", *TINY, "--device", "usb", "--srt", tmp_path / "live.srt")
    assert (outcome.code, outcome.err) == (0, "")
    assert "young man" in outcome.out
    assert "young man" in (tmp_path / "live.srt").read_text(encoding="utf-8")
    assert (fake.streams[0].device, fake.streams[0].state) == (1, "closed")


def test_what_was_lost_is_said(run: Run, short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Audio of a microphone for which there was no time is not passed over in silence."""
    monkeypatch.setitem(sys.modules, "sounddevice", _Speaker(short))
    monkeypatch.setattr(Listening, "lost", 2.5)
    assert run("listen", *TINY).err.startswith("the microphone: 2.5 s could not be heard, because this machine was too busy;")


def test_list_devices(run: Run, short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--list-devices prints each microphone with its number, the system's own with a star; one that is not there is refused by --device."""
    monkeypatch.setitem(sys.modules, "sounddevice", _Speaker(short))
    outcome = run("listen", "--list-devices")
    assert outcome.out.splitlines() == ["    0  Line  (ALSA, 48000 Hz)", "*   1  USB Microphone  (ALSA, 16000 Hz)"]
    outcome = run("listen", *TINY, "--device", "7")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "auricle: --device: there is no microphone 7; use one of: 0 (Line), 1 (USB Microphone).\n"


@pytest.mark.skipif(find_spec("sounddevice") is None or find_library("portaudio") is not None, reason="PortAudio is on this machine")
def test_without_a_sound_card() -> None:
    """On a machine without PortAudio one sentence says what is missing and what would do instead."""
    for words in (["listen", *TINY], ["listen", "--list-devices"]):
        process = spawn(*words)
        assert (process.returncode, process.stdout, process.stderr.count(b"\n")) == (1, b"", 1)
        assert b"the microphone needs PortAudio" in process.stderr
        assert b"or give a recording" in process.stderr


def test_completion(run: Run) -> None:
    """Shells complete its options and models, and files where a file belongs."""
    assert run("--complete", "listen", "--list").out == "--list-devices\n"
    assert run("--complete", "listen", "--model", "tiny.e").out == "tiny.en\n"
    assert run("--complete", "listen", "--file", "").out == ""
