"""Promises of auricle.codec.encoding: lossless to the sample, lossy to the length, whole or not at all."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, Limits, convert, decode, encode, probe, write
from auricle.codec.config import OUTPUT_FORMATS, BitDepth
from auricle.codec.encoding import Quantizer
from auricle.errors import AuricleError, CorruptAudio, DecodeTimeout, EmptyAudio, OptionError, OutputError, TooLong, UnreadableInput

Samples = npt.NDArray[np.float32]
Config = AudioProcessingConfig
LENGTHS = [1, 64, 300, 5000, 50_000]
LOSSLESS: list[tuple[str, BitDepth]] = [
    ("wav", 16), ("wav", 24), ("wav", 32), ("wav", "float"), ("flac", 16), ("flac", 24), ("alac", 16), ("alac", 24),
    ("pcm", 16), ("pcm", 24), ("pcm", 32), ("pcm", "float"),
]  # fmt: skip
CHANNELS = {
    "wav": (1, 2, 6, 8),
    "flac": (1, 2, 6, 8),
    "alac": (1, 2),
    "pcm": (1, 2, 6),
    "mp3": (1, 2),
    "m4a": (1, 2, 6, 7),
    "ogg": (1, 2, 5, 6, 8),
    "opus": (1, 2, 4, 6, 8),
}
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files and limits")


def sound(channels: int, frames: int, depth: int = 16) -> Samples:
    """Noise on the grid of ``depth`` bits, ends of the scale included."""
    whole = np.random.default_rng(frames).integers(-(2 ** (depth - 1)), 2 ** (depth - 1), (channels, frames)).astype(np.float64)
    whole[:, :2] = [-(2 ** (depth - 1)), 2 ** (depth - 1) - 1][: min(frames, 2)]
    samples: Samples = (whole / 2 ** (depth - 1)).astype(np.float32)
    return samples


def music(channels: int, frames: int, rate: int) -> Samples:
    """Some tones that fade in and out, and noise 50 dB below: what a lossy codec is made for."""
    time_s = np.arange(frames) / rate
    chance = np.random.default_rng(7)
    rows = [
        sum(0.15 * np.sin(2 * np.pi * hertz * (1 + channel / 20) * time_s + hertz) for hertz in (220, 554, 1109, 2637))
        for channel in range(channels)
    ]
    faded = np.stack(rows) * np.sin(np.pi * time_s) ** 2
    samples: Samples = (faded + 0.001 * chance.standard_normal((channels, frames))).astype(np.float32)
    return samples


def low_tones(channels: int, frames: int, rate: int) -> Samples:
    """One tone per channel, all within what an LFE channel carries."""
    time_s = np.arange(frames) / rate
    return np.stack([0.3 * np.sin(2 * np.pi * (40 + 12 * channel) * time_s) for channel in range(channels)]).astype(np.float32)


def order_of(samples: Samples, rate: int) -> list[int]:
    """Which of the tones above is in each channel."""
    window = np.hanning(samples.shape[1])
    time_s = np.arange(samples.shape[1]) / rate
    tones = np.stack([np.exp(2j * np.pi * (40 + 12 * channel) * time_s) * window for channel in range(len(samples))])
    return [int(channel) for channel in np.abs(samples @ tones.T).argmax(axis=1)]


def decoded(content: bytes, config: Config, audio: Audio) -> Audio:
    """By our decoder; raw samples need to be told what they are."""
    if config.output_format == "pcm":
        return decode(content, Config(input_format="pcm", bit_depth=config.bit_depth, sample_rate=audio.rate, channels=audio.channels))
    return decode(content)


def by_libsndfile(content: bytes) -> Samples:
    """By somebody else's decoder."""
    samples: Samples = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)[0].T
    return samples


def snr_db(found: Samples, wanted: Samples) -> float:
    """Signal to noise. Decibels."""
    error = found.astype(np.float64) - wanted
    return float(10 * np.log10(np.sum(wanted.astype(np.float64) ** 2) / np.sum(error**2)))


# Lossless


@pytest.mark.parametrize(
    ("name", "depth", "channels", "frames"),
    [(name, depth, channels, frames) for name, depth in LOSSLESS for channels in CHANNELS[name] for frames in LENGTHS],
)
def test_lossless_is_exact(name: str, depth: BitDepth, channels: int, frames: int) -> None:
    """Samples on the grid come back as they went in, by us and by libsndfile, from a single one upwards."""
    audio = Audio(sound(channels, frames, 16 if depth == 16 else 24), 44100)
    config = Config(output_format=name, bit_depth=depth)
    content = encode(audio, config)
    assert np.array_equal(decoded(content, config, audio).samples, audio.samples)
    if name in ("wav", "flac"):
        assert np.array_equal(by_libsndfile(content), audio.samples)
    if name in ("wav", "flac", "alac"):
        info = probe(content)
        assert (info.bit_depth, info.sample_rate, info.channels) == (depth, 44100, channels)
        assert info.duration == pytest.approx(frames / 44100, rel=1e-6)


