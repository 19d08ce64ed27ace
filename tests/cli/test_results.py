"""Results get names of their own."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from auricle.cli.inputs import Input
from auricle.cli.results import result_paths


def named(*inputs: str, suffix: str = ".srt") -> list[str]:
    """The results' names for inputs of these paths."""
    return [path.name for path in result_paths([Input(Path(name)) for name in inputs], Path("out"), suffix)]


def test_stem() -> None:
    """A result has the stem of its input; only what is not unique gets more."""
    assert named("x/a.mp3", "b.tar.wav") == ["a.srt", "b.tar.srt"]
    assert named("a.mp3", "a.wav", "b.wav") == ["a.mp3.srt", "a.wav.srt", "b.srt"]
    assert named("x/a.mp3", "y/a.mp3") == ["a.mp3.srt", "a.mp3 (2).srt"]
    assert named("A.mp3", "a.wav") == ["A.mp3.srt", "a.wav.srt"]


def test_an_input_is_not_written_over() -> None:
    """A result never takes the place of a recording, even of one with an odd suffix."""
    assert named("out/a.txt", suffix=".txt") == ["a (2).txt"]


def test_a_link_in_a_circle(tmp_path: Path) -> None:
    """A link that leads to itself gets a name like any other; opening it is what fails."""
    (tmp_path / "a.wav").symlink_to("a.wav")
    assert named(str(tmp_path / "a.wav")) == ["a.srt"]


@given(st.lists(st.text("aA.2 ()", min_size=1, max_size=6).filter(lambda name: Path(name).name == name), unique=True))
def test_no_two_are_the_same(inputs: list[str]) -> None:
    """Whatever the names, no two results are the same, not even where case does not count."""
    results = named(*inputs)
    assert len({name.casefold() for name in results}) == len(inputs)
