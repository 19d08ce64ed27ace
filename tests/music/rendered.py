"""Music made here, whose beats, bars, tempo, chords and key are known by construction: numpy only, the same on every machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from auricle.audio import Audio, Mono
from auricle.music.part import RATE
from auricle.music.results import PITCH_CLASSES
from tests.music.instruments import click, hat, kick, note, snare

Floats = npt.NDArray[np.float64]
Tempo = Callable[[Floats], Floats]  # from beats since the first one (fractions too) to seconds since it

LEAD_S = 0.5  # of silence before the first beat
_TAIL_S = 0.6


@dataclass(frozen=True, eq=False)
class Rendered:
    """Music and the truth about it.

    Attributes:
        samples: float32, shape (frames,), within ±1.
        rate: Hertz.
        beats: seconds, in order.
        downbeats: those of them that begin a bar. Seconds.
        beats_per_bar: beats in a bar.
        bpm: beats per minute; None where it changes.
        chords: start and end in seconds and Harte's label, as in "A:min"; empty where none are played.
        key: as in "A minor"; None where there is none.
    """

    samples: Mono
    rate: int
    beats: Floats
    downbeats: Floats
    beats_per_bar: int
    bpm: float | None
    chords: tuple[tuple[float, float, str], ...] = ()
    key: str | None = None

    @property
    def audio(self) -> Audio:
        """The sound, one channel."""
        return Audio(self.samples, self.rate)

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.rate


@dataclass(frozen=True)
class Groove:
    """One bar of drums and bass.

    Attributes:
        beats_per_bar: beats in it.
        kick: where in the bar it plays. Beats from 0.
        snare: likewise.
        hat: likewise.
        bass: likewise; it plays the chord's root.
    """

    beats_per_bar: int
    kick: tuple[float, ...]
    snare: tuple[float, ...]
    hat: tuple[float, ...]
    bass: tuple[float, ...]


_EIGHTHS = tuple(np.arange(0, 4, 0.5).tolist())
GROOVES = {
    "rock": Groove(4, (0, 2, 2.5), (1, 3), _EIGHTHS, (0, 0.5, 2, 2.5)),
    "four on the floor": Groove(4, (0, 1, 2, 3), (1, 3), (0.5, 1.5, 2.5, 3.5), (0, 1.5, 2.5)),
    "swing": Groove(4, (0, 2), (1, 3), (0, 1, 5 / 3, 2, 3, 11 / 3), (0, 1, 2, 3)),  # triplet eighths
    "waltz": Groove(3, (0,), (1, 2), (0, 1, 2), (0,)),
    "6/8": Groove(2, (0,), (1,), tuple((np.arange(6) / 3).tolist()), (0, 5 / 3)),  # two dotted beats
}

# Chords by degree: semitones above the tonic and quality. Each says its key plainly (a dominant and a tonic in it).
MAJOR = (("maj", 0), ("maj", 5), ("maj", 7), ("maj", 0)), (("maj", 0), ("min", 9), ("maj", 5), ("maj", 7))  # I IV V I; I vi IV V
MINOR = (("min", 0), ("min", 5), ("maj", 7), ("min", 0)), (("min", 0), ("maj", 8), ("min", 5), ("maj", 7))  # i iv V i; i VI iv V


def steady(bpm: float) -> Tempo:
    """One tempo throughout."""
    return lambda beat: beat * 60 / bpm


def ramp(first: float, last: float, seconds: float) -> Tempo:
    """From one tempo to another, linearly in time, and on at the last one."""
    slope = (last - first) / seconds  # bpm per second; beats(t) = (first t + slope t²/2) / 60, solved for t
    whole = (first + last) / 2 * seconds / 60

    def time(beat: Floats) -> Floats:
        rising = (np.sqrt(first**2 + 2 * slope * 60 * np.clip(beat, 0, whole)) - first) / slope
        return np.asarray(np.where(beat <= whole, rising, seconds + (beat - whole) * 60 / last))

    return time


def steps(*stretches: tuple[float, int]) -> Tempo:
    """Tempi, each for a number of beats; the last one goes on."""
    bpm, counts = (np.array(column, float) for column in zip(*stretches, strict=True))
    beats = np.concatenate([[0.0], np.cumsum(counts[:-1])])
    times = np.concatenate([[0.0], np.cumsum(counts[:-1] * 60 / bpm[:-1])])

    def time(beat: Floats) -> Floats:
        at = np.clip(np.searchsorted(beats, beat, side="right") - 1, 0, len(bpm) - 1)
        return np.asarray(times[at] + (beat - beats[at]) * 60 / bpm[at])

    return time


def click_track(
    tempo: float | Tempo = 120.0, seconds: float = 20.0, *, beats_per_bar: int = 4, accented: bool = True, rate: int = RATE
) -> Rendered:
    """A metronome; accented, the first click of a bar is higher and louder."""
    grid = _Grid(tempo, seconds, beats_per_bar, rate)
    for number, time in enumerate(grid.beats):
        accent = accented and number % beats_per_bar == 0
        grid.add(time, click(1500.0 if accent else 1000.0, rate), 0.8 if accent else 0.5)
    return grid.rendered()


def drum_loop(
    groove: str = "rock",
    tempo: float | Tempo = 120.0,
    seconds: float = 20.0,
    *,
    bass: bool = True,
    fills: bool = False,
    rate: int = RATE,
    seed: int = 0,
) -> Rendered:
    """Drums, and a bass on the roots of a progression (a bar each) that marks the bars.

    Args:
        groove: one of `GROOVES`.
        tempo: beats per minute, or the beats' times.
        seconds: about so long: whole bars.
        bass: whether there is one.
        fills: whether every fourth bar ends in snare strokes.
        rate: Hertz.
        seed: of the noise and of how hard each stroke is.
    """
    pattern = GROOVES[groove]
    grid = _Grid(tempo, seconds, pattern.beats_per_bar, rate)
    _play_drums(grid, pattern, seed, fills)
    if bass:
        for bar in range(grid.bars):
            _play_bass(grid, pattern, bar, 33 + (0, 5, 7, 0)[bar % 4], 0.0)
    return grid.rendered()


def progression(
    key: str = "C major",
    tempo: float | Tempo = 120.0,
    seconds: float = 20.0,
    *,
    chords: Sequence[tuple[str, int]] | None = None,
    groove: str = "rock",
    bass: bool = True,
    drums: bool = False,
    cents: float = 0.0,
    rate: int = RATE,
    seed: int = 0,
) -> Rendered:
    """Chords, one a bar, as a pianist plays them: struck on the downbeat and again in its middle; whole turns of them.

    Args:
        key: as in "A minor".
        tempo: beats per minute, or the beats' times.
        seconds: at most so long, but once through the chords.
        chords: quality and semitones above the tonic, over and over; None is the first of `MAJOR` or `MINOR`.
        groove: one of `GROOVES`: the meter, and what drums and bass play.
        bass: whether there is one.
        drums: whether there are any.
        cents: all is tuned so far from A = 440 Hz.
        rate: Hertz.
        seed: of the drums.
    """
    tonic, mode = key.split()
    pattern, chosen = GROOVES[groove], chords or (MAJOR if mode == "major" else MINOR)[0]
    grid = _Grid(tempo, seconds, pattern.beats_per_bar, rate, len(chosen))
    if drums:
        _play_drums(grid, pattern, seed, fills=False, level=0.6)
    played = []
    for bar in range(grid.bars):
        quality, degree = chosen[bar % len(chosen)]
        root = (PITCH_CLASSES.index(tonic) + degree) % 12
        _play_chord(grid, bar, root, quality, cents)
        if bass:
            _play_bass(grid, pattern, bar, 36 + root if root < 4 else 24 + root, cents)
        played.append((grid.bar_time(bar), grid.bar_time(bar + 1), f"{PITCH_CLASSES[root]}:{quality}"))
    return grid.rendered(_joined(played), key)


class _Grid:
    """Beats on which sounds are put, each to the nearest sample; bars in whole turns of so many."""

    def __init__(self, tempo: float | Tempo, seconds: float, beats_per_bar: int, rate: int, turn: int = 1) -> None:
        self.rate, self.beats_per_bar = rate, beats_per_bar
        self._bpm = None if callable(tempo) else tempo
        self._tempo = tempo if callable(tempo) else steady(tempo)
        bars = int(np.sum(self._tempo(np.arange(1.0, 10_000.0) * beats_per_bar) <= seconds + 1e-6))
        self.bars = max(1, bars // turn) * turn
        self.beats = self.time(np.arange(self.bars * beats_per_bar, dtype=float))
        self._mix = np.zeros(round((self.bar_time(self.bars) + _TAIL_S) * rate))

    def time(self, beat: Floats) -> Floats:
        """Of beats and fractions of them, from 0. Seconds."""
        return LEAD_S + self._tempo(beat)

    def bar_time(self, bar: int) -> float:
        return float(self.time(np.array(float(bar * self.beats_per_bar))))

    def add(self, time: float, sound: Floats, level: float) -> None:
        first = round(time * self.rate)
        part = sound[: max(0, len(self._mix) - first)]
        self._mix[first : first + len(part)] += level * part

    def rendered(self, chords: tuple[tuple[float, float, str], ...] = (), key: str | None = None) -> Rendered:
        mix = self._mix * (0.8 / max(1e-9, float(np.abs(self._mix).max())))
        downbeats = self.beats[:: self.beats_per_bar]
        return Rendered(mix.astype(np.float32), self.rate, self.beats, downbeats, self.beats_per_bar, self._bpm, chords, key)


def _joined(chords: Sequence[tuple[float, float, str]]) -> tuple[tuple[float, float, str], ...]:
    """The same chord in two bars on end is one."""
    joined: list[tuple[float, float, str]] = []
    for start, end, label in chords:
        if joined and joined[-1][2] == label:
            joined[-1] = (joined[-1][0], end, label)
        else:
            joined.append((start, end, label))
    return tuple(joined)


def _play_drums(grid: _Grid, pattern: Groove, seed: int, fills: bool, level: float = 1.0) -> None:
    generator = np.random.default_rng(seed)
    kit = {"kick": (kick(grid.rate), 1.0), "snare": (snare(grid.rate), 0.7), "hat": (hat(grid.rate), 0.3)}
    for bar in range(grid.bars):
        for name, (sound, loud) in kit.items():
            places = getattr(pattern, name)
            if fills and bar % 4 == 3 and name == "snare":
                places = (*places, *(pattern.beats_per_bar - 1 + np.arange(1, 4) / 4).tolist())
            for time in grid.time(bar * pattern.beats_per_bar + np.array(places, float)):
                grid.add(time, sound, level * loud * generator.uniform(0.85, 1.0))


def _play_bass(grid: _Grid, pattern: Groove, bar: int, pitch: int, cents: float) -> None:
    times = grid.time(bar * pattern.beats_per_bar + np.array([*pattern.bass, pattern.beats_per_bar], float))
    for time, end in pairwise(times):
        grid.add(time, note(pitch, end - time, cents, grid.rate), 0.5)


def _play_chord(grid: _Grid, bar: int, root: int, quality: str, cents: float) -> None:
    """Root position between C4 and F#5, in two strokes."""
    middle = (bar + 0.5) * grid.beats_per_bar if grid.beats_per_bar % 2 == 0 else (bar + 1) * grid.beats_per_bar - 1
    times = grid.time(np.array([bar * grid.beats_per_bar, middle, (bar + 1) * grid.beats_per_bar], float))
    for time, end in pairwise(times):
        for above in (0, 4 if quality == "maj" else 3, 7):
            grid.add(time, note(60 + root + above, end - time, cents, grid.rate), 0.25)
