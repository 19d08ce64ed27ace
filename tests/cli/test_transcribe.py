"""`auricle transcribe`: every format, every kind of input, and what happens to the others when one is bad."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from auricle import wire
from auricle.speech import transcribe
from auricle.speech.subtitles import FORMATS, render
from tests.cli.conftest import TINY, Run, spawn


def test_text_is_what_the_library_says(run: Run, recordings: Path) -> None:
    """Text on standard output, printed segment by segment, is the library's text; nothing else is said."""
    outcome = run("transcribe", recordings / "jfk.flac", *TINY)
    expected = transcribe(recordings / "jfk.flac", model="tiny.en", beam_size=1)
    assert (outcome.code, outcome.out, outcome.err) == (0, render(expected, "text"), "")
    assert "ask not what your country can do for you" in outcome.out


@pytest.mark.parametrize("format_", sorted({"json", *FORMATS}))
def test_output_folder(run: Run, short: Path, tmp_path: Path, format_: str) -> None:
    """With --output the result is in DIR/<stem>.<suffix>, the same as on standard output, which stays empty."""
    suffix = "txt" if format_ == "text" else format_
    saved = run("transcribe", short, *TINY, "--format", format_, "--output", tmp_path / "new" / "folder")
    shown = run("transcribe", short, *TINY, "--format", format_)
    (path,) = (tmp_path / "new" / "folder").iterdir()
    assert (saved.code, saved.out, saved.err, path.name) == (0, "", "", f"austen-0880.{suffix}")
    assert _timeless(path.read_text(encoding="utf-8")) == _timeless(shown.out)


def _timeless(text: str) -> str:
    """Without the only field that differs between two runs."""
    return re.sub(r'"processing_time_ms": [\d.]+', "", text)


@pytest.mark.parametrize("format_", ["srt", "vtt", "tsv", "lrc"])
def test_subtitles_have_word_times(run: Run, short: Path, format_: str) -> None:
    """--word-timestamps reaches the subtitles, which are the library's."""
    outcome = run("transcribe", short, *TINY, "--format", format_, "--word-timestamps")
    assert outcome.out == render(transcribe(short, model="tiny.en", beam_size=1, word_timestamps=True), format_)


def test_json(run: Run, short: Path) -> None:
    """JSON is the wire's object, with words when they were asked for."""
    shape = json.loads(run("transcribe", short, *TINY, "--format", "json", "--word-timestamps").out)
    expected = wire.transcript(transcribe(short, model="tiny.en", beam_size=1, word_timestamps=True))
    expected["processing_time_ms"] = shape["processing_time_ms"]
    assert shape == expected
    assert shape["segments"][0]["words"][0]["word"] == "He"


def test_json_of_several(run: Run, short: Path, other: Path) -> None:
    """Several recordings give one JSON object a line, each with its file."""
    lines = run("transcribe", short, other, *TINY, "--format", "json").out.splitlines()
    assert [json.loads(line)["file"] for line in lines] == [str(short), str(other)]


def test_headings_of_several(run: Run, short: Path, other: Path) -> None:
    """Several recordings as text have headings like those of head(1)."""
    lines = run("transcribe", short, other, *TINY).out.splitlines()
    assert [lines[0], *lines[2:4]] == [f"==> {short} <==", "", f"==> {other} <=="]
    assert len(lines) == 5


def test_word_lines(run: Run, short: Path) -> None:
    """--word-timestamps as text gives a line for each word: start, end, confidence, word; in order of time."""
    lines = run("transcribe", short, *TINY, "--word-timestamps").out.splitlines()
    found = [re.fullmatch(r"(\d\d:\d\d\.\d\d)  (\d\d:\d\d\.\d\d)  ([01]\.\d\d)  (\S+)", line) for line in lines]
    times = [time for match in found if match for time in match.groups()[:2]]
    assert all(found)
    assert times == sorted(times)
    assert [match[4] for match in found if match][:3] == ["He", "was", "not"]


def test_silence(run: Run, silence: Path) -> None:
    """A recording without speech is no failure; a note says that nothing was found."""
    outcome = run("transcribe", silence, *TINY)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", f"{silence}: no speech was found.\n")


@pytest.mark.parametrize("piped", [True, False])
def test_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch, short: Path, piped: bool) -> None:
    """`-` is standard input, whether that is a pipe or a file."""
    if piped:
        outcome = spawn("transcribe", "-", *TINY, stdin=short.read_bytes()).stdout.decode()
    else:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(short.read_bytes())))
        outcome = run("transcribe", "-", *TINY).out
    assert outcome == run("transcribe", short, *TINY).out


