"""Live captions, sans I/O (being written)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LiveOptions"]


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What to recognise of live speech and how.

    Attributes:
        language: ISO 639-1 code such as "de", or its English name; None detects it, utterance by utterance.
        prompt: text that might have come before; its style and spelling are continued.
        threshold: a window of 32 ms with this speech probability is speech.
        silence: how long a pause ends an utterance. Seconds.

    Raises:
        OptionError: a value that cannot be honoured; names the field.
    """

    language: str | None = None
    prompt: str | None = None
    threshold: float = 0.5
    silence: float = 0.6
