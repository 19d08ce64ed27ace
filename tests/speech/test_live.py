"""Live captions: the rules on a made-up recogniser, whose words can be counted, and the models on recordings."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Mono
from auricle.codec import AudioProcessingConfig, decode
from auricle.errors import OptionError
from auricle.speech import load_recognizer, transcribe
from auricle.speech.events import Final, LiveEvent, Partial, SpeechEnded, SpeechStarted, Utterance
from auricle.speech.hypothesis import Hypothesis
from auricle.speech.language import LanguageRun
from auricle.speech.live import LiveOptions, LiveSession
from auricle.speech.transcript import Word
from auricle.speech.vad import SAMPLE_RATE, WINDOW, VoiceDetector, VoiceStream
from auricle.speech.whisper import Recognizer, TranscribeOptions
from auricle.speech.window import Window
from tests.conftest import Reference
from tests.speech.test_speech import coloured_noise, word_errors

HOP = 160  # samples of one feature frame
EOT, TIMES = 1_000_000, 2_000_000  # the made-up vocabulary: word k is token k
MISHEARD = 100_000  # added to a word's token while only its beginning has been heard
LEAST = 15  # feature frames of a word without which it is misheard
LEVEL, STEP = 0.2, 1e-4  # word k is a stretch of samples of this level and so many steps


def spoken(words: Iterable[int], *, long: float = 0.3, gap: float = 0.1) -> Mono:
    """Word after word. Lengths in seconds."""
    stretches = [np.zeros(0, np.float32)]
    for word in words:
        stretches += [np.full(round(long * SAMPLE_RATE), LEVEL + STEP * word, np.float32), quiet(gap)]
    return np.concatenate(stretches)


def quiet(seconds: float) -> Mono:
    """Nobody speaks."""
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


class LoudIsVoice(VoiceDetector):
    """A window is voiced when a quarter of it is loud."""

    def __init__(self) -> None:
        pass

    def probabilities(self, windows: Mono, state: tuple[Any, Any]) -> tuple[Mono, tuple[Any, Any]]:
        """1 for loud, 0 for quiet."""
        return ((windows[:, -WINDOW:] > 0.1).mean(axis=1) > 0.25).astype(np.float32), state


class Words:
    """A vocabulary of numbers."""

    sot_sequence, timestamp_begin, eot, sot_prev = (EOT + 1,), TIMES, EOT, EOT + 2

    def encode(self, text: str) -> list[int]:
        """A prompt's tokens, which no word has."""
        return [EOT + 100 + index for index, _ in enumerate(text.split())]

    def decode(self, tokens: Sequence[int]) -> str:
        """Each number is a word."""
        return "".join(f" w{token}" for token in tokens if token < EOT)

    def split_to_word_tokens(self, tokens: Sequence[int]) -> tuple[list[str], list[list[int]]]:
        """Each token is a word."""
        return [self.decode([token]) for token in tokens], [[token] for token in tokens]


class Encoder:
    """Passes on what it hears; knows how much that was at most."""

    device, device_index = "cpu", (0,)

    def __init__(self) -> None:
        self.longest = 0

    def encode(self, features: Any, to_cpu: bool) -> Any:
        """As CTranslate2's model does."""
        assert not to_cpu
        heard = np.array(features)[0, 0]
        self.longest = max(self.longest, len(heard))
        return heard


