"""From markup to what an engine is given at once: the first phrase is short, so that speech begins soon; later ones are whole sentences."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate, groupby

from auricle.voice.engine import Phrase, Token
from auricle.voice.text.clauses import SHORT, brief, clauses, is_word, length
from auricle.voice.text.lexicon import Lexicon
from auricle.voice.text.markup import Break, Markup, Run
from auricle.voice.text.normalize import tokens
from auricle.voice.text.sentences import CLAUSE, SENTENCE, sentences

__all__ = ["phrases"]

_VERY_SHORT = 15  # characters of sentences of which several are read as one: engines misread single short words
_STOPPED = re.compile(r"[.!?…。！？]\W*\Z")
_LETTER = "\N{HEBREW LETTER ALEF}"  # stands for what is read as a whole: neither a capital nor small, so no initial and no number

_Way = tuple[str, float]  # language and pace: what a phrase has only one of


def phrases(markup: Iterable[Markup], language: str, longest: int, lexicon: Lexicon, short: int = SHORT) -> Iterator[Phrase]:
    """What to say, phrase by phrase. Each is worked out when it is asked for: text two sentences ahead of it is not touched.

    Every word is in one phrase, in the order of the text. The first phrase is the first clause of at least two words, or the first sentence
    if that is short. Later ones are sentences, parted where they are too long or where language or pace change; very short ones are joined.
    Breaks lengthen the pause after the phrase before them, those before all words are the first phrase's ``lead``; after the last
    phrase there is no other pause.

    Args:
        markup: what is read, and how.
        language: BCP 47 tag of what has none by markup.
        longest: characters of a phrase's text, at most.
        lexicon: words that are said in a way of their own.
        short: characters of a first sentence that is not parted.
    """
    held: Phrase | None = None
    silence = 0.0  # of the breaks since
    for item in _in_order(markup, language, longest, lexicon, short):
        if isinstance(item, Break):
            silence += item.seconds
        elif held is None:
            held, silence = replace(item, lead=silence), 0.0
        elif not silence and _belong_together(held, item, longest):
            held = replace(held, tokens=held.tokens + item.tokens, pause=item.pause)
        else:
            yield replace(held, pause=held.pause + silence)
            held, silence = item, 0.0
    if held is not None:
        yield replace(held, pause=silence)


def _belong_together(one: Phrase, other: Phrase, longest: int) -> bool:
    """Whether two phrases are very short sentences of one paragraph that are read in one way."""
    together = length(one.tokens + other.tokens) <= longest
    short = max(length(one.tokens), length(other.tokens)) <= brief(_VERY_SHORT, one.language)
    ended = one.pause == SENTENCE and _STOPPED.search(one.tokens[-1].text) is not None
    return together and short and ended and (one.language, one.pace) == (other.language, other.pace)


def _in_order(markup: Iterable[Markup], language: str, longest: int, lexicon: Lexicon, short: int) -> Iterator[Phrase | Break]:
    """All phrases as they are by themselves, and breaks."""
    first = True
    for kind, items in groupby(markup, type):
        if kind is Break:
            yield from (item for item in items if isinstance(item, Break))
            continue
        for runs, pause in _sentences([item for item in items if isinstance(item, Run)], language):
            for phrase in _parted(_words(runs, language, lexicon), pause, longest, short if first else None):
                yield phrase
                first = False


def _sentences(runs: list[Run], language: str) -> Iterator[tuple[list[Run], float]]:
    """The sentences of neighbouring runs, each in the runs that it is made of, with the pause after it."""
    text = "".join(_LETTER * len(run.text) if _whole(run) else run.text for run in runs)
    ends = list(accumulate(len(run.text) for run in runs))
    for sentence in sentences(text, language):
        parts = []
        for index in range(bisect_right(ends, sentence.start), bisect_left(ends, sentence.end) + 1):
            begin = ends[index] - len(runs[index].text)
            parts.append(_part(runs[index], sentence.start - begin, sentence.end - begin))
        yield [part for part in parts if part.text.strip()], sentence.pause


def _whole(run: Run) -> bool:
    """Whether the run is read in a way that only fits all of it."""
    return run.say_as is not None or run.phonemes is not None


def _part(run: Run, start: int, end: int) -> Run:
    """The characters of a run from ``start`` to ``end``, which may lie beyond it; what is read as a whole belongs to where it begins."""
    start = max(start, 0)
    if _whole(run):
        return run if start == 0 else replace(run, text="", spans=())
    return replace(run, text=run.text[start:end], spans=run.spans[start:end])


def _words(runs: Iterable[Run], language: str, lexicon: Lexicon) -> Iterator[tuple[Token, _Way]]:
    """The words of a sentence; punctuation that stands alone, such as between two elements, belongs to the word before it."""
    last: tuple[Token, _Way] | None = None
    for run in runs:
        way = run.language or language, run.pace
        for token in tokens(run, way[0], lexicon):
            if is_word(token):
                yield from [last] if last else []
                last = token, way
            elif last:
                (start, end), (begin, stop) = last[0].span, token.span  # a tag between the two is no part of the word
                glued = replace(last[0], text=last[0].text + token.text, span=(start, stop if begin == end else end))
                last = glued, last[1]
    yield from [last] if last else []


def _parted(words: Iterable[tuple[Token, _Way]], pause: float, longest: int, short: int | None) -> Iterator[Phrase]:
    """A sentence's phrases; the pause is that after the last of them."""
    parts: list[tuple[tuple[Token, ...], _Way]] = []
    for way, group in groupby(words, lambda word: word[1]):
        parts += [
            (part, way) for part in clauses((token for token, _ in group), way[0], longest, short is not None and not parts, short or 0)
        ]
    for left, (part, (language, pace)) in zip(range(len(parts) - 1, -1, -1), parts, strict=True):
        yield Phrase(part, language, pace, CLAUSE if left else pause)
