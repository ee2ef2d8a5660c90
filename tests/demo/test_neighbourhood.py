"""The made-up neighbourhood: a town that can be taken in, whose people answer whatever they are asked."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

import prompts
from demo.answers import answer
from demo.life import Temper
from demo.town import demo_town
from residents.town import read_town

WORDS = prompts.load("ko")


def questions(said: Any) -> list[str]:
    """Every sentence of the scripts that asks something."""
    if isinstance(said, dict):
        return [each for value in said.values() for each in questions(value)]
    if isinstance(said, list):
        return [each for value in said for each in questions(value)]
    return [said] if isinstance(said, str) and "?" in said else []


@pytest.mark.parametrize("temper", list(Temper))
def test_everybody_has_words_for_every_question(temper: Temper) -> None:
    asked = questions(WORDS.data("talk"))
    assert len(asked) > 20
    rng = random.Random(1)
    assert all(answer(WORDS, temper, question, rng).strip() for question in asked)


def test_whose_chest_hurts_says_yes_to_119() -> None:
    rng = random.Random(1)
    assert answer(WORDS, Temper.CHEST, "지금 119에 연락할까요?", rng) == "네, 불러 주세요."


def test_the_town_can_be_taken_in_and_nobody_is_called_twice(tmp_path: Path) -> None:
    file = tmp_path / "town.json"
    file.write_text(json.dumps(demo_town(WORDS, 12)))
    town = read_town(file)
    assert (len(town.residents), len(town.contacts)) == (12, 12)
    assert len({one.name for one in town.residents} | {one.name for one in town.contacts}) == 24
