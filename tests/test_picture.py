"""Pictures as files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auricle.errors import OptionError, OutputError
from auricle.picture import Picture, mark_time


@pytest.mark.parametrize("kind", ["png", "PNG", "svg", "pdf"])
def test_a_file_of_each_kind(tmp_path: Path, kind: str) -> None:
    """The suffix says which."""
    picture = Picture(path := tmp_path / f"a.{kind}", "music")
    picture.save(picture.figure(figsize=(1, 1)))
    assert path.read_bytes().startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind.lower()])


def test_no_such_kind() -> None:
    """A suffix that says no kind of picture is refused before any work."""
    with pytest.raises(OptionError, match=r"a\.gif.*\.png, \.svg, \.pdf") as caught:
        Picture(Path("a.gif"), "music")
    assert caught.value.field == "plot"


def test_no_place(tmp_path: Path) -> None:
    """A folder that is not there, or is there in place of the file, is an error of the output, before any work."""
    (tmp_path / "a.png").mkdir()
    for path in (tmp_path / "no" / "a.png", tmp_path / "a.png"):
        with pytest.raises(OutputError, match=r"a\.png"):
            Picture(path, "music")
    assert not list((tmp_path / "a.png").iterdir())


@pytest.mark.parametrize(
    ("seconds", "marks"),
    [
        (0.5, ["time (s)"]),
        (60, ["0", "60", "time (s)"]),
        (300, ["0:00", "1:00", "4:00", "time (min:s)"]),
        (7200, ["0:00", "1:30:00", "time (h:min:s)"]),
        (20 * 3600, ["0:00", "6:00:00", "time (h:min:s)"]),
    ],
)
def test_long_recordings_are_in_minutes(tmp_path: Path, seconds: float, marks: list[str]) -> None:
    """Seconds up to two minutes, then minutes, then hours."""
    picture = Picture(path := tmp_path / "a.svg", "music")
    axis = (figure := picture.figure()).subplots()
    axis.set_xlim(0, seconds)
    mark_time(axis, seconds, 12)
    picture.save(figure)
    assert {*marks} <= set(re.findall(r"<!-- (.*?) -->", path.read_text()))
