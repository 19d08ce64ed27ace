"""Noise taken away: one file for each way, and those around the speech models.

`neural` takes a model's frames to any recording: `lane` and `working_level` bring one channel to the model and back, `removal` all of
them, and `music_guard` (`notes`, `pulse`) decides where nothing must be removed.
"""

from __future__ import annotations

from auricle.enhancement.denoise.noise_profile import NoiseProfile
from auricle.enhancement.options import Denoiser
from auricle.enhancement.report import Facts
from auricle.errors import OptionError
from auricle.stages import Chain, Stage

__all__ = ["denoiser"]


def denoiser(
    engine: Denoiser,
    rate: int,
    channels: int,
    limit_db: float | None = None,
    guard_music: bool = True,
    facts: Facts | None = None,
    profile: NoiseProfile | None = None,
    foresight: float = 0.0,
) -> Stage:
    """What takes noise off one stream.

    Args:
        engine: which way; "deepfilter" and "rnnoise" want speech.
        rate: of the stream. Hertz.
        channels: how many.
        limit_db: by how much noise is lowered at most; 0 leaves everything as it is, bit for bit, and None is as far as the engine can.
        guard_music: leave music alone; latency is 2.8 s with it and 0.6 s without. For "deepfilter" and "rnnoise".
        facts: gets "noise_lowered_db", by how much what is heard in pauses became quieter, and "music_s", how long music was heard; from
            "spectral" its own.
        profile: the noise, for "spectral".
        foresight: how long before the first sign of it music begins; adds as much latency. Seconds.

    Raises:
        OptionError: the limit is below 0 ("noise_limit"), or the profile does not fit the stream.
        MissingDependency: the packages of "enhance" are not installed, or do not exist for this platform.
        ModelError: the model's file is missing or damaged.
    """
    if limit_db is not None and not limit_db >= 0:
        raise OptionError("noise_limit", f"noise cannot be lowered by {limit_db:g} dB; give 0 or more, or nothing for no limit")
    facts = {} if facts is None else facts
    if engine == "spectral":
        from auricle.enhancement.denoise.spectral import SpectralStage

        return SpectralStage(rate, channels, profile, limit_db, facts)
    return _neural(engine, rate, channels, limit_db, guard_music, facts, foresight)


def _neural(engine: Denoiser, rate: int, channels: int, limit_db: float | None, guard_music: bool, facts: Facts, foresight: float) -> Stage:
    from auricle.enhancement.denoise.deepfilter import DeepFilter
    from auricle.enhancement.denoise.neural import NeuralStage
    from auricle.enhancement.denoise.rnnoise import RNNoise

    model = DeepFilter if engine == "deepfilter" else RNNoise
    if limit_db == 0:
        facts["noise_lowered_db"] = 0.0
        return Chain(())
    model.check()
    return NeuralStage(model, model.delay, rate, channels, limit_db, guard_music, facts, foresight)
