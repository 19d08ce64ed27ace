"""What the parsers of all commands are made of."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[ArgumentParser]

__all__ = ["BIT_DEPTHS", "OUTPUT_FORMATS", "command", "examples", "number_or_name"]

# These repeat what the library knows, which would have to be imported, with numpy, before any help could be shown.
BIT_DEPTHS: tuple[int | str, ...] = (8, 16, 24, 32, "float")
OUTPUT_FORMATS = ("wav", "flac", "mp3", "aac", "m4a", "alac", "vorbis", "ogg", "opus", "pcm")


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
