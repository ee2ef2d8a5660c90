"""One reading of one sensor, as every rule and table of this room sees it."""

from datetime import datetime
from typing import NamedTuple

#: every kind of reading the service knows, with the unit it is kept in ("" = a state, 0 or 1).
KINDS: dict[str, str] = {
    "motion": "",
    "presence": "",
    "contact": "",
    "bed": "",
    "power": "W",
    "energy": "kWh",
    "water": "L",
    "temperature": "°C",
    "humidity": "%",
    "smoke": "",
    "gas": "",
    "co": "",
    "leak": "",
    "vibration": "",
    "fall": "",
    "sos": "",
    "heart_rate": "bpm",
    "spo2": "%",
    "systolic": "mmHg",
    "diastolic": "mmHg",
    "glucose": "mg/dL",
    "body_temperature": "°C",
    "weight": "kg",
    "steps": "",
}


class Reading(NamedTuple):
    """A value a home's device reported. `at` is aware; `contact` 1 = open; `id` only where the sender gave one.

    A named tuple, as a replay makes 100,000 of them a second: it costs a third of a frozen dataclass.
    """

    home: str
    device: str
    kind: str
    at: datetime
    value: float
    unit: str = ""
    id: str | None = None
