"""`auricle speak`: texts, books and conversations read aloud, into files, pipes or the loudspeaker."""

from __future__ import annotations

import json
import time
from argparse import Namespace
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from auricle.atomic import as_output_error, replacing
from auricle.audio import Audio
from auricle.cli import failures, output
from auricle.cli.conversation import cast_of
from auricle.cli.inputs import Input
from auricle.cli.progress import Progress
from auricle.cli.reading import Reading, captions
from auricle.cli.results import result_paths
from auricle.cli.script import Script, conversation_in, text_in, text_of
from auricle.cli.speak_parser import WORD_SUFFIXES
from auricle.cli.targets import encoding_of, standard_output
from auricle.codec import AudioProcessingConfig, write
from auricle.codec.chapters import CHAPTERED
from auricle.codec.formats import format_of
from auricle.codec.streaming import STREAM_FORMATS, StreamEncoder
from auricle.errors import InputError, MissingDependency, OptionError, OutputError
from auricle.speech.subtitles import render
from auricle.speech.transcript import Transcript
from auricle.voice import Lexicon, SpeakOptions, SpeechStream, clone_voice, find_voice, stream_turns
from auricle.voice.playback import play
from auricle.wire import reading as wire_reading
from auricle.wire.speech import spoken_word

__all__ = ["run"]

_STANDARD = "-"
_ABOUT_THE_FILE = ("format", "rate", "channels", "bit_depth", "bit_rate")
_ABOUT_THE_TEXT = ("text", "ssml", "turns")  # what an option error may be about that is no option
_CLONED = "clone"  # who of a conversation speaks like the recording
_SUFFIXES = {"alac": ".m4a", "vorbis": ".ogg"}  # of formats that have another one than their name


@dataclass(frozen=True, slots=True)
class _Job:
    """What to do with every script."""

    options: SpeakOptions
    config: AudioProcessingConfig
    loudness: float | None
    playing: bool
    words: Path | None
    json: bool
    several: bool


def run(arguments: Namespace) -> int:
    """Read everything aloud; gives the exit code."""
    try:
        _check(arguments)
    except OptionError as error:
        if error.field != "text":
            raise
        return failures.report(_name(None), error)
    job = _job(arguments)
    targets = _targets(arguments)
    codes = [0]
    for source, target in zip(_sources(arguments), targets, strict=True):
        try:
            _speak(job, _script(arguments, source, job.options["voice"]), target)
        except InputError as error:
            codes.append(failures.report(_name(source), error))
        except OptionError as error:
            if error.field not in _ABOUT_THE_TEXT:
                raise  # it would fail for all
            codes.append(failures.report(_name(source), error))
    return max(codes)


def _check(arguments: Namespace) -> None:
    """Refuse what does not go together, before any work."""
    given = [name for name in ("text", "file", "turns") if getattr(arguments, name)]
    if not given:
        raise OptionError("file", "there is nothing to say; give a TEXT, --file or --turns")
    if len(given) > 1:
        raise OptionError(given[1], "TEXT, --file and --turns cannot be said at once; leave all but one out")
    if arguments.cast and not arguments.turns:
        raise OptionError("cast", "this is for a conversation; name one with --turns, or leave it out")
    if len(arguments.file) > 1:
        _check_several(arguments)
    if arguments.text not in ([], [_STANDARD]):
        _script(arguments, None)
    _check_clone(arguments)
    if arguments.output is None:
        _check_without_file(arguments)
    _check_words(arguments)
    if arguments.json and arguments.output == _STANDARD:
        raise OptionError("json", "standard output is the recording; name a file with -o, or leave --json out")


def _check_several(arguments: Namespace) -> None:
    if len(set(arguments.file)) < len(arguments.file):
        raise OptionError("file", "a file is there twice; name each once")
    if arguments.output == _STANDARD:
        raise OptionError("output", "standard output holds one recording; name a folder")
    if arguments.words is not None:
        raise OptionError("words", "this file holds the words of one recording; speak the texts one by one, or use --json")


def _check_clone(arguments: Namespace) -> None:
    if arguments.clone is None:
        if arguments.consent:
            raise OptionError("consent", "this is about a recording to imitate; name it with --clone, or leave it out")
        return
    if arguments.voice is not None:
        raise OptionError("clone", "the recording is the voice; leave out --clone or --voice")
    if not arguments.consent:
        message = "nobody is imitated without --consent; give it if the person in the recording agrees to it, or is you"
        raise OptionError("clone", message)


def _check_without_file(arguments: Namespace) -> None:
    for field in _ABOUT_THE_FILE:
        if getattr(arguments, field) is not None:
            raise OptionError(field, "this is about a file; name it with -o, or leave it out")
    try:
        play(())
    except (MissingDependency, OutputError) as error:
        if arguments.play:
            raise
        reason = str(error).removesuffix(".")
        raise OptionError("output", f"it cannot be played here ({reason}); give a file with -o, or - for standard output") from error


def _check_words(arguments: Namespace) -> None:
    path = arguments.words
    if path is None:
        return
    if path.suffix.lower() not in WORD_SUFFIXES:
        message = f"the name {path.name!r} does not say which kind of file to write; end it with a known suffix"
        raise OptionError("words", message, WORD_SUFFIXES)
    if arguments.output not in (None, _STANDARD) and Path(arguments.output).resolve() == path.resolve():
        raise OptionError("words", "this is the recording itself; name another file")


