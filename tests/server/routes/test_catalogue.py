"""The catalogue over HTTP: recordings of any name come, are listed, and go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from auricle.codec import AudioProcessingConfig
from auricle.errors import CorruptAudio
from auricle.server import examples
from auricle.server.identifying import Adding
from tests.server.asgi import visit
from tests.server.conftest import PlayedEngine, application

ENTRY = examples.ENTRY


@pytest.fixture
def client(engine: PlayedEngine) -> Iterator[TestClient]:
    """A client of an application with a catalogue."""
    with application(engine, catalogue="recordings") as client:
        yield client


@pytest.mark.parametrize(
    "name",
    [
        "song",
        "a/b.ogg",
        "/srv/music/a.ogg",
        "../a.ogg",
        "Ünïcode 音楽 🎵",
        "what?",
        "a#b",
        "100%",
        "a+b c",
        "trailing/",
        "//",
        ";;",
        "duplicates",
    ],
)
def test_any_name_will_do(client: TestClient, engine: PlayedEngine, name: str) -> None:
    """Written as URLs have it, each is the name of one recording, and of no other route."""
    place = f"/catalogue/{quote(name, safe='')}"
    assert client.post(place, content=b"audio").json()["id"] == name
    assert client.get(place).json()["id"] == name
    assert name in engine.identifier.kept
    assert client.delete(place).status_code == 204
    assert client.get(place).status_code == 404


def test_an_addition(client: TestClient, engine: PlayedEngine) -> None:
    """Of a body or a form, options in either; metadata is the recording's own unless it is given."""
    answers = [
        client.post("/catalogue/a", content=b"audio"),
        client.post("/catalogue/b", data={"metadata": '{"title": "T", "artist": "Ä"}', "salvage": "true"}, files={"file": b"audio"}),
        client.post("/catalogue/c", params={"metadata": "{}"}, content=b"audio"),
        client.post("/catalogue/a?replace=true&input_format=pcm&bit_depth=16&sample_rate=8000&channels=1", content=b"audio"),
    ]
    assert [answer.status_code for answer in answers] == [201] * 4
    assert answers[1].json() == {"id": "b", "duration": 61.459, "added": 1_763_856_000.0, "metadata": {"title": "T", "artist": "Ä"}}
    assert [wanted for _, wanted in engine.identifier.heard] == [
        Adding("a"),
        Adding("b", {"title": "T", "artist": "Ä"}, salvage=True),
        Adding("c", {}),
        Adding("a", replace=True, config=AudioProcessingConfig(input_format="pcm", sample_rate=8000, channels=1, bit_depth=16)),
    ]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"metadata": "title"}, "metadata"),
        ({"metadata": "[1]"}, "metadata"),
        ({"metadata": '{"title": 3}'}, "metadata"),
        ({"metadata": "[" * 20_000}, "metadata"),
        ({"metadata": '{"title": "\\ud800"}'}, "metadata"),
        ({"replace": "perhaps"}, "replace"),
        ({"title": "T"}, "title"),
    ],
)
def test_what_cannot_be_kept(client: TestClient, engine: PlayedEngine, query: dict[str, str], field: str) -> None:
    """It is said before the recording comes, wherever the option stands."""
    at_once, later = (
        client.post("/catalogue/a", params=query, content=b""),
        client.post("/catalogue/a", data=query, files={"file": b"audio"}),
    )
    assert (at_once.status_code, at_once.json()["field"]) == (422, field)
    assert later.status_code == 422
    assert "a" not in engine.identifier.kept


@pytest.mark.parametrize("name", ["", "a\u2028b", "a\nb", "a\n", "\r\n", "x" * 4097])
def test_what_is_no_name(client: TestClient, engine: PlayedEngine, name: str) -> None:
    """It is refused, and not to be found."""
    place = f"/catalogue/{quote(name, safe='')}"
    assert client.post(place, content=b"audio").json()["field"] == "id"
    assert client.get(place).status_code == 404
    assert engine.identifier.heard == []


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_name_that_is_no_text(client: TestClient, engine: PlayedEngine, method: str) -> None:
    """Bytes that are no UTF-8 are refused, for all of them would be the same name; the character that stands for them is one like any."""
    answer = client.request(method, "/catalogue/a%FF", content=b"audio")
    assert (answer.status_code, answer.json()["field"]) == (422, "id")
    assert engine.identifier.heard == []
    assert client.post(f"/catalogue/{quote(chr(0xFFFD))}", content=b"audio").status_code == 201


def test_a_name_that_is_taken(client: TestClient, engine: PlayedEngine) -> None:
    """It is said before the recording comes; what was there stays."""
    place = f"/catalogue/{quote(ENTRY.id)}"
    answer = visit(client.app, f"/catalogue/{ENTRY.id}", b"audio")
    assert answer.status == 409
    assert b"replace=true" in answer.body
    assert engine.identifier.heard == []
    assert client.post(place, content=b"audio", params={"replace": "true"}).status_code == 201


def test_a_recording_that_fails(client: TestClient, engine: PlayedEngine) -> None:
    """Nothing is added."""
    engine.identifier.fails = CorruptAudio("it is damaged.")
    assert client.post("/catalogue/a", content=b"audio").status_code == 422
    assert "a" not in engine.identifier.kept


def test_the_list(client: TestClient, engine: PlayedEngine) -> None:
    """Page by page, in order, with how many there are in all; past the end there is nothing, which is no error."""
    engine.identifier.kept = {str(number): replace(ENTRY, id=str(number)) for number in range(250)}
    pages = [client.get("/catalogue", params={"offset": offset}).json() for offset in (0, 100, 200, 300)]
    assert [page["total"] for page in pages] == [250] * 4
    assert [entry["id"] for page in pages for entry in page["recordings"]] == list(map(str, range(250)))
    assert [entry["id"] for entry in client.get("/catalogue?offset=7&limit=2").json()["recordings"]] == ["7", "8"]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "offset=-1", "offset=x", "after=7"])
def test_a_list_that_is_none(client: TestClient, query: str) -> None:
    """It is said what is wrong."""
    answer = client.get(f"/catalogue?{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, query.partition("=")[0])


def test_duplicates(client: TestClient) -> None:
    """As the engine finds them."""
    assert client.get("/duplicates").json() == {"groups": [{"ids": [ENTRY.id, "downloads/vibe-ace.mp3"], "similarity": 0.9731}]}


def test_no_catalogue(engine: PlayedEngine) -> None:
    """Each route says the same."""
    with application(engine) as client:
        asked = [
            ("GET", "/catalogue"),
            ("GET", "/catalogue/a"),
            ("POST", "/catalogue/a"),
            ("DELETE", "/catalogue/a"),
            ("GET", "/duplicates"),
        ]
        answers = [client.request(method, path) for method, path in asked]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "no_catalogue")}


def test_it_is_counted(client: TestClient) -> None:
    """The seconds that were added."""
    client.post("/catalogue/a", content=b"audio")
    assert "auricle_added_seconds_total 61.459" in client.get("/metrics").text
