"""`auricle catalogue add`: recordings, folders and pipes into a catalogue, several at a time."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence

from auricle.cli import failures, output
from auricle.cli.inputs import Input, expand
from auricle.cli.known import opened
from auricle.cli.progress import Progress
from auricle.codec import probe
from auricle.errors import InputError, OptionError, RecordingExists
from auricle.identification.catalogue import Catalogue
from auricle.identification.importing import Import, Outcome
from auricle.identification.naming import checked_id, from_tags

__all__ = ["run"]


def run(arguments: Namespace) -> int:
    """Add every FILE; gives the exit code."""
    files, missing = expand(arguments.files)
    codes = [failures.report(name, error) for name, error in missing]
    if not files:
        return max(codes)
    _check(arguments.id, files)
    added = _metadata_of(arguments.meta or ())
    with opened(arguments, create=True) as catalogue:
        new = files if arguments.replace or arguments.id is not None else [file for file in files if file.word not in catalogue]
        told = _add(catalogue, new, added, arguments)
    codes += [code for code in told if code is not None]
    known = len(files) - len(new) + told.count(None)
    if len(files) > 1 or known:
        output.note(_summary(codes.count(0), known, len(codes) - codes.count(0)))
    return max(codes, default=0)


def _check(name: str | None, files: Sequence[Input]) -> None:
    if name is not None:
        checked_id(name)
    if name is not None and len(files) > 1:
        raise OptionError("id", f"an id is for one recording, and there are {len(files)}; without it their paths are their ids")
    if name is None and any(file.path is None for file in files):
        raise OptionError("id", "standard input has no path that could be its id; say one")


def _metadata_of(pairs: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    keys = [key for key, _ in pairs]
    if repeated := [key for key in keys if keys.count(key) > 1]:
        raise OptionError("metadata", f"{repeated[0]} is given {len(repeated)} times; give it once")
    return dict(pairs)


def _add(catalogue: Catalogue, files: Sequence[Input], added: Mapping[str, str], arguments: Namespace) -> list[int | None]:
    """The exit code of each, None for what was known already; what has failed is named, what is on the disk is said to be."""
    codes: list[int | None] = []
    names = {arguments.id or file.word: file.name for file in files}
    with Progress("adding", len(files), lambda: len(codes), "files") as progress:

        def tell(outcome: Outcome) -> None:
            with progress.aside():
                codes.append(_tell(names[outcome.id], outcome, passing=arguments.id is None))

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


def _tell(name: str, outcome: Outcome, *, passing: bool) -> int | None:
    """The exit code; None where another command was faster, and what is there already is passed over."""
    if passing and isinstance(outcome.error, RecordingExists):
        return None
    if passing and isinstance(outcome.error, OptionError) and outcome.error.field == "id":  # a path that nobody typed as an id
        return failures.report(name, InputError(str(outcome.error)))
    if outcome.error is not None:
        return failures.report(name, outcome.error)
    if outcome.entry is not None:
        output.say(f"added {output.printable(outcome.id)} ({output.clock(outcome.entry.duration)})\n")
        if not outcome.entry.landmarks:
            output.note(f"auricle: {output.printable(name)}: it is silent or too short to be recognised.")
    return 0


def _summary(added: int, known: int, failed: int) -> str:
    counts = {"added": added, "known already": known, "failed": failed}
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count or what == "added") + "."
