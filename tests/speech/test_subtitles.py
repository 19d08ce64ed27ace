"""Subtitles: truth is the standards' own rules, an independent parser and Unicode, never our own recorded output."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from itertools import pairwise

import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from auricle.errors import OptionError
from auricle.speech.subtitles import FORMATS, Cue, cues, render
from auricle.speech.transcript import Segment, Transcript, Word

STAMP = re.compile(r"<(\d{2,}):(\d{2}):(\d{2})\.(\d{3})>")


def segment(text: str, start: float = 0.0, end: float = 4.0, words: tuple[Word, ...] = ()) -> Segment:
    """A segment of which only text and times matter."""
    return Segment(0, start, end, text, "en", 0.9, words)


def spoken(*timed: tuple[str, float, float], space: str = " ") -> Segment:
    """A segment with word times."""
    words = tuple(Word(text, start, end, 0.9) for text, start, end in timed)
    return segment(space.join(word.text for word in words), words[0].start, words[-1].end, words)


def steady(text: str, rate: float = 15.0) -> Segment:
    """A segment of which every character, white space too, takes ``1 / rate`` seconds."""
    matches = list(re.finditer(r"\S+", text))
    return spoken(*((match[0], match.start() / rate, match.end() / rate) for match in matches))


def transcript(*segments: Segment) -> Transcript:
    """A transcript of which only the segments matter."""
    return Transcript(" ".join(each.text for each in segments), "en", 1.0, 1e4, segments, 0.0, "none")


def squeezed(text: str) -> str:
    """``text`` without any white space."""
    return "".join(text.split())


def columns(line: str) -> int:
    """UAX 11 with marks as nothing: an upper bound that is computed without graphemes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line if unicodedata.category(char)[0] not in "MC")


def parsed(given: Transcript, form: str) -> list[webvtt.Caption]:
    """What an independent parser finds in a rendered file, which for SubRip it refuses to be empty."""
    written = render(given, form)
    return list(webvtt.from_buffer(io.StringIO(written), format=form).captions) if written else []


def seconds(clock: str) -> float:
    """The seconds of ``HH:MM:SS.mmm``."""
    hours, minutes, rest = clock.replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def layout(text: str, **limits: int) -> list[tuple[str, ...]]:
    """The lines of all cues of an untimed segment that lasts long enough to be read."""
    return [cue.lines for cue in cues([segment(text, 0, max(1.0, len(text) / 15))], **limits)]


ALPHABETS = ("abcdefg", "éñ&<>", "日本語、。「」ー", "שלום", "مرحبا", "한국어", "กขค", "e\u0301", "😀👍🏽", ".,!?-")
characters = st.sampled_from("".join(ALPHABETS))
spaces = st.sampled_from([" ", "\n", "\r\n", "\t", "\u2028", "\x85", "\xa0", "  "])
texts = st.lists(characters | spaces, max_size=200).map("".join) | st.text(max_size=100)
spellings = st.text(st.sampled_from("abc,.?日本。กขمر&<>-"), min_size=1, max_size=12) | st.sampled_from(["it", "a", "world,", "end."])


@st.composite
def untimed(draw: st.DrawFn) -> list[Segment]:
    """Segments of any text, in order, without word times."""
    times = sorted(draw(st.lists(st.floats(0, 90), min_size=2, max_size=12)))
    return [segment(draw(texts), start, end) for start, end in pairwise(times)]


@st.composite
def timed(draw: st.DrawFn) -> list[Segment]:
    """Segments of words with times in whole milliseconds, with pauses."""
    clock, segments = 0, []
    for _ in range(draw(st.integers(1, 4))):
        words = []
        for text in draw(st.lists(spellings, min_size=1, max_size=40)):
            start = clock + draw(st.sampled_from([0, 0, 20, 700, 3000]))
            clock = start + draw(st.integers(1, 1500))
            words.append((text, start / 1000, clock / 1000))
        segments.append(spoken(*words, space=draw(st.sampled_from([" ", " ", ""]))))
    return segments


