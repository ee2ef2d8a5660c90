"""Recording the script in a real voice: who may, what is refused and how kindly, and that a phone can do it."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.async_api import Page, expect

from residents import service as people
from residents.people import Consent
from speech.hearing.decode import decode
from speech.kept import keep, packed
from speech.speaking.recordings import EVERYBODY
from store.audit import entries
from tests.browsers import chromium, new_page
from tests.console.desk import Desk
from tests.console.test_browser import sign_in
from tests.console.test_pages import Strict
from tests.speech.sounds import file, noise, speech, wav

MEALS, GREETING = "식사는 좀 하셨어요?", "어르신, 좋은 아침이에요. 안부예요."


async def sends(
    browser: httpx.AsyncClient,
    desk: Desk,
    audio: bytes,
    text: str = MEALS,
    resident: str = "",
    voice: str = "딸 이수진",
) -> httpx.Response:
    place = f"/recordings/{desk.recordings.sentence(text)}"
    headers = {"x-voice": quote(voice), "accept": "application/json"}
    return await browser.post(place, params={"resident": resident}, content=audio, headers=headers)


def ids(desk: Desk, resident: str = EVERYBODY) -> list[str]:
    return [r.id for r in desk.store.read(desk.recordings.of, resident)]


@pytest.mark.parametrize("kind", ["webm", "mp4", "ogg", "wav"])
async def test_what_a_browser_records_is_kept_and_can_be_listened_to(desk: Desk, kind: str) -> None:
    browser = await desk.signed_in("supervisor")
    answer = await sends(browser, desk, file(speech(before_s=1.0), kind))
    assert answer.status_code == 200, answer.text
    assert "딸 이수진" in answer.text
    assert "다시 녹음" in answer.text
    (id,) = ids(desk)
    heard = await browser.get(f"/recordings/{id}.wav")
    assert (heard.status_code, heard.headers["content-type"]) == (200, "audio/wav")
    assert decode(heard.content).seconds == pytest.approx(len(speech()) / 32_000, abs=0.5)
    assert [row.what for row in desk.store.read(entries)[:2]] == ["recording heard", "recording kept"]
    assert "이수진" not in str([row.model_dump() for row in desk.store.read(entries)])


async def test_the_page_shows_what_is_recorded_and_for_whom(desk: Desk) -> None:
    browser = await desk.signed_in("supervisor")
    assert (await sends(browser, desk, wav(speech()))).status_code == 200
    assert (await sends(browser, desk, wav(speech(GREETING)), GREETING, "r-001", "아들 김")).status_code == 200
    for_all, for_one = [(await browser.get(page)).text for page in ("/recordings", "/recordings?resident=r-001")]
    assert GREETING not in for_all
    assert "딸 이수진 ·" in for_all
    assert "아들 김 ·" in for_one
    assert "모두를 위한 녹음을 들려드립니다 (딸 이수진)" in for_one
    assert re.search(r"data-total=\"\d{3}\">1 / \d{3}<", for_one)
    for page in (for_all, for_one):
        seen = Strict()
        seen.feed(page)
        assert (seen.faults, seen.open) == ([], [])


@pytest.mark.parametrize(
    ("audio", "status", "said"),
    [
        (b"", 422, "소리 파일로 읽을 수 없습니다"),
        (b"<html>", 422, "소리 파일로 읽을 수 없습니다"),
        (wav(bytes(64_000)), 422, "말소리가 들리지 않습니다"),
        (wav(noise()), 422, "말소리가 들리지 않습니다"),
        (wav(speech())[:-20_000], 422, "중간에 끊겼습니다"),
        (wav(speech("식사는 좀 하셨어요? " * 12)), 413, "20초 안에 문장 하나만"),
    ],
)
async def test_bad_audio_is_told_kindly_and_nothing_is_kept(desk: Desk, audio: bytes, status: int, said: str) -> None:
    browser = await desk.signed_in("supervisor")
    answer = await sends(browser, desk, audio)
    assert (answer.status_code, said in answer.json()["said"]) == (status, True)
    assert ids(desk) == []


async def test_a_flood_of_bytes_is_refused_at_the_door(desk: Desk) -> None:
    browser = await desk.signed_in("supervisor")
    assert (await sends(browser, desk, bytes(9 * 2**20))).status_code == 413
    assert (await browser.post("/understanding", content=bytes(2 * 2**20))).status_code == 413  # others stay small
    assert (await sends(browser, desk, bytes(3 * 2**20))).status_code == 422


async def test_nobodys_voice_and_no_sentence_of_the_script_are_refused(desk: Desk) -> None:
    browser = await desk.signed_in("supervisor")
    nameless = await sends(browser, desk, wav(speech()), voice=" \u200b ")
    assert (nameless.status_code, nameless.json()["said"]) == (422, "누구의 목소리인지 먼저 적어 주세요.")
    assert (await sends(browser, desk, wav(speech()), "아무 말이나요.")).status_code == 404
    assert (await sends(browser, desk, wav(speech()), GREETING)).status_code == 404  # has a name: for one resident only
    assert (await browser.post("/recordings/../x", content=b"")).status_code in {404, 405}
    assert ids(desk) == []


async def test_a_viewer_listens_a_technician_does_not_and_a_district_is_a_district(desk: Desk) -> None:
    coordinator, viewer = await desk.signed_in("coordinator"), await desk.signed_in("viewer")
    supervisor = await desk.signed_in("supervisor")
    await sends(supervisor, desk, wav(speech()))
    (id,) = ids(desk)
    page = (await viewer.get("/recordings")).text
    assert "data-listen" in page
    assert "data-record" not in page
    assert (await viewer.get(f"/recordings/{id}.wav")).status_code == 200
    assert (await sends(viewer, desk, wav(speech()))).status_code == 403
    sentence = desk.recordings.sentence(MEALS)
    assert (await viewer.post(f"/recordings/{sentence}/delete")).status_code == 403
    assert (await viewer.post("/recordings", data={"resident": ""})).status_code == 403
    technician = await desk.signed_in("technician")
    for path in ("/recordings", f"/recordings/{id}.wav"):
        assert (await technician.get(path)).status_code == 403
    assert (await coordinator.get("/recordings?resident=r-003")).status_code == 403
    assert (await sends(coordinator, desk, wav(speech()), MEALS, "r-003")).status_code == 403
    await sends(supervisor, desk, wav(speech()), MEALS, "r-003")
    (own,) = ids(desk, "r-003")
    assert (await coordinator.get(f"/recordings/{own}.wav")).status_code == 403
    assert (await coordinator.post(f"/recordings/{sentence}/delete?resident=r-003")).status_code == 403
    assert ids(desk, "r-003") == [own]


async def test_what_everybody_hears_is_the_supervisors_to_change(desk: Desk) -> None:
    coordinator, supervisor = await desk.signed_in("coordinator"), await desk.signed_in("supervisor")
    assert (await sends(supervisor, desk, wav(speech()))).status_code == 200
    assert (await sends(coordinator, desk, wav(speech()))).status_code == 403
    sentence = desk.recordings.sentence(MEALS)
    assert (await coordinator.post(f"/recordings/{sentence}/delete")).status_code == 403
    assert (await coordinator.post("/recordings", data={"resident": ""})).status_code == 403
    assert (await coordinator.post("/recordings")).status_code == 403
    assert len(ids(desk)) == 1
    for_all, for_one = [(await coordinator.get(page)).text for page in ("/recordings", "/recordings?resident=r-001")]
    assert "모든 분께 들리는 녹음은 책임자가" in for_all
    assert "data-record" not in for_all
    assert "data-record" in for_one
    assert (await sends(coordinator, desk, wav(speech()), MEALS, "r-001")).status_code == 200
    assert (await coordinator.post("/recordings", data={"resident": "r-001"})).status_code == 303
    assert (await (await desk.signed_in("admin")).post("/recordings", data={"resident": ""})).status_code == 303
    assert ids(desk) == []


async def test_without_the_forms_token_nothing_is_kept_or_deleted(desk: Desk) -> None:
    browser = await desk.signed_in("supervisor")
    await sends(browser, desk, wav(speech()))
    (id,) = ids(desk)
    del browser.headers["x-csrf-token"]
    assert (await sends(browser, desk, wav(speech()))).status_code == 403
    assert (await browser.post(f"/recordings/{desk.recordings.sentence(MEALS)}/delete")).status_code == 403
    assert ids(desk) == [id]


async def test_a_recording_is_deleted_alone_or_with_all_of_its_voice(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    for text in (MEALS, GREETING):
        await sends(browser, desk, wav(speech(text)), text, "r-001")
    row = await browser.post(f"/recordings/{desk.recordings.sentence(MEALS)}/delete?resident=r-001")
    assert "기계 목소리로 말합니다" in row.text
    assert len(ids(desk, "r-001")) == 1
    answer = await browser.post("/recordings", data={"resident": "r-001"})
    assert answer.status_code == 303
    assert "녹음을 모두 지웠습니다" in (await browser.get(answer.headers["location"])).text
    assert ids(desk, "r-001") == []
    assert [row.what for row in desk.store.read(entries)].count("recording deleted") == 2


async def test_a_recording_the_script_does_not_use_any_more_can_be_heard_and_deleted(desk: Desk) -> None:
    sound = wav(speech())
    desk.store.write(desk.recordings.keep, EVERYBODY, "옛 문장이에요.", "딸", sound, 2.0, "u-1", desk.clock.now())
    browser = await desk.signed_in("supervisor")
    page = (await browser.get("/recordings")).text
    assert "지금은 쓰지 않는 녹음" in page
    assert "옛 문장이에요." in page
    answer = await browser.post(f"/recordings/{desk.recordings.sentence('옛 문장이에요.')}/delete")
    assert (answer.status_code, answer.text) == (200, "")
    assert ids(desk) == []


# --- what residents said, where they agreed to its being kept


async def test_what_was_kept_is_listened_to_by_coordinators_and_on_the_record(desk: Desk) -> None:
    now = desk.clock.now()
    browser = await desk.signed_in("coordinator")
    page = (await browser.get("/residents/r-001")).text
    assert "동의하심으로 기록" in page
    await browser.post("/residents/r-001/consents/audio", data={"granted": "yes"})
    assert desk.store.read(people.has_consent, "r-001", Consent.AUDIO)
    desk.store.write(keep, "t-1", "r-001", packed(speech()), now)
    heard = await browser.get("/sounds/t-1.wav")
    assert decode(heard.content).seconds == pytest.approx(len(speech()) / 32_000, abs=0.1)
    (entry,) = [row for row in desk.store.read(entries) if row.what == "kept sound heard"]
    assert (entry.who, entry.whose, entry.detail) == ("u-coordinator", "r-001", {"turn": "t-1"})
    for role in ("viewer", "technician"):
        assert (await (await desk.signed_in(role)).get("/sounds/t-1.wav")).status_code == 403
    await browser.post("/residents/r-001/consents/audio", data={"granted": "no"})
    assert (await browser.get("/sounds/t-1.wav")).status_code == 404
    told = [(row.what, row.who) for row in desk.store.read(entries) if row.what.startswith("consent")]
    assert told == [("consent withdrawn", "u-coordinator"), ("consent given", "u-coordinator")]


async def test_another_districts_sound_stays_there(desk: Desk) -> None:
    desk.store.write(people.set_consent, "r-003", Consent.AUDIO, True, "r-003", desk.clock.now())
    desk.store.write(keep, "t-3", "r-003", packed(speech()), desk.clock.now())
    browser = await desk.signed_in("coordinator")
    assert (await browser.get("/sounds/t-3.wav")).status_code == 403
    assert (await browser.post("/residents/r-003/consents/audio", data={"granted": "no"})).status_code == 403
    assert (await browser.get("/sounds/t-4.wav")).status_code == 404


# --- in a real browser, with a microphone that hears a sentence


@pytest.fixture
async def phone(tmp_path: Path) -> AsyncIterator[Page]:
    """A phone whose microphone hears somebody say a sentence, again and again."""
    heard = tmp_path / "microphone.wav"
    heard.write_bytes(wav(speech(before_s=0.2, after_s=0.6)))
    microphone = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    manner = {"locale": "ko-KR", "viewport": {"width": 390, "height": 800}, "has_touch": True}
    async with (
        chromium(*microphone, f"--use-file-for-fake-audio-capture={heard}") as browser,
        new_page(browser, **manner, permissions=["microphone"]) as page,
    ):
        yield page


@pytest.mark.chromium
async def test_a_sentence_is_recorded_with_one_button_on_a_phone(desk: Desk, address: str, phone: Page) -> None:
    await sign_in(phone, address, "coordinator")
    await phone.goto(f"{address}/recordings?resident=r-001")
    assert await phone.evaluate("document.documentElement.scrollHeight") < 2500, "hundreds of sentences are folded"
    row = phone.locator(".sentence", has_text=MEALS)
    await expect(row).to_be_hidden()
    await phone.get_by_label("문장 찾기").fill("식사는좀")
    await expect(phone.locator(".sentence:visible")).to_have_count(1)
    await row.get_by_role("button", name="녹음").click()
    await expect(row.get_by_role("alert")).to_have_text("누구의 목소리인지 먼저 적어 주세요.")
    await phone.get_by_label("누구의 목소리인가요?").fill("딸 이수진")
    await row.locator("[data-record]").click()
    await expect(row.locator("[data-word]")).to_have_text("멈추기")
    await expect(row.locator(".level")).to_contain_text(re.compile(r"([3-9]|\d\d)초 /"))
    assert float(await row.locator(".fill").get_attribute("width") or 0) >= 0
    await row.locator("[data-record]").click()
    await expect(row).to_contain_text("딸 이수진 ·")
    await expect(phone.locator("[data-count]")).to_contain_text("1 /")
    await expect(phone.locator("section", has=row).locator("[data-tally]")).to_contain_text("1 /")
    (kept,) = await asyncio.to_thread(desk.store.read, desk.recordings.of, "r-001")
    assert (kept.voice, kept.text) == ("딸 이수진", MEALS)
    assert kept.seconds > 1.5
    async with phone.expect_response(lambda answer: answer.url.endswith(f"{kept.id}.wav")):
        await row.get_by_role("button", name="듣기").click()
    await phone.get_by_label("아직 녹음하지 않은 문장만 보기").check()
    await expect(row).to_be_hidden()
    await phone.get_by_label("아직 녹음하지 않은 문장만 보기").uncheck()
    await row.get_by_role("button", name="지우기").click()
    await expect(row).to_contain_text("기계 목소리로 말합니다")
    assert await phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.chromium
async def test_a_file_is_uploaded_and_a_wrong_one_is_told(
    desk: Desk, address: str, phone: Page, tmp_path: Path
) -> None:
    (tmp_path / "good.m4a").write_bytes(file(speech(), "mp4"))
    (tmp_path / "bad.mp3").write_bytes(b"no sound")
    await sign_in(phone, address, "supervisor")
    await phone.goto(f"{address}/recordings")
    await phone.get_by_label("누구의 목소리인가요?").fill("박담당")
    await phone.get_by_role("heading", name="여쭙는 말", exact=True).click()
    row = phone.locator(".sentence", has_text=MEALS)
    await row.locator("input[type=file]").set_input_files(tmp_path / "bad.mp3")
    await expect(row.get_by_role("alert")).to_contain_text("소리 파일로 읽을 수 없습니다")
    await row.locator("input[type=file]").set_input_files(tmp_path / "good.m4a")
    await expect(row).to_contain_text("박담당 ·")
