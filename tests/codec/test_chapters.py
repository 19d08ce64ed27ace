"""Chapters: players find them where they were put, and the sound stays what it is."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, decode, write
from auricle.codec.chapters import CHAPTERED, Chapter, libav_chapters
from auricle.codec.config import OUTPUT_FORMATS

THREE = (Chapter("Öffnung", 0.0), Chapter("Middle & more", 0.5), Chapter("終", 1.25))


def noise(seconds: float, rate: int = 24_000) -> Audio:
    """Something to encode."""
    return Audio(np.random.default_rng(1).uniform(-0.1, 0.1, round(seconds * rate)).astype(np.float32), rate)


def found(data: bytes) -> list[tuple[str, list[float]]]:
    """The chapters as libav reads them."""
    with av.open(io.BytesIO(data)) as container:
        return [
            (chapter["metadata"]["title"], [float(time * (chapter["time_base"] or 0)) for time in (chapter["start"], chapter["end"])])
            for chapter in container.chapters()
        ]


@pytest.mark.parametrize("name", CHAPTERED)
@pytest.mark.parametrize("rate", [8000, 24_000, 44_100])
def test_chapters(name: str, rate: int) -> None:
    """Each begins where it was put, to a millisecond, and lasts until the next one or the end; titles are in any script."""
    file = io.BytesIO()
    write(file, noise(2.0).blocks(5000), AudioProcessingConfig(output_format=name, sample_rate=rate), {"title": "Book"}, lambda: THREE)
    assert [chapter[0] for chapter in found(file.getvalue())] == [chapter.title for chapter in THREE]
    expected = [(0.0, 0.5), (0.5, 1.25), (1.25, 2.0)]
    assert [time for _, times in found(file.getvalue()) for time in times] == pytest.approx(
        [t for pair in expected for t in pair], abs=1e-3
    )


@pytest.mark.parametrize("name", CHAPTERED)
def test_the_sound_is_the_same(name: str) -> None:
    """Chapters change neither the samples nor how many there are."""
    config = AudioProcessingConfig(output_format=name)
    with_them, without = io.BytesIO(), io.BytesIO()
    write(with_them, noise(1.7), config, None, lambda: THREE)
    write(without, noise(1.7), config)
    assert len(decode(with_them.getvalue()).samples[0]) == round(1.7 * 24_000)
    np.testing.assert_array_equal(decode(with_them.getvalue()).samples, decode(without.getvalue()).samples)


def test_they_are_asked_for_at_the_end() -> None:
    """A book's chapters are known when all of it has been made."""
    known: list[Chapter] = []

    def pieces() -> Iterator[Audio]:
        for number in range(3):
            known.append(Chapter(f"{number}", 0.25 * number))
            yield noise(0.25)

    file = io.BytesIO()
    write(file, pieces(), AudioProcessingConfig(output_format="m4a"), None, lambda: known)
    assert [start for _, (start, *_) in found(file.getvalue())] == [0.0, 0.25, 0.5]


@pytest.mark.parametrize("name", sorted(set(OUTPUT_FORMATS) - set(CHAPTERED) - {"ogg", "vorbis"}))  # libsndfile numbers these at random
def test_formats_without_chapters(name: str) -> None:
    """Where there is no room for chapters the file is as without."""
    with_them, without = io.BytesIO(), io.BytesIO()
    config = AudioProcessingConfig(output_format=name)
    write(with_them, noise(1.7), config, None, lambda: THREE)
    write(without, noise(1.7), config)
    assert with_them.getvalue() == without.getvalue()


def test_behind_the_end() -> None:
    """What would begin behind the end is left out, and none ends behind it."""
    kept = libav_chapters([Chapter("a", 0.0), Chapter("b", 0.5), Chapter("c", 1.0)], 24_000, 24_000)
    assert [(one["start"], one["end"]) for one in kept] == [(0, 12_000), (12_000, 24_000)]


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="pip does not install ffprobe")
def test_another_reader(tmp_path: Path) -> None:
    """FFmpeg's own command finds them in an audio book."""
    write(tmp_path / "book.m4b", noise(2.0), None, None, lambda: THREE)
    command = ["ffprobe", "-v", "error", "-show_chapters", "-of", "json", str(tmp_path / "book.m4b")]
    shown = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["chapters"]
    assert [chapter["tags"]["title"] for chapter in shown] == [chapter.title for chapter in THREE]
