"""What an analysis says about music: frozen values in the field's terms, times in seconds."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from auricle.loudness import Loudness

__all__ = [
    "GENRES",
    "PITCH_CLASSES",
    "UNCERTAIN",
    "Beat",
    "Chord",
    "Dynamics",
    "Feature",
    "Harmony",
    "Key",
    "KeySpan",
    "MusicAnalysis",
    "Rhythm",
    "Section",
    "Spectrum",
    "Tag",
    "TagMoment",
    "Tags",
    "TempoCandidate",
    "TempoPoint",
]

PITCH_CLASSES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")
UNCERTAIN = "uncertain"  # of a genre

# Where the majors and minors lie on the Camelot wheel, by which disc jockeys mix: a fifth up is one further.
_CAMELOT = {"major": 8, "minor": 5}
_FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat.

    Attributes:
        time: when it falls. Seconds.
        position: its number in the bar; 1 is the downbeat. 0 where bars were not found.
    """

    time: float
    position: int


@dataclass(frozen=True, slots=True)
class TempoCandidate:
    """A tempo, and how likely it is the one that people would tap.

    Attributes:
        bpm: beats per minute.
        probability: 0 to 1; those of all candidates add up to at most 1.
    """

    bpm: float
    probability: float


@dataclass(frozen=True, slots=True)
class TempoPoint:
    """The tempo around one moment.

    Attributes:
        time: seconds.
        bpm: beats per minute.
    """

    time: float
    bpm: float


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Beats, bars and tempo.

    Attributes:
        tempo: of the whole, by a line fitted through the beats, or the median local tempo where it varies. Beats per minute; None where
            there is no beat.
        confidence: that these are the beats, 0 to 1.
        beats: in order; empty where there is no beat.
        beats_per_bar: None where bars were not found.
        meter: "2/4", "3/4", "4/4" or "6/8" (two dotted beats a bar); None where bars were not found.
        candidates: the tempo and its likely half, double and the like, from 30 to 250 beats a minute, the likeliest first; where `tempo` is
            None, what it might be, and how improbably.
        curve: the local tempo, one point per bar or so.
    """

    tempo: float | None
    confidence: float
    beats: tuple[Beat, ...] = ()
    beats_per_bar: int | None = None
    meter: str | None = None
    candidates: tuple[TempoCandidate, ...] = ()
    curve: tuple[TempoPoint, ...] = ()

    @property
    def downbeats(self) -> tuple[float, ...]:
        """The first beats of the bars. Seconds."""
        return tuple(beat.time for beat in self.beats if beat.position == 1)


@dataclass(frozen=True, slots=True)
class Key:
    """A key, and how sure it is.

    Attributes:
        tonic: one of `PITCH_CLASSES`, which know no flats.
        mode: "major" or "minor".
        confidence: 0 to 1.
    """

    tonic: str
    mode: Literal["major", "minor"]
    confidence: float

    @property
    def name(self) -> str:
        """As in "A minor", with the sharps of `PITCH_CLASSES`: "A# minor"."""
        return f"{self.tonic} {self.mode}"

    @property
    def spelled(self) -> str:
        """As musicians write it, with the fewer accidentals: "Bb minor", "Eb major", "F# minor"."""
        return f"{_flat_or_sharp(self.tonic, self.mode == 'minor')} {self.mode}"

    @property
    def symbol(self) -> str:
        """Its tonic chord, by which disc jockeys' programs call it: "Bbm", "Eb", "F#m"."""
        return _flat_or_sharp(self.tonic, self.mode == "minor") + ("m" if self.mode == "minor" else "")

    @property
    def camelot(self) -> str:
        """Its place on the Camelot wheel, as in "8A"."""
        fifths = PITCH_CLASSES.index(self.tonic) * 7
        return f"{(fifths + _CAMELOT[self.mode] - 1) % 12 + 1}{'B' if self.mode == 'major' else 'A'}"


@dataclass(frozen=True, slots=True)
class KeySpan:
    """A stretch in one key.

    Attributes:
        start: seconds.
        end: seconds.
        key: None where none was found.
    """

    start: float
    end: float
    key: Key | None


@dataclass(frozen=True, slots=True)
class Chord:
    """A stretch of one chord.

    Attributes:
        start: seconds.
        end: seconds.
        root: one of `PITCH_CLASSES`; None for no chord.
        quality: "maj" or "min"; None for no chord.
    """

    start: float
    end: float
    root: str | None
    quality: Literal["maj", "min"] | None

    @property
    def label(self) -> str:
        """In Harte's syntax (Harte et al., ISMIR 2005): "A:min", "C:maj", "N" for no chord."""
        return "N" if self.root is None else f"{self.root}:{self.quality}"

    @property
    def symbol(self) -> str:
        """As on a lead sheet, with the sharps of `PITCH_CLASSES`: "Am", "C", "A#", "N.C."."""
        return "N.C." if self.root is None else self.root + ("m" if self.quality == "min" else "")

    def spelled(self, key: Key | None = None) -> str:
        """As on a lead sheet in a key: with flats in keys that have flats, elsewhere as near to the key as can be on the line of fifths.

        Temperley, "The line of fifths", Music Analysis 19(3), 2000.

        Args:
            key: the key; None writes every chord as musicians write the key of its name.

        Returns:
            "Bb" in F major and in D major, "A#" in B major; "N.C." for no chord.
        """
        if self.root is None:
            return "N.C."
        around = _accidentals(key.tonic, key.mode == "minor") if key else 0
        return _flat_or_sharp(self.root, self.quality == "min", around) + ("m" if self.quality == "min" else "")


