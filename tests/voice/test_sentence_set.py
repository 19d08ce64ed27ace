"""The sentences by which intelligibility is measured are as many and as varied as that needs.

`sentences.tsv` has a kind, the text as it is written, and, where that differs from it, the words that a person says: one or several ways
with " | " between them, for some things are said, or written down by a listener, in more ways than one. Whoever hears the text as it is
written, or any of these, has heard it rightly.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

PLAIN = {"news", "dialogue", "question", "name", "technical", "literature", "short", "long", "twister"}
WRITTEN = {"number", "date", "time", "money", "abbreviation", "unit", "url", "email", "telephone"}

with (Path(__file__).parent / "sentences.tsv").open(encoding="utf-8") as file:
    ROWS = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_there_are_enough_of_each_kind() -> None:
    """At least 90, of which at least 30 are written otherwise than they are said; of no kind too many."""
    kinds = Counter(row["kind"] for row in ROWS)
    assert set(kinds) == PLAIN | WRITTEN
    assert sum(kinds.values()) >= 90
    assert sum(kinds[kind] for kind in WRITTEN) >= 30
    assert max(kinds.values()) <= 10
    assert len({row["text"] for row in ROWS}) == len(ROWS)


def test_what_is_said_is_given_where_it_is_written_otherwise() -> None:
    """Figures, signs and abbreviations are given in the small letters of words; other sentences are said as they are written."""
    for row in ROWS:
        assert bool(row["said"]) == (row["kind"] in WRITTEN), row
        assert re.fullmatch(r"(?:[a-z./ ]+(?: \| )?)*", row["said"]), row
        assert row["said"] or not re.search(r"[\d$£€&%@]", row["text"]), row
