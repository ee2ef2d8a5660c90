"""The roster on ordinary days, holidays and while somebody stands in; policies in layers; the month's figures. Pure."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from escalations.drill import overdue
from escalations.figures import Case, figures
from escalations.holidays import shipped
from escalations.layers import Layer, check, effective, readable, scopes, source
from escalations.policy import BadPolicy, default_data, freeze, policies
from escalations.roster import Cover, Roster, Shift
from escalations.whatif import Basis, what_if
from residents.sign import Level
from tests.escalations.story import WORDS

SEOUL = ZoneInfo("Asia/Seoul")
CHRISTMAS = date(2026, 12, 25)  # a Friday
WEEK = Shift("u-1", "mon,tue,wed,thu,fri,sat,sun", "00:00", "24:00")


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SEOUL)


def who(roster: Roster, now: datetime) -> list[str]:
    return [shift.coordinator for shift in roster.on_duty(now)]


def test_on_a_holiday_its_own_shifts_hold_where_there_are_any() -> None:
    plain = Roster((WEEK,), holidays=frozenset({CHRISTMAS}))
    assert who(plain, at(CHRISTMAS, 12)) == ["u-1"], "a roster that knows no holidays keeps its weekdays"
    apart = Roster((WEEK, Shift("u-2", "holiday", "09:00", "18:00")), holidays=frozenset({CHRISTMAS}))
    assert who(apart, at(CHRISTMAS, 12)) == ["u-2"]
    assert who(apart, at(CHRISTMAS, 20)) == []
    assert who(apart, at(CHRISTMAS - timedelta(days=1), 12)) == ["u-1"]
    assert who(Roster((Shift("u-3"), WEEK), holidays=frozenset({CHRISTMAS})), at(CHRISTMAS, 12)) == ["u-3", "u-1"]


def test_the_night_before_a_holiday_runs_into_its_morning() -> None:
    night = Shift("u-1", "mon,tue,wed,thu,fri", "18:00", "09:00")
    roster = Roster((night, Shift("u-2", "holiday", "09:00", "24:00")), holidays=frozenset({CHRISTMAS}))
    assert who(roster, at(CHRISTMAS, 8)) == ["u-1"]
    assert who(roster, at(CHRISTMAS, 9)) == ["u-2"]


def test_who_stands_in_and_is_away_too_is_stood_in_for_in_turn() -> None:
    noon, day = at(CHRISTMAS, 12), timedelta(days=1)
    first, second = Cover("u-1", "u-2", noon, noon + day), Cover("u-2", "u-3", noon, noon + day / 2)
    chain = Roster((WEEK,), covers=(first, second))
    assert [who(chain, at) for at in (noon - day / 24, noon, noon + day / 2)] == [["u-1"], ["u-3"], ["u-2"]]
    assert chain.duty_end("u-3", noon) == noon + day / 2
    assert chain.gaps(CHRISTMAS, 3) == []
    nobody = Roster((WEEK,), covers=(first, Cover("u-2", None, noon, noon + day / 2)))
    assert who(nobody, noon) == []
    assert nobody.gaps(CHRISTMAS, 3) == [(datetime(2026, 12, 25, 12), datetime(2026, 12, 26))]  # noqa: DTZ001
    each_other = Roster((WEEK,), covers=(first, Cover("u-2", "u-1", noon, noon + day)))
    assert who(each_other, noon) == []


def test_gaps_of_holidays_are_found_ahead() -> None:
    roster = Roster((WEEK, Shift("u-2", "holiday", "09:00", "18:00")), holidays=frozenset({CHRISTMAS}))
    found = roster.gaps(CHRISTMAS - timedelta(days=3), 7)
    assert [(start.hour, end.hour, end.day) for start, end in found] == [(0, 9, 25), (18, 0, 26)]


def test_a_substitute_holds_the_shift_at_its_rank_and_only_for_the_time() -> None:
    cover = Cover("u-1", "u-2", at(CHRISTMAS, 9), at(CHRISTMAS, 18))
    roster = Roster((Shift("u-1", rank=3),), covers=(cover,))
    assert [(s.coordinator, s.rank) for s in roster.on_duty(at(CHRISTMAS, 12))] == [("u-2", 3)]
    assert who(roster, at(CHRISTMAS, 18)) == ["u-1"]
    assert roster.gaps(CHRISTMAS, 1) == []
    nobody = Roster((Shift("u-1"),), covers=(Cover("u-1", None, at(CHRISTMAS, 9), at(CHRISTMAS, 18)),))
    assert who(nobody, at(CHRISTMAS, 12)) == []
    assert [(start.hour, end.hour) for start, end in nobody.gaps(CHRISTMAS, 1)] == [(9, 18)]


def test_a_duty_ends_with_the_last_of_shifts_that_touch() -> None:
    roster = Roster((Shift("u-1", "daily", "09:00", "18:00"), Shift("u-1", "daily", "18:00", "22:00", 2)))
    assert roster.duty_end("u-1", at(CHRISTMAS, 10)) == at(CHRISTMAS, 22)
    assert roster.duty_end("u-1", at(CHRISTMAS, 23)) is None
    assert roster.duty_end("u-2", at(CHRISTMAS, 10)) is None
    assert Roster((Shift("u-1"),)).duty_end("u-1", at(CHRISTMAS, 10)) is None, "always"
    away = Roster((Shift("u-1"),), covers=(Cover("u-1", "u-2", at(CHRISTMAS, 12), at(CHRISTMAS, 20)),))
    assert away.duty_end("u-1", at(CHRISTMAS, 10)) == at(CHRISTMAS, 12)
    assert away.duty_end("u-2", at(CHRISTMAS, 13)) == at(CHRISTMAS, 20)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 2, 17), "seollal"),
        (date(2026, 9, 25), "chuseok"),
        (date(2027, 2, 7), "seollal"),
        (date(2027, 2, 9), "substitute"),
        (date(2027, 9, 15), "chuseok"),
        (date(2028, 1, 27), "seollal"),
        (date(2028, 5, 2), "buddha"),
        (date(2028, 10, 5), "substitute"),
    ],
)
def test_lunar_holidays_and_their_substitute_days_are_known(day: date, name: str) -> None:
    assert shipped()[day] == name
    assert set(shipped().values()) <= set(WORDS.data("escalations.holiday"))


def quick(**changed: Any) -> dict[str, Any]:
    """An entry for emergencies that may be saved, with changes."""
    steps = [
        {"to": ["rank:1", "contact:1"], "wait": {"seconds": 30}},
        {"to": ["supervisor"], "wait": {"seconds": 60}},
    ]
    return {"calm": False, "remind": {"wait": {"seconds": 900}, "times": 2}, "steps": steps} | changed


def test_the_nearest_layer_that_says_something_decides_level_by_level() -> None:
    city = Layer("city", 3, {"emergency": quick(), "urgent": default_data()["levels"]["urgent"]})
    mine = Layer("resident:r-1", 1, {"emergency": quick(calm=False)})
    whole = effective([city, mine])
    assert whole["version"] == "policy@3 city@3 resident:r-1@1"
    assert whole["levels"]["watch"] == default_data()["levels"]["watch"]
    assert [source([city, mine], level) for level in ("emergency", "urgent", "watch")] == ["resident:r-1", "city", ""]
    assert scopes("가온동", "r-1") == ["city", "district:가온동", "resident:r-1"]
    frozen = freeze(effective([city], ["2026-12-25"]), "Asia/Seoul", (1, 2))
    policy = policies(frozen)[Level.EMERGENCY]
    assert policy.steps[0].wait.seconds == 30
    assert not policy.hours.works_on(CHRISTMAS), "holidays are no working days"
    further = [{"to": ["rank:each"], "wait": {"seconds": 60}}]
    assert readable({"emergency": quick()})
    assert not readable({"emergency": quick(steps=further)}), "a roster of one rank would be left without a step"


@pytest.mark.parametrize(
    ("level", "entry", "fault"),
    [
        (Level.EMERGENCY, quick(calm=True), "calm"),
        (Level.EMERGENCY, quick(steps=[{"to": ["contact:1"], "wait": {"seconds": 30}}]), "first_without_staff"),
        (Level.EMERGENCY, quick(steps=[{"to": ["rank:1"], "wait": {"seconds": 30}}]), "without_supervisor"),
        (Level.EMERGENCY, quick(steps=[{"to": ["supervisor"], "wait": {"seconds": 900}}]), "waits_too_long"),
        (Level.EMERGENCY, quick(remind={"wait": {"seconds": 7200}, "times": 2}), "reminded_too_late"),
        (Level.URGENT, quick(remind={"wait": {"working_days": 1}, "times": 1}), "reminded_too_late"),
        (Level.EMERGENCY, quick(steps=[{"to": ["rank:each", "supervisor"], "wait": {"seconds": 60}}]), "emergency"),
        (Level.EMERGENCY, quick(steps=[{"to": ["technician"], "wait": {"seconds": 60}}]), "first_without_staff"),
        (Level.WATCH, quick(steps=[{"to": ["supervisor"], "wait": {"working_days": 400}}]), "waits_too_long"),
        (Level.WATCH, quick(remind={"wait": {"working_days": 99999}, "times": 1}), "waits_too_long"),
        (Level.WATCH, quick(steps=[]), "watch"),
        (Level.WATCH, quick(remind={"wait": {"seconds": 900}, "times": 0}), "watch"),
    ],
)
def test_a_policy_that_would_leave_somebody_alone_is_refused(level: Level, entry: dict[str, Any], fault: str) -> None:
    with pytest.raises(BadPolicy, match=f"^{fault}"):
        check(level, entry)
    check(Level.EMERGENCY, quick())


def test_figures_of_a_month() -> None:
    noon = datetime(2026, 11, 3, 3, tzinfo=UTC)

    def case(level: Level, seconds: float | None, outcome: str | None, why: str | None = None) -> Case:
        taken = None if seconds is None else noon + timedelta(seconds=seconds)
        return Case(level, noon, taken, "u-1" if taken else None, outcome, why, "r-1", frozenset({"sos@1"}))

    cases = [
        case(Level.EMERGENCY, 30, "helped"),
        case(Level.EMERGENCY, 90, "false_alarm", "mistake"),
        case(Level.URGENT, 600, "false_alarm"),
        case(Level.EMERGENCY, None, None),
    ]
    found = figures(cases, cases[-1:], "Asia/Seoul")
    assert (found.opened, found.waiting) == (4, 1)
    speed = found.speed["emergency"]
    assert (speed.count, speed.median_s, speed.slowest_s, speed.within) == (2, 60.0, 90.0, 0.5)
    assert list(found.by_hour) == [12]
    (rule,) = found.rules
    assert (rule.right, rule.wrong, rule.unknown, rule.share) == (1, 2, 1, 0.333)
    assert set(rule.because) == {("mistake", 1), ("", 1)}
    assert [(load.coordinator, load.open, load.taken) for load in found.loads] == [("u-1", 0, 3)]


@pytest.mark.parametrize(
    ("last", "today", "late"),
    [
        (None, date(2026, 11, 3), True),
        (date(2026, 11, 1), date(2026, 11, 30), False),
        (date(2026, 10, 31), date(2026, 11, 7), False),
        (date(2026, 10, 31), date(2026, 11, 8), True),
        (date(2026, 9, 30), date(2026, 11, 2), True),
    ],
)
def test_a_home_without_a_drill_this_month_is_overdue_after_its_first_week(
    last: date | None, today: date, late: bool
) -> None:
    assert overdue(last, today) is late


def test_what_would_have_changed_it_claims_only_what_the_rule_kept() -> None:
    silence = Basis("silence", Level.URGENT, "조용하십니다.", {"expected_min": 210})
    assert what_if([silence], WORDS) == (
        "평소 이 시간에 조용하신 3.5시간 안에 움직임이 한 번이라도 잡혔다면 알리지 않았습니다.",
    )
    bare = Basis("silence", Level.URGENT, "조용하십니다.", {})
    assert what_if([bare], WORDS) == ("이 신호가 없었다면 알리지 않았습니다.",)
    missed = Basis("missed_checkin", Level.WATCH, "답이 없었습니다.", {"attempts": 3, "unreachable": 0})
    assert what_if([silence, missed], WORDS)[-1] == "'조용하십니다.' 한 가지가 없었다면 단계는 관찰이었습니다."
    assert "어느 하나만으로도" in what_if([silence, silence], WORDS)[-1]
    assert what_if([], WORDS) == ()
