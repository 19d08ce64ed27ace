"""Promises of auricle.audio: what is wrong is rejected at birth, and nothing changes afterwards."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig
from auricle.errors import CorruptAudio, EmptyAudio, OptionError

Samples = npt.NDArray[np.float32]
HALF_POWER = 1 / np.sqrt(2)


def noise(channels: int, frames: int, seed: int = 0) -> Samples:
    """Samples on the 16-bit grid, so that any lossless codec keeps them."""
    whole = np.random.default_rng(seed).integers(-(2**15), 2**15, (channels, frames))
    return (whole / 2**15).astype(np.float32)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floating_point_becomes_float32(dtype: type[np.floating[Any]]) -> None:
    """Any floating point is taken; a 1-D array is one channel."""
    audio = Audio(np.array([0.5, -0.25], dtype=dtype), 8000)
    assert audio.samples.dtype == np.float32
    assert audio.samples.tolist() == [[0.5, -0.25]]
    assert (audio.channels, audio.frames) == (1, 2)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int32, np.int64, np.bool_, np.complex64, object, "U1"])
def test_other_types_are_rejected(dtype: Any) -> None:
    """Integers have a full scale that would be a guess; nothing else is sound."""
    with pytest.raises(OptionError, match="floating point") as caught:
        Audio(np.zeros(4, dtype), 8000)
    assert caught.value.field == "samples"


@pytest.mark.parametrize("shape", [(), (0, 5), (0, 0), (1, 2, 3), (2, 1, 1, 1)])
def test_wrong_shapes_are_rejected(shape: tuple[int, ...]) -> None:
    """Only (frames,) and (channels, frames) with at least one channel."""
    with pytest.raises(OptionError) as caught:
        Audio(np.zeros(shape, np.float32), 8000)
    assert caught.value.field == "samples"


@pytest.mark.parametrize("rate", [0, -1, 44100.5, True, "44100", float("nan"), float("inf"), None, "fast"])
def test_wrong_rates_are_rejected(rate: Any) -> None:
    """The rate is a whole number of Hertz; what is not becomes an error that names the field."""
    with pytest.raises(OptionError) as caught:
        Audio(np.zeros(4, np.float32), rate)
    assert caught.value.field == "rate"


@pytest.mark.parametrize("rate", [8000, 8000.0, np.int64(8000), np.float64(8000)])
def test_whole_rates_become_int(rate: Any) -> None:
    """Whole numbers of any type are taken, and kept as `int`."""
    assert type(Audio(np.zeros(4, np.float32), rate).rate) is int


def test_frozen_and_read_only() -> None:
    """Neither the fields nor the samples can be changed."""
    audio = Audio(np.zeros((2, 4), np.float32), 8000)
    with pytest.raises(dataclasses.FrozenInstanceError):
        audio.rate = 1  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        audio.samples[0, 0] = 1


@pytest.mark.parametrize("shape", [(4,), (1, 4), (2, 4)])
def test_callers_array_stays_writable(shape: tuple[int, ...]) -> None:
    """Making an `Audio` doesn't freeze the array that it was made from."""
    own = np.zeros(shape, np.float32)
    Audio(own, 8000)
    own[...] = 1
    assert own.all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite_is_named_by_place(bad: float) -> None:
    """Channel, frame and time of the first sample that is no number are in the message."""
    samples = np.zeros((2, 2000), np.float32)
    samples[1, 500] = samples[1, 900] = bad
    with pytest.raises(CorruptAudio, match=r"sample 500 of channel 1 \(0\.500 s\)"):
        Audio(samples, 1000)


def test_beyond_float32_is_not_finite() -> None:
    """A double that float32 cannot hold is an error, not a warning and infinity."""
    with pytest.raises(CorruptAudio):
        Audio(np.array([0, 1e300]), 8000)


def test_join_of_blocks_is_the_whole() -> None:
    """`join` undoes `blocks`."""
    whole = Audio(noise(2, 1000), 8000)
    pieces = list(whole.blocks(300))
    assert [piece.frames for piece in pieces] == [300, 300, 300, 100]
    assert np.array_equal(Audio.join(pieces).samples, whole.samples)


@given(frames=st.integers(0, 200), block=st.integers(1, 250), channels=st.integers(1, 3))
def test_any_blocks_join(frames: int, block: int, channels: int) -> None:
    """For every length and block length; no block is empty or too long."""
    whole = Audio(noise(channels, frames), 8000)
    pieces = list(whole.blocks(block))
    assert all(0 < piece.frames <= block for piece in pieces)
    if pieces:
        assert np.array_equal(Audio.join(pieces).samples, whole.samples)
    else:
        assert frames == 0


def test_join_of_nothing() -> None:
    """There is no silence of unknown rate."""
    with pytest.raises(EmptyAudio):
        Audio.join([])


@pytest.mark.parametrize("other", [Audio(noise(1, 10), 16000), Audio(noise(2, 10), 8000)], ids=["rate", "channels"])
def test_join_of_different(other: Audio) -> None:
    """Different rates or channel counts aren't silently put together."""
    with pytest.raises(OptionError):
        Audio.join([Audio(noise(1, 10), 8000), other])


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [(0, None, 0, 1000), (0.25, 0.5, 250, 500), (-1, 0.1, 0, 100), (0.9, 5, 900, 1000), (0.5, 0.5, 500, 500), (0.5, 0.2, 500, 500),
     (3, 4, 1000, 1000),
     (0.2, float("inf"), 200, 1000), (float("-inf"), 0.2, 0, 200)],
)  # fmt: skip
def test_slice(start: float, end: float | None, first: int, last: int) -> None:
    """Seconds, clipped to what there is, however far out they are."""
    whole = Audio(noise(2, 1000), 1000)
    assert np.array_equal(whole.slice(start, end).samples, whole.samples[:, first:last])


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 48000, 96000])
@pytest.mark.parametrize("frames", [0, 1, 12345])
def test_duration(rate: int, frames: int) -> None:
    """Frames over rate."""
    assert Audio(np.zeros(frames, np.float32), rate).duration == pytest.approx(frames / rate)


