"""`auricle analyze`: files, folders and pipes in, what music is made of out."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from auricle.audio import Audio
from auricle.cli.main import main
from auricle.codec import probe
from auricle.errors import UnreadableInput
from auricle.wire.analysis import analysis as wire_analysis
from tests.cli.conftest import Run, spawn
from tests.cli.terminal import Terminal

RATE = 22_050
LEVEL = ("--include", "dynamics")  # which needs no model
BPM = 120


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """EBU Tech 3341, case 1: -23 LUFS, whatever is measured; 4 s of it."""
    path = tmp_path / "tone.wav"
    wave = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * np.arange(4 * 48_000) / 48_000)
    soundfile.write(path, np.stack([wave, wave], axis=1), 48_000, subtype="FLOAT")
    return path


@pytest.fixture(scope="module")
def drums(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds at 120 BPM: a low drum and a high one in turns, and noise on every half beat."""
    chance = np.random.default_rng(3)
    time = np.arange(RATE // 8) / RATE
    low = 0.8 * np.sin(2 * np.pi * 60 * time) * np.exp(-time / 0.05)
    high = 0.5 * chance.standard_normal(time.size) * np.exp(-time / 0.03)
    hat = 0.1 * chance.standard_normal(time.size) * np.exp(-time / 0.01)
    sound = np.zeros(12 * RATE)
    for half in range(47):
        at = half * RATE // 4 + RATE // 10
        sound[at : at + time.size] += hat if half % 2 else high if half % 4 == 2 else low
    path = tmp_path_factory.mktemp("drums") / "drums.flac"
    with soundfile.SoundFile(path, "w", RATE, 1) as file:
        file.title = "Größe"
        file.write(sound)
    return path


def test_a_file(run: Run, tone: Path) -> None:
    """Its name, then what was found, and nothing of what was not asked for."""
    outcome = run("analyze", tone, *LEVEL)
    assert (outcome.code, outcome.err) == (0, "")
    head, duration, loudness = outcome.out.splitlines()
    assert head == str(tone)
    assert duration == "  duration   4.00 s, 48000 Hz, stereo"
    assert loudness == "  loudness   -23.0 LUFS, range 0.0 LU, true peak -23.0 dBTP, PLR 0.0 LU"


def test_several(run: Run, tone: Path, silence: Path) -> None:
    """A line for each below the names of the figures."""
    outcome = run("analyze", tone, silence, *LEVEL)
    assert (outcome.code, outcome.err) == (0, "")
    head, first, second = outcome.out.splitlines()
    assert head.split() == ["TIME", "LUFS", "FILE"]
    assert first.split() == ["0:04", "-23.0", str(tone)]
    assert second.split() == ["0:01", "-inf", str(silence)]


def test_json(run: Run, tone: Path, silence: Path) -> None:
    """What the library finds, in the words of `wire`, behind the file's name; one object, or one a line."""
    import auricle.music

    expected = json.loads(json.dumps(wire_analysis(auricle.music.analyze(tone, include=["dynamics"]))))
    assert json.loads(run("analyze", tone, *LEVEL, "--json").out) == {"file": str(tone), **expected}
    first, second = map(json.loads, run("analyze", tone, silence, *LEVEL, "--json").out.splitlines())
    assert first == {"file": str(tone), **expected}
    assert (second["file"], second["dynamics"]["loudness"]["integrated_lufs"]) == (str(silence), None)


def test_a_folder_with_one_file(run: Run, tone: Path) -> None:
    """It is told as every folder, so that who reads line by line need not know how many there are."""
    told = run("analyze", tone.parent, *LEVEL, "--json").out
    assert (told.count("\n"), json.loads(told)["file"]) == (1, str(tone))
    assert run("analyze", tone.parent, *LEVEL).out.splitlines()[0].split() == ["TIME", "LUFS", "FILE"]


def test_frames(run: Run, tone: Path) -> None:
    """--frames has the figure of every frame: one more than whole hops fit, as frames are centred (librosa)."""
    words = ("analyze", tone, "--include", "spectrum", "--json")
    assert "frames" not in json.loads(run(*words).out)["spectrum"]["centroid_hz"]
    assert len(json.loads(run(*words, "--frames").out)["spectrum"]["centroid_hz"]["frames"]) == 4 * RATE // 512 + 1


def test_a_folder_with_a_bad_file(run: Run, tone: Path, cut: Path) -> None:
    """What cannot be read is named, the rest is in the table and in the CSV, and the code is 1; --salvage takes what there is."""
    table = tone.parent / "table.csv"
    outcome = run("analyze", tone.parent, *LEVEL, "--csv", table)
    assert (outcome.code, len(outcome.out.splitlines())) == (1, 2)
    assert outcome.err.startswith(f"auricle: {cut}: it is cut off")
    with table.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["file"], row["true_peak_dbtp"]) == (str(tone), "-23.0")
    assert run("analyze", cut, *LEVEL, "--salvage").code == 0


