"""The same recording gives the same words and times, whichever way it comes in: Python, the command line, HTTP and WebSocket."""

from __future__ import annotations

import asyncio
import base64
import difflib
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from websockets.sync.client import connect

import auricle
from auricle import Audio, AudioProcessingConfig, wire
from auricle.cli.main import main
from auricle.speech import load_recognizer
from auricle.speech.events import Final, LiveEvent
from auricle.speech.live import LiveOptions, LiveSession
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


# Live: the same words, whichever way they come in while they are spoken


@dataclass(frozen=True)
class Spoken:
    """A recording that is heard live, and what Python hears."""

    path: Path
    audio: Audio
    heard: list[LiveEvent]

    @property
    def text(self) -> str:
        """What became final."""
        return "".join(event.text for event in self.heard if isinstance(event, Final))

    @property
    def words(self) -> list[tuple[str, float, float]]:
        """The same, word by word with times, to the millisecond as on the wire."""
        return final_words(self.heard)

    def pieces(self, frames: int) -> list[bytes]:
        """Its samples as the guide sends them, so many at a time."""
        return [bytes(block.samples[0].astype("<f4")) for block in self.audio.blocks(frames)]


def final_words(events: Iterable[LiveEvent]) -> list[tuple[str, float, float]]:
    """What became final, with times to the millisecond."""
    words = [word for event in events if isinstance(event, Final) for word in event.words]
    return [(word.text, round(word.start, 3), round(word.end, 3)) for word in words]


@pytest.fixture(scope="module", params=["jfk.flac", "LJ001-0001.wav"])
def spoken_case(request: pytest.FixtureRequest, recordings: Path) -> Spoken:
    """A recording, and what `auricle.listen` hears of it."""
    path = recordings / request.param
    audio = Audio.read(path, AudioProcessingConfig(sample_rate=16_000, channels=1))
    with auricle.listen(path, model="tiny.en", realtime=False) as captions:
        return Spoken(path, audio, list(captions))


def in_steps(case: Spoken, frames: int) -> list[LiveEvent]:
    """What a session says when it is asked after each piece, and only then."""
    session, events = LiveSession(load_recognizer("tiny.en"), LiveOptions()), list[LiveEvent]()
    for block in case.audio.blocks(frames):
        events += session.hear(block.samples[0])
        events += session.update() if session.due else ()
    return [*events, *session.finish()]


def from_chunks(case: Spoken, url: str, frames: int) -> list[dict[str, Any]]:
    """The results of a client of the guide, which awaits the answer to each chunk, and says that it has finished."""
    with connect(f"{url.replace('http', 'ws')}/ws") as socket:
        results = []
        for piece in case.pieces(frames):
            socket.send(json.dumps({"type": "audio_chunk", "audio_base64": base64.b64encode(piece).decode()}))
            results.append(json.loads(socket.recv(60)))
        socket.send(json.dumps({"type": "finish"}))
        results.append(json.loads(socket.recv(60)))
        assert json.loads(socket.recv(60)) == {"type": "finished"}
    return [result["data"] for result in results]


def same_text(case: Spoken, text: str) -> bool:
    """Whether it says what Python hears, but for what larger steps make of it: no word twice, none lost, few written otherwise."""
    mine, theirs = (re.findall(r"[\w']+", each.lower()) for each in (text, case.text))
    matcher = difflib.SequenceMatcher(None, mine, theirs, autojunk=False)
    common = sum(block.size for block in matcher.get_matching_blocks())
    return max(len(mine), len(theirs)) - common <= 0.2 * len(theirs)


def test_there_is_something_to_compare_live(spoken_case: Spoken, recordings: Path) -> None:
    """Every recording has words with times, and they are those of its transcript."""
    assert len(spoken_case.words) > 15
    assert same_text(spoken_case, auricle.transcribe(spoken_case.path, model="tiny.en").text)


def test_live_on_the_command_line(spoken_case: Spoken) -> None:
    """`auricle listen --json` writes Python's events, each on a line."""
    command = [sys.executable, "-m", "auricle", "listen", "--file", str(spoken_case.path), "--fast", "--json", "--model", "tiny.en"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [wire.live_event(event) for event in spoken_case.heard]


@pytest.mark.parametrize("frames", [512, 1600, 8000])
def test_live_in_the_guides_chunks(spoken_case: Spoken, server: Running, frames: int) -> None:
    """Whoever awaits the answer to each chunk gets the words that a session gives in the same steps; in the smallest, Python's."""
    expected = spoken_case.heard if frames == 512 else in_steps(spoken_case, frames)
    results = from_chunks(spoken_case, server.url, frames)
    assert [(word["word"], word["start"], word["end"]) for result in results for word in result["words"]] == final_words(expected)
    assert "".join(result["text"] for result in results) == "".join(event.text for event in expected if isinstance(event, Final))


def test_live_in_frames(spoken_case: Spoken, server: Running) -> None:
    """Binary frames, as fast as they are taken, are heard whole."""
    with connect(f"{server.url.replace('http', 'ws')}/ws") as socket:
        for piece in spoken_case.pieces(1600):
            socket.send(piece)
        socket.send(json.dumps({"type": "finish"}))
        events = list(iter(lambda: json.loads(socket.recv(60)), {"type": "finished"}))
    assert same_text(spoken_case, "".join(event["text"] for event in events if event["type"] == "final"))


def test_live_over_http(spoken_case: Spoken, server: Running) -> None:
    """So is a body."""
    answer = post(f"{server.url}/transcribe/live", content=iter(spoken_case.pieces(1600)))
    events = [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line.startswith("data: ")]
    assert events[-1]["type"] == "finished"
    assert events[-1]["duration"] == pytest.approx(spoken_case.audio.duration, abs=0.001)
    assert same_text(spoken_case, events[-1]["text"])


def test_live_with_openais_client(spoken_case: Spoken, server: Running) -> None:
    """So is OpenAI's realtime session, as one turn, which the client ends."""
    pcm = Audio.read(spoken_case.path, AudioProcessingConfig(sample_rate=24_000, channels=1))
    pieces = [base64.b64encode(bytes((block.samples[0] * 32767).astype("<i2"))).decode() for block in pcm.blocks(2400)]
    session: Any = {"type": "transcription", "audio": {"input": {"turn_detection": None}}}

    async def converse() -> str:
        async with (
            openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none") as client,
            client.realtime.connect(extra_query={"intent": "transcription", "model": "tiny.en"}) as connection,
        ):
            await connection.session.update(session=session)
            for piece in pieces:
                await connection.input_audio_buffer.append(audio=piece)
            await connection.input_audio_buffer.commit()
            async for event in connection:
                assert event.type != "error", event
                if event.type == "conversation.item.input_audio_transcription.completed":
                    return event.transcript
        raise AssertionError("the turn was not completed")

    assert same_text(spoken_case, asyncio.run(converse()))
