"""`main.py check`, the doctor: what works, what is missing, and what to do about it. One line each."""

import asyncio
import socket
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from bot.telegram import TelegramApi
from escalations.channel import NotNow, Refused
from sensors.mqtt import try_connect
from settings import BadSetting, Settings, read_settings
from speech.hearing.ears import Ears
from speech.hearing.fetching import plan
from speech.speaking.voice import Manner
from speech.speaking.wyoming_voice import BUILT_IN, FarVoice, VoiceAway
from wiring.ears import missing_model
from wiring.house import open_house


@dataclass(frozen=True)
class Found:
    """One line of the doctor's. `needed` and not ok: the service would not start or would be blind."""

    part: str
    ok: bool
    text: str
    needed: bool = True

    def __str__(self) -> str:
        mark = "ok  " if self.ok else ("FAIL" if self.needed else "note")
        return f"{mark} {self.part}: {self.text}"


def run_checkup() -> int:
    """Print every line; 1 if something needed is missing."""
    try:
        settings = read_settings()
    except BadSetting as error:
        print(Found("settings", False, str(error)))
        return 1
    found = [Found("settings", True, "read"), _database(settings), _http(settings), _broker(settings)]
    found += [_voice(settings), _speaks(settings), _wyoming(settings), _telegram(settings)]
    for line in found:
        print(line)
    return int(any(line.needed and not line.ok for line in found))


def _database(settings: Settings) -> Found:
    try:
        with open_house(settings) as house:
            return Found("database", True, f"{house.store.engine.dialect.name}, up to date")
    except (SQLAlchemyError, OSError) as error:
        kind = type(error).__name__
        return Found("database", False, f"cannot be opened ({kind}); check ANBU_DATABASE_URL and that the server runs")


def _http(settings: Settings) -> Found:
    where = f"{settings.http_host}:{settings.http_port}"
    try:
        with socket.create_server((settings.http_host, settings.http_port)):
            return Found("console", True, f"{where} is free")
    except OSError as error:
        hint = "fine if the service is running; else set ANBU_HTTP_PORT"
        return Found("console", False, f"{where}: {error.strerror} ({hint})", needed=False)


def _broker(settings: Settings) -> Found:
    if settings.mqtt_url is None:
        if not settings.mqtt_port:
            return Found("broker", False, "off: no sensors; set ANBU_MQTT_PORT or ANBU_MQTT_URL", needed=False)
        return _embedded(settings.mqtt_port)
    fault = try_connect(settings.mqtt_url)
    if fault is None:
        return Found("broker", True, "signed in")
    return Found("broker", False, f"{fault}; check ANBU_MQTT_URL, and that the broker is up and knows this user")


def _embedded(port: int) -> Found:
    try:
        with socket.create_server(("0.0.0.0", port)):  # noqa: S104 - as the broker itself will listen
            return Found("broker", True, f"embedded, port {port} is free")
    except OSError:
        hint = "fine if the service is running; else set ANBU_MQTT_PORT, or ANBU_MQTT_URL to the broker that is there"
        return Found("broker", False, f"port {port} is in use ({hint})", needed=False)


def _voice(settings: Settings) -> Found:
    if (missing := missing_model(settings)) is not None:
        return Found("voice model", False, plan(missing), needed=False)
    ears = Ears(settings.voice_model)
    ears.load_now()
    return Found("voice model", ears.notice is None, ears.notice or "loaded", needed=False)


def _speaks(settings: Settings) -> Found:
    if settings.voice == BUILT_IN:
        return Found("voice", True, "the built-in one")
    try:
        asyncio.run(FarVoice(settings.voice).speak("1", Manner()))
    except VoiceAway as error:
        hint = "the built-in voice speaks meanwhile; check ANBU_VOICE and that the server runs"
        return Found("voice", False, f"{settings.voice}: {error} ({hint})", needed=False)
    return Found("voice", True, f"{settings.voice} speaks")


def _wyoming(settings: Settings) -> Found:
    where = f"{settings.http_host}:{settings.wyoming_port}"
    if not settings.wyoming_port:
        return Found("wyoming", True, "off: no speech for Home Assistant")
    try:
        with socket.create_server((settings.http_host, settings.wyoming_port)):
            return Found("wyoming", True, f"{where} is free")
    except OSError as error:
        hint = "fine if the service is running; else set ANBU_WYOMING_PORT"
        return Found("wyoming", False, f"{where}: {error.strerror} ({hint})", needed=False)


def _telegram(settings: Settings) -> Found:
    if not settings.telegram_token:
        return Found("telegram", False, "off: set ANBU_TELEGRAM_TOKEN to reach family and coordinators", needed=False)
    try:
        return Found("telegram", True, f"signed in as @{asyncio.run(_who(settings))}")
    except (NotNow, Refused) as error:
        return Found("telegram", False, f"{error.reason}; check ANBU_TELEGRAM_TOKEN and the network", needed=False)


async def _who(settings: Settings) -> str:
    api = TelegramApi(settings.telegram_token or "", settings.telegram_api_url)
    try:
        return await api.who()
    finally:
        await api.close()
