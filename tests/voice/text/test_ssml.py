"""SSML: what is understood is read in its way, from its place; what is not is refused, and nothing outside the text is touched."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.errors import OptionError
from auricle.voice.text.markup import Break, Run, plain
from auricle.voice.text.ssml import is_ssml, parse
from auricle.voice.text.ssml_elements import ELEMENTS

# What XML 1.0 can hold (production 2), without the white space that is not kept as it is.
LETTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")


def runs(text: str) -> list[Run]:
    """The runs of a text, without breaks."""
    return [item for item in parse(text) if isinstance(item, Run)]


def read(text: str) -> str:
    """All that is read of a text."""
    return "".join(run.text for run in runs(text))


def refusal(text: str) -> str:
    """Why a text is refused."""
    with pytest.raises(OptionError) as caught:
        parse(text)
    assert caught.value.field == "text"
    return str(caught.value)


@settings(deadline=None)
@given(st.text(LETTERS))
def test_escaped_text_is_the_text(text: str) -> None:
    """Whatever text is escaped and put into <speak> is read as it would be by itself."""
    (run,) = plain(text)
    assert isinstance(run, Run)
    assert read(f"<speak>{escape(text)}</speak>") == run.text


@settings(deadline=None)
@given(st.lists(st.one_of(LETTERS, LETTERS.map(lambda letter: f"&#{ord(letter)};"), LETTERS.map(lambda letter: f"&#x{ord(letter):X};"))))
def test_spans_are_the_characters_that_are_read(parts: list[str]) -> None:
    """The span of each character is it, or the reference that stands for it; spans follow one another without gaps."""
    text = "<speak>" + "".join(escape(part) if len(part) == 1 else part for part in parts) + "</speak>"
    place = len("<speak>")
    for run in runs(text):
        for letter, (start, end) in zip(run.text, run.spans, strict=True):
            reference = text[start:end]
            assert letter == (chr(int(reference[2:-1].replace("x", "0x"), 0)) if reference.startswith("&#") else unescape(reference))
            assert start == place
            place = end
    assert text[place:] == "</speak>"


def test_spans_count_characters_whatever_stands_before() -> None:
    """Places are those of Python's strings, after a byte order mark, letters of several bytes, comments, CDATA, attributes, and CR LF."""
    declaration = '\ufeff\n<?xml version="1.0" encoding="latin-1"?><!-- é -->'
    text = declaration + '<speak><emphasis level="strong">𝄞é</emphasis><![CDATA[<&amp;>]]>\r\nlast</speak>'
    (run,) = runs(text)
    assert run.text == "𝄞é<&amp;> last"
    assert [text[start:end] for start, end in run.spans] == [*"𝄞é<&amp;>", "\r\n", *"last"]


def test_predefined_entities_and_character_references() -> None:
    """The five names of XML and characters by number are replaced, in attributes too."""
    assert read('<speak>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;<sub alias="R&amp;D">x</sub></speak>') == "<>&\"'A😀R&D"


def test_comments_are_not_read() -> None:
    """Comments leave nothing behind, not even where they part a word."""
    assert [run.text for run in runs("<speak>un<!-- <p>never</p> -->heard</speak>")] == ["unheard"]


def test_white_space_is_that_of_one_line_but_for_blank_lines() -> None:
    """A line's end within a sentence is a space; a blank line still parts paragraphs."""
    assert read("<speak>one\n  two\tthree\n\nfour</speak>") == "one   two three\n\nfour"


def test_paragraphs_and_sentences_leave_separators() -> None:
    """Where <p> and <s> begin and end stand Unicode's separators, which take no place in the text."""
    text = "<speak><p><s>A</s><s>B</s></p></speak>"
    (run,) = runs(text)
    assert run.text == "\u2029\u2028A\u2028\u2028B\u2028\u2029"
    assert all(start == end for letter, (start, end) in zip(run.text, run.spans, strict=True) if letter.isspace())