def test_csv_on_standard_output(run: Run, tone: Path) -> None:
    """Then the table for people is not there."""
    (row,) = csv.DictReader(io.StringIO(run("analyze", tone, *LEVEL, "--csv", "-").out))
    assert (row["file"], row["duration_s"], row["tempo_bpm"]) == (str(tone), "4.0", "")


def test_pipes(tone: Path) -> None:
    """`-` is standard input, and a picture can be drawn of it, too."""
    picture = tone.parent / "a.png"
    process = spawn("analyze", "-", *LEVEL, "--plot", picture, stdin=tone.read_bytes())
    assert (process.returncode, process.stderr) == (0, b"")
    assert process.stdout.decode().splitlines()[0] == "standard input"
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_raw_samples(run: Run, tmp_path: Path) -> None:
    """They are described, or refused."""
    (tmp_path / "a.raw").write_bytes(np.full(8000, 8192, "<i2").tobytes())
    described = ("--input-format", "pcm", "--rate", "8000")
    assert run("analyze", tmp_path / "a.raw", *LEVEL, *described).out.splitlines()[1] == "  duration   1.00 s, 8000 Hz, mono"
    assert run("analyze", tmp_path / "a.raw", *LEVEL, "--input-format", "pcm").code == 2


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_picture(run: Run, tone: Path, tmp_path: Path, kind: str) -> None:
    """--plot draws it."""
    assert run("analyze", tone, *LEVEL, "--plot", tmp_path / f"a.{kind}").err == ""
    assert (tmp_path / f"a.{kind}").read_bytes().startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind])


def test_pictures_of_a_folder(run: Run, tone: Path, tmp_path: Path) -> None:
    """One of each, in its folder."""
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for place in ("in/a.wav", "in/deep/b.wav"):
        shutil.copy(tone, tmp_path / place)
    assert run("analyze", tmp_path / "in", *LEVEL, "--plot", tmp_path / "out").code == 0
    assert sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "out").rglob("*.*")) == ["out/a.png", "out/deep/b.png"]


