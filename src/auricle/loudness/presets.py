"""How loud platforms want it."""

from __future__ import annotations

from auricle.errors import OptionError

__all__ = ["PRESETS", "checked", "target_of"]

# LUFS and dBTP, as each publishes them.
PRESETS: dict[str, tuple[float, float]] = {
    "podcast": (-16.0, -1.0),  # AES TD1008 and the large directories, for stereo
    "ebu": (-23.0, -1.0),  # EBU R 128
    "atsc": (-24.0, -2.0),  # ATSC A/85
    "spotify": (-14.0, -1.0),
    "apple": (-16.0, -1.0),  # Sound Check
    "youtube": (-14.0, -1.0),
    # ACX asks for -23 to -18 dB RMS and peaks of -3 dB. Gated, and with the weight of speech's presence, the loudness of a reading is about
    # a decibel above its plain RMS: -20 LUFS is in the middle.
    "audiobook": (-20.0, -3.0),
}

_QUIETEST, _LOUDEST = -70.0, -5.0  # LUFS: the absolute gate, and what only distortion reaches
_LOWEST, _HIGHEST = -20.0, 0.0  # dBTP
_CEILING = -1.0  # dBTP


def target_of(loudness: float | str, true_peak: float | None) -> tuple[float, float]:
    """What is asked for, in figures: LUFS and dBTP.

    Args:
        loudness: LUFS, -70 to -5, also as text; or the name of a preset.
        true_peak: the highest allowed. dBTP, -20 to 0; None is the preset's, or -1.

    Raises:
        OptionError: one is out of range, or there is no such preset.
    """
    target, ceiling = _number_or_preset(loudness)
    if true_peak is None:
        return target, ceiling
    if isinstance(true_peak, bool) or not isinstance(true_peak, int | float) or not _LOWEST <= true_peak <= _HIGHEST:
        raise OptionError("true_peak", f"the true peak is {true_peak!r}; give {_LOWEST:g} to {_HIGHEST:g} dBTP, such as -1")
    return target, float(true_peak)


def checked(loudness: object) -> float:
    """A loudness that somebody can mean. LUFS.

    Raises:
        OptionError: it is no number, or out of range.
    """
    if isinstance(loudness, bool) or not isinstance(loudness, int | float) or not _QUIETEST <= loudness <= _LOUDEST:
        raise OptionError(
            "loudness",
            f"the loudness is {loudness!r}; give {_QUIETEST:g} to {_LOUDEST:g} LUFS, such as -16 for podcasts or -23 for broadcast",
        )
    return float(loudness)


def _number_or_preset(loudness: float | str) -> tuple[float, float]:
    """LUFS and dBTP of a preset, or of a number."""
    if not isinstance(loudness, str):
        return checked(loudness), _CEILING
    name = loudness.strip().lower()
    if name in PRESETS:
        return PRESETS[name]
    try:
        number = float(name)
    except ValueError:
        raise OptionError("loudness", f"there is no loudness preset {loudness!r}; give LUFS, or a preset", PRESETS) from None
    return checked(number), _CEILING
