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
from sensors.diary import seen_at
from sensors.finding import Finding
from sensors.limits import LIMITS
from sensors.message import DeviceState, GatewayState
from sensors.outage import Device
from sensors.place import Place, place_of
from sensors.reading import Reading
from sensors.rhythm import PAUSE_S, SLOT_S, learn
from sensors.silence import Silence, Stretch
from sensors.state import HomeWatch, Known, Life, know, new, with_rooms
from sensors.taking import changed, dangerous, measured
from sensors.tell import silence_finding

__all__ = [
    "HomeWatch",
    "Known",
    "Life",
    "answered",
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
_SEEN_S = 3600.0
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
    at = reading.at.timestamp()
    device = watch.known.devices.get(reading.device)
    kind = reading.kind
    if device is None or at - device.seen > _SEEN_S or (device.when_used and kind not in outage.WHEN_USED):
        devices = {**watch.known.devices, reading.device: outage.seen(device, at, watch.known.back_at, kind)}
        watch = know(watch, devices=devices)
    findings = _NONE
    if kind in _LIFE:
        if kind in danger.LEVELS:
            watch, findings = dangerous(watch, reading)
        if reading.value <= 0:
            return watch, findings
    elif kind in _CHANGING:
        watch, alive = changed(watch, reading)
        if not alive:
            return watch, findings
    else:
        watch, findings = measured(watch, reading)
        if kind not in LIMITS:
            return watch, findings
        watch = _rescheduled(watch)
    life = watch.life
    moment = reading.at
    slot = moment.toordinal() * 48 + moment.hour * 2 + (moment.minute >= 30)
    place = place_of(reading.device, kind, watch.known.rooms.get(reading.device, ""))
    if life is not None and life.slot == slot and 0 <= at - life.last < PAUSE_S and watch.silence is None:
        exit_at = at if place == Place.EXIT else life.exit_at
        habits, since = watch.habits, life.since
        if place != life.place:
            since = at
            if life.place in lingering.WATCHED:
                habits = lingering.moved(habits, life, at, place, watched=True)
        places = life.places | seen_at(place, kind)
        is_watched = place != life.place and place in lingering.WATCHED
        life = Life(at, place, exit_at, slot, life.count + 1, life.recent, life.offset, since, places)
        watch = HomeWatch(watch.home, life, None, watch.rhythm, watch.known, watch.due, habits)
        return _rescheduled(watch) if is_watched else watch, findings
    watch, more = _lived(watch, reading, at, place, slot)
    return watch, findings + more


def note_state(watch: HomeWatch, state: DeviceState | GatewayState) -> tuple[HomeWatch, tuple[Finding, ...]]:
    """What a device or the gateway says about itself. Not a sign of life."""
    if isinstance(state, GatewayState):
        gateway = outage.beat(watch.known.gateway, state)
        back = watch.known.gateway.told > 0 and state.online and state.heard
        blind = max(watch.known.blind_until, state.at.timestamp()) if back else watch.known.blind_until
        return _rescheduled(know(watch, gateway=gateway, blind_until=blind)), _NONE
    device = watch.known.devices.get(state.device, Device(seen=state.at.timestamp() if state.heard else 0.0))
    device, findings = outage.state_of(device, state)
    if device != watch.known.devices.get(state.device):
        watch = know(watch, devices={**watch.known.devices, state.device: device})
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
        return _rescheduled(watch), findings
    if at < watch.known.paused_until:
        return _rescheduled(watch), findings
    watch, silent = _judge_silence(watch, now)
    watch, lingers = lingering.judge(watch, now)
    return _rescheduled(watch), findings + silent + lingers


def pause(watch: HomeWatch, until: datetime | None) -> HomeWatch:
    """The resident is away until then (an absence), None: back again. Silence is counted from its end."""
    paused = watch.known.paused_until
    if until is None:
        ended = replace(watch, silence=None)
        return ended if not paused else _rescheduled(know(ended, paused_until=0.0))
    return _rescheduled(know(replace(watch, silence=None), paused_until=until.timestamp()))


def open_since(before: HomeWatch, after: HomeWatch) -> float | None:
    """Since when whatever the resident says ends the silence that is told `after` a look, epoch s. None: no silence
    is, or a person had been sent `before` it."""
    if before.silence is not None and before.silence.raised == len(silence.LEVELS):
        return None
    return after.silence.stretch.base if after.silence is not None and after.silence.raised else None


def answered(watch: HomeWatch, at: float) -> HomeWatch:
    """After the resident said something, epoch s: that is life, and the silence counts anew from there."""
    return _rescheduled(know(replace(watch, silence=None), answered_at=at))


def _counted_from(watch: HomeWatch, life: Life) -> float:
    known = watch.known
    return max(life.last, known.blind_until, known.paused_until, known.answered_at)


def _first_look(life: Life, base: float) -> int:
    return silence.FIRST_S if base == life.last else silence.BLIND_S


def _lived(
    watch: HomeWatch, reading: Reading, at: float, place: Place, slot: int
) -> tuple[HomeWatch, tuple[Finding, ...]]:
    life, known, when = watch.life, watch.known, reading.at
    offset, places = offset_of(when), seen_at(place, reading.kind)
    if life is None:
        rhythm = replace(watch.rhythm, since=at)
        life = Life(at, place, at if place == Place.EXIT else 0.0, slot, 1, (0, 0, 0), offset, at, places)
        return _rescheduled(replace(watch, life=life, rhythm=rhythm)), _NONE
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
        known = replace(known, back_at=at)
    if slot // 48 != life.slot // 48:
        findings += activity.day_over(rhythm, watch.home, when) if watched else _NONE
        devices, silent = outage.silent_devices(known.devices, watch.home, when, known.back_at)
        findings += silent
        habits = days.device_lost(habits) if silent else habits
        known = known if devices is known.devices else replace(known, devices=devices)
    if known.gateway.told:
        known = replace(known, gateway=replace(known.gateway, gone_at=0.0, beat_at=at, told=0), blind_until=at)
    exit_at = at if place == Place.EXIT else life.exit_at
    count, recent = (life.count + 1, life.recent) if slot == life.slot else (1, _recent(life, slot))
    since = life.since if place == life.place and watched else at
    life = Life(at, place, exit_at, slot, count, recent, offset, since, places)
    return _rescheduled(HomeWatch(watch.home, life, None, rhythm, known, None, habits)), findings


def _recent(life: Life, slot: int) -> tuple[int, ...]:
    passed = slot - life.slot
    return ((0,) * (passed - 1) + (life.count, *life.recent))[:3] if passed <= 3 else (0, 0, 0)


def _judge_silence(watch: HomeWatch, now: datetime) -> tuple[HomeWatch, tuple[Finding, ...]]:
    if watch.life is None:
        return watch, _NONE
    at = now.timestamp()
    base = _counted_from(watch, watch.life)
    current = watch.silence
    if current is None or current.stretch.base != base:
        current = Silence(stretch_of(watch.life, base), raised=current.raised if current else 0)
    if at < base + _first_look(watch.life, base):
        return replace(watch, silence=current if current.raised else None), _NONE
    findings: list[Finding] = []
    current = silence.follow(current, watch.rhythm)
    while silence.is_reached(current, at):
        talked = base == watch.known.answered_at
        findings.append(silence_finding(watch.home, current, watch.life.last, watch.rhythm, now, talked=talked))
        current = silence.raised(current, at)
    return replace(watch, silence=current), tuple(findings)


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


def _rescheduled(watch: HomeWatch) -> HomeWatch:
    times = [
        lingering.due_at(watch),
        outage.gateway_due(watch.known.gateway),
        *(vitals.due_at(one) for one in watch.known.vitals.values()),
    ]
    if watch.silence is not None and watch.silence.stretch.base >= watch.known.blind_until:
        times.append(silence.due_at(watch.silence))
    elif watch.life is not None:
        base = _counted_from(watch, watch.life)
        times.append(base + _first_look(watch.life, base))
    due = min((one for one in times if one is not None), default=None)
    if due == watch.due:
        return watch
    return HomeWatch(watch.home, watch.life, watch.silence, watch.rhythm, watch.known, due, watch.habits)


def offset_of(at: datetime) -> int:
    """Seconds east of UTC."""
    apart = at.utcoffset()
    return 0 if apart is None else int(apart.total_seconds())


def local_zone(watch: HomeWatch) -> tzinfo:
    """The offset of the home's latest reading."""
    return UTC if watch.life is None else timezone(timedelta(seconds=watch.life.offset))
