"""Particles: a table of words and what must follow them."""

import pytest

from checkins.particles import Noun, attach, particle


@pytest.mark.parametrize(
    ("word", "pair", "expected"),
    [
        ("무릎", "이/가", "무릎이"),
        ("허리", "이/가", "허리가"),
        ("딸", "은/는", "딸은"),
        ("며느리", "은/는", "며느리는"),
        ("밥", "을/를", "밥을"),
        ("국수", "을/를", "국수를"),
        ("아들", "와/과", "아들과"),
        ("친구", "와/과", "친구와"),
        ("병원", "으로/로", "병원으로"),
        ("학교", "으로/로", "학교로"),
        ("서울", "으로/로", "서울로"),  # ㄹ counts as open before 로
        ("딸", "이랑/랑", "딸이랑"),
        ("손자", "이랑/랑", "손자랑"),
        ("안부", "이라고/라고", "안부라고"),
        ("영철", "아/야", "영철아"),
        ("10", "이/가", "10이"),  # 십
        ("2", "이/가", "2가"),
        ("1", "으로/로", "1로"),  # 일
        ("3", "으로/로", "3으로"),
        ("119", "은/는", "119는"),  # 구
        ("TV", "을/를", "TV를"),
        ("PM", "은/는", "PM은"),  # 엠
        ("URL", "으로/로", "URL로"),  # 엘
        ("'병원'", "으로/로", "'병원'으로"),  # marks are not read
        ("", "은/는", "는"),
    ],
)
def test_the_particle_fits_the_word(word: str, pair: str, expected: str) -> None:
    assert attach(word, pair) == expected


def test_an_unknown_pair_is_refused() -> None:
    with pytest.raises(KeyError):
        particle("무릎", "이/이")


def test_a_noun_brings_its_particle_into_a_sentence() -> None:
    sentence = "{a:이/가} {a}"
    assert sentence.format(a=Noun("무릎")) == "무릎이 무릎"
    assert f"{Noun('가'):>3}" == "  가"  # any other format works as for text