@pytest.mark.parametrize(("depth", "kind"), [(16, "PCM_16"), (24, "PCM_24"), (32, "PCM_32"), ("float", "FLOAT")])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_raw_samples_are_what_libsndfile_reads(depth: BitDepth, kind: str, channels: int) -> None:
    """No header, little-endian, interleaved."""
    audio = Audio(sound(channels, 1000), 8000)
    content = encode(audio, Config(output_format="pcm", bit_depth=depth))
    raw = soundfile.read(
        io.BytesIO(content),
        dtype="float32",
        always_2d=True,
        format="RAW",
        subtype=kind,
        samplerate=8000,
        channels=channels,
        endian="LITTLE",
    )[0]
    assert np.array_equal(raw.T, audio.samples)


def test_default_depth_is_16() -> None:
    """Without a wish, what every player plays."""
    for name in ("wav", "flac", "alac"):
        assert probe(encode(Audio(sound(1, 100), 8000), Config(output_format=name))).bit_depth == 16


@pytest.mark.parametrize("rate", [4000, 8000, 11025, 44100, 44101, 96000, 192000])
@pytest.mark.parametrize("name", ["wav", "flac", "alac"])
def test_lossless_rates(name: str, rate: int) -> None:
    """Any rate is kept, and with it the length to the sample."""
    audio = Audio(sound(2, 12345), rate)
    again = decode(encode(audio, Config(output_format=name)))
    assert again.rate == rate
    assert np.array_equal(again.samples, audio.samples)


def test_float_keeps_what_is_beyond_full_scale() -> None:
    """Floating point has headroom."""
    audio = Audio(np.array([[1.5, -2.0, 1e-7]], np.float32), 8000)
    assert np.array_equal(decode(encode(audio, Config(bit_depth="float"))).samples, audio.samples)


@pytest.mark.parametrize(("name", "depth"), [(name, depth) for name, depth in LOSSLESS if depth != "float"])
def test_beyond_full_scale_clips(name: str, depth: BitDepth) -> None:
    """Too loud is the loudest there is, never the opposite sign; +1 is the highest step."""
    audio = Audio(np.array([[1.0, 1.5, 100.0, -1.0, -1.5, -100.0, 1.0 - 1e-7]] * 2, np.float32), 8000)
    config = Config(output_format=name, bit_depth=depth)
    found = decoded(encode(audio, config), config, audio).samples
    highest = np.float32(1 - 2.0 ** -(int(depth) - 1))
    assert np.array_equal(found, np.array([[highest] * 3 + [-1.0] * 3 + [highest]] * 2, np.float32)) or depth == 32
    assert np.abs(found - np.clip(audio.samples, -1, highest)).max() <= 2.0 ** -(int(depth) - 2)


# Lossy

# Lowest acceptable signal to noise on `music` with the default bit rates; 26 to 41 measured; a shift by a single sample leaves 14.
LOSSY = [
    ("mp3", 44100, 20.0),
    ("m4a", 44100, 25.0),
    ("aac", 48000, 25.0),
    ("ogg", 44100, 20.0),
    ("vorbis", 22050, 20.0),
    ("opus", 48000, 20.0),
]


@pytest.mark.parametrize(("name", "rate", "least_db"), LOSSY)
@pytest.mark.parametrize("channels", [1, 2])
def test_lossy_sounds_the_same(name: str, rate: int, least_db: float, channels: int) -> None:
    """Not a sample more, less or later, and close to the source."""
    audio = Audio(music(channels, 2 * rate, rate), rate)
    content = encode(audio, Config(output_format=name))
    again = decode(content)
    assert (again.rate, again.channels, again.frames) == (rate, channels, audio.frames)
    assert snr_db(again.samples, audio.samples) > least_db
    if name in ("mp3", "ogg", "vorbis", "opus"):
        assert by_libsndfile(content).shape == audio.samples.shape


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("bit_rate", [32_000, 64_000, 128_000, 160_000, 192_000, 224_000, 256_000, 320_000])
def test_mp3_keeps_the_level(rate: int, bit_rate: int) -> None:
    """Within 0.05 dB at any bit rate: LAME alone lowers it by up to 0.45 dB."""
    tone = Audio(np.sin(2 * np.pi * 997 * np.arange(rate) / rate).astype(np.float32) / np.float32(4), rate)
    out = decode(encode(tone, Config(output_format="mp3", bit_rate=bit_rate))).slice(0.3, 0.7)
    assert 20 * np.log10(out.samples.std() / tone.slice(0.3, 0.7).samples.std()) == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("name", ["mp3", "m4a", "ogg", "opus"])
