"""The same recording more than once: in other formats, at other bit rates, louder, with silence before it or its ends cut off.

Words of two fingerprints that were made of the same sound differ in few bits, those of different sounds in nearly half of them (J. Haitsma
and T. Kalker, "A Highly Robust Audio Fingerprinting System", ISMIR 2002, section 4.2). Two recordings are the same if they are alike
nearly throughout: an extended edit is alike as far as it goes, and something else.

Not every recording is compared with every other one: only those that have whole words in common, which an inverted index tells.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from auricle.errors import InputError, OptionError, UnsupportedFormat
from auricle.identification.chromaprint import REACH_S, WORD_S, Fingerprint, heard
from auricle.identification.chromaprint.words import SILENCE, Words
from auricle.identification.results import DuplicateGroup

__all__ = ["DuplicateSearch", "Similarity", "duplicate_groups", "find_duplicates", "similarity", "sound_s"]

ALIKE = 0.7  # similarity of two copies, at least: copies have .8 and more, other recordings .5 and less
UNSHARED_S, UNSHARED = 8.0, 0.25  # sound that only one of two copies has, at most: seconds, and of the longer one

_FEWEST = 8  # different words: with fewer a fingerprint says nothing, such as that of a steady tone
_OVERLAP = 0.5  # of the shorter one's sound, in which both are heard: in less of it much is alike by chance
_COMMON_WORDS, _COMMON = 2, 0.01  # words that two copies share, at least: so many, and of the shorter one
_NEIGHBOURS = 4  # recordings of a word's list, in their order, that each is held against
_STRETCH = 81  # words: 10 s, in which copies have to be alike, too
_UNLIKE = 0.3  # of a stretch's bits, from which on it is other sound

Floats = npt.NDArray[np.float64]
Pairs = npt.NDArray[np.intp]  # shape (pairs, 2)


class Similarity(NamedTuple):
    """How alike two recordings are where they are most alike.

    Attributes:
        score: 1 for the same bits, 0 for no more in common than chance.
        offset: where in the first recording the second one begins. Seconds.
    """

    score: float
    offset: float


@dataclass(frozen=True, slots=True)
class DuplicateSearch:
    """What was found among files.

    Attributes:
        groups: recordings that are there more than once, by their paths.
        unreadable: path → why it could not be heard.
        sound_s: path of each recording in a group → how long it is without the silence before and after it. Seconds.
    """

    groups: tuple[DuplicateGroup, ...]
    unreadable: Mapping[str, str]
    sound_s: Mapping[str, float] = field(default_factory=dict)


def similarity(a: Fingerprint, b: Fingerprint) -> Similarity:
    """How alike two recordings are, by the bits that differ where they lie best upon one another; silence says nothing.

    What is compared is where both have sound: whether one goes on longer is not part of it.
    """
    if min(len(_distinct(a.raw)), len(_distinct(b.raw))) < _FEWEST:
        return Similarity(0.0, 0.0)
    lag = _best_lag(a.raw, b.raw)
    errors, both = _errors(a.raw, b.raw, lag)
    if both.sum() < _OVERLAP * min(_sounding(a.raw).sum(), _sounding(b.raw).sum()):
        return Similarity(0.0, 0.0)
    return Similarity(max(0.0, 1 - 2 * float(errors[both].mean())), lag * WORD_S)


def duplicate_groups(fingerprints: Mapping[str, Fingerprint]) -> tuple[DuplicateGroup, ...]:
    """Recordings that are there more than once, the largest groups first.

    Fingerprints of whole recordings (``length=None``) tell an edit from its original wherever they differ; where they end earlier, only
    the durations tell. Recordings without sound, or with less than four seconds of it, are no duplicates of anything.

    Args:
        fingerprints: by the names that the groups will have.
    """
    names, known = list(fingerprints), list(fingerprints.values())
    same = [(i, j) for i, j in _candidates(known).tolist() if _same(known[i], known[j])]
    found = (_group({names[i]: known[i] for i in members}) for members in _connected(same))
    return tuple(sorted(found, key=lambda group: (-len(group.ids), group.ids)))


def find_duplicates(
    paths: Iterable[str | Path],
    progress: Callable[[int, int], None] | None = None,
    workers: int | None = None,
    *,
    length: float | None = None,
) -> DuplicateSearch:
    """Find the recordings that are there more than once among files.

    No file is ever in memory as a whole; what stays of each is 32 bytes for every second.

    Args:
        paths: of files, and of folders, of which every file is looked at, however deep; what is no audio there is passed over. A group's
            ids are these paths. A file that has several names, by links, is heard once.
        progress: is told how many files are done and how many there are.
        workers: how many files are decoded at once; None: one for every processor core.
        length: how much of each is heard, from the start; 0 and None are all, which tells edits that differ later. Seconds.

    Raises:
        OptionError: fewer than one worker; the length is no number, or below 0.
    """
    if workers is not None and workers < 1:
        raise OptionError("workers", f"workers is {workers}; give a whole number, at least 1, or None")
    files = _files(paths)
    known: dict[str, Fingerprint] = {}
    unreadable: dict[str, str] = {}
    for done, (file, result) in enumerate(_heard(list(files), workers, length), start=1):
        if not isinstance(result, InputError):
            known[file] = result
        elif files[file] or not isinstance(result, UnsupportedFormat):
            unreadable[file] = str(result)
        if progress is not None:
            progress(done, len(files))
    groups = duplicate_groups({file: known[file] for file in files if file in known})
    return DuplicateSearch(groups, unreadable, {file: sound_s(known[file]) for group in groups for file in group.ids})


def sound_s(known: Fingerprint) -> float:
    """From the first sound of a recording to its last one: its duration without the silence before and after it. Seconds.

    A word is of `REACH_S`: the first that is not `SILENCE` has sound at its end, the last one at its beginning. So silence that is
    shorter than that counts as sound.
    """
    places = np.flatnonzero(_sounding(known.raw))
    if not len(places):
        return 0.0
    before, after = int(places[0]), len(known.raw) - 1 - int(places[-1])
    return max(0.0, known.duration - sum(words * WORD_S + REACH_S for words in (before, after) if words))


def _files(paths: Iterable[str | Path]) -> dict[str, bool]:
    """Every file once, and whether it was named itself, not only its folder."""
    found: dict[str, tuple[str, bool]] = {}
    for path in sorted(map(Path, paths), key=Path.is_dir):  # files first, so that what is in a named folder, too, counts as named
        for file in sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]:
            found.setdefault(os.path.realpath(file), (str(file), file is path))
    return dict(found.values())


def _heard(files: list[str], workers: int | None, length: float | None) -> Iterator[tuple[str, Fingerprint | InputError]]:
    pool = ThreadPoolExecutor(workers or os.cpu_count())
    try:
        for future in as_completed([pool.submit(_hear, file, length) for file in files]):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _hear(file: str, length: float | None) -> tuple[str, Fingerprint | InputError]:
    try:
        return file, heard(file, length=length)
    except InputError as error:
        return file, error


def _sounding(raw: Words) -> npt.NDArray[np.bool_]:
    sounding: npt.NDArray[np.bool_] = raw != SILENCE
    return sounding


def _distinct(raw: Words) -> Words:
    return np.unique(raw[_sounding(raw)])


def _best_lag(a: Words, b: Words) -> int:
    """How many words after the start of ``a`` that of ``b`` lies so that the most bits more agree than differ."""
    size = 1 << (len(a) + len(b) - 1).bit_length()
    spectrum = sum(np.fft.rfft(first, size) * np.fft.rfft(second, size).conj() for first, second in zip(_signs(a), _signs(b), strict=True))
    agreement = np.fft.irfft(spectrum, size)
    later, earlier = agreement[: len(a)], agreement[size - len(b) + 1 :]
    return int(np.argmax(np.concatenate([earlier, later]))) - len(earlier)


def _signs(raw: Words) -> Floats:
    """Bits as ±1, those of silence as 0; shape (32, words)."""
    bits = np.unpackbits(raw.view(np.uint8).reshape(-1, 4), axis=1).T
    signs: Floats = np.where(_sounding(raw), bits * 2.0 - 1, 0.0)
    return signs


def _errors(a: Words, b: Words, lag: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The share of bits that differ, and whether both have sound, for each word that lies upon one."""
    a, b = a[max(0, lag) : lag + len(b)], b[max(0, -lag) : len(a) - lag]
    return np.bitwise_count(a ^ b) / 32, _sounding(a) & _sounding(b)