@pytest.mark.parametrize(("samples", "peak"), [([0.0, 0.25, -0.5], 0.5), ([0.75, -0.5], 0.75), ([], 0.0), ([-2.0], 2.0), ([0.0], 0.0)])
def test_peak(samples: list[float], peak: float) -> None:
    """The largest absolute sample; 0 for nothing."""
    assert Audio(np.array(samples, np.float32), 8000).peak == peak


def test_remix_to_mono_is_the_mean() -> None:
    """A change to one channel is the mean of all, which cannot clip."""
    samples = noise(6, 100)
    assert Audio(samples, 8000).remix(1).samples[0] == pytest.approx(samples.astype(np.float64).mean(axis=0), abs=1e-6)


def test_remix_from_mono_copies() -> None:
    """A change from one channel gives each the same."""
    mixed = Audio(noise(1, 100), 8000).remix(5)
    assert mixed.channels == 5
    assert (mixed.samples == mixed.samples[0]).all()


def test_remix_to_the_same() -> None:
    """No change is no work."""
    audio = Audio(noise(3, 100), 8000)
    assert audio.remix(3) is audio


# ITU-R BS.775-3, Annex 4, Table 2: L + 0.7071 C + 0.7071 Ls, and no LFE; over loudspeakers in WAVE order. Rows: left, right.
BS775 = {
    "FL FR FC": ([1, 0, HALF_POWER], [0, 1, HALF_POWER]),
    "FL FR BL BR": ([1, 0, HALF_POWER, 0], [0, 1, 0, HALF_POWER]),
    "FL FR FC BL BR": ([1, 0, HALF_POWER, HALF_POWER, 0], [0, 1, HALF_POWER, 0, HALF_POWER]),
    "FL FR FC LFE BL BR": ([1, 0, HALF_POWER, 0, HALF_POWER, 0], [0, 1, HALF_POWER, 0, 0, HALF_POWER]),
    "FL FR FC LFE BL BR SL SR": ([1, 0, HALF_POWER, 0, HALF_POWER, 0, HALF_POWER, 0], [0, 1, HALF_POWER, 0, 0, HALF_POWER, 0, HALF_POWER]),
}


@pytest.mark.parametrize("speakers", BS775)
def test_remix_to_stereo_is_bs775(speakers: str) -> None:
    """The shares are those of the standard, scaled by one number so that full scale everywhere gives full scale."""
    left, right = (np.array(row) for row in BS775[speakers])
    count = len(speakers.split())
    matrix = Audio(np.eye(count, dtype=np.float32), 8000).remix(2).samples
    assert matrix == pytest.approx(np.stack([left, right]) / left.sum(), abs=1e-6)


def test_remix_of_six_point_one_keeps_sides_apart() -> None:
    """6.1 is FL FR FC LFE BC SL SR: the left side is heard left, the right side right, the centres in both alike."""
    left, right = Audio(np.eye(7, dtype=np.float32), 8000).remix(2).samples
    assert left[5] > 0
    assert right[5] == 0
    assert right[6] > 0
    assert left[6] == 0
    assert left[4] == right[4]
    assert left[2] == right[2]


@pytest.mark.parametrize("channels", range(3, 9))
@pytest.mark.parametrize("sign", [1, -1])
def test_remix_of_full_scale_never_clips(channels: int, sign: int) -> None:
    """The loudest possible input stays within ±1 and both sides are equally loud."""
    mixed = Audio(np.full((channels, 4), sign, np.float32), 8000).remix(2)
    assert mixed.peak <= 1
    assert mixed.samples[0] == pytest.approx(mixed.samples[1], abs=1e-6)


@pytest.mark.parametrize(("present", "asked"), [(2, 6), (6, 5), (9, 2), (3, 4), (1, 0), (2, -1)])
def test_remix_does_not_guess(present: int, asked: int) -> None:
    """Any other change is an error that says what can be had."""
    with pytest.raises(OptionError) as caught:
        Audio(noise(present, 10), 8000).remix(asked)
    assert caught.value.field == "channels"


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_write_then_read(tmp_path: Path, channels: int) -> None:
    """What was written is what is read, by us and by libsndfile."""
    audio = Audio(noise(channels, 1000), 22050)
    audio.write(tmp_path / "a.flac")
    again = Audio.read(tmp_path / "a.flac")
    assert again.rate == 22050
    assert np.array_equal(again.samples, audio.samples)
    assert np.array_equal(soundfile.read(tmp_path / "a.flac", always_2d=True)[0].T, audio.samples)


def test_write_and_read_take_a_config() -> None:
    """Format, rate and channels can be said."""
    file = io.BytesIO()
    Audio(noise(2, 8000), 8000).write(file, AudioProcessingConfig(output_format="flac"))
    assert file.getvalue().startswith(b"fLaC")
    again = Audio.read(file.getvalue(), AudioProcessingConfig(sample_rate=16000, channels=1))
    assert (again.rate, again.channels, again.frames) == (16000, 1, 16000)


def test_repr_is_short() -> None:
    """A million samples do not fill the screen."""
    assert repr(Audio(np.zeros((2, 10**6), np.float32), 48000)) == "Audio(2 × 1000000 at 48000 Hz, 20.833 s)"
