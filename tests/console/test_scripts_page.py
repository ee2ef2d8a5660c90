"""The sentences of the talks in the control centre: read by all who care, changed by who may, tried out before, put
back after; nothing that cannot be said is kept."""

import re

from sqlmodel import Session

from checkins import scripts
from checkins.tables import WordingRow
from console.say import Say
from console.scripts_read import label
from prompts import load
from speech.speaking.script_lines import lines
from store.audit import entries
from tests.console.desk import WORDS, Desk
from tests.console.test_pages import Strict

SLEEP, FIRST, RED = "ask.sleep.prompt", "greeting.first", "red.ask.call.prompt"


def said(desk: Desk, key: str) -> tuple[str, ...]:
    return desk.store.read(scripts.standing, WORDS)[key].wordings


async def test_a_coordinator_makes_a_question_softer_and_puts_it_back(desk: Desk) -> None:
    shipped = said(desk, SLEEP)
    browser = await desk.signed_in("coordinator")
    listed = (await browser.get("/scripts", params={"q": "잘 주무셨"})).text
    assert f'href="/scripts/{SLEEP}"' in listed
    assert "ask.meals.prompt" not in listed
    page = (await browser.get(f"/scripts/{SLEEP}")).text
    assert "\n".join(shipped) in page

    form = {"wordings": "푹 주무셨어요?\n\n  간밤에는  어떠셨어요? ", "seen": "0", "why": "더 부드럽게"}
    answer = await browser.post(f"/scripts/{SLEEP}", data=form)
    assert answer.status_code == 303
    assert said(desk, SLEEP) == ("푹 주무셨어요?", "간밤에는 어떠셨어요?")
    page = (await browser.get(answer.headers["location"])).text
    assert "다음 대화부터 이렇게 말합니다" in page
    assert "더 부드럽게" in page
    assert "coordinator 님" in page
    changed = (await browser.get("/scripts", params={"changed": "1"})).text
    assert re.findall(r'href="/scripts/([\w.]+)"', changed) == [SLEEP]

    late = await browser.post(f"/scripts/{SLEEP}", data=form | {"wordings": "편안한 밤이었어요?"})
    assert late.status_code == 409
    assert "다른 분이 이 문장을 고쳤습니다" in late.text
    assert "편안한 밤이었어요?" in late.text, "what was written is not lost"

    assert (await browser.post(f"/scripts/{SLEEP}", data={"seen": "1", "back": "0"})).status_code == 303
    assert said(desk, SLEEP) == shipped
    assert (await browser.post(f"/scripts/{SLEEP}", data={"seen": "2", "back": "1"})).status_code == 303
    assert said(desk, SLEEP)[0] == "푹 주무셨어요?"
    audited = [row for row in desk.store.read(entries) if row.what == "script"]
    assert [(row.who, row.detail["sentence"], row.detail["number"]) for row in audited] == [
        ("u-coordinator", SLEEP, n) for n in (3, 2, 1)
    ]


