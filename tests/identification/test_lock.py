"""Promises of auricle.identification.lock: one at a time, and a dead holder holds nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from auricle.errors import CatalogueLocked, OutputError
from auricle.identification.lock import writing

HOLDER = """
import sys
from pathlib import Path
from auricle.identification.lock import writing
with writing(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_at_a_time_and_the_dead_give_way(tmp_path: Path) -> None:
    """Across processes; when the holder is killed the next one has it at once."""
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(CatalogueLocked, match=str(tmp_path)), writing(path, 0.05):
            pass
        holder.kill()
    with writing(path, 0.0):
        pass


def test_it_is_given_up_after_an_error(tmp_path: Path) -> None:
    """Whatever happens in the block."""
    with pytest.raises(KeyError), writing(tmp_path / "lock"):
        raise KeyError
    with writing(tmp_path / "lock", 0.0):
        pass


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A directory that isn't there is an error that says so."""
    with pytest.raises(OutputError, match="no such file"), writing(tmp_path / "nowhere" / "lock"):
        pass