class Listener:
    """A recogniser that hears each word right as soon as half of it was said, and something else before."""

    name, multilingual = "made-up", False

    def __init__(self) -> None:
        self.encoder, self.decoded, self.prompts = Encoder(), 0, list[list[int]]()

    def check(self, options: TranscribeOptions) -> None:
        """It can do everything."""

    def features(self, samples: Mono) -> Mono:
        """The level at the beginning of each frame, shape (1, frames)."""
        return samples[: len(samples) // HOP * HOP : HOP][None]

    def window(self, features: Mono, margin: int, silence: float = 0.0) -> Window:
        """A real one."""
        return Window(self.encoder, features, margin, min(silence, 0.0))

    def likeliest_language(self, window: Window, start: int = 0) -> LanguageRun:
        """Always the same."""
        return LanguageRun("en", 1.0)

    def tokenizer(self, language: str) -> Words:
        """The vocabulary."""
        return Words()

    def runs(self, window: Window) -> list[tuple[int, int, int]]:
        """Word, first frame and frame after its last, of each word in a window."""
        levels: Mono = cast("Mono", window.encoded)[: window.size]
        heard = np.where(levels > 0.1, np.round((levels - LEVEL) / STEP), -1).astype(int)
        edges = [0, *(np.flatnonzero(np.diff(heard)) + 1), len(heard)]
        return [(int(heard[left]), left, right) for left, right in itertools.pairwise(edges) if right > left and heard[left] >= 0]

    def generate(self, window: Window, prompt: list[int], tokenizer: Words) -> Hypothesis:
        """What it is forced to begin with, and the words after that."""
        self.decoded += 1
        self.prompts.append(prompt)
        forced = prompt[prompt.index(TIMES) + 1 :]
        words = [word if right < window.size or right - left >= LEAST else word + MISHEARD for word, left, right in self.runs(window)]
        after = max((word % MISHEARD for word in forced), default=-1)
        return self.hypothesis([*forced, *(word for word in words if word % MISHEARD > after)], window)

    def hypothesis(self, tokens: list[int], window: Window) -> Hypothesis:
        """One that passes all checks; its text repeats itself no more than what people say."""
        text = " ".join(f"{token * 2_654_435_761 % 2**32:x}"[:4] for token in tokens)
        return Hypothesis(tokens, text, -0.2, 0.1, 0.0, window.size / 100)

    def align(self, window: Window, text: list[int], tokenizer: Words) -> tuple[list[float], list[float]]:
        """Where each word is; those that are cut off were at the beginning."""
        begins = {word: left / 100 for word, left, _ in self.runs(window)}
        return [*(begins.get(token % MISHEARD, 0.0) for token in text), window.size / 100], [0.9] * len(text)


def listening(recognizer: Listener | None = None, options: LiveOptions | None = None) -> LiveSession:
    """A session that hears made-up words."""
    session = LiveSession(cast("Recognizer", recognizer or Listener()), options)
    session._voice = VoiceStream(LoudIsVoice())
    return session


def in_chunks(session: LiveSession, audio: Mono, sizes: Sequence[int]) -> list[LiveEvent]:
    """All events of a recording that comes in pieces of these sizes, again and again."""
    events: list[LiveEvent] = []
    place = count = 0
    while place < len(audio):
        size = sizes[count % len(sizes)]
        events += session.feed(audio[place : place + size])
        place, count = place + size, count + 1
    return [*events, *session.finish()]


def captions(events: Iterable[LiveEvent]) -> str:
    """The text of all finals."""
    return "".join(event.text for event in events if isinstance(event, Final))


def numbers(events: Iterable[LiveEvent]) -> list[int]:
    """The made-up words that are final."""
    return [int(word.removeprefix("w")) for word in captions(events).split()]


def check(events: Sequence[LiveEvent], duration: float) -> None:
    """What holds for any session: order, times, and that an utterance has what has been final before, all of it and once."""
    speaking, latest, waiting = False, 0.0, list[Word]()
    for event in events:
        if isinstance(event, SpeechStarted | SpeechEnded):
            assert speaking is isinstance(event, SpeechEnded)
            speaking = not speaking
            assert 0 <= event.at <= duration + WINDOW / SAMPLE_RATE
            assert speaking or not waiting
            continue
        assert speaking
        if isinstance(event, Final):
            assert event.words
            assert "".join(event.text.split()) == "".join(word.text for word in event.words)
            waiting += event.words
        if isinstance(event, Utterance):
            segment = event.segment
            assert list(segment.words) == waiting[: len(segment.words)]
            del waiting[: len(segment.words)]
            assert (segment.start, segment.end) == (segment.words[0].start, segment.words[-1].end)
    assert not speaking
    assert not waiting
    for word in (word for event in events if isinstance(event, Final) for word in event.words):
        assert latest <= word.start <= word.end <= duration + WINDOW / SAMPLE_RATE
        latest = word.end
    utterances = [event.segment for event in events if isinstance(event, Utterance)]
    assert [segment.id for segment in utterances] == list(range(len(utterances)))
    assert "".join("".join(segment.text for segment in utterances).split()) == "".join(captions(events).split())
    starts = [event.at for event in events if isinstance(event, SpeechStarted)]
    ends = [event.at for event in events if isinstance(event, SpeechEnded)]
    assert sorted([*starts, *ends]) == [at for pair in zip(starts, ends, strict=True) for at in pair]


TALK = np.concatenate(
    [quiet(0.7), spoken(range(9)), quiet(0.9), spoken(range(9, 60), gap=0.0), quiet(2.5), spoken(range(60, 75), long=0.2)]
)


@given(st.lists(st.one_of(st.integers(1, 40), st.integers(1, 160_000)), min_size=1, max_size=5))
@settings(deadline=None, max_examples=30)
def test_any_chunking_gives_the_same_events(sizes: list[int]) -> None:
    """From a few samples to ten seconds."""
    assert in_chunks(listening(), TALK, sizes) == in_chunks(listening(), TALK, [WINDOW])


def test_sample_by_sample_gives_the_same_events() -> None:
    """And so it does with nothing in between."""
    audio, session = TALK[: 4 * SAMPLE_RATE], listening()
    events: list[LiveEvent] = []
    for sample in audio:
        events += [*session.feed(audio[:0]), *session.feed(np.array([sample]))]
    assert [*events, *session.finish()] == in_chunks(listening(), audio, [len(audio)])


def test_every_word_is_final_once() -> None:
    """All that was said is final, in order; what is misheard while it is said never is."""
    events = in_chunks(listening(), TALK, [1600])
    check(events, len(TALK) / SAMPLE_RATE)
    assert numbers(events) == list(range(75))
    assert any("w1000" in event.text for event in events if isinstance(event, Partial))
    assert len([event for event in events if isinstance(event, SpeechStarted)]) == 3


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["word", "word", "word", "quiet"]), st.floats(0.2, 0.9), st.sampled_from(["feed", "hear", "hear", "update"])
        ),
        min_size=1,
        max_size=60,
    )
)
@settings(deadline=None, max_examples=60)
def test_however_late_it_is_decoded_no_word_is_lost(steps: list[tuple[str, float, str]]) -> None:
    """Whatever is only heard is made up for by the next update, or at the end."""
    session, events, heard, total = listening(), list[LiveEvent](), 0, 0
    for what, long, how in steps:
        audio = spoken([heard], long=long) if what == "word" else quiet(long)
        heard, total = heard + (what == "word"), total + len(audio)
        events += session.feed(audio) if how == "feed" else session.hear(audio)
        events += session.update() if how == "update" else ()
    events += session.finish()
    check(events, total / SAMPLE_RATE)
    assert numbers(events) == list(range(heard))


