"""A picture of an analysis: waveform with beats, sections, keys, chords, tempo and tags over time, and the chroma of the whole."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from auricle.music.envelope import Envelope
from auricle.music.results import PITCH_CLASSES, Chord, Harmony, Key, MusicAnalysis, Rhythm, Section, Tags
from auricle.picture import KINDS, Picture, mark_time

__all__ = ["KINDS", "Plot"]

_WIDTH, _DOTS = 14.0, 110  # inches of the picture, and dots to the inch
_TIMES_INCHES = 11.0  # of its time axis, about
_LETTER_INCHES, _MARGIN_INCHES = 0.085, 0.06  # of the names in a strip
_MOST_LINES = 300  # for beats; more would be a wall
_MOST_CHORDS = 200  # more would be a flicker
_BLOCK_INCHES = 0.32  # of the time in which then the one is shown that lasts longest
_MOST_TAGS = 8
_MOST_TICKS = 12

_SECONDARY, _FAINT, _NONE = "#444b54", "#8d99a6", "#e9ecef"
_WAVE, _POWER, _DOWNBEAT, _BEAT = "#a9c1dd", "#4a78ab", "#d1495b", "#edae49"
_SECTIONS = ("#d5dae0", "#a7b1bc", "#eceef1", "#bec6cf", "#8f9ba8", "#e0e4e8", "#b3bcc6", "#cad0d7")  # grey: a hue means a pitch class

Colour = str | tuple[float, float, float]
Names = tuple[str, ...]  # what may be written, the longest first
Span = tuple[float, float, Names, Colour]  # start and end in seconds, its names and its colour
Row = tuple[float, Callable[[Any], None]]  # height in inches, and what draws it


class Plot:
    """The picture, as a file.

    Args:
        path: of the file; its suffix names the kind.

    Raises:
        OptionError: there is no such kind.
        OutputError: no file can be written there.
        MissingDependency: matplotlib is not installed.
    """

    def __init__(self, path: Path) -> None:
        self._picture = Picture(path, "music")

    def draw(self, analysis: MusicAnalysis, envelope: Envelope, name: str = "") -> None:
        """Draw what was found; a part that is None is left out.

        Args:
            analysis: what was found.
            envelope: the waveform, finished.
            name: the recording's, as the title.

        Raises:
            OutputError: the file cannot be written.
        """
        rows = list(_rows(analysis, envelope))
        figure = self._picture.figure(figsize=(_WIDTH, 1.2 + sum(height for height, _ in rows)), dpi=_DOTS, layout="constrained")
        chroma = analysis.harmony if analysis.harmony and any(analysis.harmony.chroma) else None
        grid = figure.add_gridspec(
            len(rows), 2 if chroma else 1, height_ratios=[height for height, _ in rows], width_ratios=[9, 1] if chroma else [1]
        )
        axes: list[Any] = []
        for number, (_, draw) in enumerate(rows):
            axes.append(figure.add_subplot(grid[number, 0], sharex=axes[0] if axes else None))
            axes[-1].spines[:].set_visible(False)
            draw(axes[-1])
            axes[-1].tick_params(labelbottom=number == len(rows) - 1, bottom=number == len(rows) - 1)
        mark_time(axes[-1], analysis.duration, _MOST_TICKS)
        if chroma:
            _draw_chroma(figure.add_subplot(grid[:, 1]), chroma)
        _title(axes[0], name, _figures(analysis))
        self._picture.save(figure)


def _rows(analysis: MusicAnalysis, envelope: Envelope) -> Iterator[Row]:
    """From top to bottom."""
    yield 2.4, lambda axis: _draw_waveform(axis, envelope, analysis)
    duration = analysis.duration
    if analysis.sections:
        sections = [(one.start, one.end, (one.label,), _section_colour(one)) for one in analysis.sections]
        yield 0.35, lambda axis: _draw_spans(axis, sections, "section", duration)
    if (harmony := analysis.harmony) and harmony.keys:
        keys = [(span.start, span.end, *_key(span.key)) for span in harmony.keys]
        yield 0.35, lambda axis: _draw_spans(axis, keys, "key", duration)
    if harmony and harmony.chords:
        yield 0.55, lambda axis: _draw_chords(axis, harmony, duration)
    if (rhythm := analysis.rhythm) and rhythm.tempo is not None and rhythm.curve:
        yield 1.3, lambda axis: _draw_tempo(axis, rhythm)
    if (tags := analysis.tags) and tags.tags:
        yield 0.2 * min(_MOST_TAGS, len(tags.tags)), lambda axis: _draw_tags(axis, tags)


def _title(axis: Any, name: str, figures: str) -> None:
    """The recording's name, and below it the figures of the whole."""
    axis.set_title(figures, loc="left", fontsize="large", color=_SECONDARY, pad=8)
    above = {"xy": (0, 1), "xycoords": "axes fraction", "xytext": (0, 32), "textcoords": "offset points"}
    axis.annotate(name, **above, parse_math=False, fontsize="xx-large", fontweight="bold", annotation_clip=False)


