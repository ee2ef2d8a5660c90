"""The words the bot listens for, each with sentences it must match and must not match."""

from datetime import date

import pytest

from bot.incoming import Unreadable, parse
from bot.phrases import Phrases
from checkins import away
from prompts import load

SUNDAY = date(2026, 11, 22)

MATCH = {
    "status": ["오늘 어때?", "엄마 오늘 어때요", "아버지 잘 지내세요?", "/상태", "/STATUS@anbu_bot", "별일 없으시죠?"],
    "week": ["이번 주 어때?", "/주간", "일주일 보여 줘"],
    "absence": ["/absence 병원 3일", "/부재 여행 이틀", "외출 내일까지 여행"],
    "back": ["엄마 퇴원하셨어요", "/귀가", "어제 돌아오셨어요"],
    "message": ["/message 사랑해요", "전해줘: 밥 잘 챙겨 드세요", "전해 주세요 주말에 갈게요"],
    "mute": ["/mute", "알림 꺼 줘"],
    "unmute": ["/unmute", "알림 켜 줘"],
    "open": ["/open", "할 일 있어?", "열린 일 보여 줘"],
    "duty": ["/duty", "지금 당번 누구예요?"],
    "help": ["/help", "도움말", "이거 어떻게 써요?"],
    "start": ["/start ABC", "/시작"],
}
NO_MATCH = [
    "고맙습니다",
    "주말에 찾아뵐게요",
    "오늘 어때 보이셨는지는 모르겠지만 어제 통화할 때는 목소리가 좋으셨어요",
    "병원",
    "네",
    "",
    "전화 좀 해 주세요",
]


@pytest.fixture(scope="module")
def phrases() -> Phrases:
    return Phrases(load().data("bot"))


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in MATCH.items() for text in texts])
def test_says(phrases: Phrases, name: str, text: str) -> None:
    command = phrases.command(text)
    assert command is not None
    assert command.name == name


@pytest.mark.parametrize("text", NO_MATCH)
def test_does_not_say(phrases: Phrases, text: str) -> None:
    assert phrases.command(text) is None


def test_every_command_has_sentences_here(phrases: Phrases) -> None:
    assert set(load().data("bot.commands")) == set(MATCH)


def test_what_stands_behind_a_command_is_kept(phrases: Phrases) -> None:
    message = phrases.command("/message  엄마,\n주말에 갈게요")
    assert message is not None
    assert message.rest == "엄마,\n주말에 갈게요"
    unknown = phrases.command("/nonsense x")
    assert unknown is not None
    assert unknown.name == ""


@pytest.mark.parametrize(
    ("text", "reason", "until"),
    [
        ("병원 3일", "hospital", date(2026, 11, 24)),
        ("입원하셨어요 일주일", "hospital", date(2026, 11, 28)),
        ("여행 11월 30일까지", "trip", date(2026, 11, 30)),
        ("여행 11/30", "trip", date(2026, 11, 30)),
        ("여행 2026-12-02", "trip", date(2026, 12, 2)),
        ("병원 25일까지", "hospital", date(2026, 11, 25)),
        ("병원 3일까지", "hospital", date(2026, 12, 3)),
        ("집에 손님 이틀", "guests", date(2026, 11, 23)),
        ("제주도 여행 2박", "trip", date(2026, 11, 24)),
        ("저희 집에 한 달", "relatives", date(2026, 12, 21)),
        ("병원 2주", "hospital", date(2026, 12, 5)),
        ("여행 1월 5일까지", "trip", date(2027, 1, 5)),
        ("병원 하루", "hospital", date(2026, 11, 22)),
        ("병원", "hospital", None),
        ("3일", None, date(2026, 11, 24)),
        ("병원 0일", "hospital", None),
        ("병원 999일", "hospital", None),
        ("병원 2월 30일까지", "hospital", None),
        ("잘 지내시죠?", None, None),
    ],
)
def test_an_absence_is_read(text: str, reason: str | None, until: date | None) -> None:
    assert away.read(text, load().data("away"), SUNDAY) == away.Away(reason, until)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"update_id": "x"},
        {"update_id": 1, "message": 5},
        {"update_id": 1, "message": {"message_id": 1, "chat": {}}},
        {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 1}, "text": "가" * 10_001}},
        {"update_id": 1, "callback_query": {"id": "1", "data": "x"}},
    ],
)
def test_an_update_that_is_none_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(Unreadable):
        parse(body)


def test_kinds_that_were_not_asked_for_are_let_go() -> None:
    assert parse({"update_id": 1, "edited_message": {"message_id": 1}}) is None
    assert (
        parse({"update_id": 1, "message": {"message_id": 1, "chat": {"id": -5, "type": "group"}, "text": "x"}}) is None
    )
