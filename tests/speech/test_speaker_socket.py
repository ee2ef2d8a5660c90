"""The speaker's socket, spoken to by a real client over a real connection."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from escalations.channel import DeliveryOut, NotNow, Refused
from speech.hearing.decode import Resampler, decode
from speech.speaker.limits import Limits
from speech.speaking.voice import Manner, synthesize
from tests.speech.house import (
    OTHER_TOKEN,
    SPEAKER,
    TOKEN,
    FakeService,
    ScriptedEars,
    close_code,
    house,
    question,
    settled,
    until,
)

SECOND = 32_000


def spoken(text: str) -> bytes:
    """Speech as PCM16 at 16 kHz, with a second of silence after it."""
    return bytes(SECOND // 4) + decode(synthesize(text, Manner())).pcm + bytes(SECOND)


async def test_a_due_checkin_is_said_answered_and_ended(tmp_path: Path) -> None:
    service = FakeService()
    service.answer = lambda text: [
        DeliveryOut(
            "d-2", "k-2", "say", "speaker", "home-001/speaker-1", {"text": "잘 주무셨다니 좋아요.", "bye": True}
        )
    ]
    async with house(tmp_path, service=service) as home, home.speaker() as client:
        assert await until(client, "welcome") == {"type": "welcome", "called": "안부 어르신", "hearing": False}
        await home.edge.channel.send(question("어젯밤에는 잘 주무셨어요?"))
        asked = await until(client, "say")
        assert (asked["id"], asked["text"], asked["listen"]) == (1, "어젯밤에는 잘 주무셨어요?", True)
        await client.send(json.dumps({"type": "text", "text": "  네, 푹 잤어요 "}))
        answered = await until(client, "say")
        assert (answered["id"], answered["listen"]) == (2, False)
        await until(client, "bye")
        assert service.of("heard") == [("네, 푹 잤어요", None, "text")]


async def test_the_sound_of_a_sentence_is_there_and_only_for_a_device(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.speaker() as client, httpx.AsyncClient(base_url=home.http) as web:
        await home.edge.channel.send(question("안녕하세요?"))
        audio = (await until(client, "say"))["audio"]
        assert audio.startswith("/audio/")
        assert audio.endswith(".wav")
        assert (await web.get(audio)).status_code == 401
        assert (await web.get(audio, headers={"Authorization": "Bearer wrong"})).status_code == 401
        found = await web.get(audio, headers={"Authorization": f"Bearer {TOKEN}"})
        assert found.headers["content-type"] == "audio/wav"
        assert decode(found.content).seconds > 0.5
        for nothing in ("/audio/..%2F..%2Fsecret_key.wav", f"/audio/{'0' * 64}.wav", "/audio/x.wav"):
            assert (await web.get(nothing, headers={"Authorization": f"Bearer {TOKEN}"})).status_code == 404


async def test_hello_signs_in_and_the_service_resumes_what_was_open(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.speaker(None) as client:
        await client.send(json.dumps({"type": "hello", "token": TOKEN, "sample_rate": 48_000}))
        await until(client, "welcome")
        await settled(lambda: ("connected", "home-001") in home.service.events)
        assert home.edge.channel.connected_addresses() == {"home-001/speaker-1"}
        assert home.service.of("present")[0] == (True,)
    assert home.service.of("present")[-1] == (False,)


async def test_what_was_open_is_resumed_before_anything_new_but_an_sos_waits_for_nothing(tmp_path: Path) -> None:
    service = FakeService()
    ready = asyncio.Event()
    service.connected_waits = ready
    async with house(tmp_path, service=service) as home, home.speaker() as client:
        await client.send('{"type": "talk"}')
        await client.send('{"type": "sos"}')
        await until(client, "sos_ack")
        assert service.of("start_talk") == []
        ready.set()
        await settled(lambda: service.of("start_talk") == [()])
        assert [event[0] for event in service.events if event[0] in {"connected", "start_talk"}] == [
            "connected",
            "start_talk",
        ]


@pytest.mark.parametrize(
    "first",
    [
        {"type": "hello", "token": "wrong"},
        {"type": "hello"},
        {"type": "hello", "token": ""},
    ],
)
async def test_a_wrong_hello_is_shown_out_at_once(tmp_path: Path, first: dict[str, str]) -> None:
    async with house(tmp_path) as home, home.speaker(None) as client:
        await client.send(json.dumps(first))
        assert await close_code(client, within=1.0) == 4401


async def test_a_wrong_header_is_shown_out(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.speaker("wrong") as client:
        assert await close_code(client) == 4401
        assert home.service.events == []


async def test_without_a_hello_nobody_stays(tmp_path: Path) -> None:
    async with house(tmp_path, limits=Limits(hello_s=0.2)) as home, home.speaker(None) as client:
        await client.send(json.dumps({"type": "talk"}))
        assert (await until(client, "error"))["code"] == "not_signed_in"
        assert await close_code(client) == 4401
        assert home.service.of("start_talk") == []


@pytest.mark.parametrize("rate", [7999, 48_001, "16000", None, 16000.5])
async def test_an_impossible_sample_rate_is_named(tmp_path: Path, rate: object) -> None:
    async with house(tmp_path, limits=Limits(hello_s=0.5)) as home, home.speaker(None) as client:
        await client.send(json.dumps({"type": "hello", "token": TOKEN, "sample_rate": rate}))
        assert (await until(client, "error"))["code"] == "bad_hello"
        await client.send(json.dumps({"type": "hello", "token": TOKEN, "sample_rate": 8000}))
        await until(client, "welcome")


async def test_a_talk_that_the_resident_starts_and_ends(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.speaker() as client:
        await client.send('{"type": "talk"}')
        await client.send('{"type": "text", "text": "오늘은 그만 할래"}')
        await client.send('{"type": "end"}')
        await settled(lambda: len(home.service.of("end_talk")) == 1)
        kinds = [event[0] for event in home.service.events if event[0] in {"start_talk", "heard", "end_talk"}]
        assert kinds == ["start_talk", "heard", "end_talk"]


async def test_an_sos_is_confirmed_before_anything_that_waits(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.speaker() as client:
        await client.send('{"type": "sos", "id": "press-1"}')
        await client.send('{"type": "sos", "id": "press-1"}')
        assert await until(client, "sos_ack") == {"type": "sos_ack", "escalation": "e-1"}
        await until(client, "sos_ack")
        assert home.service.sos_ids == ["press-1", "press-1"]


@pytest.mark.parametrize(
    "broken", ['{"type": "sos"', '{"type": "SOS"}', "sos", '{"type": "sos", "id": [1]}', '["sos"]']
)
async def test_a_broken_sos_is_an_sos(tmp_path: Path, broken: str) -> None:
    async with house(tmp_path) as home, home.speaker() as client:
        await client.send(broken)
        await until(client, "sos_ack")
        assert len(home.service.sos_ids) == 1


async def test_an_sos_that_cannot_be_stored_is_tried_until_it_is(tmp_path: Path) -> None:
    service = FakeService(broken={"sos"})
    async with house(tmp_path, service=service, limits=Limits(sos_again_s=(0.01,) * 200)) as home:
        async with home.speaker() as client:
            await client.send('{"type": "sos"}')
            assert "119" in (await until(client, "error"))["message"]
        service.broken.clear()  # the socket has gone; the SOS has not
        tried = len(service.sos_ids)
        await settled(lambda: len(service.sos_ids) > tried and not home.edge.connections.errands)
        assert len(set(service.sos_ids)) == 1


async def test_what_was_typed_before_the_socket_broke_is_heard(tmp_path: Path) -> None:
    service = FakeService(connected_waits=asyncio.Event())
    async with house(tmp_path, service=service) as home:
        async with home.speaker() as client:
            await until(client, "welcome")
            await client.send(json.dumps({"type": "text", "text": "넘어졌어"}))
        await settled(lambda: service.of("heard") == [("넘어졌어", None, "text")])


async def test_what_was_being_said_when_the_socket_broke_is_heard(tmp_path: Path) -> None:
    async with house(tmp_path, ears=ScriptedEars("나 좀 살려 줘")) as home:
        async with home.speaker() as client:
            await until(client, "welcome")
            await client.send(spoken("나 좀 살려 줘")[: 2 * SECOND])
            await until(client, "partial")
        await settled(lambda: [text for text, *_ in home.service.of("heard")] == ["나 좀 살려 줘"])
        await settled(lambda: not home.edge.connections.errands)


async def test_words_that_cannot_be_stored_are_tried_again(tmp_path: Path) -> None:
    service = FakeService(broken={"heard"})
    limits = Limits(said_again_s=(0.01, 0.2))
    async with house(tmp_path, service=service, limits=limits) as home, home.speaker() as client:
        await client.send(json.dumps({"type": "text", "text": "살려줘"}))
        await settled(lambda: len(service.of("heard")) == 2)
        service.broken.clear()
        await settled(lambda: len(service.of("heard")) == 3)
        await client.send(json.dumps({"type": "end"}))
        await settled(lambda: len(service.of("end_talk")) == 1)
    assert len(service.of("heard")) == 3


async def test_a_spoken_answer_is_heard_with_its_confidence(tmp_path: Path) -> None:
    async with house(tmp_path, ears=ScriptedEars("밥 잘 먹었어요")) as home, home.speaker() as client:
        assert (await until(client, "welcome"))["hearing"] is True
        await home.edge.channel.send(question("아침은 드셨어요?"))
        await until(client, "say")
        sound = spoken("밥 잘 먹었어요")
        for start in range(0, len(sound), 3200):
            await client.send(sound[start : start + 3200])
        assert (await until(client, "partial"))["text"].startswith("밥")
        assert await until(client, "heard") == {"type": "heard", "text": "밥 잘 먹었어요", "confidence": 0.9}
        await client.send('{"type": "end"}')  # comes after the silence has ended the utterance: changes nothing
        await client.send('{"type": "text", "text": "끝"}')
        await settled(lambda: len(home.service.of("heard")) == 2)
        assert home.service.of("heard")[0] == ("밥 잘 먹었어요", 0.9, "voice")
        assert home.service.of("end_talk") == []


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000])
async def test_speech_at_any_rate_is_found(tmp_path: Path, rate: int) -> None:
    async with house(tmp_path, ears=ScriptedEars("네")) as home, home.speaker(None) as client:
        await client.send(json.dumps({"type": "hello", "token": TOKEN, "sample_rate": rate}))
        await client.send(resampled(spoken("네, 괜찮아요"), rate))
        await client.send('{"type": "end"}')
        assert (await until(client, "heard"))["text"] == "네"


@pytest.mark.parametrize("trailing_s", [0, 1])
async def test_an_end_behind_an_answer_that_was_answered_already_changes_nothing(
    tmp_path: Path, trailing_s: int
) -> None:
    service = FakeService()
    service.answer = lambda text: [question("약은 드셨어요?", key="k-2")] if "밥" in text else []
    async with (
        house(tmp_path, service=service, ears=ScriptedEars("밥 먹었어요", "네")) as home,
        home.speaker() as client,
    ):
        await client.send(spoken("밥 먹었어요"))
        if not trailing_s:
            await client.send('{"type": "end"}')
        await until(client, "say")
        if trailing_s:  # a client that streams on until it hears of the end
            await client.send(bytes(trailing_s * SECOND))
            await client.send('{"type": "end"}')
        await client.send(spoken("네"))
        await settled(lambda: len(service.of("heard")) == 2)
        assert service.of("end_talk") == service.of("unheard") == []


async def test_silence_after_an_answer_is_no_answer_to_the_next_question(tmp_path: Path) -> None:
    async with house(tmp_path, ears=ScriptedEars("밥 먹었어요")) as home, home.speaker() as client:
        await client.send(spoken("밥 먹었어요"))
        await until(client, "heard")
        await home.edge.channel.send(question("약은 드셨어요?"))
        await client.send(bytes(4 * SECOND))
        await client.send('{"type": "end"}')
        assert (await until(client, "heard"))["text"] == ""


async def test_an_end_long_after_the_answer_ends_the_talk(tmp_path: Path) -> None:
    async with house(tmp_path, ears=ScriptedEars("밥 먹었어요")) as home, home.speaker() as client:
        await client.send(spoken("밥 먹었어요"))
        await until(client, "heard")
        await home.edge.channel.send(question("약은 드셨어요?"))
        await until(client, "say")
        await client.send('{"type": "end"}')
        await settled(lambda: home.service.of("end_talk") == [()])


async def test_sound_that_comes_faster_than_it_is_spoken_is_heard_in_order(tmp_path: Path) -> None:
    async with house(tmp_path, ears=ScriptedEars("밥 먹었어요")) as home, home.speaker() as client:
        sound = bytes(20 * SECOND) + spoken("밥 먹었어요")
        for start in range(0, len(sound), 640):
            await client.send(sound[start : start + 640])
        await client.send('{"type": "end"}')
        await client.send('{"type": "text", "text": "그래요"}')
        assert (await until(client, "heard"))["text"] == "밥 먹었어요"
        await settled(lambda: [text for text, *_ in home.service.of("heard")] == ["밥 먹었어요", "그래요"])


async def test_what_is_sent_faster_than_it_can_be_heard_is_bounded(tmp_path: Path) -> None:
    async with house(tmp_path, ears=ScriptedEars()) as home, home.speaker() as client:
        try:
            for _ in range(8):
                await client.send(bytes(50 * SECOND))
                await client.send('{"type": "end"}')
        except ConnectionClosed:
            pass
        assert await close_code(client) == 4413


async def test_silence_is_not_an_answer(tmp_path: Path) -> None:
    async with house(tmp_path, ears=ScriptedEars("네")) as home, home.speaker() as client:
        await client.send(bytes(3 * SECOND))
        await client.send('{"type": "end"}')
        assert await until(client, "heard") == {"type": "heard", "text": "", "confidence": 0.0}
        await settled(lambda: home.service.of("unheard") == [()])
        assert home.service.of("heard") == []


async def test_without_a_model_speech_is_answered_by_a_notice_and_text_works(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.speaker() as client:
        for _ in range(5):
            await client.send(bytes(3200))
        notice = await until(client, "error")
        assert notice["code"] == "voice_off"
        assert "글자" in notice["message"]
        await client.send('{"type": "text", "text": "괜찮아"}')
        await settled(lambda: home.service.of("heard") == [("괜찮아", None, "text")])


async def test_a_minute_in_one_utterance_is_too_much(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.speaker() as client:
        for _ in range(61):
            await client.send(bytes(SECOND))
        assert await close_code(client) == 4413


async def test_a_minute_in_one_frame_is_too_much_as_well(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.speaker() as client:
        await client.send(bytes(61 * SECOND))
        assert await close_code(client) == 4413


async def test_two_half_minutes_are_not(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.speaker() as client:
        for _ in range(3):
            await client.send(bytes(40 * SECOND))
            await client.send('{"type": "end"}')
        await client.send('{"type": "text", "text": "여기 있어"}')
        await settled(lambda: len(home.service.of("heard")) == 1)


async def test_sound_that_is_no_pcm16_is_named(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.speaker() as client:
        await client.send(b"odd")
        assert (await until(client, "error"))["code"] == "bad_audio"


@pytest.mark.parametrize(
    "garbage",
    ["", "x", "{}", "[]", "null", '{"type": "dance"}', '{"type": "text"}', "[" * 20_000, '{"type": "text", "text": 5}'],
)
async def test_garbage_is_answered_and_the_talk_goes_on(tmp_path: Path, garbage: str) -> None:
    async with house(tmp_path) as home, home.speaker() as client:
        await client.send(garbage)
        assert (await until(client, "error"))["code"] in {"bad_message", "too_long"}
        await client.send('{"type": "talk"}')
        await settled(lambda: home.service.of("start_talk") == [()])


async def test_garbage_without_end_is_shown_out(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.speaker() as client:
        for _ in range(8):
            await client.send("garbage")
        assert await close_code(client) == 4429


async def test_a_flood_of_messages_is_shown_out(tmp_path: Path) -> None:
    async with house(tmp_path, limits=Limits(messages=20)) as home, home.speaker() as client:
        for _ in range(21):
            await client.send('{"type": "pong"}')
        assert await close_code(client) == 4429


async def test_a_newer_connection_replaces_the_older_one(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.speaker() as old:
        await until(old, "welcome")
        async with home.speaker() as new, home.speaker(OTHER_TOKEN) as other:
            await until(new, "welcome")
            await until(other, "welcome")
            assert await close_code(old) == 4409
            await home.edge.channel.send(question("들리세요?"))
            await until(new, "say")
            with pytest.raises(TimeoutError):
                await until(other, "say", within=0.1)
            assert ("present", "home-001", False) not in home.service.events


async def test_a_speaker_that_is_not_there_any_more_is_noticed(tmp_path: Path) -> None:
    limits = Limits(ping_s=0.05, idle_s=0.3)
    async with house(tmp_path, limits=limits) as home, home.speaker() as client:
        await until(client, "ping")
        assert await close_code(client) == 4408
        await settled(lambda: home.service.of("present")[-1] == (False,))


async def test_the_speaker_of_an_erased_home_is_shown_out(tmp_path: Path) -> None:
    async with house(tmp_path, limits=Limits(present_s=0.05)) as home, home.speaker() as client:
        await until(client, "welcome")
        async with home.speaker(OTHER_TOKEN) as other:
            await until(other, "welcome")
            home.service.erased.add("home-001")
            assert await close_code(client) == 4401
            await other.send('{"type": "talk"}')
            await settled(lambda: ("start_talk", "home-002") in home.service.events)


async def test_one_that_answers_its_pings_stays(tmp_path: Path) -> None:
    limits = Limits(ping_s=0.05, idle_s=0.3)
    async with house(tmp_path, limits=limits) as home, home.speaker() as client:
        for _ in range(12):
            await until(client, "ping")
            await client.send('{"type": "pong"}')
        assert home.edge.channel.connected_addresses() == {"home-001/speaker-1"}


async def test_a_full_service_says_so(tmp_path: Path) -> None:
    async with house(tmp_path, limits=Limits(speakers=1)) as home, home.speaker() as first:
        await until(first, "welcome")
        async with home.speaker(OTHER_TOKEN) as second:
            assert await close_code(second) == 1013


async def test_a_device_that_comes_back_without_end_is_told_to_wait(tmp_path: Path) -> None:
    async with house(tmp_path, limits=Limits(connects=3)) as home:
        for _ in range(3):
            async with home.speaker() as client:
                await until(client, "welcome")
        async with home.speaker() as client:
            assert await close_code(client) == 4429


async def test_sockets_that_never_speak_keep_nobody_out(tmp_path: Path) -> None:
    async with house(tmp_path, limits=Limits(waiting=20)) as home:
        silent = await asyncio.gather(*(home.speaker(None) for _ in range(60)))
        async with home.speaker(None) as client:
            await client.send(json.dumps({"type": "hello", "token": TOKEN}))
            await until(client, "welcome")
        assert home.edge.connections.waiting() <= 20
        assert await close_code(silent[0]) == 1013
        for one in silent:
            await one.close()


async def test_what_the_service_cannot_do_costs_one_message(tmp_path: Path) -> None:
    service = FakeService(broken={"start_talk", "connected", "present"})
    async with house(tmp_path, service=service) as home, home.speaker() as client:
        await until(client, "welcome")
        await client.send('{"type": "talk"}')
        assert (await until(client, "error"))["code"] == "try_again"
        await client.send('{"type": "text", "text": "괜찮아"}')
        await settled(lambda: len(service.of("heard")) == 1)


async def test_the_channel_says_when_nobody_is_there(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        with pytest.raises(NotNow):
            await home.edge.channel.send(question("계세요?"))
        async with home.speaker() as client:
            await until(client, "welcome")
            with pytest.raises(Refused):
                await home.edge.channel.send(question("  "))


async def test_what_was_not_understood_is_said_slower(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.speaker() as client:
        await until(client, "welcome")
        sizes = []
        for key, slow in (("k-1", False), ("k-2", True)):
            await home.edge.channel.send(question("식사는 하셨어요?", key=key, slow=slow))
            audio = (await until(client, "say"))["audio"]
            sizes.append(len(home.cache.read(audio[7:-4]) or b""))
        assert sizes[1] > 1.2 * sizes[0]


async def test_a_delivery_sent_twice_is_spoken_once(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.speaker() as client:
        await until(client, "welcome")
        for key in ("k-1", "k-1", "k-2"):
            await home.edge.channel.send(question("몇 번 들리세요?", key=key))
        assert [(await until(client, "say"))["id"] for _ in range(2)] == [1, 2]


async def test_an_sos_at_the_home_can_be_confirmed_through_the_outbox(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.speaker() as client:
        await until(client, "welcome")
        address = f"{SPEAKER.home}/{SPEAKER.device}"
        await home.edge.channel.send(DeliveryOut("d-9", "k-9", "sos_ack", "speaker", address, {}, escalation="e-9"))
        assert (await until(client, "sos_ack"))["escalation"] == "e-9"


def resampled(pcm: bytes, rate: int) -> bytes:
    """16 kHz sound at another rate, by the nearest sample; good enough to be speech."""
    samples = memoryview(pcm).cast("h")
    count = len(samples) * rate // 16_000
    out = bytearray()
    for i in range(count):
        out += samples[min(len(samples) - 1, i * 16_000 // rate)].to_bytes(2, "little", signed=True)
    return bytes(out)


def test_a_resampler_keeps_the_length() -> None:
    resampler = Resampler(48_000)
    got = sum(len(resampler.feed(bytes(960))) for _ in range(100))
    assert got == pytest.approx(32_000, abs=200)
