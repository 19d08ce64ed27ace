"""What is read aloud: texts and files in whatever form they come, as turns with their places."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from auricle.cli.inputs import Input
from auricle.cli.script import conversation_in, text_in, text_of
from auricle.codec.chapters import Chapter
from auricle.errors import InputError, OptionError, UnreadableInput
from auricle.voice import SpokenTurn, Turn

BOOK = "# One\n\nIt began.\n\n# Two\n\nIt ended.\n"


def test_a_text() -> None:
    """Without chapters it is one turn, as it is."""
    script = text_of("it", "Good morning.", ssml=None)
    assert (script.turns, script.starts, script.titles, script.characters) == ((Turn("Good morning."),), (0,), (), 13)


def test_a_book() -> None:
    """Each chapter is a turn with a pause behind it, but for the last; their places are those in the text."""
    script = text_of("it", BOOK, ssml=None)
    assert script.titles == ("One", "Two")
    assert [turn.pause_ms > 0 for turn in script.turns] == [True, False]
    assert script.starts == (0, BOOK.index("# Two"))
    assert script.characters == len(BOOK)
    said = [SpokenTurn("heart", "", 0.0, 1.0), SpokenTurn("heart", "", 2.5, 3.0)]
    assert script.chapters(said) == [Chapter("One", 0.0), Chapter("Two", 2.5)]
    assert script.chapters(said[:1]) == [Chapter("One", 0.0)]


@pytest.mark.parametrize(("ssml", "count"), [(None, 1), (True, 1), (False, 2)])
def test_ssml_is_not_divided(ssml: bool | None, count: int) -> None:
    """Its elements may reach across what looks like a chapter."""
    assert len(text_of("it", "<speak>\n\n" + BOOK + "</speak>", ssml=ssml).turns) == count + (ssml is False)


@pytest.mark.parametrize("data", ["é\nb", "\ufeffé\nb", "é\r\nb", "é\rb"])
def test_files(tmp_path: Path, data: str) -> None:
    """UTF-8 with and without a byte order mark and with any ends of lines is the same text; the file's name is the title."""
    (tmp_path / "a.txt").write_bytes(data.encode())
    script = text_in(Input(tmp_path / "a.txt"), ssml=None)
    assert (script.turns[0].text, script.title) == ("é\nb", "a")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16(tmp_path: Path, encoding: str) -> None:
    """What Windows calls Unicode is read by its byte order mark."""
    (tmp_path / "a.txt").write_bytes("\ufeffé\nb".encode(encoding))
    assert text_in(Input(tmp_path / "a.txt"), ssml=None).turns[0].text == "é\nb"


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` is read to its end, and has no title."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO("é".encode())))
    script = text_in(Input(None), ssml=None)
    assert (script.name, script.title, script.turns[0].text) == ("standard input", None, "é")


def test_a_conversation(tmp_path: Path) -> None:
    """Places of turns count on from the turn before, pauses and names are the file's."""
    (tmp_path / "talk.txt").write_text("ANNA: Hello.\nBOB: Hi.\n")
    script = conversation_in(Input(tmp_path / "talk.txt"), {"ANNA": "heart", "BOB": "nova"})
    assert script.turns == (Turn("Hello.", "heart"), Turn("Hi.", "nova"))
    assert (script.starts, script.conversation, script.titles, script.title) == ((0, 6), True, (), "talk")


def test_what_can_be_wrong(tmp_path: Path) -> None:
    """A file that is not there, is no text, or is empty."""
    with pytest.raises(UnreadableInput, match=r"cannot read none\.txt: no such file or directory"):
        text_in(Input(tmp_path / "none.txt"), ssml=None)
    (tmp_path / "a.txt").write_bytes(b"ab\xff\xfe\x00")
    with pytest.raises(InputError, match="this is not text in UTF-8: byte 2 is 0xff; save it as UTF-8"):
        text_in(Input(tmp_path / "a.txt"), ssml=None)
    (tmp_path / "a.txt").write_bytes(b" \n")
    with pytest.raises(OptionError, match="there is nothing to say"):
        text_in(Input(tmp_path / "a.txt"), ssml=None)
