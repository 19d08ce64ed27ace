"""Where there is music, told by what a speech model would remove: from music it removes notes and beats, from noisy speech noise.

So speech does not mislead: it is not in what is removed. Where the decision is wrong in clean speech, nothing happens but that nothing
is removed.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

from auricle.audio import Mono, Samples
from auricle.enhancement.denoise.notes import HOP, WINDOW, Notes
from auricle.enhancement.denoise.pulse import flux, pulse_clarity

__all__ = ["MusicGuard"]

_SIDE = 50  # hops of 40 ms that are looked at on both sides of a moment
_ENOUGH, _STILL = 40, 20  # beginnings in these 4 s: music begins; it goes on
_CLEAR, _STILL_CLEAR = 0.7, 0.5  # pulse: the same
_EVERY = 12  # hops from one look at the pulse to the next
_SHARE = 0.03  # of the sound's power in these 4 s is to go, or there is no music in it: of clean speech next to nothing is
_LASTS = 100  # hops for which music lasts after the last sign of it: a long note, a rest
_FADE = 0.1  # per hop: from all to nothing in 0.4 s
_PER_HOP = HOP // 480
_BEHIND = 960  # samples that the pulse needs before those of its hop


class MusicGuard:
    """One stream's decisions, at 48 kHz.

    Args:
        foresight: for how long music has begun before the first sign of it: what comes later tells what a quiet beginning was. Seconds.

    Attributes:
        music_s: how long music has been heard. Seconds.
        latency: samples that are heard before a decision.
    """

    def __init__(self, foresight: float = 0.0) -> None:
        self.music_s = 0.0
        self._lead = round(foresight * 48_000 / HOP)
        self.latency = (self._lead + _SIDE + Notes.latency) * HOP + WINDOW
        self._sound: npt.NDArray[np.float32] | None = None  # and what would be removed of it: shape (2, channels, samples)
        self._notes = Notes()
        self._begun: deque[int] = deque([0] * (_SIDE + 1), maxlen=2 * _SIDE)
        self._powers: deque[tuple[float, float]] = deque(maxlen=2 * _SIDE)  # of the sound, and of what would be removed
        self._rises: deque[float] = deque(maxlen=2 * _SIDE * _PER_HOP)
        self._heard = -_SIDE - Notes.latency  # the hop that is decided next, once it is not negative
        self._clarity, self._sign, self._weight = 0.0, -_LASTS - 1, np.nan
        self._owed, self._ended = 0, False

    def feed(self, sound: Samples, removed: Samples) -> Mono:
        """The next samples → for those that are decided now, how much of what would be removed may go, 0 to 1.

        Args:
            sound: shape (channels, samples).
            removed: what the model would remove of it, the same shape.
        """
        self._owed += removed.shape[1]
        both = np.stack([sound, removed])
        if self._sound is None:
            self._sound = np.zeros((*both.shape[:2], _BEHIND), np.float32)
        self._sound = np.concatenate([self._sound, both], axis=2)
        decided = []
        while self._sound.shape[2] >= _BEHIND + WINDOW:
            decided += self._listen(*self._sound[:, :, : _BEHIND + WINDOW])
            self._sound = self._sound[:, :, HOP:]
        return self._given(decided)

    def finish(self) -> Mono:
        """The rest."""
        if self._sound is None:
            return np.zeros(0, np.float32)
        owed, self._ended = self._owed, True
        nothing = np.zeros((self._sound.shape[1], self.latency + HOP), np.float32)
        return self.feed(nothing, nothing)[:owed]

    def _given(self, decided: list[Mono]) -> Mono:
        weights = np.concatenate(decided) if decided else np.zeros(0, np.float32)
        self._owed -= len(weights)
        return weights

    def _listen(self, sound: Samples, removed: Samples) -> list[Mono]:
        """One hop more is heard, and one that was heard before is decided."""
        self._begun.append(self._notes.hear(sound[:, _BEHIND:], removed[:, _BEHIND:]))
        self._powers.append((_power(sound), _power(removed)))
        if not self._ended:  # an end is no beat
            self._rises.extend(flux(removed[:, : _BEHIND + HOP]).tolist())
        self._heard += 1
        return [self._decided(self._heard - 1)] if self._heard > 0 else []

    def _decided(self, hop: int) -> Mono:
        if hop % _EVERY == 0:
            self._clarity = pulse_clarity(np.array(self._rises))
        if self._music(hop):
            self._sign = hop
        decided = hop - self._lead
        return self._line(music=self._sign >= decided - _LASTS) if decided >= 0 else np.zeros(0, np.float32)

    def _line(self, *, music: bool) -> Mono:
        """The weights of one hop."""
        self.music_s += HOP / 48_000 if music else 0.0
        aim = 0.0 if music else 1.0
        start = aim if np.isnan(self._weight) else self._weight
        self._weight = start + float(np.clip(aim - start, -_FADE, _FADE))
        line: Mono = np.linspace(start, self._weight, HOP, endpoint=False, dtype=np.float32)
        return line

    def _music(self, hop: int) -> bool:
        enough, clear = (_STILL, _STILL_CLEAR) if self._sign >= hop - _LASTS else (_ENOUGH, _CLEAR)
        whole, part = map(sum, zip(*self._powers, strict=True))
        return part > _SHARE * whole and (sum(self._begun) >= enough or self._clarity >= clear)


def _power(samples: Samples) -> float:
    """Of the hop that is heard now."""
    return float(np.square(samples[:, _BEHIND : _BEHIND + HOP]).sum())