def test_standard_input_among_results(run: Run, monkeypatch: pytest.MonkeyPatch, short: Path, tmp_path: Path) -> None:
    """Standard input's result in a folder is called stdin, its complaints "standard input"."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(short.read_bytes())))
    run("transcribe", "-", *TINY, "--output", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["stdin.txt"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    assert run("transcribe", "-", *TINY).err.startswith("auricle: standard input: it is empty")


def test_raw_samples(run: Run, short: Path, tmp_path: Path) -> None:
    """Samples without a header are understood when they are described."""
    raw = tmp_path / "samples.raw"
    raw.write_bytes(short.read_bytes()[44:])
    described = ("--input-format", "pcm", "--rate", "16000", "--channels", "1", "--bit-depth", "16")
    assert run("transcribe", raw, *TINY, *described).out == run("transcribe", short, *TINY).out


def test_folder_and_pattern(run: Run, short: Path, other: Path, tmp_path: Path) -> None:
    """A folder and a pattern mean the recordings inside, at any depth, each once, in order."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    first, second = shutil.copy(other, tmp_path / "deep" / "er" / "a.wav"), shutil.copy(short, tmp_path / "deep" / "z.wav")
    (tmp_path / "deep" / "notes.txt").touch()
    for word in (tmp_path, f"{tmp_path}/**/*.wav"):
        lines = run("transcribe", word, *TINY, "--format", "json").out.splitlines()
        assert [json.loads(line)["file"] for line in lines] == [str(first), str(second)]


def test_bad_among_good(run: Run, short: Path, other: Path, cut: Path, tmp_path: Path) -> None:
    """Bad inputs are named in one line each, the others are done all the same, and the code is 1."""
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("hello", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "circle.wav").symlink_to("circle.wav")
    bad = [cut, *(tmp_path / name for name in ("missing.wav", "empty.wav", "text.wav", "circle.wav", "x" * 300))]
    outcome = run("transcribe", short, *bad, tmp_path / "folder", f"{tmp_path}/*.ogg", other, *TINY)
    assert outcome.code == 1
    assert outcome.out.count("==>") == 2
    assert {line.split(": ")[1] for line in outcome.complaints} == {*map(str, bad), str(tmp_path / "folder"), f"{tmp_path}/*.ogg"}
    assert len(outcome.complaints) == 8
    assert "Traceback" not in outcome.err


def test_salvage(run: Run, cut: Path) -> None:
    """--salvage writes down what a recording that is cut off still holds."""
    outcome = run("transcribe", cut, *TINY, "--salvage")
    assert outcome.code == 0
    assert outcome.out.startswith("He was not")


def test_damage_in_the_middle(run: Run, recordings: Path, tmp_path: Path) -> None:
    """A stream that fails half-way keeps what was printed, names the failure, and leaves no half of a file."""
    path = tmp_path / "long.flac"
    samples, rate = soundfile.read(recordings / "two_cities.flac", dtype="int16")
    soundfile.write(path, np.concatenate([samples, samples[: len(samples) // 2]]), rate)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 9 // 10])
    outcome = run("transcribe", path, *TINY, "--output", tmp_path / "out")
    assert (outcome.code, list((tmp_path / "out").iterdir())) == (1, [])
    outcome = run("transcribe", path, *TINY)
    assert outcome.code == 1
    assert "best of times" in outcome.out
    assert outcome.err.startswith(f"auricle: {path}: it is cut off")


def test_same_stems(run: Run, short: Path, recordings: Path, tmp_path: Path) -> None:
    """Recordings of the same name get results of different names; none is written over."""
    sources = tmp_path / "in"
    (sources / "b").mkdir(parents=True)
    shutil.copy(short, sources / "a.wav")
    shutil.copy(short, sources / "b" / "a.wav")
    run("convert", short, sources / "a.flac")
    assert run("transcribe", sources, *TINY, "--format", "tsv", "--output", tmp_path / "out").code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.flac.tsv", "a.wav (2).tsv", "a.wav.tsv"]


def test_output_folder_is_a_file(run: Run, short: Path, tmp_path: Path) -> None:
    """An output folder that cannot be made is said before any work."""
    (tmp_path / "out").touch()
    outcome = run("transcribe", short, "--output", tmp_path / "out")
    assert (outcome.code, outcome.err) == (1, f"auricle: cannot write {tmp_path / 'out'}: file exists.\n")


def test_a_container_that_is_not_the_named_one(run: Run, short: Path, recordings: Path) -> None:
    """A file that is not of --input-format is refused by name, as wrong usage, after the others are done."""
    outcome = run("transcribe", recordings / "jfk.flac", short, *TINY, "--input-format", "wav")
    assert outcome.code == 2
    assert outcome.err.startswith(f"auricle: {recordings / 'jfk.flac'}: ")
    assert "He was not" in outcome.out
