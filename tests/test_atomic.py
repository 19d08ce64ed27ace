"""Promises of auricle.atomic: a file appears whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from auricle.atomic import as_output_error, replacing
from auricle.errors import DecodeTimeout, OutputError, UnreadableInput

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX modes")


def test_new_file_is_whole(tmp_path: Path) -> None:
    """Nothing has the name until the block has ended; then everything does, and nothing else is left."""
    target = tmp_path / "a.bin"
    with replacing(target) as file:
        file.write(b"content")
        assert not target.exists()
    assert target.read_bytes() == b"content"
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_any_error_leaves_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    """The old content stays and no part of the new one."""
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    with pytest.raises(error), replacing(target) as file:
        file.write(b"new")
        raise error
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_operating_system_error_is_output_error(tmp_path: Path) -> None:
    """No such folder: our error, which names the file."""
    with (
        pytest.raises(OutputError, match=r"cannot write .*missing.*: no such file or directory\."),
        replacing(tmp_path / "missing" / "a.bin"),
    ):
        pass


def test_a_directory_is_not_replaced(tmp_path: Path) -> None:
    """A folder is not a file."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="directory"), replacing(tmp_path / "folder"):
        pass
    assert (tmp_path / "folder").is_dir()
    assert len(list(tmp_path.iterdir())) == 1


@posix
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_mode_follows_the_umask(tmp_path: Path, umask: int) -> None:
    """The file may be read by whom any new file may, and the process's umask is as before."""
    before = os.umask(umask)
    try:
        with replacing(tmp_path / "a.bin") as file:
            file.write(b"x")
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.bin").stat().st_mode) == 0o666 & ~umask


@posix
def test_the_longest_name(tmp_path: Path) -> None:
    """A name as long as the file system allows can be written, for titles in some scripts soon are."""
    target = tmp_path / ("題" * 83 + ".wav")  # 253 of 255 bytes
    target.write_bytes(b"the system takes it")
    with replacing(target) as file:
        file.write(b"new")
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize(
    "error",
    [UnreadableInput("in.wav", OSError("gone")), DecodeTimeout("it takes too long."), OutputError("out.wav", OSError("full"))],
    ids=repr,
)
def test_our_own_errors_pass(error: OSError) -> None:
    """An input's error inside the block stays what it is, though it is an `OSError` too."""
    with pytest.raises(type(error)) as caught, as_output_error("out.wav"):
        raise error
    assert caught.value is error
