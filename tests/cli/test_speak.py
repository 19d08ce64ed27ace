"""`auricle speak`: texts, books and conversations, into files, pipes and the loudspeaker."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from auricle import speech, weights
from auricle.audio import Audio
from auricle.codec import probe
from auricle.loudness import integrated_loudness
from auricle.voice.engines.xtts import load
from tests.cli.conftest import COMMAND, Run, quiet, spawn
from tests.voice.engines.tiny_xtts import make_present
from tests.voice.loudspeaker import FakeSoundDevice, device

BOOK = "# One\n\nIt was a dark night. Nobody was there.\n\n# Two\n\nThen the sun came up.\n"
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A short book."""
    path = tmp_path / "night.md"
    path.write_text(BOOK)
    return path


@pytest.fixture
def loudspeaker(monkeypatch: pytest.MonkeyPatch) -> FakeSoundDevice:
    """A sound card."""
    fake = FakeSoundDevice([device("default", 2)], 0)
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


def heard(source: Path | bytes) -> str:
    """What Whisper hears in it."""
    return speech.transcribe(source, model="tiny.en", beam_size=1).text.lower()


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.flac", "a.opus", "a.m4a", "a.ogg"])
def test_what_was_written_is_what_is_heard(run: Run, tmp_path: Path, name: str) -> None:
    """The file has the format of its name, and says the text; nothing is said on the terminal."""
    outcome = run("speak", "The weather", "is very nice today.", "-o", tmp_path / name)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert "the weather is very nice today" in heard(tmp_path / name)


def test_what_is_asked_for(run: Run, tmp_path: Path) -> None:
    """Rate, channels, bit depth, format and speed are those that were asked for."""
    for name, speed in (("a", "1"), ("b", "2")):
        words = ["--format", "wav", "--rate", "16000", "--channels", "2", "--bit-depth", "24", "--speed", speed]
        assert run("speak", "The weather is very nice today.", "-o", tmp_path / name, *words).code == 0
    one, two = probe(tmp_path / "a"), probe(tmp_path / "b")
    assert (one.container, one.sample_rate, one.channels, one.bit_depth) == ("wav", 16_000, 2, 24)
    assert two.duration == pytest.approx((one.duration or 0.0) / 2, rel=0.05)


def test_loudness(run: Run, tmp_path: Path) -> None:
    """The recording is as loud as was asked."""
    run("speak", "The weather is very nice today. It was not yesterday.", "-o", tmp_path / "a.wav", "--loudness", "-23")
    assert integrated_loudness(Audio.read(tmp_path / "a.wav")) == pytest.approx(-23, abs=0.3)


def test_lexicon(run: Run, tmp_path: Path) -> None:
    """A word is said as the lexicon has it."""
    (tmp_path / "words.toml").write_text('[words]\nQXZ = "elephant"\n')
    run("speak", "Here comes the QXZ now.", "-o", tmp_path / "a.wav", "--lexicon", tmp_path / "words.toml")
    assert "elephant" in heard(tmp_path / "a.wav")


def test_pipes() -> None:
    """`-` is standard input and standard output, where a WAV is streamed."""
    process = spawn("speak", "-", "-o", "-", stdin=b"The weather is very nice today.")
    assert (process.returncode, process.stderr) == (0, b"")
    assert process.stdout[:4] == b"RIFF"
    assert "the weather is very nice today" in heard(process.stdout)


@pytest.mark.parametrize(("name", "container"), [("mp3", "mp3"), ("flac", "flac"), ("m4a", "mp4"), ("aac", "aac")])
def test_pipes_in_other_formats(name: str, container: str) -> None:
    """Standard output may have any format, also one that cannot be streamed."""
    process = spawn("speak", "The weather is very nice today.", "-o", "-", "--format", name)
    assert process.returncode == 0
    with av.open(io.BytesIO(process.stdout)) as opened:
        assert container in opened.format.name


