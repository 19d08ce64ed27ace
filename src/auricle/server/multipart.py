"""A form with a recording in it (multipart/form-data, RFC 7578), read while it comes, in pieces of any size, without I/O."""

from __future__ import annotations

import reprlib

from python_multipart.exceptions import FormParserError, MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from auricle.errors import MalformedRequest, OptionError, TooManyBytes, UnsupportedFormat

__all__ = ["FormReader"]

_MOST_PARTS = 64
_LONGEST_TYPE = 1024  # characters; finding the parameters in as long a header as servers take would take long
_PLAIN = (b"", b"7bit", b"8bit", b"binary")  # transfer encodings that encode nothing


class FormReader:
    """One form.

    The recording is the part of a certain name, whether it has a file name or not; file names are not looked at. All other parts are
    text in UTF-8.

    Attributes:
        found: whether the recording has begun.
    """

    def __init__(self, content_type: str, part: str, limit: int) -> None:
        """A reader for a recording in the part called ``part``; all else may have ``limit`` bytes.

        Raises:
            MalformedRequest: ``content_type`` does not say where parts end.
        """
        self.found = False
        self._part = part
        self._limit = limit
        self._parser = self._new_parser(parse_options_header(content_type[:_LONGEST_TYPE])[1].get(b"boundary", b""))
        self._fields: dict[str, list[str]] = {}
        self._pieces: list[memoryview] = []  # of the recording, from the last piece of the body
        self._parts = 0
        self._size = self._recorded = 0  # bytes of the body so far, and those of the recording
        self._headers: dict[bytes, bytes] = {}  # of the part that is being read
        self._header = self._value = b""  # the header that is being read
        self._name = ""
        self._text: bytearray | None = None  # of the field that is being read; None in the recording
        self._ended = False

    def feed(self, chunk: bytes) -> list[memoryview]:
        """Read the next piece of the body.

        Returns:
            the pieces of the recording that were in it.

        Raises:
            MalformedRequest: it is not a form, or not one that a client would send.
            OptionError: it has two recordings, or a file under another name.
            TooManyBytes: there is too much beside the recording.
            UnsupportedFormat: a part is in a transfer encoding.
        """
        self._pieces = []
        try:
            self._parser.write(chunk)
        except MultipartParseError as error:
            raise MalformedRequest(
                f"the form is broken at byte {self._size + error.offset}: that is not what its Content-Type says; "
                "let the HTTP library build it."
            ) from error
        self._size += len(chunk)
        if self._size - self._recorded > self._limit:
            raise TooManyBytes(
                f"the form has more than {self._limit} bytes beside the recording, which is the part {self._part!r}; send less."
            )
        return self._pieces

    def finish(self) -> dict[str, list[str]]:
        """The body has ended; the form's other fields by their names as they were written, each with its values in order.

        Raises:
            MalformedRequest: it is cut off.
        """
        if not self._ended:
            raise MalformedRequest("the form is cut off: it lacks its closing boundary; send all of it.")
        return self._fields

    def _new_parser(self, boundary: bytes) -> MultipartParser:
        try:
            if boundary:
                return MultipartParser(
                    boundary,
                    {
                        "on_part_begin": self._on_part,
                        "on_header_field": self._on_header,
                        "on_header_value": self._on_value,
                        "on_header_end": self._on_header_end,
                        "on_headers_finished": self._on_headers_end,
                        "on_part_data": self._on_data,
                        "on_part_end": self._on_part_end,
                        "on_end": self._on_end,
                    },
                )
        except FormParserError:  # it is too long
            pass
        raise MalformedRequest("the form's Content-Type names no boundary that can be used; let the HTTP library set that header.")

    def _on_part(self) -> None:
        self._parts += 1
        self._headers = {}
        if self._parts > _MOST_PARTS:
            raise MalformedRequest(f"the form has more than {_MOST_PARTS} parts; send fewer.")

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def _on_headers_end(self) -> None:
        """What comes next, by the part's headers: the recording, or a field's text."""
        options = parse_options_header(self._headers.get(b"content-disposition"))[1]
        try:
            self._name = options.get(b"name", b"").decode()
        except UnicodeDecodeError:
            self._name = ""
        if not self._name:
            raise MalformedRequest("a part of the form has no name in UTF-8; let the HTTP library build the form.")
        if self._headers.get(b"content-transfer-encoding", b"").strip().lower() not in _PLAIN:
            raise UnsupportedFormat(
                f"the form's part {reprlib.repr(self._name)} has a Content-Transfer-Encoding; send its bytes as they are."
            )
        if self._name != self._part:
            if options.get(b"filename"):
                raise OptionError(
                    self._name, f"there is a file in the field {reprlib.repr(self._name)}; send the recording as {self._part!r}"
                )
            self._text = bytearray()
        elif self.found:
            raise OptionError(self._part, f"the form has several recordings in {self._part!r}; send one")
        else:
            self.found, self._text = True, None

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._text is None:
            self._pieces.append(memoryview(data)[start:end])
            self._recorded += end - start
        else:
            self._text += memoryview(data)[start:end]

    def _on_part_end(self) -> None:
        if self._text is not None:
            try:
                self._fields.setdefault(self._name, []).append(self._text.decode())
            except UnicodeDecodeError as error:
                raise MalformedRequest(f"the form's field {reprlib.repr(self._name)} is not text in UTF-8; send it as such.") from error

    def _on_end(self) -> None:
        self._ended = True
