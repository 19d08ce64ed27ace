"""Base64 as clients write it: decoded as the whole would be, in pieces of any size, or refused."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.errors import MalformedRequest
from auricle.server.base64_text import Base64Reader

SOME = base64.b64encode(b"some audio").decode()
cuts = st.lists(st.integers(0, 2**16), max_size=12) | st.just(range(2**12))


def pieces(body: bytes, cuts: Iterable[int]) -> list[bytes]:
    """The body, cut at these places."""
    places = [0, *sorted({cut % (len(body) + 1) for cut in cuts}), len(body)]
    return [body[a:b] for a, b in itertools.pairwise(places)]


def base64_reference(text: str) -> bytes:
    """A strict decoder for the text as a whole."""
    text = re.sub(r"(?i)\Adata:[^,]{0,200};base64,", "", re.sub(r"[\r\n]", "", text))
    bare = text.rstrip("=")
    if len(text) - len(bare) > -len(bare) % 4:
        raise ValueError
    return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)


@settings(max_examples=200, deadline=None)
@given(
    text=st.binary(max_size=40).map(lambda audio: base64.b64encode(audio).decode()),
    at=st.integers(0, 60),
    wrong=st.sampled_from(
        ["-", "_", " ", "é", "\t", "\\", "=", "==", "A", "\n", "!", ",", "data:,", "data:x;base64,", "DATA:;base64,", "\0"]
    ),
    cut=cuts,
)
def test_base64_is_strict(text: str, at: int, wrong: str, cut: Iterable[int]) -> None:
    """With something put in at any place: decoded as the whole would be, or refused; whichever, pieces make no difference."""
    text = text[:at] + wrong + text[at:]
    raw = json.dumps(text)[1:-1].encode()
    whole, cut_up = decoded([raw]), decoded(pieces(raw, cut))
    assert whole == cut_up
    try:
        assert whole == base64_reference(text)
    except ValueError:
        assert isinstance(whole, str)


def decoded(chunks: Iterable[bytes]) -> bytes | str:
    """The bytes, or the message."""
    reader = Base64Reader("audio_base64")
    try:
        return b"".join([reader.feed(chunk) for chunk in chunks]) + reader.finish()
    except MalformedRequest as error:
        return str(error)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SOME[:6] + "!" + SOME[6:], "character 7 of audio_base64 is '!', but base64 has A–Z"),
        (SOME[:6] + "\\n\\n-" + SOME[6:], "character 7 of audio_base64 is '-', but that is URL-safe base64; send the standard alphabet"),
        (SOME[:6] + "é", "character 7 of audio_base64 is the byte 0xc3"),
        ("data:audio/wav;base64,AAAA AAAA", "character 5 of audio_base64 is ' '"),
        ("AAAA=AAA", "character 5 of audio_base64 is '='"),
        ("AAAAA", "not whole base64: it ends after 5 characters, with 0 of padding"),
        ("AAA==", "not whole base64: it ends after 3 characters, with 2 of padding"),
        ("AA" + "=" * 1000, "not whole base64"),
    ],
)
def test_what_is_wrong_with_base64(text: str, message: str) -> None:
    """The message says which character is wrong, counted without line breaks, and what base64 is."""
    assert message in str(decoded([text.encode()]))
    assert message in str(decoded(pieces(text.encode(), range(9))))
