"""What clients of the realtime API may say."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from openai.types.beta.realtime import TranscriptionSessionUpdate
from openai.types.realtime import RealtimeTranscriptionSessionCreateRequest

from auricle.codec.raw import RawFormat
from auricle.errors import CorruptAudio, OptionError
from auricle.server.engine import Listening
from auricle.server.realtime_fields import Append, BetaUpdate, Clear, Commit, Session, Turns, Update, client_event
from auricle.speech.live import LiveOptions

BASE = Session("base")


def updated(given: dict[str, Any], session: Session = BASE) -> Session:
    """The session after an update that their client's type takes, too."""
    RealtimeTranscriptionSessionCreateRequest.model_validate({"type": "transcription", **given}, strict=True)
    update = client_event({"type": "session.update", "session": {"type": "transcription", **given}})
    assert isinstance(update, Update)
    return update.onto(session)


def of_input(session: Session = BASE, **given: Any) -> Session:
    """The same for what is said of the audio that comes in."""
    return updated({"audio": {"input": given}}, session)


def beta(session: Session = BASE, **given: Any) -> Session:
    """The same in the older words."""
    event = {"type": "transcription_session.update", "session": given}
    TranscriptionSessionUpdate.model_validate(event, strict=True)
    update = client_event(event)
    assert isinstance(update, BetaUpdate)
    return update.onto(session)


def refusal(given: dict[str, Any]) -> OptionError:
    """Why an event is refused."""
    with pytest.raises(OptionError) as refused:
        client_event(given)
    return refused.value


def test_events() -> None:
    """Each is known by its type, with or without a name of the client's own."""
    assert isinstance(client_event({"type": "input_audio_buffer.commit"}), Commit)
    assert isinstance(client_event({"type": "input_audio_buffer.clear", "event_id": "mine"}), Clear)
    append = client_event({"type": "input_audio_buffer.append", "audio": b64encode(b"\x00\xff?").decode(), "event_id": None})
    assert isinstance(append, Append)
    assert append.data() == b"\x00\xff?"


def test_no_audio_is_audio() -> None:
    """A client that has nothing to say says so."""
    assert Append(type="input_audio_buffer.append", audio="").data() == b""


@pytest.mark.parametrize("text", ["A", "AA", "AAA", "*AAA", "AAAA*", "ä", "AAA=AAA=", "="])
def test_wrong_base64(text: str) -> None:
    """It is refused, rather than read as something else."""
    with pytest.raises(OptionError, match="encode its bytes as base64") as refused:
        Append(type="input_audio_buffer.append", audio=text).data()
    assert refused.value.field == "audio"


def test_defaults() -> None:
    """Without a word of the client's, as OpenAI's reference says: PCM at 24 kHz, turns after half a second of silence."""
    expected = Listening(LiveOptions(threshold=0.5, silence=0.5), "base", RawFormat("s16le", 24_000, 1))
    assert BASE.listening() == updated({}).listening() == beta().listening() == expected


def test_everything_can_be_said() -> None:
    """In OpenAI's words, and it is what the engine is asked for."""
    detection = {"type": "server_vad", "threshold": 0.25, "prefix_padding_ms": 0, "silence_duration_ms": 700, "create_response": False}
    session = of_input(
        format={"type": "audio/pcm", "rate": 24_000},
        noise_reduction=None,
        transcription={"model": "tiny.en", "language": "de", "prompt": "Tür"},
        turn_detection=detection,
    )
    assert session == Session("tiny.en", "audio/pcm", "de", "Tür", Turns(0.25, 0, 700))
    options = LiveOptions(language="de", prompt="Tür", threshold=0.25, silence=0.7)
    assert session.listening() == Listening(options, "tiny.en", RawFormat("s16le", 24_000))


def test_the_older_words_say_the_same() -> None:
    """Of the beta."""
    detection = {"type": "server_vad", "threshold": 0.25, "prefix_padding_ms": 0, "silence_duration_ms": 700}
    session = beta(
        input_audio_format="g711_ulaw",
        input_audio_noise_reduction=None,
        input_audio_transcription={"model": "whisper-1", "language": "de", "prompt": "Tür"},
        turn_detection=detection,
        include=[],
    )
    assert session == Session("whisper-1", "audio/pcmu", "de", "Tür", Turns(0.25, 0, 700))