@pytest.mark.parametrize("frames", LENGTHS)
def test_lossy_keeps_every_length(name: str, frames: int) -> None:
    """Gapless from a single sample upwards; by libsndfile's measure too, where it can read the format."""
    audio = Audio(music(2, frames, 48000), 48000)
    content = encode(audio, Config(output_format=name))
    assert decode(content).frames == frames
    if name != "m4a":
        assert by_libsndfile(content).shape[1] == frames


@pytest.mark.parametrize("frames", [1151, 1152, 1153, 1198, 1199, 2305])
@pytest.mark.parametrize("tags", [None, {"title": "Info", "comment": "x" * 300}])
def test_mp3_padding_over_two_packets(frames: int, tags: dict[str, str] | None) -> None:
    """A packet's length and a little more, where LAME pads over two packets, is exact too, also behind a long ID3 tag."""
    out = io.BytesIO()
    write(out, Audio(music(2, frames, 44100), 44100), Config(output_format="mp3"), tags)
    assert decode(out.getvalue()).frames == frames
    assert by_libsndfile(out.getvalue()).shape[1] == frames


@pytest.mark.parametrize("name", ["mp3", "m4a", "opus", "ogg"])
@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24000, 44100, 48000, 96000])
def test_rates_that_a_codec_lacks_are_resampled(name: str, rate: int) -> None:
    """The next higher rate that it has, or its highest; the length stays right."""
    audio = Audio(music(1, rate, rate), rate)
    again = decode(encode(audio, Config(output_format=name)))
    assert again.rate >= rate or again.rate == 48000
    assert again.duration == pytest.approx(1, abs=1 / again.rate)


@pytest.mark.parametrize(
    ("name", "channels"), [(name, count) for name, counts in CHANNELS.items() for count in counts if count > 1 and name != "pcm"]
)
def test_channel_order(name: str, channels: int) -> None:
    """Every loudspeaker is where it was, for every number of channels that a format has."""
    audio = Audio(low_tones(channels, 24000, 24000), 24000)
    content = encode(audio, Config(output_format=name))
    again = decode(content)
    assert again.channels == channels
    assert order_of(again.samples, again.rate) == list(range(channels))


@pytest.mark.parametrize(
    ("name", "wave_order"),
    [("ogg", [0, 2, 1, 5, 3, 4]), ("opus", [0, 2, 1, 5, 3, 4]), ("flac", [0, 1, 2, 3, 4, 5]), ("wav", [0, 1, 2, 3, 4, 5])],
)
def test_channel_order_for_others(name: str, wave_order: list[int]) -> None:
    """Not only our own decoder finds the loudspeakers: libsndfile gives the stored order (Vorbis I, section 4.3.9)."""
    audio = Audio(low_tones(6, 48000, 48000), 48000)
    stored = by_libsndfile(encode(audio, Config(output_format=name)))
    assert order_of(stored[wave_order], 48000) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("name", ["mp3", "m4a", "ogg", "opus"])
def test_bit_rate_counts(name: str) -> None:
    """More bits make a larger and a better file."""
    audio = Audio(music(2, 88200, 44100), 44100)
    small, large = (encode(audio, Config(output_format=name, bit_rate=bits)) for bits in (48_000, 192_000))
    assert len(small) < 0.7 * len(large)


CHILD_ENCODES_SHORT = """
import sys, numpy as np
from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, decode, encode
from auricle.errors import OptionError
for depth in (16, 24):
    for frames in (1, 2, 3, 64, 4097, 4098):
        samples = np.random.default_rng(0).integers(-2**15, 2**15, (int(sys.argv[1]), frames)).astype(np.float32) / 2**15
        try:
            content = encode(Audio(samples, 44100), AudioProcessingConfig(output_format="alac", bit_depth=depth))
        except OptionError:
            continue
        assert np.array_equal(decode(content).samples, samples), (depth, frames)
"""


@pytest.mark.parametrize("channels", [1, 2, 5, 6])
def test_alac_whose_last_packet_is_short(channels: int) -> None:
    """A packet of one or two samples is exact or refused; libav's encoder must not take the process with it."""
    child = subprocess.run(
        [sys.executable, "-c", CHILD_ENCODES_SHORT, str(channels)], capture_output=True, text=True, timeout=60, check=False
    )
    assert child.returncode == 0, child.stderr[-500:] or f"died of signal {-child.returncode}"


