"""Errors as one line on standard error, and as an exit code."""

from __future__ import annotations

from pathlib import Path

from auricle.cli import output
from auricle.errors import AuricleError, OptionError, UnknownModel

__all__ = ["exit_code", "report"]

# Fields whose option has another name.
_OPTIONS = {"sample_rate": "--rate", "output_format": "--format", "speaker_wav": "--clone", "metadata": "--meta"}
_ARGUMENTS = {"text"}  # which are no options
# What the library says in Python's words.
_RAW, _RAW_OPTIONS = "(and channels, bit_depth)", "(and --channels, --bit-depth)"
_SALVAGE, _SALVAGE_OPTION = "ask for salvage", "add --salvage"


def exit_code(error: AuricleError) -> int:
    """2 for wrong usage, 1 for everything else."""
    return 2 if isinstance(error, (OptionError, UnknownModel)) else 1


def report(name: str | None, error: AuricleError, *, salvage: bool = False) -> int:
    """Say what is wrong, with the input's name where it is about one and the option's where that is why; gives the exit code.

    Args:
        name: of the input.
        error: what is wrong.
        salvage: whether the command has the option ``--salvage``.
    """
    message = str(error) if name is None else _about_it(str(error), name)
    if salvage:
        message = message.replace(_SALVAGE, _SALVAGE_OPTION)
    if isinstance(error, OptionError):
        message = _as_typed(error.field, message)
    output.note(f"auricle: {message}" if name is None else f"auricle: {name}: {message}")
    return exit_code(error)


def _as_typed(field: str, message: str) -> str:
    """The message behind the option's name, in which the option is called as it is typed."""
    option = _OPTIONS.get(field, "--" + field.replace("_", "-"))
    if field in _OPTIONS:
        message = message.replace(f" {field}", f" {option}").replace(_RAW, _RAW_OPTIONS)
    return message if field in _ARGUMENTS else f"{option}: {message}"


def _about_it(message: str, name: str) -> str:
    """The message without the input's name, which stands before it already."""
    for label in (Path(name).name, "the audio"):  # the decoder's names of a path and of a pipe
        for opening in ("", "cannot read "):
            if message.startswith((f"{opening}{label} ", f"{opening}{label}:")):
                return f"{opening}it{message.removeprefix(opening + label)}"
    return message
