"""Promises of auricle.codec.decoding: the sound that is in it, to the sample, and nothing that it names is ever opened."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, Limits, decode, open_audio, probe
from auricle.errors import (
    CorruptAudio,
    DecodeTimeout,
    EmptyAudio,
    InputError,
    OptionError,
    SampleRateOutOfRange,
    TooLong,
    TooManyChannels,
    UnreadableInput,
    UnsupportedFormat,
)
from auricle.resample import resample

Samples = npt.NDArray[np.float32]
LENGTHS = [1, 64, 300, 5000, 88323]

PCM = [
    *[("WAV", kind) for kind in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "ULAW")],
    *[("WAVEX", kind) for kind in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "ULAW")],
    *[("RF64", kind) for kind in ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")],
    *[("W64", kind) for kind in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "ULAW")],
    *[("AIFF", kind) for kind in ("PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "ULAW")],
    *[("AU", kind) for kind in ("PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "ULAW")],
    *[("CAF", kind) for kind in ("PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "ULAW")],
    *[("FLAC", kind) for kind in ("PCM_S8", "PCM_16", "PCM_24")],
]
# Different implementations of one lossy codec agree to rounding; an offset of a sample or a lost frame would be 1000 times more.
# libvorbis and libopus against FFmpeg's decoders: 3e-7 measured; mpg123's: 2e-6.
LOSSY = [
    ("OGG", "VORBIS", 44100, 1e-5),
    ("OGG", "VORBIS", 22050, 1e-5),
    ("OGG", "OPUS", 48000, 1e-5),
    ("MP3", "MPEG_LAYER_III", 44100, 2e-5),
]


def sound(channels: int, frames: int, rate: int = 44100) -> Samples:
    """A tone per channel with noise, so that neither an offset nor a swap can hide; on the 16-bit grid."""
    time_s = np.arange(frames) / rate
    tones = np.stack([0.5 * np.sin(2 * np.pi * (300 + 110 * channel) * time_s + 1) for channel in range(channels)])
    noise = np.random.default_rng(frames).uniform(-0.05, 0.05, (channels, frames))
    return (np.rint((tones + noise) * 2**15) / 2**15).astype(np.float32)


def low_tones(channels: int, frames: int, rate: int) -> Samples:
    """One tone per channel, all within what an LFE channel carries; whole periods in a second."""
    time_s = np.arange(frames) / rate
    return np.stack([0.3 * np.sin(2 * np.pi * (40 + 12 * channel) * time_s) for channel in range(channels)]).astype(np.float32)


def order_of(samples: Samples, rate: int) -> list[int]:
    """Which of the tones above is in each channel."""
    size = samples.shape[1]
    time_s = np.arange(size) / rate
    window = np.hanning(size)
    tones = np.stack([np.exp(2j * np.pi * (40 + 12 * channel) * time_s) * window for channel in range(len(samples))])
    return [int(channel) for channel in np.abs(samples @ tones.T).argmax(axis=1)]


def made(samples: Samples, rate: int = 44100, form: str = "WAV", kind: str | None = None) -> bytes:
    """Encoded by libsndfile."""
    file = io.BytesIO()
    soundfile.write(file, samples.T, rate, format=form, subtype=kind)
    return file.getvalue()


def by_libsndfile(content: bytes) -> Samples:
    """Decoded by libsndfile."""
    decoded: Samples = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)[0].T
    return decoded


# What libsndfile can write


@pytest.mark.parametrize(("form", "kind"), PCM)
@pytest.mark.parametrize("channels", [1, 2, 6, 8])
def test_pcm_is_exact(form: str, kind: str, channels: int) -> None:
    """Every sample is the one that libsndfile reads, in every number of channels, and none is missing or added."""
    for frames in (1, 64, 5000):
        content = made(sound(channels, frames), form=form, kind=kind)
        decoded = decode(content)
        assert np.array_equal(decoded.samples, by_libsndfile(content))
        assert decoded.rate == 44100
        # AIFF as libsndfile writes it has no room for an odd byte but in the sound.
        assert decoded.frames == frames + (form == "AIFF" and frames * channels == 1 and kind in ("PCM_S8", "ALAW", "ULAW"))


@pytest.mark.parametrize("kind", ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_16_bit_sounds_survive_every_depth(kind: str) -> None:
    """Samples on the 16-bit grid come back as they were."""
    samples = sound(2, 5000)
    assert np.array_equal(decode(made(samples, kind=kind)).samples, samples)


@pytest.mark.parametrize("kind", ["ALAC_16", "ALAC_24"])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("frames", [300, 5000, 88323])
def test_alac_in_caf_is_exact(kind: str, channels: int, frames: int) -> None:
    """ALAC is lossless, and its padding is not part of the sound."""
    samples = sound(channels, frames)
    assert np.array_equal(decode(made(samples, form="CAF", kind=kind)).samples, samples)


@pytest.mark.parametrize("frames", [1, 64])
def test_short_alac_in_caf_is_exact(frames: int) -> None:
    """Less than one packet of it."""
    samples = sound(2, frames)
    assert np.array_equal(decode(made(samples, form="CAF", kind="ALAC_16")).samples, samples)


@pytest.mark.parametrize(("form", "kind", "rate", "tolerance"), LOSSY)
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("frames", LENGTHS)
def test_lossy_is_gapless(form: str, kind: str, rate: int, tolerance: float, channels: int, frames: int) -> None:
    """Exactly as long as the source was, and what the codec's own library decodes."""
    content = made(sound(channels, frames, rate), rate, form, kind)
    decoded = decode(content)
    assert decoded.frames == frames
    # A last Opus packet in another mode is cross-faded with a guess of what went on, which the standard leaves to the decoder.
    sure = frames - 400 if kind == "OPUS" and frames > 5000 else frames
    assert np.abs(decoded.samples - by_libsndfile(content))[:, :sure].max() < tolerance


