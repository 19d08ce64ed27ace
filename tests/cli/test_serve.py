"""`auricle serve`: its options reach the settings, and what is wrong with these is said as the operator wrote it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from argparse import Action
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

from auricle.cli import completion, parser
from auricle.errors import OptionError
from auricle.server.settings import Settings, show
from tests.cli.conftest import Run

SECRET = "correct-horse-battery-staple"  # noqa: S105 - a made-up one


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no file of the user's."""
    for name in [name for name in os.environ if name.upper().startswith("AURICLE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings with which a server was started, which none really is."""
    started: list[Settings] = []

    def serve(settings: Settings) -> int:
        started.append(settings)
        return 7

    _stand_in(monkeypatch, serve)
    return started


def _stand_in(monkeypatch: pytest.MonkeyPatch, serve: Callable[[Settings], int]) -> None:
    module = ModuleType("auricle.server.run")
    module.serve = serve  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)


def test_it_serves(run: Run, served: list[Settings]) -> None:
    """Without options the settings are the defaults; the server's exit code is the command's."""
    outcome = run("serve")
    assert (outcome.code, outcome.out, outcome.err) == (7, "", "")
    assert served == [Settings()]


def test_options(run: Run, served: list[Settings]) -> None:
    """Every option is the setting of its name."""
    words = (
        "--host :: --port 0 --websocket-port 8765 --model tiny.en --preload --device cpu --concurrency 3 --catalogue known --insecure "
        "--log-level debug --log-format json"
    )
    run("serve", *words.split())
    expected = {
        "host": "::", "port": 0, "websocket_port": 8765, "model": "tiny.en", "preload": True, "device": "cpu",
        "concurrency": 3, "catalogue": "known", "insecure": True, "log_level": "debug", "log_format": "json",
    }  # fmt: skip
    assert served == [Settings.load(**expected)]  # type: ignore[arg-type]
    assert {action.dest for action in _options()} == {*expected, "config", "show_settings", "help"}


def test_what_is_not_given_overrides_nothing(run: Run, served: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    """Options that are left out leave the environment and the file as they are."""
    Path("my.toml").write_text('log_format = "json"\npreload = true\nport = 1', encoding="utf-8")
    monkeypatch.setenv("AURICLE_INSECURE", "true")
    monkeypatch.setenv("AURICLE_PORT", "2")
    run("serve", "--config", "my.toml", "--model", "tiny")
    (settings,) = served
    assert (settings.log_format, settings.preload, settings.insecure, settings.port, settings.model) == ("json", True, True, 2, "tiny")


def test_the_parser_knows_what_the_settings_know() -> None:
    """Its choices and the defaults in its help are those of the settings."""
    for option in _options():
        if option.dest in Settings.model_fields:
            field = Settings.model_fields[option.dest]
            assert option.default is None
            assert tuple(option.choices or ()) == (get_args(field.annotation) if option.choices else ())
            if option.nargs is None and option.dest not in ("catalogue", "concurrency", "log_format", "websocket_port"):
                assert f"(default: {field.default})" in str(option.help)


def _options() -> list[Action]:
    return completion._commands(parser.build())["serve"]._actions


def test_completion(run: Run) -> None:
    """Shells complete the command, its options and their values; for --config they complete files."""
    for words, expected in (
        (["ser"], ["serve"]),
        (["serve", "--show"], ["--show-settings"]),
        (["serve", "--log-format", ""], ["auto", "text", "json"]),
        (["serve", "--insecure", "--device", "c"], ["cpu", "cuda"]),
        (["serve", "--model", "tin"], ["tiny.en", "tiny"]),
        (["serve", "--config", ""], []),
    ):
        assert run("--complete", *words).out.split() == expected


def test_show_settings(run: Run, served: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    """--show-settings prints a file that can be used, with no secret in it, and starts nothing."""
    monkeypatch.setenv("AURICLE_API_KEYS", SECRET)
    outcome = run("serve", "--host", "::", "--port", "9000", "--show-settings")
    assert (outcome.code, outcome.err, served) == (0, "", [])
    assert outcome.out == show(Settings.load(host="::", port="9000"))
    assert SECRET not in outcome.out
    assert set(tomllib.loads(outcome.out)) == {"host", "port", "api_keys"}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--port", "http"], "--port: port is 'http'; it may be a whole number from 0 to 65535."),
        (["--concurrency", "1000"], "--concurrency: concurrency is '1000'; it may be a whole number from 1 to 64."),
        (["--host", "::", "--show-settings", "--model", ""], "--model: model is ''; it may be a name that `auricle models list` shows"),
        (["--config", "no.toml"], "--config: 'no.toml' cannot be read: no such file or directory"),
    ],
)
def test_wrong_options(run: Run, served: list[Settings], words: list[str], complaint: str) -> None:
    """A wrong option gives 2 and one line that names it; nothing is started."""
    outcome = run("serve", *words)
    assert (outcome.code, outcome.out, served) == (2, "", [])
    assert outcome.err.startswith(f"auricle: {complaint}")
    assert len(outcome.complaints) == 1


def test_wrong_variables(run: Run, served: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    """What a variable or a file says wrongly is not called an option."""
    monkeypatch.setenv("AURICLE_PORT", "http")
    outcome = run("serve", "--host", "::1")
    assert (outcome.code, served) == (2, [])
    assert outcome.err == "auricle: port from AURICLE_PORT is 'http'; it may be a whole number from 0 to 65535.\n"
    monkeypatch.delenv("AURICLE_PORT")
    monkeypatch.setenv("AURICLE_COMMAND", "x")
    assert run("serve").err.startswith("auricle: there is no setting 'AURICLE_COMMAND' in the environment; ")
    monkeypatch.delenv("AURICLE_COMMAND")
    monkeypatch.setenv("AURICLE_CONFIG", "no.toml")
    assert run("serve").err.startswith("auricle: 'no.toml' cannot be read: ")


@pytest.mark.parametrize("by_option", [True, False])
def test_not_for_strangers(run: Run, served: list[Settings], monkeypatch: pytest.MonkeyPatch, by_option: bool) -> None:
    """A public address without keys is refused, however it was set; with keys it is not."""
    if not by_option:
        monkeypatch.setenv("AURICLE_HOST", "0.0.0.0")  # noqa: S104
    words = ["serve", "--host", "0.0.0.0"] if by_option else ["serve"]  # noqa: S104
    outcome = run(*words)
    assert (outcome.code, served) == (2, [])
    assert outcome.err.startswith(f"auricle: {'--host: ' if by_option else ''}whoever can reach 0.0.0.0 could use this server")
    assert run(*words, "--insecure").code == 7
    monkeypatch.setenv("AURICLE_API_KEYS", SECRET)
    assert run(*words).code == 7


@pytest.mark.parametrize(("words", "prefix"), [(["--device", "cuda"], "--device: "), ([], "")])
def test_what_the_server_finds_wrong(run: Run, monkeypatch: pytest.MonkeyPatch, words: list[str], prefix: str) -> None:
    """A setting that only the start finds wrong is told in the same way."""

    def serve(settings: Settings) -> int:
        raise OptionError("device", "there is no CUDA GPU on this machine; use cpu or auto")

    _stand_in(monkeypatch, serve)
    monkeypatch.setenv("AURICLE_DEVICE", "cuda")
    outcome = run("serve", *words)
    assert (outcome.code, outcome.err) == (2, f"auricle: {prefix}there is no CUDA GPU on this machine; use cpu or auto.\n")


@pytest.mark.parametrize("package", ["fastapi", "pydantic_settings", "uvicorn", "websockets"])
def test_without_the_extra(run: Run, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """Without what the extra installs, the pip line is said, and no traceback."""
    monkeypatch.setitem(sys.modules, package, None)
    outcome = run("serve")
    assert (outcome.code, outcome.err) == (1, 'auricle: the server needs packages that are not installed: pip install "auricle[server]"\n')


def test_show_settings_imports_nothing_heavy() -> None:
    """Settings can be looked at without loading the server."""
    code = (
        "import sys; from auricle.cli.main import main; code = main(['serve', '--show-settings']); "
        "sys.exit(code or bool({'numpy', 'fastapi', 'uvicorn', 'ctranslate2'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0