CHILD_ENCODES = """
import sys, numpy as np
from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, decode, encode
from auricle.errors import OptionError
audio = Audio(np.random.default_rng(0).uniform(-0.5, 0.5, (2, 4000)).astype(np.float32), int(sys.argv[2]))
try:
    content = encode(audio, AudioProcessingConfig(output_format=sys.argv[1], **eval(sys.argv[3])))
    assert sys.argv[1] == "pcm" or decode(content).frames
    print("encoded")
except OptionError as error:
    print("refused", error.field, "," in str(error))
"""


@pytest.mark.parametrize("name", ["wav", "flac", "mp3", "m4a", "alac", "ogg", "opus"])
@pytest.mark.parametrize(
    ("rate", "wish"),
    [(768_000, "{}"), (200_001, "{}"), (1000, "{}"), (48000, "{'bit_rate': 4_000_000}"), (48000, "{'bit_rate': 6_000}"),
     (48000, "{'sample_rate': 384_000}")],
    ids=["highest", "above-200k", "lowest", "most-bits", "fewest-bits", "asked"],
)  # fmt: skip
def test_the_edges_of_every_format(name: str, rate: int, wish: str) -> None:
    """Whatever `AudioProcessingConfig` lets through is encoded or an `OptionError`, and the process lives."""
    child = subprocess.run(
        [sys.executable, "-c", CHILD_ENCODES, name, str(rate), wish], capture_output=True, text=True, timeout=60, check=False
    )
    assert child.returncode == 0, child.stderr[-500:] or f"died of signal {-child.returncode}"
    assert child.stdout.split()[0] in ("encoded", "refused")


# In blocks


@pytest.mark.parametrize("name", [name for name in OUTPUT_FORMATS if name not in ("aac", "vorbis")])
@settings(deadline=None, max_examples=6)
@given(cuts=st.lists(st.integers(0, 9000), max_size=6), rate=st.sampled_from([None, 24000]))
def test_any_blocks_give_the_same_bytes(name: str, cuts: list[int], rate: int | None) -> None:
    """The result does not depend on where blocks were cut; for Vorbis, whose library numbers its streams at random, the sound."""
    audio = Audio(music(2, 9000, 48000), 48000)
    edges = [0, *sorted(cuts), 9000]
    blocks = [Audio(audio.samples[:, first:last], 48000) for first, last in pairwise(edges)]
    config = Config(output_format=name, sample_rate=rate)
    file = io.BytesIO()
    write(file, blocks, config)
    if name == "ogg":
        assert np.array_equal(decode(file.getvalue()).samples, decode(encode(audio, config)).samples)
    else:
        assert file.getvalue() == encode(audio, config)


@pytest.mark.parametrize("other", [Audio(sound(1, 100), 16000), Audio(sound(2, 100), 8000)], ids=["rate", "channels"])
def test_blocks_of_another_kind_are_refused(other: Audio) -> None:
    """A block of another rate or channel count is an error, not sound at the wrong speed."""
    with pytest.raises(OptionError):
        write(io.BytesIO(), [Audio(sound(1, 100), 8000), other])


@pytest.mark.parametrize("blocks", [[], [Audio(np.zeros((1, 0), np.float32), 8000)] * 2, iter(())], ids=["none", "empty", "iterator"])
def test_nothing_to_write(tmp_path: Path, blocks: Iterable[Audio]) -> None:
    """No sound is an error, and no file."""
    with pytest.raises(EmptyAudio):
        write(tmp_path / "a.wav", blocks)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", OUTPUT_FORMATS)
def test_deterministic(name: str) -> None:
    """The same sound gives the same bytes, without a date or a version in them (Vorbis: the same sound)."""
    audio = Audio(music(1, 5000, 44100), 44100)
    first, second = (encode(audio, Config(output_format=name)) for _ in range(2))
    if name in ("ogg", "vorbis"):
        first, second = decode(first).samples.tobytes(), decode(second).samples.tobytes()
    assert first == second
    assert b"Lavf6" not in first


# Dither


def steps(samples: Samples, depth: int = 16, block: int | None = None) -> npt.NDArray[np.float64]:
    """Quantised, in steps."""
    quantizer = Quantizer(depth, len(samples))
    size = block or samples.shape[1]
    pieces = [quantizer.feed(samples[:, first : first + size]) for first in range(0, samples.shape[1], size)]
    return np.concatenate(pieces, axis=1).astype(np.float64)


def harmonics_over_floor(error: npt.NDArray[np.float64], base: int) -> float:
    """The strongest of the odd harmonics over the mean of all other lines. Decibels."""
    power = np.abs(np.fft.rfft(error)) ** 2
    lines = base * np.arange(1, 12, 2)
    return float(10 * np.log10(power[lines].max() / np.delete(power, [0, *lines]).mean()))


