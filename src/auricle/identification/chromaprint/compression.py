"""Words ⇄ the text that AcoustID takes.

A byte that names the algorithm, how many words there are (24 bits, highest byte first), then of each word exclusive-or the one before it
which bits are set: the distance from one to the next in 3 bits, 7 and more as 7 with the rest in 5 bits behind all the others, and 0 after
the last. Both lists are packed from the lowest bit up and fill whole bytes. The bytes are in base64 for URLs without padding (RFC 4648,
section 5).
"""

from __future__ import annotations

import base64
import binascii

import numpy as np
import numpy.typing as npt

from auricle.errors import OptionError
from auricle.identification.chromaprint.words import Words

__all__ = ["decode", "encode"]

_ALGORITHM = 1  # Chromaprint counts from nought: algorithm 2
_SHORT, _LONG = 3, 5  # bits of a distance, and of what is more than it holds
_MOST = 7
_HEADER = 4
_WORDS = 1 << 24

Numbers = npt.NDArray[np.int64]


def encode(raw: Words) -> str:
    """Words, uint32 of shape (words,), as text.

    Raises:
        OptionError: there are 2²⁴ words or more, more than 23 days.
    """
    if len(raw) >= _WORDS:
        raise OptionError("raw", f"there are {len(raw)} words; a fingerprint holds fewer than {_WORDS}")
    short, rest = _distances(raw)
    header = bytes([_ALGORITHM]) + len(raw).to_bytes(3, "big")
    return base64.urlsafe_b64encode(header + _packed(short, _SHORT) + _packed(rest, _LONG)).rstrip(b"=").decode()


def decode(encoded: str) -> Words:
    """Text as AcoustID takes it → its words, uint32, shape (words,).

    Raises:
        OptionError: the text is no fingerprint, or one of another algorithm.
    """
    packed = _bytes(encoded)
    if packed[0] != _ALGORITHM:
        raise OptionError("fingerprint", f"the fingerprint is of algorithm {packed[0] + 1}; give one of algorithm {_ALGORITHM + 1}")
    count = int.from_bytes(packed[1:_HEADER], "big")
    short = _unpacked(packed[_HEADER:], _SHORT)
    ends = np.flatnonzero(short == 0)[:count]
    used = int(ends[-1]) + 1 if count and len(ends) else 0
    short = short[:used]
    rest = _unpacked(packed[_HEADER + -(-used * _SHORT // 8) :], _LONG)
    long = np.flatnonzero(short == _MOST)
    if len(ends) < count or len(rest) < len(long):
        raise _cut_off()
    short[long] += rest[: len(long)]
    return _words(short, ends)


def _distances(raw: Words) -> tuple[Numbers, Numbers]:
    """The short and the long numbers of the format's description."""
    changes = raw.astype("<u4").copy()
    changes[1:] ^= raw[:-1]
    bits = np.unpackbits(changes.view(np.uint8).reshape(-1, 4), axis=1, bitorder="little")
    words, places = np.nonzero(bits)
    before = np.concatenate([[-1], places[:-1]])
    before[np.flatnonzero(np.diff(words, prepend=-1))] = -1
    distances = places - before
    short = np.zeros(len(words) + len(raw), np.int64)
    short[np.arange(len(words)) + words] = np.minimum(distances, _MOST)
    return short, distances[distances >= _MOST] - _MOST


def _words(distances: Numbers, ends: Numbers) -> Words:
    """Distances, whose noughts are at ``ends``, as words."""
    sums = np.cumsum(distances)
    lengths = np.diff(ends, prepend=-1)
    words = np.repeat(np.arange(len(ends)), lengths)
    places = sums - np.repeat(np.concatenate([[0], sums[ends[:-1]]])[: len(ends)], lengths) - 1
    there = distances > 0
    if np.any(places[there] >= 32):
        raise OptionError("fingerprint", "the fingerprint is damaged: a word has more than 32 bits; give it as it was made")
    bits = np.zeros((len(ends), 32), np.uint8)
    bits[words[there], places[there]] = 1
    changes = np.packbits(bits, axis=1, bitorder="little").view("<u4")[:, 0]
    return np.bitwise_xor.accumulate(changes).astype(np.uint32)


def _packed(numbers: Numbers, width: int) -> bytes:
    bits = np.unpackbits(numbers.astype(np.uint8)[:, None], axis=1, bitorder="little")[:, :width]
    return np.packbits(bits, bitorder="little").tobytes()


def _unpacked(packed: bytes, width: int) -> Numbers:
    """All the whole numbers of ``width`` bits; what fills the last byte may make one too many."""
    bits = np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little")
    whole = bits[: len(bits) // width * width].reshape(-1, width)
    return np.packbits(whole, axis=1, bitorder="little")[:, 0].astype(np.int64) if len(whole) else np.zeros(0, np.int64)


def _bytes(encoded: str) -> bytes:
    try:
        packed = base64.b64decode(encoded.encode() + b"=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise OptionError("fingerprint", "the fingerprint isn't base64 for URLs; give the text as fpcalc or AcoustID write it") from None
    if len(packed) < _HEADER:
        raise _cut_off()
    return packed


def _cut_off() -> OptionError:
    return OptionError("fingerprint", "the fingerprint is cut off; give the whole text as fpcalc or AcoustID write it")
