"""Beats, bars and tempo: a network and onset strength say where beats are likely, a bar-pointer model which of them are beats.

A recording is heard frame by frame (`frames`), read once it is whole: the beats (`activity`, `bar_pointer`), the bars (`meter`) and the
tempo (`tempo`). A live session reads its last half minute again and again.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auricle.audio import Mono
from auricle.music.results import Beat, Rhythm
from auricle.music.rhythm.activity import FPS, Activity, beat_activity
from auricle.music.rhythm.backbeat import backbeat
from auricle.music.rhythm.beatnet import BeatNet
from auricle.music.rhythm.decoding import AUDIBLE, decode_beats
from auricle.music.rhythm.frames import RhythmFrames
from auricle.music.rhythm.level import at_level, played, sounding, strongest, with_first
from auricle.music.rhythm.meter import Metre, downbeat_cues, is_ternary, read_bars
from auricle.music.rhythm.tempo import fitted_tempo, is_gap, tempo_candidates, tempo_curve

__all__ = ["RhythmFrames", "RhythmPart", "read_rhythm"]

Floats = npt.NDArray[np.float64]

_FEWEST = 4  # beats that make a rhythm
# Between speech (a contrast of 0.25 to 0.45, as noise and single tones have less) and music with a beat (from 0.55, mostly 0.8 to 1).
_DIVIDING_CONTRAST = 0.5
_STEEPNESS = 16.0
# What is played is even, to 0.01 or 0.02 of a beat; what the decoder finds in speech is as uneven as it permits, 0.03 to 0.08.
# A contrast counts up to a quarter more or less for it, and less than that where there are few beats.
_UNEVEN, _EVENNESS, _MOST_EVEN, _MANY = 0.035, 8.0, 0.25, 32
_SURE = 0.5  # confidence from which beats and tempo are given


class RhythmPart:
    """Hears mono at 22,050 Hz, then finds beats, bars and tempo. The same for any chunking.

    An hour takes 16 MB while it is heard and 110 MB while it is read.
    """

    def __init__(self, model: BeatNet | None = None) -> None:
        self._frames = RhythmFrames(model)

    def feed(self, sound: Mono) -> None:
        """The next samples, float32, shape (frames,)."""
        self._frames.feed(sound)

    def finish(self) -> Rhythm:
        """What was found, once everything was fed."""
        self._frames.finish()
        return read_rhythm(self._frames.activations, self._frames.onsets, self._frames.bands)


def read_rhythm(
    activations: npt.NDArray[np.float32], onsets: npt.NDArray[np.float32], bands: npt.NDArray[np.float16] | None = None
) -> Rhythm:
    """Beats, bars and tempo of what was heard, at 50 frames a second.

    Args:
        activations: probabilities of (beat, downbeat, neither), shape (n, 3).
        onsets: onset strength, not negative, shape (n,).
        bands: log-magnitudes of the sound in bands, the lowest first, shape (n, any); they make bars surer.
    """
    activity = beat_activity(activations, onsets)
    heard = np.flatnonzero(activity.beat >= AUDIBLE)
    if len(heard) == 0:
        return Rhythm(None, 0.0)
    decoded = decode_beats(activity.part(heard[0], heard[-1] + 1))
    free, beats = (_counted(activity, bands, heard[0] + found) for found in decoded)
    if min(len(free), len(beats)) < _FEWEST:
        return Rhythm(None, 0.0)
    confidence = _confidence(activity, free)
    if confidence >= _SURE:
        return _describe(activity, bands, beats if bands is None else with_first(bands, beats), confidence)
    return Rhythm(None, confidence, candidates=tempo_candidates(fitted_tempo(beats / FPS), activity.beat, beats, confidence))


def _counted(activity: Activity, bands: npt.NDArray[np.float16] | None, beats: Floats) -> Floats:
    """Those of the decoded beats that people would count."""
    if len(beats):
        beats = played(activity, at_level(activity, beats))
    return beats if bands is None else sounding(bands, beats)


def _confidence(activity: Activity, beats: Floats) -> float:
    """From how far activity at the beats stands out against that between them, and how even they are; a few may be so by chance."""
    frames = np.clip(np.rint(beats).astype(np.intp), 0, len(activity.beat) - 1)
    near = np.zeros(len(activity.beat), np.bool_)
    near[np.clip(frames[:, None] + np.arange(-2, 3), 0, len(near) - 1)] = True
    between = ~near
    between[: frames[0]] = between[frames[-1] :] = False
    contrast = np.mean([_contrast(figures, beats, between) for figures in (activity.network, activity.beat)])
    even = np.clip(_EVENNESS * (_UNEVEN - _unevenness(beats)), -_MOST_EVEN, _MOST_EVEN)
    contrast *= 1 + even * min(1.0, len(beats) / _MANY)
    return float(1 / (1 + np.exp(-_STEEPNESS * (contrast - _DIVIDING_CONTRAST - 1.5 / len(beats)))))


def _unevenness(beats: Floats) -> float:
    """By which part of a beat its length differs from that of the beat before, at the median beat."""
    lengths = np.diff(beats)
    return float(np.median(np.abs(np.diff(lengths))) / np.median(lengths))


def _contrast(figures: Floats, beats: Floats, between: npt.NDArray[np.bool_]) -> float:
    """(on - off) / (on + off), as Michelson's contrast."""
    on = float(strongest(figures, beats).mean())
    off = float(figures[between].mean()) if between.any() else on
    return (on - off) / max(on + off, 1e-9)


def _describe(activity: Activity, bands: npt.NDArray[np.float16] | None, beats: Floats, confidence: float) -> Rhythm:
    bars, ternary = _bars(activity, bands, beats)
    times = beats / FPS
    tempo = fitted_tempo(times)
    return Rhythm(
        tempo=tempo,
        confidence=confidence,
        beats=tuple(Beat(float(time), int(position)) for time, position in zip(times, bars.positions, strict=True)),
        beats_per_bar=bars.beats_per_bar,
        meter="6/8" if ternary and bars.beats_per_bar == 2 else f"{bars.beats_per_bar}/4",
        candidates=tempo_candidates(tempo, activity.beat, beats, confidence),
        curve=tempo_curve(times, bars.beats_per_bar),
    )


def _bars(activity: Activity, bands: npt.NDArray[np.float16] | None, beats: Floats) -> tuple[Metre, bool]:
    """The bars, and whether beats are divided into three."""
    ternary = is_ternary(activity.onset, beats)
    first = strongest(activity.network * activity.downbeat, beats)
    onset = strongest(activity.onset, beats)
    if bands is None:
        return read_bars(downbeat_cues(first, (onset,), None), ternary), ternary
    # The bands are log10(1 + x) of magnitudes x.
    loudness = np.log10(1e-3 + np.expm1(np.log(10) * bands.astype(np.float32)).sum(axis=1, dtype=np.float64))
    cues = downbeat_cues(first, (onset, strongest(loudness, beats)), _spectra(bands, beats))
    return read_bars(cues, ternary, backbeat(bands, beats), np.append(True, is_gap(beats))), ternary


def _spectra(bands: npt.NDArray[np.float16], beats: Floats) -> Floats:
    """The mean from each beat to the next; the last one is as long as the one before."""
    frames = np.clip(np.rint(beats).astype(np.intp), 0, len(bands) - 1)
    sizes = np.diff(np.append(frames, min(len(bands), 2 * frames[-1] - frames[-2])))
    return np.asarray(np.add.reduceat(bands, frames, axis=0, dtype=np.float64) / np.maximum(sizes, 1)[:, None])
