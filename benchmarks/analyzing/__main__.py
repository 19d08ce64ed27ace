"""Music analysis: beats, tempo, keys and chords beside other tools in one run, and what it costs.

python -m benchmarks.analyzing [--write docs/benchmarks-analyzing.md] [--quick] [--parts PART …] [--annotated DIR]

The music is rendered here, by a soundfont where FluidSynth and one are installed, or that of immich-memories-music. librosa, and
Essentia where it is installed, hear the same. `--annotated DIR` adds recordings of your own: beside each lie any of song.beats (time and
number in the bar), song.tempo and song.key.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from auricle.codec import write
from benchmarks.analyzing.costs import looped
from benchmarks.analyzing.pages import Given, annotated_page, chords_page, generated_page, loops_page, nothing_page, soundfont_page
from benchmarks.enhancing.judging import judged, table
from benchmarks.references import heading, publish

PACE_S, LONG_S = 240, 3600
SHORTER = 6  # times, when it must be quick
WITH_TAGS, WITHOUT_TAGS = 20, 60  # × realtime, at least
MOST_MB = 500
_ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def pace_page(given: Given) -> Iterator[str]:
    """How fast."""
    seconds = PACE_S // SHORTER if given.quick else PACE_S
    paces = _child("pace", str(seconds))
    yield "## Pace\n"
    yield f"× realtime in CPU time on one core, of {seconds} s of stereo music at 44.1 kHz; libraries and models are loaded before.\n"
    yield from table(["", "× realtime"], [(name, f"{pace:.0f}") for name, pace in paces.items()])
    least = {"auricle: everything": WITH_TAGS, "auricle: everything without tags": WITHOUT_TAGS}
    yield from judged([(name, f"{paces[name]:.0f} ×", f"≥ {pace} ×", paces[name] >= pace) for name, pace in least.items()])


def long_page(given: Given) -> Iterator[str]:
    """Memory of a long file."""
    seconds = LONG_S // SHORTER if given.quick else LONG_S
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "long.flac")
        write(file, looped(seconds))
        seen = _child("memory", str(file))
    yield "## A long recording\n"
    yield f"{seen['seconds'] / 60:.0f} minutes of stereo music at 44.1 kHz in FLAC, everything asked for: {seen['pace']:.0f} × realtime.\n"
    measured = f"{seen['peak_mb']:.0f} MB ({seen['before_mb']:.0f} before)"
    yield from judged([("peak memory of the process", measured, f"< {MOST_MB} MB", seen["peak_mb"] < MOST_MB)])


def _child(*arguments: str) -> dict[str, Any]:
    """Measured in a process of its own, on one core."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.analyzing.costs", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | _ONE_CORE)
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


PARTS: Mapping[str, Callable[[Given], Iterator[str]]] = {
    "loops": loops_page,
    "chords": chords_page,
    "soundfont": soundfont_page,
    "immich": generated_page,
    "annotated": annotated_page,
    "nothing": nothing_page,
    "pace": pace_page,
    "long": long_page,
}


def report(given: Given, parts: list[str]) -> str:
    """Measure everything; the page."""
    lines = heading("Benchmarks of music analysis")
    lines += ["", "Scores are mir_eval's, of beats after the first five seconds. Other tools have their defaults.", ""]
    if given.quick:
        lines += ["A quick run: a part of everything.", ""]
    for part in parts:
        lines += PARTS[part](given)
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a part of everything: two minutes instead of twenty")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="these parts")
    parser.add_argument("--annotated", type=Path, help="folder of recordings with .beats, .tempo or .key files beside them")
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # of other tools
    publish(report(Given(arguments.annotated, arguments.quick), arguments.parts), arguments.write)


if __name__ == "__main__":
    main()
