"""Analyses as they could be, for tests of how they are shown."""

from __future__ import annotations

import math

from auricle.loudness import Loudness
from auricle.music import (
    Beat,
    Chord,
    Dynamics,
    Feature,
    Harmony,
    Key,
    KeySpan,
    MusicAnalysis,
    Rhythm,
    Section,
    Spectrum,
    Tag,
    Tags,
    TempoCandidate,
    TempoPoint,
)
from auricle.music.results import GENRES

BEAT_S = 0.5  # at 120 BPM
A_MINOR, C_MAJOR, E_MINOR = Key("A", "minor", 0.81), Key("C", "major", 0.44), Key("E", "minor", 0.2)


def beats(count: int, per_bar: int = 4) -> tuple[Beat, ...]:
    """So many from 0 s on, the first of them a downbeat; without bars all at position 0."""
    return tuple(Beat(BEAT_S * number, number % per_bar + 1 if per_bar else 0) for number in range(count))


def chords(*symbols: str, seconds: float = 4 * BEAT_S) -> tuple[Chord, ...]:
    """One after the other, each so long; "-" is none."""
    return tuple(
        Chord(
            *(seconds * number, seconds * (number + 1)),
            *((None, None) if symbol == "-" else (symbol.removesuffix("m"), "min" if symbol.endswith("m") else "maj")),
        )
        for number, symbol in enumerate(symbols)
    )


def feature(mean: float) -> Feature:
    """A figure."""
    return Feature(mean, mean / 4)


def spectrum(share: float = 1.0) -> Spectrum:
    """Of a song, or with 0.0 of silence."""
    return Spectrum(
        centroid=feature(2132.3 * share),
        rolloff=feature(4512.4 * share),
        bandwidth=feature(2010.5 * share),
        flatness=feature(0.0123 * share),
        zero_crossing_rate=feature(0.081 * share),
        contrast=tuple(feature(share * (20.0 + band)) for band in range(7)),
        mfcc=tuple(feature(share * (coefficient - 200.0)) for coefficient in range(13)),
        onset_rate=3.21 * share,
    )


HARMONY = Harmony(
    A_MINOR,
    (A_MINOR, C_MAJOR, E_MINOR),
    tuning=4.7,
    keys=(KeySpan(0.0, 60.0, A_MINOR), KeySpan(60.0, 100.0, None), KeySpan(100.0, 205.37, C_MAJOR)),
    chords=chords(*("Am", "F", "C", "G") * 25),
    chroma=(1 / 12,) * 12,
)
SONG = MusicAnalysis(
    duration=205.37,
    rate=44_100,
    channels=2,
    rhythm=Rhythm(
        *(119.996, 0.934, beats(410), 4, "4/4"),
        candidates=(TempoCandidate(120.0, 0.7), TempoCandidate(60.0, 0.21), TempoCandidate(240.0, 0.04)),
        curve=(TempoPoint(1.0, 119.6), TempoPoint(3.0, 120.3)),
    ),
    harmony=HARMONY,
    spectrum=spectrum(),
    dynamics=Dynamics(Loudness(-9.41, -7.9, -6.6, 3.1, 0.21), 9.62),
    tags=Tags(
        tuple(Tag(f"tag{number}", 0.9 - number / 20) for number in range(12)),
        "disco",
        (Tag("disco", 0.55), *(Tag(genre, 0.05) for genre in GENRES if genre != "disco")),
    ),
    sections=tuple(Section(15.0 * number, 15.0 * (number + 1), label) for number, label in enumerate("ABACABDAABACAB")),
    notes=("Something that a user should know about this recording, in a sentence that is too long for one line.",),
)

SILENCE = MusicAnalysis(
    duration=3.0,
    rate=8000,
    channels=6,
    rhythm=Rhythm(None, 0.0),
    harmony=Harmony(
        None, tuple(Key(tonic, "minor", 0.0) for tonic in "ACE"), None, (KeySpan(0.0, 3.0, None),), chords("-", seconds=3.0), (0.0,) * 12
    ),
    spectrum=spectrum(0.0),
    dynamics=Dynamics(Loudness(-math.inf, -math.inf, -math.inf, 0.0, -math.inf), None),
    tags=Tags((), "uncertain", tuple(Tag(genre, 0.1) for genre in GENRES)),
    sections=(),
    notes=("No steady beat was found, so there are no tempo, beats and bars.",),
)
