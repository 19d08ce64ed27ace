"""Tempo and key in tags: read back by mutagen and by FFmpeg, with the sound and all that was there before untouched."""

from __future__ import annotations

import errno
import shutil
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import av
import numpy as np
import numpy.typing as npt
import pytest

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, open_audio, probe, write
from auricle.codec.pictures import Picture
from auricle.errors import CorruptAudio, MissingDependency, OutputError, UnreadableInput, UnsupportedFormat
from auricle.music import Harmony, Key, MusicAnalysis, Rhythm
from auricle.music.tagging import Tagger

# Only a part of mutagen has types.
mutagen: Any = import_module("mutagen")
id3: Any = import_module("mutagen.id3")
MP3: Any = import_module("mutagen.mp3").MP3

RATE = 44_100
NOTHING = MusicAnalysis(1.0, RATE, 2)
FOUND = replace(NOTHING, rhythm=Rhythm(127.956, 0.9), harmony=Harmony(Key("F#", "minor", 0.8)))
# What mutagen and FFmpeg call the tags of each format, and what is in them.
ID3 = {"TBPM": "128", "TKEY": "F#m"}
VORBIS = {"bpm": "127.96", "initialkey": "F#m", "key": "F#m"}
MP4 = {"tmpo": "128", "----:com.apple.iTunes:BPM": VORBIS["bpm"], "----:com.apple.iTunes:initialkey": "F#m"}
EXPECTED = {
    "mp3": ID3,
    "wav": ID3,
    "aiff": ID3,
    "flac": VORBIS,
    "ogg": VORBIS,
    "opus": VORBIS,
    "m4a": MP4,
}
ILLUSTRATED = ("mp3", "flac", "m4a", "opus")


@pytest.fixture(scope="module")
def sound() -> Audio:
    """A second of noise, which hides no change."""
    noise = np.random.default_rng(7).standard_normal((2, RATE)) * 0.1
    return Audio(noise.astype(np.float32), RATE)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Picture:
    """A cover."""
    path = tmp_path_factory.mktemp("cover") / "cover.png"
    with av.open(str(path), "w", format="image2") as file:
        stream = file.add_stream("png", 1)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "rgb24"
        file.mux(stream.encode(av.VideoFrame(16, 16, "rgb24")))
    return Picture("png", 16, 16, path.read_bytes())


@pytest.fixture
def recordings(tmp_path: Path, sound: Audio, picture: Picture) -> Path:
    """A recording in each format, with a title and, where it can have one, a cover."""
    for kind in EXPECTED:
        path = tmp_path / f"a.{kind}"
        if kind == "aiff":
            _mux(path, sound)
        else:
            write(path, sound, tags={"title": "Größe", "artist": "Nobody"}, pictures=lambda: [picture])
    return tmp_path


def _mux(path: Path, sound: Audio, *, tagged: bool = True) -> None:
    """By FFmpeg, what auricle does not write."""
    samples = np.rint(sound.samples.T.reshape(1, -1) * 32767).astype(np.int16)
    _mux_pcm(path, "aiff", samples, {"title": "Größe", "artist": "Nobody"} if tagged else {})


def _mux_pcm(path: Path, container: str, samples: npt.NDArray[np.int16], labels: dict[str, str]) -> None:
    with av.open(str(path), "w", format=container, options={"write_id3v2": "1"} if container == "aiff" else {}) as file:
        stream = file.add_stream("pcm_s16be" if container in ("aiff", "au", "caf") else "pcm_s16le", RATE, layout="stereo")
        file.metadata.update(labels)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
        frame.rate = RATE
        file.mux([*stream.encode(frame), *stream.encode(None)])


def tags(path: Path) -> dict[str, str]:
    """All text tags, as mutagen reads them."""
    opened = mutagen.File(path)
    return {name: _text(value) for name, value in dict(opened.tags or {}).items()}


def _text(value: object) -> str:
    if isinstance(value, list):
        value = value[0]
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def packets(path: Path) -> list[bytes]:
    """The encoded sound."""
    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux(file.streams.audio[0]) if packet.size]


@pytest.mark.parametrize("kind", EXPECTED)
def test_every_format(recordings: Path, kind: str) -> None:
    """Tempo and key are there as mutagen reads them; sound, other tags and cover are those of the original, which is not touched."""
    source, target = recordings / f"a.{kind}", recordings / f"b.{kind}"
    before = source.read_bytes()
    Tagger().copy(source, target, FOUND)
    written = tags(target)
    assert {name: written[name] for name in EXPECTED[kind]} == EXPECTED[kind]
    assert {name: value for name, value in written.items() if name not in EXPECTED[kind]} == tags(source)
    assert packets(target) == packets(source)
    assert source.read_bytes() == before


