"""Audio, better: cleaned, repaired, equalised and levelled, with a report of what was done.

`enhance` treats a recording, `enhance_file` one that need not fit into memory, `enhancer` a live stream.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, Decoder, IsolatedDecoder, Limits, Recording, convert, open_recording
from auricle.codec.source import Source
from auricle.enhancement.chain import Shelf, enhancer, passes, treated, wanted
from auricle.enhancement.measured import Measured, Once
from auricle.enhancement.options import Band, Denoiser, EnhanceOptions
from auricle.enhancement.report import Enhanced, Report, Sound, StepReport
from auricle.loudness import Loudness
from auricle.tape import AudioTape

__all__ = [
    "Band",
    "Denoiser",
    "EnhanceOptions",
    "Enhanced",
    "Enhancement",
    "Loudness",
    "Report",
    "Sound",
    "StepReport",
    "enhance",
    "enhance_file",
    "enhancer",
    "wanted",
]

_MUSIC_S = 1.0  # of music: the user should know

Progress = Callable[[float], None]


class Enhancement:
    """One recording being enhanced: iterate for its blocks, once; then there is a report.

    Args:
        recording: the blocks of one recording, in any way that `auricle.codec.open_recording` gives it.
        options: what to do.
        progress: called with the share that is done, 0 to 1, where the recording says how long it is.

    Raises:
        InputError: the recording cannot be used.
        OptionError: an option does not fit the recording; before anything else is done.
        ModelError: a step's model cannot be used.
    """

    def __init__(self, recording: Audio | Decoder | IsolatedDecoder, options: EnhanceOptions, progress: Progress | None = None) -> None:
        self._options = options
        self._source = Measured(AudioTape(recording) if isinstance(recording, Audio) else Once(recording))
        self._expected = _seconds(recording) * self._source.rate
        self._progress = progress or (lambda share: None)
        self._report: Report | None = None

    @property
    def report(self) -> Report:
        """What was done; there is none before the last block has been taken."""
        if self._report is None:
            raise RuntimeError("the report is complete when all blocks have been taken")
        return self._report

    def __iter__(self) -> Iterator[Audio]:
        """The enhanced recording in blocks."""
        notes: list[str] = []
        passes = _Passes(self._expected, self._options, self._progress)
        with Shelf(passes.played) as shelf:
            tape, steps = treated(self._source, self._options, shelf, notes)
            result = Measured(tape)
            for block in result.play():
                yield Audio(block, result.rate)
                passes.played(block.shape[1])
            notes += _afterwards(steps, result.sound)
            self._report = Report(self._source.sound, result.sound, steps, tuple(notes))
        self._progress(1.0)


def enhance(
    recording: Recording,
    options: EnhanceOptions | None = None,
    *,
    rate: int | None = None,
    config: AudioProcessingConfig | None = None,
    limits: Limits | None = None,
    salvage: bool = False,
    progress: Progress | None = None,
) -> Enhanced:
    """Make a recording better, and say what was done.

    Args:
        recording: path, bytes, binary file object, an opened `Decoder`, `Audio`, or a float array of shape (frames,) or
            (channels, frames) with ``rate``.
        options: what to do; without any it is only measured.
        rate: sample rate of an array. Hertz.
        config: format of raw samples without a header.
        limits: how much an encoded recording may ask for.
        salvage: use what can be decoded of a damaged recording.
        progress: called with the share that is done, 0 to 1.

    Raises:
        InputError: the recording cannot be used.
        OptionError: an option is out of range, or does not fit the recording.
        ModelError: a step's model cannot be used.
    """
    opened = open_recording(recording, rate, config, limits, salvage=salvage)
    try:
        work = Enhancement(opened, options or EnhanceOptions(), progress)
        return Enhanced(Audio.join(work), work.report)
    finally:
        if opened is not recording and not isinstance(opened, Audio):
            opened.close()


def enhance_file(
    source: Source,
    target: str | os.PathLike[str] | BinaryIO,
    options: EnhanceOptions | None = None,
    *,
    config: AudioProcessingConfig | None = None,
    limits: Limits | None = None,
    salvage: bool = False,
    progress: Progress | None = None,
) -> Report:
    """`enhance` from file to file, in blocks however long it is, with tags and cover art, in the source's bit depth.

    Args:
        source: path, bytes or binary file object.
        target: a path, whose suffix names the format unless ``config`` does, or a binary file object.
        options: what to do.
        config: what to make of it, and the format of raw samples without a header.
        limits: how much the source may ask for.
        salvage: use what can be decoded of a damaged recording.
        progress: called with the share that is done, 0 to 1.

    Raises:
        AuricleError: as for `enhance` and `auricle.codec.write`.
    """
    works: list[Enhancement] = []

    def through(decoder: Decoder) -> Iterable[Audio]:
        works.append(Enhancement(decoder, options or EnhanceOptions(), progress))
        return works[0]

    convert(source, target, config, limits, salvage=salvage, through=through)
    return works[0].report


class _Passes:
    """How much is done, when every step that listens first takes a pass of its own."""

    def __init__(self, frames: float, options: EnhanceOptions, progress: Progress) -> None:
        self._all = frames * passes(options)
        self._done = 0
        self._progress = progress

    def played(self, frames: int) -> None:
        self._done += frames
        self._progress(min(1.0, self._done / self._all) if self._all else 0.0)


def _afterwards(steps: Sequence[StepReport], result: Sound) -> Iterator[str]:
    """What can be said only when all has been heard."""
    music = max((step.facts.get("music_s", 0.0) for step in steps), default=0.0)
    if music >= _MUSIC_S:
        yield f"For {music:.0f} s there seems to be music, which was left alone; without the music guard its noise goes, too."
    if result.loudness.true_peak > 0:
        yield "True peaks are above full scale, so that whole-number and lossy formats will clip them; ask for a true peak of -1 dBTP."


def _seconds(recording: Audio | Decoder | IsolatedDecoder) -> float:
    return recording.duration if isinstance(recording, Audio) else recording.info.duration or 0.0
