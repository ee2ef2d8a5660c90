"""What relatives see and do: only what is shared with this one, calmly, and never what was said."""

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session, select

from bot import family, messages, news
from bot.family import muted
from bot.week import draw, font_file
from checkins.tables import CheckInRow
from escalations.sender import ROUTINE
from escalations.settling import Desk
from residents import service
from residents.sign import Level, Part, Sign, Source
from residents.tables import ContactRow
from store import FixedClock
from store.audit import entries
from tests.bot.conftest import Stage
from tests.bot.waiting import handled, until
from tests.conftest import SEOUL
from tests.fakes.bot_api import BotApi


def answered(tx: Session, now: datetime) -> None:
    """Today's check-in was asked and answered."""
    tx.add(
        CheckInRow(
            id="k-1",
            resident="r-001",
            local_date="2026-11-23",
            slot="09:00",
            origin="plan",
            state="answered",
            planned_at=now,
            attempts_min=[0, 10, 60],
            channels=["telegram"],
            answered_at=now,
        )
    )


def feels(stage: Stage, part: Part, value: float, source: Source = Source.TALK) -> None:
    """A sign that counts in the score; its words must never reach the family."""
    now = stage.clock.now()
    sign = Sign(
        f"s-{part}", "r-001", part.value, now, source, "아들 얘기를 하며 우셨습니다", "t@1", part=part, value=value
    )
    stage.store.write(stage.wellbeing.take, [sign], now)


def topics(stage: Stage, *shared: str) -> None:
    """What the daughter may hear of."""

    def set_topics(tx: Session) -> None:
        tx.get_one(ContactRow, "c-001").topics = list(shared)

    stage.store.write(set_topics)


async def test_without_consent_or_topics_nothing_is_told_and_kindly(stage: Stage) -> None:
    stage.start()
    daughter, son = await stage.linked("contact", "c-001"), await stage.linked("contact", "c-002")
    feels(stage, Part.MOOD, 0.1)
    daughter.says("오늘 어때?")
    line = await daughter.sees("나누기로 하신 소식이 없어요")
    stage.share()
    son.says("/status")
    await son.sees("나누기로 하신 소식이 없어요")
    for text in (line.text, son.last.text):
        assert "기분" not in text
        assert "안부에" not in text


async def test_a_shared_day_is_told_calmly_without_numbers_or_words(stage: Stage) -> None:
    stage.share()
    stage.store.write(answered, stage.clock.now())
    feels(stage, Part.MOOD, 0.9)
    feels(stage, Part.ACTIVITY, 0.9, Source.SENSOR)
    feels(stage, Part.HEALTH, 0.1)
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.says("엄마 오늘 어때요?")
    told = await daughter.sees("안부 어르신의 소식")
    assert "오늘 안부에 답하셨어요. (오전 9:00)" in told.text
    assert "오늘 잘 지내고 계세요." in told.text
    assert "기분은 좋아 보이세요." in told.text
    for hidden in ("우셨", "점", "90", "몸이", "혈압"):
        assert hidden not in told.text


async def test_what_is_withdrawn_is_gone_at_once(stage: Stage) -> None:
    stage.share()
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.says("/status")
    await daughter.sees("소식이에요")
    stage.store.write(service.set_consent, "r-001", "family", False, "r-001", stage.clock.now())
    daughter.says("/status")
    await daughter.sees("소식이 없어요")


async def test_health_is_told_only_to_whom_it_is_shared_with(stage: Stage) -> None:
    stage.share()
    topics(stage, "health")
    feels(stage, Part.HEALTH, 0.2)
    feels(stage, Part.MOOD, 0.2)
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.says("/status")
    told = await daughter.sees("몸이 불편하다고 하세요")
    assert "기분" not in told.text
    assert "안부에" not in told.text


async def test_an_unanswered_day_is_said_as_it_is(stage: Stage) -> None:
    stage.share()
    topics(stage, "activity")
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.says("/status")
    await daughter.sees("아직 여쭙기 전")

    def ask(tx: Session, now: datetime) -> None:
        answered(tx, now)
        tx.flush()
        tx.get_one(CheckInRow, "k-1").state = "missed"

    stage.store.write(ask, stage.clock.now())
    daughter.says("/status")
    told = await daughter.sees("아직 답이 없으셨어요")
    assert "잘 지내" not in told.text


async def test_an_emergency_is_known_to_be_looked_after(stage: Stage) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    stage.alarm()
    daughter.says("괜찮으신가요?")
    await daughter.sees("담당자가 살펴보고 있는 일")