def _same(a: Fingerprint, b: Fingerprint) -> bool:
    score, offset = similarity(a, b)
    longer = max(_sounding(a.raw).sum(), _sounding(b.raw).sum()) * WORD_S
    return score >= ALIKE and _unshared(a, b, round(offset / WORD_S)) <= min(UNSHARED_S, UNSHARED * float(longer))


def _unshared(a: Fingerprint, b: Fingerprint, lag: int) -> float:
    """How much sound only one of them has when ``b`` begins ``lag`` words after ``a``. Seconds."""
    errors, both = _errors(a.raw, b.raw, lag)
    unlike = both & (_around(errors * both) > _UNLIKE * _around(both))
    before = _sound(a.raw[: max(0, lag)]) + _sound(b.raw[: max(0, -lag)])
    return float(unlike.sum()) * WORD_S + before + _after(a, b, lag)


def _around(values: npt.NDArray[np.generic]) -> Floats:
    """Sums over the `_STRETCH` around each."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    places = np.arange(len(values))
    around: Floats = sums[np.minimum(places + _STRETCH // 2 + 1, len(values))] - sums[np.maximum(places - _STRETCH // 2, 0)]
    return around


def _after(a: Fingerprint, b: Fingerprint, lag: int) -> float:
    """How much sound one of them has after the other's end; where that was not heard, by their durations. Seconds."""
    if not (_whole(a) and _whole(b)):
        return abs(a.duration - b.duration - lag * WORD_S)
    return _sound(a.raw[max(0, lag + len(b.raw)) :]) + _sound(b.raw[max(0, len(a.raw) - lag) :])


