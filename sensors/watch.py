"""The state machine of one home: readings and time in, findings out. Live service and replay run exactly this.

A `HomeWatch` is frozen and JSON-able (`to_json`, `from_json`); a store keeps one row per home with `due_at` indexed.
Readings come in time order, in local time (the hour of the day is read from their own offset). Retained and stale
messages never come here. `due` is called when `due_at` has come: only it judges silence, so that a reading which
waited in a queue is never taken for a person who was silent.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from sensors import activity, danger, days, lingering, outage, silence, vitals
from sensors.deadline import counted_from, first_look, rescheduled
from sensors.diary import seen_at, slot_of
from sensors.finding import Finding
from sensors.limits import LIMITS
from sensors.message import DeviceState, GatewayState
from sensors.outage import Device
from sensors.place import Place, place_of
from sensors.reading import Reading
from sensors.returning import Stretch
from sensors.rhythm import PAUSE_S, SLOT_S, learn
from sensors.said import answered, came_in, open_since, pause
from sensors.silence import Silence
from sensors.state import HomeWatch, Known, Life, know, life_of, new, watch_of, with_device, with_rooms
from sensors.taking import changed, dangerous, measured
from sensors.tell import silence_finding

__all__ = [
    "HomeWatch",
    "Known",
    "Life",
    "answered",
    "came_in",
    "due",
    "new",
    "note_state",
    "observe",
    "observe_all",
    "open_since",
    "pause",
    "with_rooms",
]

#: kinds that show a living person whenever they come with a value above 0.
_LIFE = frozenset({"motion", "presence", "vibration", "water", "steps", "fall", "sos"})
#: kinds of which only a change shows life.
_CHANGING = frozenset({"contact", "bed", "power"})
#: a device is noted as seen once in this time, seconds.
SEEN_S = 3600.0
#: after a silence this long of the whole home its devices are given time anew, seconds.
_LONG_S = 12 * 3600.0
_NONE: tuple[Finding, ...] = ()


def observe_all(watch: HomeWatch, readings: Iterable[Reading]) -> tuple[HomeWatch, tuple[Finding, ...]]:
    """Several readings, in time order."""
    findings: list[Finding] = []
    for reading in readings:
        watch, found = observe(watch, reading)
        findings += found
    return watch, tuple(findings)


def observe(watch: HomeWatch, reading: Reading) -> tuple[HomeWatch, tuple[Finding, ...]]:
    """One reading. A late one (before the latest sign of life) ends no silence and teaches nothing."""
    return observe_at(watch, reading, reading.at.timestamp())


def observe_at(watch: HomeWatch, reading: Reading, at: float) -> tuple[HomeWatch, tuple[Finding, ...]]:
    """The same, by whom the moment is known as epoch s already."""
    _, name, kind, when, value, _, _ = reading
    known, findings = watch.known, _NONE
    device = known.devices.get(name)
    if device is None or at - device.seen > SEEN_S or (device.when_used and kind not in outage.WHEN_USED):
        watch = with_device(watch, name, outage.seen(device, at, known.back_at, kind))
    if kind not in _LIFE:
        watch, findings, alive = _apart_from_life(watch, reading)
        if not alive:
            return watch, findings
    else:
        if kind in danger.LEVELS:
            watch, findings = dangerous(watch, reading)
        if value <= 0:
            return watch, findings
    place = place_of(name, kind, known.rooms.get(name, ""))
    slot = slot_of(when)
    home, life, current, rhythm, known, due, habits = watch
    if life is None or life.slot != slot or not 0 <= at - life.last < PAUSE_S or current is not None:
        watch, more = _lived(watch, reading, at, place, slot)
        return watch, findings + more
    _, before, exit_at, _, count, recent, offset, since, places = life
    exit_at = at if place == Place.EXIT else exit_at
    places |= seen_at(place, kind)
    if place == before:
        life = life_of((at, place, exit_at, slot, count + 1, recent, offset, since, places))
        return watch_of((home, life, None, rhythm, known, due, habits)), findings
    if before in lingering.WATCHED:
        habits = lingering.moved(habits, life, at, place, watched=True)
    life = life_of((at, place, exit_at, slot, count + 1, recent, offset, at, places))
    watch = watch_of((home, life, None, rhythm, known, due, habits))
    return (rescheduled(watch) if place in lingering.WATCHED else watch), findings


def _apart_from_life(watch: HomeWatch, reading: Reading) -> tuple[HomeWatch, tuple[Finding, ...], bool]:
    """What a reading that is no sign of life by itself changes; whether it shows life all the same."""
    if reading.kind in _CHANGING:
        watch, alive = changed(watch, reading)
        return watch, _NONE, alive
    watch, findings = measured(watch, reading)
    if reading.kind not in LIMITS:
        return watch, findings, False
    return rescheduled(watch), findings, True


def note_state(watch: HomeWatch, state: DeviceState | GatewayState) -> tuple[HomeWatch, tuple[Finding, ...]]:
    """What a device or the gateway says about itself. Not a sign of life."""
    if isinstance(state, GatewayState):
        gateway = outage.beat(watch.known.gateway, state)
        back = watch.known.gateway.told > 0 and state.online and state.heard
        blind = max(watch.known.blind_until, state.at.timestamp()) if back else watch.known.blind_until
        return rescheduled(know(watch, gateway=gateway, blind_until=blind)), _NONE
    # a device that has never given a reading (a button nobody pressed) is not missed for giving none
    new = Device(seen=state.at.timestamp() if state.heard else 0.0, when_used=True)
    device = watch.known.devices.get(state.device, new)
    device, findings = outage.state_of(device, state)
    if device != watch.known.devices.get(state.device):
        watch = with_device(watch, state.device, device)
    return watch, findings


def due(watch: HomeWatch, now: datetime, *, hidden: bool = False) -> tuple[HomeWatch, tuple[Finding, ...]]:
    """Judge what must be judged by now (in local time). hidden: a fleet outage covers this home.

    Calling it early is harmless: it only says when to come again.
    """
    at = now.timestamp()
    gateway, findings = outage.judge_gateway(watch.known.gateway, watch.home, now)
    if findings:
        watch = know(watch, gateway=gateway)
    watch, urgent = _vitals_due(watch, now)
    findings += urgent
    if hidden or outage.gone_since(watch.known.gateway, at) is not None:
        watch = know(watch, blind_until=max(at, watch.known.blind_until))
        return rescheduled(watch), findings
    if at < watch.known.paused_until:
        return rescheduled(watch), findings
    watch, silent = _judge_silence(watch, now)
    watch, lingers = lingering.judge(watch, now)
    return rescheduled(watch), findings + silent + lingers


def _lived(
    watch: HomeWatch, reading: Reading, at: float, place: Place, slot: int
) -> tuple[HomeWatch, tuple[Finding, ...]]:
    life, known, when = watch.life, watch.known, reading.at
    offset, places = offset_of(when), seen_at(place, reading.kind)
    if life is None:
        rhythm = watch.rhythm._replace(since=at)
        life = Life(at, place, at if place == Place.EXIT else 0.0, slot, 1, (0, 0, 0), offset, at, places)
        return rescheduled(watch._replace(life=life, rhythm=rhythm)), _NONE
    if at < life.last:
        return watch, _NONE
    watched = known.blind_until <= life.last and known.paused_until <= life.last
    into = (life.last + life.offset) % SLOT_S
    rhythm = learn(watch.rhythm, life.place, life.slot, into, slot, at - life.last, watched=watched)
    habits, findings = lingering.moved(watch.habits, life, at, place, watched=watched), _NONE
    if slot == life.slot:
        places |= life.places
    else:
        habits, findings = days.passed(watch, habits, life, slot, when, watched=watched)
    if at - life.last > _LONG_S:
        known = known._replace(back_at=at)
    if slot // 48 != life.slot // 48:
        findings += activity.day_over(rhythm, watch.home, when) if watched else _NONE
        devices, silent = outage.silent_devices(known.devices, watch.home, when, known.back_at)
        findings += silent
        habits = days.device_lost(habits) if silent else habits
        known = known if devices is known.devices else known._replace(devices=devices)
    if known.gateway.told:
        known = known._replace(gateway=replace(known.gateway, gone_at=0.0, beat_at=at, told=0), blind_until=at)
    exit_at = at if place == Place.EXIT else life.exit_at
    count, recent = (life.count + 1, life.recent) if slot == life.slot else (1, _recent(life, slot))
    since = life.since if place == life.place and watched else at
    life = life_of((at, place, exit_at, slot, count, recent, offset, since, places))
    return rescheduled(watch_of((watch.home, life, None, rhythm, known, None, habits))), findings


def _recent(life: Life, slot: int) -> tuple[int, ...]:
    passed = slot - life.slot
    return ((0,) * (passed - 1) + (life.count, *life.recent))[:3] if passed <= 3 else (0, 0, 0)


def _judge_silence(watch: HomeWatch, now: datetime) -> tuple[HomeWatch, tuple[Finding, ...]]:
    if watch.life is None:
        return watch, _NONE
    at = now.timestamp()
    base = counted_from(watch.known, watch.life)
    current = watch.silence
    if current is None or current.stretch.base != base:
        current = Silence(stretch_of(watch.life, base), raised=current.raised if current else 0)
    if at < base + first_look(watch.life, base):
        return watch._replace(silence=current if current.raised else None), _NONE
    findings: list[Finding] = []
    current = silence.follow(current, watch.rhythm, watch.known.limits)
    while silence.is_reached(current, at):
        talked = base == watch.known.answered_at
        findings.append(silence_finding(watch.home, current, watch.life.last, watch.rhythm, now, talked=talked))
        current = silence.raised(current, at)
    return watch._replace(silence=current), tuple(findings)


def stretch_of(life: Life, base: float) -> Stretch:
    if base > life.last:  # what happened before the outage or absence says no more than whether the home was left
        return Stretch(base, life.offset, Place.EXIT if life.place == Place.EXIT else Place.OTHER)
    minutes = (int(base) + life.offset) % 1800 / 1800
    lately = life.count + (1 - minutes) * life.recent[0]
    recently = life.count + sum(life.recent)
    return Stretch(base, life.offset, life.place, base - life.exit_at, float(lately), float(recently))


def _vitals_due(watch: HomeWatch, now: datetime) -> tuple[HomeWatch, tuple[Finding, ...]]:
    findings = _NONE
    for key, vital in watch.known.vitals.items():
        waits = vitals.due_at(vital)
        if waits is not None and waits <= now.timestamp():
            judged, found = vitals.due(vital, watch.home, key, now)
            watch = know(watch, vitals={**watch.known.vitals, key: judged})
            findings += found
    return watch, findings


def offset_of(at: datetime) -> int:
    """Seconds east of UTC."""
    apart = at.utcoffset()
    return 0 if apart is None else int(apart.total_seconds())


def local_zone(watch: HomeWatch) -> tzinfo:
    """The offset of the home's latest reading."""
    return UTC if watch.life is None else timezone(timedelta(seconds=watch.life.offset))
