"""Promises of the speaker: places, turns between texts, one piece ahead and no more, and nothing left behind."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import numpy as np
import pytest

from auricle import weights
from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, IsolatedDecoder, decode, encode
from auricle.errors import Busy, OptionError
from auricle.loudness import integrated_loudness
from auricle.server.settings import Settings
from auricle.server.speaker import Speaker, Verbs
from auricle.server.speaking import Closing, Opening, Sound, SpeechEvent, Synthesis
from auricle.voice import SpeechPiece, SpeechStream, SpokenTurn, SpokenWord, Turn, Voice
from auricle.voice.engines import xtts
from tests.server.conftest import HEART
from tests.voice.engines.tiny_xtts import make_present

RATE = 24_000
HI = Synthesis((Turn("one two three four"),))


@dataclass
class FakeVoice:
    """A voice that hums half a second for each word, one piece at a time, and remembers how far it has come."""

    begun: int = 0  # pieces
    made: int = 0
    closed: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)
    gate: threading.Event | None = None  # which each piece waits for
    fails_at: int = -1  # the piece that cannot be made
    order: list[str] = field(default_factory=list)  # of the words

    def stream_turns(self, turns: Sequence[Turn], **options: Any) -> SpeechStream:
        """Check a little, and begin."""
        self.asked.append({"turns": turns, **options})
        if options["emotion"] not in (None, "neutral"):
            raise OptionError("emotion", "the voice heart has no such emotion", ("neutral",))
        return FakeStream(self, turns)  # type: ignore[return-value]

    @property
    def verbs(self) -> Verbs:
        """What the speaker needs."""
        return Verbs(lambda: (HEART,), lambda name, language: HEART, self.stream_turns)


class FakeStream:
    """One speech of it."""

    voice, language, rate, channels = HEART, "en-US", RATE, 1

    def __init__(self, owner: FakeVoice, turns: Sequence[Turn]) -> None:
        self.owner = owner
        self.turns = [SpokenTurn("heart", turn.text, 0.0, 2.0) for turn in turns]
        self._words = [word for turn in turns for word in turn.text.split()]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.owner.closed += 1

    def __iter__(self) -> Iterator[SpeechPiece]:
        for place, word in enumerate(self._words):
            self.owner.begun += 1
            if self.owner.gate:
                assert self.owner.gate.wait(10)
            if place == self.owner.fails_at:
                raise OptionError("text", "this cannot be said")
            self.owner.made += 1
            self.owner.order.append(word)
            yield SpeechPiece(hum(0.5), (SpokenWord(word, place / 2, place / 2 + 0.4, (0, 1)),))


def hum(seconds: float) -> Audio:
    """A quiet tone."""
    return Audio((0.05 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32), RATE)


def alone(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test on an event loop, and see that it leaves no task behind."""

    async def run() -> None:
        async with asyncio.timeout(20):
            await test()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())


async def all_of(events: AsyncGenerator[SpeechEvent, None]) -> list[SpeechEvent]:
    """To the end."""
    async with aclosing(events):
        return [event async for event in events]


def data(events: Sequence[SpeechEvent]) -> bytes:
    """The encoded audio."""
    return b"".join(event.data for event in events if isinstance(event, Sound))


async def until(happened: Callable[[], object]) -> None:
    """Return as soon as it has."""
    async with asyncio.timeout(10):
        while not happened():
            await asyncio.sleep(0.005)


def said(wanted: Synthesis, voice: FakeVoice | None = None, **settings: Any) -> list[SpeechEvent]:
    """All events of one speech."""
    found: list[SpeechEvent] = []

    async def test() -> None:
        speaker = Speaker(Settings(**settings), (voice or FakeVoice()).verbs)
        found.extend(await all_of(speaker.speak(wanted)))
        assert (speaker.running, speaker.waiting) == (0, 0)
        await speaker.stop()

    alone(test)
    return found


def test_events() -> None:
    """Who speaks, a sound for each piece and one for the end, and what is known then."""
    opening, *sounds, closing = said(HI)
    assert opening == Opening("heart", "hibari", "en-US", RATE, 1)
    assert [type(event) for event in sounds] == [Sound] * 5
    assert isinstance(closing, Closing)
    assert (closing.duration, closing.turns) == (2.0, ())
    assert [word.text for word in closing.words] == ["one", "two", "three", "four"]
    assert closing.processing_time > 0


