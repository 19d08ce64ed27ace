"""WhisperLiveKit's LocalAgreement, which is whisper_streaming's (https://github.com/ufal/whisper_streaming), as one of our sessions.

With whisper_streaming's defaults: an update for every second of audio, beam 5, a buffer that is cut at segments beyond 15 s.
"""

from __future__ import annotations

import importlib
import logging
import os
from typing import Any

from auricle import weights
from auricle.audio import Mono
from auricle.speech.events import Final, LiveEvent
from auricle.speech.transcript import Word
from auricle.speech.vad import SAMPLE_RATE

STEP_S = 1.0
TRIMMING_S = 15.0


def load(model: str) -> Any:
    """Its recogniser, on one thread: faster-whisper with beam 5."""
    os.environ["OMP_NUM_THREADS"] = "1"  # it takes no such option
    logging.disable(logging.WARNING)  # it says everything
    backends = importlib.import_module("whisperlivekit.local_agreement.backends")
    recognizer = backends.FasterWhisperASR("en", model_dir=str(weights.locate(model)))
    recognizer.buffer_trimming, recognizer.buffer_trimming_sec = "segment", TRIMMING_S
    recognizer.tokenizer, recognizer.confidence_validation = None, False
    return recognizer


class LocalAgreement:
    """One stream of such a recogniser."""

    def __init__(self, recognizer: Any) -> None:
        self._online = importlib.import_module("whisperlivekit.local_agreement.online_asr").OnlineASRProcessor(recognizer)
        self._new = 0  # samples since the last update

    @property
    def due(self) -> bool:
        """Whether there is enough new audio."""
        return self._new >= STEP_S * SAMPLE_RATE

    def hear(self, samples: Mono) -> tuple[LiveEvent, ...]:
        """Take audio."""
        self._online.insert_audio_chunk(samples)
        self._new += len(samples)
        return ()

    def update(self) -> tuple[LiveEvent, ...]:
        """Recognise what has been heard."""
        self._new = 0
        return _final(self._online.process_iter()[0])

    def feed(self, samples: Mono) -> tuple[LiveEvent, ...]:
        """Take audio and recognise it."""
        self.hear(samples)
        return self.update() if self.due else ()

    def finish(self) -> tuple[LiveEvent, ...]:
        """What was heard and not yet committed."""
        rest = self.update() if self._new else ()
        return rest + _final(self._online.finish()[0])


def _final(tokens: list[Any]) -> tuple[LiveEvent, ...]:
    if not tokens:
        return ()
    words = tuple(Word(token.text.strip(), token.start, token.end, token.probability or 0.0) for token in tokens)
    return (Final(words, "".join(token.text for token in tokens), "en"),)