def test_text_that_is_read_one_way_is_one_run() -> None:
    """Emphasis, a rate of one and comments part nothing, so that words are not torn apart."""
    (run,) = runs('<speak>un<emphasis>believ</emphasis><prosody rate="100%">able</prosody></speak>')
    assert run.text == "unbelievable"


def test_each_way_of_reading_is_a_run() -> None:
    """Language, pace, the kind of a number and phonemes are those of the elements around a text, and end with them."""
    text = (
        '<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-GB">a<lang xml:lang="fr">b</lang>'
        '<prosody rate="slow">c<prosody rate="50%">d</prosody></prosody><say-as interpret-as="date" format="dmy">e</say-as>'
        '<phoneme alphabet="ipa" ph="təˈmɑːtəʊ">f</phoneme>g</speak>'
    )
    assert [(run.text, run.language, run.pace, run.say_as, run.phonemes) for run in runs(text)] == [
        ("a", "en-GB", 1.0, None, None),
        ("b", "fr", 1.0, None, None),
        ("c", "en-GB", 0.75, None, None),
        ("d", "en-GB", 0.375, None, None),
        ("e", "en-GB", 1.0, "date:dmy", None),
        ("f", "en-GB", 1.0, None, "təˈmɑːtəʊ"),
        ("g", "en-GB", 1.0, None, None),
    ]


def test_an_alias_stands_for_all_of_its_text() -> None:
    """Each character of an alias points at the whole text that it replaces."""
    text = '<speak>The <sub alias="World Wide Web Consortium">W3&#67;</sub>\'s</speak>'
    (run,) = runs(text)
    assert run.text == "The World Wide Web Consortium's"
    assert {text[start:end] for start, end in run.spans[4:29]} == {"W3&#67;"}


def test_breaks_part_runs() -> None:
    """A break stands between the runs around it; one of no time is none."""
    assert [
        item if isinstance(item, Break) else item.text for item in parse('<speak>a<break time="300ms"/>b<break strength="none"/>c</speak>')
    ] == [
        "a",
        Break(0.3),
        "bc",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<speak>one\n é<voice>two</voice></speak>", ["line 2, column 3", "<voice>", "use one of: speak, p, s, break"]),
        ('<speak><prosody pitch="high">x</prosody></speak>', ["column 8", "pitch of <prosody>", "rate"]),
        ("<speak>AT&T</speak>", ["line 1", "&amp;"]),
        ("<speak>&nbsp;</speak>", ["column 8", "undefined entity", "no other names"]),
        ("<speak>a<p>b</speak>", ["mismatched tag"]),
        ("<speak>a", ["no element found"]),
        ("<speak>a</speak>b", ["column 17"]),
        ("<p>a</p>", ["begins with <speak>"]),
        ('<?xml version="1.0"?><html>a</html>', ["begins with <speak>, not with <html>"]),
        ("<!DOCTYPE html><html><p>a</p></html>", ["line 1, column 1: a DOCTYPE is not read", "plain text"]),
        ("<!-- x -->\n <!doctype html><p>a</p>", ["line 2, column 2: a DOCTYPE is not read"]),
        ("<?xml version='1.0'?><!doctype html><p>a</p>", ["line 1, column 22: a DOCTYPE is not read"]),
        ("<speak><speak>a</speak></speak>", ["<speak> stands within another element"]),
        ("<speak><break>a</break></speak>", ["<break> holds text"]),
        ('<speak><sub alias="a"><p>b</p></sub></speak>', ["<p> stands within <sub>"]),
        ('<speak><sub alias="a"/></speak>', ["<sub> is empty"]),
        ('<speak><phoneme ph="a"> </phoneme></speak>', ["<phoneme> is empty"]),
        ("<speak><?php echo 1 ?></speak>", ["<?php?>"]),
        ("<speak>\ud800</speak>", ["column 8", "surrogate"]),
        ("<speak>a\0</speak>", ["column 9", "null"]),
        ("<speak>&#0;</speak>", ["column 8"]),
        ("<speak>" + "<p>" * 32 + "</p>" * 32 + "</speak>", ["more than 32"]),
        ("<speak>" + '<break time="10s"/>' * 61 + "</speak>", ["600 seconds"]),
    ],
)
def test_what_is_not_understood_is_refused(text: str, words: list[str]) -> None:
    """One sentence says what is wrong, where it is, and what would be right."""
    sentence = refusal(text)
    assert all(word in sentence for word in words), sentence
    assert sentence.count("\n") == 0


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("<speak><voice>a</voice></speak>", tuple(ELEMENTS)),
        ('<speak><s rate="slow">a</s></speak>', ("xml:lang",)),
        ('<speak><break strength="huge"/></speak>', ("none", "x-weak", "weak", "medium", "strong", "x-strong")),
        ('<speak><prosody rate="quick">a</prosody></speak>', ("x-slow", "slow", "medium", "default", "fast", "x-fast")),
        ('<speak><say-as interpret-as="time" format="hm">a</say-as></speak>', ("hms12", "hms24")),
        ('<speak><break time="1"/></speak>', ()),
    ],
)
def test_values_that_would_be_right_are_listed(text: str, allowed: tuple[str, ...]) -> None:
    """Where there is a closed set of them a program finds it beside the sentence, which names them too."""
    with pytest.raises(OptionError) as caught:
        parse(text)
    assert caught.value.allowed == allowed
    assert str(caught.value).endswith(f"use one of: {', '.join(allowed)}.") is bool(allowed)