recordings = untimed() | timed()


@given(recordings, st.integers(2, 50), st.integers(1, 3))
def test_text_is_conserved(segments: list[Segment], chars: int, lines: int) -> None:
    """The lines of all cues, joined, are the text of all segments."""
    shown = "".join(line for cue in cues(segments, max_chars=chars, max_lines=lines) for line in cue.lines)
    assert squeezed(shown) == squeezed("".join(each.text for each in segments))


@given(recordings)
def test_cues_have_at_most_two_lines_of_42_columns(segments: list[Segment]) -> None:
    """A cue has one or two lines, none empty, none wider than 42 columns, none with white space around it."""
    for cue in cues(segments):
        assert 1 <= len(cue.lines) <= 2
        assert all(line.strip() == line != "" and columns(line) <= 42 for line in cue.lines)


@given(recordings)
def test_cues_follow_each_other(segments: list[Segment]) -> None:
    """Every cue lasts at least 1 ms as written, and begins no earlier than the one before it ends."""
    written = parsed(transcript(*segments), "srt")
    assert all(cue.start < cue.end for cue in written)
    assert all(before.end <= after.start for before, after in pairwise(written))
    exact = list(cues(segments))
    assert all(0 <= cue.start < cue.end <= cue.start + 7.001 for cue in exact)
    assert all(before.end <= after.start for before, after in pairwise(exact))


@given(st.lists(st.tuples(st.floats(-5, 50), st.floats(-5, 50))))
def test_cues_follow_each_other_even_if_segments_do_not(times: list[tuple[float, float]]) -> None:
    """Times that overlap, run backwards or are negative still give cues that players accept, with all of the text."""
    exact = list(cues(segment(f"take {n}", *span) for n, span in enumerate(times)))
    assert [cue.lines for cue in exact] == [(f"take {n}",) for n in range(len(times))]
    assert all(cue.end - cue.start < 7.001 for cue in exact)
    assert all(round(cue.end * 1000) > round(cue.start * 1000) >= 0 for cue in exact)
    assert all(before.end <= after.start for before, after in pairwise(exact))


@given(timed())
def test_word_times_are_kept_exactly(segments: list[Segment]) -> None:
    """Every word comes back with its own time, in the line where it is read, inside its cue."""
    result = list(cues(segments))
    words = [word for cue in result for line in cue.words for word in line]
    assert words == [word for each in segments for word in each.words]
    for cue in result:
        assert [squeezed(line) for line in cue.lines] == ["".join(word.text for word in line) for line in cue.words]
        assert all(cue.start <= word.start <= word.end <= cue.end for line in cue.words for word in line)
        assert cue.start == cue.words[0][0].start


@given(recordings)
def test_a_short_cue_lasts_five_sixths_of_a_second_if_there_is_room(segments: list[Segment]) -> None:
    """Netflix: no cue is shorter than 20 frames at 24 per second, unless the next one begins before."""
    result = list(cues(segments))
    assert all(cue.end - cue.start > 0.833 or cue.end == after.start for cue, after in pairwise(result))
    assert all(cue.end - cue.start > 0.833 for cue in result[-1:])


@given(recordings, st.sampled_from(["srt", "vtt"]))
def test_an_independent_parser_reads_every_cue(segments: list[Segment], form: str) -> None:
    """The ``webvtt-py`` package finds the same times and lines, without word stamps and with what was escaped."""
    read, expected = parsed(transcript(*segments), form), list(cues(segments))
    texts = [unescape(cue.text) if form == "vtt" else cue.raw_text for cue in read]
    assert texts == ["\n".join(cue.lines) for cue in expected]
    assert [seconds(cue.start) for cue in read] == pytest.approx([cue.start for cue in expected], abs=0.00051)
    assert [seconds(cue.end) for cue in read] == pytest.approx([cue.end for cue in expected], abs=0.00051)


