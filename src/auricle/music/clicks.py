"""A recording with clicks on its beats: whether they were found is best judged by ear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from auricle.audio import Audio, Mono, Samples
from auricle.music.results import Beat

__all__ = ["RECORDING", "with_clicks"]

RECORDING = 0.5  # what is left of the recording's amplitude: with the loudest click, full scale stays full scale

_DOWNBEAT = (1760.0, 0.5)  # Hertz and peak
_OTHER = (880.0, 0.4)
_SECONDS, _DECAY_S = 0.06, 0.012


def with_clicks(blocks: Iterable[Audio], beats: Sequence[Beat]) -> Iterator[Audio]:
    """Clicks over a recording, the downbeats' an octave higher and louder.

    A click begins, with its peak, on the sample nearest to its beat. The recording is made 6 dB softer and a click reaches half of full
    scale at most, so that what was within full scale stays within it. The same for any blocks, bit for bit.

    Args:
        blocks: of one recording, in order; they flow through, so that it may be of any length.
        beats: in order; those beyond its end are not heard.

    Yields:
        As many blocks of as many frames, at the same rate and with the same channels.
    """
    clicks: _Clicks | None = None
    for block in blocks:
        clicks = clicks or _Clicks(beats, block.rate)
        yield Audio(clicks.over(block.samples), block.rate)


class _Clicks:
    """All that are heard in one recording; it knows how far that was played."""

    def __init__(self, beats: Sequence[Beat], rate: int) -> None:
        self._at = np.array([round(beat.time * rate) for beat in beats], np.int64)
        self._downbeats = [beat.position == 1 for beat in beats]
        self._higher, self._lower = _click(*_DOWNBEAT, rate), _click(*_OTHER, rate)
        self._played = 0

    def over(self, samples: Samples) -> Samples:
        """The next samples, shape (channels, frames), with theirs."""
        mixed = samples * np.float32(RECORDING)
        start, end = self._played, self._played + samples.shape[1]
        heard = np.searchsorted(self._at, [start - len(self._higher) + 1, end])
        for number in range(*heard):
            self._add(number, mixed, start)
        self._played = end
        return mixed

    def _add(self, number: int, mixed: Samples, start: int) -> None:
        """One click, or what of it falls into this block; it ends where the next one begins."""
        sound = self._higher if self._downbeats[number] else self._lower
        if number + 1 < len(self._at):
            sound = sound[: self._at[number + 1] - self._at[number]]
        at = int(self._at[number]) - start
        part = sound[max(0, -at) : mixed.shape[1] - at]
        mixed[:, max(0, at) : max(0, at) + len(part)] += part


def _click(hertz: float, peak: float, rate: int) -> Mono:
    """A tone that begins with its peak, and dies away."""
    time = np.arange(round(_SECONDS * rate)) / rate
    return np.asarray(peak * np.cos(2 * np.pi * hertz * time) * np.exp(-time / _DECAY_S), np.float32)
