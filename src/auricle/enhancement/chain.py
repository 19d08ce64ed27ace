"""The chain: the steps that are asked for, in their order, on a tape or on a live stream."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from auricle.audio import Audio, Samples
from auricle.enhancement.declick import Declick
from auricle.enhancement.declip import declipped
from auricle.enhancement.deesser import DeEsser
from auricle.enhancement.denoise import denoiser
from auricle.enhancement.denoise.noise_profile import NoiseProfile, profile_of
from auricle.enhancement.equalizer import Equalizer
from auricle.enhancement.hum import hum_removed
from auricle.enhancement.leveler import Leveler
from auricle.enhancement.options import STEPS, EnhanceOptions
from auricle.enhancement.report import Facts, StepReport
from auricle.enhancement.trim import trimmed
from auricle.errors import OptionError
from auricle.loudness.limiter import Limiter
from auricle.loudness.normalize import normalized
from auricle.loudness.presets import target_of
from auricle.stages import Chain, Stage
from auricle.tape import AudioTape, Derived, Kept, Tape, Treated

__all__ = ["Shelf", "enhancer", "passes", "treated", "wanted"]

_SENSITIVITY = 0.5
_FORESIGHT_S = 4.0
_SIBILANTS_DB = 6.0

Make = Callable[[EnhanceOptions, int, int, Facts], Stage]


def wanted(options: EnhanceOptions) -> tuple[str, ...]:
    """The names of the steps that ``options`` ask for, in the order in which they are taken.

    Raises:
        OptionError: ``order`` names a step that there is not, that is not asked for, or one twice.
    """
    asked = {
        "declip": options.declip,
        "declick": options.declick is not False,
        "dehum": options.dehum is not False,
        "denoise": options.denoise is not None,
        "equalize": bool(options.equalize),
        "deess": options.deess is not False,
        "level": options.level,
        "trim": options.trim is not False,
        "normalize": options.loudness is not None,
        "limit": options.true_peak is not None and options.loudness is None,
    }
    steps = tuple(name for name in STEPS if asked[name])
    if options.order is None:
        return steps
    if sorted(options.order) != sorted(steps):
        raise OptionError("order", f"the order is {', '.join(options.order) or 'empty'}; name each step that is asked for once", steps)
    return tuple(options.order)


def passes(options: EnhanceOptions) -> int:
    """How many times the recording is played, or what has become of it: once for every step that listens, and once for the result."""
    return 1 + sum(_listens(name, options) for name in wanted(options))


def _listens(name: str, options: EnhanceOptions) -> bool:
    return name in _LISTENING and (name, options.denoise) not in {("denoise", "deepfilter"), ("denoise", "rnnoise")}


def _denoise(
    options: EnhanceOptions, rate: int, channels: int, facts: Facts, profile: NoiseProfile | None = None, foresight: float = 0.0
) -> Stage:
    if options.noise_limit == 0:
        return Chain([])
    assert options.denoise is not None  # noqa: S101 - that is why this step is taken
    return denoiser(options.denoise, rate, channels, options.noise_limit, options.guard_music, facts, profile, foresight)


def _given(value: bool | float, usual: float) -> float:
    return usual if isinstance(value, bool) else value


_STREAMING: Mapping[str, Make] = {
    "declick": lambda options, rate, channels, facts: Declick(rate, channels, _given(options.declick, _SENSITIVITY), facts),
    "denoise": _denoise,
    "equalize": lambda options, rate, channels, facts: Equalizer(rate, channels, options.equalize),
    "deess": lambda options, rate, channels, facts: DeEsser(rate, channels, _given(options.deess, _SIBILANTS_DB), facts),
    "level": lambda options, rate, channels, facts: Leveler(rate, channels, facts),
    "limit": lambda options, rate, channels, facts: Limiter(rate, channels, options.true_peak or 0.0, facts=facts),
}


# A recording need not be done with at once.
_RECORDED: Mapping[str, Make] = {
    **_STREAMING,
    "denoise": lambda options, rate, channels, facts: _denoise(options, rate, channels, facts, foresight=_FORESIGHT_S),
}


def _spectral(tape: Tape, options: EnhanceOptions, facts: Facts, notes: list[str]) -> Tape:
    given = options.noise_profile
    profile = profile_of(tape, Audio.read(Path(given)) if isinstance(given, str | os.PathLike) else given)
    return Treated(tape, lambda: _denoise(options, tape.rate, tape.channels, facts, profile))


def _normalize(tape: Tape, options: EnhanceOptions, facts: Facts, notes: list[str]) -> Tape:
    target, ceiling = target_of(options.loudness or 0.0, options.true_peak)
    return normalized(tape, target, ceiling, options.most_limiting, facts, notes)


# These listen to the whole recording before they change it.
_LISTENING: Mapping[str, Callable[[Tape, EnhanceOptions, Facts, list[str]], Tape]] = {
    "declip": lambda tape, options, facts, notes: declipped(tape, facts, notes),
    "dehum": lambda tape, options, facts, notes: hum_removed(tape, options.dehum, facts, notes),
    "denoise": _spectral,
    "trim": lambda tape, options, facts, notes: trimmed(tape, options.trim, facts, notes),
    "normalize": _normalize,
}


@dataclass(slots=True)
class Shelf:
    """Where tapes are kept that have to be played several times; one at a time, and none when it is left.

    Attributes:
        played: called with the frames of each block that is recorded, and with none when one is only listened to.
    """

    played: Callable[[int], None] = lambda frames: None
    _kept: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._kept.close()

    def keep(self, tape: Tape) -> Tape:
        """The same sound, cheap to play again; what was kept before is thrown away, for it is in this one."""
        if isinstance(tape, AudioTape | Kept):
            return tape
        kept = Kept.record(_Watched(tape, self.played))
        kept.played = lambda frames: self.played(0)
        self._kept.close()
        self._kept.callback(kept.close)
        return kept


@dataclass(frozen=True, slots=True)
class _Watched(Derived):
    played: Callable[[int], None]

    def play(self) -> Iterator[Samples]:
        for block in self.tape.play():
            yield block
            self.played(block.shape[1])


def treated(tape: Tape, options: EnhanceOptions, shelf: Shelf, notes: list[str]) -> tuple[Tape, tuple[StepReport, ...]]:
    """The tape as it sounds after all steps, and what each did: complete once the tape has been played.

    Raises:
        OptionError: an option does not fit the recording.
        ModelError: a step's model cannot be used.
    """
    steps = wanted(options)
    _check(options, steps, tape.rate, tape.channels)
    reports = []
    for name in steps:
        facts: Facts = {}
        if _listens(name, options):
            tape = _LISTENING[name](shelf.keep(tape), options, facts, notes)
        else:
            tape = _streamed(tape, options, name, facts)
        reports.append(StepReport(name, facts))
    return tape, tuple(reports)


def _streamed(tape: Tape, options: EnhanceOptions, name: str, facts: Facts) -> Tape:
    return Treated(tape, lambda: _RECORDED[name](options, tape.rate, tape.channels, facts))


def _check(options: EnhanceOptions, steps: tuple[str, ...], rate: int, channels: int) -> None:
    """What does not fit is said before anything takes its time."""
    for name in steps:
        if name in _STREAMING:
            _STREAMING[name](options, rate, channels, {})
    if options.loudness is not None:
        target_of(options.loudness, options.true_peak)


def enhancer(rate: int, channels: int, options: EnhanceOptions) -> Stage:
    """The chain for a live stream: all steps that need not hear the end of the recording first.

    What comes out is what `auricle.enhance` makes of the whole, but for the music guard, which there looks further ahead, and for
    "spectral", which here follows the noise as it comes.

    Args:
        rate: Hertz.
        channels: how many.
        options: what to do.

    Raises:
        OptionError: a step needs the whole recording, or an option does not fit the stream.
        ModelError: a step's model cannot be used.
    """
    for name in ("loudness", "noise_profile"):
        if getattr(options, name) is not None:
            raise OptionError(name, f"{name} needs the whole recording; leave it out of live audio")
    steps = wanted(options)
    if late := [name for name in steps if name not in _STREAMING]:
        raise OptionError(late[0], f"{late[0]} needs the whole recording; leave it out of live audio", tuple(_STREAMING))
    return Chain([_STREAMING[name](options, rate, channels, {}) for name in steps])
