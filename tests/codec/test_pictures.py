"""Promises of auricle.codec.pictures: cover art goes along as it is, and stands where the formats' specifications want it."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, convert, decode, open_audio, probe, write
from auricle.codec.chapters import Chapter
from auricle.codec.pictures import Picture, comment
from tests.codec.conftest import made, noise

SOUND = noise(1, 24_000)
FRONT = 3  # of ID3v2's kinds of pictures (ID3v2.4 frames, section 4.14), which FLAC has too


def png(width: int = 20, height: int = 10, ballast: int = 0) -> bytes:
    """A picture by the specification (PNG, third edition, sections 5 and 11), with bytes that nobody reads at the end of its data."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = b"".join(b"\0" + bytes(3 * width) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(*one) for one in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"teXt", bytes(ballast)), (b"IEND", b""))
    )


def jpeg() -> bytes:
    """A picture by libav's encoder."""
    context = av.VideoCodecContext.create("mjpeg", "w")
    context.width, context.height, context.pix_fmt, context.time_base = 20, 10, "yuvj420p", Fraction(1, 25)
    still = av.VideoFrame.from_ndarray(np.full((15, 20), 128, np.uint8), format="yuvj420p")
    return b"".join(map(bytes, [*context.encode(still), *context.encode(None)]))


def block(content: bytes, *, kind: int = FRONT, mime: bytes = b"image/png", description: bytes = b"", width: int = 20) -> bytes:
    """FLAC's picture block (RFC 9639, section 8.8)."""
    lengths = struct.pack(">II", kind, len(mime)) + mime + struct.pack(">I", len(description)) + description
    return lengths + struct.pack(">IIIII", width, 10, 24, 0, len(content)) + content


def flac(*blocks: bytes) -> bytes:
    """A recording with these picture blocks behind its first metadata block (RFC 9639, section 8)."""
    plain = made(SOUND, 48_000, "FLAC")
    first = 8 + int.from_bytes(plain[5:8], "big")
    pictures = b"".join(bytes([6]) + len(one).to_bytes(3, "big") + one for one in blocks)
    return plain[:first] + pictures + plain[first:]


def flac_blocks(content: bytes) -> Iterator[bytes]:
    """The picture blocks of a FLAC file."""
    at, last = 4, False
    while not last:
        last, kind, size = bool(content[at] & 0x80), content[at] & 0x7F, int.from_bytes(content[at + 1 : at + 4], "big")
        if kind == 6:
            yield content[at + 4 : at + 4 + size]
        at += 4 + size


def seen(content: bytes) -> list[tuple[str, bytes]]:
    """The pictures that libav finds: codec and content."""
    with av.open(io.BytesIO(content), "r") as container:
        streams = [stream for stream in container.streams.video if stream.disposition & Disposition.attached_pic]
        return [(packet.stream.codec_context.name, bytes(packet)) for packet in container.demux(*streams) if packet.size] if streams else []


def converted(source: bytes, folder: Path, name: str) -> bytes:
    """What `convert` makes of it."""
    convert(source, folder / name)
    return (folder / name).read_bytes()


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.m4a", "a.opus"])
def test_cover_art_goes_along(tmp_path: Path, name: str) -> None:
    """The picture in the result is the one of the source, to the byte."""
    assert seen(converted(flac(block(png())), tmp_path, name)) == [("png", png())]


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.m4a", "a.opus"])
def test_jpeg_goes_along(tmp_path: Path, name: str) -> None:
    """JPEG, which most covers are."""
    assert seen(converted(flac(block(jpeg(), mime=b"image/jpeg")), tmp_path, name)) == [("mjpeg", jpeg())]


@pytest.mark.parametrize("first", ["a.mp3", "a.flac", "a.m4a", "a.opus"])
def test_it_is_found_wherever_it_comes_from(tmp_path: Path, first: str) -> None:
    """What one format keeps is read from it again, with tags beside it."""
    source = converted(flac(block(png())), tmp_path, first)
    again = converted(source, tmp_path, "again.flac")
    assert seen(again) == [("png", png())]


@pytest.mark.parametrize("name", ["a.wav", "a.ogg", "a.pcm"])
def test_no_place_for_it(tmp_path: Path, name: str) -> None:
    """A format that keeps no pictures gets the sound alone, without a word."""
    assert png() not in converted(flac(block(png())), tmp_path, name)


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.m4a", "a.opus", "a.wav"])
def test_the_sound_is_the_same(tmp_path: Path, name: str) -> None:
    """Every sample is what it is without a picture, and so is the length."""
    with_picture, without = converted(flac(block(png())), tmp_path, name), converted(flac(), tmp_path, name)
    np.testing.assert_array_equal(decode(with_picture).samples, decode(without).samples)
    assert probe(with_picture).duration == probe(without).duration


