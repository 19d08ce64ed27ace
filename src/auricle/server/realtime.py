"""One client's realtime transcription session, as OpenAI's protocol has it, without I/O, clock or event loop.

In go a client's events and what the engine hears; out come the server's events, in the order in which they are to be sent. Whoever does the
I/O (`routes.realtime`) moves the audio, and calls, for each of the client's events:

==========================  ==========================================================================================
`Append`                    `opened` if there is no stream yet, then `appended`
`Commit`                    once all that was sent is heard `commit`, unless `too_short`; then the stream's commit; once that is
                            heard `settled`
`Clear`                     once all that was sent is heard `clear`; then the stream is left
`Update`, `BetaUpdate`      `proposed` says what to listen to; where that is something else, once the old stream's commit is
                            heard it is left, and the new one `opened`; then `updated`
==========================  ==========================================================================================

and beside all that `heard` for each event of the stream, as it comes, `refused` for what a client's event cannot have, and `failed`
when the stream cannot go on.

A turn is an item. What its events say, by what there is of it:

====================  ====================  ================================================  ======================
                      no item               an open item                                      a committed one
====================  ====================  ================================================  ======================
`SpeechStarted`       opened: started       –                                                 –
`Final`               opened: delta         delta                                             delta
`SpeechEnded`         –                     closed: stopped, committed, added, done,          –
                                            completed
`commit`              committed, if there   committed: committed, added, done                 cannot be
                      is audio: committed,
                      added, done
`settled`             –                     –                                                 closed: completed
`clear`               cleared               dropped: cleared                                  cannot be
`failed`              error                 dropped: failed                                   dropped: failed
====================  ====================  ================================================  ======================

Where the client ends turns itself (`turn_detection` is null), `SpeechStarted` and `SpeechEnded` do nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from auricle.server.engine import Listening
from auricle.server.problems import Problem, openai_shape
from auricle.server.realtime_fields import BetaUpdate, ClientEvent, Session, Update, client_event
from auricle.server.sockets import json_object
from auricle.speech.events import Final, LiveEvent, SpeechEnded, SpeechStarted
from auricle.wire import realtime as wire
from auricle.wire.realtime import RealtimeEvent

__all__ = ["RealtimeTranscription"]

Events = Sequence[RealtimeEvent]

_SHORTEST_MS = 100  # of audio that can be committed; OpenAI's
_NOTHING: Events = ()


@dataclass(slots=True)
class _Item:
    """A turn that is not closed; times are the session's, in seconds."""

    name: str
    start: float
    texts: list[str] = field(default_factory=list)
    committed: bool = False


