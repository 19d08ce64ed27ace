"""A live stream: all that is sent is heard once and in order, all that is said can be read once, and nothing grows or hangs.

The session plays a part, and turns are taken when the test says so; with the real model see `test_local_live`.
"""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from auricle.audio import Audio, Mono
from auricle.codec.raw import RawDecoder, RawFormat
from auricle.errors import AuricleError, Busy, CorruptAudio
from auricle.resample import resample
from auricle.server import captions
from auricle.server.captions import CaptionStream, Said
from auricle.server.rota import Rota
from auricle.speech.events import Final, LiveEvent, Partial, SpeechEnded, SpeechStarted
from auricle.speech.transcript import Word
from tests.server.test_rota import ByHand, quiet

RATE = 16_000
SECOND = np.zeros(RATE, "<f4").tobytes()


def word(text: str) -> Final:
    """A word that is final."""
    return Final((Word(text, 0.0, 1.0, 0.9),), f" {text}", "en")


@dataclass
class Recited:
    """A session that says what it has done."""

    says: list[list[LiveEvent]] = field(default_factory=list)  # by the next updates
    heard: list[Mono] = field(default_factory=list)
    updates: list[int] = field(default_factory=list)  # samples that had been heard at each
    log: list[str] = field(default_factory=list)
    fails: Exception | None = None
    busy: threading.Event | None = None  # set while an update waits for `gate`
    gate: threading.Event = field(default_factory=threading.Event)
    threads: set[int] = field(default_factory=set)

    @property
    def samples(self) -> int:
        """How many it has heard."""
        return sum(map(len, self.heard))

    @property
    def due(self) -> bool:
        """Whether there is news."""
        return self.samples > (self.updates[-1] if self.updates else 0)

    def hear(self, samples: Mono) -> Said:
        """Keep it."""
        self.log.append("hear")
        self.heard.append(samples)
        return ()

    def update(self) -> Said:
        """Say what is next."""
        self.log.append("update")
        self.updates.append(self.samples)
        if self.busy is not None:
            self.busy.set()
            assert self.gate.wait(20)
        if self.fails is not None:
            raise self.fails
        return self.says.pop(0) if self.says else ()

    def commit(self) -> Said:
        """End the utterance."""
        self.log.append("commit")
        return (word("committed"), SpeechEnded(self.samples / RATE))

    def finish(self) -> Said:
        """End all."""
        self.log.append("finish")
        return (word("finished"),)


class Stage:
    """Streams that take turns by hand."""

    def __init__(self, threads: int = 1) -> None:
        self.executor = ByHand()
        self.rota = Rota[Said](threads, self.executor)
        self.freed = list[int]()

    @asynccontextmanager
    async def open(self, session: Recited, format: RawFormat | None = None) -> AsyncIterator[CaptionStream]:  # noqa: A002 - as everywhere
        """A stream, which is left at the end of the block."""
        stream = CaptionStream(session, format or RawFormat(), self.rota, lambda: self.freed.append(id(session)))
        try:
            async with asyncio.timeout(10):
                yield stream
        finally:
            await self.left(stream)

    async def left(self, stream: CaptionStream) -> None:
        """Leave a stream, while threads do what they have begun."""
        leaving = await begun(stream.__aexit__(None, None, None))
        await self.executor.run()
        await leaving


def on_stage(test: Callable[[Stage], Awaitable[None]], threads: int = 1) -> None:
    """Run a test."""

    async def run() -> None:
        await test(Stage(threads))

    asyncio.run(run())


async def begun(work: Awaitable[None]) -> asyncio.Task[None]:
    """Work that has come as far as it can."""
    task = asyncio.ensure_future(work)
    assert isinstance(task, asyncio.Task)
    await quiet()
    return task


# What is heard


