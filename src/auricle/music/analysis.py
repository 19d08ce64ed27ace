"""One recording being analysed, block by block: every part of the analysis hears what it needs."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from auricle.audio import Audio
from auricle.errors import EmptyAudio, OptionError
from auricle.loudness import Meter
from auricle.music.part import RATE, Part, bounded
from auricle.music.results import UNCERTAIN, Dynamics, MusicAnalysis, Rhythm
from auricle.music.structure import snapped
from auricle.resample import MonoResampler

if TYPE_CHECKING:
    from auricle.loudness import Loudness

__all__ = ["PARTS", "Analysis", "checked"]

PARTS = ("rhythm", "harmony", "spectrum", "dynamics", "tags", "structure")

_NO_BEAT = "No steady beat was found, so there are no tempo, beats and bars."
_VARIES = "The tempo varies between {:.0f} and {:.0f} beats a minute; the one given is in the middle of it."
_STEADY = 1.1  # times as fast at most, for nine tenths of the bars: more than that is a tempo that varies
_NO_KEY = "No key was found: there is too little that has a pitch, or no key fits it much better than others."


class Analysis:
    """The analysis of one recording: `feed` its blocks, then `finish`. The same for any blocks.

    Args:
        include: the parts to analyse, of `PARTS`.
        frames: keep the spectral features of every frame.

    Raises:
        OptionError: there is no such part, or none is asked for.
        ModelError: a part's model cannot be used.
        MissingDependency: the extra ``music`` is not installed.
    """

    def __init__(self, include: Collection[str] = PARTS, *, frames: bool = False) -> None:
        wanted = checked(include)
        self._parts: dict[str, Part[Any]] = {name: _part(name, frames) for name in wanted if name != "dynamics"}
        self._ears = [_Ear(rate, parts) for rate, parts in self._by_rate()]
        self._measures_level = "dynamics" in wanted
        self._meter: Meter | None = None
        self._rate = self._channels = self._frames = 0

    def feed(self, block: Audio) -> None:
        """The next block of the recording.

        Raises:
            OptionError: its rate or channel count is not that of the block before.
        """
        if not self._rate:
            self._begin(block)
        elif (block.rate, block.channels) != (self._rate, self._channels):
            heard, before = _sound(block.rate, block.channels), _sound(self._rate, self._channels)
            raise OptionError("rate", f"a block has {heard}, those before it {before}; convert the recording first")
        self._frames += block.frames
        block = Audio(bounded(block.samples), block.rate)
        if self._meter:
            self._meter.feed(block.samples)
        for ear in self._ears:
            ear.feed(block)

    def finish(self) -> MusicAnalysis:
        """What was found.

        Raises:
            EmptyAudio: there was no sample.
        """
        if not self._frames:
            raise EmptyAudio("the recording has no samples; give one that has.")
        for ear in self._ears:
            ear.finish()
        found = {name: part.finish() for name, part in self._parts.items()}
        sections = found.pop("structure", None)
        rhythm, harmony = found.get("rhythm"), found.get("harmony")
        if "tags" in found and rhythm and harmony and not (rhythm.tempo or harmony.key):
            found["tags"] = replace(found["tags"], genre=UNCERTAIN)  # what has neither beat nor key may well be no music: noise is "metal"
        return MusicAnalysis(
            duration=self._frames / self._rate,
            rate=self._rate,
            channels=self._channels,
            dynamics=_dynamics(self._meter.loudness) if self._meter else None,
            sections=sections if sections is None else snapped(sections, rhythm.downbeats if rhythm else ()),
            notes=tuple(_notes(found)),
            **found,
        )

    def _begin(self, block: Audio) -> None:
        self._rate, self._channels = block.rate, block.channels
        self._meter = Meter(block.rate, block.channels) if self._measures_level else None

    def _by_rate(self) -> Iterator[tuple[int, list[Part[Any]]]]:
        from auricle.music.tags import RATE as TAGS_RATE

        for rate, names in ((RATE, ("rhythm", "harmony", "spectrum", "structure")), (TAGS_RATE, ("tags",))):
            if parts := [self._parts[name] for name in names if name in self._parts]:
                yield rate, parts


class _Ear:
    """What several parts hear: one channel at one rate."""

    def __init__(self, rate: int, parts: list[Part[Any]]) -> None:
        self._resampler, self._parts = MonoResampler(rate), parts

    def feed(self, block: Audio) -> None:
        self._tell(self._resampler.feed(block))

    def finish(self) -> None:
        self._tell(self._resampler.finish())

    def _tell(self, sound: Any) -> None:
        if sound.size:
            for part in self._parts:
                part.feed(sound)


def checked(include: Collection[str]) -> tuple[str, ...]:
    """The parts that are asked for, each once, in the order of `PARTS`.

    Raises:
        OptionError: there is no such part, or none is asked for.
    """
    asked = [name.lower() for name in ([include] if isinstance(include, str) else include)]
    for name in asked:
        if name not in PARTS:
            raise OptionError("include", f"there is no part {name!r} of an analysis", PARTS)
    if not asked:
        raise OptionError("include", "no part of the analysis is asked for", PARTS)
    return tuple(name for name in PARTS if name in asked)


def _part(name: str, frames: bool) -> Part[Any]:
    """A part, which brings its libraries with it."""
    match name:
        case "rhythm":
            from auricle.music.rhythm import RhythmPart

            return RhythmPart()
        case "harmony":
            from auricle.music.harmony import HarmonyPart

            return HarmonyPart()
        case "spectrum":
            from auricle.music.spectrum import SpectrumPart

            return SpectrumPart(frames=frames)
        case "structure":
            from auricle.music.structure import StructurePart

            return StructurePart()
        case _:
            from auricle.music.tags import TagsPart

            return TagsPart()


def _sound(rate: int, channels: int) -> str:
    return f"{rate} Hz and {channels} channels"


def _dynamics(loudness: Loudness) -> Dynamics:
    silent = loudness.integrated == -math.inf
    return Dynamics(loudness, None if silent else loudness.true_peak - loudness.integrated)


def _notes(found: dict[str, Any]) -> Iterator[str]:
    rhythm, harmony = found.get("rhythm"), found.get("harmony")
    if rhythm is not None and rhythm.tempo is None:
        yield _NO_BEAT
    if rhythm is not None and rhythm.curve:
        slow, fast = _spread(rhythm)
        if fast > _STEADY * slow:
            yield _VARIES.format(slow, fast)
    if harmony is not None and harmony.key is None:
        yield _NO_KEY


def _spread(rhythm: Rhythm) -> tuple[float, float]:
    """The slow and the fast end of the tempo curve, but for a twentieth of the bars at each."""
    ordered = sorted(point.bpm for point in rhythm.curve)
    few = len(ordered) // 20
    return ordered[few], ordered[-1 - few]
