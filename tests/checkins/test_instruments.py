"""Instruments: read as worded, answered by words or numbers, scored as published, and never guessed."""

import itertools

import pytest

from checkins.instrument import BadInstrument, Instrument, parse
from prompts import load

WORDS = load("ko")
FILES = {name.partition("/")[2]: data for name, data in WORDS.files("instruments").items()}
ALL = parse(WORDS.data("instruments"), FILES).instruments

HEARD = [
    ("phq2", 0, "전혀 안 그랬어", 0),
    ("phq2", 0, "그런 적 없어요", 0),
    ("phq2", 0, "아니요", 0),
    ("phq2", 1, "며칠 좀 그랬지", 1),
    ("phq2", 1, "가끔", 1),
    ("phq2", 1, "일주일 넘게 그랬어", 2),
    ("phq2", 1, "거의 매일 그래", 3),
    ("phq2", 1, "맨날 그렇지 뭐", 3),
    ("phq2", 1, "3번", 2),
    ("phq2", 1, "사 번이요", 3),
    ("phq2", 1, "오 번이요", None),  # there are four
    ("phq2", 1, "사 번", 3),
    ("phq2", 0, "재미가 없었어", None),  # no interest, or no such days? it is asked again
    ("phq2", 0, "재미가 전혀 없었어", None),
    ("phq2", 0, "응", None),
    ("phq2", 0, "자주는 아니고 가끔 그랬다가 자주", None),
    ("phq2", 0, "밥 먹었어", None),
    ("who5", 0, "늘 그랬다", 5),
    ("who5", 0, "거의 늘 그래", 4),
    ("who5", 0, "가끔", 1),
    ("who5", 0, "그런 적 없어", 0),
    ("who5", 0, "절반 넘게 그랬지", 3),
    ("who5", 0, "절반이 안 돼", 2),
    ("who5", 0, "여섯째", 0),
    ("loneliness3", 0, "자주 그래", 3),
    ("loneliness3", 0, "말벗이 없어", None),
    ("loneliness3", 1, "아니 괜찮아", 1),
    ("loneliness3", 2, "가끔 그래", 2),
    ("kfrail", 0, "늘 피곤해", 1),
    ("kfrail", 0, "기운이 하나도 없어", None),
    ("kfrail", 0, "가끔", 0),
    ("kfrail", 1, "응 힘들어", 1),
    ("kfrail", 1, "안 힘들어", 0),
    ("kfrail", 1, "못 올라가", 1),
    ("kfrail", 1, "아니요", 0),
    ("kfrail", 3, "두 가지", 0),
    ("kfrail", 3, "일곱 가지나 돼", 1),
    ("kfrail", 3, "없어", 0),
    ("kfrail", 4, "안 빠졌어", 0),
    ("kfrail", 4, "많이 빠졌지", 1),
]


@pytest.mark.parametrize(("key", "item", "text", "points"), HEARD)
def test_an_answer_in_free_words_or_by_number(key: str, item: int, text: str, points: int | None) -> None:
    assert ALL[key].answer(item, text) == points


@pytest.mark.parametrize("instrument", ALL.values(), ids=list(ALL))
def test_each_choice_is_understood_as_it_is_read(instrument: Instrument) -> None:
    for number, item in enumerate(instrument.items):
        for place, choice in enumerate(item.choices, 1):
            assert instrument.answer(number, choice.say) == choice.score, choice.say
            assert instrument.answer(number, f"{place}번") == choice.score


PUBLISHED = [
    ("phq2", (0, 0), 0, False),
    ("phq2", (1, 1), 2, False),
    ("phq2", (1, 2), 3, True),  # Kroenke 2003: three or more
    ("phq2", (3, 3), 6, True),
    ("who5", (5, 5, 5, 5, 5), 100, False),
    ("who5", (2, 3, 3, 2, 3), 52, False),
    ("who5", (2, 3, 2, 2, 3), 48, True),  # Topp 2015: below 50 of 100
    ("who5", (0, 0, 0, 0, 0), 0, True),
    ("loneliness3", (1, 1, 1), 3, False),
    ("loneliness3", (2, 2, 1), 5, False),
    ("loneliness3", (2, 2, 2), 6, True),  # Steptoe 2013: six or more of nine
    ("kfrail", (0, 1, 1, 0, 0), 2, False),
    ("kfrail", (1, 1, 1, 0, 0), 3, True),  # Morley 2012: three or more of five is frail
]


@pytest.mark.parametrize(("key", "answers", "points", "positive"), PUBLISHED)
def test_it_is_scored_as_published(key: str, answers: tuple[int, ...], points: int, positive: bool) -> None:
    scored = ALL[key].scored(answers)
    assert (scored.points, scored.positive) == (points, positive)


@pytest.mark.parametrize("instrument", ALL.values(), ids=list(ALL))
def test_the_worst_is_nothing_the_best_is_one_and_a_positive_screen_is_never_the_better_half(
    instrument: Instrument,
) -> None:
    every = [instrument.scored(a) for a in itertools.product(*([c.score for c in i.choices] for i in instrument.items))]
    assert (min(s.value for s in every), max(s.value for s in every)) == (0.0, 1.0)
    assert max(s.value for s in every if s.positive) < min(s.value for s in every if not s.positive)


def test_half_an_instrument_has_no_score() -> None:
    with pytest.raises(ValueError, match="1 of 2"):
        ALL["phq2"].scored((3,))


@pytest.mark.parametrize("instrument", ALL.values(), ids=list(ALL))
def test_each_names_its_source_its_licence_and_that_the_translation_is_our_own(instrument: Instrument) -> None:
    assert len(instrument.source) > 30
    assert len(instrument.licence) > 30
    assert instrument.translation in ("official", "unofficial")
    assert instrument.every.days in (30, 91)


def test_a_faulty_file_is_named() -> None:
    broken = {key: value for key, value in FILES["phq2"].items() if key != "items"}
    with pytest.raises(BadInstrument, match=r"instruments/phq2\.yaml: 'items'"):
        parse(WORDS.data("instruments"), {"phq2": broken})
    uncut = FILES["phq2"] | {"scoring": {"sum": 1, "worst": 6, "positive": {}}}
    with pytest.raises(BadInstrument, match="at_least and below"):
        parse(WORDS.data("instruments"), {"phq2": uncut})
