"""A recording's work in a thread, and how it is told to stop."""

from __future__ import annotations

import threading

from auricle.codec import IsolatedDecoder

__all__ = ["Task"]


class Task:
    """One recording's work: what its thread and the event loop tell each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled = False
        self._decoder: IsolatedDecoder | None = None

    def cancelled(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._cancelled

    def decodes_with(self, decoder: IsolatedDecoder) -> None:
        """The thread waits for this decoder from now on."""
        with self._lock:
            self._decoder = decoder
            if self._cancelled:
                decoder.cancel()

    def cancel(self) -> None:
        """Stop at the next opportunity, or at once while waiting for audio."""
        with self._lock:
            self._cancelled = True
            if self._decoder is not None:
                self._decoder.cancel()
