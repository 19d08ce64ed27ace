"""What a speech model removes from sound at 48 kHz."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from auricle.audio import Mono, Samples
from auricle.enhancement.denoise.lane import Lane
from auricle.enhancement.denoise.music_guard import MusicGuard
from auricle.enhancement.denoise.working_level import FRAME

__all__ = ["Removal"]

_HALF_POWER = np.sqrt(np.float32(0.5))
_HANN = np.hanning(FRAME + 1)[:-1].astype(np.float32)
_BIN = 48_000 / FRAME  # of a frame's spectrum. Hertz
_TOP = 0.8  # of what is carried: where "high" begins
_RAMP = (np.arange(FRAME) + 1) / FRAME


class Removal:
    """One stream at 48 kHz: what is to be taken off it, and how far to lower what 48 kHz cannot carry.

    Args:
        channels: of the stream.
        lane: makes one channel's way through the model.
        share: how much of what the model removes is to go, 0 to 1.
        highest: up to which 48 kHz carry the recording. Hertz.
        guard: knows where there is music; None takes everything for speech.
    """

    def __init__(self, channels: int, lane: Callable[[], Lane], share: float, highest: float, guard: MusicGuard | None) -> None:
        self._channels, self._share, self._guard = channels, np.float32(share), guard
        self._top = slice(round(_TOP * highest / _BIN), round(highest / _BIN))
        self._lanes = [lane() for _ in range(channels)]
        self._rest: Samples = np.zeros((channels, 0), np.float32)  # less than a frame
        self._heard: Samples = self._rest  # inside the lanes
        self._held: Samples = np.zeros((3 * channels, 0), np.float32)  # waiting for the guard
        self._lowered, self._bound = _Curve(channels, 0.0), _Curve(channels, 1.0)
        self._owed = 0

    def feed(self, samples: Samples) -> Samples:
        """The next chunk → shape (3 * channels, frames that are ready): what to take off; the sound; how far to lower the rest, 0 to 1."""
        self._owed += samples.shape[1]
        self._rest = np.concatenate([self._rest, samples], axis=1)
        whole = self._rest.shape[1] // FRAME * FRAME
        sound, self._rest = self._rest[:, :whole], self._rest[:, whole:]
        self._heard = np.concatenate([self._heard, sound], axis=1)
        turned = self._turned(sound)
        cleaned = [lane.feed(part.reshape(-1, FRAME)).ravel() for lane, part in zip(self._lanes, turned, strict=True)]
        return self._ready(np.stack(cleaned))

    def finish(self) -> Samples:
        """The rest."""
        padding = np.zeros((self._channels, -self._rest.shape[1] % FRAME), np.float32)
        owed = self._owed
        parts = [self.feed(padding), self._ready(np.stack([lane.finish().ravel() for lane in self._lanes]))]
        if self._guard is not None:
            parts.append(self._weighed(self._guard.finish()))
        return np.concatenate(parts, axis=1)[:, :owed]

    def _turned(self, sound: Samples) -> Samples:
        """Left and right → middle and side, and the same way back; other channels as they are."""
        if self._channels != 2:
            return sound
        left, right = sound
        return np.stack([(left + right) * _HALF_POWER, (left - right) * _HALF_POWER])

    def _ready(self, turned: Samples) -> Samples:
        """What came out of the lanes → what can be given."""
        count = turned.shape[1]
        sound, self._heard = self._heard[:, :count], self._heard[:, count:]
        cleaned = self._bounded(sound, self._turned(turned))
        parts = np.concatenate([sound - cleaned, sound, self._lowering(sound, cleaned)])
        if self._guard is None:
            return self._given(parts, self._share)
        self._held = np.concatenate([self._held, parts], axis=1)
        return self._weighed(self._guard.feed(sound, sound - cleaned))

    def _weighed(self, weights: Mono) -> Samples:
        """The guard has decided on so many samples: how much may go of each, 0 to 1."""
        parts, self._held = self._held[:, : len(weights)], self._held[:, len(weights) :]
        return self._given(parts, self._share * weights)

    def _given(self, parts: Samples, share: Mono | np.float32) -> Samples:
        removed, sound, lowering = np.split(parts, 3)
        self._owed -= parts.shape[1]
        return np.concatenate([removed * share, sound, lowering * share])

    def _bounded(self, sound: Samples, cleaned: Samples) -> Samples:
        """No channel louder than it was: a trace of its neighbour is left in one that is silent, or nearly."""
        before, after = self._powers(sound), self._powers(cleaned)
        return cleaned * self._bound.lines(np.sqrt(np.minimum(1, before / np.maximum(after, 1e-20)))) * _audible(sound)

    def _lowering(self, sound: Samples, cleaned: Samples) -> Samples:
        """How far the model lowers the highest that it is given, which stands for what is higher still."""
        before, after = (
            np.square(np.abs(np.fft.rfft(self._framed(part) * _HANN)[..., self._top])).mean(axis=2) for part in (sound, cleaned)
        )
        return self._lowered.lines(1 - np.sqrt(np.minimum(1, after / np.maximum(before, 1e-20))))

    def _powers(self, sound: Samples) -> npt.NDArray[np.float32]:
        powers: npt.NDArray[np.float32] = np.square(self._framed(sound)).mean(axis=2)
        return powers

    def _framed(self, sound: Samples) -> npt.NDArray[np.float32]:
        return sound.reshape(self._channels, -1, FRAME)


class _Curve:
    """Values at the ends of frames, joined by straight lines."""

    def __init__(self, channels: int, first: float) -> None:
        self._last = np.full((channels, 1), first, np.float32)

    def lines(self, ends: npt.NDArray[np.float32]) -> Samples:
        """The values, shape (channels, frames) → one for every sample."""
        starts = np.concatenate([self._last, ends], axis=1)
        self._last = starts[:, -1:]
        lines = starts[:, :-1, None] * (1 - _RAMP) + ends[:, :, None] * _RAMP
        return lines.reshape(len(ends), -1).astype(np.float32)


def _audible(sound: Samples) -> Samples:
    """1 where a channel's frame holds anything, 0 where it is silent and must stay so."""
    heard = sound.reshape(len(sound), -1, FRAME).any(axis=2)
    return np.repeat(heard, FRAME, axis=1).astype(np.float32)
