"""Inside the fork server: it forks when control says so, kills when a line closes, and reaps. It looks at no recording.

A fork is the matter of `confined` once it holds nothing but what its recording needs.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import selectors
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

import auricle.codec.confined as confined
import auricle.codec.messages as messages

if sys.platform != "win32":
    import resource

__all__ = ["serve"]

_MOST_FILES = 1024  # of the fork server, which holds one for every recording


def serve(number: int) -> None:
    """Live as the fork server of the process that holds the other end of file ``number``."""
    for ignored in (signal.SIGINT, signal.SIGTERM):  # forks inherit it; they end when whoever asked for them says so
        signal.signal(ignored, signal.SIG_IGN)
    with contextlib.suppress(OSError):  # Linux: if memory runs out, rather a decoder than the server
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    confined.limit(resource.RLIMIT_NOFILE, _MOST_FILES)
    confined.try_out()
    gc.collect()
    gc.freeze()  # so that collections in forks do not copy every page that they look at
    with socket.socket(fileno=number) as given:
        control = given.dup()  # the lowest number that is free, where forks look for what they close; that of a busy parent is high
    control.sendall(b".")
    _Forks(control).run()


class _Forks:
    """The fork server's loop: it forks when control says so, kills when a line closes, and tells each line how its process ended."""

    def __init__(self, control: socket.socket) -> None:
        self._lines: dict[int, socket.socket] = {}  # by process identifier
        self._open = True
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ, lambda: self._serve(control))
        woken, wake = os.pipe()
        for end in (woken, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # a signal that is ignored would wake nobody
        self._selector.register(woken, selectors.EVENT_READ, lambda: self._reap(woken))

    def run(self) -> None:
        """Until nobody can ask for anything, and nothing is left of what was asked for."""
        while self._open or self._lines:
            for key, _ in self._selector.select()[:1]:  # one at a time: it may make the others void
                key.data()

    def _serve(self, control: socket.socket) -> None:
        word, files, _, _ = socket.recv_fds(control, 1, 3)
        if not word:
            self._selector.unregister(control)
            self._open = False
            for process in self._lines:
                os.kill(process, signal.SIGKILL)
        elif len(files) == 3:
            self._fork(*files)
        else:  # it holds as many as it may
            for file in files:
                os.close(file)

    def _fork(self, recording: int, data: int, line: int) -> None:
        server, end = os.getpid(), socket.socket(fileno=line)
        try:
            process = os.fork()
        except OSError:
            end.close()  # which says that there is no process
        else:
            if process == 0:
                _live(recording, data, server)
            self._lines[process] = end
            self._selector.register(end, selectors.EVENT_READ, lambda: self._kill(process))
        for file in (recording, data):
            os.close(file)

    def _kill(self, process: int) -> None:
        self._selector.unregister(self._lines[process])
        os.kill(process, signal.SIGKILL)

    def _reap(self, woken: int) -> None:
        os.read(woken, 4096)
        while self._lines:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                break
            with self._lines.pop(process) as line, contextlib.suppress(OSError):
                with contextlib.suppress(KeyError):  # it was killed
                    self._selector.unregister(line)
                line.sendall(messages.STATUS.pack(os.waitstatus_to_exitcode(status)))


def _live(recording: int, data: int, server: int) -> NoReturn:
    """A fork's whole life: nothing of it may return into the fork server's loop."""
    try:
        os.dup2(0, 2)  # the fork server's input is /dev/null
        os.dup2(recording, 0)
        os.dup2(data, 1)
        os.closerange(3, _MOST_FILES)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: when the fork server dies
        if os.getppid() == server:
            confined.work(socket.socket(fileno=1))
            os._exit(0)
    finally:
        os._exit(1)
