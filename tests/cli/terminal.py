"""A small terminal, for tests of what stands on the screen: it knows what our commands send, and fails at anything else."""

from __future__ import annotations

import re
import unicodedata

_PIECES = re.compile(r"\x1b\[(\??\d*)([A-Za-z])|([\r\n])|(.)", re.DOTALL)


class Terminal:
    """Rows of cells of which the last ``height`` are in view; what is above has scrolled away and cannot be changed.

    Attributes:
        rows: each as a list of (character, whether it is dim); the second half of a wide character is "".
        row, column: where the cursor is.
        shown: whether it is visible.
        wraps: whether a row that is too long goes on in the next one; otherwise its end is cut off.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.rows: list[list[tuple[str, bool]]] = [[]]
        self.row = self.column = 0
        self.dim, self.shown, self.wraps = False, True, True

    def write(self, text: str) -> None:
        """Obey."""
        for value, command, control, char in _PIECES.findall(text):
            if command:
                self._command(value, command)
            elif control == "\r":
                self.column = 0
            elif control == "\n":
                self._down()
            else:
                assert unicodedata.category(char) != "Cc", f"unknown: {char!r}"
                self._put(char)

    def text(self) -> list[str]:
        """All rows, without trailing blanks."""
        return ["".join(char for char, _ in row).rstrip() for row in self.rows]

    def dimmed(self) -> str:
        """Everything that is dim."""
        return "".join(char for row in self.rows for char, dim in row if dim)

    def _command(self, value: str, command: str) -> None:
        match command, value:
            case "A", _:
                self.row -= int(value)
                assert self.row >= max(0, len(self.rows) - self.height), "the cursor went above the view"
            case "K", "":
                del self.rows[self.row][self.column :]
            case "J", "":
                del self.rows[self.row][self.column :], self.rows[self.row + 1 :]
            case "m", _:
                self.dim = {"0": False, "2": True}[value]
            case (("h" | "l"), "?25"):
                self.shown = command == "h"
            case (("h" | "l"), "?7"):
                self.wraps = command == "h"
            case _:
                raise AssertionError(f"unknown: {value}{command}")

    def _down(self) -> None:
        self.column = 0  # which the terminal's line discipline adds
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append([])

    def _put(self, char: str) -> None:
        if unicodedata.category(char) in ("Mn", "Cf"):
            before, dim = self.rows[self.row][self.column - 1]
            self.rows[self.row][self.column - 1] = (before + char, dim)
            return
        columns = 1 + (unicodedata.east_asian_width(char) in "WF")
        if self.column + columns > self.width:
            if not self.wraps:
                return
            self._down()
        row = self.rows[self.row]
        row.extend([(" ", False)] * (self.column - len(row)))
        row[self.column : self.column + columns] = [(char, self.dim), ("", self.dim)][:columns]
        self.column += columns
