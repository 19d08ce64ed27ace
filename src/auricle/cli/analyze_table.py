"""What analyses found as a table for spreadsheets: a row for each recording, and always the same columns."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from auricle.cli.inputs import Input
from auricle.cli.spreadsheet import Cell, file_cell, spreadsheet

if TYPE_CHECKING:
    from auricle.wire.analysis import WireAnalysis, WireDynamics, WireHarmony, WireRhythm, WireSpectrum, WireTags

__all__ = ["COLUMNS", "Add", "row", "table"]

Add = Callable[[Input, "WireAnalysis"], None]

_TAGS = 10
_BANDS, _COEFFICIENTS = 7, 13
_RHYTHM = (
    *("tempo_bpm", "tempo_confidence", "tempo_alternatives_bpm", "meter", "beats_per_bar", "beats", "bars", "first_beat_s"),
    "first_downbeat_s",
)
_HARMONY = ("key", "camelot", "key_confidence", "key_alternatives", "tuning_cents", "chords")
_TAGGED = ("genre", "genre_probability", "tags")
_LEVELS = ("integrated_lufs", "short_term_lufs", "momentary_lufs", "loudness_range_lu", "true_peak_dbtp", "peak_to_loudness_lu")
_SPECTRUM = (
    *("centroid_hz", "rolloff_hz", "bandwidth_hz", "flatness", "zero_crossing_rate", "onsets_per_second"),
    *(f"contrast_{number}_db" for number in range(1, _BANDS + 1)),
    *(f"mfcc_{number}" for number in range(1, _COEFFICIENTS + 1)),
)
COLUMNS = ("file", "duration_s", "sample_rate_hz", "channels", *_RHYTHM, *_HARMONY, *_TAGGED, "sections", *_LEVELS, *_SPECTRUM)


@contextlib.contextmanager
def table(path: str | None) -> Iterator[Add]:
    """Gives what adds a recording's row to a `spreadsheet`.

    Raises:
        OutputError: it cannot be written.
    """
    with spreadsheet(path, COLUMNS) as add:
        yield lambda file, found: add(row(file, found))


def row(file: Input, found: WireAnalysis) -> list[Cell]:
    """The cells of one recording; those of what was not found, or not looked for, are None."""
    cells: dict[str, Cell] = {
        "file": file_cell(file),
        "duration_s": found["duration"],
        "sample_rate_hz": found["sample_rate"],
        "channels": found["channels"],
    }
    if "rhythm" in found:
        cells |= _rhythm(found["rhythm"])
    if "harmony" in found:
        cells |= _harmony(found["harmony"])
    if "tags" in found:
        cells |= _tags(found["tags"])
    if "sections" in found:
        cells["sections"] = " ".join(section["label"] for section in found["sections"])
    if "dynamics" in found:
        cells |= _levels(found["dynamics"])
    if "spectrum" in found:
        cells |= _spectrum(found["spectrum"])
    return [cells.get(column) for column in COLUMNS]


def _rhythm(rhythm: WireRhythm) -> dict[str, Cell]:
    beats, downbeats = rhythm["beats"], rhythm["downbeats"]
    others = [one["bpm"] for one in rhythm["candidates"] if one["bpm"] != rhythm["tempo"]]
    return {
        "tempo_bpm": rhythm["tempo"],
        "tempo_confidence": rhythm["confidence"],
        "tempo_alternatives_bpm": " ".join(map(str, others)),
        "meter": rhythm["meter"],
        "beats_per_bar": rhythm["beats_per_bar"],
        "beats": len(beats),
        "bars": len(downbeats),
        "first_beat_s": beats[0]["time"] if beats else None,
        "first_downbeat_s": downbeats[0] if downbeats else None,
    }


def _harmony(harmony: WireHarmony) -> dict[str, Cell]:
    key = harmony["key"]
    others = [one["spelled"] for one in harmony["candidates"] if key is None or one["name"] != key["name"]]
    return {
        "key": key and key["spelled"],
        "camelot": key and key["camelot"],
        "key_confidence": key and key["confidence"],
        "key_alternatives": ", ".join(others),
        "tuning_cents": harmony["tuning_cents"],
        "chords": " ".join(chord["symbol"] for chord in harmony["chords"]),
    }


def _tags(tags: WireTags) -> dict[str, Cell]:
    return {
        "genre": tags["genre"],
        "genre_probability": tags["genres"][0]["score"] if tags["genres"] else None,
        "tags": ", ".join(tag["name"] for tag in tags["tags"][:_TAGS]),
    }


def _levels(dynamics: WireDynamics) -> dict[str, Cell]:
    loudness = dynamics["loudness"]
    return {
        "integrated_lufs": loudness["integrated_lufs"],
        "short_term_lufs": loudness["short_term_lufs"],
        "momentary_lufs": loudness["momentary_lufs"],
        "loudness_range_lu": loudness["loudness_range_lu"],
        "true_peak_dbtp": loudness["true_peak_dbtp"],
        "peak_to_loudness_lu": dynamics["peak_to_loudness_lu"],
    }


def _spectrum(spectrum: WireSpectrum) -> dict[str, Cell]:
    """Means; ``mfcc_1`` is the first of the thirteen."""
    cells: dict[str, Cell] = {
        "centroid_hz": spectrum["centroid_hz"]["mean"],
        "rolloff_hz": spectrum["rolloff_hz"]["mean"],
        "bandwidth_hz": spectrum["bandwidth_hz"]["mean"],
        "flatness": spectrum["flatness"]["mean"],
        "zero_crossing_rate": spectrum["zero_crossing_rate"]["mean"],
        "onsets_per_second": spectrum["onsets_per_second"],
    }
    cells |= {f"contrast_{number}_db": band["mean"] for number, band in enumerate(spectrum["contrast_db"], 1)}
    return cells | {f"mfcc_{number}": one["mean"] for number, one in enumerate(spectrum["mfcc"], 1)}
