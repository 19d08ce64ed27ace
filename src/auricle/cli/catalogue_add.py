"""`auricle catalogue add`: recordings, folders and pipes into a catalogue, several at a time."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence

from auricle.cli import failures, output
from auricle.cli.inputs import Input, expand
from auricle.cli.known import opened
from auricle.cli.progress import Progress
from auricle.codec import probe
from auricle.errors import InputError, OptionError
from auricle.identification.catalogue import Catalogue
from auricle.identification.importing import Import, Outcome
from auricle.identification.naming import from_tags

__all__ = ["run"]


def run(arguments: Namespace) -> int:
    """Add every FILE; gives the exit code."""
    files, missing = expand(arguments.files)
    codes = [failures.report(name, error) for name, error in missing]
    if not files:
        return max(codes)
    _check(arguments.id, files)
    with opened(arguments, create=True) as catalogue:
        new = files if arguments.replace or arguments.id else [file for file in files if file.word not in catalogue]
        codes += _add(catalogue, new, arguments)
    if len(files) > 1 or not new:
        output.note(_summary(codes.count(0), len(files) - len(new), len(codes) - codes.count(0)))
    return max(codes, default=0)


def _check(name: str | None, files: Sequence[Input]) -> None:
    if name is not None and len(files) > 1:
        raise OptionError("id", f"an id is for one recording, and there are {len(files)}; without it their paths are their ids")
    if name is None and any(file.path is None for file in files):
        raise OptionError("id", "standard input has no path that could be its id; say one")


def _add(catalogue: Catalogue, files: Sequence[Input], arguments: Namespace) -> list[int]:
    """The exit code of each; what has failed is named, what is on the disk is said to be."""
    codes: list[int] = []
    names = {arguments.id or file.word: file.name for file in files}
    added = dict(arguments.meta or ())
    with Progress("adding", len(files), lambda: len(codes), "files") as progress:

        def tell(outcome: Outcome) -> None:
            with progress.aside():
                codes.append(_tell(names[outcome.id], outcome))

        wanted = (Import(file.source, arguments.id or file.word, _metadata(file, added)) for file in files)
        catalogue.add_many(wanted, workers=arguments.workers, replace=arguments.replace, progress=tell)
    return codes


def _metadata(file: Input, added: Mapping[str, str]) -> Mapping[str, str] | None:
    """The recording's tags with what is ``added``; None leaves the tags to the import."""
    if not added:
        return None
    try:
        return {**from_tags({} if file.path is None else probe(file.path).tags), **added}
    except InputError:  # which the import will meet, too, and name
        return added


def _tell(name: str, outcome: Outcome) -> int:
    if outcome.error is not None:
        return failures.report(name, outcome.error)
    if outcome.entry is not None:
        output.say(f"added {output.printable(outcome.id)} ({output.clock(outcome.entry.duration)})\n")
    return 0


def _summary(added: int, known: int, failed: int) -> str:
    counts = {"added": added, "known already": known, "failed": failed}
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count or what == "added") + "."
