"""Promises of auricle.codec.config: a wish that nobody could fulfil is rejected where it is made."""

from __future__ import annotations

import dataclasses
from typing import Any

import av
import pytest

from auricle.codec import AudioProcessingConfig, Limits
from auricle.codec.config import INPUT_FORMATS, OUTPUT_FORMATS, RAW_DEMUXERS
from auricle.errors import OptionError


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("input_format", "hls"), ("input_format", "WAV"), ("input_format", ""), ("input_format", "../x"), ("output_format", "gif"),
        ("output_format", "webm"),
        ("output_format", "s16le"), ("bit_depth", 12), ("bit_depth", "double"), ("bit_depth", 0), ("sample_rate", 0), ("sample_rate", 999),
        ("sample_rate", 768_001), ("sample_rate", -44100), ("sample_rate", float("nan")), ("channels", 0), ("channels", 65),
        ("channels", -1),
        ("bit_rate", 0), ("bit_rate", 5_999), ("bit_rate", 10**9), ("sample_rate", 44100.5), ("channels", 1.5), ("sample_rate", "44100"),
    ],
)  # fmt: skip
def test_impossible_values_name_their_field(field: str, value: Any) -> None:
    """The error says which option it is, in one sentence."""
    with pytest.raises(OptionError) as caught:
        AudioProcessingConfig(**{field: value})
    assert caught.value.field == field
    assert str(value) in str(caught.value)


@pytest.mark.parametrize("field", ["input_format", "output_format", "bit_depth"])
def test_choices_are_listed(field: str) -> None:
    """Where one of a few values is right, the error has them all."""
    with pytest.raises(OptionError) as caught:
        AudioProcessingConfig(**{field: "nonsense"})  # type: ignore[arg-type]
    assert len(caught.value.allowed) >= 5
    assert all(str(value) in str(caught.value) for value in caught.value.allowed)
    for value in caught.value.allowed:
        AudioProcessingConfig(**{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", OUTPUT_FORMATS)
def test_every_output_format_is_taken(name: str) -> None:
    """What is exported as allowed is allowed."""
    assert AudioProcessingConfig(output_format=name).output_format == name


@pytest.mark.parametrize(
    "edge", [{"sample_rate": 1000}, {"sample_rate": 768_000}, {"channels": 1}, {"channels": 64}, {"bit_rate": 6000}, {"bit_depth": "float"}]
)
def test_the_edges_are_allowed(edge: dict[str, Any]) -> None:
    """The ranges include their ends."""
    AudioProcessingConfig(**edge)


@pytest.mark.parametrize(
    ("name", "depth", "demuxer"),
    [("pcm", None, "s16le"), ("pcm", 8, "u8"), ("pcm", 16, "s16le"), ("pcm", 24, "s24le"), ("pcm", 32, "s32le"), ("pcm", "float", "f32le"),
     ("mulaw", None, "mulaw"), ("f32le", 16, "f32le"), ("wav", 16, None), (None, 16, None)],
)  # fmt: skip
def test_raw_names(name: str | None, depth: Any, demuxer: str | None) -> None:
    """The name "pcm" leaves the storage to the bit depth, other raw names say it themselves, containers are not raw."""
    assert AudioProcessingConfig(input_format=name, bit_depth=depth).raw_demuxer == demuxer


@pytest.mark.parametrize("frozen", [AudioProcessingConfig(), Limits()])
def test_frozen(frozen: AudioProcessingConfig | Limits) -> None:
    """A config that was checked stays as it was checked."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        frozen.channels = 3  # type: ignore[misc]


def test_the_whitelist_holds_only_plain_containers() -> None:
    """The security boundary: every name is a demuxer that exists, and none can name another file, address or device."""
    names = {name for demuxers in INPUT_FORMATS.values() for name in demuxers} | set(RAW_DEMUXERS)
    known = {each for name in av.formats_available for each in (name, *name.split(","))}
    assert {each for name in names for each in name.split(",")} - {"amrnb", "amrwb"} <= known
    referring = {
        "hls",
        "concat",
        "dash",
        "sdp",
        "rtsp",
        "image2",
        "tty",
        "lavfi",
        "applehttp",
        "rtp",
        "imf",
        "vobsub",
        "webm_dash_manifest",
        "alsa",
        "v4l2",
        "mpegts",
    }
    assert not {each for name in names for each in name.split(",")} & referring
