"""Promises of auricle.codec.isolated: the same sound and the same errors as in this process, and whatever happens, only there."""

from __future__ import annotations

import io
import itertools
import os
import pickle
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, Limits, isolated, open_audio
from auricle.codec.isolated import IsolatedDecoder, open_isolated
from auricle.errors import (
    AuricleError,
    CorruptAudio,
    DecodeTimeout,
    EmptyAudio,
    InputError,
    LimitExceeded,
    OptionError,
    SampleRateOutOfRange,
    TooLong,
    TooManyBytes,
    TooManyChannels,
    UnreadableInput,
    UnsupportedFormat,
)
from tests.codec.conftest import LONG, SPEECH, By, forks, made, noise, same, stored, until

RECORDINGS = sorted(path for path in (Path(__file__).parent.parent / "recordings").iterdir() if path.suffix not in (".md", ".tsv"))


# The same sound


@pytest.mark.parametrize("config", [None, SPEECH], ids=["as-it-is", "for-speech"])
@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.name)
def test_the_samples_are_those_of_this_process(path: Path, config: AudioProcessingConfig | None) -> None:
    """Bit for bit, block for block; and so are the header and the position."""
    with path.open("rb") as file, open_isolated(file, config) as apart, open_audio(path, config) as decoder:
        assert apart.position == 0
        assert same(apart, decoder)
        assert (apart.info, apart.position) == (decoder.info, decoder.position)


@pytest.mark.parametrize(
    ("container", "codec", "channels"), [("mp4", "aac", 2), ("webm", "libopus", 6), ("matroska", "flac", 8), ("ogg", "libopus", 1)]
)
def test_what_libav_writes(libav: Any, container: str, codec: str, channels: int) -> None:
    """Other containers, tags in them, and the mix of many channels to two."""
    content = libav(container, codec, noise(channels, 96_000), 48_000, bit_rate=96_000 if codec == "aac" else 0, tags={"title": "Größe"})
    config = AudioProcessingConfig(sample_rate=22_050, channels=min(channels, 2))
    with open_isolated(stored(content), config) as apart, open_audio(content, config) as decoder:
        assert apart.info == decoder.info
        assert same(apart, decoder)


@pytest.mark.parametrize("form", ["WAV", "FLAC", "MP3"])
@pytest.mark.parametrize("block", [1e-4, 0.3, 1.0, 100.0])
def test_blocks(form: str, block: float) -> None:
    """As long as asked for, and the position is that of the decoder after each."""
    content = made(noise(2, 20_000), form=form)
    with open_isolated(stored(content), block=block) as apart, open_audio(content, block=block) as decoder:
        for there, here in itertools.zip_longest(apart, decoder):
            assert np.array_equal(there.samples, here.samples)
            assert apart.position == decoder.position


