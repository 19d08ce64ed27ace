"""Whatever a caller may call a recording → something that gives its blocks: what every verb begins with."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from auricle.audio import Audio
from auricle.codec.config import AudioProcessingConfig, Limits
from auricle.codec.decoding import BLOCK_SECONDS, Decoder, open_audio
from auricle.codec.isolated import IsolatedDecoder
from auricle.codec.source import Source
from auricle.errors import EmptyAudio, OptionError

__all__ = ["Recording", "as_audio", "open_recording"]

Recording = Source | Audio | npt.NDArray[Any] | Decoder | IsolatedDecoder


def open_recording(
    recording: Recording,
    rate: int | None = None,
    config: AudioProcessingConfig | None = None,
    limits: Limits | None = None,
    *,
    block: float = BLOCK_SECONDS,
    salvage: bool = False,
) -> Audio | Decoder | IsolatedDecoder:
    """The recording as `Audio` that is not empty, or as a decoder, which is the caller's to close.

    Args:
        recording: path, bytes, binary file object, an opened decoder, `Audio`, or a float array of shape (frames,) or (channels, frames).
        rate: sample rate of an array. Hertz.
        config: format of raw samples without a header.
        limits: how much an encoded recording may ask for.
        block: length of the blocks that a decoder gives. Seconds.
        salvage: use what can be decoded of a damaged recording.

    Raises:
        InputError: the recording cannot be used; see the subclasses.
        OptionError: an array without ``rate``, or ``rate`` for something else.
    """
    if isinstance(recording, np.ndarray):
        recording, rate = as_audio(recording, rate), None
    if rate is not None:
        raise OptionError("rate", "rate is for a numpy array of samples; every other recording says its own")
    if isinstance(recording, Audio):
        if not recording.frames:
            raise EmptyAudio("the audio has no samples; give a recording.")
        return recording
    return (
        recording
        if isinstance(recording, Decoder | IsolatedDecoder)
        else open_audio(recording, config, limits, block=block, salvage=salvage)
    )


def as_audio(samples: Audio | npt.NDArray[Any], rate: int | None) -> Audio:
    """An array of samples at ``rate``; `Audio` as it is.

    Raises:
        OptionError: an array without ``rate``.
    """
    if isinstance(samples, Audio):
        return samples
    if rate is None:
        raise OptionError("rate", "an array needs its sample rate; say rate=16000, or whatever it is")
    return Audio(samples, rate)
