"""Five hundred files that are not what they should be, sent to a running server as its clients would: it does not mind."""

from __future__ import annotations

import base64
import collections
import io
import os
import random
import socket
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from auricle import Audio
from auricle.codec import AudioProcessingConfig, encode
from tests.server.conftest import Belongings, Running, belongings, eventually, serving, wait_until_ready

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

COUNT = 500
CLIENTS = 6
LIMITS = {
    "AURICLE_RECORDING_SECONDS": "10",
    "AURICLE_UPLOAD_BYTES": "2MB",
    "AURICLE_DECODE_SECONDS": "5",
    "AURICLE_DECODE_MEMORY": "256MiB",
    "AURICLE_CONCURRENCY": "2",
    "AURICLE_WAITING": "4",
}
NUMBERS = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
SENSIBLE = {200, 400, 413, 415, 422}

Mutation = Callable[[random.Random, bytes, bytes], bytes]


# What is done to a recording: each takes it, and another one


def flip(dice: random.Random, whole: bytes, _: bytes) -> bytes:
    """Single bits, anywhere."""
    changed = bytearray(whole)
    for _each in range(dice.choice((1, 8, 100))):
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def flip_header(dice: random.Random, whole: bytes, _: bytes) -> bytes:
    """Single bits where the header is."""
    return flip(dice, whole[:200], b"") + whole[200:]


def edit_header(dice: random.Random, whole: bytes, _: bytes) -> bytes:
    """A number of the header becomes one that nobody expects."""
    place, size = dice.randrange(100), dice.choice((1, 2, 4))
    number: int = dice.choice(NUMBERS) % 2 ** (8 * size)
    return whole[:place] + number.to_bytes(size, "little" if dice.random() < 0.5 else "big") + whole[place + size :]


def cut(dice: random.Random, whole: bytes, _: bytes) -> bytes:
    """The end is missing."""
    return whole[: dice.randrange(1, len(whole))]


def behead(dice: random.Random, whole: bytes, _: bytes) -> bytes:
    """The beginning is missing."""
    return whole[dice.randrange(1, min(5000, len(whole))) :]


def splice(dice: random.Random, whole: bytes, other: bytes) -> bytes:
    """It goes on as another one."""
    return whole[: dice.randrange(20, len(whole))] + other[dice.randrange(len(other)) :]


def stutter(dice: random.Random, whole: bytes, _: bytes) -> bytes:
    """A part comes many times."""
    place = dice.randrange(len(whole))
    return whole[:place] + whole[place : place + dice.randrange(1, 2000)] * dice.randrange(2, 30) + whole[place:]


def fill(dice: random.Random, whole: bytes, _: bytes) -> bytes:
    """Noise instead of a part."""
    place, size = dice.randrange(len(whole)), dice.randrange(1, 20_000)
    return whole[:place] + dice.randbytes(size) + whole[place + size :]


MUTATIONS: tuple[Mutation, ...] = (flip, flip_header, edit_header, edit_header, cut, behead, splice, stutter, fill)


# What was never a recording


