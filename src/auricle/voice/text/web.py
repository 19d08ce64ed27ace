"""Addresses of the web, e-mail, files, hashtags and handles → English words."""

from __future__ import annotations

import re
from re import Match

from auricle.voice.text.numbers import decimals
from auricle.voice.text.rules import Rule, rule
from auricle.voice.text.spelling import pieces
from auricle.voice.text.symbols import sign

__all__ = ["WEB"]

_DOMAINS = (
    "com|org|net|edu|gov|mil|int|io|co|ai|app|dev|info|biz|me|tv|uk|us|de|fr|eu|ca|au|nz|jp|cn|in|it|es|nl|se|no|dk|fi|ch|at|be|pl|ru|br|mx|ie"
    "|xyz|online|shop|blog|cloud|tech|site|fm|gg|ly|be"
)
_FILES = (
    "txt|pdf|docx?|xlsx?|pptx?|odt|rtf|csv|tsv|json|xml|ya?ml|toml|ini|cfg|conf|log|md|rst|html?|css|jsx?|tsx?|py|ipynb|rb|rs|go|java|kt|swift"
    "|cpp|hpp|c|h|cs|php|sh|bat|ps1|sql|db|sqlite|zip|tar|gz|tgz|bz2|xz|7z|rar|iso|exe|dll|so|deb|rpm|dmg|apk|jpe?g|png|gif|svg|webp|bmp|tiff?"
    "|ico|mp3|mp4|m4a|m4b|wav|flac|ogg|opus|aac|avi|mkv|mov|webm|epub|mobi|srt|vtt|onnx|bin|dat|bak|tmp|lock|whl|jar"
)
_PART = re.compile(r"[^\W_]+|[^\w\s]|_")
_ENDS = ".,;:!?'\"”’)]}>…*_"
_WORDS = re.compile(r"[A-Z]{2,40}(?![a-z])|[A-Z]?[^\W\dA-Z_]{1,40}|\d{1,12}|[^\W_]")


@rule(r"(?:(?:https?|ftp|HTTPS?)://|(?=www\.))([^\s<>\"“”|]{1,2000}+)", _ENDS)
def _url(found: Match[str], british: bool) -> str | None:
    return address(found[1])


@rule(
    rf"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{{0,62}}+)\.){{1,6}}(?:{_DOMAINS})(?![A-Za-z0-9_@-])(?:(?::\d{{2,5}})?[/?#][^\s<>\"“”|]{{0,2000}}+|:\d{{2,5}})?",
    _ENDS,
)
def _domain(found: Match[str], british: bool) -> str | None:
    return address(found[0]) if re.match(r"(?:[a-z0-9-]+\.)+[a-z]{2,}|[A-Z][\w-]+\.(?:com|org|net|edu|gov|io)\b", found[0]) else None


@rule(r"(?:mailto:)?([A-Za-z0-9._%+-]{1,64}+@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})")
def _mail(found: Match[str], british: bool) -> str | None:
    return address(found[1])


@rule(r"(?:[A-Za-z]:\\|~/|\.{1,2}/|/(?=[A-Za-z0-9_.-]{1,100}/)|/(?=[a-z]{2,100}\b))[\w.~\\/-]{1,500}+", _ENDS)
def _path(found: Match[str], british: bool) -> str | None:
    return address(found[0])


@rule(rf"(?:[\w-]{{1,100}}[./]){{1,20}}(?:{_FILES}|{_FILES.upper()})(?![\w@-])(?!\.[a-z])")
def _file(found: Match[str], british: bool) -> str | None:
    return (
        address(found[0])
        if re.search(r"[A-Za-z_][^./]+\.\w+\Z|[A-Za-z_]\.\w{2,}\Z|\.(?:tar|min)\.\w+\Z|\d\.(?:[a-z]{3,}|mp\d)\Z", found[0])
        else None
    )


@rule(r"#([^\W\d]\w{0,100})")
def _hashtag(found: Match[str], british: bool) -> str | None:
    return f"hashtag {_in_words(found[1])}"


@rule(r"@(\w{1,60}(?:\.\w{1,60}){0,3})")
def _handle(found: Match[str], british: bool) -> str | None:
    return f"at {address(found[1])}"


def address(text: str) -> str:
    """Every part of an address, as somebody says it on the telephone: signs by their names, all but a slash at the end."""
    shown = text.rstrip(_ENDS).rstrip("/")
    parts = _PART.findall(shown)
    return " ".join(spoken for part in parts if (spoken := _part(part)))


def _part(part: str) -> str:
    return pieces(_lower_www(part)) if part[0].isalnum() else sign(part)


def _lower_www(part: str) -> str:
    return part.upper() if part in {"www", "api", "url", "faq", "php", "ftp"} else part


def _in_words(tag: str) -> str:
    return " ".join(pieces(word) if word[0].isdigit() else word for word in _WORDS.findall(decimals(tag)))


WEB: tuple[Rule, ...] = (_mail, _url, _domain, _path, _file, _hashtag, _handle)
