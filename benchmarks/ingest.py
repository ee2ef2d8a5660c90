"""Readings stored per second over MQTT QoS 1, acknowledged after the commit, with the whole service behind it."""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import paho.mqtt.client as paho
import psutil
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.brokers import MOSQUITTO, Mosquitto, mosquitto_in
from demo.town import demo_town
from prompts import load
from tests.running import Service

HOMES = 50
PRESSES, PAUSE_S = 60, 0.25
#: turns of either side; processor seconds in a second below which the service rests.
ROUNDS, QUIET_S = 3, 0.15


def measure(broker: str, database: str | None, number: int) -> dict[str, Any]:
    """The service's figures and, over Mosquitto, those of a bare consumer that takes its turn with it."""
    with tempfile.TemporaryDirectory() as name:
        return _service(Path(name), broker, database, number)


def _service(folder: Path, broker: str, database: str | None, number: int) -> dict[str, Any]:
    homes = [f"home-{n:03}" for n in range(1, HOMES + 1)]
    mosquitto = mosquitto_in(folder, homes) if broker == "mosquitto" else None
    settings = {"MQTT_URL": mosquitto.url} if mosquitto else {}
    if database:
        settings["DATABASE_URL"] = database
    service = Service(folder, settings)
    printed = service.take_in(demo_town(load(), HOMES))
    passwords = dict.fromkeys(homes, "pw") if mosquitto else dict(printed["mqtt"])
    port = mosquitto.port if mosquitto else service.mqtt_port
    try:
        if mosquitto:
            mosquitto.start()
        service.start()
        calm = _presses(port, passwords[homes[0]])
        stored = _turns(folder, service, port, passwords, database, number)
        with _Flood(port, passwords, number // ROUNDS):
            busy = _presses(port, passwords[homes[0]], "busy")
    finally:
        service.stop()
        if mosquitto:
            mosquitto.stop()
    return {"broker": broker, "database": "postgres" if database else "sqlite", **stored, **calm, **busy}


def _turns(
    folder: Path, service: Service, port: int, passwords: dict[str, str], database: str | None, number: int
) -> dict[str, Any]:
    """Service and bare consumer, one after the other, ROUNDS times; the medians."""
    ours, theirs = [], []
    for n in range(ROUNDS):
        ours.append(_flooded(service, port, passwords, number // ROUNDS))
        _settle(service)
        if isinstance(service.settings.get("MQTT_URL"), str):
            theirs.append(_bare(folder / f"bare-{n}", database, number // ROUNDS))
    figures: dict[str, Any] = {key: sum(each[key] for each in ours) for key in ("readings", "lost")}
    for key in ("readings_per_s", "service_cpu_us_per_reading"):
        figures[key] = median(each[key] for each in ours)
    if theirs:
        figures["bare_consumer_per_s"] = median(theirs)
        figures["ratio_to_bare"] = round(figures["readings_per_s"] / figures["bare_consumer_per_s"], 2)
    return figures


def _settle(service: Service) -> None:
    """Wait until the rules have looked at everything, so that the other side has the machine for itself."""
    for _ in range(60):
        busy = _cpu_s(service)
        time.sleep(1)
        if _cpu_s(service) - busy < QUIET_S:
            return


def _flooded(service: Service, port: int, passwords: dict[str, str], number: int) -> dict[str, Any]:
    before, busy = _stored(service), _cpu_s(service)
    with _Flood(port, passwords, number) as flood:
        sent = flood.wait()
        while (stored := _stored(service)) < before + sent["sent"]:
            time.sleep(0.02)
            if time.time() - sent["acknowledged"] > 120:
                break
    ended = time.time()
    return {
        "readings": int(stored - before),
        "readings_per_s": round((stored - before) / (ended - sent["started"])),
        "service_cpu_us_per_reading": round(1e6 * (_cpu_s(service) - busy) / max(1, stored - before)),
        "lost": int(before + sent["sent"] - stored),
    }


def _cpu_s(service: Service) -> float:
    """Processor time of the service: what the figure would be if nobody else were on the machine."""
    assert service.process is not None
    times = psutil.Process(service.process.pid).cpu_times()
    return float(times.user + times.system)


def _stored(service: Service) -> float:
    for line in httpx.get(f"{service.url}/metrics", timeout=30).text.splitlines():
        if line.startswith("anbu_readings_total "):
            return float(line.split()[1])
    return 0.0


class _Flood:
    """The flood in a process of its own."""

    def __init__(self, port: int, passwords: dict[str, str], number: int) -> None:
        each = str(number // len(passwords))
        command = [sys.executable, "-m", "benchmarks.flood", "--port", str(port), "--homes", json.dumps(passwords)]
        self._process = subprocess.Popen([*command, "--each", each], stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> "_Flood":
        return self

    def wait(self) -> dict[str, float]:
        """What it sent, once everything is acknowledged to it."""
        out, _ = self._process.communicate(timeout=600)
        figures: dict[str, float] = json.loads(out)
        return figures

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.communicate(timeout=600)


def _presses(port: int, password: str, when: str = "calm") -> dict[str, float]:
    """From the SOS being published until the home hears that its escalation is committed."""
    pressed: dict[str, float] = {}
    took: list[float] = []
    all_heard = threading.Event()

    def on_message(_client: Any, _data: Any, message: Any) -> None:
        began = pressed.pop(json.loads(message.payload)["id"], None)
        if began is not None:
            took.append(time.monotonic() - began)
            if len(took) == PRESSES:
                all_heard.set()

    client = paho.Client(CallbackAPIVersion.VERSION2, f"presser-{when}")
    client.username_pw_set("home-001", password)
    client.on_message = on_message
    client.connect("127.0.0.1", port)
    client.subscribe("homes/home-001/sos/ack", qos=1)
    client.loop_start()
    time.sleep(0.5)
    for n in range(PRESSES):
        pressed[f"{when}-{n}"] = time.monotonic()
        client.publish("homes/home-001/sos", json.dumps({"id": f"{when}-{n}"}), qos=1)
        time.sleep(PAUSE_S)
    all_heard.wait(60)
    client.disconnect()
    client.loop_stop()
    took.sort()
    return {
        f"sos_answered_{when}": len(took),
        f"sos_{when}_p50_ms": round(1000 * took[len(took) // 2], 1),
        f"sos_{when}_p99_ms": round(1000 * took[int(len(took) * 0.99)], 1),
    }


def _bare(folder: Path, database: str | None, number: int) -> float:
    folder.mkdir()
    homes = [f"home-{n:03}" for n in range(1, HOMES + 1)]
    broker: Mosquitto = mosquitto_in(folder, homes)
    broker.start()
    number = number // HOMES * HOMES
    command = [sys.executable, "-m", "benchmarks.bare", "--port", str(broker.port), "--number", str(number)]
    target = str(folder / "bare.db") if database is None else database.replace("+psycopg", "")
    consumer = subprocess.Popen([*command, "--database", target], stdout=subprocess.PIPE, text=True)
    try:
        assert consumer.stdout is not None
        consumer.stdout.readline()
        with _Flood(broker.port, dict.fromkeys(homes, "pw"), number) as flood:
            sent = flood.wait()
            ended = json.loads(consumer.communicate(timeout=600)[0])
    finally:
        consumer.kill()
        consumer.wait()
        broker.stop()
    return float(round(ended["stored"] / (ended["ended"] - sent["started"])))


def main() -> int:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--broker", choices=("mosquitto", "embedded"), default="mosquitto")
    options.add_argument("--db", default="sqlite", help="sqlite, or postgresql+psycopg://…")
    options.add_argument("--readings", type=int, default=90_000)
    options.add_argument("--json", action="store_true", help="print one JSON object (it does in any case)")
    chosen = options.parse_args()
    broker = chosen.broker if MOSQUITTO else "embedded"
    print(json.dumps(measure(broker, None if chosen.db == "sqlite" else chosen.db, chosen.readings)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
