"""Every error that auricle raises on purpose.

::

    AuricleError
    ├── InputError (ValueError)             the audio that was given cannot be used
    │   ├── UnreadableInput (OSError)       it could not be opened or read at all
    │   ├── EmptyAudio                      it holds no bytes or no samples
    │   ├── UnsupportedFormat               its content is no audio, or of a kind that we do not open
    │   ├── CorruptAudio                    damaged, truncated, or holding samples that are not numbers
    │   └── LimitExceeded                   more than the caller's limits allow
    │       ├── TooManyBytes
    │       ├── TooLong
    │       ├── TooManyChannels
    │       ├── SampleRateOutOfRange
    │       └── DecodeTimeout (TimeoutError)
    ├── OptionError (ValueError)            an option has a value that cannot be honoured; names the field
    ├── OutputError (OSError)               the result could not be written; nothing half-written is left
    ├── ModelError                          a model could not be used
    │   ├── UnknownModel (LookupError)      there is no model of that name
    │   ├── ModelUnavailable                known, but not on this machine; says what to install or pull
    │   ├── CorruptWeights                  a file does not have the hash that the catalogue states
    │   └── MissingDependency (ImportError) the pip extra that runs it is not installed
    ├── CatalogueError                      a catalogue of recordings could not be used
    │   ├── NoCatalogue (LookupError)       the server keeps none
    │   ├── UnknownRecording (LookupError)  it has no recording of that id
    │   ├── RecordingExists (ValueError)    it already has one
    │   ├── CatalogueLocked (TimeoutError)  another process is writing to it, and went on doing so
    │   └── CorruptCatalogue                a file of it is damaged or missing
    └── RequestError                        a server did not take a request, or did not finish it
        ├── MalformedRequest (ValueError)   it is not what its content type says, or lacks its end
        ├── NotAuthorized (PermissionError) no API key, or one that is not known here
        ├── NotAllowed (PermissionError)    it comes from a page of a web site that may not ask
        │   └── AdminKeyNeeded              the key is a good one, but not for this
        ├── UploadStalled (TimeoutError)    its body stopped coming
        └── TryLater                        not now; says after how many seconds
            ├── TooManyRequests             the client has used up its share
            ├── Busy                        all places are taken
            │   └── Stopping                the server is about to stop
            └── DeadlineExceeded (TimeoutError) it took longer than a request may

The message is one sentence that says what is wrong and what would be right; it is fit to be shown to an end user.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "AdminKeyNeeded",
    "AuricleError",
    "Busy",
    "CatalogueError",
    "CatalogueLocked",
    "CorruptAudio",
    "CorruptCatalogue",
    "CorruptWeights",
    "DeadlineExceeded",
    "DecodeTimeout",
    "EmptyAudio",
    "InputError",
    "LimitExceeded",
    "MalformedRequest",
    "MissingDependency",
    "ModelError",
    "ModelUnavailable",
    "NoCatalogue",
    "NotAllowed",
    "NotAuthorized",
    "OptionError",
    "OutputError",
    "RecordingExists",
    "RequestError",
    "SampleRateOutOfRange",
    "Stopping",
    "TooLong",
    "TooManyBytes",
    "TooManyChannels",
    "TooManyRequests",
    "TryLater",
    "UnknownModel",
    "UnknownRecording",
    "UnreadableInput",
    "UnsupportedFormat",
    "UploadStalled",
]


class AuricleError(Exception):
    """The root: catch it to catch everything that auricle raises on purpose. Errors can be sent to other processes."""

    def __reduce__(self) -> tuple[object, ...]:
        return revived, (type(self), self.args, self.__dict__)


class InputError(AuricleError, ValueError):
    """The audio that was given cannot be used."""


class UnreadableInput(InputError, OSError):
    """The input could not be opened or read."""

    def __init__(self, name: str, cause: OSError) -> None:
        super().__init__(f"cannot read {name}: {_reason(cause)}.")


class EmptyAudio(InputError):
    """The input holds no bytes, or a container without a single sample."""


class UnsupportedFormat(InputError):
    """The content is not audio, or of a kind that auricle does not open."""


class CorruptAudio(InputError):
    """The content is damaged or cut off, or has samples that are not finite numbers."""


class LimitExceeded(InputError):
    """The input asks for more than the caller's limits allow."""


class TooManyBytes(LimitExceeded):
    """More bytes than allowed."""


class TooLong(LimitExceeded):
    """A longer recording than allowed, by its header or by its content."""


