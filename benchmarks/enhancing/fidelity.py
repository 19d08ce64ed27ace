"""How near sound is to what it should be."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pesq import pesq

from auricle.audio import Audio, Samples
from auricle.resample import resample

_BLOCK, _FACTOR = 4096, 16
_TINY = 1e-30
_PESQ_HZ = 16_000

Mask = npt.NDArray[np.bool_]  # shape (frames,)


def decibels(power: float) -> float:
    """Of a ratio of powers."""
    return 10 * math.log10(power + _TINY)


def sdr(clean: Samples, heard: Samples) -> float:
    """Signal over difference. dB."""
    difference = clean.astype(np.float64) - heard
    return decibels(np.square(clean, dtype=np.float64).sum() / (np.square(difference).sum() + _TINY))


def si_sdr(clean: Samples, heard: Samples) -> float:
    """The same whatever the gain (Le Roux, Wisdom, Erdogan, Hershey, "SDR - half-baked or well done?", 2019, equation 3). dB."""
    wanted, got = (np.asarray(each, np.float64).ravel() for each in (clean, heard))
    scaled = wanted * (wanted @ got) / (wanted @ wanted + _TINY)
    return decibels(np.square(scaled).sum() / (np.square(scaled - got).sum() + _TINY))


def pesq_wb(clean: Audio, heard: Audio) -> float:
    """ITU-T P.862.2: how much worse than the clean speech it sounds to people, 1 to 4.64."""
    wanted, got = (resample(one.remix(1), _PESQ_HZ).samples[0] for one in (clean, heard))
    return float(pesq(_PESQ_HZ, wanted, got, "wb"))


def true_peak(audio: Audio) -> float:
    """The highest value at 16 × oversampling by band-limited interpolation (zeros appended to the spectra of blocks that overlap by half).

    Another way than the library's own filters, and exact up to the tapers of the blocks' ends. dBTP.
    """
    quarter = _BLOCK // 4
    taper = np.ones(_BLOCK)
    taper[: quarter // 2] = np.sin(np.linspace(0, np.pi / 2, quarter // 2)) ** 2
    taper[-(quarter // 2) :] = taper[: quarter // 2][::-1]
    highest = audio.peak
    padded = np.pad(audio.samples, ((0, 0), (quarter, _BLOCK)))
    for start in range(0, audio.frames, _BLOCK // 2):
        block = padded[:, start : start + _BLOCK]
        if np.abs(block).max() * 2 > highest:  # at least 6 dB between samples are not heard of
            fine = np.fft.irfft(np.fft.rfft(block * taper), _BLOCK * _FACTOR) * _FACTOR
            highest = max(highest, float(np.abs(fine[:, quarter * _FACTOR : -quarter * _FACTOR]).max()))
    return 20 * math.log10(highest + _TINY)


def changed(before: Samples, after: Samples, least: float = 0.0) -> Mask:
    """Where a channel is different by more than ``least``."""
    return np.asarray(np.abs(after.astype(np.float64) - before) > least)


def runs(mask: Mask, apart: int = 2) -> list[tuple[int, int]]:
    """From where to where it is true; what is fewer than ``apart`` frames apart is one."""
    places = np.flatnonzero(mask)
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) >= apart)
    return list(zip(places[np.r_[0, breaks + 1]].tolist(), (places[np.r_[breaks, len(places) - 1]] + 1).tolist(), strict=True))


def f1(found: int, false: int, missed: int) -> float:
    """The harmonic mean of precision and recall."""
    return 2 * found / max(1, 2 * found + false + missed)


def detection(spans: Sequence[tuple[int, int]], mask: Mask, apart: int) -> tuple[int, int, int]:
    """Damaged places that were touched, repairs that touch none of them, and places that were missed."""
    truth = np.zeros(len(mask), np.bool_)
    for start, end in spans:
        truth[start:end] = True
    found = sum(bool(mask[start:end].any()) for start, end in spans)
    false = sum(not truth[start:end].any() for start, end in runs(mask, apart))
    return found, false, len(spans) - found
