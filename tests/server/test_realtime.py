"""The protocol of the realtime API, step by step; every event that it gives is one of OpenAI's."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import pytest

from auricle.errors import CorruptAudio, MalformedRequest, OptionError
from auricle.server.problems import Problem, describe
from auricle.server.realtime import Events, RealtimeTranscription
from auricle.server.realtime_fields import Append, BetaUpdate, Clear, Commit, Session, Turns, Update
from auricle.speech.events import Final, LiveEvent, Partial, SpeechEnded, SpeechStarted, Utterance
from auricle.speech.transcript import Segment, Word
from tests.wire.official import check

COMMITTED = ["input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"]
DELTA = "conversation.item.input_audio_transcription.delta"
COMPLETED = "conversation.item.input_audio_transcription.completed"
FAILED = "conversation.item.input_audio_transcription.failed"
MANUAL = Session("base", turns=None)


def final(text: str) -> Final:
    """Words that never change."""
    return Final((Word(text.strip(), 0.0, 1.0, 0.9),), text, "en")


class Talk:
    """A session, and all that it has said; what it says is checked."""

    def __init__(self, session: Session | None = None, *, beta: bool = False) -> None:
        self.protocol = RealtimeTranscription("s", session or Session("base"), beta=beta)
        self.said: list[Any] = []
        self.keep(self.protocol.created())
        self.protocol.opened()

    def keep(self, events: Events) -> list[Any]:
        """Check what was said and remember it."""
        for event in events:
            check(event)
        self.said += events
        return list(events)

    def sent(self, seconds: float) -> None:
        """Audio goes to the stream."""
        self.protocol.appended(bytes(2 * round(24_000 * seconds)))

    def heard(self, *events: LiveEvent) -> list[Any]:
        """What is said of what the stream has heard."""
        return [said for event in events for said in self.keep(self.protocol.heard(event))]

    def told(self, **given: Any) -> Any:
        """A client's event."""
        return self.protocol.receive(json.dumps(given))


def types(events: Sequence[Any]) -> list[str]:
    """Their types."""
    return [event["type"] for event in events]


def test_the_first_event() -> None:
    """The session as it is before the client says anything."""
    (created,) = Talk(Session("base", "audio/pcmu", "de", "Tür", Turns(0.25, 100, 700))).said
    assert (created["type"], created["session"]["id"]) == ("session.created", "sess_s")
    assert created["session"]["audio"]["input"] == {
        "format": {"type": "audio/pcmu"},
        "noise_reduction": None,
        "transcription": {"model": "base", "language": "de", "prompt": "Tür"},
        "turn_detection": {"type": "server_vad", "threshold": 0.25, "prefix_padding_ms": 100, "silence_duration_ms": 700},
    }
    (manual,) = Talk(MANUAL).said
    assert manual["session"]["audio"]["input"]["turn_detection"] is None


def test_a_turn() -> None:
    """From speech that starts to the whole text, in OpenAI's order, with its deltas while it is spoken."""
    talk = Talk()
    talk.sent(3.0)
    said = talk.heard(
        SpeechStarted(0.5),
        Partial("Hel", "en"),
        final(" Hello"),
        final(" there."),
        Utterance(Segment(0, 0.5, 1.75, "Hello there.", "en", 0.9)),
        SpeechEnded(1.75),
    )
    assert types(said) == [
        "input_audio_buffer.speech_started",
        DELTA,
        DELTA,
        "input_audio_buffer.speech_stopped",
        *COMMITTED,
        COMPLETED,
    ]
    started, first, second, stopped, committed, added, done, completed = said
    assert len({event.get("item_id") or event["item"]["id"] for event in said}) == 1
    assert started["audio_start_ms"] == 200  # with the 300 ms before it
    assert stopped["audio_end_ms"] == 2250  # with the 500 ms that it takes to be sure
    assert (first["delta"], second["delta"], completed["transcript"]) == ("Hello", " there.", "Hello there.")
    assert completed["usage"] == {"type": "duration", "seconds": 2.05}
    assert committed["previous_item_id"] is added["previous_item_id"] is done["previous_item_id"] is None
    assert (added["item"]["status"], added["item"]["role"]) == ("completed", "user")


