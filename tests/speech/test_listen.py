"""`listen`: whatever can be heard is heard whole, at its pace or as fast as it goes, and stops when it is told to."""

from __future__ import annotations

import gc
import inspect
import io
import re
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest

import auricle
from auricle.audio import Audio, Mono
from auricle.codec import open_audio
from auricle.errors import CorruptAudio, EmptyAudio, OptionError, UnknownModel, UnreadableInput
from auricle.resample import resample
from auricle.speech.events import Final, LiveEvent, Partial
from auricle.speech.listen import Listening, LiveSource, listen
from auricle.speech.transcript import Word
from auricle.speech.vad import SAMPLE_RATE
from tests.speech.portaudio import FakeSoundDevice, device

SECOND = np.full(SAMPLE_RATE, 0.25, np.float32)


class Script:
    """A session that hears everything and says how much that was: a `Partial` at every update, a `Final` at the end."""

    def __init__(self) -> None:
        self.heard: list[Mono] = []
        self.fed: list[Mono] = []
        self.updates = self._decoded = 0
        self.finished = threading.Event()

    @property
    def due(self) -> bool:
        """Once for whatever was heard."""
        return self._decoded < len(self.heard)

    @property
    def samples(self) -> Mono:
        """Everything, as one piece."""
        return np.concatenate([*self.heard, *self.fed])

    def hear(self, samples: Mono) -> tuple[LiveEvent, ...]:
        """Keep it."""
        self.heard.append(samples)
        return ()

    def update(self) -> tuple[LiveEvent, ...]:
        """Count."""
        self.updates, self._decoded = self.updates + 1, len(self.heard)
        return (Partial(f"{len(self.samples)}", "en"),)

    def feed(self, samples: Mono) -> tuple[LiveEvent, ...]:
        """Keep it."""
        self.fed.append(samples)
        return (Partial(f"{len(self.samples)}", "en"),)

    def finish(self) -> tuple[LiveEvent, ...]:
        """The end."""
        self.finished.set()
        return (Final((Word("end", 0, 1, 1.0),), "end", "en"),)


def heard(source: LiveSource, *, rate: int | None = None, realtime: bool = False) -> Mono:
    """All samples that the session hears of a source."""
    script = Script()
    *_, last = Listening(script, source, rate=rate, realtime=realtime)
    assert isinstance(last, Final)
    return script.samples


def offline(path: Path) -> Mono:
    """The whole recording as one channel at 16 kHz."""
    samples: Mono = resample(Audio.read(path).remix(1), SAMPLE_RATE).samples[0]
    return samples


@pytest.mark.parametrize("name", ["austen-0880.wav", "jfk.flac", "wy-light-en.wav", "fw-hotwords.mp3"])
def test_recordings(recordings: Path, name: str) -> None:
    """A recording of any format, as path, bytes, file, decoder or samples, is heard whole, as one channel at 16 kHz."""
    path = recordings / name
    expected = offline(path)
    whole = Audio.read(path)
    for source in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), open_audio(path), whole):
        assert np.allclose(heard(source), expected, atol=1e-6)
    assert np.allclose(heard(whole.samples, rate=whole.rate), expected, atol=1e-6)


@pytest.mark.parametrize("realtime", [True, False])
@pytest.mark.parametrize("size", [1, 160, 1000, 44_100])
def test_chunks(size: int, realtime: bool) -> None:
    """Chunks of any size, as arrays of one or several channels or as `Audio`, are heard whole, the end of the resampler too."""
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 2000 if size == 1 else 60_000)).astype(np.float32)
    expected = resample(Audio(noise, 44_100).remix(1), SAMPLE_RATE).samples[0]
    cut = [noise[:, first : first + size] for first in range(0, noise.shape[1], size)]
    assert np.allclose(heard(iter(cut), rate=44_100, realtime=realtime), expected, atol=1e-6)
    assert np.allclose(heard([Audio(chunk, 44_100) for chunk in cut], realtime=realtime), expected, atol=1e-6)
    mono = [chunk.mean(axis=0) for chunk in cut]
    assert np.allclose(heard(mono, rate=44_100, realtime=realtime), expected, atol=1e-6)


