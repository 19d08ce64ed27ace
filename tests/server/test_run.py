"""`auricle serve` as a process: how it starts, whom it closes the door to, and how it ends."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from auricle.errors import UnknownModel
from tests.server.conftest import (
    HEAD,
    Belongings,
    PlayedEngine,
    Running,
    belongings,
    connected,
    descendants,
    eventually,
    in_thread,
    serving,
    settled,
    until_closed,
    wait_until_ready,
    worked,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and processes as POSIX has them")
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

SHORT, TEXT = "goforward.wav", "Go forward 10 meters."


def outcome(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `auricle serve` where it cannot."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("AURICLE_") or name == "AURICLE_CACHE"}
    command = [sys.executable, "-m", "auricle", "serve", *words]
    return subprocess.run(command, env=given | variables, capture_output=True, text=True, timeout=60, check=False)


# How it starts


def test_a_port_that_is_taken() -> None:
    """One sentence that names the option, and the code of wrong usage."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = outcome("--port", str(port), "--model", "tiny.en")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"auricle: --port: cannot listen on 127.0.0.1:{port}: address already in use; choose another --host or --port.\n"


def test_a_second_port_that_is_taken() -> None:
    """The same, with the name of its option."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = outcome("--port", "0", "--websocket-port", str(port), "--model", "tiny.en")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"auricle: --websocket-port: cannot listen on 127.0.0.1:{port}: address already in use; choose another ")
    assert done.stderr.endswith("--websocket-port.\n")


@pytest.mark.parametrize("host", ["256.1.1.1", "no-such-host.invalid", "a..b", "x" * 64 + ".example", "203.0.113.7", "1:2:3::zz"])
def test_a_host_that_is_not_this_machine(host: str) -> None:
    """Whatever is wrong with it, it is one sentence and the code of wrong usage."""
    done = outcome("--host", host, "--port", "0", "--insecure")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("auricle: --")
    assert host in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    """An unknown name is wrong usage, damaged weights are a failure: each in a sentence, and nobody waits for ever."""
    (tmp_path / "model.bin").write_bytes(b"this is no model")
    (tmp_path / "config.json").write_text("{}")
    for words, code in ((("--model", "no-such"), 2), (("--model", str(tmp_path), "--preload"), 1)):
        done = outcome("--port", "0", *words, AURICLE_LOG_LEVEL="warning")
        assert (done.returncode, done.stdout) == (code, "")
        assert done.stderr.startswith("auricle: ")
        assert done.stderr.count("\n") == 1


def test_a_public_address_wants_keys() -> None:
    """Without keys it refuses and says what to do."""
    done = outcome("--host", "0.0.0.0", "--port", "0")  # noqa: S104 - which is what is refused
    assert (done.returncode, done.stdout) == (2, "")
    assert "AURICLE_API_KEYS" in done.stderr
    assert "--insecure" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_public_address_with_keys(recordings: Path) -> None:
    """With keys it serves whoever has one; looking after it needs none."""
    key = "a-key-that-is-long-enough"
    with serving("--host", "0.0.0.0", AURICLE_API_KEYS=key) as server:  # noqa: S104 - see above
        url = server.url.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        wait_until_ready(url)
        content = (recordings / SHORT).read_bytes()
        assert httpx.post(f"{url}/transcribe", content=content).status_code == 401
        answer = httpx.post(f"{url}/transcribe", content=content, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        assert answer.json().get("text") == TEXT, answer.text
        assert httpx.get(f"{url}/health").status_code == 200


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
def test_every_address() -> None:
    """:: is every address of the machine, the old ones too; and --insecure is enough."""
    with serving("--host", "::", "--insecure") as server:
        port = server.url.rpartition(":")[2]
        for address in ("127.0.0.1", "[::1]"):
            assert httpx.get(f"http://{address}:{port}/health").status_code == 200


# A server in this process, with an engine that plays a part


def test_it_answers_while_the_engine_starts() -> None:
    """It is alive at once and ready later, and says so."""
    go = threading.Event()

    class Slow(PlayedEngine):
        async def start(self) -> None:
            while not go.is_set():
                await asyncio.sleep(0.02)
            await super().start()

    with in_thread(Slow(started=False)) as server:
        assert httpx.get(f"{server.url}/health").status_code == 200
        assert httpx.get(f"{server.url}/ready").json()["status"] == "starting"
        go.set()
        wait_until_ready(server.url, 5)


def test_it_stops_while_the_engine_starts() -> None:
    """Nobody waits for a start that is not wanted any more."""

    class Endless(PlayedEngine):
        async def start(self) -> None:
            await asyncio.sleep(30)

    with in_thread(Endless()) as server:
        assert httpx.get(f"{server.url}/health").status_code == 200
        server.server.handle_exit(signal.SIGTERM, None)
        server.running.result(3)


def test_it_ends_when_the_engine_does_not_start() -> None:
    """The reason is kept for whoever ran it."""

    class Failing(PlayedEngine):
        async def start(self) -> None:
            raise UnknownModel("there is no such model.")

    with in_thread(Failing()) as server:
        server.running.result(5)
    assert isinstance(server.server.failure, UnknownModel)


def test_the_second_port(caplog: pytest.LogCaptureFixture) -> None:
    """The guide's client, which names no path, is answered on the port that the log says; the first port has its routes."""
    with caplog.at_level(logging.INFO), in_thread(PlayedEngine(), websocket_port=0) as server:
        eventually(lambda: "ws://" in caplog.text)
        address = re.findall(r"ws://127\.0\.0\.1:\d+", caplog.text)[0]
        assert address != server.sockets
        for url in (address, f"{address}/any", f"{server.sockets}/ws"):
            with connect(url) as client:
                client.send(json.dumps({"type": "audio_chunk", "audio_base64": "AACAPg==", "process_type": "transcribe"}))
                assert json.loads(client.recv(10))["data"]["partial"] == " Hello"
        with pytest.raises(InvalidStatus):
            connect(server.sockets)