@pytest.mark.parametrize("amplitude", [0.6, 1.3, 3.7])
def test_dither_removes_distortion(amplitude: float) -> None:
    """A sine of a few steps: rounding alone makes harmonics far above the noise, dither makes none."""
    frames, base = 2**16, 997
    sine = amplitude * np.sin(2 * np.pi * base * np.arange(frames) / frames + 0.1)
    scaled = (sine / 2**15).astype(np.float32)
    exact = scaled.astype(np.float64) * 2**15
    assert harmonics_over_floor(np.rint(exact) - exact, base) > 30
    # The strongest of six lines of white noise is about 4 dB above the mean, and 13 dB is once in a million.
    assert harmonics_over_floor(steps(scaled[None])[0] - exact, base) < 13


@pytest.mark.parametrize("depth", [16, 24])
def test_dither_has_the_moments_of_theory(depth: int) -> None:
    """TPDF and rounding: mean 0, variance 1/4 step² whatever the signal is (Lipshitz, Wannamaker, Vanderkooy 1992)."""
    frames = 400_000
    for place in (0.1, 0.25, 0.5, 0.9):
        level = np.float64(np.float32((3 + place) / 2 ** (depth - 1)))
        error = steps(np.full((1, frames), level, np.float32), depth)[0] - level * 2 ** (depth - 1)
        assert abs(error.mean()) < 5 * 0.5 / np.sqrt(frames)
        assert error.var() == pytest.approx(0.25, rel=0.02)


def test_dither_differs_between_channels() -> None:
    """The noise of two channels is unrelated, so that it stays wide and quiet."""
    level = np.full((2, 50_000), 0.3 / 2**15, np.float32)
    left, right = steps(level) - 0.3
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.02


def test_dither_is_white() -> None:
    """No line of its spectrum stands out, and one sample says nothing of the next."""
    error = steps(np.full((1, 2**16), 0.3 / 2**15, np.float32))[0] - 0.3
    assert abs(np.corrcoef(error[1:], error[:-1])[0, 1]) < 0.02


@pytest.mark.parametrize("block", [1, 7, 100])
def test_dither_does_not_depend_on_blocks(block: int) -> None:
    """Any cut gives the same steps."""
    samples = (np.random.default_rng(1).uniform(-1, 1, (2, 700))).astype(np.float32)
    assert np.array_equal(steps(samples, block=block), steps(samples))


def test_silence_stays_silent() -> None:
    """Digital silence gets no noise, nor does anything else that needs none."""
    assert not steps(np.zeros((2, 1000), np.float32)).any()
    assert not decode(encode(Audio(np.zeros((2, 1000), np.float32), 8000))).samples.any()


@pytest.mark.parametrize("depth", [16, 24])
def test_on_the_grid_nothing_changes(depth: int) -> None:
    """What has no more bits than are kept is kept."""
    samples = sound(2, 5000, depth)
    assert np.array_equal(steps(samples, depth) / 2 ** (depth - 1), samples)


# Which format


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.wav", b"RIFF"), ("a.WAV", b"RIFF"), ("a.wave", b"RIFF"), ("a.flac", b"fLaC"), ("a.mp3", b"ID3"), ("a.m4a", b""), ("a.mp4", b""),
     ("a.m4b", b""),
     ("a.ogg", b"OggS"), ("a.oga", b"OggS"), ("a.opus", b"OggS"), ("a.b.flac", b"fLaC"), ("a.pcm", b""), ("a.raw", b"")],
)  # fmt: skip
def test_the_suffix_names_the_format(tmp_path: Path, name: str, start: bytes) -> None:
    """A path says what it wants to be."""
    write(tmp_path / name, Audio(sound(1, 4800), 48000))
    content = (tmp_path / name).read_bytes()
    assert content.startswith(start)
    if name.endswith("opus"):
        assert probe(content).codec == "opus"


@pytest.mark.parametrize("name", ["a", "a.txt", "a.m3u8", ".wav", "wav", "a.wav.bak", "a.webm"])
def test_unknown_suffix(tmp_path: Path, name: str) -> None:
    """A name that says nothing is an error that lists what would; with `output_format` any name will do."""
    with pytest.raises(OptionError) as caught:
        write(tmp_path / name, Audio(sound(1, 100), 8000))
    assert caught.value.field == "output_format"
    assert ".flac" in caught.value.allowed
    assert not list(tmp_path.iterdir())
    write(tmp_path / name, Audio(sound(1, 100), 8000), Config(output_format="flac"))
    assert (tmp_path / name).read_bytes().startswith(b"fLaC")