async def test_it_is_heard_before_it_is_kept_and_what_is_wrong_is_said_in_words(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    key, good = "ack.health.complaint.named", "{named:이/가} 불편하시군요."
    text = f"{good}\n{{named}}이 또 아프세요?\n{{name}}님, 반드시 나을 거예요."
    tried = (await browser.post(f"/scripts/{key}/preview", data={"wordings": text})).text
    assert "무릎이 불편하시군요." in tried
    assert "허리가 불편하시군요." in tried
    for words in (
        "{named:이/가}처럼",
        "물음을 더하지 말아",
        "{name} 자리가 없습니다",
        "지키지 못할 약속처럼 들립니다: 반드시",
    ):
        assert words in tried
    refused = await browser.post(f"/scripts/{key}", data={"wordings": text, "seen": "0", "why": "시험"})
    assert refused.status_code == 422
    assert "저장하지 않았습니다" in refused.text
    unsaid = await browser.post(f"/scripts/{key}", data={"wordings": good, "seen": "0", "why": " "})
    assert (unsaid.status_code, "왜 고치시는지" in unsaid.text) == (422, True)
    empty = await browser.post(f"/scripts/{key}", data={"wordings": " ", "seen": "0", "why": "시험"})
    assert (empty.status_code, "적어도 한 가지" in empty.text) == (422, True)
    assert desk.store.read(scripts.history, key) == []


async def test_it_is_played_by_the_voice_of_the_house(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    heard = [await browser.get("/scripts/sound.wav", params={"text": "네.", "slow": slow}) for slow in ("0", "1")]
    assert [(one.status_code, one.content) for one in heard] == [(200, "네.".encode()), (200, "slowly 네.".encode())]
    assert (await browser.get("/scripts/sound.wav", params={"text": " "})).status_code == 404


async def test_danger_and_rights_are_the_supervisors_and_keep_what_must_be_told(desk: Desk) -> None:
    coordinator, supervisor = await desk.signed_in("coordinator"), await desk.signed_in("supervisor")
    form = {"wordings": "지금 119에 전화할까요?", "seen": "0", "why": "쉬운 말"}
    assert (await coordinator.post(f"/scripts/{RED}", data=form)).status_code == 403
    assert "책임자가 고칩니다" in (await coordinator.get(f"/scripts/{RED}")).text
    page = (await supervisor.get(f"/scripts/{RED}")).text
    assert "뺄 수 없습니다" in page
    without = await supervisor.post(f"/scripts/{RED}", data=form | {"wordings": "지금 구급차를 부를까요?"})
    assert (without.status_code, "꼭 알려야 하는 말이 빠졌습니다: 119" in without.text) == (422, True)
    assert (await supervisor.post(f"/scripts/{RED}", data=form)).status_code == 303
    assert said(desk, RED) == ("지금 119에 전화할까요?",)


async def test_who_reads_only_reads(desk: Desk) -> None:
    viewer = await desk.signed_in("viewer")
    page = (await viewer.get(f"/scripts/{SLEEP}")).text
    assert "읽기만 하실 수 있습니다" in page
    assert "<textarea" not in page
    assert (await viewer.post(f"/scripts/{SLEEP}", data={"wordings": "푹 주무셨어요?", "why": "x"})).status_code == 403
    assert (await viewer.get("/scripts/sound.wav", params={"text": "네."})).status_code == 403
    assert (await (await desk.signed_in("technician")).get("/scripts")).status_code == 403


async def test_no_old_recording_is_played_for_a_changed_sentence(desk: Desk) -> None:
    """It is found by what is said: another sentence, another recording; the old one is kept for the day it is back."""
    old = "식사는 좀 하셨어요?"

    def record(tx: Session) -> None:
        desk.recordings.keep(tx, "", old, "딸 이수진", b"RIFF", 1.0, "u-admin", desk.clock.now())
        scripts.change(tx, WORDS, "ask.meals.prompt", ["진지는 드셨어요?"], 0, "높임말", "u-admin", desk.clock.now())

    desk.store.write(record)
    spoken = {line.text for line in lines(desk.store.read(scripts.in_force, WORDS))}
    assert ("진지는 드셨어요?" in spoken, old in spoken) == (True, False)
    assert desk.store.read(desk.recordings.find, None, ["진지는 드셨어요?"]) == {}
    page = (await (await desk.signed_in("admin")).get("/recordings")).text
    assert "진지는 드셨어요?" in page
    assert page.index("지금은 쓰지 않는 녹음") < page.index(old)


async def test_what_an_update_has_left_of_changes_is_shown(desk: Desk) -> None:
    at = desk.clock.now()

    def keep(tx: Session) -> None:
        for n, (key, text, why) in enumerate(
            [("ask.dreams.prompt", "꿈은요?", "a"), (SLEEP, "푹 주무셨어요?", "b")], 1
        ):
            tx.add(WordingRow(number=n, key=key, wordings=[text], shipped=["예전 말."], at=at, by="u-admin", why=why))

    desk.store.write(keep)
    browser = await desk.signed_in("admin")
    listed = (await browser.get("/scripts")).text
    assert "이제 없는 것이 있습니다" in listed
    assert "꿈은요?" in listed
    assert "기본 문장이 바뀜" in listed
    assert "견주어 보시고" in (await browser.get(f"/scripts/{SLEEP}")).text


async def test_the_page_of_a_sentence_is_whole_and_inert(desk: Desk) -> None:
    answer = await (await desk.signed_in("admin")).get(f"/scripts/{FIRST}")
    seen = Strict()
    seen.feed(answer.text)
    assert (answer.status_code, seen.faults, seen.open) == (200, [], [])


def test_every_sentence_has_a_name_a_person_understands(desk: Desk) -> None:
    say, standing = Say(load("ko"), desk.ports().zone), desk.store.read(scripts.standing, WORDS)
    named = {key: label(say, one.sentence) for key, one in standing.items()}
    assert [key for key, name in named.items() if not name or re.search("[a-z]", name)] == []
