"""The loudspeaker: every sample once and in order, on any device; one clear sentence for whatever can be wrong with it."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Iterator
from ctypes.util import find_library
from typing import Any

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.errors import AuricleError, MissingDependency, OutputError
from auricle.resample import resample
from auricle.voice.playback import play
from tests.voice.loudspeaker import FakeSoundDevice, device

DEVICES = (device("Microphone", 0), device("HDMI", 8), device("default", 64))
RATE = 24_000


def put(monkeypatch: pytest.MonkeyPatch, **settings: Any) -> FakeSoundDevice:
    """A stand-in for sounddevice in its place."""
    fake = FakeSoundDevice(**{"devices": DEVICES, "default": 2, **settings})
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


def noise(frames: int) -> Audio:
    """Something to hear."""
    return Audio(np.random.default_rng(3).uniform(-0.5, 0.5, frames).astype(np.float32), RATE)


def heard(fake: FakeSoundDevice) -> np.ndarray[Any, np.dtype[np.float32]]:
    """What came out of the first stream, without the silence that there was for lack of sound."""
    samples = fake.streams[0].samples()
    return samples[np.any(samples != 0.0, axis=1)]


@pytest.mark.parametrize("size", [100, 511, 512, 513, 5000])
def test_every_sample(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Pieces of any size are heard whole and in order, and are given on as they are; the end waits for the last of them."""
    fake, audio = put(monkeypatch), noise(5000)
    pieces = list(audio.blocks(size))
    given = list(play(iter(pieces)))
    assert [id(piece) for piece in given] == [id(piece) for piece in pieces]
    assert np.array_equal(heard(fake)[:, 0], audio.samples[0])
    assert fake.streams[0].closed.is_set()


@pytest.mark.parametrize(("default", "index"), [(2, 2), (1, 1), (-1, 1)])
def test_the_device(monkeypatch: pytest.MonkeyPatch, default: int, index: int) -> None:
    """The system's own is taken, or else the first that can be heard."""
    fake = put(monkeypatch, default=default)
    list(play([noise(100)]))
    assert [stream.device for stream in fake.streams] == [index]


@pytest.mark.parametrize("takes", [(RATE, 1), (RATE, 2), (48_000, 1), (48_000, 2)])
def test_whatever_the_device_takes(monkeypatch: pytest.MonkeyPatch, takes: tuple[int, int]) -> None:
    """A device that refuses the audio's format gets it in its own: resampled, and on both channels."""
    fake, audio = put(monkeypatch, takes=[takes]), noise(6000)
    list(play(audio.blocks(700)))
    stream = fake.streams[0]
    assert (stream.samplerate, stream.channels) == takes
    expected = resample(audio, takes[0]).samples[0]
    start = int(np.argmax(np.any(stream.samples() != 0.0, axis=1)))
    sound = heard(fake)[:, 0]
    assert start < len(stream.samples())
    assert np.allclose(sound, expected[expected != 0.0], atol=1e-6)
    assert np.array_equal(heard(fake), np.repeat(heard(fake)[:, :1], takes[1], axis=1))


def test_silence_where_nothing_is_there_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the next piece is being made the device plays silence, not what was in its memory."""
    fake = put(monkeypatch)
    playing = play(noise(512) for _ in range(2))
    next(playing)
    stream = fake.streams[0]
    while len(stream.heard) < 5:
        threading.Event().wait(0.001)
    playing.close()
    assert np.abs(stream.samples()).max() <= 0.5


def test_not_more_than_half_a_minute_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever makes the sound waits when more than half a minute waits to be heard."""
    fake = put(monkeypatch)
    fake.going.clear()
    asked = []

    def pieces() -> Iterator[Audio]:
        for number in range(8):
            asked.append(number)
            if number == 4:
                fake.going.set()  # without which the fifth piece would wait for ever
            yield noise(10 * RATE)

    playing = play(pieces())
    for _ in range(3):
        next(playing)
    assert asked == [0, 1, 2]
    fake.going.set()
    next(playing)
    playing.close()


def test_closing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever closes the iterator has silence at once, and the device is given back."""
    fake = put(monkeypatch)
    playing = play(noise(RATE) for _ in range(100))
    next(playing)
    playing.close()
    assert fake.streams[0].closed.is_set()


def test_an_error_in_whoever_makes_the_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes through, and the device is given back."""
    fake = put(monkeypatch)

    def pieces() -> Iterator[Audio]:
        yield noise(100)
        raise OutputError("this", OSError("no"))

    with pytest.raises(OutputError, match="cannot write this"):
        list(play(pieces()))
    assert fake.streams[0].closed.is_set()


def test_nothing_to_play(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pieces no device is opened, but one must be there: so it can be asked whether it is."""
    fake = put(monkeypatch)
    assert list(play(())) == []
    assert fake.streams == []
    put(monkeypatch, devices=())
    with pytest.raises(OutputError):
        play(())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"devices": [device("Microphone", 0)]}, "cannot write to the loudspeaker: this machine has no sound card."),
        ({"failure": "Device unavailable"}, "cannot write to the loudspeaker: device unavailable."),
        ({"unplugged": 3}, "cannot write to the loudspeaker: it has stopped; see whether it is still plugged in."),
    ],
)
def test_what_can_be_wrong(monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], words: str) -> None:
    """No device, one in use, one that goes away: each is one sentence."""
    put(monkeypatch, **settings)
    with pytest.raises(OutputError) as caught:
        list(play([noise(RATE)]))
    assert str(caught.value) == words


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without sounddevice the pip line is said, before any sound is asked for."""
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(MissingDependency, match=r'playing needs .* pip install "auricle\[microphone\]"'):
        play(iter([noise(100)]))


@pytest.mark.skipif(
    importlib.util.find_spec("sounddevice") is None or find_library("portaudio") is not None, reason="PortAudio is on this machine"
)
def test_without_portaudio() -> None:
    """Where the package is there but the system's library is not, the line that installs it is said."""
    with pytest.raises(AuricleError, match=r"this system lacks PortAudio; install it .*apt install libportaudio2"):
        play(())
