"""Identification as JSON: null for what is unknown, and only what was asked for."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from auricle import wire
from auricle.identification.chromaprint import Fingerprint
from auricle.identification.results import DuplicateGroup, Entry, Identification, Match
from auricle.identification.verification import Verification

SONG = Entry("song", 181.23456, {"title": "A song"}, 1.7e9)
MATCH = Match(SONG, 0.5, 10.12345, 60.0, 0.98765, 40, 1.02, 1.02)


def test_a_match() -> None:
    """What it is, where in the query and in the recording it lies, and how sure that is."""
    found = wire.identification(Identification(10.5, MATCH))
    assert found == {
        "duration": 10.5,
        "match": {
            "id": "song", "metadata": {"title": "A song"}, "recording_duration": 181.235, "start": 0.5, "end": 10.123, "offset": 60.0,
            "score": 0.9877, "votes": 40, "speed": 1.02, "pitch": 1.02,
        },
    }  # fmt: skip
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_what_is_unknown() -> None:
    """Null, with an empty timeline where one was asked for."""
    assert wire.identification(Identification(10.5, None), timeline=True) == {"duration": 10.5, "match": None, "timeline": []}


def test_a_timeline() -> None:
    """Match by match."""
    found = wire.identification(Identification(20.0, MATCH, (MATCH, replace(MATCH, start=11.0))), timeline=True)
    assert [match["start"] for match in found["timeline"]] == [0.5, 11.0]


def test_a_fingerprint() -> None:
    """As AcoustID takes it; its words only where they are asked for."""
    made = Fingerprint(120.0, np.array([1, 2**32 - 1], np.uint32))
    assert wire.fingerprint(made) == {"duration": 120.0, "algorithm": 2, "fingerprint": made.encoded}
    assert wire.fingerprint(made, raw=True)["raw"] == [1, 4294967295]


def test_a_catalogue() -> None:
    """Its recordings, and how many there are in all."""
    one = {"id": "song", "duration": 181.235, "added": 1.7e9, "metadata": {"title": "A song"}}
    assert wire.recordings([SONG], 7) == {"total": 7, "recordings": [one]}


def test_duplicates_and_verification() -> None:
    """Groups with their similarity; what was verified, and every problem in a sentence."""
    assert wire.duplicates([DuplicateGroup(("a", "b"), 0.98765)]) == {"groups": [{"ids": ["a", "b"], "similarity": 0.9877}]}
    told = wire.verification(Verification(2, 360.0, 1000, 5, 4096, ("A file is gone.",)))
    assert told["sound"] is False
    assert (told["recordings"], told["size_bytes"], told["problems"]) == (2, 4096, ["A file is gone."])
