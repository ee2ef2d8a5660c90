"""A sentence as a WAV file, for those who play it themselves: satellites, and programs of the house."""

import structlog

from speech.speaking.speaking import Speaking
from speech.speaking.voice import Manner

_log = structlog.get_logger(__name__)
_BEFORE, _AFTER = "/audio/", ".wav"


class Aloud:
    """What `Speaking` names, as sound. Nothing here raises: where there is no voice, there is None."""

    def __init__(self, speaking: Speaking) -> None:
        self._speaking = speaking

    async def at(self, address: str) -> bytes | None:
        """The sound at an address as a `say` carries it (`/audio/<id>.wav`)."""
        try:
            return await self._speaking.read(address.removeprefix(_BEFORE).removesuffix(_AFTER))
        except Exception as error:
            return self._missed(error)

    async def say(self, text: str, slow: bool = False) -> bytes | None:
        """This text's sound, in the usual manner or slower."""
        manner = Manner.of().slower() if slow else Manner.of()
        try:
            return await self.at(await self._speaking.spoken(text, manner))
        except Exception as error:
            return self._missed(error)

    @staticmethod
    def _missed(error: Exception) -> bytes | None:
        _log.error("voice_failed", error=type(error).__name__)
        return None
