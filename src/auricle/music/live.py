"""Live music: tempo, beats, key and level of a stream, second by second."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from auricle.audio import Audio, Mono, Samples
from auricle.loudness.programme import Programme
from auricle.music.harmony import HarmonyPart
from auricle.music.part import RATE, bounded
from auricle.music.results import Beat, Key, Rhythm
from auricle.music.rhythm import read_rhythm
from auricle.music.rhythm.beatnet import FRAME_RATE
from auricle.music.rhythm.frames import RhythmFrames
from auricle.resample import MonoResampler

__all__ = ["LiveAnalysis", "Rolling"]

_WINDOW_S = 30.0  # that tempo and key are of
_FIRST_S = 8.0  # of sound before there is any tempo: speech has a few even syllables now and then
_AGREEING = 3  # seconds in a row must find the same
_ALIKE = 0.04  # how far their tempi may differ
_IN_PHASE = 0.15  # of a beat: how far their beats may differ at the median beat
_SUREST, _SURE = 0.85, 0.5  # confidence from which a tempo is given after `_FIRST_S`, and in a full window
_UNSURE = 0.49  # confidence at most where no tempo is given
_CERTAIN_S = 1.0  # of music after a beat, for a downbeat or a new tempo may move it
_MOMENTARY_S, _SHORT_TERM_S = 0.4, 3.0


@dataclass(frozen=True, slots=True)
class Rolling:
    """What the last half minute of a stream sounds like.

    Attributes:
        time: how much of the stream has been heard. Seconds.
        tempo: beats per minute; None where there is no beat, before eight seconds, and until three seconds in a row agree.
        tempo_confidence: 0 to 1; below 0.5 where there is no tempo.
        beats: those that have become certain since the last time, in the stream's time. Beats are told once and never withdrawn, so
            that none are told without a tempo; with the first one come those of up to half a minute before.
        beats_per_bar: None where bars were not found.
        key: None where none was found.
        momentary: loudness of the last 400 ms (EBU R 128). LUFS; -inf for silence.
        short_term: loudness of the last three seconds. LUFS; -inf before there are so many.
        peak: the largest sample since the last time. dBFS; -inf for silence.
    """

    time: float
    tempo: float | None
    tempo_confidence: float
    beats: tuple[Beat, ...]
    beats_per_bar: int | None
    key: Key | None
    momentary: float
    short_term: float
    peak: float


class LiveAnalysis:
    """The analysis of one stream. The same for any chunking.

    Args:
        rate: of the stream. Hertz.
        channels: of the stream, in WAVE order.

    Raises:
        ModelError: the beats' model cannot be used.
        MissingDependency: the extra ``music`` is not installed.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        self._resampler = MonoResampler(RATE)
        self._frames, self._harmony = RhythmFrames(keep=_WINDOW_S), HarmonyPart(keep=_WINDOW_S)
        self._programme = Programme(rate, channels)
        self._heard = 0  # frames of the stream
        self._peak = 0.0
        self._last_beat = -math.inf
        self._before: deque[Rhythm] = deque(maxlen=_AGREEING - 1)  # what was found in the seconds before

    def feed(self, samples: Samples) -> tuple[Rolling, ...]:
        """The next chunk, shape (channels, frames), float32 → what there is to say, once for every whole second of the stream."""
        return tuple(self._seconds(samples))

    def finish(self) -> tuple[Rolling, ...]:
        """The last beats and the last part of a second, once everything was fed; nothing where nothing was."""
        if not self._heard:
            return ()
        self._listen(self._resampler.finish())
        self._frames.finish()
        return (self._say(certain=math.inf),)

    def _seconds(self, samples: Samples) -> Iterator[Rolling]:
        while samples.shape[1]:
            missing = self._rate - self._heard % self._rate
            self._hear(samples[:, :missing])
            samples = samples[:, missing:]
            if self._heard % self._rate == 0:
                yield self._say(certain=self._heard / self._rate - _CERTAIN_S)

    def _hear(self, piece: Samples) -> None:
        self._heard += piece.shape[1]
        piece = bounded(piece)
        self._peak = max(self._peak, float(np.abs(piece).max()))
        self._programme.feed(piece)
        self._listen(self._resampler.feed(Audio(piece, self._rate)))

    def _listen(self, sound: Mono) -> None:
        if sound.size:
            self._frames.feed(sound)
            self._harmony.feed(sound)

    def _say(self, certain: float) -> Rolling:
        rhythm, peak = self._agreed(self._rhythm()), self._peak
        beats = tuple(self._new(rhythm, certain))
        self._last_beat, self._peak = (beats[-1].time if beats else self._last_beat), 0.0
        return Rolling(
            time=self._heard / self._rate,
            tempo=rhythm.tempo,
            tempo_confidence=rhythm.confidence,
            beats=beats,
            beats_per_bar=rhythm.beats_per_bar,
            key=self._harmony.finish().key,
            momentary=self._programme.last(_MOMENTARY_S),
            short_term=self._programme.last(_SHORT_TERM_S),
            peak=20 * math.log10(peak) if peak else -math.inf,
        )

    def _rhythm(self) -> Rhythm:
        """Of the window, in the stream's time."""
        frames = self._frames
        rhythm = read_rhythm(frames.activations, frames.onsets, frames.bands)
        return replace(rhythm, beats=tuple(replace(beat, time=beat.time + frames.first / FRAME_RATE) for beat in rhythm.beats))

    def _agreed(self, found: Rhythm) -> Rhythm:
        """What was found, if there is enough of it and the seconds before found the same; else no beat."""
        heard = min(1.0, (len(self._frames.activations) / FRAME_RATE - _FIRST_S) / (_WINDOW_S - _FIRST_S))
        sure = heard >= 0 and found.confidence >= _SUREST + (_SURE - _SUREST) * heard
        agreed = sure and len(self._before) == _AGREEING - 1 and all(_same(found, before) for before in self._before)
        self._before.append(found)
        return found if agreed else Rhythm(None, min(found.confidence, _UNSURE))

    def _new(self, rhythm: Rhythm, certain: float) -> Iterator[Beat]:
        """The beats that are certain now and were not told; a beat that has moved a little is not told twice."""
        soonest = self._last_beat + (30 / rhythm.tempo if rhythm.tempo else 0.0)  # half a beat
        return (beat for beat in rhythm.beats if soonest < beat.time <= certain)


def _same(found: Rhythm, before: Rhythm) -> bool:
    """Whether tempo and beats are the same, as far as both reach."""
    if not (found.tempo and before.tempo) or abs(found.tempo / before.tempo - 1) > _ALIKE:
        return False
    new, old = (np.array([beat.time for beat in rhythm.beats]) for rhythm in (found, before))
    both = new[(new >= old[0]) & (new <= old[-1])]
    after = np.clip(np.searchsorted(old, both), 1, len(old) - 1)
    apart = np.minimum(np.abs(both - old[after - 1]), np.abs(both - old[after]))
    return len(both) > 0 and float(np.median(apart)) * found.tempo < 60 * _IN_PHASE
