"""The server under load: overload, transport, throughput beside faster-whisper, a stop, and memory.

Whatever is compared is measured in one run and in turns, so that a busy machine slows both; what counts is the ratio. Server, clients
and the probe of ``/health`` are processes of their own, all on this machine: what the clients take of it, the server lacks.

    python benchmarks/server.py [--write docs/benchmarks-server.md] [--quick]
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import math
import os
import platform
import random
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, Any
from unittest.mock import patch

from auricle import weights
from auricle.server.engine import Event, Load, ModelState, Progress, Recognition
from auricle.server.settings import Settings, usable_cores
from auricle.speech.transcript import Transcript

RECORDINGS = Path(__file__).parent.parent / "tests" / "recordings"
SHORT = RECORDINGS / "austen-0880.wav"  # 3 s
LONG = RECORDINGS / "jfk.flac"  # 11 s
CLIPS = [  # one for each client, 2.4 to 6.1 s of English
    RECORDINGS / name
    for name in (
        "goforward.wav", "wy-light-en.wav", "austen-0880.wav", "austen-0930.wav",
        "arctic_a0024.wav", "fw-hotwords.mp3", "austen-0890.wav", "austen-0920.wav",
    )
]  # fmt: skip
OK, REFUSED, NO_ANSWER = 200, 503, 0
OVERLOAD = 10  # × what the server has places for, or gets done
NETWORK_S = 0.025  # between a refusal and the client's next request: on one machine there is no way to travel
PROBE_S = 0.05  # between two looks at /health
ON_S = 3.0  # for which the load goes on after the last request that counts, so that none has it easier
MB = 10**6
UPLOAD = 10 * MB
CLIENTS = len(CLIPS)
# Without these, it is by chance of the heap's layout whether glibc gives every buffer back to the system and fetches it again, which
# costs a bare application 1.3 ms per MB more.
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(2**30), "MALLOC_MMAP_THRESHOLD_": str(2**25)}


Memory = dict[str, dict[str, float]]  # MiB by kind, by moment


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        sequential: requests one by one, before the overload and after it.
        overload: seconds of each.
        transport: rounds, and uploads in each.
        throughput: rounds, and clips of each client in each, by model.
    """

    sequential: int
    overload: float
    transport: tuple[int, int]
    throughput: dict[str, tuple[int, int]]


FULL = Plan(15, 30.0, (5, 6), {"tiny.en": (5, 3), "base": (3, 2)})
QUICK = Plan(8, 8.0, (3, 3), {"tiny.en": (2, 2)})


# Processes


@dataclass(frozen=True, slots=True)
class Running:
    """A server as a process of its own."""

    process: subprocess.Popen[str]
    host: str

    def call(self, method: str, path: str, body: bytes | None = None, media: str = "application/octet-stream") -> tuple[int, Any]:
        """One request on a connection of its own: status and JSON."""
        connection = HTTPConnection(self.host, timeout=300)
        try:
            connection.request(method, path, body, {"Content-Type": media})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def transcribe(self, recording: bytes, query: str = "") -> tuple[int, Any]:
        """Send a recording."""
        return self.call("POST", f"/transcribe{query}", recording)

    @property
    def load(self) -> int:
        """Recordings at work and waiting."""
        state = self.call("GET", "/ready")[1]
        return int(state["running"] + state["waiting"])