def test_a_file_object_gets_wav() -> None:
    """Where there is no name, WAV; `encode` too."""
    file = io.BytesIO()
    write(file, Audio(sound(1, 100), 8000))
    assert file.getvalue()[:4] == b"RIFF"
    assert file.getvalue() == encode(Audio(sound(1, 100), 8000))


@pytest.mark.parametrize(
    ("config", "field", "allowed"),
    [
        (Config(output_format="mp3", sample_rate=96000), "sample_rate", 48000), (Config(output_format="opus", sample_rate=44100),
        "sample_rate", 48000),
        (Config(output_format="m4a", sample_rate=192000), "sample_rate", 96000), (Config(output_format="mp3", channels=6), "channels", 2),
        (Config(output_format="flac", channels=9), "channels", 8), (Config(output_format="ogg", channels=3), "channels", 6),
        (Config(output_format="flac", bit_depth=32), "bit_depth", 24), (Config(output_format="flac", bit_depth="float"), "bit_depth", 24),
        (Config(output_format="wav", bit_depth=8), "bit_depth", "float"), (Config(output_format="alac", bit_depth=32), "bit_depth", 16),
    ],
)  # fmt: skip
def test_what_a_format_cannot_hold(config: Config, field: str, allowed: object, tmp_path: Path) -> None:
    """The error names the option and lists what the format can hold; there is no file."""
    with pytest.raises(OptionError) as caught:
        write(tmp_path / "a.x", Audio(sound(1, 100), 48000), config)
    assert caught.value.field == field
    assert allowed in caught.value.allowed
    assert str(caught.value).endswith(".")
    assert not list(tmp_path.iterdir())


def test_too_many_channels_for_the_format() -> None:
    """Six channels aren't silently mixed for a format of two."""
    with pytest.raises(OptionError) as caught:
        encode(Audio(sound(6, 100), 8000), Config(output_format="mp3"))
    assert caught.value.field == "channels"
    assert decode(encode(Audio(sound(6, 100), 8000), Config(output_format="mp3", channels=2))).channels == 2


# Whole or not at all


def breaking(error: BaseException) -> Iterator[Audio]:
    """Blocks that end badly."""
    yield Audio(sound(1, 20_000), 8000)
    raise error


@pytest.mark.parametrize("name", ["wav", "flac", "mp3", "m4a", "ogg", "opus", "pcm"])
@pytest.mark.parametrize(
    "error", [RuntimeError("no"), KeyboardInterrupt(), CorruptAudio("the audio is damaged."), DecodeTimeout("it takes too long.")], ids=repr
)
def test_an_error_in_the_blocks_leaves_the_old_file(tmp_path: Path, name: str, error: BaseException) -> None:
    """It is the error that's raised, the old file is as it was, and no part of the new one remains."""
    path = tmp_path / f"a.{name}"
    path.write_bytes(b"old")
    with pytest.raises(type(error)) as caught:
        write(path, breaking(error))
    assert caught.value is error
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_an_error_in_the_blocks_leaves_the_file_object() -> None:
    """Nothing is written to a file object before all is encoded."""
    file = io.BytesIO(b"old")
    with pytest.raises(RuntimeError):
        write(file, breaking(RuntimeError("no")))
    assert file.getvalue() == b"old"


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_a_file_object() -> None:
    """A file object that cannot take it all: our error."""
    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(OutputError, match=r"no space left on device\."):  # noqa: PTH123 a device
        write(full, Audio(sound(1, 1000), 8000))


CHILD_FILLS_DISK = """
import json, os, resource, sys
import numpy as np
from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, write
audio = Audio(np.random.default_rng(0).uniform(-0.5, 0.5, (2, 200_000)).astype(np.float32), 48000)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
try:
    write(sys.argv[1], audio)
except BaseException as error:
    print(json.dumps([type(error).__name__, str(error), os.listdir(os.path.dirname(sys.argv[1]))]))
"""


@posix
@pytest.mark.parametrize("name", ["wav", "flac", "mp3", "m4a", "alac", "ogg", "opus", "pcm"])
def test_a_full_disk(tmp_path: Path, name: str) -> None:
    """Whatever library writes: our error with the system's words, no part left, and no traceback on standard error."""
    child = subprocess.run(
        [sys.executable, "-c", CHILD_FILLS_DISK, str(tmp_path / f"a.{name}")], capture_output=True, text=True, timeout=60, check=False
    )
    assert child.returncode == 0, child.stderr
    kind, message, left = json.loads(child.stdout)
    assert kind == "OutputError"
    assert message.endswith("file too large.")
    assert left == []
    assert "Traceback" not in child.stderr


