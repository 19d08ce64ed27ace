"""Where somebody speaks: Silero VAD as a stream, sans I/O.

A `VoiceDetector` is the shared network; a `SpeechGate` is one stream's state, which lets speech pass and drops the rest.
Network: Silero VAD v6 (https://github.com/snakers4/silero-vad, MIT), inside the package faster-whisper. The gate's rule is the
one of its `get_speech_timestamps`: speech begins with a window above `threshold`, ends when `min_silence` has passed without
one, and is padded on both sides.
"""

from __future__ import annotations

import bisect
import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from auricle.audio import Mono
from auricle.errors import MissingDependency
from auricle.weights import network

__all__ = [
    "SAMPLE_RATE",
    "WINDOW",
    "GateOptions",
    "SpeechGate",
    "SpeechPiece",
    "SpeechTimeline",
    "VoiceDetector",
    "VoiceStream",
    "speech_pieces",
]

SAMPLE_RATE = 16_000
WINDOW = 512  # samples that get one probability: 32 ms
_CONTEXT = 64  # samples of the window before that the network sees too


class VoiceDetector:
    """The network: immutable, may be shared by threads.

    Raises:
        MissingDependency: onnxruntime or the package that brings the network is not installed.
    """

    def __init__(self) -> None:
        package = importlib.util.find_spec("faster_whisper")
        if package is None or package.origin is None:
            raise MissingDependency("voice activity detection", "speech")
        path = next((Path(package.origin).parent / "assets").glob("silero_vad*.onnx"))
        try:
            self._session = network(path)
        except ImportError as error:
            raise MissingDependency("voice activity detection", "speech") from error

    def probabilities(self, windows: Mono, state: tuple[Any, Any]) -> tuple[Mono, tuple[Any, Any]]:
        """Speech probability of each row of ``windows``, shape (n, context + window), and the network's state after them."""
        speech, hidden, cell = self._session.run(None, {"input": windows, "h": state[0], "c": state[1]})
        return speech.reshape(-1), (hidden, cell)


class VoiceStream:
    """One stream's state of the network: `judge` its windows in order."""

    def __init__(self, detector: VoiceDetector) -> None:
        self._detector = detector
        self._state: tuple[Any, Any] = (np.zeros((1, 1, 128), np.float32), np.zeros((1, 1, 128), np.float32))
        self._context: Mono = np.zeros(_CONTEXT, np.float32)

    def judge(self, samples: Mono) -> Mono:
        """Speech probability of each window of `WINDOW` samples; ``samples`` are one whole window or more."""
        windows = samples.reshape(-1, WINDOW)
        before = np.concatenate([self._context[None], windows[:-1, -_CONTEXT:]])
        self._context = windows[-1, -_CONTEXT:]
        speech, self._state = self._detector.probabilities(np.concatenate([before, windows], axis=1), self._state)
        return speech


@dataclass(frozen=True, slots=True)
class GateOptions:
    """When the gate opens and closes. The defaults are those that faster-whisper uses before recognition.

    Attributes:
        threshold: a window of this speech probability opens the gate; below ``threshold - 0.15`` it may close.
        min_silence: how long it stays open after the last speech. Seconds; at least twice ``pad``.
        pad: audio kept before and after speech. Seconds.
    """

    threshold: float = 0.5
    min_silence: float = 2.0
    pad: float = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class SpeechPiece:
    """Audio that passed the gate.

    Attributes:
        start: place of its first sample in the recording. Samples.
        samples: float32, shape (frames,).
    """

    start: int
    samples: Mono


