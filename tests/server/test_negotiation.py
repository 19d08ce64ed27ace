"""What a client likes best of what there is."""

from __future__ import annotations

import pytest

from auricle.server.negotiation import preferred


@pytest.mark.parametrize(
    ("header", "best"),
    [
        ("", None),
        ("*/*", None),
        ("audio/flac", "audio/flac"),
        ("text/html, Audio/FLAC;q=0.3, audio/wav;q=0.7", "audio/wav"),
        ("audio/wav, audio/flac", "audio/wav"),
        ("audio/flac;q=0", None),
        ("audio/flac;q=high", None),
    ],
)
def test_preferred(header: str, best: str | None) -> None:
    """The highest quality, the first of equals, and nothing where nothing that is offered is named."""
    assert preferred(header, ("audio/wav", "audio/flac")) == best
