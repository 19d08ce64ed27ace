"""Answers that are sent from a file, a piece at a time, so that they need no memory, however long they are."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import IO

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from auricle.server.recognition import unless_gone
from auricle.server.uploads import Upload

__all__ = ["FileAnswer", "as_base64"]

_STEP = 3 * 2**16  # bytes that are read at a time: those of whole base64


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
