"""What every route that enhances does with its recording: the work under a deadline, stopped when the client goes away, and the answer.

What a step heard last may change the first sample, so there is nothing to send before all is done. The result is in an unnamed file until
it is sent, so that no recording, however long, is in memory.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO

from fastapi import Request

from auricle.atomic import as_output_error
from auricle.server.deadline import in_time
from auricle.server.enhancing import EnhancedRecording, Enhancing
from auricle.server.recognition import unless_gone
from auricle.server.state import state_of
from auricle.server.uploads import Upload

__all__ = ["MEDIA_TYPES", "Result", "enhanced"]

MEDIA_TYPES = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/mp4",
    "opus": "audio/ogg",
    "pcm": "audio/pcm",
}


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
