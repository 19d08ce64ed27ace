"""Equaliser: what a band does is what its formula says, at every rate, and nothing else."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.audio import Samples
from auricle.enhancement.equalizer import Equalizer, parse_band, response
from auricle.enhancement.options import Band
from auricle.errors import OptionError
from tests.test_stages import through

KINDS = ("peak", "low_shelf", "high_shelf", "low_pass", "high_pass", "notch")
RATES = (8000, 16_000, 44_100, 48_000, 96_000, 192_000)
FIVE = (Band(80, kind="high_pass"), Band(100, -3), Band(1000, 2, 2), Band(2500, 4), Band(3000, -3, 0.7, "high_shelf"))


def analogue(band: Band, rate: int, frequencies: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The cookbook's analogue filters, with frequencies as the bilinear transform bends them. dB."""
    s = 1j * np.tan(math.pi * frequencies / rate) / math.tan(math.pi * band.frequency / rate)
    a, q = 10 ** (band.gain / 40), band.q
    side = math.sqrt(a) / q * s
    formulae = {
        "peak": (s**2 + s * a / q + 1) / (s**2 + s / (a * q) + 1),
        "low_shelf": a * (s**2 + side + a) / (a * s**2 + side + 1),
        "high_shelf": a * (a * s**2 + side + 1) / (s**2 + side + a),
        "low_pass": 1 / (s**2 + s / q + 1),
        "high_pass": s**2 / (s**2 + s / q + 1),
        "notch": (s**2 + 1) / (s**2 + s / q + 1),
    }
    return 20 * np.log10(np.abs(formulae[band.kind]) + 1e-300)


def filtered(samples: Samples, rate: int, *bands: Band) -> Samples:
    """The sound through an equaliser."""
    return np.concatenate(list(through(Equalizer(rate, len(samples), bands), samples, [])), axis=1)