class TooManyChannels(LimitExceeded):
    """More channels than allowed."""


class SampleRateOutOfRange(LimitExceeded):
    """A sample rate below or above what is allowed."""


class DecodeTimeout(LimitExceeded, TimeoutError):
    """Decoding took longer than allowed."""


class OptionError(AuricleError, ValueError):
    """An option has a value that cannot be honoured.

    Attributes:
        field: the option's name.
        allowed: the values that would have been right, when they can be listed.
    """

    def __init__(self, field: str, message: str, allowed: Iterable[object] = ()) -> None:
        self.field = field
        self.allowed = tuple(allowed)
        message = message.removesuffix(".")
        super().__init__(f"{message}; use one of: {', '.join(map(str, self.allowed))}." if self.allowed else f"{message}.")


class OutputError(AuricleError, OSError):
    """The result could not be written; nothing half-written is left behind."""

    def __init__(self, name: str, cause: OSError) -> None:
        super().__init__(f"cannot write {name}: {_reason(cause)}.")


class ModelError(AuricleError):
    """A model could not be used."""


class UnknownModel(ModelError, LookupError):
    """There is no model of that name."""


class ModelUnavailable(ModelError):
    """The model is known but its files are not on this machine; the message says what to install or pull."""


class CorruptWeights(ModelError):
    """A file of the model does not have the SHA-256 that the catalogue states."""


class MissingDependency(ModelError, ImportError):
    """The packages behind a feature are not installed; the message has the pip line."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f'{feature} needs packages that are not installed: pip install "auricle[{extra}]"')


class CatalogueError(AuricleError):
    """A catalogue of recordings could not be used: there is none, or another version of auricle made it."""


class NoCatalogue(CatalogueError, LookupError):
    """The server keeps no catalogue."""

    def __init__(
        self, message: str = "this server has no catalogue; its operator can set catalogue (AURICLE_CATALOGUE) to a directory for one."
    ) -> None:
        super().__init__(message)


class UnknownRecording(CatalogueError, LookupError):
    """The catalogue has no recording of that id."""


class RecordingExists(CatalogueError, ValueError):
    """The catalogue already has a recording of that id."""


class CatalogueLocked(CatalogueError, TimeoutError):
    """Another process is writing to the catalogue, and went on doing so."""


class CorruptCatalogue(CatalogueError):
    """A file of the catalogue is damaged or missing."""


class RequestError(AuricleError):
    """A server did not take a request, or did not finish it."""


class MalformedRequest(RequestError, ValueError):
    """The request is not what its content type says, or lacks its end.

    Attributes:
        field: the one in which that is so, if any.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        self.field = field
        super().__init__(message)


class NotAuthorized(RequestError, PermissionError):
    """The request has no API key, or one that is not known here."""


class NotAllowed(RequestError, PermissionError):
    """The request comes from a page of a web site that may not use this server."""


class AdminKeyNeeded(NotAllowed):
    """The key is a good one, but not for this."""

    def __init__(
        self, message: str = "changing the catalogue needs an admin key, and this is none; ask the operator, who sets admin_keys, for one."
    ) -> None:
        super().__init__(message)


class UploadStalled(RequestError, TimeoutError):
    """The request's body stopped coming."""


class TryLater(RequestError):
    """Not now.

    Attributes:
        retry_after: when it is worth trying again. Seconds.
    """

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class TooManyRequests(TryLater):
    """The client has used up its share."""


class Busy(TryLater):
    """All places are taken."""


class Stopping(Busy):
    """The server is about to stop; another may have taken over by the time that it says."""

    def __init__(self, message: str = "the server is about to stop; try again in a moment.", retry_after: float = 5.0) -> None:
        super().__init__(message, retry_after)


class DeadlineExceeded(TryLater, TimeoutError):
    """It took longer than a request may."""


def _reason(cause: OSError) -> str:
    """The operating system's words for ``cause``, without its number and path, in lower case."""
    words = cause.strerror or str(cause) or type(cause).__name__
    return words[:1].lower() + words[1:]


def revived(kind: type[AuricleError], args: tuple[object, ...], state: dict[str, object]) -> AuricleError:
    """An error that was raised elsewhere, such as in another process, as it was there.

    Args:
        kind: its class, whose constructor is not gone through again.
        args: its finished message.
        state: its attributes.
    """
    new = OSError.__new__ if issubclass(kind, OSError) else Exception.__new__  # with several built-in parents Python wants to be told which
    error = new(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error
