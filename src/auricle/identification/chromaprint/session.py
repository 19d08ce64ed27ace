"""A sound, heard piece by piece → its fingerprint."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from auricle.audio import Audio, Mono
from auricle.codec import Recording, open_recording
from auricle.errors import InputError, OptionError
from auricle.identification.chromaprint.chroma import FRAME, HOP, NOTES, RATE, SMOOTHING, Chroma, notes, smoothed
from auricle.identification.chromaprint.compression import encode
from auricle.identification.chromaprint.words import WIDTH, Words, words
from auricle.resample import MonoResampler

__all__ = ["LENGTH_S", "REACH_S", "WORD_S", "Fingerprint", "FingerprintSession", "fingerprint", "heard"]

LENGTH_S = 120.0  # that AcoustID wants to know, from the start. Seconds
WORD_S = HOP / RATE  # from word to word. Seconds
REACH_S = (FRAME + (len(SMOOTHING) - 1 + WIDTH - 1) * HOP) / RATE  # of sound that one word is of. Seconds

_BLOCK = 64  # frames that are worked on at once: eight seconds, 2 MB
_BLOCK_S = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What a recording sounds like, as AcoustID knows it (Chromaprint's algorithm 2).

    Attributes:
        duration: of the whole recording. Seconds.
        raw: a word for every `WORD_S` of what was heard of it, uint32, shape (words,). Read-only; empty for less than `REACH_S`.
        encoded: the words as AcoustID's web service and fpcalc write them.
    """

    duration: float
    raw: Words
    encoded: str = field(init=False)

    def __post_init__(self) -> None:
        raw = np.array(self.raw, np.uint32)
        raw.flags.writeable = False
        object.__setattr__(self, "raw", raw)
        object.__setattr__(self, "encoded", encode(raw))


class FingerprintSession:
    """One stream's fingerprint: `feed` all of it, then `finish`. The same for any chunking; memory grows by 32 bytes a second heard.

    Args:
        length: how much from the start is listened to; 0, as for fpcalc, and None are all. Seconds.

    Raises:
        OptionError: the length is no number, or below 0.
    """

    def __init__(self, length: float | None = LENGTH_S) -> None:
        if length is not None and not (isinstance(length, int | float | np.number) and length >= 0):
            raise OptionError("length", f"the length is {length!r}; give seconds, or 0 for the whole recording")
        self._most = length * RATE if length else math.inf
        self._fed = 0
        self._sound = np.zeros(0, np.float32)  # not in a frame yet
        self._powers: Chroma = np.zeros((0, NOTES))  # not smoothed yet
        self._chroma: Chroma = np.zeros((0, NOTES))  # not in a word yet
        self._words: list[Words] = []

    @property
    def satisfied(self) -> bool:
        """Whether more sound could only change the duration."""
        return self._fed >= self._most

    def feed(self, sound: Mono) -> None:
        """Take a chunk, mono at `RATE`, full scale ±1, shape (frames,)."""
        left = self._most - self._fed
        self._fed += len(sound)
        self._sound = np.concatenate([self._sound, sound[: int(max(0, min(left, len(sound))))]])
        while len(self._sound) >= FRAME + (_BLOCK - 1) * HOP:
            self._hear(self._sound[: FRAME + (_BLOCK - 1) * HOP])
            self._sound = self._sound[_BLOCK * HOP :]

    def finish(self, duration: float | None = None) -> Fingerprint:
        """The fingerprint, once everything was fed.

        Args:
            duration: of the recording where not all of it was fed. Seconds.
        """
        if len(self._sound) >= FRAME:
            self._hear(self._sound)
        raw = np.concatenate([np.zeros(0, np.uint32), *self._words])
        return Fingerprint(self._fed / RATE if duration is None else duration, raw)

    def _hear(self, sound: Mono) -> None:
        self._powers = np.concatenate([self._powers, notes(sound)])
        if len(self._powers) < len(SMOOTHING):
            return
        self._chroma = np.concatenate([self._chroma, smoothed(self._powers)])
        self._powers = self._powers[-len(SMOOTHING) + 1 :]
        self._words.append(words(self._chroma))
        self._chroma = self._chroma[-WIDTH + 1 :]


def fingerprint(recording: Recording, *, rate: int | None = None, length: float | None = LENGTH_S) -> Fingerprint:
    """The fingerprint of a recording.

    Args:
        recording: path, bytes, binary file object, an opened decoder, `Audio`, or a float array of shape (frames,) or (channels, frames).
        rate: sample rate of an array. Hertz.
        length: how much from the start is listened to; AcoustID wants 120 s; 0 and None are all. Seconds.

    Raises:
        InputError: the recording cannot be used, or less than `REACH_S` of it was listened to; see the subclasses.
        OptionError: the length is no number, or below 0; an array without ``rate``, or ``rate`` for something else.
    """
    made = heard(recording, rate=rate, length=length)
    if not len(made.raw):
        sound = min(made.duration, length or made.duration)
        raise InputError(f"the audio has no fingerprint: that takes 3 s of it, and only {sound:.1f} s are there or were asked for.")
    return made


def heard(recording: Recording, *, rate: int | None = None, length: float | None = LENGTH_S) -> Fingerprint:
    """As `fingerprint`, but what is too short is no error: it has no words.

    Raises:
        InputError: the recording cannot be used; see the subclasses.
        OptionError: as for `fingerprint`.
    """
    session, resampler = FingerprintSession(length), MonoResampler(RATE)
    opened = open_recording(recording, rate, block=_BLOCK_S)
    try:
        stated = opened.duration if isinstance(opened, Audio) else opened.info.duration
        for block in opened.blocks(round(_BLOCK_S * opened.rate)) if isinstance(opened, Audio) else opened:
            session.feed(resampler.feed(block))
            if session.satisfied and stated is not None:
                return session.finish(stated)
    finally:
        if opened is not recording and not isinstance(opened, Audio):
            opened.close()
    session.feed(resampler.finish())
    return session.finish()
