"""What the model makes of a turn: the words after those that are final.

The decoder is forced to begin with what is final. The encoder sees the audio and a margin instead of 30 s (`auricle.speech.window`), and
30 s where the hypothesis is in doubt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from auricle.speech.agreement import Heard, plausible
from auricle.speech.alignment import words_after
from auricle.speech.features import HOP, RANGE, RATE
from auricle.speech.hypothesis import Hypothesis
from auricle.speech.turn import LEAD, UNDETERMINED, Turn
from auricle.speech.whisper import Recognizer, TranscribeOptions
from auricle.speech.window import Window

__all__ = ["Interpreter"]

_MARGINS = {"tiny.en": 500, "base": 300}  # silence that the encoder sees after the audio: the least with few loops. Feature frames
_MARGIN = 500
_MISSED_S = 0.6  # of voice after the last word of a hypothesis: words are missing
_NOBODY = (0.6, -0.5)  # with a higher probability of no speech and a lower mean log-probability nobody spoke; see `Hypothesis.silent`
_EARLY_S = 0.1  # of voice that the detector misses at both ends
_OWN_S = 1.5  # of a turn's own audio, and how sure its language must be to be another than before
_OWN_SURE = 0.8
_PROMPT = 100  # tokens of a prompt, which costs time at every step


class Interpreter:
    """One stream's use of a shared recogniser.

    Args:
        recognizer: the shared model.
        language: ISO 639-1 code of what is spoken; None detects it, turn by turn.
        prompt: text that might have come before.

    Raises:
        OptionError: the model cannot do what is asked.
    """

    def __init__(self, recognizer: Recognizer, language: str | None, prompt: str | None) -> None:
        recognizer.check(TranscribeOptions(language=language))
        self._recognizer = recognizer
        self._named = language if recognizer.multilingual else "en"
        self._before = " " + prompt.strip() if prompt else ""
        self._margin = _MARGINS.get(recognizer.name, _MARGIN)
        self._loudest = -math.inf  # the largest feature so far

    def words(self, turn: Turn, *, last: bool) -> list[Heard] | None:
        """The words after those that are final; None if they cannot be told yet.

        Args:
            turn: keeps the hypothesis, its language, and how many failed in a row.
            last: nothing more will be heard for now, so that everything voiced should be in words.
        """
        window = self._window(turn)
        if self._changes_language(turn, window):
            window = self._window(turn)
        hypothesis, words = self._try(turn, window)
        turn.failures = 0 if hypothesis.sure else turn.failures + 1
        missed = last and _reach(turn, words) < turn.voiced / RATE - _MISSED_S
        if hypothesis.sure and not missed:
            return words
        if not last and turn.failures % 2:
            return None
        window.widen()
        wider, more = self._try(turn, window)
        if not last:
            return more if wider.good else None
        choices = [turn.tail, *([words] if hypothesis.good else []), *([more] if wider.good else [])]
        return max(reversed(choices), key=lambda choice: _reach(turn, choice))

    def _window(self, turn: Turn) -> Window:
        """What is held of a turn, and after it silence as deep as the loudest so far lets it be."""
        features = self._recognizer.features(turn.samples)
        self._loudest = max(self._loudest, float(features.max()))
        silence = self._loudest - RANGE
        return self._recognizer.window(features.clip(silence), self._margin, silence)

    def _try(self, turn: Turn, window: Window) -> tuple[Hypothesis, list[Heard]]:
        """Decode a window, which is forced to begin with what is final."""
        tokenizer = self._recognizer.tokenizer(turn.language)
        forced = [token for word in turn.final for token in word.tokens]
        prompt = [*tokenizer.sot_sequence, tokenizer.timestamp_begin, *forced]
        if self._before:
            prompt = [tokenizer.sot_prev, *tokenizer.encode(self._before)[-_PROMPT:], *prompt]
        hypothesis = turn.hypothesis = self._recognizer.generate(window, prompt, tokenizer)
        if hypothesis.no_speech_prob > _NOBODY[0] and hypothesis.avg_logprob < _NOBODY[1]:
            return hypothesis, []
        text = [token for token in hypothesis.tokens if token < tokenizer.eot]
        if len(text) <= len(forced):
            return hypothesis, []
        return hypothesis, _placed(turn, words_after(len(forced), text, *self._recognizer.align(window, text, tokenizer), tokenizer))

    def _changes_language(self, turn: Turn, window: Window) -> bool:
        """Find the language as long as nothing is final; true if what was taken over is in another, and has been left behind."""
        if self._named is not None:
            turn.language = self._named
        elif not turn.final or turn.language == UNDETERMINED:
            turn.language = self._recognizer.likeliest_language(window).code
        elif turn.final[-1].end * RATE <= turn.began:  # nothing of this turn itself
            own = max(0, turn.began - turn.start) // HOP
            if (window.size - own) * HOP < _OWN_S * RATE:
                return False
            run = self._recognizer.likeliest_language(window, own)
            if run.code != turn.language and run.probability >= _OWN_SURE:
                turn.leave()
                turn.language = run.code
                return True
        return False


def _placed(turn: Turn, words: Sequence[Heard]) -> list[Heard]:
    """Words with their times in the stream, as far as they can have been said."""
    start, voiced = turn.start / RATE, turn.voiced / RATE
    alone = turn.start + LEAD >= turn.began
    first = turn.began / RATE - _EARLY_S if alone else 0.0  # the aligner lets a first word begin with the audio
    placed = [replace(word, start=max(word.start + start, first), end=min(word.end + start, voiced + _EARLY_S)) for word in words]
    return plausible(placed, voiced)


def _reach(turn: Turn, words: Sequence[Heard]) -> float:
    """How far words explain the audio. Seconds in the stream."""
    return (words or turn.final)[-1].end if words or turn.final else turn.began / RATE