@given(timed())
def test_webvtt_word_stamps_obey_the_standard(segments: list[Segment]) -> None:
    """W3C WebVTT, cue timestamps: later than the cue's start and all stamps before, earlier than its end."""
    for block in render(transcript(*segments), "vtt").split("\n\n")[1:]:
        timing, text = block.split("\n", 1)
        start, end = timing.split(" --> ")
        times = [f"{':'.join(found.groups()[:3])}.{found[4]}" for found in STAMP.finditer(text)]
        assert all(before < after for before, after in pairwise([start, *times, end]))


@given(untimed(), st.sampled_from(FORMATS))
def test_files_end_with_one_newline_and_have_no_stray_line_breaks(segments: list[Segment], form: str) -> None:
    """Every format is nothing or ends with one newline; only the blank lines between cues are blank."""
    written = render(transcript(*segments), form)
    assert written == "" or (written.endswith("\n") and not written.endswith("\n\n"))
    assert "\n\n\n" not in written
    assert written.splitlines() == written.split("\n")[:-1]


@pytest.mark.parametrize(("form", "expected"), [("text", ""), ("srt", ""), ("vtt", "WEBVTT\n"), ("tsv", "start\tend\ttext\n"), ("lrc", "")])
def test_an_empty_transcript(form: str, expected: str) -> None:
    """No speech is a valid, empty file of the format; so is a segment of white space."""
    assert render(transcript(), form) == expected
    assert render(transcript(segment(" \n")), form) == expected


def test_an_unknown_format_is_an_option_error() -> None:
    """The error names the option and lists what would be right."""
    with pytest.raises(OptionError, match=r"'json'.*text, srt, vtt, tsv, lrc") as caught:
        render(transcript(), "json")
    assert (caught.value.field, caught.value.allowed) == ("format", FORMATS)


@pytest.mark.parametrize("limit", [{"max_chars": 1}, {"max_lines": 0}, {"max_seconds": 0}])
def test_limits_without_room_are_option_errors(limit: dict[str, int]) -> None:
    """They are refused at the call, not at the first cue."""
    with pytest.raises(OptionError) as caught:
        cues([], **limit)
    assert caught.value.field in limit


GREETING = spoken(("Hello,", 0.5, 0.9), ("<dear>", 1.2, 1.5), ("R&D", 1.5, 1.75), ("-->", 1.75, 2.0))


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("text", "Hello, <dear> R&D -->\n"),
        ("srt", "1\n00:00:00,500 --> 00:00:02,000\nHello, <dear> R&D -->\n"),
        (
            "vtt",
            "WEBVTT\n\n00:00:00.500 --> 00:00:02.000\nHello, <00:00:01.200>&lt;dear&gt; <00:00:01.500>R&amp;D <00:00:01.750>--&gt;\n",
        ),
        ("tsv", "start\tend\ttext\n500\t2000\tHello, <dear> R&D -->\n"),
        ("lrc", "[00:00.50]<00:00.50>Hello, <00:01.20><dear> <00:01.50>R&D <00:01.75>-->\n"),
    ],
)
def test_one_segment_in_every_format(form: str, expected: str) -> None:
    """Written by hand from each format's description."""
    assert render(transcript(GREETING), form) == expected


def test_blocks_are_separated_by_one_blank_line() -> None:
    """Two cues in SubRip and WebVTT, from segments without word times; TSV and LRC have a line each."""
    two = transcript(segment("One.", 0, 1), segment("Two\nlines\t.", 3661.5, 3663))
    assert render(two, "srt") == "1\n00:00:00,000 --> 00:00:01,000\nOne.\n\n2\n01:01:01,500 --> 01:01:03,000\nTwo lines .\n"
    assert render(two, "vtt") == "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nOne.\n\n01:01:01.500 --> 01:01:03.000\nTwo lines .\n"
    assert render(two, "tsv") == "start\tend\ttext\n0\t1000\tOne.\n3661500\t3663000\tTwo lines .\n"
    assert render(two, "lrc") == "[00:00.00]One.\n[61:01.50]Two lines .\n"


