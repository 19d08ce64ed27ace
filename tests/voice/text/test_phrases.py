"""Phrases hold every word once, in order, and are worked out one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.voice.engine import Phrase, Token
from auricle.voice.text import phrases as module
from auricle.voice.text.lexicon import Lexicon
from auricle.voice.text.markup import Break, Markup, Run, plain
from auricle.voice.text.phrases import phrases
from auricle.voice.text.sentences import CLAUSE, LINE, PARAGRAPH, SENTENCE
from auricle.voice.text.ssml import parse

BLACK = "The cat, which was black, sat on the mat in the hall. It slept until the evening came."
BOOK = "This is a sentence of a long book, and it has two clauses. Here is another one.\n\n" * 1200

WORDS = st.lists(st.from_regex(r"[a-zA-Z]{1,12}[,.!?;]?|[a-z]{60,80}", fullmatch=True), max_size=30).map(" ".join)
RUNS = st.builds(
    lambda text, language, pace: Run(text + " ", tuple((place, place + 1) for place in range(len(text) + 1)), language, pace),
    WORDS,
    st.sampled_from([None, "en", "fr"]),
    st.sampled_from([1.0, 0.5]),
)
MARKUP = st.lists(RUNS | st.floats(0.1, 1).map(Break), max_size=8).map(lambda items: [*in_one_text(items)])


def in_one_text(items: list[Markup]) -> Iterator[Markup]:
    """The runs as if they stood one behind the other in one text."""
    place = 0
    for item in items:
        if isinstance(item, Run):
            spans = tuple((place + start, place + end) for start, end in item.spans)
            place += len(item.text)
            yield Run(item.text, spans, item.language, item.pace)
        else:
            yield item


class Normalizer:
    """Takes words as they are written, and counts the characters that it is given."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, run: Run, language: str, lexicon: Lexicon) -> tuple[Token, ...]:
        """The words of a run: all of it is one where it has phonemes."""
        self.seen += len(run.text)
        pattern = r"\S(?:.*\S)?" if run.phonemes else r"\S+"
        return tuple(
            Token(found[0], (run.spans[found.start()][0], run.spans[found.end() - 1][1]), run.phonemes)
            for found in re.finditer(pattern, run.text)
        )


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Normalizer:
    """Words are read as they are written."""
    normalizer = Normalizer()
    monkeypatch.setattr(module, "tokens", normalizer)
    return normalizer


def said(markup: list[Markup], longest: int) -> list[Phrase]:
    """The phrases of markup, read as it is written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "tokens", Normalizer())
        return list(phrases(markup, "en", longest, Lexicon()))


def spoken(text: str, longest: int = 200) -> list[tuple[str, float]]:
    """What is said of a text or of SSML, and the pause after each phrase."""
    markup = parse(text) if text.startswith("<speak>") else plain(text)
    return [(phrase.text, phrase.pause) for phrase in said(list(markup), longest)]


def test_the_first_phrase_is_a_clause_and_later_ones_are_sentences() -> None:
    """Speech begins soon, and goes on in whole sentences."""
    assert spoken(BLACK) == [
        ("The cat,", CLAUSE),
        ("which was black, sat on the mat in the hall.", SENTENCE),
        ("It slept until the evening came.", 0.0),
    ]


def test_pauses_are_those_of_what_ends() -> None:
    """Paragraphs, lines and sentences end with their pauses; nothing follows the last."""
    text = "A Heading\n\nShopping list\n- apples and pears\n- a pound of butter\n\nThat was the whole list. It was short enough."
    assert [pause for _, pause in spoken(text)] == [PARAGRAPH, LINE, LINE, PARAGRAPH, SENTENCE, 0.0]


def test_very_short_sentences_are_one_phrase() -> None:
    """Single words are misread, so they are read with their neighbours, but not across paragraphs."""
    assert [text for text, _ in spoken("No. Yes. Go.\n\nStop. This is a longer sentence. Oh. Well.")] == [
        "No. Yes. Go.",
        "Stop.",
        "This is a longer sentence.",
        "Oh. Well.",
    ]


def test_breaks_lengthen_pauses() -> None:
    """A break adds to the pause of the phrase before; inside a sentence it parts it; after the last phrase it is all there is."""
    text = '<speak>I went home. <break time="1s"/> I saw <break time="2s"/><break time="1s"/> nothing at all.<break time="3s"/></speak>'
    assert spoken(text) == [("I went home.", SENTENCE + 1), ("I saw", CLAUSE + 3), ("nothing at all.", 3.0)]


def test_breaks_before_all_words_lead() -> None:
    """They belong to the first phrase; without words there is no phrase."""
    (phrase,) = said(list(parse('<speak><break time="1s"/> <break time="2s"/>Hello there.</speak>')), 200)
    assert (phrase.lead, phrase.pause) == (3.0, 0.0)
    assert spoken('<speak><break time="1s"/> … —</speak>') == []


def test_language_and_pace_part_phrases_and_phonemes_do_not() -> None:
    """A phrase has one language and one pace; a word's reading is the word's."""
    text = (
        '<speak>I say <phoneme ph="təˈmɑːtəʊ">to. Mato</phoneme>, he said '
        '<lang xml:lang="fr">merci</lang>, and <prosody rate="fast">ran</prosody>.</speak>'
    )
    assert [(phrase.text, phrase.language, phrase.pace) for phrase in said(list(parse(text)), 200)] == [
        ("I say to. Mato, he said", "en", 1.0),
        ("merci,", "fr", 1.0),
        ("and", "en", 1.0),
        ("ran.", "en", 1.5),
    ]


def test_elements_end_sentences() -> None:
    """<s> and <p> need no stop, and short ones without a stop are not run together."""
    assert spoken("<speak><p><s>one more</s><s>two more</s></p><p>three</p></speak>") == [
        ("one more", SENTENCE),
        ("two more", PARAGRAPH),
        ("three", 0.0),
    ]


def test_what_is_read_as_a_whole_is_given_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stops inside of text with a reading of its own end nothing, wherever it is parted otherwise."""
    given_runs: list[str] = []

    def tokens(run: Run, language: str, lexicon: Lexicon) -> tuple[Token, ...]:
        given_runs.append(run.text)
        return (Token("word", run.spans[0]),)

    monkeypatch.setattr(module, "tokens", tokens)
    date, letters = '<say-as interpret-as="date">3. Then. It', '<say-as interpret-as="characters">A. B. C'
    assert list(phrases(parse(f"<speak>On {date}</say-as>. Next {'x ' * 496}{letters}</say-as></speak>"), "en", 200, Lexicon()))
    assert [run for run in given_runs if "x" not in run] == ["On ", "3. Then. It", ".", "A. B. C"]


