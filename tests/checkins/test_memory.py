"""What is remembered across talks: noticed, followed up, healed, read out, put right, forgotten."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from checkins.facts import Fact, Kind, State, grown_old, healed_by, is_due, merged, noticed, to_ask, verdict
from residents import service as people
from store import FixedClock, Store
from store.audit import AuditRow
from tests.checkins.book import book, meaning
from tests.checkins.town import Town

MONDAY = date(2026, 11, 23)
BAD = "negative"
KNEE = meaning("health.complaint", feel=BAD)
FINE = meaning("health.fine")


def heard(text: str, *stated: str) -> list[tuple[str, str, str]]:
    """(kind, about, day) of what is noticed in a sentence said on Monday."""
    found = noticed(text, meaning(*stated), "t-1", MONDAY, book().notice, book().script)
    return [(fact.kind.value, fact.about, fact.day.isoformat() if fact.day else "") for fact in found]


@pytest.mark.parametrize(
    ("text", "stated", "expected"),
    [
        ("무릎이 아파", ["health.complaint"], [("passing", "무릎", "")]),
        ("무릎은 괜찮은데 허리가 아파", ["health.complaint"], [("passing", "허리", "")]),
        ("허리가 늘 아파", ["health.complaint"], [("chronic", "허리", "")]),
        ("당뇨가 있어서 약 먹어", ["medication.taken"], [("chronic", "당뇨", "")]),
        ("아들이 당뇨가 있어", ["health.complaint"], []),
        ("아파", ["health.complaint"], []),
        ("통 못 잤어", ["sleep.poor"], [("passing", "", "")]),
        ("딸이 서울에 살아", [], [("person", "따님", "")]),
        ("딸이 와 있어", ["social.connected"], []),
        ("매일 경로당에 가", ["activity.active"], [("place", "경로당", "")]),
        ("수요일마다 복지관에 가", ["activity.active"], [("place", "복지관", "")]),
        ("어제 시장에 갔다 왔어", ["activity.active"], []),
        ("내일 딸이 온대", [], [("plan", "따님 오시는 일", "2026-11-24")]),
        ("모레 병원 예약 있어", [], [("plan", "병원 가시는 일", "2026-11-25")]),
        ("다음 주 금요일에 김장해", [], [("plan", "김장", "2026-12-04")]),
        ("내일 딸이 못 온대", [], []),
        ("내일은 춥대", [], []),
        ("형광등이 나갔어 갈아 줘", ["request.present"], [("wish", "형광등이 나갔어 갈아 줘", "")]),
        ("오늘은 날이 좋네", [], []),
    ],
)
def test_what_is_noticed(text: str, stated: list[str], expected: list[tuple[str, str, str]]) -> None:
    assert heard(text, *stated) == expected


def fact(**more: object) -> Fact:
    values = {
        "kind": Kind.PASSING,
        "about": "무릎",
        "topic": "health",
        "how": "pain",
        "said": "무릎이 아파",
        "id": "f-1",
    }
    return Fact(**{**values, "since": MONDAY, "at": MONDAY, **more})  # type: ignore[arg-type]


def asked_on(one: Fact, days: int) -> list[int]:
    """The days after which it is asked about, where it always stays the same."""
    found = []
    for ahead in range(days):
        today = MONDAY + timedelta(days=ahead)
        if is_due(one, today, book().notice):
            found.append(ahead)
            times = one.times + 1
            aged = Fact(**{**one.__dict__, "asked": today, "at": today, "times": times})
            one = grown_old(aged, today, book().notice)
    return found


def test_an_ache_is_asked_about_the_next_day_then_ever_more_seldom_then_only_for_change() -> None:
    assert asked_on(fact(), 60) == [1, 2, 4, 8, 16, 30, 44, 58]


def test_a_chronic_one_is_asked_about_every_fortnight() -> None:
    assert asked_on(fact(kind=Kind.CHRONIC, how="chronic"), 45) == [14, 28, 42]


def test_a_plan_is_asked_about_once_when_it_is_past() -> None:
    visit = fact(kind=Kind.PLAN, how="plan", topic="", day=MONDAY + timedelta(days=2))
    assert [n for n in range(30) if is_due(visit, MONDAY + timedelta(days=n), book().notice)][:1] == [3]
    asked = fact(kind=Kind.PLAN, how="plan", topic="", day=MONDAY, asked=MONDAY + timedelta(days=1))
    assert not is_due(asked, MONDAY + timedelta(days=2), book().notice)


def test_people_places_and_what_has_healed_are_not_asked_about() -> None:
    later = MONDAY + timedelta(days=20)
    ones = (fact(state=State.HEALED), fact(kind=Kind.PERSON, how="person"), fact(kind=Kind.PLACE, how="place"))
    assert to_ask(ones, later, book().notice) == ()


def test_at_most_two_things_a_talk_and_what_hurts_first() -> None:
    later = MONDAY + timedelta(days=30)
    ones = [fact(id=f"f-{n}", about=str(n), how=how) for n, how in enumerate(("mood", "chronic", "pain"))]
    assert [one.how for one in to_ask(ones, later, book().notice)] == ["pain", "mood"]


def test_the_same_thing_again_is_replaced_and_what_had_healed_begins_anew() -> None:
    old = fact(times=3, asked=MONDAY, state=State.HEALED)
    again = merged([old], fact(id="", said="무릎이 또 아파", since=MONDAY + timedelta(days=9)))
    assert (again.id, again.times, again.state, again.said) == ("f-1", 0, State.OPEN, "무릎이 또 아파")
    assert again.since == MONDAY + timedelta(days=9)
    assert merged([old], fact(id="", about="허리")).id == ""


@pytest.mark.parametrize(
    ("text", "healed"),
    [("무릎은 이제 다 나았어", ["무릎"]), ("아픈 데 없어", ["무릎", "허리"]), ("허리 말고는 괜찮아", [])],
)
def test_what_heals(text: str, healed: list[str]) -> None:
    known = (fact(), fact(about="허리", id="f-2"))
    assert [one.about for one in healed_by(known, text, FINE, book().notice, book().script)] == healed


@pytest.mark.parametrize(
    ("text", "meant", "way"),
    [
        ("이제 괜찮아", meaning(), "better"),
        ("다 나았어", FINE, "better"),
        ("아직 아파", KNEE, "same"),
        ("안 나았어", meaning(), "same"),
        ("더 아파졌어", KNEE, "same"),
        ("그저 그래", meaning(), "same"),
        ("오늘 시장 갔다 왔어", meaning("activity.active"), None),
    ],
)
def test_better_or_the_same(text: str, meant: object, way: str | None) -> None:
    assert verdict(text, meant, "health", book().notice) == way  # type: ignore[arg-type]


@pytest.fixture
def town(store: Store, clock: FixedClock) -> Town:
    """Monday, nine in the morning; the next slot is at 09:30."""
    town = Town(store, clock)
    town.moves_in()
    town.until(9, 30)
    return town


def remembered(town: Town) -> list[tuple[str, str, str]]:
    facts = town.store.read(town.checkins.remembered, "r-1")
    return [(one.kind.value, one.about, one.state.value) for one in facts]


def next_morning(town: Town) -> str:
    """The words of the next planned talk, as asked."""
    town.says("그만")
    town.news()
    town.until(9, 30)
    return town.news()[0][1]


def test_the_knee_is_asked_after_and_once_healed_no_more(town: Town) -> None:
    town.says("무릎이 아파", KNEE)
    hello = next_morning(town)
    assert "무릎" in hello
    assert hello.endswith("어떠세요?")
    town.says("아직 아파", KNEE)
    assert "무릎이" in town.news()[-1][1]
    assert "무릎" in next_morning(town)
    town.says("다 나았어", FINE)
    assert "무릎이" in town.news()[-1][1]
    assert remembered(town) == [("passing", "무릎", "healed")]
    for _ in range(3):
        assert "무릎" not in next_morning(town)


def test_what_was_not_answered_is_asked_closed_once_and_stays_open(town: Town) -> None:
    town.says("무릎이 아파", KNEE)
    next_morning(town)
    town.says("오늘 시장 갔다 왔어", meaning("activity.active"))
    [(_, again)] = town.news()
    assert again.endswith("무릎이 아프세요?")
    town.says("응", meaning())
    assert remembered(town) == [("passing", "무릎", "open")]
    assert "무릎이" in town.news()[-1][1]


def test_what_is_known_is_read_out_and_forgotten_when_they_say_so(town: Town) -> None:
    town.says("무릎이 아파", KNEE)
    town.says("나에 대해 뭘 알고 있어?")
    [told] = [text for _, text in town.news() if "기억하고" in text]
    assert "무릎이 아프다고 하신 것" in told
    assert "health_complaint" in [sign.kind for sign in town.signs()]
    town.says("그건 잊어줘")
    assert remembered(town) == []
    said = town.news()[-1][1]
    assert "지웠어요" in said
    assert "이미 전해" not in said
    assert "health_complaint" not in [sign.kind for sign in town.signs()]  # nor does it weigh in the score any more
    assert all(part.part != "health" for part in town.store.read(town.wellbeing.score_of, "r-1").reasons)
    [talk] = town.checks()
    assert "무릎이 아파" not in [turn.text for turn in talk.turns]
    assert [k for k, _ in town.kinds()] == []  # nobody has to do anything
    audits = town.store.read(lambda tx: [row.what for row in tx.exec(select(AuditRow))])
    assert "memory deleted" in audits


def test_what_a_person_was_told_of_stays_and_that_is_said(town: Town) -> None:
    town.says("형광등이 나갔어 갈아 줘", meaning("request.present"))
    town.news()
    town.says("그건 잊어줘")
    assert "이미 전해 드린 말씀은 선생님 기록에" in town.news()[-1][1]
    assert remembered(town) == []
    assert [kind for kind, _ in town.kinds()] == ["wish"]


def test_of_several_it_is_asked_which(town: Town) -> None:
    town.says("무릎이 아파", KNEE)
    town.says("딸이 서울에 살아", meaning())
    town.says("나에 대해 뭘 알고 있어?")
    town.news()
    town.says("그건 잊어줘")
    assert "어떤 이야기" in town.news()[-1][1]
    town.says("무릎 이야기")
    assert remembered(town) == [("person", "따님", "open")]


def test_what_is_wrong_is_put_right(town: Town) -> None:
    town.says("무릎이 아파", KNEE)
    town.says("그건 틀렸어 무릎이 아니라 허리야")
    assert remembered(town) == [("passing", "허리", "open")]
    town.says("그건 틀렸어")
    assert remembered(town) == []


def test_without_consent_to_health_data_none_is_remembered_and_taken_back_it_is_forgotten(town: Town) -> None:
    town.says("무릎이 아파", KNEE)
    town.says("딸이 서울에 살아", meaning())
    now = town.clock.now()
    town.store.write(people.set_consent, "r-1", "health", False, "test", now)
    assert remembered(town) == [("person", "따님", "open")]
    town.says("허리가 아파", KNEE)
    assert remembered(town) == [("person", "따님", "open")]


def test_who_is_spoken_of_is_asked_after_by_name(town: Town) -> None:
    town.says("손주가 셋이야", meaning())
    hellos = []
    for _ in range(4):
        next_morning(town)
        town.says("괜찮아", meaning("sleep.good", "meal.eaten", "health.fine", "mood.good", "activity.active"))
        hellos += [text for _, text in town.news()]
    assert any("손주" in text for text in hellos)


def test_what_is_remembered_is_sealed(town: Town) -> None:
    town.says("무릎이 아파", KNEE)

    def raw(tx: Session) -> str:
        return str(tx.connection().exec_driver_sql("SELECT * FROM facts").all())

    assert "무릎" not in town.store.read(raw)


def test_how_a_plan_went_may_be_told_in_any_words(town: Town) -> None:
    town.says("내일 딸이 온대", meaning())
    next_morning(town)
    town.says("괜찮아")
    assert "따님 오시는 일" in next_morning(town) + " ".join(text for _, text in asked_until(town, "따님 오시는"))
    town.says("어 왔다 갔어 좋았지", meaning(confidence=0.3))
    assert "못 알아들었어요" not in town.news()[-1][1]
    assert ("plan", "따님 오시는 일", "healed") in remembered(town)


def asked_until(town: Town, words: str) -> list[tuple[str, str]]:
    """What is said until these words are."""
    said: list[tuple[str, str]] = []
    while not any(words in text for _, text in said):
        town.says("괜찮아")
        said += town.news()
        assert len(said) < 5
    return said
