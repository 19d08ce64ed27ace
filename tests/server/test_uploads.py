"""Bodies are received whole or refused; nothing is left behind, nobody is held up."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path

import pytest
import uvicorn
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from auricle.errors import AuricleError, EmptyAudio, MalformedRequest, TooManyBytes, UnsupportedFormat, UploadStalled
from auricle.server.spool import Spool
from auricle.server.uploads import BodyLimits, Upload, drain, receive_json, receive_multipart, receive_raw
from tests.server.clock import in_no_time

LIMITS = BodyLimits(size=100_000_000, stall=5.0)
MIB = 2**20
FORM = {"content-type": "multipart/form-data; boundary=XX"}
KINDS = ("raw", "multipart", "json")


class Client:
    """One that sends these pieces, with a pause before each, and then the end; or goes away instead."""

    def __init__(self, pieces: Iterable[bytes], *, pause: float = 0.0, gone: bool = False) -> None:
        self._pieces = iter(pieces)
        self._pause = pause
        self._gone = gone
        self.sent = 0

    async def __call__(self) -> Message:
        """ASGI's receive."""
        await asyncio.sleep(self._pause)
        piece = next(self._pieces, None)
        if piece is None and self._gone:
            return {"type": "http.disconnect"}
        self.sent += len(piece or b"")
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files are made; in no test anything is left there, nor a file open."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = open_files()
    yield tmp_path
    assert list(tmp_path.iterdir()) == []
    assert open_files().items() <= before.items()


def open_files() -> dict[str, str]:
    """By their numbers, where the system tells."""
    return {entry.name: str(entry.readlink()) for entry in Path("/proc/self/fd").glob("*") if entry.is_symlink()}


def body(kind: str, audio: bytes) -> bytes:
    """The recording as a body of this kind."""
    if kind == "json":
        return json.dumps({"language": "de", "audio_base64": base64.b64encode(audio).decode(), "task": "transcribe"}).encode()
    if kind == "multipart":
        head = b'--XX\r\nContent-Disposition: form-data; name="language"\r\n\r\nde\r\n--XX\r\nContent-Disposition: form-data; name="file"'
        return head + b'; filename="/etc/passwd"\r\n\r\n' + audio + b"\r\n--XX--\r\n"
    return audio


def cut(data: bytes, size: int = 65_536) -> list[bytes]:
    """Pieces of this size."""
    return [data[start : start + size] for start in range(0, len(data), size)]


async def receive(kind: str, client: Receive, limits: BodyLimits = LIMITS, headers: dict[str, str] | None = None) -> Upload:
    """A body of this kind."""
    if kind == "raw":
        return await receive_raw(client, headers or {}, limits)
    both = receive_json(client, headers or {}, limits) if kind == "json" else receive_multipart(client, FORM | (headers or {}), limits)
    upload, fields = await both
    assert upload is not None
    assert fields["language"] in ("de", ["de"])
    return upload


def refusal(
    error: type[Exception],
    kind: str,
    client: Receive,
    limits: BodyLimits = LIMITS,
    headers: dict[str, str] | None = None,
    loop: asyncio.AbstractEventLoop | None = None,
) -> str:
    """The message that this request is refused with."""
    with pytest.raises(error) as caught:
        (loop.run_until_complete if loop else asyncio.run)(receive(kind, client, limits, headers))
    if isinstance(caught.value, AuricleError):
        assert str(caught.value).endswith(".")
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("size", "piece"), [(1, 1), (5000, 7), (MIB - 1, 65_536), (3 * MIB + 5, 65_536), (5 * MIB, 10 * MIB)])
def test_what_is_sent_arrives(kind: str, size: int, piece: int) -> None:
    """The file is a real one, at its beginning, and holds the recording."""
    audio = os.urandom(size)
    with asyncio.run(receive(kind, Client(cut(body(kind, audio), piece)))) as upload:
        assert upload.size == os.fstat(upload.file.fileno()).st_size == size
        assert upload.file.tell() == 0
        assert upload.file.read() == audio
    assert upload.file.closed


