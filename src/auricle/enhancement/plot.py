"""A picture of a recording before and after: waveform and spectrogram, from blocks, however long it is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from auricle.audio import Audio, Samples
from auricle.columns import Columns, Floats
from auricle.enhancement.report import Report, Sound
from auricle.picture import KINDS, Picture, mark_time

if TYPE_CHECKING:
    from auricle.codec import Decoder

__all__ = ["KINDS", "Overview", "Plot", "overview"]

_COLUMNS = 2048  # at most, of an overview: about what a screen shows
_HOP_S = 0.01  # of a spectrum, about
_AT_ONCE = 256  # hops
_FLOOR_DB, _LOUDEST_DB = -110.0, -10.0  # of the colours; 0 is a sine wave of full scale
_INCHES, _DOTS = (14.0, 6.0), 110  # of the picture, and to the inch
_COLOURS = "magma"
_MOST_TICKS = 8


class Overview:
    """What can be seen of a recording: `feed` its samples, then `finish`. But for rounding it does not depend on how they are cut.

    A column begins as one hop. When there are too many, every two become one, so that memory does not grow with the length.

    Args:
        rate: Hertz.

    Attributes:
        rate: Hertz.
        hop: frames from one spectrum to the next; each covers two hops.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.hop: int = max(16, 1 << round(math.log2(rate * _HOP_S)))
        self._window = np.hanning(2 * self.hop + 1)[:-1].astype(np.float32)
        self._waiting: Samples | None = None  # less than two hops
        self._columns = Columns(_COLUMNS, (self.hop + 1,))

    def feed(self, samples: Samples) -> None:
        """The next samples, shape (channels, frames)."""
        waiting = samples if self._waiting is None else np.concatenate([self._waiting, samples], axis=1)
        hops = max(0, waiting.shape[1] // self.hop - 1)
        for first in range(0, hops, _AT_ONCE):
            self._see(waiting[:, first * self.hop : (min(hops, first + _AT_ONCE) + 1) * self.hop])
        self._waiting = waiting[:, hops * self.hop :].copy()

    def finish(self) -> None:
        """The rest, as if silence followed."""
        if self._waiting is not None and (left := self._waiting.shape[1]):
            whole = (-(-left // self.hop) + 1) * self.hop
            self._see(np.pad(self._waiting, ((0, 0), (0, whole - left))))
            self._waiting = None

    @property
    def columns(self) -> int:
        """How many there are."""
        return len(self._columns)

    @property
    def duration(self) -> float:
        """Of all columns. Seconds."""
        return self.columns * self._columns.width * self.hop / self.rate

    @property
    def waveform(self) -> tuple[Floats, Floats]:
        """Shape (columns,) each: the lowest and the highest sample of any channel."""
        return self._columns.extremes

    @property
    def spectrogram(self) -> Floats:
        """Shape (columns, hop + 1): mean power of all channels at frequencies from 0 to half the rate. dB, 0 for a full-scale sine wave."""
        full = float(self._window.sum() / 2) ** 2
        with np.errstate(divide="ignore"):
            return np.asarray(10 * np.log10(self._columns.power / full), np.float32)

    def _see(self, samples: Samples) -> None:
        """Some hops, and the one after them."""
        windows = np.lib.stride_tricks.sliding_window_view(samples, 2 * self.hop, axis=1)[:, :: self.hop]
        power = np.square(np.abs(np.fft.rfft(windows * self._window, axis=2))).mean(axis=0)
        hops = samples[:, : len(power) * self.hop].reshape(len(samples), len(power), self.hop)
        self._columns.put(hops, power)


class Plot:
    """The picture, as a file.

    Args:
        path: of the file; its suffix names the kind.

    Raises:
        OptionError: there is no such kind.
        OutputError: no file can be written there.
        MissingDependency: matplotlib is not installed.
    """

    def __init__(self, path: Path) -> None:
        self._picture = Picture(path, "enhance")

    def look(self, decoder: Decoder) -> Overview:
        """Play a recording to its end, and close it.

        Raises:
            InputError: it cannot be decoded.
        """
        with decoder:
            return overview(decoder)

    def draw(self, before: Overview, after: Overview, report: Report, name: str = "") -> None:
        """Both side by side, on the same scales, with their figures.

        Args:
            before: what can be seen of the recording.
            after: what can be seen of what became of it.
            report: its figures.
            name: the recording's, as the title.

        Raises:
            OutputError: the file cannot be written.
        """
        figure = self._picture.figure(figsize=_INCHES, dpi=_DOTS, layout="constrained")
        waves, spectra = figure.subplots(2, 2, sharex=True, sharey="row")
        sides = (("Before", before, report.before), ("After", after, report.after))
        for wave, spectrum, (side, seen, sound) in zip(waves, spectra, sides, strict=True):
            colours = _draw(wave, spectrum, seen)
            wave.set_title(f"{side}: {_figures(sound)}", fontsize="medium")
        figure.suptitle(name, parse_math=False)
        figure.colorbar(colours, ax=spectra, label="dB", fraction=0.03, pad=0.01)
        highest, duration = max(_highest(before), _highest(after)), max(before.duration, after.duration)
        waves[0].set(xlim=(0, duration), ylim=(-highest, highest), ylabel="amplitude")
        spectra[0].set(ylim=(0, max(before.rate, after.rate) / 2000), ylabel="kHz")
        for spectrum in spectra:
            mark_time(spectrum, duration, _MOST_TICKS)
        self._picture.save(figure)


def overview(blocks: Iterable[Audio]) -> Overview:
    """What can be seen of ``blocks``, of which there must be one at least."""
    seen: Overview | None = None
    for block in blocks:
        seen = seen or Overview(block.rate)
        seen.feed(block.samples)
    assert seen is not None  # noqa: S101 - decoders refuse what is empty
    seen.finish()
    return seen


def _highest(seen: Overview) -> float:
    """Where the amplitude axis ends: a little above the highest sample; for silence at full scale."""
    lowest, highest = seen.waveform
    return 1.05 * max(float(-lowest.min()), float(highest.max()), 0.0) or 1.0


def _draw(wave: Any, spectrum: Any, seen: Overview) -> Any:
    """Gives what the colour scale is about."""
    edges = np.linspace(0, seen.duration, seen.columns + 1)
    for extreme in seen.waveform:
        wave.stairs(extreme, edges, baseline=0, fill=True, color="tab:blue")
    colours = spectrum.imshow(
        seen.spectrogram.T,
        extent=(0, seen.duration, 0, seen.rate / 2000),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        vmin=_FLOOR_DB,
        vmax=_LOUDEST_DB,
        cmap=_COLOURS,
    )
    spectrum.set_facecolor("black")
    return colours


def _figures(sound: Sound) -> str:
    loudness = sound.loudness
    return f"{loudness.integrated:.1f} LUFS, {loudness.true_peak:.1f} dBTP, noise floor {sound.noise_floor:.1f} dBFS"
