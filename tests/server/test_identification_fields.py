"""What clients may ask for when recordings are to be recognised."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.errors import OptionError
from auricle.server.identification_fields import AdditionFields, FingerprintFields, IdentificationFields, ListFields
from auricle.server.identifying import Adding, Fingerprinting, Identifying


def test_defaults() -> None:
    """Those of Python's functions."""
    assert FingerprintFields.from_form({}).wanted() == Fingerprinting()
    assert IdentificationFields.from_form({}).wanted() == Identifying()
    assert AdditionFields.from_form({}).wanted("song") == Adding("song")
    assert (ListFields.from_form({}).offset, ListFields.from_form({}).limit) == (0, 100)


@given(st.dictionaries(st.text(), st.text(), max_size=5))
def test_metadata(texts: dict[str, str]) -> None:
    """Any texts, as JSON, however it is written."""
    for written in (json.dumps(texts), json.dumps(texts, ensure_ascii=False, indent=2)):
        assert AdditionFields.from_form({"metadata": [written]}).wanted("song").metadata == texts


@given(st.text(min_size=1) | st.recursive(st.none() | st.floats() | st.text(), lambda inner: st.lists(inner)).map(json.dumps))
def test_what_is_no_metadata(text: str) -> None:
    """It is refused with a sentence, or, where it is an object, taken."""
    try:
        fields = AdditionFields.from_form({"metadata": [text]})
    except OptionError as error:
        assert (error.field, str(error)[-1]) == ("metadata", ".")
    else:
        assert fields.metadata == json.loads(text)


def test_metadata_that_is_no_text() -> None:
    """Its key is named."""
    with pytest.raises(OptionError, match="the metadata's 'n' is 1; it should be a text") as refusal:
        AdditionFields.from_form({"metadata": ['{"title": "T", "n": 1}']}).wanted("song")
    assert refusal.value.field == "metadata"


def test_nothing_is_listened_to() -> None:
    """0 is all of it, as for fpcalc; raw samples are described or not."""
    assert FingerprintFields.from_form({"length": ["0"]}).wanted().length is None
    with pytest.raises(OptionError, match="raw samples"):
        IdentificationFields.from_form({"sample_rate": ["8000"]}).wanted()