def test_deltas_make_the_transcript() -> None:
    """Exactly, whatever white space is in them and however many segments a turn has."""
    talk = Talk()
    talk.sent(9.0)
    texts = [" ", "  One,", "\n", " two", "\u3000三", " four. "]
    said = talk.heard(SpeechStarted(0.0), *map(final, texts), SpeechEnded(8.0))
    deltas = [event["delta"] for event in said if event["type"] == DELTA]
    assert "".join(deltas) == said[-1]["transcript"] == "One,\n two\u3000三 four. "
    assert all(deltas)


def test_turns_follow_each_other() -> None:
    """Each names the one before; none begins before the end of the one before."""
    talk = Talk()
    talk.sent(4.0)
    first = talk.heard(SpeechStarted(0.1), final(" One."), SpeechEnded(1.0))
    second = talk.heard(SpeechStarted(1.6), final(" Two."), SpeechEnded(3.9))
    assert first[0]["audio_start_ms"] == 0  # there is nothing before the beginning
    assert first[2]["audio_end_ms"] == second[0]["audio_start_ms"] == 1500
    assert second[2]["audio_end_ms"] == 4000  # no more has come
    assert second[-1]["transcript"] == "Two."
    item, previous = second[3]["item_id"], second[3]["previous_item_id"]
    assert (previous, item != previous) == (first[3]["item_id"], True)


def test_a_turn_without_words() -> None:
    """A cough is an item of no text."""
    talk = Talk()
    talk.sent(2.0)
    said = talk.heard(SpeechStarted(0.5), SpeechEnded(0.9))
    assert said[-1]["transcript"] == ""
    assert DELTA not in types(said)


def test_every_event_has_an_id_of_its_own() -> None:
    """And every item."""
    talk = Talk()
    talk.sent(9.0)
    for at in (1.0, 3.0, 5.0):
        talk.heard(SpeechStarted(at), final(" Word."), SpeechEnded(at + 1))
    ids = [event["event_id"] for event in talk.said]
    assert len(set(ids)) == len(ids)
    assert len({event["item_id"] for event in talk.said if event["type"] == COMPLETED}) == 3


def test_what_does_not_belong_to_a_turn() -> None:
    """Partial text and segments have no event; neither has an end without a beginning, nor a beginning within a turn."""
    talk = Talk()
    talk.sent(3.0)
    nothing: list[LiveEvent] = [Partial("Hel", "en"), Utterance(Segment(0, 0.5, 1.75, "Hello.", "en", 0.9)), SpeechEnded(0.5)]
    assert talk.heard(*nothing) == []
    talk.heard(SpeechStarted(1.0))
    assert talk.heard(SpeechStarted(1.5)) == []


def test_the_client_ends_a_turn() -> None:
    """Where the server does not: deltas come while it is spoken, speech starts and ends unsaid, and the rest comes with the commit."""
    talk = Talk(MANUAL)
    talk.sent(3.0)
    said = talk.heard(SpeechStarted(0.5), final(" Hello"), SpeechEnded(1.0), SpeechStarted(1.5), final(" there,"))
    assert types(said) == [DELTA, DELTA]
    assert talk.protocol.too_short() is None
    committed = talk.keep(talk.protocol.commit())
    assert types(committed) == COMMITTED
    assert [event["delta"] for event in talk.heard(final(" friend."), SpeechEnded(3.0))] == [" friend."]
    (completed,) = talk.keep(talk.protocol.settled())
    assert (completed["transcript"], completed["usage"]["seconds"]) == ("Hello there, friend.", 3.0)
    assert completed["item_id"] == said[0]["item_id"] == committed[0]["item_id"]
    talk.sent(1.0)
    talk.keep(talk.protocol.commit())
    (completed,) = talk.keep(talk.protocol.settled())
    assert (completed["transcript"], completed["usage"]["seconds"]) == ("", 1.0)


