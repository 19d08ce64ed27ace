"""How well what was heard agrees with what is known, by mir_eval's definitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import mir_eval
import numpy as np

from benchmarks.analyzing.listeners import Heard
from benchmarks.analyzing.material import Piece, Spans
from benchmarks.enhancing.judging import mean

__all__ = ["FIGURES", "Scores"]

FIGURES = ("F", "CMLt", "AMLt", "downbeat F", "Acc1", "Acc2", "within 1 %", "key", "key right", "chords")

_OCTAVES = (1 / 3, 1 / 2, 1, 2, 3)
_ACCEPTED = 0.04  # of the tempo: Gouyon et al., "An experimental comparison of audio tempo induction algorithms", 2006


@dataclass(slots=True)
class Scores:
    """What somebody scored in a set of pieces: figure → one value per piece that it is known for."""

    values: dict[str, list[float]] = field(default_factory=lambda: {figure: [] for figure in FIGURES})

    def add(self, piece: Piece, heard: Heard) -> dict[str, float]:
        """One more piece; gives its own figures."""
        scored = {**_beat_figures(piece, heard), **_tempo_figures(piece, heard), **_harmony_figures(piece, heard)}
        for figure, value in scored.items():
            self.values[figure].append(value)
        return scored

    def mean(self, figure: str) -> float:
        """Not a number where nobody knows or tells."""
        return mean(self.values[figure])

    def row(self, figures: Sequence[str]) -> list[str]:
        """For a table."""
        return [f"{self.mean(figure):.3f}" if self.values[figure] else "–" for figure in figures]


def _beat_figures(piece: Piece, heard: Heard) -> dict[str, float]:
    """The first five seconds do not count, as usual."""
    if piece.beats is None:
        return {}
    truth, beats = (mir_eval.beat.trim_beats(np.asarray(times)) for times in (piece.beats, heard.beats))
    _, in_level, _, any_level = mir_eval.beat.continuity(truth, beats) if min(len(truth), len(beats)) > 1 else (0.0,) * 4
    scored = {"F": _f_measure(piece.beats, heard.beats), "CMLt": float(in_level), "AMLt": float(any_level)}
    if piece.downbeats is not None and heard.downbeats is not None:
        scored["downbeat F"] = _f_measure(piece.downbeats, heard.downbeats)
    return scored


def _f_measure(truth: Sequence[float] | np.ndarray, times: Sequence[float] | np.ndarray) -> float:
    known, heard = (mir_eval.beat.trim_beats(np.asarray(some)) for some in (truth, times))
    return float(mir_eval.beat.f_measure(known, heard)) if len(known) and len(heard) else 0.0


def _tempo_figures(piece: Piece, heard: Heard) -> dict[str, float]:
    if piece.bpm is None:
        return {}
    errors = [abs(heard.bpm / (piece.bpm * factor) - 1) for factor in _OCTAVES]
    exact = abs(heard.bpm / piece.bpm - 1)
    return {"Acc1": float(exact <= _ACCEPTED), "Acc2": float(min(errors) <= _ACCEPTED), "within 1 %": float(exact <= 0.01)}


def _harmony_figures(piece: Piece, heard: Heard) -> dict[str, float]:
    scored = {}
    if piece.key is not None:
        scored["key"] = float(mir_eval.key.weighted_score(piece.key, heard.key)) if heard.key else 0.0
        scored["key right"] = float(scored["key"] == 1.0)
    if piece.chords is not None and heard.chords is not None:
        scored["chords"] = float(mir_eval.chord.evaluate(*_spans(piece.chords), *_spans(heard.chords))["majmin"]) if heard.chords else 0.0
    return scored


def _spans(chords: Spans) -> tuple[np.ndarray, list[str]]:
    """As mir_eval takes them."""
    return np.array([[start, end] for start, end, _ in chords]), [label for *_, label in chords]