@pytest.mark.parametrize("gap", [0.0, 0.1])
def test_a_minute_heard_at_once(gap: float) -> None:
    """A backlog is decoded in parts that a window can hold; none of its words is lost, and speech that never pauses is one turn."""
    audio, recognizer = spoken(range(150), gap=gap), Listener()
    session = listening(recognizer)
    events = [*session.hear(audio), *session.update(), *session.finish()]
    check(events, len(audio) / SAMPLE_RATE)
    assert numbers(events) == list(range(150))
    assert len([event for event in events if isinstance(event, SpeechEnded)]) == 1


def test_a_backlog_after_a_failure_is_not_lost() -> None:
    """A window that cannot be decoded at the first attempt, with a long backlog, is not thrown away."""

    class Fails(Listener):
        """Its fifteenth hypothesis cannot be used."""

        def hypothesis(self, tokens: list[int], window: Window) -> Hypothesis:
            """Unlikely, once."""
            found = super().hypothesis(tokens, window)
            found.avg_logprob = -2.0 if self.decoded == 15 else found.avg_logprob
            return found

    audio, session = spoken(range(55), gap=0.0), listening(Fails())
    events = [*session.feed(audio[: round(5.2 * SAMPLE_RATE)])]
    events += session.hear(audio[round(5.2 * SAMPLE_RATE) :])
    events += [*session.update(), *session.finish()]
    assert numbers(events) == list(range(55))


