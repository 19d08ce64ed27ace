"""`auricle enhance`: recordings made better, files or whole folders, with a report of what was done."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from auricle.cli import failures, output
from auricle.cli.enhance_options import named_as_typed, options_of
from auricle.cli.enhance_report import report_text
from auricle.cli.inputs import Input, passes
from auricle.cli.progress import Progress
from auricle.cli.targets import encoding_of, standard_output
from auricle.cli.trees import STANDARD, Errand, errands
from auricle.codec import AudioProcessingConfig, open_audio, probe
from auricle.enhancement import EnhanceOptions, Report, enhance_file
from auricle.errors import InputError, OptionError

if TYPE_CHECKING:
    from auricle.enhancement.plot import Plot

__all__ = ["run"]


@dataclass(frozen=True, slots=True)
class _Job:
    """What to do with every recording."""

    options: EnhanceOptions
    config: AudioProcessingConfig
    salvage: bool
    plot: Plot | None
    report: bool
    json: bool
    several: bool

    @property
    def reading(self) -> AudioProcessingConfig:
        """How recordings are read, without what is to become of them."""
        asked = self.config
        if asked.raw_demuxer is None:
            return AudioProcessingConfig(input_format=asked.input_format)
        return AudioProcessingConfig(asked.input_format, None, asked.sample_rate, asked.channels, asked.bit_depth)


def run(arguments: Namespace) -> int:
    """Enhance every IN; gives the exit code."""
    _check(arguments)
    options, config = options_of(arguments), encoding_of(arguments)
    plot = _plot(arguments)
    work, missing = errands(arguments.files, arguments.output, config)
    codes = [failures.report(name, error) for name, error in missing]
    _check_plot(arguments, work)
    job = _Job(options, config, arguments.salvage, plot, arguments.report, arguments.json, len(work) > 1)
    for file, target in work:
        try:
            with named_as_typed():
                _enhance(job, file, target)
        except (InputError, OptionError) as error:  # a model or a disk that fails would fail for all
            codes.append(failures.report(file.name, error, salvage=True))
    return max(codes, default=0)


def _check(arguments: Namespace) -> None:
    """Refuse what does not go together, before any work."""
    for field in ("report", "json"):
        if arguments.output == STANDARD and getattr(arguments, field):
            raise OptionError(field, f"standard output is the recording; name a file with -o, or leave --{field} out")


def _plot(arguments: Namespace) -> Plot | None:
    if arguments.plot is None:
        return None
    from auricle.enhancement.plot import Plot

    return Plot(arguments.plot)


def _check_plot(arguments: Namespace, work: Sequence[Errand]) -> None:
    """Refuse a picture of what cannot be read twice, or does not fit into one."""
    if arguments.plot is None:
        return
    if len(work) > 1:
        raise OptionError("plot", "this file holds the picture of one recording; enhance them one by one, or leave it out")
    if any(passes(file.path) or passes(target) for file, target in work):
        raise OptionError("plot", "for a picture the recordings are read again; name files for IN and OUT, or leave it out")
    if arguments.format == "pcm" or (arguments.format is None and arguments.output.lower().endswith((".pcm", ".raw"))):
        raise OptionError("plot", "raw samples cannot be read again without being described; choose another format, or leave it out")


def _enhance(job: _Job, file: Input, target: Path | None) -> None:
    duration = _duration(job, file)
    share = 0.0

    def progress(done: float) -> None:
        nonlocal share
        share = done

    out = standard_output() if target is None else target
    with Progress(file.file_name, duration, lambda: share * (duration or 0.0)):
        before = job.plot and job.plot.look(open_audio(file.source, job.reading, salvage=job.salvage))
        report = enhance_file(file.source, out, job.options, config=job.config, salvage=job.salvage, progress=progress)
        if job.plot and before and target is not None:
            job.plot.draw(before, job.plot.look(open_audio(target)), report, output.printable(file.file_name))
    _say(job, file, report)


def _duration(job: _Job, file: Input) -> float | None:
    """By the header, of what can be read twice. Seconds."""
    if file.path is None or not file.path.is_file():
        return None
    return probe(file.path, job.reading).duration


def _say(job: _Job, file: Input, report: Report) -> None:
    """The report where it is asked for; at least what the user should know."""
    if job.json:
        from auricle.wire.enhancement import enhancement_report

        output.say(output.json_text(enhancement_report(report), file=file.word if job.several else None))
    elif job.report:
        output.say(
            (f"==> {output.printable(file.name)} <==\n" if job.several else "")
            + report_text(report, job.options.equalize)
            + ("\n" if job.several else "")
        )
    else:
        for note in report.notes:
            output.note(f"{file.name}: {note}")
