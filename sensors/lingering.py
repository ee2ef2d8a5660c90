"""Somebody went in, or out, and was not seen to come back: the bathroom at any hour, an exit door at night.

Nobody is judged for what no sensor could have seen: an outage or an absence in between, or another device of the home
that has fallen silent of late. Whoever answers the question is not looked for: nothing more comes of that stretch.
"""

from dataclasses import replace
from datetime import datetime

from sensors import night_door, stays
from sensors.finding import Finding
from sensors.habits import Habits
from sensors.outage import Device
from sensors.place import Place
from sensors.silence import LEVELS
from sensors.state import HomeWatch, Known, Life

#: the places of which it is asked who came back.
WATCHED = frozenset({Place.BATH, Place.EXIT})
#: a device not heard for this long, and for longer than ever, is in doubt; after this long the home is used to it, s.
_DOUBT_S, _USED_S = 86_400.0, 14 * 86_400.0
#: fewer other devices heard within the day than this cannot see anybody come out.
_WITNESSES = 2
_NONE: tuple[Finding, ...] = ()


def moved(habits: Habits, life: Life, at: float, place: Place, *, watched: bool) -> Habits:
    """Habits after life was seen again. watched False: an outage or an absence lay in between."""
    if not watched:
        return habits
    if life.place == Place.BATH != place:
        bath = stays.left(habits.stays, life.since, at, life.offset)
        return habits if bath is habits.stays else habits._replace(stays=bath)
    if life.place == Place.EXIT:
        out = night_door.came_back(habits.outings, life.last, at, life.offset)
        return habits if out is habits.outings else habits._replace(outings=out)
    return habits


def due_at(watch: HomeWatch) -> float | None:
    """When somebody who has not come back must be judged, epoch s."""
    life = watch.life
    if life is None or life.place not in WATCHED or _is_hidden(watch.known, life):
        return None
    if life.place == Place.BATH:
        return stays.due_at(watch.habits.stays, life.since, life.offset, watch.known.limits)
    return night_door.due_at(watch.habits.outings, life.last, life.offset, watch.known.limits)


def judge(watch: HomeWatch, now: datetime) -> tuple[HomeWatch, tuple[Finding, ...]]:
    """What must be told by now (local time). A level that the silence has told already is not told again."""
    due, life = due_at(watch), watch.life
    if due is None or life is None or due > now.timestamp():
        return watch, _NONE
    said = LEVELS[: watch.silence.raised] if watch.silence is not None else ()
    asked = watch.silence.asked if watch.silence is not None else 0.0
    habits, findings = _judged(watch, life, now)
    if any(one.level in said for one in findings) or not _is_seen(watch.known, now.timestamp()):
        findings = _NONE
    return watch._replace(habits=habits._replace(asked=asked or now.timestamp())), findings


def asked_at(watch: HomeWatch) -> float | None:
    """Since when an answer of the resident is waited for, epoch s; None: nothing was asked, or nothing is to come."""
    life, habits = watch.life, watch.habits
    if life is None or due_at(watch) is None:
        return None
    if life.place == Place.BATH:
        is_asked = habits.stays.told > 0 and habits.stays.began == life.since
    else:
        is_asked = habits.outings.told > 0 and habits.outings.began == life.last
    return habits.asked or None if is_asked else None


def answered(watch: HomeWatch) -> HomeWatch:
    """After an answer to what was asked (`asked_at`): no more is told about this stretch; a new one is asked about."""
    habits = watch.habits
    if watch.life is not None and watch.life.place == Place.BATH:
        return watch._replace(habits=habits._replace(stays=replace(habits.stays, told=len(LEVELS))))
    return watch._replace(habits=habits._replace(outings=replace(habits.outings, told=len(LEVELS))))


def _judged(watch: HomeWatch, life: Life, now: datetime) -> tuple[Habits, tuple[Finding, ...]]:
    habits, home, own = watch.habits, watch.home, watch.known.limits
    if life.place == Place.BATH:
        bath, findings = stays.judge(habits.stays, home, life.since, life.offset, now, own)
        return habits._replace(stays=bath), findings
    chances = watch.rhythm.chances()
    out, findings = night_door.judge(habits.outings, chances, home, life.last, life.offset, now, own)
    return habits._replace(outings=out), findings


def _is_hidden(known: Known, life: Life) -> bool:
    return not life.since or life.since < max(known.blind_until, known.paused_until)


def _is_seen(known: Known, now: float) -> bool:
    """Whether the home's other sensors would have seen somebody."""
    witnesses = sum(now - one.seen < _DOUBT_S for one in known.devices.values())
    return witnesses > _WITNESSES and not any(_is_in_doubt(one, now) for one in known.devices.values())


def _is_in_doubt(device: Device, now: float) -> bool:
    quiet = now - device.seen
    return quiet < _USED_S and (device.offline_told or quiet > _DOUBT_S > device.longest)
