"""The catalogue that a command is about."""

from __future__ import annotations

import pytest

from auricle.cli.known import title
from auricle.identification.results import Entry


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"title": "Song", "artist": "Somebody"}, "Somebody – Song"),
        ({"title": "Song"}, "Song"),
        ({"title": "Song", "artist": " "}, "Song"),
        ({"artist": "Somebody"}, "a.mp3"),
        ({"title": "", "artist": "Somebody"}, "a.mp3"),
        ({}, "a.mp3"),
    ],
)
def test_titles(metadata: dict[str, str], expected: str) -> None:
    """Who plays what, as far as that is known; without a title the id."""
    assert title(Entry("a.mp3", 1.0, metadata)) == expected