def _figures(analysis: MusicAnalysis) -> str:
    """What is said about the whole in one line."""
    said = []
    if rhythm := analysis.rhythm:
        said.append(f"{rhythm.tempo:.1f} BPM" if rhythm.tempo is not None else "no beat")
        said += [rhythm.meter] if rhythm.meter else []
    if harmony := analysis.harmony:
        said.append(f"{harmony.key.spelled} ({harmony.key.camelot})" if harmony.key else "no key")
    if analysis.tags:
        said.append(f"genre {analysis.tags.genre}" if analysis.tags.genre == "uncertain" else analysis.tags.genre)
    if analysis.dynamics and math.isfinite(analysis.dynamics.loudness.integrated):
        said.append(f"{analysis.dynamics.loudness.integrated:.1f} LUFS")
    return "  ·  ".join(said)


def _draw_waveform(axis: Any, envelope: Envelope, analysis: MusicAnalysis) -> None:
    lowest, highest = envelope.extremes
    for extreme, colour in ((lowest, _WAVE), (highest, _WAVE), (envelope.rms, _POWER), (-envelope.rms, _POWER)):
        axis.stairs(extreme, envelope.times, baseline=0, fill=True, color=colour, zorder=2)
    reach = 1.08 * max(float(-lowest.min(initial=0)), float(highest.max(initial=0))) or 1.0
    axis.set(xlim=(0, max(analysis.duration, 1e-3)), ylim=(-reach, reach), yticks=[])
    _name(axis, "waveform")
    for section in analysis.sections or ():
        axis.axvspan(section.start, section.end, color=_section_colour(section), alpha=0.2, linewidth=0, zorder=0)
    if analysis.rhythm:
        _draw_beats(axis, analysis.rhythm, reach)


def _draw_beats(axis: Any, rhythm: Rhythm, reach: float) -> None:
    """Lines; where the beats would be a wall, downbeats alone, and where those would be one, neither."""
    others = [beat.time for beat in rhythm.beats if beat.position != 1]
    if len(rhythm.beats) <= _MOST_LINES:
        axis.vlines(others, -0.8 * reach, 0.8 * reach, color=_BEAT, linewidth=0.9, alpha=0.9, zorder=3)
    if len(rhythm.downbeats) <= _MOST_LINES:
        width = 1.4 if len(rhythm.downbeats) <= _MOST_LINES / 4 else 0.7
        axis.vlines(rhythm.downbeats, -reach, reach, color=_DOWNBEAT, linewidth=width, zorder=4)


def _draw_spans(axis: Any, spans: Sequence[Span], name: str, duration: float) -> None:
    """A strip: one colour each, and the longest name that there is room for."""
    bars = [(start, end - start) for start, end, _, _ in spans]
    crowded = len(spans) > _MOST_LINES  # then the lines between them would hide them
    axis.broken_barh(bars, (0, 1), facecolors=[colour for *_, colour in spans], edgecolors="none" if crowded else "white", linewidth=0.8)
    for start, end, names, _ in spans:
        letters = ((end - start) / duration * _TIMES_INCHES - _MARGIN_INCHES) / _LETTER_INCHES
        text = next((name for name in names if len(name) <= letters), "")
        axis.text((start + end) / 2, 0.48, text, ha="center", va="center", fontsize="small", clip_on=True)
    axis.set(ylim=(0, 1), yticks=[])
    _name(axis, name)


def _draw_chords(axis: Any, harmony: Harmony, duration: float) -> None:
    """All of them, or where they are too many what is played most."""
    chords: list[Span] = [
        (one.start, one.end, (symbol,), _colour(one.root, one.quality == "min"))
        for one, symbol in zip(harmony.chords, harmony.symbols, strict=True)
    ]
    if len(chords) <= _MOST_CHORDS:
        _draw_spans(axis, chords, "chord", duration)
    else:
        _draw_spans(axis, list(_prevailing(chords, duration)), "main chord", duration)


