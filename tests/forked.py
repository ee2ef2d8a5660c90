"""The real service, forked from a process that has its modules loaded: it starts in half a second, dies as always.

Loading takes most of a start's processor time; `tests/speech/test_model_service.py` starts the service from its file.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.running import Process, Service

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["main", "wiring.running", "wiring.accounts", "tests.forked"])
VERB_WITHIN_S = 120.0


def main_py(arguments: Sequence[str], environment: dict[str, str], folder: Path, out: Path) -> None:
    """`main.py` with these arguments, in the child; what it prints goes to the end of `out`."""
    from errors import exit_told
    from main import app

    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    file = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for standard in (1, 2):
        os.dup2(file, standard)
    sys.argv = ["main.py", *arguments]
    exit_told(app)


@dataclass
class Child:
    """A forked process as `Process` has it."""

    process: ForkServerProcess

    @property
    def pid(self) -> int:
        return self.process.pid or 0

    def poll(self) -> int | None:
        return self.process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self.process.join(timeout)
        if self.process.exitcode is None:
            raise subprocess.TimeoutExpired("the service", timeout or 0)
        return self.process.exitcode

    def send_signal(self, sig: int) -> None:
        os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@dataclass
class Forked(Service):
    """`fault`: where the next process is to die ("send:1"), "" for nowhere."""

    fault: str = ""

    def spawn(self) -> Process:
        environment = self.environment | ({"FAULT": self.fault} if self.fault else {})
        return self._fork(["run", "--roles", self.roles], environment, self.folder / "service.log")

    def verb(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        out = self.folder / "verb.out"
        out.unlink(missing_ok=True)
        code = self._fork(arguments, self.environment, out).wait(VERB_WITHIN_S)
        said = out.read_text("utf-8")
        return subprocess.CompletedProcess(arguments, code, said, said)

    def _fork(self, arguments: Sequence[str], environment: dict[str, str], out: Path) -> Child:
        made = _context.Process(target=main_py, args=(tuple(arguments), environment, self.folder, out), daemon=True)
        made.start()
        return Child(made)