def test_the_client_ends_the_servers_turn() -> None:
    """A commit while somebody speaks: as OpenAI's reference says, no `speech_stopped` comes then; the next speech is another turn."""
    talk = Talk()
    talk.sent(2.0)
    started, _ = talk.heard(SpeechStarted(0.5), final(" Hello"))
    assert types(talk.keep(talk.protocol.commit())) == COMMITTED
    assert types(talk.heard(final(" there"), SpeechEnded(2.0))) == [DELTA]
    (completed,) = talk.keep(talk.protocol.settled())
    assert (completed["transcript"], completed["usage"]["seconds"]) == ("Hello there", 1.8)
    talk.sent(2.0)
    (again,) = talk.heard(SpeechStarted(2.1))
    assert (again["audio_start_ms"], again["item_id"] != started["item_id"]) == (2000, True)


def test_a_beginning_during_a_commit_is_of_its_turn() -> None:
    """The last words before it are recognised with it."""
    talk = Talk()
    talk.sent(2.0)
    talk.keep(talk.protocol.commit())
    assert types(talk.heard(SpeechStarted(1.9), final(" Hi"), SpeechEnded(2.0))) == [DELTA]
    assert talk.keep(talk.protocol.settled())[0]["transcript"] == "Hi"


@pytest.mark.parametrize("milliseconds", [0, 1, 99])
@pytest.mark.parametrize("session", [MANUAL, Session("base")])
def test_too_little_to_commit(milliseconds: int, session: Session) -> None:
    """OpenAI asks for 100 ms, and has this code for less; the session goes on."""
    talk = Talk(session)
    talk.sent(milliseconds / 1000)
    talk.told(type="input_audio_buffer.commit", event_id="mine")
    problem = talk.protocol.too_short()
    assert problem is not None
    (error,) = talk.keep(talk.protocol.refused(problem))
    assert error["error"]["code"] == "input_audio_buffer_commit_empty"
    assert error["error"]["type"] == "invalid_request_error"
    assert f"{milliseconds} ms" in error["error"]["message"]
    assert error["error"]["event_id"] == "mine"
    talk.sent(0.1)
    assert talk.protocol.too_short() is None


def test_what_the_server_has_committed_is_not_in_the_buffer() -> None:
    """So a client that commits at the end of everything does not get an item of nothing."""
    talk = Talk()
    talk.sent(1.55)
    talk.heard(SpeechStarted(0.5), final(" Hello."), SpeechEnded(1.0))
    assert talk.protocol.too_short() is not None


def test_clearing() -> None:
    """What was said of the turn is forgotten, time is not: the next stream's beginning is where the audio was cleared."""
    talk = Talk()
    talk.sent(2.0)
    started, _ = talk.heard(SpeechStarted(0.5), final(" Forget"))
    assert types(talk.keep(talk.protocol.clear())) == ["input_audio_buffer.cleared"]
    assert talk.protocol.too_short() is not None
    talk.protocol.opened()
    talk.sent(3.0)
    said = talk.heard(SpeechStarted(1.0), final(" Remember."), SpeechEnded(2.0))
    assert said[0]["audio_start_ms"] == 2700
    assert said[0]["item_id"] != started["item_id"]
    assert said[-4]["previous_item_id"] is None  # what was never committed is before nothing
    assert (said[2]["audio_end_ms"], said[-1]["transcript"]) == (4500, "Remember.")


def test_clearing_before_the_first_turn_of_a_manual_session() -> None:
    """Its item has the audio since then only."""
    talk = Talk(MANUAL)
    talk.sent(2.0)
    talk.heard(final(" Forget"))
    talk.keep(talk.protocol.clear())
    talk.protocol.opened()
    talk.sent(1.0)
    talk.heard(final(" this"))
    talk.keep(talk.protocol.commit())
    (completed,) = talk.keep(talk.protocol.settled())
    assert (completed["transcript"], completed["usage"]["seconds"]) == ("this", 1.0)


