"""The same recording becomes the same audio, whichever way it comes in: Python, either HTTP route, or live over WebSocket."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from auricle import wire
from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, decode, encode
from auricle.enhancement import Band, Enhanced, EnhanceOptions, enhance, enhancer
from auricle.server.app import create_app
from auricle.server.local import LocalEngine
from auricle.server.settings import Settings

BANDS = [{"frequency": 100, "gain": -3.0, "q": 1.0}, {"frequency": 3000, "gain": 2.0, "q": 1.5}]
OPTIONS = EnhanceOptions(denoise="deepfilter", declick=0.5, equalize=(Band(100, -3.0, 1.0), Band(3000, 2.0, 1.5)), loudness=-20.0)
QUERY = "?denoise=deepfilter&declick=0.5&eq=100:-3:1&eq=3000:2:1.5&loudness=-20&bit_depth=float"
GUIDE = {"reduce_noise": True, "normalize": True, "target_level": -20.0, "eq_bands": BANDS, "remove_clicks": True}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """A client of the application with the real engine."""
    settings = Settings(model="tiny.en")
    with TestClient(create_app(LocalEngine(settings), settings), "http://127.0.0.1:8000") as client:
        yield client


@pytest.fixture(scope="module")
def recording(recordings: Path) -> Path:
    """2.8 seconds of speech."""
    return recordings / "goforward.wav"


@pytest.fixture(scope="module")
def expected(recording: Path) -> Enhanced:
    """What Python gives."""
    return enhance(recording, OPTIONS)


def heard(data: bytes) -> Audio:
    """What comes, decoded."""
    return decode(io.BytesIO(data))


def test_our_route(client: TestClient, recording: Path, expected: Enhanced) -> None:
    """Sample by sample, with the same report."""
    answer = client.post(f"/enhance{QUERY}", content=recording.read_bytes())
    assert np.array_equal(heard(answer.content).samples, expected.audio.samples)
    assert json.loads(answer.headers["x-auricle-report"]) == wire.enhancement_report(expected.report)


def test_the_guides_route(client: TestClient, recording: Path, expected: Enhanced) -> None:
    """Byte for byte the file that Python writes, with the same report."""
    encoded = base64.b64encode(recording.read_bytes()).decode()
    answer = client.post("/enhance_audio", json={"audio_base64": encoded, "options": GUIDE}).json()
    assert base64.b64decode(answer["enhanced_audio_base64"]) == encode(expected.audio)
    assert answer["report"] == wire.enhancement_report(expected.report)
    assert answer["duration_seconds"] == pytest.approx(expected.audio.duration, abs=0.001)


def test_a_noise_profile(client: TestClient, recording: Path) -> None:
    """From when to when, or as a recording."""
    data = recording.read_bytes()
    audio = Audio.read(recording)
    profile = Audio(audio.samples[:, : audio.rate // 5], audio.rate)
    by_span = client.post("/enhance?denoise=spectral&noise_profile=0:0.2&bit_depth=float", content=data)
    encoded = base64.b64encode(encode(profile, AudioProcessingConfig(bit_depth="float"))).decode()
    options = {"reduce_noise": True, "noise_profile": encoded}
    body = {"audio_base64": base64.b64encode(data).decode(), "options": options, "bit_depth": "float"}
    by_recording = base64.b64decode(client.post("/enhance_audio", json=body).json()["enhanced_audio_base64"])
    for given, answered in (((0.0, 0.2), by_span.content), (profile, by_recording)):
        theirs = enhance(recording, EnhanceOptions(denoise="spectral", noise_profile=given)).audio
        assert np.array_equal(heard(answered).samples, theirs.samples)


@pytest.mark.parametrize(("format_", "others"), [("mp3", "wav, flac, opus, pcm"), ("m4a", "wav, flac, opus, pcm")])
def test_more_channels_than_the_format_has(client: TestClient, format_: str, others: str) -> None:
    """The format is to blame, which the client chose, and those that could take them are named."""
    data = encode(Audio(np.zeros((8, 800), np.float32), 8000))
    body = {"audio_base64": base64.b64encode(data).decode(), "output_format": format_}
    for answer, field in (
        (client.post(f"/enhance?format={format_}", content=data), "format"),
        (client.post("/enhance_audio", json=body), "output_format"),
    ):
        assert (answer.status_code, answer.json()["field"]) == (422, field)
        assert answer.json()["message"] == f"{format_} cannot hold the 8 channels of this recording; use one of: {others}."


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?eq=30000:3", "eq"),
        ("?loudness=3", "loudness"),
        ("?loudness=loud", "loudness"),
        ("?denoise=spectral&noise_profile=1:100", "noise_profile"),
        ("?order=trim", "order"),
    ],
)
def test_what_does_not_fit_the_recording(client: TestClient, recording: Path, query: str, field: str) -> None:
    """It is refused with the field to blame."""
    answer = client.post(f"/enhance{query}", content=recording.read_bytes())
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def live(client: TestClient, audio: Audio, chunk: int, **options: object) -> bytes:
    """What comes back over WebSocket, as the guide has it, in chunks of so many frames."""
    out = b""
    with client.websocket_connect("/ws") as socket:

        def said(message: dict[str, Any]) -> dict[str, Any]:
            socket.send_text(json.dumps(message))
            found: dict[str, Any] = json.loads(socket.receive_text())
            return found

        configured = said({"type": "configure", "sample_rate": audio.rate, "channels": audio.channels, "enhance": options})
        assert configured["type"] == "configured"
        for block in audio.blocks(chunk):
            piece = base64.b64encode(block.samples.T.tobytes()).decode()
            found = said({"type": "audio_chunk", "audio_base64": piece, "process_type": "enhance"})
            out += base64.b64decode(found["data"]["enhanced_audio_base64"])
        rest = said({"type": "finish"})
        return out + base64.b64decode(rest["data"]["enhanced_audio_base64"])


@pytest.mark.parametrize(("chunk", "said", "ceiling"), [(1600, {}, -1.0), (20_000, {}, -1.0), (20_000, {"true_peak": None}, None)])
def test_live(client: TestClient, recording: Path, chunk: int, said: dict[str, object], ceiling: float | None) -> None:
    """What comes back is what `enhancer` makes of it with the same options, in whatever chunks: sample by sample, none missing."""
    audio = Audio.read(recording)
    options = EnhanceOptions(denoise="deepfilter", equalize=(Band(100, 12.0),), true_peak=ceiling)
    stage = enhancer(audio.rate, audio.channels, options)
    theirs = np.concatenate([stage.feed(audio.samples), stage.finish()], axis=1)
    found = live(client, audio, chunk, equalize=[{"frequency": 100, "gain": 12.0}], **said)
    assert len(found) == audio.samples.nbytes
    assert found == np.ascontiguousarray(theirs.T).tobytes()
