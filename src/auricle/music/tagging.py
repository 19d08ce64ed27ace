"""Tempo and key in a recording's tags, as programs for disc jockeys read them: in a copy, whose sound stays the same to the bit.

ID3 (https://id3.org/id3v2.3.0, section 4.2.1) has a frame for each: TBPM, a whole number, and TKEY, such as "F#m" or "Bbm". Elsewhere
there is no standard but a custom: ``BPM``, ``INITIALKEY`` and ``KEY`` in Vorbis comments; ``tmpo``, a whole number, and iTunes' free form
``initialkey`` in MP4.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from auricle.atomic import replacing
from auricle.codec import AudioProcessingConfig, probe
from auricle.errors import CorruptAudio, MissingDependency, UnreadableInput, UnsupportedFormat
from auricle.music.results import Key, MusicAnalysis

__all__ = ["Tagger"]

_MP4 = "mov,mp4,m4a,3gp,3g2,mj2"
# mutagen's class, by FFmpeg's names of container and, in Ogg, codec.
_CLASSES = {
    "mp3": "mp3.MP3",
    "wav": "wave.WAVE",
    "aiff": "aiff.AIFF",
    "flac": "flac.FLAC",
    "ogg vorbis": "oggvorbis.OggVorbis",
    "ogg opus": "oggopus.OggOpus",
    "ogg flac": "oggflac.OggFLAC",
    "ogg speex": "oggspeex.OggSpeex",
    _MP4: "mp4.MP4",
}
_ID3 = ("mp3", "wav", "aiff")
_NAMES = "MP3, WAV, AIFF, FLAC, Ogg or MP4 (M4A)"
_NEW_ID3 = 3  # ID3v2.3, which more programs read than 2.4

_Writer = Callable[[Any, float | None, Key | None], None]  # of mutagen's tags


class Tagger:
    """Writes copies of recordings, with tempo and key in their tags.

    Raises:
        MissingDependency: mutagen is not installed.
    """

    def __init__(self) -> None:
        try:
            self._mutagen = import_module("mutagen")
        except ImportError as error:
            raise MissingDependency("writing tags", "tagging") from error

    def check(self, source: Path, config: AudioProcessingConfig | None = None) -> None:
        """Whether a recording's container holds such tags, by its header.

        Args:
            source: the recording.
            config: how it is read.

        Raises:
            UnsupportedFormat: it does not.
            InputError: the recording cannot be read.
        """
        self._kind(source, config)

    def copy(self, source: Path, target: Path, found: MusicAnalysis) -> None:
        """Copy a recording: its sound, its other tags and its pictures as they are, with the tempo and the key that were found.

        What was not found is not written; if the recording has such a tag already, it stays.

        Args:
            source: the recording.
            target: the copy, whole or not at all.
            found: what was found in it.

        Raises:
            UnsupportedFormat: the container holds no such tags.
            CorruptAudio: its header, or the tags that are there, are damaged or incomplete.
            InputError: the recording cannot be read.
            OutputError: the copy cannot be written.
        """
        kind = self._kind(source)
        tempo = found.rhythm.tempo if found.rhythm else None
        key = found.harmony.key if found.harmony else None
        with replacing(target) as file:
            _copy(source, file)
            if tempo is not None or key is not None:
                self._tag(file, source.name, kind, tempo, key)

    def _kind(self, source: Path, config: AudioProcessingConfig | None = None) -> str:
        info = probe(source, config)
        kind = f"ogg {info.codec}" if info.container == "ogg" else info.container
        if kind not in _CLASSES:
            raise UnsupportedFormat(
                f"{source.name} is in a format ({kind}) whose tags hold no tempo and key; convert it to {_NAMES} first, or leave it out."
            )
        return kind

    def _tag(self, file: BinaryIO, name: str, kind: str, tempo: float | None, key: Key | None) -> None:
        module, _, title = _CLASSES[kind].partition(".")
        opened = getattr(import_module(f"mutagen.{module}"), title)
        file.seek(0)
        try:
            if kind in _ID3:
                _tag_id3(opened, file, tempo, key)
            else:
                _tag_other(opened, file, tempo, key, _tag_mp4 if kind == _MP4 else _tag_comments)
        except (self._mutagen.MutagenError, struct.error, ValueError) as error:  # the last two are what mutagen lets through
            if isinstance(error.__context__, OSError) and error.__context__.errno:  # nothing is wrong but the disk
                raise error.__context__ from None
            raise CorruptAudio(
                f"no tags can be added to {name}, whose header or tags are damaged or incomplete; convert it first, or leave it out."
            ) from error


def _copy(source: Path, file: BinaryIO) -> None:
    try:
        with source.open("rb") as original:
            shutil.copyfileobj(original, file, 2**20)
    except OSError as error:
        if error.filename is None:  # it was the writing that failed
            raise
        raise UnreadableInput(source.name, error) from error


def _tag_id3(opened: Callable[..., Any], file: BinaryIO, tempo: float | None, key: Key | None) -> None:
    """ID3 keeps its version, in which the other frames stay as they are; ID3v2.2, which is hardly read any more, becomes 2.3."""
    frames: Any = import_module("mutagen.id3")  # which has no types
    recording = opened(file, translate=False)
    if recording.tags is None:
        recording.add_tags()
        version = _NEW_ID3
    else:
        version = 4 if recording.tags.version >= (2, 4, 0) else 3
    if version == 3 and recording.tags.version < (2, 3, 0):
        recording.tags.update_to_v23()
    if tempo is not None:
        recording.tags.setall("TBPM", [frames.TBPM(encoding=0, text=str(round(tempo)))])
    if key is not None:
        recording.tags.setall("TKEY", [frames.TKEY(encoding=0, text=key.symbol)])
    file.seek(0)
    recording.save(file, v2_version=version)


def _tag_other(opened: Callable[..., Any], file: BinaryIO, tempo: float | None, key: Key | None, write: _Writer) -> None:
    recording = opened(file)
    if recording.tags is None:
        recording.add_tags()
    write(recording.tags, tempo, key)
    file.seek(0)
    recording.save(file)


def _tag_comments(tags: Any, tempo: float | None, key: Key | None) -> None:
    if tempo is not None:
        tags["BPM"] = _hundredths(tempo)
    if key is not None:
        tags["INITIALKEY"] = tags["KEY"] = key.symbol


def _tag_mp4(tags: Any, tempo: float | None, key: Key | None) -> None:
    if tempo is not None:
        tags["tmpo"] = [round(tempo)]
        tags["----:com.apple.iTunes:BPM"] = [_hundredths(tempo).encode()]  # which keeps the fraction, and which FFmpeg reads
    if key is not None:
        tags["----:com.apple.iTunes:initialkey"] = [key.symbol.encode()]


def _hundredths(tempo: float) -> str:
    return f"{tempo:.2f}".rstrip("0").rstrip(".")
