"""Processes that begin with all that they need already imported.

Importing takes a processor half a second, and the suite starts hundreds of the same few processes.
So of each kind one imports, and forks for whoever asks. What is begun so is a process like any
other: with a memory, a pid and an end of its own.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

NURSE = """
import json, os, socket, sys
from importlib import import_module

line, begun = socket.socket(fileno=int(sys.argv[1])), None
for name in sys.argv[2:]:
    import_module(name)
with line, line.makefile() as asked:
    for text in asked:
        told = json.loads(text)
        if "pid" in told:
            ended, status = os.waitpid(told["pid"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if ended else None
        elif answer := os.fork():
            pass
        else:
            begun = told
            break
        line.sendall(json.dumps(answer).encode() + b"\\n")
if begun:
    for number, path in enumerate(begun["files"]):
        os.dup2(os.open(path, os.O_RDWR), number)
    os.environ.clear()
    os.environ.update(begun["environment"])
    sys.argv = ["-c", *begun["given"]]
    exec(begun["program"], {"__name__": "__main__"})
"""


class Begun:
    """A process that a nursery began: what `subprocess.Popen` tells of its own."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self._nursery = nursery
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._nursery.ask({"pid": self.pid})
        return self.returncode

    def wait(self, timeout: float = 60.0) -> int:
        until, pause = time.monotonic() + timeout, 0.001
        while (status := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(pause)
            pause = min(2 * pause, 0.02)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Nursery:
    """Begins processes that need these modules. It is there from the first of them on, and goes
    with the process of the tests. Where it is `strict` a warning ends what it begins."""

    def __init__(self, *modules: str, strict: bool = True) -> None:
        self._command = [sys.executable, *(("-W", "error") if strict else ()), "-c", NURSE]
        self._modules = modules
        self._lock = threading.Lock()
        self._line: socket.socket | None = None

    def begin(self, program: str, given: Sequence[object], files: Sequence[Path] = ()) -> Begun:
        """As `python -c PROGRAM GIVEN …`. The `files` are its standard input, output and error, for
        as many as there are."""
        told: dict[str, object] = {"program": program, "environment": dict(os.environ)}
        told |= {"given": [str(one) for one in given], "files": [str(one) for one in files]}
        pid = self.ask(told)
        assert pid is not None
        return Begun(self, pid)

    def run(
        self, program: str, given: Sequence[str], typed: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """As `begin`, to its end: with what it said, and after it was told what is `typed`."""
        with TemporaryDirectory() as folder:
            files = [Path(folder) / name for name in ("in", "out", "err")]
            for path in files:
                path.write_text(typed if path.name == "in" else "")
            status = self.begin(program, given, files).wait(300)
            _, out, err = (path.read_text() for path in files)
        return subprocess.CompletedProcess(given, status, out, err)

    def ask(self, told: dict[str, object]) -> int | None:
        with self._lock:
            line = self._line = self._line or self._opened()
            line.sendall(json.dumps(told).encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n"):
                more = line.recv(100)
                assert more, "the nurse is gone"
                answer += more
        found: int | None = json.loads(answer)
        return found

    def _opened(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            nurse = subprocess.Popen(
                [*self._command, str(number), *self._modules],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                pass_fds=(number,),
            )

        def leave() -> None:
            ours.close()
            nurse.wait()

        atexit.register(leave)
        return ours