def test_a_long_turn_with_words_only_at_its_end() -> None:
    """What is taken over from it leaves room for the next turn's own backlog."""

    class Deaf(Listener):
        """Hears nothing of the first 26 s."""

        def runs(self, window: Window) -> list[tuple[int, int, int]]:
            """From word 130 on."""
            return [run for run in super().runs(window) if run[0] >= 130]

    audio = np.concatenate([spoken(range(138), long=0.2, gap=0.0), quiet(0.7), spoken(range(138, 200), long=0.2, gap=0.0)])
    session = listening(Deaf())
    events = [*session.feed(audio[: round(13 * SAMPLE_RATE)])]
    events += [*session.hear(audio[round(13 * SAMPLE_RATE) :]), *session.update(), *session.finish()]
    assert numbers(events) == list(range(130, 200))


def test_twenty_minutes_without_a_pause() -> None:
    """Memory and the cost of an update do not grow, and no word is lost."""
    recognizer = Listener()
    session, count = listening(recognizer), 0
    for minute in range(20):
        events = session.feed(spoken(range(minute * 150, minute * 150 + 150), gap=0.1))
        found = numbers(events)
        assert found == list(range(count, count + len(found)))
        count += len(found)
        assert len(session._turns) == 1
        turn = session._turns[0]
        assert len(turn.samples) <= 20 * SAMPLE_RATE
        assert len(turn.final) + len(turn.tail) <= 60
        assert len(turn.segment) <= 60
    assert count + len(numbers(session.finish())) == 3000
    assert recognizer.encoder.longest <= 2500
    assert recognizer.decoded <= 20 * 60 / 0.35


class Loops(Listener):
    """Never hears anything but the same."""

    def generate(self, window: Window, prompt: list[int], tokenizer: Words) -> Hypothesis:
        """A loop of 200 tokens."""
        self.decoded += 1
        return self.hypothesis([*prompt[prompt.index(TIMES) + 1 :], *[7] * 200], window)


def test_a_recogniser_that_only_loops() -> None:
    """Gives no words, costs no more with time, and the session ends as it should."""
    recognizer = Loops()
    session = listening(recognizer)
    for minute in range(3):
        events = session.feed(spoken(range(150), gap=0.0 if minute else 0.1))
        assert not captions(events)
        assert len(session._turns[0].samples) <= 20 * SAMPLE_RATE
    assert [type(event) for event in session.finish()] == [SpeechEnded]
    assert recognizer.encoder.longest <= 3000


def test_silence_is_not_decoded_nor_kept() -> None:
    """An hour of it costs no decoding, and a few seconds of memory."""
    recognizer = Listener()
    session = listening(recognizer)
    for _ in range(60):
        assert session.feed(quiet(60)) == ()
    assert recognizer.decoded == 0
    assert len(session._silence) <= 2 * SAMPLE_RATE
    assert session.finish() == ()


@pytest.mark.parametrize("pause", [0.2, 0.6, 2.0, 20.0])
def test_silence_ends_an_utterance(pause: float) -> None:
    """A pause as long as the option says, and none that is shorter."""
    options = LiveOptions(silence=pause)
    shorter = in_chunks(listening(options=options), np.concatenate([spoken([0], gap=pause - 0.1), spoken([1])]), [WINDOW])
    assert len([event for event in shorter if isinstance(event, SpeechStarted)]) == 1
    session = listening(options=options)
    events = session.feed(np.concatenate([spoken([0]), quiet(pause)]))
    assert isinstance(events[-1], SpeechEnded)
    assert events[-1].at == pytest.approx(0.3, abs=0.04)


