"""`auricle enhance`: files, folders and pipes in, better ones out, and a report of what was done."""

from __future__ import annotations

import io
import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from auricle.audio import Audio
from auricle.cli.main import main
from auricle.codec import probe
from auricle.loudness import measure, true_peak
from tests.cli.conftest import Run, spawn
from tests.cli.terminal import Terminal

RATE = 16_000


@pytest.fixture
def quiet(tmp_path: Path) -> Path:
    """Two seconds of a tone at -30 dBFS, in 24 bits."""
    path = tmp_path / "quiet.wav"
    tone = 10 ** (-30 / 20) * np.sin(2 * np.pi * 1000 * np.arange(2 * RATE) / RATE)
    soundfile.write(path, tone, RATE, subtype="PCM_24")
    return path


def lufs(path: Path) -> float:
    """Its integrated loudness."""
    return measure(Audio.read(path)).integrated


def test_a_file(run: Run, quiet: Path, tmp_path: Path) -> None:
    """IN becomes OUT, silently, as loud as it was asked for, in IN's bit depth, rate and length."""
    outcome = run("enhance", quiet, "-o", tmp_path / "out.flac", "--loudness", "-16", "--true-peak", "-1")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert lufs(tmp_path / "out.flac") == pytest.approx(-16, abs=0.1)
    info = soundfile.info(tmp_path / "out.flac")
    assert (info.subtype, info.samplerate, info.frames) == ("PCM_24", RATE, 2 * RATE)


def test_an_equaliser(run: Run, quiet: Path, tmp_path: Path) -> None:
    """A band of -6 dB at the tone makes it 6 dB quieter."""
    run("enhance", quiet, "-o", tmp_path / "out.wav", "--eq", "1000:-6:1.0")
    middle = slice(RATE // 2, RATE)  # behind the filter's beginning
    before, after = (soundfile.read(path)[0][middle] for path in (quiet, tmp_path / "out.wav"))
    assert 20 * np.log10(np.abs(after).max() / np.abs(before).max()) == pytest.approx(-6, abs=0.05)


def test_what_is_asked_of_the_file(run: Run, quiet: Path, tmp_path: Path) -> None:
    """Format, rate, channels and bit depth are those that are asked for, as with `convert`."""
    asked = ("--format", "wav", "--rate", "8000", "--channels", "2", "--bit-depth", "16")
    assert run("enhance", quiet, "-o", tmp_path / "out.bin", "--eq", "100:3", *asked).code == 0
    info = soundfile.info(tmp_path / "out.bin")
    assert (info.format, info.samplerate, info.channels, info.subtype) == ("WAV", 8000, 2, "PCM_16")


def test_pipes(quiet: Path) -> None:
    """`-` reads standard input and writes standard output, and nothing else goes there."""
    process = spawn("enhance", "-", "-o", "-", "--loudness", "-20", "--format", "flac", stdin=quiet.read_bytes())
    assert (process.returncode, process.stderr) == (0, b"")
    samples, rate = soundfile.read(io.BytesIO(process.stdout), dtype="float32")
    assert measure(Audio(samples[None], rate)).integrated == pytest.approx(-20, abs=0.1)


def test_a_folder(run: Run, quiet: Path, tmp_path: Path) -> None:
    """Folders in, folders out; one bad file is named and does not stop the others."""
    for name in ("talks/one.wav", "talks/2024/two.wav"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(quiet.read_bytes())
    (tmp_path / "talks" / "bad.wav").write_bytes(quiet.read_bytes()[:9000])
    outcome = run("enhance", tmp_path / "talks", "-o", tmp_path / "out", "--loudness", "-16")
    assert outcome.code == 1
    assert len(outcome.complaints) == 1
    assert outcome.err.startswith(f"auricle: {tmp_path}/talks/bad.wav: it is cut off")
    assert sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "out").rglob("*.*")) == ["out/2024/two.wav", "out/one.wav"]
    assert lufs(tmp_path / "out" / "2024" / "two.wav") == pytest.approx(-16, abs=0.1)


def test_in_place(run: Run, quiet: Path) -> None:
    """IN may be OUT, which is replaced when it is whole."""
    assert run("enhance", quiet, "-o", quiet, "--loudness", "-16").code == 0
    assert lufs(quiet) == pytest.approx(-16, abs=0.1)


