"""The processes that decode, as this one sees them: how they are started, killed and seen gone. What they say is `isolated`'s matter."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, Any

import auricle.codec.confined as confined
import auricle.codec.forkserver as forkserver
import auricle.codec.messages as messages

__all__ = ["Process", "fork_server", "start"]

_START_S = 60.0  # a new interpreter with numpy and libav takes 0.3 s, from a slow disk many times as long

_BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[2]); from {0.__module__} import {0.__name__} as live; live(int(sys.argv[1]))"
# What an interpreter may need to find its libraries. API keys and the like stay here.
_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT", "LANG", "LC_ALL")
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # a process with more cannot be forked safely


def start(recording: IO[bytes]) -> Process:
    """A process of its own for a recording; it waits for the order.

    Raises:
        OSError: the file has no number, or no process starts.
    """
    return _Forked(recording) if hasattr(os, "fork") else _Spawned(recording)


class Process:
    """A process that decodes one recording: its data connection, and its end."""

    def __init__(self, data: socket.socket) -> None:
        self.data = data
        self._lock = threading.Lock()  # `kill` must not hit a file number that `close` has given back

    def kill(self) -> None:
        """End it, and what waits for its messages; for any thread."""
        with self._lock:
            for cut in (self._end, lambda: self.data.shutdown(socket.SHUT_RDWR)):
                with contextlib.suppress(OSError):  # it has been cut
                    cut()

    def close(self) -> None:
        """End it, see it gone, and give back the connection."""
        self.kill()
        self.wait()
        with self._lock:
            self._release()

    def wait(self) -> int | None:
        """How it ended: its exit code, or minus a signal; None where nobody knows."""
        raise NotImplementedError

    def _end(self) -> None:
        raise NotImplementedError

    def _release(self) -> None:
        self.data.close()


class _Forked(Process):
    """A process of the fork server's."""

    def __init__(self, recording: IO[bytes]) -> None:
        data, self._line = fork_server.fork(recording.fileno())
        super().__init__(data)
        self._status: int | None = None

    def wait(self) -> int | None:
        if self._line.fileno() >= 0 and self._status is None:
            with contextlib.suppress(OSError):
                self._status = messages.STATUS.unpack(messages.receive(self._line, messages.STATUS.size, time.monotonic() + _START_S))[0]
        return self._status

    def _end(self) -> None:
        self._line.shutdown(socket.SHUT_WR)

    def _release(self) -> None:
        self._line.close()
        super()._release()


class _Spawned(Process):
    """A new interpreter, for where there is no fork."""

    def __init__(self, recording: IO[bytes]) -> None:
        data, theirs = socket.socketpair()
        super().__init__(data)
        with theirs:
            self._interpreter = _interpreter(confined.serve_one, theirs, recording)
        try:
            messages.receive(data, 1, time.monotonic() + _START_S)  # so that its start is not part of the time to decode
        except OSError:
            self.close()
            raise

    def wait(self) -> int | None:
        return self._interpreter.wait()

    def _end(self) -> None:
        self._interpreter.kill()


class _ForkServer:
    """The fork server as this process sees it: started when it is first needed, and again if it is gone. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._interpreter: subprocess.Popen[bytes] | None = None
        atexit.register(self.stop)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """In a fork of this process: the fork server is the parent's, and so may be the lock."""
        if self._control is not None and self._interpreter is not None:
            self._control.close()
            self._interpreter.returncode = 0  # it is not ours to wait for
        self._lock = threading.Lock()
        self._control = self._interpreter = None

    def start(self) -> None:
        """Have it running.

        Raises:
            OSError: it does not start.
        """
        with self._lock:
            self._running()

    def stop(self) -> None:
        """End it and the processes that it has forked."""
        with self._lock:
            self._end()

    def fork(self, recording: int) -> tuple[socket.socket, socket.socket]:
        """A new process for the file with the number ``recording``: its data connection, and its line."""
        with contextlib.ExitStack() as unless_done:
            data, theirs = (unless_done.enter_context(end) for end in socket.socketpair())
            line, servers = (unless_done.enter_context(end) for end in socket.socketpair())
            with theirs, servers, self._lock:
                socket.send_fds(self._running(), [b"."], [recording, theirs.fileno(), servers.fileno()])
            unless_done.pop_all()
            return data, line

    def _running(self) -> socket.socket:
        """The control connection of a fork server that runs."""
        if self._control is None or self._interpreter is None or self._interpreter.poll() is not None:
            self._end()
            self._control, theirs = socket.socketpair()
            with theirs:
                self._interpreter = _interpreter(forkserver.serve, theirs, subprocess.DEVNULL)
            try:
                messages.receive(self._control, 1, time.monotonic() + _START_S)
            except OSError:
                self._interpreter.kill()
                self._end()
                raise
            self._control.settimeout(None)
        return self._control

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()  # which tells it to end
        if self._interpreter is not None:
            self._interpreter.wait()
        self._control = self._interpreter = None


fork_server = _ForkServer()


def _interpreter(entry: Callable[[int], None], connection: socket.socket, stdin: IO[bytes] | int) -> subprocess.Popen[bytes]:
    """A new interpreter that runs ``entry``, finds modules where this process does, and holds nothing else of it."""
    path = json.dumps([place for place in sys.path if isinstance(place, str)])
    command = [sys.executable, "-P", "-c", _BOOT.format(entry), str(connection.fileno()), path]
    environment = {name: os.environ[name] for name in _VARIABLES if name in os.environ} | _ONE_THREAD
    # A session of its own: what is typed at the terminal, such as Ctrl-C, is for this process to judge.
    options: dict[str, Any] = {"pass_fds": [connection.fileno()], "start_new_session": True}
    if sys.platform == "win32":
        connection.set_inheritable(True)
        only_it = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [connection.fileno()]})
        options = {"startupinfo": only_it, "creationflags": subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL, env=environment, **options)  # noqa: S603 - ourselves
