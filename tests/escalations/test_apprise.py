"""E-mail and web services by the real apprise library, over sockets: taken, refused for good, or not now."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest

from escalations.apprise_channel import THREADS, Apprise
from escalations.channel import DeliveryOut, NotNow, Refused
from tests.fakes.mail_server import MailServer
from tests.fakes.plain_http import Answer as HttpAnswer
from tests.fakes.plain_http import PlainHttp, Request, json_answer


def page(address: str, text: str = "🚨 [응급]\n김안부 님 일입니다.", **more: str) -> DeliveryOut:
    return DeliveryOut("d-1", "e-1/1/coordinator:u-1/apprise", "page", "apprise", address, {"text": text, **more})


async def test_a_mail_has_the_text_for_where_no_button_is_and_the_same_number_every_time() -> None:
    async with MailServer() as server:
        channel = Apprise("알림 번호 {number}")
        for _ in range(2):
            await channel.send(page(server.address("a@example.kr"), plain="🚨 [응급]\n관제 화면에서 눌러 주세요."))
    first, second = ((body.get_content() if (body := mail.get_body()) else "") for mail in server.mails)
    assert server.mails[0]["subject"] == "🚨 [응급]"
    assert "관제 화면에서 눌러 주세요." in first
    assert "알림 번호 " in first
    assert first == second


async def test_a_mailbox_that_does_not_exist_is_refused_a_full_one_is_not_now() -> None:
    async with MailServer({"gone@example.kr": "550 no such mailbox", "full@example.kr": "452 full"}) as server:
        with pytest.raises(Refused, match="mail 550"):
            await Apprise().send(page(server.address("gone@example.kr")))
        with pytest.raises(NotNow, match="mail 452"):
            await Apprise().send(page(server.address("full@example.kr")))
    assert server.mails == []


@pytest.mark.parametrize(("status", "expected"), [(403, Refused), (404, Refused), (429, NotNow), (503, NotNow)])
async def test_a_service_that_says_never_is_told_from_one_that_says_later(
    status: int, expected: type[Exception]
) -> None:
    async def answer(_request: Request) -> HttpAnswer:
        return json_answer({}, status)

    server = PlainHttp(answer, 0)
    await server.start()
    try:
        with pytest.raises(expected, match=f"http {status}"):
            await Apprise().send(page(server.url.replace("http://", "json://") + "/hook"))
    finally:
        await server.stop()


async def test_an_emergency_does_not_wait_behind_a_service_that_hangs() -> None:
    hung, over = asyncio.Semaphore(0), asyncio.Event()

    async def answer(request: Request) -> HttpAnswer:
        if request.path.startswith("/hangs"):
            hung.release()
            await over.wait()
        return json_answer({}, 200)

    server = PlainHttp(answer, 0)
    await server.start()
    url, channel = server.url.replace("http://", "json://"), Apprise()
    try:
        others = [asyncio.create_task(channel.send(page(f"{url}/hangs/{n}"))) for n in range(2 * THREADS)]
        for _ in range(THREADS):
            await hung.acquire()
        async with asyncio.timeout(3):
            await channel.send(replace(page(f"{url}/answers"), level="emergency"))
        assert not any(other.done() for other in others)
    finally:
        over.set()
        await asyncio.gather(*others, return_exceptions=True)
        await server.stop()


class Log(logging.Handler):
    """What would be printed."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def log() -> Iterator[Log]:
    """The root logger at its most talkative."""
    root, kept = logging.getLogger(), Log()
    level = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    yield kept
    root.removeHandler(kept)
    root.setLevel(level)


async def test_nobody_answering_is_not_now_and_nothing_of_the_address_is_logged(log: Log) -> None:
    with pytest.raises(NotNow):
        await Apprise().send(page("json://user:geheim@127.0.0.1:9/hook"))
    with pytest.raises(Refused):
        await Apprise().send(page("nosuch://geheim"))
    assert not [line for line in log.lines if "geheim" in line or "/hook" in line]
