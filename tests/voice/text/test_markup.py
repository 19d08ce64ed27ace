"""A text without markup: every character stands for itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.voice.text.markup import Run, plain


@given(st.text(max_size=30), st.slices(30))
def test_plain(text: str, part: slice) -> None:
    """One run, whose spans, whole or in part, are those of its characters in their places."""
    (run,) = plain(text)
    assert isinstance(run, Run)
    assert run.text == text
    spans = [(place, place + 1) for place in range(len(text))]
    assert list(run.spans) == spans
    assert list(run.spans[part]) == spans[part]
    assert run.spans == spans


def test_there_is_nothing_beyond_it() -> None:
    """As in any sequence."""
    (run,) = plain("abc")
    assert isinstance(run, Run)
    assert run.spans[-1] == (2, 3)
    with pytest.raises(IndexError):
        run.spans[3]