@pytest.mark.parametrize("sizes", [[1], [3, 5, 7], [64], [999, 1], [10**6]], ids=str)
@pytest.mark.parametrize("format", [RawFormat(), RawFormat("s16le", 24_000, 2), RawFormat("mulaw", 8_000)], ids=lambda it: it.encoding)
def test_everything_is_heard_once(format: RawFormat, sizes: list[int]) -> None:  # noqa: A002 - as everywhere
    """In pieces of whatever size, what the session hears is the recording, as one channel at 16 kHz."""
    noise = np.random.default_rng(5).uniform(-0.5, 0.5, 3000)
    data = {"f32le": noise.astype("<f4"), "s16le": (noise * 32767).astype("<i2"), "mulaw": (noise * 255).astype("u1")}[
        format.encoding
    ].tobytes()
    whole = RawDecoder(format).feed(data)
    assert whole is not None

    async def test(stage: Stage) -> None:
        session = Recited()
        async with stage.open(session, format) as stream:
            at = 0
            while at < len(data):
                for size in sizes:
                    await stream.send(data[at : at + size])
                    at += size
                    if at % 5 == 0:
                        await stage.executor.run()
            finishing = await begun(stream.finish())
            await stage.executor.run()
            await finishing
        np.testing.assert_allclose(np.concatenate(session.heard), resample(whole.remix(1), RATE).samples[0], atol=1e-6)
        assert session.log[-1] == "finish"

    on_stage(test)


def test_one_update_covers_all_that_has_come() -> None:
    """Whatever comes while a stream waits for its turn is heard in that turn, and recognised once."""

    async def test(stage: Stage) -> None:
        session = Recited()
        async with stage.open(session) as stream:
            await stream.send(SECOND)
            for _ in range(10):
                await stream.send(SECOND[:6400])
            await stage.executor.step()
            assert session.updates == [RATE]  # the turn had begun with the first
            await stage.executor.step()
            assert session.updates == [RATE, 2 * RATE]
            assert stage.executor.size == 0

    on_stage(test)


def test_no_update_without_news() -> None:
    """Where nothing is due nothing is decoded."""

    class Silent(Recited):
        @property
        def due(self) -> bool:
            return False

    async def test(stage: Stage) -> None:
        session = Silent()
        async with stage.open(session) as stream:
            await stream.send(SECOND)
            await stage.executor.run()
            assert session.log == ["hear"]

    on_stage(test)


def test_a_piece_that_cannot_be_used() -> None:
    """It is refused when it is sent, nothing of it is heard, and the stream goes on; small or large."""
    damaged = np.full(100_000, np.nan, "<f4").tobytes()

    async def test(stage: Stage) -> None:
        session = Recited()
        async with stage.open(session) as stream:
            for bad in (damaged[:400], damaged):
                await stream.send(SECOND)
                with pytest.raises(CorruptAudio):
                    await stream.send(bad)
            settling = await begun(stream.settled())
            await stage.executor.run()
            await settling
            assert session.samples == 2 * RATE

    on_stage(test)


def test_commit_comes_after_all_that_was_sent_and_before_the_rest() -> None:
    """The utterance ends at the sample, whatever the resampler looks ahead; what is sent afterwards belongs to the next."""

    async def test(stage: Stage) -> None:
        session = Recited()
        async with stage.open(session, RawFormat("f32le", 8_000)) as stream:
            await stream.send(SECOND[:32_000])  # one second
            committing = await begun(stream.commit())
            await stream.send(SECOND[:32_000])
            await stage.executor.run()
            await committing
            heard = np.cumsum([len(samples) for samples in session.heard])
            assert RATE in heard
            assert session.log.index("commit") == list(heard).index(RATE) + 1 + session.log[: session.log.index("commit")].count("update")
            finishing = await begun(stream.finish())
            await stage.executor.run()
            await finishing
            assert session.samples == 2 * RATE

    on_stage(test)


# Back-pressure and fairness


