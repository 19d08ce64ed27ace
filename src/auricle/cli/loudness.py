"""`auricle loudness`: how loud recordings are."""

from __future__ import annotations

from argparse import Namespace

from auricle.cli import failures, output
from auricle.cli.enhance_report import aligned
from auricle.cli.inputs import Input, expand
from auricle.cli.progress import Progress
from auricle.codec import open_audio
from auricle.errors import InputError
from auricle.loudness import Loudness, Meter
from auricle.wire.loudness import loudness as wire_loudness

__all__ = ["run"]

_HEAD = ("INTEGRATED", "SHORT-TERM", "MOMENTARY", "RANGE", "TRUE PEAK", "DURATION", "FILE")
_UNITS = ("LUFS", "LUFS most", "LUFS most", "LU", "dBTP", "s", "")


def run(arguments: Namespace) -> int:
    """Measure every FILE; gives the exit code."""
    files, missing = expand(arguments.files)
    codes = [failures.report(name, error) for name, error in missing]
    rows = []
    for file in files:
        try:
            figures, duration = _measured(file, arguments.salvage)
        except InputError as error:
            codes.append(failures.report(file.name, error, salvage=True))
            continue
        if arguments.json:
            output.say(output.json_text(wire_loudness(figures, duration), file=file.word if len(files) > 1 else None))
        else:
            rows.append(_row(file, figures, duration))
    if rows:
        output.say(aligned([_HEAD, _UNITS, *rows], right=range(len(_HEAD) - 1)))
    return max(codes, default=0)


def _measured(file: Input, salvage: bool) -> tuple[Loudness, float]:
    frames = 0
    with open_audio(file.source, salvage=salvage) as decoder, Progress(file.file_name, decoder.info.duration, lambda: decoder.position):
        meter = Meter(decoder.info.sample_rate, decoder.info.channels)
        for block in decoder:
            meter.feed(block.samples)
            frames += block.frames
    return meter.loudness, frames / decoder.info.sample_rate


def _row(file: Input, figures: Loudness, duration: float) -> tuple[str, ...]:
    levels = (figures.integrated, figures.short_term, figures.momentary, figures.range, figures.true_peak)
    return *(f"{level:.1f}" for level in levels), f"{duration:.2f}", file.name
