"""The fake Bot API's chats: what a call of the bot does to the phones, by Telegram's rules."""

import itertools
import json
import math
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from tests.fakes.phone import Message, Phone
from tests.fakes.plain_http import Answer, Request, json_answer

LONGEST_TEXT = 4096
LONGEST_DATA = 64
PER_SECOND = 30
PER_GROUP_A_MINUTE = 20


class Refusal(Exception):
    """The Bot API's error answer."""

    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.retry_after = retry_after

    def answer(self) -> Answer:
        """As Telegram words it."""
        code = self.status if self.status >= 400 else 500
        body: dict[str, Any] = {"ok": False, "error_code": code, "description": str(self)}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return json_answer(body, self.status)


class Chats:
    """Phones, files and limits. `push` puts an update into the bot's queue and returns its id."""

    def __init__(self, push: Callable[..., int]) -> None:
        self.limits = False
        self.commands: list[dict[str, str]] = []
        self.phones: dict[int, Phone] = {}
        self._push = push
        self._files: dict[str, bytes] = {}
        self._presses: dict[str, Phone] = {}
        self._numbers = itertools.count(1)
        self._sent: deque[tuple[float, int]] = deque(maxlen=PER_SECOND * 2)
        self._to_groups: dict[int, deque[float]] = defaultdict(lambda: deque(maxlen=PER_GROUP_A_MINUTE))

    def phone(self, name: str, chat: int | None) -> Phone:
        """The phone with this chat id, made when new."""
        chat = chat if chat is not None else 7_000_000 + next(self._numbers)
        if chat not in self.phones:
            self.phones[chat] = Phone(chat, name, self._deliver)
        return self.phones[chat]

    def _deliver(
        self,
        phone: Phone,
        message: dict[str, Any] | None = None,
        voice: tuple[bytes, int] | None = None,
        callback: tuple[str, Message | None] | None = None,
    ) -> int:
        person = {"id": phone.chat, "is_bot": False, "first_name": phone.name, "language_code": "ko"}
        if callback is not None:
            return self._press(phone, person, *callback)
        if voice is not None:
            message = {"voice": self._stored(voice[0]) | {"duration": voice[1], "mime_type": "audio/ogg"}}
        head = self._head(phone, next(self._numbers)) | {"from": person}
        return self._push(message=head | (message or {}))

    def _press(self, phone: Phone, person: dict[str, Any], data: str, shown: Message | None) -> int:
        number = str(next(self._numbers))
        self._presses[number] = phone
        message = self._as_telegram(phone, shown or Message(1, phone.chat, "…"))
        return self._push(
            callback_query={"id": number, "from": person, "chat_instance": "1", "data": data, "message": message}
        )

    def _head(self, phone: Phone, number: int) -> dict[str, Any]:
        chat = {"id": phone.chat, "type": "private", "first_name": phone.name}
        return {"message_id": number, "date": int(time.time()), "chat": chat}

    def _as_telegram(self, phone: Phone, message: Message) -> dict[str, Any]:
        body = self._head(phone, message.id)
        if message.kind == "text":
            body["text"] = message.text
        if message.buttons:
            rows = [[{"text": text, "callback_data": data}] for text, data in message.buttons]
            body["reply_markup"] = {"inline_keyboard": rows}
        return body

    def _stored(self, content: bytes) -> dict[str, Any]:
        name = f"file{next(self._numbers)}"
        self._files[name] = content
        return {"file_id": name, "file_unique_id": name, "file_size": len(content)}

    def download(self, name: str) -> Answer:
        """A file's bytes."""
        if name not in self._files:
            return Refusal(404, "Not Found").answer()
        return Answer(self._files[name], kind="application/octet-stream")

    # One method per Bot API method, named do_<lower case name>.

    def do_getme(self, _: Request) -> dict[str, Any]:
        return {"id": 100000001, "is_bot": True, "first_name": "안부", "username": "anbu_test_bot"}

    def do_sendmessage(self, request: Request) -> dict[str, Any]:
        return self._shown(request, _text(request))

    def do_sendphoto(self, request: Request) -> dict[str, Any]:
        return self._shown(request, str(request.fields.get("caption", "")), "photo")

    def do_sendvoice(self, request: Request) -> dict[str, Any]:
        return self._shown(request, str(request.fields.get("caption", "")), "voice")

    def do_editmessagetext(self, request: Request) -> dict[str, Any]:
        phone = self._reachable(request)
        number = number_of(request.fields.get("message_id"))
        message = next((one for one in phone.messages if one.id == number), None)
        if message is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        text, buttons = _text(request), _buttons(request.fields)
        if (text, buttons) == (message.text, message.buttons):
            raise Refusal(400, "Bad Request: message is not modified")
        message.earlier.append(message.text)
        message.text, message.buttons = text, buttons
        phone.stirred()
        return self._as_telegram(phone, message)

    def do_answercallbackquery(self, request: Request) -> bool:
        phone = self._presses.pop(str(request.fields.get("callback_query_id")), None)
        if phone is None:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        phone.answered(str(request.fields.get("text", "")))
        return True

    def do_getfile(self, request: Request) -> dict[str, Any]:
        name = str(request.fields.get("file_id"))
        if name not in self._files:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        return {"file_id": name, "file_unique_id": name, "file_path": f"voice/{name}"}

    def do_setmycommands(self, request: Request) -> bool:
        self.commands = json.loads(request.fields["commands"])
        return True

    def do_sendchataction(self, request: Request) -> bool:
        return bool(self._reachable(request))

    def _shown(self, request: Request, text: str, kind: str = "text") -> dict[str, Any]:
        phone = self._reachable(request)
        self._limit(phone.chat)
        message = Message(next(self._numbers), phone.chat, text, _buttons(request.fields), kind=kind)
        message.file = next(iter(request.files.values()), None)
        message.parse_mode = request.fields.get("parse_mode")
        message.silent = str(request.fields.get("disable_notification", "")).lower() == "true"
        phone.shown(message)
        return self._as_telegram(phone, message)

    def _reachable(self, request: Request) -> Phone:
        phone = self.phones.get(number_of(request.fields.get("chat_id")) or 0)
        if phone is None:
            raise Refusal(400, "Bad Request: chat not found")
        if phone.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        return phone

    def _limit(self, chat: int) -> None:
        if not self.limits:
            return
        now = time.monotonic()
        recent = [which for at, which in self._sent if at > now - 0.95]
        if len(recent) >= PER_SECOND or chat in recent:
            raise Refusal(429, "Too Many Requests: retry after 1", 1)
        if chat < 0:
            self._limit_group(chat, now)
        self._sent.append((now, chat))

    def _limit_group(self, chat: int, now: float) -> None:
        sent = self._to_groups[chat]
        if len(sent) == PER_GROUP_A_MINUTE and sent[0] > now - 59.9:
            wait = math.ceil(sent[0] + 60 - now)
            raise Refusal(429, f"Too Many Requests: retry after {wait}", wait)
        sent.append(now)


def number_of(value: Any) -> int | None:
    """A chat or message id as it came in a form field."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _text(request: Request) -> str:
    text = str(request.fields.get("text", ""))
    if not text.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    if len(text) > LONGEST_TEXT:
        raise Refusal(400, "Bad Request: message is too long")
    return text


def _buttons(fields: dict[str, Any]) -> list[tuple[str, str]]:
    markup = fields.get("reply_markup") or "{}"
    rows = (json.loads(markup) if isinstance(markup, str) else markup).get("inline_keyboard", [])
    buttons = [(button["text"], button.get("callback_data", "")) for row in rows for button in row]
    if any(not 1 <= len(data.encode()) <= LONGEST_DATA for _, data in buttons):
        raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return buttons
