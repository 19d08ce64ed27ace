"""Answers from a file: sent in pieces, and closed whatever happens."""

from __future__ import annotations

import asyncio
import base64
import json
import tempfile

import pytest
from starlette.types import Message

from auricle.server.file_answer import FileAnswer, as_base64
from auricle.server.uploads import Upload


def upload_of(data: bytes) -> Upload:
    """A file that is to be sent."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    file.write(data)
    file.seek(0)
    return Upload(file, len(data))


def sent(answer: FileAnswer, *, fails: bool = False) -> tuple[dict[str, str], list[bytes]]:
    """What a client gets: headers, and the body in pieces."""
    got = list[Message]()

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        if fails and message["type"] == "http.response.body":
            raise ConnectionResetError
        got.append(message)

    scope = {"type": "http", "asgi": {"spec_version": "2.3"}, "method": "POST", "headers": []}
    asyncio.run(answer(scope, receive, send))
    return {name.decode(): value.decode() for name, value in got[0]["headers"]}, [message["body"] for message in got[1:]]


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
def test_a_file(size: int) -> None:
    """All of it, in pieces, between what is around it; then it is closed."""
    upload = upload_of(bytes(size))
    headers, pieces = sent(FileAnswer(upload, "audio/wav", around=(b"<", b">"), headers={"X-More": "more"}))
    assert b"".join(pieces) == b"<" + bytes(size) + b">"
    assert (headers["content-length"], headers["content-type"], headers["x-more"]) == (str(size + 2), "audio/wav", "more")
    assert max(map(len, pieces)) < 2**20
    assert upload.file.closed


@pytest.mark.parametrize("size", [0, 1, 2, 3, 200_000])
def test_base64(size: int) -> None:
    """JSON as if it had been written at once."""
    headers, pieces = sent(as_base64(upload_of(b"a" * size), (b'{"audio":"', b'"}')))
    body = b"".join(pieces)
    assert base64.b64decode(json.loads(body)["audio"], validate=True) == b"a" * size
    assert headers["content-length"] == str(len(body))


def test_a_client_that_cannot_be_reached() -> None:
    """The file is closed all the same."""
    upload = upload_of(bytes(10))
    with pytest.raises(ConnectionResetError):
        sent(FileAnswer(upload, "audio/wav"), fails=True)
    assert upload.file.closed
