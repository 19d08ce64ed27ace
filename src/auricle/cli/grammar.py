"""What the parsers of all commands are made of."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _ArgumentGroup, _SubParsersAction

    Commands = _SubParsersAction[ArgumentParser]

__all__ = [
    "BIT_DEPTHS",
    "CONTAINERS",
    "FILES",
    "OUTPUT_FORMATS",
    "RAW_FORMATS",
    "add_encoding",
    "add_input",
    "command",
    "examples",
    "number_or_name",
]

# These repeat what the library knows, which would have to be imported, with numpy, before any help could be shown.
BIT_DEPTHS: tuple[int | str, ...] = (8, 16, 24, 32, "float")
OUTPUT_FORMATS = ("wav", "flac", "mp3", "aac", "m4a", "alac", "vorbis", "ogg", "opus", "pcm")
RAW_FORMATS = ("pcm", "s8", "u8", "s16le", "s24le", "s32le", "f32le", "alaw", "mulaw")
CONTAINERS = (
    "wav", "w64", "aiff", "au", "caf", "flac", "mp3", "aac", "m4a", "mp4", "mov", "ogg", "opus", "vorbis", "mkv", "webm", "amr", "ac3",
    "eac3", "wma",
)  # fmt: skip

FILES = "a recording, a folder (searched at any depth), a pattern in quotes ('talks/**/*.mp3'), or - for standard input"


def command(commands: Commands, name: str, summary: str, *lines: str) -> ArgumentParser:
    """A parser for the command ``name``, whose help ends in ``lines`` as examples."""
    return commands.add_parser(
        name,
        help=summary,
        description=f"{summary[:1].upper()}{summary[1:]}.",
        epilog=examples(*lines),
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def examples(*lines: str) -> str:
    """The end of a help."""
    return "Examples:\n" + "\n".join(f"  {line}" for line in lines)


def number_or_name(word: str) -> int | str:
    """A word of digits as a number."""
    return int(word) if word.isdecimal() else word


def add_input(parser: ArgumentParser, meaning: str) -> None:
    """How recordings are read; ``meaning`` is what rate, channels and bit depth belong to."""
    group = parser.add_argument_group("input")
    group.add_argument("--salvage", action="store_true", help="use what can be decoded of a recording that is cut off or damaged")
    group.add_argument(
        "--input-format",
        metavar="NAME",
        choices=(*RAW_FORMATS, *CONTAINERS),
        help=f"only this container is accepted; or raw samples without a header: {', '.join(RAW_FORMATS)}",
    )
    group.add_argument("--rate", type=int, metavar="HZ", help=f"sample rate {meaning}")
    group.add_argument("--channels", type=int, metavar="N", help=f"number of channels {meaning}")
    group.add_argument(
        "--bit-depth", type=number_or_name, choices=BIT_DEPTHS, metavar="BITS", help=f"8, 16, 24, 32 or float: bits of a sample {meaning}"
    )


def add_encoding(parser: ArgumentParser | _ArgumentGroup, otherwise: str) -> None:
    """How OUT is written; ``otherwise`` says what decides if the format is not given."""
    parser.add_argument(
        "--format",
        metavar="NAME",
        choices=OUTPUT_FORMATS,
        help=f"format of OUT: {', '.join(OUTPUT_FORMATS)} (default: {otherwise})",
    )
    parser.add_argument("--bit-rate", type=int, metavar="BPS", help="of lossy formats, in bits per second")
