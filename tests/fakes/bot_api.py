"""A Telegram Bot API server on a real local socket, with phones one can look at and scripted faults.

In a test: `async with BotApi() as api: phone = api.phone("영희"); phone.says("/start CODE"); await phone.sees("반가")`.
Alone, for a demo or a bench: `python -m tests.fakes.bot_api --port 8081 [--limits]`, steered over HTTP below
`/control/`: POST `says` (chat, text), `presses` (chat, label or data), `voice` (chat, base64 audio) and `fault`;
GET `messages?chat=` and `calls`.
"""

import argparse
import asyncio
import base64
import contextlib
import itertools
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from tests.fakes.bot_chats import Chats, Refusal, number_of
from tests.fakes.phone import Phone
from tests.fakes.plain_http import Answer, PlainHttp, Request, Reset, json_answer

TOKEN = "100000001:FAKE-token-for-tests-only-0000000000"
WORDING = {
    400: "Bad Request: chat not found",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    429: "Too Many Requests: retry later",
}


@dataclass
class Fault:
    """What goes wrong; kind: a status, or `hang`, `reset`, `late` (done, but no answer), `ok_false`, `garbage`."""

    kind: str
    method: str = "sendMessage"
    chat: int | None = None
    times: int = 1
    retry_after: int = 1

    def hits(self, method: str, chat: int | None) -> bool:
        """Whether this call is struck; a `*` strikes every method."""
        return self.times > 0 and self.method.lower() in {method, "*"} and self.chat in {None, chat}


@dataclass(frozen=True)
class Call:
    """One call the bot made, for tests that look behind the phones; `at` is monotonic seconds."""

    method: str
    chat: int | None
    fields: dict[str, Any]
    at: float = field(default_factory=time.monotonic)


