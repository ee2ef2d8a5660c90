"""The rhythm of one home: how often each half hour of the day has life in it, and how long silences are.

Learnt from half-hour roll-ups, never from raw readings: the state has the same size after a day and after ten years.
Older days fade (half of the weight after about three weeks), so a holiday or a visitor is forgotten again.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from sensors import prior
from sensors.place import Place

SLOTS = 48
SLOT_S = 1800
#: a pause shorter than this says nothing about silences, seconds.
PAUSE_S = 600
#: after this long nobody can say whether the home was empty, seconds: no lesson is drawn.
UNKNOWN_S = 20 * 3600
#: the first days, for which the fleet's rhythm weighs in (care protocol).
WARM_DAYS = 14

_FADE = 0.97  # per day and half hour: half the weight after 23 days
_PAUSE_FADE = 0.99  # per pause
_LONGEST_FADE = 0.995  # per day: a record weighs an eighth less after four weeks
PRIOR_DAYS = 4.0  # the fleet's rhythm weighs as much as four days of the home's own
_PRIOR_PAUSES = 10.0
#: shares of pauses that last longer than half an hour, one hour, two hours: the fleet's.
_PRIOR_SHARES = (0.38, 0.19, 0.08)
#: ages: so many days are kept, in steps of ten minutes up to 13 hours; a character each, a blank where nobody knows.
AGE_DAYS, AGE_S, AGE_MOST, AGE_ZERO, AGE_UNKNOWN = 42, 600, 78, 48, " "
_BLOCKS = 6  # of four hours
_NIGHT = frozenset(range(10)) | {46, 47}  # 23:00-05:00
_HISTORY = 28
_CODES = tuple(chr(AGE_ZERO + steps) for steps in range(AGE_MOST + 1))
Counts = tuple[float, ...]


class Pauses(NamedTuple):
    """Pauses of ten minutes or more by where they began: how many, and how many outlasted 30 min, 1 h, 2 h."""

    n: tuple[float, ...]
    half: tuple[float, ...]
    one: tuple[float, ...]
    two: tuple[float, ...]

    @classmethod
    def empty(cls, size: int) -> "Pauses":
        """Nothing known yet."""
        none = (0.0,) * size
        return cls(none, none, none, none)

    def noted(self, where: int, seconds: float) -> "Pauses":
        """With one more pause."""
        return _pauses(
            (
                _faded(self.n, where, 1.0),
                _faded(self.half, where, seconds > 1800),
                _faded(self.one, where, seconds > 3600),
                _faded(self.two, where, seconds > 7200),
            )
        )

    def shares(self, cells: Sequence[int]) -> tuple[float, float, float]:
        """What part of the pauses beginning in these cells outlasts 30 min, 1 h, 2 h; few pauses: near the fleet's."""
        n = sum(self.n[cell] for cell in cells) + _PRIOR_PAUSES
        half, one, two = (
            (sum(counts[cell] for cell in cells) + _PRIOR_PAUSES * share) / n
            for counts, share in zip((self.half, self.one, self.two), _PRIOR_SHARES, strict=True)
        )
        return half, one, two


_pauses: Callable[[tuple[Counts, ...]], Pauses] = partial(tuple.__new__, Pauses)


class Rhythm(NamedTuple):
    """A home's rhythm. `seen`/`active`: fading days on which a half hour was watched, and had life in it.

    by_time: pauses by the half hour they began in; by_place: by place and block of four hours. longest: for each half
    hour of the day, how long the longest silence had lasted by then, s, the person being at home. ages: for each half
    hour of the day, how long the silence had lasted at its end on each of the last days. day_counts: active
    half hours of each of the last 28 days, night_counts: of the nights, latest last. since: first life, epoch s.
    """

    since: float = 0.0
    seen: tuple[float, ...] = (0.0,) * SLOTS
    active: tuple[float, ...] = (0.0,) * SLOTS
    by_time: Pauses = Pauses.empty(SLOTS)
    by_place: Pauses = Pauses.empty(len(Place) * _BLOCKS)
    today: int = 0
    tonight: int = 0
    longest: tuple[float, ...] = (0.0,) * SLOTS
    day_counts: tuple[int, ...] = ()
    night_counts: tuple[int, ...] = ()
    ages: tuple[str, ...] = ("",) * SLOTS

    def chances(self) -> list[float]:
        """For each half hour of the day: how likely is life in it, the person being at home."""
        known = zip(self.seen, self.active, prior.CHANCES, strict=True)
        return [(active + PRIOR_DAYS * usual) / (seen + PRIOR_DAYS) for seen, active, usual in known]

    def shares_at(self, slot: int) -> tuple[float, float, float]:
        """Of the pauses that begin at about this time of the day, how many outlast 30 min, 1 h, 2 h."""
        return self.by_time.shares(((slot - 1) % SLOTS, slot % SLOTS, (slot + 1) % SLOTS))

    def shares_from(self, place: Place, slot: int) -> tuple[float, float, float]:
        """The same for pauses that begin in this sort of place at this part of the day."""
        return self.by_place.shares((cell(place, slot),))

    def is_warm(self, at: float) -> bool:
        """Whether two weeks are known, so that the rhythm is the home's own."""
        return self.since > 0 and at - self.since >= WARM_DAYS * 86_400


