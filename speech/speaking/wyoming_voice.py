"""Another program's voice: any Wyoming text-to-speech server. Where it is away, the built-in voice speaks."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from wyoming.audio import AudioChunk, AudioStop
from wyoming.error import Error
from wyoming.tts import Synthesize, SynthesizeVoice

from speech.speaking.cache import Cache
from speech.speaking.korean_numbers import read_aloud
from speech.speaking.tempo import paced
from speech.speaking.voice import DEFAULT_RATE, MAX_CHARACTERS, Manner, VoiceMissing, to_wav
from speech.wyoming.wire import BadSound, Client, Converter, Pcm

_log = structlog.get_logger(__name__)

DEFAULT_PORT = 10200
BUILT_IN = "espeak"
#: about five minutes of the best sound there is; more is no sentence.
_MOST_BYTES = 32 * 1024 * 1024


class VoiceAway(VoiceMissing):
    """The server cannot be reached, was too slow, or stopped in the middle of a sentence."""


@dataclass(frozen=True)
class Patience:
    """Real seconds. connect, silence: until it answers, between two events. sentence: for all of one. away: how long it
    is not asked again after it has failed. at_once: sentences asked for at the same time."""

    connect_s: float = 1.5
    silence_s: float = 2.5
    sentence_s: float = 10.0
    away_s: float = 30.0
    at_once: int = 4


class FarVoice:
    """Speaks by the server at `tcp://host[:port]`. Its own pace is taken for the usual one; it has no other pitch."""

    def __init__(self, address: str, patience: Patience = Patience()) -> None:
        parts = urlsplit(address)
        self.name = address
        self._host, self._port = parts.hostname or "", parts.port or DEFAULT_PORT
        self._patience = patience
        self._free = asyncio.Semaphore(patience.at_once)
        self._away_until = 0.0

    async def speak(self, text: str, manner: Manner) -> bytes:
        """The text as a WAV file (PCM16 mono). Raises VoiceAway, at once for a while after it was away."""
        async with self._free:
            if _now() < self._away_until:
                raise VoiceAway("it was away a moment ago")
            rate, pcm = await self._noting(self._asked(read_aloud(text[:MAX_CHARACTERS]).replace("\0", " ")))
        return to_wav(await asyncio.to_thread(paced, pcm, rate, manner.rate / DEFAULT_RATE), rate)

    async def _noting(self, asking: Coroutine[Any, Any, tuple[int, bytes]]) -> tuple[int, bytes]:
        """A failure is remembered; so is that somebody gave up waiting."""
        began = _now()
        try:
            return await asking
        except (VoiceAway, BadSound, OSError, TimeoutError) as error:
            self._away_until = _now() + self._patience.away_s
            reason = getattr(error, "strerror", None) or str(error) or "no answer in time"
            _log.warning("voice_away", error=type(error).__name__, reason=reason)
            raise VoiceAway(reason) from None
        except asyncio.CancelledError:
            if _now() - began > self._patience.silence_s:
                self._away_until = _now() + self._patience.away_s
            raise

    async def _asked(self, text: str) -> tuple[int, bytes]:
        patience = self._patience
        client = Client(self._host, self._port, connect_timeout=patience.connect_s, read_timeout=patience.silence_s)
        try:
            async with asyncio.timeout(patience.sentence_s):
                await client.connect()
                await client.write_event(Synthesize(text=text, voice=SynthesizeVoice(language="ko")).event())
                return await _answer(client)
        finally:
            await client.disconnect()


async def _answer(client: Client) -> tuple[int, bytes]:
    converter: Converter | None = None
    pcm = bytearray()
    while (event := await client.read_event()) is not None:
        if Error.is_type(event.type):
            raise VoiceAway("the server answered with an error")
        if AudioStop.is_type(event.type):
            if converter is None or not pcm:
                raise VoiceAway("the server gave no sound")
            return converter.pcm.rate, bytes(pcm)
        if AudioChunk.is_type(event.type):
            form = Pcm.of(event.data)
            converter = converter or Converter(form, resample=False)
            pcm += converter.feed(event.payload or b"")
            if form != converter.pcm or len(pcm) > _MOST_BYTES:
                raise VoiceAway("the server gave sound that is no sentence")
    raise VoiceAway("the server closed before the end of the sentence")


@dataclass(frozen=True)
class FarCache(Cache):
    """Sentences as `speak` says them, each kept under that voice's `name`; as the built-in voice does where it is away,
    kept under its own: the far voice has the word again as soon as it is back."""

    name: str = ""
    speak: Callable[[str, Manner], Awaitable[bytes]] | None = None

    async def spoken(self, text: str, manner: Manner) -> str:
        """See `Cache`."""
        if self.speak is None or not any(letter.isalnum() for letter in text):
            return await super().spoken(text, manner)
        far = replace(self, voice=self.name, speak=None)
        key = far.key(text, manner)
        if far.has(key):
            return key
        try:
            await asyncio.to_thread(far.keep, key, await self.speak(text, manner))
        except VoiceAway:
            return await super().spoken(text, manner)
        return key


def cache_for(voice: str, folder: Path, secret: bytes) -> Cache:
    """The house's voice by its setting: `espeak`, or a server at `tcp://host[:port]`."""
    if voice == BUILT_IN:
        return Cache(folder, secret)
    return FarCache(folder, secret, name=voice, speak=FarVoice(voice).speak)


def _now() -> float:
    return asyncio.get_running_loop().time()