# Uploads, on a server with small limits


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path]]:
    """A server that takes 400 kB and waits a second, and the folder where its temporary files would be."""
    folder = tmp_path_factory.mktemp("temporary")
    limits = {"AURICLE_UPLOAD_STALL": "1", "AURICLE_UPLOAD_BYTES": "400kB", "AURICLE_CONCURRENCY": "2", "AURICLE_WAITING": "6"}
    with serving("--preload", **limits, TMPDIR=str(folder)) as server:
        wait_until_ready(server.url)
        yield server, folder


@contextlib.contextmanager
def nothing_appears_in(folder: Path) -> Iterator[None]:
    """Watch a folder, where nothing may ever have a name."""
    seen: set[str] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.002):
            seen.update(path.name for path in folder.iterdir())

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()
    assert seen == set()


FORM, PART = "multipart/form-data; boundary=B", b'--B\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
BODIES = {
    "raw": ("/transcribe", "audio/wav", b""),
    "form": ("/transcribe", FORM, PART),
    "openai": ("/v1/audio/transcriptions", FORM, PART),
    "json": ("/transcribe_speech", "application/json", b'{"audio_base64": "'),
}


@pytest.mark.parametrize("how", ["trickles", "stops"])
def test_a_body_that_does_not_come(strict: tuple[Running, Path], how: str) -> None:
    """A byte now and then, or none at all, is given up after about as long as the operator allows: 408, which the client can read."""

    def send(path: str, media: str, opening: bytes) -> tuple[bytes, float]:
        began, received = time.monotonic(), b""
        with connected(strict[0].url) as connection:
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media}\r\nContent-Length: 300000\r\n\r\n"
            connection.sendall(head.encode() + opening)
            connection.settimeout(0.2)
            while b"\r\n\r\n" not in received:
                assert time.monotonic() - began < 4
                if how == "trickles":
                    connection.sendall(b"A")
                with contextlib.suppress(TimeoutError):
                    received += connection.recv(65536)
        return received, time.monotonic() - began

    with ThreadPoolExecutor(4) as clients:
        for received, took in clients.map(lambda kind: send(*BODIES[kind]), BODIES):
            assert received.startswith(b"HTTP/1.1 408 ")
            assert 0.9 < took < 3


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("chunked", [False, True], ids=["stated", "chunked"])
def test_a_body_that_is_too_large(strict: tuple[Running, Path], kind: str, chunked: bool) -> None:
    """An ordinary client, which sends all of it before it reads, reads 413 and the limit; also when the size was not said before."""
    path, media, opening = BODIES[kind]
    body = opening + b"A" * 6_000_000
    content = iter([body[first : first + 50_000] for first in range(0, len(body), 50_000)]) if chunked else body
    answer = httpx.post(strict[0].url + path, content=content, headers={"Content-Type": media}, timeout=20)
    assert answer.status_code == 413
    assert "bytes that are allowed" in answer.text or "400000 bytes" in answer.text


