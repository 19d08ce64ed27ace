r"""A JSON object with a recording in it as base64, read while it comes, in pieces of any size, without I/O.

The recording's text is taken out as it comes and decoded. Everything else is small and kept, and `json` gets it at the end, with an
empty string where the recording was. So the scanner need not know JSON: it follows strings and counts brackets, enough to see the
key that it looks for. What is wrong inside the recording `Base64Reader` finds, what is wrong elsewhere `json` finds.

    ======= ========================================== =========================================================
    state   skips                                      and then
    ======= ========================================== =========================================================
    START   white space                                ``{`` → OUTSIDE; else it is no object
    OUTSIDE all but quotes and brackets                ``"`` → STRING; brackets change the depth
    STRING  whole escapes, and all but ``"`` and ``\`` ``"`` → COLON after our key at depth 1, else OUTSIDE
    COLON   white space                                ``:`` → VALUE; else OUTSIDE, which looks at it again
    VALUE   white space                                ``"`` → AUDIO; else OUTSIDE, which looks at it again
    AUDIO   all but quotes                             ``"`` → OUTSIDE; base64 has none, so escapes need no look
    ======= ========================================== =========================================================
"""

from __future__ import annotations

import enum
import json
import re
from typing import NoReturn

from auricle.errors import MalformedRequest, OptionError, TooManyBytes
from auricle.server.base64_text import Base64Reader

__all__ = ["JsonReader"]

_DEEPEST = 64  # levels of nesting; Python's own limit would be a RecursionError
_MOST_STEPS = 20_000  # a bracket is one, a string two; a body of nothing else would hold up the event loop


class _State(enum.Enum):
    START, OUTSIDE, STRING, COLON, VALUE, AUDIO = range(6)


_SKIPS = {
    _State.START: re.compile(rb"[ \t\r\n]*+"),
    _State.OUTSIDE: re.compile(rb'[^"{}\[\]]*+'),
    _State.STRING: re.compile(rb'(?:[^"\\]++|\\[\0-\xff])*+'),
    _State.COLON: re.compile(rb"[ \t\r\n]*+"),
    _State.VALUE: re.compile(rb"[ \t\r\n]*+"),
}


class JsonReader:
    """One JSON object; see the module.

    Attributes:
        found: whether the recording has begun.
    """

    def __init__(self, key: str, limit: int) -> None:
        """A reader for a recording under ``key`` of the object itself; all else may have ``limit`` bytes."""
        self.found = False
        self._key = key
        self._limit = limit
        self._base64 = Base64Reader(key)
        self._rest = bytearray()  # the object without the recording's text
        self._place = 0  # how far it has been read
        self._start = 0  # where its last string began
        self._depth = 0
        self._steps = 0
        self._keys = 0  # how often the key was seen
        self._cut, self._cut_size = 0, 0  # where the recording was, and how many bytes of text
        self._state = _State.START

    def feed(self, chunk: bytes) -> bytes:
        """Read the next piece of the body.

        Returns:
            the part of the recording that was in it.

        Raises:
            MalformedRequest: it is not base64, not an object, nested too deep, or has two recordings.
            TooManyBytes: there is too much beside the recording.
        """
        if self._state is not _State.AUDIO:
            chunk = self._read(chunk)
        audio = self._through(chunk) if self._state is _State.AUDIO else b""
        if len(self._rest) > self._limit:
            raise TooManyBytes(f"the request has more than {self._limit} bytes beside {self._key}; send less.")
        return audio

    def finish(self) -> dict[str, object]:
        """The body has ended; the object's other keys.

        Raises:
            MalformedRequest: it is cut off or not valid JSON.
            OptionError: the key's value is something else than a string or null.
        """
        if self._state is _State.AUDIO:
            raise MalformedRequest(f"the body ends in the middle of {self._key}; send all of it.")
        try:
            fields: dict[str, object] = json.loads(self._rest.decode(), parse_constant=_no_constant)
        except ValueError as error:  # bytes that are not UTF-8, wrong syntax, NaN, a number of 5,000 digits
            raise MalformedRequest(
                f"the body is not valid JSON{self._where(error)}; send one object, with the recording as a base64 string under {self._key}."
            ) from error
        if fields.pop(self._key, None) is not None and not self.found:
            raise OptionError(self._key, f"{self._key} is no string; give a base64 string with the recording")
        return fields

    def _read(self, chunk: bytes) -> bytes:
        """Go through what is not the recording; gives the bytes after the recording's opening quote."""
        self._rest += chunk
        while skipped := _SKIPS[self._state].match(self._rest, self._place):  # each matches, if only nothing
            self._place = skipped.end()
            byte = self._rest[self._place : self._place + 1]
            if byte in b"\\":  # the end, or an escape that is not whole
                break
            self._place += 1
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise MalformedRequest(f"the JSON has more than {_MOST_STEPS // 2} strings and brackets; send fewer.")
            self._state = self._next(byte)
            if self._state is _State.AUDIO:
                text = bytes(self._rest[self._place :])
                del self._rest[self._place :]
                self._cut = self._place
                return text
        return b""

    def _through(self, chunk: bytes) -> bytes:
        """Go through the recording's text, and on behind it."""
        text, quote, after = chunk.partition(b'"')
        self._cut_size += len(text)
        audio = self._base64.feed(text)
        if quote:
            audio += self._base64.finish()
            self._state = _State.OUTSIDE
            self._rest += quote
            self._place += 1
            self._read(after)
        return audio

    def _next(self, byte: bytearray) -> _State:
        """The state after this byte in this one: the module's table."""
        match self._state, byte:
            case (_State.OUTSIDE, b'"'):
                self._start = self._place
                return _State.STRING
            case (_State.START | _State.OUTSIDE, b"{") | (_State.OUTSIDE, b"["):
                return self._deeper()
            case (_State.OUTSIDE, _):
                self._depth -= 1
            case (_State.STRING, _):
                return _State.COLON if self._depth == 1 and self._is_key() else _State.OUTSIDE
            case (_State.COLON, b":"):
                self._keys += 1
                if self._keys > 1:
                    raise MalformedRequest(f"the request has {self._key} twice; send one recording.")
                return _State.VALUE
            case (_State.VALUE, b'"'):
                self.found = True
                return _State.AUDIO
            case (_State.START, _):
                raise MalformedRequest("the body is not a JSON object; send one, beginning with '{', in UTF-8 without a byte order mark.")
            case _:
                self._place -= 1
        return _State.OUTSIDE

    def _deeper(self) -> _State:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise MalformedRequest(f"the JSON is nested deeper than {_DEEPEST} levels; send a flat object.")
        return _State.OUTSIDE

    def _is_key(self) -> bool:
        """Whether the string that has just ended is our key, in whatever escapes."""
        raw = bytes(self._rest[self._start : self._place - 1])
        if b"\\" not in raw:
            return raw == self._key.encode()
        try:
            return bool(json.loads(b'"%b"' % raw) == self._key)
        except ValueError:
            return False

    def _where(self, error: ValueError) -> str:
        """What `json` found, and at which byte of the body, of which it has not seen the recording."""
        match error:
            case json.JSONDecodeError():
                place, what = len(error.doc[: error.pos].encode()), error.msg.lower().removesuffix(" at").removesuffix(" starting")
            case UnicodeDecodeError():
                place, what = error.start, "not UTF-8"
            case _:
                return f" ({str(error).partition(':')[0]})"
        place += self._cut_size if place > self._cut else 0
        return f" ({what} at byte {place})"


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number in JSON")
