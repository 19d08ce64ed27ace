"""The words of `auricle speak` and `auricle voices`; argparse only, as in `auricle.cli.parser`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING

from auricle.cli.grammar import BIT_DEPTHS, OUTPUT_FORMATS, command, number_or_name

if TYPE_CHECKING:
    from auricle.cli.grammar import Commands

__all__ = ["WORD_SUFFIXES", "add_speak", "add_voices"]

WORD_SUFFIXES = (".srt", ".vtt", ".tsv", ".lrc", ".json")


def add_speak(commands: Commands) -> None:
    """`auricle speak`."""
    parser = command(
        commands,
        "speak",
        "read a text aloud",
        'auricle speak "Good morning."                          played, where there is a sound card',
        'auricle speak "Good morning." -o morning.mp3 --voice heart --speed 1.2',
        "auricle speak --file book.txt -o book.m4b              a book, with its chapters",
        "auricle speak --file one.txt two.txt -o spoken --format mp3",
        "auricle speak --turns talk.txt --cast ANNA=heart -o talk.wav",
        'auricle speak "Good morning." -o morning.wav --clone me.wav --consent',
        "fortune | auricle speak - --play",
        'auricle speak "Good morning." -o - | aplay',
    )
    source = parser.add_argument_group("source")
    source.add_argument("text", nargs="*", metavar="TEXT", help="what to say; - for standard input")
    source.add_argument(
        "--file",
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE",
        help="text files in UTF-8, or - for standard input; with several, OUT is a folder",
    )
    source.add_argument("--turns", metavar="FILE", help='a conversation: lines such as "ANNA: Hello.", or .json or .toml with turns')
    source.add_argument(
        "--cast",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=VOICE",
        help="who speaks in which voice; clone is that of --clone",
    )
    source.add_argument("--ssml", action="store_true", default=None, help="the text is SSML (default: if it begins with <speak)")
    _add_voice(parser)
    _add_output(parser)
    result = parser.add_argument_group("result")
    result.add_argument(
        "--words", metavar="FILE", type=Path, help=f"write when each word is said, or subtitles, by suffix: {', '.join(WORD_SUFFIXES)}"
    )
    result.add_argument("--json", action="store_true", help="print what was made as a JSON object, with the times of words and turns")


def _add_voice(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("voice")
    group.add_argument("--voice", metavar="NAME", help="who speaks: a name from `auricle voices` (default: its first)")
    group.add_argument(
        "--clone", metavar="FILE", type=Path, help="imitate whoever speaks in this recording (extra xtts): at least 3 s, best 6 to 30 s"
    )
    group.add_argument("--consent", action="store_true", help="with --clone: the person in the recording agrees to it, or is you")
    group.add_argument("--language", metavar="TAG", help="what the text is in, such as en-GB (default: the voice's first)")
    group.add_argument("--speed", type=float, default=1.0, metavar="S", help="times the voice's natural pace (default: 1)")
    group.add_argument("--emotion", metavar="NAME", help="one of the voice's emotions (default: neutral)")
    group.add_argument("--lexicon", metavar="FILE", type=Path, help="TOML file that says how to say words")


def _add_output(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="the file to write, whole or not at all, whose suffix names the format; or - for standard output (default: it is played)",
    )
    group.add_argument("--play", action="store_true", help="play it, also where it is written")
    group.add_argument(
        "--format",
        metavar="NAME",
        choices=OUTPUT_FORMATS,
        help=f"format of OUT: {', '.join(OUTPUT_FORMATS)} (default: by suffix, else wav)",
    )
    group.add_argument("--loudness", type=float, metavar="LUFS", help="make it as loud as this, such as -16 (default: as the voice speaks)")
    group.add_argument("--rate", type=int, metavar="HZ", help="sample rate of OUT (default: the voice's)")
    group.add_argument("--channels", type=int, metavar="N", help="number of channels of OUT (default: 1)")
    group.add_argument(
        "--bit-depth", type=number_or_name, choices=BIT_DEPTHS, metavar="BITS", help="16, 24, 32 or float: bits of a sample of OUT"
    )
    group.add_argument("--bit-rate", type=int, metavar="BPS", help="of lossy formats, in bits per second")


def add_voices(commands: Commands) -> None:
    """`auricle voices`."""
    parser = command(
        commands,
        "voices",
        "list the voices, what each can do, and how to get more",
        "auricle voices",
        "auricle voices --language de",
        "auricle voices --json | jq -r '.voices[] | select(.word_times) | .name'",
    )
    parser.add_argument("--language", metavar="TAG", help="only those that speak it, such as de or en-GB")
    parser.add_argument("--json", action="store_true", help="as a JSON object, the one that the server answers at /voices")
