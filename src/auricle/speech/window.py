"""What the model sees at once: up to 30 s of speech, as features and as the encoder's output."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from auricle.audio import Mono
from auricle.speech.features import HOP, Features
from auricle.speech.vad import SpeechPiece, SpeechTimeline

if TYPE_CHECKING:
    from ctranslate2 import StorageView

__all__ = ["MAX_FRAMES", "SpeechBuffer", "Window"]

MAX_FRAMES = 3000  # feature frames of a whole window: 30 s
_LEFT = 2  # feature frames before the window that its first frame's analysis window reaches into, and as many after it
_QUIET = 20  # feature frames over which loudness is averaged to find a pause: 200 ms
_BUCKET = 50  # feature frames; windows are whole multiples, so that the memory of one serves the next


class SpeechBuffer:
    """The joined speech from a little before the window's start; the rest is not read yet or forgotten."""

    def __init__(self, pieces: Iterable[SpeechPiece]) -> None:
        self._pieces = iter(pieces)
        self._samples: Mono = np.zeros(0, np.float32)
        self._origin = 0  # feature frame of the first sample that is held
        self._ended = False
        self.timeline = SpeechTimeline()

    def fill(self, frame: int) -> int:
        """Hold the window at ``frame``; gives how many of its feature frames there are, 0 at the end."""
        wanted = (frame + MAX_FRAMES + _LEFT - self._origin) * HOP
        held, arrived = len(self._samples), [self._samples]
        while held < wanted and not self._ended:
            piece = next(self._pieces, None)
            self._ended = piece is None
            if piece is not None:
                self.timeline.add(piece)
                arrived.append(piece.samples)
                held += len(piece.samples)
        drop = min(max(0, frame - _LEFT - self._origin), held // HOP)
        self._samples, self._origin = np.concatenate(arrived)[drop * HOP :], self._origin + drop
        return max(0, min(MAX_FRAMES, self._origin + len(self._samples) // HOP - frame))

    def audio(self, frame: int, size: int) -> tuple[Mono, int]:
        """Samples of ``size`` frames from ``frame`` on and of the frames around them, and how many frames come before."""
        left = min(_LEFT, frame - self._origin)
        first = (frame - left - self._origin) * HOP
        last = (frame + size + _LEFT - self._origin) * HOP
        samples = self._samples[first:last]
        return np.pad(samples, (0, max(0, HOP - (len(samples) - (left + size) * HOP)))), left


class Window:
    """A window's features, and the encoder's output for them.

    Whisper was trained on windows of 30 s, and the encoder's cost grows faster than their length. But it needs no more silence
    after the audio than a margin; what then goes wrong is decoded again with the whole window.

    Args:
        model: a `ctranslate2.models.Whisper`.
        features: shape (mels, frames), at most `MAX_FRAMES` of them.
        margin: silence that the encoder sees after them, at least. Feature frames.
        silence: what a feature of that silence is; 0 is what Whisper was trained with.

    Attributes:
        size: how many feature frames there are.
        whole: whether the encoder has seen 30 s.
        encoded: its output, shape (1, encoder frames, width).
    """

    def __init__(self, model: Any, features: Features, margin: int, silence: float = 0.0) -> None:
        self._model, self._features, self._margin, self._silence = model, features, margin, silence
        self.size = features.shape[1]
        length = min(MAX_FRAMES, -(-(self.size + margin) // _BUCKET) * _BUCKET)
        self.whole = length == MAX_FRAMES
        self.encoded = self._encode(length)

    def widen(self) -> None:
        """Let the encoder see 30 s."""
        self.whole, self.encoded = True, self._encode(MAX_FRAMES)

    def only(self, size: int) -> Window:
        """The window of the first ``size`` frames."""
        return self if size == self.size else Window(self._model, self._features[:, :size], self._margin, self._silence)

    def quietest(self, earliest: int, latest: int) -> int:
        """The feature frame in the middle of the quietest moment between two."""
        loudness = np.convolve(self._features[:, earliest:latest].mean(axis=0), np.ones(_QUIET), mode="valid")
        return earliest + int(loudness.argmin()) + _QUIET // 2

    def _encode(self, length: int) -> StorageView:
        from ctranslate2 import StorageView

        padded = np.full((1, self._features.shape[0], length), self._silence, np.float32)
        padded[0, :, : self.size] = self._features
        # With several GPUs nobody knows which will decode.
        return self._model.encode(StorageView.from_array(padded), to_cpu=self._model.device == "cuda" and len(self._model.device_index) > 1)