def test_the_audio_is_the_voices() -> None:
    """To the sample, streamed or whole; only the header differs."""
    streamed, whole = data(said(HI)), data(said(Synthesis(HI.turns, whole=True)))
    spoken = Audio.join([hum(0.5)] * 4)
    assert whole == encode(spoken)
    assert np.array_equal(decode(streamed).samples, decode(whole).samples)
    assert np.abs(decode(streamed).samples - spoken.samples).max() < 2**-14


def test_what_is_asked_reaches_the_voice() -> None:
    """The operator's limit, and the client's wishes; format and depth are not the voice's business."""
    voice = FakeVoice()
    config = AudioProcessingConfig(output_format="flac", sample_rate=16_000, channels=2, bit_depth=24)
    wanted = Synthesis(
        (Turn("a", "nova"), Turn("b")), conversation=True, speed=1.5, emotion="neutral", ssml=True, language="en", config=config
    )
    *_, closing = said(wanted, voice, speech_characters=50)
    assert voice.asked == [
        {
            "turns": wanted.turns, "voice": "heart", "language": "en", "speed": 1.5, "emotion": "neutral", "ssml": True, "lexicon": None,
            "config": AudioProcessingConfig(sample_rate=16_000, channels=2), "limit": 50,
        }
    ]  # fmt: skip
    assert isinstance(closing, Closing)
    assert [turn.text for turn in closing.turns] == ["a", "b"]


def test_loudness() -> None:
    """All is said before it is known; then it is met."""
    _, *sounds, _ = said(Synthesis(HI.turns, loudness=-20.0))
    assert [bool(sound.data) for sound in sounds if isinstance(sound, Sound)][:5] == [False, False, False, False, True]
    assert integrated_loudness(decode(data(sounds))) == pytest.approx(-20.0, abs=0.1)


@pytest.mark.parametrize(
    "wanted",
    [
        Synthesis(HI.turns, emotion="sad"),
        Synthesis(HI.turns, voice="../../etc/passwd"),
        Synthesis(HI.turns, config=AudioProcessingConfig(output_format="opus", bit_rate=4_000_000)),
    ],
)
def test_what_cannot_be_had(wanted: Synthesis) -> None:
    """Is refused before anything is made, and the place is free again."""
    voice = FakeVoice()
    with pytest.raises(OptionError):
        said(wanted, voice)
    assert voice.made == 0


def test_one_piece_ahead() -> None:
    """While nobody takes the first sound, only the second is made; and when nobody wants more, no more is."""
    voice = FakeVoice()

    async def test() -> None:
        speaker = Speaker(Settings(), voice.verbs)
        events = speaker.speak(HI)
        assert isinstance(await anext(events), Opening)
        await anext(events)
        await until(lambda: voice.made == 2)
        await events.aclose()
        assert (voice.made, voice.closed, speaker.running) == (2, 1, 0)
        await speaker.stop()

    alone(test)


def test_a_client_that_goes_away_in_the_middle_of_a_piece() -> None:
    """The piece is made to its end, no other is begun, and then the place is free: not before, for the thread is not."""
    voice = FakeVoice(gate=threading.Event())

    async def test() -> None:
        speaker = Speaker(Settings(), voice.verbs)
        listening = asyncio.create_task(all_of(speaker.speak(HI)))
        await until(lambda: voice.begun)
        listening.cancel()
        await asyncio.sleep(0.01)
        assert speaker.running == 1
        assert voice.gate
        voice.gate.set()
        await asyncio.wait([listening])
        await until(lambda: not speaker.running)
        assert (voice.closed, voice.made <= 1) == (1, True)
        await speaker.stop()

    alone(test)


def test_two_cancellations() -> None:
    """However often whoever listens is cancelled, the place is given back once."""
    voice = FakeVoice(gate=threading.Event())

    async def test() -> None:
        speaker = Speaker(Settings(), voice.verbs)
        listening = asyncio.create_task(all_of(speaker.speak(HI)))
        await until(lambda: voice.begun)
        for _ in range(3):
            listening.cancel()
            await asyncio.sleep(0)
        assert voice.gate
        voice.gate.set()
        await asyncio.wait([listening])
        await until(lambda: not speaker.running)
        assert speaker.running == 0
        await speaker.stop()

    alone(test)


def test_a_piece_that_fails() -> None:
    """Whoever listens hears of it after the pieces before; everything is given back."""
    voice = FakeVoice(fails_at=2)

    async def test() -> None:
        speaker = Speaker(Settings(), voice.verbs)
        taken = []
        with pytest.raises(OptionError, match="cannot be said"):
            async for event in speaker.speak(HI):
                taken.append(event)  # noqa: PERF401 - what came before the error is looked at
        assert len(taken) == 3
        assert (voice.closed, speaker.running) == (1, 0)
        await speaker.stop()

    alone(test)


