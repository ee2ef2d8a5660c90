"""Ways to a person in the control centre: noted, tried, taken away, and never readable again."""

import hashlib
import hmac
import re
from pathlib import Path

import httpx

from escalations.channel import DeliveryOut
from escalations.trying import Tried, Trier
from escalations.webhook import Webhook
from residents import reach
from residents.reach import Way
from store.audit import entries
from tests.console.desk import Desk

PAGE = "/people/contact/c-001/addresses"
MAIL = "mailto://anbu:s3cret-w0rd@example.kr?to=me@example.kr"


async def test_a_supervisor_notes_a_way_tries_it_and_takes_it_away(desk: Desk) -> None:
    browser = await desk.signed_in("supervisor")
    assert (await browser.post(PAGE, data={"address": f" {MAIL} "})).headers["location"] == f"{PAGE}?said=added"
    assert desk.store.read(reach.addresses, "contact", "c-001") == (MAIL,)
    page = (await browser.get(PAGE)).text
    assert "mailto://…e.kr" in page
    assert "s3cret" not in page
    assert PAGE in (await browser.get("/people")).text

    which = {"place": "1", "mark": "mailto://…e.kr"}
    assert "보냈습니다" in (await browser.post(f"{PAGE}/try", data=which)).text
    assert [(way.address, "이가족 님께" in text) for way, text in desk.tried] == [(MAIL, True)]
    desk.how_tries_go = Tried("refused", "mail 550")
    refused = (await browser.post(f"{PAGE}/try", data=which)).text
    assert "받지 않았습니다" in refused
    assert "mail 550" in refused

    assert (await browser.post(f"{PAGE}/remove", data=which | {"mark": "mailto://…other"})).status_code == 404
    await browser.post(f"{PAGE}/remove", data=which)
    assert desk.store.read(reach.addresses, "contact", "c-001") == ()
    told = [(row.what, row.who, "s3cret" in str(row.detail)) for row in desk.store.read(entries)]
    for what in ("addresses", "address tried"):
        assert told.count((what, "u-supervisor", False)) == 2


async def test_what_is_no_address_is_refused_and_nobody_elses_page_is_found(desk: Desk) -> None:
    browser = await desk.signed_in("admin")
    for nonsense in ("", "me@example.kr", "nonsense://x", "https://", f"{MAIL} {MAIL}"):
        answer = await browser.post(PAGE, data={"address": nonsense})
        assert answer.status_code == 422, nonsense
        assert "저장하지 않았습니다" in answer.text
    for place in ("/people/contact/nobody/addresses", "/people/coordinator/c-001/addresses"):
        assert (await browser.get(place)).status_code == 404
    assert (await browser.get("/people/resident/r-001/addresses")).status_code == 422


async def test_a_test_message_says_what_the_other_side_said() -> None:
    assert await Trier({}, b"k")(Way("webhook", "http://127.0.0.1:9/anbu"), "시험") == Tried("not_now", "ConnectError")


async def test_the_signature_is_checked_as_the_page_says() -> None:
    page = (Path(__file__).parents[2] / "docs/notifying.md").read_text("utf-8")
    names: dict[str, object] = {}
    exec(re.findall(r"```python\n(.*?)```", page, re.S)[0], names)  # noqa: S102 - what cities will copy from our page
    seen: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    async with httpx.AsyncClient(transport=httpx.MockTransport(take)) as client:
        message = DeliveryOut("d", "key", "page", "webhook", "https://city.example.kr", {"text": "가"})
        await Webhook(client, b"\x01\x02").send(message)
    is_ours = names["is_ours"]
    assert callable(is_ours)
    assert is_ours(seen[0].content, seen[0].headers["X-Anbu-Signature"], "0102")
    forged = "sha256=" + hmac.new(b"other", seen[0].content, hashlib.sha256).hexdigest()
    assert not is_ours(seen[0].content, forged, "0102")
