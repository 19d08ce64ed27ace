"""Base64 as clients write it into JSON, decoded while it comes, in pieces of any size, without I/O."""

from __future__ import annotations

import binascii
import json
import re
from typing import NoReturn

from auricle.errors import MalformedRequest

__all__ = ["Base64Reader"]

_LONGEST_PREFIX = 256  # bytes of "data:audio/webm;codecs=opus;base64,"
_WRONG = re.compile(rb"[^A-Za-z0-9+/]")
_NOT_WHOLE = re.compile(rb'\\(?!["/bfnrt]|u[0-9a-fA-F]{4})')  # an escape that is cut, or none; an escaped backslash is as wrong here
_STRING = json.JSONDecoder(strict=False)  # takes line breaks, which a shell's $(base64 FILE) leaves in


class Base64Reader:
    r"""Base64 inside a JSON string → bytes, in pieces of any size.

    As clients send it: with line breaks, as they are or escaped; with ``\/`` for ``/``; behind the prefix of a data URL; without its
    padding. But never with another character.
    """

    def __init__(self, key: str) -> None:
        """A reader that calls the text ``key`` in messages."""
        self._key = key
        self._escape = b""  # an escape that is not yet whole
        self._prefix: bytes | None = b""  # what may yet turn out to be a data URL's; None behind it
        self._last = b""  # fewer than four characters; with padding, up to eight
        self._count = 0  # characters decoded

    def feed(self, text: bytes) -> bytes:
        """Decode the next piece of the text.

        Raises:
            MalformedRequest: it has a character that base64 has not.
        """
        return self._decoded(self._behind_prefix(self._unescaped(text)))

    def finish(self) -> bytes:
        """The text has ended; decodes what is left.

        Raises:
            MalformedRequest: the text is not whole.
        """
        text, self._prefix = self._prefix or b"", None
        return self._decoded(text + self._escape) + self._decoded_last()  # what is left of an escape is a wrong character

    def _unescaped(self, text: bytes) -> bytes:
        text, self._escape = self._escape + text, b""
        if b"\\" in text:
            if found := _NOT_WHOLE.search(text):
                text, self._escape = text[: found.start()], text[found.start() :]
            text = _STRING.decode(f'"{text.decode("latin-1")}"').encode("latin-1", "backslashreplace")
            if len(self._escape) >= len("\\u0041"):  # it never will be whole: its backslash is a wrong character
                text += self._escape
        return text.translate(None, b"\r\n") if b"\n" in text or b"\r" in text else text

    def _behind_prefix(self, text: bytes) -> bytes:
        """The text without ``data:audio/wav;base64,``; nothing while it is not clear whether it begins with that."""
        if self._prefix is None:
            return text
        text = self._prefix + text
        comma = text.find(b",", 0, _LONGEST_PREFIX)
        begin = text[:5].lower()
        if b"data:".startswith(begin) and comma < 0 and len(text) < _LONGEST_PREFIX:
            self._prefix = text
            return b""
        self._prefix = None
        if begin != b"data:" or comma < 0:
            return text
        if not text[:comma].lower().endswith(b";base64"):
            raise MalformedRequest(
                f"the data URL in {self._key} does not say base64; give one that begins like data:audio/wav;base64,….", self._key
            )
        return text[comma + 1 :]

    def _decoded(self, text: bytes) -> bytes:
        text = self._last + text
        padding = text.find(b"=")
        whole = (len(text) if padding < 0 else padding) & ~3  # each four characters are three bytes
        self._last = text[whole:]
        try:
            audio = binascii.a2b_base64(text[:whole], strict_mode=True)
        except binascii.Error:
            self._refuse(text)
        self._count += whole
        return audio if len(self._last) <= 8 else self._decoded_last()  # which raises: so much cannot be padding

    def _decoded_last(self) -> bytes:
        text = self._last.rstrip(b"=")
        if _WRONG.search(text):
            self._refuse(text)
        lack = -len(text) % 4
        if lack == 3 or len(self._last) - len(text) > lack:
            raise MalformedRequest(
                f"{self._key} is not whole base64: it ends after {self._count + len(text)} characters, with "
                f"{len(self._last) - len(text)} of padding; send all of it.",
                self._key,
            )
        return binascii.a2b_base64(text + b"=" * lack)

    def _refuse(self, text: bytes) -> NoReturn:
        """Say which character of ``text``, the next to be decoded, is wrong."""
        found = _WRONG.search(text)
        place = found.start() if found else 0
        wrong = text[place : place + 1]
        shown = repr(wrong.decode()) if wrong.isascii() else f"the byte 0x{wrong.hex()}"
        right = "base64 has A–Z, a–z, 0–9, + and /, and = only at its end"
        if wrong in b"-_":
            right = "that is URL-safe base64; send the standard alphabet, with + and /"
        raise MalformedRequest(f"character {self._count + place + 1} of {self._key} is {shown}, but {right}.", self._key)
