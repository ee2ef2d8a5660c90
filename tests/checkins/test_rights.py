"""Rights by voice and chat: claimed, read back, confirmed, obeyed from the next message on, on the record."""

from collections.abc import Sequence

import pytest
from sqlmodel import select

from residents import service as people
from speech.meaning import Meaning
from store import FixedClock, Store
from store.audit import AuditRow
from tests.checkins.book import meaning
from tests.checkins.town import Town


@pytest.fixture
def town(store: Store, clock: FixedClock) -> Town:
    """Monday, nine in the morning; a daughter hears of health, mood and activity; the next slot is at 09:30."""
    town = Town(store, clock)
    town.moves_in(consents=("voice", "chat", "health", "sensors", "family"))
    store.write(people.set_topics, "c-r-1", ["health", "mood", "activity"], "test", clock.now())
    town.until(9, 30)
    town.news()
    return town


def reply(town: Town, text: str, meant: Meaning | None = None, by: str = "speaker") -> str:
    """What is said back."""
    town.says(text, meant, by=by)
    return " ".join(said for _, said in town.news())


def shared(town: Town) -> Sequence[str]:
    return town.store.read(people.contact, "c-r-1").topics


def audited(town: Town) -> list[str]:
    return town.store.read(lambda tx: [row.what for row in tx.exec(select(AuditRow)) if row.who == "r-1"])


def tasks(town: Town) -> list[str]:
    return [kind for kind, _ in town.kinds()]


@pytest.mark.parametrize("by", ["speaker", "telegram"])
def test_the_daughter_is_not_told_of_pain_any_more(town: Town, by: str) -> None:
    back = reply(town, "딸한테는 아프다고 말하지 마", by=by)
    assert "따님께는 몸 이야기를" in back
    assert shared(town) == ("activity", "health", "mood")  # not before the yes
    assert "급한 일" in reply(town, "네", by=by)
    assert shared(town) == ("activity", "mood")
    assert "sharing" in audited(town)
    assert tasks(town) == []


def test_the_daughter_is_told_of_nothing_any_more(town: Town) -> None:
    assert "어르신 소식을" in reply(town, "딸한테는 말하지 마")
    reply(town, "응")
    assert shared(town) == ()
    assert "전하지 않고 있어요" in reply(town, "딸한테는 말하지 마")


def test_no_keeps_the_sharing_and_two_unclear_answers_leave_it_to_a_person(town: Town) -> None:
    reply(town, "딸한테는 말하지 마")
    assert "지금처럼" in reply(town, "아니")
    reply(town, "딸한테는 말하지 마")
    reply(town, "글쎄 모르겠네")
    assert "담당 선생님" in reply(town, "글쎄")
    assert len(shared(town)) == 3
    assert tasks(town) == ["rights_request"]


def test_a_relative_there_is_not_is_a_persons_matter(town: Town) -> None:
    assert "담당 선생님" in reply(town, "며느리한테는 말하지 마")
    assert tasks(town) == ["rights_request"]


def test_three_days_in_hospital_are_read_back_and_nobody_is_asked_meanwhile(town: Town) -> None:
    assert "11월 25일 수요일까지 병원에 계신다고" in reply(town, "병원 3일 간다")
    assert town.store.read(people.absence, "r-1", town.clock.now()) is None
    assert "잘 다녀오세요" in reply(town, "네")
    away = town.store.read(people.absence, "r-1", town.clock.now())
    assert away is not None
    assert (away.reason, f"{away.end.astimezone(town.zone):%d %H:%M}") == ("병원", "26 00:00")
    town.passes(days=2)
    assert town.news() == []
    assert "absence" in audited(town)
    assert tasks(town) == []
    town.passes(days=1)
    assert "다녀오시느라" in " ".join(text for _, text in town.news())  # back: asked by itself


def test_from_tomorrow_on_it_begins_tomorrow_and_the_talk_goes_on(town: Town) -> None:
    assert "11월 24일 화요일부터 11월 26일 목요일까지" in reply(town, "내일부터 병원에 사흘 입원해")
    assert reply(town, "그래").endswith("?")
    assert town.store.read(people.absence, "r-1", town.clock.now()) is None
    town.until(9, 29)
    assert town.store.read(people.absence, "r-1", town.clock.now()) is not None


def test_without_an_end_it_is_asked_until_when(town: Town) -> None:
    assert "언제까지" in reply(town, "며칠 딸네 가 있을 거야")
    assert "11월 29일 일요일까지 가족 댁에" in reply(town, "일주일")
    reply(town, "네")
    assert town.store.read(people.absence, "r-1", town.clock.now()) is not None


def test_without_an_end_that_can_be_made_out_a_person_asks(town: Town) -> None:
    reply(town, "며칠 딸네 가 있을 거야")
    reply(town, "글쎄 봐서")
    assert "담당 선생님" in reply(town, "모르겠어")
    assert town.store.read(people.absence, "r-1", town.clock.now()) is None
    assert tasks(town) == ["rights_request"]


def test_fewer_checkins_are_read_back_and_the_plan_is_changed(town: Town) -> None:
    assert "월요일, 수요일, 금요일에만" in reply(town, "전화 너무 자주 하지 마")
    reply(town, "그래")
    reply(town, "그만")
    town.until(9, 30)
    assert town.news() == []  # Tuesday
    town.until(9, 30)
    assert len(town.news()) == 1
    assert "plan" in audited(town)
    assert tasks(town) == ["rights_request"]