@pytest.mark.parametrize("kind", EXPECTED)
def test_as_auricle_reads_it(recordings: Path, kind: str) -> None:
    """The copy decodes to the same samples, and its header says the same and the new tags."""
    source, target = recordings / f"a.{kind}", recordings / f"b.{kind}"
    Tagger().copy(source, target, FOUND)
    assert np.array_equal(Audio.read(source).samples, Audio.read(target).samples)
    info = probe(target)
    assert (info.tags["title"], info.tags["artist"], info.duration) == ("Größe", "Nobody", probe(source).duration)
    read = {name.lower(): value for name, value in EXPECTED[kind].items()}
    if kind == "m4a":  # FFmpeg reads no tmpo
        read = {"bpm": VORBIS["bpm"], "initialkey": "F#m"}
    assert read.items() <= info.tags.items()


@pytest.mark.parametrize("kind", ILLUSTRATED)
def test_cover_art(recordings: Path, picture: Picture, kind: str) -> None:
    """The cover goes along."""
    Tagger().copy(recordings / f"a.{kind}", recordings / f"b.{kind}", FOUND)
    with open_audio(recordings / f"b.{kind}") as decoder:
        next(iter(decoder))
        assert [one.content for one in decoder.pictures] == [picture.content]


@pytest.mark.parametrize("kind", EXPECTED)
def test_without_other_tags(tmp_path: Path, sound: Audio, kind: str) -> None:
    """A recording that has no tags gets some."""
    if kind == "aiff":
        _mux(tmp_path / f"a.{kind}", sound, tagged=False)
    else:
        write(tmp_path / f"a.{kind}", sound)
    Tagger().copy(tmp_path / f"a.{kind}", tmp_path / f"b.{kind}", FOUND)
    assert EXPECTED[kind].items() <= tags(tmp_path / f"b.{kind}").items()
    assert np.array_equal(Audio.read(tmp_path / f"a.{kind}").samples, Audio.read(tmp_path / f"b.{kind}").samples)


@pytest.mark.parametrize("kind", EXPECTED)
@pytest.mark.parametrize("found", [NOTHING, replace(NOTHING, rhythm=Rhythm(None, 0.0), harmony=Harmony(None))], ids=["unasked", "none"])
def test_nothing_found(recordings: Path, kind: str, found: MusicAnalysis) -> None:
    """Then the copy is one to the byte."""
    Tagger().copy(recordings / f"a.{kind}", recordings / f"b.{kind}", found)
    assert (recordings / f"b.{kind}").read_bytes() == (recordings / f"a.{kind}").read_bytes()


@pytest.mark.parametrize("kind", EXPECTED)
def test_only_one_found(recordings: Path, kind: str) -> None:
    """What was not found is not written, and what is there of an earlier time stays."""
    Tagger().copy(recordings / f"a.{kind}", recordings / f"b.{kind}", replace(FOUND, harmony=Harmony(None)))
    added = set(tags(recordings / f"b.{kind}")) - set(tags(recordings / f"a.{kind}"))
    assert added == {name for name in EXPECTED[kind] if "key" not in name.lower()}
    Tagger().copy(recordings / f"b.{kind}", recordings / f"c.{kind}", replace(FOUND, rhythm=None))
    assert EXPECTED[kind].items() <= tags(recordings / f"c.{kind}").items()


@pytest.mark.parametrize("kind", EXPECTED)
def test_again(recordings: Path, kind: str) -> None:
    """New figures take the place of old ones; keys are spelled as musicians do."""
    Tagger().copy(recordings / f"a.{kind}", recordings / f"b.{kind}", FOUND)
    other = replace(NOTHING, rhythm=Rhythm(90.0, 0.9), harmony=Harmony(Key("A#", "minor", 0.8)))
    Tagger().copy(recordings / f"b.{kind}", recordings / f"c.{kind}", other)
    written = tags(recordings / f"c.{kind}")
    assert {name: written[name] for name in EXPECTED[kind]} == {name: "Bbm" if "key" in name.lower() else "90" for name in EXPECTED[kind]}
    assert set(written) == set(tags(recordings / f"b.{kind}"))


@pytest.mark.parametrize("version", [3, 4])
def test_id3_keeps_its_version(recordings: Path, version: int) -> None:
    """And so its other frames: 2.3 has a year (TYER), 2.4 a date (TDRC)."""
    date = {3: "TYER", 4: "TDRC"}[version]
    opened = id3.ID3()
    opened.add(id3.TIT2(encoding=1, text="Größe"))
    opened.add(getattr(mutagen.id3, date)(encoding=0, text="1999"))
    opened.add(id3.COMM(encoding=1, lang="deu", desc="x", text="Straße"))
    opened.save(recordings / "a.mp3", v2_version=version)
    Tagger().copy(recordings / "a.mp3", recordings / "b.mp3", FOUND)
    written = MP3(recordings / "b.mp3", translate=False).tags
    assert written.version == (2, version, 0)
    assert (str(written[date]), str(written["COMM:x:deu"]), str(written["TKEY"])) == ("1999", "Straße", "F#m")