def test_speech_is_announced_at_once() -> None:
    """Where it begins and ends, to the detector's resolution."""
    session = listening()
    assert session.feed(quiet(2)) == ()
    (started,) = session.hear(spoken([0]))
    assert isinstance(started, SpeechStarted)
    assert started.at == pytest.approx(2.0, abs=0.04)
    assert session.hear(quiet(1)) == ()  # what follows is said by `update`
    assert session.due
    ended = session.update()[-1]
    assert isinstance(ended, SpeechEnded)
    assert ended.at == pytest.approx(2.3, abs=0.04)
    assert not session.due


def test_commit_makes_all_final() -> None:
    """In the middle of speech, too; with nothing new it says nothing; what follows goes on as ever."""
    session = listening()
    assert session.commit() == ()
    events = [*session.feed(spoken(range(5)))]
    events += session.commit()
    assert numbers(events) == list(range(5))
    assert isinstance(events[-1], SpeechEnded)
    assert session.commit() == ()
    events += session.feed(spoken(range(5, 9)))
    events += [*session.commit(), *session.commit(), *session.feed(quiet(3)), *session.commit(), *session.feed(spoken([9]))]
    events += session.finish()
    check(events, (13 * 0.4) + 3)
    assert numbers(events) == list(range(10))


@given(st.lists(st.floats(0.05, 4), min_size=1, max_size=8))
@settings(deadline=None, max_examples=25)
def test_commits_anywhere_repeat_nothing(moments: list[float]) -> None:
    """However a talk is divided, no word comes twice, and none in between is lost that is not cut itself."""
    session, events, place = listening(), list[LiveEvent](), 0
    for moment in moments:
        events += session.feed(TALK[place : place + round(moment * SAMPLE_RATE)])
        events += session.commit()
        place += round(moment * SAMPLE_RATE)
    events += [*session.feed(TALK[place:]), *session.finish()]
    check(events, len(TALK) / SAMPLE_RATE)
    found = [number % MISHEARD for number in numbers(events)]
    assert found == sorted(set(found))
    assert len(set(range(75)) - set(found)) <= len(moments)


def test_after_the_end_nothing_is_said() -> None:
    """A second `finish` has no events, nor has one of nothing."""
    session = listening()
    session.feed(spoken(range(3)))
    assert session.finish()
    assert session.finish() == ()
    assert session.update() == ()
    assert listening().finish() == ()


def test_the_prompt_comes_first() -> None:
    """Before what is forced, in every decoding."""
    recognizer = Listener()
    in_chunks(listening(recognizer, LiveOptions(prompt="Ada Lovelace")), spoken(range(9)), [WINDOW])
    assert all(prompt[:4] == [EOT + 2, EOT + 100, EOT + 101, EOT + 1] for prompt in recognizer.prompts)
    assert any(len(prompt) > 5 for prompt in recognizer.prompts)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"threshold": 1.5}, "threshold"),
        ({"threshold": -0.1}, "threshold"),
        ({"threshold": float("nan")}, "threshold"),
        ({"threshold": True}, "threshold"),
        ({"silence": 0.05}, "silence"),
        ({"silence": float("inf")}, "silence"),
        ({"silence": "1"}, "silence"),
        ({"language": 5}, "language"),
        ({"prompt": 5}, "prompt"),
    ],
)
def test_options_are_checked_at_birth(options: dict[str, Any], field: str) -> None:
    """A value that cannot be honoured names its field."""
    with pytest.raises(OptionError) as caught:
        LiveOptions(**options)
    assert caught.value.field == field


def test_a_language_that_the_model_does_not_know() -> None:
    """Is refused before any audio comes; a name of one that it knows is as good as its code."""
    assert LiveOptions(language="German").language == "de"
    with pytest.raises(OptionError, match="knows only English"):
        LiveSession(load_recognizer("tiny.en"), LiveOptions(language="de"))
    with pytest.raises(OptionError, match="no language"):
        LiveSession(load_recognizer("base"), LiveOptions(language="yue"))


