"""Silence against the home's own rhythm: when is it time to ask, and when must a person look.

The chance that life returns within the next ten minutes is estimated from the rhythm, the hour, where the last life
was seen and how long it has been quiet (a discrete-time hazard; weights in `prior.py`). The evidence that something
is wrong is the Shiryaev-Roberts statistic of that hazard: it grows by the time that passed and by the surprise that
nobody came back (Shiryaev 1963; Roberts 1966: the quickest detection for a given number of false alarms).
A level is reached when the evidence passes that level's bar and the silence is also longer, by a margin, than the
longest that this home has shown at this time of the day in the last months.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import cos, exp, log, log1p, pi, sin
from operator import mul

from sensors import prior
from sensors.finding import CHECK
from sensors.place import Place
from sensors.rhythm import SLOT_S, SLOTS, Rhythm

RULE = "silence@1"
URGENT = "urgent"
LEVELS = (CHECK, URGENT)
#: silence is looked at from here on; one step of the estimate; how far ahead of `now` one look computes, seconds.
FIRST_S, STEP_S, AHEAD_S = 1800, 600, 3600
#: where no rhythm can be had (no full day known): the fixed tiers of today's services, hours (care protocol).
TIERS_H = {CHECK: 8.0, URGENT: 24.0}
TIER_NIGHT_H = 12.0
#: the longest a silence may last whatever the rhythm says, hours: at home, after an exit door.
CEILING_H = {CHECK: (24.0, 48.0), URGENT: (36.0, 72.0)}


@dataclass(frozen=True, slots=True)
class Bar:
    """What a level needs. evidence: natural logarithm of the statistic in hours.

    times, spare_s, around: longer than so many times the home's longest silence (± so many half hours of the day)
    plus spare_s; times 0: no such condition.
    """

    evidence: float
    times: float = 0.0
    spare_s: float = 0.0
    around: int = 0


#: the alarm budget: two `check` and 0.3 `urgent` in a home and month (docs/benchmarks.md says what is reached).
BARS: Mapping[str, Bar] = {CHECK: Bar(3.5, 0.95, 3600, 2), URGENT: Bar(6.0, 1.8, 3600, 4)}
#: in the first two weeks, in which a home has not shown its longest silences yet.
NEW: Mapping[str, Bar] = {CHECK: Bar(6.0), URGENT: Bar(9.0)}
#: where the last life was an exit door: nobody may be at home.
AWAY: Mapping[str, Bar] = {CHECK: Bar(6.5), URGENT: Bar(12.0)}
_TURNS = [tuple(f(slot * 2 * pi / SLOTS * k) for k in (1, 2, 3) for f in (sin, cos)) for slot in range(SLOTS)]
_EXPECTED = log(20)  # nineteen of twenty silences are over by then


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is known when a silence begins. base: its beginning, epoch s; offset: s east of UTC.

    place: where life was seen last; exit_ago: s since an exit door; lately, recently: signs of life in the last half
    hour, the last two hours.
    """

    base: float
    offset: int
    place: int = Place.OTHER
    exit_ago: float = 86_400.0
    lately: float = 1.0
    recently: float = 1.0


@dataclass(frozen=True, slots=True)
class Silence:
    """How far a silence has been followed. steps: of STEP_S; surprise: summed hazard; evidence: the statistic, s.

    owed: summed hazard of the rhythm alone. raised: how many of LEVELS, the latest at asked; crossed: when the next
    one is reached. expected_min: after how many minutes silences like this one are over. 0: not yet known.
    """

    stretch: Stretch
    steps: int = 0
    surprise: float = 0.0
    evidence: float = STEP_S * 1.0
    owed: float = 0.0
    raised: int = 0
    crossed: float = 0.0
    expected_min: int = 0
    asked: float = 0.0


@dataclass(frozen=True, slots=True)
class Curve:
    """A rhythm prepared for one silence. chances: of life, by half hour of the day; mean: their logit.

    fixed: features that stay the same; known: a day or more of the home; warm: two weeks.
    """

    chances: list[float]
    mean: float
    fixed: tuple[float, ...]
    known: bool
    warm: bool

    def hazard(self, slot: int) -> float:
        """Of the rhythm alone, per step."""
        return -log(1 - min(0.98, max(0.02, self.chances[slot % SLOTS]))) * STEP_S / SLOT_S


def curve(rhythm: Rhythm, stretch: Stretch) -> Curve:
    """Everything that stays the same while the silence lasts."""
    chances = rhythm.chances()
    slot = _slot(stretch, 0)
    by_time, by_place = rhythm.shares_at(slot), rhythm.shares_from(Place(stretch.place), slot)
    fixed = (
        *(float(stretch.place == place) for place in (Place.BED, Place.BATH, Place.HALL, Place.KITCHEN)),
        log(min(stretch.exit_ago / 60, 1440) + 1),
        log(max(stretch.lately, 1)),
        log(max(stretch.recently, 1)),
        *(_logit(share) for share in by_time),
        *(_logit(share) for share in by_place),
    )
    known = 0 < rhythm.since <= stretch.base - 86_400
    return Curve(chances, _logit(sum(chances) / SLOTS), fixed, known, rhythm.is_warm(stretch.base))


