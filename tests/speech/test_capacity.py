"""A full house: new talks are put off kindly, running ones go on, and help always gets through. Over real sockets."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from escalations.channel import DeliveryOut, NotNow, Receipt
from escalations.sender import Sender
from speech.hearing.ears import Ears
from speech.hearing.heard import Recogniser
from speech.hearing.pace import talks
from store import FixedClock, Store
from tests.checkins.town import Town
from tests.speech.house import (
    OTHER_TOKEN,
    WORDS,
    House,
    ScriptedEars,
    house,
    question,
    settled,
    until,
)
from tests.speech.test_hearing_real import MODEL
from tests.speech.test_speaker_socket import spoken

LATER = WORDS.text("speech.later")
SECOND = 32_000


@dataclass
class Full:
    """A house with room for one talk, which the first home is having; the second home wants one."""

    home: House
    talking: ClientConnection
    other: ClientConnection

    @property
    def begun(self) -> list[str]:
        """The homes whose talks the service was asked to begin."""
        return [event[1] for event in self.home.service.events if event[0] == "start_talk"]


@asynccontextmanager
async def full_house(folder: Path, ears: Ears | None = None) -> AsyncIterator[Full]:
    async with (
        house(folder, ears=ears or ScriptedEars()) as home,
        home.speaker() as talking,
        home.speaker(OTHER_TOKEN) as other,
    ):
        home.edge.places.most = 1
        await until(talking, "welcome")
        await until(other, "welcome")
        await home.edge.channel.send(question("잘 주무셨어요?"))
        await until(talking, "say")
        yield Full(home, talking, other)


async def say(client: ClientConnection, message: dict[str, Any]) -> None:
    await client.send(json.dumps(message))


async def test_the_button_is_answered_kindly_at_once_and_the_talk_is_offered_later(tmp_path: Path) -> None:
    async with full_house(tmp_path) as full:
        await say(full.other, {"type": "talk"})  # the sentence is made for the first time here
        assert (await until(full.other, "say"))["text"] == LATER
        began = time.process_time()  # of this process alone: others may be busy
        await say(full.other, {"type": "talk"})
        refused = await until(full.other, "say")
        assert time.process_time() - began < 0.1
        assert (refused["text"], refused["listen"]) == (LATER, False)
        assert full.begun == []
        await say(full.talking, {"type": "end"})
        await settled(lambda: full.begun == ["home-002"])
        assert full.home.edge.places.taken == 1


async def test_a_good_bye_makes_room(tmp_path: Path) -> None:
    async with full_house(tmp_path) as full:
        await full.home.edge.channel.send(question("안녕히 계세요.", key="k-2", bye=True))
        await until(full.talking, "bye")
        await say(full.other, {"type": "talk"})
        await settled(lambda: full.begun == ["home-002"])


async def test_a_speaker_that_goes_makes_room(tmp_path: Path) -> None:
    async with full_house(tmp_path) as full:
        await say(full.other, {"type": "talk"})
        await until(full.other, "say")
        await full.talking.close()
        await settled(lambda: full.begun == ["home-002"])


async def test_the_one_who_was_put_off_and_lost_the_connection_is_called_when_back(tmp_path: Path) -> None:
    async with full_house(tmp_path) as full:
        await say(full.other, {"type": "talk"})
        await until(full.other, "say")
        await full.other.close()
        await settled(lambda: full.home.edge.channel.connected_addresses() == {"home-001/speaker-1"})
        await say(full.talking, {"type": "end"})
        await settled(lambda: full.home.edge.places.taken == 0)
        assert full.begun == []
        async with full.home.speaker(OTHER_TOKEN) as back:
            await until(back, "welcome")
            await settled(lambda: full.begun == ["home-002"])


async def test_a_promise_to_call_back_outlives_the_process(tmp_path: Path) -> None:
    async with full_house(tmp_path) as full:
        await say(full.other, {"type": "talk"})
        await until(full.other, "say")
        service = full.home.service
    assert service.of("start_talk") == []
    async with house(tmp_path, ears=ScriptedEars(), service=service) as home, home.speaker(OTHER_TOKEN) as back:
        await until(back, "welcome")
        await settled(lambda: ("start_talk", "home-002") in service.events)
        assert service.promised == set()


async def test_a_call_back_goes_to_the_socket_that_replaced_the_first(tmp_path: Path) -> None:
    async with full_house(tmp_path) as full:
        await say(full.other, {"type": "talk"})
        await until(full.other, "say")
        async with full.home.speaker(OTHER_TOKEN) as newer:
            await until(newer, "welcome")
            await say(full.talking, {"type": "end"})
            await settled(lambda: full.begun == ["home-002"])
            await say(newer, {"type": "end"})
            await settled(lambda: full.home.edge.places.taken == 0)


async def test_a_due_question_waits_for_room_and_a_running_talk_goes_on(tmp_path: Path) -> None:
    async with full_house(tmp_path) as full:
        channel = full.home.edge.channel
        due = DeliveryOut("d-5", "k-5", "question", "speaker", "home-002/speaker-1", {"text": "식사하셨어요?"})
        with pytest.raises(NotNow, match="no room") as full_now:
            await channel.send(due)
        assert (full_now.value.full, full_now.value.retry_after_s) == (True, 5.0)
        await channel.send(question("약은 드셨어요?", key="k-6"))
        assert (await until(full.talking, "say"))["text"] == "약은 드셨어요?"
        await say(full.talking, {"type": "talk"})
        await settled(lambda: full.begun == ["home-001"])


async def test_a_question_that_somebody_worried_asks_waits_for_no_room(tmp_path: Path) -> None:
    async with full_house(tmp_path) as full:
        body = {"text": "괜찮으세요?", "at_once": True}
        await full.home.edge.channel.send(DeliveryOut("d-5", "k-5", "question", "speaker", "home-002/speaker-1", body))
        assert (await until(full.other, "say"))["text"] == "괜찮으세요?"


async def test_what_was_said_counts_and_only_its_talk_is_put_off_which_is_said_once(tmp_path: Path) -> None:
    async with full_house(tmp_path, ScriptedEars("밥 먹었어요", "밥 먹었다니까요")) as full:
        await full.other.send(spoken("밥 먹었어요"))
        assert (await until(full.other, "say"))["text"] == LATER
        await full.other.send(spoken("밥 먹었어요"))
        await until(full.other, "heard")
        await settled(
            lambda: [text for text, *_ in full.home.service.of("heard")] == ["밥 먹었어요", "밥 먹었다니까요"]
        )
        with pytest.raises(TimeoutError):
            await until(full.other, "say", within=0.1)


async def test_an_answer_to_an_open_question_is_an_answer_whatever_the_seats(tmp_path: Path) -> None:
    async with full_house(tmp_path, ScriptedEars("밥 먹었어요")) as full:
        full.home.service.open_talks = {"home-002"}
        await full.other.send(spoken("밥 먹었어요"))
        await settled(lambda: bool(full.home.service.of("heard")))
        assert full.home.service.of("heard") == [("밥 먹었어요", 0.9, "voice")]
        with pytest.raises(TimeoutError):
            await until(full.other, "say", within=0.1)


async def test_a_cry_for_help_passes_in_mid_sentence_and_has_its_talk(tmp_path: Path) -> None:
    async with full_house(tmp_path, ScriptedEars("나 좀 살려줘")) as full:
        await full.other.send(spoken("나 좀 살려줘"))
        await settled(lambda: bool(full.home.service.of("partial")))
        await settled(lambda: [text for text, *_ in full.home.service.of("heard")] == ["나 좀 살려줘"])
        assert full.home.edge.places.has("home-002/speaker-1")


async def test_the_button_for_help_and_typed_words_need_no_room(tmp_path: Path) -> None:
    async with full_house(tmp_path) as full:
        await say(full.other, {"type": "sos"})
        await until(full.other, "sos_ack")
        await say(full.other, {"type": "text", "text": "배가 고파"})
        await settled(lambda: full.home.service.of("heard") == [("배가 고파", None, "text")])


async def test_a_recogniser_is_there_only_while_somebody_speaks(tmp_path: Path) -> None:
    alive = 0

    class Counted(ScriptedEars):
        def recogniser(self, *_: object) -> Recogniser:
            nonlocal alive
            alive += 1
            hears = super().recogniser()

            class Once:
                def accept(self, pcm: bytes) -> str:
                    return hears.accept(pcm)

                def finish(self) -> Any:
                    nonlocal alive
                    alive -= 1
                    return hears.finish()

            return Once()

    async with house(tmp_path, ears=Counted("잘 잤어요")) as home, home.speaker() as client:
        await home.edge.channel.send(question("잘 주무셨어요?"))
        await until(client, "say")
        assert alive == 0
        sound = spoken("잘 잤어요")
        await client.send(sound[: 2 * SECOND // 2])
        await until(client, "partial")
        assert alive == 1
        await client.send(sound[2 * SECOND // 2 :] + bytes(SECOND))
        await until(client, "heard")
        assert alive == 0
        assert home.edge.places.has("home-001/speaker-1")


def test_how_many_may_talk_is_measured_on_this_machine() -> None:
    ears = Ears(MODEL)
    ears.load_now()
    most = talks(ears, WORDS.text("speech.example"))
    assert 4 <= most <= 4000


@dataclass
class Chat:
    """A chat that takes whatever comes."""

    came: list[DeliveryOut] = field(default_factory=list)

    async def send(self, delivery: DeliveryOut) -> Receipt:
        self.came.append(delivery)
        return Receipt()


async def test_a_check_in_that_finds_no_room_waits_and_is_asked_at_the_speaker_as_soon_as_there_is(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    town, chat = Town(store, clock), Chat()
    town.moves_in("001")
    town.until(9, 30)
    failed: list[DeliveryOut] = []
    async with full_house(tmp_path) as full:
        await full.talking.close()
        await settled(lambda: full.home.edge.places.taken == 0)
        full.home.edge.places.most = 0
        sender = Sender(
            store,
            clock,
            {"speaker": full.home.edge.channel, "telegram": chat},
            failed={"question": lambda tx, delivery, now, final: failed.append(delivery)},
            routes=lambda: frozenset({"home-001/speaker-1"}),
        )
        async with full.home.speaker() as back:
            await until(back, "welcome")
            for _ in range(40):  # longer than a question to an absent speaker is of use, and sooner each time than that
                assert await sender.once() == 1
                clock.forward(seconds=5)
            full.home.edge.places.most = 1
            await sender.once()
            await until(back, "say")
    assert (failed, chat.came) == ([], [])
    await asyncio.to_thread(town.says, "네, 잘 잤어요", None, "001")
    assert [(c.state, c.attempts) for c in town.checks("001")] == [("answered", 1)]


async def test_talks_go_on_while_others_without_room_stream(tmp_path: Path) -> None:
    async with full_house(tmp_path, ScriptedEars(*["잘 잤어요"] * 3)) as full:
        for _ in range(20):
            await full.other.send(bytes(SECOND))
        await full.talking.send(spoken("잘 잤어요"))
        assert (await until(full.talking, "heard"))["text"] == "잘 잤어요"
