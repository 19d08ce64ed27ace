"""What Prometheus reads: valid, true, and of bounded size."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from auricle.errors import Busy
from auricle.server.metrics import Metrics
from tests.server.conftest import HELLO, PlayedEngine, application, eventually


def families(client: TestClient) -> dict[str, Metric]:
    """What /metrics says, by name."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def value(families: dict[str, Metric], sample: str, **labels: str) -> float:
    """Of the only sample with that name and these labels."""
    (found,) = [
        each.value
        for family in families.values()
        for each in family.samples
        if each.name == sample and labels.items() <= each.labels.items()
    ]
    return found


def test_it_is_what_prometheus_reads(engine: PlayedEngine) -> None:
    """Each family has a name of ours or of the client library's, a type and a help, and is there once."""
    text = Metrics(engine).text().decode()
    found = list(text_string_to_metric_families(text))
    assert len({family.name for family in found}) == len(found)
    for family in found:
        assert family.documentation
        assert family.type in ("counter", "gauge", "histogram", "info")
        assert family.name.startswith(("auricle_", "process_", "python_"))


def test_requests_are_counted(client: TestClient) -> None:
    """By route, method and status; and timed by route."""
    client.post("/transcribe", content=b"audio")
    client.post("/transcribe", content=b"")
    client.post("/transcribe", content=b"audio")
    found = families(client)
    assert value(found, "auricle_requests_total", route="/transcribe", method="POST", status="200") == 2
    assert value(found, "auricle_requests_total", route="/transcribe", method="POST", status="422") == 1
    assert value(found, "auricle_request_seconds_count", route="/transcribe") == 3
    assert 0 < value(found, "auricle_request_seconds_sum", route="/transcribe") < 1


def test_work_is_counted(client: TestClient, engine: PlayedEngine) -> None:
    """Seconds of audio and the real-time factor, by model, on every face and for streams, too; not for what failed."""
    client.post("/transcribe", content=b"audio")
    client.post("/transcribe?stream=true", content=b"audio")
    client.post("/v1/audio/translations", data={"model": "whisper-1"}, files={"file": b"audio"})
    engine.fails_late = RuntimeError("late")
    client.post("/transcribe", content=b"audio")
    found = families(client)
    assert value(found, "auricle_audio_seconds_total", model="base") == 3 * 3.5
    assert value(found, "auricle_real_time_factor_count", model="base") == 3
    assert value(found, "auricle_real_time_factor_bucket", model="base", le="0.1") == 3
    assert value(found, "auricle_real_time_factor_bucket", model="base", le="0.05") == 0


def test_live_streams_are_counted(client: TestClient, engine: PlayedEngine) -> None:
    """Those that are open, those that have ended and how, and the seconds of audio that they were sent."""
    chunk = json.dumps({"type": "audio_chunk", "audio_base64": base64.b64encode(bytes(32_000)).decode()})
    with client.websocket_connect("/ws") as socket:
        assert value(families(client), "auricle_open_streams") == 0
        for message in (chunk, chunk):
            socket.send_text(message)
            socket.receive_text()
        assert value(families(client), "auricle_open_streams") == 1
        socket.send_text('{"type": "finish"}')
        assert [json.loads(socket.receive_text())["type"] for _ in range(2)] == ["result", "finished"]
        socket.send_text(chunk)
        socket.receive_text()
    eventually(lambda: value(families(client), "auricle_open_streams") == 0)
    for name, error in (("listening_fails", Busy("no place.")), ("stream_fails", RuntimeError("a bug"))):
        setattr(engine, name, error)
        with client.websocket_connect("/ws") as socket:
            socket.send_text(chunk)
            socket.receive_text()
        setattr(engine, name, None)
    eventually(lambda: "failed" in client.get("/metrics").text)
    found = families(client)
    for outcome in ("finished", "dropped", "refused", "failed"):
        assert value(found, "auricle_streams_total", outcome=outcome) == 1
    assert value(found, "auricle_live_audio_seconds_total") == 4 * 0.5
    assert value(found, "auricle_requests_total", route="/ws", method="GET", status="101") == 3
    assert value(found, "auricle_problems_total", code="busy") == 1
    assert not [each for each in found["auricle_request_seconds"].samples if each.labels["route"] == "/ws"]


def test_a_recording_without_a_length() -> None:
    """Silence of no length has no real-time factor, and does not divide by zero."""
    with application(PlayedEngine(says=replace(HELLO, text="", segments=(), duration=0.0))) as client:
        assert client.post("/transcribe", content=b"audio").status_code == 200
        assert "auricle_real_time_factor" in families(client)


def test_the_engine_is_asked(client: TestClient, engine: PlayedEngine) -> None:
    """Load, readiness and the models' memory are what the engine says at that moment."""
    found = families(client)
    assert value(found, "auricle_running") == 0
    assert value(found, "auricle_waiting") == 0
    assert value(found, "auricle_ready") == 1
    assert value(found, "auricle_model_memory_bytes", model="base") == 80_000_000
    assert value(found, "auricle_model_memory_bytes", model="tiny.en") == 0
    engine.started = False
    assert value(families(client), "auricle_ready") == 0


def test_clients_cannot_make_it_grow(client: TestClient) -> None:
    """Paths, model names and methods that somebody invents make no new series."""
    for number in range(20):
        client.get(f"/nothing/{number}")
        client.get(f"/v1/models/{number}")
        client.request(f"METHOD{number}", "/transcribe")
        client.request(f"METHOD{number}", f"/nothing/{number}")
    samples = [sample for sample in families(client)["auricle_requests"].samples if sample.name.endswith("_total")]
    assert {(sample.labels["method"], sample.labels["route"], sample.labels["status"]) for sample in samples} == {
        ("GET", "unknown", "404"),
        ("GET", "/v1/models/{model:path}", "404"),
        ("other", "/transcribe", "405"),
        ("other", "unknown", "404"),
    }


def test_applications_do_not_share(engine: PlayedEngine) -> None:
    """Two in one process count for themselves."""
    with application(engine) as first, application(PlayedEngine()) as second:
        first.get("/v1/models")
        assert "auricle_requests" in families(first)
        assert families(second)["auricle_requests"].samples == []
