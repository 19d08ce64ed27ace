"""A recording in a form: what common clients send is understood, in pieces of any size."""

from __future__ import annotations

import email.encoders
import email.mime.application
import email.mime.multipart
import email.mime.text
import email.policy
import itertools
from collections.abc import Iterable

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.errors import AuricleError, MalformedRequest, OptionError, TooManyBytes, UnsupportedFormat
from auricle.server.multipart import FormReader

TYPE = "multipart/form-data; boundary=XX"


def pieces(body: bytes, cuts: Iterable[int]) -> list[bytes]:
    """The body, cut at these places."""
    places = [0, *sorted({cut % (len(body) + 1) for cut in cuts}), len(body)]
    return [body[a:b] for a, b in itertools.pairwise(places)]


def read(chunks: Iterable[bytes], content_type: str = TYPE, limit: int = 10_000) -> tuple[bytes | None, dict[str, list[str]]]:
    """The recording and the other fields."""
    reader = FormReader(content_type, "file", limit)
    audio = b"".join([bytes(piece) for chunk in chunks for piece in reader.feed(chunk)])
    fields = reader.finish()
    return (audio if reader.found else None), fields


def form(*parts: str | bytes, end: bytes = b"--XX--\r\n") -> bytes:
    """A form of parts that are written out, headers and all."""
    written = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"".join(b"--XX\r\n" + part.replace(b"\n", b"\r\n") + b"\r\n" for part in written) + end


def field(name: str, value: str = "x", more: str = "") -> str:
    """One part."""
    return f'Content-Disposition: form-data; name="{name}"{more}\n\n{value}'


names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(
    lambda name: name != "file" and "\\" not in name
)
texts = st.text(max_size=20).filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text))
cuts = st.lists(st.integers(0, 2**16), max_size=12) | st.just(range(2**12))


@settings(max_examples=150, deadline=None)
@given(
    fields=st.dictionaries(names, st.lists(texts, min_size=1, max_size=3), max_size=4),
    audio=st.binary(max_size=300)
    | st.lists(st.sampled_from([b"\r\n--XX", b"--XX--", b"\r", b"\n", b"-", b"\r\n--XX\r\r\n", b"a"])).map(b"".join),
    file_name=st.text(min_size=1, max_size=10),
    cut=cuts,
)
def test_what_httpx_sends(*, fields: dict[str, list[str]], audio: bytes, file_name: str, cut: Iterable[int]) -> None:
    """Any fields, any bytes, any file name, in pieces of any size."""
    name = file_name.encode(errors="replace").decode()
    request = httpx.Request("POST", "http://a", data=fields, files={"file": (name, audio, "audio/wav")})
    # httpx writes a quote in a name as browsers do
    assert read(pieces(request.read(), cut), request.headers["content-type"], 100_000) == (
        audio,
        {name.replace('"', "%22"): values for name, values in fields.items()},
    )


@given(cut=cuts)
@settings(max_examples=20, deadline=None)
def test_what_email_writes(cut: Iterable[int]) -> None:
    """Python's own encoder folds headers differently, and adds some."""
    message = email.mime.multipart.MIMEMultipart("form-data", boundary="a b:c")
    recording = email.mime.application.MIMEApplication(b"RIFF...", _encoder=email.encoders.encode_noop)
    recording.add_header("Content-Disposition", "form-data", name="file", filename="../../etc/passwd")
    text = email.mime.text.MIMEText("de", _charset="us-ascii")
    text.add_header("Content-Disposition", "form-data", name="language")
    message.attach(text)
    message.attach(recording)
    head, _, body = message.as_bytes(policy=email.policy.HTTP).partition(b"\r\n\r\n")
    assert b"boundary" in head
    assert read(pieces(body, cut), 'multipart/form-data; boundary="a b:c"') == (b"RIFF...", {"language": ["de"]})


