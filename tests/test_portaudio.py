"""PortAudio: devices and formats for either way of sound; streams that run or are given back. What a way needs beyond is tested with it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

import pytest

from auricle.errors import InputError, MissingDependency
from auricle.portaudio import Device, PortAudio, portaudio
from tests.speech.portaudio import FakeSoundDevice as Microphones
from tests.voice.loudspeaker import FakeSoundDevice as Loudspeakers

LISTED = (
    {"name": "HDMI", "hostapi": 0, "max_input_channels": 0, "max_output_channels": 8, "default_samplerate": 48_000.0},
    {"name": "USB", "hostapi": 0, "max_input_channels": 1, "max_output_channels": 2, "default_samplerate": 44_100.0},
    {"name": "Webcam", "hostapi": 0, "max_input_channels": 2, "max_output_channels": 0, "default_samplerate": 16_000.0},
)
USB = Device(1, "USB", "ALSA", 1, 44_100, default=True)
FORMATS = ((16_000, 1), (44_100, 2), (44_100, 1))


def ignored(*_: Any) -> None:
    """A callback."""


def recorded(**settings: Any) -> tuple[PortAudio, Microphones]:
    """The way in, of which USB is the default, and the stand-in behind it."""
    fake = Microphones(LISTED, 1, **settings)
    return PortAudio("input", fake), fake


def test_devices_of_either_way() -> None:
    """Each way has the devices with channels in that direction, by their numbers among all, and a default of its own."""
    assert recorded()[0].devices() == (USB, Device(2, "Webcam", "ALSA", 2, 16_000, default=False))
    outputs = PortAudio("output", Loudspeakers(LISTED, 0)).devices()
    assert [(device.index, device.channels, device.default) for device in outputs] == [(0, 8, True), (1, 2, False)]
    assert PortAudio("output", Loudspeakers()).devices() == ()


@pytest.mark.parametrize("takes", FORMATS)
def test_the_first_format_that_is_taken(takes: tuple[int, int]) -> None:
    """Formats are tried in their order; where none is taken it is the last, so that PortAudio itself says why."""
    assert recorded(takes=[takes])[0].accepted(USB, FORMATS) == takes
    assert recorded(takes=[takes, FORMATS[0]])[0].accepted(USB, FORMATS) == FORMATS[0]
    assert recorded(takes=[])[0].accepted(USB, FORMATS) == FORMATS[-1]


def test_a_stream_is_running() -> None:
    """It is opened with what was asked, and started."""
    system, fake = recorded()
    stream = system.started(USB, (16_000, 1), InputError, callback=ignored, finished_callback=ignored)
    assert fake.streams == [stream]
    assert (stream.device, stream.samplerate, stream.channels, stream.state) == (1, 16_000, 1, "recording")


def test_a_stream_that_cannot_start_is_given_back() -> None:
    """PortAudio's reason becomes the caller's error, and the device stays free."""
    system, fake = recorded(failure="Device unavailable")
    with pytest.raises(InputError, match="no: Device unavailable"):
        system.started(USB, (16_000, 1), lambda reason: InputError(f"no: {reason}"), callback=ignored, finished_callback=ignored)
    assert [stream.state for stream in fake.streams] == ["closed"]


@pytest.mark.parametrize("way", ["input", "output"])
def test_without_the_package(monkeypatch: pytest.MonkeyPatch, way: Literal["input", "output"]) -> None:
    """The feature that needs it is named, with the pip line."""
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(MissingDependency, match=r'humming needs .* pip install "auricle\[microphone\]"'):
        portaudio(way, "humming", InputError("no library"))


def test_without_the_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the package is there, but not what it is made for, the caller's own sentence is said."""
    (tmp_path / "sounddevice.py").write_text('raise OSError("PortAudio library not found")\n', encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    with pytest.raises(InputError, match="install PortAudio"):
        portaudio("output", "humming", InputError("install PortAudio"))


def test_the_package_is_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways go through the one module."""
    fake = Microphones(LISTED, 1)
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    assert portaudio("input", "humming", InputError("no library")) == PortAudio("input", fake)
