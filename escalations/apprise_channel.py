"""E-mail, SMS, chat services and others by apprise: the address is an apprise URL."""

import asyncio
import hashlib
import logging
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from escalations.channel import DeliveryOut, NotNow, Receipt, Refused
from residents.notifiers import service_of
from residents.sign import Level

#: apprise waits for its services in threads; one that hangs must not take the place of all the others.
THREADS = 24
#: emergencies have threads of their own: whatever hangs among the others, they do not wait behind it.
FIRST_THREADS = 32
#: answers that say "never": of web services (RFC 9110) and of mail servers (RFC 5321, 4.2.1; 4xx there is temporary).
_NEVER = frozenset({400, 401, 403, 404, 405, 410, 413, 422})
_NEVER_MAIL = range(500, 600)
_HTTP_CODE = re.compile(r"error=(\d{3})\b")
_MAIL_CODE = re.compile(r"\((\d{3}), b")


class Apprise:
    """Sends the text; buttons need a channel that has them. Its last line is a number that stays the same at every
    attempt, so that a repetition can be known as one."""

    def __init__(self, reference: str = "#{number}") -> None:
        self._reference = reference
        self._threads = ThreadPoolExecutor(THREADS, "apprise")
        self._first_threads = ThreadPoolExecutor(FIRST_THREADS, "apprise-first")

    async def send(self, delivery: DeliveryOut) -> Receipt:
        """Raises Refused where the service will never take it, NotNow where it did not take it this time."""
        head, _, rest = delivery.plain.partition("\n")
        number = hashlib.sha256(delivery.key.encode()).hexdigest()[:8]
        body = f"{rest or head}\n\n{self._reference.format(number=number)}"
        loop = asyncio.get_running_loop()
        threads = self._first_threads if delivery.level == Level.EMERGENCY else self._threads
        code = await loop.run_in_executor(threads, _notify, delivery.address, head, body)
        return Receipt() if code is None else _judge(code)


def _judge(code: str) -> Receipt:
    kind, _, number = code.partition(" ")
    if (kind == "http" and int(number) in _NEVER) or (kind == "mail" and int(number) in _NEVER_MAIL):
        raise Refused(code)
    raise NotNow(code)


def _notify(address: str, title: str, body: str) -> str | None:
    """None when it was taken, else why not, in words that name nobody: "http 403", "mail 550", "not taken"."""
    service = service_of(address)
    if service is None:
        raise Refused("not an apprise address")
    with _overheard() as said:
        if service.notify(title=title, body=body):
            return None
    return next((code for line in reversed(said) if (code := _code(line))), "not taken")


def _code(line: str) -> str | None:
    if found := _HTTP_CODE.search(line):
        return f"http {found[1]}"
    found = _MAIL_CODE.search(line)
    return f"mail {found[1]}" if found else None


class _Ear(logging.Handler):
    """Keeps what apprise says in this thread: its only way to tell why something was not taken. It goes no further."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        lines: list[str] | None = getattr(self.heard, "lines", None)
        if lines is not None:
            lines.append(record.getMessage())


_ear = _Ear()


@contextmanager
def _overheard() -> Iterator[list[str]]:
    logger = logging.getLogger("apprise")
    if _ear not in logger.handlers:
        logger.addHandler(_ear)
        logger.setLevel(logging.DEBUG)
    lines: list[str] = []
    _ear.heard.lines = lines
    try:
        yield lines
    finally:
        _ear.heard.lines = None
