"""kill -9 of the service in the middle of a talk: it goes on where it was, or is sorry and closes."""

from pathlib import Path

from sqlmodel import Session, col, delete, select

from checkins.tables import CheckInRow, TalkRow, TurnRow
from escalations.tables import DeliveryRow
from prompts import load
from tests.acceptance.conftest import until
from tests.faults import promises
from tests.faults.street import Street, open_street


def _turns(tx: Session, resident: str) -> list[tuple[str, str]]:
    rows = tx.exec(select(TurnRow).where(TurnRow.resident == resident).order_by(col(TurnRow.at), col(TurnRow.id)))
    return [(row.who, row.text) for row in rows]


def _all_said(tx: Session, resident: str) -> bool:
    mine = select(DeliveryRow.state).where(DeliveryRow.person_id == resident, DeliveryRow.person_kind == "resident")
    return set(tx.exec(mine)) == {"sent"}


def _talk(tx: Session, resident: str) -> tuple[bool, str]:
    """Whether it is open, and the state of its check-in."""
    held = tx.exec(select(TalkRow).where(TalkRow.resident == resident)).one()
    return held.open, tx.get_one(CheckInRow, held.checkin).state


def _no_slot_comes(tx: Session, resident: str) -> None:
    """Whatever the clock shows when this runs, no other check-in falls into the story."""
    tx.exec(delete(CheckInRow).where(col(CheckInRow.resident) == resident, col(CheckInRow.state) == "planned"))


async def _says_next(street: Street, resident: str, after: int) -> str:
    """The sentence that follows on so many; the service knows that it was said."""
    phone = street.phones[resident]
    await until(lambda: len(phone.messages) > after and street.store.read(_all_said, resident))
    assert len(phone.messages) == after + 1, phone.texts
    return phone.last.text


async def test_a_talk_goes_on_after_kill_nine_between_any_two_sentences(tmp_path: Path) -> None:
    async with open_street(tmp_path) as street:
        await street.start()
        await street.link("r-001", "r-002")
        for phone in street.phones.values():
            phone.messages.clear()
        await street.ask("r-001")
        await street.ask("r-002")
        said = [await _says_next(street, "r-001", 0)]
        await _says_next(street, "r-002", 0)

        await street.kill_only()  # between the question and the answer
        promises.nobody_runs_for(street.store, seconds=31)
        await street.start("transcript:1")
        street.phones["r-001"].says("괜찮아요")  # between the answer and the reply
        await street.died()
        await street.start()
        said.append(await _says_next(street, "r-001", 1))
        street.phones["r-001"].says("네")
        said.append(await _says_next(street, "r-001", 2))
        street.phones["r-002"].says("괜찮아요")
        await _says_next(street, "r-002", 1)

        street.phones["r-001"].says("그만")
        said.append(await _says_next(street, "r-001", 3))

        questions = [text.rsplit(". ", 1)[-1] for text in said[:-1]]
        assert all(text.endswith("?") for text in questions)
        assert len(set(questions)) == 3, "a question was put twice"
        assert "?" not in said[-1]
        turns = street.store.read(_turns, "r-001")
        assert [text for who, text in turns if who == "service"] == said, "a sentence was lost, or is there twice"
        assert [text for who, text in turns if who == "resident"] == ["괜찮아요", "네", "그만"]
        assert street.store.read(_talk, "r-001") == (False, "answered")

        await street.kill_only()  # and nobody comes back for long, in the middle of the other talk
        street.store.write(_no_slot_comes, "r-002")
        promises.nobody_runs_for(street.store, minutes=45)
        await street.start()
        sorry = await _says_next(street, "r-002", 2)
        assert sorry in load().options("talk.flow.cut")
        assert street.store.read(_talk, "r-002") == (False, "answered")
        assert promises.broken(street.store) == []
