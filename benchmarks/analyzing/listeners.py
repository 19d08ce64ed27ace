"""Who hears what: auricle, librosa, and Essentia where it is installed, each as its users call it."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from auricle.audio import Audio, Mono
from auricle.music import MusicAnalysis, analyze
from auricle.music.results import PITCH_CLASSES
from auricle.resample import resample
from benchmarks.analyzing.material import Floats, Spans

__all__ = ["LISTENERS", "Heard", "essentia_hears", "krumhansl_key", "mono"]

_NONE = np.zeros(0)

# Krumhansl & Kessler, "Tracing the dynamic changes in perceived tonal organization in a spatial representation of musical keys",
# Psychological Review 89 (1982): how well each pitch class fits C major and C minor.
_PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What somebody heard in a piece; None is what they don't tell.

    Attributes:
        beats: seconds.
        downbeats: seconds.
        bpm: beats per minute; 0 where they heard no beat.
        key: as in "A minor"; "" where they heard none.
        chords: what is played when.
    """

    beats: Floats
    bpm: float
    key: str
    downbeats: Floats | None = None
    chords: Spans | None = None


def mono(audio: Audio, rate: int) -> Mono:
    """One channel at a rate."""
    return np.ascontiguousarray(resample(audio.remix(1), rate).samples[0])


def _auricle(audio: Audio) -> Heard:
    found: MusicAnalysis = analyze(audio, include=("rhythm", "harmony"))
    rhythm, harmony = found.rhythm, found.harmony
    assert rhythm is not None and harmony is not None  # noqa: S101 - both were asked for
    return Heard(
        np.array([beat.time for beat in rhythm.beats]),
        rhythm.tempo or 0.0,
        harmony.key.name if harmony.key else "",
        np.array(rhythm.downbeats),
        tuple((chord.start, chord.end, chord.label) for chord in harmony.chords),
    )


def krumhansl_key(chroma: Floats) -> str:
    """The key whose profile correlates best with the mean chroma, as librosa's users find it."""
    fits = {
        f"{tonic} {mode}": np.corrcoef(np.roll(profile, turn), chroma)[0, 1]
        for mode, profile in _PROFILES.items()
        for turn, tonic in enumerate(PITCH_CLASSES)
    }
    return max(fits, key=lambda key: float(np.nan_to_num(fits[key])))


def _librosa(audio: Audio) -> Heard:
    import librosa

    sound = mono(audio, 22_050)
    tempo, beats = librosa.beat.beat_track(y=sound, sr=22_050, units="time")
    return Heard(np.asarray(beats), float(np.squeeze(tempo)), krumhansl_key(librosa.feature.chroma_stft(y=sound, sr=22_050).mean(axis=1)))


def essentia_hears(audio: Audio) -> Heard:
    """Beats by its "multifeature" method, and the key by its "bgate" profile."""
    essentia: Any = importlib.import_module("essentia")
    essentia.log.infoActive = essentia.log.warningActive = False  # it writes to the standard output
    standard: Any = importlib.import_module("essentia.standard")
    sound = mono(audio, 44_100)
    bpm, beats, *_ = standard.RhythmExtractor2013(method="multifeature")(sound)
    tonic, mode, _ = standard.KeyExtractor(profileType="bgate")(sound)
    return Heard(np.asarray(beats, float), float(bpm), f"{tonic} {mode}")


LISTENERS: Mapping[str, Callable[[Audio], Heard]] = {
    name: hear
    for name, hear in {"auricle": _auricle, "librosa": _librosa, "essentia": essentia_hears}.items()
    if importlib.util.find_spec(name)
}