@pytest.mark.parametrize(
    ("seconds", "subrip", "ms", "lrc"),
    [
        (59.9996, "00:01:00,000", "60000", "01:00.00"),
        (59.9994, "00:00:59,999", "59999", "01:00.00"),
        (1.0005, "00:00:01,001", "1001", "00:01.00"),
        (0.125, "00:00:00,125", "125", "00:00.13"),
        (1.005, "00:00:01,005", "1005", "00:01.01"),
        (3599.9999, "01:00:00,000", "3600000", "60:00.00"),
        (6000.0, "01:40:00,000", "6000000", "100:00.00"),
        (360000.0, "100:00:00,000", "360000000", "6000:00.00"),
    ],
)
def test_times_round_half_up_and_carry(seconds: float, subrip: str, ms: str, lrc: str) -> None:
    """No 60th second, no 1000th millisecond, halves up; LRC minutes go past 99."""
    at = transcript(segment("x", seconds, seconds + 1))
    assert render(at, "srt").splitlines()[1].startswith(f"{subrip} --> ")
    assert render(at, "tsv").splitlines()[1].startswith(f"{ms}\t")
    assert render(at, "lrc").startswith(f"[{lrc}]")


def test_a_sentence_end_is_the_best_place_to_end_a_cue() -> None:
    """Better than a comma that would balance the cues."""
    text = "We had come over the hill by noon. Then, because it was late, all the others wanted to turn and go back home"
    assert [cue.lines[-1].split()[-1] for cue in cues([steady(text)])] == ["noon.", "home"]


def test_a_sentence_end_is_better_than_a_pause() -> None:
    """Of a pause of 0.7 s in the middle and a sentence end, both possible, the cue ends with the sentence."""
    words = [(f"word{n}{'.' if n == 5 else ''}", n * 0.4 + (n > 7) * 0.7, n * 0.4 + 0.4 + (n > 7) * 0.7) for n in range(16)]
    assert [cue.words[-1][-1].text for cue in cues([spoken(*words)])] == ["word5.", "word15"]


def test_a_pause_is_better_than_a_comma() -> None:
    """Of a pause of 0.6 s and a comma, both possible, the cue ends at the pause."""
    words = [(f"word{n}{',' if n == 7 else ''}", n * 0.4 + (n > 8) * 0.6, n * 0.4 + 0.4 + (n > 8) * 0.6) for n in range(16)]
    assert [cue.words[-1][-1].text for cue in cues([spoken(*words)])] == ["word8", "word15"]


def test_a_comma_is_better_than_no_punctuation() -> None:
    """When there is no sentence end and no pause."""
    words = [(f"word{n}{',' if n == 9 else ''}", n * 0.4, n * 0.4 + 0.4) for n in range(16)]
    assert [cue.words[-1][-1].text for cue in cues([spoken(*words)])] == ["word9,", "word15"]


def test_a_cue_that_only_flashes_is_worse_than_a_comma() -> None:
    """A "Yes." takes a quarter of a second and the next sentence follows at once: both stay on the screen together."""
    text = "Yes. This is what all of us have always wanted, so we are not going to give it up now"
    assert [cue.lines[-1].split()[-1] for cue in cues([steady(text)])] == ["wanted,", "now"]


def test_cues_of_one_sentence_are_balanced() -> None:
    """Without any better place, 100 columns become two cues of about 50, not 84 and 16."""
    first, second = layout("word " * 20)
    assert abs(sum(map(len, first)) - sum(map(len, second))) <= 5


def test_no_cue_stays_over_a_long_silence() -> None:
    """BBC: a cue is cleared when the speaker stops; three seconds of silence lie between two cues."""
    first, second = cues([spoken(("Well", 0, 1), ("then", 4, 5))])
    assert (first.end, second.start) == (1, 4)


def test_no_cue_is_longer_than_seven_seconds() -> None:
    """Netflix: at most 7 s; slow speech is divided although its text would fit."""
    slow = spoken(*((f"w{n}", n * 1.5, n * 1.5 + 1.5) for n in range(8)))
    assert all(cue.end - cue.start <= 7 for cue in cues([slow]))
    (endless,) = cues([spoken(("Hmm", 1, 30))])
    assert (endless.start, endless.end) == (1, 8)
    assert all(cue.end - cue.start <= 0.5 for cue in cues([segment("Hm.", 0, 0.1), segment("Hm.", 2, 3)], max_seconds=0.5))


