"""What made a talk sound like a form, and how it is said now: found by reading ten days of every made-up resident."""

from itertools import pairwise

import pytest

from checkins.dialogue import step
from checkins.outcomes import Recalled, Understood
from checkins.talk import Heard, Open, Recall, Silent, Talk
from speech.meaning import Meaning
from tests.checkins.book import book, meaning
from tests.checkins.converse import Heardtalk, converse

BAD, GOOD = "negative", "positive"
HALF = 0.38  # as sure as the reader is of many a plain sentence


def recalled(how: str, topic: str, said: str, days: int = 1, closed: bool = False) -> tuple[Heardtalk, str | None]:
    """A talk that begins with what was remembered, and what came of it."""
    recall = Recall("f-1", how, topic, "무릎" if how == "pain" else "", days)
    held = Heardtalk(Talk("영희 어르신", agenda=("recall.f-1", "meals"), recalls=(recall,), introduced=True))
    held.take(Open("plan", 9))
    if held.talk.question == "how":
        held.hear("응")
    if closed:
        held.hear("오늘은 날이 좋네")
    held.hear(said)
    return held, next((one.verdict for one in reversed(held.events) if isinstance(one, Recalled)), None)


def test_a_cheerful_word_the_reader_is_not_sure_of_is_no_reason_to_ask_again() -> None:
    held = converse(("아주 좋아요. 날이 좋네요.", meaning(feel=GOOD, confidence=HALF)))
    assert "못 알아들" not in held.last
    assert held.talk.question == "sleep"
    assert [one.scored for one in held.events if isinstance(one, Understood)] == [False]


def test_the_words_answer_where_the_reader_is_not_sure() -> None:
    story = "그럼 먹었지. 시래깃국 끓이고 고등어 한 토막 굽고 했어. 혼자 먹어도 잘 챙겨 먹어야지."
    for said, read, scored in (
        (story, "meal.eaten", True),  # both say the same: it counts
        ("아점으로 빵 먹음", "meal.skipped", False),  # they differ: nothing of it weighs
        ("안 먹었어. 혼자 먹기 싫어.", "meal.skipped", True),
    ):
        held = converse("응", ("잘 잤어", meaning("sleep.good")), (said, meaning(read, confidence=HALF)))
        assert held.talk.question == "health", str(held)
        assert [one.scored for one in held.events if isinstance(one, Understood)][-1] is scored


def test_not_to_know_is_never_fine() -> None:
    held = converse("응", "응", "응", ("잘 모르겠어", meaning("health.fine")))
    assert "못 알아들" in held.last
    held.hear("글쎄 모르겠네")
    assert held.reported == ["unclear_answer"]


def test_what_asks_for_nothing_is_no_wish() -> None:
    asked = meaning("request.present")
    for said in ("부탁할 게 뭐 있나", "해 주지도 못할 거면서"):
        held = converse("응", (said, asked), agenda=("wishes",))
        assert "전할게요" not in held.last, said
        assert [one.scored for one in held.events if isinstance(one, Understood)][-1] is False, said


def test_so_so_is_so_so_whatever_the_reader_makes_of_it() -> None:
    guessed = converse(("그렇지 뭐", meaning("mood.low", feel=BAD)))
    assert "가라앉" not in guessed.last
    assert "mood.low" not in guessed.talk.stated
    slept = converse("응", ("그럭저럭 잤어요", meaning()))
    assert slept.talk.question == "meals"  # it is an answer, and not asked again
    eaten = converse("응", "응", "그렇지 뭐")
    assert eaten.last.endswith("오늘 식사를 하셨어요?")  # that is none to a question of yes or no


def test_who_is_hard_of_hearing_is_heard_and_spoken_to_more_slowly() -> None:
    held = converse(("괜찮아. 크게 좀 말해.", meaning("request.present")))
    assert held.reported == []
    assert "더 천천히" in held.last
    held.hear("응")
    assert held.says[-1].slow
    well = converse("응", "응", "응", ("귀가 어두워서 그렇지 몸은 괜찮아", meaning("health.complaint", feel=BAD)))
    assert "불편" not in well.last
    assert well.talk.question == "medicine"


def test_who_would_rather_not_say_is_let_be_and_not_asked_on() -> None:
    held = converse("응", "몰라도 돼")
    assert "어젯밤" not in held.last
    assert held.open
    held.hear("먹든 말든")
    assert (held.ended, held.last.count("?")) == ("stop", 0)


def test_who_scoffs_at_a_machine_is_answered() -> None:
    assert "기계라서" in converse("기계가 뭘 안다고 그래", wording=2).last
    assert "또 저예요" in converse("또 너냐", wording=3).last


def test_a_bitter_word_is_no_riddle() -> None:
    held = converse("응", "응", "응", "없어", "응", ("기분이 좋겠냐", meaning(feel=GOOD, confidence=HALF)))
    assert "못 알아들" not in held.last
    assert "기뻐" not in held.last


