"""What clients may ask to be done to a recording: the fields of each route, checked and described."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from auricle.codec import AudioProcessingConfig
from auricle.codec.config import INPUT_FORMATS, RAW_DEMUXERS
from auricle.codec.raw import RawFormat
from auricle.enhancement.equalizer import parse_band
from auricle.enhancement.options import STEPS, Band, EnhanceOptions
from auricle.errors import OptionError
from auricle.server.base64_text import Base64Reader
from auricle.server.enhancing import Enhancing, LiveEnhancing
from auricle.server.fields import Fields, within

__all__ = ["LIVE_NAMES", "GuideEnhanceFields", "LiveEnhanceFields", "NativeEnhanceFields"]

OutputFormat = Literal["wav", "flac", "mp3", "aac", "m4a", "opus", "pcm"]
Step = Literal["declip", "declick", "dehum", "denoise", "equalize", "deess", "level", "trim", "normalize"]

_GUIDE_LUFS = -23.0  # its default of `target_level`
_PROFILE = "noise_profile"
_SPAN = re.compile(r"\s*(\d+(?:\.\d*)?)\s*:\s*(\d+(?:\.\d*)?)\s*", re.ASCII)


def _whole(value: object) -> object:
    """5.0 is a whole number in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_WHOLE = BeforeValidator(_whole)
_Format = Annotated[str, Field(max_length=20, json_schema_extra={"enum": ["pcm", *RAW_DEMUXERS, *INPUT_FORMATS]})]
_Sensitivity = Annotated[float, Field(ge=0, le=1)] | bool
_Hertz = Annotated[float, Field(ge=40, le=70)] | bool
_Decibels = Annotated[float, Field(ge=0, le=24)] | bool
_Level = Annotated[float, Field(ge=-120, le=0)] | bool
_Depth = Literal[8, 16, 24, 32, "8", "16", "24", "32", "float"]


class BandFields(BaseModel):
    """A band of the equaliser."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    frequency: float = Field(description="Centre of a peak or notch, corner of a shelf or pass. Hertz.", gt=0)
    gain: float = Field(0.0, ge=-60, le=60, description="Of a peak or shelf. dB.")
    q: float = Field(1.0, gt=0, description="A peak's centre over its bandwidth.")
    kind: Literal["peak", "low_shelf", "high_shelf", "low_pass", "high_pass", "notch"] = Field("peak", description="What it does.")


class SpanFields(BaseModel):
    """From when to when."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    start: float = Field(ge=0, description="Seconds.")
    end: float = Field(gt=0, description="Seconds.")


class _StepFields(Fields):
    """What can be done to any audio: the fields of `EnhanceOptions` that are the same in JSON and in forms."""

    denoise: Literal["deepfilter", "rnnoise", "spectral"] | None = Field(
        None, description="Take noise away: `deepfilter` (speech), `rnnoise` (speech, light) or `spectral` (any steady noise)."
    )
    noise_limit: float | None = Field(None, ge=0, le=100, description="How far noise is lowered at most. dB; as far as possible if none.")
    guard_music: bool = Field(True, description="Where there is music, leave it alone.")
    declip: bool = Field(False, description="Put back peaks that were cut off.")
    declick: _Sensitivity = Field(False, description="Repair clicks: true, or how sensitively, from 0 (only the worst) to 1.")
    dehum: _Hertz = Field(False, description="Take out mains hum and its harmonics: true, or its frequency. Hertz.")
    deess: _Decibels = Field(False, description="Tame sibilants: true, or by how much at most. dB.")
    level: bool = Field(False, description="Bring quiet and loud speech gently together.")
    trim: _Level = Field(False, description="Cut silence off both ends: true, or below which level it is silence. dBFS.")
    loudness: Annotated[float, Field(ge=-70, le=-5)] | Annotated[str, Field(max_length=100)] | None = Field(
        None, description="Integrated loudness to have: LUFS, or a preset such as `podcast`; left as it is if none."
    )
    true_peak: float | None = Field(None, ge=-20, le=0, description="Highest true peak. dBTP; the preset's, or -1, if none.")
    most_limiting: float = Field(15.0, ge=0, le=30, description="By how much peaks may be limited to reach the loudness. dB.")

    def _made(self, **given: Any) -> EnhanceOptions:
        """The options, of which the ``given`` ones go before the fields."""
        same = {name: getattr(self, name) for name in _StepFields.model_fields}
        return EnhanceOptions(**{**same, **given})