def _prevailing(spans: Sequence[Span], duration: float) -> Iterator[Span]:
    """What lasts longest in each block of time; blocks of the same are one."""
    edges = np.linspace(0, duration, int(_TIMES_INCHES / _BLOCK_INCHES) + 1)
    starts, ends = (np.array([span[side] for span in spans])[:, None] for side in (0, 1))
    lasting = np.maximum(np.minimum(ends, edges[1:]) - np.maximum(starts, edges[:-1]), 0)  # seconds; shape (spans, blocks)
    kinds = {names: colour for *_, names, colour in spans}
    places = {names: place for place, names in enumerate(kinds)}
    total = np.zeros((len(kinds), len(edges) - 1))
    np.add.at(total, [places[names] for _, _, names, _ in spans], lasting)
    first = 0
    for best, same in groupby(total.argmax(axis=0)):
        last = first + len(list(same))
        names = list(kinds)[best]
        yield float(edges[first]), float(edges[last]), names, kinds[names]
        first = last


def _draw_tempo(axis: Any, rhythm: Rhythm) -> None:
    times, tempi = zip(*((point.time, point.bpm) for point in rhythm.curve), strict=True)
    lowest, highest = min(*tempi, rhythm.tempo), max(*tempi, rhythm.tempo)
    room = max(0.1 * (highest - lowest), 0.05 * highest)  # a steady tempo is a straight line, not a magnified trembling
    axis.axhline(rhythm.tempo, color=_FAINT, linewidth=0.9, linestyle=(0, (4, 4)))
    axis.plot(times, tempi, color=_DOWNBEAT, linewidth=1.6, marker="o" if len(times) == 1 else "")
    axis.set_ylim(lowest - room, highest + room)
    axis.grid(axis="y", color=_NONE)
    axis.locator_params(axis="y", nbins=4)
    axis.tick_params(axis="y", length=0, labelsize="small", colors=_FAINT)
    _name(axis, "BPM")


def _draw_tags(axis: Any, tags: Tags) -> None:
    names = [tag.name for tag in tags.tags[:_MOST_TAGS]]
    scores = np.array([[{tag.name: tag.score for tag in moment.tags}.get(name, 0.0) for moment in tags.over_time] for name in names])
    edges = [*(moment.start for moment in tags.over_time), tags.over_time[-1].end]
    axis.pcolormesh(edges, range(len(names) + 1), scores, vmin=0, vmax=max(0.5, float(scores.max())), cmap="BuPu")
    axis.set_yticks([row + 0.5 for row in range(len(names))], names, fontsize="small")
    axis.tick_params(axis="y", length=0)
    axis.invert_yaxis()


def _draw_chroma(axis: Any, harmony: Harmony) -> None:
    """The pitch classes of the whole, in the colours that keys and chords have."""
    axis.barh(range(12), harmony.chroma, color=[_colour(pitch, minor=False) for pitch in PITCH_CLASSES], height=0.86)
    axis.set_yticks(range(12), [Chord(0, 0, pitch, "maj").spelled(harmony.key) for pitch in PITCH_CLASSES], fontsize="small")
    axis.set(xticks=[], ylim=(-0.6, 11.6))
    axis.set_xlabel("colours of keys\nand chords; minor\nis darker", fontsize="small", color=_FAINT)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.set_title("chroma", fontsize="medium", color=_FAINT)


def _key(key: Key | None) -> tuple[Names, Colour]:
    return ((key.spelled, key.symbol), _colour(key.tonic, key.mode == "minor")) if key else (("no key", "–"), _NONE)


def _colour(root: str | None, minor: bool) -> Colour:
    """Around the circle of fifths, so that what sounds related looks related; minor is darker."""
    if root is None:
        return _NONE
    hue = PITCH_CLASSES.index(root) * 7 % 12 / 12
    return colorsys.hsv_to_rgb(hue, 0.5, 0.78) if minor else colorsys.hsv_to_rgb(hue, 0.38, 0.96)


def _section_colour(section: Section) -> str:
    return _SECTIONS[(ord(section.label[0]) - ord("A")) % len(_SECTIONS)]


def _name(axis: Any, name: str) -> None:
    axis.set_ylabel(name, rotation=0, ha="right", va="center", color=_FAINT)
