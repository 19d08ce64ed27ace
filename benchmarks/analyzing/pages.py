"""The parts of the page: a table per set of pieces, and what must not be found."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from auricle.audio import Audio
from auricle.codec import decode
from auricle.music import analyze
from benchmarks.analyzing.listeners import LISTENERS
from benchmarks.analyzing.material import Piece, annotated, clicks_and_loops, generated, progressions
from benchmarks.analyzing.scoring import FIGURES, Scores
from benchmarks.analyzing.soundfont import font, played
from benchmarks.enhancing.judging import judged, table
from benchmarks.references import MANIFEST

__all__ = ["Given", "annotated_page", "chords_page", "generated_page", "loops_page", "nothing_page", "soundfont_page"]

T = TypeVar("T")
Target = tuple[str, float]  # figure and the least it should be


@dataclass(frozen=True, slots=True)
class Given:
    """What to measure with.

    Attributes:
        annotated: a folder of recordings with what is known about them.
        quick: a part of everything.
    """

    annotated: Path | None = None
    quick: bool = False

    def some(self, everything: Iterable[T], every: int = 6) -> list[T]:
        """All of it, or one of ``every`` when it must be quick."""
        return [one for number, one in enumerate(everything) if not self.quick or number % every == 0]


def loops_page(given: Given) -> Iterator[str]:
    """Click tracks and drum loops."""
    yield "## Click tracks and drum loops\n"
    yield "2/4, 3/4, 4/4, 6/8 and swing from 50 to 200 beats a minute, and tempi that rise, fall and jump; rendered here.\n"
    yield from _compared(given.some(clicks_and_loops()), [("F", 0.97), ("downbeat F", 0.95)], limit=0.9)


def chords_page(given: Given) -> Iterator[str]:
    """Chord progressions, synthesised."""
    yield "## Chords in all keys\n"
    yield "Synthesised with decaying partials: with drums or without, 3/4 and 4/4, tuned by −35, 0, +20 or +45 cents.\n"
    yield from _compared(given.some(progressions(), 5), [("chords", 0.85), ("key right", 1.0)], limit=0.85)


def soundfont_page(given: Given) -> Iterator[str]:
    """Chord progressions, played by a soundfont."""
    yield "## Played by a soundfont\n"
    if (soundfont := font()) is None:
        yield "Left out: FluidSynth or a soundfont is not installed.\n"
        return
    yield f"All keys on six instruments of {soundfont.name}, most with bass and drums, in all grooves of the loops above.\n"
    targets = [("chords", 0.85), ("key right", 1.0)]
    yield from _compared(list(played(soundfont, 6 if given.quick else 1)), targets, limit=0.85)


def generated_page(given: Given) -> Iterator[str]:
    """The 28 tracks."""
    yield "## immich-28\n"
    pieces = given.some(generated())
    if not pieces:
        yield "Left out: immich-memories-music is not installed.\n"
        return
    yield f"{len(pieces)} generated tracks of the package immich-memories-music. The labels are what was asked for, not what was heard.\n"
    yield from _compared(pieces, [("Acc1", 0.8), ("Acc2", 1.0), ("within 1 %", 0.65), ("key", 0.7)])


def annotated_page(given: Given) -> Iterator[str]:
    """The user's own recordings."""
    if given.annotated:
        yield "## Annotated recordings\n"
        pieces = given.some(annotated(given.annotated))
        yield f"{len(pieces)} recordings of {given.annotated.name}.\n"
        yield from _compared(pieces)


def nothing_page(given: Given) -> Iterator[str]:
    """What is no music."""
    yield "## No music, no invention\n"
    rows, invented = [], 0
    for name, audio in _no_music(given):
        found = analyze(audio, include=("rhythm", "harmony"))
        rhythm, harmony = found.rhythm, found.harmony
        assert rhythm is not None and harmony is not None  # noqa: S101 - both were asked for
        invented += (rhythm.tempo is not None) + (harmony.key is not None)
        first = f"{harmony.candidates[0].confidence:.2f}" if harmony.candidates else "–"
        tempo = f"{rhythm.tempo:.1f}" if rhythm.tempo else "no beat"
        rows.append((name, tempo, f"{rhythm.confidence:.2f}", harmony.key.name if harmony.key else "no key", first))
    yield from table(["", "tempo", "its confidence", "key", "confidence of the first"], rows)
    yield from judged([("beats and keys found", f"{invented} of {2 * len(rows)}", "0", invented == 0)])


def _compared(pieces: Sequence[Piece], targets: Sequence[Target] = (), limit: float = 0.0) -> Iterator[str]:
    """Everybody side by side, our own worst pieces, and whether the targets are met."""
    scores = {name: Scores() for name in LISTENERS}
    worse = []
    for piece in pieces:
        own = {name: scores[name].add(piece, hear(piece.audio)) for name, hear in LISTENERS.items()}["auricle"]
        worse += [(piece.name, figure, f"{own[figure]:.3f}") for figure, _ in targets if limit and own.get(figure, 1.0) < limit]
    known = [figure for figure in FIGURES if any(one.values[figure] for one in scores.values())]
    yield from table(["", *known], [(name, *one.row(known)) for name, one in scores.items()])
    if worse:
        yield f"auricle's below {limit}:\n"
        yield from table(["piece", "figure", ""], worse)
    if targets:
        ours = scores["auricle"]
        yield from judged([(figure, f"{ours.mean(figure):.3f}", f"≥ {least}", ours.mean(figure) >= least) for figure, least in targets])


def _no_music(given: Given) -> Iterator[tuple[str, Audio]]:
    """Silence, a constant, noises, and one person who speaks."""
    rate, seconds = 22_050, 20
    rng = np.random.default_rng(11)
    white = rng.standard_normal(rate * seconds)
    spectrum = np.fft.rfft(white)
    pink = np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)))
    sounds = {"silence": 0 * white, "constant": 0 * white + 0.3, "white noise": 0.1 * white, "pink noise": pink / np.abs(pink).max()}
    for name, samples in sounds.items():
        yield name, Audio(samples[None].astype(np.float32), rate)
    with MANIFEST.open(encoding="utf-8", newline="") as file:
        spoken = [row["file"] for row in csv.DictReader(file, delimiter="\t") if row["reference"]]
    for name in given.some(spoken):
        yield f"speech: {name}", decode(MANIFEST.parent / name)
