"""Captions on a terminal: final text stays as it is, what may change is dim, and the meter never scrolls anything away."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable

import pytest

from auricle.cli import captions_screen
from auricle.cli.captions_screen import CaptionsScreen, meter, wrapped
from auricle.speech.events import Final, LiveEvent, Partial, SpeechEnded, SpeechStarted, Utterance
from auricle.speech.transcript import Segment, Word
from tests.cli.terminal import Terminal

ENGLISH = "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness"
JAPANESE = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所でニャーニャー泣いていた。"
THAI = "ทุกคนมีสิทธิที่จะเข้าร่วมในรัฐบาลแห่งประเทศของตน"
HINDI = "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है"
METER = "0:00  |                        |     silent"

Attach = Callable[[int, int], Terminal]


@pytest.fixture
def attach(monkeypatch: pytest.MonkeyPatch) -> Attach:
    """A terminal of so many columns and rows behind standard output; nothing is drawn but what events cause."""

    def attach(width: int, height: int) -> Terminal:
        terminal = Terminal(width, height)
        monkeypatch.setattr("auricle.cli.output.say", terminal.write)
        monkeypatch.setattr(captions_screen, "_size", lambda: (terminal.width, terminal.height))
        return terminal

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(captions_screen, "_INTERVAL", 3600)
    return attach


def final(text: str) -> Final:
    """Words that have become final."""
    return Final((Word(text.strip(), 0, 1, 1.0),), text, "en")


def utterance(text: str) -> Utterance:
    """The end of a segment."""
    return Utterance(Segment(0, 0, 1, text.strip(), "en", 1.0))


def partial(text: str) -> Partial:
    """Words that may change."""
    return Partial(text, "en")


def screen() -> CaptionsScreen:
    """One with a meter that stands still."""
    return CaptionsScreen(lambda width: METER[:width])


def spoken(text: str, seed: int) -> list[LiveEvent]:
    """A text as a live session might say it: word by word or several at once, with guesses between them that are often wrong."""
    dice, events, at = random.Random(seed), list[LiveEvent](), 0  # noqa: S311 - dice
    separator = " " if " " in text else ""
    words = text.split(" ") if separator else list(text)
    while at < len(words):
        events += [partial(separator * (at > 0) + separator.join(dice.choices(words, k=dice.randint(0, 30)))) for _ in range(3)]
        count = dice.randint(1, 4)
        events.append(final(separator * (at > 0) + separator.join(words[at : at + count])))
        at += count
    return [SpeechStarted(0.0), *events, utterance(text), SpeechEnded(9.0)]


def test_final_plain_and_tail_dim(attach: Attach) -> None:
    """Final words are plain, what may change is dim, and the meter is the last row; the cursor is out of sight."""
    terminal = attach(60, 10)
    with screen() as shown:
        for event in (partial("It wash"), final("It was"), partial(" the breast of")):
            shown.show(event)
        assert terminal.text() == ["It was the breast of", METER]
        assert terminal.dimmed() == " the breast of"
        assert not terminal.shown


def test_the_end_leaves_what_is_final(attach: Attach) -> None:
    """When the block ends, the tail and the meter are gone, the final words stay, and the cursor is below them and visible."""
    terminal = attach(60, 10)
    with screen() as shown:
        for event in (final("It was"), partial(" the breast of")):
            shown.show(event)
    assert terminal.text() == ["It was", ""]
    assert (terminal.row, terminal.column, terminal.shown) == (1, 0, True)


@pytest.mark.parametrize("height", [3, 24])
@pytest.mark.parametrize("width", [4, 11, 20, 80])
@pytest.mark.parametrize("text", [ENGLISH, JAPANESE, THAI, HINDI, "supercalifragilisticexpialidocious " * 3 + "x"])
def test_any_size(attach: Attach, text: str, width: int, height: int) -> None:
    """However small the terminal, wide the letters and wrong the guesses: all final text stays, in order, in rows that fit."""
    for seed in range(5):
        terminal = attach(width, height)
        with screen() as shown:
            for event in spoken(text, seed) + spoken(text, seed + 100):
                shown.show(event)
                assert len(terminal.rows) - terminal.row <= height
                assert max(map(len, terminal.rows)) < width
        rows = [row for row, _ in wrapped(text, width - 1)]
        assert terminal.text() == [*rows, *rows, ""]


def test_wider_and_narrower(attach: Attach) -> None:
    """A resized terminal gets rows of its new width from then on; nothing that is final is lost or written twice."""
    terminal = attach(40, 10)
    dice = random.Random(1)  # noqa: S311 - dice
    with screen() as shown:
        for event in spoken(ENGLISH, 3):
            terminal.width = dice.choice([20, 40, 80])
            shown.show(event)
    assert " ".join(terminal.text()).strip() == ENGLISH


def test_a_terminal_that_says_its_size_late(attach: Attach, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a terminal is narrower already than it says, nothing is left behind and final words are not cut off."""
    terminal = attach(20, 10)
    monkeypatch.setattr(captions_screen, "_size", lambda: (60, 10))
    with screen() as shown:
        for event in spoken(ENGLISH, 3):
            shown.show(event)
    assert "".join(terminal.text()).replace(" ", "") == ENGLISH.replace(" ", "")