@pytest.mark.parametrize(
    ("form", "kind", "rate", "wave_order"),
    [
        # Vorbis I, section 4.3.9, which Opus (RFC 7845, section 5.1.1.2) follows: L C R BL BR LFE; WAVE: L R C LFE BL BR.
        ("OGG", "VORBIS", 44100, [0, 2, 1, 5, 3, 4]), ("OGG", "OPUS", 48000, [0, 2, 1, 5, 3, 4]),
        ("OGG", "VORBIS", 44100, [0, 2, 1, 7, 5, 6, 3, 4]), ("OGG", "OPUS", 48000, [0, 2, 1, 7, 5, 6, 3, 4]),
        ("OGG", "VORBIS", 44100, [0, 2, 1, 3, 4]), ("FLAC", "PCM_16", 44100, [0, 1, 2, 3, 4, 5]),
        # ALAC's 5.1 is C L R BL BR LFE (ALACAudioTypes.h, kALACChannelLayoutTag_MPEG_5_1_D).
        ("CAF", "ALAC_16", 44100, [1, 2, 0, 5, 3, 4]), ("WAVEX", "PCM_16", 44100, [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)  # fmt: skip
def test_channels_are_in_wave_order(form: str, kind: str, rate: int, wave_order: list[int]) -> None:
    """Whatever order a codec stores loudspeakers in, they come out as FL FR FC LFE BL BR SL SR."""
    stored = low_tones(len(wave_order), rate, rate)
    decoded = decode(made(stored, rate, form, kind))
    assert order_of(decoded.samples, rate) == wave_order


# What others write

OTHERS = [
    # container, codec, rate, channels, bits per second, most frames that the container can't account for
    ("amr", "libopencore_amrnb", 8000, 1, 12200, 160), ("3gp", "libopencore_amrnb", 8000, 1, 12200, 160),
    ("ac3", "ac3", 48000, 1, 96000, 1536), ("ac3", "ac3", 48000, 2, 192000, 1536), ("ac3", "ac3", 48000, 6, 448000, 1536),
    ("eac3", "eac3", 48000, 2, 192000, 1536), ("asf", "wmav2", 44100, 2, 128000, 2 * 2048), ("adts", "aac", 44100, 2, 128000, 2 * 1024),
    ("webm", "libopus", 48000, 1, 64000, 0), ("webm", "libopus", 48000, 2, 96000, 0), ("webm", "libopus", 48000, 6, 256000, 0),
    ("webm", "vorbis", 44100, 2, 128000, 2048), ("matroska", "vorbis", 44100, 2, 128000, 2048), ("matroska", "libopus", 48000, 2, 96000, 0),
    ("matroska", "flac", 44100, 8, 0, 0), ("matroska", "pcm_s16le", 44100, 2, 0, 0), ("matroska", "aac", 44100, 2, 128000, 1024),
    ("ogg", "flac", 44100, 2, 0, 0), ("ogg", "libopus", 48000, 8, 256000, 0), ("caf", "alac", 44100, 2, 0, 0),
    ("ipod", "alac", 44100, 1, 0, 0),
    ("ipod", "alac", 44100, 6, 0, 0), ("mp4", "flac", 44100, 2, 0, 0), ("mov", "pcm_s24be", 44100, 2, 0, 0),
    ("mp4", "aac", 44100, 2, 128000, 1024),
    ("mp4", "aac", 48000, 6, 384000, 1024), ("mp4", "libmp3lame", 44100, 2, 128000, 1152), ("mp4", "libopus", 48000, 2, 96000, 960),
    ("aiff", "pcm_s24be", 44100, 6, 0, 0), ("wav", "libmp3lame", 44100, 2, 128000, 2 * 1152), ("wav", "pcm_s24le", 44100, 6, 0, 0),
]  # fmt: skip


def best_correlation(found: Samples, wanted: Samples, most: int) -> float:
    """The correlation of one channel at the best of all delays up to ``most`` frames."""
    size = min(len(found), len(wanted))
    padded = 2 ** int(np.ceil(np.log2(2 * size)))
    products = np.fft.irfft(np.fft.rfft(found[:size], padded) * np.conj(np.fft.rfft(wanted[:size], padded)))
    return float(
        max(products[: most + 1].max(), products[-most - 1 :].max()) / (np.linalg.norm(found[:size]) * np.linalg.norm(wanted[:size]))
    )


@pytest.mark.parametrize(("container", "codec", "rate", "channels", "bit_rate", "slack"), OTHERS)
def test_what_libav_writes(libav: Any, container: str, codec: str, rate: int, channels: int, bit_rate: int, slack: int) -> None:
    """Length within what the container cannot say, every channel in its place, and the sound recognisable."""
    samples = low_tones(channels, 2 * rate, rate)
    if codec == "libopencore_amrnb":  # made for voices, it passes nothing below 200 Hz
        samples = (0.3 * np.sin(2 * np.pi * 400 * np.arange(2 * rate) / rate)).astype(np.float32)[None]
    options = {"strict": "experimental"} if codec == "vorbis" else {}
    decoded = decode(libav(container, codec, samples, rate, bit_rate=bit_rate, codec_options=options))
    assert (decoded.rate, decoded.channels) == (rate, channels)
    assert abs(decoded.frames - samples.shape[1]) <= slack
    if channels > 1:
        assert order_of(decoded.samples, rate) == list(range(channels))
    for found, wanted in zip(decoded.samples, samples, strict=True):
        assert best_correlation(found, wanted, 4096) > 0.95


@pytest.mark.parametrize(
    ("container", "codec"), [("mp4", "aac"), ("mov", "pcm_s16le"), ("matroska", "libopus"), ("webm", "libopus"), ("mp4", "libmp3lame")]
)
def test_the_sound_of_a_film(libav: Any, container: str, codec: str) -> None:
    """A film's sound track is decoded; its pictures do not matter."""
    samples = low_tones(2, 48000, 48000)
    content = libav(container, codec, samples, 48000, bit_rate=0 if codec.startswith("pcm") else 128000, picture=container != "webm")
    decoded = decode(content)
    assert abs(decoded.frames - 48000) <= 1152
    assert best_correlation(decoded.samples[0], samples[0], 2000) > 0.99


def test_a_fragmented_mp4_is_read_to_its_end(libav: Any) -> None:
    """What browsers record and streaming services store states no length in front."""
    samples = low_tones(2, 96000, 48000)
    content = libav(
        "mp4",
        "aac",
        samples,
        48000,
        bit_rate=128000,
        options={"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "200000"},
    )
    assert 96000 <= decode(content).frames <= 96000 + 2 * 1024


@pytest.mark.parametrize(("kind", "rate"), [("VORBIS", 44100), ("OPUS", 48000), ("FLAC", 44100)])
def test_chained_ogg_is_read_to_its_end(kind: str, rate: int, libav: Any) -> None:
    """RFC 3533, section 4: Ogg files one after the other are one Ogg file, as net radio has it; nothing is dropped in silence."""
    first, second = sound(1, 20000, rate), sound(1, 30000, rate)
    parts = [libav("ogg", "flac", part, rate) if kind == "FLAC" else made(part, rate, "OGG", kind) for part in (first, second)]
    try:
        frames = decode(b"".join(parts)).frames
    except CorruptAudio:
        return  # to refuse it is honest too
    assert frames == 50000


@pytest.mark.parametrize("frames", [1, 700, 10_000])
def test_without_mp3_length_header(libav: Any, frames: int) -> None:
    """An MP3 without a LAME header can't say what is padding: nothing of it is lost, at most three frames are added."""
    content = libav("mp3", "libmp3lame", low_tones(1, frames, 44100), 44100, bit_rate=128000, options={"write_xing": "0"})
    assert frames <= decode(content).frames <= frames + 3 * 1152


def wav_with_sizes(riff: int, data: int, frames: int = 8000) -> bytes:
    """A WAV whose header says any sizes (Microsoft, "Multimedia Programming Interface and Data Specifications 1.0")."""
    header = b"RIFF" + riff.to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little") + b"\1\0\1\0"
    header += (8000).to_bytes(4, "little") + (16000).to_bytes(4, "little") + b"\2\0\x10\0data" + data.to_bytes(4, "little")
    return header + np.arange(frames, dtype="<i2").tobytes()


@pytest.mark.parametrize(
    ("riff", "data"),
    [(0xFFFFFFFF, 0xFFFFFFFF), (0, 0), (0x7FFFFFFF, 0x7FFFFFFF - 36), (0x7FFFF024, 0x7FFFF000), (0x80000024, 0x80000000),
     (0xFFFFFFFF, 0xFFFFFFFF - 36),
     (16036, 0), (16044, 16000)],
    ids=["ffmpeg", "gstreamer", "other", "sox", "arecord", "openai", "unfinished", "size-of-the-file"],
)  # fmt: skip
def test_wav_from_a_pipe(riff: int, data: int) -> None:
    """Writers that could not go back to their header leave a very large size or none; the sound is whole all the same."""
    decoded = decode(wav_with_sizes(riff, data))
    assert (decoded.samples[0] * 2**15).tolist() == list(range(8000))


# Which format it is


@pytest.mark.parametrize(
    ("content", "name"),
    [("FLAC", "a.wav"), ("WAV", "a.mp3"), ("OGG", "a.m4a"), ("MP3", "a.flac"), ("AIFF", "a.m3u8"), ("WAV", "a.sdp"), ("WAV", "a%03d.png")],
)
def test_the_name_is_not_looked_at(tmp_path: Path, content: str, name: str) -> None:
    """The content decides; a file may be called anything."""
    path = tmp_path / name
    path.write_bytes(made(sound(1, 3000), form=content))
    assert decode(path).frames == 3000


@pytest.mark.parametrize(
    ("form", "name"),
    [("WAV", "wav"), ("W64", "w64"), ("AIFF", "aiff"), ("AU", "au"), ("CAF", "caf"), ("FLAC", "flac"), ("MP3", "mp3"), ("OGG", "ogg"),
     ("OGG", "vorbis"), ("RF64", "wav")],
)  # fmt: skip
def test_input_format_is_honoured(form: str, name: str) -> None:
    """The right name is no obstacle; a wrong one is an error that names the option."""
    content = made(sound(1, 3000), form=form)
    assert decode(content, AudioProcessingConfig(input_format=name)).frames == 3000
    with pytest.raises(OptionError) as caught:
        decode(content, AudioProcessingConfig(input_format="ac3"))
    assert caught.value.field == "input_format"
    assert str(caught.value).endswith(".")


def test_input_format_tells_codecs_in_ogg_apart() -> None:
    """To call Vorbis "opus" is as wrong as any other name."""
    with pytest.raises(OptionError):
        decode(made(sound(1, 3000), form="OGG", kind="VORBIS"), AudioProcessingConfig(input_format="opus"))


# Without a header

RAW: list[tuple[str, Any, str]] = [
    ("pcm", None, "PCM_16"), ("pcm", 8, "PCM_U8"), ("pcm", 16, "PCM_16"), ("pcm", 24, "PCM_24"), ("pcm", 32, "PCM_32"),
    ("pcm", "float", "FLOAT"),
    ("s16le", None, "PCM_16"), ("s24le", None, "PCM_24"), ("s32le", None, "PCM_32"), ("f32le", None, "FLOAT"), ("mulaw", None, "ULAW"),
    ("alaw", None, "ALAW"), ("u8", None, "PCM_U8"), ("s8", None, "PCM_S8"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "depth", "kind"), RAW)
@pytest.mark.parametrize("channels", [1, 2, 6, 10])
def test_raw_samples(name: str, depth: Any, kind: str, channels: int) -> None:
    """Samples without a header, as libsndfile's RAW has them."""
    content = made(sound(channels, 5000), form="RAW", kind=kind)
    wanted = soundfile.read(
        io.BytesIO(content),
        dtype="float32",
        always_2d=True,
        format="RAW",
        subtype=kind,
        samplerate=11025,
        channels=channels,
        endian="LITTLE",
    )[0].T
    decoded = decode(content, AudioProcessingConfig(input_format=name, bit_depth=depth, sample_rate=11025, channels=channels))
    assert decoded.rate == 11025
    assert np.array_equal(decoded.samples, wanted)


def test_raw_samples_need_a_rate() -> None:
    """Without a header somebody has to say the rate; one channel is assumed."""
    with pytest.raises(OptionError) as caught:
        decode(bytes(100), AudioProcessingConfig(input_format="s16le"))
    assert caught.value.field == "sample_rate"
    assert decode(bytes(100), AudioProcessingConfig(input_format="s16le", sample_rate=8000)).samples.shape == (1, 50)


def test_raw_samples_may_look_like_anything(tmp_path: Path) -> None:
    """A WAV read as raw samples is its header and its samples; a script is noise, not a script."""
    content = made(sound(1, 500), form="WAV", kind="PCM_16")
    config = AudioProcessingConfig(input_format="s16le", sample_rate=8000)
    assert decode(content, config).frames == len(content) // 2
    assert decode(b"#EXTM3U\n/etc/passwd\n", config).frames == 10


def test_half_a_raw_sample_is_left_out() -> None:
    """A byte too many at the end is not a reason to refuse the rest."""
    assert decode(bytes(2001), AudioProcessingConfig(input_format="s16le", sample_rate=8000)).frames == 1000


# In blocks

LONG = {form: made(sound(2, 50_000), form=form) for form in ("WAV", "FLAC", "OGG", "MP3")}


@pytest.mark.parametrize("form", LONG)
@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(block=st.floats(1e-4, 2), rate=st.sampled_from([None, 16000, 48000]), channels=st.sampled_from([None, 1]))
def test_blocks_join_to_the_whole(form: str, block: float, rate: int | None, channels: int | None) -> None:
    """Blocks of any length are the one-shot result cut up, also with another rate and channel count."""
    config = AudioProcessingConfig(sample_rate=rate, channels=channels)
    with open_audio(LONG[form], config, block=block) as decoder:
        pieces = list(decoder)
    assert np.array_equal(Audio.join(pieces).samples, decode(LONG[form], config).samples)
    assert all(piece.frames for piece in pieces)


def test_conversion_is_remix_then_resample() -> None:
    """What the options do is what the two functions do, to the bit."""
    whole = decode(LONG["WAV"])
    converted = decode(LONG["WAV"], AudioProcessingConfig(sample_rate=16000, channels=1))
    assert np.array_equal(converted.samples, resample(whole.remix(1), 16000).samples)


def test_block_length() -> None:
    """Blocks are about as long as asked for, and the position counts what was decoded."""
    with open_audio(LONG["WAV"], block=0.25) as decoder:
        lengths = [piece.duration for piece in decoder]
        assert decoder.position == pytest.approx(50_000 / 44100)
    assert all(0.25 <= length < 0.5 for length in lengths[:-1])
    assert len(lengths) >= 3


CHILD_READS = """
import resource, sys
from auricle.codec import open_audio
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
frames = 0
with open_audio(sys.argv[1]) as decoder:
    for number, block in enumerate(decoder):
        frames += block.frames
        before = peak() if number == 2 else before if number else 0
print(frames, peak() - before)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs getrusage")
@pytest.mark.parametrize("form", ["WAV", "FLAC"])
def test_memory_does_not_grow_with_the_length(tmp_path: Path, form: str) -> None:
    """An hour read in blocks takes no more memory than its first half minute, give or take 60 MB."""
    path = tmp_path / "hour"
    minute = np.round(np.sin(np.arange(60 * 8000) / 7) * 1000).astype(np.int16)
    with soundfile.SoundFile(path, "w", 8000, 1, "PCM_16", format=form) as file:
        for _ in range(60):
            file.write(minute)
    frames, grown = map(int, subprocess.check_output([sys.executable, "-c", CHILD_READS, str(path)], timeout=60).split())
    assert frames == 3600 * 8000
    assert grown < 60_000 * (1024 if sys.platform == "darwin" else 1)


# What the header says


@pytest.mark.parametrize(
    ("form", "kind", "codec", "depth"),
    [("WAV", "PCM_16", "pcm_s16le", 16), ("WAV", "PCM_24", "pcm_s24le", 24), ("WAV", "FLOAT", "pcm_f32le", "float"),
     ("WAV", "PCM_U8", "pcm_u8", 8),
     ("WAV", "ULAW", "pcm_mulaw", 8), ("FLAC", "PCM_24", "flac", 24), ("FLAC", "PCM_16", "flac", 16), ("OGG", "VORBIS", "vorbis", None),
     ("MP3", "MPEG_LAYER_III", "mp3", None), ("AIFF", "PCM_24", "pcm_s24be", 24), ("CAF", "ALAC_24", "alac", 24)],
)  # fmt: skip
def test_probe(form: str, kind: str, codec: str, depth: int | str | None) -> None:
    """Codec, rate, channels, depth, length and size of a recording that wasn't decoded."""
    content = made(sound(2, 44100), 44100, form, kind)
    info = probe(content)
    assert (info.codec, info.sample_rate, info.channels, info.bit_depth, info.size_bytes) == (codec, 44100, 2, depth, len(content))
    assert info.duration == pytest.approx(1, abs=0.06)


def test_tags_are_text(libav: Any) -> None:
    """Tags have lower-case keys, and what looks like an address in them is text."""
    tags = libav("flac", "flac", low_tones(1, 8000, 8000), 8000, tags={"TITLE": "Größe", "artist": "http://127.0.0.1:1/x"})
    info = probe(tags)
    assert info.tags["title"] == "Größe"
    assert info.tags["artist"] == "http://127.0.0.1:1/x"


# Limits


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        (Limits(duration=0.5), TooLong), (Limits(channels=1), TooManyChannels), (Limits(max_rate=44099), SampleRateOutOfRange),
        (Limits(min_rate=44101), SampleRateOutOfRange), (Limits(decode_time=0.0), DecodeTimeout),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", LONG)
def test_limits(limits: Limits, error: type[InputError], form: str) -> None:
    """More than allowed is the error of that limit, which says how much is."""
    with pytest.raises(error, match=r"^the audio .*\d.*\.$"):
        decode(LONG[form], limits=limits)


@pytest.mark.parametrize("form", LONG)
def test_exactly_at_the_limits(form: str) -> None:
    """A limit may be reached."""
    limits = Limits(size_bytes=len(LONG[form]), duration=2, channels=2, min_rate=44100, max_rate=44100)
    assert decode(LONG[form], limits=limits).frames == 50_000


def flac_declaring(frames: int, content: bytes) -> bytes:
    """A FLAC whose STREAMINFO says any number of samples (RFC 9639, section 8.2: 36 bits from bit 108 on)."""
    fields = int.from_bytes(content[18:26], "big") >> 36 << 36 | frames
    return content[:18] + fields.to_bytes(8, "big") + content[26:]


def test_a_header_that_declares_hours_is_refused_before_decoding() -> None:
    """A small file that says it lasts ten hours is refused at once."""
    bomb = flac_declaring(36_000 * 8000, made(sound(1, 8000), 8000, "FLAC"))
    with pytest.raises(TooLong, match="36000 s"):
        open_audio(bomb, limits=Limits(duration=3600))


def test_a_header_that_declares_too_little_is_caught_while_decoding() -> None:
    """More sound than the header says counts against the limit as it is decoded, block by block."""
    liar = flac_declaring(100, made(sound(1, 80_000), 8000, "FLAC"))
    decoded = 0.0
    with open_audio(liar, limits=Limits(duration=2), block=0.5) as decoder, pytest.raises(TooLong):
        for block in decoder:
            decoded += block.duration
    assert 0 < decoded <= 2


def test_decode_time_is_not_the_callers_time() -> None:
    """Whoever takes long over a block doesn't run into the limit."""
    with open_audio(LONG["FLAC"], limits=Limits(decode_time=0.3), block=0.2) as decoder:
        for _ in decoder:
            time.sleep(0.1)


# Damage


def whole_and_cut(form: str, libav: Any) -> tuple[bytes, bytes]:
    """Ten seconds and their first six tenths."""
    samples = sound(1, 80_000, 8000)
    if form == "M4A":
        content: bytes = libav("ipod", "aac", samples, 8000, bit_rate=32000, options={"movflags": "faststart"})
    else:
        content = made(samples, 8000, form)
    return content, content[: len(content) * 6 // 10]


@pytest.mark.parametrize("form", ["WAV", "FLAC", "AIFF", "M4A", "W64", "RF64", "AU", "CAF", "WAVEX"])
def test_truncated(form: str, libav: Any) -> None:
    """A recording that was cut off is an error that says so; salvage gives the part that is there."""
    whole, cut = whole_and_cut(form, libav)
    with pytest.raises(CorruptAudio, match=r"cut off|damaged"):
        decode(cut)
    part = decode(cut, salvage=True)
    full = decode(whole)
    assert 0.45 * full.frames < part.frames < 0.65 * full.frames
    common = part.frames - 4096  # the last packet may be broken
    assert np.array_equal(part.samples[:, :common], full.samples[:, :common])
    assert probe(cut).sample_rate == 8000


@pytest.mark.parametrize(("container", "codec"), [("matroska", "flac"), ("webm", "libopus")])
def test_truncated_matroska(libav: Any, container: str, codec: str) -> None:
    """Matroska states its length too, and one that lacks seconds of it was cut off."""
    whole = libav(container, codec, sound(1, 480_000, 48000), 48000, bit_rate=64000)
    assert decode(whole).frames == 480_000
    cut = whole[: len(whole) * 6 // 10]
    with pytest.raises(CorruptAudio, match="cut off"):
        decode(cut)
    assert 0.5 * 480_000 < decode(cut, salvage=True).frames < 0.7 * 480_000


@pytest.mark.parametrize("missing", [2, 10, 500])
@pytest.mark.parametrize("form", ["WAV", "AIFF", "W64", "RF64", "AU"])
def test_truncated_by_a_little(form: str, missing: int) -> None:
    """Where the header states bytes, even one missing sample is noticed."""
    with pytest.raises(CorruptAudio, match="cut off"):
        decode(made(sound(1, 8000), 8000, form, "PCM_16")[:-missing])


def test_cut_in_the_header(libav: Any) -> None:
    """A file that ends before its sound begins is no sound, whatever the format, salvage or not."""
    for form in ("WAV", "FLAC", "AIFF", "M4A", "W64", "CAF", "OGG", "MP3"):
        whole, _ = whole_and_cut(form, libav)
        for size in (1, 4, 12, 20, 40):
            for salvage in (False, True):
                with pytest.raises(InputError):
                    decode(whole[:size], salvage=salvage)


@pytest.mark.parametrize(
    ("form", "error"),
    [("WAV", EmptyAudio), ("AIFF", EmptyAudio), ("CAF", EmptyAudio), ("FLAC", EmptyAudio), ("AU", InputError), ("W64", InputError)],
)
def test_no_samples(form: str, error: type[InputError]) -> None:
    """A container without a single sample is empty audio; where libav can't tell, still an input error."""
    with pytest.raises(error):
        decode(made(np.zeros((1, 0), np.float32), form=form))


def test_one_sample() -> None:
    """One sample is a recording."""
    assert decode(made(np.array([[0.5]], np.float32))).samples.tolist() == [[0.5]]


@pytest.mark.parametrize(("second", "name"), [(0.5, "0.500 s"), (12.5, "12.500 s")])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_not_finite_is_named_by_its_place_in_the_recording(second: float, name: str, bad: float) -> None:
    """The place is counted from the start of the recording, not of some block inside."""
    samples = np.zeros((2, 20 * 1000), np.float32)
    samples[1, round(second * 1000)] = bad
    with pytest.raises(CorruptAudio, match=name):
        decode(made(samples, 1000, "WAV", "FLOAT"))


def test_doubles_beyond_float32() -> None:
    """A double that float32 cannot hold is a damaged sample, not a warning."""
    file = io.BytesIO()
    soundfile.write(file, np.array([0, 1e300, 0]), 8000, format="WAV", subtype="DOUBLE")
    with pytest.raises(CorruptAudio):
        decode(file.getvalue())


def test_a_film_without_sound() -> None:
    """Pictures alone are not audio."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        film = output.add_stream("mpeg4", rate=25)
        film.width = film.height = 32
        for tick in range(5):
            picture = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 40 * tick, np.uint8), format="rgb24")
            picture.pts = tick
            output.mux(film.encode(picture))
        output.mux(film.encode(None))
    with pytest.raises(UnsupportedFormat, match="no audio track"):
        decode(file.getvalue())


@pytest.mark.parametrize("tag", [0x1234, 0x0038, 0xFFFE, 0])
def test_a_codec_that_nobody_knows(tag: int) -> None:
    """A sound container with a codec that there is no decoder for is refused like any other format."""
    content = bytearray(wav_with_sizes(16036, 16000))
    content[20:22] = tag.to_bytes(2, "little")
    with pytest.raises((UnsupportedFormat, CorruptAudio), match=r"\.$"):
        decode(bytes(content))


def test_text_named_wav(tmp_path: Path) -> None:
    """A letter is no recording, whatever it is called."""
    path = tmp_path / "letter.wav"
    path.write_text("Dear Sir or Madam,\n" * 100)
    with pytest.raises(UnsupportedFormat, match=r"^letter\.wav is not audio"):
        decode(path)


@pytest.mark.parametrize(
    "content",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<?xml version='1.0'?><MPD/>", b"%PDF-1.7\n", b"PK\3\4" + bytes(200),
     b"\x89PNG\r\n\x1a\n" + bytes(100),
     b"GIF89a" + bytes(100), b"\x7fELF" + bytes(200), bytes(1000), b"\xff" * 1000, b"#!/bin/sh\n", b"{}", b"\0", b"I3" * 50],
    ids=lambda content: repr(content[:6]),
)  # fmt: skip
def test_what_is_no_audio(content: bytes) -> None:
    """Whatever else there is: an input error of one line that ends with a full stop."""
    with pytest.raises(InputError) as caught:
        decode(content)
    assert type(caught.value) in (UnsupportedFormat, CorruptAudio, EmptyAudio)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert "Traceback" not in message
    assert "Errno" not in message


@pytest.mark.skipif(sys.platform == "win32", reason="such names can't exist there")
def test_messages_are_one_line_whatever_the_name(tmp_path: Path) -> None:
    """A name with a line break can't forge a second line in a log."""
    path = tmp_path / "a\nERROR all is lost.wav"
    path.write_bytes(b"text")
    with pytest.raises(UnsupportedFormat) as caught:
        decode(path)
    assert "\n" not in str(caught.value)


def test_concatenated_recordings_of_two_rates() -> None:
    """A stream that changes its rate midway is refused rather than played at the wrong speed."""
    content = made(sound(1, 40_000, 44100), 44100, "MP3") + made(sound(1, 40_000, 22050), 22050, "MP3")
    with pytest.raises(CorruptAudio, match="changes"):
        decode(content)


def test_damage_in_the_middle_of_an_mp3() -> None:
    """Players go on after a damaged packet, and so do we."""
    content = bytearray(LONG["MP3"])
    content[9000:9100] = bytes(100)
    assert decode(bytes(content)).frames == pytest.approx(50_000, abs=3 * 1152)


# Hostile content


@dataclass
class Bait:
    """A file and an address that nobody may touch: the file is a named pipe, so that it is noticed when it's opened."""

    path: Path
    url: str
    taken: list[str] = field(default_factory=list)


@pytest.fixture
def bait(tmp_path: Path) -> Iterator[Bait]:
    """Watch both; a writer can open a named pipe without waiting only while a reader has it open."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs named pipes")
    path = tmp_path / "bait.wav"
    os.mkfifo(path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.002)
        bait = Bait(path, f"http://127.0.0.1:{listener.getsockname()[1]}/bait.wav")
        stop = threading.Event()

        def watch() -> None:
            while not stop.is_set():
                try:
                    writing = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
                    bait.taken.append("file")
                    os.close(writing)
                except OSError:
                    pass
                try:
                    listener.accept()[0].close()
                    bait.taken.append("address")
                except TimeoutError:
                    pass

        watcher = threading.Thread(target=watch)
        watcher.start()
        yield bait
        time.sleep(0.02)
        stop.set()
        watcher.join()


SCRIPTS: dict[str, Callable[[Bait], str]] = {
    "hls-file": lambda bait: f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{bait.path}\n#EXT-X-ENDLIST\n",
    "hls-relative": lambda bait: f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{bait.path.name}\n#EXT-X-ENDLIST\n",
    "hls-url": lambda bait: f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{bait.url}\n#EXT-X-ENDLIST\n",
    "hls-key": lambda bait: f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{bait.url}"\n#EXTINF:10,\n{bait.path}\n#EXT-X-ENDLIST\n',
    "hls-master": lambda bait: f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{bait.url}.m3u8\n",
    "concat-file": lambda bait: f"ffconcat version 1.0\nfile '{bait.path}'\n",
    "concat-relative": lambda bait: f"ffconcat version 1.0\nfile {bait.path.name}\n",
    "concat-url": lambda bait: f"ffconcat version 1.0\nfile '{bait.url}'\n",
    "sdp": lambda bait: f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=control:{bait.url}\nm=audio 5004 RTP/AVP 0\n",
    "dash": lambda bait: (
        f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{bait.url}</BaseURL><Period><AdaptationSet mimeType='
        f'"audio/mp4"><Representation id="1" bandwidth="1"><BaseURL>{bait.url}</BaseURL></Representation></AdaptationSet></Period></MPD>'
    ),
    "svg": lambda bait: (
        f'<svg xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="{bait.url}"/><image xlink:href="file://{bait.path}"/></svg>'
    ),
    "xml-entity": lambda bait: f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "{bait.url}">]><x>&e;</x>',
    "asx": lambda bait: f'<asx version="3.0"><entry><ref href="{bait.url}"/></entry></asx>',
    "pls": lambda bait: f"[playlist]\nFile1={bait.url}\nNumberOfEntries=1\n",
}


class Named(io.BytesIO):
    """Content in a file object that has a name, which PyAV would pass on as an address."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("suffix", ["m3u8", "ffconcat", "sdp", "mpd", "wav"])
def test_scripts_are_never_followed(script: str, suffix: str, bait: Bait) -> None:
    """As bytes, as a file of any name, as a named file object: refused at once, and nothing that it names is opened."""
    content = SCRIPTS[script](bait).encode()
    path = bait.path.with_name(f"script.{suffix}")
    path.write_bytes(content)
    began = time.monotonic()
    for source in (content, path, Named(content, str(path)), Named(content, bait.url), Named(content, f"concat:{bait.path}")):
        with pytest.raises((UnsupportedFormat, CorruptAudio)):
            decode(source)
    assert time.monotonic() - began < 2
    time.sleep(0.01)
    assert not bait.taken


def test_the_bait_can_be_taken(bait: Bait) -> None:
    """The control: libav without our guards does open what a script names, and we notice."""
    script = bait.path.with_name("script.ffconcat")
    options = {"safe": "0", "protocol_whitelist": "file,http,tcp"}
    for content in (SCRIPTS["concat-file"](bait), SCRIPTS["concat-url"](bait)):
        script.write_text(content)
        with (
            pytest.raises((av.FFmpegError, OSError, ValueError)),
            av.open(str(script), format="concat", options=options, timeout=2) as container,
        ):
            next(container.decode(audio=0))
    time.sleep(0.05)
    assert set(bait.taken) == {"file", "address"}


def with_external_reference(content: bytes, path: Path) -> bytes:
    """A MOV whose media data is in another file, by a Macintosh alias (QuickTime File Format, "Data Reference Atoms")."""
    name, target = path.name.encode(), str(path).encode()
    record = bytes(10) + b"\4disk".ljust(28, b"\0") + bytes(12) + bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16)
    record += b"\0\1\0\1" + bytes(16) + b"\0\2" + len(target).to_bytes(2, "big") + target + b"\0" * (len(target) % 2) + b"\xff\xff\0\0"
    alias = b"alis\0\0\0\0" + record
    alias = (len(alias) + 4).to_bytes(4, "big") + alias
    at = content.index(b"dref") + 12  # size, type, version, count, then the first entry
    old = int.from_bytes(content[at : at + 4], "big")
    changed = bytearray(content[:at] + alias + content[at + old :])
    for atom in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        where = content.rindex(atom, 0, at) - 4
        changed[where : where + 4] = (int.from_bytes(changed[where : where + 4], "big") + len(alias) - old).to_bytes(4, "big")
    return bytes(changed)


def test_a_mov_can_not_name_another_file(libav: Any, bait: Bait) -> None:
    """Media data in another file is never looked for: an input error, or silence about it, but no access."""
    content = with_external_reference(libav("mov", "pcm_s16le", low_tones(1, 8000, 8000), 8000), bait.path)
    path = bait.path.with_name("film.mov")
    path.write_bytes(content)
    with (
        pytest.raises((av.FFmpegError, OSError, StopIteration)),
        av.open(str(path), options={"enable_drefs": "1", "use_absolute_path": "1"}, timeout=2) as container,
    ):
        next(container.decode(audio=0))
    time.sleep(0.02)
    assert bait.taken, "the control: with its guard off, libav follows this reference"
    bait.taken.clear()
    for source in (content, path, Named(content, str(path))):
        try:
            decode(source)
        except InputError as error:
            assert str(error).endswith(".")
    time.sleep(0.02)
    assert not bait.taken


@pytest.mark.parametrize("container", ["wav", "ogg", "flac", "matroska"])
def test_addresses_in_tags_are_text(libav: Any, container: str, bait: Bait) -> None:
    """A title may be an address; it is not visited."""
    codec = {"wav": "pcm_s16le", "ogg": "libopus", "flac": "flac", "matroska": "flac"}[container]
    tags = {"title": bait.url, "comment": f"file://{bait.path}", "artist": f"concat:{bait.path}"}
    info = probe(content := libav(container, codec, low_tones(1, 48000, 48000), 48000, tags=tags))
    assert info.tags["title"] == bait.url
    assert decode(content).frames == 48000
    time.sleep(0.01)
    assert not bait.taken


# Fuzzing

CHILD_FUZZES = """
import json, random, sys, time, warnings
from pathlib import Path
from auricle.codec import Limits, decode
from auricle.errors import InputError
warnings.simplefilter("error")
chance, failures, outcomes = random.Random(20), [], {}
seeds = sorted(Path(sys.argv[1]).iterdir())
for number in range(int(sys.argv[2])):
    seed = seeds[number % len(seeds)]
    content = bytearray(seed.read_bytes())
    for _ in range(chance.choice((1, 3, 10, 60))):
        at = int(len(content) * chance.random() ** chance.choice((1, 4)))  # headers more often than the rest
        kind = chance.randrange(5)
        if kind <= 2:
            content[at : at + 1] = bytes([chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))])
        elif kind == 3:
            content[at:at] = chance.randbytes(chance.choice((1, 2, 8, 300)))
        else:
            del content[at : at + chance.choice((1, 4, 100, len(content)))]
    Path(sys.argv[3]).write_bytes(content)
    began = time.monotonic()
    try:
        decode(bytes(content), limits=Limits(duration=600, decode_time=4), salvage=chance.random() < 0.5)
        outcome = "decoded"
    except InputError as error:
        outcome = type(error).__name__
        if not str(error).endswith(".") or "\\n" in str(error):
            failures.append((number, seed.name, "message", str(error)))
    except BaseException as error:
        outcome = type(error).__name__
        failures.append((number, seed.name, outcome, str(error)))
    outcomes[outcome] = outcomes.get(outcome, 0) + 1
    if time.monotonic() - began > 5:
        failures.append((number, seed.name, "slow", time.monotonic() - began))
print(json.dumps([outcomes, failures]))
"""


def test_mutated_files_never_crash(tmp_path: Path, libav: Any) -> None:
    """Flipped, inserted and missing bytes: it decodes or is an `InputError`, within seconds, and the process lives."""
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for form in ("WAV", "FLAC", "OGG", "MP3", "AIFF", "AU", "W64", "RF64"):
        (seeds / form).write_bytes(made(sound(2, 6000), form=form))
    (seeds / "ALAC").write_bytes(made(sound(2, 6000), form="CAF", kind="ALAC_16"))
    (seeds / "FLOAT").write_bytes(made(sound(2, 6000), form="WAV", kind="DOUBLE"))
    for container, codec, rate in (
        ("mp4", "aac", 44100), ("webm", "libopus", 48000), ("adts", "aac", 44100), ("ac3", "ac3", 48000), ("asf", "wmav2", 44100),
        ("ogg", "libopus", 48000),
        ("matroska", "flac", 44100), ("ipod", "alac", 44100), ("mov", "pcm_s16le", 44100),
    ):  # fmt: skip
        (seeds / f"{container}-{codec}").write_bytes(libav(container, codec, sound(2, 6000, rate), rate, bit_rate=96000))
    (seeds / "amr").write_bytes(libav("amr", "libopencore_amrnb", sound(1, 6000, 8000), 8000))
    last = tmp_path / "last"
    child = subprocess.run(
        [sys.executable, "-c", CHILD_FUZZES, str(seeds), "1500", str(last)], capture_output=True, timeout=80, check=False
    )
    assert child.returncode == 0, f"crashed over {last.read_bytes()[:100]!r}: {child.stderr.decode()[-2000:]}"
    outcomes, failures = json.loads(child.stdout)
    assert not failures
    assert outcomes["decoded"] > 40
    assert sum(outcomes.values()) - outcomes["decoded"] > 100


def test_reading_on_after_close_is_an_error() -> None:
    """A decoder that was closed says so; libav would read freed memory."""
    with open_audio(made(sound(1, 80_000, 8000), 8000, "FLAC", "PCM_16"), block=1.0) as decoder:
        blocks = iter(decoder)
        next(blocks)
    with pytest.raises(UnreadableInput, match="closed"):
        list(blocks)
