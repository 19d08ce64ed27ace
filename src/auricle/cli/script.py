"""What is to be read aloud: words of the command line, text files, conversations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from auricle.cli.book import parts
from auricle.cli.conversation import turns_of
from auricle.cli.inputs import Input
from auricle.codec.chapters import Chapter
from auricle.errors import InputError, OptionError, UnreadableInput
from auricle.voice import SpokenTurn, Turn

__all__ = ["Script", "conversation_in", "text_in", "text_of"]

_CHAPTER_PAUSE_MS = 1500  # before the next chapter begins
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True)
class Script:
    """A text that becomes one recording.

    Attributes:
        name: what messages call it.
        turns: what is said: of a book its chapters, one after the other.
        starts: for each turn the place of its text in the whole.
        titles: of the chapters; empty where there are none.
        conversation: whether it is one.
        title: of the recording; None where nobody has said.
    """

    name: str
    turns: tuple[Turn, ...]
    starts: tuple[int, ...]
    titles: tuple[str, ...] = ()
    conversation: bool = False
    title: str | None = None

    @property
    def characters(self) -> int:
        """Of the whole."""
        return self.starts[-1] + len(self.turns[-1].text)

    def chapters(self, said: list[SpokenTurn]) -> list[Chapter]:
        """The chapters that have been read."""
        return [Chapter(title, turn.start) for title, turn in zip(self.titles, said, strict=False)]


def text_of(name: str, text: str, *, ssml: bool | None) -> Script:
    """A text with its chapters; SSML has none, for its elements may reach across them.

    Raises:
        OptionError: it is blank.
    """
    if not text.strip():
        raise OptionError("text", "there is nothing to say; give some words")
    if ssml or (ssml is None and text.lstrip().startswith("<speak")):
        return Script(name, (Turn(text),), (0,))
    found = parts(text)
    pauses = [_CHAPTER_PAUSE_MS] * (len(found) - 1) + [0]
    turns = tuple(Turn(part.text, None, pause) for part, pause in zip(found, pauses, strict=True))
    return Script(name, turns, tuple(part.start for part in found), tuple(part.title for part in found if part.title is not None))


def text_in(file: Input, *, ssml: bool | None) -> Script:
    """A text file; errors as for `_read` and `text_of`."""
    return replace(text_of(file.name, _read(file), ssml=ssml), title=_title(file))


def conversation_in(file: Input, cast: Mapping[str, str]) -> Script:
    """A conversation's file; errors as for `_read` and `turns_of`."""
    suffix = "" if file.path is None else file.path.suffix.lower()
    turns = turns_of(_read(file), suffix, cast)
    starts = tuple(accumulate((len(turn.text) for turn in turns[:-1]), initial=0))
    return Script(file.name, turns, starts, conversation=True, title=_title(file))


def _title(file: Input) -> str | None:
    return None if file.path is None else file.path.stem


def _read(file: Input) -> str:
    """A file's text, with a newline at the end of each line.

    Raises:
        UnreadableInput: it cannot be read.
        InputError: it is not text.
    """
    try:
        source = file.source
        data = source.read_bytes() if isinstance(source, Path) else source.read()
    except OSError as error:
        if isinstance(error, UnreadableInput):
            raise
        raise UnreadableInput(Path(file.name).name, error) from error
    try:
        text = data.decode(_BYTE_ORDER_MARKS.get(data[:2], "utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"this is not text in UTF-8: byte {error.start} is {data[error.start]:#04x}; save it as UTF-8.") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