def samples(path: Path) -> Mono:
    """A recording as a session hears it."""
    return np.asarray(decode(path, AudioProcessingConfig(sample_rate=SAMPLE_RATE, channels=1)).samples[0])


@pytest.fixture(scope="module")
def spoken_english(references: list[Reference]) -> list[tuple[Reference, Mono, list[LiveEvent]]]:
    """The short English recordings with what `tiny.en` says of them when they come in tenths of a second."""
    chosen = [one for one in references if one.language == "en" and one.path.stem not in ("two_cities", "LJ001-0005", "LJ001-0007")]
    found = [(one, samples(one.path)) for one in chosen]
    return [(one, audio, in_chunks(LiveSession(load_recognizer("tiny.en")), audio, [1600])) for one, audio in found]


def test_recordings_hold_what_is_promised(spoken_english: list[tuple[Reference, Mono, list[LiveEvent]]]) -> None:
    """Order, times, and each word once, in one utterance; partial text while somebody speaks."""
    assert len(spoken_english) >= 8
    for _, audio, events in spoken_english:
        check(events, len(audio) / SAMPLE_RATE)
        assert any(isinstance(event, Partial) for event in events)


def test_about_as_right_as_offline(spoken_english: list[tuple[Reference, Mono, list[LiveEvent]]]) -> None:
    """Over all recordings the finals' word error rate is within 5 points of that of `transcribe`, with the same model."""
    live = offline = count = 0
    for reference, _, events in spoken_english:
        wrong, words = word_errors(reference.text, captions(events))
        live, count = live + wrong, count + words
        offline += word_errors(reference.text, transcribe(reference.path, model="tiny.en").text)[0]
    assert count > 130
    assert live <= offline + 0.05 * count


def test_utterances_are_told_apart(spoken_english: list[tuple[Reference, Mono, list[LiveEvent]]]) -> None:
    """A speech with a long pause is two, and each ends with its last word."""
    events = next(events for reference, _, events in spoken_english if reference.path.name == "jfk.flac")
    segments = [event.segment for event in events if isinstance(event, Utterance)]
    assert segments[-1].text.endswith("country.")
    assert segments[-1].end == pytest.approx(10.5, abs=0.5)
    assert all(segment.language == "en" and 0 < (segment.confidence or 0) <= 1 and segment.tokens for segment in segments)


@given(st.lists(st.one_of(st.integers(1, 2000), st.integers(1, 160_000)), min_size=1, max_size=4))
@settings(deadline=None, max_examples=4)
def test_any_chunking_of_a_recording_gives_the_same_events(sizes: list[int]) -> None:
    """With the real model as well."""
    from tests.conftest import RECORDINGS

    audio = samples(RECORDINGS / "wy-light-en.wav")
    session = LiveSession(load_recognizer("tiny.en"))
    assert in_chunks(session, audio, sizes) == in_chunks(LiveSession(load_recognizer("tiny.en")), audio, [1600])


@pytest.mark.parametrize("step", [2.0, 11.0])
def test_rare_updates_lose_no_words(recordings: Path, step: float) -> None:
    """A recogniser that comes round every few seconds, or once, still gets every word."""
    audio, session = samples(recordings / "jfk.flac"), LiveSession(load_recognizer("tiny.en"))
    events: list[LiveEvent] = []
    for place in range(0, len(audio), round(step * SAMPLE_RATE)):
        events += session.hear(audio[place : place + round(step * SAMPLE_RATE)])
        events += session.update()
    events += session.finish()
    check(events, len(audio) / SAMPLE_RATE)
    wrong, _ = word_errors(
        "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.", captions(events)
    )
    assert wrong <= 2


