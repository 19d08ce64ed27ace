"""Tags of HTML in plain text: nobody reads them aloud.

Each is replaced by as many characters as it has, so that places in the text stay as they are.
"""

from __future__ import annotations

import re
from re import Match

__all__ = ["bare", "untagged"]

_INLINE = (
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|label|mark|q|s|samp|small|span|strike|strong|sub|sup|time|tt|u|var"
    "|wbr"
)
_BLOCKS = ("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ul", "ol", "dl", "table", "blockquote", "pre", "section", "article")
_ITEMS = ("li", "dt", "dd", "tr")
_PARTING = dict.fromkeys(_BLOCKS, "\N{PARAGRAPH SEPARATOR}") | dict.fromkeys(_ITEMS, "\N{LINE SEPARATOR}")
_PARTING |= {"br": "\n", "td": " ", "th": " ", "img": " "}
_ENDLESS = {"br", "hr", "img", "wbr", "p", "td", "th", *_ITEMS}  # HTML lets these stand without an end

_ATTRIBUTE = r"\s{1,20}[A-Za-z][\w:-]{0,40}\s?=\s?(?:\"[^\"<>]{0,2000}+\"|'[^'<>]{0,2000}+'|[^\s\"'<>=]{1,200}+)"
_TAG = re.compile(rf"</?({_INLINE}|{'|'.join(_PARTING)})(?:{_ATTRIBUTE}){{0,20}}\s{{0,20}}/?>", re.IGNORECASE)
_END = re.compile(r"</([A-Za-z][A-Za-z0-9]{0,10})\s{0,20}>")
_JOINER = "\N{WORD JOINER}"  # is never seen, and parts no word
_OUTER = re.compile(rf"(?<=\s){_JOINER}++|(?<!{_JOINER}){_JOINER}++(?=\s|\Z)")


def untagged(text: str) -> str:
    """The text without its tags of HTML, as long as before; what only looks like one, as in ``a < b and b > c``, stays.

    Tags within a line leave nothing behind that is read; those of paragraphs, items and lines part what they part on a page. A tag that
    HTML wants to be ended is one only if its end is in the text.
    """
    if "<" not in text:
        return text
    ended = {found[1].lower() for found in _END.finditer(text)} | _ENDLESS

    def blank(found: Match[str]) -> str:
        if found[1].lower() not in ended:
            return found[0]
        mark = _PARTING.get(found[1].lower(), _JOINER)
        return mark + (_JOINER if mark == _JOINER else " ") * (len(found[0]) - 1)

    return _OUTER.sub(lambda joiners: " " * len(joiners[0]), _TAG.sub(blank, text))  # a stop before a blank ends its sentence


def bare(word: str) -> str:
    """A stretch of a text that is read as one word, without the tags in it: it may hold only one half of a pair."""
    return _TAG.sub("", word)
