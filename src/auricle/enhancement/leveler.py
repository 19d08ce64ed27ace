"""Leveler: brings quiet and loud speech gently together."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

from auricle.audio import Samples
from auricle.enhancement.equalizer import Cascade, rounded
from auricle.enhancement.report import Facts
from auricle.loudness.weighting import channel_weights, k_weighting
from auricle.stages import Blockwise

__all__ = ["Leveler"]

Levels = npt.NDArray[np.float64]  # of hops, K-weighted. dB re full scale

_HOPS_PER_S = 10
_AHEAD = 9  # hops: with the one being treated a second
_BEFORE = 14  # hops before it that count for how loud it is now
_SURROUNDINGS = 50  # hops before it that tell speech from what is in its pauses: longer than a pause

_SILENCE_DB = -70.0  # the absolute gate of BS.1770
_STANDS_OUT_DB = 6.0  # above the quietest of its surroundings, and sound is no background
_SPEECH_DB = 20.0  # below the usual level, as in EBU Tech 3342: what is still further down is background
_STEADY_DB = 12.0  # below the usual level: what is steady and still further down is background
_LEAST = 10  # hops that must be heard to know a level

_ALIKE_DB = 0.5  # differences that are none
_SHARE = 0.8  # of the rest is taken away
_MOST_DB = 12.0
_STEEPEST_DB = 0.6  # per hop, that is 6 dB/s

_FIRST = 20  # hops of speech that make a first idea of the usual level,
_TRUST = 600  # which then weighs as much as so many, so that it moves slowly,
_MEMORY = 6000  # and never more than so many do, so that it moves at all
_YIELD_DB = 0.03  # by which it falls per hop while hardly anything comes near it


class Leveler(Blockwise):
    """Brings quiet and loud speech gently together: towards the usual level of this very recording, which needs no target.

    How loud it is now is the level that a quarter of the hops of a tenth of a second within 2.5 s exceed, counting only those that are
    sound and not background. The usual level is the mean of that in dB, of all that was heard so far, the last ten minutes above all.
    Four fifths of the difference beyond half a decibel are taken away, by at most 12 dB up or down, never faster than 6 dB/s; all
    channels get the same gain. In pauses it stays as it is.

    Sound is what is 6 dB louder than the quietest tenth of a second of the five seconds around it and at most 20 dB softer than usual.
    Where these seconds are steady throughout (within 6 dB), all of it is sound if it is at most 12 dB softer than usual. Steady sound
    at the beginning of a recording tells nothing about the usual level, and stays as it is; and when there is something more than 20 dB
    louder than usual, all before it was background, and what is usual is found anew.

    Peaks rise with what they are part of, above full scale if need be; `auricle.loudness` has limiters for that.

    Args:
        rate: Hertz.
        channels: of the stream.
        facts: is told "most_gain_db" and "least_gain_db" that anything got.

    Raises:
        MissingDependency: scipy is not installed.
    """

    def __init__(self, rate: int, channels: int, facts: Facts | None = None) -> None:
        self._hop = max(1, round(rate / _HOPS_PER_S))
        super().__init__(channels, self._hop, after=_AHEAD * self._hop)
        self._weighting = Cascade(k_weighting(rate), channels)
        self._weights = channel_weights(channels)[:, None]
        self._levels: deque[float] = deque(maxlen=_SURROUNDINGS + 1 + _AHEAD)
        self._usual, self._heard = 0.0, 0
        self._gain = self._wanted = 0.0
        self._facts = {} if facts is None else facts
        self._facts.update(most_gain_db=0.0, least_gain_db=0.0)

    def treat(self, window: Samples) -> Samples:
        """See `Blockwise`."""
        self._listen(window[:, -self._hop :] if self._levels else window)
        levels = np.array(self._levels)
        sound = self._sound(levels)
        now = slice(-1 - _AHEAD - _BEFORE, None)
        self._want(levels[now][sound[now]])
        start, self._gain = self._gain, self._gain + float(np.clip(self._wanted - self._gain, -_STEEPEST_DB, _STEEPEST_DB))
        self._facts["most_gain_db"] = max(self._facts["most_gain_db"], self._gain)
        self._facts["least_gain_db"] = min(self._facts["least_gain_db"], self._gain)
        return _faded(window[:, : self._hop], start, self._gain)

    def _listen(self, fresh: Samples) -> None:
        """Take down the levels of hops that have not been heard before, measured as ITU-R BS.1770-5 does."""
        power = (self._weights * self._weighting.feed(fresh) ** 2).sum(axis=0).reshape(-1, self._hop).mean(axis=1)
        self._levels.extend(10 * np.log10(np.maximum(power, 1e-20)))

    def _sound(self, levels: Levels) -> npt.NDArray[np.bool_]:
        """Which hops count; where hardly any do, though something stands out, what is usual comes down."""
        if levels.max() - levels.min() <= _STANDS_OUT_DB:
            return levels > (max(_SILENCE_DB, self._usual - _STEADY_DB) if self._heard else np.inf)
        above = levels > max(_SILENCE_DB, levels.min() + _STANDS_OUT_DB)
        sound = above & (levels > (self._usual - _SPEECH_DB if self._heard else _SILENCE_DB))
        if np.count_nonzero(sound) < _LEAST <= np.count_nonzero(above):
            self._usual -= _YIELD_DB
        return np.asarray(sound)

    def _want(self, heard: Levels) -> None:
        """Decide on the gain, if enough is heard to know how loud it is."""
        if len(heard) < _LEAST:
            return
        level = float(np.partition(heard, -1 - len(heard) // 4)[-1 - len(heard) // 4])
        if level > self._usual + _SPEECH_DB:
            self._heard = 0
        self._heard += 1
        weight = self._heard if self._heard <= _FIRST else min(self._heard + _TRUST, _MEMORY)
        self._usual += (level - self._usual) / weight
        more = self._usual - level
        self._wanted = float(np.clip(_SHARE * (more - np.clip(more, -_ALIKE_DB, _ALIKE_DB)), -_MOST_DB, _MOST_DB))


def _faded(samples: Samples, start: float, end: float) -> Samples:
    """Samples whose gain goes straight from one to the other. dB."""
    if start == end == 0:
        return samples
    return rounded(samples * 10 ** (np.linspace(start, end, samples.shape[1], endpoint=False) / 20))
