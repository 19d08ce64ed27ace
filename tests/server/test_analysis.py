"""What every route that analyses does: JSON of any size in a file, as if it had been written at once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle import wire
from auricle.music.results import Feature
from auricle.server import examples
from auricle.server.analysis import answered, as_json
from tests.server.test_file_answer import sent

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_it_is_json(shape: object) -> None:
    """Whatever the pieces are, together they are what was meant, in the fewest bytes."""
    text = "".join(as_json(shape))
    assert json.loads(text) == shape
    assert text == json.dumps(shape, ensure_ascii=False, separators=(",", ":"))


def test_what_json_has_no_number_for() -> None:
    """It is a bug, not an answer that nobody can read."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        list(as_json([float("inf")]))


def test_many_figures() -> None:
    """Those of every frame are sent in pieces, each of which is small."""
    many = np.random.default_rng(7).normal(size=100_000).astype(np.float32)
    spectrum = examples.ANALYSIS.spectrum
    assert spectrum is not None
    found = replace(examples.ANALYSIS, spectrum=replace(spectrum, centroid=Feature(0.0, 1.0, many)))
    answer = asyncio.run(answered(found, lambda found: as_json(wire.analysis(found)), "application/json"))
    headers, pieces = sent(answer)
    body = b"".join(pieces)
    assert (headers["content-type"], headers["content-length"]) == ("application/json", str(len(body)))
    assert max(map(len, pieces)) < 2**20
    frames = json.loads(body)["spectrum"]["centroid_hz"]["frames"]
    assert np.allclose(frames, many, rtol=1e-5)
