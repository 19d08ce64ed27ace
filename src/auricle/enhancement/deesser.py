"""De-esser: tames sibilants, the hiss of an s, a sh or a ch that stands out of a voice."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

from auricle.audio import Samples
from auricle.enhancement.equalizer import rounded
from auricle.enhancement.report import Facts
from auricle.errors import MissingDependency, OptionError
from auricle.stages import Blockwise, Chain, Stage

__all__ = ["DeEsser"]

Doubles = npt.NDArray[np.float64]

_BAND_HZ = (4000.0, 10_000.0)  # where sibilants are
_VOICE_HZ = 150.0  # below, there is rumble
_LEAST_RATE = 12_000  # Hertz: below, most of a sibilant is missing, and what is left is not in its place
_MOST_DB = 24.0
_USUAL_DB = 6.0

_FRAMES_PER_S = 200
_FRAMES = 20  # in a block: a tenth of a second
_BLOCKS_BEFORE, _BLOCKS_AFTER = 15, 5  # that tell what is usual
_SPREAD, _RAMP = 5, np.array([1, 2, 3, 2, 1]) / 9  # frames that share the deepest reduction among them; how it sets in and ends
_AROUND = 4  # frames by which a reduction then begins before a sibilant and ends after it

_SHARE_DB = -12.0  # of the band in all that is heard: vowels have less
_ABOVE_USUAL_DB = 6.0  # above its usual share and its usual power: bright music and steady hiss have much of it all the time
_WHOLE_DB = 6.0  # above both, the reduction is whole
_SOFT_DB, _LOUD_DB = -20.0, -10.0  # re all that is around it: softer sibilants do not hurt, louder ones get the whole reduction
_HEARD_DB = -25.0  # re all that is around it: softer frames tell nothing


class DeEsser:
    """Lowers the band of the sibilants while one stands out, and leaves all else alone.

    A sibilant is short, and much of its power is in the band of 4 to 10 kHz (up to half the sample rate, if that is less). So frames
    of 10 ms, 5 ms apart, are judged by the share of the band in their power, which does not depend on the level: it must be
    high in itself, and stand out of the median of the 2 s around it, as the power in the band must, so that cymbals and steady hiss
    pass. The reduction sets in and ends within 20 ms, beginning before the sibilant. All channels get the same.

    The band comes from a filter of linear phase. It is subtracted as far as it is to be lowered, so that where nothing is to
    be lowered every sample stays as it is, bit for bit. Below a rate of 12 kHz there is no room for sibilants, and nothing is done.

    Args:
        rate: Hertz.
        channels: of the stream.
        most: by how much the band is lowered at most; True is 6. dB.
        facts: is told "most_reduction_db" that anything got, and "sibilants", how many were lowered.

    Raises:
        OptionError: ``most`` is not above 0 and at most 24 dB.
        MissingDependency: scipy is not installed.
    """

    def __init__(self, rate: int, channels: int, most: bool | float = True, facts: Facts | None = None) -> None:
        if not 0 < most <= _MOST_DB:
            raise OptionError("deess", f"sibilants are to be lowered by at most {most:g} dB; give more than 0, at most {_MOST_DB:g} dB")
        facts = {} if facts is None else facts
        facts.update(most_reduction_db=0.0, sibilants=0.0)
        most = _USUAL_DB if most is True else most
        self._stage: Stage = _SplitBand(rate, channels, most, facts) if rate >= _LEAST_RATE else Chain([])

    @property
    def latency(self) -> int:
        """See `Stage`."""
        return self._stage.latency

    def feed(self, samples: Samples) -> Samples:
        """See `Stage`."""
        return self._stage.feed(samples)

    def finish(self) -> Samples:
        """See `Stage`."""
        return self._stage.finish()


class _SplitBand(Blockwise):
    """What `DeEsser` does where there is room for sibilants. A frame has the number of the sample in its middle, counted in frames."""

    def __init__(self, rate: int, channels: int, most: float, facts: Facts) -> None:
        self._band, self._most, self._facts = _band_pass(rate), most, facts
        self._frame, self._rate = round(rate / _FRAMES_PER_S), rate
        self._size, self._reach = _FRAMES * self._frame, len(self._band) // 2
        self._before = max(self._reach, self._frame)
        super().__init__(channels, self._size, self._before, _BLOCKS_AFTER * self._size)
        self._powers: deque[Doubles] = deque(maxlen=_BLOCKS_BEFORE + 1 + _BLOCKS_AFTER)
        self._depths = [np.zeros(_FRAMES)] * 3  # of the block before, this one and the next
        self._deep = False  # the last frame of the block before

    def treat(self, window: Samples) -> Samples:
        """See `Blockwise`."""
        self._listen(window)
        depth = np.concatenate(self._depths)[_FRAMES - _AROUND : 2 * _FRAMES + _AROUND + 1]
        depth = np.convolve(np.lib.stride_tricks.sliding_window_view(depth, _SPREAD).max(axis=1), _RAMP, "valid")
        block = window[:, self._before : self._before + self._size]
        self._note(depth[:_FRAMES])
        if not depth.any():
            return block
        return self._lowered(block, window, self._most * np.interp(np.arange(self._size) / self._frame, np.arange(len(depth)), depth))

    def _listen(self, window: Samples) -> None:
        """Hear the blocks that have not been heard before, and judge the next one; at the beginning, the first one, too."""
        beginning = not self._powers
        first = self._before if beginning else window.shape[1] - self._size
        powers = _powers(window[:, first - self._frame :], self._frame, self._rate)
        self._powers.extend(np.split(powers, powers.shape[1] // _FRAMES, axis=1))
        for place in (-1 - _BLOCKS_AFTER, -_BLOCKS_AFTER)[0 if beginning else 1 :]:
            self._depths = [*self._depths[1:], _depths(self._powers[place], np.concatenate(self._powers, axis=1))]

    def _note(self, depth: Doubles) -> None:
        """Tell the facts: a sibilant is what is lowered by more than half of what it may be."""
        deep = np.concatenate([[self._deep], depth > 0.5])
        self._facts["sibilants"] += int(np.count_nonzero(deep[1:] & ~deep[:-1]))
        self._facts["most_reduction_db"] = max(self._facts["most_reduction_db"], self._most * float(depth.max()))
        self._deep = bool(deep[-1])

    def _lowered(self, block: Samples, window: Samples, reduction: Doubles) -> Samples:
        """The block, its band lowered by ``reduction``, shape (frames,). dB."""
        from scipy.signal import oaconvolve

        around = window[:, self._before - self._reach : self._before + self._size + self._reach].astype(np.float64)
        less = oaconvolve(around, self._band[None], "valid", axes=1) * (1 - 10 ** (-reduction / 20))
        return rounded(np.where(reduction > 0, block - less, block))


def _band_pass(rate: int) -> Doubles:
    """A filter of linear phase and an odd number of taps, with edges 1 kHz wide (a Hamming window's are 3.3 rate / taps)."""
    try:
        from scipy.signal import firwin
    except ImportError:
        raise MissingDependency("taming sibilants", "enhance") from None
    edges = [edge for edge in _BAND_HZ if edge < rate / 2 - 500]
    return np.asarray(firwin(2 * round(3.3 * rate / 2000) + 1, edges, pass_zero=False, fs=rate), np.float64)


def _powers(samples: Samples, frame: int, rate: int) -> Doubles:
    """Power in the band and in all that is heard, of every frame but the first sample's: shape (2, frames). The channels' add up."""
    framed = np.lib.stride_tricks.sliding_window_view(samples, 2 * frame, axis=1)[:, ::frame]
    spectrum = np.abs(np.fft.rfft(framed * np.hanning(2 * frame + 1)[:-1])) ** 2
    hertz = np.fft.rfftfreq(2 * frame, 1 / rate)
    heard, band = hertz >= _VOICE_HZ, (hertz >= _BAND_HZ[0]) & (hertz <= _BAND_HZ[1])
    return np.stack([spectrum[..., part].sum(axis=(0, 2)) for part in (band, heard)])


def _depths(frames: Doubles, around: Doubles) -> Doubles:
    """How far to lower ``frames`` of powers, by what is around them: 0 (not at all) to 1, shape (frames,)."""
    level = around[1].mean()
    clear = around[:, around[1] > level * 10 ** (_HEARD_DB / 10)]
    if not clear.size:
        return np.zeros(frames.shape[1])
    usual, usually = float(_db(np.median(clear[0] / clear[1]))), float(_db(np.median(clear[0]) / level))
    share, loudness = _db(frames[0] / np.maximum(frames[1], 1e-300)), _db(frames[0] / level)
    more = np.minimum(share - max(_SHARE_DB, usual + _ABOVE_USUAL_DB), loudness - usually - _ABOVE_USUAL_DB)
    return np.clip(more / _WHOLE_DB, 0, 1) * np.clip((loudness - _SOFT_DB) / (_LOUD_DB - _SOFT_DB), 0, 1)


def _db(power: npt.ArrayLike) -> Doubles:
    return np.asarray(10 * np.log10(np.maximum(power, 1e-20)))