def test_time_without_words_is_shared_by_characters() -> None:
    """Twice 40 characters in 8 s: the second cue begins in the middle, at its 41st of 80 characters."""
    sentence = "This sentence is of thirty-nine letters."
    assert len(sentence) == 40
    first, second = cues([segment(f"{sentence} {sentence[:-1]}", 10, 18)], max_lines=1)
    assert [first.start, first.end, second.start, second.end] == pytest.approx([10, 10 + 8 * 41 / 80, 10 + 8 * 41 / 80, 18])
    assert first.words == second.words == ()


def test_a_short_text_in_a_long_segment_is_not_torn_apart() -> None:
    """Whisper's "Thank you." over 30 s of silence: one cue, of the longest duration allowed."""
    assert list(cues([segment("Thank you.", 0, 30)])) == [Cue(0, 7, ("Thank you.",), ())]


def test_a_short_cue_is_extended_no_further_than_the_next() -> None:
    """The first has room for its 5/6 s, the second only 0.3 s, the last all the room there is."""
    short = cues([segment("Yes.", 1, 1.2), segment("No.", 3, 3.1), segment("Oh.", 3.3, 3.4)])
    times = [time for cue in short for time in (cue.start, cue.end)]
    assert times == pytest.approx([1, 1 + 5 / 6, 3, 3.3, 3.3, 3.3 + 5 / 6])


def test_cues_come_while_segments_arrive() -> None:
    """A cue is there before the next segment is asked for; a short one when the next has come."""
    asked = []

    def arriving() -> Iterator[Segment]:
        for number, each in enumerate([segment("Long enough.", 0, 2), segment("Hm.", 3, 3.1), segment("Last.", 5, 7)]):
            asked.append(number)
            yield each

    stream = cues(arriving())
    assert asked == []
    assert next(stream).lines == ("Long enough.",)
    assert asked == [0]
    assert next(stream) == Cue(3, 3 + 5 / 6, ("Hm.",), ())
    assert asked == [0, 1, 2]


def test_words_that_do_not_spell_the_text_are_not_used() -> None:
    """The text is what counts: it is shown whole, its time shared by characters, without words."""
    wrong = segment("Hello big world", 0, 3, (Word("Hello", 0, 1, 0.9), Word("world", 2, 3, 0.9)))
    assert list(cues([wrong])) == [Cue(0, 3, ("Hello big world",), ())]
    assert render(transcript(wrong), "lrc") == "[00:00.00]Hello big world\n"
    (unfinished,) = cues([segment("Hello big world", 0, 3, (Word("Hello", 0, 1, 0.9), Word("big", 2, 3, 0.9)))])
    assert unfinished == Cue(0, 3, ("Hello big world",), ())


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("This fits into one line.", ("This fits into one line.",)),
        # Netflix, line treatment: after punctuation, before prepositions and conjunctions, never article | noun.
        (
            "And so, my fellow Americans, ask not what your country can do.",
            ("And so, my fellow Americans,", "ask not what your country can do."),
        ),
        ("He went out to look for the cat in the garden.", ("He went out to look", "for the cat in the garden.")),
        ("Extraordinarily long words need balanced I", ("Extraordinarily long words need balanced I",)),
        ("No. I had no idea the others would come here.", ("No. I had no idea", "the others would come here.")),
        # Netflix, line treatment: bottom-heavy when two ways are as good.
        ("incomprehensible incomprehensible incomprehensible", ("incomprehensible", "incomprehensible incomprehensible")),
        ("Bonjour à vous, mes très chers amis venus ici !", ("Bonjour à vous,", "mes très chers amis venus ici !")),
    ],
)
def test_lines_break_where_they_read_well(text: str, lines: tuple[str, ...]) -> None:
    """One line if it fits; else after punctuation, balanced, not after an article, no short word or "!" alone."""
    assert layout(text) == [lines]


