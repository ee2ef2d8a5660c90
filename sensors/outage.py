"""Person silent is not sensor silent is not everybody silent: gateways, devices, batteries, and the whole fleet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from residents.sign import Level
from sensors import prior
from sensors.finding import Finding, Reason
from sensors.message import DeviceState, GatewayState
from sensors.rhythm import SLOT_S, SLOTS
from sensors.units import VITALS

RULE = "outage@1"
#: fewer homes than this cannot show that everybody is silent: then silence stays silence.
LEAST_HOMES = 5
#: so many half hours of life must be missing over all homes (a chance below 1 in 2,000), after at least so long.
MISSING, LEAST_S = 8.0, 1800.0
#: days that a home must have been seen before it counts for much.
DOUBT_DAYS = 2.0
#: an outage is over when this part of the homes is back, or so long after the first one, seconds.
BACK_SHARE, BACK_S = 0.5, 6 * 3600.0
#: a gateway that said goodbye is gone after this long; one with a regular heartbeat after so many missing beats.
GOODBYE_S, BEATS, BEAT_LEAST_S = 300.0, 4.0, 900.0
#: a resident behind a silent gateway cannot be seen: a person is told after this long, seconds.
UNSEEN_S = 6 * 3600.0
#: a device is silent after this long and so many times its own longest pause, seconds.
DEVICE_LEAST_S, DEVICE_TIMES = 2 * 86_400.0, 3.0
#: kinds that come only when somebody uses the device or something happens: their absence says nothing about it.
WHEN_USED = VITALS | {"sos", "fall"}
#: battery, %: low at or below, well again above.
BATTERY_LOW, BATTERY_WELL = 15.0, 30.0
_KNOWN_BEATS = 3
_STEP_S = 300


@dataclass(frozen=True, slots=True)
class Gateway:
    """What is known of a home's gateway. beat_at: last heartbeat, epoch s, 0 never; every: usual s between two.

    gone_at: when it said goodbye, 0 not; told: 0 nothing, 1 the technician, 2 a person too.
    """

    beat_at: float = 0.0
    every: float = 0.0
    beats: int = 0
    gone_at: float = 0.0
    told: int = 0


class Device(NamedTuple):
    """One device. seen: latest reading, epoch s, to the hour; longest: its longest pause, s; what was told; when_used:
    it has given nothing but WHEN_USED."""

    seen: float = 0.0
    longest: float = 0.0
    silent_told: bool = False
    battery_told: bool = False
    offline_told: bool = False
    when_used: bool = False


def beat(gateway: Gateway, state: GatewayState) -> Gateway:
    """A heartbeat, or the last will that says it is gone. What the broker merely remembered counts for nothing."""
    now = state.at.timestamp()
    if not state.heard or now < gateway.beat_at:
        return gateway
    if not state.online:
        return replace(gateway, gone_at=gateway.gone_at or now)
    apart = now - gateway.beat_at
    every = gateway.every
    if gateway.beats and 1 <= apart <= 7200 and not gateway.gone_at:
        every = apart if not every else 0.8 * every + 0.2 * apart
    return Gateway(now, every, gateway.beats + 1)


def gone_since(gateway: Gateway, now: float) -> float | None:
    """Since when the gateway is known to be gone, epoch s; None while it is there, or was never heard."""
    if gateway.gone_at and now - gateway.gone_at >= GOODBYE_S:
        return gateway.gone_at
    patience = max(BEATS * gateway.every, BEAT_LEAST_S)
    if gateway.beats > _KNOWN_BEATS and gateway.every and now - gateway.beat_at >= patience:
        return gateway.beat_at
    return None


def gateway_due(gateway: Gateway) -> float | None:
    """When the gateway must be looked at again, epoch s."""
    if gateway.told == 2 or (not gateway.beats and not gateway.gone_at):
        return None
    if gateway.gone_at:
        return gateway.gone_at + (UNSEEN_S if gateway.told else GOODBYE_S)
    if gateway.beats > _KNOWN_BEATS and gateway.every:
        return gateway.beat_at + (UNSEEN_S if gateway.told else max(BEATS * gateway.every, BEAT_LEAST_S))
    return None


def judge_gateway(gateway: Gateway, home: str, now: datetime) -> tuple[Gateway, tuple[Finding, ...]]:
    """A gateway known and gone: the technician's at once, after some hours also a person's."""
    since = gone_since(gateway, now.timestamp())
    if since is None or gateway.told == 2:
        return gateway, ()
    lasting = now.timestamp() - since
    if lasting >= UNSEEN_S:
        return replace(gateway, told=2), (_gateway_finding(home, Level.WATCH, "gateway_unseen", since, now),)
    if gateway.told:
        return gateway, ()
    return replace(gateway, told=1), (_gateway_finding(home, Level.TECHNICAL, "gateway_silent", since, now),)


def _gateway_finding(home: str, level: Level, why: str, since: float, now: datetime) -> Finding:
    hours = round((now.timestamp() - since) / 3600, 1)
    began = datetime.fromtimestamp(since, now.tzinfo)
    return Finding(now, home, "gateway_silent", level.value, RULE, (Reason(why, {"hours": hours}),), since=began)


def silent_devices(
    devices: Mapping[str, Device], home: str, now: datetime, back_at: float
) -> tuple[Mapping[str, Device], tuple[Finding, ...]]:
    """Devices that say nothing in a home that lives: asked once a day. A cuff or a button that nobody used is well."""
    told: dict[str, Device] = {}
    findings: list[Finding] = []
    for name, device in sorted(devices.items()):
        quiet = now.timestamp() - max(device.seen, back_at)
        if device.when_used or device.silent_told:
            continue
        if quiet > max(DEVICE_LEAST_S, DEVICE_TIMES * device.longest):
            told[name] = device._replace(silent_told=True)
            findings.append(_device_finding(home, name, "device_silent", device.seen, now, days=round(quiet / 86_400)))
    return {**devices, **told} if told else devices, tuple(findings)


def seen(device: Device | None, at: float, back_at: float, kind: str) -> Device:
    """The device after a reading."""
    if device is None:
        return Device(seen=at, when_used=kind in WHEN_USED)
    pause = at - max(device.seen, back_at)
    longest = max(device.longest, min(pause, 7 * 86_400.0)) if not device.silent_told else device.longest
    # an older state does not say how it speaks: after days of silence it shows
    when_used = kind in WHEN_USED and (device.when_used or pause > DEVICE_LEAST_S)
    return Device(max(at, device.seen), longest, False, device.battery_told, device.offline_told, when_used)


def state_of(device: Device, state: DeviceState) -> tuple[Device, tuple[Finding, ...]]:
    """Battery and availability: told once, and again only after it was well in between."""
    findings: list[Finding] = []
    low, well = _battery(state)
    if low and not device.battery_told:
        values = {"percent": round(state.battery) if state.battery is not None else BATTERY_LOW}
        findings.append(_device_finding(state.home, state.device, "battery_low", None, state.at, **values))
    gone = state.online is False
    if gone and not device.offline_told:
        findings.append(_device_finding(state.home, state.device, "device_offline", None, state.at))
    battery_told = (device.battery_told or low) and not well
    offline_told = (device.offline_told or gone) and state.online is not True
    return device._replace(battery_told=battery_told, offline_told=offline_told), tuple(findings)


def _battery(state: DeviceState) -> tuple[bool, bool]:
    if state.battery is not None:
        return state.battery <= BATTERY_LOW, state.battery > BATTERY_WELL
    return state.battery_low is True, state.battery_low is False


def _device_finding(home: str, device: str, sign: str, since: float | None, now: datetime, **values: object) -> Finding:
    began = datetime.fromtimestamp(since, now.tzinfo) if since else None
    reasons = (Reason(sign, {"device": device, **values}),)
    return Finding(now, home, sign, Level.TECHNICAL.value, RULE, reasons, since=began, device=device)


@dataclass(frozen=True, slots=True)
class Outage:
    """Everybody is silent. since: last sign of life of any home, epoch s; homes: how many cannot be seen.

    back: the homes heard again; first_back: when the first of them was, 0 none yet.
    """

    since: float
    homes: int
    back: tuple[str, ...] = ()
    first_back: float = 0.0


def shown(rhythms: Iterable[tuple[Sequence[float], Sequence[float]]]) -> list[float]:
    """How many homes show life in each half hour of the day, from their rhythms' (seen, active).

    A home counts as far as it has shown itself: neighbours who all sleep at the same hours are no outage.
    """
    homes = [0.0] * SLOTS
    for seen, active in rhythms:
        for slot in range(SLOTS):
            homes[slot] += active[slot] / (seen[slot] + DOUBT_DAYS)
    return homes


def declared_at(last: float, homes: int, offset: int, living: Sequence[float] | None = None) -> float | None:
    """When total silence since `last` of so many living homes is an outage, epoch s; None: too few homes to tell.

    homes: heard within the day before; offset: s east of UTC; living: from `shown`, for a half hour of the day how
    many homes are usually heard. Without it the fleet's prior gives the earliest moment at which `shown` is worth
    asking for. None, too, when nothing would be missed for a whole day.
    """
    if homes < LEAST_HOMES:
        return None
    usual = [homes * chance for chance in prior.CHANCES] if living is None else living
    missing, at = 0.0, last
    while missing < MISSING:
        missing += usual[int(at + offset) // SLOT_S % SLOTS] * _STEP_S / SLOT_S
        at += _STEP_S
        if at - last > 86_400:
            return None
    return max(at, last + LEAST_S)


def outage_finding(outage: Outage, now: datetime) -> Finding:
    """The one incident that stands for all the silent homes."""
    since = datetime.fromtimestamp(outage.since, now.tzinfo)
    values = {"homes": outage.homes, "minutes": round((now.timestamp() - outage.since) / 60)}
    reasons = (Reason("outage", values),)
    return Finding(now, None, "outage", Level.TECHNICAL.value, RULE, reasons, since=since, homes=outage.homes)


def heard(outage: Outage, home: str, at: float) -> Outage:
    """A home is back."""
    if home in outage.back:
        return outage
    return replace(outage, back=(*outage.back, home), first_back=outage.first_back or at)


def is_over(outage: Outage, now: float) -> bool:
    """Enough homes are back, or the first of them long ago: who is silent now is silent."""
    if not outage.first_back:
        return False
    return len(outage.back) >= BACK_SHARE * outage.homes or now - outage.first_back >= BACK_S


def hides(outage: Outage | None, home: str) -> bool:
    """Whether this home cannot be seen because of it."""
    return outage is not None and home not in outage.back
