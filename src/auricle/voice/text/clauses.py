"""Where a sentence can be parted between words, so that what is read at once is short enough."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from auricle.voice.engine import Token
from auricle.voice.text.stops import Words, is_listed, listed

__all__ = ["SHORT", "brief", "clauses", "is_word", "length"]

SHORT = 30  # characters: two seconds of speech are not parted even where speech begins
_FIRST = 60  # characters of what speech begins with: four seconds
_WHOLE = 90  # characters of a sentence that speech may begin with if there is no clause in it: a seam elsewhere would be heard
_LAST = 2  # words that must be left for the part after, where there is a choice: single words are misread

_CLOSING = "\"'”’»›)]}」』）】》〉"
_MARKS = tuple(",;:—–-…!?，、；：。！？،؛؟।")  # a full stop inside a sentence is that of an abbreviation
_DENSE = ("ja", "ko", "zh")  # their letters are syllables
_CLING = listed(  # these are never parted from the next word
    {
        "en": "a an the my your his her its our their no very too to of mr mrs ms dr prof st mister missus miss doctor professor saint "
        "captain general president king queen sir lady lord uncle aunt",
        "de": "der die das den dem des ein eine einen einem einer herr frau doktor dr prof zu sehr",
        "fr": "le la les un une des du de d l monsieur madame docteur m mme dr saint très",
        "es": "el la los las un una de del señor señora doctor sr sra dr san santa muy",
        "it": "il lo la i gli le un una di del della signor signora dottor dott san santa molto",
        "pt": "o a os as um uma de do da dos das senhor senhora doutor sr sra dr são santa muito",
    }
)
_CONJUNCTIONS = listed(
    {
        "en": "and or but nor so yet because although though while whereas if unless until since when where which who that",
        "de": "und oder aber denn sondern weil obwohl während wenn dass als",
        "fr": "et ou mais car donc parce lorsque quand si qui que dont où",
        "es": "y o pero porque aunque mientras cuando si que quien donde",
        "it": "e o ma perché anche mentre quando se che dove",
        "pt": "e ou mas porque embora enquanto quando se que onde",
    }
)
_PREPOSITIONS = listed(
    {
        "en": "in on at by for from with without about after before between through during against into over under than as",
        "de": "in im an am auf bei mit nach von vor zwischen durch für gegen ohne um aus",
        "fr": "dans en à au aux sur sous avec sans pour par entre vers chez",
        "es": "en a al con sin para por entre hacia sobre desde hasta",
        "it": "in a al con senza per tra fra su da verso",
        "pt": "em no na com sem para por entre sobre até",
    }
)


def is_word(token: Token) -> bool:
    """Whether there is anything in a token to be said: not in punctuation alone."""
    return token.phonemes is not None or any(map(str.isalnum, token.text))


def length(tokens: Sequence[Token]) -> int:
    """Characters of the text that tokens are together."""
    return sum(len(token.text) + 1 for token in tokens) - 1


def brief(characters: int, language: str) -> int:
    """How many characters of a language take as long to say as so many of English."""
    return characters // 3 if language.partition("-")[0].lower() in _DENSE else characters


def clauses(tokens: Iterable[Token], language: str, longest: int, first: bool, short: int = SHORT) -> Iterator[tuple[Token, ...]]:
    """Part the words of a sentence, or of a part of one.

    Args:
        tokens: each with something to be said.
        language: BCP 47 tag: its small words show where clauses begin.
        longest: characters of a part's text, at most.
        first: whether speech begins here. Then the first part is a clause and short; otherwise nothing is parted that is short enough, and
            what is too long is parted between clauses, else between words, else inside a word.
        short: characters of a first sentence that is not parted.
    """
    words = tuple(part for token in tokens for part in _fitting(token, longest))
    if first and len(words) > 1 and length(words) > min(brief(short, language), longest):
        count = _beginning(words, language, longest)
        yield words[:count]
        words = words[count:]
    while length(words) > longest:
        count = _best(words, language, longest)
        yield words[:count]
        words = words[count:]
    if words:
        yield words


def _fitting(token: Token, longest: int) -> Iterator[Token]:
    """A word, in parts if it is too long by itself. What has phonemes is said by them, whatever its text."""
    if len(token.text) <= longest:
        yield token
    elif token.phonemes is not None:
        yield replace(token, text=token.text[:longest])
    else:
        yield from filter(is_word, (replace(token, text=part) for part in _parts(token.text, longest)))


def _parts(text: str, longest: int) -> Iterator[str]:
    """Parts of a text without spaces: behind punctuation, such as that of Japanese, else anywhere."""
    while len(text) > longest:
        mark = max(text.rfind(mark, 0, longest) for mark in _MARKS)
        count = mark + 1 if mark > 0 else longest
        yield text[:count]
        text = text[count:]
    yield text


def _beginning(words: Sequence[Token], language: str, longest: int) -> int:
    """How many words speech begins with: the first clause of two words or more; the whole if that is short and has no clauses."""
    short, whole = (min(brief(characters, language), longest) for characters in (_FIRST, _WHOLE))
    for count in range(2, _fit(words, short) + 1):
        if count <= len(words) - _LAST and _seam(words, count, language) == _CLAUSE:
            return count
    count = _best(words, language, short)
    clear = length(words) > short and _seam(words, count, language) >= _CONJUNCTION
    return len(words) if length(words) <= whole and not clear else count


def _best(words: Sequence[Token], language: str, longest: int) -> int:
    """How many words to begin with where not all of them fit: up to the last of the best seams, but not far less than would fit."""
    fit = _fit(words, longest)
    counts = [count for count in range(1, fit + 1) if length(words[:count]) * 3 >= longest and count <= len(words) - _LAST]
    return max(counts or [fit], key=lambda count: (_seam(words, count, language), count))


def _fit(words: Sequence[Token], longest: int) -> int:
    """How many words fit, leaving at least one for the part after; one does in any case."""
    count, characters = 1, len(words[0].text)
    while count < len(words) - 1 and (characters := characters + 1 + len(words[count].text)) <= longest:
        count += 1
    return count


_CLAUSE, _CONJUNCTION, _PREPOSITION, _SPACE, _NONE = range(4, -1, -1)


def _seam(words: Sequence[Token], count: int, language: str) -> int:
    """How good it is to part after ``count`` words: the higher the better."""
    before, after = words[count - 1], words[count]
    if before.span[1] > after.span[0]:
        return _NONE  # both are one word or number as it is written
    written = before.text.rstrip(_CLOSING)
    if written.endswith(_MARKS):
        return _CLAUSE
    if any(_is_one_of(before, small, language) for small in (_CLING, _CONJUNCTIONS, _PREPOSITIONS)):
        return _NONE  # a title, an article, or what begins a clause
    if _is_one_of(after, _CONJUNCTIONS, language):
        return _CONJUNCTION
    if _is_one_of(after, _PREPOSITIONS, language):
        return _PREPOSITION
    return _NONE if len(written.rstrip(".")) == 1 else _SPACE  # an initial


def _is_one_of(token: Token, words: Words, language: str) -> bool:
    return is_listed(token.text.strip(_CLOSING + "([{«“‘„.").lower(), words, language)
