"""What every route that enhances does with its recording: the work under a deadline, stopped when the client goes away, and the answer.

What a step heard last may change the first sample, so there is nothing to send before all is done. The result is in an unnamed file until
it is sent, so that no recording, however long, is in memory.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from typing import IO

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from auricle.atomic import as_output_error
from auricle.server.deadline import in_time
from auricle.server.enhancing import EnhancedRecording, Enhancing
from auricle.server.recognition import unless_gone
from auricle.server.state import state_of
from auricle.server.uploads import Upload

__all__ = ["MEDIA_TYPES", "FileAnswer", "Result", "as_base64", "enhanced"]

MEDIA_TYPES = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/mp4",
    "opus": "audio/ogg",
    "pcm": "audio/pcm",
}

_STEP = 3 * 2**16  # bytes that are read at a time: those of whole base64


@dataclass(frozen=True, slots=True)
class Result:
    """A recording that was enhanced.

    Attributes:
        made: what was done.
        audio: the encoded audio, to be closed by whoever has it.
    """

    made: EnhancedRecording
    audio: Upload


async def enhanced(request: Request, upload: Upload, wanted: Enhancing) -> Result:
    """The recording, enhanced.

    Raises:
        ClientDisconnect: nobody waits for it any more.
        AuricleError: see `Engine.enhance`; `DeadlineExceeded` when it took too long.
    """
    began = time.perf_counter()

    async def made(target: IO[bytes]) -> EnhancedRecording:
        async with in_time(request):
            return await state_of(request).engine.enhance(upload.file, wanted, target)

    with ExitStack() as unfinished:
        with as_output_error("the enhanced recording"):
            target = unfinished.enter_context(tempfile.TemporaryFile())
        result = await unless_gone(request.receive, made(target))
        size = target.seek(0, os.SEEK_END)
        target.seek(0)
        unfinished.pop_all()
    _count(request, result, time.perf_counter() - began)
    return Result(result, Upload(target, size))


def _count(request: Request, result: EnhancedRecording, spent: float) -> None:
    """For the counters and the log."""
    seconds = result.report.before.duration
    state_of(request).metrics.enhanced.inc(seconds)
    request.scope["state"].update(audio_seconds=round(seconds, 2), processing_ms=round(1000 * spent, 1))


class FileAnswer(StreamingResponse):
    """A file, a piece at a time, with something before and after it; it is closed, whatever happens.

    Args:
        audio: the file.
        media_type: of the whole.
        around: what comes before and after it.
        headers: more of them.
        written: each piece as it is sent.
        size: bytes of all pieces as they are sent.
    """

    def __init__(
        self,
        audio: Upload,
        media_type: str,
        *,
        around: tuple[bytes, bytes] = (b"", b""),
        headers: Mapping[str, str] | None = None,
        written: Callable[[bytes], bytes] = bytes,
        size: int | None = None,
    ) -> None:
        self._audio = audio
        self._body = _pieces(audio.file, around, written)
        length = len(around[0]) + (audio.size if size is None else size) + len(around[1])
        super().__init__(self._body, media_type=media_type, headers={"Content-Length": str(length), **(headers or {})})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's call.

        Raises:
            ClientDisconnect: the client went away.
        """
        with self._audio:
            async with aclosing(self._body):
                await unless_gone(receive, self.stream_response(send))


def as_base64(audio: Upload, around: tuple[bytes, bytes]) -> FileAnswer:
    """JSON with the file in it, between ``around``."""
    return FileAnswer(audio, "application/json", around=around, written=b64encode, size=4 * -(-audio.size // 3))


async def _pieces(file: IO[bytes], around: tuple[bytes, bytes], written: Callable[[bytes], bytes]) -> AsyncGenerator[bytes, None]:
    before, after = around
    if before:
        yield before
    while piece := await asyncio.to_thread(file.read, _STEP):
        yield written(piece)
    if after:
        yield after