def test_a_reader_that_went_away_is_no_error() -> None:
    """When nobody reads standard output any more, the command ends quietly."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        process = subprocess.run([*COMMAND, "speak", "Hello.", "-o", "-"], stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60)
    finally:
        os.close(writing)
    assert (process.returncode, process.stderr) == (0, b"")


def test_a_book(run: Run, book: Path, tmp_path: Path) -> None:
    """Chapters are in the file where their headings are said, and in what is printed; the file's title is the book's name."""
    outcome = run("speak", "--file", book, "-o", tmp_path / "night.m4b", "--json")
    shape = json.loads(outcome.out)
    assert (outcome.code, outcome.err) == (0, "")
    with av.open(tmp_path / "night.m4b") as opened:
        assert opened.metadata["title"] == "night"
        found = [(chapter["metadata"]["title"], float(chapter["start"] * (chapter["time_base"] or 0))) for chapter in opened.chapters()]
    assert [title for title, _ in found] == [one["title"] for one in shape["chapters"]] == ["One", "Two"]
    assert [start for _, start in found] == pytest.approx([one["start"] for one in shape["chapters"]], abs=2e-3)
    two = next(word for word in shape["words"] if word["word"] == "Two")
    assert found[1][1] <= two["start"] < found[1][1] + 0.5
    assert "hash" not in heard(tmp_path / "night.m4b")


def test_a_format_without_chapters(run: Run, book: Path, tmp_path: Path) -> None:
    """That chapters are lost is said, in one line."""
    outcome = run("speak", "--file", book, "-o", tmp_path / "night.wav")
    assert (outcome.code, outcome.complaints) == (0, [f"{tmp_path / 'night.wav'}: this format keeps no chapters; .m4b does."])


def test_words(run: Run, book: Path, tmp_path: Path) -> None:
    """Word times are written as JSON, with places in the file, and as subtitles."""
    for suffix in (".json", ".srt", ".vtt", ".tsv", ".lrc"):
        assert run("speak", "--file", book, "-o", tmp_path / "a.m4a", "--words", tmp_path / f"a{suffix}").code == 0
    words = json.loads((tmp_path / "a.json").read_text())
    assert [BOOK[slice(*word["span"])] for word in words] == [word["word"] for word in words]
    assert " ".join(word["word"] for word in words) == BOOK.replace("# ", "").replace("\n\n", " ").strip()
    assert "00:00:0" in (tmp_path / "a.srt").read_text()
    assert "Nobody was there." in (tmp_path / "a.srt").read_text().replace("\n", " ")


def test_a_conversation(run: Run, tmp_path: Path) -> None:
    """Each turn is in it, with its time and its speaker."""
    (tmp_path / "talk.txt").write_text("ANNA: Good morning.\nBOB: How are you today?\n")
    outcome = run("speak", "--turns", tmp_path / "talk.txt", "--cast", "ANNA=heart", "BOB=nova", "-o", tmp_path / "a.wav", "--json")
    turns = json.loads(outcome.out)["turns"]
    assert [(turn["speaker"], turn["text"]) for turn in turns] == [("heart", "Good morning."), ("nova", "How are you today?")]
    assert 0 == turns[0]["start"] < turns[0]["end"] <= turns[1]["start"] < turns[1]["end"]
    assert "good morning" in heard(tmp_path / "a.wav")
    assert "how are you today" in heard(tmp_path / "a.wav")


def test_several_files(run: Run, tmp_path: Path) -> None:
    """Each gets its file in the folder; one that is wrong is named, gives the exit code, and does not stop the others."""
    for name, text in (("a.txt", "Good morning."), ("b.txt", " "), ("c.txt", "Good night.")):
        (tmp_path / name).write_text(text)
    files = [tmp_path / name for name in ("a.txt", "b.txt", "missing.txt", "c.txt")]
    outcome = run("speak", "--file", *files, "-o", tmp_path / "out", "--format", "mp3", "--json")
    assert outcome.code == 2
    assert [line.split(": ")[1] for line in outcome.complaints] == [str(tmp_path / "b.txt"), str(tmp_path / "missing.txt")]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.mp3", "c.mp3"]
    assert [json.loads(line)["file"] for line in outcome.out.splitlines()] == [str(tmp_path / "a.txt"), str(tmp_path / "c.txt")]


def test_a_file_that_cannot_be_read_is_1(run: Run, tmp_path: Path) -> None:
    """It is no wrong usage."""
    outcome = run("speak", "--file", tmp_path / "missing.txt", "-o", tmp_path / "a.wav")
    assert (outcome.code, outcome.complaints) == (1, [f"auricle: {tmp_path / 'missing.txt'}: cannot read it: no such file or directory."])
    assert list(tmp_path.iterdir()) == []


def test_playing(run: Run, tmp_path: Path, loudspeaker: FakeSoundDevice) -> None:
    """Without a file it is played; with one and --play, both."""
    assert run("speak", "Good morning.").code == 0
    assert run("speak", "Good morning.", "--play", "-o", tmp_path / "a.wav").code == 0
    played = [stream.samples() for stream in loudspeaker.streams]
    written = Audio.read(tmp_path / "a.wav")
    assert len(played) == 2
    assert all(len(samples) >= written.frames for samples in played)
    assert played[0].any()


def test_without_a_sound_card(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a file and a sound card one sentence says what to give; with --play what is missing."""
    monkeypatch.setitem(sys.modules, "sounddevice", FakeSoundDevice())
    outcome = run("speak", "Good morning.")
    assert outcome.code == 2
    assert outcome.complaints == [
        "auricle: --output: it cannot be played here (cannot write to the loudspeaker: this machine has no sound card); "
        "give a file with -o, or - for standard output."
    ]
    outcome = run("speak", "Good morning.", "--play")
    assert (outcome.code, outcome.complaints) == (1, ["auricle: cannot write to the loudspeaker: this machine has no sound card."])


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ([], "--file"),
        (["Hello.", "--file", "a.txt"], "--file"),
        (["Hello.", "--turns", "a.txt"], "--turns"),
        (["Hello.", "--cast", "A=heart", "-o", "a.wav"], "--cast"),
        (["--turns", "{book}", "--cast", "A", "-o", "a.wav"], "--cast"),
        (["Hello.", "--rate", "8000"], "--rate"),
        (["Hello.", "--format", "mp3"], "--format"),
        (["Hello.", "-o", "-", "--json"], "--json"),
        (["Hello.", "-o", "a.wav", "--words", "a.docx"], "--words"),
        (["Hello.", "-o", "a.wav", "--words", "a.wav"], "--words"),
        (["Hello.", "-o", "a.srt", "--words", "./a.srt", "--format", "wav"], "--words"),
        (["--file", "a.txt", "b.txt", "-o", "-"], "--output"),
        (["--file", "a.txt", "a.txt", "-o", "out"], "--file"),
        (["--file", "a.txt", "b.txt", "-o", "out", "--words", "a.srt"], "--words"),
    ],
)
def test_what_does_not_go_together(
    run: Run, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loudspeaker: FakeSoundDevice, words: list[str], option: str
) -> None:
    """Each is refused before any work, by the option that is to be changed, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    outcome = run("speak", *(word.format(book=book) for word in words))
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.complaints[0].startswith(f"auricle: {option}: ")
    assert [path.name for path in tmp_path.iterdir()] == ["night.md"]


def test_the_text_is_named_where_it_is_wrong(run: Run, tmp_path: Path) -> None:
    """A complaint about a text begins with where it stands."""
    outcome = run("speak", "Доброе утро.", "-o", tmp_path / "a.wav")
    assert outcome.code == 2
    assert outcome.complaints[0].startswith("auricle: the text: ")
    assert list(tmp_path.iterdir()) == []


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_leaves_nothing(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Ctrl-C and a polite kill in the middle of a book end it, and leave no half of a file."""
    (tmp_path / "book.txt").write_text("It was a dark night. Nobody was there. " * 2000)
    out = tmp_path / "out"
    out.mkdir()
    command = [*COMMAND, "speak", "--file", str(tmp_path / "book.txt"), "-o", str(out / "a.wav")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=quiet()) as process:
        while not list(out.iterdir()):
            assert process.poll() is None
        process.send_signal(number)
        assert process.stderr is not None
        assert (process.wait(30), process.stderr.read()) == (code, b"")
    assert list(out.iterdir()) == []