def features(stretch: Stretch, lines: Curve, steps: int, owed: float) -> tuple[float, ...]:
    """What the chance of life in the next step is estimated from; the order is that of `prior.WEIGHTS`."""
    slot = _slot(stretch, steps)
    here = slot % SLOTS
    quiet = log(steps * STEP_S / 3600)
    usual, due = log(lines.hazard(here)), log1p(owed)
    night = 1.0 if here < 12 or here >= 46 else 0.0
    away, bed = float(stretch.place == Place.EXIT), lines.fixed[0]
    return (
        1.0,
        quiet,
        quiet * quiet,
        max(0.0, quiet) ** 2,
        usual,
        _logit(lines.chances[(here + 1) % SLOTS]),
        _logit(lines.chances[here - 1]),
        due,
        away,
        away * quiet,
        away * quiet * quiet,
        bed * quiet,
        lines.mean,
        night,
        night * bed,
        night * quiet,
        usual * quiet,
        due * quiet,
        float((slot // SLOTS + 3) % 7 >= 5),
        *_TURNS[here],
        *lines.fixed,
    )


def chance_of_life(values: Sequence[float]) -> float:
    """How likely the next step ends the silence."""
    score = sum(map(mul, values, prior.WEIGHTS))
    return min(0.999, 1 / (1 + exp(-max(-30.0, score))))


def follow(silence: Silence, rhythm: Rhythm, now: float) -> Silence:
    """Follow a silence up to AHEAD_S past now, or until the next level is reached."""
    if silence.crossed or silence.raised == len(LEVELS):
        return silence
    lines = curve(rhythm, silence.stretch)
    while not _reached(silence, rhythm, lines):
        if silence.stretch.base + silence.steps * STEP_S > now + AHEAD_S:
            return silence
        silence = _step(silence, lines)
    return replace(silence, crossed=silence.stretch.base + max(FIRST_S, silence.steps * STEP_S))


def raised(silence: Silence, now: float) -> Silence:
    """After the level that was reached has been told."""
    return replace(silence, raised=silence.raised + 1, crossed=0.0, asked=now)


def due_at(silence: Silence) -> float | None:
    """When to look again, epoch s; None: everything is said."""
    if silence.raised == len(LEVELS):
        return None
    if silence.crossed:
        return silence.crossed
    return silence.stretch.base + max(FIRST_S, (silence.steps - 1) * STEP_S)


def expected_min(silence: Silence) -> int:
    """How many minutes such a silence usually lasts at most (nineteen of twenty are over)."""
    return silence.expected_min or silence.steps * STEP_S // 60


def _step(silence: Silence, lines: Curve) -> Silence:
    stretch, steps = silence.stretch, max(1, silence.steps)
    chance = chance_of_life(features(stretch, lines, steps, silence.owed))
    surprise = silence.surprise - log(1 - chance)
    expected = silence.expected_min or ((steps + 1) * STEP_S // 60 if surprise >= _EXPECTED else 0)
    return Silence(
        stretch=stretch,
        steps=steps + 1,
        surprise=surprise,
        evidence=min(1e15, (silence.evidence + STEP_S) / (1 - chance)),
        owed=silence.owed + lines.hazard(_slot(stretch, steps)),
        raised=silence.raised,
        expected_min=expected,
        asked=silence.asked,
    )


def _reached(silence: Silence, rhythm: Rhythm, lines: Curve) -> bool:
    level, stretch = LEVELS[silence.raised], silence.stretch
    seconds = silence.steps * STEP_S
    if seconds >= CEILING_H[level][stretch.place == Place.EXIT] * 3600:
        return True
    if not lines.known:
        return seconds >= _tier(level, stretch) * 3600
    bar = _bar(level, stretch, warm=lines.warm)
    if log(silence.evidence / 3600) <= bar.evidence:
        return False
    if stretch.place == Place.EXIT or not bar.times:
        return True
    longest = rhythm.longest_at(_slot(stretch, silence.steps), bar.around)
    return seconds > bar.times * (longest + bar.spare_s)


def _bar(level: str, stretch: Stretch, *, warm: bool) -> Bar:
    if stretch.place == Place.EXIT:
        return AWAY[level]
    return BARS[level] if warm else NEW[level]


def _tier(level: str, stretch: Stretch) -> float:
    began = (_slot(stretch, 0) % SLOTS) / 2
    if level == CHECK and (began >= 18 or began < 4):
        return TIER_NIGHT_H
    return TIERS_H[level]


def _slot(stretch: Stretch, steps: int) -> int:
    return int(stretch.base + stretch.offset + steps * STEP_S) // SLOT_S


def _logit(share: float) -> float:
    share = min(0.995, max(0.005, share))
    return log(share / (1 - share))