def test_nothing_has_a_name(strict: tuple[Running, Path], recordings: Path) -> None:
    """Uploads that succeed, fail, stall and are cut off leave no file, and never had one that could be left."""
    server, folder = strict
    content = (recordings / SHORT).read_bytes()
    with nothing_appears_in(folder):
        for sent in (content, content[:5000], b"text" * 1000, b"x" * 500_000):
            httpx.post(f"{server.url}/transcribe?beam_size=1", content=sent, timeout=60)
            httpx.post(f"{server.url}/transcribe?beam_size=1", files={"file": ("../../name.wav", sent)}, timeout=60)
            body = {"audio_base64": base64.b64encode(sent).decode(), "beam_size": 1}
            httpx.post(f"{server.url}/transcribe_speech", json=body, timeout=60)
        with connected(server.url) as connection:
            connection.sendall(b"POST /transcribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000\r\n\r\n" + b"x" * 200_000)
            time.sleep(0.2)
    assert list(folder.iterdir()) == []


# What it says of itself


def test_the_log_is_json_and_keeps_secrets(strict: tuple[Running, Path], recordings: Path) -> None:
    """A line for each request, with its id and its figures, and nothing of what was said, asked or how the file was called."""
    server, _ = strict
    form = {"prompt": "SECRETPROMPT", "beam_size": "1", "hotwords": "SECRETWORD"}
    with (recordings / SHORT).open("rb") as file:
        answer = httpx.post(
            f"{server.url}/transcribe?language=en",
            data=form,
            files={"file": ("SECRETNAME.wav", file)},
            headers={"X-Request-ID": "my-id:1.2_3", "User-Agent": "SECRETAGENT"},
            timeout=60,
        )
    assert answer.status_code == 200
    assert answer.headers["X-Request-ID"] == "my-id:1.2_3"
    httpx.post(f"{server.url}/SECRETPATH?q=SECRETQUERY", content=b"SECRETBODY")
    eventually(lambda: any('"unknown"' in line for line in server.log))
    lines = [json.loads(line) for line in server.log]
    (line,) = (line for line in lines if line.get("request_id") == "my-id:1.2_3")
    assert (line["event"], line["route"], line["status"], line["model"]) == ("request", "/transcribe", 200, "tiny.en")
    assert line["audio_seconds"] == pytest.approx(2.79, abs=0.01)
    assert line["processing_ms"] <= line["ms"]
    assert line["bytes_in"] > (recordings / SHORT).stat().st_size
    whole = "".join(server.log)
    assert re.findall("SECRET[A-Z]+|forward", whole) == []


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "é", 'a"b', "a;b"])
def test_an_id_that_is_not_fit_to_be_repeated(strict: tuple[Running, Path], given: str) -> None:
    """The client gets one of ours."""
    answer = httpx.get(f"{strict[0].url}/health", headers=[(b"X-Request-ID", given.encode())])
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])


# While it works


@linux
def test_a_client_that_goes_away(speech: Path) -> None:
    """Its work ends within the time of a window, not of the recording, and leaves nothing behind, in a stream as otherwise."""
    content = speech.read_bytes()
    with serving("--preload", "--concurrency", "1", AURICLE_WAITING="0") as server:
        url, process = f"{server.url}/transcribe", server.process.pid
        wait_until_ready(server.url)
        post = "POST /transcribe{} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\nConnection: close\r\n\r\n"
        with connected(server.url) as connection:
            connection.sendall(post.format("?beam_size=1&salvage=true", 100_000).encode() + content[:100_000])
            assert b"200 OK" in until_closed(connection)
        before: Belongings | None = None
        for query in ("", "?stream=true") * 2:
            with connected(server.url) as connection:
                connection.sendall(post.format(query, len(content)).encode() + content)
                eventually(lambda: len(descendants(process)) == 2, 60)
                time.sleep(0.5)
                assert httpx.post(url, content=b"x", timeout=60).status_code == 503
                spent = worked(process)
            eventually(lambda: httpx.get(f"{server.url}/ready", timeout=60).json()["running"] == 0, 60)
            assert worked(process) - spent < 5
            if query and before is None:
                before = settled(process)  # with the threads that stay for whoever comes next
            elif before is not None:
                eventually(partial(_owns, process, before), 60)
        assert [line for line in server.log if '"error"' in line] == []


