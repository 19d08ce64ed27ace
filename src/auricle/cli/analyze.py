"""`auricle analyze`: what music is made of, for files and whole folders."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import dataclass
from functools import partial

from auricle.cli import failures, output
from auricle.cli.analyze_outputs import Outputs, check, outputs_of
from auricle.cli.analyze_report import HEAD, line, report_text
from auricle.cli.analyze_table import table
from auricle.cli.inputs import Input
from auricle.cli.progress import Progress
from auricle.cli.targets import reading_of
from auricle.cli.trees import STANDARD, search
from auricle.cli.width import page
from auricle.codec import AudioProcessingConfig, convert, open_audio
from auricle.errors import InputError, OptionError
from auricle.music import PARTS, Analysis, MusicAnalysis
from auricle.music.analysis import checked
from auricle.music.clicks import with_clicks
from auricle.music.envelope import Envelope
from auricle.music.tagging import Tagger
from auricle.wire.analysis import WireAnalysis
from auricle.wire.analysis import analysis as wire_analysis

__all__ = ["run"]


@dataclass(frozen=True, slots=True)
class _Job:
    """What to do with every recording."""

    parts: tuple[str, ...]
    frames: bool
    config: AudioProcessingConfig
    salvage: bool


def run(arguments: Namespace) -> int:
    """Analyse every FILE; gives the exit code."""
    parts = checked(PARTS if arguments.include is None else arguments.include)
    check(arguments, parts)
    job = _Job(parts, arguments.frames, reading_of(arguments), arguments.salvage)
    found, missing = search(arguments.files)
    codes = [failures.report(name, error) for name, error in missing]
    if not found:
        return max(codes)
    outputs = outputs_of(arguments, found)
    printed = _Printer(json=arguments.json, several=len(found) > 1, silent=arguments.csv == STANDARD)
    with table(arguments.csv) as add:
        for file, out in zip(found, outputs, strict=True):
            try:
                result = _analyze(job, file, out)
            except (InputError, OptionError) as error:  # a model or a disk that fails would fail for all
                codes.append(failures.report(file.name, error, salvage=True))
                continue
            shape = wire_analysis(result)
            printed.say(file, result, shape)
            add(file, shape)
    return max(codes, default=0)


def _analyze(job: _Job, file: Input, out: Outputs) -> MusicAnalysis:
    if out.tags is not None and file.path is not None:
        Tagger().check(file.path, job.config)
    with (
        open_audio(file.source, job.config, salvage=job.salvage) as decoder,
        Progress(file.file_name, decoder.info.duration, lambda: decoder.position),
    ):
        analysis, envelope = Analysis(job.parts, frames=job.frames), Envelope(decoder.info.sample_rate)
        for block in envelope.watch(decoder):
            analysis.feed(block)
        found = analysis.finish()
        _write(job, file, out, found, envelope)
    return found


def _write(job: _Job, file: Input, out: Outputs, found: MusicAnalysis, envelope: Envelope) -> None:
    """What is asked for beside the report."""
    if out.plot is not None:
        out.plot.draw(found, envelope, output.printable(file.file_name))
    if out.clicks is not None:
        beats = found.rhythm.beats if found.rhythm else ()
        convert(file.source, out.clicks, job.config, salvage=job.salvage, through=partial(with_clicks, beats=beats))
    if out.tags is not None and file.path is not None:
        Tagger().copy(file.path, out.tags, found)


class _Printer:
    """Says what was found, as soon as it is: JSON, all about one recording, or a line for each of several."""

    def __init__(self, *, json: bool, several: bool, silent: bool) -> None:
        self._json, self._several, self._silent = json, several, silent
        self._begun = False

    def say(self, file: Input, found: MusicAnalysis, shape: WireAnalysis) -> None:
        if self._silent:
            return
        if self._json:
            output.say(output.json_text(shape, file=file.word if self._several else None))
        elif self._several:
            output.say(("" if self._begun else HEAD) + line(file.name, found, page() if sys.stdout.isatty() else None))
            self._begun = True
        else:
            output.say(report_text(file.name, found, page()))
