"""Enhancement: noise reduction, loudness, equaliser and repair beside other tools in one run, and a long recording through all of it.

python -m benchmarks.enhancing [--write docs/benchmarks-enhancing.md] [--quick] [--speech DIR] [--noise DIR] [--music DIR]

Without folders it is the repository's speech and music, and noises made here. Other tools are measured where they are installed:
noisereduce and pyloudnorm are none of our dependencies.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks.enhancing.denoising import noise_page
from benchmarks.enhancing.judging import Given, judged
from benchmarks.enhancing.levelling import levelling_page
from benchmarks.enhancing.metering import metering_page
from benchmarks.enhancing.restoring import restoring_page
from benchmarks.references import RECORDINGS, heading, publish

LONG_S, SHORTER_S = 3 * 3600, 600
MOST_MB = 400


def long_page(given: Given) -> Iterator[str]:
    """Memory and pace of a long recording."""
    seconds = SHORTER_S if given.quick else LONG_S
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.enhancing.whole_chain", str(seconds), folder]
        seen = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    yield "## A long recording\n"
    yield f"Stereo at 48 kHz, {seconds / 3600:.2g} h, from WAV to FLAC through {', '.join(seen['steps'])}:\n"
    yield from judged(
        [
            (
                f"peak memory of the process ({seen['before_mb']:.0f} MB before)",
                f"{seen['peak_mb']:.0f} MB",
                f"< {MOST_MB} MB",
                seen["peak_mb"] < MOST_MB,
            ),
            ("loudness", f"{seen['lufs']:.2f} LUFS", "-16 ±0.1 LUFS", abs(seen["lufs"] + 16) <= 0.1),
        ]
    )
    yield f"{seen['realtime_cpu']:.1f} × realtime in CPU time, {seen['realtime']:.1f} × by the clock.\n"


PARTS: Mapping[str, Callable[[Given], Iterator[str]]] = {
    "noise": noise_page,
    "metering": metering_page,
    "levelling": levelling_page,
    "restoring": restoring_page,
    "long": long_page,
}


def report(given: Given, parts: list[str]) -> str:
    """Measure everything; the page."""
    lines = heading("Benchmarks of enhancement")
    lines += ["", "Paces are in CPU time of all threads. Other tools have their defaults unless it says otherwise.", ""]
    if given.quick:
        lines += ["A quick run: a part of everything.", ""]
    for part in parts:
        lines += PARTS[part](given)
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a part of everything: ten minutes instead of hours")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="these parts")
    parser.add_argument("--speech", type=Path, default=RECORDINGS, help="folder of recordings, with manifest.tsv or without")
    parser.add_argument("--noise", type=Path, help="folder of noises; without one they are made")
    parser.add_argument("--music", type=Path, default=RECORDINGS, help="folder of music")
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # of other tools
    given = Given(arguments.speech, arguments.noise, arguments.music, arguments.quick)
    publish(report(given, arguments.only), arguments.write)


if __name__ == "__main__":
    main()
