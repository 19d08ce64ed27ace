"""What a live session says as JSON: events as they come, and the results that sum them up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from auricle import wire
from auricle.speech.events import Final, LiveEvent, Partial, SpeechEnded, SpeechStarted, Utterance
from auricle.speech.transcript import Segment, Word

ONE, TWO = Word("Hello", 0.5, 1.0, 0.9), Word("there.", 1.0004, 1.75049, 0.81234)
SEGMENT = Segment(3, 0.5, 1.75, "Hello there.", "en", 0.85, words=(ONE, TWO))


@pytest.mark.parametrize(
    ("event", "shape"),
    [
        (SpeechStarted(0.51249), {"type": "speech_started", "at": 0.512}),
        (SpeechEnded(2.0), {"type": "speech_ended", "at": 2.0}),
        (Partial(" Hel", "en"), {"type": "partial", "text": " Hel", "language": "en"}),
        (Utterance(SEGMENT), {"type": "utterance", "segment": wire.segment(SEGMENT)}),
        (
            Final((TWO,), " there.", "en"),
            {
                "type": "final",
                "text": " there.",
                "language": "en",
                "words": [{"word": "there.", "start": 1.0, "end": 1.75, "confidence": 0.8123, "probability": 0.8123}],
            },
        ),
    ],
)
def test_events(event: LiveEvent, shape: dict[str, object]) -> None:
    """Each has its type, times to the millisecond, words and segments as everywhere."""
    assert wire.live_event(event) == shape
    TypeAdapter(wire.WireLiveEvent).validate_python(wire.live_event(event))


def test_the_first_result() -> None:
    """Before anything was said it is empty, in no language, and sure of nothing."""
    nothing: dict[str, object] = {"text": "", "partial": "", "language": None, "segments": [], "confidence": 0.0, "words": []}
    assert wire.live_result([]) == nothing
    assert wire.live_result([SpeechStarted(0.0), SpeechEnded(0.1)]) == nothing


def test_a_result_has_what_is_new() -> None:
    """Finals are joined as they are, with the mean of their words' confidence; a final replaces what was said before it."""
    events: list[LiveEvent] = [Partial(" Hel", "en"), Final((ONE,), " Hello", "en"), Final((TWO,), " there.", "en"), Utterance(SEGMENT)]
    result = wire.live_result(events)
    assert (result["text"], result["partial"], result["language"]) == (" Hello there.", "", "en")
    assert result["confidence"] == pytest.approx((0.9 + 0.81234) / 2, abs=1e-4)
    assert [word["word"] for word in result["words"]] == ["Hello", "there."]
    assert result["segments"] == [wire.segment(SEGMENT)]


def test_what_holds_until_it_is_replaced() -> None:
    """Partial text and language are as they were while nothing new is heard; what was final is not said again."""
    first = wire.live_result([Final((ONE,), " Hello", "de"), Partial(" there", "en")])
    second = wire.live_result([], first)
    assert (second["partial"], second["language"]) == (" there", "en")
    assert (second["text"], second["words"], second["segments"], second["confidence"]) == ("", [], [], 0.0)


_WORD = st.builds(Word, st.text(min_size=1, max_size=5), st.just(0.0), st.just(1.0), st.floats(0, 1))
_EVENTS = st.lists(
    st.builds(Final, st.lists(_WORD, min_size=1, max_size=3).map(tuple), st.text(max_size=8), st.just("en"))
    | st.builds(Partial, st.text(max_size=8), st.just("en"))
    | st.builds(SpeechStarted, st.floats(0, 10))
    | st.just(Utterance(SEGMENT)),
    max_size=12,
)


@given(_EVENTS, st.lists(st.integers(0, 12), max_size=4))
def test_results_say_everything_once(events: Sequence[LiveEvent], cuts: Sequence[int]) -> None:
    """However the events are shared out among results, their texts, words and segments are those of all events, and it is JSON."""
    before: wire.WireLiveResult | None = None
    results = []
    edges = [0, *sorted(cuts), len(events)]
    for first, last in pairwise(edges):
        before = wire.live_result(events[first:last], before)
        results.append(before)
    finals = [event for event in events if isinstance(event, Final)]
    assert "".join(result["text"] for result in results) == "".join(final.text for final in finals)
    assert sum(len(result["words"]) for result in results) == sum(len(final.words) for final in finals)
    assert sum(len(result["segments"]) for result in results) == sum(isinstance(event, Utterance) for event in events)
    assert results[-1]["partial"] == wire.live_result(events)["partial"]
    json.dumps(results, allow_nan=False)
