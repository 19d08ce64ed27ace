"""`auricle catalogue add`: what is in a catalogue afterwards, and what is said."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from auricle.identification import Catalogue, Entry
from tests.cli.conftest import COMMAND, Run, spawn


@pytest.fixture
def music(tmp_path: Path, recordings: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two pieces, one of them in a folder of its own, in the current directory; the catalogue will be beside it."""
    folder = tmp_path / "music"
    (folder / "inner").mkdir(parents=True)
    shutil.copy(recordings / "solo_trumpet.ogg", folder / "trumpet.ogg")
    shutil.copy(recordings / "two_cities.flac", folder / "inner" / "speech.flac")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AURICLE_CATALOGUE", "known")
    return folder


def entries() -> dict[str, Entry]:
    """What the catalogue has, by id."""
    with Catalogue.open("known", readonly=True) as catalogue:
        return {entry.id: entry for entry in catalogue}


def test_a_folder(run: Run, music: Path) -> None:
    """Ids are paths as they were named; tags are kept; each one that is on the disk is said to be."""
    outcome = run("catalogue", "add", "music")
    assert (outcome.code, outcome.complaints) == (0, ["2 added."])
    assert sorted(outcome.out.splitlines()) == ["added music/inner/speech.flac (0:44)", "added music/trumpet.ogg (0:05)"]
    assert entries()["music/inner/speech.flac"].metadata["artist"] == "Pete Warden"


def test_again(run: Run, music: Path) -> None:
    """What is there already is passed over, so that an interrupted command can be given once more; --replace hears it again."""
    run("catalogue", "add", "music/trumpet.ogg")
    before = entries()["music/trumpet.ogg"]
    outcome = run("catalogue", "add", "music")
    assert (outcome.code, outcome.complaints) == (0, ["1 added, 1 known already."])
    assert entries()["music/trumpet.ogg"] == before
    assert run("catalogue", "add", "music", "--replace", "--workers", "1").complaints == ["2 added."]
    assert entries()["music/trumpet.ogg"].added > before.added


def test_two_at_once(run: Run, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another command adds meanwhile is passed over as what was there before, and is no failure."""
    add_many = Catalogue.add_many

    def late(self: Catalogue, *recordings: Any, **options: Any) -> Any:
        with Catalogue.open("known") as another:
            another.add(music / "trumpet.ogg", "music/trumpet.ogg")
        return add_many(self, *recordings, **options)

    monkeypatch.setattr(Catalogue, "add_many", late)
    outcome = run("catalogue", "add", "music")
    assert (outcome.code, outcome.complaints) == (0, ["1 added, 1 known already."])


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="their file systems have no such names")
def test_a_name_that_is_no_text(run: Run, music: Path) -> None:
    """It cannot be an id: it fails in a readable sentence, and the others are added."""
    shutil.copy(music / "trumpet.ogg", music / os.fsdecode(b"\xff.ogg"))
    outcome = run("catalogue", "add", "music")
    assert (outcome.code, len(outcome.out.splitlines())) == (1, 2)
    assert outcome.complaints[0].startswith("auricle: music/\N{REPLACEMENT CHARACTER}.ogg: the id ")
    assert outcome.complaints[1:] == ["2 added, 1 failed."]


def test_a_bad_file(run: Run, music: Path) -> None:
    """It is named, the others are added, and the code is 1."""
    (music / "bad.mp3").write_bytes(b"no sound")
    outcome = run("catalogue", "add", "music", "nowhere.mp3")
    assert (outcome.code, len(outcome.out.splitlines())) == (1, 2)
    *failures, summary = outcome.complaints
    assert sorted(line.split(": ")[1] for line in failures) == ["music/bad.mp3", "nowhere.mp3"]
    assert summary == "2 added, 2 failed."


def test_an_id_and_metadata(run: Run, music: Path) -> None:
    """--id takes the place of the path, --meta goes before the tags of that name and leaves the others; options may stand anywhere."""
    words = ("--id", "jingle-7", "--meta", "Title=Spring = sale", "music/inner/speech.flac", "--meta", "shop=north")
    outcome = run("catalogue", "add", *words)
    assert (outcome.code, outcome.out, outcome.err) == (0, "added jingle-7 (0:44)\n", "")
    metadata = entries()["jingle-7"].metadata
    assert (metadata["title"], metadata["artist"], metadata["shop"]) == ("Spring = sale", "Pete Warden", "north")


def test_an_id_that_is_there(run: Run, music: Path) -> None:
    """Whoever names an id is told that it is taken, and what is there stays."""
    run("catalogue", "add", "music/trumpet.ogg", "--id", "a")
    outcome = run("catalogue", "add", "music/inner/speech.flac", "--id", "a")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("auricle: music/inner/speech.flac: ")
    assert entries()["a"].duration == pytest.approx(5.333, abs=0.01)
    assert run("catalogue", "add", "music/inner/speech.flac", "--id", "a", "--replace").code == 0


def test_standard_input(music: Path) -> None:
    """It has no path, so it needs an id; --meta is all that is known of it."""
    data = (music / "trumpet.ogg").read_bytes()
    process = spawn("catalogue", "add", "-", "--id", "piped", "--meta", "title=A", stdin=data)
    assert (process.returncode, process.stdout, process.stderr) == (0, b"added piped (0:05)\n", b"")
    assert entries()["piped"].metadata == {"title": "A"}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["music", "--id", "a"], "auricle: --id: an id is for one recording, and there are 2; without it their paths are their ids."),
        (["-"], "auricle: --id: standard input has no path that could be its id; say one."),
        (["music", "--meta", "title"], "auricle catalogue add: error: argument --meta: 'title' is not KEY=VALUE"),
        (["music/trumpet.ogg", "--id", "a\nb"], "auricle: --id: the id 'a\\nb' has a control character"),
        (["music/trumpet.ogg", "--id", ""], "auricle: --id: an id is text of 1 to"),
        (
            ["music", "--meta", "title=a", "--meta", "shop=b", "--meta", "Title=c"],
            "auricle: --meta: title is given 2 times; give it once.",
        ),
        (["music", "--workers", "0"], "auricle: --workers: workers is 0; give a whole number, at least 1"),
    ],
)
def test_wrong_usage(run: Run, music: Path, words: list[str], complaint: str) -> None:
    """Gives 2 and one sentence."""
    outcome = run("catalogue", "add", *words)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.complaints[-1].startswith(complaint)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_an_interruption(run: Run, music: Path) -> None:
    """Whoever interrupts it keeps all that was said to be added; given once more, the command adds the rest."""
    for number in range(30):
        shutil.copy(music / "inner" / "speech.flac", music / f"{number}.flac")
    words = [*COMMAND, "catalogue", "add", "music", "--workers", "1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        said = [first, *process.stdout]
    assert process.returncode == 130
    assert 0 < len(said) < 32
    assert {line.removeprefix("added ").rpartition(" ")[0] for line in said} <= set(entries())
    known = len(entries())
    assert run("catalogue", "add", "music").complaints == [f"{32 - known} added, {known} known already."]
