"""What clients may ask to be found in a recording: the fields of each route, checked and described."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field

from auricle.errors import OptionError
from auricle.music.analysis import PARTS
from auricle.server.analysing import Analysing
from auricle.server.fields import Fields, RecordingFields, within

__all__ = ["AnalysisFormat", "GuideAnalysisFields", "NativeAnalysisFields"]

AnalysisFormat = Literal["json", "beats", "chords"]

_Part = Literal["rhythm", "harmony", "spectrum", "dynamics", "tags", "structure"]
_NEEDS: Mapping[str, _Part] = {"beats": "rhythm", "chords": "harmony"}
_GUIDE = ("rhythm", "harmony", "spectrum")  # of which its fields are made
_FRAMES = "Also the spectral features of every frame, of recordings of up to an hour."


def _split(values: object) -> object:
    """Names in capitals or small letters, several of them in one, as in `rhythm,Harmony`; none at all in an empty text."""
    if values == "":
        return None
    given = [values] if isinstance(values, str) else values
    if not isinstance(given, (list, tuple)) or not all(isinstance(value, str) for value in given):
        return values
    return [part.strip().lower() for value in given for part in value.split(",")]


class AnalysisOptions(Fields):
    """What to look at: the guide has no such options."""

    include: Annotated[list[_Part] | None, BeforeValidator(_split)] = Field(
        None,
        max_length=100,
        description="The parts beside `rhythm`, `harmony` and `spectrum`, which are always there, as a list or a string with commas "
        "between; all of them if none.",
    )
    frames: bool = Field(False, description=_FRAMES)


class GuideAnalysisFields(RecordingFields):
    """The body of `POST /analyze_music`."""

    audio_base64: str = Field(
        description="The recording, in any common format, as base64.", json_schema_extra={"format": "byte", "minLength": 1}
    )
    options: AnalysisOptions = Field(default_factory=lambda: AnalysisOptions.from_json({}), description="What to look at.")

    @classmethod
    def from_json(cls, given: Mapping[str, object]) -> Self:
        """The fields from a JSON object, whose recording has been taken out.

        Raises:
            OptionError: one is unknown, or wrong.
        """
        options = given.get("options")
        if isinstance(options, Mapping):
            with within("options"):
                AnalysisOptions.from_json(options)  # which says exactly which of them
        return super().from_json({**given, "audio_base64": ""})

    @property
    def names(self) -> Mapping[str, str]:
        """What the client calls fields of ours."""
        return {name: f"options.{name}" for name in AnalysisOptions.model_fields}

    def wanted(self) -> Analysing:
        """What is asked of the engine.

        Raises:
            OptionError: a value that cannot be honoured.
        """
        asked = PARTS if self.options.include is None else (*_GUIDE, *self.options.include)
        include = tuple(name for name in PARTS if name in asked)
        return Analysing(include, self.options.frames, self.salvage, self.config())


class NativeAnalysisFields(RecordingFields):
    """The options of `POST /analyze`, in the query or the form."""

    include: Annotated[tuple[_Part, ...], BeforeValidator(_split)] = Field(
        (), max_length=100, description="The parts, several times or with commas between; all of them if none."
    )
    frames: bool = Field(False, description=_FRAMES)
    format: AnalysisFormat | None = Field(
        None,
        description="`json`; or lines with tabs between, `beats` (time, number in the bar) or `chords` (from when, to when, label). "
        "Otherwise the `Accept` header decides, for `text/plain` `beats`, and JSON if it doesn't.",
    )

    def wanted(self, format: AnalysisFormat) -> Analysing:  # noqa: A002 - as everywhere
        """What is asked of the engine, if it is to be answered in this format.

        Raises:
            OptionError: a value that cannot be honoured.
        """
        needed = _NEEDS.get(format)
        if needed and self.include and needed not in self.include:
            raise OptionError("include", f"there are no {format} without {needed}; include that, too, or leave include out")
        asked = (needed,) if needed else self.include or PARTS
        include = tuple(name for name in PARTS if name in asked)
        if self.frames and (format != "json" or "spectrum" not in include):
            raise OptionError("frames", "frames does nothing without spectrum in json; include that, or leave it out")
        return Analysing(include, self.frames, self.salvage, self.config())
