"""The catalogue that a command is about, and what its recordings are called."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from auricle.errors import OptionError
from auricle.identification.catalogue import Catalogue
from auricle.identification.results import Entry

__all__ = ["VARIABLE", "directory", "opened", "title"]

VARIABLE = "AURICLE_CATALOGUE"


def directory(arguments: Namespace) -> Path:
    """What ``--catalogue`` names, or else the variable.

    Raises:
        OptionError: neither names one.
    """
    word = arguments.catalogue or os.environ.get(VARIABLE)
    if not word:
        raise OptionError("catalogue", f"name the catalogue's directory here, or in the variable {VARIABLE}")
    return Path(word)


def opened(arguments: Namespace, *, create: bool = False, readonly: bool = False) -> Catalogue:
    """The catalogue in that `directory`; the caller closes it.

    Raises:
        OptionError: none is named.
        CatalogueError: there is none, or it cannot be used; see the subclasses.
        OutputError: its directory could not be made.
    """
    return Catalogue.open(directory(arguments), create=create, readonly=readonly)


def title(known: Entry) -> str:
    """``artist – title``, as far as they are known; without a title the id."""
    name = known.metadata.get("title", "").strip()
    artist = known.metadata.get("artist", "").strip()
    return f"{artist} – {name}" if artist and name else name or known.id
