"""The service as others meet it: a real process with ports of its own, a town, and nothing shared with the caller."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

import httpx

ROOT = Path(__file__).parents[1]
#: a start takes a second or two of a processor; on the busiest machine that has been a minute and more.
START_WITHIN_S = 180.0


def free_port() -> int:
    """A TCP port that nobody has, this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process(Protocol):
    """What is asked of a running process."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int) -> None: ...

    def kill(self) -> None: ...


@dataclass
class Service:
    """`main.py run` in a folder of its own. Use as a context manager; `kill` is kill -9, `start` starts it again."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    http_port: int = field(default_factory=free_port)
    mqtt_port: int = field(default_factory=free_port)
    roles: str = "all"
    process: Process | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def environment(self) -> dict[str, str]:
        """Its settings, and nothing of the caller's own."""
        own = {
            "ANBU_DATABASE_URL": f"sqlite:///{self.folder}/anbu.db",
            "ANBU_VAR_DIR": str(self.folder),
            "ANBU_HTTP_PORT": str(self.http_port),
            "ANBU_MQTT_PORT": str(self.mqtt_port),
            "ANBU_WYOMING_PORT": "",
            "ANBU_VOSK_FETCH": "0",
            "ANBU_SECRET_KEY": "a secret of the tests, long enough",
            "ANBU_INSTANCE": "test",
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ANBU_")}
        return inherited | own | {f"ANBU_{name}": value for name, value in self.settings.items()}

    def verb(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another verb of the command line against the same store."""
        return subprocess.run(
            [sys.executable, str(ROOT / "main.py"), *arguments],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def take_in(self, town: Mapping[str, Any]) -> dict[str, Any]:
        """Import a town; what `import` printed."""
        file = self.folder / f"town-{secrets.token_hex(4)}.json"
        file.write_text(json.dumps(town, ensure_ascii=False), "utf-8")
        done = self.verb("import", str(file))
        assert done.returncode == 0, done.stderr
        printed: dict[str, Any] = json.loads(done.stdout)
        return printed

    def token(self, role: str = "admin") -> str:
        """A new API token."""
        done = self.verb("token", "create", "--role", role, "--name", "tests")
        assert done.returncode == 0, done.stderr
        return str(json.loads(done.stdout)["token"])

    def start(self) -> float:
        """Start and wait until it is ready; the seconds that took."""
        began = time.monotonic()
        self.process = self.spawn()
        while time.monotonic() - began < START_WITHIN_S:
            if self.process.poll() is not None:
                break
            if self.ready():
                return time.monotonic() - began
            time.sleep(0.02)
        raise AssertionError(f"the service did not become ready:\n{self.log()[-3000:]}")

    def spawn(self) -> Process:
        """A new process of it, not ready yet."""
        with (self.folder / "service.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, str(ROOT / "main.py"), "run", "--roles", self.roles],
                env=self.environment,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self._end(signal.SIGTERM)

    def log(self) -> str:
        """Everything it has logged."""
        file = self.folder / "service.log"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    def get(self, path: str, token: str) -> Any:
        """GET below /api/v1, as JSON."""
        answer = httpx.get(f"{self.url}/api/v1/{path}", headers={"Authorization": f"Bearer {token}"}, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def ready(self) -> bool:
        """Whether /readyz says yes."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(timeout=5)
        self.process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
