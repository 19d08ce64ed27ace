"""The words of `auricle enhance` → what to do to a recording."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

from auricle.audio import Audio
from auricle.cli.enhance_parser import STEPS
from auricle.enhancement import Denoiser, EnhanceOptions, wanted
from auricle.enhancement.denoise.noise_profile import profile_of
from auricle.errors import OptionError
from auricle.loudness import target_of
from auricle.tape import AudioTape

__all__ = ["named_as_typed", "options_of"]

_SPAN = re.compile(r"(\d+(?:\.\d*)?)-(\d+(?:\.\d*)?)")
# Fields whose option has another name.
_TYPED = {"noise_limit": "denoise", "dehum": "hum", "equalize": "eq"}
_MOST_LIMITING = 15.0


def options_of(arguments: Namespace) -> EnhanceOptions:
    """What is asked for.

    Raises:
        OptionError: nothing, or what cannot be had from any recording; names the option.
        InputError: the recording of the noise cannot be used.
    """
    with named_as_typed():
        options = _options(arguments)
        _check(arguments, options)
    return options


def _options(arguments: Namespace) -> EnhanceOptions:
    from auricle.enhancement.equalizer import parse_band

    engine, limit = _denoiser(arguments)
    return EnhanceOptions(
        denoise=engine,
        noise_limit=limit,
        noise_profile=None if arguments.noise_profile is None else _profile(arguments.noise_profile),
        guard_music=arguments.guard_music,
        declip=arguments.declip,
        declick=_given(arguments.declick),
        dehum=_given(arguments.hum),
        equalize=tuple(map(parse_band, arguments.eq)),
        deess=_given(arguments.deess),
        level=arguments.level,
        trim=_given(arguments.trim),
        loudness=arguments.loudness,
        true_peak=arguments.true_peak,
        most_limiting=_MOST_LIMITING if arguments.most_limiting is None else arguments.most_limiting,
        order=None if arguments.order is None else _order(arguments.order),
    )


def _given(value: bool | float | None) -> bool | float:
    return False if value is None else value


def _denoiser(arguments: Namespace) -> tuple[Denoiser | None, float | None]:
    """Engine and limit of ENGINE:DB, ENGINE, DB or nothing."""
    word, usual = arguments.denoise, "deepfilter" if arguments.noise_profile is None else "spectral"
    if word is None:
        return (None if arguments.noise_profile is None else "spectral"), None
    engine, _, limit = word.partition(":")
    if not limit and (number := _number(engine)) is not None:
        return cast(Denoiser, usual), number
    if limit and _number(limit) is None:
        raise OptionError("denoise", f"{limit!r} is no number; give ENGINE:DB, such as deepfilter:12")
    return cast(Denoiser, engine or usual), _number(limit)


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _profile(word: str) -> Audio | tuple[float, float]:
    span = _SPAN.fullmatch(word)
    return (float(span[1]), float(span[2])) if span else Audio.read(word)


def _order(words: str) -> tuple[str, ...]:
    """The steps as the library calls them."""
    steps = tuple(STEPS.get(word.strip(), word.strip()) for word in words.split(","))
    if unknown := [step for step in steps if step not in STEPS.values()]:
        raise OptionError("order", f"there is no step {unknown[0]!r}", STEPS)
    return steps


def _check(arguments: Namespace, options: EnhanceOptions) -> None:
    asked = wanted(replace(options, order=None))
    if not asked:
        raise OptionError("denoise", f"there is nothing to do; ask for it, or for one of {', '.join(_others())}")
    if options.order is not None:
        _check_order(options.order, asked)
    if isinstance(options.noise_profile, Audio):
        profile_of(AudioTape(options.noise_profile), options.noise_profile)  # it is wrong for every recording, or for none
    if options.loudness is not None:
        target_of(options.loudness, options.true_peak)
    if options.loudness is None and arguments.most_limiting is not None:
        raise OptionError("most_limiting", "this is about how loud it is to be; say --loudness, or leave it out")
    if options.denoise is None and not options.guard_music:
        raise OptionError("no_music_guard", "this is about taking noise away; say --denoise, or leave it out")


def _check_order(order: tuple[str, ...], asked: tuple[str, ...]) -> None:
    """In the words that are typed."""
    typed = {name: word for word, name in STEPS.items()}
    if extra := [typed[name] for name in dict.fromkeys(order) if name not in asked]:
        raise OptionError("order", f"not asked for: {', '.join(extra)}; add {_options_for(extra)}, or leave that out of the order")
    if lacking := [typed[name] for name in asked if name not in order]:
        raise OptionError("order", f"not in the order: {', '.join(lacking)}; name each step that is asked for once")
    if len(order) > len(asked):
        raise OptionError("order", "a step is there twice; name each step that is asked for once")


def _options_for(words: Iterable[str]) -> str:
    return " and ".join(f"--{word}" for word in words)


def _others() -> Iterator[str]:
    return (f"--{name}" for name in STEPS if name != "denoise")


@contextmanager
def named_as_typed() -> Iterator[None]:
    """Errors name the option, not the library's field."""
    try:
        yield
    except OptionError as error:
        if (name := _TYPED.get(error.field)) is None:
            raise
        raise OptionError(name, str(error).replace(error.field, name)) from error
