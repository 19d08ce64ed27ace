"""Music whose beats, chords and key are known: rendered here, labelled by its makers, or a folder of the user's."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from auricle.audio import Audio
from auricle.codec import decode
from auricle.music.results import PITCH_CLASSES
from tests.music.rendered import MAJOR, MINOR, Rendered, click_track, drum_loop, progression, ramp, steps

Floats = npt.NDArray[np.float64]
Spans = tuple[tuple[float, float, str], ...]  # start and end in seconds, and Harte's label

_GENERATED = "immich-memories-music"
_LABEL = re.compile(r"^ +(\S+)\.opus +(\d+) bpm +([A-G][b#]?) (major|minor)", re.MULTILINE)
_SOUND = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".au", ".aif", ".aiff")


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Music, and what is known about it; None is not known.

    Attributes:
        name: what to call it.
        audio: how it sounds.
        beats: seconds.
        downbeats: seconds.
        bpm: beats per minute.
        key: as in "A minor".
        chords: what is played when.
    """

    name: str
    audio: Audio
    beats: Floats | None = None
    downbeats: Floats | None = None
    bpm: float | None = None
    key: str | None = None
    chords: Spans | None = None


def _known(name: str, music: Rendered) -> Piece:
    return Piece(name, music.audio, music.beats, music.downbeats, music.bpm, music.key, music.chords or None)


def clicks_and_loops(seconds: float = 30.0) -> Iterator[Piece]:
    """Click tracks, drum loops with and without a bass, in several meters and tempi; tempi that change."""
    for bpm in (60, 75, 90, 110, 128, 140, 160, 180, 200):
        yield _known(f"clicks {bpm}", click_track(bpm, seconds))
    for meter in (2, 3, 4):
        yield _known(f"clicks {meter}/4", click_track(112.0, seconds, beats_per_bar=meter))
    grooves = {"rock": (72, 96, 120, 144), "four on the floor": (118, 126, 140), "swing": (110, 150, 180), "waltz": (90, 132, 170)}
    for groove, tempi in {**grooves, "6/8": (50, 62, 80)}.items():
        for seed, bpm in enumerate(tempi):
            yield _known(f"{groove} {bpm}", drum_loop(groove, bpm, seconds, seed=seed, fills=bool(seed % 2)))
    for groove in ("rock", "waltz"):
        yield _known(f"{groove} without bass", drum_loop(groove, 108.0, seconds, bass=False))
    yield _known("ramp 100 to 130", drum_loop("rock", ramp(100, 130, 60), 60))
    yield _known("ramp 140 to 110", drum_loop("four on the floor", ramp(140, 110, 60), 60))
    yield _known("steps 90, 120, 100", drum_loop("rock", steps((90, 32), (120, 40), (100, 32)), 60))


def progressions(seconds: float = 24.0) -> Iterator[Piece]:
    """Chords in all keys: with drums or not, in and out of tune, 3/4 and 4/4."""
    for number, tonic in enumerate(PITCH_CLASSES):
        for mode, choices in (("major", MAJOR), ("minor", MINOR)):
            key, cents = f"{tonic} {mode}", (-35.0, 0.0, 20.0, 45.0)[number % 4]
            groove = "waltz" if number % 5 == 4 else "rock"
            music = progression(
                key, 84.0 + 5 * number, seconds, chords=choices[number % 2], groove=groove, drums=number % 3 == 0, cents=cents
            )
            yield _known(f"{key}, {cents:+.0f} cents", music)


def generated() -> Iterator[Piece]:
    """The tracks of immich-memories-music; the tempo and key that were asked for stand in its licence file. None if it is not installed."""
    try:
        files = importlib.metadata.distribution(_GENERATED).files or []
    except importlib.metadata.PackageNotFoundError:
        return
    paths = {file.stem: Path(str(file.locate())) for file in files}
    labels = next(path for name, path in paths.items() if name == "LICENSE-MUSIC").read_text(encoding="utf-8")
    for name, bpm, tonic, mode in _LABEL.findall(labels):
        yield Piece(name, decode(paths[name]), bpm=float(bpm), key=f"{tonic} {mode}")


def annotated(folder: Path) -> Iterator[Piece]:
    """A folder's recordings with what is known about them.

    Beside `song.wav` lie any of `song.beats` (a beat a line: its time and its number in the bar, which may be missing), `song.tempo` or
    `song.bpm` (beats per minute) and `song.key` ("A minor", "a:min", "Bb").
    """
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _SOUND:
            beats, downbeats = _beats(path.with_suffix(".beats"))
            tempo = _text(path.with_suffix(".tempo")) or _text(path.with_suffix(".bpm"))
            key = _text(path.with_suffix(".key"))
            if beats is not None or tempo or key:
                bpm = float(tempo.split()[0]) if tempo else None
                yield Piece(path.stem, decode(path, salvage=True), beats, downbeats, bpm, _key(key))


def _beats(path: Path) -> tuple[Floats | None, Floats | None]:
    lines = [line.split() for line in _text(path).splitlines() if line.strip()]
    if not lines:
        return None, None
    times = np.array([float(line[0]) for line in lines])
    if any(len(line) < 2 for line in lines):
        return times, None
    return times, times[[float(line[1]) == 1 for line in lines]]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def _key(text: str) -> str | None:
    """As in "A minor"; None for what is no major or minor key."""
    if not (found := re.fullmatch(r"([A-Ga-g][b#]?)(?:[ :]*(maj|min|major|minor|m))?", text)):
        return None
    return f"{found[1].capitalize()} {'minor' if (found[2] or '').removeprefix('maj').startswith('m') else 'major'}"
