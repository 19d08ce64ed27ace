"""What an analysis found, as JSON objects: in our words, and the guide's.

Tempi and levels are rounded to hundredths, spectral figures to six digits. What was not found is null, and so is what JSON has no number
for, such as the loudness of silence.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if sys.version_info >= (3, 12):
    from typing import NotRequired, TypedDict
else:  # see results
    from typing import NotRequired

    from typing_extensions import TypedDict

from auricle.wire.loudness import WireLoudness, loudness

if TYPE_CHECKING:  # these bring numpy
    from auricle.music.live import Rolling
    from auricle.music.results import Beat, Dynamics, Feature, Harmony, Key, KeySpan, MusicAnalysis, Rhythm, Spectrum, Tag, Tags

__all__ = [
    "WireAnalysis",
    "WireBeat",
    "WireChord",
    "WireDynamics",
    "WireFeature",
    "WireGuideAnalysis",
    "WireHarmony",
    "WireKey",
    "WireKeySpan",
    "WireRhythm",
    "WireRolling",
    "WireSection",
    "WireSpectralFeatures",
    "WireSpectrum",
    "WireTag",
    "WireTagMoment",
    "WireTags",
    "WireTempoCandidate",
    "WireTempoPoint",
    "analysis",
    "guide_analysis",
    "rolling",
]

_SHORT_TERM = 3.0  # seconds, of which the loudness range compares some (EBU Tech 3342)


class WireBeat(TypedDict):
    """A beat: when, in seconds, and its number in the bar, of which 1 is the downbeat; 0 where bars were not found."""

    time: float
    position: int


class WireTempoCandidate(TypedDict):
    """A tempo that people might tap, and how likely."""

    bpm: float
    probability: float


class WireTempoPoint(TypedDict):
    """The tempo around a moment, in seconds."""

    time: float
    bpm: float


class WireRhythm(TypedDict):
    """Beats, bars and tempo in beats per minute."""

    tempo: float | None
    confidence: float
    meter: str | None
    beats_per_bar: int | None
    beats: list[WireBeat]
    downbeats: list[float]
    candidates: list[WireTempoCandidate]
    curve: list[WireTempoPoint]


class WireKey(TypedDict):
    """A key by its name with sharps, "A# minor", as musicians spell it, "Bb minor", on the Camelot wheel, "3A", and how sure it is."""

    name: str
    spelled: str
    camelot: str
    confidence: float


class WireKeySpan(TypedDict):
    """A stretch in one key, by its name with sharps, and as musicians spell it; null: none was found."""

    start: float
    end: float
    key: str | None
    spelled: str | None


class WireChord(TypedDict):
    """A stretch of one chord: in Harte's syntax with sharps, "A#:min" or "N" for none, and as on a lead sheet in the key, "Bbm"."""

    start: float
    end: float
    label: str
    symbol: str


class WireHarmony(TypedDict):
    """Key, tuning and chords, of which silence is one, "N"; `chroma` is how strong C, C#, … B are in the whole."""

    key: WireKey | None
    candidates: list[WireKey]
    tuning_cents: float | None
    keys: list[WireKeySpan]
    chords: list[WireChord]
    chroma: list[float]


class WireFeature(TypedDict):
    """One figure of all frames; the frames' own only where they are asked for."""

    mean: float
    std: float
    frames: NotRequired[list[float]]


class WireSpectrum(TypedDict):
    """Spectral features as librosa defines them, of frames that are `hop` seconds apart."""

    centroid_hz: WireFeature
    rolloff_hz: WireFeature
    bandwidth_hz: WireFeature
    flatness: WireFeature
    zero_crossing_rate: WireFeature
    contrast_db: list[WireFeature]
    mfcc: list[WireFeature]
    onsets_per_second: float
    hop: float


class WireDynamics(TypedDict):
    """EBU R 128's figures, and the range from the true peak to the integrated loudness (PLR); null: silence, or too short."""

    loudness: WireLoudness
    peak_to_loudness_lu: float | None


class WireTag(TypedDict):
    """A word for the music, and how well it fits, 0 to 1."""

    name: str
    score: float


class WireTagMoment(TypedDict):
    """The best tags of a stretch."""

    start: float
    end: float
    tags: list[WireTag]