def test_an_update() -> None:
    """It is proposed, which changes nothing, and then in effect, which the client sees."""
    talk = Talk()
    given = {"type": "transcription", "audio": {"input": {"transcription": {"language": "de"}, "turn_detection": None}}}
    update = talk.told(type="session.update", session=given)
    assert isinstance(update, Update)
    wanted = talk.protocol.proposed(update)
    assert (wanted.options.language, talk.protocol.session) == ("de", Session("base"))
    (updated,) = talk.keep(talk.protocol.updated(update))
    assert updated["type"] == "session.updated"
    assert updated["session"]["audio"]["input"]["transcription"] == {"model": "base", "language": "de", "prompt": None}
    assert updated["session"]["audio"]["input"]["turn_detection"] is None
    assert updated["session"]["id"] == talk.said[0]["session"]["id"]
    assert talk.protocol.session.listening() == wanted


@pytest.mark.parametrize("beta", [False, True])
def test_an_update_in_the_older_words(beta: bool) -> None:
    """It is answered in them, by a session of either age."""
    talk = Talk(Session("whisper-1"), beta=beta)
    update = talk.told(
        type="transcription_session.update",
        session={"input_audio_format": "g711_ulaw", "input_audio_transcription": {"model": "whisper-1"}, "turn_detection": None},
    )
    assert isinstance(update, BetaUpdate)
    (updated,) = talk.keep(talk.protocol.updated(update))
    assert updated["type"] == "transcription_session.updated"
    assert updated["session"]["input_audio_format"] == "g711_ulaw"
    assert updated["session"]["input_audio_transcription"] == {"model": "whisper-1", "language": None, "prompt": None}
    assert updated["session"]["turn_detection"] is None


def test_the_older_events() -> None:
    """A client of the beta is told of a `transcription_session`, and that an item was `created`."""
    talk = Talk(Session("whisper-1"), beta=True)
    talk.sent(2.0)
    talk.heard(SpeechStarted(0.5), final(" Hello."), SpeechEnded(1.0))
    assert types(talk.said) == [
        "transcription_session.created",
        "input_audio_buffer.speech_started",
        DELTA,
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.created",
        COMPLETED,
    ]


def test_time_goes_on_with_another_format() -> None:
    """A session's clock counts seconds, however they are sent."""
    talk = Talk()
    talk.sent(1.0)
    update = talk.told(type="session.update", session={"audio": {"input": {"format": {"type": "audio/pcma"}}}})
    talk.protocol.opened()
    talk.keep(talk.protocol.updated(update))
    talk.protocol.appended(bytes(16_000))
    (started,) = talk.heard(SpeechStarted(0.5))
    assert started["audio_start_ms"] == 1200


def test_a_turn_outlasts_an_update() -> None:
    """Of a client that ends turns itself: what was said before it belongs to the item."""
    talk = Talk(MANUAL)
    talk.sent(1.0)
    talk.heard(final(" Guten"))
    talk.keep(talk.protocol.updated(talk.told(type="session.update", session={"audio": {"input": {"transcription": {"language": "de"}}}})))
    talk.protocol.opened()
    talk.sent(1.0)
    talk.keep(talk.protocol.commit())
    talk.heard(final(" Tag."))
    (completed,) = talk.keep(talk.protocol.settled())
    assert (completed["transcript"], completed["usage"]["seconds"]) == ("Guten Tag.", 2.0)


def test_what_the_client_says() -> None:
    """Each of its events is known."""
    talk = Talk()
    assert isinstance(talk.told(type="input_audio_buffer.append", audio=b64encode(b"ab").decode()), Append)
    assert isinstance(talk.told(type="input_audio_buffer.commit"), Commit)
    assert isinstance(talk.told(type="input_audio_buffer.clear"), Clear)


