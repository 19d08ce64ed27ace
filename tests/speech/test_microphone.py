"""The microphone: any device in the format it likes, and one clear sentence for whatever can be wrong with it."""

from __future__ import annotations

import importlib.util
import sys
from ctypes.util import find_library
from typing import Any

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.errors import AuricleError, InputError, MissingDependency, OptionError
from auricle.resample import resample
from auricle.speech.capture import Inbox
from auricle.speech.microphone import InputDevice, Microphone, input_devices
from tests.speech.portaudio import FakeSoundDevice, device

DEVICES = (
    device("HDMI 0", 0),
    device("HD-Audio Generic: ALC257 (hw:1,0)", 2),
    device("USB Microphone: Audio (hw:2,0)", 1, 44_100.0),
    device("default", 64),
    device("USB Microphone: Audio (hw:2,0)", 1, 48_000.0, hostapi=1),
)


def put(monkeypatch: pytest.MonkeyPatch, **settings: Any) -> FakeSoundDevice:
    """A stand-in for sounddevice in its place."""
    fake = FakeSoundDevice(**{"devices": DEVICES, "default": 3, **settings})
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


def test_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever can record is listed, with the number by which PortAudio knows it; loudspeakers are not."""
    put(monkeypatch)
    assert [found.index for found in input_devices()] == [1, 2, 3, 4]
    assert input_devices()[1] == InputDevice(2, "USB Microphone: Audio (hw:2,0)", "ALSA", 1, 44_100, default=False)
    assert [found.index for found in input_devices() if found.default] == [3]


@pytest.mark.parametrize(
    ("wanted", "index"), [(None, 3), (2, 2), (4, 4), ("default", 3), ("USB Microphone: Audio (hw:2,0)", 2), ("usb", 2), ("alc257", 1)]
)
def test_a_device_is_chosen(monkeypatch: pytest.MonkeyPatch, wanted: str | int | None, index: int) -> None:
    """By default the system's own, else by number, name or part of the name, in any case; of one that is there twice, the first."""
    fake = put(monkeypatch)
    Microphone(Inbox(), wanted)
    assert [stream.device for stream in fake.streams] == [index]


def test_without_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no default, the first microphone is taken."""
    fake = put(monkeypatch, default=-1)
    Microphone(Inbox())
    assert fake.streams[0].device == 1


@pytest.mark.parametrize("takes", [[(16_000, 1)], [(44_100, 1)], [(44_100, 2)], [(44_100, 6)], []])
def test_whatever_the_device_takes(monkeypatch: pytest.MonkeyPatch, takes: list[tuple[int, int]]) -> None:
    """It is opened at 16 kHz with one channel if it can, else as it likes; what comes is the mean of its channels at 16 kHz."""
    fake = put(monkeypatch, devices=[device("Interface", 6, 44_100.0)], default=0, takes=takes)
    inbox = Inbox()
    microphone = Microphone(inbox)
    stream = fake.streams[0]
    assert (stream.samplerate, stream.channels) == (takes or [(44_100, 6)])[0]
    noise = np.random.default_rng(4).uniform(-0.5, 0.5, (stream.samplerate, stream.channels)).astype(np.float32)
    for block in np.array_split(noise, 20):
        stream.play(block)
    microphone.close()
    heard = np.concatenate(inbox.take())
    expected = resample(Audio(noise.T, stream.samplerate).remix(1), 16_000).samples[0]
    assert len(heard) > 15_000
    assert np.allclose(heard, expected[: len(heard)], atol=1e-6)


def test_what_portaudio_lost_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """An overflow that PortAudio reports stands as a block of silence before the next one."""
    fake, inbox = put(monkeypatch, takes=[(16_000, 1)]), Inbox()
    Microphone(inbox)
    fake.streams[0].play(np.full((800, 1), 0.5), overflow=True)
    assert np.array_equal(np.concatenate(inbox.take()), np.repeat([0.0, 0.5], 800).astype(np.float32))
    assert inbox.lost == 0.05


def test_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing gives the device back, and is no failure."""
    fake, inbox = put(monkeypatch), Inbox()
    Microphone(inbox).close()
    assert (fake.streams[0].state, inbox.take(), inbox.failure) == ("closed", [], None)


def test_unplugged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that goes away ends the audio, and why is said."""
    fake, inbox = put(monkeypatch), Inbox()
    microphone = Microphone(inbox, "usb")
    fake.streams[0].unplug()
    assert inbox.take() == []
    assert str(inbox.failure) == "the microphone 'USB Microphone: Audio (hw:2,0)' has stopped; is it still plugged in?"
    assert microphone.name == "USB Microphone: Audio (hw:2,0)"


def test_samples_that_are_no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver's nonsense ends the audio with a sentence; nothing is raised through PortAudio, which would not survive it."""
    fake, inbox = put(monkeypatch), Inbox()
    Microphone(inbox)
    fake.streams[0].play(np.full((800, 1), np.nan))
    assert "not a finite number" in str(inbox.failure)


@pytest.mark.parametrize(
    ("settings", "wanted", "error", "words"),
    [
        ({"devices": [device("HDMI 0", 0)]}, None, InputError, "there is no microphone on this machine; plug one in, or give a recording."),
        ({}, "webcam", OptionError, "there is no microphone 'webcam'; use one of: 1 (HD-Audio Generic: ALC257 (hw:1,0)), 2 (USB"),
        ({}, 0, OptionError, "there is no microphone 0; use one of: 1 (HD-Audio"),
        ({}, "audio", OptionError, "'audio' may be several microphones; use one of: 1 (HD-Audio Generic: ALC257 (hw:1,0)), 2 (USB"),
        (
            {"failure": "Device unavailable"},
            "usb",
            InputError,
            "the microphone 'USB Microphone: Audio (hw:2,0)' cannot be opened: Device unavailable; is another program using it, or is it",
        ),
    ],
)
def test_what_can_be_wrong(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], wanted: str | int | None, error: type[AuricleError], words: str
) -> None:
    """No microphone, none of that name, several of it, one in use: each is one sentence that says what would be right."""
    put(monkeypatch, **settings)
    with pytest.raises(error) as caught:
        Microphone(Inbox(), wanted)
    assert str(caught.value).startswith(words)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without sounddevice the pip line is said."""
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(MissingDependency, match=r'the microphone needs .* pip install "auricle\[microphone\]"'):
        input_devices()


@pytest.mark.skipif(
    importlib.util.find_spec("sounddevice") is None or find_library("portaudio") is not None, reason="PortAudio is on this machine"
)
def test_without_portaudio() -> None:
    """Where the package is there but the system's library is not, the line that installs it is said."""
    with pytest.raises(InputError, match=r"needs PortAudio, which this system lacks.* apt install libportaudio2"):
        input_devices()