def test_a_recording_is_paced() -> None:
    """In real time a recording takes as long as it lasts, and comes in pieces as a microphone's; position and level follow it."""
    script, began = Script(), time.monotonic()
    with Listening(script, np.concatenate([0 * SECOND[:3200], SECOND[:3200]]), rate=SAMPLE_RATE) as listening:
        *_, last = listening
    assert time.monotonic() - began >= 0.4
    assert isinstance(last, Final)
    assert (listening.position, listening.lost) == (0.4, 0)
    assert listening.level == pytest.approx(-12.04, abs=0.01)
    assert [len(piece) for piece in script.heard] == [1600] * 4


def test_what_came_meanwhile_is_heard_at_once() -> None:
    """However much comes while the session is busy, there is one update for all of it."""
    script, enough = Script(), threading.Event()

    def chunks() -> Iterator[Mono]:
        yield SECOND
        for _ in range(8):
            yield SECOND
        enough.set()

    listening = Listening(script, chunks(), rate=SAMPLE_RATE)
    assert enough.wait(10)
    assert [type(event) for event in listening] == [Partial, Final]
    assert (script.updates, len(script.heard)) == (1, 9)


def test_a_slow_listener_slows_the_source() -> None:
    """Chunks that come faster than they are recognised are not taken without bound."""
    taken = 0

    def chunks() -> Iterator[Mono]:
        nonlocal taken
        for _ in range(100):
            taken += 1
            yield SECOND

    listening = Listening(Script(), chunks(), rate=SAMPLE_RATE)
    next(listening)
    assert taken < 100
    *_, last = listening
    assert isinstance(last, Final)
    assert (taken, listening.position, listening.lost) == (100, 100, 0)


def test_stop_keeps_the_last_words() -> None:
    """`stop` ends a source that never ends, from any thread; what has been heard is recognised, and then the iteration ends."""

    def endless() -> Iterator[Mono]:
        while True:
            yield SECOND[:1600]

    script = Script()
    listening = Listening(script, endless(), rate=SAMPLE_RATE)
    next(listening)
    threading.Thread(target=listening.stop).start()
    *_, last = listening
    assert isinstance(last, Final)
    assert script.finished.is_set()


@pytest.mark.parametrize("realtime", [True, False])
def test_close_ends_at_once(recordings: Path, realtime: bool) -> None:
    """After `close` there are no events, nothing is recognised any more, and the recording is not read on."""
    script, file = Script(), (recordings / "two_cities.flac").open("rb")
    with file, Listening(script, file, realtime=realtime) as listening:
        next(listening)
    assert list(listening) == []
    assert not script.finished.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name == "auricle capture"]


def test_a_silent_source_can_be_closed() -> None:
    """A source from which nothing comes does not hold up `close`."""
    never = threading.Event()

    def chunks() -> Iterator[Mono]:
        never.wait()
        yield SECOND

    with Listening(Script(), chunks(), rate=SAMPLE_RATE):
        pass
    never.set()


def test_it_ends_when_it_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who breaks out of the loop and keeps nothing has closed the microphone."""
    fake = FakeSoundDevice([device("USB", 1)], default=0)
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    listening = Listening(Script())
    forgotten = weakref.ref(listening)
    del listening
    gc.collect()
    assert forgotten() is None
    assert fake.streams[0].state == "closed"


def test_microphone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a source the microphone is heard, from the beginning on, until it is stopped; then it is closed."""
    fake = FakeSoundDevice([device("USB", 1), device("Line", 2)], default=0, takes=[(16_000, 1)])
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    script = Script()
    listening = Listening(script, device="line")
    fake.streams[0].play(SECOND[:800, None])
    assert next(listening) == Partial("800", "en")
    assert (fake.streams[0].state, fake.streams[0].device, listening.position) == ("recording", 1, 0.05)
    fake.streams[0].play(SECOND[:800, None])
    listening.stop()
    assert [type(event) for event in listening] == [Partial, Final]
    assert (fake.streams[0].state, len(script.samples)) == ("closed", 1600)


