"""Speed and memory of recognition: auricle beside faster-whisper used directly, in one run.

Both recognise the same recordings with the same model and settings, in turns, so that a busy machine slows both; what counts is
the ratio. Every measurement is a process of its own, so that peak memory is that of one recogniser.

    python benchmarks/recognition.py [--write docs/benchmarks.md] [--rounds 3] [--models tiny.en base]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from auricle import Audio, weights
from auricle.codec import AudioProcessingConfig, decode, write

RECORDINGS = Path(__file__).parent.parent / "tests" / "recordings"
ENGINES = ("faster-whisper", "auricle")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One process's work: CPU and wall seconds after loading, those inside the model, and the most memory it ever had (MiB)."""

    cpu: float
    wall: float
    model_wall: float
    peak: float
    words: int


class Timed:
    """A CTranslate2 model that counts the wall time of its two heavy calls; the rest is what its user adds."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def encode(self, *arguments: Any, **options: Any) -> Any:
        """The encoder."""
        return self._counted(self._model.encode, *arguments, **options)

    def generate(self, *arguments: Any, **options: Any) -> Any:
        """The decoder."""
        return self._counted(self._model.generate, *arguments, **options)

    def _counted(self, call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        began = time.perf_counter()
        result = call(*arguments, **options)
        self.seconds += time.perf_counter() - began
        return result


def recognise(engine: str, model: str, recording: str) -> Measurement:
    """Recognise in this process."""
    load = _faster_whisper if engine == "faster-whisper" else _auricle
    whisper, run = load(model)
    whisper.model = timed = Timed(whisper.model)
    cpu, wall = time.process_time(), time.perf_counter()
    words = run(recording)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Measurement(cpu, wall, timed.seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, words)


def _faster_whisper(model: str) -> tuple[Any, Callable[[str], int]]:
    from faster_whisper import WhisperModel

    whisper = WhisperModel(str(weights.locate(model)), device="cpu", compute_type="int8", cpu_threads=len(os.sched_getaffinity(0)))
    return whisper, lambda recording: sum(len(segment.text.split()) for segment in whisper.transcribe(recording, vad_filter=True)[0])


def _auricle(model: str) -> tuple[Any, Callable[[str], int]]:
    from auricle.speech import TranscriptStream, load_recognizer

    recognizer = load_recognizer(model)
    return recognizer.engine, lambda recording: sum(len(segment.text.split()) for segment in TranscriptStream(recognizer, recording))


def measure(engine: str, model: str, recording: Path) -> Measurement:
    """Recognise in a process of its own."""
    command = [sys.executable, __file__, "--one", engine, model, str(recording)]
    return Measurement(**json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]))


def _speech(folder: Path, minutes: float) -> Path:
    """A recording of that length: the shipped ones, equally loud, one after the other, again and again."""
    path = folder / f"{minutes:g}min.flac"
    config = AudioProcessingConfig(sample_rate=16_000, channels=1)
    parts = [decode(RECORDINGS / name, config) for name in ("two_cities.flac", "jfk.flac", "LJ001-0001.wav", "LJ001-0003.wav")]
    once = Audio.join([Audio(part.samples * (0.5 / part.peak), part.rate) for part in parts])
    pause = Audio(np.zeros(16_000, np.float32), 16_000)

    def blocks() -> Iterator[Audio]:
        left = minutes * 60
        while left > 0:
            yield once.slice(0, left)
            yield pause
            left -= once.duration + pause.duration

    write(path, blocks())
    return path


def overhead(model: str, recording: Path, rounds: int) -> tuple[str, str]:
    """A table row, and the sentence that judges it."""
    seen: dict[str, list[Measurement]] = {engine: [] for engine in ENGINES}
    for _ in range(rounds):
        for engine in ENGINES:
            seen[engine].append(measure(engine, model, recording))
    duration = decode(recording).duration
    rows = []
    for engine in ENGINES:
        cpu = statistics.median(one.cpu for one in seen[engine])
        wall = statistics.median(one.wall for one in seen[engine])
        own = 100 * statistics.median(1 - one.model_wall / one.wall for one in seen[engine])
        peak = max(one.peak for one in seen[engine])
        rows.append(f"| {model} | {engine} | {duration / wall:.1f} | {cpu / duration:.3f} | {own:.1f} % | {peak:.0f} |")
    ratios = [ours.cpu / theirs.cpu for theirs, ours in zip(seen["faster-whisper"], seen["auricle"], strict=True)]
    return (
        "\n".join(rows),
        f"{model}: auricle takes {statistics.median(ratios):.3f} × the CPU time of faster-whisper "
        f"(rounds: {', '.join(f'{ratio:.3f}' for ratio in ratios)}).",
    )


def report(models: list[str], rounds: int, long_minutes: float) -> str:
    """The page."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        short = _speech(folder, 3)
        table, judgements = zip(*(overhead(model, short, rounds) for model in models), strict=True)
        lengths = [10.0, long_minutes]
        peaks = [measure("auricle", models[0], _speech(folder, minutes)) for minutes in lengths]
    lines = [
        "# Benchmarks",
        "",
        f"Written by `make bench` on {platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}.",
        "Times on a shared machine are noisy: trust the ratios.",
        "",
        f"## Recognition, {short.stem} of speech, beam 5, VAD on, {rounds} rounds in turns",
        "",
        "| model | engine | × real time | CPU s per audio s | time outside the model | peak MiB |",
        "|---|---|---|---|---|---|",
        *table,
        "",
        *judgements,
        "",
        f"## Memory over length, {models[0]}, read in blocks",
        "",
        *(f"- {minutes:g} minutes: peak {peak.peak:.0f} MiB, {peak.words} words" for minutes, peak in zip(lengths, peaks, strict=True)),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run the benchmarks, or with ``--one`` a single measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["tiny.en", "base"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", type=float, default=180, help="minutes of the long recording")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--one", nargs=3, metavar=("ENGINE", "MODEL", "RECORDING"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(asdict(recognise(*arguments.one))))
        return
    page = report(arguments.models, arguments.rounds, arguments.long)
    if arguments.write:
        arguments.write.write_text(page)
    print(page)


if __name__ == "__main__":
    main()