@contextmanager
def serving(*command: str, **variables: str) -> Iterator[Running]:
    """Run a server that logs its address, until the end of the block."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AURICLE_") or name == "AURICLE_CACHE"}
    process = subprocess.Popen([sys.executable, *command], env=environment | variables, stderr=subprocess.PIPE, text=True)
    try:
        yield Running(process, _address(process))
    finally:
        process.terminate()
        process.wait()


@contextmanager
def auricle(model: str, *words: str) -> Iterator[Running]:
    """`auricle serve` with its default settings, once it is ready."""
    with serving("-m", "auricle", "serve", "--port", "0", "--model", model, *words) as server:
        while server.call("GET", "/ready")[0] != OK:
            time.sleep(0.1)
        yield server


def _address(process: subprocess.Popen[str]) -> str:
    """Where it listens; what it logs from then on is thrown away, so that it never waits for us."""
    log = process.stderr
    assert log is not None  # noqa: S101 - it was asked for
    said = []
    for line in log:
        said.append(line)
        if match := re.search(r"http://([\w.]+:\d+)", line):
            threading.Thread(target=_drain, args=(log,), daemon=True).start()
            return match[1]
    raise RuntimeError(f"the server did not start: {''.join(said)}")


def _drain(log: IO[str]) -> None:
    with log:
        for _ in log:
            pass


def own(role: str, **order: object) -> subprocess.Popen[str]:
    """This file in a process of its own, in a role of `in_role`."""
    command = [sys.executable, __file__, "--role", role, json.dumps(order)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def result(process: subprocess.Popen[str]) -> Any:
    """What it printed at its end."""
    with process:
        output = process.communicate()[0]
    return json.loads(output.splitlines()[-1])


def cpu(process: int) -> float:
    """CPU seconds of a process, by its clock as Linux numbers it: user and system time of all its threads, those that ended too."""
    return time.clock_gettime(~process << 3 | 2)


def cpu_of_family(process: int) -> float:
    """The same and its children's, with theirs as far as they have ended: the decoders."""
    seconds = cpu(process)
    for child in _children(process):
        times = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11:15]
        seconds += sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
    return seconds


def busy() -> float:
    """CPU seconds that the whole machine has spent at work."""
    user, nice, system, _, _, *rest = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")


def resident(process: int) -> dict[str, float]:
    """Memory that a process has: all of it, what it wrote itself, and libraries. MiB."""
    text = Path(f"/proc/{process}/status").read_text()
    return {kind: int(size) / 1024 for kind, size in re.findall(r"(VmRSS|RssAnon|RssFile):\s+(\d+)", text)}


def _children(process: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            if int(stat.read_text().rpartition(")")[2].split()[1]) == process:
                found.append(int(stat.parent.name))
    return found


# Clients, in a process of their own: bytes prepared beforehand, over asyncio's streams


class Connection:
    """A connection that is kept, and made again when the server has closed it."""

    def __init__(self, host: str) -> None:
        self._host, self._port = host.split(":")
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> tuple[int, float, float]:
        """Send it and read the answer: status, when it was sent by the monotonic clock, seconds until the answer's end."""
        began = time.monotonic()
        try:
            status = await self._exchange(request)
        except (OSError, asyncio.IncompleteReadError):
            self._close()
            status = NO_ANSWER
        return status, began, time.monotonic() - began

    async def _exchange(self, request: bytes) -> int:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, int(self._port))
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length:")[2].split()[0]))
        if b"connection: close" in head:
            self._close()
        return int(head.split(maxsplit=2)[1])

    def _close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


def prepared(method: str, path: str, body: bytes = b"") -> bytes:
    """A request's bytes."""
    head = f"{method} {path} HTTP/1.1\r\nHost: benchmark\r\nContent-Type: audio/wav\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def closed(host: str, clients: int, seconds: float) -> dict[str, object]:
    """So many clients, each of which comes back as soon as it is answered."""
    request, answers, until = prepared("POST", "/transcribe", SHORT.read_bytes()), [], time.monotonic() + seconds

    async def client() -> None:
        connection = Connection(host)
        while time.monotonic() < until:
            answers.append(await connection.ask(request))
            if answers[-1][0] != OK:
                await asyncio.sleep(NETWORK_S)

    await asyncio.gather(*(client() for _ in range(clients)))
    return {"answers": answers, "cpu": time.process_time()}


