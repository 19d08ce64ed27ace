"""A picture of a recording before and after: waveform and spectrogram, from blocks, however long it is."""

from __future__ import annotations

import errno
import logging
import math
import warnings
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from auricle.atomic import as_output_error, replacing
from auricle.audio import Audio, Samples
from auricle.enhancement.report import Report, Sound
from auricle.errors import MissingDependency, OptionError

if TYPE_CHECKING:
    from auricle.codec import Decoder

__all__ = ["KINDS", "Overview", "Plot", "overview"]

KINDS = (".png", ".svg", ".pdf")

_COLUMNS = 2048  # at most, of an overview: about what a screen shows
_HOP_S = 0.01  # of a spectrum, about
_AT_ONCE = 256  # hops
_FLOOR_DB, _LOUDEST_DB = -110.0, -10.0  # of the colours; 0 is a sine wave of full scale
_INCHES, _DOTS = (14.0, 6.0), 110  # of the picture, and to the inch
_COLOURS = "magma"
_MOST_TICKS = 8
_TICKS = (15, 30, 60, 120, 300, 600, 900, 1800, 3600)  # seconds from one to the next, or whole hours
_IN_SECONDS = 120.0  # up to here times are seconds, beyond they are minutes and seconds

Floats = npt.NDArray[np.float32]


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
        self._seen, self._in_column = 0, 1  # hops
        self._power: Floats = np.zeros((_COLUMNS, self.hop + 1), np.float32)  # summed over a column's hops
        self._lowest: Floats = np.full(_COLUMNS, np.inf, np.float32)
        self._highest: Floats = np.full(_COLUMNS, -np.inf, np.float32)

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
        return -(-self._seen // self._in_column)

    @property
    def duration(self) -> float:
        """Of all columns. Seconds."""
        return self.columns * self._in_column * self.hop / self.rate

    @property
    def waveform(self) -> tuple[Floats, Floats]:
        """Shape (columns,) each: the lowest and the highest sample of any channel."""
        return self._lowest[: self.columns], self._highest[: self.columns]

    @property
    def spectrogram(self) -> Floats:
        """Shape (columns, hop + 1): mean power of all channels at frequencies from 0 to half the rate. dB, 0 for a full-scale sine wave."""
        hops = np.minimum(self._in_column, self._seen - self._in_column * np.arange(self.columns))[:, None]
        full = float(self._window.sum() / 2) ** 2
        with np.errstate(divide="ignore"):
            return np.asarray(10 * np.log10(self._power[: self.columns] / (full * hops)), np.float32)

    def _see(self, samples: Samples) -> None:
        """Some hops, and the one after them."""
        windows = np.lib.stride_tricks.sliding_window_view(samples, 2 * self.hop, axis=1)[:, :: self.hop]
        power = np.square(np.abs(np.fft.rfft(windows * self._window, axis=2))).mean(axis=0)
        hops = samples[:, : len(power) * self.hop].reshape(len(samples), len(power), self.hop)
        while (self._seen + len(power) - 1) // self._in_column >= _COLUMNS:
            self._fold()
        column = (self._seen + np.arange(len(power))) // self._in_column
        first = np.flatnonzero(np.diff(column, prepend=-1))
        at = column[first]
        self._power[at] += np.add.reduceat(power, first, axis=0)
        self._lowest[at] = np.minimum(self._lowest[at], np.minimum.reduceat(hops.min(axis=(0, 2)), first))
        self._highest[at] = np.maximum(self._highest[at], np.maximum.reduceat(hops.max(axis=(0, 2)), first))
        self._seen += len(power)

    def _fold(self) -> None:
        """Every two columns become one."""
        half = _COLUMNS // 2
        self._in_column *= 2
        self._power[:half], self._power[half:] = self._power[0::2] + self._power[1::2], 0
        self._lowest[:half], self._lowest[half:] = np.minimum(self._lowest[0::2], self._lowest[1::2]), np.inf
        self._highest[:half], self._highest[half:] = np.maximum(self._highest[0::2], self._highest[1::2]), -np.inf


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
        if path.suffix.lower() not in KINDS:
            raise OptionError(
                "plot", f"the name {path.name!r} does not say which kind of picture to draw; end it with a known suffix", KINDS
            )
        _check_place(path)
        self._path, self._figure = path, _figure()

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
        figure = self._figure(figsize=_INCHES, dpi=_DOTS, layout="constrained")
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
            _mark_time(spectrum, duration)
        with replacing(self._path) as file, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph")  # a letter that no font has is a box in the title
            figure.savefig(file, format=self._path.suffix.lower()[1:])


def overview(blocks: Iterable[Audio]) -> Overview:
    """What can be seen of ``blocks``, of which there must be one at least."""
    seen: Overview | None = None
    for block in blocks:
        seen = seen or Overview(block.rate)
        seen.feed(block.samples)
    assert seen is not None  # noqa: S101 - decoders refuse what is empty
    seen.finish()
    return seen


def _check_place(path: Path) -> None:
    """Whether a file could be written there: by writing one beside it, which has no name."""
    with as_output_error(str(path)):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a directory")
        TemporaryFile(dir=path.parent).close()


def _highest(seen: Overview) -> float:
    """Where the amplitude axis ends: a little above the highest sample; for silence at full scale."""
    lowest, highest = seen.waveform
    return 1.05 * max(float(-lowest.min()), float(highest.max()), 0.0) or 1.0


def _mark_time(axis: Any, duration: float) -> None:
    if duration <= _IN_SECONDS:
        axis.set_xlabel("s")
        return
    hours = 3600 * math.ceil(duration / _MOST_TICKS / 3600)
    step = next((step for step in _TICKS if duration <= _MOST_TICKS * step), hours)
    ticks = range(0, math.ceil(duration), step)
    axis.set_xticks(ticks, [_clock(tick) for tick in ticks])
    axis.set_xlabel("h:min:s" if duration >= 3600 else "min:s")


def _clock(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


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


def _figure() -> Any:
    """Matplotlib's class, which draws without a screen."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependency("drawing", "enhance") from error
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # its remarks on fonts are not our user's concern
    return Figure
