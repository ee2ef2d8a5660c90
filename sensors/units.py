"""From what a device says to what the service keeps: units converted, impossible values refused."""

import math

from sensors.message import Reason
from sensors.reading import KINDS

#: lowest and highest value that a working sensor of this kind can report, in the unit of KINDS. Wide on purpose:
#: what is merely alarming is for the rules; what is impossible is for the technician.
LIMITS: dict[str, tuple[float, float]] = {
    "power": (-100_000, 100_000),
    "energy": (-1_000_000, 10_000_000),
    "water": (0, 10_000_000),
    "temperature": (-60, 150),
    "humidity": (0, 100),
    "heart_rate": (0, 350),
    "spo2": (0, 100),
    "systolic": (0, 400),
    "diastolic": (0, 300),
    "glucose": (0, 2_000),
    "body_temperature": (10, 50),
    "weight": (0, 500),
    "steps": (0, 1_000_000),
}

#: what the body says: kept only with the consent `health`.
VITALS = frozenset({"heart_rate", "spo2", "systolic", "diastolic", "glucose", "body_temperature", "weight", "steps"})

#: unit as senders write it, in lower case → (unit of KINDS, factor, offset).
UNITS: dict[str, tuple[str, float, float]] = {
    "°c": ("°C", 1, 0),
    "℃": ("°C", 1, 0),
    "c": ("°C", 1, 0),
    "celsius": ("°C", 1, 0),
    "°f": ("°C", 5 / 9, -160 / 9),
    "℉": ("°C", 5 / 9, -160 / 9),
    "f": ("°C", 5 / 9, -160 / 9),
    "%": ("%", 1, 0),
    "w": ("W", 1, 0),
    "kw": ("W", 1_000, 0),
    "kwh": ("kWh", 1, 0),
    "wh": ("kWh", 0.001, 0),
    "l": ("L", 1, 0),
    "m³": ("L", 1_000, 0),
    "m3": ("L", 1_000, 0),
    "bpm": ("bpm", 1, 0),
    "mmhg": ("mmHg", 1, 0),
    "kpa": ("mmHg", 7.50062, 0),
    "mg/dl": ("mg/dL", 1, 0),
    "mmol/l": ("mg/dL", 18.0182, 0),  # glucose, 180.182 g/mol
    "kg": ("kg", 1, 0),
    "g": ("kg", 0.001, 0),
    "lb": ("kg", 0.45359237, 0),
    "lbs": ("kg", 0.45359237, 0),
}


class Unusable(Exception):
    """A value that no sensor of this kind can have meant."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def measure(kind: str, value: float, unit: str | None = None) -> float:
    """`value` in the unit of KINDS. Raises Unusable for an unknown kind, NaN, a wrong unit or an impossible value."""
    kept = KINDS.get(kind)
    if kept is None:
        raise Unusable(Reason.UNKNOWN_KIND, kind[:40])
    if not math.isfinite(value):
        raise Unusable(Reason.NOT_A_NUMBER)
    if not kept and kind != "steps":
        return _state(value)
    if unit and unit != kept and kept:
        value = _converted(kept, value, unit)
    low, high = LIMITS[kind]
    if not low <= value <= high:
        raise Unusable(Reason.OUT_OF_RANGE, f"{value:g}")
    return float(value)


def _state(value: float) -> float:
    if value not in (0, 1):
        raise Unusable(Reason.OUT_OF_RANGE, f"{value:g}")
    return float(value)


def _converted(kept: str, value: float, unit: str) -> float:
    known = UNITS.get(unit.strip().lower())
    if known is None or known[0] != kept:
        raise Unusable(Reason.BAD_UNIT, unit[:20])
    return value * known[1] + known[2]
