"""Cover art: pictures that are attached to a recording, carried as they are; nothing here looks into one."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet

__all__ = ["ILLUSTRATED", "Picture", "Pictures", "attach", "comment"]

ILLUSTRATED = ("mp3", "flac", "m4a", "aac", "alac", "opus")  # the output formats that keep pictures

_MOST_BYTES = 15 * 2**20  # of all pictures of a recording; FLAC's blocks hold 16 MiB
_WIDEST = 0xFFFF  # pixels, also in height: what MP4's sizes hold, and JPEG's
_MOST_LETTERS = 200  # of a description
_MIME = {"mjpeg": "image/jpeg", "png": "image/png"}  # libav's names of what every player shows
_FRONT = "Cover (front)"  # libav's name of the kind that players show


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is attached to a recording.

    Attributes:
        codec: "mjpeg" or "png".
        width: as its own header says. Pixels.
        height: the same.
        content: the encoded picture.
        kind: what it shows, in the words of ID3v2's list of kinds, such as "Cover (front)".
        description: in the words of whoever attached it.
    """

    codec: str
    width: int
    height: int
    content: bytes
    kind: str = _FRONT
    description: str = ""

    @property
    def labels(self) -> Mapping[str, str]:
        """Kind and description, as libav calls them."""
        return {"comment": self.kind} | ({"title": self.description} if self.description else {})


class Pictures:
    """The pictures of a recording that is being read: libav hands them over before the first sound.

    What is neither JPEG nor PNG, or has no size, is left out, and so is what goes beyond 15 MiB.

    Attributes:
        streams: where they come from.
    """

    def __init__(self, container: InputContainer) -> None:
        from av.stream import Disposition

        self.streams = [stream for stream in container.streams.video if stream.disposition & Disposition.attached_pic]
        self._packets: list[Packet[Any]] = []
        self._room = _MOST_BYTES

    def take(self, packet: Packet[Any]) -> None:
        """The next packet of one of the streams."""
        context: Any = packet.stream.codec_context  # None for what this libav cannot decode
        if context is None or context.name not in _MIME or not (0 < context.width <= _WIDEST and 0 < context.height <= _WIDEST):
            return
        if 0 < packet.size <= self._room:
            self._room -= packet.size
            self._packets.append(packet)

    def taken(self) -> tuple[Picture, ...]:
        """Those that came so far."""
        return tuple(map(_picture, self._packets))


def _picture(packet: Packet[Any]) -> Picture:
    stream: Any = packet.stream
    labels, context = stream.metadata, stream.codec_context
    kind, description = labels.get("comment", _FRONT), labels.get("title", "")[:_MOST_LETTERS]
    return Picture(context.name, context.width, context.height, bytes(packet), kind, description)


def attach(container: OutputContainer, pictures: Sequence[Picture]) -> None:
    """Write ``pictures`` into an MP3, FLAC or MP4, before its first sound."""
    from av import Packet
    from av.stream import Disposition

    streams = [container.add_mux_stream(picture.codec, width=picture.width, height=picture.height) for picture in pictures]
    for stream, picture in zip(streams, pictures, strict=True):
        stream.disposition = Disposition.attached_pic
        stream.metadata.update(picture.labels)
    for stream, picture in zip(streams, pictures, strict=True):  # the header needs all streams
        packet = Packet(picture.content)
        packet.stream, packet.pts, packet.dts, packet.is_keyframe = stream, 0, 0, True
        container.mux(packet)


def comment(picture: Picture) -> dict[str, str]:
    """The picture as a comment of Opus: FLAC's picture block (RFC 9639, section 8.8) in base64 (Xiph.Org, "VorbisComment")."""
    mime, description = _MIME[picture.codec].encode(), picture.description.encode()
    fields: tuple[int | bytes, ...] = (
        *(3 if picture.kind == _FRONT else 0, len(mime), mime, len(description), description),
        *(picture.width, picture.height, 0, 0, len(picture.content), picture.content),
    )
    block = b"".join(field.to_bytes(4, "big") if isinstance(field, int) else field for field in fields)
    return {"METADATA_BLOCK_PICTURE": base64.b64encode(block).decode()}
