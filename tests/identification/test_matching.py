"""Promises of auricle.identification.matching: what is known is found where it lies, what is unknown is not."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from auricle.audio import Audio, Mono
from auricle.identification.matching import ACCEPTED, Candidate, find
from auricle.identification.peaks import RATE
from auricle.resample import resample
from tests.identification.music import tracks
from tests.identification.remembered import Remembered, peaks_of, remember

KNOWN, ALL = 8, 12
START, SECONDS = 11.3, 5.0


@cache
def index() -> Remembered:
    """Of the known ones."""
    return remember(tracks(ALL)[:KNOWN])


def excerpt(number: int) -> Mono:
    """Five seconds of a track."""
    return tracks(ALL)[number][round(START * RATE) : round((START + SECONDS) * RATE)]


def best(samples: Mono) -> Candidate:
    """The surest candidate."""
    return find(peaks_of(samples), index())[0]


@pytest.mark.parametrize("number", range(KNOWN))
def test_known(number: int) -> None:
    """Five seconds of a known recording are found in it, within 50 ms, over most of their length, at its own speed."""
    found = best(excerpt(number))
    assert found.recording == number
    assert found.score > 0.75
    assert found.offset - found.start == pytest.approx(START, abs=0.05)
    assert found.end - found.start > 0.5 * SECONDS
    assert found.speed == pytest.approx(1, abs=0.003) == found.pitch


@pytest.mark.parametrize("number", range(KNOWN, ALL))
def test_unknown(number: int) -> None:
    """What is not in the index is not accepted as anything."""
    assert all(found.score < ACCEPTED for found in find(peaks_of(excerpt(number)), index()))


@pytest.mark.parametrize("speed", [0.95, 0.96, 0.98, 0.99, 1.01, 1.02, 1.04, 1.05])
def test_speed(speed: float) -> None:
    """Played faster or slower by up to 5 %, it is found, and how much faster it is, within .4 %."""
    found = best(resample(Audio(excerpt(2)[None], round(RATE * speed)), RATE).samples[0])
    assert (found.recording, found.score >= ACCEPTED) == (2, True)
    assert found.speed == pytest.approx(speed, abs=0.004)
    assert found.offset - found.start * speed == pytest.approx(START, abs=0.05)


@pytest.mark.parametrize("gain", [1e-3, 0.1, 30.0])
def test_level(gain: float) -> None:
    """How loud it is makes no difference; nor that it clips."""
    found = best(np.clip(excerpt(1) * np.float32(gain), -1, 1))
    assert (found.recording, found.score >= ACCEPTED) == (1, True)


def test_noise() -> None:
    """White noise as strong as the music does not hide it."""
    samples = excerpt(3)
    noise = np.random.default_rng(1).standard_normal(len(samples)) * samples.std()
    found = best((samples + noise).astype(np.float32))
    assert (found.recording, found.score >= ACCEPTED) == (3, True)


def test_only_noise() -> None:
    """Noise alone is nothing."""
    noise = np.random.default_rng(2).standard_normal(5 * RATE).astype(np.float32)
    assert all(found.score < ACCEPTED for found in find(peaks_of(noise), index()))


@pytest.mark.parametrize("length", [0, 1, 5 * RATE])
def test_silence(length: int) -> None:
    """No sound has no candidates."""
    assert find(peaks_of(np.zeros(length, np.float32)), index()) == []


def test_copies() -> None:
    """A recording that the index has three times is still accepted: as one of them."""
    copies = remember([tracks(ALL)[0]] * 3 + list(tracks(ALL)[1:KNOWN]))
    found = find(peaks_of(excerpt(0)), copies)
    assert [candidate.score >= ACCEPTED for candidate in found[:4]] == [True, True, True, False]


def test_only_one() -> None:
    """An index of one recording knows it, and does not know another."""
    single = remember(tracks(ALL)[:1])
    assert find(peaks_of(excerpt(0)), single)[0].score >= ACCEPTED
    assert all(found.score < ACCEPTED for found in find(peaks_of(excerpt(1)), single))


def test_a_sample() -> None:
    """A second of a known recording in five of an unknown one is not that recording."""
    samples = excerpt(KNOWN).copy()
    samples[2 * RATE : 3 * RATE] = excerpt(0)[:RATE]
    assert all(found.score < ACCEPTED for found in find(peaks_of(samples), index()))


def drums() -> Mono:
    """Two seconds of a drum machine: a kick on every beat, a snare drum on every other, a hat between them."""
    rng, times = np.random.default_rng(4), np.arange(RATE // 4) / RATE
    kick = np.sin(2 * np.pi * (50 * times - 5 * np.exp(-25 * times))) * np.exp(-12 * times)
    snare = (rng.standard_normal(len(times)) + np.sin(2 * np.pi * 190 * times)) * 0.5 * np.exp(-20 * times)
    hat = rng.standard_normal(len(times)) * 0.3 * np.exp(-60 * times)
    beats = [kick, hat, kick + snare, hat] * 2
    return np.concatenate(beats).astype(np.float32)


def over_drums(samples: Mono) -> Mono:
    """Music and as strong a loop."""
    loop = np.resize(drums(), len(samples))
    return np.asarray(samples + loop * samples.std() / loop.std(), np.float32)


@pytest.mark.parametrize("number", range(KNOWN, ALL))
def test_a_shared_loop(number: int) -> None:
    """Unknown music over the loop that is beneath a known recording, too, is not that recording."""
    known = remember([over_drums(tracks(ALL)[0]), *tracks(ALL)[1:KNOWN]])
    assert all(found.score < ACCEPTED for found in find(peaks_of(over_drums(excerpt(number))), known))


def test_its_own_loop() -> None:
    """The recording with that loop is still known."""
    known = remember([over_drums(tracks(ALL)[0]), *tracks(ALL)[1:KNOWN]])
    first = round(START * RATE)
    found = find(peaks_of(over_drums(tracks(ALL)[0])[first : first + round(SECONDS * RATE)]), known)[0]
    assert (found.recording, found.score >= ACCEPTED) == (0, True)


def test_part_of_a_query() -> None:
    """What lies between the peaks that agree is the match: music that begins in the middle begins there."""
    samples = np.concatenate([np.zeros(2 * RATE, np.float32), excerpt(0)])
    found = best(samples)
    assert found.start == pytest.approx(2, abs=0.5) and found.end == pytest.approx(2 + SECONDS, abs=0.5)
    assert found.offset - (found.start - 2) == pytest.approx(START, abs=0.05)


@pytest.mark.parametrize("round_", [0, 1, 2])
def test_a_repeat(round_: int) -> None:
    """Which round of a loop a query is, nobody can say: it is found in the first, whichever it was cut from."""
    loop = tracks(ALL)[0][: 10 * RATE // 128 * 128]
    known = remember([np.tile(loop, 3), *tracks(ALL)[1:KNOWN]])
    first = round_ * len(loop) + 2 * RATE
    found = find(peaks_of(np.tile(loop, 3)[first : first + round(SECONDS * RATE)]), known)[0]
    assert found.recording == 0
    assert found.offset - found.start == pytest.approx(2, abs=0.05)
