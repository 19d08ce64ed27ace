"""What an operator may set: taken from the command line, the environment and a TOML file, and checked before anything starts.

The first of these that has a setting wins: the command line, the variable AURICLE_<NAME>, the file that --config or
AURICLE_CONFIG names (else `auricle.toml` in the working directory), the default. Where each came from is remembered, so that
a message names the variable or the file that must be changed.
"""

from __future__ import annotations

import difflib
import hashlib
import hmac
import ipaddress
import json
import os
import re
import reprlib
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from auricle.errors import OptionError

__all__ = ["Settings", "show", "usable_cores"]

_PREFIX = "AURICLE_"
_OTHER_VARIABLES = ("cache", "config", "models")  # of the whole package, or about the file
_DEFAULT_FILE = "auricle.toml"

# Kubernetes tells every pod where a service named auricle is, in variables such as AURICLE_SERVICE_HOST and
# AURICLE_PORT_8000_TCP_ADDR; and AURICLE_PORT itself is then an address.
_KUBERNETES_NAME = re.compile(r"AURICLE_(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)", re.IGNORECASE)
_KUBERNETES_PORT = re.compile(r"(tcp|udp|sctp)://")

_MIB, _GIB, _TIB = 2**20, 2**30, 2**40
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KiB": 2**10, "MiB": _MIB, "GiB": _GIB, "TiB": _TIB}
_FACTORS = {"": 1} | {unit.lower(): factor for unit, factor in _UNITS.items()}
_HOUR = 3600.0
_WEEK = 168 * _HOUR

_CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # in a container: microseconds of CPU time, in a period of as many

_HASHED = "sha256:"
_SHORTEST_KEY = 16  # characters; a random key of that length cannot be guessed, nor found from its hash
_MAKE_A_KEY = 'python3 -c "import secrets; print(secrets.token_urlsafe(32))"'