CHILD_WRITES_BADLY = """
import io, json, sys
import numpy as np
from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig
from auricle.codec.encoding import Encoder
from auricle.codec.formats import FORMATS

class Failing(io.BytesIO):
    writes = 0
    def write(self, content):
        self.writes += 1
        if self.writes == int(sys.argv[2]):
            raise OSError(28, "No space left on device")
        return super().write(content)

file = Failing()
audio = Audio(np.random.default_rng(0).uniform(-0.5, 0.5, (2, 60_000)).astype(np.float32), 48000)
encoder = None
try:
    encoder = Encoder(file, FORMATS[sys.argv[1]], 48000, 2, AudioProcessingConfig())
    encoder.feed(audio)
    encoder.finish()
    print("in silence" if file.writes >= int(sys.argv[2]) else "never written to")
except OSError as error:
    print("OSError")
    if encoder:
        encoder.abandon()
"""


@pytest.mark.parametrize("name", ["wav", "flac", "mp3", "m4a", "alac", "ogg", "opus", "pcm"])
@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_write_that_fails_once_is_not_forgotten(name: str, number: int) -> None:
    """However the libraries hand errors on, a write that failed is an error, and to give up does not crash."""
    child = subprocess.run(
        [sys.executable, "-c", CHILD_WRITES_BADLY, name, str(number)], capture_output=True, text=True, timeout=60, check=False
    )
    assert child.returncode == 0, child.stderr[-500:] or f"died of signal {-child.returncode}"
    assert child.stdout.strip() in ("OSError", "never written to")


CHILD_FILLS_SPOOL = """
import io, resource
import numpy as np
from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, write
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
audio = Audio(np.zeros((2, 5_000_000), np.float32), 48000)
try:
    write(io.BytesIO(), audio, AudioProcessingConfig(bit_depth="float"))
except BaseException as error:
    print(type(error).__name__)
"""


@posix
def test_a_full_disk_for_what_waits() -> None:
    """A long result that waits in a temporary file for a file object: the same error when that cannot be written."""
    child = subprocess.run([sys.executable, "-c", CHILD_FILLS_SPOOL], capture_output=True, text=True, timeout=60, check=False)
    assert child.stdout.strip() == "OutputError", child.stderr


@posix
def test_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    """A named pipe, or a device such as /dev/null, isn't a file to put another in the place of."""
    path = tmp_path / "pipe.wav"
    os.mkfifo(path)
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(path, Audio(sound(1, 1000), 8000))
    except AuricleError:
        pass  # to refuse is right, to write into it too
    else:
        assert os.read(reading, 4) == b"RIFF"
    finally:
        os.close(reading)
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert [each.name for each in tmp_path.iterdir()] == ["pipe.wav"]


def test_no_such_folder(tmp_path: Path) -> None:
    """Folders aren't made up."""
    with pytest.raises(OutputError, match="no such file or directory"):
        write(tmp_path / "missing" / "a.wav", Audio(sound(1, 100), 8000))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
