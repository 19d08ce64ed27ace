"""Sections of a piece: where it changes for longer than a moment, and which stretches sound alike.

Boundaries are peaks of novelty: Foote, "Automatic audio segmentation using a measure of audio novelty", ICME 2000. A tapered checkerboard
moves along the diagonal of the self-similarity matrix, of which only the band under it is ever computed. The stretches between them are
put together by average linkage, as far as their frames are distributed alike. For both, the measure is the energy distance (Székely, Rizzo,
"Testing for equal distributions in high dimension", InterStat 2004): how much further apart frames of two groups are than frames of one.
What is compared is timbre (mel-frequency cepstral coefficients) and harmony (chroma) of half seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from auricle.audio import Mono
from auricle.errors import MissingDependency
from auricle.music.part import RATE
from auricle.music.results import Section

__all__ = ["StructurePart", "snapped"]

_FFT = 4096  # samples
_FRAME, _HOP = 11025, 1732  # samples of a frame, and from spectrum to spectrum: the mean of five is a frame's
_SECONDS = _FRAME / RATE
_BLOCK = 10  # frames that are computed at once
_BANDS, _COEFFICIENTS = 40, 14  # of the timbre; the first coefficient, loudness, is left out
_LOWEST_BAND, _HIGHEST_BAND = 30.0, 8000.0  # Hertz, of the timbre; direct current is no sound
_LOWEST_PITCH, _HIGHEST_PITCH = 65.0, 2100.0  # Hertz, of the chroma
_PITCH_WIDTH = 0.35  # semitones: deviation of the bell within which a bin belongs to a pitch class
_RANGE = 60.0  # dB below the loudest band, where levels are cut off
_SILENT = 1e-10  # power of the loudest band of a silent frame: white noise of -72 dB below full scale has more
_HARMONY = 8.0  # dB of timbre that are as far apart as two chords without a common note
_REACH = 16  # frames on each side of a boundary that are compared, and of which a section has at least as many: 8 s
_SPREAD = 0.4  # dB of difference between frames that nobody hears
_NOVEL = 0.12  # relative energy distance from which there may be a boundary
# The relative energy distance from which two stretches are different sections: a share of the piece's largest, for what is a contrast in
# one piece is none in another; and its limits.
_UNLIKE, _LEAST_UNLIKE, _MOST_UNLIKE = 0.3, 0.15, 0.35
_SNAP = 1.0  # seconds that a boundary is moved at most
_MOST = 240  # frames of a stretch that are compared with another's, and boundaries that are looked at together

Floats = npt.NDArray[np.float32]
_Number = TypeVar("_Number", float, Floats)


class StructurePart:
    """Sections of a recording at 22,050 Hz; see `auricle.music.part.Part`.

    Raises:
        MissingDependency: scipy is not installed.
    """

    def __init__(self) -> None:
        try:
            from scipy.fft import rfft
            from scipy.sparse import csr_array
        except ImportError as missing:
            raise MissingDependency("the structure of music", "music") from missing
        self._rfft = rfft
        self._window = (np.hanning(_FFT + 1)[:-1] * 4 / _FFT).astype(np.float32)
        self._maps = csr_array(np.vstack([_mel_map(), _chroma_map()]))
        self._sound = np.zeros(0, np.float32)
        self._powers: list[Floats] = []  # of bands and pitch classes, shape (frames, 40 + 12)
        self._samples = 0

    def feed(self, sound: Mono) -> None:
        """See `auricle.music.part.Part`."""
        self._samples += len(sound)
        self._sound = np.concatenate([self._sound, sound])
        while len(self._sound) >= _BLOCK * _FRAME:
            self._analyse(_BLOCK)

    def finish(self) -> tuple[Section, ...]:
        """See `auricle.music.part.Part`: sections of at least 8 s, or one that is as long as the recording.

        A stretch of at least 8 s that is mostly silent is no section, so there may be gaps; silence has none at all.
        """
        if self._samples < _FRAME:
            self._sound = np.pad(self._sound, (0, _FRAME - self._samples))
        self._analyse(len(self._sound) // _FRAME)
        return _sections(np.concatenate(self._powers), self._samples / RATE)

    def _analyse(self, frames: int) -> None:
        sound = self._sound[: frames * _FRAME].reshape(frames, _FRAME)
        windows = np.lib.stride_tricks.sliding_window_view(sound, _FFT, axis=1)[:, ::_HOP]
        power = np.square(np.abs(self._rfft(windows * self._window, axis=-1))).mean(axis=1)
        self._powers.append((self._maps @ power.T).T)
        self._sound = self._sound[frames * _FRAME :]


def snapped(sections: Sequence[Section], downbeats: Sequence[float]) -> tuple[Section, ...]:
    """Sections whose inner boundaries lie on the nearest downbeat, where there is one within a second."""
    last = len(sections) - 1
    return tuple(
        replace(
            section,
            start=_nearest(section.start, downbeats) if number else section.start,
            end=_nearest(section.end, downbeats) if number < last else section.end,
        )
        for number, section in enumerate(sections)
    )


def _sections(powers: Floats, duration: float) -> tuple[Section, ...]:
    heard = powers[:, :_BANDS].max(axis=1, initial=0) > _SILENT
    if not heard.any():
        return ()
    features = _features(powers, heard)
    bounds = [0, *_boundaries(features), len(features)]
    labels = _labels(features, bounds)
    return _joined(bounds, labels, heard, duration)


def _features(powers: Floats, heard: npt.NDArray[np.bool_]) -> Floats:
    """Timbre and harmony of frames as points whose distance is in dB of timbre; shape (frames, 13 + 12)."""
    from scipy.fft import dct

    bands, chroma = np.split(powers, [_BANDS], axis=1)
    levels = 10 * np.log10(np.maximum(bands, bands.max() * 10 ** (-_RANGE / 10)))
    timbre = dct(levels, axis=1, norm="ortho")[:, 1:_COEFFICIENTS] / np.sqrt(_BANDS)
    strength = np.sqrt(chroma)
    harmony = strength / np.maximum(np.linalg.norm(strength, axis=1, keepdims=True), 1e-12) * _HARMONY / np.sqrt(2)
    features: Floats = np.hstack([timbre, harmony]).astype(np.float32) * heard[:, None]
    return features


def _boundaries(features: Floats) -> list[int]:
    """The frames at which something new begins, none within 8 s of an end or of a stronger one."""
    if len(features) < 2 * _REACH:
        return []
    novelty = _novelty(features)
    found: list[int] = []
    for boundary in np.argsort(-novelty, kind="stable")[: np.count_nonzero(novelty >= _NOVEL)]:
        if all(abs(boundary - other) >= _REACH for other in found):
            found.append(int(boundary))
    return sorted(boundary + _REACH for boundary in found)


def _novelty(features: Floats) -> Floats:
    """How unlike the 8 s before and after each frame are, from the 16th to the 16th last: a relative energy distance."""
    place = np.arange(2 * _REACH) - _REACH + 0.5
    taper = np.exp(-0.5 * np.square(place / _REACH))
    weights = (np.outer(taper, taper) * (1 - np.eye(len(place)))).astype(np.float32)
    across = np.outer(place, place) < 0
    windows = np.lib.stride_tricks.sliding_window_view(features, 2 * _REACH, axis=0).swapaxes(1, 2)
    novelty: list[Floats] = []
    for first in range(0, len(windows), _MOST):
        apart = _distances(windows[first : first + _MOST], windows[first : first + _MOST]) * weights
        between = apart[:, across].sum(axis=1) / weights[across].sum()
        within = apart[:, ~across].sum(axis=1) / weights[~across].sum()
        novelty.append(_unlike(between, within))
    return np.concatenate(novelty)


def _unlike(between: _Number, within: _Number) -> _Number:
    """The relative energy distance of two groups of frames: from the mean distance of frames of both, and of frames of one."""
    return (between - within) / (within + _SPREAD)


def _distances(some: Floats, others: Floats) -> Floats:
    """Between all points of both; shapes (…, n, dimensions) and (…, m, dimensions) → (…, n, m)."""
    squares = np.square(some).sum(axis=-1)[..., :, None] + np.square(others).sum(axis=-1)[..., None, :]
    apart: Floats = np.sqrt(np.maximum(squares - 2 * some @ others.swapaxes(-1, -2), 0))
    return apart


def _labels(features: Floats, bounds: Sequence[int]) -> list[int]:
    """A number for each stretch between bounds; stretches that sound alike have the same."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(bounds) == 2:
        return [0]
    stretches = [_sample(features[start:end]) for start, end in pairwise(bounds)]
    own = [float(_distances(stretch, stretch).mean()) for stretch in stretches]
    apart = np.zeros((len(stretches), len(stretches)))
    for one, other in combinations(range(len(stretches)), 2):
        within = (own[one] + own[other]) / 2
        between = float(_distances(stretches[one], stretches[other]).mean())
        apart[one, other] = apart[other, one] = max(_unlike(between, within), 0)
    unlike = np.clip(_UNLIKE * apart.max(), _LEAST_UNLIKE, _MOST_UNLIKE)
    return [int(label) for label in fcluster(linkage(squareform(apart), "average"), unlike, "distance")]


