"""Audio features behind your own product, on your own machine.

    >>> import auricle
    >>> transcript = auricle.transcribe("speech.mp3", word_timestamps=True)  # doctest: +SKIP
    >>> transcript.text  # doctest: +SKIP

Importing this module loads nothing heavy: a name is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auricle.audio import Audio
    from auricle.codec import AudioProcessingConfig, Limits, convert, probe
    from auricle.enhancement import EnhanceOptions, enhance
    from auricle.errors import AuricleError
    from auricle.identification import Catalogue
    from auricle.music import analyze
    from auricle.speech import Transcript, stream_transcript, transcribe
    from auricle.speech.events import Final, Partial, Utterance
    from auricle.speech.listen import listen
    from auricle.voice import stream_speech, synthesize
    from auricle.wire import render

__version__ = "0.1.0"

_HOMES = {
    "Audio": "auricle.audio",
    "AudioProcessingConfig": "auricle.codec",
    "AuricleError": "auricle.errors",
    "Catalogue": "auricle.identification",
    "EnhanceOptions": "auricle.enhancement",
    "Final": "auricle.speech.events",
    "Limits": "auricle.codec",
    "Partial": "auricle.speech.events",
    "Transcript": "auricle.speech",
    "Utterance": "auricle.speech.events",
    "analyze": "auricle.music",
    "convert": "auricle.codec",
    "enhance": "auricle.enhancement",
    "listen": "auricle.speech.listen",
    "probe": "auricle.codec",
    "render": "auricle.wire",
    "stream_speech": "auricle.voice",
    "stream_transcript": "auricle.speech",
    "synthesize": "auricle.voice",
    "transcribe": "auricle.speech",
}

__all__ = [
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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'auricle' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
