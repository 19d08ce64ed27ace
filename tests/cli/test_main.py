"""The border: help, exit codes, and ends that are nobody's fault."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import auricle
from auricle import speech
from auricle.cli import enhance_parser, parser
from auricle.codec import config
from auricle.enhancement.options import STEPS, Denoiser
from auricle.loudness.presets import PRESETS
from auricle.speech import subtitles
from tests.cli.conftest import COMMAND, TINY, Run, quiet, spawn

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals, pipes or limits")

# A process that may not write files beyond this many bytes, as on a full disk.
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from auricle.cli.main import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["transcribe"],
        ["listen"],
        ["speak"],
        ["voices"],
        ["enhance"],
        ["loudness"],
        ["analyze"],
        ["catalogue"],
        ["catalogue", "add"],
        ["catalogue", "remove"],
        ["catalogue", "list"],
        ["catalogue", "duplicates"],
        ["catalogue", "verify"],
        ["catalogue", "compact"],
        ["identify"],
        ["fingerprint"],
        ["duplicates"],
        ["convert"],
        ["info"],
        ["models"],
        ["models", "pull"],
        ["serve"],
        ["completion"],
    ],
)
def test_every_help_has_examples(run: Run, command: list[str]) -> None:
    """Each command's --help ends in examples that name it, and exits with 0."""
    outcome = run(*command, "--help")
    assert outcome.code == 0
    assert f"auricle {' '.join(command)}".strip() in outcome.out.partition("Examples:\n")[2]


def test_version(run: Run) -> None:
    """--version says the version of the package."""
    assert run("--version").out == f"auricle {auricle.__version__}\n"


def test_help_imports_nothing_heavy() -> None:
    """Help is there before numpy could be imported."""
    code = "import sys; from auricle.cli.main import main; main(['--help']); sys.exit('numpy' in sys.modules or 'av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0


