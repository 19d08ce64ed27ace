"""FILE arguments: files, folders, patterns that the shell did not expand, and standard input."""

from __future__ import annotations

import errno
import glob
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from auricle.errors import InputError, UnreadableInput

__all__ = ["Input", "expand", "passes"]

# What a folder is searched for; a file that is named is opened whatever its suffix.
_AUDIO_SUFFIXES = frozenset(
    (".aac", ".ac3", ".aif", ".aifc", ".aiff", ".amr", ".au", ".caf", ".eac3", ".flac", ".m4a", ".m4b", ".mka", ".mp2", ".mp3", ".mpga",
     ".oga", ".ogg", ".opus", ".snd", ".w64", ".wav", ".wave", ".weba", ".wma")
)  # fmt: skip
_VIDEO_SUFFIXES = frozenset((".3g2", ".3gp", ".asf", ".avi", ".m4v", ".mkv", ".mov", ".mp4", ".webm", ".wmv"))
_STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Input:
    """One recording that was asked for; without a path it is standard input."""

    path: Path | None

    @property
    def word(self) -> str:
        """What the user may write to mean it."""
        return _STANDARD_INPUT if self.path is None else str(self.path)

    @property
    def name(self) -> str:
        """What messages call it."""
        return "standard input" if self.path is None else str(self.path)

    @property
    def file_name(self) -> str:
        """Its name without folders."""
        return "stdin" if self.path is None else self.path.name

    @property
    def source(self) -> Path | BinaryIO:
        """What the decoder opens.

        Raises:
            UnreadableInput: standard input is closed.
        """
        if self.path is not None:
            return self.path
        if sys.stdin is None:  # the shell's `<&-`
            raise UnreadableInput(self.name, OSError(errno.EBADF, "it is closed"))
        return sys.stdin.buffer


def expand(words: Iterable[str]) -> tuple[list[Input], list[tuple[str, InputError]]]:
    """All recordings that ``words`` mean, each once, in order; and for words that mean none, why."""
    found: dict[Input, None] = {}
    failures: list[tuple[str, InputError]] = []
    for word in words:
        try:
            found |= dict.fromkeys(_meant(word))
        except InputError as error:
            failures.append((word or "''", error))
        except OSError as error:  # a name so long, or in so closed a folder, that it cannot even be looked up
            failures.append((word, UnreadableInput(word, error)))
    return list(found), failures


def passes(path: Path | None) -> bool:
    """Whether it is a pipe or a device, whose content is there only once."""
    return path is None or (path.exists() and not path.is_file())


def _meant(word: str) -> list[Input]:
    if word == _STANDARD_INPUT:
        return [Input(None)]
    if not word:  # an unset variable in quotes, which pathlib would take for the current folder
        raise InputError("an empty name means no file.")
    path = Path(word)
    if path.is_dir():
        return [Input(file) for file in _recordings(path)]
    if _is_pattern(word) and not os.path.lexists(word):
        return [Input(file) for file in _matching(word)]
    return [Input(path)]  # one that does not exist is reported when it is opened


def _is_pattern(word: str) -> bool:
    return any(mark in word for mark in "*?[")


def _matching(pattern: str) -> list[Path]:
    """What the pattern matches, as if the shell had expanded it; with ``**`` for any folders between."""
    matches = [Path(match) for match in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207 - Path.glob takes no absolute pattern
    files = [match for match in matches if not match.is_dir()]
    if "**" not in pattern:  # which has been inside the folders already
        files += [file for match in matches if match.is_dir() for file in _recordings(match)]
    if not files:
        raise InputError("no file matches this pattern.")
    return files


def _recordings(folder: Path) -> list[Path]:
    found = sorted(_walk(folder))
    if not found:
        raise InputError("this folder holds no audio or video file.")
    return found


def _walk(folder: Path) -> Iterator[Path]:
    """Audio and video files at any depth; hidden ones are left out, they are other programs' shadows of the visible."""
    for base, folders, names in os.walk(folder, onerror=_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (
            Path(base, name)
            for name in names
            if not name.startswith(".") and Path(name).suffix.lower() in _AUDIO_SUFFIXES | _VIDEO_SUFFIXES
        )


def _unreadable(error: OSError) -> None:
    raise UnreadableInput(str(error.filename), error) from error
