"""`auricle transcribe`: what is said in recordings, as text, JSON or subtitles."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path

from auricle import wire
from auricle.atomic import as_output_error, replacing
from auricle.cli import failures, output
from auricle.cli.inputs import Input, expand
from auricle.cli.parser import TRANSCRIPT_SUFFIXES
from auricle.cli.progress import Progress
from auricle.cli.results import result_paths
from auricle.cli.targets import reading_of
from auricle.codec import AudioProcessingConfig
from auricle.errors import InputError, OptionError
from auricle.speech import Segment, Transcript, TranscriptStream, Word, load_recognizer
from auricle.speech.subtitles import render
from auricle.speech.whisper import Recognizer, TranscribeOptions

__all__ = ["run"]

_WINDOW_S = 30.0  # what the recogniser hears at once. Seconds


@dataclass(frozen=True, slots=True)
class _Job:
    """What to do with every recording."""

    recognizer: Recognizer
    options: TranscribeOptions
    config: AudioProcessingConfig
    vad: bool
    salvage: bool
    format: str
    several: bool
    gaps: Iterator[str]  # what stands before each heading

    def open(self, file: Input) -> TranscriptStream:
        return TranscriptStream(self.recognizer, file.source, self.options, vad=self.vad, config=self.config, salvage=self.salvage)

    def text(self, segments: Sequence[Segment]) -> str:
        """Segments as lines: a line each, or one for each of their words."""
        if self.options.word_timestamps:
            return "".join(_word_line(word) for segment in segments for word in segment.words or (_as_word(segment),))
        return render(_holding(segments), "text")

    def rendered(self, transcript: Transcript, file: str | None) -> str:
        if self.format == "json":
            return output.json_text(wire.transcript(transcript), file=file)
        return self.text(transcript.segments) if self.format == "text" else render(transcript, self.format)


def run(arguments: Namespace) -> int:
    """Transcribe every FILE; gives the exit code."""
    options, config = _options(arguments), reading_of(arguments)
    files, missing = expand(arguments.files)
    codes = [failures.report(name, error) for name, error in missing]
    if not files:
        return max(codes)
    targets = _targets(arguments, files)
    recognizer, gaps = _recognizer(arguments, options), chain([""], repeat("\n"))
    job = _Job(recognizer, options, config, arguments.vad, arguments.salvage, arguments.format, len(files) > 1, gaps)
    for file, target in zip(files, targets, strict=True):
        try:
            _transcribe(job, file, target)
        except (InputError, OptionError) as error:  # a model or a disk that fails would fail for all
            codes.append(failures.report(file.name, error, salvage=True))
    return max(codes, default=0)


def _options(arguments: Namespace) -> TranscribeOptions:
    return TranscribeOptions(
        language=arguments.language,
        task=arguments.task,
        temperature=arguments.temperature,
        word_timestamps=arguments.word_timestamps,
        prompt=arguments.prompt,
        hotwords=arguments.hotwords,
        beam_size=arguments.beam_size,
    )


def _targets(arguments: Namespace, files: Sequence[Input]) -> Sequence[Path | None]:
    """Where each result goes; None is standard output."""
    if arguments.output is not None:
        with as_output_error(str(arguments.output)):
            arguments.output.mkdir(parents=True, exist_ok=True)
        return result_paths(files, arguments.output, TRANSCRIPT_SUFFIXES[arguments.format])
    if len(files) > 1 and arguments.format not in ("text", "json"):
        raise OptionError(
            "format", f"{arguments.format} holds one recording, there are {len(files)}; say --output DIR to write a file for each"
        )
    return [None] * len(files)


def _recognizer(arguments: Namespace, options: TranscribeOptions) -> Recognizer:
    """The model, fetched if need be; options that it cannot honour are refused before any work."""
    recognizer = load_recognizer(arguments.model, device=arguments.device, progress=lambda line: output.note(f"fetching {line}"))
    recognizer.check(options)
    return recognizer


def _transcribe(job: _Job, file: Input, target: Path | None) -> None:
    transcript = _listen(job, file, streaming=target is None and job.format == "text")
    if target is not None:
        with replacing(target) as out:
            out.write(job.rendered(transcript, None).encode())
    elif job.format != "text":
        output.say(job.rendered(transcript, file.word if job.several else None))
    if not transcript.segments:
        output.note(f"{file.name}: no speech was found.")


def _listen(job: _Job, file: Input, *, streaming: bool) -> Transcript:
    """Recognise a whole recording; ``streaming`` says its text on the way."""
    heard = 0.0

    def done() -> float:
        # What has been read but not recognised is at most a window.
        return max(heard, stream.position - _WINDOW_S)

    with job.open(file) as stream:
        if streaming and job.several:
            output.say(f"{next(job.gaps)}==> {output.printable(file.name)} <==\n")
        with Progress(file.file_name, stream.duration, done) as progress:
            for segment in stream:
                heard = segment.end
                if streaming:
                    with progress.aside():
                        output.say(job.text([segment]))
        return stream.transcript()


def _holding(segments: Sequence[Segment]) -> Transcript:
    return Transcript("", "und", 0.0, 0.0, tuple(segments), 0.0, "")


def _as_word(segment: Segment) -> Word:
    """A segment whose words could not be told apart."""
    return Word(segment.text, segment.start, segment.end, segment.confidence)


def _word_line(word: Word) -> str:
    return f"{_stamp(word.start)}  {_stamp(word.end)}  {word.confidence:.2f}  {word.text}\n"


def _stamp(seconds: float) -> str:
    hundredths = round(100 * seconds)
    return f"{hundredths // 6000:02}:{hundredths // 100 % 60:02}.{hundredths % 100:02}"