def test_the_parser_knows_what_the_library_knows() -> None:
    """The lists that the parser repeats are the library's own."""
    assert parser.DEFAULT_MODEL == speech.DEFAULT_MODEL
    assert parser.OUTPUT_FORMATS == config.OUTPUT_FORMATS
    assert ("pcm", *config.RAW_DEMUXERS) == parser.RAW_FORMATS
    assert tuple(config.INPUT_FORMATS) == parser.CONTAINERS
    assert set(parser.TRANSCRIPT_SUFFIXES) == {"json", *subtitles.FORMATS}
    assert get_args(Denoiser) == enhance_parser.DENOISERS
    assert tuple(PRESETS) == enhance_parser.PRESETS
    assert tuple(enhance_parser.STEPS.values()) == STEPS


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["sing"],
        ["transcribe"],
        ["transcribe", "a.wav", "--format", "docx"],
        ["transcribe", "a.wav", "--loud"],
        ["transcribe", "a.wav", "--beam-size", "many"],
        ["transcribe", "a.wav", "--beam-size", "0"],
        ["transcribe", "a.wav", "--temperature", "2"],
        ["transcribe", "a.wav", "--model", "tiny.enn"],
        ["transcribe", "a.wav", "--model", "no/such/folder"],
        ["transcribe", "a.wav", "--model", "tiny.en", "--language", "de"],
        ["transcribe", "a.wav", "--model", "tiny.en", "--task", "translate"],
        ["transcribe", "a.wav", "--rate", "8000"],
        ["transcribe", "a.raw", "--input-format", "pcm"],
        ["transcribe", "a.raw", "--input-format", "pcm", "--rate", "8000", "--bit-depth", "12"],
        ["transcribe", "a.wav", "b.wav", "--format", "srt"],
        ["convert", "a.wav"],
        ["convert", "a.wav", "b.xyz"],
        ["convert", "a.wav", "b.wav", "--rate", "5"],
        ["convert", "a.wav", "b.wav", "--format", "docx"],
        ["info"],
        ["speak"],
        ["speak", "Hello.", "--loud"],
        ["speak", "Hello.", "-o", "b.xyz"],
        ["speak", "Hello.", "-o", "b.wav", "--speed", "fast"],
        ["speak", "Hello.", "-o", "b.wav", "--speed", "9"],
        ["speak", "Hello.", "-o", "b.wav", "--voice", "nobody"],
        ["speak", "Hello.", "-o", "b.wav", "--language", "xx"],
        ["speak", "Hello.", "-o", "b.wav", "--emotion", "hungry"],
        ["speak", "Hello.", "-o", "b.wav", "--lexicon", "missing.toml"],
        ["speak", "Hello.", "-o", "b.wav", "--loudness", "3"],
        ["speak", "Hello.", "-o", "b.wav", "--rate", "5"],
        ["speak", "Hello.", "-o", "b.mp3", "--channels", "7"],
        ["speak", "<speak>Hello.", "-o", "b.wav"],
        ["speak", " ", "-o", "b.wav"],
        ["voices", "--language", "xx"],
        ["analyze"],
        ["analyze", "a.wav", "--include", "melody"],
        ["analyze", "a.wav", "--frames"],
        ["analyze", "a.wav", "--csv", "-", "--json"],
        ["analyze", "a.wav", "--plot", "a.gif"],
        ["analyze", "a.wav", "--clicks", "a.xyz"],
        ["analyze", "a.wav", "--tags", "a.wav"],
        ["analyze", "a.wav", "b.wav", "--clicks", "c.wav"],
        ["enhance", "a.wav", "--denoise"],
        ["enhance", "a.wav", "-o", "b.wav"],
        ["enhance", "a.wav", "-o", "b.xyz", "--level"],
        ["enhance", "a.wav", "-o", "b.wav", "--denoise=foo"],
        ["enhance", "a.wav", "-o", "b.wav", "--denoise=deepfilter:much"],
        ["enhance", "a.wav", "-o", "b.wav", "--denoise=-3"],
        ["enhance", "a.wav", "-o", "b.wav", "--denoise=rnnoise", "--noise-profile", "1-2"],
        ["enhance", "a.wav", "-o", "b.wav", "--declick=2"],
        ["enhance", "a.wav", "-o", "b.wav", "--hum=much"],
        ["enhance", "a.wav", "-o", "b.wav", "--hum=440"],
        ["enhance", "a.wav", "-o", "b.wav", "--eq", "100"],
        ["enhance", "a.wav", "-o", "b.wav", "--loudness", "3"],
        ["enhance", "a.wav", "-o", "b.wav", "--loudness", "loud"],
        ["enhance", "a.wav", "-o", "b.wav", "--level", "--most-limiting", "3"],
        ["enhance", "a.wav", "-o", "b.wav", "--level", "--no-music-guard"],
        ["enhance", "a.wav", "-o", "b.wav", "--level", "--order", "level,eq"],
        ["enhance", "a.wav", "-o", "-", "--level", "--report"],
        ["enhance", "a.wav", "-o", "-", "--level", "--plot", "a.png"],
        ["enhance", "a.wav", "-o", "b.wav", "--level", "--plot", "a.gif"],
        ["enhance", "a.wav", "-o", "b.raw", "--level", "--plot", "a.png"],
        ["enhance", "a.wav", "b.wav", "-o", "-", "--level"],
        ["loudness"],
        ["models"],
        ["models", "pull"],
        ["models", "pull", "tiny.en", "huge"],
        ["models", "verify", "huge"],
        ["completion", "tcsh"],
    ],
)
def test_wrong_usage_is_2(run: Run, words: list[str]) -> None:
    """What the user must change in the command gives 2, a sentence, and no traceback; no input is touched for it."""
    outcome = run(*words)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.complaints[-1].startswith("auricle")
    assert "Traceback" not in outcome.err


def test_options_may_stand_between_files(run: Run, tmp_path: Path) -> None:
    """Files on both sides of the options are all taken."""
    outcome = run("info", tmp_path / "a.wav", "--json", tmp_path / "b.wav")
    assert [line.partition(": cannot")[0] for line in outcome.complaints] == [f"auricle: {tmp_path / name}" for name in ("a.wav", "b.wav")]


def test_an_option_is_named_as_the_user_knows_it(run: Run) -> None:
    """A complaint about an option begins with the option."""
    assert run("convert", "a.wav", "b.wav", "--rate", "5").err.startswith("auricle: --rate: ")
    assert run("transcribe", "a.wav", "--beam-size", "0").err.startswith("auricle: --beam-size: ")
    assert run("enhance", "a.wav", "-o", "b.wav", "--hum=440").err.startswith("auricle: --hum: hum is 440.0; ")
    assert run("enhance", "a.wav", "-o", "b.wav", "--eq", "-").err.startswith("auricle: --eq: ")