def cell(place: int, slot: int) -> int:
    """Where pauses from this place at this half hour are counted."""
    return place * _BLOCKS + (slot % SLOTS) * _BLOCKS // SLOTS


def learn(
    rhythm: Rhythm, place: int, began: int, into_s: float, ended: int, pause_s: float, *, watched: bool
) -> Rhythm:
    """The rhythm after one pause between two signs of life.

    place: where it began; began, ended: local half hours since the epoch; into_s: how far into the half hour it began;
    watched False: an outage or absence lay in
    it. A pause after an exit door, or longer than UNKNOWN_S, is no evidence that the home is quiet at that hour.
    """
    at_home = watched and pause_s < UNKNOWN_S and not (place == Place.EXIT and pause_s > 3600)
    since, seen, active, by_time, by_place, today, tonight, longest, day_counts, night_counts, ages = rhythm
    if watched and PAUSE_S <= pause_s < UNKNOWN_S:
        by_time = by_time.noted(began % SLOTS, pause_s)
        by_place = by_place.noted(cell(place, began), pause_s)
    if ended > began:
        seen, active = _closed(seen, active, began, ended if at_home else began + 1)
        today, tonight = today + 1, tonight + (began % SLOTS in _NIGHT)
        ages = _aged(ages, began, into_s, ended, at_home=at_home)
    if at_home and place != Place.EXIT and pause_s >= SLOT_S:
        longest = _longest(longest, began, into_s, ended, pause_s)
    if ended // SLOTS > began // SLOTS:
        day_counts, night_counts = (*day_counts, today)[-_HISTORY:], (*night_counts, tonight)[-_HISTORY:]
        today = tonight = 0
        longest = tuple(round(one * _LONGEST_FADE, 1) for one in longest)
    return Rhythm(since, seen, active, by_time, by_place, today, tonight, longest, day_counts, night_counts, ages)


def _closed(seen: Counts, active: Counts, began: int, ended: int) -> tuple[Counts, Counts]:
    """After the half hours from one with life to those without; the fading numbers of days."""
    watched, lively = list(seen), list(active)
    for slot in range(began, ended):
        where = slot % SLOTS
        watched[where] = rounded(watched[where] * _FADE + 1)
        lively[where] = rounded(lively[where] * _FADE + (slot == began))
    return tuple(watched), tuple(lively)


def _aged(ages: tuple[str, ...], began: int, into_s: float, ended: int, *, at_home: bool) -> tuple[str, ...]:
    new, code = list(ages), AGE_UNKNOWN
    for slot in range(max(began, ended - AGE_DAYS * SLOTS), ended):
        where = slot % SLOTS
        if at_home:
            steps = int(((slot - began + 1) * SLOT_S - into_s) // AGE_S)
            code = _CODES[steps] if steps < AGE_MOST else _CODES[AGE_MOST]
        new[where] = (new[where] + code)[-AGE_DAYS:]
    return tuple(new)


def _longest(longest: tuple[float, ...], began: int, into_s: float, ended: int, pause_s: float) -> tuple[float, ...]:
    new = list(longest)
    for slot in range(began, ended + 1):
        lasted = min(pause_s, (slot - began + 1) * SLOT_S - into_s)
        new[slot % SLOTS] = max(new[slot % SLOTS], round(lasted))
    return tuple(new)


def _faded(counts: Counts, where: int, plus: float) -> Counts:
    new = list(counts)
    new[where] = rounded(new[where] * _PAUSE_FADE + plus)
    return tuple(new)


def rounded(value: float) -> float:
    """`round(value, 4)`, in a third of the time, as nearly every value is clearly nearer to one side."""
    scaled = value * 10_000
    whole = int(scaled + 0.5)
    return whole / 10_000 if -0.499 < scaled - whole < 0.499 else round(value, 4)
