"""Key, tuning and chords: peaks of the spectrum, folded onto pitch classes, read by templates and hidden Markov models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from auricle.audio import Mono
from auricle.music.harmony.chords import Evidence, find_chords
from auricle.music.harmony.hpcp import Profiler, Profiles
from auricle.music.harmony.key import Sums, find_key, find_keys, is_pitched, key_candidates, sum_up
from auricle.music.harmony.tuning import estimate_tuning, pitches_agreeing, tune
from auricle.music.results import Chord, Harmony, Key, KeySpan

__all__ = ["HarmonyPart", "Profiles", "read_harmony"]

_AROUND = 33  # frames, 3 s: by whose pitches it is judged whether chords sound or somebody speaks


class HarmonyPart:
    """Finds key, tuning and chords. A `Part` at 22,050 Hz.

    Args:
        keep: how many of the last seconds to keep; None keeps all (about 55 MB an hour). A live session keeps
            the last half minute and asks `finish` again and again.
    """

    def __init__(self, keep: float | None = None) -> None:
        self._profiler = Profiler(keep)

    def feed(self, sound: Mono) -> None:
        """The next samples, one channel, float32 at 22,050 Hz, shape (frames,)."""
        self._profiler.feed(sound)

    def profiles(self) -> Profiles:
        """What was kept of what was heard, as if it ended here."""
        return self._profiler.profiles()

    def finish(self) -> Harmony:
        """Key, tuning and chords of what was kept; more may be fed afterwards."""
        return read_harmony(self.profiles())


def read_harmony(profiles: Profiles) -> Harmony:
    """Key, tuning and chords of frames; times count from the recording's beginning, also where its first frames were dropped."""
    tuning = estimate_tuning(profiles.whole)
    weight = profiles.whole.sum(axis=1, dtype=np.float64)
    agreeing = pitches_agreeing(profiles.whole, tuning)
    chroma = tune(profiles.whole, tuning)
    agreement = _smooth(agreeing) / np.maximum(_smooth(weight), 1e-12)
    evidence = Evidence(tune(profiles.middle, tuning), tune(profiles.bass, tuning), agreement.astype(np.float32))
    chords = find_chords(evidence, profiles.start, profiles.end)
    sums = sum_up(chroma, chords, profiles.start, agreeing, weight)
    return _harmony(profiles, tuning, sums, chords)


def _harmony(profiles: Profiles, tuning: float, sums: Sums, chords: tuple[Chord, ...]) -> Harmony:
    key = find_key(sums)
    total = float(sums.chroma[-1].sum())
    return Harmony(
        key=key,
        candidates=key_candidates(sums),
        tuning=tuning if is_pitched(sums) else None,
        keys=_in_one_key(find_keys(sums, profiles.start, profiles.end), key),
        chords=chords,
        chroma=tuple((sums.chroma[-1] / total).tolist()) if total else (0.0,) * 12,
    )


def _in_one_key(spans: tuple[KeySpan, ...], key: Key | None) -> tuple[KeySpan, ...]:
    """Where nothing changes, the whole is the better witness than its windows: one key there, the same here."""
    if key is None or len({span.key.name for span in spans if span.key}) > 1:
        return spans
    return tuple(replace(span, key=key) if span.key else span for span in spans)


def _smooth(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The sum of the `_AROUND` values around each, of fewer at the ends."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    return np.asarray(sums[np.minimum(at + _AROUND // 2 + 1, len(values))] - sums[np.maximum(at - _AROUND // 2, 0)])
