"""The words that the command understands; argparse only, so that help and completion are instant."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from auricle import __version__
from auricle.cli.analyze_parser import add_analyze
from auricle.cli.enhance_parser import add_enhance, add_loudness, with_values
from auricle.cli.grammar import (
    BIT_DEPTHS,
    CONTAINERS,
    FILES,
    OUTPUT_FORMATS,
    RAW_FORMATS,
    add_encoding,
    add_input,
    command,
    examples,
    number_or_name,
)
from auricle.cli.identify_parser import add_catalogue, add_duplicates, add_fingerprint, add_identify
from auricle.cli.speak_parser import add_speak, add_voices

if TYPE_CHECKING:
    from argparse import _ArgumentGroup

    from auricle.cli.grammar import Commands

__all__ = ["BIT_DEPTHS", "CONTAINERS", "DEFAULT_MODEL", "OUTPUT_FORMATS", "RAW_FORMATS", "SHELLS", "TRANSCRIPT_SUFFIXES", "build", "parse"]

# These repeat what the library knows, which would have to be imported, with numpy, before any help could be shown.
DEFAULT_MODEL = "base"
TRANSCRIPT_SUFFIXES = {"text": ".txt", "json": ".json", "srt": ".srt", "vtt": ".vtt", "tsv": ".tsv", "lrc": ".lrc"}
SHELLS = ("bash", "zsh", "fish")

_MANY = ("files", "text", "ids")  # what may be given any number of times
_DEVICES = ("auto", "cpu", "cuda")
_PROMPT = "text that might have come before: its style and spelling are continued"

_SETTINGS = """\
There are more: --show-settings lists all, and docs/server.md explains them.
Each is also a variable (AURICLE_PORT=9000) and a line in a TOML file (port = 9000).
An option goes before the variable, and the variable before the file."""


def parse(words: Sequence[str]) -> Namespace:
    """Understand ``words``; exits as argparse does when it cannot, or for help."""
    parser = build()
    arguments, rest = parser.parse_known_args(with_values(words))
    # argparse takes files on one side of the options only; people add `b.wav` behind `a.wav --format srt`.
    many: list[str] | None = next((getattr(arguments, name) for name in _MANY if hasattr(arguments, name)), None)
    if many is None or any(word != "-" and word.startswith("-") for word in rest):
        if rest:
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
    else:
        many += rest
    return arguments


def build() -> ArgumentParser:
    """The parser of the whole command line."""
    parser = ArgumentParser(
        prog="auricle",
        description="Audio features on your own machine: write down speech, also live, read texts aloud, clean and level recordings, "
        "analyse music, recognise recordings, over HTTP too.",
        epilog=examples(
            "auricle transcribe talk.mp3                            what is said, as it is recognised",
            "auricle transcribe talks/ --format srt --output subs   subtitles of a whole folder",
            "auricle listen                                         captions of the microphone, while somebody speaks",
            'auricle speak "Good morning." -o morning.mp3           a text, read aloud',
            "auricle enhance talk.mp3 -o clean.mp3 --denoise --loudness podcast",
            "auricle analyze song.mp3                               tempo, key, chords and more of music",
            "auricle catalogue add music/ --catalogue known         make recordings known",
            "auricle identify clip.mp3 --catalogue known            which of them it is, and where in it we are",
            "auricle duplicates music/                              recordings that are there more than once",
            "auricle info talk.mp3                                  what kind of recording it is",
            "auricle serve                                          the same over HTTP, for other programs",
            "auricle transcribe --help                              all options of a command",
        )
        + "\n\nExit codes: 0 done, 1 some inputs failed (each is named), 2 wrong usage, 130 interrupted.",
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"auricle {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for add in (
        *(_add_transcribe, _add_listen, add_speak, add_voices, add_enhance, add_loudness, add_analyze),
        *(add_catalogue, add_identify, add_fingerprint, add_duplicates),
        *(_add_convert, _add_info, _add_models, _add_serve, _add_completion),
    ):
        add(commands)
    return parser


def _add_transcribe(commands: Commands) -> None:
    parser = command(
        commands,
        "transcribe",
        "write down what is said in recordings",
        "auricle transcribe talk.mp3",
        "auricle transcribe interview.m4a --word-timestamps --format srt > interview.srt",
        "auricle transcribe recordings/ --format json --output transcripts",
        "auricle transcribe vortrag.ogg --language de --task translate",
        "ffmpeg -i film.mkv -f wav - | auricle transcribe -",
        "arecord -f S16_LE -r 16000 -d 5 -t raw | auricle transcribe - --input-format pcm --rate 16000",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help=FILES)
    _add_recognition(parser)
    result = parser.add_argument_group("result")
    result.add_argument("--format", choices=tuple(TRANSCRIPT_SUFFIXES), default="text", help="what to write (default: text)")
    result.add_argument(
        "--word-timestamps", action="store_true", help="find the time of each word; as text, one line for each with its confidence"
    )
    result.add_argument("--output", metavar="DIR", type=Path, help="write a file for each recording into this folder")
    add_input(parser, "of raw samples")


def _add_listen(commands: Commands) -> None:
    parser = command(
        commands,
        "listen",
        "caption what is said, while it is said",
        "auricle listen",
        "auricle listen --model tiny.en --srt meeting.srt       subtitles grow while the meeting goes on",
        "auricle listen --device USB --language de",
        "auricle listen --file talk.mp3                         as if it were spoken now",
        "auricle listen --json | jq --unbuffered -r 'select(.type == \"final\") | .text'",
    )
    source = parser.add_argument_group("source")
    source.add_argument(
        "--device", metavar="NAME", type=number_or_name, help="number or (part of) name of a microphone (default: the system's)"
    )
    source.add_argument("--list-devices", action="store_true", help="print all microphones, the system's own with a star, and exit")
    source.add_argument("--file", help="a recording in place of the microphone, as if it were spoken now; - for standard input")
    source.add_argument("--fast", action="store_true", help="hear FILE as fast as it can be recognised, in the same steps every time")
    recognition = parser.add_argument_group("recognition")
    _add_model(recognition, "detected, utterance by utterance")
    recognition.add_argument("--prompt", metavar="TEXT", help=_PROMPT)
    result = parser.add_argument_group("result")
    result.add_argument("--srt", metavar="FILE", type=Path, help="write subtitles into this file, which is whole after every utterance")
    result.add_argument("--json", action="store_true", help="print every event as a JSON object on a line of its own")


def _add_model(group: _ArgumentGroup, detected: str) -> None:
    group.add_argument(
        "--model", default=DEFAULT_MODEL, help="a name from `auricle models list`, or a model's directory (default: %(default)s)"
    )
    group.add_argument(
        "--language",
        type=str.lower,
        metavar="CODE",
        help=f"what is spoken, as ISO 639-1 code such as de (default: {detected})",
    )


def _add_recognition(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("recognition")
    _add_model(group, "detected, and followed where it changes")
    group.add_argument(
        "--task",
        choices=("transcribe", "translate"),
        default="transcribe",
        help="write the language that is spoken, or English (default: transcribe)",
    )
    group.add_argument(
        "--temperature",
        type=float,
        default=0.0,
        metavar="T",
        help="0 to 1: where sampling starts; a doubtful part is tried again warmer (default: 0)",
    )
    group.add_argument("--prompt", metavar="TEXT", help=_PROMPT)
    group.add_argument("--hotwords", metavar="TEXT", help="names and terms that are likely to be said")
    group.add_argument("--no-vad", dest="vad", action="store_false", help="listen to everything, not only where somebody seems to speak")
    group.add_argument("--beam-size", type=int, default=5, metavar="N", help="hypotheses kept at temperature 0 (default: 5)")
    group.add_argument("--device", choices=_DEVICES, default="auto", help="where the model runs (default: auto)")


def _add_convert(commands: Commands) -> None:
    parser = command(
        commands,
        "convert",
        "decode a recording and encode it in another format",
        "auricle convert talk.m4a talk.flac",
        "auricle convert talk.flac talk.mp3 --bit-rate 128000 --channels 1",
        "auricle convert talk.mp3 - --format wav --rate 16000 | auricle transcribe -",
        "auricle convert samples.raw samples.wav --input-format pcm --rate 8000 --channels 1 --bit-depth 16",
    )
    parser.add_argument("source", metavar="IN", help="a recording, or - for standard input")
    parser.add_argument(
        "target", metavar="OUT", help="the file to write, whole or not at all; its suffix names the format; or - for standard output"
    )
    add_encoding(parser, "by suffix, else wav")
    add_input(parser, "of OUT; with raw samples, of IN")


def _add_info(commands: Commands) -> None:
    parser = command(
        commands,
        "info",
        "say what recordings are: container, codec, exact length, peak, tags",
        "auricle info talk.mp3",
        "auricle info music/ --json | jq -r 'select(.peak >= 1) | .file'",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help=FILES)
    parser.add_argument("--json", action="store_true", help="as JSON: one object, or for several recordings one a line")


def _add_models(commands: Commands) -> None:
    parser = command(
        commands,
        "models",
        "list, fetch and check the models",
        "auricle models list",
        "auricle models pull small",
        "auricle models verify",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = command(
        actions, "list", "list all models and where they are on this machine", "auricle models list", "auricle models list --json"
    )
    listing.add_argument("--json", action="store_true", help="as a JSON array")
    pulling = command(
        actions,
        "pull",
        "make sure that models are on this machine, and verified",
        "auricle models pull base",
        "auricle models pull small turbo",
    )
    pulling.add_argument("models", nargs="+", metavar="NAME", help="a name from `auricle models list`")
    verifying = command(
        actions, "verify", "hash every file of models and compare with the catalogue", "auricle models verify", "auricle models verify base"
    )
    verifying.add_argument(
        "models", nargs="*", metavar="NAME", help="a name from `auricle models list` (default: all that are on this machine)"
    )


def _add_serve(commands: Commands) -> None:
    parser = command(
        commands,
        "serve",
        "answer requests over HTTP, until it is stopped",
        "auricle serve",
        "auricle serve --model small --preload --port 9000",
        "auricle serve --websocket-port 8765",
        'AURICLE_API_KEYS="$(cat keys)" auricle serve --host 0.0.0.0',
        "auricle serve --show-settings > auricle.toml",
    )
    # No option has a default here: what is not given is left to the environment and the file. Settings checks the values.
    group = parser.add_argument_group("settings", _SETTINGS)
    group.add_argument("--host", help="address to listen on; 0.0.0.0 is every one of the machine, and needs API keys (default: 127.0.0.1)")
    group.add_argument("--port", metavar="N", help="TCP port to listen on; 0 takes any that is free (default: 8000)")
    group.add_argument("--websocket-port", metavar="N", help="second TCP port, for live captions at ws://HOST:N (default: none)")
    group.add_argument("--model", help=f"model of requests that name none, as for transcribe (default: {DEFAULT_MODEL})")
    group.add_argument("--preload", action="store_true", default=None, help="load that model at the start, not at the first request")
    group.add_argument("--device", choices=_DEVICES, help="where models run (default: auto)")
    group.add_argument("--concurrency", metavar="N", help="recordings that are recognised at once (default: chosen for the machine)")
    group.add_argument("--catalogue", metavar="DIR", help="directory of the catalogue of recordings that are recognised (default: none)")
    group.add_argument("--insecure", action="store_true", default=None, help="listen on a public address without API keys")
    group.add_argument("--log-level", choices=("debug", "info", "warning", "error"), help="least severe of what is logged (default: info)")
    group.add_argument("--log-format", choices=("auto", "text", "json"), help="how it is written (default: text on a terminal, else json)")
    parser.add_argument("--config", metavar="FILE", type=Path, help="TOML file with settings (default: auricle.toml, where there is one)")
    parser.add_argument("--show-settings", action="store_true", help="print all settings, as such a file, and exit")


def _add_completion(commands: Commands) -> None:
    parser = command(
        commands,
        "completion",
        "print the script that lets a shell complete auricle's commands, options and models",
        "auricle completion bash > ~/.local/share/bash-completion/completions/auricle",
        "auricle completion zsh > ~/.zfunc/_auricle           # with fpath+=~/.zfunc before compinit",
        "auricle completion fish > ~/.config/fish/completions/auricle.fish",
        "source <(auricle completion bash)                    # this shell only",
    )
    parser.add_argument("shell", choices=SHELLS, help="bash, zsh or fish")