def test_without_colour(attach: Attach, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR nothing is styled: what may change stands in brackets."""
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = attach(60, 10)
    with screen() as shown:
        for event in (final("It was"), partial(" the breast of")):
            shown.show(event)
        assert terminal.text()[0] == "It was [the breast of]"
        shown.show(partial(""))
        assert terminal.text()[0] == "It was"
    assert terminal.dimmed() == ""


def test_words_cannot_command_the_terminal(attach: Attach) -> None:
    """Control characters in a text are shown as marks."""
    terminal = attach(60, 10)
    with screen() as shown:
        shown.show(final("a\x1b[2Jb\nc"))
        shown.show(partial(" \x07"))
    assert terminal.text() == ["a�[2Jb�c", ""]


def test_the_meter_moves_by_itself(attach: Attach, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two events a thread keeps the bottom row alive."""
    monkeypatch.setattr(captions_screen, "_INTERVAL", 0.001)
    terminal, asked = attach(60, 10), 0

    def status(width: int) -> str:
        nonlocal asked
        asked += 1
        if asked == 5:
            finished.set()
        return f"{asked}"

    finished = threading.Event()
    with CaptionsScreen(status):
        assert finished.wait(10)
    assert terminal.text() == [""]


def test_wrapped() -> None:
    """Rows break where words do, and anywhere between ideographs but before closing punctuation; places are those in the text."""
    assert wrapped("It was the best", 7) == [("It was", 0), ("the", 7), ("best", 11)]
    assert wrapped(" It was", 20) == [("It was", 1)]
    assert wrapped("吾輩は猫である。名", 8) == [("吾輩は猫", 0), ("である。", 4), ("名", 8)]
    assert wrapped("abcdefgh ij", 4) == [("abcd", 0), ("efgh", 4), ("ij", 9)]
    assert wrapped("", 10) == wrapped("  ", 10) == []


@pytest.mark.parametrize("text", [ENGLISH, JAPANESE, THAI, HINDI, "a  b   c " * 20])
def test_rows_never_change_but_the_last(text: str) -> None:
    """Whatever is added to a text leaves all rows but the last as they were."""
    for width in (3, 7, 20):
        after = wrapped(text, width)
        for length in range(len(text)):
            before = wrapped(text[:length], width)
            assert before[:-1] == after[: max(0, len(before) - 1)]
            assert all(text[start:].startswith(row) for row, start in before)


def test_meter() -> None:
    """The bar is full at 0 dBFS and empty at -60, the time is that of a clock, and it fits."""
    assert meter(12.9, -30, 80) == f"0:12  |{'=' * 12}{' ' * 12}|   -30 dBFS"
    assert meter(3723, 0, 80) == f"1:02:03  |{'=' * 24}|     0 dBFS"
    assert meter(0, float("-inf"), 80) == METER
    assert meter(0, 6, 80).count("=") == 24
    assert meter(0, -20, 10) == "0:00  |==="


def test_size_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Where the size cannot be asked for, it is that of the first terminals."""
    assert captions_screen._size() in {(80, 24), tuple(os.get_terminal_size()) if os.isatty(1) else (80, 24)}
