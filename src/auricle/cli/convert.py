"""`auricle convert`: one format into another."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from auricle.cli import failures
from auricle.cli.inputs import Input
from auricle.cli.targets import encoding_of, standard_output
from auricle.codec import convert
from auricle.errors import InputError

__all__ = ["run"]


def run(arguments: Namespace) -> int:
    """Convert IN into OUT; gives the exit code."""
    config = encoding_of(arguments)
    source = Input(None if arguments.source == "-" else Path(arguments.source))
    target = standard_output() if arguments.target == "-" else Path(arguments.target)
    try:
        convert(source.source, target, config, salvage=arguments.salvage)
    except InputError as error:
        return failures.report(source.name, error, salvage=True)
    return 0
