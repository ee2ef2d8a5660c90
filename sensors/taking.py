"""What one reading changes in what is known of a home, apart from its rhythm: doors, plugs, rooms, vitals, danger."""

from sensors import climate, danger, vitals
from sensors.climate import Air
from sensors.finding import Finding
from sensors.limits import LIMITS
from sensors.place import measures_air
from sensors.reading import Reading
from sensors.state import HomeWatch, know
from sensors.vitals import Vital

#: a plug that starts to draw this much was switched on by somebody, W.
POWER_W = 30.0
#: what is kept of a door that has only ever said "opened".
OPENS = 2.0
_NONE: tuple[Finding, ...] = ()


def dangerous(watch: HomeWatch, reading: Reading) -> tuple[HomeWatch, tuple[Finding, ...]]:
    """Smoke, gas, a fall, the button."""
    key = f"{reading.device}/{reading.kind}"
    last = watch.known.dangers.get(key, 0.0)
    now, findings = danger.observe(last, reading)
    return (watch if now == last else know(watch, dangers={**watch.known.dangers, key: now})), findings


def measured(watch: HomeWatch, reading: Reading) -> tuple[HomeWatch, tuple[Finding, ...]]:
    """A value that is no sign of life by itself: temperature, vitals, detectors."""
    kind, known = reading.kind, watch.known
    if kind in danger.LEVELS:
        return dangerous(watch, reading)
    if kind in LIMITS:
        key = f"{reading.device}/{kind}"
        vital, findings = vitals.observe(known.vitals.get(key, Vital()), reading, known.limits)
        return know(watch, vitals={**known.vitals, key: vital}), findings
    if kind == "temperature":
        room = known.rooms.get(reading.device, "")
        if not measures_air(reading.device, room):
            return watch, _NONE
        air, findings = climate.observe(known.air.get(reading.device, Air()), reading, room, known.limits)
        return know(watch, air={**known.air, reading.device: air}), findings
    return watch, _NONE


def changed(watch: HomeWatch, reading: Reading) -> tuple[HomeWatch, bool]:
    """A door that only ever says "opened" speaks when somebody opens it; one that also says "closed" repeats itself."""
    key = f"{reading.device}/{reading.kind}"
    before = watch.known.states.get(key)
    if reading.kind == "power":
        on = float(reading.value >= POWER_W)
        alive = before is not None and on > before
        return (watch if on == before else _state(watch, key, on)), alive
    now = 1.0 if reading.value > 0 else 0.0
    if now == 0.0:
        return (watch if before == 0.0 else _state(watch, key, 0.0)), before in (1.0, OPENS)
    if before is None:
        return _state(watch, key, OPENS), True
    if before == OPENS:
        return watch, reading.kind == "contact"
    return (watch if before == 1.0 else _state(watch, key, 1.0)), before == 0.0


def _state(watch: HomeWatch, key: str, value: float) -> HomeWatch:
    return know(watch, states={**watch.known.states, key: value})
