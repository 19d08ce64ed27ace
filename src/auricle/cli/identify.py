"""`auricle identify`: which known recordings these are."""

from __future__ import annotations

import sys
from argparse import Namespace

from auricle import wire
from auricle.cli import failures, output
from auricle.cli.identify_report import head, line, report_text, timeline_text
from auricle.cli.identify_table import COLUMNS, rows
from auricle.cli.inputs import Input, expand
from auricle.cli.known import opened
from auricle.cli.progress import Progress
from auricle.cli.spreadsheet import spreadsheet
from auricle.cli.targets import reading_of
from auricle.cli.trees import STANDARD
from auricle.cli.width import page
from auricle.codec import AudioProcessingConfig, open_audio
from auricle.errors import InputError, OptionError
from auricle.identification.catalogue import Catalogue
from auricle.identification.results import Identification

__all__ = ["UNKNOWN", "run"]

UNKNOWN = 3  # exit code: all went well, and something is no recording of the catalogue


def run(arguments: Namespace) -> int:
    """Identify every FILE; gives the exit code."""
    config = reading_of(arguments)
    files, missing = expand(arguments.files)
    codes = [failures.report(name, error) for name, error in missing]
    unknown = False
    printed = _Printer(arguments, several=len(files) > 1)
    with opened(arguments, readonly=True) as catalogue, spreadsheet(arguments.csv, COLUMNS) as add:
        for file in files:
            try:
                found = _identify(catalogue, file, config, arguments)
            except (InputError, OptionError) as error:
                codes.append(failures.report(file.name, error, salvage=True))
                continue
            unknown |= not (found.timeline if arguments.timeline else found.match)
            printed.say(file, found)
            for row in rows(file, wire.identification(found, timeline=arguments.timeline)):
                add(row)
    return max(codes, default=0) or (UNKNOWN if unknown else 0)


def _identify(catalogue: Catalogue, file: Input, config: AudioProcessingConfig, arguments: Namespace) -> Identification:
    with (
        open_audio(file.source, config, salvage=arguments.salvage) as decoder,
        Progress(file.file_name, decoder.info.duration, lambda: decoder.position),
    ):
        return catalogue.identify(decoder, timeline=arguments.timeline)


class _Printer:
    """Says what was found, as soon as it is: JSON, timelines, all about one recording, or a line for each of several."""

    def __init__(self, arguments: Namespace, *, several: bool) -> None:
        self._json, self._timeline, self._several = arguments.json, arguments.timeline, several
        self._silent = arguments.csv == STANDARD
        self._begun = False

    def say(self, file: Input, found: Identification) -> None:
        if not self._silent:
            output.say(self._text(file, found))
        self._begun = True

    def _text(self, file: Input, found: Identification) -> str:
        width = page() if sys.stdout is not None and sys.stdout.isatty() else None
        if self._json:
            return output.json_text(wire.identification(found, timeline=self._timeline), file=file.word if self._several else None)
        if self._timeline:
            return ("\n" if self._begun else "") + timeline_text(file.name, found, width)
        if self._several:
            return ("" if self._begun else head(width)) + line(file.name, found, width)
        return report_text(file.name, found)