def test_once_a_week_is_once_a_week(town: Town) -> None:
    assert "수요일에만" in reply(town, "전화는 일주일에 한 번만 해")
    reply(town, "응")
    plan = town.store.read(town.checkins.plan_of, "r-1")
    assert plan is not None
    assert plan.days == (2,)


def test_an_angry_resident_hears_an_apology_and_may_have_fewer(town: Town) -> None:
    back = reply(town, "왜 자꾸 전화해서 귀찮게 물어봐", meaning("mood.angry", feel="negative"))
    assert "죄송해요" in back
    assert back.endswith("드릴까요?")
    reply(town, "네")
    plan = town.store.read(town.checkins.plan_of, "r-1")
    assert plan is not None
    assert len(plan.days) == 3


def test_sensors_and_health_data_can_be_refused_and_the_talk_goes_on(town: Town) -> None:
    assert "센서로" in reply(town, "센서 떼 줘")
    assert reply(town, "네").endswith("?")
    assert "몸과 약" in reply(town, "내 건강 얘기 적지 마")
    reply(town, "네")
    consents = town.store.read(people.consents, "r-1")
    assert (consents["sensors"], consents["health"], consents["voice"]) == (False, False, True)


def test_somebody_else_answers_and_nothing_of_it_is_the_residents(town: Town) -> None:
    said = reply(town, "저는 아들인데요 어머니는 지금 주무세요", meaning("sleep.good", "health.fine", feel="positive"))
    assert "?" not in said
    assert [c.state for c in town.checks()] == ["asked"]
    assert [s for s in town.signs() if s.part] == []
    assert tasks(town) == []
    town.passes(minutes=10)
    assert len(town.news()) == 1  # the next attempt comes by time
    town.passes(hours=3)
    assert "missed_checkin" in tasks(town)


def test_what_was_asked_in_between_is_answered_and_the_question_put_again(town: Town) -> None:
    assert "오전 9시 30분" in reply(town, "몇 시야?")
    assert "11월 23일, 월요일" in reply(town, "오늘 며칠이야?")
    weather = reply(town, "오늘 날씨 어때?")
    assert "알 수가 없어요" in weather
    assert weather.endswith("?")


def test_an_answer_that_fits_no_question_is_asked_once_more_closed_and_is_never_fine(town: Town) -> None:
    reply(town, "괜찮아")
    reply(town, "응", meaning("sleep.good"))
    assert reply(town, "옛날에는 강에서 고기를 잡았지").endswith("식사를 하셨어요?")
    asked_on = reply(town, "우리 동네가 참 좋았어")
    assert "식사" not in asked_on.rsplit(".", 1)[-1]
    assert tasks(town) == ["unclear_answer"]
    assert not [s for s in town.signs() if s.kind.startswith("meal")]


def test_a_contradiction_is_asked_again_and_only_the_last_word_counts(town: Town) -> None:
    reply(town, "밥은 먹었지", meaning("meal.eaten"))
    back = reply(town, "종일 아무것도 못 먹었어", meaning("meal.skipped", feel="negative"))
    assert back.endswith("식사를 하셨어요?")
    assert not [s for s in town.signs() if s.kind == "meal_skipped"]
    reply(town, "아니", meaning("meal.skipped"))
    assert [s for s in town.signs() if s.kind == "meal_skipped"]


@pytest.mark.parametrize(
    ("taken", "given", "topics"),
    [
        ("센서 떼 줘", "센서 다시 켜 줘", {"sensors"}),
        ("내 건강 얘기 적지 마", "건강 얘기 다시 적어도 돼", {"health"}),
    ],
)
def test_what_was_taken_back_is_given_again_once_it_is_read_back(
    town: Town, taken: str, given: str, topics: set[str]
) -> None:
    def holds() -> set[str]:
        return {topic for topic in topics if town.store.read(people.consents, "r-1")[topic]}

    reply(town, taken)
    reply(town, "네")
    assert holds() == set()
    assert "말씀이시지요?" in reply(town, given)
    assert holds() == set()  # not before the yes
    reply(town, "아니")
    assert holds() == set()
    reply(town, given)
    assert reply(town, "응").endswith("?")  # obeyed, and the talk goes on
    assert holds() == topics
    assert audited(town).count("consent given") == 1
    assert [sign.level for sign in town.signs() if sign.kind == "consent_given"] == [None]  # shown, nobody's task


def test_who_is_asked_no_more_presses_the_button_and_is_asked_again(town: Town) -> None:
    reply(town, "이제 연락하지 마")
    reply(town, "네")
    town.until(9, 30)
    assert town.news() == []
    town.presses()
    town.news()
    assert "다시 안부를 여쭈어도" in reply(town, "이제 다시 연락해도 돼")
    reply(town, "네")
    consents = town.store.read(people.consents, "r-1")
    assert (consents["voice"], consents["chat"]) == (True, True)
    reply(town, "그만")
    town.until(9, 30)
    assert len(town.news()) == 1


def test_what_holds_is_not_given_again_and_a_first_consent_is_a_persons_to_explain(town: Town) -> None:
    assert "지금도 그렇게" in reply(town, "말 걸어도 괜찮아")
    assert tasks(town) == []
    assert "담당 선생님" in reply(town, "이제 녹음해도 돼")  # never agreed to before
    assert tasks(town) == ["rights_request"]
    assert not town.store.read(people.consents, "r-1")["audio"]