def test_old_id3(recordings: Path) -> None:
    """ID3v2.2 becomes 2.3, with what it said."""
    frame = b"TT2\x00\x00\x06\x00Great" + b"TYE\x00\x00\x05\x001999"
    bare = recordings / "bare.mp3"
    shutil.copy(recordings / "a.mp3", bare)
    id3.ID3(bare).delete(bare)
    (recordings / "old.mp3").write_bytes(b"ID3\x02\x00\x00" + bytes([0, 0, 0, len(frame)]) + frame + bare.read_bytes())
    Tagger().copy(recordings / "old.mp3", recordings / "new.mp3", FOUND)
    written = MP3(recordings / "new.mp3", translate=False).tags
    assert written.version == (2, 3, 0)
    assert [str(written[name]) for name in ("TIT2", "TYER", "TBPM", "TKEY")] == ["Great", "1999", "128", "F#m"]


@pytest.mark.parametrize("kind", ["au", "caf", "w64", "mkv"])
def test_formats_without_such_tags(tmp_path: Path, kind: str) -> None:
    """One sentence, which says what would do; and no copy."""
    source = tmp_path / f"a.{kind}"
    _mux_pcm(source, {"mkv": "matroska"}.get(kind, kind), np.zeros((1, 2 * RATE), np.int16), {})
    sentence = rf"^a\.{kind} is in a format \(.+\) whose tags hold no tempo and key; convert it to MP3"
    with pytest.raises(UnsupportedFormat, match=sentence):
        Tagger().check(source)
    with pytest.raises(UnsupportedFormat, match=sentence):
        Tagger().copy(source, tmp_path / "b", FOUND)
    assert not (tmp_path / "b").exists()


def test_raw_samples(tmp_path: Path) -> None:
    """They have no tags at all."""
    (tmp_path / "a.raw").write_bytes(bytes(1000))
    with pytest.raises(UnsupportedFormat):
        Tagger().check(tmp_path / "a.raw", AudioProcessingConfig(input_format="pcm", sample_rate=8000))


def test_damaged_tags(recordings: Path) -> None:
    """What cannot be read cannot be kept, so nothing is written."""
    content = bytearray((recordings / "a.flac").read_bytes())
    place = content.index(b"title=") - 4
    content[place : place + 4] = b"\xff\xff\xff\x7f"  # a comment of two gigabytes
    (recordings / "bad.flac").write_bytes(content)
    with pytest.raises(CorruptAudio, match=r"^no tags can be added to bad\.flac, whose header or tags are damaged"):
        Tagger().copy(recordings / "bad.flac", recordings / "b.flac", FOUND)
    assert not (recordings / "b.flac").exists()


@pytest.mark.parametrize("size", [b"\xff" * 4, bytes(4)])
def test_a_wav_without_its_sizes(recordings: Path, size: bytes) -> None:
    """As a pipe leaves it: it can be read, but there is no end to write behind."""
    content = bytearray((recordings / "a.wav").read_bytes())
    place = content.index(b"data")
    content[4:8] = content[place + 4 : place + 8] = size
    (recordings / "piped.wav").write_bytes(content)
    with pytest.raises(CorruptAudio, match=r"^no tags can be added to piped\.wav"):
        Tagger().copy(recordings / "piped.wav", recordings / "b.wav", FOUND)
    assert not (recordings / "b.wav").exists()


@pytest.mark.parametrize("kind", ["mp3", "flac", "wav", "m4a", "ogg"])
def test_a_full_disk(recordings: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the disk that is blamed, not the recording."""
    original = Path.open

    def full(path: Path, *words: Any, **options: Any) -> Any:
        file = original(path, *words, **options)
        return FullDisk(file, (recordings / f"a.{kind}").stat().st_size) if path.name.endswith(".part") else file

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OutputError, match="no space left"):
        Tagger().copy(recordings / f"a.{kind}", recordings / f"b.{kind}", FOUND)
    assert not (recordings / f"b.{kind}").exists()


class FullDisk:
    """A file that takes so many bytes, and no more."""

    def __init__(self, file: Any, room: int) -> None:
        self._file, self._room = file, room

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, content: bytes) -> int:
        """Until it is full."""
        self._room -= len(content)
        if self._room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return int(self._file.write(content))


def test_a_missing_recording(tmp_path: Path) -> None:
    """It cannot be read."""
    with pytest.raises(UnreadableInput):
        Tagger().copy(tmp_path / "a.mp3", tmp_path / "b.mp3", FOUND)


def test_no_place(recordings: Path) -> None:
    """It cannot be written, and the message says where."""
    with pytest.raises(OutputError, match="none"):
        Tagger().copy(recordings / "a.mp3", recordings / "none" / "b.mp3", FOUND)


def test_without_mutagen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "mutagen", None)
    with pytest.raises(MissingDependency, match=r'writing tags needs .*: pip install "auricle\[tagging\]"'):
        Tagger()