class WireTags(TypedDict):
    """What listeners would call it; `genre` is "uncertain" when it is. Silence has no tags, and each of `genres` is as likely as any."""

    genre: str
    genres: list[WireTag]
    tags: list[WireTag]
    over_time: list[WireTagMoment]


class WireSection(TypedDict):
    """A part of the piece; what sounds alike has the same label, and long silence is in none."""

    start: float
    end: float
    label: str


class WireAnalysis(TypedDict):
    """What `POST /analyze` answers; parts that were not asked for are left out. `notes` are sentences for the user."""

    duration: float
    sample_rate: int
    channels: int
    rhythm: NotRequired[WireRhythm]
    harmony: NotRequired[WireHarmony]
    spectrum: NotRequired[WireSpectrum]
    dynamics: NotRequired[WireDynamics]
    tags: NotRequired[WireTags]
    sections: NotRequired[list[WireSection]]
    notes: list[str]


class WireSpectralFeatures(TypedDict):
    """The guide's: means over all frames."""

    spectral_centroid: float
    spectral_rolloff: float
    spectral_bandwidth: float
    zero_crossing_rate: float
    mfcc_features: list[float]


class WireGuideAnalysis(WireAnalysis):
    """What `POST /analyze_music` answers: the guide's fields, and ours."""

    tempo: float | None
    beat_count: int
    beat_times: list[float]
    key_signature: str | None
    spectral_features: WireSpectralFeatures
    duration_seconds: float


class WireRolling(TypedDict):
    """What the last half minute of a stream sounds like, `time` seconds into it; `beats` are those that are new."""

    time: float
    tempo: float | None
    tempo_confidence: float
    beats: list[WireBeat]
    beats_per_bar: int | None
    key: WireKey | None
    momentary_lufs: float | None
    short_term_lufs: float | None
    peak_dbfs: float | None


def analysis(found: MusicAnalysis) -> WireAnalysis:
    """An analysis' object."""
    shape: WireAnalysis = {
        "duration": _time(found.duration),
        "sample_rate": found.rate,
        "channels": found.channels,
        "notes": list(found.notes),
    }
    if found.rhythm is not None:
        shape["rhythm"] = _rhythm(found.rhythm)
    if found.harmony is not None:
        shape["harmony"] = _harmony(found.harmony)
    if found.spectrum is not None:
        shape["spectrum"] = _spectrum(found.spectrum)
    if found.dynamics is not None:
        shape["dynamics"] = _dynamics(found.dynamics, found.duration)
    if found.tags is not None:
        shape["tags"] = _tags(found.tags)
    if found.sections is not None:
        shape["sections"] = [{"start": _time(part.start), "end": _time(part.end), "label": part.label} for part in found.sections]
    return shape


def guide_analysis(found: MusicAnalysis) -> WireGuideAnalysis:
    """The guide's object, of an analysis that has rhythm, harmony and spectrum.

    Raises:
        ValueError: it lacks one of them.
    """
    rhythm, harmony, spectrum = found.rhythm, found.harmony, found.spectrum
    if rhythm is None or harmony is None or spectrum is None:
        raise ValueError("the guide's answer has rhythm, harmony and spectrum")
    return {
        "tempo": _bpm(rhythm.tempo),
        "beat_count": len(rhythm.beats),
        "beat_times": [_time(beat.time) for beat in rhythm.beats],
        "key_signature": harmony.key.name if harmony.key else None,
        "spectral_features": _guide_features(spectrum),
        "duration_seconds": _time(found.duration),
        **analysis(found),
    }


def rolling(said: Rolling) -> WireRolling:
    """What is said of live music."""
    return {
        "time": _time(said.time),
        "tempo": _bpm(said.tempo),
        "tempo_confidence": _score(said.tempo_confidence),
        "beats": _beats(said.beats),
        "beats_per_bar": said.beats_per_bar,
        "key": _key(said.key) if said.key else None,
        "momentary_lufs": _level(said.momentary),
        "short_term_lufs": _level(said.short_term),
        "peak_dbfs": _level(said.peak),
    }


