"""What relatives left is offered within the talk, read or played once, and the answer goes back."""

import pytest
from sqlmodel import Session, select

from bot import messages
from bot.messages import FamilyMail
from checkins.service import Checkins
from escalations.tables import DeliveryRow
from prompts import load
from residents.tables import ChatRow
from speech.kept import Packed
from store import FixedClock, Store
from tests.checkins.book import meaning
from tests.checkins.town import Town

ALL_WELL = meaning("sleep.good", "meal.eaten", "health.fine", "mood.good", "activity.active", "social.connected")


@pytest.fixture
def town(store: Store, clock: FixedClock) -> Town:
    """A daughter with a chat of her own."""
    town = Town(store, clock)
    made = town.checkins
    town.checkins = Checkins(
        made.words, made.wellbeing, made.zone, made.speed, made.quiet_home, made.late_answer, FamilyMail(load())
    )
    town.moves_in()
    store.write(lambda tx: tx.add(ChatRow(chat="c-9", kind="contact", person="c-r-1", linked_at=clock.now())))
    return town


def leaves(town: Town, text: str = "주말에 갈게요") -> str:
    return town.store.write(messages.keep, "r-1", "c-r-1", text, town.clock.now())


def reaches_the_offer(town: Town) -> str:
    town.until(9, 30)
    town.says("다 좋아", ALL_WELL)
    said = town.news()[-1][1]
    if "따님" not in said:  # wishes are asked for every other day
        town.says("없어")
        said = town.news()[-1][1]
    return said


def back(town: Town) -> list[str]:
    def texts(tx: Session) -> list[str]:
        rows = tx.exec(select(DeliveryRow).where(DeliveryRow.person_kind == "contact")).all()
        return [row.body["text"] for row in rows]

    return town.store.read(texts)


def test_it_is_offered_read_and_answered(town: Town) -> None:
    leaves(town)
    assert reaches_the_offer(town).endswith("?")
    town.says("응 들려줘")
    read = town.news()[-1][1]
    assert "“주말에 갈게요”" in read
    assert "따님께 전하실 말씀" in read
    town.says("그래 조심해서 오너라", meaning(confidence=0.2))  # whatever the reader makes of it
    assert "그대로 전해" in town.news()[-1][1]
    [answer] = back(town)
    assert "그래 조심해서 오너라" in answer
    assert "영희 어르신" in answer
    assert town.store.read(messages._unread, ["r-1"]) == []


def test_who_has_nothing_to_say_says_so(town: Town) -> None:
    leaves(town)
    reaches_the_offer(town)
    town.says("네")
    town.says("없어")
    assert back(town) == []
    assert [c.state for c in town.checks()] == ["answered"]


def test_not_now_keeps_it_for_another_day(town: Town) -> None:
    leaves(town)
    reaches_the_offer(town)
    result = town.says("다음에 들을게")
    assert result.offered
    assert len(town.store.read(messages._unread, ["r-1"])) == 1
    town.news()
    assert reaches_the_offer(town).endswith("?")


def test_a_voice_is_played(town: Town) -> None:
    town.store.write(messages.keep_voice, "r-1", "c-r-1", Packed(b"OggS", 2.0), town.clock.now())
    reaches_the_offer(town)
    town.says("네")
    rows = town.store.read(lambda tx: tx.exec(select(DeliveryRow).where(DeliveryRow.person_id == "r-1")).all())
    played = [row.body for row in rows if row.body.get("sound")]
    assert len(played) == 1
    assert played[0]["listen"]


def test_an_answer_that_cannot_go_back_is_a_persons_to_pass_on(town: Town) -> None:
    def unlinked(tx: Session) -> None:
        tx.delete(tx.get_one(ChatRow, "c-9"))

    town.store.write(unlinked)
    leaves(town)
    reaches_the_offer(town)
    town.says("네")
    town.says("보고 싶다고 전해라")
    assert ("family_reply", "watch") in town.kinds()


def test_a_risk_in_the_answer_is_a_risk_first(town: Town) -> None:
    leaves(town)
    reaches_the_offer(town)
    town.says("네")
    town.says("나 가슴이 너무 아파", meaning("health.complaint", chest_pain="emergency"))
    assert "119" in town.news()[-1][1]
    assert not [text for text in back(town) if "답하셨어요" in text]