def documents() -> list[bytes]:
    """Texts, pictures, programs, archives, and the first bytes of recordings."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("x.wav", bytes(10**6))
    beginnings = [b"", b"\0", b"R", b"RIFF", b"OggS", b"fLaC", b"ID3", b"\xff\xfb", b"RIFF\xff\xff\xff\xffWAVEfmt "]
    texts = [b"text " * 1000, "Grüße, 世界".encode(), "text".encode("utf-16"), b'{"audio_base64": "AAAA"}', b"#!/bin/sh\necho\n"]
    pages = [b"<html><body><audio src=x></body></html>", b"%PDF-1.7\n" + bytes(2000), b"\x89PNG\r\n\x1a\n" + bytes(2000)]
    programs = [b"\x7fELF" + bytes(1000), b"GIF89a" + bytes(500), archive.getvalue(), b"\x1f\x8b\x08" + bytes(1000)]
    return [*beginnings, *texts, *pages, *programs, bytes(100_000), b"\xff" * 100_000]


def play_lists(victim: Path, port: int) -> list[bytes]:
    """Files that want another one, or an address, to be opened."""
    address = f"127.0.0.1:{port}"
    names = [f"file://{victim}", f"concat:{victim}", f"subfile,,start,0,end,0,,:{victim}", f"http://{address}/x", f"tcp://{address}"]
    forms = [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{}'\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{}</BaseURL></MPD>',
        "[playlist]\nFile1={}\nNumberOfEntries=1\n",
    ]
    sdp = f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n"
    return [form.format(name).encode() for name in (str(victim), "/etc/passwd", *names) for form in forms] + [sdp.encode()]


def files(recordings: Path, port: int) -> Iterator[bytes]:
    """All of them, the same ones each time."""
    dice = random.Random(2025)  # noqa: S311 - no secret
    names = ("goforward.wav", "fw-hotwords.mp3", "wy-light-de.wav", "wy-light-en.wav")
    speech = [(recordings / name).read_bytes() for name in names]
    trumpet = Audio.read(recordings / "solo_trumpet.ogg")  # in which nothing has to be recognised, which is what takes long
    formats = ("wav", "flac", "mp3", "opus", "aac", "alac")
    music = [encode(trumpet, AudioProcessingConfig(output_format=name)) for name in formats]
    music.append((recordings / "solo_trumpet.ogg").read_bytes())
    seeds = speech + music
    others = documents() + play_lists(recordings / "goforward.wav", port)
    yield from others
    for number in range(60):
        yield dice.choice((b"", seeds[number % len(seeds)][:64])) + dice.randbytes(dice.randrange(1, 50_000))
    for number in range(COUNT - 60 - len(others)):
        whole = speech[number // 6 % len(speech)] if number % 6 == 0 else music[number % len(music)]
        yield dice.choice(MUTATIONS)(dice, whole, dice.choice(seeds))


# How it is sent


def send(client: httpx.Client, number: int, content: bytes) -> httpx.Response:
    """Send a file in one of the ways that there are; who is told to come back does."""
    # What is broken reads doubtful; most need not be tried again warmer and warmer, which takes longest.
    fields: dict[str, str | int] = {"beam_size": 1, "language": "en", "model": "tiny.en", "temperature": min(1, number % 5)}
    more = {**fields, "word_timestamps": number % 3 == 0, "salvage": number % 2 == 0}
    for _ in range(200):
        match number % 4:
            case 0:
                answer = client.post("/transcribe", content=content, params=more)
            case 1:
                answer = client.post("/transcribe", files={"file": ("../../x.wav", content)}, data={**more, "format": "srt"})
            case 2:
                answer = client.post("/transcribe_speech", json={**more, "audio_base64": base64.b64encode(content).decode()})
            case _:
                answer = client.post("/v1/audio/transcriptions", files={"file": content}, data=fields)
        if answer.status_code != 503:
            break
        assert answer.json().get("code", answer.json().get("error", {}).get("code")) == "busy"
        time.sleep(0.1)
    return answer


def memory(process: int) -> int:
    """What a process holds. Bytes."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def ear() -> Iterator[socket.socket]:
    """A port at which nobody may ever ask for anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        yield listener


def check_good_file(client: httpx.Client, recordings: Path) -> None:
    """A recording is transcribed as ever."""
    answer = client.post("/transcribe", content=(recordings / "goforward.wav").read_bytes(), params={"beam_size": 1})
    assert answer.json()["text"] == "Go forward 10 meters."


def settled(server: Running) -> Belongings:
    """What the server has when nobody is connected."""
    time.sleep(0.5)
    return belongings(server.process.pid)


def test_five_hundred_files(recordings: Path, tmp_path: Path) -> None:
    """Each is answered sensibly, in a sentence; nothing is opened, leaked or left; and the server transcribes as well as before."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with ear() as listener, serving("--preload", **LIMITS, TMPDIR=str(temporary)) as server:
        wait_until_ready(server.url)
        process, sent = server.process.pid, list(files(recordings, listener.getsockname()[1]))
        assert len(sent) == COUNT

        def answers_to(numbers: range) -> list[httpx.Response]:
            with httpx.Client(base_url=server.url, timeout=30) as client, ThreadPoolExecutor(CLIENTS) as clients:
                answers = list(clients.map(lambda number: send(client, number, sent[number]), numbers))
                check_good_file(client, recordings)
                return answers

        answers = answers_to(range(COUNT - 50, COUNT))  # after which what is made once is there
        before, held = settled(server), memory(process)
        answers += answers_to(range(COUNT - 50))
        after = settled(server)
        assert (after.files, after.processes) == (before.files, 1)  # the fork server
        assert after.threads <= before.threads + 6  # asyncio's, which write uploads
        eventually(lambda: memory(process) - held < 20_000_000, 15)
        check_answers(answers, str(recordings))
        assert list(temporary.iterdir()) == []
        assert [line for line in server.log if '"level": "error"' in line or '"level": "warning"' in line] == []
        with pytest.raises(BlockingIOError):
            listener.accept()


def check_answers(answers: list[httpx.Response], secret: str) -> None:
    """They are of all sensible kinds and of no other, and say what is wrong."""
    statuses = collections.Counter(answer.status_code for answer in answers)
    assert set(statuses) <= SENSIBLE, statuses
    assert len(statuses) >= 4, statuses
    assert statuses[200] > 50, statuses
    for answer in answers:
        assert "X-Request-ID" in answer.headers
        if answer.status_code != 200:
            problem = answer.json().get("error", answer.json())
            assert problem["message"].isprintable()
            assert problem["message"].endswith(".")
            assert secret not in answer.text
