"""The state machine of one home: readings and time in, findings out. Live service and replay run exactly this.

A `HomeWatch` is frozen and JSON-able (`to_json`, `from_json`); a store keeps one row per home with `due_at` indexed.
Readings come in time order, in local time (the hour of the day is read from their own offset). Retained and stale
messages never come here. `due` is called when `due_at` has come: only it judges silence, so that a reading which
waited in a queue is never taken for a person who was silent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from sensors import activity, climate, danger, outage, silence, vitals
from sensors.climate import Air
from sensors.finding import Finding
from sensors.limits import LIMITS
from sensors.message import DeviceState, GatewayState
from sensors.outage import Device, Gateway
from sensors.packing import pack, unpack
from sensors.place import Place, place_of
from sensors.reading import Reading
from sensors.rhythm import PAUSE_S, SLOT_S, Rhythm, learn
from sensors.silence import Silence, Stretch
from sensors.tell import silence_finding
from sensors.vitals import Vital

#: kinds that show a living person whenever they come with a value above 0.
_LIFE = frozenset({"motion", "presence", "vibration", "water", "steps", "fall", "sos"})
#: kinds of which only a change shows life.
_CHANGING = frozenset({"contact", "bed", "power"})
#: a plug that starts to draw this much was switched on by somebody, W.
POWER_W = 30.0
#: a device is noted as seen once in this time, seconds.
_SEEN_S = 3600.0
#: after a silence this long of the whole home its devices are given time anew, seconds.
_LONG_S = 12 * 3600.0
#: thermometers that do not measure a room.
_NOT_A_ROOM = ("fridge", "freezer", "outdoor", "outside", "balcony", "oven", "냉장", "냉동", "베란다", "실외")
_NONE: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Life:
    """The latest sign of life. last: epoch s; place: a `Place`; exit_at: latest exit door, epoch s.

    slot: local half hour since the epoch; count: signs of life in it; recent: in the three before it, latest first.
    offset: s east of UTC.
    """

    last: float
    place: int
    exit_at: float
    slot: int
    count: int
    recent: tuple[int, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Known:
    """What else is known of a home, by device or by "device/kind". Times are epoch s.

    blind_until: until then nothing could be seen (outage, gateway); paused_until: an absence ends; back_at: the home
    came to life again after a long silence.
    """

    rooms: Mapping[str, str] = field(default_factory=dict)
    devices: Mapping[str, Device] = field(default_factory=dict)
    states: Mapping[str, float] = field(default_factory=dict)
    air: Mapping[str, Air] = field(default_factory=dict)
    dangers: Mapping[str, float] = field(default_factory=dict)
    vitals: Mapping[str, Vital] = field(default_factory=dict)
    gateway: Gateway = field(default_factory=Gateway)
    blind_until: float = 0.0
    paused_until: float = 0.0
    back_at: float = 0.0


@dataclass(frozen=True, slots=True)
class HomeWatch:
    """One home. due: epoch s at which `due` wants to be called, None never; a reading may make it earlier or later."""

    home: str
    life: Life | None = None
    silence: Silence | None = None
    rhythm: Rhythm = field(default_factory=Rhythm)
    known: Known = field(default_factory=Known)
    due: float | None = None

    @property
    def due_at(self) -> datetime | None:
        """When `due` must be called, UTC."""
        return None if self.due is None else datetime.fromtimestamp(self.due, UTC)

    @property
    def is_silent(self) -> bool:
        """Whether a silence of this home has been told and still lasts."""
        return self.silence is not None and self.silence.raised > 0

    @property
    def is_away(self) -> bool:
        """Whether the latest sign of life was an exit door: nobody may be at home."""
        return self.life is not None and self.life.place == Place.EXIT

    def to_json(self) -> dict[str, Any]:
        """JSON-able, about 6 kB."""
        return dict(pack(self))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "HomeWatch":
        """The watch again. Raises KeyError, TypeError or ValueError for anything else."""
        return unpack(cls, data)


def new(home: str, rooms: Mapping[str, str] | None = None) -> HomeWatch:
    """A home of which nothing has been heard. rooms: device → room, where the town file names one."""
    return HomeWatch(home, known=Known(rooms=dict(rooms or {})))


def with_rooms(watch: HomeWatch, rooms: Mapping[str, str]) -> HomeWatch:
    """With the rooms of the town file as they are now."""
    return watch if watch.known.rooms == rooms else _know(watch, rooms=dict(rooms))


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
    if device is None or at - device.seen > _SEEN_S:
        devices = {**watch.known.devices, reading.device: outage.seen(device, at, watch.known.back_at)}
        watch = _know(watch, devices=devices)
    kind = reading.kind
    findings = _NONE
    if kind in _LIFE:
        if kind in danger.LEVELS:
            watch, findings = _dangerous(watch, reading)
        if reading.value <= 0:
            return watch, findings
    elif kind in _CHANGING:
        watch, alive = _changed(watch, reading)
        if not alive:
            return watch, findings
    else:
        watch, findings = _measured(watch, reading)
        if kind not in LIMITS:
            return watch, findings
    life = watch.life
    moment = reading.at
    slot = moment.toordinal() * 48 + moment.hour * 2 + (moment.minute >= 30)
    place = place_of(reading.device, kind, watch.known.rooms.get(reading.device, ""))
    if life is not None and life.slot == slot and 0 <= at - life.last < PAUSE_S and watch.silence is None:
        exit_at = at if place == Place.EXIT else life.exit_at
        life = Life(at, place, exit_at, slot, life.count + 1, life.recent, life.offset)
        return HomeWatch(watch.home, life, None, watch.rhythm, watch.known, watch.due), findings
    watch, more = _lived(watch, reading.at, at, place, slot)
    return watch, findings + more


def note_state(watch: HomeWatch, state: DeviceState | GatewayState) -> tuple[HomeWatch, tuple[Finding, ...]]:
    """What a device or the gateway says about itself. Not a sign of life."""
    if isinstance(state, GatewayState):
        gateway = outage.beat(watch.known.gateway, state)
        back = watch.known.gateway.told > 0 and state.online and state.heard
        blind = max(watch.known.blind_until, state.at.timestamp()) if back else watch.known.blind_until
        return _rescheduled(_know(watch, gateway=gateway, blind_until=blind)), _NONE
    device = watch.known.devices.get(state.device, Device(seen=state.at.timestamp() if state.heard else 0.0))
    device, findings = outage.state_of(device, state)
    if device != watch.known.devices.get(state.device):
        watch = _know(watch, devices={**watch.known.devices, state.device: device})
    return watch, findings


def due(watch: HomeWatch, now: datetime, *, hidden: bool = False) -> tuple[HomeWatch, tuple[Finding, ...]]:
    """Judge what must be judged by now (in local time). hidden: a fleet outage covers this home.

    Calling it early is harmless: it only says when to come again.
    """
    at = now.timestamp()
    gateway, findings = outage.judge_gateway(watch.known.gateway, watch.home, now)
    if findings:
        watch = _know(watch, gateway=gateway)
    watch, urgent = _vitals_due(watch, now)
    findings += urgent
    if hidden or outage.gone_since(watch.known.gateway, at) is not None:
        watch = _know(watch, blind_until=max(at, watch.known.blind_until))
        return _rescheduled(watch), findings
    if at < watch.known.paused_until:
        return _rescheduled(watch), findings
    watch, silent = _judge_silence(watch, now)
    return _rescheduled(watch), findings + silent


def pause(watch: HomeWatch, until: datetime | None) -> HomeWatch:
    """The resident is away until then (an absence), None: back again. Silence is counted from its end."""
    paused = watch.known.paused_until
    if until is None:
        ended = replace(watch, silence=None)
        return ended if not paused else _rescheduled(_know(ended, paused_until=0.0))
    return _rescheduled(_know(replace(watch, silence=None), paused_until=until.timestamp()))


def _lived(
    watch: HomeWatch, when: datetime, at: float, place: Place, slot: int
) -> tuple[HomeWatch, tuple[Finding, ...]]:
    life, known = watch.life, watch.known
    offset = offset_of(when)
    if life is None:
        rhythm = replace(watch.rhythm, since=at)
        life = Life(at, place, at if place == Place.EXIT else 0.0, slot, 1, (0, 0, 0), offset)
        return _rescheduled(replace(watch, life=life, rhythm=rhythm)), _NONE
    if at < life.last:
        return watch, _NONE
    watched = known.blind_until <= life.last and known.paused_until <= life.last
    into = (life.last + life.offset) % SLOT_S
    rhythm = learn(watch.rhythm, life.place, life.slot, into, slot, at - life.last, watched=watched)
    findings = _NONE
    if at - life.last > _LONG_S:
        known = replace(known, back_at=at)
    if slot // 48 != life.slot // 48:
        findings = activity.day_over(rhythm, watch.home, when) if watched else _NONE
        devices, silent = outage.silent_devices(known.devices, watch.home, when, known.back_at)
        findings += silent
        known = known if devices is known.devices else replace(known, devices=devices)
    if known.gateway.told:
        known = replace(known, gateway=replace(known.gateway, gone_at=0.0, beat_at=at, told=0), blind_until=at)
    exit_at = at if place == Place.EXIT else life.exit_at
    count, recent = (life.count + 1, life.recent) if slot == life.slot else (1, _recent(life, slot))
    life = Life(at, place, exit_at, slot, count, recent, offset)
    return _rescheduled(HomeWatch(watch.home, life, None, rhythm, known)), findings


def _recent(life: Life, slot: int) -> tuple[int, ...]:
    passed = slot - life.slot
    return ((0,) * (passed - 1) + (life.count, *life.recent))[:3] if passed <= 3 else (0, 0, 0)


def _judge_silence(watch: HomeWatch, now: datetime) -> tuple[HomeWatch, tuple[Finding, ...]]:
    if watch.life is None:
        return watch, _NONE
    at = now.timestamp()
    base = max(watch.life.last, watch.known.blind_until, watch.known.paused_until)
    current = watch.silence
    if current is None or current.stretch.base != base:
        current = Silence(stretch_of(watch.life, base), raised=current.raised if current else 0)
    if at < base + silence.FIRST_S:
        return replace(watch, silence=current if current.raised else None), _NONE
    findings: list[Finding] = []
    while True:
        current = silence.follow(current, watch.rhythm, at)
        if not current.crossed or current.crossed > at:
            break
        findings.append(silence_finding(watch.home, current, watch.life.last, watch.rhythm, now))
        current = silence.raised(current)
    return replace(watch, silence=current), tuple(findings)


def stretch_of(life: Life, base: float) -> Stretch:
    if base > life.last:
        return Stretch(base, life.offset)
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
            watch = _know(watch, vitals={**watch.known.vitals, key: judged})
            findings += found
    return watch, findings


def _rescheduled(watch: HomeWatch) -> HomeWatch:
    times = [outage.gateway_due(watch.known.gateway), *(vitals.due_at(one) for one in watch.known.vitals.values())]
    if watch.silence is not None and watch.silence.stretch.base >= watch.known.blind_until:
        times.append(silence.due_at(watch.silence))
    elif watch.life is not None:
        base = max(watch.life.last, watch.known.blind_until, watch.known.paused_until)
        times.append(base + silence.FIRST_S)
    due = min((one for one in times if one is not None), default=None)
    return watch if due == watch.due else replace(watch, due=due)


def _dangerous(watch: HomeWatch, reading: Reading) -> tuple[HomeWatch, tuple[Finding, ...]]:
    key = f"{reading.device}/{reading.kind}"
    last = watch.known.dangers.get(key, 0.0)
    now, findings = danger.observe(last, reading)
    return (watch if now == last else _know(watch, dangers={**watch.known.dangers, key: now})), findings


def _measured(watch: HomeWatch, reading: Reading) -> tuple[HomeWatch, tuple[Finding, ...]]:
    kind, known = reading.kind, watch.known
    if kind in danger.LEVELS:
        return _dangerous(watch, reading)
    if kind in LIMITS:
        key = f"{reading.device}/{kind}"
        vital, findings = vitals.observe(known.vitals.get(key, Vital()), reading)
        return _rescheduled(_know(watch, vitals={**known.vitals, key: vital})), findings
    if kind == "temperature":
        room = known.rooms.get(reading.device, "")
        if any(word in f"{reading.device} {room}".lower() for word in _NOT_A_ROOM):
            return watch, _NONE
        air, findings = climate.observe(known.air.get(reading.device, Air()), reading, room)
        return _know(watch, air={**known.air, reading.device: air}), findings
    return watch, _NONE


def _changed(watch: HomeWatch, reading: Reading) -> tuple[HomeWatch, bool]:
    """A door that only ever says "opened" speaks when somebody opens it; one that also says "closed" repeats itself."""
    key = f"{reading.device}/{reading.kind}"
    before = watch.known.states.get(key)
    if reading.kind == "power":
        on = float(reading.value >= POWER_W)
        alive = before is not None and on > before
        return (watch if on == before else _state(watch, key, on)), alive
    now = 1.0 if reading.value > 0 else 0.0
    if now == 0.0:
        return (watch if before == 0.0 else _state(watch, key, 0.0)), before in (1.0, 2.0)
    if before is None:
        return _state(watch, key, 2.0), True
    if before == 2.0:
        return watch, reading.kind == "contact"
    return (watch if before == 1.0 else _state(watch, key, 1.0)), before == 0.0


def _state(watch: HomeWatch, key: str, value: float) -> HomeWatch:
    return _know(watch, states={**watch.known.states, key: value})


def _know(watch: HomeWatch, **changes: Any) -> HomeWatch:
    return replace(watch, known=replace(watch.known, **changes))


def offset_of(at: datetime) -> int:
    """Seconds east of UTC."""
    apart = at.utcoffset()
    return 0 if apart is None else int(apart.total_seconds())


def local_zone(watch: HomeWatch) -> tzinfo:
    """The offset of the home's latest reading."""
    return UTC if watch.life is None else timezone(timedelta(seconds=watch.life.offset))
