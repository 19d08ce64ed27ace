"""Finished speech that may be asked for again. In memory only, and only for who wants it: what people have read aloud is their own."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from importlib.metadata import version

import numpy as np

from auricle.codec import AudioProcessingConfig
from auricle.voice.speech import Speech
from auricle.voice.text.lexicon import Lexicon

__all__ = ["SpeechCache", "key_of"]

_AURICLE = version("auricle")  # another one may read the same text otherwise
_WORD_BYTES = 400  # that a word or turn takes besides its text: its object, numbers and places
_SPEECH_BYTES = 1000  # that a speech takes besides its audio and words


def key_of(
    text: object,
    *,
    ssml: bool | None,
    voice: str,
    language: str,
    speed: float,
    emotion: str | None,
    lexicon: Lexicon | None,
    config: AudioProcessingConfig | None,
    loudness: float | None,
    engine: object,
) -> str:
    """A name for what is to be said, the same for the same sound only; the text cannot be read from it.

    Args:
        text: what to say: a string, or a conversation's turns.
        ssml: whether it is SSML.
        voice: the voice's own name, not an alias, for those may come to mean another.
        language: BCP 47 tag.
        speed: times the natural pace.
        emotion: None is neutral.
        lexicon: how to say certain words; what is in it counts.
        config: of the audio.
        loudness: LUFS.
        engine: what makes the voice speak: the engine's name and whatever tells its model from others, such as a hash or path.
    """
    manner = (voice, language, float(speed), emotion or "neutral", lexicon.entries if lexicon else None)
    wanted = (_AURICLE, engine, text, ssml, *manner, config or AudioProcessingConfig(), None if loudness is None else float(loudness))
    digest = hashlib.sha256()
    for part in _spelled(wanted):
        digest.update(part)
    return digest.hexdigest()


class SpeechCache:
    """The speeches that were used last, as many as fit; any number of threads may share it.

    Args:
        max_bytes: of all that is kept.

    Attributes:
        size: of what is kept. Bytes.
    """

    def __init__(self, max_bytes: int) -> None:
        self.size = 0
        self._most = max_bytes
        self._kept: OrderedDict[str, Speech] = OrderedDict()  # the one used last is last
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> Speech | None:
        """The speech of that key, if it is there."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: str, speech: Speech) -> None:
        """Keep a speech in place of those that were not used for longest; one that is too large by itself is not kept."""
        size = _size(speech)
        with self._lock:
            self._drop(key)
            if size > self._most:
                return
            while self.size + size > self._most:
                self._drop(next(iter(self._kept)))
            self._kept[key] = speech
            self.size += size

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self.size = 0

    def _drop(self, key: str) -> None:
        if (speech := self._kept.pop(key, None)) is not None:
            self.size -= _size(speech)


def _size(speech: Speech) -> int:
    """What a speech holds in memory. Bytes."""
    memory = speech.audio.samples
    while isinstance(memory.base, np.ndarray):  # a view keeps all of what it looks at
        memory = memory.base
    texts = [*(word.text for word in speech.words), *(turn.text for turn in speech.turns)]
    return memory.nbytes + sum(4 * len(text) + _WORD_BYTES for text in texts) + _SPEECH_BYTES


def _spelled(value: object) -> Iterator[bytes]:
    """A value as bytes from which it could be told, so that no two different ones are spelled the same."""
    match value:
        case None | bool() | int() | float():
            yield _framed(type(value).__name__, repr(value).encode())
        case str():
            yield _framed("str", value.encode("utf-8", "surrogatepass"))
        case bytes():
            yield _framed("bytes", value)
        case Mapping():
            yield _framed("mapping", str(len(value)).encode())
            for key in sorted(value):
                yield from _spelled((key, value[key]))
        case Sequence():
            yield _framed("sequence", str(len(value)).encode())
            for one in value:
                yield from _spelled(one)
        case _ if is_dataclass(value):
            yield _framed("object", type(value).__qualname__.encode())
            yield from _spelled([getattr(value, field.name) for field in fields(value)])
        case _:
            raise TypeError(f"a {type(value).__name__} cannot be part of a key")


def _framed(kind: str, content: bytes) -> bytes:
    return f"{kind} {len(content)} ".encode() + content
