"""Ends that a signal asks for."""

from __future__ import annotations

import subprocess
import sys

import pytest

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no polite kill")

_ASKED = "import os, signal, time\nfrom auricle.cli.ending import orderly\nask = lambda: os.kill(os.getpid(), signal.SIGTERM)\n"


def _run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", _ASKED + program], capture_output=True, text=True, timeout=60, check=False)


@posix
def test_an_end_that_was_forgotten_is_asked_for_again() -> None:
    """A library that swallows the exception delays the end, and does not prevent it."""
    program = "with orderly():\n    try:\n        ask()\n    except SystemExit:\n        pass\n    while True: time.sleep(0.01)"
    assert _run(program).returncode == 143


@posix
@pytest.mark.parametrize("opened", ["", "for _ in"], ids=["a function", "a generator"])
def test_what_is_cleaned_up_is_cleaned_up(opened: str) -> None:
    """Cleaning up is not interrupted, however long it takes."""
    program = f"""
def work():
    alarms = signal.getsignal(signal.SIGALRM)
    seen = []
    signal.signal(signal.SIGALRM, lambda *told: (seen.append(1), alarms(*told)))
    try:
        yield
        ask()
    finally:
        while len(seen) < 3: time.sleep(0.01)
        print("cleaned up")
with orderly():
    work_at_hand = work()
    next(work_at_hand)
    {
        "next(work_at_hand)"
        if not opened
        else '''
    try:
        ask()
    finally:
        work_at_hand.close()'''
    }
"""
    done = _run(program)
    assert (done.returncode, done.stdout) == (143, "cleaned up\n"), done.stderr


@posix
def test_a_second_kill_has_the_same_code() -> None:
    """The code is that of the first signal."""
    program = "with orderly():\n    try:\n        ask()\n    finally:\n        os.kill(os.getpid(), signal.SIGHUP)"
    assert _run(program).returncode == 143


@posix
def test_nothing_is_sent_afterwards() -> None:
    """Once the command is over no alarm is left."""
    program = "try:\n    with orderly(): ask()\nexcept SystemExit: print(signal.getitimer(signal.ITIMER_REAL))"
    assert _run(program).stdout == "(0.0, 0.0)\n"