@given(st.sampled_from(RATES), st.sampled_from(KINDS), st.floats(0.001, 0.45), st.floats(-24, 24), st.floats(0.3, 8), st.floats(0.01, 0.45))
def test_response_is_the_analogue_filters(rate: int, kind: str, place: float, gain: float, q: float, frequency: float) -> None:
    """At any frequency the gain is that of the analogue filter at the bent frequency."""
    band = Band(place * rate, gain if kind in KINDS[:3] else 0.0, q, kind)  # type: ignore[arg-type] # one of the kinds
    expected = analogue(band, rate, np.array([frequency * rate]))
    if expected > -60:
        assert response([band], rate, [frequency * rate]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("kind", KINDS)
def test_impulse_response(rate: int, kind: str) -> None:
    """What comes out of an impulse is that filter, within 0.001 dB wherever it leaves more than a thousandth."""
    band = Band(1000, 6.0 if kind in KINDS[:3] else 0.0, 2.0, kind)  # type: ignore[arg-type] # one of the kinds
    impulse = np.zeros((1, rate), np.float32)
    impulse[0, 0] = 1
    frequencies = np.arange(20, rate // 2 - 20, 10)
    found = 20 * np.log10(np.abs(np.fft.rfft(filtered(impulse, rate, band)[0].astype(np.float64)))[frequencies] + 1e-12)
    expected = analogue(band, rate, frequencies.astype(np.float64))
    np.testing.assert_allclose(found[expected > -60], expected[expected > -60], atol=1e-3)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("frequency", "gain", "q"), [(40, -12, 1), (100, -3, 1), (1000, 6, 4), (3500, 20, 0.5)])
def test_gain_at_the_centre(rate: int, frequency: float, gain: float, q: float) -> None:
    """A sine wave in the centre of a peak gets its gain, within 0.001 dB."""
    times = np.arange(2 * rate) / rate
    wave = (np.sin(2 * np.pi * frequency * times)[None] / 16).astype(np.float32)
    after = filtered(wave, rate, Band(frequency, gain, q))[0, rate:].astype(np.float64)
    found = 10 * np.log10((after**2).mean() / (wave[0, rate:].astype(np.float64) ** 2).mean())
    assert found == pytest.approx(gain, abs=1e-3)


def test_landmarks() -> None:
    """Shelves have half their gain at the corner and all of it beyond, passes have Q there, and a notch lets nothing through."""
    assert response([Band(500, 8, 0.7, "low_shelf")], 48_000, [0, 500, 24_000]) == pytest.approx([8, 4, 0], abs=1e-9)
    assert response([Band(500, 8, 0.7, "high_shelf")], 48_000, [0, 500, 24_000]) == pytest.approx([0, 4, 8], abs=1e-9)
    corner = response([Band(500, q=2, kind="low_pass"), Band(500, q=2, kind="high_pass")], 48_000, 500)
    assert corner == pytest.approx(2 * 20 * math.log10(2))
    assert response([Band(0.25 * 48_000, q=30, kind="notch")], 48_000, 0.25 * 48_000) < -300


def test_bands_add_up() -> None:
    """Gains of bands add up in dB, in any order."""
    frequencies = np.geomspace(20, 20_000, 50)
    alone = sum(response([band], 48_000, frequencies) for band in FIVE)
    np.testing.assert_allclose(response(FIVE, 48_000, frequencies), alone, atol=1e-9)
    np.testing.assert_allclose(response(FIVE[::-1], 48_000, frequencies), alone, atol=1e-9)


@pytest.mark.parametrize("bands", [(), (Band(100), Band(3000, 0, 5, "low_shelf"), Band(3000, 0, 5, "high_shelf"))])
def test_nothing_to_do(bands: tuple[Band, ...]) -> None:
    """Without bands, and with bands of 0 dB, every sample stays as it is."""
    samples = np.random.default_rng(1).standard_normal((2, 1000)).astype(np.float32)
    np.testing.assert_array_equal(filtered(samples, 8000, *bands), samples)


@given(st.integers(0, 20_000), st.integers(1, 3), st.lists(st.integers(0, 20_000), max_size=6))
def test_any_chunking(frames: int, channels: int, cuts: list[int]) -> None:
    """However the sound is cut, and where it falls silent, the same bits come out, without delay."""
    samples = np.random.default_rng(frames).standard_normal((channels, frames)).astype(np.float32)
    samples[:, 1000:12_000] = 0
    found = np.concatenate(list(through(Equalizer(8000, channels, FIVE), samples, [min(cut, frames) for cut in cuts])), axis=1)
    np.testing.assert_array_equal(found, filtered(samples, 8000, *FIVE))
    assert found.dtype == np.float32


@pytest.mark.parametrize("channels", [1, 8])
@pytest.mark.parametrize("level", [0.0, 1e-45, 3e38])
def test_samples_stay_finite(channels: int, level: float) -> None:
    """Silence stays silence; the smallest and the largest numbers give numbers."""
    after = filtered(np.full((channels, 2000), level, np.float32), 192_000, Band(0.1, 60, 1000), Band(95_999, 60, 0.001))
    assert np.isfinite(after).all()
    assert level or not after.any()


@pytest.mark.parametrize(
    ("band", "words"),
    [
        (Band(0, 3), "frequency is 0 Hz; give at least 0.1 Hz"),
        (Band(math.nan, 3), "frequency is nan Hz"),
        (Band(4000, 3), "frequency is 4000 Hz; give less than 4000 Hz"),
        (Band(math.inf, 3), "frequency is inf Hz; give less than 4000 Hz"),
        (Band(9000, 0), "frequency is 9000 Hz; give less than 4000 Hz"),
        (Band(100, 61), "gain is 61 dB; give -60 to 60 dB"),
        (Band(100, math.nan), "gain is nan dB"),
        (Band(100, -math.inf), "gain is -inf dB"),
        (Band(100, 3, 0), "q is 0; give 0.001 to 1000"),
        (Band(100, 3, -1), "q is -1"),
        (Band(100, 3, math.nan), "q is nan"),
        (Band(100, 3, math.inf), "q is inf"),
        (Band(100, 3, 1, "notch"), "a notch has no gain, and 3 dB is given"),
        (Band(100, 3, 1, "bell"), "'bell' is no kind of band; use one of: peak, low_shelf"),  # type: ignore[arg-type] # on purpose
    ],
)
def test_bands_that_there_are_not(band: Band, words: str) -> None:
    """An impossible band is refused by its place, with what is wrong and what would be right."""
    with pytest.raises(OptionError, match="band 2: .*" + words) as raised:
        Equalizer(8000, 1, [Band(100, 3), band])
    assert raised.value.field == "equalize"


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("100:-3:1.0", Band(100, -3, 1)),
        ("100:-3", Band(100, -3)),
        (" 2.5e3:+1.5:0.7 ", Band(2500, 1.5, 0.7)),
        ("peak@100:0", Band(100)),
        ("high_pass@80", Band(80, kind="high_pass")),
        ("low_pass@8000::0.5", Band(8000, 0, 0.5, "low_pass")),
        ("low_shelf@120:3:0.7", Band(120, 3, 0.7, "low_shelf")),
        ("high_shelf@9000:-2", Band(9000, -2, kind="high_shelf")),
        ("notch@50::30", Band(50, 0, 30, "notch")),
    ],
)
def test_bands_in_text(text: str, band: Band) -> None:
    """What is typed is the band that it says."""
    assert parse_band(text) == band


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "'' is no band; give FREQUENCY:GAIN"),
        ("100:3:1:4", "is no band"),
        ("a@b@100:3", "is no band"),
        ("100", "'100' has no gain; give one in dB, such as 100:-3"),
        ("low_shelf@100::2", "has no gain"),
        ("100:loud", "'loud' is no number"),
        ("1oo:3", "'1oo' is no number"),
        ("100:nan", "gain is nan dB"),
        ("nan:3", "frequency is nan Hz"),
        ("-100:3", "frequency is -100 Hz"),
        ("100:3:0", "q is 0"),
        ("@100:3", "'' is no kind of band"),
        ("bell@100:3", "'bell' is no kind of band; use one of: peak"),
        ("notch@50:30", "a notch has no gain"),
    ],
)
def test_text_that_is_no_band(text: str, words: str) -> None:
    """Anything else is refused, with what is wrong."""
    with pytest.raises(OptionError, match=words) as raised:
        parse_band(text)
    assert raised.value.field == "equalize"
