"""What the resident says, or plans, does to a silence: an absence, an answer, a voice inside the home."""

from datetime import datetime

from sensors import silence
from sensors.deadline import rescheduled
from sensors.place import Place
from sensors.state import HomeWatch, know


def pause(watch: HomeWatch, until: datetime | None) -> HomeWatch:
    """The resident is away until then (an absence), None: back again. Silence is counted from its end."""
    paused = watch.known.paused_until
    if until is None:
        ended = watch._replace(silence=None)
        return ended if not paused else rescheduled(know(ended, paused_until=0.0))
    return rescheduled(know(watch._replace(silence=None), paused_until=until.timestamp()))


def open_since(before: HomeWatch, after: HomeWatch) -> float | None:
    """Since when whatever the resident says ends the silence that is told `after` a look, epoch s. None: no silence
    is, or a person had been sent `before` it."""
    if before.silence is not None and before.silence.raised == len(silence.LEVELS):
        return None
    return after.silence.stretch.base if after.silence is not None and after.silence.raised else None


def answered(watch: HomeWatch, at: float, at_home: bool = False) -> HomeWatch:
    """After the resident said something, epoch s: that is life, and the silence counts anew from there."""
    watch = came_in(watch) if at_home else watch
    return rescheduled(know(watch._replace(silence=None), answered_at=at))


def came_in(watch: HomeWatch) -> HomeWatch:
    """Somebody spoke inside the home: whoever was last seen at an exit door is not out."""
    life = watch.life
    if life is None or life.place != Place.EXIT:
        return watch
    return rescheduled(watch._replace(life=life._replace(place=Place.OTHER)))
