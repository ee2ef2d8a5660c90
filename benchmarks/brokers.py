"""A Mosquitto of one's own, with the shipped configuration: for benchmarks and tests."""

import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "deploy" / "mosquitto"
MOSQUITTO = shutil.which("mosquitto") or ("/usr/sbin/mosquitto" if Path("/usr/sbin/mosquitto").exists() else None)
PASSWORD = "pw"  # noqa: S105 - of a broker that lives for one test


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Mosquitto:
    """A Mosquitto in a folder of its own, on a free port; everybody's password is PASSWORD."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the service connects."""
        return f"mqtt://anbu:{PASSWORD}@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until it listens."""
        assert MOSQUITTO is not None
        command = [MOSQUITTO, "-c", str(self.folder / "mosquitto.conf")]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise RuntimeError("mosquitto does not listen")

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """Stop it properly."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None


def mosquitto_in(folder: Path, homes: list[str], configuration: str = "mosquitto.conf") -> Mosquitto:
    """A Mosquitto with the shipped files in `folder`, where these homes and the service can sign in.

    configuration: which of the shipped ones, mosquitto.conf or mosquitto-durable.conf.
    """
    port = free_port()
    text = (SHIPPED / configuration).read_text("utf-8")
    for shipped, ours in [
        ("listener 1883", f"listener {port} 127.0.0.1"),
        ("/etc/mosquitto/anbu/passwords", f"{folder}/passwords"),
        ("/etc/mosquitto/anbu/acl", f"{SHIPPED}/acl"),
        ("/var/lib/mosquitto/", f"{folder}/"),
    ]:
        if shipped not in text:
            raise RuntimeError(f"the shipped {configuration} no longer says {shipped}")
        text = text.replace(shipped, ours)
    # Mosquitto started as root becomes `mosquitto`, which may not read the test's folder.
    (folder / "mosquitto.conf").write_text(text + "\nuser root\nlog_dest none\n", "utf-8")
    imported = '{"mqtt": {' + ", ".join(f'"{home}": "{PASSWORD}"' for home in homes) + "}}"
    command = [sys.executable, str(SHIPPED / "passwords.py"), "--file", f"{folder}/passwords", "--service", PASSWORD]
    subprocess.run(command, input=imported.encode(), check=True)
    return Mosquitto(folder, port)
