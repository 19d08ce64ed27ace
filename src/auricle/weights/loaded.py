"""One load of a model for the whole process, however many threads ask for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

__all__ = ["shared", "unload", "unload_all"]

T = TypeVar("T")


class _Slot:
    """A place for one loaded object; the lock is held while it loads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.loaded = False
        self.value: Any = None


_slots: dict[Hashable, _Slot] = {}
_slots_lock = threading.Lock()


def shared(key: Hashable, load: Callable[[], T]) -> T:
    """What ``load`` returned for this key: called once per process, however many threads ask at once.

    Threads that ask for a key while it loads wait for it; other keys are not held up. A load that fails is not
    remembered: its error goes to the caller whose turn it was, and the next caller loads again.
    """
    with _slots_lock:
        slot = _slots.setdefault(key, _Slot())
    with slot.lock:
        if not slot.loaded:
            slot.value = load()
            slot.loaded = True
        value: T = slot.value
        return value


def unload(key: Hashable) -> bool:
    """Forgets what was loaded under the key; its memory is free once the last user drops it. False if there was none."""
    with _slots_lock:
        slot = _slots.pop(key, None)
    return slot is not None and slot.loaded


def unload_all() -> None:
    """Forgets everything that was loaded."""
    with _slots_lock:
        _slots.clear()
