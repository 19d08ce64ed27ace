"""The hub: what huggingface_hub has in its cache, and what it can fetch. It is imported only when a model needs it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from auricle.errors import OutputError
from auricle.weights.catalogue import Hub, Model, unavailable
from auricle.weights.files import check

__all__ = ["cached", "fetch"]

_TIMEOUT_SECONDS: Final = 10


def cached(model: Model) -> Path | None:
    """The model's directory in the cache of huggingface_hub, if all files of one revision are there."""
    if model.hub is None:
        return None
    try:
        from huggingface_hub.constants import HF_HUB_CACHE
    except ImportError:
        return None
    hub = model.hub
    if not Path(HF_HUB_CACHE, f"models--{hub.repository.replace('/', '--')}").is_dir():
        return None  # the answer is the same without this, but takes an import of half a second
    from huggingface_hub import try_to_load_from_cache

    names = [file.name for file in model.at_hub]
    found = [try_to_load_from_cache(hub.repository, name, revision=hub.revision) for name in names]
    paths = [Path(path) for path in found if isinstance(path, str)]
    return paths[0].parents[names[0].count("/")] if len(paths) == len(names) else None


def fetch(model: Model, hub: Hub, progress: Callable[[str], None]) -> Path:
    """Fetches the model into the cache of huggingface_hub, which puts a file in place only once it is whole.

    Raises:
        ModelUnavailable: it could not be fetched; the message says why and how else to get it.
        CorruptWeights: a file has the wrong hash; it has been removed.
        OutputError: the cache could not be written.
    """
    with _border(model):
        from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

        # This asks once. Without it, the download below would try for half a minute before it says that we are offline.
        get_hf_file_metadata(hf_hub_url(hub.repository, model.at_hub[0].name, revision=hub.revision), timeout=_TIMEOUT_SECONDS)
        for file in model.at_hub:
            progress(f"{model.id}: {file.name}")
            hf_hub_download(hub.repository, file.name, revision=hub.revision)
    folder = cached(model)
    if folder is None:  # files of two commits: the repository moved on between them
        raise unavailable(model, "changed on the hub during its download")
    check(model.at_hub, folder, f"it was removed, so run `auricle models pull {model.id}` again", discard=True)
    return folder


@contextlib.contextmanager
def _border(model: Model) -> Iterator[None]:
    """The one place where the errors of huggingface_hub, and of what it runs on, become ours."""
    try:
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError as error:
        raise unavailable(model, 'is not on this machine, and downloads need pip install "auricle[speech]"') from error
    # Its releases differ in the HTTP library below; that library's root error is the first base of this class.
    http_errors = tuple(base for base in HfHubHTTPError.__bases__ if issubclass(base, Exception))
    failures: tuple[type[Exception], ...] = (*http_errors, OSError, RuntimeError)  # the last from the transfers of hf_xet
    try:
        yield
    except failures as error:
        if isinstance(error, OSError) and error.errno is not None and not isinstance(error, ConnectionError):
            raise OutputError("the hub cache", error) from error
        raise unavailable(model, f"is not on this machine, and could not be downloaded because {_reason(error)}") from error


def _reason(error: Exception) -> str:
    from huggingface_hub import errors

    reasons: tuple[tuple[type[Exception], str], ...] = (
        (errors.OfflineModeIsEnabled, "HF_HUB_OFFLINE is set"),
        (errors.GatedRepoError, "its repository asks for a login"),
        (errors.RepositoryNotFoundError, "the hub has no such repository, or asks for a login"),
        (errors.RevisionNotFoundError, "its repository has no such revision"),
        (errors.RemoteEntryNotFoundError, "its repository lacks a file"),
        (errors.HfHubHTTPError, "the hub answered with an error"),
    )
    failed = f"the connection to the hub failed ({type(error).__name__})"
    return next((words for kind, words in reasons if isinstance(error, kind)), failed)