@pytest.mark.parametrize("message", ["", "x", "[]", "null", '"session.update"', b"\x00\xff", "[" * 100_000])
def test_what_is_no_event(message: str | bytes) -> None:
    """It is refused, and nothing is said of the event before it."""
    talk = Talk()
    talk.told(type="input_audio_buffer.commit", event_id="before")
    with pytest.raises(MalformedRequest) as refused:
        talk.protocol.receive(message)
    (error,) = talk.keep(talk.protocol.refused(describe(refused.value)))
    assert error["error"]["type"] == "invalid_request_error"
    assert error["error"]["event_id"] is None


def test_errors_name_event_and_field() -> None:
    """So that the client can find what it did."""
    talk = Talk()
    with pytest.raises(OptionError) as refused:
        talk.told(type="session.update", event_id="mine", session={"type": "realtime"})
    (error,) = talk.keep(talk.protocol.refused(describe(refused.value)))
    assert error["error"]["event_id"] == "mine"
    assert (error["error"]["param"], error["error"]["code"]) == ("session.type", "invalid_option")


def test_a_name_that_is_none() -> None:
    """An error of an event whose name is wrong names no event."""
    talk = Talk()
    with pytest.raises(OptionError) as refused:
        talk.told(type="input_audio_buffer.commit", event_id=7)
    (error,) = talk.keep(talk.protocol.refused(describe(refused.value)))
    assert (error["error"]["event_id"], error["error"]["param"]) == (None, "event_id")


@pytest.mark.parametrize(
    ("kind", "field", "param"),
    [
        ("session.update", "language", "session.audio.input.transcription.language"),
        ("transcription_session.update", "silence", "session.turn_detection.silence_duration_ms"),
        ("input_audio_buffer.clear", "model", "model"),
    ],
)
def test_the_engines_complaints(kind: str, field: str, param: str) -> None:
    """What the engine does not like of an update has the path to it that the client took; of other events, it has none."""
    talk = Talk()
    talk.told(type=kind, **({} if "clear" in kind else {"session": {}}))
    (error,) = talk.keep(talk.protocol.refused(describe(OptionError(field, f"{field} is wrong"))))
    assert error["error"]["param"] == param


def test_half_a_sample() -> None:
    """It is refused before it is sent, and time stands still."""
    talk = Talk()
    with pytest.raises(CorruptAudio):
        talk.protocol.appended(bytes(4801))
    assert talk.protocol.too_short() is not None


BROKEN = Problem(503, "unavailable", "the server cannot do this at the moment.")


def test_a_stream_breaks_within_a_turn() -> None:
    """The item has failed, and is no more; what comes after is another's, and time has gone on."""
    talk = Talk()
    talk.sent(1.0)
    started, _ = talk.heard(SpeechStarted(0.5), final(" Hello"))
    (failed,) = talk.keep(talk.protocol.failed(BROKEN))
    assert (failed["type"], failed["item_id"]) == (FAILED, started["item_id"])
    assert (failed["error"]["type"], failed["error"]["code"]) == ("server_error", "unavailable")
    talk.protocol.opened()
    talk.sent(1.0)
    said = talk.heard(SpeechStarted(0.5), final(" Again."), SpeechEnded(0.6))
    assert (said[0]["audio_start_ms"], said[-1]["transcript"]) == (1200, "Again.")


def test_a_stream_breaks_after_a_commit() -> None:
    """The committed item has failed, and is not completed as well."""
    talk = Talk(MANUAL)
    talk.sent(1.0)
    (committed, *_) = talk.keep(talk.protocol.commit())
    (failed,) = talk.keep(talk.protocol.failed(BROKEN))
    assert (failed["type"], failed["item_id"]) == (FAILED, committed["item_id"])
    assert talk.protocol.settled() == ()


def test_a_stream_breaks_between_turns() -> None:
    """Which is an error of no item, and of no event of the client's."""
    talk = Talk()
    talk.sent(1.0)
    talk.told(type="input_audio_buffer.commit", event_id="mine")
    (error,) = talk.keep(talk.protocol.failed(BROKEN))
    assert (error["type"], error["error"]["event_id"]) == ("error", None)