def _sample(stretch: Floats) -> Floats:
    """At most `_MOST` frames of it, evenly spread."""
    sample: Floats = stretch[np.linspace(0, len(stretch) - 1, min(_MOST, len(stretch))).astype(int)]
    return sample


def _joined(bounds: Sequence[int], labels: Sequence[int], heard: npt.NDArray[np.bool_], duration: float) -> tuple[Section, ...]:
    """Sections out of stretches: neighbours that sound alike are one, and silence is none."""
    names: dict[int, str] = {}
    sections: list[Section] = []
    for (start, end), label in zip(pairwise(bounds), labels, strict=True):
        if heard[start:end].mean() < 0.5:
            continue
        name = names.setdefault(label, _letters(len(names)))
        finish = duration if end == bounds[-1] else end * _SECONDS
        if sections and sections[-1].label == name and sections[-1].end == start * _SECONDS:
            sections[-1] = replace(sections[-1], end=finish)
        else:
            sections.append(Section(start * _SECONDS, finish, name))
    return tuple(sections)


def _letters(number: int) -> str:
    """A to Z, then AA, AB and so on."""
    name = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def _nearest(time: float, downbeats: Sequence[float]) -> float:
    """The nearest downbeat, or the time itself where none is near."""
    nearest = min(downbeats, key=lambda downbeat: abs(downbeat - time), default=time)
    return nearest if abs(nearest - time) <= _SNAP else time


