"""Promises of auricle.music.plot: what was found is in the picture, what was not is left out, and it can be read at any length."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from auricle.loudness import Loudness
from auricle.music.envelope import Envelope
from auricle.music.plot import Plot
from auricle.music.results import (
    GENRES,
    Beat,
    Chord,
    Dynamics,
    Harmony,
    Key,
    KeySpan,
    MusicAnalysis,
    Rhythm,
    Section,
    Tag,
    TagMoment,
    Tags,
    TempoPoint,
)

RATE = 8000


def envelope(seconds: float, level: float = 0.5) -> Envelope:
    """Of noise."""
    seen = Envelope(RATE)
    seen.feed(np.random.default_rng(1).uniform(-level, level, (1, max(1, round(seconds * RATE)))).astype(np.float32))
    seen.finish()
    return seen


def analysis(seconds: float) -> MusicAnalysis:
    """Two beats a second, a chord every two, and one of all else that is found in music."""
    beats = tuple(Beat(float(time), 1 + number % 4) for number, time in enumerate(np.arange(0, seconds, 0.5)))
    key = Key("A", "minor", 0.8)
    chords = tuple(
        Chord(float(start), min(seconds, float(start) + 2), "F#", "min" if number % 2 else "maj")
        for number, start in enumerate(np.arange(0, seconds, 2.0))
    )
    tags = (Tag("guitar", 0.6), Tag("drone", 0.2))
    return MusicAnalysis(
        seconds,
        RATE,
        1,
        Rhythm(120.0, 0.9, beats, 4, "4/4", (), tuple(TempoPoint(beat.time, 120.0) for beat in beats[::4])),
        Harmony(key, (key,), 0.0, (KeySpan(0, seconds / 2, key), KeySpan(seconds / 2, seconds, None)), chords, (1.0, *[0.0] * 11)),
        None,
        Dynamics(Loudness(-12.0, -10.0, -9.0, 5.0, -1.0), 11.0),
        Tags(tags, "jazz", tuple(Tag(genre, 0.1) for genre in GENRES), (TagMoment(0, seconds, tags),)),
        (Section(0, seconds / 2, "A"), Section(seconds / 2, seconds, "B")),
    )


def nothing(seconds: float) -> MusicAnalysis:
    """All was asked for, and nothing found."""
    silent = Loudness(-math.inf, -math.inf, -math.inf, 0.0, -math.inf)
    spans = (KeySpan(0, seconds, None),), (Chord(0, seconds, None, None),)
    genres = tuple(Tag(genre, 0.1) for genre in GENRES)
    return MusicAnalysis(
        seconds,
        RATE,
        1,
        Rhythm(None, 0.0),
        Harmony(None, (), None, *spans),
        None,
        Dynamics(silent, None),
        Tags((), "uncertain", genres, (TagMoment(0, seconds, ()),)),
        (),
    )


def words(found: MusicAnalysis, path: Path, name: str = "") -> set[str]:
    """All that is written in the picture, which an SVG has as comments."""
    Plot(path).draw(found, envelope(min(found.duration, 10)), name)
    return set(re.findall(r"<!-- (.*?) -->", path.read_text().replace("\u2212", "-")))


def pixels(found: MusicAnalysis, seen: Envelope, path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Shape (height, width, 3)."""
    Plot(path).draw(found, seen)
    with av.open(path, "r") as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24").astype(np.int64)


def test_what_was_found_is_written(tmp_path: Path) -> None:
    """The name, the figures of the whole, and the names of sections, keys, chords, tags and pitch classes."""
    written = words(analysis(10), tmp_path / "a.svg", "tune.flac")
    assert "120.0 BPM  ·  4/4  ·  A minor (8A)  ·  jazz  ·  -12.0 LUFS" in written
    assert {
        "tune.flac",
        "A",
        "B",
        "A minor",
        "no key",
        "F#",
        "F#m",
        "guitar",
        "drone",
        "chroma",
        "section",
        "key",
        "chord",
        "BPM",
    } <= written


def test_what_was_not_asked_for_is_left_out(tmp_path: Path) -> None:
    """A waveform alone is a picture."""
    assert words(MusicAnalysis(10.0, RATE, 1), tmp_path / "a.svg").isdisjoint({"section", "key", "chord", "BPM", "chroma"})
    rhythm = replace(analysis(10), harmony=None, tags=None, sections=None, dynamics=None)
    written = words(rhythm, tmp_path / "a.svg")
    assert {"BPM", "120.0 BPM  ·  4/4"} <= written
    assert written.isdisjoint({"section", "key", "chord", "chroma"})


