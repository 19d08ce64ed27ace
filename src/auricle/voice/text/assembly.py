"""Words and the punctuation between them → tokens that know where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from auricle.voice.engine import Token
from auricle.voice.text.legible import Legible

__all__ = ["Assembly"]

_MOST_SIGNS = 3  # punctuation marks kept on one side of a word: "?!!" says all that "?!!!!!!" does
_LETTER_A = "ˈeɪ"  # alone it would be read as the article


@dataclass(slots=True)
class _Piece:
    """A stretch of the text and what is said for it."""

    words: list[str]
    start: int
    end: int
    phonemes: str | None = None
    before: str = ""
    after: str = ""
    read: bool = False


@dataclass(slots=True)
class Assembly:
    """Tokens in the making.

    Attributes:
        source: the text that they come from.
    """

    source: Legible
    _pieces: list[_Piece] = field(default_factory=list)
    _opened: tuple[str, int] | None = None

    @property
    def figures_end(self) -> int:
        """Where the last piece ends, if it is a reading; -1 otherwise."""
        return self._pieces[-1].end if self._pieces and self._pieces[-1].read else -1

    def say(self, words: Sequence[str], start: int, end: int, phonemes: str | None = None, read: bool = False) -> None:
        """Add what is said for the text from ``start`` to ``end``.

        Args:
            words: none for what is only seen.
            start: place in the text.
            end: place after it.
            phonemes: of the single word.
            read: whether it is a reading: of figures, letters and the like.
        """
        if not words:
            return self.close("", start, end)
        before, self._opened = self._opened, None
        adjacent = before is not None
        self._pieces.append(
            _Piece(list(words), before[1] if before else start, end, phonemes, before[0] if adjacent and before else "", read=read)
        )
        return None

    def open(self, mark: str, start: int) -> None:
        """Add punctuation that belongs to what follows."""
        self._opened = (((self._opened[0] if self._opened else "") + mark)[:_MOST_SIGNS], self._opened[1] if self._opened else start)

    def close(self, mark: str, start: int, end: int) -> None:
        """Add punctuation that belongs to what is before; at the beginning it stands for itself."""
        if self._opened and mark in {")", "”"}:
            self._opened = None  # nothing is between the two
            return
        if not self._pieces:
            if mark:
                self._stand(mark, start, end)
            return
        last = self._pieces[-1]
        if last.end == start:
            last.end = end
            last.read = last.read and not mark
        if len(last.after) < _MOST_SIGNS and not (mark and last.after.endswith(mark) and mark not in "!?)"):
            last.after += mark

    def _stand(self, mark: str, start: int, end: int) -> None:
        """Add punctuation as a piece of its own; what is open still belongs to what follows, but its place is before this: "“…and"."""
        if self._opened:
            start, self._opened = self._opened[1], (self._opened[0], end)
        self._pieces.append(_Piece([], start, end, after=mark))

    def tokens(self) -> tuple[Token, ...]:
        """All of them."""
        return tuple(token for piece in self._pieces for token in self._tokens(piece))

    def _tokens(self, piece: _Piece) -> list[Token]:
        span = self.source.span(piece.start, piece.start + len(self.source.text[piece.start : piece.end].rstrip()) or piece.end)
        if not piece.words:
            return [Token(piece.after, span)]
        words = [word for word in piece.words if word]
        sounds = [piece.phonemes if piece.phonemes or word.rstrip(".,") != "A" or not piece.read else _LETTER_A for word in words]
        words[0] = piece.before + words[0]
        words[-1] = words[-1].rstrip(piece.after[:1] or "") + piece.after
        return [Token(word, span, sound) for word, sound in zip(words, sounds, strict=True)]