async def test_who_looked_at_whose_day_is_in_the_access_log(stage: Stage) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.says("/status")
    await daughter.sees("소식")
    (entry,) = [one for one in stage.store.read(entries, whose="r-001") if one.what == "status read"]
    assert (entry.who, entry.where) == ("c-001", "telegram")


async def test_the_week_comes_as_a_picture_of_what_is_shared(stage: Stage) -> None:
    stage.share()
    feels(stage, Part.MOOD, 0.9)
    feels(stage, Part.ACTIVITY, 0.7, Source.SENSOR)
    stage.start()
    daughter, son = await stage.linked("contact", "c-001"), await stage.linked("contact", "c-002")
    week = stage.store.read(news.week, stage.house, stage.store.read(service.contact, "c-001"), stage.clock.now())
    assert week is not None
    assert week.score_title is None  # health is not shared, and the score would tell of it
    topics(stage, "health", "mood", "activity")
    daughter.says("/week")
    picture = await daughter.sees("나누기로 하신 만큼만")
    assert picture.kind == "photo"
    assert (picture.file or b"").startswith(b"\x89PNG")
    son.says("이번 주 어때?")
    await son.sees("소식이 없어요")


def test_the_font_is_there_and_draws_korean(stage_week: object, recwarn: pytest.WarningsRecorder) -> None:
    assert font_file().exists()
    assert len(draw(stage_week)) > 10_000  # type: ignore[arg-type]
    assert [str(one.message) for one in recwarn if "Glyph" in str(one.message)] == []


@pytest.fixture
def stage_week() -> object:
    """A week with a day that is not known."""

    from bot.week import Day, Week

    days = tuple(
        Day(date(2026, 11, 16 + i), f"11/{16 + i}(월)", None if i == 3 else 60.0 + i * 5, i % 2, 1) for i in range(7)
    )
    return Week("안부 어르신의 지난 일주일", "…", "안녕 점수", "안부에 답하신 횟수", days)


async def test_an_absence_is_confirmed_before_it_counts(stage: Stage, clock: FixedClock) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.says("병원 3일")
    ask = await daughter.sees("11월 25일(수)까지 병원에 계신다고 적어 둘까요?")
    assert stage.store.read(service.absence, "r-001", clock.now()) is None

    daughter.presses("네, 적어 주세요")
    await daughter.sees("적어 두었어요. 11월 25일(수)까지")
    away = stage.store.read(service.absence, "r-001", clock.now())
    assert away is not None
    assert (away.reason, away.end) == ("병원", datetime(2026, 11, 26, tzinfo=SEOUL))
    assert ask.buttons == []

    daughter.says("퇴원하셨어요")
    await daughter.sees("오늘부터 다시")
    assert stage.store.read(service.absence, "r-001", clock.now()) is None


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("/absence", "언제까지"),
        ("/absence 병원", "언제까지"),
        ("/absence 3일", "어떤 일"),
        ("/absence 여행 9999일", "언제까지"),
    ],
)
async def test_an_absence_without_end_or_reason_is_asked_for(stage: Stage, said: str, asks: str) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.says(said)
    line = await daughter.sees(asks)
    assert line.buttons == []


@pytest.mark.parametrize("data", ["away:no", "away:hospital:2020-01-01", "away:hospital:soon", "away:mars:2026-11-30"])
async def test_no_and_stale_and_made_up_buttons_set_nothing(stage: Stage, data: str) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.presses_data(data)
    await daughter.sees("적")
    assert stage.store.read(service.absence, "r-001", stage.clock.now()) is None


async def test_an_absence_is_told_without_its_reason_where_only_activity_is_shared(stage: Stage) -> None:
    stage.share()
    end = datetime(2026, 11, 26, tzinfo=SEOUL)
    stage.store.write(service.set_absence, "r-001", "병원", stage.clock.now(), end, "u-001", stage.clock.now())
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.says("/status")
    told = await daughter.sees("11월 25일(수)까지 댁을 비우신다고")
    assert "병원" not in told.text
    topics(stage, "whereabouts")
    daughter.says("/status")
    await daughter.sees("병원에 계신다고")


async def test_a_message_is_kept_and_read_aloud_once_when_the_next_talk_ends(stage: Stage) -> None:
    stage.start()
    daughter, mother = await stage.linked("contact", "c-001"), await stage.linked("resident", "r-001")
    daughter.says("/message 엄마, 주말에 갈게요 <3")
    await daughter.sees("읽어 드릴게요")
    now = stage.clock.now()
    for _ in range(2):
        stage.store.write(messages.read_aloud, stage.words, "r-001", "telegram", str(mother.chat), now)
    await stage.sent()
    assert [text for text in mother.texts if "주말에" in text] == [
        "딸 김하나 님이 전하신 말씀이에요. “엄마, 주말에 갈게요 <3”"
    ]


