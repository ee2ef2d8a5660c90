"""Malformed payloads through a broker and the whole service: how long until the next good reading is stored.

Hypothesis makes them: bytes at random, JSON of any shape, and messages that are nearly right. After each hundred one
good reading follows on the same connection; it counts as stored when it can be read in the database.
"""

import argparse
import json
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from benchmarks.brokers import MOSQUITTO, mosquitto_in
from demo.town import demo_town
from prompts import load
from sensors.reading import KINDS
from tests.running import Service
from tests.sensors.gateway import Gateway

PAYLOADS, EACH, WITHIN_S = 10_000, 100, 30.0
HOME, DEVICE = "home-001", "bedroom_motion"
_FAMILIES = ("readings", "zigbee2mqtt", "tasmota/tele", "BTtoMQTT")
_ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
_JSON = st.recursive(_ANY, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner))
_NEARLY = st.fixed_dictionaries(
    {"kind": st.sampled_from(sorted(KINDS)) | st.text(max_size=8), "value": _ANY},
    optional={"at": _ANY | st.datetimes().map(str), "unit": _ANY, "id": _ANY, "occupancy": _ANY, "last_seen": _ANY},
)
_PAYLOADS = st.binary(max_size=300) | (_JSON | _NEARLY).map(lambda said: json.dumps(said).encode())


def payloads(number: int) -> list[bytes]:
    """So many, the same ones each time."""
    made: list[bytes] = []

    @settings(
        max_examples=number,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_PAYLOADS)
    def take(payload: bytes) -> None:
        made.append(payload)

    take()
    return made


def measure(number: int) -> dict[str, Any]:
    """Over Mosquitto where it is found, else the embedded broker."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mosquitto = mosquitto_in(folder, [HOME]) if MOSQUITTO else None
        service = Service(folder, {"MQTT_URL": mosquitto.url} if mosquitto else {})
        printed = service.take_in(demo_town(load(), 1))
        try:
            if mosquitto:
                mosquitto.start()
            service.start()
            port, password = (mosquitto.port, "pw") if mosquitto else (service.mqtt_port, printed["mqtt"][HOME])
            with Gateway(port, HOME, password) as gateway:
                took = _flooded(gateway, folder / "anbu.db", payloads(number))
        finally:
            service.stop()
            if mosquitto:
                mosquitto.stop()
    took.sort()
    return {
        "broker": "mosquitto" if mosquitto else "embedded",
        "malformed": number,
        "good_readings": len(took),
        "next_good_stored_p50_ms": round(1000 * took[len(took) // 2], 1),
        "next_good_stored_worst_ms": round(1000 * took[-1], 1),
    }


def _flooded(gateway: Gateway, database: Path, made: list[bytes]) -> list[float]:
    took = []
    for first in range(0, len(made), EACH):
        for n, payload in enumerate(made[first : first + EACH]):
            gateway.client.publish(f"homes/{HOME}/{_FAMILIES[n % len(_FAMILIES)]}/{DEVICE}", payload, qos=1)
        began, good = time.monotonic(), f"good-{first}"
        said = json.dumps({"id": good, "kind": "motion", "value": 1})
        gateway.client.publish(f"homes/{HOME}/readings/{DEVICE}", said, qos=1)
        took.append(_stored_after(database, good, began))
    return took


def _stored_after(database: Path, good: str, began: float) -> float:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as store:
        question = "SELECT 1 FROM readings WHERE key = ?"
        while not store.execute(question, (f"{HOME}\x1f{DEVICE}\x1fmotion\x1f#{good}",)).fetchone():
            if time.monotonic() - began > WITHIN_S:
                raise TimeoutError(f"{good} was not stored within {WITHIN_S:.0f} s")
            time.sleep(0.002)
    return time.monotonic() - began


def main() -> int:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--payloads", type=int, default=PAYLOADS)
    options.add_argument("--json", action="store_true", help="print one JSON object (it does in any case)")
    print(json.dumps(measure(options.parse_args().payloads)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