@given(cut=cuts)
@settings(max_examples=50, deadline=None)
def test_a_recording_full_of_boundaries(cut: Iterable[int]) -> None:
    """What nearly is a boundary is the recording's own."""
    audio = b"\r\n--X\r\n--XY\r\n-\r\n\r\n--X--\r\n--XX-\r\n--XX\rx--XX\r\n" * 5
    body = form(field("a"), end=b'--XX\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + audio + b"\r\n--XX--")
    assert read(pieces(body, cut)) == (audio, {"a": ["x"]})


def test_several_values() -> None:
    """Names that come again, and names in brackets, keep their values in order; names stay as they were written."""
    body = form(field("a", "1"), field("b[]", "2"), field("a", "3"), field("b[]", "4"), field("b[]", ""))
    assert read([body]) == (None, {"a": ["1", "3"], "b[]": ["2", "4", ""]})


def test_a_recording_needs_no_file_name() -> None:
    """A part called "file" is the recording though it looks like a field; an empty part is an empty recording."""
    assert read([form(field("file", "RIFF"))]) == (b"RIFF", {})
    assert read([form(field("file", ""))]) == (b"", {})
    assert read([form(field("file", "RIFF", "; filename*=UTF-8''%e2%82%ac"))]) == (b"RIFF", {})
    assert read([form(field("file", "RIFF").lower().replace("riff", "RIFF").replace(": ", ":"))]) == (b"RIFF", {})


def test_a_form_without_parts() -> None:
    """It is a form all the same, and what comes behind its end is not looked at."""
    assert read([b"--XX--"]) == (None, {})
    assert read([form(field("a")), b"epilogue"]) == (None, {"a": ["x"]})


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", "", "multipart/form-data; boundary=" + "x" * 300]
)
def test_no_boundary(content_type: str) -> None:
    """Who sets the Content-Type by hand forgets it."""
    with pytest.raises(MalformedRequest, match="names no boundary"):
        FormReader(content_type, "file", 1000)


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        (b"", MalformedRequest, "lacks its closing boundary"),
        (form(field("file"), end=b""), MalformedRequest, "lacks its closing boundary"),
        (form(field("file"), end=b"--XX-"), MalformedRequest, "lacks its closing boundary"),
        (b'{"audio_base64": ""}', MalformedRequest, "broken at byte 0"),
        (b"--XY\r\n", MalformedRequest, "broken at byte 3"),
        (form("Content Disposition: form-data\n\nx"), MalformedRequest, "broken at byte 13"),
        (form("".join(f"X-{number}: y\n" for number in range(1000)) + field("a")), MalformedRequest, "broken at byte"),
        (form(f"X: {'y' * 9000}\n{field('a')}"), MalformedRequest, "broken at byte"),
        (form(f"{'X' * 9000}: y\n{field('a')}"), MalformedRequest, "broken at byte"),
        (form("\nx"), MalformedRequest, "has no name"),
        (form("Content-Disposition: form-data\n\nx"), MalformedRequest, "has no name"),
        (form(field("").encode()), MalformedRequest, "has no name"),
        (form(b'Content-Disposition: form-data; name="\xff"\n\nx'), MalformedRequest, "has no name in UTF-8"),
        (form(field("prompt").encode() + b"\xff"), MalformedRequest, "field 'prompt' is not text in UTF-8"),
        (form(*[field("a")] * 65), MalformedRequest, "more than 64 parts"),
        (form(field("file"), field("file")), OptionError, "several recordings in 'file'; send one"),
        (form(field("audio", "RIFF", '; filename="a.wav"')), OptionError, "a file in the field 'audio'; send the recording as 'file'"),
        (form(field("a", "x" * 10_000)), TooManyBytes, "more than 10000 bytes beside the recording, which is the part 'file'"),
        (form(*[field("a" * 500)] * 30), TooManyBytes, "more than 10000 bytes beside the recording"),
        (form(field("file")) + b"-" * 10_000, TooManyBytes, "more than 10000 bytes"),
        (b"\r\n" * 6000 + form(field("file")), TooManyBytes, "more than 10000 bytes"),
        (
            form("Content-Transfer-Encoding: Base64\n" + field("file", "AAAA")),
            UnsupportedFormat,
            "part 'file' has a Content-Transfer-Encoding",
        ),
    ],
)
def test_refused(body: bytes, error: type[AuricleError], message: str) -> None:
    """Each way to be wrong has one sentence that says what, in pieces of any size."""
    for chunks in ([body], pieces(body, range(len(body)))):
        with pytest.raises(error, match=message) as caught:
            read(chunks)
        assert str(caught.value).endswith(".")


def test_transfer_encodings_that_encode_nothing() -> None:
    """Some libraries state them."""
    for encoding in ("binary", "8BIT", "7bit "):
        assert read([form(f"Content-Transfer-Encoding: {encoding}\n{field('file')}")]) == (b"x", {})


def test_a_long_name_is_not_repeated_whole() -> None:
    """A message stays short whatever is in the request."""
    with pytest.raises(OptionError) as caught:
        read([form(field("a" * 3000, more='; filename="a"'))])
    assert len(str(caught.value)) < 200