def test_sending_waits_while_too_much_is_unheard() -> None:
    """Four seconds may wait; the next piece is taken as soon as a turn has taken them."""

    async def test(stage: Stage) -> None:
        session = Recited()
        async with stage.open(session) as stream:
            await stream.send(SECOND)
            for _ in range(4):  # the first is in the thread already
                await stream.send(SECOND)
            more = await begun(stream.send(SECOND))
            assert not more.done()
            await stage.executor.step()
            assert more.done()
            await stage.executor.run()
            assert session.samples == 6 * RATE

    on_stage(test)


def test_a_long_piece_is_heard_in_several_turns() -> None:
    """A minute in one message is taken no faster than it is heard."""

    async def test(stage: Stage) -> None:
        session = Recited()
        async with stage.open(session) as stream:
            sending = await begun(stream.send(60 * SECOND))
            while not sending.done():
                await asyncio.sleep(0.001)  # it is decoded in a thread
                if stage.executor.size:
                    await stage.executor.step()
            await stage.executor.run()
            assert session.samples == 60 * RATE
            assert max(later - earlier for earlier, later in pairwise([0, *session.updates])) <= 5 * RATE

    on_stage(test)


def test_the_number_of_pieces_is_bounded_too() -> None:
    """A sample in each message fills the room sooner than four seconds of samples."""

    async def test(stage: Stage) -> None:
        async with stage.open(Recited()) as stream:
            for _ in range(1001):
                await asyncio.wait_for(stream.send(SECOND[:4]), 1)
            assert not (await begun(stream.send(SECOND[:4]))).done()

    on_stage(test)


def test_a_file_does_not_keep_others_waiting() -> None:
    """Beside one that is sent as fast as it is taken, seven live ones have a turn in every round."""

    async def test(stage: Stage) -> None:
        file, live = Recited(), [Recited() for _ in range(7)]
        async with AsyncExitStack() as block:
            fast, *others = [await block.enter_async_context(stage.open(session)) for session in (file, *live)]
            sending = await begun(_pour(fast, 600))
            for rounds in range(1, 11):
                for stream in others:
                    await stream.send(SECOND[:6400])
                for _ in range(8):
                    await stage.executor.step()
                assert [len(session.updates) for session in live] == [rounds] * 7
            assert len(file.updates) in (9, 10, 11)
            sending.cancel()
        assert len(stage.freed) == 8

    on_stage(test)


async def _pour(stream: CaptionStream, seconds: int) -> None:
    for _ in range(seconds):
        await stream.send(SECOND)


@pytest.mark.parametrize("streams", [2, 8, 16])
def test_overload_makes_steps_longer_and_nothing_else(streams: int) -> None:
    """When each turn takes a quarter of a second, what has come is heard within a round, however long that goes on."""
    turn = 0.25  # seconds

    async def test(stage: Stage) -> None:
        sessions = [Recited() for _ in range(streams)]
        async with AsyncExitStack() as block:
            opened = [await block.enter_async_context(stage.open(session)) for session in sessions]
            worst = 0.0
            for tick in range(1, 160):
                for stream in opened:
                    await asyncio.wait_for(stream.send(SECOND[: round(turn * len(SECOND))]), 1)  # in real time, and nobody is made to wait
                await stage.executor.step()
                if tick > streams:
                    worst = max(worst, *(tick * turn - session.updates[-1] / RATE for session in sessions))
            assert worst <= (streams + 1) * turn

    on_stage(test)


def test_no_stream_is_in_two_threads() -> None:
    """However many threads there are, a session is called by one at a time."""
    inside, overlaps = set[int](), list[int]()

    class Watched(Recited):
        def hear(self, samples: Mono) -> Said:
            overlaps.extend([1] if id(self) in inside else [])
            inside.add(id(self))
            threading.Event().wait(0.0005)
            inside.discard(id(self))
            return super().hear(samples)

    async def test() -> None:
        rota = Rota[Said](4)
        sessions = [Watched() for _ in range(3)]

        async def speak(session: Recited) -> None:
            async with CaptionStream(session, RawFormat(), rota, lambda: None) as stream:
                for _ in range(100):
                    await stream.send(SECOND[:64])
                    await asyncio.sleep(0)
                await stream.finish()

        await asyncio.gather(*map(speak, sessions))
        await rota.close()
        assert [session.samples for session in sessions] == [1600] * 3

    asyncio.run(test())
    assert overlaps == []


