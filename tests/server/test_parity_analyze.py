"""The same music gives the same figures: in Python, by either HTTP route, live over WebSocket, or by the command line."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from auricle import music, wire
from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, encode, open_audio
from auricle.music import MusicAnalysis
from auricle.music.live import LiveAnalysis
from auricle.server.analysing import NOTHING_HEARD, since
from auricle.server.app import create_app
from auricle.server.local import LocalEngine
from auricle.server.settings import Settings

SECONDS = 12


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """A client of the application with the real engine."""
    settings = Settings(model="tiny.en")
    with TestClient(create_app(LocalEngine(settings), settings), "http://127.0.0.1:8000") as client:
        yield client


@pytest.fixture(scope="module")
def audio(recordings: Path) -> Audio:
    """The beginning of a piece of music."""
    with open_audio(recordings / "vibe_ace.ogg") as decoder:
        whole = Audio.join(decoder)
    return Audio(whole.samples[:, : SECONDS * whole.rate], whole.rate)


@pytest.fixture(scope="module")
def recording(audio: Audio) -> bytes:
    """The same as a file."""
    return encode(audio, AudioProcessingConfig(output_format="flac"))


@pytest.fixture(scope="module")
def expected(recording: bytes) -> MusicAnalysis:
    """What Python finds in it."""
    return music.analyze(recording)


def as_sent(shape: object) -> object:
    """As it comes out of JSON."""
    return json.loads(json.dumps(shape))


def test_our_route(client: TestClient, recording: bytes, expected: MusicAnalysis) -> None:
    """Figure by figure, as a body or in a form."""
    for sent in ({"content": recording}, {"files": {"file": recording}}):
        assert client.post("/analyze", **sent).json() == as_sent(wire.analysis(expected))


def test_the_guides_route(client: TestClient, recording: bytes, expected: MusicAnalysis) -> None:
    """The guide's fields, and ours."""
    found = client.post("/analyze_music", json={"audio_base64": base64.b64encode(recording).decode()}).json()
    assert found == as_sent(wire.guide_analysis(expected))
    assert found["duration_seconds"] == SECONDS
    assert found["beat_count"] == len(found["beat_times"])


def test_the_command_line(recording: bytes, expected: MusicAnalysis, tmp_path: Path) -> None:
    """`auricle analyze --json` prints what our route answers, beside the recording's name."""
    (tmp_path / "song.flac").write_bytes(recording)
    command = [sys.executable, "-m", "auricle", "analyze", "--json", str(tmp_path / "song.flac")]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    figures = wire.analysis(expected)
    assert {name: told[name] for name in figures} == as_sent(figures)


def test_frames(client: TestClient, recording: bytes) -> None:
    """Those of every feature, too."""
    found = client.post("/analyze?include=spectrum&frames=true", content=recording).json()
    assert found == as_sent(wire.analysis(music.analyze(recording, include=["spectrum"], frames=True)))
    assert len(found["spectrum"]["mfcc"][12]["frames"]) == len(found["spectrum"]["centroid_hz"]["frames"])


def test_beats_as_lines(client: TestClient, recording: bytes, expected: MusicAnalysis) -> None:
    """They are the beats."""
    lines = client.post("/analyze?format=beats", content=recording).text.splitlines()
    assert expected.rhythm is not None
    assert lines == [f"{beat.time:.3f}\t{beat.position}" for beat in expected.rhythm.beats]


def live(client: TestClient, audio: Audio, chunk: int) -> list[dict[str, Any]]:
    """What is said over WebSocket, as the guide has it, in chunks of so many frames."""
    found = []
    with client.websocket_connect("/ws") as socket:

        def said(message: dict[str, object]) -> dict[str, Any]:
            socket.send_text(json.dumps(message))
            answer: dict[str, Any] = json.loads(socket.receive_text())
            return answer

        said({"type": "configure", "sample_rate": audio.rate, "channels": audio.channels})
        for block in audio.blocks(chunk):
            piece = base64.b64encode(block.samples.T.tobytes()).decode()
            found.append(said({"type": "audio_chunk", "audio_base64": piece, "process_type": "analyze"})["data"])
        found.append(said({"type": "finish"})["data"])
    return found


@pytest.mark.parametrize("chunk", [30_000, 100_000])
def test_live(client: TestClient, audio: Audio, chunk: int) -> None:
    """What is said is what `LiveAnalysis` says of it, in whatever chunks; and each beat is told once."""
    analysis, last, expected = LiveAnalysis(audio.rate, audio.channels), NOTHING_HEARD, []
    for block in audio.blocks(chunk):
        last = since(last, analysis.feed(block.samples))
        expected.append(as_sent(wire.rolling(last)))
    expected.append(as_sent(wire.rolling(since(last, analysis.finish()))))
    found = live(client, audio, chunk)
    assert found == expected
    beats = [beat["time"] for each in found for beat in each["beats"]]
    assert beats == sorted(set(beats))
