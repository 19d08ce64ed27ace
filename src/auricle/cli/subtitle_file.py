"""A SubRip file that is whole at any time: each segment is added as soon as it is there."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from auricle.atomic import as_output_error
from auricle.speech.subtitles import Cue, cues, srt_block
from auricle.speech.transcript import Segment

__all__ = ["SubtitleFile"]


class SubtitleFile:
    """A new file, or one that is begun anew, with the subtitles of all segments so far: the same as `subtitles.render` makes of them.

    A segment may still change how long the last cue of the one before is shown, but no other; so that one is written again with it,
    in place and at the same length, for times have a fixed width. So the file only grows, and whoever follows it can read on.

    Raises:
        OutputError: it cannot be written; what was whole stays.
    """

    def __init__(self, path: Path) -> None:
        self._name = str(path)
        self._last: list[Segment] = []  # at most one
        self._number, self._offset = 1, 0  # of its first cue, and where that stands in the file. Bytes
        self._length = 0
        with as_output_error(self._name):
            self._file = path.open("wb", buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def add(self, segment: Segment) -> None:
        """Write the subtitles of the next segment."""
        blocks = [self._block(number, cue) for number, cue in enumerate(cues([*self._last, segment]), self._number)]
        self._write(b"".join(blocks))
        settled = len(list(cues(self._last)))
        self._number += settled
        self._offset += len(b"".join(blocks[:settled]))
        self._last = [segment]

    def _write(self, data: bytes) -> None:
        """Write ``data`` from the offset on, to the end of the file; all of it, or nothing that was not there before."""
        with as_output_error(self._name):
            try:
                self._file.seek(self._offset)
                rest = memoryview(data)
                while rest:
                    rest = rest[self._file.write(rest) :]
            except OSError:
                self._file.truncate(self._length)
                raise
        self._length = self._offset + len(data)

    def _block(self, number: int, cue: Cue) -> bytes:
        return ("\n" * (number > 1) + srt_block(number, cue)).encode()