def _job(arguments: Namespace) -> _Job:
    config = encoding_of(arguments)
    options = SpeakOptions(
        voice=arguments.voice if arguments.clone is None else clone_voice(arguments.clone, consent=arguments.consent).name,
        language=arguments.language,
        speed=arguments.speed,
        emotion=arguments.emotion,
        ssml=arguments.ssml,
        lexicon=None if arguments.lexicon is None else Lexicon.read(arguments.lexicon),
    )
    playing = arguments.play or arguments.output is None
    return _Job(options, config, arguments.loudness, playing, arguments.words, arguments.json, len(arguments.file) > 1)


def _sources(arguments: Namespace) -> list[Input | None]:
    """Files, or None for words of the command line."""
    if arguments.text:
        return [Input(None) if arguments.text == [_STANDARD] else None]
    return [Input(None if word == _STANDARD else Path(word)) for word in arguments.file or [arguments.turns]]


def _name(source: Input | None) -> str:
    return "the text" if source is None else source.name


def _script(arguments: Namespace, source: Input | None, voice: str | None = None) -> Script:
    """What to say; ``voice`` is the cloned one, where somebody of a conversation is to speak in it."""
    if source is None:
        return text_of(_name(source), _words(arguments.text), ssml=arguments.ssml)
    if arguments.turns:
        cast = cast_of(arguments.cast)
        cloned = {name: voice for name, meant in cast.items() if meant == _CLONED and arguments.clone and voice}
        return conversation_in(source, cast | cloned)
    return text_in(source, ssml=arguments.ssml)


def _words(given: Sequence[str]) -> str:
    """The words of the command line, where Python keeps a byte that is no text as half a surrogate pair."""
    text = " ".join(given)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        byte = ord(text[error.start]) & 0xFF
        message = f"this is not text in UTF-8: character {error.start + 1} is the byte {byte:#04x}; type it in UTF-8, or use --file"
        raise OptionError("text", message) from error
    return text


def _targets(arguments: Namespace) -> Sequence[Path | str | None]:
    """Where each recording goes: a path, "-" or nowhere."""
    sources = _sources(arguments)
    if arguments.output in (None, _STANDARD):
        return [arguments.output] * len(sources)
    folder = Path(arguments.output)
    if len(sources) == 1 and not folder.is_dir():
        return [folder]
    with as_output_error(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
    name = arguments.format or "wav"
    return result_paths([source or Input(Path("speech")) for source in sources], folder, _SUFFIXES.get(name, f".{name}"))


def _speak(job: _Job, script: Script, target: Path | str | None) -> None:
    began = time.monotonic()
    options: SpeakOptions = {**job.options, "limit": script.characters}
    with stream_turns(script.turns, **options) as stream:
        if job.words is not None:
            _require_word_times(script, job.options)
        reading = Reading(stream, script, job.loudness)
        with Progress(Path(script.name).name, reading.expected, reading.position):
            _deliver(job, script, stream, reading, target)
        if job.words is not None:
            _write_words(job.words, reading, stream.language)
        if job.json:
            _say_json(job, script, stream, reading, target, time.monotonic() - began)
    if len(script.titles) > 1 and isinstance(target, Path) and format_of(target, job.config).name not in CHAPTERED:
        output.note(f"{target}: this format keeps no chapters; .m4b does.")


def _require_word_times(script: Script, options: SpeakOptions) -> None:
    for voice in {find_voice(turn.speaker or options["voice"], None if turn.speaker else options["language"]) for turn in script.turns}:
        if not voice.word_times:
            raise OptionError("words", f"the voice {voice.name} does not tell when each word is said; choose another, or leave --words out")


def _deliver(job: _Job, script: Script, stream: SpeechStream, reading: Reading, target: Path | str | None) -> None:
    """Let the sound flow to where it belongs; a file appears whole or not at all."""
    with closing(play(reading) if job.playing else iter(reading)) as blocks:
        if target is None:
            for _ in blocks:
                pass
        elif isinstance(target, Path):
            write(target, blocks, job.config, {"title": script.title} if script.title else {}, lambda: script.chapters(stream.turns))
        elif (job.config.output_format or "wav") in STREAM_FORMATS:
            _pass_on(blocks, StreamEncoder(stream.rate, stream.channels, job.config), standard_output())
        else:
            write(standard_output(), blocks, job.config)


def _pass_on(blocks: Iterable[Audio], encoder: StreamEncoder, out: BinaryIO) -> None:
    """Write what is encoded while more is being made."""
    try:
        with as_output_error("standard output"):
            for block in blocks:
                out.write(encoder.feed(block))
                out.flush()
            out.write(encoder.finish())
            out.flush()
    except BaseException:
        encoder.abandon()
        raise


def _write_words(path: Path, reading: Reading, language: str) -> None:
    kind = path.suffix.lower().removeprefix(".")
    if kind == "json":
        text = json.dumps([spoken_word(word) for words in reading.sentences for word in words], ensure_ascii=False, indent=2) + "\n"
    else:
        text = render(Transcript("", language, 1.0, reading.duration, captions(reading.sentences, language), 0.0, ""), kind)
    with replacing(path) as out:
        out.write(text.encode())


def _say_json(job: _Job, script: Script, stream: SpeechStream, reading: Reading, target: Path | str | None, seconds: float) -> None:
    shape = wire_reading.reading(
        None if target is None else str(target),
        voice=stream.voice.name,
        language=stream.language,
        rate=stream.rate,
        duration=reading.duration,
        processing_time=seconds,
        words=[word for words in reading.sentences for word in words],
        turns=stream.turns if script.conversation else (),
        chapters=script.chapters(stream.turns),
    )
    output.say(output.json_text(shape, file=script.name if job.several else None))