def test_no_file_stays_open(tmp_path: Path) -> None:
    """Errors of encoding leave no file descriptor behind."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in ("wav", "flac", "mp3", "m4a", "ogg", "opus", "pcm"):
        for _ in range(5):
            with pytest.raises(RuntimeError):
                write(tmp_path / f"a.{name}", breaking(RuntimeError("no")))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


# Convert


@pytest.mark.parametrize(
    ("kind", "form", "target", "depth"),
    [("PCM_24", "FLAC", "a.wav", 24), ("PCM_16", "FLAC", "a.wav", 16), ("PCM_24", "WAV", "a.flac", 24), ("FLOAT", "WAV", "a.flac", 24),
     ("FLOAT", "WAV", "a.wav", "float"),
     ("PCM_32", "WAV", "a.wav", 32), ("PCM_32", "WAV", "a.flac", 24), ("PCM_U8", "WAV", "a.flac", 16), ("DOUBLE", "WAV", "a.wav", "float"),
     ("PCM_24", "AIFF", "a.wav", 24), ("VORBIS", "OGG", "a.wav", 16), ("ULAW", "WAV", "a.flac", 16), ("ALAC_16", "CAF", "a.flac", 16)],
)  # fmt: skip
def test_convert_keeps_the_depth(tmp_path: Path, kind: str, form: str, target: str, depth: BitDepth) -> None:
    """What is lossless stays as deep as it was, where the target can hold it; and the samples are the same."""
    source = io.BytesIO()
    soundfile.write(
        source, sound(2, 20_000, 24 if "24" in kind or kind in ("FLOAT", "DOUBLE", "PCM_32") else 16).T, 44100, format=form, subtype=kind
    )
    info = convert(source.getvalue(), tmp_path / target)
    assert info.sample_rate == 44100
    assert probe(tmp_path / target).bit_depth == depth
    if kind != "VORBIS":
        assert np.array_equal(decode(tmp_path / target).samples, by_libsndfile(source.getvalue()))


def test_convert_changes_what_is_asked_for(tmp_path: Path) -> None:
    """Rate, channels, depth and format."""
    source = encode(Audio(music(2, 44100, 44100), 44100), Config(output_format="flac", bit_depth=24))
    convert(source, tmp_path / "a.wav", Config(sample_rate=16000, channels=1, bit_depth="float"))
    info = probe(tmp_path / "a.wav")
    assert (info.sample_rate, info.channels, info.bit_depth, info.duration) == (16000, 1, "float", 1)


def test_convert_from_raw(tmp_path: Path) -> None:
    """Samples without a header get one."""
    audio = Audio(sound(2, 500), 8000)
    raw = encode(audio, Config(output_format="pcm"))
    convert(raw, tmp_path / "a.wav", Config(input_format="pcm", sample_rate=8000, channels=2))
    assert np.array_equal(decode(tmp_path / "a.wav").samples, audio.samples)


@pytest.mark.parametrize(("depth", "target", "expected"), [(8, "a.wav", 16), ("float", "a.flac", 24), (32, "a.flac", 24)])
def test_convert_from_raw_of_a_depth_that_the_target_lacks(tmp_path: Path, depth: BitDepth, target: str, expected: int) -> None:
    """With raw input `bit_depth` says what comes in; what goes out is the nearest that the target holds."""
    raw = {8: bytes(range(100, 200)), "float": sound(1, 100).tobytes(), 32: bytes(400)}[depth]
    convert(raw, tmp_path / target, Config(input_format="pcm", bit_depth=depth, sample_rate=8000, channels=1))
    assert probe(tmp_path / target).bit_depth == expected


def test_convert_onto_itself(tmp_path: Path) -> None:
    """The source may be the target, for it is replaced only when all is done."""
    path = tmp_path / "a.wav"
    audio = Audio(sound(1, 50_000), 8000)
    write(path, audio)
    convert(path, path, Config(sample_rate=16000))
    assert decode(path).frames == 100_000


@pytest.mark.parametrize(
    ("limits", "error"), [(Limits(decode_time=0.0), DecodeTimeout), (Limits(duration=1), TooLong), (Limits(size_bytes=100),
    AuricleError)], ids=["time", "length", "bytes"]
)  # fmt: skip
def test_errors_of_the_source_stay_what_they_are(tmp_path: Path, limits: Limits, error: type[AuricleError]) -> None:
    """A fault of the input is not reported as a fault of the output."""
    source = encode(Audio(sound(1, 50_000), 8000), Config(output_format="flac"))
    with pytest.raises(error) as caught:
        convert(source, tmp_path / "a.wav", limits=limits)
    assert not isinstance(caught.value, OutputError)
    assert not list(tmp_path.iterdir())


def test_a_missing_source_is_not_an_output_error(tmp_path: Path) -> None:
    """Nor is a file that isn't there."""
    with pytest.raises(UnreadableInput):
        convert(tmp_path / "missing.wav", tmp_path / "a.wav")


@pytest.mark.parametrize("target", ["a.flac", "a.mp3", "a.m4a", "a.ogg", "a.opus", "a.wav"])
def test_convert_keeps_tags(tmp_path: Path, libav: Any, target: str) -> None:
    """Title and artist go along, in any script."""
    source = libav("flac", "flac", music(1, 48000, 48000), 48000, tags={"title": "Größe ♪", "artist": "Nobody"})
    convert(source, tmp_path / target)
    assert probe(tmp_path / target).tags.get("title") == "Größe ♪"
    assert probe(tmp_path / target).tags.get("artist") == "Nobody"


@pytest.mark.parametrize("target", ["a.flac", "a.mp3", "a.m4a", "a.ogg", "a.opus", "a.wav"])
@pytest.mark.parametrize(
    "tags",
    [
        {"title": "a\nb" * 2000},
        {"name": "x", "ti=tle": "=", "": "y"},
        {"title": ""},
        {"rate": "1", "samplerate": "2", "close": "z", "_file": "q"},
    ],
)
def test_odd_tags_are_no_obstacle(tmp_path: Path, target: str, tags: dict[str, str]) -> None:
    """Tags come from strangers: whatever they are, the sound is converted."""
    write(tmp_path / target, Audio(music(1, 4800, 48000), 48000), tags=tags)
    assert decode(tmp_path / target).frames == 4800


def test_configs_of_reading_and_writing_are_not_mixed() -> None:
    """A config that also says how to read is no obstacle to writing."""
    audio = Audio(sound(1, 100), 8000)
    config = Config(output_format="flac")
    assert encode(audio, replace(config, input_format="wav")) == encode(audio, config)