def _sound(raw: Words) -> float:
    """How much sound there is for certain: where it borders on silence a word reaches over from one to the other. Seconds."""
    return max(0.0, float(_sounding(raw).sum()) * WORD_S - REACH_S)


def _whole(known: Fingerprint) -> bool:
    """Whether all of the recording was heard; durations in headers are not always exact."""
    return known.duration - len(known.raw) * WORD_S < 2 * REACH_S


def _candidates(known: list[Fingerprint]) -> Pairs:
    """Pairs that have words in common, in order."""
    own = [_distinct(each.raw) for each in known]
    sizes = np.array([len(words) for words in own], np.intp)
    owners = np.repeat(np.arange(len(own)), sizes)
    words = np.concatenate([np.zeros(0, np.uint32), *own])
    order = np.argsort(words, kind="stable")
    words, owners = words[order], owners[order]
    shared = [
        owners[:-step][alike] * len(own) + owners[step:][alike]
        for step in range(1, _NEIGHBOURS + 1)
        for alike in [words[:-step] == words[step:]]
    ]
    keys, counts = np.unique(np.concatenate(shared), return_counts=True)
    first, second = np.divmod(keys, max(1, len(own)))
    enough = counts >= np.maximum(_COMMON_WORDS, _COMMON * np.minimum(sizes[first], sizes[second]))
    pairs: Pairs = np.stack([first, second], axis=1)[enough]
    return pairs


def _connected(pairs: list[tuple[int, int]]) -> list[list[int]]:
    """The sets of what pairs connect."""
    sets: dict[int, list[int]] = {}
    for pair in pairs:
        first, second = (sets.setdefault(each, [each]) for each in pair)
        if first is not second:
            first += second
            sets.update(dict.fromkeys(second, first))
    return list({id(members): members for members in sets.values()}.values())


def _group(members: dict[str, Fingerprint]) -> DuplicateGroup:
    names = sorted(members, key=lambda name: (-members[name].duration, name))
    scores = (similarity(members[a], members[b]).score for place, a in enumerate(names) for b in names[place + 1 :])
    return DuplicateGroup(tuple(names), min(scores))
