"""What was recognised, as text for people."""

from __future__ import annotations

import pytest

from auricle.cli.identify_report import groups_text, head, line, listing, report_text, timeline_text
from auricle.cli.width import columns
from auricle.identification.results import DuplicateGroup, Entry, Identification, Match

SONG = Entry("music/song.mp3", 205.4, {"title": "Song", "artist": "Somebody"}, 86400.0 * 365)
NAMELESS = Entry("music/untitled \x1b[2J.mp3", 3725.0)
LONG = Entry("a", 60.0, {"title": "歌" * 60})
MATCH = Match(SONG, 0.04, 7.66, 59.96, 0.987, 163, 1.0213, 0.9996)
FOUND = Identification(8.0, MATCH, (MATCH,))


def test_a_match() -> None:
    """Times are rounded to tenths, and a minute has sixty seconds."""
    assert report_text("clip.mp3", FOUND).splitlines() == [
        "clip.mp3",
        "  recording  Somebody – Song",
        "  id         music/song.mp3",
        "  offset     1:00.0 of 3:25",
        "  matched    0:00.0 to 0:07.7 of 0:08.0",
        "  score      0.99 (163 votes)",
        "  speed      1.021, pitch 1.000",
    ]


def test_without_a_title() -> None:
    """The id stands for it, once; what a terminal would obey is taken out."""
    text = report_text("clip.mp3", Identification(8.0, Match(NAMELESS, 0, 8, 3700.25, 0.9, 50)))
    assert "\x1b" not in text
    assert text.count("untitled") == 1
    assert "1:01:40.2 of 1:02:05" in text


def test_unknown() -> None:
    """It is said to be so."""
    assert report_text("clip.mp3", Identification(8.0, None)).splitlines()[1].split()[0] == "unknown"
    assert timeline_text("clip.mp3", Identification(8.0, None), 79) == "clip.mp3 (0:08)\n  unknown\n"
    assert "unknown" in line("clip.mp3", Identification(8.0, None), 79)


@pytest.mark.parametrize("width", [50, 79, 99])
@pytest.mark.parametrize("entry", [SONG, NAMELESS, LONG], ids=["song", "nameless", "long"])
def test_lines_fit(entry: Entry, width: int) -> None:
    """No line is wider than the page, in whatever script; of a path the end is shown."""
    match = Match(entry, 0, 8, 3700.25, 0.9, 50)
    found = Identification(8.0, match, (match, match))
    one = line("a/very/long/path/" * 20 + "clip.mp3", found, width)
    assert one.endswith("clip.mp3\n")
    for text in (one, head(width), timeline_text("clip.mp3", found, width), listing([entry], width)):
        assert all(columns(each) <= width for each in text.splitlines())


def test_columns_are_below_their_names() -> None:
    """FILE begins where a file does, and RECORDING where a recording does."""
    row = line("clip.mp3", FOUND, None)
    assert row.index("clip.mp3") == head(None).index("FILE")
    assert row.index("Somebody") == head(None).index("RECORDING")


@pytest.mark.parametrize("title", ["Song", "A Song Whose Title Is Longer Than All Of The Line That It Stands In, And Then Some"])
@pytest.mark.parametrize("width", [79, None])
def test_the_id_is_seen(title: str, width: int | None) -> None:
    """Recordings of the same title are told apart, however long that is."""
    texts = []
    for number in (1, 2):
        match = Match(Entry(f"disc{number}/a.mp3", 60.0, {"title": title, "artist": "Somebody"}), 0, 8, 30.0, 0.9, 50)
        found = Identification(8.0, match, (match,))
        texts += [line("clip.mp3", found, width), timeline_text("clip.mp3", found, width)]
        assert all(f"({match.entry.id})" in text and "Som" in text for text in texts[-2:])
    assert texts[:2] != texts[2:]


def test_a_long_id_is_cut_from_its_beginning() -> None:
    """Its end says most of a path; some of the title is left."""
    match = Match(Entry("/srv/music/" + "deep/" * 20 + "7.mp3", 60.0, {"title": "Song " * 20}), 0, 8, 30.0, 0.9, 50)
    row = line("clip.mp3", Identification(8.0, match), 79)
    assert "deep/7.mp3)" in row
    assert "Song" in row


def test_a_listing() -> None:
    """Duration, day, id and title; nothing is cut where it goes to a file."""
    text = listing([SONG, LONG], None)
    assert text.splitlines()[1].split()[0] == "3:25"
    assert text.splitlines()[1].endswith("  music/song.mp3  (Somebody – Song)")
    assert "歌" * 60 in text


def test_groups() -> None:
    """Groups have an empty line between them."""
    groups = [DuplicateGroup(("music/song.mp3", "a"), 0.934), DuplicateGroup(("a", "music/song.mp3"), 1.0)]
    assert groups_text(groups, {"music/song.mp3": SONG, "a": LONG}.__getitem__).split("\n\n")[0].splitlines() == [
        "2 times, 0.93 alike",
        "     3:25  music/song.mp3",
        "     1:00  a",
    ]
