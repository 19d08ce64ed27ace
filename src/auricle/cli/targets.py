"""How audio is read, and where it goes that is made: a file, or standard output."""

from __future__ import annotations

import errno
import sys
from argparse import Namespace
from typing import BinaryIO

from auricle.codec import AudioProcessingConfig
from auricle.errors import OptionError, OutputError

__all__ = ["encoding_of", "reading_of", "standard_output"]


def encoding_of(arguments: Namespace) -> AudioProcessingConfig:
    """What `auricle.cli.grammar.add_encoding` asks for, and the format that IN is said to have, by commands that have an IN."""
    return AudioProcessingConfig(
        input_format=getattr(arguments, "input_format", None),
        output_format=arguments.format,
        sample_rate=arguments.rate,
        channels=arguments.channels,
        bit_depth=arguments.bit_depth,
        bit_rate=arguments.bit_rate,
    )


def reading_of(arguments: Namespace) -> AudioProcessingConfig:
    """The format of raw samples, as commands without an OUT are told it; a recording with a header says its own.

    Raises:
        OptionError: raw samples are not described, or something else is.
    """
    config = AudioProcessingConfig(
        input_format=arguments.input_format, sample_rate=arguments.rate, channels=arguments.channels, bit_depth=arguments.bit_depth
    )
    described = {"rate": arguments.rate, "channels": arguments.channels, "bit_depth": arguments.bit_depth}
    if config.raw_demuxer is None and (given := [field for field, value in described.items() if value is not None]):
        raise OptionError(given[0], "this describes raw samples; say --input-format pcm, or leave it out")
    if config.raw_demuxer is not None and config.sample_rate is None:
        raise OptionError(
            "rate", "raw samples have no header; say their --rate, and their --channels and --bit-depth unless those are 1 and 16"
        )
    return config


def standard_output() -> BinaryIO:
    """Standard output, for audio.

    Raises:
        OutputError: it is closed.
        OptionError: it is a terminal.
    """
    if sys.stdout is None:  # the shell's `>&-`
        raise OutputError("standard output", OSError(errno.EBADF, "it is closed"))
    if sys.stdout.isatty():
        raise OptionError("output", "audio is not for the eyes: name a file, or send standard output to one with > or |")
    return sys.stdout.buffer
