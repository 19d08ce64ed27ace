"""Bare Opus packets (RFC 6716) → samples, as WebRTC and telephony send them: without Ogg around them.

A packet reaches libopus, the standard's own decoder, and nothing else of FFmpeg: no container is opened, and no codec is guessed.
FFmpeg's own decoder would do, but drops half a millisecond wherever the encoder changes its bandwidth, so that times drift.
"""

from __future__ import annotations

import logging

import numpy as np

from auricle.audio import Audio
from auricle.errors import CorruptAudio

__all__ = ["LARGEST_PACKET", "RATE", "OpusDecoder", "packet_seconds"]

RATE = 48_000  # what a decoder gives, whatever the encoder was given. Hertz
LARGEST_PACKET = 3 + 48 * (2 + 1275)  # bytes; RFC 6716, section 3.2: 48 frames at most, each of 1275 bytes at most, and their sizes

# The lengths of a frame, by the packet's configuration (RFC 6716, section 3.1, table 2). Milliseconds.
_FRAMES_MS = (10, 20, 40, 60) * 3 + (10, 20) * 2 + (2.5, 5, 10, 20) * 4
_LONGEST_MS = 120


class OpusDecoder:
    """One stream of packets.

    Args:
        channels: 1 or 2; packets may have either, and are mixed or doubled.
    """

    def __init__(self, channels: int) -> None:
        import av

        logging.getLogger("libav").setLevel(logging.CRITICAL)  # libav's remarks on damaged input are not our user's concern
        self._context = av.CodecContext.create("libopus", "r")
        self._context.options = {"request_sample_fmt": "flt"}
        # RFC 7845, section 5.1: version, channels, samples to skip, the encoder's rate, gain and mapping, none of which a bare stream has.
        self._context.extradata = b"OpusHead" + bytes((1, channels, 0, 0)) + RATE.to_bytes(4, "little") + bytes(3)
        self._channels = channels

    def feed(self, packet: bytes) -> Audio:
        """The samples of one packet.

        Raises:
            CorruptAudio: it is none, or damaged; the next one is decoded as if it had not come.
        """
        import av

        if not 0 < len(packet) <= LARGEST_PACKET:  # libav would take an empty one for the end
            raise CorruptAudio(f"an Opus packet has {len(packet)} bytes; send each packet by itself, with 1 to {LARGEST_PACKET} bytes.")
        try:
            frames = self._context.decode(av.Packet(packet))
        except (av.FFmpegError, EOFError):
            frames = []
        if not frames:
            raise CorruptAudio(f"an Opus packet of {len(packet)} bytes is damaged; send packets as the encoder made them, one at a time.")
        return Audio(np.concatenate([frame.to_ndarray().reshape(-1, self._channels).T for frame in frames], axis=1), RATE)


def packet_seconds(packet: bytes) -> float:
    """The length that a packet states in its first bytes (RFC 6716, sections 3.1 and 3.2); 0 for what no packet may state."""
    if not packet:
        return 0.0
    code = packet[0] & 3
    frames = (1, 2, 2)[code] if code < 3 else int.from_bytes(packet[1:2]) & 63
    length = frames * _FRAMES_MS[packet[0] >> 3]
    return length / 1000 if length <= _LONGEST_MS else 0.0