class BotApi:
    """The server. `limits=True`: 30 messages a second, one a second per chat, 20 a minute per group, as Telegram."""

    def __init__(self, port: int = 0, *, token: str = TOKEN, limits: bool = False) -> None:
        self.token = token
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.conflicts = 0
        #: how long a message takes to be answered, as over a real network
        self.delay_s = 0.0
        self.webhook: dict[str, str] = {}
        self.updates: deque[dict[str, Any]] = deque()
        self.chats = Chats(self.push)
        self.chats.limits = limits
        self._http = PlainHttp(self._handle, port)
        self._update_numbers = itertools.count(900_001)
        self._arrived = asyncio.Event()
        self._poller: object | None = None
        self._posting: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """For `ANBU_TELEGRAM_API_URL`."""
        return self._http.url

    @property
    def commands(self) -> list[dict[str, str]]:
        """What setMyCommands said last."""
        return self.chats.commands

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Open the port (the same one again after `stop`)."""
        await self._http.start()

    async def stop(self) -> None:
        """Close the port; phones and waiting updates stay."""
        for task in list(self._posting):
            task.cancel()
        await self._http.stop()

    def phone(self, name: str = "시험", chat: int | None = None) -> Phone:
        """The phone with this chat id, made when new."""
        return self.chats.phone(name, chat)

    def fault(self, kind: str | int, method: str = "sendMessage", **more: Any) -> Fault:
        """Let the next call(s) of `method` go wrong; setting `times=0` on the returned object ends it."""
        fault = Fault(str(kind), method, **more)
        self.faults.append(fault)
        return fault

    def asked(self, method: str) -> list[Call]:
        """The calls of one method, oldest first."""
        return [call for call in self.calls if call.method == method.lower()]

    def push(self, **content: Any) -> int:
        """Put a raw update into the queue, or post it to the webhook; returns its id."""
        update = {"update_id": next(self._update_numbers), **content}
        if self.webhook.get("url"):
            task = asyncio.ensure_future(self._post(update))
            self._posting.add(task)
            task.add_done_callback(self._posting.discard)
        else:
            self.updates.append(update)
            self._wake()
        return int(update["update_id"])

    def _wake(self) -> None:
        self._arrived.set()
        self._arrived = asyncio.Event()

    async def _post(self, update: dict[str, Any]) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
        async with httpx.AsyncClient() as client:
            for _ in range(50):
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.post(self.webhook["url"], json=update, headers=headers)).is_success:
                        return
                await asyncio.sleep(0.2)

    async def _handle(self, request: Request) -> Answer:
        if request.path.startswith("/control/"):
            return self._control(request, request.path.rsplit("/", 1)[1])
        if request.path.startswith(f"/file/bot{self.token}/"):
            return self.chats.download(request.path.rsplit("/", 1)[1])
        if not request.path.startswith(f"/bot{self.token}/"):
            return Refusal(401, WORDING[401]).answer()
        return await self._called(request, request.path.rsplit("/", 1)[1].lower())

    async def _called(self, request: Request, method: str) -> Answer:
        chat = number_of(request.fields.get("chat_id"))
        self.calls.append(Call(method, chat, request.fields))
        fault = next((fault for fault in self.faults if fault.hits(method, chat)), None)
        try:
            if method == "sendmessage":
                await asyncio.sleep(self.delay_s)
            if fault is not None and (broken := await self._struck(fault)) is not None:
                return broken
            result = await self._result(request, method)
        except Refusal as refusal:
            return refusal.answer()
        if fault is not None:
            raise Reset
        return json_answer({"ok": True, "result": result})

    async def _struck(self, fault: Fault) -> Answer | None:
        """The broken answer; None for `late`, which is carried out first."""
        fault.times -= 1
        match fault.kind:
            case "late":
                return None
            case "hang":
                await asyncio.sleep(3600)
            case "garbage":
                return Answer(b"<html>bad gateway", kind="text/html")
            case "ok_false":
                raise Refusal(200, "Internal")
            case kind if kind.isdigit():
                retry_after = fault.retry_after if kind == "429" else None
                raise Refusal(int(kind), WORDING.get(int(kind), "Internal Server Error"), retry_after)
        raise Reset

    async def _result(self, request: Request, method: str) -> Any:
        match method:
            case "getupdates":
                return await self._updates(request.fields)
            case "setwebhook" | "deletewebhook":
                self.webhook = {key: str(value) for key, value in request.fields.items() if method == "setwebhook"}
                return True
        action = getattr(self.chats, f"do_{method}", None)
        if action is None:
            raise Refusal(404, "Not Found")
        return action(request)

    async def _updates(self, fields: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook.get("url"):
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active")
        me = self._poller = object()
        while self.updates and self.updates[0]["update_id"] < int(fields.get("offset") or 0):
            self.updates.popleft()
        ends = time.monotonic() + float(fields.get("timeout") or 0)
        self._wake()  # an older poll finds out that it was replaced
        while not self.updates and (left := ends - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), left)
            if self._poller is not me:
                self.conflicts += 1
                raise Refusal(409, "Conflict: terminated by other getUpdates request")
        return list(itertools.islice(self.updates, int(fields.get("limit") or 100)))

    def _control(self, request: Request, verb: str) -> Answer:
        fields = request.fields
        if verb == "calls":
            return json_answer({"items": [{"method": c.method, "chat": c.chat, "at": c.at} for c in self.calls]})
        if verb == "fault":
            return json_answer({"kind": self.fault(**fields).kind})
        phone = self.phone(str(fields.get("name", "시험")), number_of(fields.get("chat")))
        if verb == "messages":
            return json_answer({"items": [m.as_json() for m in phone.messages], "answers": phone.answers})
        return json_answer({"update_id": _act(phone, verb, fields), "chat": phone.chat})


def _act(phone: Phone, verb: str, fields: dict[str, Any]) -> int:
    match verb:
        case "says":
            return phone.says(fields["text"])
        case "presses":
            return phone.presses_data(fields["data"]) if "data" in fields else phone.presses(fields["label"])
        case "voice":
            return phone.sends_voice(base64.b64decode(fields["audio"]))
    raise ValueError(verb)


async def _serve(port: int, limits: bool) -> None:
    async with BotApi(port, limits=limits) as api:
        print(f'{{"url": "{api.url}", "token": "{api.token}"}}', flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A local Telegram Bot API server for trying things out.")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--limits", action="store_true")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(options.port, options.limits))
