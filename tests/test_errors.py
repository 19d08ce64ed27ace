"""Promises of auricle.errors: one tree, built-in parents beside ours, and messages fit for an end user."""

from __future__ import annotations

import copy
import errno
import pickle

import pytest

from auricle import errors
from auricle.errors import (
    AuricleError,
    InputError,
    LimitExceeded,
    MissingDependency,
    ModelError,
    OptionError,
    OutputError,
    RequestError,
    TryLater,
    UnreadableInput,
)

EVERY = [getattr(errors, name) for name in errors.__all__]
SAMPLES = [
    UnreadableInput("a.wav", FileNotFoundError(errno.ENOENT, "No such file or directory", "/secret/place/a.wav")),
    OutputError("b.wav", OSError(errno.ENOSPC, "No space left on device")),
    UnreadableInput("c.wav", OSError()),
    OptionError("channels", "3 channels cannot be made into 5; ask for 1, 2 or 3"),
    OptionError("output_format", "there is no output format 'x'", ("wav", "flac")),
    *(
        kind("it is too much; send less.")
        for kind in EVERY
        if not set(kind.__mro__) & {UnreadableInput, OutputError, OptionError, MissingDependency}
    ),
]


@pytest.mark.parametrize(
    ("leaf", "parents"),
    [
        ("UnreadableInput", (InputError, ValueError, OSError)), ("EmptyAudio", (InputError, ValueError)),
        ("UnsupportedFormat", (InputError,)),
        ("CorruptAudio", (InputError, ValueError)), ("TooManyBytes", (LimitExceeded, InputError)), ("TooLong", (LimitExceeded,)),
        ("TooManyChannels", (LimitExceeded,)), ("SampleRateOutOfRange", (LimitExceeded,)), ("DecodeTimeout", (LimitExceeded, TimeoutError)),
        ("OptionError", (AuricleError, ValueError)), ("OutputError", (AuricleError, OSError)), ("UnknownModel", (ModelError, LookupError)),
        ("ModelUnavailable", (ModelError,)), ("CorruptWeights", (ModelError,)), ("MissingDependency", (ModelError, ImportError)),
        ("UnknownRecording", (errors.CatalogueError, LookupError)), ("RecordingExists", (errors.CatalogueError, ValueError)),
        ("CatalogueLocked", (errors.CatalogueError, TimeoutError)), ("NoCatalogue", (errors.CatalogueError, LookupError)),
        ("AdminKeyNeeded", (errors.NotAllowed, PermissionError)), ("CorruptCatalogue", (errors.CatalogueError,)),
        ("MalformedRequest", (RequestError, ValueError)), ("NotAuthorized", (RequestError, PermissionError)),
        ("UploadStalled", (RequestError, TimeoutError)), ("TooManyRequests", (TryLater, RequestError)), ("Busy", (TryLater,)),
        ("Stopping", (errors.Busy, TryLater)),
        ("DeadlineExceeded", (TryLater, TimeoutError)),
    ],
)  # fmt: skip
def test_parents(leaf: str, parents: tuple[type[BaseException], ...]) -> None:
    """A caller may catch our parent or Python's own."""
    assert issubclass(getattr(errors, leaf), parents[0])
    assert all(issubclass(getattr(errors, leaf), parent) for parent in parents)


def test_one_root() -> None:
    """`AuricleError` catches everything, and the drawn tree names everything that is exported."""
    assert all(issubclass(kind, AuricleError) for kind in EVERY)
    assert errors.__doc__ is not None
    assert all(name in errors.__doc__ for name in errors.__all__)


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_message_is_one_sentence(error: AuricleError) -> None:
    """One line, ends with a full stop, starts with no error number."""
    message = str(error)
    assert message.endswith(".")
    assert not message.endswith("..")
    assert "\n" not in message
    assert "Errno" not in message


def test_operating_system_words_without_path() -> None:
    """The reason is the system's, but a path of the server is not shown to its users."""
    message = str(SAMPLES[0])
    assert message == "cannot read a.wav: no such file or directory."


def test_option_error_names_field_and_allowed() -> None:
    """What was wrong and what would be right can be had without reading the message."""
    error = OptionError("output_format", "there is no output format 'x'", iter(["wav", "flac"]))
    assert (error.field, error.allowed) == ("output_format", ("wav", "flac"))
    assert "wav, flac" in str(error)


def test_missing_dependency_has_the_pip_line() -> None:
    """What to type is in the message, unaltered by punctuation."""
    assert str(MissingDependency("encoding Vorbis", "vorbis")).endswith('pip install "auricle[vorbis]"')


@pytest.mark.parametrize("error", [*SAMPLES, MissingDependency("encoding Vorbis", "vorbis")], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("passed", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy], ids=["pickle", "copy"])  # noqa: S301 our own bytes
def test_errors_cross_processes(error: AuricleError, passed: object) -> None:
    """An error raised in a worker process arrives as it was: the same class, message, field and values."""
    assert callable(passed)
    arrived = passed(error)
    assert type(arrived) is type(error)
    assert str(arrived) == str(error)
    if isinstance(error, OptionError) and isinstance(arrived, OptionError):
        assert (arrived.field, arrived.allowed) == (error.field, error.allowed)