def _owns(process: int, what: Belongings) -> bool:
    return belongings(process) == what


def test_its_health_is_told_at_once(recordings: Path, speech: Path) -> None:
    """While two recordings are transcribed, another model is loaded and files come in, nobody waits for /health."""
    with serving("--preload", "--concurrency", "3") as server, ThreadPoolExecutor(3) as clients:
        wait_until_ready(server.url)
        content = speech.read_bytes()[: 20 * 32_000]
        url = f"{server.url}/transcribe?salvage=true&beam_size=1"
        working = [clients.submit(httpx.post, url + more, content=content, timeout=100) for more in ("", "", "&model=base")]
        took: list[float] = []
        with httpx.Client() as client:
            while not all(each.done() for each in working):
                began = time.monotonic()
                assert client.get(f"{server.url}/health").status_code == 200
                took.append(time.monotonic() - began)
                time.sleep(0.01)
        assert [each.result().status_code for each in working] == [200] * 3
        assert working[2].result().json()["model"] == "base"
        assert len(took) > 50
        assert sorted(took)[int(0.99 * len(took))] < 0.5


# How it ends


def posts(server: Running, clients: ThreadPoolExecutor, path: Path, count: int, query: str = "") -> list[Future[httpx.Response]]:
    """So many uploads of a recording at once."""
    url, content = f"{server.url}/transcribe?beam_size=1{query}", path.read_bytes()
    return [clients.submit(httpx.post, url, content=content, timeout=60) for _ in range(count)]


def lives(process: int) -> bool:
    """Whether there is such a process."""
    return Path(f"/proc/{process}").exists()


def at_work(server: Running) -> int:
    """How many recordings are at work or wait."""
    state = httpx.get(f"{server.url}/ready").json()
    return int(state["running"] + state["waiting"])


@linux
def test_a_polite_stop_answers_what_was_accepted(recordings: Path) -> None:
    """What is at work, waits, streams, or still comes in is answered whole; new requests are told to come back; nothing is left."""
    content = (recordings / SHORT).read_bytes()
    with (
        serving("--preload", "--concurrency", "1", AURICLE_WAITING="6") as server,
        ThreadPoolExecutor(8) as clients,
        connected(server.url) as coming,
    ):
        wait_until_ready(server.url)
        head = f"POST /transcribe?beam_size=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\nExpect: 100-continue\r\n\r\n"
        coming.sendall(head.encode())
        assert b" 100 " in coming.recv(1000)
        working = posts(server, clients, recordings / "LJ001-0005.wav", 4)
        streaming = posts(server, clients, recordings / SHORT, 1, "&stream=true")
        eventually(lambda: at_work(server) == 5)
        family = descendants(server.process.pid)
        assert family
        for _ in range(2):  # the second is the echo of a parent that passes it on, not a wish of its own
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.1)
        assert eventually(lambda: httpx.get(f"{server.url}/ready").status_code == 503) < 0.5
        assert httpx.get(f"{server.url}/ready").json()["status"] == "stopping"
        assert httpx.get(f"{server.url}/health").status_code == 200
        assert at_work(server) > 2
        for path in ("/transcribe", "/v1/audio/transcriptions", "/v1/models", "/nowhere"):
            refused = httpx.post(server.url + path, content=content)
            assert refused.status_code == 503
            assert int(refused.headers["Retry-After"]) >= 1
            assert "stop" in refused.text
        coming.sendall(content)
        assert ["movable metal letters" in each.result().json()["text"] for each in working] == [True] * 4
        assert f'"text": "{TEXT}"' in streaming[0].result().text.rpartition("event: transcript")[2]
        assert {each.result().status_code for each in (*working, *streaming)} == {200}
        received = until_closed(coming).decode()
        assert received.startswith("HTTP/1.1 200 OK")
        assert TEXT in received
        assert server.process.wait(5) == 0
        eventually(lambda: not any(map(lives, family)), 3)
        assert [line for line in server.log if json.loads(line)["level"] in ("error", "warning")] == []


