"""A silence in words: since when, where last, what is usual, and whether the resident may be out."""

from datetime import datetime

from sensors.finding import Finding, Reason
from sensors.place import Place
from sensors.rhythm import Rhythm
from sensors.silence import LEVELS, RULE, Silence

_PLACES = {Place.BED: "bed", Place.BATH: "bath", Place.HALL: "hall", Place.KITCHEN: "kitchen", Place.EXIT: "exit"}


def silence_finding(
    home: str, current: Silence, last: float, rhythm: Rhythm, now: datetime, *, talked: bool = False
) -> Finding:
    """The next level of this silence, reached by now (local time). last: latest sign of life, epoch s; talked: it is
    counted from when the resident was heard."""
    stretch = current.stretch
    place = Place(stretch.place) if stretch.base == last else Place.OTHER
    since = datetime.fromtimestamp(last, now.tzinfo)
    usual = current.expected_min
    hours = round((now.timestamp() - last) / 3600, 1)
    away = place == Place.EXIT
    reasons = [Reason("away_long" if away else "silence_long", {"hours": hours, "since": f"{since:%H:%M}"})]
    if not away and place in _PLACES:
        reasons.append(Reason(f"last_{_PLACES[place]}"))
    warm = rhythm.is_warm(now.timestamp())
    reasons.append(Reason("usual_own" if warm else "usual_fleet", {"usual": round(usual / 60, 1)}))
    anew = {"counted_from": round(stretch.base)} if stretch.base > last else {}
    if anew:
        at = f"{datetime.fromtimestamp(stretch.base, now.tzinfo):%H:%M}"
        reasons.append(Reason("talked_at" if talked else "counted_from", {"at": at}))
    return Finding(
        at=now,
        home=home,
        sign="silence",
        level=LEVELS[current.raised],
        rule=RULE,
        reasons=tuple(reasons),
        since=since,
        expected_min=usual,
        evidence={
            "away": away,
            "last_place": place.name.lower(),
            "own_rhythm": warm,
            "lasting": current.shares[current.raised],
            **anew,
        },
    )
