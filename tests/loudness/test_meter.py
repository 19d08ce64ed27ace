"""The meter against EBU Tech 3341 and 3342, closed forms and libebur128."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyebur128
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio, Samples
from auricle.loudness import Loudness, Meter, measure
from auricle.resample import resample
from auricle.tape import AudioTape
from tests.loudness.signals import RATES, SILENCE, hostile, surround, tone, tones

LUFS = 0.1  # Tech 3341, table 1: the tolerance of loudness


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("level", [-23, -33])
def test_steady(level: float, rate: int) -> None:
    """Tech 3341, cases 1 and 2: momentary, short-term and integrated loudness agree."""
    sound = measure(tones([(level, 20)], rate))
    assert (sound.momentary, sound.short_term, sound.integrated) == pytest.approx((level, level, level), abs=LUFS)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    "levels", [[-28, -28, -24, -30, -30], [-28, -28, -24, -10, -30, -30], [-28, -28, -24, 0, SILENCE, SILENCE, -30, -30]]
)
def test_surround(levels: list[float], rate: int) -> None:
    """Tech 3341, case 6, in 5.0, 5.1 and, with its surrounds at the sides, 7.1; whatever is in the low-frequency channel."""
    assert measure(surround(levels, rate=rate)).integrated == pytest.approx(-23.0, abs=LUFS)


@pytest.mark.parametrize("rate", RATES)
def test_short_term_is_constant(rate: int) -> None:
    """Tech 3341, case 9: and so has no range."""
    sound = measure(tones([(-20, 1.34), (-30, 1.66)] * 5, rate))
    assert sound.short_term == pytest.approx(-23.0, abs=LUFS)
    assert sound.range == pytest.approx(0.0, abs=LUFS)


@pytest.mark.parametrize("rate", RATES)
def test_short_term_anywhere(rate: int) -> None:
    """Tech 3341, case 10: three seconds of tone are found wherever they begin, in 20 files."""
    for number in range(20):
        audio = tones([(SILENCE, 0.15 * number), (-23, 3), (SILENCE, 1)], rate)
        assert measure(audio).short_term == pytest.approx(-23.0, abs=LUFS)


@pytest.mark.parametrize("rate", RATES)
def test_short_term_live(rate: int) -> None:
    """Tech 3341, case 11: 20 tones in a row, each louder, and each the loudest so far."""
    meter = Meter(rate, 2)
    for number in range(20):
        meter.feed(tones([(SILENCE, 0.15 * number), (number - 38, 3), (SILENCE, 3 - 0.15 * number)], rate).samples)
        assert meter.loudness.short_term == pytest.approx(number - 38, abs=LUFS)


@pytest.mark.parametrize("rate", RATES)
def test_momentary_is_constant(rate: int) -> None:
    """Tech 3341, case 12: no 400 ms are louder."""
    sound = tones([(-20, 0.18), (-30, 0.22)] * 25, rate)
    assert measure(sound).momentary == pytest.approx(-23.0, abs=LUFS)


@pytest.mark.parametrize("rate", RATES)
def test_momentary_anywhere(rate: int) -> None:
    """Tech 3341, case 13: 400 ms of tone are found wherever they begin, in 20 files."""
    for number in range(20):
        audio = tones([(SILENCE, 0.02 * number), (-23, 0.4), (SILENCE, 1)], rate)
        assert measure(audio).momentary == pytest.approx(-23.0, abs=LUFS)


@pytest.mark.parametrize("rate", RATES)
def test_momentary_live(rate: int) -> None:
    """Tech 3341, case 14: 20 tones in a row, each louder, and each the loudest so far."""
    meter = Meter(rate, 2)
    for number in range(20):
        meter.feed(tones([(SILENCE, 0.02 * number), (number - 38, 0.4), (SILENCE, 0.4 - 0.02 * number)], rate).samples)
        assert meter.loudness.momentary == pytest.approx(number - 38, abs=LUFS)


def test_the_calibration() -> None:
    """BS.1770-5, annex 1: a sine of 997 Hz and full scale in one channel is -3.01 LUFS."""
    assert measure(Audio(tone(0, 5, channels=1, hertz=997), 48_000)).integrated == pytest.approx(-3.01, abs=0.01)


@pytest.mark.parametrize("level", [-10.0, -60.0])
def test_levels_add_up(level: float) -> None:
    """A gain changes every loudness by as much, and no range."""
    sound = measure(tones([(-5, 4), (-9, 4)]))
    other = measure(tones([(level - 5, 4), (level - 9, 4)]))
    assert other.integrated - sound.integrated == pytest.approx(level, abs=1e-3)
    assert other.momentary - sound.momentary == pytest.approx(level, abs=1e-3)
    assert other.range == pytest.approx(sound.range, abs=1e-3)


@pytest.mark.parametrize("rate", [1, 30, 100, 8000, 44_100, 192_000])
@pytest.mark.parametrize("seconds", [0.0, 0.3, 5.0])
@pytest.mark.parametrize("channels", [1, 8])
def test_silence(rate: int, seconds: float, channels: int) -> None:
    """Is -inf in every respect, at any rate and of any length."""
    silence = Audio(np.zeros((channels, round(seconds * rate)), np.float32), rate)
    assert measure(silence) == Loudness(-math.inf, -math.inf, -math.inf, 0.0, -math.inf)


def test_too_short() -> None:
    """Less than 400 ms has a true peak and nothing else; less than three seconds has no short-term loudness."""
    assert measure(Audio(tone(-6, 0.39), 48_000)).integrated == -math.inf
    assert measure(Audio(tone(-6, 0.39), 48_000)).true_peak == pytest.approx(-6, abs=0.1)
    assert measure(Audio(tone(-23, 0.4), 48_000)).integrated == pytest.approx(-23, abs=LUFS)
    assert measure(Audio(tone(-23, 2.9), 48_000)).short_term == -math.inf


def test_a_constant_offset_is_not_heard() -> None:
    """Once it has begun."""
    meter = measure(Audio(np.full((1, 480_000), 0.5, np.float32), 48_000).slice(0, 10))
    assert meter.integrated < -23
    assert meter.true_peak >= 20 * math.log10(0.5)


def test_tape_and_audio() -> None:
    """Are the same."""
    audio = tones([(-20, 4)])
    assert measure(AudioTape(audio)) == measure(audio)


@given(cuts=st.lists(st.integers(0, 80_000), max_size=8), rate=st.sampled_from([8000, 11_025, 22_050, 44_100, 999, 37]))
@settings(max_examples=30)
def test_any_chunking(cuts: list[int], rate: int) -> None:
    """Gives the same figures, and asking on the way changes nothing."""
    samples = (np.random.default_rng(5).standard_normal((2, 80_000)) * np.linspace(0.01, 0.3, 80_000)).astype(np.float32)
    meter = Meter(rate, 2)
    for part in np.split(samples, sorted(cuts), axis=1):
        meter.feed(part)
        assert meter.loudness.true_peak < 20
    assert meter.loudness == measure(Audio(samples, rate))


RECORDINGS = [
    "jfk.flac",
    "hungarian_dance.ogg",
    "vibe_ace.ogg",
    "solo_trumpet.ogg",
    "fw-stereo_diarization.wav",
    "wy-light-en.wav",
    "austen-0880.wav",
]


@pytest.mark.parametrize("name", RECORDINGS)
def test_libebur128_on_recordings(name: str, recordings: Path) -> None:
    """Says the same, but for the true peak, which it interpolates more coarsely, and the range, which it samples more coarsely."""
    audio = Audio.read(recordings / name).slice(0, 30)
    audio = resample(audio, max(audio.rate, 44_100))
    ours, theirs = measure(audio), other(audio)
    assert ours.integrated == pytest.approx(theirs.integrated, abs=0.05)
    assert ours.momentary == pytest.approx(theirs.momentary, abs=0.05)
    if audio.duration > 3.1:
        assert ours.short_term == pytest.approx(theirs.short_term, abs=0.05)
    if audio.duration > 10:
        assert ours.range == pytest.approx(theirs.range, abs=0.6)
    assert -0.1 <= ours.true_peak - theirs.true_peak <= 0.7


@pytest.mark.parametrize("name", list(hostile()))
def test_libebur128_on_hostile_sounds(name: str) -> None:
    """Says the same."""
    audio = Audio(hostile(seconds=2)[name], 48_000)
    ours, theirs = measure(audio), other(audio)
    assert ours.integrated == pytest.approx(theirs.integrated, abs=0.05)


def test_libebur128_in_surround() -> None:
    """Says the same, with its channel map set, of noise in 5.1."""
    audio = Audio(np.random.default_rng(3).standard_normal((6, 240_000)).astype(np.float32) * 0.1, 48_000)
    assert measure(audio).integrated == pytest.approx(other(audio).integrated, abs=0.02)


def other(audio: Audio) -> Loudness:
    """What libebur128 says, asked every 10 ms."""
    modes = pyebur128.MeasurementMode
    state = pyebur128.R128State(
        audio.channels, audio.rate, modes.MODE_I | modes.MODE_S | modes.MODE_M | modes.MODE_LRA | modes.MODE_TRUE_PEAK
    )
    kinds = pyebur128.ChannelType
    if audio.channels == 6:
        for channel, kind in enumerate([kinds.LEFT, kinds.RIGHT, kinds.CENTER, kinds.UNUSED, kinds.LEFT_SURROUND, kinds.RIGHT_SURROUND]):
            state.set_channel(channel, kind)
    momentary, short_term = [-math.inf], [-math.inf]
    for number, hop in enumerate(hops(audio), start=1):
        state.add_frames(np.ascontiguousarray(hop.T).ravel(), hop.shape[1])
        if number >= 40:
            momentary.append(pyebur128.get_loudness_momentary(state))
        if number >= 300:
            short_term.append(pyebur128.get_loudness_shortterm(state))
    peak = max(pyebur128.get_true_peak(state, channel) for channel in range(audio.channels))
    return Loudness(
        integrated=pyebur128.get_loudness_global(state),
        short_term=max(short_term),
        momentary=max(momentary),
        range=pyebur128.get_loudness_range(state),
        true_peak=20 * math.log10(peak),
    )


def hops(audio: Audio) -> list[Samples]:
    """Pieces of 10 ms."""
    return [block.samples for block in audio.blocks(audio.rate // 100)]
