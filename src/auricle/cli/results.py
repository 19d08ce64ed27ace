"""Where results go: a file for each input, none of which takes the place of another."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from auricle.cli.inputs import Input

__all__ = ["identity", "result_paths"]


def result_paths(files: Sequence[Input], folder: Path, suffix: str) -> list[Path]:
    """A path in ``folder`` for each of ``files``: its stem with ``suffix``, or its whole name where stems are the same.

    Where even names are the same (of two folders) they are numbered. No path is that of an input. Names that differ only
    in case count as the same, for some file systems see no difference.
    """
    stems = Counter(_stem(file).casefold() for file in files)
    taken = {identity(file.path) for file in files if file.path is not None}
    paths: list[Path] = []
    for file in files:
        base = file.file_name if stems[_stem(file).casefold()] > 1 else _stem(file)
        paths.append(_free(folder, base, suffix, taken))
    return paths


def _stem(file: Input) -> str:
    return Path(file.file_name).stem


def _free(folder: Path, base: str, suffix: str, taken: set[str]) -> Path:
    """The first path that is not ``taken``, which it then is."""
    number, path = 1, folder / f"{base}{suffix}"
    while (key := identity(path)) in taken:
        number += 1
        path = folder / f"{base} ({number}){suffix}"
    taken.add(key)
    return path


def identity(path: Path) -> str:
    """The same for all names of one file."""
    return os.path.realpath(path).casefold()  # which, unlike Path.resolve, takes a link that leads in a circle as it is
