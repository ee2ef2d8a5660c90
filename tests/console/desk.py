"""A control centre on a real store: two districts, one account per role, escalations by the real service."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import httpx
import yaml
from fastapi import FastAPI
from sqlmodel import Session

from checkins.service import Checkins
from console.app import create_app
from console.gate import COOKIE
from console.ports import ConsolePorts, SessionRules
from console.sessions import csrf_of, open_session
from escalations.roster import Shift
from escalations.service import Escalations
from escalations.trying import Tried
from prompts import Words
from residents.access import device_token, email_hash, hash_password, token_create
from residents.reach import Way
from residents.sign import Level, Sign, Source
from residents.tables import ConsentRow, ContactRow, CoordinatorRow, DeviceRow, HomeRow, ResidentRow
from sensors.service import Sensors
from sensors.tables import QuarantineRow
from speech.meaning import Explain, Explained
from speech.speaking.recordings import Recordings
from speech.understanding import corrections
from speech.understanding.reader import load as load_reader
from store import FixedClock, Store
from tests.console.fakes import KnownScore
from wiring.erasing import Eraser

#: without the word lists of understanding, which its reader brings itself
_FOLDER = Path(__file__).parents[2] / "prompts/ko"
WORDS = Words(
    {
        str(file.relative_to(_FOLDER).with_suffix("")): yaml.safe_load(file.read_text("utf-8"))
        for file in (*_FOLDER.glob("*.yaml"), *_FOLDER.glob("instruments/*.yaml"))
    }
)
reader = cache(load_reader)
PASSWORD = "long enough for a test"
_HASH = hash_password(PASSWORD)  # argon2 is slow on purpose: once is enough
STAFF = {
    "admin": (),
    "supervisor": (),
    "coordinator": ("햇살1동",),
    "technician": (),
    "viewer": (),
}


def town(tx: Session, now: datetime) -> None:
    """r-001 and r-002 in 햇살1동, r-003 in 햇살2동; r-002's name tries to be a script."""
    for n, (name, district) in enumerate(
        [("김안부", "햇살1동"), ("<script>alert(1)</script>\u202e박", "햇살1동"), ("이하늘", "햇살2동")], start=1
    ):
        tx.add(HomeRow(id=f"home-00{n}", password_hash=""))
        tx.add(
            ResidentRow(
                id=f"r-00{n}",
                name=name,
                called="어르신",
                home=f"home-00{n}",
                district=district,
                born=1941,
                sex="F",
                phone="010-0000-0001",
                address="어느 길 1",
            )
        )
    tx.flush()
    tx.add(DeviceRow(home="home-001", device="kitchen_motion", kind="motion", room="kitchen"))
    tx.add(ConsentRow(resident="r-001", topic="health", granted=True, at=now, wording="2026-11", by="import"))
    tx.add(ContactRow(id="c-001", resident="r-001", name="이가족", relation="딸", order=1, topics=["health"]))
    for role, districts in STAFF.items():
        email = f"{role}@example.kr"
        tx.add(
            CoordinatorRow(
                id=f"u-{role}",
                name=f"{role} 님",
                email=email,
                email_hash=email_hash(email),
                role=role,
                districts=list(districts),
                password_hash=_HASH,
            )
        )


def sos(n: int, resident: str, now: datetime, level: Level = Level.EMERGENCY) -> Sign:
    """A sign that opens an escalation."""
    return Sign(f"s-{n}", resident, "sos", now, Source.SOS, "응급 단추를 눌렀습니다.", "sos@1", level)


def real_explain(text: str, prompt: str) -> Explained:
    """What the service's own reader makes of it; loaded when first asked."""
    return reader().explain(text, prompt)


async def _speak(text: str, slow: bool) -> bytes:
    return f"slowly {text}".encode() if slow else text.encode()


