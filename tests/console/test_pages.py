"""The pages: what stands on them, and what must not."""

import re
from html.parser import HTMLParser

import pytest

from console.access import GROUPS
from console.access import PAGES as EVERY_PAGE
from escalations.auditor import Finding, audit
from residents import service as people
from residents.sign import Level
from tests.console.desk import Desk

PLACES = ["people", "devices", "thresholds", "quarantine", "audit", "status", "duty", "policy", "drills", "figures"]
PAGES = [
    "/",
    "/residents",
    "/residents/r-001",
    "/residents/r-001/screening",
    "/understanding",
    "/scripts",
    "/recordings",
    "/recordings?resident=r-001",
    *(f"/{place}" for place in PLACES),
]


class Strict(HTMLParser):
    """Collects what a content policy would refuse, and tags that were left open."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "style" or "style" in names or any(name.startswith("on") for name in names):
            self.faults.append(f"inline style or handler in {tag}")
        if tag == "script" and "src" not in names:
            self.faults.append("inline script")
        if tag not in {"meta", "link", "input", "br", "rect", "line", "circle", "polyline", "use", "path"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        elif tag in self.open:
            self.faults.append(f"{self.open[-1]} not closed before /{tag}")


@pytest.mark.parametrize("page", [*PAGES, "/escalations/{id}", "/escalations/{id}/brief"])
async def test_every_page_is_whole_korean_and_inert(desk: Desk, page: str) -> None:
    id = desk.raise_sos(1, "r-001")
    desk.raise_sos(2, "r-002", Level.WATCH)
    browser = await desk.signed_in("admin")
    answer = await browser.get(page.replace("{id}", id))
    assert answer.status_code == 200
    seen = Strict()
    seen.feed(answer.text)
    assert (seen.faults, seen.open) == ([], [])
    assert 'lang="ko"' in answer.text
    assert "<script>alert" not in answer.text
    assert "\u202e" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_name_that_is_a_script_is_only_a_name(desk: Desk) -> None:
    desk.raise_sos(1, "r-002")
    browser = await desk.signed_in("coordinator")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;박" in (await browser.get("/")).text


async def test_the_queue_is_sorted_and_says_how_long_is_left(desk: Desk) -> None:
    watch, sos = desk.raise_sos(1, "r-001", Level.WATCH), desk.raise_sos(2, "r-002")
    desk.clock.forward(seconds=18)
    browser = await desk.signed_in("supervisor")
    page = (await browser.get("/")).text
    assert re.findall(r'data-id="([^"]+)"', page) == [sos, watch]
    assert "<b>0:42</b>" in page
    desk.clock.forward(seconds=60)
    assert "확인이 늦어짐" in (await browser.get("/fragments/queue")).text


async def test_a_level_is_told_by_word_and_shape_not_by_colour_alone(desk: Desk) -> None:
    desk.raise_sos()
    browser = await desk.signed_in("viewer")
    page = (await browser.get("/")).text
    assert re.search(
        r'class="tag emergency filled"><svg[^>]*><use href="/static/icons.svg#emergency"></use></svg>응급', page
    )


async def test_nobody_on_duty_and_a_broken_part_are_shown(desk: Desk) -> None:
    desk.store.write(desk.escalations.set_roster, [], desk.clock.now())
    desk.ready = {"ready": True, "parts": {"voice": "no model"}, "degraded": ["voice"]}
    browser = await desk.signed_in("viewer")
    page = (await browser.get("/")).text
    assert "지금 당직인 사람이 없습니다" in page
    assert "음성 인식" in page
    status = (await browser.get("/status")).text
    assert "일부 기능이 멈춰 있습니다" in status


async def test_who_waits_for_help_stands_before_a_low_score(desk: Desk) -> None:
    browser = await desk.signed_in("admin")
    desk.raise_sos(1, "r-003")
    desk.raise_sos(2, "r-001", Level.URGENT)
    names = re.findall(r'href="/residents/(r-\d+)"', (await browser.get("/residents")).text)
    assert list(dict.fromkeys(names)) == ["r-003", "r-001", "r-002"]


def test_every_page_is_reached_from_the_navigation() -> None:
    assert sorted(name for pages in GROUPS.values() for name in pages) == sorted(EVERY_PAGE)


async def test_the_navigation_shows_what_a_role_may_see(desk: Desk) -> None:
    page = (await (await desk.signed_in("technician")).get("/")).text
    nav = re.findall(r'<a href="([^"]+)"', page[page.index("<nav") : page.index("</nav>")])
    assert nav == ["/", "/devices", "/quarantine", "/status"]
    assert "말과 목소리" not in page


async def test_who_cannot_be_reached_stands_in_one_line_a_round(desk: Desk) -> None:
    id = desk.raise_sos()
    page = (await (await desk.signed_in("admin")).get(f"/escalations/{id}")).text
    told = re.findall(r"<b>([^<]*연결된 연락 수단이 없음)</b>", page)
    assert told[0] == "coordinator 님, 이가족: 연결된 연락 수단이 없음"


async def test_a_silent_telegram_says_what_that_means(desk: Desk) -> None:
    desk.ready = {"ready": True, "parts": {"telegram": "off"}, "degraded": []}
    page = (await (await desk.signed_in("viewer")).get("/status")).text
    assert "담당자와 가족에게 채팅 알림이 가지 않습니다" in page


async def test_taking_over_and_closing_by_form(desk: Desk) -> None:
    id = desk.raise_sos()
    first, second = await desk.signed_in("coordinator"), await desk.signed_in("supervisor")
    await first.post(f"/escalations/{id}/acknowledge", data={})
    refused = await second.post(f"/escalations/{id}/acknowledge", data={}, headers={"accept": "application/json"})
    assert (refused.status_code, refused.json()["said"]) == (409, "coordinator 님 님이 이미 확인하고 있습니다.")
    page = (await second.get(f"/escalations/{id}")).text
    assert "내가 넘겨받을게요" in page
    assert (await second.post(f"/escalations/{id}/acknowledge", data={"take_over": "1"})).status_code == 303
    assert (await second.post(f"/escalations/{id}/close", data={"outcome": "perhaps"})).status_code == 422
    await second.post(f"/escalations/{id}/close", data={"outcome": "helped", "note": "<b>물</b>을 드림"})
    page = (await second.get(f"/escalations/{id}")).text
    assert "도와드림" in page
    assert "&lt;b&gt;물&lt;/b&gt;을 드림" in page


async def test_an_absence_is_noted_and_ended(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    past = await browser.post("/residents/r-001/absence", data={"reason": "travel", "end": "2020-01-01T10:00"})
    assert past.headers["location"].endswith("said=bad_end")
    end = "2026-11-25T10:00"
    assert (await browser.post("/residents/r-001/absence", data={"reason": "travel", "end": end})).status_code == 303
    assert "부재 중: 여행" in (await browser.get("/residents/r-001")).text
    await browser.post("/residents/r-001/absence/end", data={})
    assert "부재 중" not in (await browser.get("/residents/r-001")).text


async def test_how_somebody_likes_to_be_spoken_to_is_noted(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    data = {"rate": "115", "pitch": "0", "formal": "yes"}
    assert (await browser.post("/residents/r-001/manner", data=data)).status_code == 303
    page = (await browser.get("/residents/r-001")).text
    assert '<option value="115" selected>' in page
    assert '<option value="yes" selected>' in page
    noted = desk.store.read(people.resident, "r-001")
    assert (noted.rate, noted.pitch, noted.formal) == (115, None, True)
    wrong = await browser.post("/residents/r-001/manner", data=data | {"rate": "9000"})
    assert wrong.status_code == 422


async def test_a_check_in_by_the_button(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    assert (await browser.post("/residents/r-001/checkins", data={})).headers["location"].endswith("said=started")
    assert (await browser.post("/residents/r-001/checkins", data={})).headers["location"].endswith("said=running")


async def test_an_admin_makes_a_code_that_is_shown_once(desk: Desk) -> None:
    browser = await desk.signed_in("admin")
    made = (await browser.post("/people/invite", data={"kind": "contact", "id": "c-001"})).text
    code = re.search(r"초대 코드 ([A-Z2-9]{10})", made)
    assert code
    assert code[1] not in (await browser.get("/people")).text
    assert (await browser.post("/people/invite", data={"kind": "contact", "id": "nobody"})).status_code == 404


async def test_residents_by_district_and_band(desk: Desk) -> None:
    browser = await desk.signed_in("admin")
    assert "이하늘" not in (await browser.get("/residents", params={"district": "햇살1동"})).text
    assert "조건에 맞는 어르신이 없습니다" in (await browser.get("/residents?band=good")).text
    assert "김안부" in (await browser.get("/residents?band=caution")).text


async def test_a_person_gets_a_page_for_a_fault(desk: Desk) -> None:
    browser = await desk.signed_in("viewer")
    for path, status, said in (
        ("/nowhere", 404, "찾을 수 없습니다"),
        ("/audit", 403, "볼 수 없는 화면입니다"),
        ("/escalations/none", 404, "찾을 수 없습니다"),
    ):
        answer = await browser.get(path)
        assert (answer.status_code, said in answer.text) == (status, True)
        assert answer.headers["content-type"].startswith("text/html")


async def test_what_the_minutes_check_found_is_on_the_status_page(desk: Desk) -> None:
    browser = await desk.signed_in("viewer")
    assert "아직 점검하지 않았습니다" in (await browser.get("/status")).text
    now = desk.clock.now()
    desk.store.write(audit, now, now)
    assert "모두에 다음 단계가 있습니다" in (await browser.get("/status")).text
    desk.store.write(audit, now, now, [lambda _tx, _now: [Finding("checkin_without_step", "k-1", repaired=True)]])
    repaired = (await browser.get("/status")).text
    assert ("다음 단계를 잃은 안부" in repaired, "모두 정상입니다" in repaired) == (True, True)
    desk.store.write(audit, now, now, [lambda _tx, _now: [Finding("delivery_stuck", "d-1", repaired=False)]])
    stuck = (await browser.get("/status")).text
    assert ("살펴봐야 할 것이 있습니다" in stuck, "모두 정상입니다" in stuck) == (True, False)
