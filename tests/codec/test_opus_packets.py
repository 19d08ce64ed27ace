"""Promises of auricle.codec.opus_packets: what libopus encodes is heard, and a damaged packet harms no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio, Samples
from auricle.codec import AudioProcessingConfig, decode
from auricle.codec.opus_packets import LARGEST_PACKET, OpusDecoder, packet_seconds
from auricle.errors import CorruptAudio

_MUSIC = 16  # the first of the configurations that are CELT only: RFC 6716, table 2
LAYOUTS = {1: "mono", 2: "stereo"}


def packets(samples: Samples, rate: int, *, bit_rate: int = 24_000, frame: str = "20", application: str = "audio") -> list[bytes]:
    """What libopus makes of samples of shape (channels, frames); what is less than a packet at the end is left out."""
    context: Any = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format, context.bit_rate = rate, LAYOUTS[len(samples)], "flt", bit_rate
    context.options = {"application": application, "frame_duration": frame}
    context.open()
    found = []
    for first in range(0, samples.shape[1] - context.frame_size + 1, context.frame_size):
        piece = np.ascontiguousarray(samples[:, first : first + context.frame_size].T.reshape(1, -1))
        given_ = av.AudioFrame.from_ndarray(piece, format="flt", layout=LAYOUTS[len(samples)])
        given_.sample_rate, given_.pts = rate, first
        found += [bytes(packet) for packet in context.encode(given_)]
    return found


def of_ffmpeg(some: list[bytes], channels: int) -> Samples:
    """What FFmpeg's own decoder, which is another implementation, makes of them: shape (channels, frames)."""
    context: Any = av.CodecContext.create("opus", "r")
    context.extradata = b"OpusHead" + bytes((1, channels, 0, 0)) + (48_000).to_bytes(4, "little") + bytes(3)
    return np.concatenate([frame.to_ndarray() for packet in some for frame in context.decode(av.Packet(packet))], axis=1)


def difference(some: Samples, others: Samples) -> float:
    """Root mean square of what differs over that of all, whichever comes up to 2 samples (42 µs) earlier."""
    middle = others[:, 2:-2]
    shifted = [some[:, 2 + shift : 2 + shift + middle.shape[1]] for shift in range(-2, 3)]
    return min(float(np.sqrt(np.mean((each - middle) ** 2) / np.mean(middle**2))) for each in shifted)


@pytest.fixture(scope="module")
def speech(recordings: Path) -> Audio:
    """Some seconds of it, at 48 kHz."""
    return decode(recordings / "jfk.flac", AudioProcessingConfig(sample_rate=48_000, channels=1)).slice(0, 4)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("bit_rate", "application"), [(12_000, "voip"), (24_000, "voip"), (96_000, "audio"), (64_000, "lowdelay")])
@pytest.mark.parametrize("frame", ["2.5", "10", "20", "60"])
def test_the_samples_are_those_of_ffmpeg(speech: Audio, channels: int, bit_rate: int, application: str, frame: str) -> None:
    """Music is the same to 16 bits; speech, which RFC 6716 lets each decoder resample its own way, all but the same."""
    some = packets(speech.remix(channels).samples, 48_000, bit_rate=bit_rate, application=application, frame=frame)
    decoder = OpusDecoder(channels)
    pieces = [decoder.feed(packet) for packet in some]
    heard, expected = Audio.join(pieces), of_ffmpeg(some, channels)
    assert (heard.rate, heard.channels) == (48_000, channels)
    assert [piece.duration for piece in pieces] == [float(frame) / 1000] * len(some) == [packet_seconds(packet) for packet in some]
    assert difference(heard.samples, expected) < (1e-3 if all(packet[0] >> 3 >= _MUSIC for packet in some) else 0.02)


@pytest.mark.parametrize("rate", [8_000, 12_000, 16_000, 24_000])
def test_the_encoders_rate_makes_no_difference(speech: Audio, rate: int) -> None:
    """All is decoded at 48 kHz, and lasts as long."""
    some = packets(speech.samples[:, :: 48_000 // rate], rate)
    decoder = OpusDecoder(1)
    assert sum(decoder.feed(packet).duration for packet in some) == pytest.approx(len(some) * 0.02)


def test_packets_with_other_channels_are_mixed_or_doubled(speech: Audio) -> None:
    """As RFC 6716 has it: the decoder decides how many there are."""
    (mono, *_), (stereo, *_) = packets(speech.samples, 48_000), packets(speech.remix(2).samples, 48_000, bit_rate=128_000)
    assert OpusDecoder(1).feed(stereo).channels == 1
    assert OpusDecoder(2).feed(mono).channels == 2


@pytest.mark.parametrize("damaged", [b"", b"\x03", b"\xff\x3f", b"\x02", bytes([0xFB, 63]), bytes(LARGEST_PACKET + 1)])
def test_a_damaged_packet_is_said_and_passed_over(speech: Audio, damaged: bytes) -> None:
    """It gives no samples, and those that come later are as long as ever and, soon after, the same."""
    some, decoder = packets(speech.samples, 48_000), OpusDecoder(1)
    heard = [decoder.feed(packet) for packet in some[:50]]
    with pytest.raises(CorruptAudio, match="Opus packet"):
        decoder.feed(damaged)
    heard += [decoder.feed(packet) for packet in some[50:]]
    expected = of_ffmpeg(some, 1)
    samples = Audio.join(heard).samples
    assert samples.shape == (1, 192_000)
    assert difference(samples[:, -48_000:], expected[:, -48_000:]) < 0.02


@given(
    st.lists(
        st.binary(max_size=200)
        | st.builds(lambda head, rest: bytes(head) + rest, st.tuples(*[st.integers(0, 255)] * 2), st.binary(max_size=2000)),
        max_size=20,
    )
)
@settings(max_examples=150, deadline=None)
def test_strangers_packets(some: list[bytes]) -> None:
    """Whatever comes is decoded, into no more than a packet may hold, or refused."""
    decoder = OpusDecoder(2)
    for packet in some:
        try:
            piece = decoder.feed(packet)
        except CorruptAudio:
            continue
        assert (piece.channels, piece.rate) == (2, 48_000)
        assert 0 < piece.duration <= 0.12


@pytest.mark.parametrize(("packet", "length"), [
    (b"", 0), (bytes([0 << 3]), 0.01), (bytes([3 << 3 | 1]), 0.12), (bytes([12 << 3 | 2]), 0.02), (bytes([16 << 3]), 0.0025),
    (bytes([31 << 3 | 3, 6]), 0.12), (bytes([31 << 3 | 3, 0xC0 | 6]), 0.12), (bytes([31 << 3 | 3, 7]), 0), (bytes([31 << 3 | 3]), 0),
    (bytes([16 << 3 | 3, 48]), 0.12),
])  # fmt: skip
def test_the_length_that_a_packet_states(packet: bytes, length: float) -> None:
    """RFC 6716, table 2 and section 3.2; none where that is more than it allows."""
    assert packet_seconds(packet) == pytest.approx(length)
