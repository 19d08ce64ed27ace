"""The chain: the steps that were asked for, in order, on recordings and on streams."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio
from auricle.enhancement.chain import Shelf, enhancer, passes, treated, wanted
from auricle.enhancement.options import Band, EnhanceOptions
from auricle.errors import OptionError
from auricle.stages import Chain
from auricle.tape import AudioTape, Kept, Treated
from tests.test_stages import Shifted
from tests.test_tape import played

RATE = 16_000
NOISE = Audio((np.random.default_rng(1).normal(0, 0.05, (2, 3 * RATE))).astype(np.float32), RATE)
ALL = EnhanceOptions(
    denoise="spectral", declip=True, declick=True, dehum=True, equalize=(Band(100, -3),), deess=True, level=True, trim=True, loudness=-20
)


def test_the_usual_order() -> None:
    """Repair, cleaning, tone, dynamics, loudness; each only if it is asked for."""
    assert wanted(ALL) == ("declip", "declick", "dehum", "denoise", "equalize", "deess", "level", "trim", "normalize")
    assert wanted(replace(ALL, declick=False, trim=False, loudness=None, true_peak=-3.0))[-2:] == ("level", "limit")
    assert wanted(EnhanceOptions()) == ()


def test_an_order_of_ones_own() -> None:
    """Names each step once, or is refused with those that there are."""
    assert wanted(EnhanceOptions(declick=True, level=True, order=("level", "declick"))) == ("level", "declick")
    for order in (("level",), ("level", "level"), ("level", "declick", "trim"), ()):
        with pytest.raises(OptionError) as caught:
            wanted(EnhanceOptions(declick=True, level=True, order=order))
        assert (caught.value.field, caught.value.allowed) == ("order", ("declick", "level"))


def test_passes() -> None:
    """One for the result, and one for each step that has to hear everything first: the spectral noise reduction does, networks do not."""
    assert passes(EnhanceOptions()) == 1
    assert passes(EnhanceOptions(denoise="deepfilter", level=True)) == 1
    assert passes(ALL) == 6


def test_order_matters() -> None:
    """A loudness that is normalised last is right; followed by an equaliser it is not."""
    heard = []
    for order in (("equalize", "normalize"), ("normalize", "equalize")):
        options = EnhanceOptions(equalize=(Band(2000, -20, 0.3),), loudness=-30, order=order)
        with Shelf() as shelf:
            tape, steps = treated(AudioTape(NOISE), options, shelf, [])
            heard.append(20 * np.log10(np.sqrt(np.mean(played(tape).samples ** 2))))
        assert tuple(step.name for step in steps) == order
    assert heard[0] - heard[1] > 3


def test_what_does_not_fit_is_said_first() -> None:
    """Before any step has heard anything."""
    with Shelf(played=lambda frames: pytest.fail("something was played")) as shelf, pytest.raises(OptionError, match="8000") as caught:
        treated(AudioTape(NOISE), replace(ALL, equalize=(Band(9000, 3),)), shelf, [])
    assert caught.value.field == "equalize"


def test_the_shelf_keeps_one_tape() -> None:
    """The last; what lies in memory or on the shelf already is not recorded again."""
    source = AudioTape(NOISE)
    with Shelf() as shelf:
        assert shelf.keep(source) is source
        first = shelf.keep(Treated(source, lambda: Chain([Shifted(2, 100, 1, 1)])))
        assert isinstance(first, Kept)
        assert shelf.keep(first) is first
        second = shelf.keep(Treated(first, lambda: Chain([Shifted(2, 100, 1, 1)])))
        assert played(second).frames == NOISE.frames
        with pytest.raises(ValueError, match="closed"):
            played(first)
    with pytest.raises(ValueError, match="closed"):
        played(second)


@given(st.lists(st.integers(0, NOISE.frames), max_size=5), st.sampled_from([None, -1.0]))
@settings(deadline=None, max_examples=10)
def test_a_stream_is_the_recording(cuts: list[int], peak: float | None) -> None:
    """Whatever its chunks, a live stream sounds as the recording does, to the bit."""
    options = EnhanceOptions(declick=True, denoise="rnnoise", equalize=(Band(300, 6),), deess=True, level=True, true_peak=peak)
    stage = enhancer(RATE, 2, options)
    pieces = [stage.feed(piece) for piece in np.split(NOISE.samples, sorted(cuts), axis=1)]
    with Shelf() as shelf:
        tape, _ = treated(AudioTape(NOISE), options, shelf, [])
        np.testing.assert_array_equal(np.concatenate([*pieces, stage.finish()], axis=1), played(tape).samples)


@pytest.mark.parametrize("field", ["loudness", "noise_profile", "trim", "dehum", "declip"])
def test_what_streams_cannot_have(field: str) -> None:
    """What needs the end of a recording is refused, by its name."""
    options = replace(ALL, loudness=None, trim=False, dehum=False, declip=False)
    value: Any = {"loudness": -16, "noise_profile": (0.0, 1.0)}.get(field, True)
    with pytest.raises(OptionError) as caught:
        enhancer(RATE, 1, replace(options, **{field: value}))
    assert caught.value.field == field


def test_peaks_of_a_stream() -> None:
    """Held if it is asked for; without it nothing else happens than what was."""
    loud = np.full((1, RATE), 0.9, np.float32) * np.sin(np.arange(RATE) / 3).astype(np.float32)
    louder = EnhanceOptions(equalize=(Band(RATE / 3 / 2 / np.pi, 12),))
    free, held = enhancer(RATE, 1, louder), enhancer(RATE, 1, replace(louder, true_peak=-1.0))
    assert np.abs(free.feed(loud)).max() > 3
    assert np.abs(np.concatenate([held.feed(loud), held.finish()], axis=1)).max() <= 10 ** (-1 / 20)
    np.testing.assert_array_equal(enhancer(RATE, 1, EnhanceOptions()).feed(loud), loud)
