"""K-weighting against the recommendation's tables."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.signal import sosfreqz

from auricle.loudness.weighting import channel_weights, k_weighting

# ITU-R BS.1770-5, annex 1, tables 1 and 2.
TABLES = [
    [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
    [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
]


def response(sections: npt.ArrayLike, frequencies: npt.ArrayLike, rate: int) -> npt.NDArray[np.float64]:
    """Magnitude. dB."""
    _, values = sosfreqz(sections, frequencies, fs=rate)
    return np.asarray(20 * np.log10(np.abs(values)))


def test_the_tables() -> None:
    """At 48 kHz the coefficients are the tabulated ones."""
    assert k_weighting(48_000) == pytest.approx(np.array(TABLES), abs=1e-9)


@pytest.mark.parametrize("rate", [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 88_200, 96_000, 176_400, 192_000, 384_000])
def test_the_same_frequency_response(rate: int) -> None:
    """As the recommendation asks of other rates: within 0.04 dB of the tables, from 20 Hz to the Nyquist frequency or 20 kHz."""
    frequencies = np.geomspace(20, min(20_000, 0.499 * rate), 300)
    assert response(k_weighting(rate), frequencies, rate) == pytest.approx(response(TABLES, frequencies, 48_000), abs=0.04)


@pytest.mark.parametrize("rate", [1, 7, 100, 1000, 3999, 1_000_000])
def test_odd_rates(rate: int) -> None:
    """Give stable filters."""
    sections = k_weighting(rate)
    assert np.isfinite(sections).all()
    assert all((np.abs(np.roots(section[3:])) < 1).all() for section in sections)


@pytest.mark.parametrize(
    ("channels", "weights"),
    [
        (1, [1]),
        (2, [1, 1]),
        (3, [1, 1, 1]),
        (5, [1, 1, 1, 1.41, 1.41]),
        (6, [1, 1, 1, 0, 1.41, 1.41]),  # table 3
        (8, [1, 1, 1, 0, 1, 1, 1.41, 1.41]),  # table 4: back at 135°, side at 90°
        (12, [1] * 12),
    ],
)
def test_channel_weights(channels: int, weights: list[float]) -> None:
    """The recommendation's, in WAVE order."""
    assert channel_weights(channels).tolist() == weights
