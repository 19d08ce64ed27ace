"""Music played by a soundfont: MIDI written here, FluidSynth's sound, where it and a General MIDI soundfont are installed."""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from auricle.codec import decode
from auricle.music.results import PITCH_CLASSES
from benchmarks.analyzing.material import Piece
from tests.music.rendered import GROOVES, MAJOR, MINOR, Groove, Tempo, ramp, steady

_FONTS = Path("/usr/share/sounds/sf2")
_TICKS = 480  # to the beat
_CHORDS, _BASS, _DRUMS = 0, 1, 9  # channels; General MIDI's drums are on the tenth
_PROGRAMS = {"piano": 0, "electric piano": 4, "organ": 16, "guitar": 24, "strings": 48, "brass": 61}
_BASS_GUITAR = 33
_KIT = {"kick": 36, "snare": 38, "hat": 42}


@dataclass(frozen=True, slots=True)
class Score:
    """Notes in MIDI.

    Attributes:
        events: when (ticks), in which order at one time, and the bytes.
    """

    events: list[tuple[int, int, bytes]] = field(default_factory=list)

    def note(self, beat: float, beats: float, channel: int, pitch: int, velocity: int = 90) -> None:
        """One note, both in beats."""
        self.events.append((round(beat * _TICKS), 2, bytes([0x90 | channel, pitch, velocity])))
        self.events.append((round((beat + beats) * _TICKS), 1, bytes([0x80 | channel, pitch, 0])))

    def program(self, channel: int, program: int) -> None:
        """The channel's instrument."""
        self.events.append((0, 0, bytes([0xC0 | channel, program])))

    def tempo(self, beat: int, seconds: float) -> None:
        """How long the beats from this one on are."""
        self.events.append((beat * _TICKS, 0, b"\xff\x51\x03" + round(seconds * 1e6).to_bytes(3, "big")))

    def midi(self) -> bytes:
        """A Standard MIDI File 1.0 of format 0."""
        track, now = b"", 0
        for tick, _, message in sorted(self.events):
            track += _variable(tick - now) + message
            now = tick
        track += b"\x00\xff\x2f\x00"
        return b"MThd" + struct.pack(">IHHH", 6, 0, 1, _TICKS) + b"MTrk" + struct.pack(">I", len(track)) + track


def font() -> Path | None:
    """A soundfont, if there is also something that plays it."""
    return next(iter(sorted(_FONTS.glob("*.sf2"))), None) if shutil.which("fluidsynth") else None


def played(soundfont: Path, every: int = 1) -> Iterator[Piece]:
    """Progressions in all keys on several instruments, most with bass and drums, in all grooves; then a changing tempo."""
    for number, key in list(enumerate(f"{tonic} {mode}" for mode in ("major", "minor") for tonic in PITCH_CLASSES))[::every]:
        groove = list(GROOVES)[number % len(GROOVES)]
        bpm = (60.0 if groove == "6/8" else 90.0) + 7 * (number % 6)
        instrument = list(_PROGRAMS)[number % len(_PROGRAMS)]
        yield _piece(soundfont, key, groove, steady(bpm), instrument, band=number % 4 != 3, bpm=bpm)
    yield _piece(soundfont, "C major", "rock", ramp(100, 130, 30), "piano", band=True)


def _piece(soundfont: Path, key: str, groove: str, tempo: Tempo, instrument: str, *, band: bool, bpm: float | None = None) -> Piece:
    pattern, score, bars = GROOVES[groove], Score(), 12
    count = bars * pattern.beats_per_bar
    times = tempo(np.arange(count + 1.0))
    for beat, seconds in enumerate(np.diff(times)):
        score.tempo(beat, seconds)
    score.program(_CHORDS, _PROGRAMS[instrument])
    score.program(_BASS, _BASS_GUITAR)
    labels = []
    for bar in range(bars):
        quality, degree = (MAJOR if key.endswith("major") else MINOR)[bar // 4 % 2][bar % 4]
        root = (PITCH_CLASSES.index(key.split()[0]) + degree) % 12
        _bar(score, pattern, bar, root, quality, band)
        start, end = times[bar * pattern.beats_per_bar], times[(bar + 1) * pattern.beats_per_bar]
        labels.append((float(start), float(end), f"{PITCH_CLASSES[root]}:{quality}"))
    audio = decode(_sound(soundfont, score.midi()))
    beats = times[:count]
    name = f"{key}, {instrument}, {groove}{', bass and drums' if band else ''}{'' if bpm else ', changing tempo'}"
    return Piece(name, audio, beats, beats[:: pattern.beats_per_bar], bpm, key, tuple(labels))


def _bar(score: Score, pattern: Groove, bar: int, root: int, quality: str, band: bool) -> None:
    """A chord on every beat, and what the band plays."""
    first, beats = bar * pattern.beats_per_bar, pattern.beats_per_bar
    for beat in range(beats):
        for above in (0, 4 if quality == "maj" else 3, 7):
            score.note(first + beat, 0.95, _CHORDS, 60 + root + above, 88 if beat == 0 else 76)
    if not band:
        return
    for name, pitch in _KIT.items():
        for place in getattr(pattern, name):
            score.note(first + place, 0.1, _DRUMS, pitch, 60 if name == "hat" else 96)
    for place, end in zip(pattern.bass, [*pattern.bass[1:], beats], strict=True):
        score.note(first + place, 0.9 * (end - place), _BASS, 36 + root if root < 4 else 24 + root)


def _sound(soundfont: Path, midi: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        score, sound = Path(folder, "score.mid"), Path(folder, "sound.wav")
        score.write_bytes(midi)
        command = ["fluidsynth", "-ni", "-q", "-g", "0.6", "-r", "44100", "-F", str(sound), str(soundfont), str(score)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return sound.read_bytes()


def _variable(number: int) -> bytes:
    """MIDI's variable-length quantity: seven bits a byte, the highest first."""
    parts = [number & 0x7F]
    while number := number >> 7:
        parts.append(number & 0x7F | 0x80)
    return bytes(parts[::-1])