@pytest.mark.parametrize(
    "document_type",
    [
        '<!DOCTYPE speak SYSTEM "http://127.0.0.1:1/x.dtd">',
        '<!DOCTYPE speak [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE speak [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE speak [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x">%p;]>',
    ],
)
def test_entities_cannot_be_declared(document_type: str) -> None:
    """A document type is refused before anything that it names is opened or multiplied (the attacks XXE and billion laughs)."""
    assert "DOCTYPE" in refusal(f"{document_type}<speak>&a;</speak>")


@pytest.mark.parametrize(
    "text",
    [
        *("<speak>a</speak>", ' \n<?xml version="1.0"?>\n<!-- x --><speak/>', "\ufeff<speak\n>", "<!DOCTYPE speak []><speak/>"),
        *("<!DOCTYPE html>", "\n<!-- x --><!doctype HTML>", '<?xml version="1.0"?><html/>', "<?xml\nversion"),
    ],
)
def test_ssml_is_known_by_its_beginning(text: str) -> None:
    """A text that begins with <speak>, or as XML and no plain text does, wants to be SSML, whether it can be read or not."""
    assert is_ssml(text)


@pytest.mark.parametrize(
    "text", ["", "speak", "a <speak>", "<speaker>a</speaker>", "<p>a</p>", "<!-- <speak>", "<?xml?>", "<!doctypes>", "<?xmlx?>"]
)
def test_other_text_is_not_ssml(text: str) -> None:
    """Text that only speaks of it is not SSML."""
    assert not is_ssml(text)


@settings(deadline=None)
@given(st.text("<>/&;speak=\"'!-[] \né", max_size=60))
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    """No text leads to any other failure than a refusal."""
    for candidate in (text, f"<speak>{text}</speak>"):
        try:
            read(candidate)
        except OptionError as error:
            assert error.field == "text"


def test_the_page_says_what_is_understood() -> None:
    """docs/ssml.md has each element with all of its attributes, and its example can be read."""
    page = (Path(__file__).parents[3] / "docs" / "ssml.md").read_text(encoding="utf-8")
    rows = {
        tuple(re.findall(r"`([\w-]+)`", names)): attributes
        for names, attributes in re.findall(r"^\| (`.+?) \| (.+?) \|", page, re.MULTILINE)
    }
    assert {name for names in rows for name in names} == set(ELEMENTS)
    for names, attributes in rows.items():
        assert all(set(re.findall(r"`([\w:-]+)[`=]", attributes)) == set(ELEMENTS[name]) for name in names if name != "speak")
    (example,) = re.findall(r"```xml\n(.*?)```", page, re.DOTALL)
    assert is_ssml(example)
    assert {run.say_as for run in runs(example)} == {None, "date:dmy", "characters"}
