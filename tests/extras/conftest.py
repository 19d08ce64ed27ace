"""Tests of what `pip install "auricle[all]"` leaves out: each is collected only where its extra is installed (`make test-extras`)."""

from __future__ import annotations

import importlib.metadata
from contextlib import suppress


def _installed(distribution: str) -> bool:
    with suppress(importlib.metadata.PackageNotFoundError):
        return bool(importlib.metadata.version(distribution))
    return False


collect_ignore = [
    name for name, distribution in (("test_piper_real.py", "piper-tts"), ("test_xtts_real.py", "coqui-tts")) if not _installed(distribution)
]