def test_the_first_phrases_need_no_more_than_their_sentences(written: Normalizer) -> None:
    """Of a book of 100,000 characters only two sentences have been looked at when its first phrase is there."""
    assert len(BOOK) > 90_000
    book = phrases(plain(BOOK), "en", 200, Lexicon())
    assert next(book).text == "This is a sentence of a long book,"
    assert written.seen < 100
    assert len(list(islice(book, 10))) == 10
    assert written.seen < 600


def test_markup_is_taken_when_it_is_needed(written: Normalizer) -> None:
    """What follows a break is not asked for before its time."""

    def markup() -> Iterator[Markup]:
        yield from plain(BLACK)
        yield Break(1.0)
        pytest.fail("more was taken than is needed")

    assert next(phrases(markup(), "en", 200, Lexicon())).text == "The cat,"
    assert written.seen <= len(BLACK)


@settings(deadline=None)
@given(MARKUP, st.integers(1, 120))
def test_every_word_is_said_once_in_order(markup: list[Markup], longest: int) -> None:
    """All words of the markup are the words of the phrases, none of which is too long; their places do not go back."""
    spoken = said(markup, longest)
    text = "".join(item.text for item in markup if isinstance(item, Run))
    assert re.sub(r"\W", "", "".join(phrase.text for phrase in spoken)) == re.sub(r"\W", "", text)
    assert all(0 < len(phrase.text) <= longest for phrase in spoken)
    places = [token.span for phrase in spoken for token in phrase.tokens]
    assert all(one <= other for one, other in pairwise(places))
    assert [place for place in places if text[slice(*place)].strip() == ""] == []


@settings(deadline=None)
@given(MARKUP)
def test_no_silence_is_lost(markup: list[Markup]) -> None:
    """Breaks are all there: the pauses beyond those of the text, and the lead, come to their sum."""
    spoken = said(markup, 200)
    breaks = sum(item.seconds for item in markup if isinstance(item, Break))
    without = said([item for item in markup if isinstance(item, Run)], 200)
    if spoken:
        total = sum(phrase.pause + phrase.lead for phrase in spoken)
        assert breaks - 1e-6 <= total <= breaks + SENTENCE * len(spoken) + 1e-6
        assert spoken[0].lead >= 0
        assert all(phrase.lead == 0 for phrase in spoken[1:])
    assert bool(spoken) == bool(without)


@settings(deadline=None)
@given(st.lists(WORDS.map(lambda words: words + ". "), max_size=6), st.integers(20, 200))
def test_runs_of_one_way_are_one_text(parts: list[str], longest: int) -> None:
    """It does not matter where plain text is cut into runs, as long as that is between sentences."""
    cut = list(in_one_text([run for part in parts for run in plain(part)]))
    assert said(cut, longest) == said(list(plain("".join(parts))), longest)


@pytest.mark.parametrize("unit", [".", "a.", "\n", "-\n", ",\n", "\r", " ", '."', "(", "Mr. ", "a, ", "\u2029", "。", "1. "])
def test_hostile_text_takes_no_longer_than_other_text(unit: str) -> None:
    """A hundred thousand of anything come to an end: nothing is looked at again and again."""
    assert all(phrase.text for phrase in said(list(plain(unit * 100_000)), 200))


def test_words_are_normalised_sentence_by_sentence() -> None:
    """With the words that numbers are read as: they point at what is written, and the title keeps its name."""
    text = "Dr. Smith paid $1,000 for it, and went home. He was very glad about it."
    spoken = list(phrases(plain(text), "en-US", 200, Lexicon()))
    assert spoken[0].text.lower().startswith("doctor smith paid one thousand")
    assert spoken[0].text.endswith("for it,")
    assert [text[slice(*token.span)] for token in spoken[-1].tokens] == ["He", "was", "very", "glad", "about", "it."]


def test_a_tag_before_punctuation_is_no_part_of_the_word() -> None:
    """What is heard has the full stop, the word's place ends before the tag."""
    source = '<speak><say-as interpret-as="ordinal">4</say-as>.</speak>'
    (phrase,) = phrases(parse(source), "en-US", 400, Lexicon())
    assert [(token.text, source[slice(*token.span)]) for token in phrase.tokens] == [("fourth.", "4")]
