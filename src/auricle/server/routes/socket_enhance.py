"""What of `/ws` enhances: the audio of a connection goes back as it came, but better."""

from __future__ import annotations

from auricle import wire
from auricle.server.engine import EnhancedStream
from auricle.server.enhance_fields import LIVE_NAMES
from auricle.server.enhancing import LiveEnhancing
from auricle.server.fields import in_words
from auricle.server.routes.socket_treatment import Treatment
from auricle.server.socket_messages import Kind

__all__ = ["Restoration"]


class Restoration(Treatment[LiveEnhancing, bytes]):
    """What is ready goes back as a result for a chunk, as a frame for frames, unless it is nothing yet."""

    async def _engaged(self, wanted: LiveEnhancing) -> EnhancedStream:
        with in_words(LIVE_NAMES):
            return await self._socket.state.engine.enhance_live(wanted)

    async def _answer(self, kind: Kind, made: bytes | None, wanted: LiveEnhancing) -> None:
        sent = wanted.format
        if kind == "frames":
            if made:
                await self._socket.send_bytes(made)
            return
        found = wire.live_enhanced(
            made or b"", encoding=sent.encoding, rate=sent.sample_rate, channels=sent.channels, frame_bytes=sent.frame_bytes or 1
        )
        await self._socket.send({"type": "result", "data": found})
