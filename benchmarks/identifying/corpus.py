"""The music that is asked for: recordings of folders, and what is stored of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from auricle.audio import Audio, Mono
from auricle.codec import AudioProcessingConfig, open_audio
from auricle.errors import AuricleError
from auricle.identification.index import Landmarks, Postings
from auricle.identification.landmarks import landmarks
from auricle.identification.peaks import RATE as HEARD_AT
from auricle.identification.peaks import PeakFinder, Peaks
from auricle.resample import resample
from benchmarks.identifying.degraded import RATE

__all__ = ["Corpus", "InMemory", "Track", "corpus", "heard", "loaded"]

SUFFIXES = (".ogg", ".opus", ".mp3", ".flac", ".wav", ".m4a")
Sixteen = npt.NDArray[np.int16]  # half the memory of what it is played from


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A recording: its file and its first seconds at `RATE`, one channel."""

    path: Path
    samples: Sixteen

    def stretch(self, start: float, seconds: float) -> Mono:
        """A part of it. Seconds."""
        first = round(start * RATE)
        return (self.samples[first : first + round(seconds * RATE)] / 32768).astype(np.float32)

    @property
    def seconds(self) -> float:
        """How much of it is here."""
        return len(self.samples) / RATE


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Known tracks, in an index, and unknown ones.

    Attributes:
        known: in the order of their numbers in the index.
        unknown: tracks that were left out.
        index: of the known ones.
        pace: of finding landmarks, × realtime in CPU time after decoding and resampling.
        density: landmarks a second.
    """

    known: Sequence[Track]
    unknown: Sequence[Track]
    index: InMemory
    pace: float
    density: float


class InMemory:
    """An index of sorted arrays: what matching costs without what storage does."""

    def __init__(self, recordings: Sequence[Landmarks]) -> None:
        self._recordings = recordings
        hashes = np.concatenate([recording.hashes for recording in recordings])
        order = np.argsort(hashes, kind="stable")
        numbers = np.repeat(np.arange(len(recordings), dtype=np.uint32), [len(recording.hashes) for recording in recordings])
        self._hashes, self._numbers = hashes[order], numbers[order]
        self._frames = np.concatenate([recording.frames for recording in recordings])[order]

    def with_another(self, recording: Landmarks) -> InMemory:
        """The same and one recording more."""
        return InMemory([*self._recordings, recording])

    def postings(self, hashes: npt.NDArray[np.uint32]) -> Postings:
        """As `auricle.identification.index.Index` says."""
        order = np.argsort(hashes)
        first, end = (np.searchsorted(self._hashes, hashes[order], side) for side in ("left", "right"))
        counts = end - first
        places = np.arange(counts.sum()) + np.repeat(first - np.cumsum(counts) + counts, counts)
        return Postings(np.repeat(order, counts), self._numbers[places], self._frames[places])


def heard(samples: Mono) -> Peaks:
    """The peaks of samples at `RATE`."""
    return _peaks(resample(Audio(samples[None], RATE), HEARD_AT).samples[0])


def _peaks(samples: Mono) -> Peaks:
    finder = PeakFinder()
    finder.feed(samples)
    return finder.finish()


def loaded(folders: Iterable[Path], seconds: float, most: int | None = None) -> list[Track]:
    """The first seconds of every recording in folders that can be decoded and is long and loud enough to be asked for."""
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    files = files[:: max(1, len(files) // most)] if most else files
    return [track for path in files if (track := _load(path, seconds)) is not None]


def _load(path: Path, seconds: float) -> Track | None:
    blocks: list[Audio] = []
    try:
        with open_audio(path, AudioProcessingConfig(sample_rate=RATE, channels=1)) as decoder:
            for block in decoder:
                blocks.append(block)
                if sum(block.duration for block in blocks) >= seconds:
                    break
    except AuricleError:
        return None
    samples = Audio.join(blocks).samples[0][: round(seconds * RATE)]
    return Track(path, np.round(np.clip(samples, -1, 1) * 32767).astype(np.int16)) if len(samples) > 8 * RATE else None


def corpus(tracks: Sequence[Track], rng: np.random.Generator, left_out: float = 0.3) -> Corpus:
    """Some of the tracks by chance in an index, the others unknown."""
    order = rng.permutation(len(tracks))
    unknown, known = ([tracks[place] for place in part] for part in np.split(order, [round(left_out * len(order))]))
    recordings, spent = [], 0.0
    for track in known:
        samples = resample(Audio(track.stretch(0, track.seconds)[None], RATE), HEARD_AT).samples[0]
        began = time.process_time()
        recordings.append(landmarks(_peaks(samples)))
        spent += time.process_time() - began
    seconds = sum(track.seconds for track in known)
    return Corpus(known, unknown, InMemory(recordings), seconds / spent, sum(len(found.hashes) for found in recordings) / seconds)
