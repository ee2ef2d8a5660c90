"""Signing in: the session, its end, the form token, and the wait after failures."""

import asyncio
from collections import Counter

import httpx

from console.gate import COOKIE
from console.turnstile import Turnstile
from store.audit import entries
from tests.console.desk import PASSWORD, Desk


async def test_a_stranger_is_led_to_the_sign_in_and_back(desk: Desk) -> None:
    async with desk.client(accept="text/html") as browser:
        sent = await browser.get("/residents")
        assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=/residents")
        form = {"email": "admin@example.kr", "password": PASSWORD, "next": "/residents"}
        entered = await browser.post("/login", data=form)
        assert (entered.status_code, entered.headers["location"]) == (303, "/residents")
        cookie = entered.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert (await browser.get("/residents")).status_code == 200


async def test_a_page_leads_to_the_sign_in_whoever_asks_and_the_api_does_not(desk: Desk) -> None:
    async with desk.client() as anything:
        assert (await anything.get("/people")).headers["location"] == "/login?next=/people"
        assert (await anything.post("/logout")).status_code == 401
        anything.headers["accept"] = "text/html"
        assert (await anything.get("/api/v1/residents")).status_code == 401


async def test_behind_https_the_cookie_is_for_https_only(desk: Desk) -> None:
    async with desk.client(accept="text/html") as browser:
        browser.base_url = httpx.URL("https://anbu.test")
        entered = await browser.post("/login", data={"email": "admin@example.kr", "password": PASSWORD})
        assert "secure" in entered.headers["set-cookie"].lower()


async def test_the_way_back_leads_nowhere_else(desk: Desk) -> None:
    for elsewhere in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        async with desk.client(accept="text/html") as browser:
            form = {"email": "admin@example.kr", "password": PASSWORD, "next": elsewhere}
            assert (await browser.post("/login", data=form)).headers["location"] == "/"


async def test_signing_in_again_gives_a_new_token_and_ends_the_old(desk: Desk) -> None:
    browser = await desk.signs_in("viewer")
    first = browser.cookies[COOKIE]
    await browser.post("/login", data={"email": "viewer@example.kr", "password": PASSWORD})
    assert browser.cookies[COOKIE] != first
    async with desk.client(cookie=f"{COOKIE}={first}") as stale:
        assert (await stale.get("/api/v1/me")).status_code == 401


async def test_signing_out_ends_the_session_itself(desk: Desk) -> None:
    browser = await desk.signs_in("viewer")
    token = browser.cookies[COOKIE]
    assert (await browser.post("/logout")).headers["location"] == "/login"
    async with desk.client(cookie=f"{COOKIE}={token}") as thief:
        assert (await thief.get("/api/v1/me")).status_code == 401


async def test_a_session_ends_when_unused_and_after_a_shift(desk: Desk) -> None:
    browser = await desk.signs_in("viewer")
    desk.clock.forward(hours=1, minutes=59)
    assert (await browser.get("/api/v1/me")).status_code == 200
    desk.clock.forward(hours=2, minutes=1)
    assert (await browser.get("/api/v1/me")).status_code == 401

    browser = await desk.signs_in("viewer")
    for _ in range(15):
        desk.clock.forward(hours=1)
        assert (await browser.get("/api/v1/me")).status_code == 200
    desk.clock.forward(hours=1)
    assert (await browser.get("/api/v1/me")).status_code == 401


async def test_a_session_posts_only_with_its_form_token(desk: Desk) -> None:
    id = desk.raise_sos()
    browser = await desk.signs_in("coordinator")
    other = await desk.signs_in("supervisor")
    for wrong in ("", "0" * 64, other.headers["x-csrf-token"]):
        refused = await browser.post(f"/api/v1/escalations/{id}/acknowledge", json={}, headers={"x-csrf-token": wrong})
        assert refused.status_code == 403
        form = await browser.post(
            f"/escalations/{id}/acknowledge", data={"csrf": wrong}, headers={"x-csrf-token": wrong}
        )
        assert form.status_code == 403
    token = browser.headers.pop("x-csrf-token")
    assert (await browser.post(f"/escalations/{id}/acknowledge", data={})).status_code == 403
    taken = await browser.post(f"/escalations/{id}/acknowledge", data={"csrf": token})
    assert (taken.status_code, taken.headers["location"]) == (303, f"/escalations/{id}")


async def test_a_form_from_another_site_cannot_sign_in(desk: Desk) -> None:
    async with desk.client(accept="text/html") as browser:
        form = {"email": "admin@example.kr", "password": PASSWORD}
        sent = await browser.post("/login", data=form, headers={"sec-fetch-site": "cross-site"})
        assert sent.status_code == 403
        assert COOKIE not in browser.cookies


async def test_after_five_failures_even_the_right_password_waits(desk: Desk) -> None:
    async with desk.client(accept="text/html") as browser:
        for _ in range(5):
            wrong = await browser.post("/login", data={"email": "admin@example.kr", "password": "wrong"})
            assert wrong.status_code == 401
        right = {"email": "Admin@Example.kr ", "password": PASSWORD}
        held = await browser.post("/login", data=right)
        assert (held.status_code, held.headers["retry-after"]) == (429, "31")
        assert COOKIE not in browser.cookies
        somebody_else = await browser.post("/login", data={"email": "viewer@example.kr", "password": PASSWORD})
        assert somebody_else.status_code == 303
        desk.clock.forward(seconds=31)
        assert (await browser.post("/login", data=right)).status_code == 303


async def test_guesses_sent_side_by_side_are_counted_like_guesses_one_after_another(desk: Desk) -> None:
    async with desk.client(accept="text/html") as browser:
        guess = {"email": "admin@example.kr", "password": "wrong"}
        answers = await asyncio.gather(*(browser.post("/login", data=guess) for _ in range(12)))
        assert Counter(answer.status_code for answer in answers) == {401: 5, 429: 7}


async def test_a_crowd_at_the_door_is_sent_away_at_once_and_finds_it_open_later(desk: Desk) -> None:
    guess = {"email": "admin@example.kr", "password": "wrong"}
    desk.app.state.turnstile = Turnstile(line=2)
    async with desk.client(accept="text/html") as browser:
        answers = await asyncio.gather(*(browser.post("/login", data=guess) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [401, 401, 429, 429]
        assert {answer.headers["retry-after"] for answer in answers if answer.status_code == 429} == {"6"}
        right = await browser.post("/login", data={"email": "admin@example.kr", "password": PASSWORD})
        assert right.status_code == 303


async def test_sign_ins_stand_in_the_audit_without_what_was_typed(desk: Desk) -> None:
    async with desk.client(accept="text/html") as browser:
        await browser.post("/login", data={"email": "nobody@example.kr", "password": "secret words"})
    await desk.signs_in("admin")
    found = desk.store.read(entries)
    assert [(row.who, row.what) for row in found[:2]] == [("u-admin", "signed in"), ("", "sign-in failed")]
    assert all("nobody@example.kr" not in str(row.model_dump()) for row in found)
