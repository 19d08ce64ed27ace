"""A picture as a file, drawn by matplotlib without a screen."""

from __future__ import annotations

import errno
import logging
import math
import warnings
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from auricle.atomic import as_output_error, replacing
from auricle.errors import MissingDependency, OptionError

__all__ = ["KINDS", "Picture", "mark_time"]

KINDS = (".png", ".svg", ".pdf")

_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)  # seconds from one to the next, or whole hours
_IN_SECONDS = 120.0  # up to here times are seconds, beyond they are minutes and seconds


class Picture:
    """A file that a figure will be drawn into, which is checked before anything is computed for it.

    Args:
        path: of the file; its suffix names the kind.
        extra: the pip extra that draws.

    Raises:
        OptionError: there is no such kind.
        OutputError: no file can be written there.
        MissingDependency: matplotlib is not installed.

    Attributes:
        figure: makes matplotlib's figure.
    """

    def __init__(self, path: Path, extra: str) -> None:
        if path.suffix.lower() not in KINDS:
            raise OptionError(
                "plot", f"the name {path.name!r} does not say which kind of picture to draw; end it with a known suffix", KINDS
            )
        with as_output_error(str(path)):  # whether a file could be written there: by writing one beside it, which has no name
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, "it is a directory")
            TemporaryFile(dir=path.parent).close()
        try:
            from matplotlib.figure import Figure
        except ImportError as error:
            raise MissingDependency("drawing", extra) from error
        logging.getLogger("matplotlib").setLevel(logging.ERROR)  # its remarks on fonts are not our user's concern
        self._path, self.figure = path, Figure

    def save(self, figure: Any) -> None:
        """Write it; raises `OutputError` where that fails."""
        with replacing(self._path) as file, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph")  # a letter that no font has is a box in the title
            figure.savefig(file, format=self._path.suffix.lower()[1:])


def mark_time(axis: Any, duration: float, most: int) -> None:
    """Label a time axis in seconds, in minutes or in hours, with about ``most`` marks."""
    hours = 3600 * math.ceil(duration / most / 3600)
    step = next((step for step in _TICKS if duration <= most * step), hours)
    if duration > _TICKS[0]:
        ticks = range(0, math.floor(duration) + 1, step)
        axis.set_xticks(ticks, [str(tick) if duration <= _IN_SECONDS else _clock(tick) for tick in ticks])
    axis.set_xlabel(f"time ({'s' if duration <= _IN_SECONDS else 'h:min:s' if duration >= 3600 else 'min:s'})")


def _clock(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"
