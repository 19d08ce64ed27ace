"""Promises of auricle.enhancement.plot: what is seen of a recording is what is in it, however long it is and however it is cut."""

from __future__ import annotations

import math
import re
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio
from auricle.codec import decode, encode, open_audio
from auricle.enhancement.plot import Overview, Plot, overview
from auricle.enhancement.report import Report, Sound
from auricle.loudness import Loudness

SOUND = Sound(Loudness(-16.0, -14.0, -12.0, 5.0, -1.0), -60.0, 1.0)
SILENT = Sound(Loudness(-math.inf, -math.inf, -math.inf, 0.0, -math.inf), -math.inf, 1.0)


def tone(hertz: float, seconds: float, rate: int, amplitude: float = 1.0) -> Audio:
    """A sine wave."""
    wave = amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return Audio(wave[None].astype(np.float32), rate)


@pytest.mark.parametrize("rate", [8000, 44_100, 192_000])
@pytest.mark.parametrize("decibels", [0.0, -40.0])
def test_a_tone_is_where_it_is(rate: int, decibels: float) -> None:
    """A sine wave is at its frequency, with its level (a Hann window loses 1.4 dB between two bins), and nothing elsewhere."""
    seen = overview([tone(rate / 8, 2, rate, 10 ** (decibels / 20))])
    spectrum = seen.spectrogram[seen.columns // 2]
    loudest = int(spectrum.argmax())
    assert loudest / seen.hop * rate / 2 == pytest.approx(rate / 8, rel=0.02)
    assert spectrum[loudest] == pytest.approx(decibels, abs=1.5)
    assert spectrum[-10:].max() < decibels - 80


def test_the_waveform_is_what_is_reached() -> None:
    """Lowest and highest sample of any channel: a peak of one sample is seen in an hour."""
    rate = 8000
    seen, quiet = Overview(rate), np.full((2, 10 * rate), 0.01, np.float32)
    for minute in range(360):
        block = quiet.copy()
        if minute == 200:
            block[0, 77], block[1, 80] = 0.9, -0.7
        seen.feed(block)
    seen.finish()
    lowest, highest = seen.waveform
    (column,) = np.flatnonzero(highest > 0.02)
    assert (highest[column], lowest[column]) == (np.float32(0.9), np.float32(-0.7))
    assert column / seen.columns == pytest.approx(200 / 360, abs=0.002)


def test_memory_does_not_grow() -> None:
    """There are 1024 to 2048 columns of whatever is long, and they cover all of it."""
    seen = Overview(8000)
    for _ in range(60):
        seen.feed(np.zeros((1, 80_000), np.float32))
    seen.finish()
    assert 1024 <= seen.columns <= 2048
    assert seen.duration == pytest.approx(600, rel=0.002)


@settings(deadline=None, max_examples=30)
@given(cuts=st.lists(st.integers(0, 30_000), max_size=6), channels=st.integers(1, 3))
def test_any_chunking(cuts: list[int], channels: int) -> None:
    """The same picture, but for rounding."""
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, (channels, 30_000)).astype(np.float32)
    whole = overview([Audio(samples, 8000)])
    cut = Overview(8000)
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), 30_000], strict=True):
        cut.feed(samples[:, start:end])
    cut.finish()
    assert cut.columns == whole.columns
    np.testing.assert_array_equal(cut.waveform, whole.waveform)
    np.testing.assert_allclose(cut.spectrogram, whole.spectrogram, atol=1e-3)


@pytest.mark.parametrize("frames", [1, 79, 80, 1000])
def test_short_recordings(frames: int) -> None:
    """One sample is a picture, too."""
    seen = overview([Audio(np.full((1, frames), 0.5, np.float32), 8000)])
    assert seen.waveform[1].max() == 0.5
    assert seen.duration >= frames / 8000


@pytest.mark.parametrize("kind", ["png", "PNG", "svg", "pdf"])
def test_a_file_of_each_kind(tmp_path: Path, kind: str) -> None:
    """The suffix says which; lengths and rates may differ, and silence is a picture."""
    path = tmp_path / f"a.{kind}"
    before, after = overview([tone(440, 1, 48_000)]), overview([Audio(np.zeros((2, 4000), np.float32), 8000)])
    Plot(path).draw(before, after, Report(SOUND, SILENT, (), ()))
    assert path.read_bytes().startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind.lower()])


def test_both_sides_are_drawn(tmp_path: Path) -> None:
    """A picture of noise and then silence has colours on its left half that its right half has not."""
    path, rate = tmp_path / "a.png", 16_000
    loud = np.random.default_rng(2).uniform(-0.9, 0.9, (1, rate)).astype(np.float32)
    Plot(path).draw(overview([Audio(loud, rate)]), overview([Audio(0 * loud, rate)]), Report(SOUND, SILENT, (), ()))
    with av.open(path, "r") as container:
        pixels = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)
    lower = pixels[pixels.shape[0] * 3 // 5 : pixels.shape[0] * 4 // 5]  # spectrograms
    left, right = lower[:, 200:700], lower[:, 900:1400]
    assert left.mean() > 50
    assert right.mean() < 5


def test_what_it_looks_at_is_closed() -> None:
    """The recording is played to its end and given back."""
    decoder = open_audio(encode(tone(440, 1, 8000)))
    assert Plot(Path("a.png")).look(decoder).duration == pytest.approx(1, abs=0.02)
    assert decode(encode(tone(440, 1, 8000))).frames == 8000
    assert decoder._closed


def written(before: Overview, after: Overview, path: Path, name: str = "") -> str:
    """All that is written in the picture, which an SVG has as comments."""
    Plot(path).draw(before, after, Report(SOUND, SOUND, (), ()), name)
    return "\n".join(re.findall(r"<!-- (.*?) -->", path.read_text()))


def test_the_name_is_the_title(tmp_path: Path) -> None:
    """As it is, with what TeX would read as a formula, and letters that no font has; the colours are in dB."""
    seen = overview([tone(440, 0.1, 8000)])
    words = written(seen, seen, tmp_path / "a.svg", "5$ or 6$ \u4f1a.wav").splitlines()
    assert "5$ or 6$ \u4f1a.wav" in words
    assert "dB" in words


@pytest.mark.parametrize(("before", "after", "highest"), [(0.01, 0.002, 0.01), (0.1, 1.8, 1.8), (0.0, 0.0, 1.0)])
def test_the_waveform_fills_its_place(tmp_path: Path, before: float, after: float, highest: float) -> None:
    """The amplitude's marks reach at least half of the louder of the two, and never far beyond."""
    seen = [overview([tone(440, 1, 8000, amplitude)]) for amplitude in (before, after)]
    marks = written(seen[0], seen[1], tmp_path / "a.svg").replace("\u2212", "-").partition("\namplitude\n")[0]
    lowest = min(map(float, re.findall(r"^-[\d.]+$", marks, re.MULTILINE)))
    assert -1.05 * highest <= lowest <= -highest / 2
