"""Plans: what is accepted, and exactly one slot per local day through every change of the clocks."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkins.plan import BadPlan, Plan, Slot, clock, parse, quiet_until, slots

SEOUL = ZoneInfo("Asia/Seoul")
QUIET = [
    (20, 59, None),
    (21, 0, (24, 8)),
    (23, 59, (24, 8)),
    (0, 0, (23, 8)),
    (7, 59, (23, 8)),
    (8, 0, None),
    (12, 0, None),
]


def on(day: date, at: str, zone: ZoneInfo) -> list[Slot]:
    """The slots of one local day."""
    midnight = datetime.combine(day, time(), tzinfo=zone)
    return list(slots(parse({"at": [at]}), zone, midnight, midnight + timedelta(days=1)))


def test_what_a_town_file_leaves_out_takes_its_default() -> None:
    assert parse({}) == Plan((0, 1, 2, 3, 4, 5, 6), (time(9, 30),), (0, 10, 60), ("speaker", "telegram"), "daily")


@pytest.mark.parametrize("days", ["mon,wed", "wed, mon", ["wed", "mon"]])
def test_weekdays_are_accepted_as_text_or_list(days: object) -> None:
    assert parse({"days": days}).days == (0, 2)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("days", "weekly"),
        ("days", "mon,mon"),
        ("days", []),
        ("days", ["mon", 3]),
        ("days", None),
        ("at", "09:30"),
        ("at", []),
        ("at", ["9:30"]),
        ("at", ["24:00"]),
        ("at", ["-1:30"]),
        ("at", ["09:30", "09:30"]),
        ("at", [930]),
        ("attempts_min", [10]),
        ("attempts_min", [0, 10, 10]),
        ("attempts_min", [0, True]),
        ("attempts_min", [0, 10.5]),
        ("attempts_min", [0, 100_000]),
        ("attempts_min", []),
        ("channels", []),
        ("channels", ["pigeon"]),
        ("channels", ["speaker", "speaker"]),
        ("channels", "speaker"),
        ("script", "hourly"),
        ("every", 3),
    ],
)
def test_a_bad_part_is_named(part: str, value: object) -> None:
    with pytest.raises(BadPlan) as fault:
        parse({part: value})
    assert fault.value.field == part


def test_a_plan_starts_with_its_next_slot() -> None:
    now = datetime(2026, 11, 23, 9, 30, tzinfo=SEOUL)
    first = next(slots(parse({}), SEOUL, now, now + timedelta(days=2)))
    assert first.at == datetime(2026, 11, 24, 9, 30, tzinfo=SEOUL)


def test_only_the_weekdays_of_the_plan() -> None:
    start = datetime(2026, 11, 22, 0, 0, tzinfo=SEOUL)
    found = list(slots(parse({"days": "mon,thu"}), SEOUL, start, start + timedelta(days=14)))
    assert [s.local_date.weekday() for s in found] == [0, 3, 0, 3]


@pytest.mark.parametrize("place", ["America/New_York", "Australia/Lord_Howe", "Asia/Seoul", "Europe/Berlin"])
def test_a_year_has_one_slot_a_day_whatever_the_clocks_do(place: str) -> None:
    zone = ZoneInfo(place)
    plan = parse({"at": ["01:45", "02:15", "02:30", "09:30"]})
    start = datetime(2026, 1, 1, tzinfo=zone)
    found = list(slots(plan, zone, start, datetime(2027, 1, 1, tzinfo=zone)))
    each = Counter((s.local_date, s.name) for s in found)
    assert len(each) == 365 * 4
    assert set(each.values()) == {1}
    assert all(s.at.astimezone(zone).date() == s.local_date for s in found)


def test_a_time_the_clocks_skip_is_asked_at_the_moment_it_would_have_been() -> None:
    zone = ZoneInfo("America/New_York")  # 2026-03-08, 02:00 becomes 03:00
    found = list(
        slots(parse({"at": ["02:30"]}), zone, datetime(2026, 3, 8, tzinfo=zone), datetime(2026, 3, 9, tzinfo=zone))
    )
    assert [(s.local_date, s.at.astimezone(zone).time()) for s in found] == [(date(2026, 3, 8), time(3, 30))]


def test_a_time_that_comes_twice_is_asked_the_first_time() -> None:
    zone = ZoneInfo("America/New_York")  # 2026-11-01, 02:00 becomes 01:00
    found = list(
        slots(parse({"at": ["01:30"]}), zone, datetime(2026, 11, 1, tzinfo=zone), datetime(2026, 11, 2, tzinfo=zone))
    )
    assert [s.at for s in found] == [datetime(2026, 11, 1, 5, 30, tzinfo=UTC)]


def test_half_an_hour_of_lord_howe() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")  # 2026-10-04, 02:00 becomes 02:30
    found = list(
        slots(parse({"at": ["02:15"]}), zone, datetime(2026, 10, 4, tzinfo=zone), datetime(2026, 10, 5, tzinfo=zone))
    )
    assert [s.at.astimezone(zone).time() for s in found] == [time(2, 45)]


@given(
    cuts=st.lists(st.integers(min_value=1, max_value=60 * 24 * 20), min_size=1, max_size=12),
    place=st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Asia/Seoul"]),
)
def test_looking_ahead_in_any_steps_finds_every_slot_once(cuts: list[int], place: str) -> None:
    zone, plan = ZoneInfo(place), parse({"at": ["02:15", "09:30"]})
    start, end = datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 11, 9, tzinfo=UTC)
    marks = [start, *(start + timedelta(minutes=m) for m in sorted(set(cuts))), end]
    marks = [m for m in marks if m <= end]
    pieces = [s for a, b in pairwise(marks) for s in slots(plan, zone, a, b)]
    assert pieces == list(slots(plan, zone, start, end))


@pytest.mark.parametrize(("hour", "minute", "until"), QUIET)
def test_quiet_hours_pass_midnight(hour: int, minute: int, until: tuple[int, int] | None) -> None:
    now = datetime(2026, 11, 23, hour, minute, tzinfo=SEOUL)
    expected = None if until is None else datetime(2026, 11, until[0], until[1], tzinfo=SEOUL)
    assert quiet_until(now, "21:00", "08:00", SEOUL) == expected


def test_quiet_hours_within_one_day_and_none_at_all() -> None:
    noon = datetime(2026, 11, 23, 13, 0, tzinfo=SEOUL)
    assert quiet_until(noon, "12:00", "14:00", SEOUL) == datetime(2026, 11, 23, 14, 0, tzinfo=SEOUL)
    assert quiet_until(noon, "00:00", "00:00", SEOUL) is None


@pytest.mark.parametrize("text", ["٠٩:٣٠", "09.30", "0930", "", "ab:cd", "09:60", None])
def test_a_time_is_four_digits_and_a_colon(text: object) -> None:
    with pytest.raises(BadPlan):
        clock(text)
