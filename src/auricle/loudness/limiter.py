"""A look-ahead true-peak limiter: louder, with no peak above the ceiling, and nothing else changed.

Per sample, the gain that the true peaks beside it allow; held over the look-ahead (the smallest of what is ahead), let go exponentially,
and smoothed by a window as long as the look-ahead. The smoothed gain is never above the allowed one, for the window only averages gains
that were held for this very sample (P. Hämäläinen, "Smoothing of the control signal without clipped output in digital peak limiters",
DAFx 2002). All channels get the same gain, so that the stereo image stays where it is.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from auricle.audio import Samples
from auricle.errors import MissingDependency
from auricle.loudness.peaks import REACH, peaks_between
from auricle.stages import Blockwise

__all__ = ["CLEARANCE_DB", "TOUCHES_DB", "Limiter"]

Floats = npt.NDArray[np.float64]

# Meters of true peak differ by their filters: by less than 0.1 dB for what is recorded, by some 0.3 dB for white noise up to the Nyquist
# frequency. What comes this near to the ceiling counts as above it, and what is limited is limited to so much below it, so that the ceiling
# is kept whoever measures.
TOUCHES_DB = 0.1
CLEARANCE_DB = 0.4

_LOOK_AHEAD_S = 0.005  # rises without a click; masked by the peak that follows
_RELEASE_S = 0.08  # time constant: short enough not to dull what follows a peak, long enough not to distort low notes
_NOTHING = 1e-6  # reduction that is none, -120 dB: from here on samples pass as they are
_BLOCK_S = 0.1


class Limiter(Blockwise):
    """See the module. Same for any chunking, bit for bit; where nothing comes near the ceiling, samples pass as they are (times the gain).

    Args:
        rate: of the stream. Hertz.
        channels: of the stream.
        ceiling: the highest true peak that may come out. dBTP.
        gain_db: gain before it. dB.
        facts: gets "reduction_db", the most by which a peak was lowered, and "limited_s", for how long any was.

    Raises:
        MissingDependency: scipy is not installed.
    """

    def __init__(self, rate: int, channels: int, ceiling: float, gain_db: float = 0.0, facts: dict[str, float] | None = None) -> None:
        self._require_scipy()
        self._ahead = max(1, round(_LOOK_AHEAD_S * rate))
        after = -(-(self._ahead + 1) // REACH) * REACH + REACH
        block = max(1, round(_BLOCK_S * rate / REACH)) * REACH
        super().__init__(channels, block, before=2 * REACH, after=after)
        self._rate, self._size, self._after = rate, block, after
        self._gain = np.float32(10 ** (gain_db / 20))
        self._from, self._to = 10 ** ((ceiling - TOUCHES_DB) / 20), 10 ** ((ceiling - CLEARANCE_DB) / 20)
        self._decay = 1 / (_RELEASE_S * rate)  # nepers per sample
        self._window = np.hanning(self._ahead + 3)[1:-1]
        self._window /= self._window.sum()
        self._held: Floats = np.zeros(self._ahead)  # reductions before the block: 1 - gain, not yet smoothed
        self._begun = False
        self._least, self._limited = 1.0, 0
        self._facts = facts if facts is not None else {}
        self._report()

    def treat(self, window: Samples) -> Samples:
        """See `Blockwise`."""
        louder = window if self._gain == 1 else window * self._gain
        start = 2 * REACH
        block = louder[:, start : start + self._size]
        allowed = self._reductions(louder)
        if allowed is None and not self._held.any():
            self._begun = True
            return block
        reduction = self._smoothed(allowed)
        self._limited += int(np.count_nonzero(block.any(axis=0) & (reduction > 0)))
        self._least = min(self._least, 1.0 - float(reduction.max()))
        self._report()
        return np.asarray(block * (1.0 - reduction), np.float32)

    def _reductions(self, louder: Samples) -> Floats | None:
        """What each sample from the block's first has to be lowered by at least, as far as it looks ahead; None for nothing."""
        peaks = peaks_between(louder, self._from, strict=True).max(axis=0)
        if peaks.max() <= self._from:
            return None
        beside = np.maximum(peaks[REACH:], peaks[REACH - 1 : -1])  # from the sample before, and up to the one after
        high = beside > self._from
        return np.where(high, 1.0 - self._to / np.where(high, beside, 1.0), 0.0)

    def _smoothed(self, needed: Floats | None) -> Floats:
        """The block's reductions: ``needed`` ones held, let go and smoothed."""
        from scipy.ndimage import maximum_filter1d
        from scipy.signal import fftconvolve

        held = np.zeros(self._size)
        if needed is not None:
            # The window of the filter begins at the sample itself and ends at what is heard one look-ahead later.
            width = self._ahead + 1
            held = maximum_filter1d(needed, width, origin=-(width // 2), mode="constant")[: self._size]
        if not self._begun:
            self._held[:] = held[0]  # nobody hears how the gain came to be what the first samples need
            self._begun = True
        held = self._released(held)
        every = np.concatenate([self._held, held])
        self._held = every[-self._ahead :]
        smooth = fftconvolve(every, self._window, mode="valid")
        return np.where(smooth < _NOTHING, 0.0, smooth)

    def _released(self, held: Floats) -> Floats:
        """Each the largest of ``held`` and of all before it, decayed: a running maximum of logarithms that rise with time."""
        rise = np.arange(1, len(held) + 1) * self._decay
        with np.errstate(divide="ignore"):
            before, levels = np.log(self._held[-1]), np.log(held) + rise
        released = np.exp(np.maximum.accumulate(np.maximum(levels, before)) - rise)
        return np.where(released < _NOTHING, 0.0, released)

    def _report(self) -> None:
        self._facts["reduction_db"] = -20 * math.log10(self._least)
        self._facts["limited_s"] = self._limited / self._rate

    @staticmethod
    def _require_scipy() -> None:
        try:
            import scipy  # noqa: F401 - it is used where blocks are limited
        except ImportError as error:
            raise MissingDependency("limiting", "enhance") from error
