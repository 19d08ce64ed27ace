"""`auricle listen`: captions of the microphone, or of a recording as if it were spoken now."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from os import environ
from pathlib import Path

from auricle import wire
from auricle.cli import failures, output
from auricle.cli.captions_screen import CaptionsScreen, meter
from auricle.cli.inputs import Input
from auricle.cli.subtitle_file import SubtitleFile
from auricle.errors import InputError, OptionError
from auricle.speech import load_recognizer
from auricle.speech.events import LiveEvent, Utterance
from auricle.speech.listen import Listening
from auricle.speech.live import LiveOptions, LiveSession
from auricle.speech.microphone import input_devices

__all__ = ["run"]

_INTERRUPTED = 130
_HINT = "   Ctrl-C ends"

Show = Callable[[LiveEvent], None]


def run(arguments: Namespace) -> int:
    """Caption the microphone or FILE; gives the exit code."""
    if arguments.list_devices:
        return _list_devices()
    if arguments.file is None:
        return _listen(arguments, None)
    file = Input(None if arguments.file == "-" else Path(arguments.file))
    try:
        return _listen(arguments, file)
    except InputError as error:
        return failures.report(file.name, error)


def _list_devices() -> int:
    for device in input_devices():
        mark = "*" if device.default else " "
        output.say(f"{mark} {device.index:>3}  {output.printable(device.name)}  ({device.system}, {device.rate} Hz)\n")
    return 0


def _listen(arguments: Namespace, file: Input | None) -> int:
    """Show and write what is said; Ctrl-C is how a microphone ends, but cuts a recording short."""
    _check(arguments, file)
    utterances = 0
    with ExitStack() as stack:
        listening = stack.enter_context(_listening(arguments, file))
        interrupted = stack.enter_context(_ended_by_interruption(listening))
        subtitles = stack.enter_context(SubtitleFile(arguments.srt)) if arguments.srt else None
        show = stack.enter_context(_shown(arguments, listening))
        for event in listening:
            show(event)
            if isinstance(event, Utterance):
                utterances += 1
                if subtitles is not None:
                    subtitles.add(event.segment)
    _note_what_lacks(file, utterances, listening.lost)
    return _INTERRUPTED if file is not None and interrupted.is_set() else 0


def _check(arguments: Namespace, file: Input | None) -> None:
    if arguments.fast and file is None:
        raise OptionError("fast", "this is for a recording; name one with --file, or leave it out")
    if arguments.device is not None and file is not None:
        raise OptionError("device", "this names a microphone, but a recording is to be heard; leave --device or --file out")
    if arguments.srt and file is not None and file.path is not None and arguments.srt.resolve() == file.path.resolve():
        raise OptionError("srt", "this is the recording itself; name another file")


def _listening(arguments: Namespace, file: Input | None) -> Listening:
    """Load the model, fetched if need be, then begin to listen."""
    options = LiveOptions(language=arguments.language, prompt=arguments.prompt)
    recognizer = load_recognizer(arguments.model, progress=lambda line: output.note(f"fetching {line}"))
    source = None if file is None else file.source
    return Listening(LiveSession(recognizer, options), source, device=arguments.device, realtime=not arguments.fast)


@contextlib.contextmanager
def _ended_by_interruption(listening: Listening) -> Iterator[threading.Event]:
    """The first Ctrl-C ends the listening, and what was said until then is still written down; the second ends the command."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # signals are its business alone
        yield interrupted
        return
    usual = signal.getsignal(signal.SIGINT)

    def stop(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, usual)
        interrupted.set()
        listening.stop()

    signal.signal(signal.SIGINT, stop)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, usual)


@contextlib.contextmanager
def _shown(arguments: Namespace, listening: Listening) -> Iterator[Show]:
    """How events are shown: every one as JSON, on a terminal as they change, elsewhere each utterance as a line."""
    if arguments.json:
        yield _say_json
    elif _on_terminal():
        with CaptionsScreen(lambda width: _status(listening, width)) as screen:
            yield screen.show
    else:
        yield _say_utterance


def _status(listening: Listening, width: int) -> str:
    return f"{meter(listening.position, listening.level, width)}{_HINT}"[:width]


def _say_json(event: LiveEvent) -> None:
    output.say(f"{json.dumps(wire.live_event(event), ensure_ascii=False)}\n")


def _say_utterance(event: LiveEvent) -> None:
    if isinstance(event, Utterance):
        output.say(f"{output.printable(event.segment.text)}\n")


def _on_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty() and environ.get("TERM") != "dumb"


def _note_what_lacks(file: Input | None, utterances: int, lost: float) -> None:
    name = "the microphone" if file is None else file.name
    if lost:
        output.note(f"{name}: {lost:.1f} s could not be heard, because this machine was too busy; a smaller model (--model) is quicker.")
    if not utterances:
        output.note(f"{name}: no speech was found.")
