"""What a recording of music is made of: beats and bars, key and chords, spectrum, loudness, tags and structure.

`analyze` looks at a recording, however long it is; `Analysis` takes its blocks from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, Limits, Recording, open_recording
from auricle.codec.decoding import BLOCK_SECONDS
from auricle.music.analysis import PARTS, Analysis
from auricle.music.results import (
    Beat,
    Chord,
    Dynamics,
    Feature,
    Harmony,
    Key,
    KeySpan,
    MusicAnalysis,
    Rhythm,
    Section,
    Spectrum,
    Tag,
    TagMoment,
    Tags,
    TempoCandidate,
    TempoPoint,
)

__all__ = [
    "PARTS",
    "Analysis",
    "Beat",
    "Chord",
    "Dynamics",
    "Feature",
    "Harmony",
    "Key",
    "KeySpan",
    "MusicAnalysis",
    "Rhythm",
    "Section",
    "Spectrum",
    "Tag",
    "TagMoment",
    "Tags",
    "TempoCandidate",
    "TempoPoint",
    "analyze",
]

Progress = Callable[[float], None]


def analyze(
    recording: Recording,
    *,
    include: Collection[str] = PARTS,
    frames: bool = False,
    rate: int | None = None,
    config: AudioProcessingConfig | None = None,
    limits: Limits | None = None,
    salvage: bool = False,
    progress: Progress | None = None,
) -> MusicAnalysis:
    """Beats and bars, key and chords, spectrum, loudness, tags and structure of a recording of any length.

    Args:
        recording: path, bytes, binary file object, an opened `Decoder`, `Audio`, or a float array of shape (frames,) or
            (channels, frames) with ``rate``.
        include: the parts to look at, of `PARTS`; each costs its time.
        frames: keep the spectral features of every frame, and not only their means.
        rate: sample rate of an array. Hertz.
        config: format of raw samples without a header.
        limits: how much an encoded recording may ask for.
        salvage: use what can be decoded of a damaged recording.
        progress: called with the share that has been heard, 0 to 1, where the recording says how long it is.

    Raises:
        InputError: the recording cannot be used.
        OptionError: there is no such part.
        ModelError: a part's model cannot be used.
        MissingDependency: the extra ``music`` is not installed.
    """
    analysis = Analysis(include, frames=frames)
    opened = open_recording(recording, rate, config, limits, salvage=salvage)
    try:
        whole = opened.duration if isinstance(opened, Audio) else opened.info.duration or 0.0
        heard = 0.0
        for block in opened.blocks(round(BLOCK_SECONDS * opened.rate)) if isinstance(opened, Audio) else opened:
            analysis.feed(block)
            heard += block.duration
            if progress and whole:
                progress(min(1.0, heard / whole))
        return analysis.finish()
    finally:
        if opened is not recording and not isinstance(opened, Audio):
            opened.close()
