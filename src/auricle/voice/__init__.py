"""Audio from text: `synthesize` a whole text, or `stream_speech` piece by piece while it is made."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict, Unpack

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, Recording, open_recording
from auricle.errors import LimitExceeded, OptionError
from auricle.loudness import at_loudness
from auricle.voice.engine import Voice
from auricle.voice.engines.xtts import LISTENED_S, clone, forget, require_consent
from auricle.voice.speech import Speech, SpeechPiece, SpokenTurn, SpokenWord
from auricle.voice.stream import Saying, SpeechStream
from auricle.voice.text.lexicon import Lexicon
from auricle.voice.text.markup import Markup, Run, plain
from auricle.voice.text.phrases import phrases
from auricle.voice.text.scripts import check
from auricle.voice.text.ssml import is_ssml, parse
from auricle.voice.text.tags import untagged
from auricle.voice.voices import DEFAULT_VOICE, engine_of, find_voice, language_of, voices

__all__ = [
    "DEFAULT_VOICE",
    "Lexicon",
    "SpeakOptions",
    "Speech",
    "SpeechPiece",
    "SpeechStream",
    "SpokenTurn",
    "SpokenWord",
    "Turn",
    "Voice",
    "clone_voice",
    "find_voice",
    "forget_voice",
    "require_consent",
    "stream_speech",
    "stream_turns",
    "synthesize",
    "synthesize_turns",
    "voices",
]

_MOST_CHARACTERS = 1_000_000
_LONGEST_PAUSE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker of a conversation says.

    Attributes:
        text: what to say.
        speaker: a voice's name; None is the conversation's.
        pause_ms: silence after it. Milliseconds.
    """

    text: str
    speaker: str | None = None
    pause_ms: float = 0

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise OptionError("text", f"the text is {type(self.text).__name__}; give a string")
        pause = self.pause_ms
        if isinstance(pause, bool) or not isinstance(pause, int | float) or not 0 <= pause <= _LONGEST_PAUSE_MS:
            raise OptionError("pause_ms", f"pause_ms is {pause!r}; it may be 0 to {_LONGEST_PAUSE_MS}")


class SpeakOptions(TypedDict, total=False):
    """How to speak; see `synthesize`."""

    voice: str | None
    language: str | None
    speed: float
    emotion: str | None
    ssml: bool | None
    lexicon: Lexicon | None
    config: AudioProcessingConfig | None
    limit: int


def synthesize(
    text: str,
    *,
    voice: str | None = None,
    language: str | None = None,
    speed: float = 1.0,
    emotion: str | None = None,
    ssml: bool | None = None,
    lexicon: Lexicon | None = None,
    config: AudioProcessingConfig | None = None,
    loudness: float | None = None,
    limit: int = _MOST_CHARACTERS,
) -> Speech:
    """Speak a text.

    Args:
        text: what to say; plain, or SSML.
        voice: a name that `voices` has, a blend ("af_heart:0.7+am_michael:0.3"), or the path of a Piper voice; None is the default.
        language: BCP 47 tag such as "en-GB"; None is the voice's first.
        speed: times the natural pace, at the same pitch; the voice says from where to where.
        emotion: one of the voice's; None is neutral.
        ssml: whether the text is SSML; None: if it begins with a `<speak>` element.
        lexicon: how to say certain words.
        config: sample rate and channels of the audio; the voice's own rate and one channel unless given.
        loudness: integrated loudness of the audio, LUFS; None leaves it as the voice is.
        limit: characters of a text, at most.

    Raises:
        OptionError: what was asked for cannot be had of this voice; names the field and what may be asked.
        LimitExceeded: the text is too long.
        ModelError: the voice cannot be used; see the subclasses.
    """
    began = time.perf_counter()
    stream = stream_speech(
        text, voice=voice, language=language, speed=speed, emotion=emotion, ssml=ssml, lexicon=lexicon, config=config, limit=limit
    )
    return _collected(stream, loudness, began)


def stream_speech(text: str, **options: Unpack[SpeakOptions]) -> SpeechStream:
    """The same piece by piece, each as soon as it is made; what cannot be had is refused before the first.

    Arguments and errors as for `synthesize`.
    """
    return SpeechStream([_saying(Turn(text), options)], options.get("config"))


def synthesize_turns(turns: Sequence[Turn], *, loudness: float | None = None, **options: Unpack[SpeakOptions]) -> Speech:
    """Speak a conversation: one recording, each turn in its voice, with the times of the turns.

    Arguments and errors as for `synthesize`; voice and language are those of turns without a speaker, and the limit is for all turns.
    """
    began = time.perf_counter()
    return _collected(stream_turns(turns, **options), loudness, began)


