"""Enhancement as JSON: the guide's names, ours with units, and null for what has no number."""

from __future__ import annotations

import base64
import json
import math

import pytest

from auricle import wire
from auricle.enhancement.report import Report, Sound, StepReport
from auricle.loudness.figures import Loudness

SPOKEN = Sound(Loudness(-23.456, -20.0, -18.25, 6.789, -3.001), -61.239, 12.34567)
SILENCE = Sound(Loudness(-math.inf, -math.inf, -math.inf, 0.0, -math.inf), -math.inf, 0.5)
REPORT = Report(SPOKEN, SILENCE, (StepReport("declick", {"clicks": 7, "level_db": -math.inf}),), ("All of it was noise.",))


def test_a_report() -> None:
    """Before, after, the steps in their order and the notes; levels to hundredths, times to milliseconds."""
    found = wire.enhancement_report(REPORT)
    assert found["before"] == {
        "integrated_lufs": -23.46, "short_term_lufs": -20.0, "momentary_lufs": -18.25, "loudness_range_lu": 6.79, "true_peak_dbtp": -3.0,
        "noise_floor_dbfs": -61.24, "duration": 12.346,
    }  # fmt: skip
    assert found["notes"] == ["All of it was noise."]
    assert [step["name"] for step in found["steps"]] == ["declick"]


def test_silence_has_no_level() -> None:
    """Minus infinity is null, for strict JSON has no word for it."""
    found = wire.enhancement_report(REPORT)
    levels = {name: level for name, level in found["after"].items() if name not in ("duration", "loudness_range_lu")}
    assert set(levels.values()) == {None}
    assert found["steps"][0]["facts"] == {"clicks": 7.0, "level_db": None}
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_whole_answer() -> None:
    """The guide's three fields, first the audio, then ours."""
    found = wire.enhanced(REPORT, rate=44_100, channels=2, output_format="wav", data=b"\x00\xff")
    assert list(found)[:3] == ["enhanced_audio_base64", "sample_rate", "duration_seconds"]
    assert base64.b64decode(found["enhanced_audio_base64"]) == b"\x00\xff"
    assert (found["sample_rate"], found["duration_seconds"], found["channels"]) == (44_100, 0.5, 2)
    assert found["report"] == wire.enhancement_report(REPORT)


@pytest.mark.parametrize(("data", "seconds"), [(b"", 0.0), (bytes(8 * 8000), 1.0)])
def test_a_piece_of_a_stream(data: bytes, seconds: float) -> None:
    """As it was sent; how long it is follows from its frames."""
    found = wire.live_enhanced(data, encoding="f32le", rate=8000, channels=2, frame_bytes=8)
    assert base64.b64decode(found.pop("enhanced_audio_base64")) == data  # type: ignore[misc] # no longer what it was
    assert found == {"sample_rate": 8000, "duration_seconds": seconds, "channels": 2, "encoding": "f32le"}