def test_clicks(run: Run, drums: Path, tmp_path: Path) -> None:
    """The recording, half as loud, with a click on each beat, and with its title."""
    outcome = run("analyze", drums, "--include", "rhythm", "--json", "--clicks", tmp_path / "clicks.wav")
    assert (outcome.code, outcome.err) == (0, "")
    beats = [beat["time"] for beat in json.loads(outcome.out)["rhythm"]["beats"]]
    before, after = Audio.read(drums), Audio.read(tmp_path / "clicks.wav")
    assert (after.rate, after.frames, probe(tmp_path / "clicks.wav").tags["title"]) == (RATE, before.frames, "Größe")
    added = np.abs(after.samples[0] - 0.5 * before.samples[0])
    near = np.zeros(added.size, bool)
    for beat in beats:
        near[max(0, round(beat * RATE) - 20) : round(beat * RATE) + RATE // 10] = True
        assert added[max(0, round(beat * RATE) - 20) : round(beat * RATE) + 20].max() > 0.3
    assert len(beats) > 12
    assert added[~near].max() < 1e-3


def test_tags(run: Run, drums: Path, tmp_path: Path) -> None:
    """A copy with the tempo, which sounds the same; the original stays as it is."""
    before = drums.read_bytes()
    outcome = run("analyze", drums, "--include", "rhythm", "--json", "--tags", tmp_path / "copy.flac")
    assert (outcome.code, outcome.err) == (0, "")
    tags = probe(tmp_path / "copy.flac").tags
    tempo = json.loads(outcome.out)["rhythm"]["tempo"]
    assert tags["title"] == "Größe"
    assert float(tags["bpm"]) == tempo
    assert tempo == pytest.approx(BPM, rel=0.01)
    assert "key" not in tags
    assert np.array_equal(Audio.read(drums).samples, Audio.read(tmp_path / "copy.flac").samples)
    assert drums.read_bytes() == before


def test_copies_of_silence(run: Run, silence: Path, tmp_path: Path) -> None:
    """They are written, and it is said what they lack."""
    clicks, copy = tmp_path / "clicks.wav", tmp_path / "copy.wav"
    outcome = run("analyze", silence, "--include", "rhythm", "--clicks", clicks, "--tags", copy)
    assert outcome.code == 0
    assert outcome.err.splitlines() == [
        f"{silence}: no beats were found, so its copy has no clicks.",
        f"{silence}: no tempo was found, so none is added to the tags of its copy.",
    ]
    assert Audio.read(clicks).peak == 0
    assert copy.read_bytes() == silence.read_bytes()


def test_what_was_found_comes_first(
    run: Run, silence: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is shown before anything is written, which takes long and may fail."""
    shown = []

    def failing(*_: object, **__: object) -> None:
        shown.append(capsys.readouterr().out)
        raise UnreadableInput("silence.wav", OSError("gone"))

    monkeypatch.setattr("auricle.cli.analyze.convert", failing)
    assert run("analyze", silence, "--include", "rhythm,dynamics", "--clicks", tmp_path / "a.wav").code == 1
    assert "silence" in shown[0].splitlines()[-2]


def test_a_format_without_tags(run: Run, tone: Path, tmp_path: Path) -> None:
    """It is named, as every file that fails, and the others are copied."""
    (tmp_path / "in").mkdir()
    shutil.copy(tone, tmp_path / "in" / "a.wav")
    soundfile.write(tmp_path / "in" / "b.au", np.zeros(RATE), RATE, format="AU")
    outcome = run("analyze", tmp_path / "in", "--include", "rhythm", "--tags", tmp_path / "out")
    assert (outcome.code, len(outcome.complaints)) == (1, 1)
    assert outcome.err.startswith(f"auricle: {tmp_path}/in/b.au: it is in a format (au) whose tags hold no tempo and key")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.wav"]


@pytest.mark.parametrize(
    ("words", "beginning"),
    [
        (["--include", "melody"], "auricle: --include: there is no part 'melody' of an analysis; use one of: rhythm, "),
        (["--include", ","], "auricle: --include: no part of the analysis is asked for"),
        (["--frames"], "auricle: --frames: the figures of every frame"),
        (["--clicks", "a.xyz"], "auricle: --clicks: the name 'a.xyz' does not say which format"),
        (["--plot", "a.gif"], "auricle: --plot: the name 'a.gif' does not say which kind"),
        (["--rate", "8000"], "auricle: --rate: this describes raw samples"),
    ],
)
def test_wrong_usage(run: Run, tone: Path, words: list[str], beginning: str) -> None:
    """One sentence with the option as it is typed, before any work."""
    outcome = run("analyze", tone, *words)
    assert (outcome.code, outcome.out, len(outcome.complaints)) == (2, "", 1)
    assert outcome.err.startswith(beginning)


def test_an_empty_folder(run: Run, tmp_path: Path) -> None:
    """There is no audio in it, and no table is begun."""
    (tmp_path / "empty").mkdir()
    outcome = run("analyze", tmp_path / "empty", "--csv", tmp_path / "table.csv")
    assert (outcome.code, outcome.err) == (1, f"auricle: {tmp_path}/empty: this folder holds no audio or video file.\n")
    assert not (tmp_path / "table.csv").exists()


class Tty(io.StringIO):
    """A terminal, as a stream."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """It is."""
        return True


def test_progress(tone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal a bar stands while it works, and leaves no trace."""
    screen = Tty()
    monkeypatch.setattr("sys.stderr", screen)
    assert main(["analyze", str(tone), *LEVEL]) == 0
    terminal = Terminal(80, 24)
    terminal.write(screen.getvalue())
    assert "".join(terminal.text()) == ""
    assert capsys.readouterr().out


def test_lines_fit_the_terminal(tone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that is too long for the line keeps its end."""
    folder = tmp_path / "a folder with a name that is longer than" / "what a terminal has room for"
    folder.mkdir(parents=True)
    for name in ("a.wav", "b.wav"):
        shutil.copy(tone, folder / name)
    screen = Tty()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["analyze", str(folder), *LEVEL]) == 0
    lines = screen.getvalue().splitlines()
    assert [len(text) for text in lines[1:]] == [79, 79]
    assert lines[1].endswith("for/a.wav")
