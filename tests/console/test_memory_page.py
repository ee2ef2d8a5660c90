"""What is remembered of a resident, and their wishes, on their page."""

import pytest

from residents import service as people
from speech.meaning import Meaning, Sentiment
from tests.console.desk import Desk

KNEE = Meaning(Sentiment.NEGATIVE, {"health": "complaint"}, {}, 0.9)
WISH = Meaning(Sentiment.NEUTRAL, {"request": "present"}, {}, 0.9)


def says(desk: Desk, text: str, meaning: Meaning) -> None:
    desk.store.write(desk.checkins.hear, "r-001", "telegram", "chat-1", text, None, meaning, desk.clock.now())


@pytest.fixture
def spoken(desk: Desk) -> Desk:
    """The resident has spoken of a knee and asked for a light bulb."""
    desk.store.write(people.set_consent, "r-001", "health", True, "test", desk.clock.now())
    says(desk, "무릎이 아파", KNEE)
    says(desk, "형광등이 나갔어 갈아 줘", WISH)
    return desk


async def test_what_is_remembered_stands_there_with_its_sentence_and_can_be_deleted(spoken: Desk) -> None:
    browser = await spoken.signed_in("coordinator")
    page = (await browser.get("/residents/r-001")).text
    assert "기억하고 있는 것" in page
    assert "“무릎이 아파”" in page
    knee = next(fact for fact in spoken.store.read(spoken.checkins.remembered, "r-001") if fact.about == "무릎")
    answer = await browser.post(f"/residents/r-001/memory/{knee.id}/delete")
    assert answer.status_code == 303
    after = (await browser.get("/residents/r-001")).text
    assert "무릎이 아파" not in after.split('id="memory"')[1].split("</section>")[0]
    assert (await browser.post(f"/residents/r-001/memory/{knee.id}/delete")).status_code == 404


async def test_what_became_of_a_wish_is_noted_for_the_next_talk(spoken: Desk) -> None:
    browser = await spoken.signed_in("coordinator")
    [wish] = spoken.store.read(spoken.checkins.wishes_of, "r-001", spoken.clock.now())
    path = f"/residents/r-001/wishes/{wish.id}"
    answer = await browser.post(path, data={"outcome": "done", "answer": "내일 갈아 드린대요", "due_on": "2026-12-01"})
    assert answer.status_code == 303
    [settled] = spoken.store.read(spoken.checkins.wishes_of, "r-001", spoken.clock.now())
    assert (settled.outcome, settled.answer) == ("done", "내일 갈아 드린대요")
    page = (await browser.get("/residents/r-001")).text
    assert "아직 말씀드리기 전" in page
    assert (await browser.post(path, data={"outcome": "sung"})).status_code == 422


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("technician", 403)])
async def test_who_only_reads_deletes_and_settles_nothing(spoken: Desk, role: str, status: int) -> None:
    browser = await spoken.signed_in(role)
    [wish] = spoken.store.read(spoken.checkins.wishes_of, "r-001", spoken.clock.now())
    assert (await browser.post(f"/residents/r-001/memory/{wish.id}/delete")).status_code == status
    assert (await browser.post(f"/residents/r-001/wishes/{wish.id}", data={"outcome": "done"})).status_code == status
