"""A script while it is read aloud: its sound as it comes, and what is known of it so far."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from auricle.audio import Audio
from auricle.cli.script import Script
from auricle.loudness import at_loudness
from auricle.speech import Segment, Word
from auricle.voice import SpeechPiece, SpeechStream, SpokenWord

__all__ = ["Reading", "captions"]

_CHARACTERS_PER_SECOND = 15  # of English, roughly; only for the progress, which shows times


class Reading:
    """Iterate for the sound, once.

    Args:
        stream: what is made of the script.
        script: what is read.
        loudness: of each chapter, or of a whole conversation, which is then held in memory; None leaves it as it is. LUFS.

    Attributes:
        sentences: the words of each piece, with their places in the whole script; none where the voice has no word times.
        duration: how long it is so far. Seconds.
    """

    def __init__(self, stream: SpeechStream, script: Script, loudness: float | None) -> None:
        self.sentences: list[tuple[SpokenWord, ...]] = []
        self.duration = 0.0
        self._stream, self._script, self._loudness = stream, script, loudness
        self._read = 0  # characters

    def __iter__(self) -> Generator[Audio, None, None]:
        if self._loudness is None:
            yield from (audio for _, audio in self._pieces())
            return
        for _, pieces in groupby(self._pieces(), lambda piece: piece[0]):
            yield at_loudness(Audio.join(audio for _, audio in pieces), self._loudness)

    @property
    def expected(self) -> float | None:
        """How long it will be, roughly; None where nobody knows how much of the text has been read. Seconds."""
        return self._script.characters / _CHARACTERS_PER_SECOND if self._stream.voice.word_times else None

    def position(self) -> float:
        """How much of ``expected`` is done, by characters. Seconds."""
        return self.duration if self.expected is None else self._read / _CHARACTERS_PER_SECOND

    def _pieces(self) -> Iterator[tuple[int, Audio]]:
        """Each with the number of the turn that is made as loud as the others."""
        for piece in self._stream:
            turn = min(len(self._stream.turns), len(self._script.turns) - 1)
            self._note(piece, self._script.starts[turn])
            yield 0 if self._script.conversation else turn, piece.audio

    def _note(self, piece: SpeechPiece, start: int) -> None:
        self.duration += piece.audio.duration
        words = tuple(replace(word, span=(start + word.span[0], start + word.span[1])) for word in piece.words)
        if words:
            self.sentences.append(words)
        self._read = max([self._read, start, *(word.span[1] for word in words)])


def captions(sentences: Sequence[Sequence[SpokenWord]], language: str) -> tuple[Segment, ...]:
    """What was said, as if it had been recognised: a segment for each sentence or clause."""
    return tuple(
        Segment(
            number,
            words[0].start,
            words[-1].end,
            _joined(words),
            language,
            1.0,
            tuple(Word(word.text, word.start, word.end, 1.0) for word in words),
        )
        for number, words in enumerate(sentences)
    )


def _joined(words: Sequence[SpokenWord]) -> str:
    """The words with a blank where something stands between them in the text, which is nothing in Chinese."""
    texts = [word.text for word in words]
    for number, (before, after) in enumerate(pairwise(words), 1):
        texts[number] = (" " if after.span[0] > before.span[1] else "") + texts[number]
    return "".join(texts)
