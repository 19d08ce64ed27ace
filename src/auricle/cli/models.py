"""`auricle models`: what there is, what is here, and whether it is undamaged."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Iterable, Sequence

from auricle import weights, wire
from auricle.cli import failures, output
from auricle.cli.parser import DEFAULT_MODEL
from auricle.errors import ModelError

__all__ = ["run"]


def run(arguments: Namespace) -> int:
    """List, pull or verify; gives the exit code."""
    if arguments.action == "list":
        return _list(as_json=arguments.json)
    for name in arguments.models:
        weights.find(name)  # a name that is wrong is found before a gigabyte is fetched for another
    return _each(arguments.models, _pull) if arguments.action == "pull" else _verify(arguments.models)


def _list(*, as_json: bool) -> int:
    shapes = [wire.model(entry, weights.status(entry.id), default=entry.id == DEFAULT_MODEL) for entry in weights.CATALOGUE.values()]
    output.say(json.dumps(shapes, indent=2) + "\n" if as_json else _table(shapes))
    return 0


def _table(shapes: Sequence[wire.WireModel]) -> str:
    rows = [("MODEL", "SIZE", "WHERE", "LICENCE", "DESCRIPTION"), *map(_row, shapes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)


def _row(shape: wire.WireModel) -> tuple[str, ...]:
    remarks = ["default"] if shape["default"] else []
    remarks += [f"also called {alias}" for alias in shape["aliases"]]
    described = shape["description"] + (f" ({', '.join(remarks)})" if remarks else "")
    return (shape["id"], output.human_size(shape["size_bytes"]), shape["source"], shape["licence"], described)


def _verify(names: Sequence[str]) -> int:
    present = names or [name for name in weights.CATALOGUE if weights.status(name).source != "absent"]
    if not present:
        output.note("no model is on this machine; `auricle models pull base` fetches one.")
    return _each(present, _hash)


def _each(names: Iterable[str], act: Callable[[str], str]) -> int:
    """Do it to every model, whatever became of the one before."""
    codes = [0]
    for name in names:
        try:
            output.say(f"{name}: {act(name)}\n")
        except ModelError as error:
            codes.append(failures.report(name, error))
    return max(codes)


def _pull(name: str) -> str:
    return str(weights.pull(name, lambda line: output.note(f"fetching {line}")))


def _hash(name: str) -> str:
    files = weights.verify(name)
    return f"{len(files)} files are intact ({output.human_size(sum(file.size or 0 for file in files))})."
