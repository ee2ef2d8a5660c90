"""How residents like to be spoken to: the more formal way of speaking, pace and pitch."""

import pytest
from sqlmodel import Session, select

from escalations.tables import DeliveryRow
from prompts import load
from prompts.formal import parse
from residents import service as people
from store import FixedClock, Store
from tests.checkins.town import Town

FORMAL = parse(load().data("polite"))


@pytest.mark.parametrize(
    ("usual", "formal"),
    [
        ("안녕하세요. 어젯밤에는 잘 주무셨어요?", "안녕하십니까. 어젯밤에는 잘 주무셨습니까?"),
        ("무릎이 아프시군요. 담당 선생님께 전해 드릴게요.", "무릎이 아프시군요. 담당 선생님께 전해 드리겠습니다."),
        ("말씀 걸어 주셔서 고마워요. 편히 쉬세요.", "말씀 걸어 주셔서 고맙습니다. 편히 쉬십시오."),
        ("얼마나 기쁘셨겠어요.", "얼마나 기쁘셨겠습니까."),
        ("지금 119에 연락할까요?", "지금 119에 연락할까요?"),
        ("남기신 말씀이에요. “밥 먹었어요?” 들으셨어요?", "남기신 말씀입니다. “밥 먹었어요?” 들으셨습니까?"),
        ("'보일러가 안 돼요.' 하신 일은 다 됐다고 해요.", "'보일러가 안 돼요.' 하신 일은 다 됐다고 합니다."),
        ("좋다", "좋다"),
        ("", ""),
    ],
)
def test_a_sentence_changes_by_its_end(usual: str, formal: str) -> None:
    assert FORMAL.said(usual) == formal


def test_who_likes_it_formal_is_spoken_to_so_from_the_next_talk_on(store: Store, clock: FixedClock) -> None:
    town = Town(store, clock)
    town.moves_in("r-1", ("speaker",))
    town.moves_in("r-2", ("speaker",))
    store.write(people.set_manner, "r-1", 115, 28, True, "u-1", clock.now())
    clock.forward(hours=24)
    town.until(9, 30)
    asked = dict(store.read(questions))
    assert asked["r-1"].endswith("습니까?") or asked["r-1"].endswith("십니까?")
    assert asked["r-2"].endswith("요?")
    assert FORMAL.said(asked["r-1"]) == asked["r-1"]


def questions(tx: Session) -> list[tuple[str, str]]:
    rows = tx.exec(select(DeliveryRow).where(DeliveryRow.kind == "question"))
    return [(row.person_id, row.body["text"]) for row in rows]