def test_nothing_found(tmp_path: Path) -> None:
    """It says so."""
    assert {"no beat  ·  no key  ·  genre uncertain", "no key", "N.C."} <= words(nothing(10.0), tmp_path / "a.svg")


@pytest.mark.parametrize("seconds", [1 / RATE, 0.4, 10, 240, 3600, 20_000])
def test_any_length(tmp_path: Path, seconds: float) -> None:
    """From one sample to a night, found or not."""
    for found in (analysis(seconds), nothing(seconds)):
        Plot(tmp_path / "a.png").draw(found, envelope(min(seconds, 10)))
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def red(image: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Columns of the waveform's picture in which there is a downbeat's line."""
    upper = image[120:300]
    return np.flatnonzero(((upper[..., 0] > 180) & (upper[..., 1] < 120)).mean(axis=0) > 0.8)


def test_downbeats_are_where_they_are(tmp_path: Path) -> None:
    """As many lines as downbeats, evenly spaced; among too many, none."""
    rhythm = replace(analysis(20), harmony=None, tags=None, sections=None, dynamics=None)
    columns = red(pixels(rhythm, envelope(20, 0.0), tmp_path / "a.png"))
    lines = columns[np.flatnonzero(np.diff(columns, prepend=-9) > 3)]
    assert len(lines) == 10
    assert np.ptp(np.diff(lines)) <= 2
    many = replace(analysis(3600), harmony=None, tags=None, sections=None, dynamics=None)
    assert not red(pixels(many, envelope(10, 0.0), tmp_path / "a.png")).size


def test_names_only_where_there_is_room(tmp_path: Path) -> None:
    """The chords of ten minutes are colours, those of ten seconds have their symbols, too."""
    several = replace(analysis(600), harmony=Harmony(None, chords=tuple(Chord(at, at + 3.0, "F#", "min") for at in range(0, 600, 3))))
    assert "F#m" not in words(several, tmp_path / "a.svg")
    assert "F#m" in words(analysis(10), tmp_path / "a.svg")


def test_of_too_many_chords_the_prevailing_ones_are_shown(tmp_path: Path) -> None:
    """An hour whose first half is mostly C, and the second mostly Bbm: these two, and not what is between."""
    chords = [Chord(at, at + 2.0, "C", "maj") if at < 1800 else Chord(at, at + 2.0, "A#", "min") for at in range(0, 3600, 3)]
    between = [Chord(chord.end, chord.end + 1.0, "G", "maj") for chord in chords]
    found = sorted([*chords, *between], key=lambda chord: chord.start)
    hour = MusicAnalysis(3600.0, RATE, 1, harmony=Harmony(None, chords=tuple(found)))
    written = words(hour, tmp_path / "a.svg")
    assert {"main chord", "C", "Bbm"} <= written
    assert written.isdisjoint({"chord", "G"})


def test_names_are_short_where_there_is_little_room(tmp_path: Path) -> None:
    """The keys of an hour, one in two minutes and another in the rest."""
    flat, sharp = Key("A#", "minor", 0.8), Key("F#", "minor", 0.8)
    hour = MusicAnalysis(3600.0, RATE, 1, harmony=Harmony(flat, keys=(KeySpan(0, 150, flat), KeySpan(150, 3600, sharp))))
    written = words(hour, tmp_path / "a.svg")
    assert {"Bb minor (3A)", "Bbm", "F# minor"} <= written
    assert "Bb minor" not in written


def test_only_pitches_have_colours(tmp_path: Path) -> None:
    """Sections are grey: a hue means a pitch class."""
    sections = MusicAnalysis(80.0, RATE, 1, sections=tuple(Section(10.0 * n, 10.0 * n + 10, "ABCDEFGH"[n]) for n in range(8)))
    strip = pixels(sections, envelope(10, 0.0), tmp_path / "a.png")[-100:]
    assert len(np.unique(strip.reshape(-1, 3), axis=0)) >= 8
    assert np.ptp(strip, axis=2).max() < 40


def test_the_name_is_the_title(tmp_path: Path) -> None:
    """As it is, with what TeX would read as a formula, and letters that no font has."""
    assert "5$ or 6$ \u4f1a.wav" in words(MusicAnalysis(1.0, RATE, 1), tmp_path / "a.svg", "5$ or 6$ \u4f1a.wav")


@pytest.mark.parametrize("kind", ["png", "PNG", "svg", "pdf"])
def test_a_file_of_each_kind(tmp_path: Path, kind: str) -> None:
    """The suffix says which."""
    path = tmp_path / f"a.{kind}"
    Plot(path).draw(analysis(3), envelope(3))
    assert path.read_bytes().startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind.lower()])