async def arriving(host: str, rate: float, seconds: float) -> dict[str, object]:
    """Requests that arrive at random (Poisson), ``rate`` per second, whatever becomes of the earlier ones."""
    request, answers, idle = prepared("POST", "/transcribe", SHORT.read_bytes()), [], list[Connection]()
    chance, until = random.Random(1), time.monotonic() + seconds  # noqa: S311 - no secret

    async def one() -> None:
        connection = idle.pop() if idle else Connection(host)
        answers.append(await connection.ask(request))
        idle.append(connection)

    async with asyncio.TaskGroup() as tasks:
        at = time.monotonic()
        while (at := at + chance.expovariate(rate)) < until:
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            tasks.create_task(one())
    return {"answers": answers, "cpu": time.process_time()}


async def probing(host: str, seconds: float) -> dict[str, object]:
    """Look at /health again and again."""
    connection, request, answers, until = Connection(host), prepared("GET", "/health"), [], time.monotonic() + seconds
    while time.monotonic() < until:
        answers.append(await connection.ask(request))
        await asyncio.sleep(PROBE_S)
    return {"answers": answers, "cpu": time.process_time()}


# Overload


@dataclass(frozen=True, slots=True)
class Overload:
    """What became of the requests of one overload.

    Attributes:
        answers: status, beginning and duration of each; those that were sent after ``seconds`` had passed are left out.
        health: durations of the looks at /health.
        seconds: how long requests were sent that count.
        cores: CPU time over time, of the server with its decoders, of the clients, and of all else on this machine.
    """

    answers: list[tuple[int, float, float]]
    health: list[float]
    seconds: float
    cores: tuple[float, float, float]

    @property
    def statuses(self) -> dict[int, int]:
        """How often each came."""
        seen = [status for status, _, _ in self.answers]
        return {status: seen.count(status) for status in sorted(set(seen))}

    @property
    def throughput(self) -> float:
        """Accepted requests per second, of those that were answered while others came."""
        end = min(began for _, began, _ in self.answers) + self.seconds
        return sum(status == OK and began + took <= end for status, began, took in self.answers) / self.seconds

    def accepted(self, third: int | None = None) -> list[float]:
        """How long the accepted requests took, all of them or those sent in one third of the time. Seconds."""
        first = min(began for _, began, _ in self.answers)
        return [
            took
            for status, began, took in self.answers
            if status == OK and (third is None or int(3 * (began - first) / self.seconds) == third)
        ]


def overload(server: Running, seconds: float, role: str, **order: object) -> Overload:
    """Put a load on a server for so many seconds, and look at its health throughout."""
    before, others, began = cpu_of_family(server.process.pid), busy(), time.monotonic()
    probe = own("probe", host=server.host, seconds=seconds)
    load = result(own(role, host=server.host, seconds=seconds + ON_S, **order))
    health = [took if status == OK else math.inf for status, _, took in result(probe)["answers"]]
    ours = cpu_of_family(server.process.pid) - before
    others, took = busy() - others - ours - load["cpu"], time.monotonic() - began
    first = min(sent for _, sent, _ in load["answers"])
    counted = [answer for answer in load["answers"] if answer[1] < first + seconds]
    return Overload(counted, health, seconds, (ours / took, load["cpu"] / took, others / took))


def one_by_one(server: Running, count: int) -> list[float]:
    """How long requests take that have the server to themselves, after three that warm it. Seconds."""
    recording, times = SHORT.read_bytes(), []
    for _ in range(count + 3):
        began = time.perf_counter()
        status, _ = server.transcribe(recording)
        times.append(time.perf_counter() - began)
        if status != OK:
            raise RuntimeError(f"an idle server answered {status}")
    return times[3:]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of ``values`` that so many percent of them do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(percent / 100 * len(values)) - 1)] if values else math.nan