class RealtimeTranscription:
    """The protocol's state for one connection.

    Attributes:
        session: what is settled.
    """

    def __init__(self, name: str, session: Session, *, beta: bool = False) -> None:
        """A session.

        Args:
            name: to tell it from others; ids of events and items begin with it.
            session: what is settled before the client says anything.
            beta: the client expects the words that OpenAI had until 2026, with `transcription_session.created`.
        """
        self.session = session
        self._name, self._beta = name, beta
        self._count = 0  # of ids
        self._cause: str | None = None  # what the client calls the event that is being answered
        self._paths: Mapping[str, str] = {}  # what it calls the engine's options there
        self._received = 0.0  # how much audio has come: the session's clock. Seconds
        self._origin = 0.0  # when the engine's stream began. Seconds
        self._uncommitted = 0.0  # when the audio began that is not yet an item's. Seconds
        self._item: _Item | None = None
        self._previous: str | None = None  # the last committed item

    def created(self) -> Events:
        """The first event."""
        return [wire.session_event(self._id(), "created", self._shape(), beta=self._beta)]

    def receive(self, message: str | bytes) -> ClientEvent:
        """Take a client's event.

        Raises:
            MalformedRequest: it is no JSON object.
            OptionError: it is no event that there is, or not right.
        """
        self._cause, self._paths = None, {}
        given = json_object(message)
        if isinstance(cause := given.get("event_id"), str):
            self._cause = cause
        event = client_event(given)
        if isinstance(event, Update | BetaUpdate):
            self._paths = event.paths
        return event

    def proposed(self, update: Update | BetaUpdate) -> Listening:
        """What to listen to after an update, which changes nothing yet.

        Raises:
            OptionError: it cannot be had.
        """
        return update.onto(self.session).listening()

    def updated(self, update: Update | BetaUpdate) -> Events:
        """The session is now as the client wants it."""
        self.session = update.onto(self.session)
        return [wire.session_event(self._id(), "updated", self._shape(), beta=update.beta)]

    def opened(self) -> None:
        """A stream of the engine begins here."""
        self._origin = self._received

    def appended(self, data: bytes) -> None:
        """Audio is about to be sent to the stream.

        Raises:
            CorruptAudio: it must not be, for it does not hold whole samples.
        """
        self._received += self.session.seconds(data)

    def heard(self, event: LiveEvent) -> Events:
        """What to say of an event of the stream."""
        match event:
            case SpeechStarted(at):
                return self._started(self._origin + at)
            case Final(text=text):
                return self._said(text)
            case SpeechEnded(at):
                return self._ended(self._origin + at)
            case _:  # text that may change has no place in the protocol, and segments have only with speakers
                return _NOTHING

    def too_short(self) -> Problem | None:
        """Why the turn cannot end here, if it cannot."""
        milliseconds = round(1000 * (self._received - self._uncommitted))
        if milliseconds >= _SHORTEST_MS:
            return None
        message = f"the buffer is too small: it has {milliseconds} ms of audio, and a turn at least {_SHORTEST_MS} ms."
        return Problem(400, "input_audio_buffer_commit_empty", message)

    def commit(self) -> Events:
        """The client ends the turn, which is not `too_short`."""
        return self._committed(self._item or self._opened_at(self._uncommitted), self._received)

    def settled(self) -> Events:
        """All that was committed is heard."""
        return self._completed(self._item) if self._item is not None and self._item.committed else _NOTHING

    def clear(self) -> Events:
        """The audio that is not yet an item is forgotten."""
        self._item = None
        self._uncommitted = self._received
        return [wire.cleared(self._id())]

    def refused(self, problem: Problem) -> Events:
        """The client's event that is being answered cannot have what it wants."""
        named = problem.field and self._paths.get(problem.field, problem.field)
        return [wire.error(self._id(), openai_shape(replace(problem, field=named))["error"], self._cause)]

    def failed(self, problem: Problem) -> Events:
        """The stream cannot go on."""
        item, self._item = self._item, None
        self._uncommitted = self._received
        body = openai_shape(problem)["error"]
        return [wire.failed(self._id(), item.name, body) if item else wire.error(self._id(), body, None)]

    def _started(self, at: float) -> Events:
        turns = self.session.turns
        if turns is None or self._item is not None:
            return _NOTHING
        item = self._opened_at(max(self._uncommitted, at - turns.prefix_padding_ms / 1000))
        return [wire.speech_started(self._id(), item.name, item.start)]

    def _said(self, text: str) -> Events:
        item = self._item or self._opened_at(self._uncommitted)
        if not item.texts:
            text = text.lstrip()
        if not text:
            return _NOTHING
        item.texts.append(text)
        return [wire.delta(self._id(), item.name, text)]

    def _ended(self, at: float) -> Events:
        turns, item = self.session.turns, self._item
        if turns is None or item is None or item.committed:
            return _NOTHING
        end = min(self._received, at + turns.silence_duration_ms / 1000)
        stopped = wire.speech_stopped(self._id(), item.name, end)
        return [stopped, *self._committed(item, end), *self._completed(item)]

    def _committed(self, item: _Item, end: float) -> Events:
        """The audio until ``end`` becomes the item's."""
        previous, self._previous = self._previous, item.name
        item.committed, self._uncommitted = True, end
        kinds: tuple[wire.Kind, ...] = ("created",) if self._beta else ("added", "done")
        items = [wire.item(self._id(), kind, item.name, previous) for kind in kinds]
        return [wire.committed(self._id(), item.name, previous), *items]

    def _completed(self, item: _Item) -> Events:
        """Its text is whole."""
        self._item = None
        return [wire.completed(self._id(), item.name, "".join(item.texts), self._uncommitted - item.start)]

    def _opened_at(self, start: float) -> _Item:
        self._item = _Item(f"item_{self._next()}", start)
        return self._item

    def _shape(self) -> wire.RealtimeSession:
        settled, turns = self.session, self.session.turns
        detection = wire.turn_detection(turns.threshold, turns.prefix_padding_ms, turns.silence_duration_ms) if turns else None
        return wire.session(f"sess_{self._name}", settled.format, settled.model, settled.language, settled.prompt, detection)

    def _id(self) -> str:
        return f"event_{self._next()}"

    def _next(self) -> str:
        self._count += 1
        return f"{self._name}_{self._count}"
