"""`auricle duplicates`: recordings that are there more than once among files. It says so, and changes nothing."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence

from auricle.cli import failures, output
from auricle.cli.copies import Copies, Copy, copies_of
from auricle.cli.enhance_report import aligned
from auricle.cli.inputs import expand
from auricle.cli.progress import Progress
from auricle.errors import InputError
from auricle.identification.duplicates import DuplicateSearch, find_duplicates
from auricle.wire.copies import copy_groups

__all__ = ["run"]


def run(arguments: Namespace) -> int:
    """Look for copies among all that FILE means; gives the exit code."""
    files, missing = expand(arguments.files)
    if any(file.path is None for file in files):
        missing.append(("standard input", InputError("it is one recording; name files or folders, which may hold copies.")))
    codes = [failures.report(name, error) for name, error in missing]
    found = _search([str(file.path) for file in files if file.path is not None], arguments.workers)
    codes += [failures.report(path, InputError(reason)) for path, reason in found.unreadable.items()]
    groups = copies_of(found.groups, found.sound_s)
    if arguments.json:
        output.say(output.json_text(copy_groups((one.similarity, [(copy.path, copy.info) for copy in one.copies]) for one in groups)))
    else:
        output.say("\n".join(map(_text, groups)))
        output.note(_summary(groups))
    return max(codes, default=0)


def _search(paths: Sequence[str], workers: int | None) -> DuplicateSearch:
    done = 0

    def tell(count: int, _: int) -> None:
        nonlocal done
        done = count

    with Progress("listening", len(paths), lambda: done, "files"):
        return find_duplicates(paths, tell, workers)


def _text(group: Copies) -> str:
    best, *others = group.copies
    rows = [("best", *_cells(best)), *(("", *_cells(other)) for other in others)]
    return f"{len(group.copies)} copies, {group.similarity:.2f} alike\n" + aligned(rows, right=(1, 4))


def _cells(copy: Copy) -> tuple[str, ...]:
    info = copy.info
    depth = "float" if info.bit_depth == "float" else f"{info.bit_depth} bit"
    quality = f"{copy.bit_rate / 1000:.0f} kb/s" if info.bit_depth is None else depth
    time = "?" if info.duration is None else output.clock(info.duration)
    return time, info.codec, f"{info.sample_rate / 1000:g} kHz {quality}", output.human_size(info.size_bytes), copy.path


def _summary(groups: Sequence[Copies]) -> str:
    if not groups:
        return "no recording is there more than once."
    spare = sum(len(group.copies) - 1 for group in groups)
    size = output.human_size(sum(group.spare_bytes for group in groups))
    return f"there more than once: {len(groups)}; copies beside the best: {spare} ({size})."
