"""The languages' names."""

from __future__ import annotations

from auricle.speech import load_recognizer
from auricle.speech.names import CODES, NAMES


def test_every_language_of_the_model_has_a_name() -> None:
    """Whatever a model can detect can be called by its English name, and no two by the same."""
    assert set(load_recognizer("base").languages) <= set(NAMES)
    assert len(CODES) == len(NAMES)
    assert all(name == name.lower() for name in NAMES.values())
