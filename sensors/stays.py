"""A long stay in the bathroom: went in, nothing seen elsewhere since, for longer than this person's own stays.

The resident is asked first (`check`); if still nobody is seen elsewhere, a person must look (`urgent`). What is usual
are the longest stays of the last months, apart for day and night; the fleet's longest stand there at first and fade
away. Where the bedroom's sensor misses somebody who goes back to bed, "stays" are hours long and prove nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil

from sensors.finding import Finding, Reason
from sensors.silence import LEVELS

RULE = "bathroom@1"
SIGN = "bathroom_stay"
#: nobody is asked earlier, seconds; then longer than the person's longest by this share.
LEAST_S, TIMES = 2700.0, 1.5
#: a person must look after so many times as long as it took until the question.
PERSON_TIMES = 2.0
#: the fleet's longest, by day and at night, seconds (TIHM: one stay in 100 outlasts the first).
FLEET = (3600.0, 9000.0)
#: whose "stays" last longer than this is not seen to leave: then the rule of silence alone judges, seconds.
UNSEEN_S = 7200.0
#: how fast a longest stay is forgotten, per day: half after ten weeks. A single stay lifts it by no more than this.
_FADE, _LIFT = 0.99, 1.5
#: shorter stays teach nothing; longer ones say that nothing was seen at all, seconds.
SHORT_S, _LONG_S = 600.0, 6 * 3600.0
_NIGHT_BEGINS, _NIGHT_ENDS = 20, 7


@dataclass(frozen=True, slots=True)
class Stays:
    """longest: by day, at night, s; at: when they were last faded, epoch s. told, began: levels told of which stay."""

    longest: tuple[float, ...] = FLEET
    at: float = 0.0
    told: int = 0
    began: float = 0.0


def left(stays: Stays, began: float, ended: float, offset: int) -> Stays:
    """After the resident was seen elsewhere again. began, ended: epoch s; offset: s east of UTC."""
    lasted = ended - began
    if lasted < SHORT_S:
        return stays if stays.at else replace(stays, at=ended)
    share = _left_of(stays, ended)
    longest = [one * share for one in stays.longest]
    part = _part(began, offset)
    if lasted < _LONG_S:
        longest[part] = max(longest[part], min(lasted, _LIFT * max(longest[part], LEAST_S)))
    return replace(stays, longest=tuple(round(one, 1) for one in longest), at=ended)


def due_at(stays: Stays, began: float, offset: int, own: Mapping[str, float]) -> float | None:
    """When a stay that goes on must be judged, epoch s; None: everything is said, or nothing can be.

    own: thresholds set otherwise, "bathroom_stay.check" for TIMES and "bathroom_stay.urgent" for PERSON_TIMES.
    """
    told = stays.told if stays.began == began else 0
    longest = stays.longest[_part(began, offset)] * _left_of(stays, began)
    if told == len(LEVELS) or longest > UNSEEN_S:
        return None
    patience = max(LEAST_S, own.get(f"{SIGN}.check", TIMES) * longest)
    return float(ceil(began + patience * (own.get(f"{SIGN}.urgent", PERSON_TIMES) if told else 1.0)))


def judge(
    stays: Stays, home: str, began: float, offset: int, now: datetime, own: Mapping[str, float]
) -> tuple[Stays, tuple[Finding, ...]]:
    """The next level of a stay that goes on, if it is reached by now (local time)."""
    due = due_at(stays, began, offset, own)
    if due is None or due > now.timestamp():
        return stays, ()
    told = stays.told if stays.began == began else 0
    usual = stays.longest[_part(began, offset)] * _left_of(stays, began)
    return replace(stays, told=told + 1, began=began), (_finding(home, LEVELS[told], began, usual, now),)


def _finding(home: str, level: str, began: float, usual: float, now: datetime) -> Finding:
    since = datetime.fromtimestamp(began, now.tzinfo)
    minutes, longest = round((now.timestamp() - began) / 60), round(usual / 60)
    return Finding(
        at=now,
        home=home,
        sign=SIGN,
        level=level,
        rule=RULE,
        reasons=(
            Reason("bathroom_long", {"since": f"{since:%H:%M}", "minutes": minutes}),
            Reason("bathroom_longest", {"minutes": longest}),
        ),
        since=since,
        evidence={"minutes": minutes, "longest_min": longest},
    )


def _left_of(stays: Stays, now: float) -> float:
    """How much the longest stays still count."""
    return _FADE ** max(0.0, (now - stays.at) / 86_400) if stays.at else 1.0


def _part(began: float, offset: int) -> int:
    hour = int(began + offset) // 3600 % 24
    return int(hour >= _NIGHT_BEGINS or hour < _NIGHT_ENDS)
