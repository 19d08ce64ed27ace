"""Who says what: the turns of a conversation, from JSON, TOML, or lines such as "ANNA: Hello."."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from auricle.errors import OptionError
from auricle.voice import Turn

__all__ = ["cast_of", "turns_of"]

_LINE = re.compile(r"([^\W\d_][^:\n.!?]{0,39}):\s+(\S.*)")
_SHAPES = 'a list of objects with "speaker", "text" and "pause_ms", or an object that has such a list as "turns"'
_KEYS = {"speaker", "text", "pause_ms"}


def cast_of(words: Iterable[str]) -> dict[str, str]:
    """`NAME=VOICE` words as a table.

    Raises:
        OptionError: a word is not of that form.
    """
    cast: dict[str, str] = {}
    for word in words:
        name, sign, voice = (part.strip() for part in word.partition("="))
        if not (name and sign and voice):
            raise OptionError("cast", f"{word!r} does not say who speaks in which voice; write it as NAME=VOICE")
        cast[name] = voice
    return cast


def turns_of(text: str, suffix: str, cast: Mapping[str, str]) -> tuple[Turn, ...]:
    """The turns of a conversation file.

    Args:
        text: what stands in it.
        suffix: ".json" or ".toml"; anything else is JSON if it begins like it, else lines.
        cast: the voices of those whose names are not a voice's; a file may have a table "cast" of its own, which this goes before.

    Raises:
        OptionError: it is not what it should be; names the place.
    """
    if suffix == ".toml":
        turns = _from_shape(_toml(text), cast)
    elif suffix == ".json" or text.lstrip()[:1] in ("{", "["):
        turns = _from_shape(_json(text), cast)
    else:
        turns = tuple(_from_lines(text, cast))
    if not turns:
        raise OptionError("turns", "nobody says anything; give at least one turn")
    return turns


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise OptionError("turns", f"this is not JSON: {error}; give {_SHAPES}") from error


def _toml(text: str) -> object:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise OptionError("turns", f"this is not TOML: {error}; give a [[turns]] table with speaker and text for each") from error


def _from_shape(shape: Any, cast: Mapping[str, str]) -> tuple[Turn, ...]:
    own: object = {}
    if isinstance(shape, dict):
        shape, own = shape.get("turns"), shape.get("cast", {})
    if not isinstance(shape, list) or not isinstance(own, dict) or not all(isinstance(voice, str) for voice in own.values()):
        raise OptionError("turns", f"this is not a conversation; give {_SHAPES}")
    voices = {**own, **cast}
    return tuple(_turn(number, one, voices) for number, one in enumerate(shape, 1))


def _turn(number: int, one: object, cast: Mapping[str, str]) -> Turn:
    if not isinstance(one, dict) or not isinstance(one.get("text"), str):
        raise OptionError("turns", f'turn {number} has no text; give an object with "speaker", "text" and "pause_ms"')
    if unknown := sorted(map(str, one.keys() - _KEYS)):
        raise OptionError("turns", f"turn {number} has {unknown[0]!r}, which means nothing here", sorted(_KEYS))
    speaker, pause = one.get("speaker"), one.get("pause_ms", 0)
    if not isinstance(speaker, str | None):
        raise OptionError("turns", f"turn {number} has the speaker {speaker!r}; give a voice's name, or one that --cast has")
    if isinstance(pause, bool) or not isinstance(pause, int):
        raise OptionError("turns", f"turn {number} has the pause_ms {pause!r}; give a whole number of milliseconds")
    return Turn(one["text"], None if speaker is None else cast.get(speaker, speaker), pause)


def _from_lines(text: str, cast: Mapping[str, str]) -> Iterator[Turn]:
    speaker: str | None = None
    said: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        found = None if line[:1].isspace() else _LINE.fullmatch(line.rstrip())
        if found is None and line.strip() and speaker is None:
            raise OptionError("turns", f'line {number} does not say who speaks; write "NAME: text", and go on in indented lines')
        if found is not None:
            if speaker is not None:
                yield Turn("\n".join(said), speaker)
            speaker, said = cast.get(found[1], found[1]), [found[2]]
        elif line.strip():
            said.append(line.strip())
    if speaker is not None:
        yield Turn("\n".join(said), speaker)
