"""Beat and downbeat activations by BeatNet, from features to probabilities.

Heydari, Cwitkowitz, Duan, "BeatNet: CRNN and Particle Filtering for Online Joint Beat, Downbeat and Meter Tracking" (ISMIR 2021),
section 3.1: a convolution over frequency and two LSTM layers over time. Only their network is used, model 1; `music/weights/README.md`
says where it comes from. What finds beats in its activations is ours.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from auricle import weights
from auricle.audio import Mono
from auricle.errors import MissingDependency
from auricle.music.part import RATE

__all__ = ["BANDS", "FRAME_RATE", "HOP", "Activations", "BeatFeatures", "BeatNet", "Floats", "filter_bank"]

Floats = npt.NDArray[np.float32]
State = tuple[Floats, Floats]

HOP = 441  # samples from frame to frame
FRAME_RATE = RATE / HOP  # 50 frames per second
BANDS = 136  # of the filter bank; a frame's features are these and their rise

_WINDOW = 1411  # samples: 64 ms
_BINS = _WINDOW // 2
_PER_OCTAVE = 24
_LOWEST, _HIGHEST, _REFERENCE = 30.0, 17_000.0, 440.0  # Hertz
_BLOCK = 50  # frames that are computed at once, always as many, so that any chunking gives the same bits
_BLOCK_SAMPLES = (_BLOCK - 1) * HOP + _WINDOW
_STATE = (2, 1, 150)  # LSTM layers, recordings, cells


def filter_bank() -> npt.NDArray[np.float64]:
    """Triangles of area 1, centred on quarter tones, as those that the network was trained with; shape (BANDS, bins).

    A quarter tone is moved to the nearest bin, and bins that several share count once, so that the lowest bands are one bin apart.
    A triangle rises from the centre below and falls to the centre above. What lies above the last bin ends there.
    """
    steps = np.arange(np.ceil(_PER_OCTAVE * np.log2(_LOWEST / _REFERENCE)), np.floor(_PER_OCTAVE * np.log2(_HIGHEST / _REFERENCE)) + 1)
    # In training bin k was taken for that of a transform of twice the bins, 1410, not of the window's 1411 samples.
    places = _REFERENCE * 2 ** (steps / _PER_OCTAVE) / (RATE / (2 * _BINS))
    centres = np.unique(np.clip(np.floor(places + 0.5), 0, _BINS - 1))
    bins = np.arange(_BINS)
    triangles = [np.interp(bins, corners, (0.0, 1.0, 0.0)) for corners in np.lib.stride_tricks.sliding_window_view(centres, 3)]
    bank = np.stack(triangles)
    return np.asarray(bank / bank.sum(1, keepdims=True))


class BeatFeatures:
    """What BeatNet sees of mono at 22,050 Hz: 50 frames a second, frame i centred on sample 441·i; ⌈n / 441⌉ frames of n samples.

    A frame is log10(1 + x) of the magnitudes x in `BANDS` bands (Hann window of 64 ms; silence before the first sample and after the last),
    and how much each rose since the frame before, or 0. The same bits for any chunking.

    Raises:
        MissingDependency: without the extra "music".
    """

    def __init__(self) -> None:
        try:
            from scipy import fft, sparse
        except ImportError as error:
            raise MissingDependency("music analysis", "music") from error
        self._transform = fft.rfft
        self._bank = sparse.csr_array(filter_bank())
        self._window = np.hanning(_WINDOW)
        self._waiting = [np.zeros(_WINDOW // 2, np.float32)]  # from the next frame's first sample on
        self._waits = _WINDOW // 2  # so many samples
        self._unframed = 0  # samples from the next frame's centre on
        self._before: Floats | None = None  # the last frame's bands

    def feed(self, sound: Mono) -> Floats:
        """The next samples, float32, shape (samples,) → the features that are ready, float32, shape (frames, 2 · BANDS)."""
        self._waiting.append(np.array(sound, np.float32))
        self._waits += len(sound)
        self._unframed += len(sound)
        if self._waits < _BLOCK_SAMPLES:
            return np.empty((0, 2 * BANDS), np.float32)
        samples = np.concatenate(self._waiting)
        starts = range(0, len(samples) - _BLOCK_SAMPLES + 1, _BLOCK * HOP)
        features = [self._block(samples[start : start + _BLOCK_SAMPLES]) for start in starts]
        rest = samples[len(starts) * _BLOCK * HOP :].copy()
        self._waiting, self._waits = [rest], len(rest)
        self._unframed -= len(starts) * _BLOCK * HOP
        return np.concatenate(features)

    def finish(self) -> Floats:
        """The features of the last frames, shape (frames, 2 · BANDS)."""
        left = -(-self._unframed // HOP)
        return self.feed(np.zeros(2 * _BLOCK_SAMPLES, np.float32))[:left]

    def _block(self, samples: Mono) -> Floats:
        """The features of a block's frames."""
        frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::HOP]
        spectrum = self._transform(frames * self._window)[:, :_BINS]
        magnitudes = np.sqrt(spectrum.real**2 + spectrum.imag**2)
        bands = np.log10(1 + (self._bank @ magnitudes.T).T).astype(np.float32)
        before = bands[:1] if self._before is None else self._before
        self._before = bands[-1:]
        return np.hstack([bands, np.maximum(np.diff(bands, axis=0, prepend=before), 0)])


class BeatNet:
    """The network, which any number of recordings and threads share.

    Args:
        model: the file.

    Raises:
        MissingDependency: without the extra "music".
    """

    def __init__(self, model: Path) -> None:
        try:
            self._session = weights.network(model)
        except ImportError as error:
            raise MissingDependency("music analysis", "music") from error

    @staticmethod
    def load() -> BeatNet:
        """The one of this process, loaded once.

        Raises:
            ModelUnavailable: its file is gone.
            CorruptWeights: it is damaged.
            MissingDependency: without the extra "music".
        """
        return weights.shared("beatnet", lambda: BeatNet(weights.locate("beatnet") / weights.find("beatnet").mark))

    def run(self, features: Floats, state: State) -> tuple[Floats, State]:
        """Features, shape (frames, 2 · BANDS), and the state before them → activations, shape (frames, 3), and the state after them."""
        hidden, cell = state
        activations, hidden, cell = self._session.run(None, {"features": features, "hidden": hidden, "cell": cell})
        return activations, (hidden, cell)


class Activations:
    """One recording's activations: 50 frames a second of probabilities (beat, downbeat, neither); a downbeat is no beat here.

    The same bits for any chunking.
    """

    def __init__(self, model: BeatNet) -> None:
        self._model = model
        self._state: State = (np.zeros(_STATE, np.float32), np.zeros(_STATE, np.float32))
        self._waiting = np.empty((0, 2 * BANDS), np.float32)

    def feed(self, features: Floats) -> Floats:
        """The next features, shape (frames, 2 · BANDS) → the activations that are ready, float32, shape (frames, 3)."""
        waiting = np.concatenate([self._waiting, features])
        starts = range(0, len(waiting) - _BLOCK + 1, _BLOCK)
        activations = [self._block(waiting[start : start + _BLOCK]) for start in starts]
        self._waiting = waiting[len(starts) * _BLOCK :].copy()
        return np.concatenate([np.empty((0, 3), np.float32), *activations])

    def finish(self) -> Floats:
        """The last frames' activations, shape (frames, 3)."""
        left = len(self._waiting)
        return self.feed(np.zeros((_BLOCK - left, 2 * BANDS), np.float32))[:left]

    def _block(self, features: Floats) -> Floats:
        activations, self._state = self._model.run(features, self._state)
        return activations