@dataclass(frozen=True, slots=True)
class Harmony:
    """Key, tuning and chords.

    Attributes:
        key: of the whole; None where none was found.
        candidates: the three likeliest keys, the likeliest first, whether or not one of them is good enough to be `key`.
        tuning: how far the tuning is from A = 440 Hz. Cents, -50 to 50; None where nothing has a pitch.
        keys: the keys over time, without gaps; silence is a stretch without a key.
        chords: the chords over time, without gaps; silence is a stretch of no chord.
        chroma: how strong each of `PITCH_CLASSES` is in the whole, 12 values that add up to 1; all 0 for silence.
    """

    key: Key | None
    candidates: tuple[Key, ...] = ()
    tuning: float | None = None
    keys: tuple[KeySpan, ...] = ()
    chords: tuple[Chord, ...] = ()
    chroma: tuple[float, ...] = (0.0,) * 12

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every chord as on a lead sheet, spelled in the key that it begins in; where none was found, in that of the whole."""
        starts = [span.start for span in self.keys]
        found = [self.keys[place - 1].key if (place := bisect_right(starts, one.start)) else None for one in self.chords]
        return tuple(chord.spelled(key or self.key) for chord, key in zip(self.chords, found, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Feature:
    """One figure of every frame.

    Attributes:
        mean: of all frames.
        std: their standard deviation.
        frames: the frames' own, float32, shape (frames,); None unless asked for.
    """

    mean: float
    std: float
    frames: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Spectral features as librosa defines them: 22,050 Hz, mono, 2048 samples a frame, hop 512.

    Attributes:
        centroid: Hertz.
        rolloff: where 85 % of the magnitude lies below. Hertz.
        bandwidth: Hertz.
        flatness: 0 (a tone) to 1 (noise).
        zero_crossing_rate: share of samples.
        contrast: peaks above valleys, below 200 Hz and in the six octaves from there on. dB.
        mfcc: 13 mel-frequency cepstral coefficients.
        onset_rate: onsets per second.
        hop: from frame to frame. Seconds.
    """

    centroid: Feature
    rolloff: Feature
    bandwidth: Feature
    flatness: Feature
    zero_crossing_rate: Feature
    contrast: tuple[Feature, ...]
    mfcc: tuple[Feature, ...]
    onset_rate: float
    hop: float = 512 / 22050


@dataclass(frozen=True, slots=True)
class Dynamics:
    """How loud it is, and how much it varies.

    Attributes:
        loudness: EBU R 128's figures.
        range: from the true peak to the integrated loudness (PLR). LU; None where there is no such loudness: silence, less than 400 ms.
    """

    loudness: Loudness
    range: float | None


@dataclass(frozen=True, slots=True)
class Tag:
    """A word for the music, and how well it fits.

    Attributes:
        name: as listeners wrote it.
        score: 0 to 1.
    """

    name: str
    score: float


@dataclass(frozen=True, slots=True)
class TagMoment:
    """The tags of one stretch.

    Attributes:
        start: seconds.
        end: seconds.
        tags: the best of it.
    """

    start: float
    end: float
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Tags:
    """What listeners would call it.

    Attributes:
        tags: of the whole, all of both taggers, the best first; empty for silence.
        genre: one of `GENRES`, or `UNCERTAIN`.
        genres: `GENRES` with their probabilities as scores, the likeliest first; they add up to 1, and silence has each as likely as any.
        over_time: about every three seconds; silent ones are without tags.
    """

    tags: tuple[Tag, ...]
    genre: str
    genres: tuple[Tag, ...]
    over_time: tuple[TagMoment, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a piece; what sounds alike has the same label.

    A stretch that is mostly silent for 8 s or more is no section: there is a gap.

    Attributes:
        start: seconds.
        end: seconds.
        label: "A", "B", …
    """

    start: float
    end: float
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class MusicAnalysis:
    """All that was found; a part that was not asked for is None.

    Attributes:
        duration: seconds.
        rate: of the recording. Hertz.
        channels: of the recording.
        rhythm: beats, bars and tempo.
        harmony: key, tuning and chords.
        spectrum: spectral features.
        dynamics: loudness.
        tags: tags and genre.
        sections: the structure.
        notes: what a user should know about it, in sentences.
    """

    duration: float
    rate: int
    channels: int
    rhythm: Rhythm | None = None
    harmony: Harmony | None = None
    spectrum: Spectrum | None = None
    dynamics: Dynamics | None = None
    tags: Tags | None = None
    sections: tuple[Section, ...] | None = None
    notes: tuple[str, ...] = ()


def _accidentals(tonic: str, minor: bool, around: int = 0) -> int:
    """How many sharps a key has, or flats, which count as negative: of all its spellings the nearest to so many.

    As near are F# and Gb major to none, and D# and Eb minor; musicians write F# major and Eb minor.
    """
    fifths = 7 * PITCH_CLASSES.index(tonic) - (3 if minor else 0)
    least = around - (6 if minor else 5)
    return (fifths - least) % 12 + least


def _flat_or_sharp(tonic: str, minor: bool, around: int = 0) -> str:
    """How a key's tonic is written, or a chord's root, where a key has so many sharps."""
    flat = around < 0 or _accidentals(tonic, minor, around) < 0
    return (_FLATS if flat else PITCH_CLASSES)[PITCH_CLASSES.index(tonic)]
