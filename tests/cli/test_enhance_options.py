"""What the words of `auricle enhance` ask of the library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.cli.enhance_options import options_of
from auricle.cli.parser import parse
from auricle.enhancement import Band, EnhanceOptions
from auricle.errors import InputError, OptionError


def options(*words: str) -> EnhanceOptions:
    """What they mean."""
    return options_of(parse(["enhance", "a.wav", "-o", "b.wav", *words]))


@pytest.mark.parametrize(
    ("words", "engine", "limit"),
    [
        (["--denoise"], "deepfilter", None),
        (["--denoise=12"], "deepfilter", 12.0),
        (["--denoise=rnnoise"], "rnnoise", None),
        (["--denoise=spectral:9.5"], "spectral", 9.5),
        (["--denoise=:9"], "deepfilter", 9.0),
        (["--noise-profile", "1-2"], "spectral", None),
        (["--denoise", "--noise-profile", "1-2"], "spectral", None),
        (["--denoise=6", "--noise-profile", "1-2"], "spectral", 6.0),
        (["--level"], None, None),
    ],
)
def test_noise(words: list[str], engine: str | None, limit: float | None) -> None:
    """Engine and limit in one word, each alone, or neither; a profile is followed by the spectral engine."""
    asked = options(*words)
    assert (asked.denoise, asked.noise_limit) == (engine, limit)


def test_a_profile_is_a_span_or_a_recording(tmp_path: Path) -> None:
    """Seconds from and to, or a file, which is read."""
    assert options("--noise-profile", "0.5-2").noise_profile == (0.5, 2.0)
    hiss = Audio(np.full((1, 800), 0.25, np.float32), 8000)
    hiss.write(tmp_path / "hiss.wav")
    profile = options("--noise-profile", str(tmp_path / "hiss.wav")).noise_profile
    assert isinstance(profile, Audio)
    assert (profile.rate, profile.samples.tolist()) == (8000, hiss.samples.tolist())
    with pytest.raises(InputError, match=r"missing\.wav"):
        options("--noise-profile", str(tmp_path / "missing.wav"))


def test_everything_at_once() -> None:
    """Each option is the library's, by its own name."""
    words = (
        "--no-music-guard --declip --declick=0.7 --hum=50 --eq 100:-3:1.4 --deess=8 --level --trim=-50 --loudness podcast --true-peak -2"
    )
    asked = options("--denoise", *words.split(), "--most-limiting", "3")
    assert asked == EnhanceOptions(
        denoise="deepfilter",
        guard_music=False,
        declip=True,
        declick=0.7,
        dehum=50.0,
        equalize=(Band(100.0, -3.0, 1.4),),
        deess=8.0,
        level=True,
        trim=-50.0,
        loudness="podcast",
        true_peak=-2.0,
        most_limiting=3.0,
    )


def test_nothing_given_is_the_librarys_default() -> None:
    """What is not asked for is left alone."""
    assert options("--declip") == EnhanceOptions(declip=True)


def test_the_order_is_typed_as_the_options_are() -> None:
    """Steps go by the names of their options, and by the library's."""
    assert options("--eq", "100:3", "--hum", "--loudness", "ebu", "--order", "eq, hum,loudness").order == ("equalize", "dehum", "normalize")
    assert options("--eq", "100:3", "--hum", "--order", "equalize,dehum").order == ("equalize", "dehum")


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ([], "denoise"),
        (["--hum=440"], "hum"),
        (["--eq", "100:3:0"], "eq"),
        (["--denoise=200"], "denoise"),
        (["--level", "--order", "level,eq"], "order"),
        (["--loudness", "nowhere"], "loudness"),
        (["--level", "--most-limiting", "3"], "most_limiting"),
        (["--level", "--no-music-guard"], "no_music_guard"),
    ],
)
def test_a_complaint_names_the_option(words: list[str], field: str) -> None:
    """Not the field that the library calls otherwise."""
    with pytest.raises(OptionError) as caught:
        options(*words)
    assert caught.value.field == field
    assert "equalize is" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--level --order eq,denoise,level", r"not asked for: eq, denoise; add --eq and --denoise, "),
        ("--level --hum --order level", r"not in the order: hum; "),
        ("--level --order level,level", r"a step is there twice; "),
        ("--level --order level,reverb", r"no step 'reverb'; use one of: declip, declick, hum, denoise, eq, "),
    ],
)
def test_an_order_is_answered_in_the_words_that_are_typed(words: str, message: str) -> None:
    """Which steps are not asked for, are left out, are there twice or do not exist: as options name them."""
    with pytest.raises(OptionError, match=message) as caught:
        options(*words.split())
    assert caught.value.field == "order"


@pytest.mark.parametrize("samples", [np.zeros((1, 8000)), np.full((1, 80), 0.25)])
def test_a_profile_that_is_wrong_for_every_recording(tmp_path: Path, samples: np.ndarray) -> None:
    """A silent or very short recording of the noise is refused before any work."""
    Audio(samples.astype(np.float32), 8000).write(tmp_path / "noise.wav")
    with pytest.raises(OptionError, match=r"the noise (is silent|lasts 0\.01 s)") as caught:
        options("--noise-profile", str(tmp_path / "noise.wav"))
    assert caught.value.field == "noise_profile"


def test_nothing_to_do_says_what_there_is() -> None:
    """Every step is offered."""
    with pytest.raises(OptionError, match=r"nothing to do.*--declip, --declick, --hum, --eq, --deess, --level, --trim, --loudness"):
        options()
