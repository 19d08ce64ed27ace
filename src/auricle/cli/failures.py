"""Errors as one line on standard error, and as an exit code."""

from __future__ import annotations

from pathlib import Path

from auricle.cli import output
from auricle.errors import AuricleError, OptionError, UnknownModel

__all__ = ["exit_code", "report"]

# Fields whose option has another name.
_OPTIONS = {"sample_rate": "--rate", "output_format": "--format", "speaker_wav": "--clone"}


def exit_code(error: AuricleError) -> int:
    """2 for wrong usage, 1 for everything else."""
    return 2 if isinstance(error, (OptionError, UnknownModel)) else 1


def report(name: str | None, error: AuricleError) -> int:
    """Say what is wrong, with the input's name where it is about one; gives the exit code."""
    if name is not None:
        output.note(f"auricle: {name}: {_about_it(str(error), name)}")
    elif isinstance(error, OptionError):
        option = _OPTIONS.get(error.field, "--" + error.field.replace("_", "-"))
        output.note(f"auricle: {option}: {str(error).replace(f' {error.field}', f' {option}') if error.field in _OPTIONS else error}")
    else:
        output.note(f"auricle: {error}")
    return exit_code(error)


def _about_it(message: str, name: str) -> str:
    """The message without the input's name, which stands before it already."""
    for label in (Path(name).name, "the audio"):  # the decoder's names of a path and of a pipe
        for opening in ("", "cannot read "):
            if message.startswith((f"{opening}{label} ", f"{opening}{label}:")):
                return f"{opening}it{message.removeprefix(opening + label)}"
    return message
