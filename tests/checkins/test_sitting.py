"""An instrument in a talk: asked whether it may be, read as worded, stopped whenever they like, never guessed."""

from dataclasses import replace
from functools import cache

import pytest

from checkins import instrument
from checkins.dialogue import step
from checkins.outcomes import Asked, Say, Understood
from checkins.talk import Book, Event, Heard, Open, Phase, Silent, Talk, dump, load
from prompts import load as load_words
from speech.meaning import Meaning
from tests.checkins.book import book, meaning


@cache
def with_forms() -> Book:
    words = load_words()
    return replace(book(), forms=instrument.parse(words.data("instruments"), words.files("instruments")))


class Sat:
    """A talk in which an instrument is due, with one question before it."""

    def __init__(self, form: str, channel: str = "speaker") -> None:
        self.talk = Talk("영희 어르신", channel, ("wishes",), introduced=True, turn=3, form=form)
        self.said: list[str] = []
        self.outcomes: list[object] = []
        self.take(Open("plan", 9))
        self.hears("괜찮아", "없어")

    def take(self, event: Event) -> None:
        self.talk, outcomes = step(load(dump(self.talk)), event, with_forms())
        self.outcomes += outcomes
        self.said += [one.text for one in outcomes if isinstance(one, Say)]

    def hears(self, *texts: str, meant: Meaning | None = None, sure: float = 1.0) -> "Sat":
        for text in texts:
            self.take(Heard(text, meant or meaning(), sure))
        return self

    @property
    def last(self) -> str:
        return self.said[-1]

    @property
    def asked(self) -> list[Asked]:
        return [one for one in self.outcomes if isinstance(one, Asked)]


def items(form: str) -> list[str]:
    return [item.ask for item in with_forms().forms.instruments[form].items]


def test_it_is_offered_last_and_read_as_worded() -> None:
    sat = Sat("phq2")
    assert "여쭤봐도 괜찮으세요?" in sat.last
    sat.hears("응")
    assert sat.last.endswith(items("phq2")[0])
    assert "일 번 전혀 그러지 않았다, 이 번 며칠 그랬다" in sat.last
    sat.hears("가끔 그랬지")
    assert sat.last.endswith(items("phq2")[1])
    sat.hears("거의 매일")
    assert sat.asked == [Asked("phq2", "filled", (1, 3))]
    assert sat.talk.phase is Phase.CLOSED
    assert "대답해 주셔서 고마워요." in sat.last


@pytest.mark.parametrize("form", ["phq2", "who5", "loneliness3", "kfrail"])
def test_each_can_be_answered_by_number_to_its_end(form: str) -> None:
    sat = Sat(form).hears("네", *["1번"] * len(items(form)))
    assert [(one.how, len(one.points)) for one in sat.asked] == [("filled", len(items(form)))]
    for item in items(form):
        assert sum(text.endswith(item) for text in sat.said) == 1


def test_who_does_not_want_to_is_left_in_peace() -> None:
    for no in ("아니", "싫어", "됐어요", "그만", "바빠"):
        sat = Sat("who5").hears(no)
        assert sat.asked == [Asked("who5", "refused")]
        assert sat.talk.phase is Phase.CLOSED
        assert "?" not in sat.last


def test_what_could_mean_two_things_is_asked_once_more_and_then_let_be() -> None:
    sat = Sat("phq2").hears("네", "재미가 없었어")
    assert sat.last.endswith(items("phq2")[0])
    assert "일 번 전혀 그러지 않았다" in sat.last
    sat.hears("몰라 글쎄")
    assert sat.asked == [Asked("phq2", "stopped")]
    assert "여기까지만" in sat.last


def test_badly_heard_is_no_answer() -> None:
    sat = Sat("phq2").hears("네").hears("매일", sure=0.2)
    assert sat.talk.points == ()
    assert sat.last.endswith(items("phq2")[0])


def test_it_can_be_stopped_at_any_item_and_what_was_answered_is_kept_apart() -> None:
    sat = Sat("who5").hears("네", "가끔", "그만")
    assert sat.asked == [Asked("who5", "stopped", (1,))]
    assert sat.talk.phase is Phase.CLOSED


def test_who_falls_silent_in_it_is_not_kept() -> None:
    sat = Sat("who5").hears("네", "가끔")
    sat.take(Silent())
    assert sat.talk.phase is not Phase.CLOSED
    sat.take(Silent())
    assert sat.asked == [Asked("who5", "stopped", (1,))]


def test_a_word_of_self_harm_leaves_it_at_once() -> None:
    sat = Sat("phq2").hears("네").hears("매일 그래 죽고 싶어", meant=meaning(self_harm="urgent"))
    assert sat.talk.phase is Phase.RED
    assert "109" in sat.last
    assert sat.asked == [Asked("phq2", "stopped")]


def test_say_it_again_reads_the_item_again() -> None:
    sat = Sat("phq2").hears("네", "뭐라고?")
    assert sat.last.endswith(items("phq2")[0])
    assert sat.talk.question == "form.0"


def test_an_answer_to_an_item_weighs_nothing_else() -> None:
    sat = Sat("phq2")
    before = len(sat.outcomes)
    sat.hears("네", "거의 매일", "거의 매일")
    assert not [one for one in sat.outcomes[before:] if isinstance(one, Understood) and one.scored]


def test_in_the_chat_the_answers_are_buttons_and_not_read_out() -> None:
    sat = Sat("loneliness3", "telegram").hears("네")
    assert "일 번" not in sat.last
    says = [one for one in sat.outcomes if isinstance(one, Say)]
    assert says[-1].buttons == ("거의 그렇지 않다", "가끔 그렇다", "자주 그렇다")


def test_without_one_due_nothing_is_offered() -> None:
    sat = Sat("")
    assert sat.talk.phase is Phase.CLOSED
    assert sat.asked == []