@pytest.mark.parametrize(
    ("name", "older", "raw"),
    [
        ("audio/pcm", "pcm16", RawFormat("s16le", 24_000)),
        ("audio/pcmu", "g711_ulaw", RawFormat("mulaw", 8000)),
        ("audio/pcma", "g711_alaw", RawFormat("alaw", 8000)),
    ],
)
def test_formats(name: str, older: str, raw: RawFormat) -> None:
    """PCM as OpenAI has it, and the telephone's, which is 8 kHz (ITU-T G.711)."""
    session = of_input(format={"type": name})
    assert session == beta(input_audio_format=older)
    assert session.listening().format == raw


@pytest.mark.parametrize(("format_", "second"), [("audio/pcm", 48_000), ("audio/pcmu", 8000), ("audio/pcma", 8000)])
def test_the_length_of_audio(format_: Any, second: int) -> None:
    """In seconds."""
    assert Session("base", format_).seconds(bytes(second)) == 1.0


def test_half_a_sample() -> None:
    """It is refused."""
    with pytest.raises(CorruptAudio, match="3 bytes"):
        BASE.seconds(bytes(3))


def test_only_what_is_given_changes() -> None:
    """As OpenAI's reference has it: "Only the fields that are present in the `session.update` are updated"."""
    session = Session("tiny.en", "audio/pcmu", "de", "Tür", Turns(0.25, 0, 700))
    assert updated({}, session) == of_input(session) == beta(session) == session
    assert of_input(session, transcription={"language": "fr"}) == Session("tiny.en", "audio/pcmu", "fr", "Tür", Turns(0.25, 0, 700))
    assert of_input(session, turn_detection={"type": "server_vad", "threshold": 1}).turns == Turns(1, 0, 700)
    assert beta(session, turn_detection={"silence_duration_ms": 300}).turns == Turns(0.25, 0, 300)


@pytest.mark.parametrize("nothing", [None, ""])
def test_what_is_taken_back(nothing: str | None) -> None:
    """A language or prompt of no words is none."""
    session = Session("tiny.en", "audio/pcm", "de", "Tür")
    assert of_input(session, transcription={"language": nothing, "prompt": nothing}) == Session("tiny.en")


def test_the_client_can_end_turns_itself() -> None:
    """And have the server do it again, with its defaults."""
    without = of_input(turn_detection=None)
    assert without == beta(turn_detection=None) == Session("base", turns=None)
    assert without.listening() == Listening(LiveOptions(), "base", RawFormat("s16le", 24_000))
    assert of_input(without, transcription={"language": "de"}).turns is None
    assert of_input(without, turn_detection={"type": "server_vad"}).turns == Turns()


