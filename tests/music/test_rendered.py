"""Promises of tests.music.rendered: the truth about the music made there is the truth."""

from __future__ import annotations

import numpy as np
import pytest

from tests.music.rendered import GROOVES, LEAD_S, Rendered, Tempo, click_track, drum_loop, progression, ramp, steady, steps


@pytest.mark.parametrize(
    ("tempo", "bpm"), [(steady(90), lambda t: 90 + 0 * t), (ramp(100, 130, 60), lambda t: np.clip(100 + t / 2, 100, 130))]
)
def test_beats_are_the_integral_of_the_tempo(tempo: Tempo, bpm: Tempo) -> None:
    """Adding up the tempo from the first beat to a beat gives its number."""
    for beat in (1.0, 17.0, 100.0, 140.0):
        time = np.linspace(0, float(tempo(np.array(beat))), 100_001)
        assert np.trapezoid(bpm(time), time) / 60 == pytest.approx(beat, abs=1e-4)


def test_steps() -> None:
    """Each tempo for its beats, the last one on."""
    times = steps((60, 2), (120, 4), (240, 1))(np.arange(10.0))
    np.testing.assert_allclose(np.diff(times), [1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25])


@pytest.mark.parametrize("accented", [True, False])
@pytest.mark.parametrize("rate", [22_050, 44_100])
def test_clicks_are_on_the_beats(accented: bool, rate: int) -> None:
    """Silence up to each beat's sample, then a click; accented ones are louder."""
    music = click_track(97.0, 10, beats_per_bar=3, accented=accented, rate=rate)
    at = np.round(music.beats * rate).astype(int)
    assert not music.samples[: at[0]].any()
    assert np.all(np.abs(music.samples[at]) > 0.4)
    assert np.all(np.abs([music.samples[first - 20 : first].max() for first in at]) < 0.01)
    np.testing.assert_allclose(np.diff(music.beats), 60 / 97)
    others = np.delete(at, np.s_[::3])
    assert (np.abs(music.samples[at[::3]]).min() > 1.3 * np.abs(music.samples[others]).max()) == accented


@pytest.mark.parametrize("groove", GROOVES)
def test_drums_begin_on_the_first_beat(groove: str) -> None:
    """Whole bars, the first after silence; the same for the same seed."""
    music, again, other = (drum_loop(groove, 130.0, 12, seed=seed) for seed in (1, 1, 2))
    first = round(LEAD_S * music.rate)
    assert not music.samples[:first].any()
    assert np.abs(music.samples[first : first + 500]).max() > 0.1
    assert len(music.beats) == len(music.downbeats) * music.beats_per_bar
    np.testing.assert_array_equal(music.samples, again.samples)
    assert np.any(music.samples != other.samples)


def peaks(music: Rendered, start: float, end: float, pitches: list[float]) -> list[float]:
    """How strong the tones of these MIDI pitches are between two times."""
    part = music.samples[round(start * music.rate) : round(end * music.rate)]
    time = np.arange(len(part)) / music.rate
    return [abs(np.dot(part * np.hanning(len(part)), np.exp(-2j * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time))) for pitch in pitches]


@pytest.mark.parametrize("cents", [0.0, 40.0])
def test_chords_are_what_they_are_called(cents: float) -> None:
    """A minor's first chord sounds A, C and E at its tuning, and no C sharp; the spans have no gaps, and the key stays."""
    music = progression("A minor", 120.0, 10, cents=cents, bass=False)
    start, end, label = music.chords[0]
    assert (label, music.key) == ("A:min", "A minor")
    *sounding, third = peaks(music, start, end, [pitch + cents / 100 for pitch in (69, 72, 76, 73)])
    assert min(sounding) > 20 * third
    assert [span[0] for span in music.chords[1:]] == [span[1] for span in music.chords[:-1]]


def test_the_sound_is_within_full_scale() -> None:
    """Never clipped."""
    for music in (click_track(), drum_loop("rock", 120.0, fills=True), progression("F# major", drums=True)):
        assert 0.5 < np.abs(music.samples).max() <= 0.8 + 1e-6
        assert music.audio.duration == music.duration
