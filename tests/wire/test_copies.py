"""Copies of recordings as JSON objects."""

from __future__ import annotations

from auricle.codec import AudioInfo
from auricle.wire.copies import copy_groups

HEADER = AudioInfo("flac", "flac", 44_100, 2, 61.45902, 24, 4_038_996, {"title": "A"})


def test_groups() -> None:
    """Files with what their headers say, in the order that was given; times to the millisecond, scores to four decimals."""
    assert copy_groups([(0.99912345, [("a.flac", HEADER)])]) == {
        "groups": [
            {
                "similarity": 0.9991,
                "copies": [
                    {
                        "file": "a.flac",
                        "duration": 61.459,
                        "container": "flac",
                        "codec": "flac",
                        "sample_rate": 44_100,
                        "channels": 2,
                        "bit_depth": 24,
                        "size_bytes": 4_038_996,
                    }
                ],
            }
        ]
    }
    assert copy_groups([]) == {"groups": []}
