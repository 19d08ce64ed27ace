"""Beats at the right level of the metre, and none before the music begins and after it ends."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auricle.music.rhythm.activity import FPS, Activity
from auricle.music.rhythm.tempo import readiness

__all__ = ["at_level", "played", "sounding", "strongest", "with_first"]

Floats = npt.NDArray[np.float64]

_FADED = 0.2  # of the usual beat's activity: where it stays below this to the end, a sound dies away and nobody plays beats
_SLIGHT = 0.5  # of its neighbours' activity: if every other beat has less, and half the tempo is tapped more readily, these are no beats
_COMPOUND = 1.15  # times as strong as three quarters must two dotted quarters be
_SILENT = 1e-3  # of the usual loudness (-60 dB): what is always weaker for so long is no rest but silence
_SILENCE = FPS  # frames
_BEGINNING = 3  # frames within which the sound begins with the recording, and with a beat
_FEWEST = 8  # beats of which a pattern can be told


def strongest(figures: Floats, beats: Floats) -> Floats:
    """The highest of the three frames around each beat; beats are in frames."""
    frames = np.rint(beats).astype(np.intp)
    return np.asarray(figures[np.clip(frames[:, None] + np.arange(-1, 2), 0, len(figures) - 1)].max(axis=1))


def played(activity: Activity, beats: Floats) -> Floats:
    """The beats from the first to the last that somebody plays: the decoder counts on as long as it can.

    Args:
        activity: of the recording.
        beats: in frames, shape (beats,), at least one.
    """
    from scipy.ndimage import median_filter

    heard = strongest(activity.beat, beats)
    loud = np.flatnonzero(median_filter(heard, 3, mode="nearest") >= _FADED * np.median(heard))
    return beats[loud[0] : loud[-1] + 1]


def sounding(bands: npt.NDArray[np.float16], beats: Floats) -> Floats:
    """The beats that do not lie in silence: a second and more that is 60 dB below what is usual in the recording.

    Args:
        bands: log10(1 + magnitude) of each frame, shape (frames, bands).
        beats: in frames, shape (beats,).
    """
    from scipy.ndimage import binary_opening

    silent = binary_opening(np.pad(_silent(bands), _SILENCE, mode="edge"), np.ones(_SILENCE))[_SILENCE:-_SILENCE]
    return np.asarray(beats[~silent[np.clip(np.rint(beats).astype(np.intp), 0, len(silent) - 1)]])


def with_first(bands: npt.NDArray[np.float16], beats: Floats) -> Floats:
    """The same and the one with which the sound begins, if it begins a beat before them: nothing rises in a recording's first frame.

    Args:
        bands: log10(1 + magnitude) of each frame, shape (frames, bands).
        beats: in frames, shape (beats,), at least two.
    """
    first = float(np.argmin(_silent(bands)))
    begins = first < _BEGINNING and abs(beats[0] - np.median(np.diff(beats[:_FEWEST])) - first) <= _BEGINNING
    return np.append(first, beats) if begins else beats


def _silent(bands: npt.NDArray[np.float16]) -> npt.NDArray[np.bool_]:
    """Which frames are far below the usual loudness."""
    loudness = np.expm1(np.log(10) * bands.astype(np.float32)).sum(axis=1, dtype=np.float64)
    return np.asarray(loudness <= _SILENT * np.median(loudness[loudness > 0])) if loudness.any() else np.ones(len(bands), np.bool_)


def at_level(activity: Activity, beats: Floats) -> Floats:
    """Every other beat where a fast beat is strong and weak in turn; two for three where quarters in 3/4 are dotted quarters in 6/8.

    Args:
        activity: of the recording.
        beats: in frames, shape (beats,).
    """
    if len(beats) < _FEWEST:
        return beats
    heard = strongest(activity.beat, beats)
    even, odd = heard[::2].mean(), heard[1::2].mean()
    tempo = 60 * FPS / float(np.median(np.diff(beats)))
    if min(even, odd) < _SLIGHT * max(even, odd) and readiness(tempo / 2) > readiness(tempo):
        return beats[int(odd > even) :: 2]
    return _dotted(activity, beats)


def _dotted(activity: Activity, beats: Floats) -> Floats:
    """Of the six eighths of three beats, the two that are half a bar apart, if they are clearly stronger than the three beats.

    In no other meter are they: there every eighth of six falls now on a beat and now between beats.
    """
    eighths = np.interp(np.arange(2 * len(beats) - 1) / 2, np.arange(len(beats)), beats)
    onset, beat = (_of_six(figures, eighths) for figures in (np.minimum(activity.onset, 1), activity.beat))
    pairs = np.sqrt((onset[:3] + onset[3:]) * (beat[:3] + beat[3:])) / 2
    quarters = max(np.sqrt(onset[place::2].mean() * beat[place::2].mean()) for place in (0, 1))
    return eighths[int(pairs.argmax()) :: 3] if pairs.max() > _COMPOUND * quarters else beats


def _of_six(figures: Floats, eighths: Floats) -> Floats:
    """How strong each of six eighths is on average."""
    heard = strongest(figures, eighths)
    return np.array([heard[place::6].mean() for place in range(6)])
