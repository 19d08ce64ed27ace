"""The safe subset of the Speech Synthesis Markup Language, W3C SSML 1.1 (https://www.w3.org/TR/speech-synthesis11/).

Only the five predefined entities and character references are replaced; whatever could pull in or multiply text (document types, declared
entities, processing instructions, addresses) is refused. What is not understood is refused too: tags are never read, nor quietly dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from xml.parsers import expat

from auricle.errors import OptionError
from auricle.voice.text.markup import Break, Markup, Run
from auricle.voice.text.ssml_elements import ALONE, ELEMENTS, TEXT_ONLY, Style, alias, silence, styled

if TYPE_CHECKING:
    from pyexpat import XMLParserType

__all__ = ["is_ssml", "parse"]

_DEEPEST = 32  # elements within one another; people need about five
_LONGEST_SILENCE = 600.0  # seconds of all breaks together: a tag of 20 characters must not cost hours of audio

_BLANK = r"[\s\N{ZERO WIDTH NO-BREAK SPACE}]*+"  # a byte order mark is no text
_OPENING = re.compile(
    rf"{_BLANK}(?:(?:<\?xml\b[^>]*+>\s*+)?+(?:<!--.*?-->\s*+)*+(?:<speak(?![\w.:-])|(?P<type><!(?i:DOCTYPE)\b))|<\?xml\s)",
    re.DOTALL,
)
_SPACES = re.compile(r"[ \t\n]+")
_SEPARATORS = {"p": "\N{PARAGRAPH SEPARATOR}", "s": "\N{LINE SEPARATOR}"}  # what `sentences` sees of these elements
_NO_TYPE = "a DOCTYPE is not read, for it could declare entities; give SSML without it, or plain text instead of a page of HTML"
_ESCAPES = "; a plain & is written &amp; and a plain < is written &lt;, and no other names are known but &gt;, &quot; and &apos;"
_ESCAPE_ERRORS = (expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN], expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY])


def is_ssml(text: str) -> bool:
    """Whether a text wants to be SSML, which it need not be: after white space and comments it begins with ``speak``, or as XML does."""
    return _OPENING.match(text) is not None


def parse(text: str) -> tuple[Markup, ...]:
    """What SSML says: runs of text, each with the way it is read, and breaks.

    White space is a single line of words, as in XML, but for blank lines, which are paragraphs. Elements ``p`` and ``s`` leave Unicode's
    paragraph and line separators where they begin and end.

    Args:
        text: one ``speak`` element.

    Returns:
        Runs whose spans are places in ``text``, and breaks of more than no time; neighbouring text that is read one way is one run.

    Raises:
        OptionError: it is not well-formed, holds what is not understood or not allowed, nests more than 32 elements, or has breaks of more
            than 10 seconds each or 10 minutes together; names the field "text", says where it is, and has the values that would have been
            right where they can be listed.
    """
    return _Reader(text).read()


class _Reader:
    """One text on its way through expat, which calls the methods that its handlers name, in the order of the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        try:
            self._bytes = text.encode()
        except UnicodeEncodeError as error:
            raise self._error("the SSML holds half a surrogate pair, which is no character", error.start) from None
        if "\0" in text:
            raise self._error("the SSML holds a null character, which is no text", text.index("\0"))
        first = re.match(_BLANK, text)
        self._known_place = first.end() if first else 0  # of the last event: in characters,
        self._known_byte = self._skipped = len(text[: self._known_place].encode())  # and in bytes
        self._open: list[tuple[str, Style, str, int]] = []  # element, the style around it, what replaces its text, where its text begins
        self._style = Style()
        self._in_cdata = False
        self._silence = 0.0
        self._letters: list[str] = []
        self._spans: list[tuple[int, int]] = []
        self._done: list[Markup] = []
        self._parser = self._prepared()

    def _prepared(self) -> XMLParserType:
        """A parser that calls us; UTF-8 is what it gets, whatever the declaration says."""
        parser = expat.ParserCreate("utf-8")
        parser.StartDoctypeDeclHandler = self._on_doctype
        parser.ProcessingInstructionHandler = self._on_instruction
        parser.StartElementHandler = self._on_start
        parser.EndElementHandler = self._on_end
        parser.CharacterDataHandler = self._on_text
        parser.StartCdataSectionHandler = lambda: self._on_cdata(True)
        parser.EndCdataSectionHandler = lambda: self._on_cdata(False)
        return parser

    def read(self) -> tuple[Markup, ...]:
        found = _OPENING.match(self._text)
        if found and found["type"]:  # which expat knows in capitals only, as XML has it
            raise self._error(_NO_TYPE, found.start("type"))
        try:
            self._parser.Parse(self._bytes[self._skipped :], True)
        except expat.ExpatError as error:
            hint = _ESCAPES if error.code in _ESCAPE_ERRORS else ""
            where = self._place(self._parser.ErrorByteIndex)
            raise self._error(f"the SSML is broken: {expat.errors.messages[error.code]}{hint}", where) from None
        self._flush()
        return tuple(self._done)

    def _place(self, index: int) -> int:
        """The character at a byte of what the parser was given; asked in the order of the text, so that all of it costs one pass."""
        byte = max(index + self._skipped, self._known_byte)
        self._known_place += len(self._bytes[self._known_byte : byte].decode(errors="ignore"))
        self._known_byte = byte
        return self._known_place

    def _here(self) -> int:
        return self._place(self._parser.CurrentByteIndex)

    def _error(self, sentence: str, place: int, allowed: Iterable[object] = ()) -> OptionError:
        line = self._text.count("\n", 0, place) + 1
        column = place - self._text.rfind("\n", 0, place)
        return OptionError("text", f"line {line}, column {column}: {sentence}", allowed)

    def _on_doctype(self, *_: object) -> None:
        raise self._error(_NO_TYPE, self._here())

    def _on_instruction(self, target: str, _: str) -> None:
        raise self._error(f"the processing instruction <?{target}?> is not understood; leave it out", self._here())

    def _on_cdata(self, inside: bool) -> None:
        self._in_cdata = inside

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        here = self._here()
        try:
            self._check_position(name)
            style = styled(self._style, name, attributes)
            replacement = alias(attributes) if name == "sub" else ""
            self._break(silence(attributes) if name == "break" else 0.0)
        except ValueError as error:
            sentence, *allowed = error.args
            raise self._error(sentence, here, allowed) from None
        self._separate(name, here)
        outer = self._style
        self._turn(style)
        self._open.append((name, outer, replacement, len(self._letters)))

    def _on_end(self, name: str) -> None:
        here = self._here()
        _, outer, replacement, begin = self._open.pop()
        if name in ("sub", "phoneme"):
            self._replace(name, replacement, begin, here)
        self._separate(name, here)
        self._turn(outer)

    def _on_text(self, data: str) -> None:
        place = self._here()
        if self._open[-1][0] in ALONE and data.strip():
            raise self._error(f"<{self._open[-1][0]}> holds text, and should be empty", place)
        self._letters.extend(data)
        if not self._in_cdata and self._text[place] == "&":
            self._spans.append((place, self._text.index(";", place) + 1))
        elif data == "\n" and self._text.startswith("\r\n", place):
            self._spans.append((place, place + 2))
        else:
            self._spans.extend((index, index + 1) for index in range(place, place + len(data)))

    def _check_position(self, name: str) -> None:
        """Whether an element may stand here; ValueError if not."""
        if (name == "speak") is bool(self._open):
            raise ValueError("<speak> stands within another element" if self._open else f"SSML begins with <speak>, not with <{name}>")
        if name not in ELEMENTS:
            raise ValueError(f"the element <{name}> is not understood", *ELEMENTS)
        if len(self._open) == _DEEPEST:
            raise ValueError(f"more than {_DEEPEST} elements stand within one another")
        if self._open and (parent := self._open[-1][0]) in TEXT_ONLY:
            raise ValueError(f"<{name}> stands within <{parent}>, which holds text only")

    def _break(self, seconds: float) -> None:
        """Silence here; ValueError when it comes to too much."""
        self._silence += seconds
        if self._silence > _LONGEST_SILENCE:
            raise ValueError(f"the breaks up to here come to more than {_LONGEST_SILENCE:g} seconds; give shorter ones")
        if seconds:
            self._flush()
            self._done.append(Break(seconds))

    def _separate(self, name: str, place: int) -> None:
        if name in _SEPARATORS:
            self._letters.append(_SEPARATORS[name])
            self._spans.append((place, place))

    def _replace(self, name: str, replacement: str, begin: int, place: int) -> None:
        """Let ``replacement``, if any, stand for all text of the element that ends here."""
        if not "".join(self._letters[begin:]).strip():
            raise self._error(f"<{name}> is empty, and should hold the text that it says how to read", place)
        if replacement:
            span = self._spans[begin][0], self._spans[-1][1]
            self._letters[begin:] = replacement
            self._spans[begin:] = [span] * len(replacement)

    def _turn(self, style: Style) -> None:
        """From here on text is read in this style."""
        if style != self._style:
            self._flush()
            self._style = style

    def _flush(self) -> None:
        """End the run."""
        if self._letters:
            text = _SPACES.sub(lambda spaces: spaces[0] if spaces[0].count("\n") > 1 else " " * len(spaces[0]), "".join(self._letters))
            style = self._style
            self._done.append(Run(text, tuple(self._spans), style.language, style.pace, style.say_as, style.phonemes))
        self._letters, self._spans = [], []
