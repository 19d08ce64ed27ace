"""`auricle convert`: one format into another, through files and pipes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from auricle import Audio
from tests.cli.conftest import Run, spawn


def test_lossless_round_trip(run: Run, recordings: Path, tmp_path: Path) -> None:
    """FLAC → WAV → FLAC keeps every sample, at the source's bit depth."""
    source = recordings / "jfk.flac"
    for one, two in ((source, tmp_path / "a.wav"), (tmp_path / "a.wav", tmp_path / "b.flac")):
        outcome = run("convert", one, two)
        assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert soundfile.info(tmp_path / "a.wav").subtype == "PCM_24"
    before, after = soundfile.read(source, dtype="int32")[0], soundfile.read(tmp_path / "b.flac", dtype="int32")[0]
    np.testing.assert_array_equal(before, after)


def test_what_is_asked_for(run: Run, recordings: Path, tmp_path: Path) -> None:
    """Rate, channels, bit depth and format are those that were asked for, whatever the suffix."""
    path = tmp_path / "a.bin"
    run("convert", recordings / "jfk.flac", path, "--format", "wav", "--rate", "8000", "--channels", "1", "--bit-depth", "float")
    info = soundfile.info(path)
    assert (info.format, info.samplerate, info.channels, info.subtype, info.frames) == ("WAV", 8000, 1, "FLOAT", 88_000)


def test_pipes(short: Path, tmp_path: Path) -> None:
    """`-` reads standard input and writes standard output, WAV unless said otherwise."""
    wav = spawn("convert", "-", "-", stdin=short.read_bytes())
    assert (wav.returncode, wav.stderr) == (0, b"")
    (tmp_path / "a.flac").write_bytes(spawn("convert", "-", "-", "--format", "flac", stdin=wav.stdout).stdout)
    np.testing.assert_array_equal(soundfile.read(short)[0], soundfile.read(tmp_path / "a.flac")[0])


def test_raw_input(run: Run, short: Path, tmp_path: Path) -> None:
    """Raw samples are read as --rate, --channels and --bit-depth describe them."""
    (tmp_path / "a.raw").write_bytes(soundfile.read(short, dtype="int16")[0].tobytes())
    run(
        "convert",
        tmp_path / "a.raw",
        tmp_path / "a.wav",
        "--input-format",
        "pcm",
        "--rate",
        "16000",
        "--channels",
        "1",
        "--bit-depth",
        "16",
    )
    np.testing.assert_array_equal(soundfile.read(short)[0], soundfile.read(tmp_path / "a.wav")[0])


def test_in_place(run: Run, short: Path, tmp_path: Path) -> None:
    """IN and OUT may be the same file, for it is replaced only when the new one is whole."""
    path = tmp_path / "a.wav"
    path.write_bytes(short.read_bytes())
    assert run("convert", path, path, "--rate", "8000").code == 0
    assert soundfile.info(path).samplerate == 8000


@pytest.mark.parametrize("source", ["missing.wav", "cut.wav", "."])
def test_a_bad_input(run: Run, cut: Path, tmp_path: Path, source: str) -> None:
    """What cannot be decoded gives 1, one line with its name, and no file."""
    outcome = run("convert", tmp_path / source, tmp_path / "out.wav")
    assert outcome.code == 1
    assert outcome.err.startswith(f"auricle: {tmp_path / source}: ")
    assert len(outcome.complaints) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.wav"]


def test_salvage(run: Run, cut: Path, tmp_path: Path) -> None:
    """--salvage converts what is there of a recording that is cut off."""
    assert run("convert", cut, tmp_path / "out.wav", "--salvage").code == 0
    assert soundfile.info(tmp_path / "out.wav").frames == (50_000 - 44) // 2


def test_no_place(run: Run, short: Path, tmp_path: Path) -> None:
    """A folder that does not exist is named."""
    outcome = run("convert", short, tmp_path / "no" / "out.wav")
    assert (outcome.code, outcome.err) == (1, f"auricle: cannot write {tmp_path / 'no' / 'out.wav'}: no such file or directory.\n")


def test_a_polite_kill_leaves_nothing_behind(tmp_path: Path) -> None:
    """SIGTERM in the middle of writing removes what is unfinished."""
    (folder := tmp_path / "out").mkdir()
    Audio(np.zeros((1, 3600 * 8000), np.float32), 8000).write(long := tmp_path / "hour.flac")
    with subprocess.Popen([sys.executable, "-m", "auricle", "convert", long, folder / "x.wav", "--rate", "768000"]) as process:
        while not list(folder.iterdir()):
            assert process.poll() is None
            time.sleep(0.01)
        process.terminate()
        assert process.wait(30) == 128 + signal.SIGTERM
    assert list(folder.iterdir()) == []