def test_a_long_word_is_broken() -> None:
    """A URL of 100 letters is the one word that is broken; its time is shared among the parts."""
    (first, second) = cues([spoken(("x" * 100, 0, 5), ("ok", 5, 6))])
    assert first.lines + second.lines == ("x" * 42, "x" * 42, "x" * 16 + " ok")
    parts = [word for cue in (first, second) for line in cue.words for word in line]
    times = [time for word in parts for time in (word.start, word.end)]
    assert times == pytest.approx([0, 2.1, 2.1, 4.2, 4.2, 5, 5, 6])


@pytest.mark.parametrize(
    "grapheme",
    [
        "e\u0301",
        "a\u0323\u0302",
        "👨\u200d👩\u200d👧",
        "👍🏽",
        "🇫🇷",
        "❤\ufe0f",
        "न\u093f",
        "क\u094dष",
        "각",
        "\u1100\u1161\u11a8",
        "が",
    ],
    ids=ascii,
)
def test_graphemes_are_never_divided(grapheme: str) -> None:
    """UAX 29: marks, joined emoji, flags, conjuncts and conjoining jamo stay whole in the narrowest lines."""
    for chars in (2, 3, 7):
        lines = [line for cue in layout(grapheme * 20, max_chars=chars) for line in cue]
        assert all(line == grapheme * (len(line) // len(grapheme)) for line in lines)


def test_words_that_divide_a_grapheme_are_joined() -> None:
    """Thai from byte tokens: a vowel sign given as a word of its own stays with its consonant."""
    (cue,) = cues([spoken(("ก", 0, 1), ("\u0e34", 1, 2), ("น", 2, 3), space="")])
    assert cue.words == ((Word("ก\u0e34", 0, 2, 0.9), Word("น", 2, 3, 0.9)),)


def test_a_wide_character_is_two_columns() -> None:
    """21 ideographs fill a line of 42 columns; 42 fill a cue."""
    assert layout("語" * 42) == [("語" * 21, "語" * 21)]
    assert [sum(map(len, lines)) for lines in layout("語" * 43)] != [43]


def test_japanese_lines_obey_kinsoku() -> None:
    """JIS X 4051: no line begins with closing punctuation, a small kana or ー, and none ends with an opening bracket."""
    text = "吾輩は「猫」である。名前は、まだ無い。ニャーニャー泣いていたっけ。" * 4
    for chars in range(8, 42):
        lines = [line for cue in layout(text, max_chars=chars) for line in cue]
        assert not [line for line in lines if line[0] in "、。」ーャっ" or line[-1] == "「"]


def test_korean_breaks_between_words() -> None:
    """Hangul is wide, but Korean has spaces and is broken there."""
    text = "나는 오늘 아침에 학교에 가서 친구들과 함께 점심을 맛있게 먹었습니다"
    for chars in range(12, 43):
        assert [word for cue in layout(text, max_chars=chars) for line in cue for word in line.split()] == text.split()


@pytest.mark.parametrize("space", [" ", "\xa0", "\u202f"])
def test_french_punctuation_stays_with_its_word(space: str) -> None:
    """With an ordinary or a no-break space: no line begins with ! ? : ; » and none ends with «."""
    text = "Quoi ! Il me dit « Venez donc vite ! » Et toi ? Rien ; non ?"
    text = re.sub(" (?=[!?:;»])|(?<=«) ", space, text)
    for chars in range(12, 43):
        lines = [line for cue in layout(text, max_chars=chars) for line in cue]
        assert not [line for line in lines if line[0] in "!?:;»" or line[-1] == "«"]


@pytest.mark.parametrize("text", ["مرحبا بالعالم، كيف حالك اليوم؟", "שלום עולם, מה שלומך היום?"])
def test_right_to_left_text_passes_untouched(text: str) -> None:
    """In every format the letters stay in logical order, without added marks."""
    for form in FORMATS:
        assert text in render(transcript(segment(text)), form)
