"""Settings: which source wins, what is refused and in which words, and that secrets stay secret."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import ValidationError

from auricle.errors import OptionError
from auricle.server import settings as module
from auricle.server.settings import Settings, show, usable_cores

SECRET = "correct-horse-battery-staple"  # noqa: S105 - a made-up one
OTHER = "another-secret-of-some-length"
CORES = module.usable_cores()


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no file of the user's."""
    for name in [name for name in os.environ if name.upper().startswith("AURICLE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def refused(**given: object) -> OptionError:
    """What loading says about these."""
    with pytest.raises(OptionError) as caught:
        Settings.load(**given)  # type: ignore[arg-type]
    message = str(caught.value)
    assert message.endswith(".")
    assert not message.endswith("..")
    assert "\n" not in message
    assert "pydantic" not in message
    return caught.value


def stored(text: str) -> None:
    """Write auricle.toml where it is found."""
    Path("auricle.toml").write_text(text, encoding="utf-8")


def test_defaults() -> None:
    """Without anything set the server is private, and has limits."""
    settings = Settings.load()
    assert (settings.host, settings.port, settings.model, settings.api_keys) == ("127.0.0.1", 8000, "base", ())
    assert (settings.upload_bytes, settings.recording_seconds, settings.decode_memory) == (2**30, 14_400, 2**30)
    assert (settings.compute_type, settings.rate_limit) == (None, None)
    assert (settings.preload, settings.download, settings.insecure) == (False, False, False)
    settings.check_exposure()


def test_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is given goes before the environment, that before the file, and that before the default."""
    stored('host = "file"\nport = 1\nmodel = "tiny"')
    monkeypatch.setenv("AURICLE_HOST", "environment")
    monkeypatch.setenv("AURICLE_PORT", "2")
    settings = Settings.load(host="given", port=None)
    assert (settings.host, settings.port, settings.model, settings.device) == ("given", 2, "tiny", "auto")
    origins = [settings.origin(name) for name in ("host", "port", "model", "device")]
    assert origins == ["the command line", "AURICLE_PORT", "'auricle.toml'", None]


def test_which_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The file that is given, else that of AURICLE_CONFIG, else auricle.toml; only one is read."""
    for port, name in enumerate(("auricle.toml", "variable.toml", "given.toml"), 1):
        Path(name).write_text(f"port = {port}", encoding="utf-8")
    assert Settings.load().port == 1
    monkeypatch.setenv("AURICLE_CONFIG", str(tmp_path / "variable.toml"))
    assert Settings.load().port == 2
    assert Settings.load(Path("given.toml")).port == 3


def test_a_file_may_be_a_pipe(tmp_path: Path) -> None:
    """Settings may come from another program, which decrypts them, say; a byte-order mark does no harm."""
    if sys.platform == "win32":
        pytest.skip("needs named pipes")
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["sh", "-c", r"printf '\357\273\277port = 5' > pipe"]):
        assert Settings.load(Path("pipe")).port == 5


def test_the_constructor_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only `load` looks at the environment and at files."""
    stored("port = 1")
    monkeypatch.setenv("AURICLE_PORT", "2")
    assert Settings().port == 8000
    assert Settings(port=3).port == 3


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything can be written in a variable; one that is empty is not set; the package's other ones are left alone."""
    variables = {
        "PORT": " 9000 ", "MODEL": "/models/my whisper", "PRELOAD": "yes", "COMPUTE_TYPE": "int8", "MODEL_IDLE": "0",
        "UPLOAD_BYTES": "200MB", "DECODE_MEMORY": "1073741824", "DEADLINE": "0.5", "RATE_LIMIT": "60", "ROOT_PATH": "/a/b",
        "CORS_ORIGINS": "https://a.example, http://localhost:3000 ,", "HOST": "", "CACHE": "/c", "MODELS": "/m", "CONFIG": "",
    }  # fmt: skip
    for name, value in variables.items():
        monkeypatch.setenv(f"AURICLE_{name}", value)
    settings = Settings.load()
    assert (settings.port, settings.model, settings.preload, settings.compute_type) == (9000, "/models/my whisper", True, "int8")
    assert (settings.upload_bytes, settings.decode_memory, settings.deadline) == (200_000_000, 2**30, 0.5)
    assert (settings.rate_limit, settings.root_path, settings.host) == (60, "/a/b", "127.0.0.1")
    assert settings.cors_origins == ("https://a.example", "http://localhost:3000")


def test_a_service_of_kubernetes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that Kubernetes makes of a service named auricle are no settings of ours, not even AURICLE_PORT."""
    variables = {
        "SERVICE_HOST": "10.0.0.1", "SERVICE_PORT": "80", "SERVICE_PORT_HTTP": "80", "PORT": "tcp://10.0.0.1:80",
        "PORT_80_TCP": "tcp://10.0.0.1:80", "PORT_80_TCP_PROTO": "tcp", "PORT_80_TCP_PORT": "80", "PORT_80_TCP_ADDR": "10.0.0.1",
    }  # fmt: skip
    for name, value in variables.items():
        monkeypatch.setenv(f"AURICLE_{name}", value)
    assert Settings.load() == Settings()


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4096", 4096), ("1B", 1), ("1kB", 1000), ("1KiB", 1024), ("200mb", 200_000_000), (" 1.5 GiB ", 3 * 2**29), ("0.5TB", 5 * 10**11),
        (4096, 4096),
    ],
)  # fmt: skip
def test_sizes(text: object, size: int) -> None:
    """Sizes are bytes, or numbers with a unit as people write them."""
    assert Settings.load(upload_bytes=text).upload_bytes == size


@pytest.mark.parametrize(
    "size", ["", "1,5GB", "1 000", "1GiB each", "-1", "1e9", "12parsecs", "GB", "٣", "9" * 400, "5TiB", 0, True, 1.5, []]
)
def test_no_sizes(size: object) -> None:
    """Anything else is refused, above all what could be understood in two ways."""
    error = refused(upload_bytes=size)
    assert error.field == "upload_bytes"
    assert "it may be a size " in str(error)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"port": 65536}, "port is 65536; it may be a whole number from 0 to 65535."),
        ({"port": "80a"}, "port is '80a'; it may be a whole number from 0 to 65535."),
        ({"port": True}, "port is true; it may be a whole number from 0 to 65535."),
        ({"concurrency": 0}, "concurrency is 0; it may be a whole number from 1 to 64."),
        ({"rate_limit": 0}, "rate_limit is 0; it may be a whole number from 1 to 1000000."),
        ({"rate_limit": 1.5}, "rate_limit is 1.5; it may be a whole number from 1 to 1000000."),
        ({"deadline": "inf"}, "deadline is 'inf'; it may be a number from 0.01 to 604800."),
        ({"deadline": float("nan")}, "deadline is nan; it may be a number from 0.01 to 604800."),
        ({"grace": -1}, "grace is -1; it may be a number from 0 to 604800."),
        ({"preload": "perhaps"}, "preload is 'perhaps'; it may be true or false."),
        ({"device": "gpu"}, "device is 'gpu'; use one of: auto, cpu, cuda."),
        ({"log_level": 3}, "log_level is 3; use one of: debug, info, warning, error."),
        ({"host": 5}, "host is 5; it may be text."),
        ({"cors_origins": 5}, "cors_origins is 5; it may be a list of texts."),
        ({"cors_origins": [5]}, "cors_origins is 5; it may be a list of texts."),
        ({"decode_memory": "1MB"}, "decode_memory is 1000000; it may be a size from 256MiB to 1TiB."),
        ({"api_keys": 1234567890123456}, "api_keys may be a list of keys."),
    ],
)
def test_wrong_values(given: Mapping[str, object], expected: str) -> None:
    """What is wrong and what would be right, in one sentence."""
    error = refused(**given)
    assert ({error.field}, str(error)) == ({*given}, expected)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "http://localhost", "a b", "a\nb", "a\0", "[::1]"])
def test_no_hosts(host: str) -> None:
    """A host is an address alone."""
    assert "the port is a setting of its own" in str(refused(host=host))


@pytest.mark.parametrize("host", ["", "localhost", "auricle.example.com", "::", "::1", "fe80::1%eth0", "::ffff:10.0.0.1", "bücher.example"])
def test_hosts(host: str) -> None:
    """Names and addresses of both kinds."""
    assert Settings.load(host=host).host == host


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("root_path", "speech"), ("root_path", "/"), ("root_path", "/speech/"), ("root_path", "/a b"), ("root_path", "/a?b"),
        ("model", ""), ("model", "a\nb"), ("compute_type", ""), ("compute_type", "int 8"), ("cors_origins", "a.example"),
        ("cors_origins", "https://a.example/"), ("cors_origins", "https://A.example"), ("cors_origins", "null"),
    ],
)  # fmt: skip
def test_wrong_texts(name: str, value: str) -> None:
    """Text that could never work is refused with an example of what does."""
    assert "; it may be a" in str(refused(**{name: value}))


def test_the_source_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong value is named with the variable or the file that must be changed."""
    stored("waiting = -1")
    assert str(refused()).startswith("waiting from 'auricle.toml' is -1; ")
    monkeypatch.setenv("AURICLE_WAITING", "many")
    assert str(refused()).startswith("waiting from AURICLE_WAITING is 'many'; ")
    assert str(refused(waiting="none")).startswith("waiting is 'none'; ")


@pytest.mark.parametrize("name", ["xyzzy", "_secrets_dir", "model_conf", "api_key"])
def test_unknown_names(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A name that is not known is refused wherever it stands, as it stands there, with the nearest that is known, or all."""
    hint = {"model_conf": "; the nearest is 'model'.", "api_key": "; the nearest is 'api_keys'."}.get(
        name, "; use one of: admin_keys, api_keys, "
    )
    assert str(refused(**{name: 1})).startswith(f"there is no setting '{name}'{hint}")
    stored(f"{name} = 1")
    assert str(refused()).startswith(f"there is no setting '{name}' in 'auricle.toml'{hint}")
    monkeypatch.setenv(f"AURICLE_{name.upper()}", "1")
    stored("")
    assert str(refused()).startswith(f"there is no setting 'AURICLE_{name.upper()}' in the environment; ")


def test_the_nearest_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the environment the nearest is a variable, and may be one that is no setting."""
    monkeypatch.setenv("AURICLE_MODLES", "/m")
    assert "the nearest is 'AURICLE_MODELS'." in str(refused())


def test_a_table_is_no_setting() -> None:
    """Settings stand at the top of the file."""
    stored("[server]\nport = 1")
    assert "there is no setting 'server'" in str(refused())


@pytest.mark.parametrize("content", [b"port = ", b"port = 1\nport = 2", b'model = "\xff"', None])
def test_unusable_files(content: bytes | None) -> None:
    """A file that is missing or broken is an error, for somebody meant something by it."""
    if content is not None:
        Path("a.toml").write_bytes(content)
    error = refused(config=Path("a.toml"))
    assert error.field == "config"
    assert str(error).startswith("'a.toml' ")


def test_a_missing_file_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for the variable; a folder is no file either."""
    monkeypatch.setenv("AURICLE_CONFIG", "nowhere.toml")
    assert str(refused()) == "'nowhere.toml' cannot be read: no such file or directory; --config or AURICLE_CONFIG names a TOML file."
    assert "is a directory" in str(refused(config=Path()))


def test_keys_are_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No secret is in the object, however it is printed or stored; a hash may be given in its place; doubles count once."""
    hashed = "SHA256:".lower() + hashlib.sha256(OTHER.encode()).hexdigest().upper()
    monkeypatch.setenv("AURICLE_API_KEYS", f"{SECRET}, {hashed},{OTHER}")
    settings = Settings.load()
    assert settings.api_keys == tuple(f"sha256:{hashlib.sha256(key.encode()).hexdigest()}" for key in (SECRET, OTHER))
    for shown in (repr(settings), str(settings), show(settings), settings.model_dump_json(), repr(pickle.dumps(settings))):
        assert SECRET not in shown
        assert OTHER not in shown


def test_authorizes() -> None:
    """Only the secrets themselves open the door: not their hashes, nothing near, nothing when there are no keys."""
    settings = Settings.load(api_keys=[SECRET, OTHER])
    assert settings.authorizes(SECRET)
    assert settings.authorizes(OTHER)
    for presented in ("", SECRET[:-1], f"{SECRET} ", SECRET.upper(), "schlüssel", "\udc80", *settings.api_keys):
        assert not settings.authorizes(presented)
    assert not Settings().authorizes("")


def test_kinds_of_keys() -> None:
    """An admin's is a key, too; a key that is both is an admin's. Neither is shown."""
    settings = Settings.load(api_keys=[SECRET, OTHER], admin_keys=f"{OTHER},")
    assert [settings.kind_of(key) for key in (OTHER, SECRET, SECRET[:-1])] == ["admin", "usual", None]
    assert Settings(admin_keys=(OTHER,)).authorizes(OTHER)
    assert OTHER not in show(settings)
    assert settings.admin_keys[0] not in repr(settings)


@pytest.mark.parametrize(
    "key", ["fifteen-letters", "sha256:abc", f"sha256:{'g' * 64}", "sixteen letters and", "schlüssel-schlüssel", 1234567890123456]
)
def test_weak_keys(key: object) -> None:
    """A key that can be guessed, or not be sent, is refused, and not repeated."""
    error = refused(api_keys=[SECRET, key])
    assert error.field == "api_keys"
    assert str(key) not in str(error)
    assert SECRET not in str(error)


def test_a_short_key_comes_with_help() -> None:
    """Who gives a short key is told how to make a good one; and that command makes one."""
    message = str(refused(api_keys="letmein"))
    command = message.partition("python3 -c ")[2].partition('"')[2].partition('"')[0]
    made = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True).stdout.strip()
    assert Settings.load(api_keys=made).authorizes(made)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost", "LOCALHOST"])
def test_private_hosts(host: str) -> None:
    """On this machine's own addresses nobody needs a key."""
    Settings(host=host).check_exposure()


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "192.168.0.2", "auricle.example.com", "127.0.0.1.nip.io", "0"])  # noqa: S104
def test_public_hosts(host: str) -> None:
    """Everywhere else it needs keys, or somebody who says that it does not."""
    with pytest.raises(OptionError, match=r"set AURICLE_API_KEYS, listen on 127\.0\.0\.1, or say --insecure\.$") as caught:
        Settings(host=host).check_exposure()
    assert caught.value.field == "host"
    Settings(host=host, insecure=True).check_exposure()
    Settings(host=host, api_keys=(SECRET,)).check_exposure()


