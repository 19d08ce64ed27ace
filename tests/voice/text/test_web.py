"""Addresses: expectations by hand, as they are dictated over the telephone."""

from __future__ import annotations

import pytest

from tests.voice.text.spoken import spoken

AMERICAN = [
    ("https://example.com/a?b=1", "example dot com slash A question mark B equals one"),
    ("See https://example.com.", "See example dot com."),
    ("www.example.org/", "W W W dot example dot org"),
    ("example.co.uk", "example dot co dot uk"),
    ("github.com/foo-bar", "github dot com slash foo dash bar"),
    ("jane.doe@example.com", "jane dot doe at example dot com"),
    ("(me@foo.org)", "(me at foo dot org)"),
    ("report_final.pdf", "report underscore final dot P D F"),
    ("main.py", "main dot py"),
    ("/usr/local/bin", "slash usr slash local slash bin"),
    ("C:\\Users\\jane", "C colon backslash Users backslash jane"),
    ("#ThrowbackThursday", "hashtag Throwback Thursday"),
    ("@jane_doe", "at jane underscore doe"),
    ("http://localhost:8080/", "localhost colon eighty eighty"),
    ("and/or", "and or"),
    ("he said.She left", "he said. She left"),
]


@pytest.mark.parametrize(("text", "said"), AMERICAN)
def test_web_are_read_as_a_person_does(text: str, said: str) -> None:
    """Addresses, files, hashtags and handles are said sign by sign."""
    assert spoken(text) == said