def _mel_map() -> Floats:
    """Triangles between neighbouring centres, evenly spaced in mel (O'Shaughnessy, "Speech Communication", 1987), each of sum 1."""
    bins = np.fft.rfftfreq(_FFT, 1 / RATE)
    centres = 700 * (np.geomspace(1 + _LOWEST_BAND / 700, 1 + _HIGHEST_BAND / 700, _BANDS + 2) - 1)
    rising = (bins - centres[:-2, None]) / np.diff(centres)[:-1, None]
    falling = (centres[2:, None] - bins) / np.diff(centres)[1:, None]
    weights = np.maximum(0, np.minimum(rising, falling))
    bank: Floats = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return bank


def _chroma_map() -> Floats:
    """Each bin between C2 and C7 belongs to the nearest pitch class, the less the further it is from its middle."""
    bins = np.fft.rfftfreq(_FFT, 1 / RATE)
    pitch = 12 * np.log2(np.maximum(bins, 1) / 440) + 9
    away = (pitch - np.arange(12)[:, None] + 6) % 12 - 6
    used = (bins >= _LOWEST_PITCH) & (bins <= _HIGHEST_PITCH)
    chroma: Floats = (np.exp(-0.5 * np.square(away / _PITCH_WIDTH)) * used).astype(np.float32)
    return chroma