def test_what_does_not_fit_one_file(run: Run, quiet: Path, tmp_path: Path) -> None:
    """A band above what the recording holds is wrong usage, said of that recording, and leaves no file."""
    outcome = run("enhance", quiet, "-o", tmp_path / "out.wav", "--eq", "9000:3")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"auricle: {quiet}: --eq: band 1: its frequency is 9000 Hz")
    assert not (tmp_path / "out.wav").exists()


def test_an_error_of_one_file_names_the_option(run: Run, quiet: Path, tmp_path: Path) -> None:
    """A span of noise that the recording has not is about --noise-profile."""
    outcome = run("enhance", quiet, "-o", tmp_path / "out.wav", "--noise-profile", "5-20")
    assert outcome.code == 2
    assert outcome.err.startswith(f"auricle: {quiet}: --noise-profile: the noise is from 5 to 20 s of a recording of 2 s")


def test_a_silent_profile_is_not_the_recordings_fault(run: Run, quiet: Path, silence: Path, tmp_path: Path) -> None:
    """It is said of the option, once, and no recording is named."""
    outcome = run("enhance", quiet, "-o", tmp_path / "out.wav", "--noise-profile", silence)
    assert (outcome.code, len(outcome.complaints)) == (2, 1)
    assert outcome.err.startswith("auricle: --noise-profile: the noise is silent")


def test_a_forgotten_sign(run: Run, quiet: Path, tmp_path: Path) -> None:
    """Nothing is made but the complaint."""
    outcome = run("enhance", quiet, "-o", tmp_path / "out.wav", "--denoise", "12")
    assert (outcome.code, outcome.err.startswith("auricle: --denoise: ")) == (2, True)
    assert "write --denoise=12" in outcome.err
    assert not (tmp_path / "out.wav").exists()


def test_an_empty_folder(run: Run, tmp_path: Path) -> None:
    """As with `loudness`: there is no audio in it."""
    (tmp_path / "empty").mkdir()
    outcome = run("enhance", tmp_path / "empty", "-o", tmp_path / "out", "--level")
    assert (outcome.code, outcome.err) == (1, f"auricle: {tmp_path}/empty: this folder holds no audio or video file.\n")


def test_nine_channels(run: Run, tmp_path: Path) -> None:
    """Any number that a recording can have, up to 64, as the documentation says."""
    soundfile.write(tmp_path / "nine.wav", np.full((RATE, 9), 0.1), RATE)
    assert run("enhance", tmp_path / "nine.wav", "-o", tmp_path / "out.wav", "--eq", "100:3", "--loudness", "-20").code == 0
    assert soundfile.info(tmp_path / "out.wav").channels == 9


def test_salvage(run: Run, cut: Path, tmp_path: Path) -> None:
    """--salvage enhances what is there."""
    assert run("enhance", cut, "-o", tmp_path / "out.wav", "--loudness", "-20", "--salvage").code == 0
    assert soundfile.info(tmp_path / "out.wav").frames == (50_000 - 44) // 2


def test_raw_samples(run: Run, quiet: Path, tmp_path: Path) -> None:
    """Raw samples are read as they are described."""
    (tmp_path / "a.raw").write_bytes(soundfile.read(quiet, dtype="int16")[0].tobytes())
    described = ("--input-format", "pcm", "--rate", str(RATE), "--channels", "1", "--bit-depth", "16")
    assert run("enhance", tmp_path / "a.raw", "-o", tmp_path / "out.wav", "--loudness", "-16", *described).code == 0
    assert soundfile.info(tmp_path / "out.wav").frames == 2 * RATE


def test_the_report(run: Run, quiet: Path, tmp_path: Path) -> None:
    """--report prints figures before and after as a table, and what each step did."""
    out = run("enhance", quiet, "-o", tmp_path / "out.wav", "--eq", "100:3", "--loudness", "-16", "--report").out
    rows = {line[:16].strip(): line[16:].split() for line in out.splitlines()}
    assert out.splitlines()[0].split() == ["before", "after"]
    assert rows["integrated"][1:] == ["-16.0", "LUFS"]
    assert rows["duration"] == ["2.00", "2.00", "s"]
    assert "\nequalize" in out
    assert "\nnormalize" in out
    assert "gain" in out


