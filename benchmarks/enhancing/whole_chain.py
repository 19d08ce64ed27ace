"""A long recording through the whole chain, in a process that does nothing else: prints its peak memory and how fast it was, as JSON.

python -m benchmarks.enhancing.whole_chain SECONDS FOLDER
"""

from __future__ import annotations

import json
import sys
import time
import wave
from pathlib import Path

import numpy as np

from auricle.enhancement import Band, EnhanceOptions, enhance_file

RATE = 48_000
CHAIN = EnhanceOptions(
    declip=True,
    declick=True,
    dehum=True,
    denoise="deepfilter",
    equalize=(Band(80, kind="high_pass", q=0.7), Band(3000, 2.0)),
    deess=True,
    level=True,
    trim=True,
    loudness="podcast",
)


def record(target: Path, seconds: int) -> None:
    """A stereo recording, block by block: tones that come and go as syllables do, hum, hiss, and a click now and then."""
    rng, time_ = np.random.default_rng(6), np.arange(RATE) / RATE
    with wave.open(str(target), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for second in range(seconds):
            pitch = 110 * 2 ** (rng.integers(12) / 12)
            voice = sum(np.sin(2 * np.pi * pitch * k * time_) / k for k in range(1, 30))
            loudness = 0.1 * np.maximum(0, np.sin(2 * np.pi * 2.5 * time_)) * (second % 7 < 5)
            noise = 0.01 * rng.standard_normal((2, RATE)) + 0.01 * np.sin(2 * np.pi * 50 * time_)
            samples = np.stack([voice, 0.7 * voice]) * loudness + noise
            samples[:, rng.integers(RATE - 9) :][:, :8] += 0.3
            file.writeframes((samples.T * 32767).clip(-32768, 32767).astype("<i2").tobytes())


def peak_mb() -> float:
    """The most memory that this process had; `getrusage` would count what the process had that started this one. MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def main() -> None:
    """Make it, enhance it, say what it took."""
    seconds, folder = int(sys.argv[1]), Path(sys.argv[2])
    record(folder / "long.wav", seconds)
    before, spent, began = peak_mb(), time.process_time(), time.monotonic()
    report = enhance_file(folder / "long.wav", folder / "enhanced.flac", CHAIN)
    spent, took = time.process_time() - spent, time.monotonic() - began
    print(
        json.dumps(
            {
                "before_mb": before,
                "peak_mb": peak_mb(),
                "realtime_cpu": seconds / spent,
                "realtime": seconds / took,
                "lufs": report.after.loudness.integrated,
                "steps": [step.name for step in report.steps],
            }
        )
    )


if __name__ == "__main__":
    main()
