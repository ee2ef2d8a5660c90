"""A supervisor erases a resident: said before, typed, refused while something is open, and then nobody finds them."""

from escalations.actor import Actor, ActorKind
from store.audit import entries
from tests.console.desk import Desk

PAGE = "/residents/r-001/erase"
FORM = {"reason": "moved", "typed": "r-001"}


async def test_a_resident_is_erased_once_nothing_is_open_and_the_id_is_typed(desk: Desk) -> None:
    browser = await desk.signed_in("supervisor")
    id = desk.raise_sos()
    refused = await browser.post(PAGE, data=FORM)
    assert refused.status_code == 409
    assert f'href="/escalations/{id}"' in refused.text
    by = Actor(ActorKind.COORDINATOR, "u-supervisor", "책임자", "supervisor")
    desk.store.write(desk.escalations.close, id, by, "safe", "딸과 통화함", desk.clock.now())

    assert PAGE in (await browser.get("/residents/r-001")).text
    mistyped = await browser.post(PAGE, data=FORM | {"typed": "r-002"})
    assert mistyped.status_code == 422
    assert "r-001 을(를) 그대로" in mistyped.text
    done = await browser.post(PAGE, data=FORM)
    assert done.status_code == 200
    assert "모두 지웠습니다" in done.text

    assert (await browser.get("/residents/r-001")).status_code == 404
    assert "김안부" not in (await browser.get("/people")).text
    assert [one.resident_name for one in desk.store.read(desk.escalations.listing, "closed").items] == [
        "정보를 지운 분"
    ]
    detail = desk.store.read(desk.escalations.detail, id, desk.clock.now())
    assert (detail.deliveries, detail.evidence[0].text, detail.summary.note) == ((), "", None)
    (entry,) = [row for row in desk.store.read(entries) if row.what == "resident erased"]
    assert (entry.who, entry.whose, entry.detail["reason"]) == ("u-supervisor", "r-001", "moved")
    assert (await browser.post(PAGE, data=FORM)).status_code == 404
    assert (await browser.get(f"/escalations/{id}")).status_code == 200