def test_texts_take_turns() -> None:
    """With one thread, a short text that comes later does not wait for the end of a long one."""
    voice = FakeVoice()

    async def test() -> None:
        speaker = Speaker(Settings(speech_threads=1), voice.verbs)
        long = asyncio.create_task(all_of(speaker.speak(Synthesis((Turn("long " * 50),)))))
        await until(lambda: voice.order)
        await all_of(speaker.speak(Synthesis((Turn("short"),))))
        assert voice.order.index("short") < 49
        await long
        await speaker.stop()

    alone(test)


def test_a_full_lane() -> None:
    """Whoever is too many is told when to come back; whoever waits is served."""
    voice = FakeVoice(gate=threading.Event())

    async def test() -> None:
        speaker = Speaker(Settings(speeches=1, waiting=0), voice.verbs)
        first = asyncio.create_task(all_of(speaker.speak(HI)))
        await until(lambda: speaker.running)
        with pytest.raises(Busy) as refused:
            await all_of(speaker.speak(HI))
        assert refused.value.retry_after > 0
        assert voice.gate
        voice.gate.set()
        assert len(await first) == 7
        await speaker.stop()

    alone(test)


def test_what_is_remembered() -> None:
    """With a cache the same is made once, and sounds the same in any format; what differs in anything that is heard is made anew."""
    voice = FakeVoice()

    async def test() -> None:
        speaker = Speaker(Settings(speech_cache="1MiB"), voice.verbs)  # type: ignore[arg-type]
        first, second = await all_of(speaker.speak(HI)), await all_of(speaker.speak(HI))
        assert voice.made == 4
        assert data(first) == data(second)
        closings = [events[-1] for events in (first, second)]
        assert all(isinstance(closing, Closing) and len(closing.words) == 4 and closing.duration == 2.0 for closing in closings)
        await all_of(speaker.speak(Synthesis(HI.turns, config=AudioProcessingConfig(output_format="mp3"))))
        assert voice.made == 4
        await all_of(speaker.speak(Synthesis(HI.turns, speed=1.5)))
        await all_of(speaker.speak(Synthesis(HI.turns, loudness=-20.0)))
        assert voice.made == 12
        await speaker.stop()

    alone(test)


def test_nothing_is_remembered_unless_it_is_wanted() -> None:
    """Without the setting the same text is made again."""
    voice = FakeVoice()

    async def test() -> None:
        speaker = Speaker(Settings(), voice.verbs)
        await all_of(speaker.speak(HI))
        await all_of(speaker.speak(HI))
        assert voice.made == 8
        await speaker.stop()

    alone(test)


def test_voices() -> None:
    """All that are present, the default by name, and their engines as models."""

    async def test() -> None:
        found = await Speaker(Settings(), FakeVoice().verbs).voices()
        assert (found.every, found.default, [model.id for model in found.models]) == ((HEART,), "heart", ["hibari"])
        nobody = Verbs(tuple, lambda name, language: HEART, FakeVoice().stream_turns)
        assert (await Speaker(Settings(), nobody).voices()).default is None

    alone(test)


def test_the_operators_voice() -> None:
    """Is looked for at the start, and loaded if models are to be preloaded; without a wish and without voices nothing is."""
    loaded = list[object]()

    def find(name: str | None, language: str | None) -> Voice:
        if name not in (None, "heart"):
            raise OptionError("voice", f"there is no voice {name!r}")
        return HEART

    async def test() -> None:
        verbs = Verbs(lambda: (HEART,), find, FakeVoice().stream_turns, loaded.append)
        with pytest.raises(OptionError, match="no voice 'nobody'"):
            await Speaker(Settings(voice="nobody"), verbs).start()
        await Speaker(Settings(voice="heart"), verbs).start()
        await Speaker(Settings(preload=True), replace(verbs, voices=tuple)).start()
        assert loaded == []
        await Speaker(Settings(preload=True), verbs).start()
        assert loaded == [HEART]

    alone(test)


def test_a_text_that_is_too_long() -> None:
    """All turns count; the field is named."""
    with pytest.raises(OptionError, match="6 characters; at most 5") as refused:
        said(Synthesis((Turn("one"), Turn("two"))), speech_characters=5)
    assert refused.value.field == "text"


