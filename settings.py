"""The settings: read once from the environment or `.env`, frozen, named in the error when a value is bad."""

import secrets
import socket
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError


class BadSetting(Exception):
    """A setting has a value the service cannot start with."""


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("not a known time zone") from None
    return value


def _url(*schemes: str) -> AfterValidator:
    def check(value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            fits = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(f"not an address of the form {'|'.join(schemes)}://host[:port]")
        return value.rstrip("/")

    return AfterValidator(check)


def _database(value: str) -> str:
    try:
        backend = make_url(value).drivername
    except ArgumentError:
        raise ValueError("not a database address") from None
    if backend not in {"sqlite", "postgresql+psycopg"}:
        raise ValueError("the database is sqlite or postgresql+psycopg")
    return value


def _voice(value: str) -> str:
    try:
        parts = urlsplit(value)
        fits = value == "espeak" or (parts.scheme == "tcp" and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        fits = False
    if not fits:
        raise ValueError("neither espeak nor a Wyoming text-to-speech server's tcp://host[:port]")
    return value


def _addresses(value: str) -> str:
    if any("://" not in part for part in value.split()):
        raise ValueError("not apprise addresses separated by spaces")
    return value


#: a TCP port; 0 = off.
Port = Annotated[int, Field(ge=0, le=65535)]

#: what a good value looks like, shown when one is refused.
EXAMPLES = {
    "DATABASE_URL": "sqlite:///var/anbu.db",
    "MQTT_URL": "mqtt://anbu:password@broker.example:1883",
    "MQTT_PORT": "1883",
    "MQTT_SHARED_GROUP": "anbu",
    "HTTP_HOST": "127.0.0.1",
    "HTTP_PORT": "8000",
    "SECRET_KEY": "any text of 32 characters or more",
    "TIMEZONE": "Asia/Seoul",
    "LANGUAGE": "ko",
    "TELEGRAM_TOKEN": "the token @BotFather gave you",
    "TELEGRAM_API_URL": "https://api.telegram.org",
    "TELEGRAM_WEBHOOK_URL": "https://anbu.example.kr/telegram",
    "VOSK_MODEL": "var/models/vosk-model-small-ko-0.22",
    "VOSK_FETCH": "0",
    "VOSK_MODEL_URL": "https://mirror.example.kr/vosk-model-small-ko-0.22.zip",
    "VOICE_TALKS": "40",
    "VOICE": "espeak",
    "SENTIMENT_MODEL": "var/models/my-sentiment-model",
    "SENTIMENT_LABELS": "LABEL_0=negative,LABEL_1=positive",
    "HEARTBEAT_URL": "https://watch.example.kr/ping/anbu",
    "NOTIFY_URLS": "mailto://user:password@example.kr",
    "SPEED": "1",
    "WYOMING_PORT": "10300",
    "INSTANCE": "anbu-1",
    "LOG_LEVEL": "INFO",
}


class Settings(BaseSettings):
    """Every setting of the service; `ANBU_` before each name. An empty value counts as unset, for a port as off (0)."""

    model_config = SettingsConfigDict(
        env_prefix="ANBU_", env_file=".env", env_file_encoding="utf-8", frozen=True, extra="ignore"
    )

    database_url: Annotated[str, AfterValidator(_database)] = "sqlite:///var/anbu.db"
    mqtt_url: Annotated[str | None, _url("mqtt", "mqtts")] = None
    mqtt_port: Port = 1883
    mqtt_shared_group: str | None = None
    http_host: str = "127.0.0.1"
    http_port: Port = 8000
    secret_key: Annotated[str, Field(min_length=32)] | None = None
    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Seoul"
    language: Literal["ko"] = "ko"
    telegram_token: str | None = None
    telegram_api_url: Annotated[str | None, _url("http", "https")] = None
    telegram_webhook_url: Annotated[str | None, _url("http", "https")] = None
    vosk_model: Path | None = None
    vosk_fetch: bool = True
    vosk_model_url: Annotated[str, _url("http", "https")] = (
        "https://alphacephei.com/vosk/models/vosk-model-small-ko-0.22.zip"
    )
    voice_talks: Annotated[int, Field(ge=0)] = 0
    voice: Annotated[str, AfterValidator(_voice)] = "espeak"
    sentiment_model: str | None = None
    sentiment_labels: str = ""
    heartbeat_url: Annotated[str | None, _url("http", "https")] = None
    notify_urls: Annotated[str, AfterValidator(_addresses)] = ""
    speed: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] = 1.0
    wyoming_port: Port = 10300
    instance: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$")] = Field(default_factory=socket.gethostname)
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)] = "INFO"
    var_dir: Path = Path("var")

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, values: dict[str, Any]) -> dict[str, Any]:
        empty = {name for name, value in values.items() if isinstance(value, str) and not value.strip()}
        kept = {name: value for name, value in values.items() if name not in empty}
        return kept | {name: 0 for name in empty if name.endswith("_port")}

    @property
    def voice_model(self) -> Path | None:
        """The speech model's folder: the setting, else the published small one where it is there."""
        return self.vosk_model or (self.published_folder if self.published_folder.is_dir() else None)

    @property
    def published_folder(self) -> Path:
        """Where the published small model stands, or will once it was fetched."""
        return self.var_dir / "models" / "vosk-model-small-ko-0.22"

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.timezone)


def read_settings() -> Settings:
    """The settings of this process. Raises BadSetting with each bad one's name, fault and an example."""
    try:
        return Settings()
    except ValidationError as error:
        raise BadSetting("; ".join(_explain(problem) for problem in error.errors())) from None


def _explain(problem: ErrorDetails) -> str:
    name = str(problem["loc"][0]).upper() if problem["loc"] else "?"
    fault = problem["msg"].removeprefix("Value error, ")
    return f"ANBU_{name}: {fault} (example: {EXAMPLES.get(name, 'see the README')})"


def secret_key(settings: Settings) -> str:
    """The secret everything sealed and signed rests on: the setting, else one made once and kept in `var/`."""
    if settings.secret_key:
        return settings.secret_key
    kept = settings.var_dir / "secret_key"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            with kept.open("x", encoding="ascii") as file:
                kept.chmod(0o600)
                file.write(secrets.token_urlsafe(48))
        except FileExistsError:
            pass  # another process was first: its key is ours
    return kept.read_text("ascii").strip()
