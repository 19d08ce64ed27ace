"""What shells complete, asked by the shells themselves."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from auricle.cli.completion import SCRIPTS, candidates
from auricle.voice import voices
from auricle.weights import ALIASES, serving
from tests.cli.conftest import Run

FORMATS = ["text", "json", "srt", "vtt", "tsv", "lrc"]


@pytest.fixture
def path(tmp_path: Path) -> dict[str, str]:
    """An environment in which `auricle` is this checkout's."""
    script = tmp_path / "bin" / "auricle"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m auricle "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return os.environ | {"PATH": f"{script.parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            [],
            [
                "transcribe",
                "listen",
                "speak",
                "voices",
                "enhance",
                "loudness",
                "analyze",
                "catalogue",
                "identify",
                "fingerprint",
                "duplicates",
                "convert",
                "info",
                "models",
                "serve",
                "completion",
            ],
        ),
        (["tr"], ["transcribe"]),
        (["--v"], ["--version"]),
        (["transcribe", ""], []),
        (["transcribe", "--word"], ["--word-timestamps"]),
        (["transcribe", "--format", ""], FORMATS),
        (["transcribe", "--format=j"], ["--format=json"]),
        (["transcribe", "--format", "=", "j"], ["json"]),
        (["transcribe", "--format", "="], FORMATS),
        (["transcribe", "--no-vad", "--task", "transl"], ["translate"]),
        (["transcribe", "--output", ""], []),
        (["transcribe", "--model", ""], [*serving("transcribe"), *ALIASES]),
        (["transcribe", "--model", "./mod"], []),
        (["transcribe", "--prompt", "models", ""], []),
        (["convert", "a.wav", "b.wav", "--bit-depth", ""], ["8", "16", "24", "32", "float"]),
        (["models", ""], ["list", "pull", "verify"]),
        (["models", "pull", "tin"], ["tiny.en", "tiny"]),
        (["models", "list", "--j"], ["--json"]),
        (["speak", "--voice", ""], [voice.name for voice in voices()]),
        (["speak", "Hello.", "--format", "m"], ["mp3", "m4a"]),
        (["speak", "--file", ""], []),
        (["enhance", "--denoise", ""], []),
        (["enhance", "--denoise="], ["--denoise=deepfilter", "--denoise=rnnoise", "--denoise=spectral"]),
        (["enhance", "--denoise", "=", "r"], ["rnnoise"]),
        (["enhance", "--denoise", "="], ["deepfilter", "rnnoise", "spectral"]),
        (["enhance", "a.wav", "--loudness", "a"], ["atsc", "apple", "audiobook"]),
        (["speak", "--loudness", ""], []),
        (["analyze", "--include", "s"], ["spectrum", "structure"]),
        (["analyze", "--plot", ""], []),
        (["catalogue", ""], ["add", "remove", "list", "duplicates", "verify", "compact"]),
        (["catalogue", "add", "--w"], ["--workers"]),
        (["catalogue", "add", "--catalogue", ""], []),
        (["identify", "a.mp3", "--ti"], ["--timeline"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["sing", "--lou"], []),
    ],
)
def test_candidates(words: list[str], expected: list[str]) -> None:
    """Commands, options, choices and models complete; where a file belongs there are none, for the shell to complete files."""
    assert candidates(words) == expected


@pytest.mark.parametrize(
    "command", ["transcribe", "listen", "speak", "enhance", "analyze", "identify", "fingerprint", "duplicates", "serve"]
)
def test_every_option_completes(run: Run, command: str) -> None:
    """Whatever --help shows, completion offers."""
    offered = run("--complete", command, "--").out.split()
    usage = run(command, "--help").out.partition("\n\n")[0]
    shown = {word.strip("[],") for word in usage.split() if word.strip("[],").startswith("--")}
    assert shown <= set(offered)
    assert "--help" in offered


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["auricle", "tr"], ["transcribe"]),
        (["auricle", "transcribe", "--format", "s"], ["srt"]),
        (["auricle", "transcribe", "--format", "=", "v"], ["vtt"]),
        (["auricle", "models", "pull", "distil-small"], ["distil-small.en"]),
        (["auricle", "serve", "--log-f"], ["--log-format"]),
        (["auricle", "transcribe", "my talk"], []),
    ],
)
def test_bash(path: dict[str, str], words: list[str], expected: list[str]) -> None:
    """Bash gets the candidates from the script that `auricle completion bash` prints."""
    code = (
        f"source <(auricle completion bash); COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}; "
        "_auricle; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    process = subprocess.run(["bash", "--norc", "-c", code], capture_output=True, text=True, check=True, env=path)
    assert (process.stdout.split(), process.stderr) == (expected, "")


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_files_elsewhere(path: dict[str, str]) -> None:
    """Where there are no candidates bash goes on to file names."""
    process = subprocess.run(
        ["bash", "--norc", "-c", "source <(auricle completion bash); complete -p auricle"],
        capture_output=True,
        text=True,
        check=True,
        env=path,
    )
    assert "-o default" in process.stdout


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("auricle transcribe --format ", FORMATS),
        ("auricle transcribe --format=js", ["--format=json"]),
        ("auricle models pull distil-small", ["distil-small.en"]),
        ("auricle serve --device cu", ["cuda"]),
        ("auricle transcribe re", ["recording.wav"]),
    ],
)
def test_fish(path: dict[str, str], tmp_path: Path, line: str, expected: list[str]) -> None:
    """Fish completes by the script, file names included."""
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "recording.wav").touch()
    code = f"auricle completion fish | source; complete -C {shlex.quote(line)}"
    process = subprocess.run(["fish", "-c", code], capture_output=True, text=True, check=True, env=path, cwd=tmp_path / "here")
    assert sorted(process.stdout.split()) == sorted(expected)


@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("auricle tr", "transcribe"),
        ("auricle transcribe --format s", "srt"),
        ("auricle transcribe ''", "files"),
        ("auricle completion ''", "bash zsh fish"),
        ("auricle serve --device cp", "cpu"),
    ],
)
def test_zsh(path: dict[str, str], words: str, expected: str) -> None:
    """Zsh gives the candidates to its completion system, or asks it for files."""
    # Stand-ins for what only exists while a line is edited.
    stage = 'compdef() { : }; compadd() { shift; print -- "$@" }; _files() { print files }'
    code = f"{stage}; source <(auricle completion zsh); words=({words}); CURRENT=$#words; _auricle"
    process = subprocess.run(["zsh", "-f", "-c", code], capture_output=True, text=True, check=True, env=path)
    assert (process.stdout.strip(), process.stderr) == (expected, "")


@pytest.mark.parametrize("shell", SCRIPTS)
def test_scripts_are_printed(run: Run, shell: str) -> None:
    """`auricle completion SHELL` prints the script."""
    assert run("completion", shell).out == SCRIPTS[shell]