def stream_turns(turns: Sequence[Turn], **options: Unpack[SpeakOptions]) -> SpeechStream:
    """The same piece by piece. Arguments and errors as for `synthesize_turns`."""
    if not turns or not all(isinstance(turn, Turn) for turn in turns):
        raise OptionError("turns", "turns are what to say, one after the other; give at least one Turn")
    _check_length(sum(len(turn.text) for turn in turns), options)
    return SpeechStream([_saying(turn, options) for turn in turns], options.get("config"))


def clone_voice(recording: Recording, *, consent: bool = False, rate: int | None = None) -> Voice:
    """A voice that speaks like the person in a recording, for as long as this process runs: speak with its name. Needs the extra `xtts`.

    Args:
        recording: of one person who speaks, without noise or music: at least 3 s, best 6 to 30 s; more is not read.
        consent: you state that this person agrees, or is you.
        rate: sample rate of an array. Hertz.

    Raises:
        InputError: the recording cannot be used; see the subclasses.
        OptionError: without consent, or the recording is too short or silent.
        ModelError: the model cannot be used; see the subclasses.
        MissingDependency: the extra `xtts` is not installed.
    """
    require_consent(consent=consent)
    opened = open_recording(recording, rate)
    if isinstance(opened, Audio):
        return clone(opened, consent=consent)
    with opened:
        return clone(Audio.join(_beginning(opened)), consent=consent)


def forget_voice(voice: Voice) -> bool:
    """Forget a voice that `clone_voice` gave; false if it was forgotten already."""
    return forget(voice)


def _beginning(blocks: Iterable[Audio]) -> Iterator[Audio]:
    """As much of a recording as is listened to."""
    heard = 0.0
    for block in blocks:
        yield block
        heard += block.duration
        if heard >= LISTENED_S:
            return


def _saying(turn: Turn, options: SpeakOptions) -> Saying:
    """Check everything that can be checked before anything is said."""
    text, name, language = turn.text, turn.speaker or options.get("voice"), None if turn.speaker else options.get("language")
    _check_length(len(text), options)
    _check_kinds(options)
    voice = find_voice(name, language)
    spoken = language_of(voice, language)
    speed, emotion, ssml = options.get("speed", 1.0), options.get("emotion"), options.get("ssml")
    _check_able(voice, speed, emotion)
    marked = is_ssml(text) if ssml is None else ssml
    markup = tuple(_in_tongue(part, voice) for part in parse(text)) if marked else plain(untagged(text))
    _check_scripts([part for part in markup if isinstance(part, Run)], spoken)
    engine = engine_of(voice)
    said = phrases(markup, spoken, engine.longest, options.get("lexicon") or Lexicon({}), engine.soon)
    return Saying(engine, voice, spoken, speed, emotion or "neutral", text, said, name or voice.name, turn.pause_ms / 1000, marked)


def _check_scripts(runs: Sequence[Run], language: str) -> None:
    """Refuse what cannot be read in the language that it is to be read in, and a text with nothing to say."""
    said_in = {language: ""} if not runs else {run.language or language: "" for run in runs}
    for run in runs:
        said_in[run.language or language] += run.text
    for tag, words in said_in.items():
        if len(said_in) == 1 or any(map(str.isalnum, words)):
            check(words, tag)


def _in_tongue(part: Markup, voice: Voice) -> Markup:
    """In the voice's own tag for the language that markup asks for, which it must speak."""
    return replace(part, language=language_of(voice, part.language)) if isinstance(part, Run) and part.language else part


def _check_kinds(options: SpeakOptions) -> None:
    for name, kind in (("ssml", bool), ("lexicon", Lexicon), ("config", AudioProcessingConfig)):
        if not isinstance(given := options.get(name), kind | None):
            raise OptionError(name, f"{name} is {given!r}; give {kind.__name__} or None")


def _check_length(characters: int, options: SpeakOptions) -> None:
    if characters > (limit := options.get("limit", _MOST_CHARACTERS)):
        raise LimitExceeded(f"the text has {characters} characters; at most {limit} are allowed here.")


def _check_able(voice: Voice, speed: float, emotion: str | None) -> None:
    slowest, fastest = voice.speeds
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not slowest <= speed <= fastest:
        raise OptionError("speed", f"the speed is {speed!r}; the voice {voice.name} speaks at {slowest:g} to {fastest:g} times its pace")
    if emotion is not None and emotion not in ("neutral", *voice.emotions):
        raise OptionError("emotion", f"the voice {voice.name} has no emotion {emotion!r}", voice.emotions)


def _collected(stream: SpeechStream, loudness: float | None, began: float) -> Speech:
    with stream:
        pieces = list(stream)
    audio = Audio.join(piece.audio for piece in pieces)
    return Speech(
        audio=audio if loudness is None else at_loudness(audio, loudness),
        voice=stream.voice.name,
        language=stream.language,
        words=tuple(word for piece in pieces for word in piece.words),
        turns=tuple(stream.turns),
        processing_time=time.perf_counter() - began,
    )
