"""Tags of HTML in plain text: expectations by hand; places by what must not change."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auricle.voice.text.lexicon import Lexicon
from auricle.voice.text.markup import plain
from auricle.voice.text.phrases import phrases
from auricle.voice.text.tags import bare, untagged


def spoken(text: str, language: str = "en-US") -> str:
    """All that is said, a bar between phrases."""
    return " | ".join(phrase.text for phrase in phrases(plain(untagged(text)), language, 400, Lexicon()))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<b>x</b>", "x"),
        ("This is <i>very</i> good.", "This is very good."),
        ("That was un<em>believ</em>able!", "That was unbelievable!"),
        ("See <a href=\"https://example.com/a.b?c=d\" target=_blank class='x y'>this page</a>.", "See this page."),
        ("(<B>bold</B >, <STRONG>strong</STRONG>)", "(bold, strong)"),
        ("one<br/>two<BR>three<br />four", "one two three four"),
        ("It was <b>all good.</b> Then we <i>left.</i>", "It was all good. | Then we left."),
        ("<p>It was all good.</p><p>Then we left.</p>", "It was all good. | Then we left."),
        ("<ul><li>Milk and bread<li>Two large eggs</ul>", "Milk and bread | Two large eggs"),
        ("<h1>Going home late</h1>We left at night.", "Going home late | We left at night."),
        ("<td>Milk</td><td>Bread</td>", "Milk Bread"),
        ("<b><i></i></b>", ""),
    ],
)
def test_tags_are_not_read(text: str, said: str) -> None:
    """What is between them is read as if they were not there; those that part a page part the text."""
    assert spoken(text) == said


@pytest.mark.parametrize("language", ["de", "ja"])
def test_tags_are_not_read_in_any_language(language: str) -> None:
    """Other languages have the same HTML."""
    assert spoken("<b>Hallo</b>", language) == "Hallo"


@pytest.mark.parametrize(
    "text",
    [
        *("", "a < b and b > c", "if a<b and b>c", "x<y", "i<b or c>d", "1 < 2 > 0", "a <b c d> e", "a<b>c", "List<S> and Map<A, List<I>>"),
        *("<jane@example.com>", "<custom>x</custom>", "<speak>a</speak>", "</>", "<>", "<b", "< b >x</ b>", "<3", "a <- b -> c", "<div>"),
    ],
)
def test_what_only_looks_like_a_tag_stays(text: str) -> None:
    """Comparisons, types, addresses and tags that HTML does not know are text."""
    assert untagged(text) == text


@pytest.mark.parametrize(
    ("written", "word"),
    [("un<b>believ</b>able", "unbelievable"), ("un</i>til", "until"), ("un<i>til", "until"), ("<3", "<3"), ("x", "x")],
)
def test_words_are_shown_without_tags(written: str, word: str) -> None:
    """Whole tags go, whether or not their other half is in the word."""
    assert bare(written) == word


TAGGED = st.lists(
    st.sampled_from(["<b>", "</b>", "<br/>", "<p>", "</p>", "<li>", "<", ">", "a", "Wod", " ", ". ", "\n", "\u2060", "é"])
).map("".join)


@settings(deadline=None)
@given(TAGGED)
@example("<b>" * 50_000)
@example("<a b=" * 50_000)
@example("\u2060" * 200_000)
@example("</b>" + "<b \n" * 50_000)
def test_places_stay(text: str) -> None:
    """Whatever is no tag stays where it is, so that places of words are those of the text. Hostile text costs no more than long text."""
    shown = untagged(text)
    assert len(shown) == len(text)
    assert all(new == old for new, old in zip(shown, text, strict=True) if old.isalpha() and new.isalpha())
    assert all(shown[place] == text[place] for place in range(len(text)) if text[place] in "Wodé.")