def test_it_cannot_be_changed() -> None:
    """Settings are frozen, equal by their values wherever these are from, and can be hashed."""
    settings = Settings.load(port=1)
    with pytest.raises(ValidationError):
        settings.port = 2
    assert settings == Settings(port=1) != Settings()
    assert settings != 1
    assert hash(settings) == hash(Settings(port=1))


@pytest.mark.parametrize(
    ("cores", "concurrency", "threads"), [(1, 1, 1), (2, 2, 1), (3, 2, 1), (4, 2, 2), (8, 2, 4), (16, 4, 4), (512, 64, 8)]
)
def test_what_suits_the_machine(monkeypatch: pytest.MonkeyPatch, cores: int, concurrency: int, threads: int) -> None:
    """Concurrency and threads follow the cores, and never ask for more than there are."""
    monkeypatch.setattr(module, "usable_cores", lambda: cores)
    settings = Settings()
    assert (settings.concurrency, settings.threads, settings.waiting) == (concurrency, threads, 3 * concurrency)
    assert Settings(concurrency=64).threads == max(1, cores // 64)
    assert settings.streams == 2 * cores


def test_what_follows_from_others() -> None:
    """A stop waits as long as a request may take, and three wait for each place, unless something else is set."""
    settings = Settings.load(concurrency=5, deadline=60)
    assert (settings.waiting, settings.grace) == (15, 60)
    settings = Settings.load(concurrency=5, deadline=60, waiting=0, grace=0)
    assert (settings.waiting, settings.grace) == (0, 0)


@pytest.mark.parametrize(
    ("content", "expected"), [("max 100000", CORES), ("100000 100000", 1), ("50000 100000", 1), ("99900000 100000", CORES), ("", CORES)]
)
def test_a_container_has_a_quota(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str, expected: int) -> None:
    """The cores of a container are those of its quota, which its affinity does not show."""
    (tmp_path / "cpu.max").write_text(content, encoding="ascii")
    monkeypatch.setattr(module, "_CPU_QUOTA", tmp_path / "cpu.max")
    assert usable_cores() == expected
    monkeypatch.setattr(module, "_CPU_QUOTA", tmp_path / "missing")
    assert usable_cores() == CORES


def test_show_says_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting is shown with what it means, its value, and where that came from; defaults are comments."""
    stored("model_idle = 60")
    monkeypatch.setenv("AURICLE_UPLOAD_BYTES", "200MB")
    text = show(Settings.load(port=9000, api_keys=SECRET))
    for name, field in Settings.model_fields.items():
        assert f"# {field.description}\n" in text
        assert f"{name} = " in text or f"# {name} is not set" in text
    lines = text.splitlines()
    assert "model_idle = 60  # from 'auricle.toml'" in lines
    assert 'upload_bytes = "200MB"  # from AURICLE_UPLOAD_BYTES' in lines
    assert "port = 9000  # from the command line" in lines
    assert "# deadline = 3600" in lines
    assert set(tomllib.loads(text)) == {"model_idle", "upload_bytes", "port", "api_keys"}


def test_show_is_a_file_that_works(tmp_path: Path) -> None:
    """Loading what was shown gives the same settings, keys that work included."""
    settings = Settings.load(host="0.0.0.0", api_keys=SECRET, root_path='/"ü"\\', cors_origins="*", recording_seconds=0.5)  # noqa: S104
    stored(show(settings))
    again = Settings.load()
    assert again == settings
    assert again.authorizes(SECRET)


PRINTABLE = st.text().filter(lambda text: text != "" and text.isprintable())
SECONDS = st.floats(0.01, 604_800)
VALUES = {
    "host": st.ip_addresses().map(str),
    "port": st.integers(0, 65535),
    "api_keys": st.lists(st.text("abcXYZ019!\"\\'#,~", min_size=16)),
    "insecure": st.booleans(),
    "rate_limit": st.none() | st.integers(1, 1_000_000),
    "cors_origins": st.lists(st.sampled_from(["*", "https://a.example", 'http://"\\']), unique=True),
    "model": PRINTABLE,
    "compute_type": st.none() | st.sampled_from(["int8", "float16"]),
    "concurrency": st.none() | st.integers(1, 64),
    "waiting": st.none() | st.integers(0, 10_000),
    "deadline": SECONDS,
    "grace": st.none() | SECONDS,
    "upload_bytes": st.integers(1, 2**40),
    "websocket_port": st.none() | st.integers(0, 65535),
    "streams": st.none() | st.integers(1, 10_000),
    "socket_idle": SECONDS,
    "socket_message_bytes": st.integers(1024, 2**30),
    "log_format": st.sampled_from(["auto", "text", "json"]),
}


@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries({}, optional=VALUES))
def test_show_round_trip(tmp_path: Path, chosen: dict[str, object]) -> None:
    """Whatever was set, its file sets it again, to the bit."""
    settings = Settings.load(**chosen)  # type: ignore[arg-type]
    path = tmp_path / "shown.toml"
    path.write_text(show(settings), encoding="utf-8")
    assert Settings.load(path) == settings


@hypothesis_settings(deadline=None)
@given(st.sampled_from(sorted(Settings.model_fields)), st.text() | st.integers() | st.floats() | st.booleans() | st.lists(st.text()))
def test_no_value_breaks_it(name: str, value: object) -> None:
    """Any value is taken, or refused in a sentence that names the setting."""
    try:
        Settings.load(**{name: value})  # type: ignore[arg-type]
    except OptionError as error:
        assert error.field == name
        assert str(error).isprintable()
        assert str(error).endswith(".")


def test_import_loads_nothing_heavy() -> None:
    """Settings can be read and shown before numpy or an engine could be imported."""
    code = "import sys; from auricle.server import settings; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "av", "ctranslate2", "fastapi", "uvicorn", "faster_whisper"} & set(loaded)
