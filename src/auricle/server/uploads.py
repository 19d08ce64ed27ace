"""Request bodies: a recording and what is said about it, counted while they come, and refused as soon as they are too large or stall.

Each body comes by ASGI's ``receive``, is read by what its kind needs, and leaves the recording in an unnamed file. Memory holds about
a mebibyte of it. Whatever fails, the file is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import reprlib
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from dataclasses import dataclass

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from auricle.errors import TooManyBytes, UnsupportedFormat, UploadStalled
from auricle.server.json_audio import JsonReader
from auricle.server.multipart import FormReader
from auricle.server.spool import Spool, Upload

__all__ = ["BodyLimits", "Upload", "drain", "receive_json", "receive_multipart", "receive_raw", "receive_text"]

_SLOWEST = 1024  # bytes per second


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How much a client may send, and how slowly.

    Attributes:
        size: of a recording. Bytes. (`TooManyBytes`)
        stall: in which 1 KiB per second must come, on the average, unless the body ends. Seconds. (`UploadStalled`)
        fields: size of everything in the body that is not the recording. Bytes. (`TooManyBytes`)
    """

    size: int
    stall: float
    fields: int = 256 * 1024


async def receive_raw(receive: Receive, headers: Mapping[str, str], limits: BodyLimits) -> Upload:
    """The recording that is the whole body.

    Args:
        receive: ASGI's, of a request whose body has not been read.
        headers: of the request; names in lower case, or in any where the mapping does not mind.
        limits: what the client may send.

    Raises:
        TooManyBytes: it is too large; by its Content-Length before anything is read.
        UploadStalled: it stopped coming.
        EmptyAudio: there is nothing in it.
        UnsupportedFormat: it is compressed for its way (Content-Encoding).
        OutputError: it could not be written.
        ClientDisconnect: the client went away.
    """
    with Spool(limits.size) as spool:
        await _fill(spool, _pieces(receive, headers, limits, limits.size), lambda chunk: (chunk,))
        return await spool.upload()


async def receive_multipart(
    receive: Receive, headers: Mapping[str, str], limits: BodyLimits, part: str = "file"
) -> tuple[Upload | None, dict[str, list[str]]]:
    """The recording in a form's part called ``part``, None where there is no such part; and the form's other fields.

    A field's values come in order under its name as the client wrote it, ``name[]`` with its brackets. Arguments and errors are those of
    `receive_raw`, and:

    Raises:
        MalformedRequest: the body is not a form, or not all of it.
        OptionError: there are two recordings, or a file under another name.
    """
    form = FormReader(headers.get("content-type", ""), part, limits.fields)
    with Spool(limits.size) as spool:
        await _fill(spool, _pieces(receive, headers, limits, limits.size + limits.fields), form.feed)
        fields = form.finish()
        return (await spool.upload() if form.found else None), fields


async def receive_json(
    receive: Receive, headers: Mapping[str, str], limits: BodyLimits, key: str = "audio_base64"
) -> tuple[Upload | None, dict[str, object]]:
    """The recording that a JSON object has under ``key`` in base64, None where that is null or missing; and the object's other keys.

    Arguments and errors are those of `receive_raw`, and:

    Raises:
        MalformedRequest: the body is not a JSON object, or not all of it; or the recording is not base64.
        OptionError: what is under ``key`` is no string.
    """
    reader = JsonReader(key, limits.fields)
    most = limits.size * 3 // 2 + limits.fields  # base64 is a third longer than what it holds, and has line breaks
    with Spool(limits.size) as spool:
        await _fill(spool, _pieces(receive, headers, limits, most), lambda chunk: (reader.feed(chunk),))
        fields = reader.finish()
        return (await spool.upload() if reader.found else None), fields


async def receive_text(receive: Receive, headers: Mapping[str, str], limits: BodyLimits) -> bytes:
    """The whole body, in memory.

    Arguments and errors are those of `receive_raw`, but that it may be empty; "recording" means it here.
    """
    pieces = _pieces(receive, headers, limits, limits.size)
    async with contextlib.aclosing(pieces):
        return b"".join([piece async for piece in pieces])


async def drain(receive: Receive, size: int, seconds: float) -> None:
    """Throw away what a client is still sending, until the body's end, ``size`` bytes, ``seconds``, or the client goes away.

    A connection that is closed while the client sends is reset, and what the client has not read by then, our answer, is lost. Call this
    after all of the answer but before its end: from then on servers give no more of the body.
    """
    with contextlib.suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(seconds):
            more = True
            while more and size > 0:
                message = await receive()
                more = message["type"] == "http.request" and message.get("more_body", False)
                size -= len(message.get("body", b""))


async def _fill(spool: Spool, body: AsyncGenerator[bytes, None], recording_in: Callable[[bytes], Iterable[bytes | memoryview]]) -> None:
    """Put into ``spool`` what ``recording_in`` finds in each piece of the body."""
    async with contextlib.aclosing(body):
        async for chunk in body:
            for piece in recording_in(chunk):
                spool.add(piece)
            await spool.settle()


async def _pieces(receive: Receive, headers: Mapping[str, str], limits: BodyLimits, most: int) -> AsyncGenerator[bytes, None]:
    """The body as it comes, if it has no more than ``most`` bytes; only the time spent waiting for it counts against the client."""
    _check(headers, most)
    clock, quota = asyncio.get_running_loop().time, limits.stall * _SLOWEST
    room, came, waited, more = most, 0, 0.0, True
    while more:
        began = clock()
        try:
            async with asyncio.timeout(limits.stall - waited):
                message = await receive()
        except TimeoutError as error:
            raise UploadStalled(
                f"the upload has stalled: less than {quota:.0f} bytes came in {limits.stall:g} seconds; send the body without such pauses."
            ) from error
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece, more = message.get("body", b""), message.get("more_body", False)
        room -= len(piece)
        if room < 0:
            raise _too_large(most)
        waited, came = waited + clock() - began, came + len(piece)
        if came >= quota:
            waited, came = 0.0, 0
        yield piece


def _check(headers: Mapping[str, str], most: int) -> None:
    encoding, length = headers.get("content-encoding", "").strip().lower(), headers.get("content-length", "")
    if encoding not in ("", "identity"):
        raise UnsupportedFormat(f"the body has the Content-Encoding {reprlib.repr(encoding)}; send the body without Content-Encoding.")
    if length.isdecimal() and int(length[:20]) > most:  # whatever has more digits is too large, too
        raise _too_large(most)


def _too_large(most: int) -> TooManyBytes:
    return TooManyBytes(f"the body has more than the {most} bytes that are allowed; send a shorter or compressed recording.")