@pytest.mark.parametrize("frames", [1, 1000, 50_000])
@pytest.mark.parametrize("name", ["m4a", "alac"])
def test_mp4_states_its_length_beside_a_picture(tmp_path: Path, name: str, frames: int) -> None:
    """To the sample, and with chapters, although another muxer writes it."""
    path, picture = tmp_path / "a.m4a", Picture("png", 20, 10, png())
    sound = Audio(noise(1, frames), 48_000)
    config = AudioProcessingConfig(output_format=name)
    write(path, sound, config, {"title": "T"}, lambda: [Chapter("One", 0.0)], lambda: [picture])
    assert (decode(path).frames, probe(path).tags["title"]) == (frames, "T")
    assert seen(path.read_bytes()) == [("png", png())]
    with av.open(path) as container:
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["One"]
        assert container.metadata["major_brand"] == "M4A "


def test_flac_writes_the_block_of_its_specification(tmp_path: Path) -> None:
    """Kind, MIME type, description and size stand in the block as RFC 9639 wants them."""
    source = flac(block(png(), description="Größe ♪".encode()), block(png(30), kind=4, width=30))
    first, second = flac_blocks(converted(source, tmp_path, "a.flac"))
    description = "Größe ♪".encode()
    assert first.startswith(struct.pack(">II", FRONT, 9) + b"image/png" + struct.pack(">I", len(description)) + description)
    assert second[:4] == struct.pack(">I", 4)
    assert second.endswith(png(30))


def test_mp3_has_an_apic_frame(tmp_path: Path) -> None:
    """ID3v2.4 frames, section 4.14: text encoding, MIME type, kind, description, picture."""
    content = converted(flac(block(png())), tmp_path, "a.mp3")
    frame = content[content.index(b"APIC") + 10 :]
    assert frame[1:].startswith(b"image/png\0" + bytes([FRONT]))
    assert frame[: len(png()) + 20].rstrip(b"\0").find(png()) > 0


def test_m4a_has_a_covr_atom(tmp_path: Path) -> None:
    """The list of metadata that players know: `covr` holds `data` of type 14 for PNG."""
    content = converted(flac(block(png())), tmp_path, "a.m4a")
    atom = content[content.index(b"covr") + 4 :]
    assert atom[4:12] == b"data" + struct.pack(">I", 14)
    assert atom[16:].startswith(png())


def test_the_comment_is_the_block_in_base64() -> None:
    """What Opus gets is FLAC's block, but for the colour depth, which may be 0 for unknown."""
    ((name, text),) = comment(Picture("png", 20, 10, png(), "Cover (front)", "♪")).items()
    assert name == "METADATA_BLOCK_PICTURE"
    expected = block(png(), description="♪".encode())
    made_up = base64.b64decode(text)
    colours = 8 + 9 + 4 + 3 + 8
    assert made_up[:colours] + expected[colours : colours + 4] + made_up[colours + 4 :] == expected


@pytest.mark.parametrize(
    "bad",
    [
        block(b"no picture at all"),
        block(b""),
        block(png(), mime=b"image/webp"),
        block(png(), mime=b"-->"),
        block(b"http://example.org/a.png", mime=b"-->"),
        block(png())[:40],
        block(png(0, 0)),
        block(png().replace(struct.pack(">II", 20, 10), struct.pack(">II", 60_000, 60_000))),
        block(png().replace(struct.pack(">II", 20, 10), struct.pack(">II", 70_000, 10))),
        block(png()[:33]),
    ],
)
@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.m4a", "a.opus"])
def test_odd_pictures_are_no_obstacle(tmp_path: Path, bad: bytes, name: str) -> None:
    """Pictures come from strangers: whatever they are, the sound is converted, and those that are right go along."""
    content = converted(flac(bad), tmp_path, name)
    assert decode(content).frames == SOUND.shape[1]


def test_what_is_too_much_is_left_out(tmp_path: Path) -> None:
    """Pictures of more than 15 MiB together do not fit: those that do are kept."""
    large, small = png(ballast=10 * 2**20), png(30)
    source = flac(block(large), block(large), block(small, width=30))
    assert [len(picture) for _, picture in seen(converted(source, tmp_path, "a.flac"))] == [len(large), len(small)]


def test_decoders_have_them_when_the_first_block_is_there(tmp_path: Path) -> None:
    """Before that there may be none."""
    with open_audio(flac(block(png(), description=b"Sleeve"))) as decoder:
        next(iter(decoder))
        assert decoder.pictures == (Picture("png", 20, 10, png(), "Cover (front)", "Sleeve"),)


def test_films_are_no_cover_art(tmp_path: Path, libav: object) -> None:
    """A moving picture is not carried."""
    film = libav("matroska", "flac", SOUND, 48_000, picture=True)  # type: ignore[operator]
    assert seen(converted(film, tmp_path, "a.mp3")) == []