def test_salvage() -> None:
    """What can be decoded of a recording that is cut off."""
    content = LONG[: len(LONG) // 2]
    with open_isolated(stored(content), salvage=True) as apart, open_audio(content, salvage=True) as decoder:
        assert same(apart, decoder)


def test_raw_samples() -> None:
    """Samples without a header, of which the configuration says what they are."""
    samples = noise(2, 5000)
    config = AudioProcessingConfig(input_format="f32le", sample_rate=11_025, channels=2)
    with open_isolated(stored(samples.T.tobytes()), config) as apart:
        assert np.array_equal(Audio.join(apart).samples, samples)


def test_a_packet_longer_than_a_block() -> None:
    """Whatever the decoder gives at a time arrives, though no message is longer than the block that was asked for allows."""
    config = AudioProcessingConfig(sample_rate=768_000)
    content = made(noise(1, 6000), 1000, "FLAC")
    with open_isolated(stored(content), config, block=1e-3) as apart, open_audio(content, config, block=1e-3) as decoder:
        there, here = Audio.join(apart), Audio.join(decoder)
    assert np.array_equal(there.samples, here.samples)


def test_the_callers_file() -> None:
    """It is read from its start wherever it stands, with what is still in its buffer, and stays open."""
    content = made(noise(1, 700))
    with tempfile.TemporaryFile() as file:
        file.write(content)
        for _ in range(2):
            with open_isolated(file) as apart:
                assert Audio.join(apart).frames == 700
        assert file.seek(0, io.SEEK_END) == len(content)


# The same errors


def with_nan() -> bytes:
    """A WAV with a sample that is no number."""
    samples = noise(2, 30_000)
    samples[1, 20_000] = np.nan
    return made(samples, kind="FLOAT")


ERRORS: list[tuple[type[AuricleError], bytes, AudioProcessingConfig | None, Limits | None]] = [
    (EmptyAudio, b"", None, None),
    (EmptyAudio, made(noise(1, 0)), None, None),
    (UnsupportedFormat, b"Dear Sir or Madam,\n" * 100, None, None),
    (UnsupportedFormat, b"#EXTM3U\n/etc/passwd\n", None, None),
    (CorruptAudio, LONG[:-5000], None, None),
    (CorruptAudio, made(noise(1, 80_000), form="FLAC")[:-5000], None, None),
    (CorruptAudio, with_nan(), None, None),
    (TooManyBytes, LONG, None, Limits(size_bytes=1000)),
    (TooLong, LONG, None, Limits(duration=29)),
    (TooManyChannels, made(noise(3, 100)), None, Limits(channels=2)),
    (SampleRateOutOfRange, LONG, None, Limits(max_rate=7999)),
    (DecodeTimeout, LONG, None, Limits(decode_time=0.0)),
    (OptionError, bytes(1000), AudioProcessingConfig(input_format="pcm"), None),
    (OptionError, LONG, AudioProcessingConfig(input_format="mp3"), None),
    (OptionError, made(noise(3, 100)), AudioProcessingConfig(channels=4), None),
]


@pytest.mark.parametrize(("kind", "content", "config", "limits"), ERRORS)
def test_the_errors_are_those_of_this_process(
    kind: type[AuricleError], content: bytes, config: AudioProcessingConfig | None, limits: Limits | None
) -> None:
    """The same class at the same step, the same message, the same fields; and they can go on to other processes."""
    with pytest.raises(kind) as here, open_audio(content, config, limits) as decoder:
        list(decoder)
    with pytest.raises(kind) as there, open_isolated(stored(content), config, limits) as apart:
        list(apart)
    assert type(there.value) is type(here.value)
    assert (str(there.value), there.value.args, vars(there.value)) == (str(here.value), here.value.args, vars(here.value))
    assert str(pickle.loads(pickle.dumps(there.value))) == str(here.value)  # noqa: S301 - our own


def test_the_field_of_an_option_error() -> None:
    """A server says which of its parameters is meant."""
    with pytest.raises(OptionError) as caught:
        open_isolated(stored(bytes(1000)), AudioProcessingConfig(input_format="s16le"))
    assert caught.value.field == "sample_rate"
    assert caught.value.allowed == ()


def test_a_file_object_without_a_file() -> None:
    """Bytes in memory cannot be handed to another process."""
    with pytest.raises(UnreadableInput, match=r"^cannot read the audio: "):
        open_isolated(io.BytesIO(LONG))


def test_a_book_in_the_tags(libav: Any) -> None:
    """Text beyond all bounds does not come through; much text does."""
    tags = {"comment": "x" * 1_000_000}
    with open_isolated(stored(libav("flac", "flac", noise(1, 8000), 8000, tags=tags))) as apart:
        assert apart.info.tags["comment"] == tags["comment"]
    with pytest.raises(LimitExceeded, match="tags"):
        open_isolated(stored(libav("flac", "flac", noise(1, 8000), 8000, tags={"comment": "x" * 5_000_000})))


# Hostile recordings


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ctypes.string_at(0)", CorruptAudio), ("os.kill(os.getpid(), signal.SIGKILL)", CorruptAudio), ("os.abort()", CorruptAudio),
        ("os._exit(0)", CorruptAudio), ("os._exit(3)", CorruptAudio), ("1 / 0", CorruptAudio), ("data.close()", CorruptAudio),
        ("data.close(); time.sleep(60)", CorruptAudio), ("os.kill(os.getpid(), signal.SIGXCPU)", DecodeTimeout),
        ("np.ones(10 * 2**30 // 8)", LimitExceeded), ("raise CorruptAudio('x.') from MemoryError()", LimitExceeded),
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", ["", "info();", "info(); sound();"])
def test_a_decoder_that_dies(by: By, before: str, code: str, kind: type[InputError]) -> None:
    """At any time and of anything: an input error in one sentence, and the samples that came before it came."""
    frames = 0
    with pytest.raises(InputError) as caught, open_isolated(by(before + code), limits=Limits(decode_time=3)) as apart:
        for audio in apart:
            frames += audio.frames
    assert type(caught.value) is kind
    assert str(caught.value).startswith("the audio ")
    assert str(caught.value).endswith(".")
    assert frames == (100 if "sound" in before else 0)


@pytest.mark.parametrize(
    "code",
    [
        "time.sleep(60)", "info(); time.sleep(60)", "info(); sound(); time.sleep(60)", "info(); data.sendall(b'b'); time.sleep(60)",
        "info()\nfor byte in bytes(60): data.sendall(b'b'); time.sleep(0.05)",
    ],
)  # fmt: skip
def test_a_decoder_that_sleeps(by: By, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a message longer than decoding may take, not even byte by byte."""
    monkeypatch.setattr(isolated, "_GRACE_S", 0.05)
    began = time.monotonic()
    with pytest.raises(DecodeTimeout, match=r"longer than 0\.1 s"), open_isolated(by(code), limits=Limits(decode_time=0.1)) as apart:
        list(apart)
    assert 0.15 <= time.monotonic() - began < 1.5


REPORTS: list[dict[str, Any]] = [
    {"error": error, "message": message, "field": "", "allowed": allowed}
    for error, message, allowed in (
        ("SystemExit", "x", []), ("OutputError", "x", []), ("AuricleError", "x", []), ("__class__", "x", []), ("EmptyAudio", 5, []),
        ("EmptyAudio", "two\nlines", []), ("EmptyAudio", "\x1b[31mred", []), ("EmptyAudio", "\ud800", []), ("OptionError", "x", [[]]),
    )
]  # fmt: skip


NONSENSE: list[str] = [
    "data.sendall(os.urandom(4096))", "message(b'?')", "message(b'e')", "sound()", "message(b'o', b'{}')",
    "message(b'i', b'{}')", "message(b'i', b'no JSON')", "message(b'i', b'[' * 100_000)", "message(b'i', b'\\xff')",
    "message(b'i', b'1' * 10_000)",
    "message(b'i', size=2**63)", "message(b'i', size=2**40)", "message(b'x', size=2**40)", "message(b'e', b'more')",
    "info(sample_rate=0)", "info(sample_rate=2**70)", "info(sample_rate='8000')", "info(channels=0)", "info(channels=10**9)",
    "info(duration=math.inf)", "info(duration=math.nan)", "info(duration=10**9 + 0.5)", "info(tags={'title': 5})", "info(tags=[])",
    "info(tags={'title': '\\ud800'})", "info(tags={'\\ud800': ''})", "info(more=1)", "info(bit_depth=[])", "info(codec=None)",
    "info(); info()", "info(); message(b'b', size=2**63)", "info(); message(b'b', size=2**33)", "info(); message(b'b', bytes(801), 1.0)",
    "info(); message(b'b', bytes(4), 1.0)", "info(); message(b'b', b'', 1.0)", "info(); sound(position=math.nan)",
    "info(); sound(position=-1.0)", "info(); sound(position=1e9)", "info(); sound(); sound(position=0.5)", "info(); sound(80_000)",
    "info(); sound(value=math.nan)", "info(); sound(value=math.inf)",
    "info(); message(b'x', b'{}')", "info(); message(b'x', b'\"EmptyAudio\"')",
    *(f"message(b'x', json.dumps({report!r}).encode())" for report in REPORTS),
]  # fmt: skip


@pytest.mark.parametrize("code", NONSENSE)
def test_messages_that_make_no_sense(by: By, code: str) -> None:
    """Nothing that comes from there is believed: it is the recording that is damaged, and the process is gone."""
    limits = Limits(duration=3600, decode_time=3)
    with pytest.raises(CorruptAudio) as caught, open_isolated(by(f"{code}; time.sleep(60)"), limits=limits) as apart:
        list(apart)
    assert str(caught.value).isprintable()
    assert not forks()


def test_nothing_is_ever_unpickled(by: By, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be code elsewhere is bytes here."""
    monkeypatch.setattr(pickle, "loads", lambda *_: pytest.fail("somebody unpickles"))
    with pytest.raises(CorruptAudio), open_isolated(by("data.sendall(b'cposix\\nsystem\\n(S\"touch /tmp/bad\"\\ntR.' * 100)")) as apart:
        list(apart)


# The taker's time


def test_the_process_waits_for_whoever_takes_the_blocks() -> None:
    """It decodes about a block ahead; the position of the file, which both share, tells."""
    with stored(LONG) as file, open_isolated(file, block=1.0) as apart:
        blocks = iter(apart)
        next(blocks)
        time.sleep(0.3)
        read = os.lseek(file.fileno(), 0, os.SEEK_CUR)
        assert read < 32_000 * 3 + 2 * 220_000  # three blocks, and what the connection and libav's reader hold


def test_a_slow_taker_is_not_punished(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time to decode is not the time between taking one block and the next."""
    monkeypatch.setattr(isolated, "_GRACE_S", 0.0)
    with open_isolated(stored(LONG), limits=Limits(decode_time=0.3), block=5.0) as apart:
        for _ in apart:
            time.sleep(0.06)


# The end


def test_close_ends_it_at_once() -> None:
    """In the middle of a recording; whoever goes on is told."""
    with open_isolated(stored(LONG), block=0.1) as apart:
        blocks = iter(apart)
        next(blocks)
        assert len(forks()) == 1
    assert not forks()
    with pytest.raises(UnreadableInput, match="it has been closed"):
        next(blocks)
    apart.close()
    apart.cancel()


@pytest.mark.parametrize(
    "code", ["time.sleep(60)", "while True: pass", "info(); time.sleep(60)", "info(); message(b'b', size=800); time.sleep(60)"]
)
def test_cancel_wakes_whoever_waits(by: By, code: str) -> None:
    """From any other thread, be it the header or a block that is waited for."""
    with IsolatedDecoder(by(code)) as apart:
        canceller = threading.Timer(0.05, apart.cancel)
        canceller.start()
        began = time.monotonic()
        with pytest.raises(UnreadableInput, match="cannot read the audio: it has been cancelled"):
            list(apart)
        assert time.monotonic() - began < 1
        canceller.join()
        until(lambda: not forks())
        with pytest.raises(UnreadableInput, match="cancelled"):
            list(apart)


@pytest.mark.parametrize("after", range(3))
def test_cancel_between_blocks(after: int) -> None:
    """The next block is the error, though it may have arrived already."""
    with open_isolated(stored(LONG), block=0.1) as apart:
        blocks = iter(apart)
        for _ in range(after):
            next(blocks)
        apart.cancel()
        apart.cancel()
        with pytest.raises(UnreadableInput, match="cancelled"):
            next(blocks)


def test_cancel_at_any_moment() -> None:
    """While it is opened, read and closed: it ends, with the whole sound or that error, and nothing else is hit."""
    content = made(noise(1, 40_000))
    for delay in np.linspace(0, 0.02, 40):
        apart = IsolatedDecoder(stored(content), block=0.2)
        canceller = threading.Timer(delay, apart.cancel)
        canceller.start()
        with apart:
            try:
                assert sum(audio.frames for audio in apart) == 40_000
            except UnreadableInput as error:
                assert "cancelled" in str(error)
        canceller.join()
    assert not forks()
