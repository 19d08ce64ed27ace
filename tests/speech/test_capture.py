"""Audio between two threads: all of it, in order, never much more than there is room for; and the pace of speech. No test sleeps."""

from __future__ import annotations

import math
import threading
from itertools import pairwise

import numpy as np
import pytest

from auricle.audio import Mono
from auricle.speech.capture import Inbox, paced
from auricle.speech.vad import SAMPLE_RATE


def tone(seconds: float, amplitude: float = 1.0) -> Mono:
    """A sine of 440 Hz."""
    wave = amplitude * np.sin(2 * np.pi * 440 / SAMPLE_RATE * np.arange(round(seconds * SAMPLE_RATE)))
    return np.asarray(wave, np.float32)


def taken(inbox: Inbox) -> Mono:
    """Everything until the end, as one piece."""
    pieces: list[Mono] = []
    while found := inbox.take():
        pieces += found
    return np.concatenate([*pieces, np.zeros(0, np.float32)])


def test_all_that_is_put_is_taken() -> None:
    """A source that is quicker than whoever takes waits for it: nothing is lost, and what waits never exceeds the room by a piece."""
    inbox, given, most = Inbox(room=0.5), np.split(tone(6.4), 64), 0

    def capture() -> None:
        for piece in given:
            inbox.put(piece)
        inbox.end()

    thread = threading.Thread(target=capture, daemon=True)
    thread.start()
    heard: list[Mono] = []
    while pieces := inbox.take():
        heard += pieces
        most = max(most, sum(map(len, pieces)))
    thread.join(10)
    assert np.array_equal(np.concatenate(heard), np.concatenate(given))
    assert most <= 0.6 * SAMPLE_RATE
    assert (inbox.position, inbox.lost) == (6.4, 0)


def test_what_finds_no_room_is_silence_and_is_counted() -> None:
    """A microphone is not held up: what waits is kept, later audio is lost and counted, and what comes after stands at its true time."""
    inbox = Inbox(room=1.0)
    for piece in np.split(tone(4.0), 40):
        inbox.offer(piece)
    assert np.array_equal(np.concatenate(inbox.take()), np.concatenate([tone(1.0), np.zeros(3 * SAMPLE_RATE, np.float32)]))
    inbox.offer(tone(0.1))
    inbox.end()
    assert np.array_equal(taken(inbox), tone(0.1))
    assert (inbox.position, inbox.lost) == (4.1, 3.0)


def test_what_the_source_lost() -> None:
    """Audio that the source itself has lost is silence in its place, and counted."""
    inbox = Inbox()
    inbox.offer(tone(0.1))
    inbox.lose(800)
    inbox.offer(tone(0.1))
    inbox.end()
    assert np.array_equal(taken(inbox), np.concatenate([tone(0.1), np.zeros(800, np.float32), tone(0.1)]))
    assert (inbox.position, inbox.lost) == (0.25, 0.05)


def test_hours_of_loss_take_no_memory() -> None:
    """Silence for what was lost comes in pieces that are one and the same array."""
    inbox = Inbox(room=0.1)
    inbox.offer(tone(0.1))
    inbox.lose(3600 * SAMPLE_RATE)
    _, *pieces = inbox.take()
    assert sum(map(len, pieces)) == 3600 * SAMPLE_RATE
    assert all(np.shares_memory(before, after) for before, after in pairwise(pieces))


def test_the_end_wakes_everybody() -> None:
    """Whoever waits for audio, for room or for time is woken by the end; put says that no more is wanted."""
    inbox, answers = Inbox(room=0.1), list[bool]()
    inbox.put(tone(0.1))
    threads = [
        threading.Thread(target=lambda: answers.append(inbox.put(tone(0.1))), daemon=True),
        threading.Thread(target=inbox.pause, args=[1000], daemon=True),
    ]
    for thread in threads:
        thread.start()
    inbox.end()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    assert answers == [False]
    assert np.array_equal(taken(inbox), tone(0.1))
    assert inbox.take() == []


def test_after_the_end() -> None:
    """What comes after the end is not taken, and the first reason for it stays."""
    inbox, reason = Inbox(), ValueError("unplugged")
    inbox.end(reason)
    inbox.end(ValueError("closed"))
    inbox.offer(tone(0.1))
    inbox.lose(100)
    assert not inbox.put(tone(0.1))
    assert (inbox.take(), inbox.position, inbox.lost, inbox.failure) == ([], 0, 0, reason)


def test_close_forgets_what_waits() -> None:
    """After `close` there is nothing to take."""
    inbox = Inbox()
    inbox.put(tone(1.0))
    inbox.close()
    assert inbox.take() == []


@pytest.mark.parametrize(("amplitude", "level"), [(1.0, -3.01), (0.1, -23.01), (0.5, -9.03)])
def test_level_of_a_sine(amplitude: float, level: float) -> None:
    """A sine's root mean square is its amplitude over the root of 2: full scale is -3.01 dBFS, a tenth of it 20 dB less."""
    inbox = Inbox()
    inbox.put(tone(0.5, amplitude))
    assert inbox.level == pytest.approx(level, abs=0.01)


def test_level_is_of_the_latest_100_ms() -> None:
    """The level follows within 100 ms, whatever the size of the pieces; silence has -inf."""
    inbox = Inbox()
    assert inbox.level == -math.inf
    inbox.put(tone(1.0))
    for piece in np.split(np.zeros(1600, np.float32), 16):
        assert inbox.level > -math.inf
        inbox.put(piece)
    assert inbox.level == -math.inf


class Clock:
    """Time that passes only when somebody waits, or works."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        """Seconds."""
        return self.time

    def pass_(self, seconds: float) -> None:
        """Let time go by."""
        self.time += seconds


@pytest.mark.parametrize("seconds", [0.001, 0.1, 0.37])
def test_pace(seconds: float) -> None:
    """Each piece is given when its end would have been spoken, neither before nor later, however long it is."""
    clock, heard = Clock(), 0.0
    for piece in paced([tone(seconds)] * 20, clock.now, clock.pass_):
        heard += len(piece) / SAMPLE_RATE
        assert clock.time - 1000 == pytest.approx(heard)


def test_pace_catches_up() -> None:
    """After a delay the pieces that are due come at once, and then the pace is the old one: it does not drift."""
    clock, times = Clock(), list[float]()
    for number, _ in enumerate(paced([tone(0.1)] * 20, clock.now, clock.pass_)):
        times.append(round(clock.time - 1000, 3))
        if number == 4:
            clock.pass_(0.75)
    assert times[:5] == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert times[5:12] == [1.25] * 7
    assert times[12:14] == [1.3, 1.4]
    assert times[-1] == 2.0