# What is said


def test_settled_then_ready() -> None:
    """Once settled, all that came of what was sent can be had without waiting, once."""

    async def test(stage: Stage) -> None:
        session = Recited(says=[[SpeechStarted(0.0), word("one"), Partial(" tw", "en")]])
        async with stage.open(session) as stream:
            await stream.settled()  # nothing was sent
            await stream.send(SECOND)
            settling = await begun(stream.settled())
            assert not settling.done()
            await stage.executor.run()
            await settling
            assert stream.ready_events() == (SpeechStarted(0.0), word("one"), Partial(" tw", "en"))
            assert stream.ready_events() == ()

    on_stage(test)


def test_commit_then_settled() -> None:
    """The utterance's last words and its end are ready; what is said later comes later."""

    async def test(stage: Stage) -> None:
        session = Recited(says=[[SpeechStarted(0.0)], [SpeechStarted(1.5)]])
        async with stage.open(session) as stream:
            await stream.send(SECOND)
            committing = await begun(stream.commit())
            await stage.executor.run()
            await committing
            await stream.settled()
            assert stream.ready_events() == (SpeechStarted(0.0), word("committed"), SpeechEnded(1.0))
            await stream.send(SECOND)
            await stage.executor.run()
            assert stream.ready_events() == (SpeechStarted(1.5),)

    on_stage(test)


def test_finish_ends_the_events() -> None:
    """After all is told they end, and again for whoever asks again; finishing twice is finishing; the place is free at once."""

    async def test(stage: Stage) -> None:
        async with stage.open(Recited(says=[[Partial(" a", "en")]])) as stream:
            await stream.send(SECOND)
            finishing = await begun(stream.finish())
            await stage.executor.run()
            await finishing
            assert len(stage.freed) == 1
            async with aclosing(stream.events()) as events:
                assert [event async for event in events] == [word("finished")]
            await stream.finish()
            assert [event async for event in stream.events()] == []
            with pytest.raises(RuntimeError, match="has ended"):
                await stream.send(SECOND)
        assert len(stage.freed) == 1

    on_stage(test)


def test_a_header_that_never_ends() -> None:
    """Finishing says so, and the events end all the same."""

    async def test(stage: Stage) -> None:
        async with stage.open(Recited(), RawFormat("wav")) as stream:
            await stream.send(b"RIFF")
            finishing = await begun(stream.finish())
            await stage.executor.run()
            with pytest.raises(CorruptAudio):
                await finishing
            assert [event async for event in stream.events()] == [word("finished")]

    on_stage(test)


def test_partials_that_nobody_has_read_give_way() -> None:
    """A newer partial, or final words, take the place of a partial that is unread; words, starts and ends stay, in their order."""
    first: list[LiveEvent] = [SpeechStarted(0.0), Partial(" a", "en")]
    second: list[LiveEvent] = [Partial(" b", "en")]
    third: list[LiveEvent] = [word("b"), Partial(" c", "en"), SpeechEnded(1.0), Partial(" d", "en")]

    async def test(stage: Stage) -> None:
        async with stage.open(Recited(says=[first, second, third])) as stream:
            for _ in range(3):
                await stream.send(SECOND)
                await stage.executor.run()
            assert stream.ready_events() == (SpeechStarted(0.0), word("b"), *third[1:])

    on_stage(test)


