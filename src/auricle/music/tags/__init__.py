"""Tags and genre: what listeners would call it, heard in stretches of three seconds by musicnn's two taggers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auricle.audio import Mono
from auricle.music.results import Tag, TagMoment, Tags
from auricle.music.tags.genre import genre_of, genres_of
from auricle.music.tags.melspectrogram import HOP, MELS, RATE, WINDOW, LogMel, log_mel
from auricle.music.tags.musicnn import FRAMES, MAGNATAGATUNE, MILLION_SONGS, Scores, Taggers

__all__ = ["RATE", "TagsPart"]

_PATCH = (FRAMES - 1) * HOP + WINDOW  # samples
_BEST = 5  # tags of a moment
_AUDIBLE = 10 ** (-60 / 20)  # of full scale: RMS of a frame. What is below it is noise of the recording, not music

_NAMES = (*MAGNATAGATUNE, *MILLION_SONGS)
_UNIQUE = tuple(dict.fromkeys(_NAMES))
# A word that both taggers know gets the mean of their scores: shape (words, 100).
_MERGE = np.array([[name == word for name in _NAMES] for word in _UNIQUE], np.float64)
_MERGE /= _MERGE.sum(axis=1, keepdims=True)


class TagsPart:
    """Hears 16,000 Hz. Keeps a hundred numbers for every three seconds.

    The recording is cut into patches of 187 frames (2.992 s). The last one reaches back into the one before, so that the end is heard
    with all that the network wants to hear. A recording of less than one patch is repeated until it fills one, as in the networks'
    training. Silence is not asked about: no network knows it.

    Raises:
        MissingDependency: ONNX Runtime is not installed.
        ModelUnavailable: the weights are not on this machine.
        CorruptWeights: they are damaged.
    """

    def __init__(self) -> None:
        self._taggers = Taggers()
        self._waiting: list[Mono] = [np.zeros(WINDOW // 2, np.float32)]  # frame i is centred on sample 256 i
        self._ready = WINDOW // 2  # samples of it
        self._samples = 0  # all that came
        self._before: LogMel = np.zeros((0, MELS), np.float32)  # the patch before
        self._scores: list[Scores] = []
        self._audible: list[int] = []  # frames of each patch that count

    def feed(self, sound: Mono) -> None:
        """See `Part`."""
        self._samples += len(sound)
        self._take(sound)

    def finish(self) -> Tags:
        """See `Part`; silence has no tags, and each genre is as likely as any."""
        self._take(np.zeros(WINDOW // 2, np.float32))
        if self._samples and self._ready >= WINDOW:
            self._hear(np.concatenate(self._waiting))
        return self._found()

    def _take(self, sound: Mono) -> None:
        self._waiting.append(sound)
        self._ready += len(sound)
        if self._ready < _PATCH:
            return
        joined = np.concatenate(self._waiting)
        at = 0
        while len(joined) - at >= _PATCH:
            self._hear(joined[at : at + _PATCH])
            at += FRAMES * HOP
        self._waiting, self._ready = [joined[at:].copy()], len(joined) - at

    def _hear(self, sound: Mono) -> None:
        """The next patch, or the beginning of the last one."""
        frames = log_mel(sound)
        self._audible.append(_audible(sound))
        patch = np.concatenate([self._before, frames])[-FRAMES:]
        whole = np.resize(patch, (FRAMES, MELS))  # repeats what is too short
        self._scores.append(self._taggers(whole) if self._audible[-1] else np.zeros(len(_NAMES), np.float32))
        self._before = frames

    def _found(self) -> Tags:
        scores = np.array(self._scores, np.float64).reshape(-1, len(_NAMES))
        weights = np.array(self._audible, np.float64)
        mean = np.einsum("p,pt->t", weights, scores) / max(1.0, weights.sum())
        heard = mean if weights.any() else None
        genres = genres_of(heard)
        return Tags(_tags(mean) if weights.any() else (), genre_of(genres, heard), genres, tuple(self._moments(scores)))

    def _moments(self, scores: npt.NDArray[np.float64]) -> list[TagMoment]:
        """What each patch is new for, without gaps; nothing for what is silent."""
        length, end = FRAMES * HOP / RATE, self._samples / RATE
        return [
            TagMoment(n * length, min((n + 1) * length, end), _tags(row)[:_BEST] if audible else ())
            for n, (row, audible) in enumerate(zip(scores, self._audible, strict=True))
        ]


def _audible(sound: Mono) -> int:
    """How many frames that lie whole in the sound are."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP]
    return int(np.count_nonzero(np.sqrt(np.mean(np.square(frames, dtype=np.float64), axis=1)) > _AUDIBLE))


def _tags(scores: npt.NDArray[np.float64]) -> tuple[Tag, ...]:
    """Every word once, the best first."""
    merged = np.einsum("wt,t->w", _MERGE, scores)
    return tuple(Tag(_UNIQUE[n], float(merged[n])) for n in np.argsort(-merged, kind="stable"))
