"""Bodies with text: whatever their kind, the same fields; whatever is wrong with them, a sentence."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp

from auricle.server.app import create_app
from auricle.server.settings import Settings
from auricle.voice import Turn
from tests.server.asgi import Visitor, visit
from tests.server.conftest import PlayedEngine

PATH = "/synthesize"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)


@cache
def played(characters: int) -> tuple[PlayedEngine, ASGIApp]:
    """An application for texts of that length; making one takes longer than a request."""
    engine = PlayedEngine()
    return engine, create_app(engine, Settings(speech_characters=characters))


def taken(content: bytes, type_: str, *, pieces: int = 1, characters: int = 1000) -> tuple[Turn, ...]:
    """What the engine is asked to say when this is sent."""
    engine, app = played(characters)
    size = -(-len(content) // pieces)
    parts = [content[first : first + size] for first in range(0, len(content), size)]
    visitor = visit(app, PATH, *parts, headers={b"content-type": type_.encode()})
    assert visitor.status == 200, visitor.body
    return engine.asked.pop().turns


@settings(max_examples=15, deadline=None)
@given(text=TEXTS.filter(lambda text: not text.startswith("\ufeff")), pieces=st.integers(1, 5))
def test_any_text_in_any_body(text: str, pieces: int) -> None:
    """Arrives as it was sent, in however many pieces, whichever way."""
    form = f'--X\r\nContent-Disposition: form-data; name="text"\r\n\r\n{text}\r\n--X--\r\n'
    for content, type_ in (
        (text.encode(), "text/plain; charset=utf-8"),
        (json.dumps({"text": text}).encode(), "application/json"),
        (json.dumps({"text": text}, ensure_ascii=False).encode(), "application/json"),
        (urlencode({"text": text}).encode(), "application/x-www-form-urlencoded"),
        (form.encode(), "multipart/form-data; boundary=X"),
    ):
        assert taken(content, type_, pieces=pieces) == (Turn(text),)


def test_the_longest_text_fits() -> None:
    """However many bytes its characters have in JSON."""
    text = "𝄞" * 50_000
    assert taken(json.dumps({"text": text}).encode(), "application/json", characters=50_000) == (Turn(text),)


@pytest.mark.parametrize("path", ["/synthesize_text", "/v1/audio/speech"])
def test_json_routes_take_nothing_else(path: str) -> None:
    """By its content type; none at all is JSON, as some clients leave it out."""
    engine = PlayedEngine()
    app = create_app(engine, Settings())
    assert visit(app, path, b"Hi", headers={b"content-type": b"text/plain"}).status in (400, 415)
    sent = {"text": "Hi"} if path == "/synthesize_text" else {"model": "tts-1", "input": "Hi", "voice": "nova"}
    assert visit(app, path, json.dumps(sent).encode()).status == 200


def test_a_compressed_body() -> None:
    """Is refused, for nobody unpacks it."""
    visitor = visit(create_app(PlayedEngine(), Settings()), PATH, b"Hi", headers={b"content-encoding": b"gzip"})
    assert visitor.status == 415


def test_a_body_that_stalls() -> None:
    """Does not hold its place for ever."""
    visitor = Visitor(create_app(PlayedEngine(), Settings(upload_stall=0.05)))
    asyncio.run(visitor.ask(PATH, b"H", whole=False, headers={b"content-type": b"text/plain"}))
    assert visitor.status == 408