def overload_page(plan: Plan, memory: Memory) -> list[str]:
    """Measure overload and health; the page's lines."""
    places = Settings().concurrency
    with auricle("tiny.en", "--preload") as server:
        memory["tiny.en preloaded"] = resident(server.process.pid)
        alone = one_by_one(server, plan.sequential)
        rate = OVERLOAD * places / statistics.median(alone)
        crowd = overload(server, plan.overload, "closed", clients=OVERLOAD * places)
        flood = overload(server, plan.overload, "arriving", rate=rate)
        alone += one_by_one(server, plan.sequential)
        memory["after the overload"] = resident(server.process.pid)
        server.call("DELETE", "/v1/models/tiny.en")
        memory["after `DELETE /v1/models/tiny.en`"] = resident(server.process.pid)
    usual = statistics.median(alone)
    return [
        f"## Overload, tiny.en, a clip of 3 s, {plan.overload:g} s each",
        "",
        f"Alone, one request after the other, {plan.sequential} before and {plan.sequential} after: median {_ms(usual)}, p99 "
        f"{_ms(percentile(alone, 99))}, standard deviation {_ms(statistics.stdev(alone))}.",
        "",
        f"- **crowd**: {OVERLOAD * places} clients, {OVERLOAD} × the {places} places at work. Each comes back as soon as it is answered; "
        f"after a refusal {1000 * NETWORK_S:.0f} ms later, as a network would have it, whatever `Retry-After` says.",
        f"- **flood**: requests arrive at random, {rate:.0f} a second, {OVERLOAD} × what {places} places do at the pace of one alone.",
        "",
        "| | crowd | flood | target |",
        "|---|---|---|---|",
        *_overload_rows(crowd, flood, usual),
        "",
        f"Times over alone are over its median. The load goes on for {ON_S:g} s after what is counted here, so that the last find it "
        "as the others did. The probe of `/health` has its own process and connection, and looks 20 times a second.",
        "",
    ]


def _overload_rows(crowd: Overload, flood: Overload, usual: float) -> Iterator[str]:
    def row(what: str, value: Callable[[Overload], str], target: str = "") -> str:
        return f"| {what} | {value(crowd)} | {value(flood)} | {target} |"

    def over_alone(times: Sequence[float], percent: float) -> str:
        return f"{percentile(times, percent) / usual:.2f}"

    yield row("requests a second", lambda one: f"{len(one.answers) / one.seconds:.1f}")
    yield row("statuses", lambda one: ", ".join(f"{status}: {count}" for status, count in one.statuses.items()), "200 and 503")
    yield row("accepted a second", lambda one: f"{one.throughput:.2f}")
    yield row("accepted, p50 over alone", lambda one: over_alone(one.accepted(), 50))
    yield row("accepted, p99 over alone", lambda one: over_alone(one.accepted(), 99), "≤ 2.5")
    yield row("the same in each third", lambda one: ", ".join(over_alone(one.accepted(third), 99) for third in range(3)))
    yield row("accepted, p50", lambda one: _ms(percentile(one.accepted(), 50)))
    yield row("accepted, p99", lambda one: _ms(percentile(one.accepted(), 99)))
    yield row("refused, p50", lambda one: _ms(percentile([took for status, _, took in one.answers if status == REFUSED], 50)))
    yield row("`/health`, p50", lambda one: _ms(percentile(one.health, 50)))
    yield row("`/health`, p99", lambda one: _ms(percentile(one.health, 99)), "≤ 100 ms")
    yield row("`/health`, longest", lambda one: _ms(max(one.health)))
    yield row("cores in use by the server and its decoders", lambda one: f"{one.cores[0]:.2f}")
    yield row("cores in use by the clients", lambda one: f"{one.cores[1]:.2f}")
    yield row("cores in use by all else", lambda one: f"{one.cores[2]:.2f}")


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds >= 0.01 else f"{1000 * seconds:.1f} ms"


# Transport


class Instant:
    """An engine that answers at once; it says how many bytes it was given as the recording's length."""

    async def start(self) -> None:
        """Nothing to get ready."""

    async def stop(self) -> None:
        """Nothing to give back."""

    def ready(self) -> bool:
        """Always."""
        return True

    def load(self) -> Load:
        """Never busy."""
        return Load(0, 0)

    def models(self) -> Sequence[ModelState]:
        """One, of no size."""
        return (ModelState("instant", 0, loaded=True, memory=0),)

    async def unload(self, model: str) -> bool:
        """There is nothing to unload."""
        return False

    async def recognize(self, recording: IO[bytes], wanted: Recognition) -> AsyncGenerator[Event, None]:
        """Say how long it is."""
        yield Progress(0.0, None)
        yield Transcript("", "en", 1.0, float(recording.seek(0, os.SEEK_END)), (), 0.0, "instant")


