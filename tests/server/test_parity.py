"""The same recording gives the same words and times, whichever way it comes in: Python, the command line, and three HTTP APIs."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

import auricle
from auricle import wire
from auricle.cli.main import main
from auricle.speech.transcript import Transcript
from tests.server.conftest import Running

OPTIONS = {"model": "tiny.en", "beam_size": 1, "word_timestamps": True}
WORDS = ("--model", "tiny.en", "--beam-size", "1", "--word-timestamps")


@dataclass(frozen=True)
class Case:
    """A recording, and what Python finds in it."""

    path: Path
    found: Transcript

    @property
    def captioned(self) -> bool:
        """Whether its captions are looked at: those of short ones say enough."""
        return self.found.duration < 10

    @property
    def shape(self) -> dict[str, Any]:
        """The JSON object that it should be everywhere."""
        return timeless(wire.transcript(self.found))


@pytest.fixture(scope="module", params=["goforward.wav", "two_cities.flac", "fw-hotwords.mp3"])
def case(request: pytest.FixtureRequest, recordings: Path) -> Case:
    """A recording, and what Python finds in it."""
    path = recordings / request.param
    return Case(path, auricle.transcribe(path, model="tiny.en", beam_size=1, word_timestamps=True))


@pytest.fixture
def client(server: Running) -> Iterator[openai.OpenAI]:
    """OpenAI's own client, which does not know better."""
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0, timeout=60) as client:
        yield client


def timeless(shape: Any) -> dict[str, Any]:
    """A transcript's object without the time that it took, which is never the same."""
    return {name: value for name, value in shape.items() if name != "processing_time_ms"}


def post(url: str, **request: Any) -> httpx.Response:
    """An answer, which must be 200."""
    answer = httpx.post(url, timeout=60, **request)
    assert answer.status_code == 200, answer.text
    return answer


def spoken(case: Case) -> list[tuple[str, float, float]]:
    """The words and their times, to the millisecond as on the wire."""
    return [(word.text, round(word.start, 3), round(word.end, 3)) for word in case.found.words]


def test_there_is_something_to_compare(case: Case) -> None:
    """Every recording has words with times."""
    assert len(spoken(case)) > 3


def test_the_command_line(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    """`auricle transcribe`, a process of its own, writes Python's transcript; and its captions."""
    command = [sys.executable, "-m", "auricle", "transcribe", *WORDS, "--format", "json", str(case.path)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert timeless(json.loads(done.stdout)) == case.shape
    if case.captioned:
        assert main(["transcribe", *WORDS, "--format", "srt", str(case.path)]) == 0
        assert capsys.readouterr().out == wire.render(case.found, "srt")


def test_the_guides_route(case: Case, server: Running) -> None:
    """`POST /transcribe_speech` gives it for base64."""
    body = {"audio_base64": base64.b64encode(case.path.read_bytes()).decode(), **OPTIONS}
    assert timeless(post(f"{server.url}/transcribe_speech", json=body).json()) == case.shape


def test_our_own_route(case: Case, server: Running) -> None:
    """`POST /transcribe` gives it for a body and for a form, in captions as in JSON."""
    url = f"{server.url}/transcribe"
    content = case.path.read_bytes()
    assert timeless(post(url, content=content, params=OPTIONS).json()) == case.shape
    assert timeless(post(url, files={"file": content}, data=OPTIONS).json()) == case.shape
    if case.captioned:
        assert post(url, files={"file": content}, data={**OPTIONS, "format": "srt"}).text == wire.render(case.found, "srt")
        assert post(url, content=content, params=OPTIONS, headers={"Accept": "text/vtt"}).text == wire.render(case.found, "vtt")


def test_our_own_stream(case: Case, server: Running) -> None:
    """As server-sent events its segments come one by one, and then all of it."""
    stream = post(f"{server.url}/transcribe", content=case.path.read_bytes(), params={**OPTIONS, "stream": True}).text
    events = [(event.partition("\n")[0], json.loads(event.partition("data: ")[2])) for event in stream.strip().split("\n\n")]
    assert events[0][0] == "event: progress"
    assert [data for name, data in events if name == "event: segment"] == case.shape["segments"]
    assert events[-1][0] == "event: transcript"
    assert timeless(events[-1][1]) == case.shape


def test_openais_route(case: Case, client: openai.OpenAI) -> None:
    """OpenAI's client hears the same words at the same times, and its captions are ours."""
    beam: Any = {"beam_size": 1}
    granularities: list[Any] = ["word", "segment"]
    verbose = client.audio.transcriptions.create(
        model="tiny.en", file=case.path, response_format="verbose_json", timestamp_granularities=granularities, extra_body=beam
    )
    assert verbose.text == case.found.text
    assert verbose.duration == pytest.approx(case.found.duration, abs=0.001)
    assert [(word.word, word.start, word.end) for word in verbose.words or ()] == spoken(case)
    heard = [(segment.text.strip(), segment.start, segment.end) for segment in verbose.segments or ()]
    assert heard == [(segment["text"], segment["start"], segment["end"]) for segment in case.shape["segments"]]
    if not case.captioned:
        return
    captions = client.audio.transcriptions.create(
        model="tiny.en", file=case.path, response_format="srt", timestamp_granularities=granularities, extra_body=beam
    )
    assert captions == wire.render(case.found, "srt")


def test_openais_stream(case: Case, client: openai.OpenAI) -> None:
    """The deltas together are Python's text, and so is the last event's."""
    found = auricle.transcribe(case.path, model="tiny.en", beam_size=1)  # where words have times, windows are divided otherwise
    events = list(client.audio.transcriptions.create(model="whisper-1", file=case.path, stream=True, extra_body={"beam_size": 1}))
    *deltas, done = events
    assert done.type == "transcript.text.done"
    assert "".join(delta.delta for delta in deltas if delta.type == "transcript.text.delta") == done.text
    assert done.text == found.text