CLONING = Voice("copy", "copier", ("en-US",), "", cloning=True)


@dataclass
class FakeCopier(FakeVoice):
    """A voice that imitates: it remembers what it heard, and whom it knows."""

    heard: list[float] = field(default_factory=list)  # seconds
    known: list[Voice] = field(default_factory=list)
    forgotten: list[Voice] = field(default_factory=list)

    def clone_voice(self, recording: IsolatedDecoder, *, consent: bool) -> Voice:
        """Listen to all of it."""
        assert consent
        self.heard.append(Audio.join(recording).duration)
        self.known.append(replace(CLONING, name=f"copy {len(self.heard)}"))
        return self.known[-1]

    def forget_voice(self, voice: Voice) -> bool:
        """It is not known any more."""
        self.known.remove(voice)
        self.forgotten.append(voice)
        return True

    @property
    def verbs(self) -> Verbs:
        """What the speaker needs."""
        return replace(super().verbs, voices=lambda: (HEART, CLONING), clone_voice=self.clone_voice, forget_voice=self.forget_voice)


def imitated(voice: FakeVoice, content: bytes, wanted: Synthesis = HI, **settings: Any) -> list[SpeechEvent]:
    """All events of a speech that imitates a recording."""
    found: list[SpeechEvent] = []

    async def test() -> None:
        speaker = Speaker(Settings(**settings), voice.verbs)
        with tempfile.TemporaryFile() as file:
            file.write(content)
            file.seek(0)
            try:
                found.extend(await all_of(speaker.speak(replace(wanted, consent=True), file)))
            finally:
                assert (speaker.running, speaker.waiting) == (0, 0)
                await speaker.stop()

    alone(test)
    return found


def test_a_recording_is_imitated_and_forgotten() -> None:
    """Who is in it speaks wherever no other voice is named, and is not known afterwards; nothing of it is remembered."""
    voice = FakeCopier()
    turns = (Turn("one"), Turn("two", "heart"))
    for _ in range(2):
        assert data(imitated(voice, encode(hum(4.0)), Synthesis(turns), speech_cache=1_000_000))
    assert voice.heard == [4.0, 4.0]
    assert [asked["voice"] for asked in voice.asked] == ["copy 1", "copy 2"]
    assert [turn.speaker for turn in voice.asked[0]["turns"]] == [None, "heart"]
    assert (voice.known, len(voice.forgotten), voice.made) == ([], 2, 4)


def test_who_cannot_be_imitated() -> None:
    """A recording that cannot be read, or is more than the operator allows, and a server where nobody imitates: the field is to blame."""
    sound = encode(hum(4.0))
    limited: tuple[dict[str, Any], ...] = ({}, {}, {"upload_bytes": 1000}, {"recording_seconds": 1})
    for content, settings in zip((b"no recording" * 100, sound[:2000], sound, sound), limited, strict=True):
        voice = FakeCopier()
        with pytest.raises(OptionError) as refused:
            imitated(voice, content, **settings)
        assert refused.value.field == "speaker_wav"
        assert (voice.asked, voice.known) == ([], [])
    with pytest.raises(OptionError, match=r"auricle\[xtts\]") as refused:
        imitated(FakeVoice(), sound)
    assert refused.value.field == "speaker_wav"


def test_whoever_is_imitated_is_forgotten_when_it_fails() -> None:
    """Before the first sound and after it."""
    for wanted, fails_at in ((replace(HI, emotion="angry"), -1), (HI, 2)):
        voice = FakeCopier(fails_at=fails_at)
        with pytest.raises(OptionError):
            imitated(voice, encode(hum(4.0)), wanted)
        assert (voice.known, len(voice.forgotten)) == ([], 1)


def test_the_verbs_imitate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in for XTTS, and without consent not even here."""
    make_present(tmp_path, monkeypatch)
    with contextlib.ExitStack() as after:
        after.callback(weights.unload_all)
        real = SimpleNamespace(verbs=Verbs())
        opening = imitated(real, encode(hum(4.0)), Synthesis((Turn("Hello."),)))[0]  # type: ignore[arg-type]
        assert isinstance(opening, Opening)
        assert (opening.engine, opening.voice[:11]) == ("xtts", "xtts#clone-")
        assert xtts.voice(opening.voice) is None
        with pytest.raises(OptionError, match=r"1\.0 s long; give at least 3 s") as refused:
            imitated(real, encode(hum(1.0)))  # type: ignore[arg-type]
        assert refused.value.field == "speaker_wav"
