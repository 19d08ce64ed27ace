"""What clients may ask for when recordings are to be recognised: the fields of each route, checked and described."""

from __future__ import annotations

import contextlib
import json
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from auricle.errors import OptionError
from auricle.identification.chromaprint import LENGTH_S
from auricle.server.fields import Fields, RecordingFields
from auricle.server.identifying import Adding, Fingerprinting, Identifying
from auricle.server.problems import shown

__all__ = ["AdditionFields", "FingerprintFields", "IdentificationFields", "ListFields"]

_WEEK_S = 604_800.0
_MOST = 1000  # recordings of one answer


def _object(value: object) -> object:
    """What JSON as text means; what is none is left to pydantic, which wants an object."""
    if isinstance(value, str):
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(value)
    return value


_TEXTS = {"type": "string", "contentMediaType": "application/json"}
_Texts = Annotated[dict[str, Any], BeforeValidator(_object), WithJsonSchema(_TEXTS)]


class FingerprintFields(RecordingFields):
    """The options of `POST /fingerprint`, in the query or the form."""

    length: float = Field(
        LENGTH_S, ge=0, le=_WEEK_S, description="How much from the start is listened to: AcoustID wants 120 s; 0 is all. Seconds."
    )
    raw: bool = Field(False, description="Also the fingerprint's words, as numbers.")

    def wanted(self) -> Fingerprinting:
        """What is asked of the engine.

        Raises:
            OptionError: a value that cannot be honoured.
        """
        return Fingerprinting(self.length or None, self.salvage, self.config())


class IdentificationFields(RecordingFields):
    """The options of `POST /identify`, in the query or the form."""

    timeline: bool = Field(False, description="Also say what is where: for mixes, broadcasts and other long recordings.")

    def wanted(self) -> Identifying:
        """What is asked of the engine.

        Raises:
            OptionError: a value that cannot be honoured.
        """
        return Identifying(self.timeline, self.salvage, self.config())


class AdditionFields(RecordingFields):
    """The options of `POST /catalogue/{id}`, in the query or the form."""

    metadata: _Texts | None = Field(
        None, description='What to keep of it: a JSON object of texts, as in `{"title": "…"}`; the recording\'s own tags if none.'
    )
    replace: bool = Field(False, description="Take the place of the recording of that id, if there is one.")

    def wanted(self, id: str) -> Adding:  # noqa: A002 - the word of `Entry`
        """What is asked of the engine, for a recording that is to be called so.

        Raises:
            OptionError: a value that cannot be honoured.
        """
        for key, value in (self.metadata or {}).items():
            if not isinstance(value, str):
                raise OptionError("metadata", f"the metadata's {shown(key)} is {shown(value)}; it should be a text, in quotes")
        return Adding(id, self.metadata, self.replace, self.salvage, self.config())


class ListFields(Fields):
    """The query of `GET /catalogue`."""

    offset: int = Field(0, ge=0, le=2**53, description="How many recordings to pass over, in the order in which they were added.")
    limit: int = Field(100, ge=1, le=_MOST, description="How many to list at most.")