def serve_instant() -> None:
    """`auricle serve`, all of it but the engine."""
    from auricle.server import run

    with patch.object(run, "LocalEngine", lambda _: Instant()):
        run.serve(Settings(port=0, log_format="json"))


def serve_bare() -> None:
    """An ASGI application that drops what it gets, on uvicorn as we set it up."""
    import socket

    import uvicorn

    async def application(_: object, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": OK, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})

    config = uvicorn.Config(application, http="httptools", loop="uvloop", lifespan="off", log_config=None, access_log=False)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
        uvicorn.Server(config).run(sockets=[listener])


@dataclass(frozen=True, slots=True)
class Sending:
    """A way to send a recording: where to, as what, and the whole body."""

    way: str
    path: str
    media: str
    body: bytes


def sendings() -> list[Sending]:
    """The ways there are, with a body of `UPLOAD` bytes or little more."""
    noise = os.urandom(UPLOAD)
    head = b'--limit\r\nContent-Disposition: form-data; name="file"; filename="talk.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n'
    text = base64.b64encode(noise[: UPLOAD // 4 * 3])
    return [
        Sending("raw body", "/transcribe", "audio/mpeg", noise),
        Sending("multipart", "/transcribe", "multipart/form-data; boundary=limit", head + noise + b"\r\n--limit--\r\n"),
        Sending("base64 in JSON", "/transcribe_speech", "application/json", b'{"audio_base64": "%b"}' % text),
    ]


def upload_cost(server: Running, sending: Sending, count: int) -> float:
    """CPU milliseconds that a server takes per MB of such a body."""
    before = cpu(server.process.pid)
    for _ in range(count):
        status, answer = server.call("POST", sending.path, sending.body, sending.media)
        if status != OK:
            raise RuntimeError(f"{sending.way}: {status} {answer}")
    return 1000 * (cpu(server.process.pid) - before) / (count * len(sending.body) / MB)


def transport_page(plan: Plan) -> list[str]:
    """Measure transport; the page's lines."""
    rounds, count = plan.transport
    with serving(__file__, "--role", "instant", "{}") as ours, serving(__file__, "--role", "bare", "{}", **KEEP_MEMORY) as bare:
        rows = [_transport_row(ours, bare, sending, rounds, count) for sending in sendings()]
    return [
        f"## Transport, {UPLOAD // MB} MB × {count}, {rounds} rounds in turns",
        "",
        "CPU milliseconds of the server's process per MB of body: `auricle serve` over an engine that answers at once, with the recording "
        "in its unnamed file; and a bare ASGI application that drops the body, on the same uvicorn, httptools and uvloop, "
        "whose allocator is told to keep its buffers (else it costs 1.3 ms more or not, by chance). The least of all rounds, for whatever "
        "disturbs adds.",
        "",
        "| | bare | auricle | above bare | in each round | target |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
    ]


def _transport_row(ours: Running, bare: Running, sending: Sending, rounds: int, count: int) -> str:
    for server in (ours, bare):
        upload_cost(server, sending, 1)
    seen = [(upload_cost(bare, sending, count), upload_cost(ours, sending, count)) for _ in range(rounds)]
    least = [min(one[side] for one in seen) for side in (0, 1)]
    target = "" if sending.media == "application/json" else "≤ 1.5"
    listed = ", ".join(f"{ours_ - bare_:.2f}" for bare_, ours_ in seen)
    return f"| {sending.way} | {least[0]:.2f} | {least[1]:.2f} | {least[1] - least[0]:.2f} | {listed} | {target} |"


# Throughput


@dataclass(frozen=True, slots=True)
class Pass:
    """What eight at once got done.

    Attributes:
        rate: clips per second.
        cpu: seconds per clip.
        words: recognised.
        refused: how often one was, and came back.
        others: cores in use by others meanwhile.
    """

    rate: float
    cpu: float
    words: int
    refused: int
    others: float


def over_http(server: Running, passes: int) -> Pass:
    """Eight clients of a server, each with clips of its own."""
    recordings = [clip.read_bytes() for clip in CLIPS]

    def words(number: int) -> tuple[int, int]:
        refused = 0
        while True:
            status, answer = server.transcribe(recordings[number])
            if status == OK:
                return len(answer["text"].split()), refused
            refused += 1
            time.sleep(NETWORK_S)

    return eight_at_once(words, passes, lambda: cpu_of_family(server.process.pid))


def eight_at_once(work: Callable[[int], tuple[int, int]], passes: int, spent: Callable[[], float]) -> Pass:
    """Eight threads that work through as many clips, each beginning with another.

    Args:
        work: recognises a clip; gives its words, and how often it was refused.
        passes: clips for each thread.
        spent: CPU seconds so far of whoever recognises.
    """

    def client(first: int) -> list[tuple[int, int]]:
        return [work((first + step) % CLIENTS) for step in range(passes)]

    with ThreadPoolExecutor(CLIENTS) as threads:
        cpu_before, others_before, began = spent(), busy() - time.process_time(), time.perf_counter()
        done = [one for results in threads.map(client, range(CLIENTS)) for one in results]
        took, others = time.perf_counter() - began, busy() - time.process_time() - others_before
    seconds = spent() - cpu_before
    if spent is not time.process_time:
        others -= seconds
    words, refused = (sum(one[side] for one in done) for side in (0, 1))
    return Pass(len(done) / took, seconds / len(done), words, refused, others / took)


def pool(model: str) -> None:
    """faster-whisper with its defaults on a CPU, called from eight threads: for each line of input, a line with a `Pass`."""
    from faster_whisper import WhisperModel

    whisper = WhisperModel(str(weights.locate(model)), device="cpu", compute_type="int8")

    def words(number: int) -> tuple[int, int]:
        return sum(len(segment.text.split()) for segment in whisper.transcribe(str(CLIPS[number]), vad_filter=True)[0]), 0

    words(0)
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(asdict(eight_at_once(words, int(line), time.process_time))), flush=True)


def from_threads(process: subprocess.Popen[str], passes: int) -> Pass:
    """Have such a process work."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("it has no pipes")
    process.stdin.write(f"{passes}\n")
    process.stdin.flush()
    return Pass(**json.loads(process.stdout.readline()))


def throughput_page(plan: Plan) -> list[str]:
    """Measure throughput; the page's lines."""
    tables, judgements = zip(*(_throughput(model, *times) for model, times in plan.throughput.items()), strict=True)
    return [
        f"## Throughput, {CLIENTS} at once, clips of 2.4 to 6.1 s",
        "",
        f"{CLIENTS} clients of `auricle serve` over HTTP, and {CLIENTS} threads of a `ThreadPoolExecutor` that call faster-whisper (int8 "
        "on the CPU, otherwise its defaults; beam 5 and VAD on both sides), each with another clip at any time, in turns.",
        "",
        "| model | | clips a second | CPU s per clip | words | refused | cores in use by all else |",
        "|---|---|---|---|---|---|---|",
        *(line for table in tables for line in table),
        "",
        *judgements,
        "",
    ]


def _throughput(model: str, rounds: int, passes: int) -> tuple[list[str], str]:
    theirs, ours = [], []
    with auricle(model, "--preload") as server, own("pool", model=model) as process:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise RuntimeError("faster-whisper did not start")
        over_http(server, 1)
        for _ in range(rounds):
            theirs.append(from_threads(process, passes))
            ours.append(over_http(server, passes))
        process.communicate()
    rows = [_throughput_row(model, "faster-whisper, threads", theirs), _throughput_row(model, "auricle, HTTP", ours)]
    rates = [one.rate / other.rate for one, other in zip(ours, theirs, strict=True)]
    costs = [one.cpu / other.cpu for one, other in zip(ours, theirs, strict=True)]
    return rows, (
        f"- {model}: {statistics.median(rates):.2f} × the throughput of faster-whisper ({rounds} rounds of {passes * CLIENTS} "
        f"clips: {', '.join(f'{ratio:.2f}' for ratio in rates)}); "
        f"target ≥ 1. {statistics.median(costs):.2f} × its CPU time per clip (rounds: {', '.join(f'{ratio:.2f}' for ratio in costs)})."
    )


def _throughput_row(model: str, name: str, seen: list[Pass]) -> str:
    rate, cpu_, others = (statistics.median(values) for values in zip(*((one.rate, one.cpu, one.others) for one in seen), strict=True))
    return f"| {model} | {name} | {rate:.2f} | {cpu_:.3f} | {seen[0].words} | {sum(one.refused for one in seen)} | {others:.2f} |"


# Stop


def stop_page(memory: Memory) -> list[str]:
    """Stop a server that is at work; the page's lines."""
    recording = LONG.read_bytes()
    with auricle("tiny.en") as server, ThreadPoolExecutor(CLIENTS) as clients:
        memory["started, no model"] = resident(server.process.pid)
        server.transcribe(SHORT.read_bytes())
        answers = [clients.submit(server.transcribe, recording) for _ in range(CLIENTS)]
        while (load := server.load) < CLIENTS and not any(answer.done() for answer in answers):
            time.sleep(0.01)
        server.process.send_signal(signal.SIGTERM)
        told = time.perf_counter()
        code = server.process.wait()
        seconds = time.perf_counter() - told
        done = sum(status == OK and "country" in answer["text"] for status, answer in (answer.result() for answer in answers))
    return [
        "## Stop under load",
        "",
        "| | measured | target |",
        "|---|---|---|",
        f"| answered of {CLIENTS} recordings of 11 s, {load} of which were at work or waiting at SIGTERM | {done} | {CLIENTS} |",
        f"| seconds from SIGTERM to the end of the process, exit code {code} | {seconds:.1f} | |",
        "",
    ]


# The page


def report(plan: Plan) -> str:
    """Measure everything; the page."""
    load, memory = os.getloadavg()[0], Memory()
    parts = [stop_page(memory), transport_page(plan), overload_page(plan, memory), throughput_page(plan)]
    lines = [
        "# Benchmarks of the server",
        "",
        f"Written by `make bench` on {platform.machine()}, {usable_cores()} cores, Python {platform.python_version()}, with the server's "
        "default settings.",
        f"Server and clients share the cores, and others used them too: the load average before was {load:.1f}. Times on a shared machine "
        "are noisy: trust the ratios.",
        "",
        *(line for part in (parts[2], parts[1], parts[3], parts[0]) for line in part),
        "## Memory of the server's process",
        "",
        "| | MiB | of which its own data | of which libraries |",
        "|---|---|---|---|",
        *(f"| {when} | {one['VmRSS']:.0f} | {one['RssAnon']:.0f} | {one['RssFile']:.0f} |" for when, one in memory.items()),
        "",
    ]
    return "\n".join(lines)


def in_role(role: str, order: dict[str, Any]) -> None:
    """What a process of this file's own does."""
    match role:
        case "closed":
            print(json.dumps(asyncio.run(closed(**order))))
        case "arriving":
            print(json.dumps(asyncio.run(arriving(**order))))
        case "probe":
            print(json.dumps(asyncio.run(probing(**order))))
        case "pool":
            pool(**order)
        case "instant":
            serve_instant()
        case _:
            serve_bare()


def main() -> None:
    """Run the benchmarks, or with ``--role`` a part in one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="less of everything: a minute instead of five")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--role", nargs=2, metavar=("ROLE", "ORDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.role:
        in_role(arguments.role[0], json.loads(arguments.role[1]))
        return
    page = report(QUICK if arguments.quick else FULL)
    if arguments.write:
        arguments.write.write_text(page)
    print(page)


if __name__ == "__main__":
    main()
