"""Rooms without a talk in a full house: several babble, and one cry is acted on. Real speech, the real tiny model."""

import asyncio
from collections import deque
from pathlib import Path

from speech.hearing.aside import Aside, Spent
from speech.hearing.ears import Ears
from speech.hearing.stream import taken_from
from tests.speech.house import FakeService, house, settled, until
from tests.speech.test_hearing_real import MODEL
from tests.speech.test_speaker_socket import spoken

STORY = "오늘은 날씨가 좋아서 시장에 갔다 왔어요 " * 6


async def test_whoever_has_cost_least_comes_first_and_the_past_fades() -> None:
    aside, order = Aside(1), list[str]()
    television, cry = Spent(), Spent()
    television.add(30.0, asyncio.get_running_loop().time())

    async def listens(name: str, spent: Spent) -> None:
        async with aside.turn(spent):
            order.append(name)

    async with aside.turn(Spent()):
        waiting = [asyncio.create_task(listens("television", television)) for _ in range(5)]
        gone = asyncio.create_task(listens("gone", Spent()))
        await asyncio.sleep(0)
        gone.cancel()
        waiting.append(asyncio.create_task(listens("cry", cry)))
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert order == ["cry", *["television"] * 5]
    async with aside.turn(cry):  # the lane is free again
        pass
    assert television.cost(asyncio.get_running_loop().time() + 600) < 0.001


def test_the_oldest_sound_is_let_go_where_too_much_waits_never_the_newest_nor_a_message() -> None:
    inbox: deque[object] = deque([b"aa", b"bb", b"cc", b"dd", "text", b"ee"])
    assert taken_from(inbox, 2, 5) == (b"cc", 6)
    assert taken_from(inbox, 100, 0) == (b"dd", 2)
    assert list(inbox) == ["text", b"ee"]


#: the ways by which a cry becomes known: in mid-sentence, or at its end in a house that is full.
TOLD = ("partial", "heard", "heard_full")


async def test_a_cry_is_acted_on_beside_rooms_that_babble(tmp_path: Path) -> None:
    ears, service = Ears(MODEL), FakeService(anybody=True)
    ears.load_now()
    babble, cry = spoken(STORY), spoken("살려줘")
    async with house(tmp_path, ears=ears, service=service) as home:
        home.edge.places.most = 0
        rooms = [await home.speaker(f"anybody-{number}") for number in range(8)]
        crying = await home.speaker("anybody-cry")
        for client in (*rooms, crying):
            await until(client, "welcome")
        for client in rooms:
            for at in range(0, len(babble), 6400):
                await client.send(babble[at : at + 6400])
        await settled(lambda: len(service.of("partial")) >= 8)
        await crying.send(cry)
        await settled(lambda: "살려줘" in [words for port in TOLD for words, *_ in service.of(port)])
        waited = [event for event in service.events if event[0] == "heard"]
        assert len(waited) < len(rooms)  # they are still talking
        for client in (*rooms, crying):
            await client.close()