def test_unread_words_hold_up_whoever_sends() -> None:
    """Nothing more is taken while a thousand events are unread, and again as soon as one is read; nobody who waits for words hangs."""
    many: list[LiveEvent] = [word(str(number)) for number in range(captions._MOST_UNREAD)]

    async def test(stage: Stage) -> None:
        async with stage.open(Recited(says=[list(many)])) as stream:
            await stream.send(SECOND)
            await stage.executor.run()
            more = await begun(stream.send(SECOND))
            assert not more.done()
            async with aclosing(stream.events()) as events:
                assert await anext(events) == many[0]
                await quiet()
                assert more.done()
            finishing = await begun(stream.finish())  # which fills it again
            await stage.executor.run()
            await finishing
            assert len(stream.ready_events()) == len(many)

    on_stage(test)


def test_reading_all_at_once_lets_sending_go_on() -> None:
    """`ready_events` makes room, too."""
    many: list[LiveEvent] = [word("a") for _ in range(2 * captions._MOST_UNREAD)]

    async def test(stage: Stage) -> None:
        async with stage.open(Recited(says=[list(many)])) as stream:
            await stream.send(SECOND)
            await stage.executor.run()
            more = await begun(stream.send(SECOND))
            assert not more.done()
            assert len(stream.ready_events()) == len(many)
            await more

    on_stage(test)


def test_no_event_is_lost_when_its_reader_is_cancelled() -> None:
    """What a reader had not got when it was cancelled, the next one gets; two that read beside each other get each event once."""

    async def test(stage: Stage) -> None:
        said: list[list[LiveEvent]] = [[word(str(number))] for number in range(20)]
        got = list[LiveEvent]()
        async with stage.open(Recited(says=list(said))) as stream:

            async def read() -> None:
                async with aclosing(stream.events()) as events:
                    async for event in events:
                        got.append(event)

            for number in range(20):
                reading = await begun(read())
                await stream.send(SECOND)
                if number % 3:
                    await stage.executor.run()
                reading.cancel()
                await asyncio.wait({reading})
                await stage.executor.run()
                if number % 5 == 0:
                    got.extend(stream.ready_events())
            got.extend(stream.ready_events())
        assert got == [event for (event,) in said]

    on_stage(test)


# Ends that come early


@pytest.mark.parametrize("failure", [RuntimeError("CTranslate2 is out of memory"), Busy("the server is about to stop.", 1)])
def test_a_recogniser_that_fails(failure: Exception) -> None:
    """What was said before can be read, then the failure is raised; so it is by all that wait, and the place is free at once."""

    async def test(stage: Stage) -> None:
        session = Recited(says=[[word("one")]])
        async with stage.open(session) as stream:
            await stream.send(SECOND)
            await stage.executor.run()
            session.fails = failure
            for _ in range(5):
                await stream.send(SECOND)
            waiting = [await begun(work) for work in (stream.send(SECOND), stream.settled(), stream.commit(), stream.finish())]
            await stage.executor.run()
            for each in waiting:
                with pytest.raises(type(failure)):
                    await each
            assert len(stage.freed) == 1
            got = list[LiveEvent]()
            with pytest.raises(type(failure)):
                async for event in stream.events():
                    got.append(event)
            assert got == [word("one")]
            for again in (stream.send(SECOND), stream.settled(), stream.commit(), stream.finish()):
                with pytest.raises(type(failure)):
                    await again
        assert len(stage.freed) == 1
        assert stage.executor.size == 0

    on_stage(test)


def test_leaving_a_stream_that_nothing_works_for() -> None:
    """It is free at once, and what waited is never heard; leaving twice is leaving."""

    async def test(stage: Stage) -> None:
        busy, session = Recited(), Recited()
        async with stage.open(busy) as other:
            await other.send(SECOND)
            stream = CaptionStream(session, RawFormat(), stage.rota, lambda: stage.freed.append(id(session)))
            async with stream:
                await stream.send(SECOND)
            assert stage.freed == [id(session)]
            await stream.__aexit__(None, None, None)
        assert session.log == []
        assert stage.freed == [id(session), id(busy)]

    on_stage(test)


