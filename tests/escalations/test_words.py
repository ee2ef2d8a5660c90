"""What people read: every entry of the ledger has its sentence, and the 119 brief fits into half a minute."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import escalations
from escalations.brief119 import brief
from escalations.texts import About, Writer
from residents.people import Contact, Resident
from residents.sign import Level
from tests.escalations.story import WORDS

NOW = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
WRITER = Writer(WORDS, "Asia/Seoul")
RESIDENT = Resident(
    "r-1",
    "김안부",
    "안부 어르신",
    "home-1",
    district="가온동",
    born=1941,
    sex="F",
    phone="010-0000-0001",
    address="가온로 1, 202호",
    way_in="뒷문 화분 아래 열쇠",
    conditions=("고혈압", "당뇨", "무릎 관절염", "백내장"),
    medicines=("혈압약", "당뇨약"),
)
CONTACT = Contact("c-1", "r-1", "김가족", "딸", 1, phone="010-0000-0002")
ROOM = Path(escalations.__file__).parent


def test_every_entry_of_the_ledger_has_its_sentence() -> None:
    code = "\n".join(file.read_text("utf-8") for file in ROOM.glob("*.py"))
    noted = set(re.findall(r'(?:note\(tx, row,|note\(tx, escalation,|self\._note\(|_record\(tx, row,)\s*"(\w+)"', code))
    assert {"opened", "paged", "closed", "answered_late"} <= noted
    chosen = {"sent", "told", "page_failed", "page_delayed", "taken_over"}
    assert noted | chosen <= set(WORDS.data("escalations.ledger"))


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("audience", ["staff", "contact", "broadcast"])
def test_pages_say_who_what_and_when(level: Level, audience: str) -> None:
    text = WRITER.page(audience, About(RESIDENT, "home-1", level, NOW), ["도움 단추를 눌렀습니다."], 2, False)
    for told in ("김안부", "도움 단추를 눌렀습니다.", "11월 23일 09:30", "다시 알림 2회째"):
        assert told in text
    assert ("가온로" in text) == (audience == "staff"), "the address is for those who go there"


def test_nothing_in_a_name_is_read_as_a_pattern() -> None:
    odd = replace(RESIDENT, name="{김안부} <b> %s")
    assert odd.name in WRITER.page("staff", About(odd, None, Level.URGENT, NOW), ["{0}"], 1, False)


def test_a_page_about_a_home_or_the_fleet_needs_no_resident() -> None:
    assert WRITER.name(About(None, "home-1", Level.TECHNICAL, NOW)) == "home-1 가정"
    assert WRITER.name(About(None, None, Level.TECHNICAL, NOW)) == "여러 가정"


def test_the_119_brief_has_everything_and_is_read_aloud_in_half_a_minute() -> None:
    made = brief(RESIDENT, [CONTACT], [(NOW, "도움 단추를 눌렀습니다.")], NOW, NOW, WRITER)
    assert made.page == {
        "이름": "김안부",
        "나이·성별": "85세 여성",
        "어르신 전화": "010-0000-0001",
        "주소": "가온로 1, 202호",
        "들어가는 길": "뒷문 화분 아래 열쇠",
        "무슨 일": "11월 23일 09:30 도움 단추를 눌렀습니다.",
        "지병": "고혈압, 당뇨, 무릎 관절염, 백내장",
        "드시는 약": "혈압약, 당뇨약",
        "마지막 활동": "11월 23일 09:30",
        "보호자": "김가족(딸) 010-0000-0002",
    }
    assert made.spoken.startswith("주소는 가온로 1, 202호입니다.")
    syllables = sum("가" <= letter <= "힣" or letter.isdigit() for letter in made.spoken)
    assert syllables <= 150, "30 s at 300 syllables a minute"
    assert "외 1" in made.spoken


def test_what_is_read_aloud_is_made_of_whole_sentences() -> None:
    way = replace(RESIDENT, way_in="열쇠는 관리실에 있어요.")
    spoken = brief(way, [], [(NOW, "가슴이 아프다고 하셨습니다: '조여요'")], NOW, NOW, WRITER).spoken
    assert "들어가는 길: 열쇠는 관리실에 있어요. 김안부" in spoken
    assert "'조여요'. " in spoken


def test_what_was_said_again_and_again_stands_in_the_brief_once_with_when_it_began() -> None:
    again = [(NOW + timedelta(seconds=20 * n), "도와 달라고 하셨습니다.") for n in (2, 0, 1)]
    made = brief(RESIDENT, [], [*again, (NOW, "넘어지셨습니다.")], NOW, NOW, WRITER)
    told = ["11월 23일 09:30 도와 달라고 하셨습니다.", "11월 23일 09:30 넘어지셨습니다."]
    assert made.page["무슨 일"].split("\n") == told


def test_a_brief_of_somebody_little_is_known_about_says_so() -> None:
    bare = Resident("r-2", "이안부", "안부 어르신", "home-1")
    made = brief(bare, [], [], None, NOW, WRITER)
    assert made.page["주소"] == "알 수 없음"
    assert made.page["지병"] == "알려진 것 없음"
    assert "{" not in made.spoken
