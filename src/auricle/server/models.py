"""The models in memory: found by the names that clients may use, lent to whoever works with them, unloaded when nobody does."""

from __future__ import annotations

import ctypes
import math
import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from auricle import weights
from auricle.errors import ModelUnavailable, UnknownModel
from auricle.server.engine import ModelState
from auricle.server.settings import Settings
from auricle.speech import load_recognizer, unload_recognizer
from auricle.speech.whisper import Recognizer

__all__ = ["Loaded", "Models", "resident", "return_memory"]


@dataclass(slots=True, eq=False)
class Loaded:
    """A model in memory."""

    recognizer: Recognizer
    memory: int
    users: int = 0
    used: float = 0.0  # when it was last given back

    def unused(self, since: float) -> bool:
        """Whether nobody has used it since then."""
        return not self.users and self.used < since


class Models:
    """The models of one engine; for any thread.

    Args:
        settings: the operator's.
        workers: calls of one model that run at once.

    Attributes:
        default: the model of requests that name none, as it is loaded.
    """

    def __init__(self, settings: Settings, workers: int) -> None:
        self._settings, self._workers = settings, workers
        self.default = weights.ALIASES.get(settings.model, settings.model)
        self._loaded: dict[str, Loaded] = {}
        self._lock = threading.Lock()

    def official(self, model: str | None) -> str:
        """The name by which a model is loaded: of the catalogue, or what the operator chose, but never a client's path.

        Raises:
            UnknownModel: there is no such model.
            ModelUnavailable: it is not on this machine, and clients may not have it fetched.
        """
        if model is None or model in (self.default, self.name(self.default)):
            return self.default
        entry = weights.serving("transcribe").get(weights.ALIASES.get(model, model))
        if entry is None:
            known = ", ".join(state.id for state in self.states())
            raise UnknownModel(f"there is no model {model!r} on this server; use one of: {known}.")
        if not self._settings.download and weights.status(entry.id).source == "absent":
            raise ModelUnavailable(f"model {entry.id!r} is not on this server; its operator can run `auricle models pull {entry.id}`.")
        return entry.id

    @staticmethod
    def name(model: str) -> str:
        """What clients call it: an operator's directory by its last part."""
        return model if model in weights.CATALOGUE else Path(model).absolute().name

    def states(self) -> Sequence[ModelState]:
        """The default model, and all others that are on this machine."""
        default = self.name(self.default)
        others = [name for name in weights.serving("transcribe") if name != default and weights.status(name).source != "absent"]
        return [self._state(name) for name in (self.default, *others)]

    def borrow(self, model: str) -> Loaded:
        """The model, loaded if need be, with one more user, who must `give_back` it.

        Raises:
            ModelError: it cannot be loaded.
        """
        with self._lock:
            if (loaded := self._loaded.get(model)) is not None:
                loaded.users += 1
                return loaded
        before = resident()
        recognizer = load_recognizer(
            model,
            device=self._settings.device,
            compute_type=self._settings.compute_type,
            threads=self._settings.threads,
            workers=self._workers,
        )
        memory = max(0, resident() - before)
        with self._lock:
            loaded = self._loaded.setdefault(model, Loaded(recognizer, memory))
            loaded.users += 1
            return loaded

    def give_back(self, loaded: Loaded) -> None:
        """One user less."""
        with self._lock:
            loaded.users -= 1
            loaded.used = time.monotonic()

    def unused(self, since: float) -> list[str]:
        """The models that nobody has used since; the one that was preloaded is kept."""
        kept = self.default if self._settings.preload else None
        with self._lock:
            return [model for model, loaded in self._loaded.items() if model != kept and loaded.unused(since)]

    def forget(self, model: str, since: float = math.inf) -> bool:
        """Unload a model, or only if it is unused ``since`` then; whoever uses it keeps it until done. Whether it was loaded."""
        with self._lock:
            loaded = self._loaded.get(model)
            if loaded is not None and since < math.inf and not loaded.unused(since):
                return False
            self._loaded.pop(model, None)
        unload_recognizer(model, device=self._settings.device, compute_type=self._settings.compute_type)
        known = loaded is not None
        del loaded
        return_memory()
        return known

    def forget_all(self) -> None:
        """Unload all of them."""
        for model in list(self._loaded):
            self.forget(model)

    def _state(self, model: str) -> ModelState:
        loaded = self._loaded.get(model)
        return ModelState(self.name(model), weights.since(model), loaded is not None, loaded.memory if loaded else 0)


def resident() -> int:
    """Memory that this process holds, 0 where the system doesn't say. Bytes."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def return_memory() -> None:
    """Give freed memory back to the system; glibc keeps it otherwise."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
