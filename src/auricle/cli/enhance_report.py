"""What enhancement did, as a table for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from auricle.cli import output

if TYPE_CHECKING:  # which brings numpy
    from auricle.enhancement import Band, Report, Sound, StepReport

__all__ = ["aligned", "report_text"]

_UNITS = {"db": "dB", "dbfs": "dBFS", "dbtp": "dBTP", "lufs": "LUFS", "lu": "LU", "hz": "Hz", "s": "s"}
_INNER = frozenset({"passes"})  # how a step worked, which is of no use to who listens


def report_text(report: Report, bands: Sequence[Band] = ()) -> str:
    """Figures before and after, then what each step did, then what the user should know; ``bands`` are those of the equaliser."""
    before, after = _figures(report.before), _figures(report.after)
    rows = [("", "before", "after", "")]
    rows += [(name, one, other, unit) for (name, one, unit), (_, other, _) in zip(before, after, strict=True)]
    steps = [(step.name, _done(step, bands)) for step in report.steps]
    notes = "".join(f"- {output.printable(note)}\n" for note in report.notes)
    return aligned(rows, right=(1, 2)) + "\n" + aligned(steps) + (f"\n{notes}" if notes else "")


def aligned(rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Rows as lines, each cell as wide as its column; those of the columns ``right`` end at the same place."""
    rows = [tuple(map(output.printable, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(
            cell.rjust(width) if place in right else cell.ljust(width) for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _figures(sound: Sound) -> list[tuple[str, str, str]]:
    """Name, figure and unit."""
    loudness = sound.loudness
    return [
        ("integrated", f"{loudness.integrated:.1f}", "LUFS"),
        ("short-term, most", f"{loudness.short_term:.1f}", "LUFS"),
        ("momentary, most", f"{loudness.momentary:.1f}", "LUFS"),
        ("loudness range", f"{loudness.range:.1f}", "LU"),
        ("true peak", f"{loudness.true_peak:.1f}", "dBTP"),
        ("noise floor", f"{sound.noise_floor:.1f}", "dBFS"),
        ("duration", f"{sound.duration:.2f}", "s"),
    ]


def _done(step: StepReport, bands: Sequence[Band]) -> str:
    if step.name == "equalize" and bands:
        return ", ".join(map(_band, bands))
    if step.facts.get("hum_hz") == 0:
        return "none found"
    return ", ".join(_fact(*fact) for fact in step.facts.items() if fact[0] not in _INNER) or "done"


def _band(band: Band) -> str:
    """``low shelf 200 Hz +3 dB Q 0.7``; what has no gain goes without."""
    gain = f" {band.gain:+g} dB" if band.kind in ("peak", "low_shelf", "high_shelf") else ""
    return f"{band.kind.replace('_', ' ')} {band.frequency:g} Hz{gain} Q {band.q:g}"


def _fact(name: str, value: float) -> str:
    """``gain_db`` and 3.25 as ``gain 3.2 dB``; what has no unit is counted."""
    words, _, unit = name.rpartition("_")
    if words and unit in _UNITS:
        return f"{words.replace('_', ' ')} {value:.1f} {_UNITS[unit]}"
    return f"{name.replace('_', ' ')} {value:.10g}"