@pytest.mark.parametrize(
    "name",
    ["whisper-1", "gpt-transcribe", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-live-transcribe", "gpt-realtime-whisper"],
)
def test_their_models_are_the_default(name: str) -> None:
    """A client that names one needs no change, and sees the name that it gave."""
    session = of_input(transcription={"model": name})
    assert session.model == name
    assert session.listening().model is None


@pytest.mark.parametrize("wanted", [{"type": "near_field"}, {"type": "far_field", "strength": 0.5}, {}, None])
def test_noise_reduction(wanted: dict[str, str | float] | None) -> None:
    """Whatever their clients' types take is taken, in both ways to say it, and changes nothing."""
    assert of_input(noise_reduction=wanted) == beta(input_audio_noise_reduction=wanted) == BASE


@pytest.mark.parametrize(
    ("given", "param", "words"),
    [
        ({"noise_reduction": {"type": "mid_field"}}, "noise_reduction.type", "should be 'near_field' or 'far_field'"),
        ({"noise_reduction": "near_field"}, "noise_reduction", "an object"),
        ({"noise_reduction": {"type": "near_field", "strength": "much"}}, "noise_reduction.strength", "number"),
        ({"turn_detection": {"type": "semantic_vad"}}, "turn_detection.type", "should be 'server_vad'"),
        ({"turn_detection": {"type": "server_vad", "create_response": True}}, "turn_detection.create_response", "False"),
        ({"turn_detection": {"type": "server_vad", "idle_timeout_ms": 5000}}, "turn_detection.idle_timeout_ms", "null"),
        ({"turn_detection": {"type": "server_vad", "threshold": 1.5}}, "turn_detection.threshold", "less than or equal to 1"),
        ({"turn_detection": {"type": "server_vad", "threshold": "0.5"}}, "turn_detection.threshold", "a valid number"),
        ({"turn_detection": {"silence_duration_ms": -1}}, "turn_detection.silence_duration_ms", "greater than or equal to 100"),
        ({"turn_detection": "server_vad"}, "turn_detection", "an object"),
        ({"format": {"type": "audio/opus"}}, "format.type", "'audio/pcm', 'audio/pcmu' or 'audio/pcma'"),
        ({"format": {"type": "audio/pcm", "rate": 16_000}}, "format.rate", "should be 24000"),
        ({"format": {"type": "audio/pcmu", "rate": 24_000}}, "format", "8000 Hz"),
        ({"transcription": None}, "transcription", "an object"),
        ({"transcription": {"model": ""}}, "transcription.model", "at least 1 character"),
        ({"transcription": {"delay": "low"}}, "transcription.delay", "no field"),
        ({"transcription": {"keywords": ["auricle"]}}, "transcription.keywords", "no field"),
    ],
)
def test_what_cannot_be_had(given: dict[str, Any], param: str, words: str) -> None:
    """It is refused with the path to it and what would be right."""
    error = refusal({"type": "session.update", "session": {"type": "transcription", "audio": {"input": given}}})
    assert error.field == f"session.audio.input.{param}"
    assert words in str(error)
    assert "instance of" not in str(error)  # no class of ours


@pytest.mark.parametrize(
    ("session", "param", "words"),
    [
        ({"type": "realtime"}, "session.type", "'transcription'"),
        ({"include": ["item.input_audio_transcription.logprobs"]}, "session.include", "no log-probabilities"),
        ({"instructions": "Be brief."}, "session.instructions", "no field"),
        ({"audio": {"output": {"voice": "alloy"}}}, "session.audio.output", "no field"),
        ("none", "session", "an object"),
    ],
)
def test_what_is_of_conversations(session: Any, param: str, words: str) -> None:
    """It is refused, too."""
    error = refusal({"type": "session.update", "session": session})
    assert (error.field, words in str(error)) == (param, True)


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({}, "type"),
        ({"type": None}, "type"),
        ({"type": 5}, "type"),
        ({"type": ["session.update"]}, "type"),
        ({"type": "response.create"}, "type"),
        ({"type": "session.update"}, "session"),
        ({"type": "transcription_session.update", "session": {"input_audio_format": "mp3"}}, "session.input_audio_format"),
        ({"type": "transcription_session.update", "session": {"audio": {}}}, "session.audio"),
        (
            {"type": "transcription_session.update", "session": {"input_audio_noise_reduction": {"type": "none"}}},
            "session.input_audio_noise_reduction.type",
        ),
        ({"type": "input_audio_buffer.append"}, "audio"),
        ({"type": "input_audio_buffer.append", "audio": [1, 2]}, "audio"),
        ({"type": "input_audio_buffer.commit", "final": True}, "final"),
        ({"type": "input_audio_buffer.commit", "event_id": 7}, "event_id"),
    ],
)
def test_wrong_events(given: dict[str, Any], param: str) -> None:
    """They are refused by the name of what is wrong, in one sentence."""
    error = refusal(given)
    assert error.field == param
    assert str(error).startswith((f"{param} is ", "a transcription session has no event", "there is no field"))
    assert str(error).endswith(".")


def test_the_engines_complaints_have_the_clients_names() -> None:
    """Whatever the engine may find wrong with an option has a path in both ways to say it."""
    for kind, session in ((Update, "session.audio.input."), (BetaUpdate, "session.")):
        assert set(kind.paths) == {"model", "language", "prompt", "threshold", "silence"}
        assert all(path.startswith(session) for path in kind.paths.values())
    assert Update.paths["silence"] == "session.audio.input.turn_detection.silence_duration_ms"
    assert BetaUpdate.paths["language"] == "session.input_audio_transcription.language"
