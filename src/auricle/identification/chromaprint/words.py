"""A picture of notes over time → one word of 32 bits per frame.

Y. Ke, D. Hoiem, R. Sukthankar, "Computer Vision for Music Identification", CVPR 2005, section 4: sixteen filters, each of which compares
areas of the picture as Viola and Jones's do, were chosen by pairwise boosting (D. Jang et al., "Pairwise Boosted Audio Fingerprint", IEEE
Transactions on Information Forensics and Security 4(4), 2009), with three thresholds each. Two bits per filter, Gray coded so that
neighbouring steps differ in one. The filters are those of Chromaprint's algorithm 2 ("TEST2"), the one that AcoustID knows.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from auricle.identification.chromaprint.chroma import NOTES, Chroma

__all__ = ["SILENCE", "WIDTH", "Words", "words"]

Words = npt.NDArray[np.uint32]


class _Filter(NamedTuple):
    """Areas of frames × notes whose sums are compared.

    Attributes:
        shape: 0 the whole area against nothing; 1 its higher notes against its lower ones; 2 its later frames against its earlier ones;
            3 two opposite quarters against the others; 4 the middle third of the notes against the rest; 5 that of the frames.
        note: the lowest.
        notes: how many.
        frames: how many.
        thresholds: between the four steps of log(1 + area) - log(1 + other area).
    """

    shape: int
    note: int
    notes: int
    frames: int
    thresholds: tuple[float, float, float]


_FILTERS = (
    _Filter(0, 4, 3, 15, (1.98215, 2.35817, 2.63523)),
    _Filter(4, 4, 6, 15, (-1.03809, -0.651211, -0.282167)),
    _Filter(1, 0, 4, 16, (-0.298702, 0.119262, 0.558497)),
    _Filter(3, 8, 2, 12, (-0.105439, 0.0153946, 0.135898)),
    _Filter(3, 4, 4, 8, (-0.142891, 0.0258736, 0.200632)),
    _Filter(4, 0, 3, 5, (-0.826319, -0.590612, -0.368214)),
    _Filter(1, 2, 2, 9, (-0.557409, -0.233035, 0.0534525)),
    _Filter(2, 7, 3, 4, (-0.0646826, 0.00620476, 0.0784847)),
    _Filter(2, 6, 2, 16, (-0.192387, -0.029699, 0.215855)),
    _Filter(2, 1, 3, 2, (-0.0397818, -0.00568076, 0.0292026)),
    _Filter(5, 10, 1, 15, (-0.53823, -0.369934, -0.190235)),
    _Filter(3, 6, 2, 10, (-0.124877, 0.0296483, 0.139239)),
    _Filter(2, 1, 1, 14, (-0.101475, 0.0225617, 0.231971)),
    _Filter(3, 5, 6, 4, (-0.0799915, -0.00729616, 0.063262)),
    _Filter(1, 9, 2, 12, (-0.272556, 0.019424, 0.302559)),
    _Filter(3, 4, 2, 14, (-0.164292, -0.0321188, 0.0846339)),
)
_GRAY = np.array([0b00, 0b01, 0b11, 0b10], np.uint32)
_THRESHOLDS = np.array([each.thresholds for each in _FILTERS])

WIDTH = max(each.frames for each in _FILTERS)  # frames of the picture that one word is of


def words(chroma: Chroma) -> Words:
    """A word for each frame that has `WIDTH` - 1 frames after it, shape (frames - WIDTH + 1,); no words of fewer frames."""
    count = len(chroma) - WIDTH + 1
    if count < 1:
        return np.zeros(0, np.uint32)
    pictures = np.lib.stride_tricks.sliding_window_view(chroma, WIDTH, axis=0).reshape(count, NOTES * WIDTH)
    weights = _weights()
    responses = np.log1p(pictures @ weights.clip(0)) - np.log1p(pictures @ (-weights).clip(0))
    steps = (responses[:, :, None] >= _THRESHOLDS).sum(axis=2)
    bits = _GRAY[steps] << np.arange(30, -1, -2, dtype=np.uint32)  # the first filter's are the highest
    found: Words = np.bitwise_or.reduce(bits, axis=1)
    return found


@functools.cache
def _weights() -> npt.NDArray[np.float64]:
    """What each filter makes of each note of each frame: 1, -1 or nothing; shape (NOTES · WIDTH, filters)."""
    weights = np.zeros((len(_FILTERS), NOTES, WIDTH))
    for number, each in enumerate(_FILTERS):
        weights[number, each.note : each.note + each.notes, : each.frames] = np.where(_counted(each), 1, -1)
    return weights.reshape(len(_FILTERS), -1).T


def _counted(each: _Filter) -> npt.NDArray[np.bool_]:
    """Where in a filter's area what is there counts for it, shape (notes, frames) or one that stretches to it."""
    note, frame = np.ogrid[: each.notes, : each.frames]
    higher, later = note >= each.notes // 2, frame >= each.frames // 2
    tier, third = each.notes // 3, each.frames // 3
    between, amid = (note >= tier) & (note < 2 * tier), (frame >= third) & (frame < 2 * third)
    shapes: tuple[npt.NDArray[np.bool_], ...] = (note >= 0, higher, later, higher != later, between, amid)
    return shapes[each.shape]


SILENCE = int(words(np.zeros((WIDTH, NOTES)))[0])  # the word of frames without sound