class SpeechGate:
    """One stream: `feed` samples at 16 kHz and get the pieces with speech, then `finish`.

    The pieces, joined, are the same for any chunking. Memory is bounded: what cannot become speech any more is forgotten.
    """

    def __init__(self, detector: VoiceDetector, options: GateOptions | None = None) -> None:
        options = options or GateOptions()
        self._voice = VoiceStream(detector)
        self._open_at, self._close_at = options.threshold, max(options.threshold - 0.15, 0.01)
        self._min_silence, self._pad = round(options.min_silence * SAMPLE_RATE), round(options.pad * SAMPLE_RATE)
        self._held: Mono = np.zeros(0, np.float32)  # audio from sample `_origin` on that is not yet given or forgotten
        self._origin = self._judged = 0  # first held sample; samples that the network has judged
        self._open = False
        self._silent_since: int | None = None  # while open: where the silence began that may become the end

    def feed(self, samples: Mono) -> list[SpeechPiece]:
        """Take samples of shape (frames,), give the speech that is certain by now."""
        self._held = np.concatenate([self._held, samples])
        ready = (self._origin + len(self._held) - self._judged) // WINDOW * WINDOW
        return self._advance(self._from(self._judged, self._judged + ready)) if ready else []

    def finish(self) -> list[SpeechPiece]:
        """The recording has ended: give the rest."""
        end = self._origin + len(self._held)
        tail = self._from(self._judged, end)
        pieces = self._advance(np.pad(tail, (0, WINDOW - len(tail)))) if len(tail) else []
        if self._open:
            pieces += self._give(end)
        return pieces

    def _advance(self, audio: Mono) -> list[SpeechPiece]:
        pieces: list[SpeechPiece] = []
        for probability in self._voice.judge(audio):
            pieces += self._judge(float(probability))
        if self._open:
            pieces += self._give(self._judged if self._silent_since is None else min(self._judged, self._silent_since + self._pad))
        else:
            self._forget(self._judged - self._pad)
        return pieces

    def _judge(self, probability: float) -> list[SpeechPiece]:
        """One window's probability; gives the end of the speech if it closes the gate."""
        here, self._judged = self._judged, self._judged + WINDOW
        if probability >= self._open_at:
            if not self._open:
                self._forget(here - self._pad)
            self._open, self._silent_since = True, None
        elif self._open and probability < self._close_at:
            self._silent_since = here if self._silent_since is None else self._silent_since
            if here - self._silent_since >= self._min_silence:
                end, self._open, self._silent_since = self._silent_since + self._pad, False, None
                return self._give(end)
        return []

    def _give(self, end: int) -> list[SpeechPiece]:
        start = self._origin
        samples = self._from(start, end)
        self._forget(end)
        return [SpeechPiece(start, samples)] if len(samples) else []

    def _forget(self, end: int) -> None:
        count = min(max(0, end - self._origin), len(self._held))
        self._held, self._origin = self._held[count:], self._origin + count

    def _from(self, start: int, end: int) -> Mono:
        return self._held[max(0, start - self._origin) : max(0, end - self._origin)]


def speech_pieces(blocks: Iterable[Mono], gate: SpeechGate | None) -> Iterator[SpeechPiece]:
    """What of a recording passes the gate; without a gate, all of it."""
    position = 0
    for block in blocks:
        yield from [SpeechPiece(position, block)] if gate is None else gate.feed(block)
        position += len(block)
    if gate is not None:
        yield from gate.finish()


class SpeechTimeline:
    """Times in the joined pieces → times in the recording."""

    def __init__(self) -> None:
        self._joined: list[int] = []  # where each run of adjoining pieces begins in the joined audio, samples
        self._skipped: list[int] = []  # how much of the recording was left out before it, samples
        self._length = 0

    def add(self, piece: SpeechPiece) -> None:
        """Append a piece."""
        skipped = piece.start - self._length
        if not self._skipped or skipped != self._skipped[-1]:
            self._joined.append(self._length)
            self._skipped.append(skipped)
        self._length += len(piece.samples)

    def in_recording(self, start: float, end: float) -> tuple[float, float]:
        """The span ``start``…``end`` (seconds), which a word never shares between two runs, in the recording."""
        run = self._run((start + end) / 2)
        first, last = self._bounds(run)
        shift = self._skipped[run] / SAMPLE_RATE
        return min(max(start, first), last) + shift, min(max(end, first), last) + shift

    def across(self, start: float, end: float) -> tuple[float, float]:
        """The same for a segment, which may begin in one run and end in another."""
        first, last = self._run(start), self._run(max(start, end - 1 / SAMPLE_RATE))
        return start + self._skipped[first] / SAMPLE_RATE, end + self._skipped[last] / SAMPLE_RATE

    def _run(self, time: float) -> int:
        return max(0, bisect.bisect_right(self._joined, int(time * SAMPLE_RATE)) - 1)

    def _bounds(self, run: int) -> tuple[float, float]:
        end = self._joined[run + 1] if run + 1 < len(self._joined) else self._length
        return self._joined[run] / SAMPLE_RATE, end / SAMPLE_RATE
