"""What tests share: the recordings, their reference texts, and a cache that is not the user's."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

RECORDINGS = Path(__file__).parent / "recordings"

# Before anything asks for a model: joined weights stay in the checkout and are made once.
os.environ.setdefault("AURICLE_CACHE", str(Path(__file__).parent.parent / ".cache"))

# What a test promises does not depend on how busy the machine is: neither an example nor the making of examples has a deadline.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@dataclass(frozen=True, slots=True)
class Reference:
    """A recording and what is said in it."""

    path: Path
    language: str
    text: str


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder with the shipped recordings."""
    return RECORDINGS


@pytest.fixture(scope="session")
def references() -> list[Reference]:
    """The shipped recordings with a reference text, one speaker and one language."""
    with (RECORDINGS / "manifest.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [
        Reference(RECORDINGS / row["file"], row["language"], row["reference"])
        for row in rows
        if row["reference"] and "+" not in row["language"] and "diarization" not in row["file"]
    ]
