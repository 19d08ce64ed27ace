"""Our own API: options in the query or the form, the answer in any format, events as they are found."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from auricle import wire
from auricle.server.engine import Recognition
from auricle.speech.whisper import TranscribeOptions
from tests.server.conftest import HELLO, PlayedEngine, application

MEDIA_TYPES = {
    "json": "application/json",
    "text": "text/plain; charset=utf-8",
    "srt": "application/x-subrip",
    "vtt": "text/vtt; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "lrc": "application/x-lrc",
}


@pytest.mark.parametrize("name", wire.FORMATS)
def test_every_format(client: TestClient, name: str) -> None:
    """By its name in the query, by its name in the form, and by its media type: the same as the command line writes, in UTF-8."""
    answers = [
        client.post(f"/transcribe?format={name}", content=b"audio"),
        client.post("/transcribe", files={"file": b"audio"}, data={"format": name}),
        client.post("/transcribe", content=b"audio", headers={"accept": MEDIA_TYPES[name].partition(";")[0]}),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == MEDIA_TYPES[name]
        assert answer.content.decode() == wire.render(HELLO, name)


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        ("*/*", "json"),
        ("", "json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "json"),
        ("text/vtt", "vtt"),
        ("TEXT/VTT", "vtt"),
        ("text/vtt;charset=utf-8", "vtt"),
        ("image/png, text/plain", "text"),
        ("text/plain;q=0.5, application/x-subrip;q=0.9, */*;q=0.1", "srt"),
        ("text/plain, application/x-subrip", "text"),
        ("text/vtt;q=0", "json"),
        ("text/vtt;q=0.000, text/plain;q=0.001", "text"),
        ("text/vtt;q=nonsense", "json"),
        ("text/vtt;q=, ;;;,,=", "json"),
        ("text/vtt;q=" + "9" * 400, "vtt"),
        (", " * 10_000, "json"),
    ],
)
def test_what_is_accepted(client: TestClient, accept: str, name: str) -> None:
    """The best that we can give, JSON where none of it is; nonsense is passed over."""
    answer = client.post("/transcribe", content=b"audio", headers={"accept": accept})
    assert answer.headers["content-type"] == MEDIA_TYPES[name]


def test_accept_in_several_headers(client: TestClient) -> None:
    """Headers of one name are one list."""
    answer = client.post("/transcribe", content=b"audio", headers=[("accept", "image/png"), ("accept", "text/vtt")])
    assert answer.headers["content-type"] == MEDIA_TYPES["vtt"]


def test_a_format_that_is_named_goes_first(client: TestClient) -> None:
    """`Accept` is for whoever does not name one; events, too."""
    for accept in ("text/vtt", "text/event-stream"):
        answer = client.post("/transcribe?format=srt", content=b"audio", headers={"accept": accept})
        assert answer.headers["content-type"] == MEDIA_TYPES["srt"]


@pytest.mark.parametrize("fields", [{}, {"language": "de", "beam_size": "1", "vad": "false", "prompt": "Äh, 100 %?"}])
def test_options_in_the_query_are_those_in_the_form(client: TestClient, engine: PlayedEngine, fields: dict[str, str]) -> None:
    """And some may be here, some there."""
    client.post("/transcribe", content=b"audio", params=fields)
    client.post("/transcribe", files={"file": b"audio"}, data=fields)
    client.post("/transcribe", files={"file": b"audio"}, data=dict(list(fields.items())[:2]), params=dict(list(fields.items())[2:]))
    wanted = Recognition(TranscribeOptions(language="de", beam_size=1, prompt="Äh, 100 %?"), vad=False) if fields else Recognition()
    assert engine.heard == [(b"audio", wanted)] * 3


def events(text: str) -> list[tuple[str, Any]]:
    """Name and data of each, as a browser reads them."""
    assert text.endswith("\n\n")
    found = []
    for event in text.removesuffix("\n\n").split("\n\n"):
        name, data = event.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/transcribe?stream=true", {"content": b"audio"}),
        ("/transcribe?stream=true&format=json", {"content": b"audio"}),
        ("/transcribe", {"files": {"file": b"audio"}, "data": {"stream": "true"}}),
        ("/transcribe", {"content": b"audio", "headers": {"accept": "text/event-stream"}}),
    ],
)
def test_events(client: TestClient, path: str, given: dict[str, Any]) -> None:
    """Progress first, each segment as it is in the transcript, which comes last and is what would have been answered."""
    answer = client.post(path, **given)
    assert answer.status_code == 200
    whole = wire.transcript(HELLO)
    first, *segments, last = events(answer.text)
    assert first == ("progress", {"position": 0.0, "duration": 3.5})
    assert segments == [("segment", segment) for segment in whole["segments"]]
    assert last == ("transcript", whole)


def test_text_does_not_break_events() -> None:
    """Whatever is said, an event is two lines."""
    said = "One\nTwo\r\n\u2028Three\u0085\n\nevent: error\ndata: {}"
    segment = replace(HELLO.segments[0], text=said)
    with application(PlayedEngine(says=replace(HELLO, text=said, segments=(segment,)))) as client:
        found = events(client.post("/transcribe?stream=true", content=b"audio").content.decode())
    assert [name for name, _ in found] == ["progress", "segment", "transcript"]
    assert found[1][1]["text"] == found[2][1]["text"] == said


def test_silence() -> None:
    """A recording in which nobody speaks has an empty transcript in every format, not an error."""
    with application(PlayedEngine(says=replace(HELLO, text="", segments=()))) as client:
        for name in wire.FORMATS:
            assert client.post(f"/transcribe?format={name}", content=b"audio").status_code == 200
        assert client.post("/transcribe", content=b"audio").json()["segments"] == []
        assert [name for name, _ in events(client.post("/transcribe?stream=1", content=b"audio").text)] == ["progress", "transcript"]
