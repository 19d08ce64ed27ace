"""What every route that analyses does with its recording: the work under a deadline, stopped when the client goes away, and the answer.

The figures of every frame are many, so an answer is written in a thread into an unnamed file, and sent from there.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack

from fastapi import Request

from auricle.atomic import as_output_error
from auricle.music.results import MusicAnalysis
from auricle.server.analysing import Analysing
from auricle.server.deadline import in_time
from auricle.server.file_answer import FileAnswer
from auricle.server.recognition import unless_gone
from auricle.server.state import state_of
from auricle.server.uploads import Upload

__all__ = ["analysed", "answered", "as_json"]

_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


async def analysed(request: Request, upload: Upload, wanted: Analysing) -> MusicAnalysis:
    """What is found in the recording.

    Raises:
        ClientDisconnect: nobody waits for it any more.
        AuricleError: see `Engine.analyze`; `DeadlineExceeded` when it took too long.
    """
    began = time.perf_counter()

    async def found() -> MusicAnalysis:
        async with in_time(request):
            return await state_of(request).engine.analyze(upload.file, wanted)

    result = await unless_gone(request.receive, found())
    state_of(request).metrics.analysed.inc(result.duration)
    spent = time.perf_counter() - began
    request.scope["state"].update(audio_seconds=round(result.duration, 2), processing_ms=round(1000 * spent, 1))
    return result


async def answered(found: MusicAnalysis, written: Callable[[MusicAnalysis], Iterable[str]], media_type: str) -> FileAnswer:
    """The answer, of the pieces that are ``written``."""
    return FileAnswer(await asyncio.to_thread(_in_file, found, written), media_type)


def as_json(shape: object) -> Iterable[str]:
    """JSON in small pieces, so that other threads have their turn."""
    return _JSON.iterencode(shape)


def _in_file(found: MusicAnalysis, written: Callable[[MusicAnalysis], Iterable[str]]) -> Upload:
    with ExitStack() as unfinished, as_output_error("the answer"):
        file = unfinished.enter_context(tempfile.TemporaryFile())
        file.writelines(piece.encode() for piece in written(found))
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        unfinished.pop_all()
        return Upload(file, size)