def _bytes(value: object) -> object:
    """The bytes that "200MB", "1.5 GiB" or "4096" mean; what is no text is left to pydantic."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,9})?) ?([A-Za-z]*)", value.strip())
    if match is None or match[2].lower() not in _FACTORS:
        raise ValueError(f"is {reprlib.repr(value)}; it may be a size such as 200MB or 1GiB, or a number of bytes")
    return round(float(match[1]) * _FACTORS[match[2].lower()])


def _size(count: int) -> str:
    """``count`` bytes in the largest unit that divides them: 2**30 is "1GiB", 10**9 is "1GB"."""
    if not count:
        return "0B"
    unit = max((unit for unit, factor in _UNITS.items() if count % factor == 0), key=_UNITS.__getitem__)
    return f"{count // _UNITS[unit]}{unit}"


def _short(number: float) -> int | float:
    """900 rather than 900.0."""
    return int(number) if number == int(number) else number


def _listed(value: object) -> object:
    """The members of a list that is written with commas between them, as a variable has it."""
    return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value


def _hashed_keys(value: object) -> tuple[str, ...]:
    """The SHA-256 of every key; no message repeats a key."""
    keys = _listed(value)
    if not isinstance(keys, tuple | list):
        raise ValueError("may be a list of keys")  # noqa: TRY004 - pydantic expects a ValueError of a validator
    return tuple(dict.fromkeys(map(_hashed_key, keys)))


def _hashed_key(key: object) -> str:
    if not isinstance(key, str) or not re.fullmatch("[!-~]*", key):
        raise ValueError("has a key that no request could send; a key may have letters, digits and signs of ASCII, and no spaces")
    if key.startswith(_HASHED):
        if not re.fullmatch("[0-9a-fA-F]{64}", key.removeprefix(_HASHED)):
            raise ValueError(f"has a hash that is none; it may be {_HASHED} and then 64 hexadecimal digits")
        return key.lower()
    if len(key) < _SHORTEST_KEY:
        raise ValueError(f"has a key of {len(key)} characters; a key may have {_SHORTEST_KEY} or more, {_MAKE_A_KEY} makes one")
    return _hash(key)


def _hash(key: str) -> str:
    return _HASHED + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _matching(pattern: str, what: str) -> AfterValidator:
    """Takes only text that fits ``pattern`` and can be printed; the message says ``what`` it may be."""

    def check(text: str) -> str:
        if not (text.isprintable() and re.fullmatch(pattern, text)):
            raise ValueError(f"is {reprlib.repr(text)}; it may be {what}")
        return text

    return AfterValidator(check)


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text)) if "/" in text else str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError(f"is {reprlib.repr(text)}; it may be an address or a network such as 10.0.0.0/8") from None


_FROM_TEXT = BeforeValidator(_bytes)
_Size = Annotated[int, _FROM_TEXT, PlainSerializer(_size, return_type=str, when_used="json")]
_SHORT = PlainSerializer(_short, return_type=int | float, when_used="json")
_Seconds = Annotated[float, Field(ge=0.01, le=_WEEK), _SHORT]
_SecondsOr0 = Annotated[float, Field(ge=0, le=_WEEK), _SHORT]
_Host = Annotated[
    str, _matching(r"[\w.-]*|[0-9A-Fa-f.]*(:[0-9A-Fa-f.]*){2,}(%[\w.-]+)?", "a name or an address; the port is a setting of its own")
]
_RootPath = Annotated[str, _matching(r"(/[^/?#\s]+)*", "a path such as /speech, with a slash at its beginning and none at its end")]
_Model = Annotated[str, _matching(r".+", "a name that `auricle models list` shows, or a model's directory")]
_Voice = Annotated[str, _matching(r".+", "a name that `auricle voices` shows")]
_Catalogue = Annotated[str, _matching(r".+", "a directory")]
_ComputeType = Annotated[str, _matching(r"\w+", "a number format of CTranslate2 such as int8 or float16")]
_Network = Annotated[str, AfterValidator(_network)]
_Origin = Annotated[str, _matching(r"\*|[a-z][a-z0-9+.-]*://[^/?#\sA-Z]+", "an origin such as https://app.example.com, or *")]


def usable_cores() -> int:
    """How many CPU cores this process may use: those that it is bound to, or fewer where its container has a quota."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = _CPU_QUOTA.read_text(encoding="ascii").split()
    except (OSError, ValueError):  # no container of this kind
        return cores
    return cores if quota == "max" else max(1, min(cores, int(quota) // int(period)))


def _concurrency() -> int:
    """Recordings to recognise at once on this machine.

    Two on a thread each get through 1.2 to 1.3 times as much as one on two threads (measured on two cores), so there are
    always two; and more only where each still has four threads, so that no single one becomes slow.
    """
    cores = usable_cores()
    return 1 if cores == 1 else min(64, max(2, cores // 4))


class Settings(BaseSettings):
    """Everything that can be set about the server, checked; `load` reads it from wherever an operator wrote it.

    The constructor itself looks at nothing but its arguments. Times are in seconds, sizes in bytes. `api_keys` and
    `admin_keys` hold "sha256:<hexadecimal digits>" only, whatever was given.
    """

    model_config = SettingsConfigDict(
        frozen=True, env_prefix=_PREFIX, env_ignore_empty=True, enable_decoding=False, hide_input_in_errors=True
    )
    _origins: dict[str, str] = {}

    host: _Host = Field(
        default="127.0.0.1", description="Address to listen on; 0.0.0.0 is every IPv4 address of the machine, :: every one."
    )
    port: int = Field(default=8000, ge=0, le=65535, description="TCP port to listen on; 0 takes any that is free.")
    websocket_port: int | None = Field(
        default=None, ge=0, le=65535, description="Second TCP port, where every WebSocket is that of /ws, whatever its path."
    )
    root_path: _RootPath = Field(
        default="", description="Path under which a proxy shows the server, if it takes that off before it passes on."
    )

    api_keys: tuple[str, ...] = Field(
        default=(),
        repr=False,
        description="Keys of which a request must have one: secrets of 16 characters or more, or sha256: and the hash of one.",
    )
    admin_keys: tuple[str, ...] = Field(
        default=(), repr=False, description="Keys, likewise, that may also change the catalogue; no other may once there are keys."
    )
    insecure: bool = Field(default=False, description="Listen on a public address without keys.")
    rate_limit: int | None = Field(
        default=None, ge=1, le=1_000_000, description="Requests a minute that each key may send, or each address where there are no keys."
    )
    cors_origins: tuple[_Origin, ...] = Field(default=(), description='Web sites whose pages may call the server; "*" for all.')
    trusted_proxies: tuple[_Network, ...] = Field(
        default=(), description="Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."
    )

    model: _Model = Field(
        default="base",
        description="Model of requests that name none: from `auricle models list`, fetched at the start if need be; or a directory.",
    )
    preload: bool = Field(default=False, description="Load that model at the start, before the server says that it is ready; and keep it.")
    download: bool = Field(default=False, description="Fetch a known model that is not on this machine when a request asks for it.")
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="Where models run: cpu, cuda, or auto for a CUDA GPU where there is one."
    )
    compute_type: _ComputeType | None = Field(
        default=None, description="CTranslate2's number format; int8 on a CPU, float16 on a GPU unless set."
    )
    model_idle: _SecondsOr0 = Field(default=900.0, description="Seconds without a request after which a model is unloaded; 0 is never.")

    concurrency: int = Field(
        default_factory=_concurrency, ge=1, le=64, description="Recordings that are recognised at once; chosen for the machine unless set."
    )
    waiting: int = Field(
        default_factory=lambda set_: 3 * set_["concurrency"],
        ge=0,
        le=10_000,
        description="Requests that may wait for their turn, more are sent away; three times `concurrency` unless set.",
    )
    deadline: _Seconds = Field(default=3600.0, description="Longest that a request may take from its acceptance to its answer, in seconds.")
    grace: _SecondsOr0 = Field(
        default_factory=lambda set_: set_["deadline"],
        description="Seconds that a stop waits for what was accepted; the `deadline` unless set, so that all of it is finished.",
    )

    upload_bytes: _Size = Field(default=_GIB, ge=1, le=_TIB, description="Largest body of a request.")
    upload_stall: _Seconds = Field(
        default=20.0, description="Seconds in which an upload must bring 1 KiB a second on the average, or it is given up."
    )
    recording_seconds: _Seconds = Field(default=4 * _HOUR, description="Longest recording, in seconds.")
    decode_seconds: _Seconds = Field(default=600.0, description="Longest time that decoding one recording may take, in seconds.")
    decode_memory: _Size = Field(
        default=_GIB, ge=256 * _MIB, le=_TIB, description="Memory that the process which decodes a recording may use."
    )

    streams: int = Field(
        default_factory=lambda: 2 * usable_cores(),
        ge=1,
        le=10_000,
        description="Live streams that may be open at once, more are refused; two for each core unless set.",
    )
    stream_seconds: _Seconds = Field(default=4 * _HOUR, description="Longest time that a live stream may last, in seconds.")
    socket_idle: _Seconds = Field(
        default=60.0, description="Seconds after which a WebSocket without a message, or a live body that brings nothing, is given up."
    )
    socket_message_bytes: _Size = Field(default=21 * _MIB, ge=1024, le=_GIB, description="Largest message that a WebSocket takes.")

    voice: _Voice | None = Field(default=None, description="Voice of requests that name none; auricle's own choice unless set.")
    speech_threads: int = Field(
        default_factory=usable_cores, ge=1, le=64, description="Pieces of speech that are made at once; one for each core unless set."
    )
    speeches: int = Field(
        default_factory=lambda set_: 8 * set_["speech_threads"],
        ge=1,
        le=10_000,
        description="Texts that are spoken at once, piece by piece in turn; eight for each of `speech_threads` unless set.",
    )
    speech_characters: int = Field(default=100_000, ge=1, le=10_000_000, description="Longest text of a request, in characters.")
    speech_cache: _Size = Field(
        default=0, ge=0, le=_TIB, description="Memory for finished speech, which is not made twice then; 0, for privacy, keeps none."
    )

    catalogue: _Catalogue | None = Field(
        default=None, description="Directory of the catalogue of recordings that are recognised; made if need be. Without it there is none."
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe of what is logged: debug, info, warning or error."
    )
    log_format: Literal["auto", "text", "json"] = Field(
        default="auto", description="How it is written: text, json, or auto for text on a terminal and else json."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only the arguments: `load` joins the others, for it must know which of them a value is from."""
        return (init_settings,)

    @classmethod
    def load(cls, config: Path | None = None, **given: object) -> Self:
        """The settings that hold here and now.

        Args:
            config: a TOML file; None takes the one that AURICLE_CONFIG names, else `auricle.toml` where there is one.
            given: what goes before all else, such as the options of the command line; None is not given.

        Raises:
            OptionError: a value that cannot be, a name that is unknown, or a file that cannot be read; names the setting.
        """
        given = {name: value for name, value in given.items() if value is not None}
        file = _file(config)
        stored = {} if file is None else _parsed(file)
        variables = _variables()
        _refuse_unknown(given, cls.model_fields)
        values = stored | variables | given
        origins = dict.fromkeys(stored, repr(str(file))) | {name: _variable(name) for name in variables}
        origins = {name: origin for name, origin in origins.items() if name not in given}
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            raise _refusal(error, origins) from None  # the cause would show the value, which may be a secret
        settings._origins = origins
        return settings

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_as_number(cls, value: object, info: ValidationInfo) -> object:
        """Pydantic would take true for 1."""
        field = cls.model_fields[str(info.field_name)]
        if isinstance(value, bool) and _kinds(field) & {int, float}:
            raise ValueError(f"is {str(value).lower()}; it may be {_expected(field)}")
        return value

    _hash_keys = field_validator("api_keys", "admin_keys", mode="before")(_hashed_keys)
    _list_members = field_validator("cors_origins", "trusted_proxies", mode="before")(_listed)

    def __eq__(self, other: object) -> bool:
        """Whether all values are the same; where they came from does not count."""
        return isinstance(other, Settings) and self.model_dump() == other.model_dump()

    @property
    def threads(self) -> int:
        """CPU threads of each recognition, so that all at once use all cores."""
        return max(1, usable_cores() // self.concurrency)

    @property
    def is_private(self) -> bool:
        """Whether it listens to this machine only."""
        return _is_loopback(self.host)

    def origin(self, name: str) -> str | None:
        """Where the setting came from, as a message may say it; None for its default."""
        return self._origins.get(name, "the command line") if name in self.model_fields_set else None

    def kind_of(self, presented: str) -> Literal["admin", "usual"] | None:
        """Which kind of key this is, None for none; it takes as long for a wrong one as for a right one."""
        digest = _hash(presented)
        admin, usual = ([hmac.compare_digest(digest, key) for key in keys] for keys in (self.admin_keys, self.api_keys))
        return "admin" if any(admin) else "usual" if any(usual) else None

    def authorizes(self, presented: str) -> bool:
        """Whether this is one of the keys."""
        return self.kind_of(presented) is not None

    def check_exposure(self) -> None:
        """Raise `OptionError` when strangers could use the server and nobody said that they may."""
        if not (self.is_private or self.api_keys or self.insecure):
            raise OptionError(
                "host",
                f"whoever can reach {self.host or 'this machine'} could use this server, for it has no API keys; "
                "set AURICLE_API_KEYS, listen on 127.0.0.1, or say --insecure",
            )


def show(settings: Settings) -> str:
    """All settings as a TOML file that sets them so; the defaults are comments in it, and API keys are their hashes."""
    lines = ["# Settings of `auricle serve`. Those that are comments have their defaults."]
    values = settings.model_dump(mode="json")
    for name, field in Settings.model_fields.items():
        lines += ["", f"# {field.description}", _line(name, values[name], settings.origin(name))]
    return "\n".join(lines) + "\n"


def _line(name: str, value: object, origin: str | None) -> str:
    if value is None:
        return f"# {name} is not set"
    line = f"{name} = {json.dumps(value, ensure_ascii=False)}"  # which is TOML too, for these types and printable text
    return f"{line}  # from {origin}" if origin else f"# {line}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _file(config: Path | None) -> Path | None:
    if config is None and (named := os.environ.get("AURICLE_CONFIG")):
        return Path(named)
    there = os.path.isfile(_DEFAULT_FILE)  # noqa: PTH113 - which takes a folder that may not be searched as one without the file
    return config or (Path(_DEFAULT_FILE) if there else None)


def _parsed(file: Path) -> dict[str, object]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        message = f"{str(file)!r} cannot be read: {str(error.strerror).lower()}"
        raise OptionError("config", f"{message}; --config or AURICLE_CONFIG names a TOML file") from error
    except ValueError as error:
        raise OptionError("config", f"{str(file)!r} is not TOML: {error}") from error
    _refuse_unknown(values, Settings.model_fields, f" in {str(file)!r}")
    return values


def _variables() -> dict[str, object]:
    """The settings that the environment has, by their names."""
    names = [name.upper() for name in os.environ if not _KUBERNETES_NAME.fullmatch(name)]
    names = [name.removeprefix(_PREFIX).lower() for name in names if name.startswith(_PREFIX)]
    _refuse_unknown(names, {*Settings.model_fields, *_OTHER_VARIABLES}, " in the environment", _variable)
    values: dict[str, object] = EnvSettingsSource(Settings)()
    if _KUBERNETES_PORT.match(str(values.get("port"))):
        del values["port"]
    return values


def _variable(name: str) -> str:
    return f"{_PREFIX}{name.upper()}"


def _refuse_unknown(names: Iterable[str], known: Collection[str], place: str = "", written: Callable[[str], str] = str) -> None:
    """Names that are in a ``place``, ``written`` as they are there."""
    for name in names:
        if name not in known:
            message = f"there is no setting {written(name)!r}{place}"
            if near := difflib.get_close_matches(name, known, 1):
                raise OptionError(written(name), f"{message}; the nearest is {written(near[0])!r}")
            raise OptionError(written(name), message, map(written, sorted(known)))


def _refusal(error: ValidationError, origins: Mapping[str, str]) -> OptionError:
    """The first of what pydantic found, as a sentence."""
    problem = error.errors(include_url=False)[0]
    name = str(problem["loc"][0])
    field = Settings.model_fields[name]
    subject = f"{name} from {origins[name]}" if name in origins else name
    if problem["type"] == "value_error":  # of the validators here, which say what is wrong and what would be right
        return OptionError(name, f"{subject} {problem['ctx']['error']}")
    wrong = f"{subject} is {reprlib.repr(problem['input'])}"
    if problem["type"] == "literal_error":
        return OptionError(name, wrong, get_args(field.annotation))
    return OptionError(name, f"{wrong}; it may be {_expected(field)}")


def _kinds(field: FieldInfo) -> set[object]:
    return set(get_args(field.annotation)) or {field.annotation}


def _expected(field: FieldInfo) -> str:
    """What a setting may be, where its type says it."""
    kinds = _kinds(field)
    if bool in kinds:
        return "true or false"
    if not kinds & {int, float}:
        return "a list of texts" if field.default == () else "text"
    low, high = (getattr(bound, side) for side in ("ge", "le") for bound in field.metadata if hasattr(bound, side))
    if _FROM_TEXT in field.metadata:
        return f"a size from {_size(low)} to {_size(high)}"
    return f"a {'whole ' if int in kinds else ''}number from {_short(low)} to {_short(high)}"
