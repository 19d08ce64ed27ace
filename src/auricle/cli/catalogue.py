"""`auricle catalogue`: recordings that can be recognised, and what is done with them."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Mapping

from auricle import wire
from auricle.atomic import as_output_error
from auricle.cli import catalogue_add, failures, output
from auricle.cli.identify_report import groups_text, listing, verification_text
from auricle.cli.known import directory, opened
from auricle.cli.width import page
from auricle.errors import CorruptCatalogue, InputError, UnknownRecording
from auricle.identification.catalogue import Catalogue

__all__ = ["run"]


def run(arguments: Namespace) -> int:
    """Do to the catalogue what the action says; gives the exit code."""
    if arguments.action == "add":
        return catalogue_add.run(arguments)
    with opened(arguments, readonly=arguments.action not in ("remove", "compact")) as catalogue:
        return _ACTIONS[arguments.action](catalogue, arguments)


def _remove(catalogue: Catalogue, arguments: Namespace) -> int:
    codes = [0]
    for name in arguments.ids:
        try:
            catalogue.remove(name)
        except UnknownRecording as error:
            codes.append(failures.report(None, error))
        else:
            output.say(f"removed {output.printable(name)}\n")
    return max(codes)


def _list(catalogue: Catalogue, arguments: Namespace) -> int:
    known = catalogue.list()
    if arguments.json:
        output.say(output.json_text(wire.recordings(known, len(known))))
    elif known:
        output.say(listing(known, page() if sys.stdout.isatty() else None))
    else:
        output.note("the catalogue is empty; `auricle catalogue add` makes recordings known.")
    return 0


def _duplicates(catalogue: Catalogue, arguments: Namespace) -> int:
    groups = catalogue.duplicates()
    if arguments.json:
        output.say(output.json_text(wire.duplicates(groups)))
    elif groups:
        output.say(groups_text(groups, catalogue.entry))
    else:
        output.note("no recording is there more than once.")
    return 0


def _verify(catalogue: Catalogue, arguments: Namespace) -> int:
    found = catalogue.verify()
    if arguments.json:
        output.say(output.json_text(wire.verification(found)))
    else:
        output.say(verification_text(found))
    return max((failures.report(None, InputError(problem)) for problem in found.problems), default=0)


def _compact(catalogue: Catalogue, arguments: Namespace) -> int:
    before = _size(arguments)
    lost = catalogue.compact()
    output.say(f"{output.human_size(before)} before, {output.human_size(_size(arguments))} now\n")
    return max((failures.report(name, CorruptCatalogue("it was damaged, and is taken out; add it again.")) for name in lost), default=0)


def _size(arguments: Namespace) -> int:
    """Of all files. Bytes."""
    where = directory(arguments)
    with as_output_error(str(where)):
        return sum(file.stat().st_size for file in where.iterdir() if file.is_file())


_ACTIONS: Mapping[str, Callable[[Catalogue, Namespace], int]] = {
    "remove": _remove,
    "list": _list,
    "duplicates": _duplicates,
    "verify": _verify,
    "compact": _compact,
}
