"""A recording in a JSON object: the same as `json` and `base64` make of the whole, in pieces of any size."""

from __future__ import annotations

import base64
import itertools
import json
import re
import tracemalloc
from collections.abc import Iterable
from typing import NoReturn

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auricle.errors import MalformedRequest, OptionError, TooManyBytes
from auricle.server.json_audio import JsonReader

KEY = "audio_base64"
SOME = base64.b64encode(b"some audio").decode()


def pieces(body: bytes, cuts: Iterable[int]) -> list[bytes]:
    """The body, cut at these places."""
    places = [0, *sorted({cut % (len(body) + 1) for cut in cuts}), len(body)]
    return [body[a:b] for a, b in itertools.pairwise(places)]


def read(*chunks: bytes, limit: int = 10_000) -> tuple[bytes | None, dict[str, object]]:
    """The recording and the other keys."""
    reader = JsonReader(KEY, limit)
    audio = b"".join([reader.feed(chunk) for chunk in chunks])
    fields = reader.finish()
    return (audio if reader.found else None), fields


def reference(body: bytes) -> tuple[bytes | None, dict[str, object]]:
    """What `read` should give, from the whole body."""
    objects: list[list[tuple[str, object]]] = []

    def note(pairs: list[tuple[str, object]]) -> dict[str, object]:
        objects.append(pairs)
        return dict(pairs)

    fields = json.loads(body.decode(), object_pairs_hook=note, parse_constant=refuse)
    if not isinstance(fields, dict) or [name for name, _ in objects[-1]].count(KEY) > 1:
        raise ValueError
    text = fields.pop(KEY, None)
    if text is None:
        return None, fields
    if not isinstance(text, str):
        raise OptionError(KEY, "wrong type")
    return base64_reference(text), fields


def refuse(word: str) -> NoReturn:
    """As strict as the standard."""
    raise ValueError(word)


def base64_reference(text: str) -> bytes:
    """A strict decoder for the text as a whole."""
    text = re.sub(r"(?i)\Adata:[^,]{0,200};base64,", "", re.sub(r"[\r\n]", "", text))
    bare = text.rstrip("=")
    if len(text) - len(bare) > -len(bare) % 4:
        raise ValueError
    return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)


def escaped(text: str, how: str) -> str:
    """Base64 as JSON string, as clients of several kinds write it."""
    match how:
        case "php":
            return json.dumps(text).replace("/", "\\/")
        case "mime":
            return json.dumps("\r\n".join(re.findall(".{1,76}", text)) + "\n")
        case "wild":
            return '"' + "".join(f"\\u{ord(char):04X}" for char in text) + '"'
        case "bare":
            return json.dumps(text.rstrip("="))
        case "url":
            return json.dumps("data:audio/webm;codecs=opus;base64," + text).replace("/", "\\/")
        case _:
            return json.dumps(text)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.just(KEY), inner, max_size=3),
    max_leaves=8,
)
# Nested objects with our key, strings that look like it, and much else.
tricky = (
    st.sampled_from([f'"{KEY}": "{SOME}"', f'{{"{KEY}": "{SOME}"}}', KEY, '\\"', "\\", {KEY: SOME}, [{KEY: 1}], f'", "{KEY}": "']) | values
)
cuts = st.lists(st.integers(0, 2**16), max_size=12) | st.just(range(2**12))


@settings(max_examples=150, deadline=None)
@given(
    fields=st.dictionaries(st.text().filter(lambda name: name != KEY), tricky, max_size=5),
    at=st.integers(0, 5),
    audio=st.none() | st.binary(max_size=300),
    how=st.sampled_from(["plain", "php", "mime", "wild", "bare", "url"]),
    key=st.sampled_from([f'"{KEY}"', '"\\u0061udio\\u005Fbase64"']),
    ascii_only=st.booleans(),
    space=st.text(" \t\r\n", max_size=3),
    cut=cuts,
)
def test_any_body_in_any_pieces(
    *, fields: dict[str, object], at: int, audio: bytes | None, how: str, key: str, ascii_only: bool, space: str, cut: Iterable[int]
) -> None:
    """Any keys in any order, escapes and white space, in pieces of any size: the same as of the whole."""
    members = [f"{json.dumps(name)}{space}:{space}{json.dumps(value, ensure_ascii=ascii_only)}" for name, value in fields.items()]
    members.insert(at, key + space + ":" + space + ("null" if audio is None else escaped(base64.b64encode(audio).decode(), how)))
    body = (space + "{" + space + f"{space},{space}".join(members) + space + "}" + space).encode(errors="replace")
    got = read(*pieces(body, cut))
    assert got == reference(body)
    assert got[0] == audio


tokens = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    " ",
    "\n",
    f'"{KEY}"',
    f'"{SOME}"',
    '"a"',
    '"',
    "\\",
    "1",
    "-",
    "null",
    "NaN",
    "é",
    "=",
    "\\/",
    '""',
    KEY,
]
bodies = st.lists(st.sampled_from(tokens), max_size=14).map("".join) | st.lists(
    st.sampled_from(
        [f'"{KEY}":"{SOME}"', f'"{KEY}":null', f'"{KEY}":[1]', '"a":{"b":[]}', '"a":"\\\\\\""', f'"b":{{"{KEY}":"x"}}', '"c":"']
    )
).map(lambda members: "{" + ",".join(members) + "}")


