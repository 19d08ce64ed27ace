"""What of `/ws` analyses: it is said what the music of a connection sounds like at the moment."""

from __future__ import annotations

from collections.abc import Sequence

from auricle import wire
from auricle.music.live import Rolling
from auricle.server.analysing import NOTHING_HEARD, LiveAnalysing, since
from auricle.server.engine import AnalysedStream
from auricle.server.routes.socket_treatment import Treatment
from auricle.server.socket_messages import Kind
from auricle.server.sockets import Socket

__all__ = ["Survey"]


class Survey(Treatment[LiveAnalysing, Sequence[Rolling]]):
    """A chunk is answered by the latest state and the beats that are new since the last answer; for frames, states are pushed."""

    def __init__(self, socket: Socket) -> None:
        super().__init__(socket)
        self._last = NOTHING_HEARD

    async def finish(self) -> None:
        """Say the rest, and end the stream; the next one begins with nothing."""
        try:
            await super().finish()
        finally:
            self._last = NOTHING_HEARD

    async def _engaged(self, wanted: LiveAnalysing) -> AnalysedStream:
        return await self._socket.state.engine.analyze_live(wanted)

    async def _answer(self, kind: Kind, made: Sequence[Rolling] | None, wanted: LiveAnalysing) -> None:
        if kind == "frames":
            await self._socket.send(*({"type": "analysis", "data": wire.rolling(said)} for said in made or ()))
            return
        self._last = since(self._last, made or ())
        await self._socket.send({"type": "result", "data": wire.rolling(self._last)})