def test_a_busy_machine_loses_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a microphone says while half a minute waits is lost and counted; what follows keeps its time."""
    fake = FakeSoundDevice([device("USB", 1)], default=0, takes=[(16_000, 1)])
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    script = Script()
    listening = Listening(script)
    for _ in range(33):
        fake.streams[0].play(SECOND[:, None])
    next(listening)
    fake.streams[0].play(SECOND[:, None])
    listening.stop()
    list(listening)
    assert np.array_equal(script.samples, np.concatenate([*[SECOND] * 30, *[0 * SECOND] * 3, SECOND]))
    assert (listening.position, listening.lost) == (34, 3)


@pytest.mark.parametrize("realtime", [True, False])
def test_a_source_that_breaks_off(realtime: bool) -> None:
    """What was heard before a source fails is recognised first; then its own error is raised, and there is nothing more."""

    def chunks() -> Iterator[Mono]:
        yield SECOND
        raise ConnectionResetError("the line is dead")

    script = Script()
    events: list[LiveEvent] = []
    listening = Listening(script, chunks(), rate=SAMPLE_RATE, realtime=realtime)
    with pytest.raises(ConnectionResetError, match="the line is dead"):
        events.extend(listening)
    assert np.array_equal(script.samples, SECOND)
    assert script.finished.is_set()
    assert list(listening) == []


def test_a_damaged_recording(recordings: Path, tmp_path: Path) -> None:
    """A recording that is cut off is refused when it is opened, or fails after its last whole words."""
    path = tmp_path / "cut.wav"
    path.write_bytes((recordings / "austen-0880.wav").read_bytes()[:50_000])
    with pytest.raises(CorruptAudio, match="cut off"):
        Listening(Script(), path)
    path.write_bytes((recordings / "jfk.flac").read_bytes()[:200_000])
    script = Script()
    with pytest.raises(CorruptAudio, match="cut off"):
        list(Listening(script, path, realtime=False))
    assert script.finished.is_set()


def test_unusable_sources(tmp_path: Path) -> None:
    """What cannot be heard, and options that would change nothing, are refused before anything is heard."""
    script = Script()
    with pytest.raises(UnreadableInput, match="no such file"):
        Listening(script, tmp_path / "missing.wav")
    with pytest.raises(EmptyAudio, match="no samples"):
        Listening(script, np.zeros(0, np.float32), rate=16_000)
    with pytest.raises(OptionError, match="an array needs its sample rate"):
        Listening(script, SECOND)
    with pytest.raises(OptionError, match="every other recording says its own"):
        Listening(script, b"RIFF", rate=16_000)
    with pytest.raises(OptionError, match="the microphone says its own"):
        Listening(script, rate=16_000)
    with pytest.raises(OptionError, match="always heard in real time"):
        Listening(script, realtime=False)
    with pytest.raises(OptionError, match="device names a microphone"):
        Listening(script, SECOND, rate=16_000, device=0)
    with pytest.raises(OptionError, match="type int cannot be heard"):
        Listening(script, 16_000)  # type: ignore[arg-type]  # that is what is tested
    with pytest.raises(OptionError, match="changes from 16000 to 8000 Hz"):
        list(Listening(script, [Audio(SECOND, 16_000), Audio(SECOND, 8000)]))
    with pytest.raises(OptionError, match="an array needs its sample rate"):
        list(Listening(script, [SECOND]))


def test_the_model_comes_first() -> None:
    """A model that cannot be had is said before anything is heard."""
    with pytest.raises(UnknownModel, match="no such model"):
        listen("missing.wav", model="no such model")


def test_every_option_is_documented() -> None:
    """Whatever `listen` takes stands in the table of docs/listen.md."""
    page = (Path(__file__).parents[2] / "docs" / "listen.md").read_text(encoding="utf-8")
    assert list(inspect.signature(auricle.listen).parameters) == re.findall(r"^\| `([a-z_]+)` \|", page, flags=re.MULTILINE)


def test_words_of_a_recording(recordings: Path) -> None:
    """What is said in a recording becomes final, in order, as fast as it goes."""
    with auricle.listen(recordings / "jfk.flac", model="tiny.en", realtime=False) as listening:
        finals = [event for event in listening if isinstance(event, auricle.Final)]
    words = re.findall(r"\w+", "".join(final.text for final in finals).lower())
    said = "and so my fellow americans ask not what your country can do for you ask what you can do for your country"
    assert SequenceMatcher(None, said.split(), words).ratio() > 0.9
    assert listening.position == pytest.approx(11.0, abs=0.01)
