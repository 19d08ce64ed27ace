"""The words of `auricle catalogue`, `identify`, `fingerprint` and `duplicates`; argparse only, as in `auricle.cli.parser`."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

from auricle.cli.grammar import FILES, add_input, command

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from auricle.cli.grammar import Commands

__all__ = ["add_catalogue", "add_duplicates", "add_fingerprint", "add_identify"]

_MANY_FILES = "a recording, a folder (searched at any depth), or a pattern in quotes ('music/**/*.mp3')"
_JSON_LINES = "as JSON: one object, or for several recordings one a line"
_IDS = """\
The id of a recording in the catalogue is its path, as it was named here or
found in a folder that was: `add music/` makes music/a/song.mp3. Ids that are
there already are passed over, so that the same command goes on where it was
interrupted, or adds what is new."""
_CODES = """\

Exit codes: 0 everything was recognised, 3 something is unknown, 1 some inputs
failed (each is named), 2 wrong usage, 130 interrupted."""


def add_catalogue(commands: Commands) -> None:
    """`auricle catalogue`, with what can be done to one."""
    parser = command(
        commands,
        "catalogue",
        "keep recordings that can be recognised, in a directory",
        "auricle catalogue add music/ --catalogue known",
        "auricle catalogue list --catalogue known",
        "auricle catalogue remove music/song.mp3 --catalogue known",
        "export AURICLE_CATALOGUE=known              so that --catalogue need not be said",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_add(actions)
    removing = _action(actions, "remove", "forget recordings", "auricle catalogue remove music/song.mp3 --catalogue known")
    removing.add_argument("ids", nargs="+", metavar="ID", help="of a recording, as `auricle catalogue list` says it")
    for name, summary in (
        ("list", "list all recordings, in the order in which they were added"),
        ("duplicates", "find the recordings that it has more than once"),
        ("verify", "read everything and see whether it is as it was written"),
    ):
        asking = _action(actions, name, summary, f"auricle catalogue {name} --catalogue known")
        asking.add_argument("--json", action="store_true", help="as a JSON object")
    _action(actions, "compact", "make it as small and fast as it can be", "auricle catalogue compact --catalogue known")


def _add_add(actions: Commands) -> None:
    parser = _action(
        actions,
        "add",
        "make recordings known",
        "auricle catalogue add music/ --catalogue known",
        'auricle catalogue add a.wav --id jingle-7 --meta title="Spring sale"',
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help=FILES)
    group = parser.add_argument_group("recordings", _IDS)
    group.add_argument("--id", help="another id, for one recording; standard input has no path, and needs one")
    group.add_argument(
        "--meta",
        action="append",
        type=_pair,
        metavar="KEY=VALUE",
        help="what to keep of the recordings beside their tags, such as title='Spring sale'; once for each key",
    )
    group.add_argument(
        "--replace", action="store_true", help="listen to what is there already, too, and take it in place of what was heard before"
    )
    group.add_argument("--workers", type=int, metavar="N", help="recordings that are listened to at once (default: one for every core)")


def add_identify(commands: Commands) -> None:
    """`auricle identify`."""
    parser = command(
        commands,
        "identify",
        "say which known recording this is, and where in it we are",
        "auricle identify clip.mp3 --catalogue known",
        "auricle identify mix.flac --timeline --catalogue known",
        "auricle identify clips/ --csv table.csv --catalogue known",
        "arecord -d 8 -t wav | auricle identify - --json --catalogue known",
    )
    parser.epilog = f"{parser.epilog}\n{_CODES}"
    parser.add_argument("files", nargs="+", metavar="FILE", help=FILES)
    _add_directory(parser)
    group = parser.add_argument_group("result")
    group.add_argument("--timeline", action="store_true", help="everything that was recognised, and when: for mixes and broadcasts")
    group.add_argument("--json", action="store_true", help=_JSON_LINES)
    group.add_argument("--csv", metavar="OUT", help="write a table with a row for each recording, or stretch of one; - for standard output")
    add_input(parser, "of raw samples")


def add_fingerprint(commands: Commands) -> None:
    """`auricle fingerprint`."""
    parser = command(
        commands,
        "fingerprint",
        "print Chromaprint fingerprints, as fpcalc does, for AcoustID and MusicBrainz",
        "auricle fingerprint song.mp3",
        "auricle fingerprint music/ --json",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help=FILES)
    heard = parser.add_mutually_exclusive_group()
    heard.add_argument(
        "--length",
        type=float,
        metavar="S",
        help="how many seconds, from the start, are listened to (default: 120, which AcoustID wants; 0 is all)",
    )
    heard.add_argument("--all", action="store_true", help="listen to all of it")
    parser.add_argument("--raw", action="store_true", help="the fingerprint as numbers, not compressed")
    parser.add_argument("--json", action="store_true", help=_JSON_LINES)
    add_input(parser, "of raw samples")


def add_duplicates(commands: Commands) -> None:
    """`auricle duplicates`."""
    parser = command(
        commands,
        "duplicates",
        "find recordings that are there more than once, in whatever format and loudness",
        "auricle duplicates music/",
        "auricle duplicates music/ old-disk/ --json",
    )
    parser.epilog = f"{parser.epilog}\n\nThe best copy of each is named first. Nothing is ever deleted."
    parser.add_argument("files", nargs="+", metavar="FILE", help=_MANY_FILES)
    parser.add_argument("--workers", type=int, metavar="N", help="recordings that are listened to at once (default: one for every core)")
    parser.add_argument("--json", action="store_true", help="as a JSON object")


def _action(actions: Commands, name: str, summary: str, *lines: str) -> ArgumentParser:
    parser = command(actions, name, summary, *lines)
    _add_directory(parser)
    return parser


def _add_directory(parser: ArgumentParser) -> None:
    parser.add_argument("--catalogue", metavar="DIR", help="the catalogue's directory (default: what AURICLE_CATALOGUE says)")


def _pair(word: str) -> tuple[str, str]:
    key, sign, value = word.partition("=")
    if not (key and sign):
        raise ArgumentTypeError(f"{word!r} is not KEY=VALUE")
    return key.lower(), value