def test_speech_without_a_pause(references: list[Reference]) -> None:
    """Readers one after the other without a breath: what is held is cut again and again, and no more than a few words go wrong."""
    stems = ("LJ001-0001", "arctic_a0024", "LJ001-0005", "austen-0870")
    chosen = [one for stem in stems for one in references if one.path.stem == stem]
    speech: list[Mono] = []
    for one in chosen:
        audio = samples(one.path)
        loud = np.flatnonzero(np.abs(audio) > 0.05)
        speech.append(audio[loud[0] : loud[-1]])
    audio = np.concatenate(speech)
    session, events = LiveSession(load_recognizer("tiny.en")), list[LiveEvent]()
    for place in range(0, len(audio), SAMPLE_RATE):
        events += session.hear(audio[place : place + SAMPLE_RATE])
        events += session.update()
        assert sum(len(turn.samples) for turn in session._turns) <= 20 * SAMPLE_RATE
    events += session.finish()
    check(events, len(audio) / SAMPLE_RATE)
    wrong, count = word_errors(" ".join(one.text for one in chosen), captions(events))
    assert wrong <= 0.12 * count


@pytest.mark.parametrize("name", ["vibe_ace.ogg", "hungarian_dance.ogg", "solo_trumpet.ogg"])
@pytest.mark.parametrize("model", ["tiny.en", "base"])
def test_music_has_no_captions(recordings: Path, model: str, name: str) -> None:
    """The detector takes some of it for speech; the recogniser does not."""
    session = LiveSession(load_recognizer(model))
    assert not captions([*session.feed(samples(recordings / name)[: 15 * SAMPLE_RATE]), *session.finish()])


@pytest.mark.parametrize("audio", [quiet(20), coloured_noise(0)[: 20 * SAMPLE_RATE], coloured_noise(1)[: 20 * SAMPLE_RATE]])
def test_noise_has_no_captions(audio: Mono) -> None:
    """Neither silence nor noise says anything."""
    session = LiveSession(load_recognizer("tiny.en"))
    assert not captions([*session.feed(audio), *session.finish()])


def test_the_language_may_change(recordings: Path) -> None:
    """Each utterance is in the language that it was said in."""
    audio = np.concatenate(
        [
            samples(recordings / "wy-light-de.wav"),
            quiet(1),
            samples(recordings / "wy-light-en.wav"),
            quiet(1),
            samples(recordings / "wy-light-es.wav"),
        ]
    )
    session = LiveSession(load_recognizer("base"))
    events: list[LiveEvent] = [*session.hear(audio), *session.update(), *session.finish()]
    check(events, len(audio) / SAMPLE_RATE)
    assert [event.segment.language for event in events if isinstance(event, Utterance)] == ["de", "en", "es"]
    assert {event.language for event in events if isinstance(event, Final)} == {"de", "en", "es"}


def test_a_named_language_is_honoured(recordings: Path) -> None:
    """Whatever is spoken."""
    session = LiveSession(load_recognizer("base"), LiveOptions(language="de"))
    events = [*session.hear(samples(recordings / "wy-light-en.wav")), *session.finish()]
    assert {event.language for event in events if isinstance(event, Final | Partial)} == {"de"}


def test_sessions_share_a_recogniser(recordings: Path) -> None:
    """Two threads at once hear what one hears alone."""
    recognizer = load_recognizer("tiny.en")
    audio = {name: samples(recordings / name) for name in ("wy-light-en.wav", "goforward.wav")}

    def heard(name: str) -> list[LiveEvent]:
        return in_chunks(LiveSession(recognizer), audio[name], [4000])

    alone, together = {name: heard(name) for name in audio}, dict[str, list[LiveEvent]]()
    threads = [threading.Thread(target=lambda name=name: together.update({name: heard(name)})) for name in audio]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_a_pop_does_not_deafen_it(recordings: Path) -> None:
    """After a tenth of a second far beyond full scale, such as a client's broken buffer, words are heard as before."""
    audio = samples(recordings / "wy-light-en.wav")
    pop = np.tile(np.array([1e30, -1e30], np.float32), SAMPLE_RATE // 20)
    session = LiveSession(load_recognizer("tiny.en"))
    events = [*session.hear(np.concatenate([audio, pop, quiet(1), audio])), *session.finish()]
    assert captions(events).lower().count("turn on the living room light") == 2