def test_reports_of_several(run: Run, quiet: Path, tmp_path: Path) -> None:
    """Each has a heading; as JSON each is one line with the file's name."""
    other = tmp_path / "other.wav"
    other.write_bytes(quiet.read_bytes())
    words = ("enhance", quiet, other, "-o", tmp_path / "out", "--loudness", "-16")
    headings = [line for line in run(*words, "--report").out.splitlines() if "==>" in line]
    assert headings == [f"==> {quiet} <==", f"==> {other} <=="]
    reports = [json.loads(line) for line in run(*words, "--json").out.splitlines()]
    assert [report["file"] for report in reports] == [str(quiet), str(other)]
    assert reports[0]["after"]["integrated_lufs"] == pytest.approx(-16, abs=0.1)


def test_json_of_one(run: Run, quiet: Path, tmp_path: Path) -> None:
    """One object, with before, after, steps and notes."""
    report = json.loads(run("enhance", quiet, "-o", tmp_path / "out.wav", "--loudness", "-16", "--json").out)
    assert list(report) == ["before", "after", "steps", "notes"]
    assert [step["name"] for step in report["steps"]] == ["normalize"]


def test_what_the_user_should_know(run: Run, silence: Path, tmp_path: Path) -> None:
    """Without a report its notes are on standard error: a target that could not be had is never kept quiet."""
    outcome = run("enhance", silence, "-o", tmp_path / "out.wav", "--loudness", "-16")
    assert outcome.code == 0
    assert outcome.err.startswith(f"{silence}: ")
    assert "silence" in outcome.err.partition(": ")[2]


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_picture(run: Run, quiet: Path, tmp_path: Path, kind: str) -> None:
    """--plot draws before and after, also where OUT takes the place of IN."""
    path = tmp_path / f"picture.{kind}"
    assert run("enhance", quiet, "-o", quiet, "--loudness", "-16", "--plot", path).err == ""
    content = path.read_bytes()
    assert content.startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind])
    if kind == "png":
        width, height = struct.unpack(">II", content[16:24])
        assert (width, height) == (1540, 660)


def test_no_place_for_the_picture(run: Run, quiet: Path, tmp_path: Path) -> None:
    """It is said before any work."""
    picture = tmp_path / "nofold" / "p.png"
    outcome = run("enhance", quiet, "-o", tmp_path / "out.wav", "--level", "--plot", picture)
    assert (outcome.code, len(outcome.complaints)) == (1, 1)
    assert outcome.err.startswith(f"auricle: cannot write {picture}: ")
    assert not (tmp_path / "out.wav").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX pipes")
def test_no_picture_of_a_pipe(run: Run, tmp_path: Path) -> None:
    """What can be read only once is refused at once, not waited for."""
    os.mkfifo(tmp_path / "pipe")
    outcome = run("enhance", tmp_path / "pipe", "-o", tmp_path / "out.wav", "--level", "--plot", tmp_path / "a.png")
    assert outcome.code == 2
    assert outcome.err.startswith("auricle: --plot: ")


def test_tags_go_along(run: Run, quiet: Path, tmp_path: Path) -> None:
    """The result has the title of its source."""
    with soundfile.SoundFile(tmp_path / "tagged.flac", "w", RATE, 1) as file:
        file.title = "Größe"
        file.write(soundfile.read(quiet)[0])
    run("enhance", tmp_path / "tagged.flac", "-o", tmp_path / "out.mp3", "--eq", "100:3")
    assert probe(tmp_path / "out.mp3").tags["title"] == "Größe"


def test_peaks_alone(run: Run, short: Path, tmp_path: Path) -> None:
    """--true-peak without a loudness only limits peaks."""
    assert run("enhance", short, "-o", tmp_path / "out.wav", "--true-peak", "-12", "--bit-depth", "float").code == 0
    assert true_peak(Audio.read(tmp_path / "out.wav")) <= -12 + 0.01


def test_progress(quiet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a bar stands while it works, and leaves no trace."""

    class Tty(io.StringIO):
        encoding = "utf-8"

        def isatty(self) -> bool:
            return True

    screen = Tty()
    monkeypatch.setattr("sys.stderr", screen)
    assert main(["enhance", str(quiet), "-o", str(tmp_path / "out.wav"), "--loudness", "-16"]) == 0
    terminal = Terminal(80, 24)
    terminal.write(screen.getvalue())
    assert "".join(terminal.text()) == ""