def test_an_unknown_model_is_said_before_the_first_file(run: Run) -> None:
    """A mistyped model is answered with the nearest name, and the missing file is not even looked for."""
    outcome = run("transcribe", "missing.wav", "--model", "tiny.enn")
    assert len(outcome.complaints) == 1
    assert "did you mean 'tiny.en'" in outcome.err


def test_a_model_that_is_not_here(run: Run, short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A known model that cannot be had is no wrong usage: 1, and one line with what to do."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    outcome = run("transcribe", short, "--model", "medium")
    assert (outcome.code, outcome.out) == (1, "")
    assert "auricle models pull medium" in outcome.complaints[-1]


@posix
@pytest.mark.parametrize("words", [["transcribe", "{short}", *TINY], ["convert", "{short}", "-"], ["models", "list"], ["info", "{short}"]])
def test_a_reader_that_went_away_is_no_error(short: Path, words: list[str]) -> None:
    """When standard output is a pipe that nobody reads (`| head`), the command ends quietly."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        process = subprocess.run(
            [*COMMAND, *(word.format(short=short) for word in words)], stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60
        )
    finally:
        os.close(writing)
    assert (process.returncode, process.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("words", [["transcribe", "{short}", *TINY], ["convert", "{short}", "-"], ["models", "list"], ["--help"]])
def test_a_full_disk_behind_standard_output(short: Path, words: list[str]) -> None:
    """When standard output cannot be written, one sentence says so and the code is 1."""
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            [*COMMAND, *(word.format(short=short) for word in words)], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60
        )
    assert process.returncode == 1
    assert process.stderr.decode().splitlines() == [process.stderr.decode().strip()]
    assert process.stderr.endswith(b": no space left on device.\n")


@posix
@pytest.mark.parametrize("words", [["transcribe", "{short}", *TINY, "--output", "{out}"], ["convert", "{short}", "{out}/short.flac"]])
def test_a_full_disk_leaves_nothing(short: Path, tmp_path: Path, words: list[str]) -> None:
    """A result that does not fit on the disk gives 1, one sentence, and no file."""
    out = tmp_path / "out"
    out.mkdir()
    command = [sys.executable, "-c", LIMITED, "20", *(word.format(short=short, out=out) for word in words)]
    process = subprocess.run(command, capture_output=True, check=False, timeout=60, env=quiet())
    assert process.returncode == 1
    assert process.stderr.decode().startswith(f"auricle: cannot write {out}")
    assert process.stderr.count(b"\n") == 1
    assert list(out.iterdir()) == []


@posix
def test_an_interruption_is_130(short: Path) -> None:
    """Ctrl-C in the middle of the work ends it with 130 and without a traceback."""
    with subprocess.Popen(
        [*COMMAND, "transcribe", *TINY, str(short), "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert b"austen-0880" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr.read() == b""


@posix
def test_closed_standard_streams(short: Path) -> None:
    """A shell's `<&-` and `>&-` are errors with a sentence."""
    for redirection, words in (("<&-", "transcribe --model tiny.en -"), (">&-", f"info '{short}'")):
        process = subprocess.run(
            ["sh", "-c", f"'{sys.executable}' -m auricle {words} {redirection}"], capture_output=True, check=False, timeout=60
        )
        assert process.returncode == 1
        assert process.stderr.endswith(b": it is closed.\n")
        assert process.stderr.count(b"\n") == 1


def test_names_cannot_command_the_terminal(run: Run, tmp_path: Path) -> None:
    """A file's name with control characters still gives one line, without them."""
    outcome = run("info", tmp_path / "a\x1b[2J\nb.wav")
    assert outcome.err.count("\n") == 1
    assert "\x1b" not in outcome.err


def test_letters_that_the_terminal_lacks(short: Path, tmp_path: Path) -> None:
    """Output in an encoding without the needed letters shows marks instead of failing."""
    name = tmp_path / "речь.wav"
    name.write_bytes(short.read_bytes())
    process = subprocess.run(
        [*COMMAND, "info", str(name)], capture_output=True, check=False, timeout=60, env=quiet() | {"PYTHONIOENCODING": "latin-1"}
    )
    assert process.returncode == 0
    assert b"????.wav" in process.stdout


def test_the_module_is_the_command() -> None:
    """`python -m auricle` is `auricle`, its codes included."""
    assert spawn("--version").stdout.decode().split() == ["auricle", auricle.__version__]
    assert spawn("sing").returncode == 2