@posix
def test_pieces_are_written_as_they_come() -> None:
    """A WAV on standard output begins while most of the text has not been read, and can be read so far."""
    text = "It was a dark night. Nobody was there. " * 2000
    with subprocess.Popen(
        [*COMMAND, "speak", "-", "-o", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(text.encode())
        process.stdin.close()
        begin = process.stdout.read(44 + 2 * 24_000)
        assert process.poll() is None
        process.kill()
    with wave.open(io.BytesIO(begin)) as opened:
        assert (opened.getframerate(), opened.getnchannels(), opened.getsampwidth()) == (24_000, 1, 2)


@pytest.fixture
def xtts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A stand-in for XTTS, as if it were installed."""
    make_present(tmp_path / "xtts", monkeypatch)
    yield
    weights.unload_all()


@pytest.mark.usefixtures("xtts")
def test_imitating_a_recording(run: Run, recordings: Path, book: Path, tmp_path: Path) -> None:
    """Texts, books, and in a conversation whoever is cast as the clone; each run clones once."""
    clone = ("--clone", recordings / "jfk.flac", "--consent", "--json", "-o", tmp_path / "a.wav")
    (tmp_path / "talk.txt").write_text("ANNA: Good morning.\nBOB: How are you today?\n")
    talk = ("--turns", tmp_path / "talk.txt", "--cast", "ANNA=clone", "BOB=heart")
    for words in (("Good morning.",), ("--file", book), talk):
        outcome = run("speak", *words, *clone)
        assert outcome.code == 0, outcome.err
        assert json.loads(outcome.out)["voice"].startswith("xtts#clone-")
    assert [turn["speaker"][:5] for turn in json.loads(outcome.out)["turns"]] == ["xtts#", "heart"]
    model = load()._model
    assert len(model.heard) == 3
    assert model.asked[0][0] == "Good morning."
    assert {how for _, _, how, _ in model.asked} == {"how 1", "how 2", "how 3"}


@pytest.mark.usefixtures("xtts")
def test_recordings_that_are_not_imitated(run: Run, recordings: Path, tmp_path: Path) -> None:
    """Each in one sentence, by the option to blame or by the recording; nothing is written."""
    out = ("Good morning.", "-o", tmp_path / "a.wav")
    (tmp_path / "text.wav").write_text("Good morning.")
    Audio(np.zeros((1, 16_000), np.float32), 16_000).write(tmp_path / "short.wav")
    for words, code, complaint in (
        (("--clone", tmp_path / "short.wav", "--consent"), 2, "auricle: --clone: the recording is 1.0 s long; give at least 3 s"),
        (("--clone", tmp_path / "text.wav", "--consent"), 1, "auricle: text.wav "),
        (("--clone", tmp_path / "missing.wav", "--consent"), 1, "auricle: cannot read missing.wav: no such file"),
        (("--clone", tmp_path / "missing.wav"), 2, "auricle: --clone: nobody is imitated without --consent"),
        (("--consent",), 2, "auricle: --consent: this is about a recording"),
        (("--clone", recordings / "jfk.flac", "--consent", "--voice", "heart"), 2, "auricle: --clone: the recording is the voice"),
        (("--voice", "xtts"), 2, "auricle: --clone: the voice xtts speaks like a recording of somebody; give one"),
    ):
        outcome = run("speak", *out, *words)
        assert (outcome.code, outcome.out) == (code, "")
        assert outcome.complaints[0].startswith(complaint)
    assert not (tmp_path / "a.wav").exists()


def test_imitating_needs_the_extra(run: Run, recordings: Path, tmp_path: Path) -> None:
    """The line that brings it is said."""
    if importlib.util.find_spec("TTS"):
        pytest.skip("it is installed")
    outcome = run("speak", "Hello.", "--clone", recordings / "jfk.flac", "--consent", "-o", tmp_path / "a.wav")
    assert (outcome.code, outcome.complaints) == (
        1, ['auricle: speaking with XTTS needs packages that are not installed: pip install "auricle[xtts]"'],
    )  # fmt: skip


def test_the_text_is_checked_first(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anybody looks for a sound card: blank, or bytes of a terminal that are no UTF-8."""
    monkeypatch.setitem(sys.modules, "sounddevice", FakeSoundDevice())
    for text, complaint in (
        ("", "there is nothing to say; give some words."),
        ("bad\udcff", "this is not text in UTF-8: character 4 is the byte 0xff; type it in UTF-8, or use --file."),
    ):
        outcome = run("speak", text)
        assert (outcome.code, outcome.complaints) == (2, [f"auricle: the text: {complaint}"])


def test_options_go_by_their_names(run: Run, tmp_path: Path) -> None:
    """In the message, too."""
    outcome = run("speak", "Hello.", "-o", tmp_path / "output_format.xyz")
    assert outcome.complaints[0].startswith(
        "auricle: --format: the name 'output_format.xyz' does not say which format to write; say --format,"
    )
