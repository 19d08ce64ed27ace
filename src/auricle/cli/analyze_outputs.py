"""What `auricle analyze` writes beside the report: where each picture, each recording with clicks and each tagged copy goes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from auricle.atomic import as_output_error
from auricle.cli.inputs import Input, passes
from auricle.cli.results import identity
from auricle.cli.trees import STANDARD, Found, Kind, placed, recordings
from auricle.codec import AudioProcessingConfig
from auricle.codec.formats import format_of
from auricle.errors import OptionError
from auricle.music.plot import KINDS, Plot
from auricle.music.tagging import Tagger

if TYPE_CHECKING:  # which brings numpy
    from auricle.music import MusicAnalysis

__all__ = ["Outputs", "check", "outputs_of"]

_PLOT = Kind("plot", lambda file: KINDS[0], lambda path: path.suffix.lower() in KINDS)
_CLICKS = recordings("clicks", AudioProcessingConfig())
_FILES = ("plot", "clicks", "tags")  # that are written for every recording


@dataclass(frozen=True, slots=True)
class Outputs:
    """What is written about one recording; None: that is not asked for."""

    plot: Plot | None = None
    clicks: Path | None = None
    tags: Path | None = None

    @property
    def names(self) -> list[str]:
        """The options that ask for it."""
        return [name for name in _FILES if getattr(self, name) is not None]

    def lacking(self, found: MusicAnalysis) -> Iterator[str]:
        """What copies lack, in sentences, as there is none in the recording; they are written all the same, so that none is missing."""
        if self.clicks is not None and found.rhythm and not found.rhythm.beats:
            yield "no beats were found, so its copy has no clicks."
        if self.tags is not None and (missing := list(_missing(found))):
            yield f"no {' or '.join(missing)} was found, so none is added to the tags of its copy."


def check(arguments: Namespace, parts: Collection[str]) -> None:
    """Refuse options that do not go together; ``parts`` are those that are analysed.

    Raises:
        OptionError: they do not.
    """
    if arguments.frames and not (arguments.json and "spectrum" in parts):
        raise OptionError("frames", "the figures of every frame are part of the spectrum, as JSON; add --json and include spectrum")
    if arguments.clicks is not None and "rhythm" not in parts:
        raise OptionError("clicks", "clicks fall on the beats; include rhythm")
    if arguments.tags is not None and not {"rhythm", "harmony"} & set(parts):
        raise OptionError("tags", "they hold tempo and key; include rhythm or harmony")
    if arguments.csv == STANDARD and arguments.json:
        raise OptionError("csv", "standard output is the JSON; name a file, or leave --json out")
    for option in _FILES:
        if getattr(arguments, option) == STANDARD:
            raise OptionError(option, "standard output is for what was found; name a file or a folder")
        if getattr(arguments, option) == "":
            raise OptionError(option, "an empty name means no file; name a file or a folder")


def outputs_of(arguments: Namespace, found: Found) -> list[Outputs]:
    """What is to be written about each recording.

    Raises:
        OptionError: it cannot be had of these recordings, or something would take the place of something else.
        OutputError: it cannot be written there.
        MissingDependency: what writes it is not installed.
    """
    _check_twice(arguments, found)
    plots, clicks, tags = (_paths(arguments, option, found) for option in _FILES)
    _check_copies(found, tags)
    _check_clicks(clicks)
    _check_apart(arguments, found, (plots, clicks, tags))
    _check_places(chain(clicks, tags))
    drawn = [path if path is None else Plot(path) for path in plots]
    return [Outputs(*those) for those in zip(drawn, clicks, tags, strict=True)]


def _check_twice(arguments: Namespace, found: Iterable[Input]) -> None:
    for option in ("clicks", "tags"):
        if getattr(arguments, option) is not None and any(passes(file.path) for file in found):
            raise OptionError(option, "for this the recordings are read again; name files, or leave it out")


def _missing(found: MusicAnalysis) -> Iterator[str]:
    """What tags would hold."""
    if found.rhythm and found.rhythm.tempo is None:
        yield "tempo"
    if found.harmony and found.harmony.key is None:
        yield "key"


def _paths(arguments: Namespace, option: str, found: Found) -> Sequence[Path | None]:
    """Where the results of one kind go, one for each recording."""
    out = getattr(arguments, option)
    if out is None:
        return [None] * len(found)
    return placed(arguments.files, found, out, {"plot": _PLOT, "clicks": _CLICKS, "tags": _copies(found)}[option])


def _copies(found: Iterable[Input]) -> Kind:
    """Copies, which have the suffixes of what is copied."""
    suffixes = {_suffix(file) for file in found}
    return Kind("tags", lambda file: file.path.suffix if file.path else "", lambda path: path.suffix.lower() in suffixes)


def _suffix(file: Input) -> str:
    return Path(file.file_name).suffix.lower()


def _check_copies(found: Iterable[Input], targets: Iterable[Path | None]) -> None:
    for file, target in zip(found, targets, strict=True):
        if target is not None and target.suffix.lower() != _suffix(file):
            raise OptionError(
                "tags", f"a copy has the format of its recording, so the name {target.name!r} has to end as {file.file_name!r} does"
            )
    if any(target is not None for target in targets):
        Tagger()


def _check_clicks(targets: Sequence[Path | None]) -> None:
    for target in targets:
        if target is not None:
            try:
                format_of(target, AudioProcessingConfig())
            except OptionError as error:
                raise OptionError(
                    "clicks", f"the name {target.name!r} does not say which format to write; end it with a known suffix", error.allowed
                ) from None


def _check_places(targets: Iterable[Path | None]) -> None:
    """Whether files could be written there, by writing one beside each, which has no name: the analysis before may take minutes."""
    for target in targets:
        if target is not None and not passes(target):
            with as_output_error(str(target)):
                TemporaryFile(dir=target.parent).close()


def _check_apart(arguments: Namespace, found: Iterable[Input], targets: Iterable[Sequence[Path | None]]) -> None:
    """Refuse what would take the place of a recording, or of something else that is written."""
    taken = {identity(file.path): "a recording that is analysed" for file in found if file.path is not None}
    for option, path in _written(arguments, targets):
        key = identity(path)
        if key in taken:
            raise OptionError(option, f"{str(path)!r} would take the place of {taken[key]}; name another file or folder")
        taken[key] = f"what --{option} writes"


def _written(arguments: Namespace, targets: Iterable[Sequence[Path | None]]) -> Iterator[tuple[str, Path]]:
    if arguments.csv not in (None, STANDARD):
        yield "csv", Path(arguments.csv)
    for option, paths in zip(_FILES, targets, strict=True):
        yield from ((option, path) for path in paths if path is not None)
