"""Faults 16 and 17: whatever the clocks do, every local day has its one check-in, and nobody is forgotten.

`python -m benchmarks year` lives through a whole leap year in all three places.
"""

import random
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from checkins.tables import CheckInRow
from store import FixedClock, Store
from tests.checkins.town import Town
from tests.faults.year import PLACES, Year

#: days around each change of the clocks in 2028, and around the leap day.
SPANS = {
    "Asia/Seoul": (date(2028, 2, 24), 10),
    "America/New_York": (date(2028, 3, 6), 12),
    "Australia/Lord_Howe": (date(2028, 9, 25), 12),
}


def lived(store: Store, place: str, begin: date, days: int, seed: int) -> Year:
    year = Year(store, place, begin, days, random.Random(seed))
    year.live()
    print(f"{place} from {begin}, seed {seed}: {dict(year.counted())}")  # noqa: T201
    return year


def judge(year: Year) -> None:
    assert year.skipped() == []
    assert year.doubled() == []
    assert year.unfinished() == []
    assert year.at_the_wrong_hour() == []
    assert year.broken == []
    assert {"answered", "service_down"} <= set(year.counted()), "too little happened for this to mean anything"


@pytest.mark.parametrize("place", PLACES)
def test_no_day_is_skipped_or_doubled(store: Store, place: str) -> None:
    judge(lived(store, place, *SPANS[place], seed=7))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("place", PLACES)
def test_nor_in_a_whole_leap_year(any_store: Store, place: str, seed: int) -> None:
    judge(lived(any_store, place, date(2028, 1, 1), 366, seed))


def test_after_26_hours_what_is_too_late_is_one_task_for_a_person(store: Store, clock: FixedClock) -> None:
    town = Town(store, clock)
    town.moves_in(
        "r-1", plan={"days": "daily", "at": ["07:30", "10:00", "17:00"]}, quiet_from="00:00", quiet_to="00:00"
    )
    town.leaps(hours=26)  # from Monday nine to Tuesday eleven
    town.sweeps()
    assert [check.state for check in town.checks()] == ["missed", "missed", "missed", "asked"]
    assert town.kinds() == [("missed_checkin", "watch")]
    town.sweeps()
    assert town.kinds() == [("missed_checkin", "watch")], "told once"


@pytest.mark.parametrize("there", ["America/New_York", "Australia/Lord_Howe"])
def test_a_city_whose_time_zone_is_put_right_asks_once_a_day(store: Store, clock: FixedClock, there: str) -> None:
    """Its plans were read in Seoul's time; from the change on in its own."""
    town = Town(store, clock)
    town.moves_in("r-1", quiet_from="00:00", quiet_to="00:00")
    town.passes(days=3)
    town.zone = ZoneInfo(there)
    town.checkins = replace(town.checkins, zone=town.zone)
    town.passes(days=4)
    days = store.read(lambda tx: tx.exec(select(CheckInRow.local_date).where(CheckInRow.origin == "plan")).all())
    assert len(days) == len(set(days))
    today = clock.now().astimezone(town.zone).date()
    assert {(today - timedelta(days=n)).isoformat() for n in range(1, 4)} <= set(days)
