"""What clients may ask to be done to a recording: the fields of each route, checked and described."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field

from auricle.codec import AudioProcessingConfig
from auricle.codec.config import INPUT_FORMATS, RAW_DEMUXERS
from auricle.codec.raw import RawFormat
from auricle.enhancement.equalizer import parse_band
from auricle.enhancement.options import STEPS, Denoiser, EnhanceOptions
from auricle.errors import OptionError
from auricle.server.band_fields import BandFields, bands_of
from auricle.server.base64_text import Base64Reader
from auricle.server.enhancing import Enhancing, LiveEnhancing, OutputFormat
from auricle.server.fields import Fields, within
from auricle.server.step_fields import JsonStepFields, Step, StepFields

__all__ = ["LIVE_NAMES", "GuideEnhanceFields", "LiveEnhanceFields", "NativeEnhanceFields"]

_GUIDE_LUFS = -23.0  # its default of `target_level`
_PROFILE = "noise_profile"
_SPAN = re.compile(r"\s*(\d+(?:\.\d*)?)\s*:\s*(\d+(?:\.\d*)?)\s*", re.ASCII)
_LIVE_DBTP = -1.0
_WHOLE_RECORDING = ("declip", "dehum", "trim", "loudness", "most_limiting")  # which it takes to do these
_LIVE_STEPS = ("denoise", "declick", "equalize", "deess", "level", "true_peak")


def _whole(value: object) -> object:
    """5.0 is a whole number in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_WHOLE = BeforeValidator(_whole)
_Format = Annotated[str, Field(max_length=20, json_schema_extra={"enum": ["pcm", *RAW_DEMUXERS, *INPUT_FORMATS]})]
_Depth = Literal[8, 16, 24, 32, "8", "16", "24", "32", "float"]


class SpanFields(Fields):
    """From when to when."""

    model_config = ConfigDict(allow_inf_nan=False)

    start: float = Field(ge=0, description="Seconds.")
    end: float = Field(gt=0, description="Seconds.")


class LiveEnhanceFields(JsonStepFields):
    """What `configure` takes under `enhance`, on `/ws`."""

    denoise: Denoiser | None = "deepfilter"
    true_peak: float | None = Field(_LIVE_DBTP, ge=-20, le=0, description="Highest true peak; none if null. dBTP.")

    def wanted(self, format: RawFormat) -> LiveEnhancing:  # noqa: A002 - as everywhere
        """What is asked of the engine.

        Raises:
            OptionError: a value that cannot be honoured.
        """
        for name in _WHOLE_RECORDING:
            value = getattr(self, name) if name in self.model_fields_set else None
            if value is not None and value is not False:
                raise OptionError(name, f"{name} needs the whole recording; leave it out of live audio", _LIVE_STEPS)
        return LiveEnhancing(self.made_of(equalize=bands_of(self.equalize), order=self.in_order()), format)

    def in_order(self) -> tuple[str, ...] | None:
        """Peaks are limited at last unless the order says when."""
        order = super().in_order()
        if order is None or self.true_peak is None or "limit" in order:
            return order
        return (*order, "limit")


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


class GuideOptions(JsonStepFields):
    """What to do: the guide's options, and ours."""

    reduce_noise: bool = Field(
        False, description="Take noise away: `deepfilter`, or `spectral` with a `noise_profile`, which alone asks for it, too."
    )
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

    @classmethod
    def from_json(cls, given: Mapping[str, object]) -> Self:
        """See `Fields`."""
        if isinstance(span := given.get(_PROFILE), Mapping):
            with within(_PROFILE):
                SpanFields.from_json(span)
        return super().from_json(given)

    def made(self) -> tuple[EnhanceOptions, bytes | None]:
        """The options, and an encoded recording of noise.

        Raises:
            OptionError: a value that cannot be honoured, or the same asked for twice.
            MalformedRequest: the recording of noise is no base64.
        """
        for field, ours, once in (
            ("target_level", "loudness", self.normalize),
            ("eq_bands", "equalize", bool(self.eq_bands)),
            ("threshold", "declick", self.remove_clicks and "threshold" in self.model_fields_set),
        ):
            if once and getattr(self, ours) not in (None, False, []):
                raise OptionError(field, f"there are both {ours} and {field}; give one of them")
        profile, denoise = self.noise_profile, self._denoiser()
        if denoise is None:
            profile = None  # reduce_noise is false
        options = self.made_of(
            denoise=denoise,
            noise_profile=(profile.start, profile.end) if isinstance(profile, SpanFields) else None,
            equalize=bands_of(self.eq_bands or self.equalize),
            loudness=self.target_level if self.normalize else self.loudness,
            declick=_sensitivity(self.threshold) if self.remove_clicks and self.declick is False else self.declick,
            order=self.in_order(),
        )
        return options, _noise(profile, options) if isinstance(profile, str) else None

    def _denoiser(self) -> Denoiser | None:
        """The one that is named; otherwise as the switch says, which a noise profile turns on unless it is off."""
        off = not self.reduce_noise and "reduce_noise" in self.model_fields_set
        if self.denoise is not None or off:
            return self.denoise
        if self.noise_profile is not None:
            return "spectral"
        return "deepfilter" if self.reduce_noise else None


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


class NativeEnhanceFields(StepFields, _FileFields):
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
        options = self.made_of(
            denoise=self.denoise or (None if self.noise_profile is None else "spectral"),
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
