"""A recording → what a catalogue keeps of it, and what it asks to recognise it. It is decoded once, block by block."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from auricle.audio import Audio
from auricle.codec import Recording, open_recording
from auricle.identification import chromaprint
from auricle.identification.chromaprint.chroma import RATE as CHROMAPRINT_RATE
from auricle.identification.index import Landmarks, Words
from auricle.identification.landmarks import landmarks
from auricle.identification.peaks import RATE, PeakFinder, Peaks
from auricle.resample import MonoResampler

__all__ = ["Heard", "hear", "hear_peaks"]

BLOCK_S = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What a catalogue keeps of a recording.

    Attributes:
        landmarks: what it is recognised by.
        chromaprint: what duplicates of it are found by: of all of it, for edits of a piece may differ at its end; uint32, shape (words,).
        tags: title, artist and so on, where the recording has them.
    """

    landmarks: Landmarks
    chromaprint: Words
    tags: Mapping[str, str] = field(default_factory=dict)


def hear(recording: Recording, *, rate: int | None = None) -> Heard:
    """Listen to all of a recording.

    Args:
        recording: path, bytes, binary file object, an opened decoder, `Audio`, or a float array of shape (frames,) or (channels, frames).
        rate: sample rate of an array. Hertz.

    Raises:
        InputError: the recording cannot be used; see the subclasses.
        OptionError: an array without ``rate``, or ``rate`` for something else.
    """
    finder, resampler = PeakFinder(), MonoResampler(RATE)
    session, its_resampler = chromaprint.FingerprintSession(None), MonoResampler(CHROMAPRINT_RATE)
    with _opened(recording, rate) as (blocks, tags):
        for block in (block.remix(1) for block in blocks):
            finder.feed(resampler.feed(block))
            session.feed(its_resampler.feed(block))
    finder.feed(resampler.finish())
    session.feed(its_resampler.finish())
    return Heard(landmarks(finder.finish()), session.finish().raw, tags)


def hear_peaks(recording: Recording, *, rate: int | None = None) -> Peaks:
    """What a query is recognised by; for the rest see `hear`."""
    finder, resampler = PeakFinder(), MonoResampler(RATE)
    with _opened(recording, rate) as (blocks, _):
        for block in blocks:
            finder.feed(resampler.feed(block))
    finder.feed(resampler.finish())
    return finder.finish()


@contextlib.contextmanager
def _opened(recording: Recording, rate: int | None) -> Iterator[tuple[Iterator[Audio], Mapping[str, str]]]:
    """A recording's blocks and tags."""
    source = open_recording(recording, rate, block=BLOCK_S)
    if isinstance(source, Audio):
        yield source.blocks(round(BLOCK_S * source.rate)), {}
        return
    with contextlib.closing(source):
        yield iter(source), source.info.tags
