"""Which voices there are on this machine, and the one that is meant by a name."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from itertools import chain

from auricle.errors import MissingDependency, OptionError
from auricle.voice.engine import Engine, Voice
from auricle.voice.engines import hibari, kokoro, piper, xtts
from auricle.voice.engines.kokoro_voices import is_blend

__all__ = ["ALIASES", "DEFAULT_VOICE", "engine_of", "find_voice", "language_of", "voices"]

DEFAULT_VOICE = "heart"
# OpenAI's voices, and which of ours come nearest, the best first.
ALIASES = {
    "alloy": ("af_alloy", "heart"),
    "ash": ("am_michael", "heart"),
    "ballad": ("bm_george", "am_michael", "heart"),
    "cedar": ("am_fenrir", "fenrir", "am_michael", "heart"),
    "coral": ("af_bella", "heart"),
    "echo": ("am_echo", "am_michael", "fenrir", "heart"),
    "fable": ("bm_fable", "bm_george", "heart"),
    "marin": ("af_sarah", "heart"),
    "nova": ("af_nova", "heart"),
    "onyx": ("am_onyx", "am_michael", "fenrir", "heart"),
    "sage": ("af_heart", "heart"),
    "shimmer": ("af_sky", "heart"),
    "verse": ("am_puck", "am_michael", "fenrir", "heart"),
}
_ENGINES = {"hibari": hibari, "kokoro": kokoro, "piper": piper, "xtts": xtts}


def voices() -> tuple[Voice, ...]:
    """All that are present, the default first."""
    return tuple(_present())


def _present() -> Iterator[Voice]:
    """One engine's after the other's, for it takes time to look for them."""
    return chain.from_iterable(engine.voices() for engine in _ENGINES.values())


def find_voice(name: str | None = None, language: str | None = None) -> Voice:
    """The voice of that name: one that is present, one of OpenAI's, a blend ("af_heart:0.7+am_michael:0.3"), or a Piper voice's path.

    Without a name the default, or the first that speaks the language. Names that strangers send go through `auricle.server.casting`
    before, so that they may not try out files.

    Raises:
        OptionError: there is none; the message has those that are present.
        MissingDependency: no voice is present at all.
    """
    if not isinstance(name, str | None):
        raise OptionError("voice", f"the voice is {name!r}; give its name")
    if name is None:
        usual = next(_present(), None)
        if usual is None:
            raise MissingDependency("speaking", "voice")
        return usual if language is None else next((voice for voice in _present() if _spoken(voice, language)), usual)
    for known in (name, *ALIASES.get(name.lower(), ())):
        if found := next((voice for voice in _present() if voice.name == known), None):
            return found
    if is_blend(name):
        _require_blendable(name)
    found = kokoro.voice(name) or piper.voice(name, paths=True) or xtts.voice(name)
    if found is None:
        present = [voice.name for voice in _present()]
        near = difflib.get_close_matches(name, present, 1)
        raise OptionError("voice", f"there is no voice {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""), present)
    return found


def _require_blendable(name: str) -> None:
    """Only voices of one network blend, so a list of the others would be no help."""
    if not kokoro.voices():
        message = f"the blend {name[:80]!r} needs voices of Kokoro, and none is on this machine"
        remedy = "run `auricle models pull kokoro` and `auricle models pull kokoro-voices`, or name a single voice"
        raise OptionError("voice", f"{message}; {remedy}", [voice.name for voice in _present()])


def engine_of(voice: Voice) -> Engine:
    """The engine that makes a voice speak, loaded once in this process.

    Raises:
        ModelError: it cannot be used; see the subclasses.
        MissingDependency: its extra is not installed.
    """
    engine: Engine = _ENGINES[voice.engine].load(voice)
    return engine


def language_of(voice: Voice, language: str | None) -> str:
    """The voice's language that is meant: the first if none is asked for; "en" is any English that it speaks.

    Raises:
        OptionError: it speaks no such language.
    """
    if language is None:
        return voice.languages[0]
    found = _spoken(voice, language) if isinstance(language, str) else None
    if found is None:
        raise OptionError("language", f"the voice {voice.name} does not speak {language!r}", voice.languages)
    return found


def _spoken(voice: Voice, language: str) -> str | None:
    asked = language.lower().replace("_", "-")
    exact = (tag for tag in voice.languages if tag.lower() == asked)
    related = (tag for tag in voice.languages if "-" not in asked and tag.lower().partition("-")[0] == asked)
    return next(exact, None) or next(related, None)