def test_no_recording() -> None:
    """Fields without a recording come back alone, and no file stays open."""
    assert asyncio.run(receive_json(Client([b'{"task": "transcribe", "audio_base64": null}']), {}, LIMITS)) == (
        None,
        {"task": "transcribe"},
    )
    form = b'--XX\r\nContent-Disposition: form-data; name="t[]"\r\n\r\nword\r\n--XX--'
    assert asyncio.run(receive_multipart(Client([form]), FORM, LIMITS)) == (None, {"t[]": ["word"]})


def test_other_names() -> None:
    """The part and the key that hold the recording can be called otherwise."""
    form = b'--XX\r\nContent-Disposition: form-data; name="audio"; filename="a"\r\n\r\nRIFF\r\n--XX--'
    for both in (
        receive_multipart(Client([form]), FORM, LIMITS, part="audio"),
        receive_json(Client([b'{"audio": "UklGRg"}']), {}, LIMITS, key="audio"),
    ):
        upload, _ = asyncio.run(both)
        assert upload is not None
        with upload:
            assert upload.file.read() == b"RIFF"


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_recording(kind: str) -> None:
    """Nothing is not a recording."""
    assert "empty (0 bytes)" in refusal(EmptyAudio, kind, Client([body(kind, b"")]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", ["2000000", "9" * 5000])
def test_too_large_by_its_header(kind: str, length: str) -> None:
    """Nothing is read of what is too large by its own account."""
    client = Client([b"x"])
    assert "more than" in refusal(TooManyBytes, kind, client, BodyLimits(MIB, 1.0), {"content-length": length})
    assert client.sent == 0


@pytest.mark.parametrize("kind", KINDS)
def test_too_large_by_its_content(kind: str) -> None:
    """What does not state its length is refused as soon as it is too large; as much as allowed is allowed."""
    limits = BodyLimits(MIB, 1.0, fields=1000)
    client = Client(cut(body(kind, bytes(3 * MIB)), 1000))
    assert "more than" in refusal(TooManyBytes, kind, client, limits)
    assert client.sent < (MIB * 4 / 3 if kind == "json" else MIB) + 3000
    sent = body(kind, bytes(MIB))
    asyncio.run(receive(kind, Client(cut(sent)), limits, {"content-length": str(len(sent))})).close()


def test_too_large_in_disguise() -> None:
    """Base64 that is longer than it need be is bounded too."""
    text = "".join(f"\\u{byte:04x}" for byte in base64.b64encode(bytes(100_000)))
    assert "the body has more than" in refusal(
        TooManyBytes, "json", Client(cut(b'{"audio_base64": "%b"}' % text.encode())), BodyLimits(100_000, 1.0)
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pause", [1.0, 10.0, 1e6], ids=["a trickle", "now and then", "nothing"])
def test_a_stalled_upload(kind: str, pause: float) -> None:
    """Nothing, or a byte a second, ends when the time for a stall is over, however much has come before."""
    quick = Client(cut(body(kind, bytes(100_000))[:50_000]))
    slow = Client([b"A"] * 1000, pause=pause)

    async def stalling() -> Message:
        return await (quick if quick.sent < 50_000 else slow)()

    with in_no_time() as loop:
        message = refusal(UploadStalled, kind, stalling, BodyLimits(MIB, 30.0), loop=loop)
        assert 30.0 <= loop.time() < 61.0
    assert "less than 30720 bytes came in 30 seconds" in message


@pytest.mark.parametrize("kind", KINDS)
def test_a_slow_upload_that_moves(kind: str) -> None:
    """What comes at the least speed is received, for hours."""
    audio = os.urandom(4 * 3600 * 1100)
    with in_no_time() as loop:
        sent = body(kind, audio)
        upload = loop.run_until_complete(receive(kind, Client(cut(sent, len(sent) // 7200), pause=2.0), BodyLimits(len(audio), 30.0)))
        assert loop.time() > 4 * 3600
    with upload:
        assert upload.file.read() == audio


def test_the_last_bytes_may_come_slowly() -> None:
    """A small body that is whole in time has not stalled."""
    with in_no_time() as loop:
        loop.run_until_complete(receive("raw", Client([b"a", b"b"], pause=9.0), BodyLimits(MIB, 30.0))).close()


def test_our_own_disk_does_not_count_against_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """While we write, the client waits for us."""

    async def slowly(_: Spool) -> None:
        await asyncio.sleep(60.0)

    monkeypatch.setattr(Spool, "settle", slowly)
    with in_no_time() as loop:
        loop.run_until_complete(receive("raw", Client([b"a"] * 5, pause=1.0), BodyLimits(MIB, 30.0))).close()
        assert loop.time() > 300.0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [100, 3 * MIB])
def test_a_client_that_goes_away(kind: str, size: int) -> None:
    """What there is of its recording goes too."""
    refusal(ClientDisconnect, kind, Client(cut(body(kind, bytes(size))[:-50]), gone=True))


def test_nothing_is_visible(folder: Path) -> None:
    """At no time the folder for temporary files has a file in it."""
    seen: list[Path] = []

    async def looking() -> Message:
        seen.extend(folder.iterdir())
        return await client()

    for kind in KINDS:
        client = Client(cut(body(kind, bytes(3 * MIB))))
        asyncio.run(receive(kind, looking)).close()
    assert seen == []


@pytest.mark.parametrize("kind", KINDS)
def test_memory_is_bounded(kind: str) -> None:
    """Ten times the bytes take no more memory."""
    chunk = body(kind, b"%b")
    head, tail = chunk.split(base64.b64encode(b"%b") if kind == "json" else b"%b")
    middle = base64.b64encode(bytes(48 * 1024))
    client = Client(piece for pieces in ([head], (middle for _ in range(300)), [tail]) for piece in pieces if piece)
    tracemalloc.start()
    upload = asyncio.run(receive(kind, client))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    upload.close()
    assert upload.size >= 14 * MIB
    assert peak < 3 * MIB


def test_compressed_bodies_are_refused() -> None:
    """We decompress nothing; "identity" is no compression."""
    for encoding in ("gzip", "br, gzip", "x" * 1000):
        client = Client([b"x"])
        message = refusal(UnsupportedFormat, "raw", client, headers={"content-encoding": encoding})
        assert "send the body without Content-Encoding" in message
        assert len(message) < 200
        assert client.sent == 0
    asyncio.run(receive("raw", Client([b"x"]), headers={"content-encoding": "Identity"})).close()


@pytest.mark.parametrize("kind", ["multipart", "json"])
def test_a_body_that_is_cut_off(kind: str) -> None:
    """After the recording has been received the end is still looked at."""
    refusal(MalformedRequest, kind, Client([body(kind, bytes(3 * MIB))[:-10]]))


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        (Client([b"x" * 100] * 5), 500),
        (Client([b"x" * 100] * 50), 1000),
        (Client([b"x" * 100] * 5, gone=True), 500),
        (Client([b"x"] * 100_000, pause=0.02), range(1, 15)),
    ],
    ids=["the end", "bytes", "the client", "seconds"],
)
def test_drain(client: Client, expected: int | range) -> None:
    """It ends with the body, or when it has been enough."""
    began = time.monotonic()
    asyncio.run(drain(client, 1000, 0.2))
    assert client.sent in (expected if isinstance(expected, range) else (expected,))
    assert time.monotonic() - began < 0.4


def test_drain_raises_nothing() -> None:
    """Some layers turn a lost client into an exception."""

    async def lost() -> Message:
        raise ClientDisconnect

    asyncio.run(drain(lost, 1000, 1.0))


def test_a_refused_client_reads_why() -> None:
    """With the drain before the answer's end, a client that sends first and reads later reads the refusal, not a reset connection."""

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        try:
            await receive_raw(receive, {}, BodyLimits(1000, 1.0))
        except TooManyBytes:
            await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"0"), (b"connection", b"close")]})
            await send({"type": "http.response.body", "more_body": True})
            await drain(receive, 100 * MIB, 5.0)
            await send({"type": "http.response.body"})

    def upload(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (20 * MIB))
            client.sendall(bytes(20 * MIB))
            return client.recv(1000)

    assert served(app, upload).startswith(b"HTTP/1.1 413")


def served(app: Callable[[Scope, Receive, Send], Awaitable[None]], use: Callable[[int], bytes]) -> bytes:
    """What ``use`` gets from a real server with this app."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", loop="asyncio"))
        thread = threading.Thread(target=lambda: server.run([listening]))
        thread.start()
        try:
            return use(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()
