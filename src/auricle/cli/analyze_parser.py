"""The words of `auricle analyze`; argparse only, as in `auricle.cli.parser`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auricle.cli.grammar import FILES, add_input, command

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from auricle.cli.grammar import Commands

__all__ = ["PARTS", "add_analyze"]

# These repeat what the library knows, as in `auricle.cli.grammar`.
PARTS = ("rhythm", "harmony", "spectrum", "dynamics", "tags", "structure")


def add_analyze(commands: Commands) -> None:
    """`auricle analyze`."""
    parser = command(
        commands,
        "analyze",
        "find tempo, beats, key, chords, sections, genre and loudness of music",
        "auricle analyze song.mp3",
        "auricle analyze music/ --csv table.csv                 a row for each",
        "auricle analyze song.flac --plot song.png --clicks clicks.mp3",
        "auricle analyze set/ --include rhythm,harmony --tags tagged",
        "auricle analyze music/ --json | jq -r 'select(.rhythm.tempo > 120) | .file'",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help=FILES)
    group = parser.add_argument_group("analysis")
    group.add_argument(
        "--include",
        metavar="A,B",
        type=_listed,
        help=f"only these parts, with commas between: {', '.join(PARTS)}; each takes its time (default: all)",
    )
    group.add_argument("--frames", action="store_true", help="with --json: the spectral features of every frame, not only their means")
    _add_results(parser)
    add_input(parser, "of raw samples")


def _add_results(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("result")
    group.add_argument("--json", action="store_true", help="as JSON: one object, or for several recordings or a folder one a line")
    group.add_argument("--csv", metavar="FILE", help="write a table with a row for each recording; - for standard output")
    group.add_argument(
        "--plot",
        metavar="OUT",
        help="draw waveform, beats, sections, chords and keys (.png, .svg or .pdf); for several, a folder with a .png of each",
    )
    group.add_argument(
        "--clicks",
        metavar="OUT",
        help="write the recording with clicks on its beats, higher ones on downbeats, in the format that the suffix names; for several, "
        "a folder",
    )
    group.add_argument(
        "--tags",
        metavar="OUT",
        help="write a copy whose tags hold tempo and key, its sound and other tags as they are; for several, a folder",
    )


def _listed(words: str) -> tuple[str, ...] | None:
    """The parts, in capitals or small letters; None, which is all of them, for an empty word, as over HTTP."""
    return tuple(word.strip().lower() for word in words.split(",") if word.strip()) if words.strip() else None
