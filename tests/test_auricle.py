"""The facade is a promise: these names, and nothing heavy on import."""

from __future__ import annotations

import subprocess
import sys

import pytest

import auricle

HEAVY = ("numpy", "av", "soxr", "ctranslate2", "faster_whisper", "onnxruntime", "tokenizers", "huggingface_hub", "sounddevice", "soundfile")


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_exported_members() -> None:
    """The public names; taking one away breaks users."""
    assert auricle.__all__ == [
        "Audio",
        "AudioProcessingConfig",
        "AuricleError",
        "Catalogue",
        "EnhanceOptions",
        "Final",
        "Limits",
        "Partial",
        "Transcript",
        "Utterance",
        "analyze",
        "convert",
        "enhance",
        "listen",
        "probe",
        "render",
        "stream_speech",
        "stream_transcript",
        "synthesize",
        "transcribe",
    ]
    assert len(auricle.__all__) <= 20


def test_every_name_is_there() -> None:
    """Each can be had, has a docstring, and unknown ones are refused as Python does."""
    for name in auricle.__all__:
        assert getattr(auricle, name).__doc__
        assert name in dir(auricle)
    with pytest.raises(AttributeError, match="no attribute 'transscribe'"):
        auricle.transscribe  # noqa: B018 - the look itself raises


def test_import_loads_nothing_heavy() -> None:
    """`import auricle` leaves the heavy libraries alone."""
    loaded = python("import sys, auricle; print(*(name.partition('.')[0] for name in sys.modules))").split()
    assert not set(HEAVY) & set(loaded)


def test_import_is_quick() -> None:
    """It takes under 100 ms of CPU, best of five."""
    code = "import time; began = time.process_time(); import auricle; print(time.process_time() - began)"
    assert min(float(python(code)) for _ in range(5)) < 0.1