async def test_a_message_that_could_not_be_said_waits_for_the_next_talk(stage: Stage) -> None:
    now = stage.clock.now()
    stage.store.write(messages.keep, "r-001", "c-001", "주말에 갈게요", now)

    def say(at: datetime) -> int:
        return stage.store.write(messages.read_aloud, stage.words, "r-001", "speaker", "home-001/speaker-1", at)

    assert (say(now), say(now)) == (1, 0)
    later = now + timedelta(minutes=11)
    gone = Desk("test", frozenset({"telegram"}), {"say": messages.unsaid})  # the speaker is not here any more
    stage.store.write(gone.turn, [], ROUTINE, 1, later, later)
    assert (say(later), say(later)) == (1, 0)


@pytest.mark.parametrize(
    ("said", "answer"), [("/message", "이어서 적어"), ("전해줘: " + "가" * 301, "줄여 주시겠어요")]
)
async def test_an_empty_or_endless_message_is_not_kept(stage: Stage, said: str, answer: str) -> None:
    from bot.tables import FamilyMessageRow

    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.says(said)
    await daughter.sees(answer)
    assert stage.store.read(lambda tx: list(tx.exec(select(FamilyMessageRow)))) == []


async def test_muting_ends_by_itself_or_by_word_and_never_touches_emergencies(stage: Stage, clock: FixedClock) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.says("/mute 3일")
    await daughter.sees("11월 25일(수)까지")
    assert stage.store.read(muted, "c-001", clock.now())
    stage.alarm()
    await stage.sent()
    await daughter.sees("김안부")
    clock.forward(days=3)
    assert not stage.store.read(muted, "c-001", clock.now())
    daughter.says("/mute")
    await daughter.sees("소식을 쉴게요", count=2)
    assert stage.store.read(muted, "c-001", clock.now())
    daughter.says("소식 다시 받을래요")
    await daughter.sees("다시 보내")
    assert not stage.store.read(muted, "c-001", clock.now())


@pytest.mark.parametrize("said", ["엄마가 쓰러지셨대요 오늘 어때", "/엄마가 쓰러지셨대요"])
async def test_a_relative_who_cries_for_help_is_heard(stage: Stage, said: str) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.says(said)
    await daughter.sees("담당자에게 바로")
    (sign,) = stage.signs()
    assert (sign.kind, sign.level, sign.text) == (
        "family_worry",
        Level.EMERGENCY,
        "가족이 채팅으로 위험을 알렸어요: 넘어짐",
    )


async def test_what_a_relative_wrote_and_nobody_could_handle_is_told_to_a_person(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")

    def broken(*_: object) -> None:
        raise RuntimeError("broken for the test")

    monkeypatch.setattr(family, "handle", broken)
    daughter.says("엄마가 쓰러지셨대요")
    await until(lambda: bool(stage.signs()), "a sign")
    (sign,) = stage.signs()
    assert (sign.resident, sign.kind, sign.level) == ("r-001", "unhandled_message", Level.EMERGENCY)


async def test_help_and_everything_else_shows_how_to_ask(stage: Stage, api: BotApi) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    for text in ("/help", "/nonsense", "고맙습니다"):
        daughter.says(text)
    await daughter.sees("/absence 병원 3일", count=3)
    daughter.sends(sticker={"file_id": "x"})
    await daughter.sees("글로 적어")
    assert stage.heard == []
    assert api.asked("getFile") == []


async def test_a_contact_who_was_removed_is_a_stranger(stage: Stage) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    stage.store.write(lambda tx: tx.delete(tx.get_one(ContactRow, "c-001")))
    daughter.says("오늘 어때?")
    await daughter.sees("초대를 받으신 분만")
    await handled(stage.store, 2)
    await until(lambda: len(daughter.messages) == 1, "one line")


async def test_a_message_that_cries_for_help_is_kept_and_told_to_a_person(stage: Stage) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.says("/message 엄마가 쓰러지셨대요")
    await daughter.sees("담당자에게도 바로")
    (sign,) = stage.signs()
    assert (sign.kind, sign.level) == ("family_worry", Level.EMERGENCY)
    daughter.says("/message 엄마 사랑해요, 주말에 봬요")
    await daughter.sees("읽어 드릴게요", count=2)
    assert len(stage.signs()) == 1


async def test_a_message_too_long_to_be_read_is_told_to_a_person(stage: Stage) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.says("가" * 10_001)
    await until(lambda: bool(stage.signs()), "a sign")
    (sign,) = stage.signs()
    assert (sign.kind, sign.level) == ("unhandled_message", Level.URGENT)
