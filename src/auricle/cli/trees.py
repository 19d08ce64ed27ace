"""Recordings in, recordings out: where each result goes, with the folders of what was searched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from auricle.atomic import as_output_error
from auricle.cli.inputs import Input, expand
from auricle.cli.results import result_paths
from auricle.codec import AudioProcessingConfig
from auricle.codec.formats import format_of
from auricle.errors import InputError, OptionError

__all__ = ["STANDARD", "Errand", "Found", "Kind", "Missing", "errands", "placed", "recordings", "search"]

STANDARD = "-"
_SUFFIXES = {"alac": ".m4a", "vorbis": ".ogg"}  # of formats that have another one than their name
_OTHERWISE = ".wav"

Errand = tuple[Input, Path | None]  # a recording, and the file for it; None is standard output
Found = dict[Input, Path]
Missing = list[tuple[str, InputError]]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is written of every recording.

    Attributes:
        option: the field that says where, for messages.
        suffix: that of a recording's result in a folder.
        named: whether a path is named like a result, and so not like a folder.
    """

    option: str
    suffix: Callable[[Input], str]
    named: Callable[[Path], bool]


def errands(words: Sequence[str], out: str, config: AudioProcessingConfig) -> tuple[list[Errand], Missing]:
    """Every recording that ``words`` mean, and where it goes; and for words that mean none, why.

    OUT is a file for one recording; for several, or what is found in a folder, it is a folder, in which each has its place and name.
    There a result takes the place of no input and of no other result, and has the format of its input unless ``config`` names one.

    Raises:
        OptionError: standard output or a file is to hold several, or the name of a file does not say its format.
        OutputError: a folder cannot be made.
    """
    found, missing = search(words)
    if not found:
        return [], missing
    if out == STANDARD:
        if len(found) > 1:
            raise OptionError("output", "standard output holds one recording; name a folder")
        return [(file, None) for file in found], missing
    targets = placed(words, found, out, recordings("output", config))
    if targets == [Path(out)]:
        format_of(Path(out), config)
    return list(zip(found, targets, strict=True)), missing


def search(words: Sequence[str]) -> tuple[Found, Missing]:
    """Every recording that ``words`` mean, with the folder, seen from the one that was searched, that it is in."""
    found: Found = {}
    missing: Missing = []
    for word in words:
        files, unfound = expand([word])
        missing += unfound
        for file in files:
            found.setdefault(file, _place(file, Path(word)))
    return found, missing


def placed(words: Sequence[str], found: Found, out: str, kind: Kind) -> list[Path]:
    """Where the result of each recording goes: OUT is a file or a folder, as for `errands`.

    Raises:
        OptionError: a file is to hold several.
        OutputError: a folder cannot be made.
    """
    if not _is_folder(words, out, found):
        return [Path(out)]
    if not out.endswith(("/", "\\")) and not Path(out).is_dir() and kind.named(Path(out)):
        raise OptionError(kind.option, f"several recordings need a folder, and {out!r} is the name of a single file; name a folder")
    return _in_folder(found, Path(out), kind)


def recordings(option: str, config: AudioProcessingConfig) -> Kind:
    """Results that are recordings, each in the format of its input, if that can be written, unless ``config`` names one."""
    return Kind(option, lambda file: _suffix(file, config), _says_format)


def _place(file: Input, root: Path) -> Path:
    inside = file.path is not None and root.is_dir() and file.path != root
    return file.path.parent.relative_to(root) if inside and file.path is not None else Path()


def _is_folder(words: Sequence[str], out: str, found: Iterable[Input]) -> bool:
    searched = any(file.path is not None and file.path != Path(words[0]) for file in found)
    return len(words) > 1 or searched or out.endswith(("/", "\\")) or Path(out).is_dir()


def _in_folder(found: Found, out: Path, kind: Kind) -> list[Path]:
    groups: dict[tuple[Path, str], list[Input]] = {}
    for file, place in found.items():
        groups.setdefault((out / place, kind.suffix(file)), []).append(file)
    targets: dict[Input, Path] = {}
    for (folder, suffix), files in groups.items():
        with as_output_error(str(folder)):
            folder.mkdir(parents=True, exist_ok=True)
        targets |= zip(files, result_paths(files, folder, suffix), strict=True)
    return [targets[file] for file in found]


def _suffix(file: Input, config: AudioProcessingConfig) -> str:
    if config.output_format is not None:
        return _SUFFIXES.get(config.output_format, f".{config.output_format}")
    suffix = Path(file.file_name).suffix.lower()
    return suffix if _says_format(Path(f"a{suffix}")) else _OTHERWISE


def _says_format(path: Path) -> bool:
    try:
        format_of(path, AudioProcessingConfig())
    except OptionError:
        return False
    return True