class _JsonStepFields(_StepFields):
    """The rest of them in JSON."""

    equalize: list[BandFields] = Field([], max_length=1000, description="Bands of the equaliser.")
    order: list[Step] | None = Field(None, max_length=len(STEPS), description="The steps in another order than the usual one.")

    def _in_order(self) -> tuple[str, ...] | None:
        return None if self.order is None else tuple(self.order)


def _bands(fields: Sequence[BandFields]) -> tuple[Band, ...]:
    return tuple(Band(band.frequency, band.gain, band.q, band.kind) for band in fields)


class LiveEnhanceFields(_JsonStepFields):
    """What `configure` takes under `enhance`, on `/ws`."""

    denoise: Literal["deepfilter", "rnnoise", "spectral"] | None = "deepfilter"

    def wanted(self, format: RawFormat) -> LiveEnhancing:  # noqa: A002 - as everywhere
        """What is asked of the engine.

        Raises:
            OptionError: a value that cannot be honoured.
        """
        return LiveEnhancing(self._made(equalize=_bands(self.equalize), order=self._in_order()), format)


LIVE_NAMES = {name: f"enhance.{name}" for name in (*LiveEnhanceFields.model_fields, "noise_profile")}  # what clients call them


class _FileFields(Fields):
    """How a recording is read, and written."""

    salvage: bool = Field(False, description="Use what can be decoded of a recording that is cut off or damaged.")
    input_format: _Format | None = Field(
        None, description="Only this container is accepted; or raw samples: `pcm` (with `bit_depth`), `s16le`, `f32le`, `mulaw` and others."
    )
    sample_rate: Annotated[int, Field(ge=1000, le=768_000), _WHOLE] | None = Field(None, description="Of raw samples. Hertz.")
    channels: Annotated[int, Field(ge=1, le=64), _WHOLE] | None = Field(None, description="Of raw samples.")
    bit_depth: _Depth | None = Field(None, description="Of raw samples; else of the answer, as wav, flac or pcm: the recording's if none.")
    bit_rate: Annotated[int, Field(ge=6000, le=4_000_000), _WHOLE] | None = Field(
        None, description="Of mp3, opus, aac and m4a. Bits per second."
    )

    def _config(self, output_format: str) -> AudioProcessingConfig:
        depth: Any = int(self.bit_depth) if self.bit_depth not in (None, "float") else self.bit_depth
        config = AudioProcessingConfig(self.input_format, output_format, self.sample_rate, self.channels, depth, self.bit_rate)
        for name in ("sample_rate", "channels"):
            if config.raw_demuxer is None and getattr(self, name) is not None:
                raise OptionError(name, f"{name} describes raw samples; say input_format=pcm, or leave it out")
        return config


class GuideOptions(_JsonStepFields):
    """What to do: the guide's options, and ours."""

    reduce_noise: bool = Field(False, description="Take noise away: `deepfilter`, or `spectral` with a `noise_profile`.")
    noise_profile: str | SpanFields | None = Field(
        None,
        description="What the noise alone sounds like, for `spectral`: a recording as base64 or a data URL, of at most a minute; or from "
        "when to when it is heard.",
    )
    normalize: bool = Field(False, description="Bring it to `target_level`.")
    target_level: float = Field(_GUIDE_LUFS, ge=-70, le=-5, description="Integrated loudness, with `normalize`. LUFS.")
    eq_bands: list[BandFields] = Field([], max_length=1000, description="Bands of the equaliser, by the guide's name for them.")
    remove_clicks: bool = Field(False, description="Repair clicks and pops.")
    threshold: float = Field(
        0.1,
        ge=0,
        le=1,
        description="With `remove_clicks`: the smaller, the more clicks are found. 1 is a `declick` of 0, 0.1 of 0.5, 0.01 and less of 1.",
    )

    @property
    def names(self) -> Mapping[str, str]:
        """What the client calls fields of ours."""
        theirs = {
            **({"loudness": "target_level"} if self.normalize else {}),
            **({"equalize": "eq_bands"} if self.eq_bands else {}),
            **({"declick": "remove_clicks"} if self.remove_clicks else {}),
            **({"denoise": "reduce_noise"} if self.reduce_noise and self.denoise is None else {}),
        }
        return {name: f"options.{theirs.get(name, name)}" for name in GuideOptions.model_fields}

    def made(self) -> tuple[EnhanceOptions, bytes | None]:
        """The options, and an encoded recording of noise.

        Raises:
            OptionError: a value that cannot be honoured, or the same asked for twice.
            MalformedRequest: the recording of noise is no base64.
        """
        for field, ours, once in (("target_level", "loudness", self.normalize), ("eq_bands", "equalize", bool(self.eq_bands))):
            if once and getattr(self, ours):
                raise OptionError(field, f"there are both {ours} and {field}; give one of them")
        denoise = self.denoise
        if denoise is None and self.reduce_noise:
            denoise = "deepfilter" if self.noise_profile is None else "spectral"
        options = self._made(
            denoise=denoise,
            noise_profile=(self.noise_profile.start, self.noise_profile.end) if isinstance(self.noise_profile, SpanFields) else None,
            equalize=_bands(self.eq_bands or self.equalize),
            loudness=self.target_level if self.normalize else self.loudness,
            declick=_sensitivity(self.threshold) if self.remove_clicks and self.declick is False else self.declick,
            order=self._in_order(),
        )
        return options, _noise(self.noise_profile, options) if isinstance(self.noise_profile, str) else None