def test_leaving_while_a_thread_works_for_it() -> None:
    """It ends with the decode that runs: no other is begun, nothing of it is told, and only then the place is free."""

    async def test() -> None:
        rota, freed = Rota[Said](1), list[int]()
        session = Recited(says=[[word("late")]], busy=threading.Event())
        stream = CaptionStream(session, RawFormat(), rota, lambda: freed.append(1))
        async with stream:
            await stream.send(SECOND)
            assert session.busy is not None
            await asyncio.to_thread(session.busy.wait, 10)
            await stream.send(SECOND)
            leaving = await begun(stream.__aexit__(None, None, None))
            assert not leaving.done()
            assert freed == []
            session.gate.set()
            await leaving
            assert freed == [1]
        assert session.log == ["hear", "update"]
        assert [event async for event in stream.events()] == []
        await rota.close()

    asyncio.run(test())


def test_leaving_between_two_pieces() -> None:
    """A thread that has much to hear stops hearing."""

    async def test(stage: Stage) -> None:
        session = Recited()
        async with stage.open(session) as stream:
            await stream.send(SECOND[:4])
            for _ in range(3):
                await stream.send(SECOND)
            await stage.executor.step()
        assert session.samples == 1

    on_stage(test)


def test_leaving_is_cancelled() -> None:
    """Whoever is cancelled while they wait for a decode goes at once; all is freed when that ends."""

    async def test() -> None:
        rota, freed = Rota[Said](1), list[int]()
        session = Recited(busy=threading.Event())

        async def use() -> None:
            async with CaptionStream(session, RawFormat(), rota, lambda: freed.append(1)) as stream, aclosing(stream.events()) as events:
                await stream.send(SECOND)
                async for _ in events:
                    pass

        using = asyncio.create_task(use())
        assert session.busy is not None
        await asyncio.to_thread(session.busy.wait, 10)
        for _ in range(3):
            using.cancel()
            await quiet()
        assert using.cancelled()
        assert freed == []
        session.gate.set()
        await rota.close()
        await quiet()
        assert freed == [1]

    asyncio.run(test())


def test_stopping() -> None:
    """When the engine stops, whoever reads, sends or waits hears why, and leaving is no problem any more."""

    async def test(stage: Stage) -> None:
        why = Busy("the server is about to stop.", 1)
        async with stage.open(Recited()) as stream:
            await stream.send(SECOND)
            waiting = [await begun(work) for work in (stream.settled(), _all(stream))]
            stopping = await begun(stream.stop(why))
            await stage.executor.run()
            await stopping
            for each in waiting:
                with pytest.raises(AuricleError) as raised:
                    await each
                assert raised.value is why
        assert len(stage.freed) == 1

    on_stage(test)


async def _all(stream: CaptionStream) -> None:
    async for _ in stream.events():
        pass


def test_waiting_for_a_stream_that_is_left() -> None:
    """Whoever still waits when the stream is left does not hang."""

    async def test(stage: Stage) -> None:
        async with stage.open(Recited()) as stream:
            for _ in range(5):
                await stream.send(SECOND)
            waiting = [await begun(work) for work in (stream.send(SECOND), stream.settled())]
            await stage.left(stream)
            for each in waiting:
                with pytest.raises(RuntimeError, match="left"):
                    await each

    on_stage(test)


def test_a_stream_leaves_nothing_behind() -> None:
    """Neither audio nor the session is held by anybody once the stream is."""

    async def test(stage: Stage) -> None:
        async with stage.open(Recited()) as stream:
            await stream.send(SECOND)
        del stream

    def held() -> int:
        gc.collect()
        return sum(issubclass(type(each), Recited | CaptionStream | Audio) for each in gc.get_objects())  # not what proxies stand for

    before = held()
    on_stage(test)
    assert held() == before