@settings(max_examples=300, deadline=None)
@given(body=bodies.map(str.encode), cut=cuts)
@example(body=b"", cut=())
@example(body=f'{{"{KEY}" "{KEY}":"{SOME}"}}'.encode(), cut=())
@example(body=f'{{"a":["{KEY}":"{SOME}"}}'.encode(), cut=())
@example(body=f'{{"{KEY}":"{SOME}\\""}}'.encode(), cut=(29,))
def test_it_refuses_what_json_refuses(body: bytes, cut: Iterable[int]) -> None:
    """Any heap of tokens: the same result as of the whole, or one of our errors where that is none."""
    try:
        expected = reference(body)
    except ValueError as error:
        kind = OptionError if isinstance(error, OptionError) else MalformedRequest
        with pytest.raises(kind):
            read(*pieces(body, cut))
    else:
        assert read(*pieces(body, cut)) == expected


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "valid JSON .expecting value at byte 0"),
        (f'["{KEY}", "{SOME}"]', "not a JSON object"),
        (f'\ufeff{{"{KEY}": "{SOME}"}}', "byte order mark"),
        (f'{{"{KEY}": "{SOME}"', "valid JSON .* at byte 35"),
        (f'{{"{KEY}": "{SOME}", "a": x}}', "expecting value at byte 42"),
        (f'{{"ä": x, "{KEY}": "{SOME}"}}', "expecting value at byte 7"),
        (f'{{"{KEY}": "{SOME[:5]}', f"ends in the middle of {KEY}"),
        (f'{{"{KEY}": "{SOME}"}} {{}}', "extra data at byte 37"),
        (f'{{"{KEY}": "{SOME}", "{KEY}": "{SOME}"}}', "twice"),
        (f'{{"{KEY}": null, "{KEY}": "{SOME}"}}', "twice"),
        ('{"temperature": NaN}', "NaN is not a number in JSON"),
        ('{"temperature": -Infinity}', "-Infinity is not a number in JSON"),
        ('{"temperature": ' + "9" * 5000 + "}", "valid JSON .*digits"),
        ('{"a": ' + "[" * 100_000, "deeper than 64 levels"),
        ('{"a":' * 100_000, "deeper than 64 levels"),
        ('{"a": [' + '"",' * 50_000, "more than 10000 strings and brackets"),
        (f'{{"{KEY}": "data:audio/wav,{SOME}"}}', "data URL .* does not say base64"),
        (f'{{"{KEY}": "AAAA\\x"}}', r"character 5 of audio_base64 is '\\\\'"),
    ],
)
def test_malformed(body: str, message: str) -> None:
    """Each way to be wrong has one sentence that says what."""
    for chunks in ([body.encode()], pieces(body.encode(), range(500))):
        with pytest.raises(MalformedRequest, match=message) as caught:
            read(*chunks)
        assert str(caught.value).endswith(".")


def test_bytes_that_are_no_text() -> None:
    """JSON is UTF-8; other bytes are named by their place."""
    with pytest.raises(MalformedRequest, match=r"not UTF-8 at byte 42"):
        read(f'{{"{KEY}": "{SOME}", "a":"'.encode() + b'\xff"}')


@pytest.mark.parametrize("value", ["1", "true", "[]", f'{{"{KEY}": "{SOME}"}}', f'["{SOME}"]', "0"])
def test_a_recording_that_is_no_string(value: str) -> None:
    """The message names the field and what it takes."""
    with pytest.raises(OptionError, match="give a base64 string") as caught:
        read(f'{{"{KEY}": {value}}}'.encode())
    assert caught.value.field == KEY


def test_none_is_not_empty() -> None:
    """Null and a missing key are no recording; an empty string is one."""
    assert read(b'{"%b": null, "a": 1}' % KEY.encode()) == (None, {"a": 1})
    assert read(b'{"a": 1}') == (None, {"a": 1})
    assert read(b'{"%b": ""}' % KEY.encode()) == (b"", {})


def test_too_much_beside_the_recording() -> None:
    """The recording may be long, everything else may not, before, behind, or instead of it."""
    long = base64.b64encode(bytes(10_000))
    assert read(b'{"%b": "%b"}' % (KEY.encode(), long), limit=1000)[0] == bytes(10_000)
    for body in (b'{"a": "%b", "%b": ""}', b'{"a": "", "%.0b%b": "%.0b", "b": "%b"}', b'{"a": "%b', b" %b"):
        with pytest.raises((TooManyBytes, MalformedRequest)):
            read(body.replace(b"%b", long), limit=1000)
    with pytest.raises(TooManyBytes, match=f"more than 1000 bytes beside {KEY}"):
        read(b'{"%b": "", "prompt": "%b"}' % (KEY.encode(), long), limit=1000)


def test_memory_does_not_grow() -> None:
    """Neither the text nor the recording is kept."""
    reader, chunk, count = JsonReader(KEY, 1000), base64.b64encode(bytes(48 * 1024)), 200
    reader.feed(b'{"%b": "' % KEY.encode())
    tracemalloc.start()
    size = sum(len(reader.feed(chunk)) for _ in range(count))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == count * 48 * 1024
    assert peak < 400_000


def test_line_breaks_of_a_shell() -> None:
    """``"$(base64 recording.wav)"`` puts line breaks into the JSON as they are, which JSON forbids and we let pass here."""
    audio = bytes(range(256)) * 4
    body = b'{"%b": "%b"}' % (KEY.encode(), base64.encodebytes(audio))
    assert read(*pieces(body, range(0, 2000, 7))) == (audio, {})
