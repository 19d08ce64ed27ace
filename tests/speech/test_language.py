"""The language of a window, and where it changes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.speech.language import first_run, likeliest, most_likely_path


def sure(code: str, probability: float = 0.98) -> dict[str, float]:
    """A stretch that is clearly in one language."""
    return {code: probability, "fr": (1 - probability) / 2, "la": (1 - probability) / 2}


def test_one_odd_stretch_does_not_change_the_language() -> None:
    """A lone unsure detection, as pauses and names give, is overruled by its neighbours."""
    path = most_likely_path([sure("en"), {"tl": 0.28, "en": 0.1}, sure("en"), sure("en")], None)
    assert path == ["en"] * 4


def test_a_clear_change_is_followed() -> None:
    """Two languages in turn are both found, with the change where it is."""
    path = most_likely_path([sure("en")] * 3 + [sure("de")] * 4 + [sure("en")] * 2, "en")
    assert path == ["en"] * 3 + ["de"] * 4 + ["en"] * 2


def test_the_language_before_is_preferred_when_unsure() -> None:
    """Evidence weaker than the cost of a change leaves the language as it was."""
    assert most_likely_path([{"nl": 0.5, "de": 0.4}], "de") == ["de"]
    assert most_likely_path([{"nl": 0.5, "de": 0.4}], None) == ["nl"]


def test_nothing_likely_still_gives_an_answer() -> None:
    """When no language is likely anywhere, the likeliest of the first stretch stands."""
    assert most_likely_path([{"cy": 0.11, "nn": 0.1}, {"nn": 0.12}], None) == ["cy", "cy"]


@given(
    st.lists(st.dictionaries(st.sampled_from(["en", "de", "fr", "es"]), st.floats(0.01, 1), min_size=1), min_size=1, max_size=5),
    st.sampled_from([None, "en", "it"]),
)
def test_the_path_is_the_likeliest_of_all(stretches: list[dict[str, float]], current: str | None) -> None:
    """Viterbi's path scores as high as the best that trying every path finds."""
    from itertools import product

    from auricle.speech.language import _FLOOR, _SWITCH

    def score(path: tuple[str, ...]) -> float:
        steps = [*([current] if current else []), *path]
        emitted = sum(np.log(max(stretch.get(code, 0.0), _FLOOR)) for stretch, code in zip(stretches, path, strict=True))
        return float(emitted + _SWITCH * sum(one != other for one, other in itertools.pairwise(steps)))

    candidates = {code for stretch in stretches for code, probability in stretch.items() if probability > 0.2} | (
        {current} if current else set()
    )
    found = most_likely_path(stretches, current)
    assert score(tuple(found)) == pytest.approx(max(map(score, product(candidates or set(found), repeat=len(stretches)))))


class TwoLanguages:
    """A model whose encoder writes the language's number into its output, and whose detector reads it from there."""

    codes = ("en", "de")

    def detect_language(self, encoded: object) -> list[list[tuple[str, float]]]:
        """The share of each number."""
        rows = np.asarray(encoded)[..., 0]
        return [
            sorted(
                ((f"<|{code}|>", float((row == index).mean())) for index, code in enumerate(self.codes)),
                key=lambda pair: -pair[1],
            )
            for row in rows
        ]


@pytest.mark.parametrize("change", [6.0, 9.0, 14.5, 21.0])
def test_the_change_is_bracketed(change: float) -> None:
    """Where a window goes from one language to another, the place lies between the times that are given."""
    from ctranslate2 import StorageView

    encoded = np.zeros((1, 1500, 4), np.float32)
    encoded[:, round(change * 50) :, 0] = 1
    run = first_run(TwoLanguages(), StorageView.from_array(encoded), 30.0, None)
    assert run.code == "en"
    assert run.change is not None
    assert run.change[0] <= change <= run.change[1]
    assert run.change[1] - run.change[0] <= 3


def test_a_short_window_is_of_one_language() -> None:
    """Below two stretches there is nothing to compare."""
    from ctranslate2 import StorageView

    run = first_run(TwoLanguages(), StorageView.from_array(np.zeros((1, 1500, 4), np.float32)), 5.0, "de")
    assert (run.code, run.change) == ("en", None)


@pytest.mark.parametrize(("start", "code"), [(0, "en"), (100, "en"), (400, "de")])
def test_the_language_from_a_frame_on(start: int, code: str) -> None:
    """What comes before a frame does not count."""
    from ctranslate2 import StorageView

    encoded = np.zeros((1, 600, 4), np.float32)
    encoded[:, 380:, 0] = 1
    run = likeliest(TwoLanguages(), StorageView.from_array(encoded), start)
    assert run.code == code
    assert run.probability == pytest.approx(1.0 if start == 400 else (380 - start) / (600 - start))
    assert run.change is None
