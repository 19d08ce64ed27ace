"""`auricle analyze`: what music is made of, for files and whole folders."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from auricle.cli import failures, output
from auricle.cli.analyze_lines import head, line
from auricle.cli.analyze_outputs import Outputs, check, outputs_of
from auricle.cli.analyze_passes import Passes
from auricle.cli.analyze_report import report_text
from auricle.cli.analyze_table import Add, table
from auricle.cli.inputs import Input
from auricle.cli.progress import Progress
from auricle.cli.targets import reading_of
from auricle.cli.trees import STANDARD, search
from auricle.cli.width import page
from auricle.codec import AudioProcessingConfig, Decoder, convert, open_audio
from auricle.errors import InputError, OptionError
from auricle.music import PARTS, Analysis, MusicAnalysis
from auricle.music.analysis import checked
from auricle.music.clicks import with_clicks
from auricle.music.envelope import Envelope
from auricle.music.tagging import Tagger
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
    listed = len(arguments.files) > 1 or any(file.path not in (None, Path(arguments.files[0])) for file in found)
    with table(arguments.csv) as add:
        printer = _Printer(arguments, parts, add, listed=listed)
        for file, out in zip(found, outputs, strict=True):
            try:
                _analyze(job, file, out, printer.say)
            except (InputError, OptionError) as error:  # a model or a disk that fails would fail for all
                codes.append(failures.report(file.name, error, salvage=True))
    return max(codes, default=0)


def _analyze(job: _Job, file: Input, out: Outputs, say: Callable[[Input, MusicAnalysis], None]) -> None:
    """One recording: what was found is said as soon as it is, before anything is written, which may take as long again."""
    if out.tags is not None and file.path is not None:
        Tagger().check(file.path, job.config)
    with open_audio(file.source, job.config, salvage=job.salvage) as decoder:
        passes = Passes(decoder.info.duration, ("hear", "judge", *out.names))
        with Progress(file.file_name, decoder.info.duration, lambda: passes.position) as progress:
            found, envelope = _heard(job, decoder, passes)
            with progress.aside():
                say(file, found)
                for sentence in out.lacking(found):
                    output.note(f"{file.name}: {sentence}")
            _write(job, file, out, found, envelope, passes)


def _heard(job: _Job, decoder: Decoder, passes: Passes) -> tuple[MusicAnalysis, Envelope]:
    analysis, envelope = Analysis(job.parts, frames=job.frames), Envelope(decoder.info.sample_rate)
    with passes.step("hear"):
        for block in passes.watch(envelope.watch(decoder)):
            analysis.feed(block)
    with passes.step("judge"):
        return analysis.finish(), envelope


def _write(job: _Job, file: Input, out: Outputs, found: MusicAnalysis, envelope: Envelope, passes: Passes) -> None:
    """What is asked for beside the report."""
    if out.plot is not None:
        with passes.step("plot"):
            out.plot.draw(found, envelope, output.printable(file.file_name))
    if out.clicks is not None:
        beats = found.rhythm.beats if found.rhythm else ()
        with passes.step("clicks"):
            convert(
                *(file.source, out.clicks, job.config),
                salvage=job.salvage,
                through=lambda decoder: with_clicks(passes.watch(decoder), beats),
            )
    if out.tags is not None and file.path is not None:
        with passes.step("tags"):
            Tagger().copy(file.path, out.tags, found)


class _Printer:
    """Says what was found, as soon as it is: JSON, all about one recording, or a line for each of several; and a row of the table."""

    def __init__(self, arguments: Namespace, parts: tuple[str, ...], add: Add, *, listed: bool) -> None:
        self._json, self._silent = arguments.json, arguments.csv == STANDARD
        self._parts, self._add, self._listed = parts, add, listed
        self._begun = False

    def say(self, file: Input, found: MusicAnalysis) -> None:
        if not self._silent:
            output.say(self._text(file, found))
        self._add(file, wire_analysis(found))
        self._begun = True

    def _text(self, file: Input, found: MusicAnalysis) -> str:
        if self._json and self._listed:
            return output.json_text(wire_analysis(found), file=file.word)
        if self._json:
            return output.json_text({"file": file.word, **wire_analysis(found)})
        if self._listed:
            width = page() if sys.stdout.isatty() else None
            return ("" if self._begun else head(self._parts)) + line(file.name, found, self._parts, width)
        return report_text(file.name, found, page())
