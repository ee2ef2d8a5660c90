"""When a home must be looked at again: the earliest of what its rules wait for."""

from collections.abc import Iterable

from sensors import lingering, outage, silence, vitals
from sensors.state import HomeWatch, Known, Life


def rescheduled(watch: HomeWatch) -> HomeWatch:
    """With the moment at which it must be judged next."""
    home, life, current, rhythm, known, before, habits = watch
    due = None
    if current is not None and current.stretch.base >= known.blind_until:
        due = silence.due_at(current)
    elif life is not None:
        base = counted_from(known, life)
        due = base + first_look(life, base)
    for one in (lingering.due_at(watch), outage.gateway_due(known.gateway), *_waiting(known)):
        if one is not None and (due is None or one < due):
            due = one
    return watch if due == before else HomeWatch(home, life, current, rhythm, known, due, habits)


def counted_from(known: Known, life: Life) -> float:
    """From when a silence is counted, epoch s."""
    return max(life.last, known.blind_until, known.paused_until, known.answered_at)


def first_look(life: Life, base: float) -> int:
    """How long a silence must have lasted to be estimated, seconds."""
    return silence.FIRST_S if base == life.last else silence.BLIND_S


def _waiting(known: Known) -> Iterable[float | None]:
    return map(vitals.due_at, known.vitals.values()) if known.vitals else ()
