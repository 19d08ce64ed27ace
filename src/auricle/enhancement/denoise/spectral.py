"""Any steady noise, taken away in the spectrum: the engine that needs no model."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import numpy.typing as npt

from auricle.audio import Samples
from auricle.enhancement.denoise.noise_profile import (
    OVERLAP,
    NoiseProfile,
    Powers,
    Spectra,
    hop_of,
    power_of,
    rms_of,
    spectra_of,
    window_of,
)
from auricle.enhancement.report import Facts
from auricle.errors import OptionError
from auricle.stages import Blockwise

__all__ = ["SpectralStage"]

_USUAL_LIMIT_DB = 20.0
_SMALLEST = 1e-30  # power that stands for none, so that ratios are finite
_DIRECTED = 0.98  # how far the a-priori SNR follows the last frame's estimate; Ephraim and Malah (1985), section V
_LEAST_SNR = 10**-1.8  # a-priori; a steady floor leaves no musical noise (Cappé 1994, section III)
# Gerkmann, Breithaupt and Martin (2008): whether there is speech, by a mean over time and frequency, which noise rarely fools.
_HEARD_SNR = 10**0.8
_NEIGHBOURS = 5  # bins
_RECENT = 0.8  # how far the mean follows the frames before
_FREEDOM = 8.0  # so many independent values are in such a mean
_BLOCK = 4  # hops treated at once

# Gerkmann and Hendriks (2012), section IV, whose frames are 16 ms apart; ours are half that.
_PRESENT_SNR = 10**1.5
_FOLLOW = 0.8**0.5
_FOLLOW_PRESENCE = 0.9**0.5
_SURE = 0.99
_BESIDE = 3  # bins

_Bins = npt.NDArray[np.float64]  # shape (bins,)


class SpectralStage(Blockwise):
    """Lowers steady noise by log-MMSE gains.

    Ephraim and Malah: Speech enhancement using a minimum mean-square error log-spectral amplitude estimator (IEEE Trans. ASSP 33(2),
    1985), with the decision-directed a-priori SNR, and the floor as far as there is only noise (Cohen and Berdugo: Speech enhancement for
    non-stationary noise environments, Signal Processing 81, 2001, equation 8), which leaves it even. All channels get the same gains, so
    that nothing moves in the stereo image.

    Args:
        rate: of the stream. Hertz.
        channels: how many.
        profile: the noise; None follows it as it comes (Gerkmann and Hendriks: Unbiased MMSE-based noise power estimation with low
            complexity and low tracking delay, IEEE Trans. ASLP 20(4), 2012).
        limit_db: how far anything is lowered at most; None is 20 dB.
        facts: gets "noise_dbfs", the noise's RMS level, and "noise_lowered_db", by how much of it there is less.

    Raises:
        OptionError: the limit is negative ("noise_limit"), or the profile is of another rate ("noise_profile").
    """

    def __init__(self, rate: int, channels: int, profile: NoiseProfile | None, limit_db: float | None, facts: Facts) -> None:
        limit = _USUAL_LIMIT_DB if limit_db is None else limit_db
        if not limit >= 0:
            raise OptionError("noise_limit", f"noise is to be lowered by {limit:g} dB at most; give 0 or more")
        if profile is not None and profile.rate != rate:
            raise OptionError("noise_profile", f"the noise profile is of {profile.rate} Hz and the sound of {rate} Hz; make them the same")
        self._hop = hop_of(rate)
        self._missed = (OVERLAP - 1) * self._hop
        super().__init__(channels, _BLOCK * self._hop, self._missed, self._missed)
        self._rate, self._floor = rate, 10 ** (-limit / 20)
        self._noise = _Tracker() if profile is None else _Steady(profile.power)
        self._recent: _Bins | None = None  # smoothed SNR of the last frame; None before the first
        self._speech: _Bins | None = None  # power of the last frame's estimate; None before the first
        self._tail = np.zeros((channels, self._missed))  # what the last frames add to the block that comes
        self._before = self._after = 0.0  # sums over frames of the noise's mean square
        self._frames = 0
        self._facts = facts
        facts.update(noise_dbfs=-math.inf, noise_lowered_db=0.0)

    def treat(self, window: Samples) -> Samples:
        """See `Blockwise`."""
        first = self._frames == 0
        # Frames that begin before the recording are treated once, before the first block, and tell nothing about the noise.
        spectra = spectra_of(window if first else window[:, self._missed :], self._rate)
        power = power_of(spectra)
        noise = self._noise.follow(power[OVERLAP - 1 :] if first else power)
        noise = np.concatenate([np.repeat(noise[:1], OVERLAP - 1, axis=0), noise]) if first else noise
        gains = self._gains(power, noise)
        self._tell(noise, gains)
        return self._added(spectra * gains, first)

    def _gains(self, power: Powers, noise: Powers) -> Powers:
        """Of each frame and bin."""
        gains = np.empty_like(power)
        posteriors = power / noise
        present = self._present(posteriors)
        heard = self._speech if self._speech is not None else power[0]
        for frame, posterior in enumerate(posteriors):
            # Ephraim and Malah (1984), equation 51; then (1985), equation 20.
            prior = np.maximum(_DIRECTED * heard / noise[frame] + (1 - _DIRECTED) * np.maximum(posterior - 1, 0), _LEAST_SNR)
            wiener = prior / (1 + prior)
            gain = np.minimum(wiener * _lift(wiener * posterior), 1)
            heard = gain * gain * power[frame]
            gains[frame] = gain
        self._speech = heard
        return np.maximum(gains**present * self._floor ** (1 - present), self._floor)

    def _present(self, posteriors: Powers) -> Powers:
        """The probability that there is more than noise, of each frame and bin."""
        from scipy.ndimage import uniform_filter1d

        smooth = np.maximum(0, uniform_filter1d(posteriors, _NEIGHBOURS, axis=1, mode="nearest"))  # its running sum may round below
        recent = self._recent if self._recent is not None else smooth[0]
        for frame, now in enumerate(smooth):
            recent = _RECENT * recent + (1 - _RECENT) * now
            smooth[frame] = recent
        self._recent = recent
        # Equation 19, with equal priors.
        unlike = (1 + _HEARD_SNR) ** _FREEDOM * np.exp(-np.minimum(_FREEDOM * _HEARD_SNR / (1 + _HEARD_SNR) * smooth, 700))
        return np.asarray(1 / (1 + unlike))

    def _added(self, spectra: Spectra, first: bool) -> Samples:
        """Overlap-add: the block that is complete."""
        from scipy.fft import irfft

        window = window_of(self._rate)
        frames = irfft(spectra, len(window), axis=2) * (window / 2)
        channels, count, _ = frames.shape
        hops = frames.reshape(channels, count, OVERLAP, self._hop)
        sound = np.zeros((channels, count + OVERLAP - 1, self._hop))
        for part in range(OVERLAP):
            sound[:, part : part + count] += hops[:, :, part]
        whole = sound.reshape(channels, -1)
        if first:
            whole = whole[:, self._missed :]
        else:
            whole[:, : self._missed] += self._tail
        block = _BLOCK * self._hop
        self._tail = whole[:, block:].copy()
        return whole[:, :block].astype(np.float32)

    def _tell(self, noise: Powers, gains: Powers) -> None:
        self._frames += len(noise)
        self._before += rms_of(noise.sum(axis=0), self._rate)
        self._after += rms_of((noise * gains * gains).sum(axis=0), self._rate)
        if self._before / self._frames > 1e-20:
            self._facts["noise_dbfs"] = 10 * math.log10(self._before / self._frames)
            self._facts["noise_lowered_db"] = 10 * math.log10(self._before / self._after)


class _Steady:
    """A noise that is known and stays as it is."""

    def __init__(self, power: _Bins) -> None:
        self._power = np.maximum(power, _SMALLEST)

    def follow(self, power: Powers) -> Powers:
        """The noise in frames of this power."""
        return np.broadcast_to(self._power, power.shape)


class _Tracker:
    """Follows a noise by the probability that in a bin there is more than that."""

    def __init__(self) -> None:
        self._noise: _Bins | None = None
        self._presence: _Bins | float = 0.0

    def follow(self, power: Powers) -> Powers:
        """The noise in frames of this power."""
        from scipy.ndimage import uniform_filter1d

        noise = self._noise if self._noise is not None else np.maximum(power.mean(axis=0), _SMALLEST)
        track = np.empty_like(power)
        for frame, loud in enumerate(power):
            # Gerkmann and Hendriks (2012), equations 18 and 22 to 24.
            # Over neighbouring bins, lest noise that is low for a while makes what follows seem to be more than noise.
            ratio = np.minimum(uniform_filter1d(loud / noise, _BESIDE, mode="nearest"), 700) * (_PRESENT_SNR / (1 + _PRESENT_SNR))
            present = 1 / (1 + (1 + _PRESENT_SNR) * np.exp(-ratio))
            self._presence = _FOLLOW_PRESENCE * self._presence + (1 - _FOLLOW_PRESENCE) * present
            present = np.where(self._presence > _SURE, np.minimum(present, _SURE), present)
            noise = _FOLLOW * noise + (1 - _FOLLOW) * ((1 - present) * loud + present * noise)
            noise = np.maximum(noise, _SMALLEST)
            track[frame] = noise
        self._noise = noise
        return track


def _lift(ratio: _Bins) -> _Bins:
    """exp(E1(ratio) / 2), by linear interpolation in a table over log(ratio): within 1e-5."""
    place, table = np.log(np.clip(ratio, *_LIFTED)), _lifts()
    place = (place - math.log(_LIFTED[0])) * ((len(table) - 1) / math.log(_LIFTED[1] / _LIFTED[0]))
    below = np.minimum(place.astype(np.intp), len(table) - 2)
    return np.asarray(table[below] + (place - below) * (table[below + 1] - table[below]))


_LIFTED = (1e-7, 30.0)  # beyond, the lift is 1 to the last bit that counts


@cache
def _lifts() -> npt.NDArray[np.float64]:
    from scipy.special import exp1

    return np.asarray(np.exp(exp1(np.geomspace(*_LIFTED, 8192)) / 2))