def _rhythm(rhythm: Rhythm) -> WireRhythm:
    return {
        "tempo": _bpm(rhythm.tempo),
        "confidence": _score(rhythm.confidence),
        "meter": rhythm.meter,
        "beats_per_bar": rhythm.beats_per_bar,
        "beats": _beats(rhythm.beats),
        "downbeats": list(map(_time, rhythm.downbeats)),
        "candidates": [{"bpm": round(one.bpm, 2), "probability": _score(one.probability)} for one in rhythm.candidates],
        "curve": [{"time": _time(point.time), "bpm": round(point.bpm, 2)} for point in rhythm.curve],
    }


def _beats(beats: Iterable[Beat]) -> list[WireBeat]:
    return [{"time": _time(beat.time), "position": beat.position} for beat in beats]


def _harmony(harmony: Harmony) -> WireHarmony:
    return {
        "key": _key(harmony.key) if harmony.key else None,
        "candidates": list(map(_key, harmony.candidates)),
        "tuning_cents": None if harmony.tuning is None else round(harmony.tuning, 1),
        "keys": list(map(_key_span, harmony.keys)),
        "chords": [
            {"start": _time(chord.start), "end": _time(chord.end), "label": chord.label, "symbol": symbol}
            for chord, symbol in zip(harmony.chords, harmony.symbols, strict=True)
        ],
        "chroma": list(map(_score, harmony.chroma)),
    }


def _key(key: Key) -> WireKey:
    return {"name": key.name, "spelled": key.spelled, "camelot": key.camelot, "confidence": _score(key.confidence)}


def _key_span(span: KeySpan) -> WireKeySpan:
    name, spelled = (span.key.name, span.key.spelled) if span.key else (None, None)
    return {"start": _time(span.start), "end": _time(span.end), "key": name, "spelled": spelled}


def _spectrum(spectrum: Spectrum) -> WireSpectrum:
    return {
        "centroid_hz": _feature(spectrum.centroid),
        "rolloff_hz": _feature(spectrum.rolloff),
        "bandwidth_hz": _feature(spectrum.bandwidth),
        "flatness": _feature(spectrum.flatness),
        "zero_crossing_rate": _feature(spectrum.zero_crossing_rate),
        "contrast_db": list(map(_feature, spectrum.contrast)),
        "mfcc": list(map(_feature, spectrum.mfcc)),
        "onsets_per_second": round(spectrum.onset_rate, 2),
        "hop": round(spectrum.hop, 6),
    }


def _guide_features(spectrum: Spectrum) -> WireSpectralFeatures:
    return {
        "spectral_centroid": _digits(spectrum.centroid.mean),
        "spectral_rolloff": _digits(spectrum.rolloff.mean),
        "spectral_bandwidth": _digits(spectrum.bandwidth.mean),
        "zero_crossing_rate": _digits(spectrum.zero_crossing_rate.mean),
        "mfcc_features": [_digits(one.mean) for one in spectrum.mfcc],
    }


def _feature(feature: Feature) -> WireFeature:
    shape: WireFeature = {"mean": _digits(feature.mean), "std": _digits(feature.std)}
    if feature.frames is not None:
        shape["frames"] = list(map(_digits, feature.frames.tolist()))
    return shape


def _dynamics(dynamics: Dynamics, duration: float) -> WireDynamics:
    figures = loudness(dynamics.loudness, duration)
    silent = figures["integrated_lufs"] is None
    if silent or duration < _SHORT_TERM:
        figures["loudness_range_lu"] = None
    return {"loudness": figures, "peak_to_loudness_lu": None if silent or dynamics.range is None else round(dynamics.range, 2)}


def _tags(tags: Tags) -> WireTags:
    return {
        "genre": tags.genre,
        "genres": list(map(_tag, tags.genres)),
        "tags": list(map(_tag, tags.tags)),
        "over_time": [{"start": _time(one.start), "end": _time(one.end), "tags": list(map(_tag, one.tags))} for one in tags.over_time],
    }


def _tag(tag: Tag) -> WireTag:
    return {"name": tag.name, "score": _score(tag.score)}


def _time(seconds: float) -> float:
    return round(float(seconds), 3)


def _score(value: float) -> float:
    return round(float(value), 4)


def _digits(value: float) -> float:
    return float(f"{value:.6g}")


def _bpm(tempo: float | None) -> float | None:
    return None if tempo is None else round(tempo, 2)


def _level(value: float) -> float | None:
    return round(value, 2) if math.isfinite(value) else None
