"""Residents in the chat: a whole check-in with buttons, voice notes with and without a model, and what is no words."""

import pytest

from bot.house import NoVoice
from residents.sign import Level
from tests.bot.conftest import Heard, Stage
from tests.bot.waiting import handled, until
from tests.fakes.bot_api import BotApi


async def test_a_check_in_is_asked_and_answered_in_the_chat(stage: Stage) -> None:
    from residents.service import set_consent

    now = stage.clock.now()
    for topic in ("chat", "health"):
        stage.store.write(set_consent, "r-001", topic, True, "r-001", now)
    stage.start()
    phone = await stage.linked("resident", "r-001")
    stage.store.write(stage.checkins.start, "r-001", "u-001", now, "telegram")
    stage.store.write(stage.checkins.sweep, now, stage.clock.real())
    await stage.sent()
    question = await phone.sees("어르신")
    assert question.buttons

    label = question.buttons[0][0]
    phone.presses(label)
    await phone.sees(f"▶ {label}")
    await stage.sent()
    await until(lambda: len(phone.messages) >= 2, "the talk goes on")
    phone.says("잘 잤어요")
    await until(lambda: stage.heard == [label, "잘 잤어요"], "both answers")
    (checkin,) = stage.store.read(stage.checkins.of_resident, "r-001")
    assert checkin.state == "answered"
    assert checkin.channel == "telegram"


async def test_a_second_tap_does_not_answer_the_next_question(stage: Stage) -> None:
    stage.start()
    phone = await stage.linked("resident", "r-001")
    buttons = [{"text": "네", "data": "say:네"}, {"text": "아니요", "data": "say:아니요"}]
    await stage.send(phone, "", body={"text": "잘 주무셨어요?", "buttons": buttons}, kind="question")
    question = phone.last
    phone.presses("네")
    phone.presses_data("say:네", question)
    phone.presses_data("say:아니요", question)
    await phone.is_answered("이미 대답")
    await handled(stage.store, 4)
    assert stage.heard == ["네"]


async def test_whoever_is_in_danger_may_think_better_of_a_no(stage: Stage) -> None:
    stage.start()
    phone = await stage.linked("resident", "r-001")
    buttons = [{"text": "네", "data": "say:네"}, {"text": "아니요", "data": "say:아니요"}]
    await stage.send(phone, "", body={"text": "지금 119에 연락할까요?", "buttons": buttons}, kind="question")
    question = phone.last
    stage.alarm()
    phone.presses("아니요")
    phone.presses_data("say:네", question)
    await handled(stage.store, 3)
    assert stage.heard == ["아니요", "네"]


async def test_a_voice_note_is_heard_by_the_model(stage: Stage) -> None:
    async def transcribe(audio: bytes) -> tuple[str, float] | None:
        assert audio == b"OggS..."
        return "무릎이 아파요", 0.7

    stage.transcribe = transcribe
    stage.start()
    phone = await stage.linked("resident", "r-001")
    phone.sends_voice(b"OggS...")
    await until(lambda: stage.checkins.heard == [Heard("r-001", "무릎이 아파요", 0.7)], "the words")


async def test_a_voice_note_nobody_can_make_out_is_never_fine(stage: Stage) -> None:
    async def transcribe(audio: bytes) -> tuple[str, float] | None:
        return None

    stage.transcribe = transcribe
    stage.start()
    phone = await stage.linked("resident", "r-001")
    phone.sends_voice(b"...")
    await phone.sees("한 번만 더 말씀해")
    phone.sends_voice(b"...")
    await phone.sees("담당자에게 전화를 부탁")
    assert Level.WATCH in [sign.level for sign in stage.signs()]

    phone.says("잘 잤어요")
    await handled(stage.store, 4)
    await stage.sent()
    phone.messages.clear()
    phone.sends_voice(b"...")  # within a talk the conversation itself asks again
    await handled(stage.store, 5)
    await stage.sent()
    await until(lambda: bool(phone.messages), "the question again")
    assert stage.checkins.heard[-1] == Heard("r-001", "", 0.0)


async def test_while_the_model_is_missing_a_kind_line_asks_for_words(stage: Stage) -> None:
    async def transcribe(audio: bytes) -> tuple[str, float] | None:
        raise NoVoice

    stage.transcribe = transcribe
    stage.start()
    phone = await stage.linked("resident", "r-001")
    phone.sends_voice(b"OggS...")
    await phone.sees("글로 써 주시거나")
    assert stage.heard == []


async def test_without_a_model_a_kind_line_asks_for_words_and_the_second_time_a_person_calls(
    stage: Stage, api: BotApi
) -> None:
    stage.start()
    phone = await stage.linked("resident", "r-001")
    phone.sends_voice(b"OggS...")
    line = await phone.sees("글로 써 주시거나")
    assert "119" in line.text
    assert [sign.level for sign in stage.signs()] == [None]
    assert api.asked("getFile") == []

    phone.sends_voice(b"OggS...")
    await phone.sees("담당자에게 전화를 부탁")
    assert Level.WATCH in [sign.level for sign in stage.signs()]
    assert stage.heard == []


async def test_a_voice_note_that_cannot_be_fetched_now_is_fetched_again(stage: Stage, api: BotApi) -> None:
    async def transcribe(audio: bytes) -> tuple[str, float] | None:
        return "들려요", 0.9

    stage.transcribe = transcribe
    stage.start()
    phone = await stage.linked("resident", "r-001")
    api.fault("500", "getFile")
    phone.sends_voice(b"OggS...")
    await until(lambda: stage.heard == ["들려요"], "the second try")


@pytest.mark.parametrize("content", [{"sticker": {"file_id": "s"}}, {"location": {"latitude": 1, "longitude": 1}}, {}])
async def test_what_is_no_words_gets_a_kind_line(stage: Stage, content: dict[str, object]) -> None:
    stage.start()
    phone = await stage.linked("resident", "r-001")
    phone.sends(**content)
    await phone.sees("글이나 목소리로")
    assert stage.heard == []


async def test_a_caption_is_words_too_and_an_unknown_command_is_no_secret_door(stage: Stage) -> None:
    stage.start()
    phone = await stage.linked("resident", "r-001")
    phone.sends(photo=[{"file_id": "p"}], caption="밥상이에요")
    phone.says("/도와줘")
    phone.says("/open")
    phone.says("/status")
    await until(lambda: len(stage.heard) == 4, "all four")
    assert stage.heard == ["밥상이에요", "도와줘", "open", "status"]
    phone.says("/help")
    await phone.sees("편하게")
    await handled(stage.store, 6)
    assert len(stage.heard) == 4
