"""Live captions, sans I/O: `LiveSession` takes audio as it comes and says which words are final.

There is no clock in it: what it says depends on the audio alone. Silero VAD finds the turns; while one lasts, what is held of it is
decoded again and again (`auricle.speech.interpretation`), what two hypotheses agree on is final (`auricle.speech.agreement`), and what is
final is cut off, so that the hundredth minute costs what the first does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from auricle import weights
from auricle.audio import Mono
from auricle.errors import OptionError
from auricle.speech.agreement import Heard, final
from auricle.speech.confidence import of_segment, of_word
from auricle.speech.events import Final, LiveEvent, Partial, SpeechEnded, SpeechStarted, Utterance
from auricle.speech.features import HOP, RATE
from auricle.speech.interpretation import Interpreter
from auricle.speech.transcript import Segment, Word
from auricle.speech.turn import LEAD, SENTENCE_ENDS, Turn
from auricle.speech.vad import WINDOW, VoiceDetector, VoiceStream
from auricle.speech.whisper import Recognizer, TranscribeOptions

__all__ = ["LiveOptions", "LiveSession"]

_STEPS = {"tiny.en": round(0.25 * RATE)}  # samples between two decodings, of a model that is quick
_STEP = round(0.35 * RATE)
_SLOWEST = 4  # steps between two decodings of what cannot be understood
_PAUSE_S = 0.3
_PAUSE = round(_PAUSE_S * RATE)  # samples of silence after which what was said is decoded at once
_LINKED = 2 * RATE  # samples of silence after which a turn begins without what was said before
_DIVIDED = 15 * RATE  # samples not yet decoded at which a turn is divided: only when audio comes faster than it is recognised
_SEGMENT_S = 12.0  # of a segment without the end of a sentence


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What to recognise of live speech and how.

    Attributes:
        language: ISO 639-1 code such as "de", or its English name; None detects it, utterance by utterance.
        prompt: text that might have come before; its style and spelling are continued.
        threshold: a window of 32 ms with this speech probability is speech; 0.01 to 1.
        silence: how long a pause ends an utterance; 0.1 to 60. Seconds.

    Raises:
        OptionError: a value that cannot be honoured; names the field.
    """

    language: str | None = None
    prompt: str | None = None
    threshold: float = 0.5
    silence: float = 0.6

    def __post_init__(self) -> None:
        for name, low, high in (("threshold", 0.01, 1.0), ("silence", 0.1, 60.0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                raise OptionError(name, f"{name} is {value!r}; it may be {low:g} to {high:g}")
        object.__setattr__(self, "language", TranscribeOptions(language=self.language, prompt=self.prompt).language)


class LiveSession:
    """One stream of live speech; for one thread at a time. Any number of sessions may share a recogniser.

    `feed` hears and decodes at every step, so that what it gives is the same for any chunking. Who cannot keep up calls `hear`, which
    is cheap, and `update` when it is `due`: that decodes once, whatever has come since.

    Args:
        recognizer: the shared model.
        options: what to recognise.

    Raises:
        OptionError: the model cannot do what the options ask.
    """

    def __init__(self, recognizer: Recognizer, options: LiveOptions | None = None) -> None:
        self._options = options or LiveOptions()
        self._step = _STEPS.get(recognizer.name, _STEP)
        self._interpreter = Interpreter(recognizer, self._options.language, self._options.prompt)
        self._voice = VoiceStream(weights.shared("voice detector", VoiceDetector))
        self._held: Mono = np.zeros(0, np.float32)  # less than a window, not judged yet
        self._silence: Mono = np.zeros(0, np.float32)  # the latest of what is no turn
        self._heard = 0  # samples judged
        self._turns: deque[Turn] = deque()  # not yet all final; only the last can still grow
        self._before: Turn | None = None  # the latest turn that has ended
        self._latest = 0.0  # end of the last final word. Seconds
        self._segments = 0
        self._partial = ""

    @property
    def due(self) -> bool:
        """Whether `update` has something to decode."""
        if not self._turns:
            return False
        turn = self._turns[0]
        paused = not turn.settled and turn.end - turn.voiced >= _PAUSE
        step = self._step * min(max(1, turn.failures - 1), _SLOWEST)  # a failure or two are nothing unusual
        return turn.ended or paused or (turn.voiced > turn.decoded and turn.end - turn.decoded >= step)

    def feed(self, samples: Mono) -> tuple[LiveEvent, ...]:
        """Take samples at 16 kHz, shape (frames,), and decode at every step."""
        events: list[LiveEvent] = []
        for window in self._windows(samples):
            events += self._judge(window)
            while self.due:
                events += self.update()
        return tuple(events)

    def hear(self, samples: Mono) -> tuple[LiveEvent, ...]:
        """Take samples at 16 kHz, shape (frames,), and only look for speech."""
        return tuple(event for window in self._windows(samples) for event in self._judge(window))

    def update(self) -> tuple[LiveEvent, ...]:
        """Decode what has been heard of the oldest turn; if there is more, it is still `due`."""
        if not self._turns:
            return ()
        turn = self._turns[0]
        turn.take_over()
        events = [*self._announce(turn), *self._decode(turn)]
        if turn.ended:
            events += self._end(turn)
            self._turns.popleft()
        return tuple(events)

    def commit(self) -> tuple[LiveEvent, ...]:
        """Make everything that was heard final: the utterance ends here, and the session goes on."""
        if self._turns and not self._turns[-1].ended:
            self._close(self._turns[-1])
        events: list[LiveEvent] = []
        while self._turns:
            events += self.update()
        return tuple(events)

    def finish(self) -> tuple[LiveEvent, ...]:
        """No more audio will come: make everything final."""
        rest = -len(self._held) % WINDOW
        return self.hear(np.zeros(rest, np.float32)) + self.commit()

    def _windows(self, samples: Mono) -> Iterable[Mono]:
        # One pop far beyond full scale would make everything after it silence to the features, whose floor is that far below the loudest.
        held = np.concatenate([self._held, samples.clip(-1, 1)])
        whole = len(held) // WINDOW * WINDOW
        self._held = held[whole:]
        return held[:whole].reshape(-1, WINDOW)

    def _judge(self, window: Mono) -> Sequence[LiveEvent]:
        """Add a window to a turn, or begin one."""
        probability = float(self._voice.judge(window)[0])
        here, self._heard = self._heard, self._heard + WINDOW
        turn = self._turns[-1] if self._turns and not self._turns[-1].ended else None
        if turn is None:
            self._silence = np.concatenate([self._silence, window])[-_LINKED:]
            return self._begin(here) if probability >= self._options.threshold else ()
        turn.add(window)
        if probability >= max(self._options.threshold - 0.15, 0.01):
            turn.voiced, turn.settled = turn.end, False
        elif turn.end - turn.voiced >= self._options.silence * RATE:
            self._close(turn)
        if not turn.ended and turn.end - turn.decoded >= _DIVIDED:
            self._close(turn)
            self._begin(turn.end, joined=True)
            self._turns[-1].voiced = turn.voiced
        return ()

    def _begin(self, here: int, *, joined: bool = False) -> Sequence[LiveEvent]:
        """Begin a turn with speech at ``here``."""
        samples, self._silence = self._silence, self._silence[:0]
        linked = self._before is not None and self._heard - len(samples) <= self._before.end
        if not linked:
            samples = samples[-(self._heard - here + LEAD) :]
        turn = Turn(self._heard - len(samples), samples, here, self._before if linked else None, joined=joined)
        turn.voiced, self._before = self._heard, None
        self._turns.append(turn)
        return self._announce(turn) if len(self._turns) == 1 else ()

    def _close(self, turn: Turn) -> None:
        turn.ended, self._before = True, turn

    def _announce(self, turn: Turn) -> Sequence[LiveEvent]:
        if turn.announced:
            return ()
        turn.announced = True
        return () if turn.joined else (SpeechStarted(round(turn.began / RATE, 2)),)

    def _end(self, turn: Turn) -> Sequence[LiveEvent]:
        return self._segment(turn) if self._divided else (*self._segment(turn), SpeechEnded(round(turn.voiced / RATE, 2)))

    @property
    def _divided(self) -> bool:
        """Whether the next turn goes on where the first was divided, and so has another chance at its last words."""
        return len(self._turns) > 1 and self._turns[1].joined

    def _decode(self, turn: Turn) -> Sequence[LiveEvent]:
        """One more hypothesis of a turn, and what is final by it."""
        paused = turn.end - turn.voiced >= _PAUSE
        nothing_new = turn.settled and not turn.tail
        turn.decoded, turn.settled = turn.end, paused
        if nothing_new or turn.end - turn.start < HOP:
            return ()
        words = self._interpreter.words(turn, last=turn.ended or paused)
        if words is None:
            return () if turn.failures % 2 else self._give_up(turn)  # not before it was tried in full, for much may never have been decoded
        until = turn.end / RATE
        agreeing, until = (words, until + _PAUSE_S) if paused else (turn.tail, until)  # silence is as good as more of it
        count = len(words) if turn.ended and not self._divided else final(agreeing, words, until)
        events = self._commit(turn, words[:count])
        turn.tail = words[count:]
        text = "".join(word.text for word in turn.tail)
        if text if count else text != self._partial:
            events.append(Partial(text, turn.language))
        self._partial = text
        if not turn.ended:
            turn.trim()
            events += self._give_up(turn)
        return events

    def _give_up(self, turn: Turn) -> list[LiveEvent]:
        """Let go of audio in which nothing becomes final; what was last heard in it has to do."""
        if not turn.overlong:
            return []
        events = self._commit(turn, turn.tail)
        turn.forget()
        self._partial = ""
        return events

    def _commit(self, turn: Turn, words: Sequence[Heard]) -> list[LiveEvent]:
        """Make words final."""
        if not words:
            return []
        events: list[LiveEvent] = []
        placed = [self._in_order(word) for word in words]
        turn.final += placed
        events.append(Final(tuple(map(_word, placed)), "".join(word.text for word in placed), turn.language))
        for word in placed:
            if turn.segment and _divides(turn.segment, word):
                events += self._segment(turn)
            turn.segment.append(word)
        return events

    def _segment(self, turn: Turn) -> Sequence[LiveEvent]:
        """A segment of the final words that are not part of one yet."""
        if not turn.segment:
            return ()
        words, hypothesis = tuple(map(_word, turn.segment)), turn.hypothesis
        segment = Segment(
            id=self._segments,
            start=words[0].start,
            end=words[-1].end,
            text="".join(word.text for word in turn.segment).strip(),
            language=turn.language,
            confidence=of_segment(hypothesis.avg_logprob, words),
            words=words,
            avg_logprob=hypothesis.avg_logprob,
            no_speech_prob=hypothesis.no_speech_prob,
            compression_ratio=hypothesis.compression_ratio,
            tokens=tuple(token for word in turn.segment for token in word.tokens),
        )
        self._segments, turn.segment = self._segments + 1, []
        return (Utterance(segment),)

    def _in_order(self, word: Heard) -> Heard:
        """To 10 ms, and never before the end of what came before."""
        start = max(round(word.start, 2), self._latest)
        self._latest = max(round(word.end, 2), start)
        return replace(word, start=start, end=self._latest)


def _word(word: Heard) -> Word:
    return Word(word.text.strip(), word.start, word.end, of_word(word.probability))


def _divides(segment: Sequence[Heard], word: Heard) -> bool:
    """Whether a word begins another segment: after a sentence, or when it would be a long one."""
    last = segment[-1].text.rstrip()
    sentence = last.endswith(SENTENCE_ENDS) and (word.text[:1].isspace() or not last.isascii())
    return sentence or word.end - segment[0].start > _SEGMENT_S