@linux
def test_told_twice_it_ends_at_once(speech: Path) -> None:
    """Whoever does not want to wait says so again; nothing is left then either."""
    with serving("--preload", "--concurrency", "2") as server, ThreadPoolExecutor(2) as clients:
        wait_until_ready(server.url)
        working = posts(server, clients, speech, 2)
        eventually(lambda: at_work(server) == 2)
        family = descendants(server.process.pid)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(2) == 128 + signal.SIGINT
        eventually(lambda: not any(map(lives, family)), 3)
        for each in working:
            assert isinstance(each.exception(), httpx.TransportError)


@linux
def test_grace_has_an_end(speech: Path) -> None:
    """What is not finished by then is told so, which is no bug, and the process ends soon, with a code that says it."""
    with serving("--preload", "--concurrency", "2", AURICLE_GRACE="0.5") as server, ThreadPoolExecutor(3) as clients:
        wait_until_ready(server.url)
        working = posts(server, clients, speech, 3)
        eventually(lambda: at_work(server) == 3)
        family = descendants(server.process.pid)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(9) == 1
        answers = [each.result() for each in working]
        assert [answer.status_code for answer in answers] == [503] * 3
        assert all("Retry-After" in answer.headers and answer.json()["code"] == "stopping" for answer in answers)
        eventually(lambda: not any(map(lives, family)), 3)
        assert "Traceback" not in "".join(server.log)


_STUCK = """
import asyncio, sys, threading, time, uvicorn
from auricle.server import run
from auricle.server.app import create_app
from auricle.server.settings import Settings
from tests.server.conftest import PlayedEngine

class Stuck(PlayedEngine):
    async def stop(self):
        threading.Thread(target=time.sleep, args=(60,)).start()
        await asyncio.to_thread(time.sleep, 60)

run._END_S = 1.0
settings = Settings(port=0)
with run._listener("127.0.0.1", 0) as listener:
    app = create_app(Stuck(), settings)
    server = run._Server(uvicorn.Config(app, lifespan="off", log_config=None), app.state.server, listener)
    print("listening", flush=True)
    server.run([listener])
"""


def test_threads_that_do_not_end_keep_no_process() -> None:
    """Whatever still runs a few seconds after everybody has been answered, the process ends, and with the right code."""
    with subprocess.Popen([sys.executable, "-c", _STUCK], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


@linux
def test_a_sudden_end_leaves_nothing(speech: Path) -> None:
    """When the server is killed, the kernel and its children see to the rest."""
    with serving("--preload", "--concurrency", "2") as server, ThreadPoolExecutor(2) as clients:
        wait_until_ready(server.url)
        posts(server, clients, speech, 2)
        eventually(lambda: len(descendants(server.process.pid)) == 3)
        family = descendants(server.process.pid)
        server.process.kill()
        server.process.wait(5)
        eventually(lambda: not any(map(lives, family)), 3)


@pytest.mark.parametrize(
    "sent", [b"", b"GET /health HTT", HEAD, HEAD + b"GET "], ids=["silent", "half a head", "idle", "half a second head"]
)
def test_connections_without_a_request_hold_up_no_stop(sent: bytes) -> None:
    """Who is connected but wants nothing is no reason to wait."""
    with in_thread(PlayedEngine()) as server, connected(server.url) as connection:
        connection.sendall(sent)
        if HEAD in sent:
            assert b"200 OK" in connection.recv(65536)
        eventually(lambda: server.server.server_state.connections)
        server.server.handle_exit(signal.SIGTERM, None)
        server.running.result(3)
        assert server.server.code == 0


def test_stopping_before_anything_came() -> None:
    """It ends at once, with code 0, also in the middle of its start."""
    for wait in (True, False):
        with serving("--preload") as server:
            if wait:
                wait_until_ready(server.url)
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(6) == 0
