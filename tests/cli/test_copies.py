"""Which copy is the best."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.cli.copies import copies_of
from auricle.codec import AudioProcessingConfig
from auricle.errors import InputError
from auricle.identification.chromaprint import fingerprint
from auricle.identification.duplicates import sound_s
from auricle.identification.results import DuplicateGroup

RATE = 44_100
SOUND = Audio(0.1 * np.random.default_rng(5).standard_normal((2, 10 * RATE)).astype(np.float32), RATE)


def ranked(*paths: Path) -> list[str]:
    """The names of copies, the best first."""
    sound = {str(path): sound_s(fingerprint(path, length=0)) for path in paths}
    (copies,) = copies_of([DuplicateGroup(tuple(map(str, paths)), 0.9)], sound)
    assert copies.spare_bytes == sum(path.stat().st_size for path in paths if path != Path(copies.copies[0].path))
    return [Path(copy.path).name for copy in copies.copies]


def written(folder: Path, name: str, config: AudioProcessingConfig | None = None, *, sound: Audio = SOUND) -> Path:
    """A file."""
    path = folder / name
    sound.write(path, config)
    return path


def test_the_best(tmp_path: Path) -> None:
    """Stereo goes before mono, lossless before lossy, more bits before fewer, whoever comes first; a padded end is nothing."""
    files = [
        written(tmp_path, "low.mp3", AudioProcessingConfig(bit_rate=64_000)),
        written(tmp_path, "mono.flac", AudioProcessingConfig(channels=1)),
        written(tmp_path, "high.mp3", AudioProcessingConfig(bit_rate=256_000)),
        written(tmp_path, "deep.flac", AudioProcessingConfig(bit_depth=24)),
        written(tmp_path, "plain.flac", AudioProcessingConfig(bit_depth=16)),
    ]
    expected = ["deep.flac", "plain.flac", "high.mp3", "low.mp3", "mono.flac"]
    assert ranked(*files) == expected
    assert ranked(*reversed(files)) == expected


def test_a_part_is_not_the_best(tmp_path: Path) -> None:
    """A lossless copy whose end is missing comes behind a lossy one that is whole."""
    part = written(tmp_path, "part.flac", sound=SOUND.slice(0.0, 6.0))
    assert ranked(part, written(tmp_path, "whole.mp3", AudioProcessingConfig(bit_rate=128_000))) == ["whole.mp3", "part.flac"]


@pytest.mark.parametrize("seconds", [1.0, 60.0])
def test_silence_makes_no_copy_better(tmp_path: Path, seconds: float) -> None:
    """It is no part of a recording, before it or after it."""
    silence = np.zeros((2, round(seconds * RATE)), np.float32)
    after, before = (Audio(np.concatenate(parts, axis=1), RATE) for parts in ([SOUND.samples, silence], [silence, SOUND.samples]))
    whole = written(tmp_path, "whole.flac")
    for name, sound in (("after.mp3", after), ("before.mp3", before)):
        assert ranked(written(tmp_path, name, sound=sound), whole) == ["whole.flac", name]


def test_a_telephone_is_not_the_best(tmp_path: Path) -> None:
    """A sample rate that cannot carry music is worse than any codec; one that carries more than anybody hears is no better."""
    telephone = written(tmp_path, "telephone.wav", AudioProcessingConfig(sample_rate=8000, channels=1))
    assert ranked(telephone, written(tmp_path, "a.mp3", AudioProcessingConfig(bit_rate=192_000))) == ["a.mp3", "telephone.wav"]
    studio = written(tmp_path, "studio.mp3", AudioProcessingConfig(sample_rate=48_000, bit_rate=128_000))
    assert ranked(studio, written(tmp_path, "disc.flac", AudioProcessingConfig(sample_rate=32_000))) == ["disc.flac", "studio.mp3"]


def test_lossy_formats(tmp_path: Path) -> None:
    """Opus is always at 48 kHz, which makes it no better: the bit rate decides."""
    opus = written(tmp_path, "a.opus", AudioProcessingConfig(bit_rate=64_000))
    assert ranked(opus, written(tmp_path, "b.mp3", AudioProcessingConfig(bit_rate=256_000))) == ["b.mp3", "a.opus"]


def test_a_file_that_is_gone() -> None:
    """Is an error of the input."""
    with pytest.raises(InputError):
        copies_of([DuplicateGroup(("nowhere/a.mp3", "nowhere/b.mp3"), 1.0)], {"nowhere/a.mp3": 1.0, "nowhere/b.mp3": 1.0})