class GuideEnhanceFields(_FileFields):
    """The body of `POST /enhance_audio`."""

    audio_base64: str = Field(
        description="The recording, in any common format, as base64.", json_schema_extra={"format": "byte", "minLength": 1}
    )
    options: GuideOptions = Field(default_factory=lambda: GuideOptions.from_json({}), description="What to do.")
    output_format: OutputFormat = Field("wav", description="What `enhanced_audio_base64` is; AAC is in an M4A container.")

    @classmethod
    def from_json(cls, given: Mapping[str, object]) -> Self:
        """The fields from a JSON object, whose recording has been taken out.

        Raises:
            OptionError: one is unknown, or wrong.
        """
        options = given.get("options")
        if isinstance(options, Mapping):
            with within("options"):
                GuideOptions.from_json(options)  # which says exactly which of them
        return super().from_json({**given, "audio_base64": ""})

    @property
    def names(self) -> Mapping[str, str]:
        """What the client calls fields of ours."""
        return self.options.names

    def wanted(self) -> Enhancing:
        """What is asked of the engine; errors as for `GuideOptions.made`."""
        options, noise = self.options.made()
        return Enhancing(options, noise, self.salvage, self._config(self.output_format))


class NativeEnhanceFields(_StepFields, _FileFields):
    """The options of `POST /enhance`, in the query or the form."""

    eq: tuple[Annotated[str, Field(max_length=200)], ...] = Field(
        (), max_length=1000, description="Bands of the equaliser: `100:-3:1.4` is 100 Hz, -3 dB, Q 1.4; `high_pass@80`, `notch@50::30`."
    )
    noise_profile: str | None = Field(
        None,
        description="What the noise alone sounds like, for `spectral`: from when to when, `0.5:1.2` (seconds), or a recording as base64.",
    )
    order: tuple[Step, ...] = Field((), max_length=len(STEPS), description="The steps in another order than the usual one.")
    format: OutputFormat | None = Field(
        None, description="What to answer; otherwise the `Accept` header decides, and WAV if it doesn't. AAC is in an M4A container."
    )
    report: Literal["header", "multipart"] | None = Field(
        None, description="Where the report is: in `X-Auricle-Report`, or in a part of its own; as `Accept` says if none."
    )

    @property
    def names(self) -> Mapping[str, str]:
        """What the client calls fields of ours."""
        return {"equalize": "eq", "output_format": "format"}

    def wanted(self, output_format: str) -> Enhancing:
        """What is asked of the engine.

        Raises:
            OptionError: a value that cannot be honoured.
            MalformedRequest: the recording of noise is no base64.
        """
        span = _SPAN.fullmatch(self.noise_profile or "")
        options = self._made(
            equalize=tuple(map(parse_band, self.eq)),
            noise_profile=(float(span[1]), float(span[2])) if span else None,
            order=self.order or None,
        )
        noise = None if self.noise_profile is None or span else _noise(self.noise_profile, options)
        return Enhancing(options, noise, self.salvage, self._config(output_format))


def _sensitivity(threshold: float) -> float:
    """Of the search for clicks: half the scale for each power of ten by which the guide's threshold is below full scale."""
    return min(1.0, -math.log10(threshold) / 2) if threshold else 1.0


def _noise(text: str, options: EnhanceOptions) -> bytes:
    """The encoded recording of noise that is base64."""
    if options.denoise != "spectral":
        EnhanceOptions(denoise=options.denoise, noise_profile=(0.0, 1.0))  # which says what is wrong with that
    reader = Base64Reader(_PROFILE)
    data = reader.feed(text.encode(errors="backslashreplace")) + reader.finish()
    if not data:
        raise OptionError(_PROFILE, "the noise profile is empty; give a recording, or from when to when there is nothing but noise")
    return data
