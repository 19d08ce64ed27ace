"""A SubRip file that grows: whole after every segment, and in the end what is written of a whole transcript."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from auricle.cli.subtitle_file import SubtitleFile
from auricle.errors import OutputError
from auricle.speech.subtitles import render
from auricle.speech.transcript import Segment, Transcript, Word
from tests.cli.conftest import quiet

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits")

SENTENCES = ("Yes.", "It was the best of times, it was the worst of times, it was the age.", "吾輩は猫である。名前はまだ無い。", "No")

# A process that may not write files beyond this many bytes, as on a full disk: it adds segments until one does not fit.
LIMITED = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (250, 250))
from auricle.cli.subtitle_file import SubtitleFile
from tests.cli.test_subtitle_file import segment
with SubtitleFile(Path(sys.argv[1])) as file:
    for number in range(20):
        file.add(segment(number, "It was the best of times.", 10.0 * number, 2.0))
"""


def segment(number: int, text: str, start: float, duration: float) -> Segment:
    """A segment whose words share its time."""
    spoken = text.split()
    step = duration / len(spoken)
    words = tuple(Word(word, start + at * step, start + (at + 1) * step, 0.9) for at, word in enumerate(spoken))
    return Segment(number, start, start + duration, text, "en", 0.9, words)


def rendered(segments: list[Segment]) -> str:
    """The same in one go."""
    return render(Transcript("", "en", 1.0, 0.0, tuple(segments), 0.0, ""), "srt")


def captions(path: Path) -> list[str]:
    """What another program reads."""
    return [caption.text for caption in webvtt.from_srt(str(path)).captions]


@given(st.lists(st.tuples(st.sampled_from(SENTENCES), st.floats(0, 3), st.floats(0.05, 9)), max_size=8))
def test_the_same_as_in_one_go(tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, float, float]]) -> None:
    """After each segment, short, long, close to the one before or far, the file is what `render` writes of all so far; it only grows."""
    path, segments, clock, size = tmp_path_factory.mktemp("srt") / "live.srt", list[Segment](), 0.0, 0
    with SubtitleFile(path) as file:
        for number, (text, pause, duration) in enumerate(said):
            segments.append(segment(number, text, round(clock + pause, 2), round(duration, 2)))
            clock = segments[-1].end
            file.add(segments[-1])
            assert path.read_text(encoding="utf-8") == rendered(segments)
            assert path.stat().st_size > size
            size = path.stat().st_size


def test_another_program_reads_it(tmp_path: Path) -> None:
    """After every segment a parser of others finds all that was said so far."""
    with SubtitleFile(tmp_path / "live.srt") as file:
        for number in range(4):
            file.add(segment(number, "It was the best of times.", 3.0 * number, 2.0))
            assert captions(tmp_path / "live.srt") == ["It was the best of times."] * (number + 1)


def test_it_begins_anew(tmp_path: Path) -> None:
    """What was in the file before is gone as soon as it is opened."""
    (tmp_path / "live.srt").write_text("x" * 1000, encoding="utf-8")
    with SubtitleFile(tmp_path / "live.srt"):
        assert (tmp_path / "live.srt").read_bytes() == b""


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A folder, or a folder that is missing, is said in a sentence."""
    for path in (tmp_path, tmp_path / "missing" / "live.srt"):
        with pytest.raises(OutputError, match=f"cannot write {path}: "):
            SubtitleFile(path)


@posix
def test_a_full_disk(tmp_path: Path) -> None:
    """Where a segment does not fit on the disk the file stays whole, and ends with the one before."""
    path = tmp_path / "live.srt"
    process = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=False, timeout=60, env=quiet()
    )
    assert f"cannot write {path}: file too large" in process.stderr
    assert captions(path) == ["It was the best of times."] * 4
    assert path.read_text(encoding="utf-8") == rendered([segment(n, "It was the best of times.", 10.0 * n, 2.0) for n in range(4)])