def test_who_asks_on_and_on_for_the_day_is_told_and_led_on() -> None:
    held = converse("오늘이 무슨 요일이더라", "오늘이 무슨 요일이더라")
    assert held.talk.question == "sleep"


def test_nothing_is_bright_after_a_heavy_heart_and_nothing_abrupt() -> None:
    low = meaning("mood.low", feel=BAD)
    held = converse(("먼저 간 영감 생각이 나서 눈물이 나", low), said=("follow.mood.low",))
    assert "그리" in held.last  # the longing is taken up
    assert held.last.count("여쭐게요") == 1  # and the next question comes gently
    held.hear(("잘 잤어", meaning("sleep.good")))
    assert not [word for word in ("기뻐", "반가", "기분이 좋") if word in held.last]
    for said in (meaning("meal.eaten"), meaning("health.fine"), meaning("medication.taken"), meaning("mood.low")):
        held.hear(("그래", said))
    held.hear("없어")
    closings = book().script.part("close.after")["mood.low"]
    assert any(held.last.endswith(words) for words in closings)


def test_good_bye_has_in_mind_what_hurts() -> None:
    talk = converse(("무릎이 아파", meaning("health.complaint", feel=BAD)), agenda=(), why="plan")
    talk.hear("아니")
    talk.hear("없어")
    assert any(talk.last.endswith(words) for words in book().script.part("close.after")["health.complaint"])


def test_no_wording_comes_on_two_days_running() -> None:
    spoken = [
        converse("응", ("잘 잤어", meaning("sleep.good")), ("먹었어", meaning("meal.eaten")), wording=day)
        for day in range(8)
    ]
    for before, after in pairwise(spoken):
        assert not {say.text for say in before.says[:3]} & {say.text for say in after.says[:3]}


@pytest.mark.parametrize(
    ("days", "when"),
    [(1, "어제"), (2, "그저께"), (5, "지난번에")],
)
def test_yesterday_is_called_yesterday(days: int, when: str) -> None:
    recall = Recall("f-1", "pain", "health", "무릎", days)
    start = Talk("영희 어르신", agenda=("recall.f-1",), recalls=(recall,), introduced=True)
    _, outcomes = step(start, Open("plan", 9), book())
    assert when in outcomes[0].text  # type: ignore[union-attr]


def test_slept_well_is_better_also_where_it_was_asked_as_yes_or_no() -> None:
    held, verdict = recalled("sleep", "sleep", "하모, 잘 잤다", closed=True)
    assert verdict == "better"
    assert "설치" not in held.last
    assert recalled("mood", "mood", "어제보다 좀 나아요.")[1] == "better"
    assert recalled("mood", "mood", "그냥 그래. 낙이 없어.")[1] == "same"


def test_a_short_answer_to_what_was_remembered_is_taken_up_once() -> None:
    recall = Recall("f-1", "mood", "mood", "", 1)
    talk = Talk(
        "영희 어르신", agenda=("recall.f-1", "meals"), recalls=(recall,), introduced=True, question="recall.f-1"
    )
    _, outcomes = step(talk, Heard("이제 괜찮아요.", meaning("health.fine")), book())
    said = next(one.text for one in outcomes if hasattr(one, "text"))
    assert said.count(".") == 1


def test_thanks_are_answered() -> None:
    talk = Talk("영희 어르신", agenda=("wishes",), introduced=True, question="wishes")
    _, outcomes = step(talk, Heard("없어요. 고마워요.", Meaning()), book())
    said = next(one.text for one in outcomes if hasattr(one, "text"))
    assert said.startswith(("별말씀을요", "아니에요, 제가 고맙지요"))


def test_the_angry_are_offered_fewer_talks_once_then_left_in_peace() -> None:
    annoyed = ("왜 자꾸 물어봐 화나게", meaning("mood.angry", feel=BAD))
    held = converse(annoyed, said=("offer.fewer",))
    assert (held.ended, held.last.count("?")) == ("stop", 0)


def test_who_was_left_in_the_middle_of_a_talk_hears_that_we_are_sorry() -> None:
    held = converse("응")
    held.take(Silent(cut=True))
    assert held.ended == "away"
    assert "죄송해요" in held.last
    assert not held.says[-1].listen
    danger = converse(("가슴이 조여", meaning(chest_pain="emergency")))
    danger.take(Silent(cut=True))
    assert danger.open  # a danger is asked about again, and told
    assert danger.reported == ["red_flag_silent"]


@pytest.mark.parametrize("said", ["지금 몇 시야", "몰라도 돼", "기계가 뭘 안다고"])
def test_whether_all_is_well_in_a_silent_home_is_never_passed_over(said: str) -> None:
    held = converse(agenda=("safe", "health"), why="silence")
    times = 0
    while held.talk.question == "safe" and not held.talk.ended:
        assert (times := times + 1) <= 4, str(held)
        held.hear(said)
    assert "unclear_answer" in held.reported, str(held)
