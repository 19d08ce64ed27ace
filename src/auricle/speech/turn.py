"""What somebody says between two pauses: its audio and what is known of its words."""

from __future__ import annotations

import numpy as np

from auricle.audio import Mono
from auricle.speech.agreement import Heard
from auricle.speech.features import RATE
from auricle.speech.hypothesis import Hypothesis

__all__ = ["LEAD", "SENTENCE_ENDS", "UNDETERMINED", "Turn"]

_TRIM_S = 8.0  # of audio; with more, what is final is cut off after a sentence
_MOST_S = 12.0  # with more, anywhere
_KEPT_S = 3.0  # of audio are kept in any case, for the words to come need it
LEAD = round(0.4 * RATE)  # samples before the first voiced window, which begins late
UNDETERMINED = "und"  # ISO 639-2
SENTENCE_ENDS = (".", "?", "!", "。", "？", "！", "…")


class Turn:
    """Audio from the beginning of speech on, or from wherever what is final has been cut off.

    Args:
        start: place of the first of ``samples`` in the stream. Samples.
        samples: what is held of it, shape (frames,).
        began: where speech began. Samples.
        before: the turn that ended where this one's samples begin: its last audio and words help to understand this one's first.
        joined: it goes on where the turn before was divided without a pause.

    Attributes:
        voiced: end of the last voiced window. Samples.
        decoded: how far it has been decoded. Samples.
        ended: no more audio will be added.
        settled: everything voiced is final.
        announced: that it began has been said.
        final: the words in the held audio that are final.
        tail: the words after them in the latest hypothesis.
        segment: the final words that are not yet part of a segment.
        language: of the latest hypothesis.
        failures: hypotheses in a row that could not be used.
        hypothesis: the latest.
    """

    def __init__(self, start: int, samples: Mono, began: int, before: Turn | None = None, *, joined: bool = False) -> None:
        self._start, self._blocks, self._length = start, [samples], len(samples)
        self._before = before
        self.began, self.voiced, self.decoded = began, began, began
        self.ended = self.settled = self.announced = False
        self.joined = joined
        self.final: list[Heard] = []
        self.tail: list[Heard] = []
        self.segment: list[Heard] = []
        self.hypothesis = Hypothesis([], "", 0.0, 0.0, 0.0, 0.0)
        self.language = UNDETERMINED
        self.failures = 0

    @property
    def start(self) -> int:
        """Place of the first held sample in the stream."""
        return self._start

    @property
    def end(self) -> int:
        """Place after the last sample in the stream."""
        return self._start + self._length

    @property
    def samples(self) -> Mono:
        """The held audio, shape (frames,)."""
        if len(self._blocks) > 1:
            self._blocks = [np.concatenate(self._blocks)]
        return self._blocks[0]

    def add(self, samples: Mono) -> None:
        """Append audio."""
        self._blocks.append(samples)
        self._length += len(samples)

    def take_over(self) -> None:
        """Let the last audio and words of the turn before, all of which are final by now, precede this one's."""
        before, self._before = self._before, None
        if before is None or not (before.final or self.joined):
            return
        before.trim(_KEPT_S)
        before._cut(min([before.end - round(_KEPT_S * RATE), *(round(word.start * RATE) for word in before.final[:1])]))
        self._blocks, self._length = [before.samples, *self._blocks], before._length + self._length
        self._start, self.final, self.language = before.start, before.final, before.language

    def leave(self) -> None:
        """Forget what was taken over: this turn is in another language."""
        self._cut(min(self.began, self.end))
        self.final = []

    def trim(self, limit: float = _TRIM_S) -> None:
        """Cut off final words, with their audio, where there is more than ``limit`` seconds of it."""
        length = self._length / RATE
        if length <= limit:
            return
        old = [index for index, word in enumerate(self.final) if word.end <= self.end / RATE - _KEPT_S]
        sentences = [index for index in old if self.final[index].text.rstrip().endswith(SENTENCE_ENDS)]
        places = sentences or (old if length > _MOST_S or limit < _TRIM_S else [])
        if not places:
            return
        gone, self.final = self.final[: places[-1] + 1], self.final[places[-1] + 1 :]
        self._cut(round(RATE * (gone[-1].end + (self.final[0].start if self.final else gone[-1].end)) / 2))

    @property
    def overlong(self) -> bool:
        """Whether there is much audio from which nothing can be cut."""
        return self._length / RATE > _MOST_S + _KEPT_S

    def forget(self) -> None:
        """Cut off all but the last audio, and what was heard in it."""
        self._cut(self.end - round(_KEPT_S * RATE))
        self.final, self.tail = [], []

    def _cut(self, place: int) -> None:
        count = min(max(0, place - self._start), self._length)
        self._blocks = [self.samples[count:]]
        self._start, self._length = self._start + count, self._length - count
