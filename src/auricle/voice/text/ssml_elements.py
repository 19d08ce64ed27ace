"""What the elements of SSML and their attributes mean: each either changes the way text is read, or says what is wrong as a ValueError.

The first argument of the error is a sentence, the others are the values that would have been right, where they can be listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

__all__ = ["ALONE", "ELEMENTS", "TEXT_ONLY", "Style", "alias", "silence", "styled"]

# Element → its attributes. `xml:id` and the attributes of namespaces and schemas mean nothing for the ear and may stand anywhere.
ELEMENTS = {
    "speak": ("version", "xml:lang"),
    "p": ("xml:lang",),
    "s": ("xml:lang",),
    "break": ("time", "strength"),
    "prosody": ("rate",),
    "say-as": ("interpret-as", "format"),
    "sub": ("alias",),
    "phoneme": ("alphabet", "ph"),
    "lang": ("xml:lang",),
    "emphasis": ("level",),
}
ALONE = frozenset({"break"})  # these hold nothing
TEXT_ONLY = frozenset({"break", "say-as", "sub", "phoneme"})  # these hold no other elements
_SILENT = re.compile(r"xml:id|xmlns(:.+)?|xsi:.+")

# SSML leaves both to the processor. Strengths: a comma's pause is weak, a sentence's medium, a paragraph's strong.
_STRENGTHS = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.35, "strong": 0.7, "x-strong": 1.0}
_RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.5, "x-fast": 2.0}
_LONGEST_BREAK = 10.0  # seconds: what other processors take at most
_SLOWEST, _FASTEST = 0.25, 4.0  # times the asked speed: the limits of speed itself

# By https://www.w3.org/TR/ssml-sayas/, with the names that other processors have for the same.
_SAY_AS = {name: name for name in ("characters", "cardinal", "ordinal", "digits", "date", "time", "telephone", "fraction", "unit")}
_SAY_AS |= {"spell-out": "characters", "verbatim": "characters", "number": "cardinal"}
_FORMATS = {
    "date": ("mdy", "dmy", "ymd", "md", "dm", "ym", "my", "d", "m", "y"),
    "time": ("hms12", "hms24"),  # which of them it is shows
}
_LEVELS = ("strong", "moderate", "none", "reduced")

_TIME = re.compile(r"\+?(\d+\.?\d*|\.\d+)(ms|s)", re.ASCII)
_FACTOR = re.compile(r"(\d+\.?\d*|\.\d+)", re.ASCII)
_PERCENTAGE = re.compile(r"([+-]?)(\d+\.?\d*|\.\d+)%", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Style:
    """How text is read; the fields are those of `auricle.voice.text.markup.Run`."""

    language: str | None = None
    pace: float = 1.0
    say_as: str | None = None
    phonemes: str | None = None


def styled(style: Style, name: str, attributes: Mapping[str, str]) -> Style:
    """How text within an element is read.

    Args:
        style: how it is read around it.
        name: of the element, one of ``ELEMENTS``.
        attributes: of the element.

    Raises:
        ValueError: an attribute is not understood, missing, or has a value that is not understood or too much.
    """
    for attribute in attributes:
        if attribute not in ELEMENTS[name] and not _SILENT.fullmatch(attribute):
            raise ValueError(f"the attribute {attribute} of <{name}> is not understood", *ELEMENTS[name])
    if "xml:lang" in attributes:
        style = replace(style, language=_language(attributes["xml:lang"]))
    match name:
        case "prosody" if "rate" in attributes:
            return replace(style, pace=_pace(style.pace, attributes["rate"]))
        case "say-as":
            return replace(style, say_as=_say_as(attributes))
        case "phoneme":
            return replace(style, phonemes=_phonemes(attributes))
        case "lang":
            _required("lang", "xml:lang", attributes)
        case "emphasis" if "level" in attributes:
            _one_of(_LEVELS, "level", attributes["level"])
        case "speak" if "version" in attributes:
            _one_of(("1.0", "1.1"), "version", attributes["version"])
    return style


def silence(attributes: Mapping[str, str]) -> float:
    """How long a ``break`` is. Seconds.

    Raises:
        ValueError: its time or its strength is not understood, or it is longer than 10 seconds.
    """
    strength = _STRENGTHS[_one_of(_STRENGTHS, "strength", attributes.get("strength", "medium"))]
    if "time" not in attributes:
        return strength
    time = _TIME.fullmatch(attributes["time"].strip())
    if time is None:
        raise ValueError(f'the break\'s time "{attributes["time"]}" is not understood; write it like "300ms" or "1.5s"')
    seconds = float(time[1]) / (1000 if time[2] == "ms" else 1)
    if seconds > _LONGEST_BREAK:
        raise ValueError(f"the break is longer than {_LONGEST_BREAK:g} seconds; give a shorter one, or several")
    return seconds


def alias(attributes: Mapping[str, str]) -> str:
    """What is read instead of the text of a ``sub``.

    Raises:
        ValueError: it is missing or blank.
    """
    return _required("sub", "alias", attributes)


def _required(name: str, attribute: str, attributes: Mapping[str, str], known: Iterable[str] = ()) -> str:
    value = attributes.get(attribute, "").strip()
    if not value:
        raise ValueError(f"<{name}> needs the attribute {attribute}", *known)
    return value


def _one_of(known: Mapping[str, object] | tuple[str, ...], attribute: str, value: str) -> str:
    if value not in known:
        raise ValueError(f'the value "{value}" of {attribute} is not understood', *known)
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError(f'xml:lang="{value}" is no language; write it like "en" or "en-GB"')
    return value


def _pace(around: float, rate: str) -> float:
    """The pace within ``prosody``: rates within rates multiply."""
    pace = around * _factor(rate.strip())
    if not _SLOWEST <= pace <= _FASTEST:
        raise ValueError(f"the rate comes to {pace:g} times the pace here; {_SLOWEST:g} to {_FASTEST:g} can be spoken")
    return pace


def _factor(rate: str) -> float:
    """What a rate multiplies the pace by. A percentage with a sign is a change, without one the pace itself."""
    if rate in _RATES:
        return _RATES[rate]
    if factor := _FACTOR.fullmatch(rate):
        return float(factor[1])
    if not (percentage := _PERCENTAGE.fullmatch(rate)):
        raise ValueError(f'the rate "{rate}" is neither a factor like 0.8, "80%" or "-20%" nor the name of one', *_RATES)
    share = float(percentage[2]) / 100
    return {"": share, "+": 1 + share, "-": 1 - share}[percentage[1]]


def _say_as(attributes: Mapping[str, str]) -> str:
    kind = _SAY_AS[_one_of(_SAY_AS, "interpret-as", _required("say-as", "interpret-as", attributes, _SAY_AS))]
    if "format" not in attributes:
        return kind
    if kind not in _FORMATS:
        raise ValueError(f'the attribute format is not understood with interpret-as="{kind}"; {" and ".join(_FORMATS)} can have one')
    order = _one_of(_FORMATS[kind], "format", attributes["format"])
    return f"{kind}:{order}" if kind == "date" else kind


def _phonemes(attributes: Mapping[str, str]) -> str:
    _one_of(("ipa",), "alphabet", attributes.get("alphabet", "ipa"))
    return _required("phoneme", "ph", attributes)