class Desk:
    """The app with its store and clock, and clients signed in as anybody. `var`: where corrections are kept."""

    def __init__(self, store: Store, clock: FixedClock, var: Path) -> None:
        self.store, self.clock, self.kept = store, clock, var / "kept" / corrections.FILE
        self.explain: Explain = real_explain
        self.recordings = Recordings(b"secret")
        self.escalations = Escalations(WORDS)
        self.wellbeing = KnownScore(self.escalations, WORDS)
        self.checkins = Checkins(WORDS, self.wellbeing)
        self.sensors = Sensors(self.wellbeing, WORDS, lambda *_: None)
        self.tried: list[tuple[Way, str]] = []
        self.how_tries_go = Tried("taken")
        self.ready: Mapping[str, Any] = {"ready": True, "parts": {"database": "ok"}, "degraded": []}
        store.write(town, clock.now())
        store.write(self.escalations.set_roster, [Shift("u-coordinator")], clock.now())
        self.app: FastAPI = create_app(self.ports())

    def ports(self) -> ConsolePorts:
        async def readiness() -> Mapping[str, Any]:
            return self.ready

        return ConsolePorts(
            store=self.store,
            clock=self.clock,
            words=WORDS,
            escalations=self.escalations,
            wellbeing=self.wellbeing,
            checkins=self.checkins,
            sensors=self.sensors,
            readiness=readiness,
            explain=self._explain,
            keep_correction=partial(corrections.append, self.kept),
            recordings=self.recordings,
            speak=_speak,
            try_way=self._try_way,
            erase=Eraser(self.store, self.clock, self.kept.parent),
        )

    async def _try_way(self, way: Way, text: str) -> Tried:
        self.tried.append((way, text))
        return self.how_tries_go

    def _explain(self, text: str, prompt: str) -> Explained:
        return self.explain(text, prompt)  # looked up anew: a test may put another in its place

    def raise_sos(self, n: int = 1, resident: str = "r-001", level: Level = Level.EMERGENCY) -> str:
        """An escalation, opened by the real service."""
        now = self.clock.now()
        return self.store.write(self.escalations.raise_sign, sos(n, resident, now, level), now)

    def quarantine(self, *homes: str) -> None:
        """A message from each of these homes that could not be used."""

        def keep(tx: Session) -> None:
            for home in homes:
                tx.add(
                    QuarantineRow(
                        at=self.clock.now(), home=home, topic=f"homes/{home}/x", reason="not_json", payload="<b>"
                    )
                )
                tx.flush()

        self.store.write(keep)

    def token(self, role: str) -> str:
        return self.store.write(token_create, role, f"{role} program", self.clock.now())

    def device_token(self, home: str, device: str) -> str:
        return self.store.write(device_token, home, device, self.clock.now())

    def client(self, **headers: str | bytes) -> httpx.AsyncClient:
        """A client; a fault in the app is the answer 500, as behind a real server."""
        sent = [
            (name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in headers.items()
        ]
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url="http://anbu.test", headers=sent)

    def program(self, role: str) -> httpx.AsyncClient:
        return self.client(authorization=f"Bearer {self.token(role)}")

    async def signed_in(self, role: str) -> httpx.AsyncClient:
        """A browser with a session, and its form token as a header."""
        token = self.store.write(open_session, f"u-{role}", self.clock.real(), SessionRules())
        browser = self.client(accept="text/html")
        browser.cookies.set(COOKIE, token, domain="anbu.test")
        browser.headers["x-csrf-token"] = csrf_of(token)
        return browser

    async def signs_in(self, role: str, password: str = PASSWORD) -> httpx.AsyncClient:
        """The same by the form; slow, because the password's hash is."""
        browser = self.client(accept="text/html")
        answer = await browser.post("/login", data={"email": f"{role}@example.kr", "password": password})
        assert answer.status_code == 303, answer.text
        browser.headers["x-csrf-token"] = csrf_of(browser.cookies[COOKIE])
        return browser
