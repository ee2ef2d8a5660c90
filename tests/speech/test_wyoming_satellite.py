"""A satellite is a speaker like any other: it is asked, it is woken, it is listened to only then. Real sockets."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from wyoming.audio import AudioStop

from escalations.channel import DeliveryOut, NotNow
from residents.people import Device
from speech.hearing.ears import Ears
from speech.speaker.limits import Limits
from speech.speaking.aloud import Aloud
from speech.speaking.speaking import Speaking
from speech.wyoming.satellites.keeper import Pace, SatellitePorts, Satellites, again_s, where
from speech.wyoming.satellites.voice import Voice
from tests.speech.house import SPEAKER, WORDS, FakeService, House, ScriptedEars, house, question, settled
from tests.speech.satellite import Satellite, switched_on
from tests.speech.wyoming_house import SECOND, loaded_ears, resampled, spoken

QUICK = Pace(look_s=0.05, again_from_s=0.02, again_to_s=0.1, steady_s=60)
ANSWER = "잠을 한숨도 못 잤어요"


@pytest.fixture(scope="module")
def ears() -> Ears:
    """The tiny model, loaded once."""
    return loaded_ears()


@dataclass
class Holding:
    """Who there is, and which of them this process may have."""

    devices: list[Device] = field(default_factory=list)
    refused: set[tuple[str, str]] = field(default_factory=set)
    broken: bool = False
    released: int = 0

    def ports(self) -> SatellitePorts:
        return SatellitePorts(self.wanted, self.hold, self.let_go)

    async def wanted(self) -> Sequence[Device]:
        return list(self.devices)

    async def hold(self, devices: Sequence[Device]) -> frozenset[tuple[str, str]]:
        if self.broken:
            raise RuntimeError("broken for the test")
        return frozenset((d.home, d.device) for d in devices) - self.refused

    async def let_go(self) -> None:
        self.released += 1


def at(satellite: Satellite) -> Device:
    return replace(SPEAKER, address=f"tcp://127.0.0.1:{satellite.port}")


@asynccontextmanager
async def kept(home: House, holding: Holding, pace: Pace = QUICK) -> AsyncIterator[None]:
    """Satellites kept beside the edge."""
    aloud = Aloud(Speaking(home.cache))
    voice = Voice(aloud.at, aloud.say, WORDS.data("speech.satellite"))
    running = asyncio.create_task(Satellites(holding.ports(), home.edge.stay, voice, pace).run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def at_home(
    folder: Path,
    satellite: Satellite,
    ears: Ears | None = None,
    service: FakeService | None = None,
    limits: Limits = Limits(),
) -> AsyncIterator[House]:
    """A home with this satellite, connected."""
    async with (
        house(folder, ears=ears, service=service, limits=limits) as home,
        switched_on(satellite),
        kept(home, Holding([at(satellite)])),
    ):
        await settled(lambda: "run-satellite" in satellite.events and home.service.of("connected") != [])
        yield home


def say(text: str, key: str, **body: object) -> DeliveryOut:
    return DeliveryOut(key, key, "say", "speaker", "home-001/speaker-1", {"text": text, **body})


async def test_a_due_question_is_spoken_and_answered_by_voice(tmp_path: Path, ears: Ears) -> None:
    service = FakeService()
    service.answer = lambda text: [say("그러셨군요. 잘 들었어요.", "k-2", bye=True)]
    satellite = Satellite(wake_word=False)
    async with at_home(tmp_path, satellite, ears, service) as home:
        await satellite.is_quiet()  # it has no wake word: it listens to nothing until it is asked to
        await home.edge.channel.send(question("어젯밤에는 잘 주무셨어요?"))
        assert len(await satellite.has_said(1)) > SECOND
        await satellite.may_stream()
        await satellite.hears(spoken(ANSWER))
        assert len(await satellite.has_said(2)) > SECOND
        await satellite.is_quiet()
        [(text, confidence, source)] = service.of("heard")
        assert (text, source) == (ANSWER, "voice")
        assert confidence > 0.7
        assert any("한숨도" in words for (words,) in service.of("partial"))
        assert service.of("present")[0] == (True,)
        assert service.of("connected") == [()]


async def test_the_wake_word_begins_a_talk_and_is_needed_only_once(tmp_path: Path) -> None:
    service = FakeService()
    service.answer = lambda text: [
        question("어디가 아프세요?", key="k-2") if "아파" in text else say("푹 쉬세요.", "k-3", bye=True)
    ]
    satellite = Satellite()
    async with at_home(tmp_path, satellite, ScriptedEars("허리가 아파", "조금 그래"), service) as home:
        await satellite.hears(spoken("아무 말"))  # before the wake word nothing goes out, and nothing is heard
        await satellite.wake()
        await settled(lambda: service.of("start_talk") == [()])
        await home.edge.channel.send(question("네, 어르신. 어떠세요?"))
        await satellite.has_said(1)
        await satellite.hears(spoken("허리가 아파"))
        await satellite.has_said(2)
        assert satellite.streaming  # the talk goes on
        await satellite.hears(spoken("조금 그래"))
        await satellite.has_said(3)
        await satellite.is_quiet()  # back to its wake word
        assert [text for text, *_ in service.of("heard")] == ["허리가 아파", "조금 그래"]
        assert service.of("start_talk") == [()]


async def test_what_is_said_right_after_the_wake_word_is_heard(tmp_path: Path, ears: Ears) -> None:
    satellite = Satellite()
    async with at_home(tmp_path, satellite, ears) as home:
        await satellite.wake()
        await satellite.hears(spoken("살려줘"))
        await settled(lambda: [text for text, *_ in home.service.of("heard")] == ["살려줘"])
        assert home.service.of("start_talk") == [()]


async def test_the_wake_word_answers_a_question_without_a_new_talk(tmp_path: Path) -> None:
    satellite = Satellite()
    async with at_home(tmp_path, satellite, ScriptedEars("네")) as home:
        await home.edge.channel.send(question("약은 드셨어요?"))
        await satellite.has_said(1)
        await satellite.wake()
        await satellite.hears(spoken("네"))
        await settled(lambda: [text for text, *_ in home.service.of("heard")] == ["네"])
        assert home.service.of("start_talk") == []


async def test_a_cry_behind_the_answer_is_heard(tmp_path: Path) -> None:
    satellite = Satellite()
    async with at_home(tmp_path, satellite, ScriptedEars("네", "", "살려줘")) as home:  # in between, a cough
        await home.edge.channel.send(question("약은 드셨어요?"))
        await satellite.has_said(1)
        await satellite.wake()
        await satellite.hears(spoken("네"))
        await settled(lambda: len(home.service.of("heard")) == 1)
        await satellite.hears(spoken("음"))
        await settled(lambda: len(home.service.of("unheard")) == 1)
        await satellite.hears(spoken("살려줘"))
        await settled(lambda: [text for text, *_ in home.service.of("heard")] == ["네", "살려줘"])


async def test_a_cry_into_the_beginning_of_the_answer_is_heard(tmp_path: Path) -> None:
    satellite = Satellite(wake_word=False)
    async with at_home(tmp_path, satellite, ScriptedEars("네", "살려줘")) as home:
        await home.edge.channel.send(question("약은 드셨어요?"))
        await satellite.may_stream()
        await satellite.hears(spoken("네"))
        await settled(lambda: len(home.service.of("heard")) == 1)
        await satellite.hears(spoken("나 좀 살려줘 살려줘")[: -2 * SECOND])
        await settled(lambda: ("살려줘",) in home.service.of("partial"))
        await home.edge.channel.send(say("잘하셨어요.", "k-2"))
        await settled(lambda: [text for text, *_ in home.service.of("heard")] == ["네", "살려줘"])


async def test_one_that_can_be_triggered_listens_without_its_wake_word(tmp_path: Path) -> None:
    satellite = Satellite(triggers=True)
    async with at_home(tmp_path, satellite, ScriptedEars("네")) as home:
        await home.edge.channel.send(question("약은 드셨어요?"))
        await satellite.may_stream()
        await satellite.hears(spoken("네"))
        await settled(lambda: [text for text, *_ in home.service.of("heard")] == ["네"])


async def test_while_a_sentence_is_played_nothing_is_listened_to(tmp_path: Path) -> None:
    satellite = Satellite(tells=False)
    async with at_home(tmp_path, satellite, ScriptedEars("네")) as home:
        await satellite.wake()
        await settled(lambda: home.service.of("start_talk") == [()])
        await home.edge.channel.send(question("약은 드셨어요?"))
        await satellite.has_said(1)
        await satellite.hears(satellite.spoken[0] + bytes(2 * SECOND))  # the microphone hears the speaker
        await satellite.tell()
        await satellite.hears(spoken("네"))
        await settled(lambda: len(home.service.of("heard")) == 1)
        assert home.service.of("heard")[0][0] == "네"  # the first utterance that was listened to at all


@pytest.mark.parametrize("hears_itself", [False, True])
async def test_who_speaks_into_a_question_is_heard_where_the_satellite_does_not_hear_itself(
    tmp_path: Path, hears_itself: bool
) -> None:
    service, satellite = FakeService(), Satellite(wake_word=False, tells=False)
    questions = iter(("식사는 하셨어요?", "약은 드셨어요?"))
    service.answer = lambda text: [question(asked := next(questions), key=asked)]
    async with at_home(tmp_path, satellite, ScriptedEars("잘 잤어요", "먹었어요", "약도 먹었어요"), service) as home:
        await home.edge.channel.send(question("잘 주무셨어요?"))
        for sentences in (1, 2):
            played = await satellite.has_said(sentences)
            if sentences == 2:  # it streams on while this is played
                await satellite.hears(played + bytes(SECOND) if hears_itself else bytes(2 * SECOND))
            await satellite.tell()
            await satellite.may_stream()
            await satellite.hears(spoken(ANSWER))
            await settled(lambda n=sentences: len(service.of("heard")) == n)  # type: ignore[misc]
        await satellite.has_said(3)
        await satellite.hears(spoken(ANSWER))  # into the question: it has not been played yet
        if hears_itself:
            await asyncio.sleep(0.3)
            assert len(service.of("heard")) == 2
        else:
            await settled(lambda: [text for text, *_ in service.of("heard")][2:] == ["약도 먹었어요"])


async def test_one_that_never_says_played_is_listened_to_all_the_same(tmp_path: Path) -> None:
    satellite = Satellite(wake_word=False, tells=False)
    async with at_home(tmp_path, satellite, ScriptedEars("네")) as home:
        await home.edge.channel.send(question("네?"))
        await satellite.may_stream()
        await satellite.hears(spoken("네"))
        await settled(lambda: [text for text, *_ in home.service.of("heard")] == ["네"])


async def test_two_sentences_do_not_cut_each_other_off(tmp_path: Path) -> None:
    satellite = Satellite(tells=False)
    async with at_home(tmp_path, satellite) as home:
        first = asyncio.create_task(home.edge.channel.send(say("하나.", "k-1")))
        await satellite.has_said(1)
        await first
        second = asyncio.create_task(home.edge.channel.send(say("둘.", "k-2")))
        await asyncio.sleep(0.1)
        assert len(satellite.spoken) == 1
        await satellite.tell()
        await second
        await satellite.has_said(2)


async def test_behind_a_long_sentence_the_outbox_is_told_when_to_come_back(tmp_path: Path) -> None:
    satellite = Satellite(tells=False)
    async with at_home(tmp_path, satellite) as home:
        await home.edge.channel.send(say("오늘은 하늘이 맑고 바람이 시원해서 걷기에 참 좋은 날이에요. " * 3, "k-1"))
        with pytest.raises(NotNow) as later:
            await home.edge.channel.send(say("둘.", "k-2"))
        assert later.value.retry_after_s == pytest.approx(len(satellite.spoken[0]) / SECOND, abs=2)


async def test_a_stream_that_breaks_off_ends_what_was_being_said(tmp_path: Path) -> None:
    satellite = Satellite(wake_word=False)
    async with at_home(tmp_path, satellite, ScriptedEars("밥 먹었어")) as home:
        await home.edge.channel.send(question("식사는 하셨어요?"))
        await satellite.may_stream()
        await satellite.hears(spoken("밥 먹었어")[: -2 * SECOND + 2000])
        await satellite.write(AudioStop().event())
        await settled(lambda: [text for text, *_ in home.service.of("heard")] == ["밥 먹었어"])


async def test_a_microphone_of_48_khz_stereo_is_heard(tmp_path: Path, ears: Ears) -> None:
    satellite = Satellite(wake_word=False, rate=48_000, channels=2)
    async with at_home(tmp_path, satellite, ears) as home:
        await home.edge.channel.send(question("식사는 하셨어요?"))
        await satellite.may_stream()
        mono = np.frombuffer(resampled(spoken("밥 잘 먹었어요"), 48_000), "<i2")
        await satellite.hears(np.repeat(mono, 2).tobytes())
        await settled(lambda: [text for text, *_ in home.service.of("heard")] == ["밥 잘 먹었어요"])


async def test_where_nobody_can_be_heard_it_says_so_aloud(tmp_path: Path) -> None:
    satellite = Satellite(wake_word=False)
    async with at_home(tmp_path, satellite) as home:  # without a model
        await home.edge.channel.send(question("식사는 하셨어요?"))
        await satellite.may_stream()
        await satellite.hears(spoken("네"))
        assert len(await satellite.has_said(2)) > SECOND
        assert home.service.of("heard") == []


async def test_a_satellite_that_is_away_comes_back_by_itself(tmp_path: Path) -> None:
    satellite = Satellite()
    async with house(tmp_path) as home, kept(home, Holding([at(satellite)])):
        await asyncio.sleep(0.2)
        with pytest.raises(NotNow):
            await home.edge.channel.send(question("계세요?"))
        for again in (1, 2):
            async with switched_on(satellite):
                await satellite.is_running()
                await settled(lambda: home.edge.connections.find("home-001/speaker-1") is not None)
                await home.edge.channel.send(question("계세요?"))
                await satellite.has_said(again)
            await settled(lambda: home.edge.connections.find("home-001/speaker-1") is None)
        assert home.service.of("present")[-1] == (False,)


async def test_only_who_holds_it_connects(tmp_path: Path) -> None:
    satellite = Satellite()
    holding = Holding([at(satellite)], refused={("home-001", "speaker-1")})
    async with house(tmp_path) as home, switched_on(satellite), kept(home, holding):
        await asyncio.sleep(0.2)
        assert satellite.connections == 0
        holding.refused.clear()
        await satellite.is_running()
        holding.refused.add(("home-001", "speaker-1"))  # its lease ran out, and another process has taken it
        await settled(lambda: satellite.owner is None)
        assert "pause-satellite" in satellite.events
    assert holding.released == 1


async def test_a_store_that_is_away_for_long_lets_the_satellites_go(tmp_path: Path) -> None:
    satellite = Satellite()
    holding = Holding([at(satellite)])
    async with house(tmp_path) as home, switched_on(satellite), kept(home, holding, replace(QUICK, hold_s=0.3)):
        await satellite.is_running()
        holding.broken = True
        await asyncio.sleep(0.1)
        assert satellite.owner is not None
        await settled(lambda: satellite.owner is None)


async def test_one_that_leaves_the_town_file_is_let_go(tmp_path: Path) -> None:
    satellite = Satellite()
    holding = Holding([at(satellite)])
    async with house(tmp_path) as home, switched_on(satellite), kept(home, holding):
        await satellite.is_running()
        holding.devices.clear()
        await settled(lambda: satellite.owner is None)


async def test_a_satellite_that_never_answers_is_given_up(tmp_path: Path) -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            pass
        writer.close()

    satellite = Satellite()
    server = await asyncio.start_server(deaf, "127.0.0.1", satellite.port)
    service = FakeService()
    limits = Limits(ping_s=0.05, idle_s=0.2)
    async with house(tmp_path, service=service, limits=limits) as home, kept(home, Holding([at(satellite)])):
        await settled(lambda: (True,) in service.of("present"))
        await settled(lambda: (False,) in service.of("present"))
    server.close()


@pytest.mark.parametrize(
    "garbage", [b"x" * 200_000, b"[]\n", b'{"type": "audio-chunk", "payload_length": 9999999999}\n']
)
async def test_garbage_from_a_satellite_ends_its_connection_only(
    tmp_path: Path, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def rogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(garbage)
        await reader.read()
        writer.close()

    satellite = Satellite()
    server = await asyncio.start_server(rogue, "127.0.0.1", satellite.port)
    async with house(tmp_path) as home, kept(home, Holding([at(satellite)])):
        await settled(lambda: (False,) in home.service.of("present"))
    server.close()
    assert caplog.records == []


def test_who_is_away_is_asked_ever_more_slowly_and_not_all_at_once() -> None:
    pace = Pace()
    assert [again_s(n, pace, 1.0) for n in (0, 1, 2, 5, 6, 7, 5000)] == [1, 2, 4, 32, 60, 60, 60]
    assert again_s(6, pace, 0.0) == 30


@pytest.mark.parametrize("address", ["", "tcp://", "http://x:1", "tcp://host:99999", "tcp://[::1", "host:10700"])
def test_an_address_that_is_none_is_no_traceback(address: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        where(address)


def test_an_address_may_leave_out_the_port() -> None:
    assert where("tcp://192.168.0.7") == ("192.168.0.7", 10700)
