"""Spoken sentences kept as files, so that a sentence said before starts at once. Bounded, oldest out first."""

import hashlib
import hmac
import os
import re
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from speech.voice import VOICE, Manner, Synthesis, speak, synthesize

_log = structlog.get_logger(__name__)

#: about an hour and a half of speech.
MAX_BYTES = 256 * 1024 * 1024
#: a key as `Cache.key` makes it: what may be asked for from outside, and nothing else.
KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Cache:
    """Files below `folder`, named by what is said, by which voice and how.

    secret: makes the names unguessable, so that nobody learns by asking whether a sentence was said at somebody's home.
    """

    folder: Path
    secret: bytes
    max_bytes: int = MAX_BYTES
    synthesis: Synthesis = synthesize
    voice: str = VOICE

    def key(self, text: str, manner: Manner) -> str:
        """The file's name without `.wav`: 64 hex digits."""
        said = f"{self.voice}\n{manner.rate}\n{manner.pitch}\n{text}"
        return hmac.new(self.secret, said.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    async def spoken(self, text: str, manner: Manner) -> str:
        """The key of this sentence's sound, made now if it is not there. Raises VoiceMissing, OSError."""
        key = self.key(text, manner)
        if not self._touch(key):
            self._keep(key, await speak(text, manner, self.synthesis))
        return key

    def read(self, key: str) -> bytes | None:
        """The WAV file under a key; None where there is none, or the key is none of ours."""
        if not KEY.fullmatch(key):
            return None
        with suppress(OSError):
            return self._file(key).read_bytes()
        return None

    async def fill(self, sentences: Iterable[str], manner: Manner) -> int:
        """Speak sentences ahead, for the scripts. Returns how many are ready; stops at the first that cannot be."""
        ready = 0
        for sentence in sentences:
            try:
                await self.spoken(sentence, manner)
            except Exception as error:
                _log.warning("cache_fill_stopped", ready=ready, error=str(error))
                break
            ready += 1
        return ready

    def trim(self) -> int:
        """Remove the files unused for longest until the rest is within the bound. Returns how many went."""
        files = sorted(((f, f.stat()) for f in self.folder.glob("*.wav")), key=lambda pair: pair[1].st_mtime)
        over = sum(stat.st_size for _, stat in files) - self.max_bytes
        removed = 0
        for file, stat in files:
            if over <= 0:
                break
            file.unlink(missing_ok=True)
            over -= stat.st_size
            removed += 1
        return removed

    def _touch(self, key: str) -> bool:
        try:
            os.utime(self._file(key))
        except OSError:
            return False
        return True

    def _keep(self, key: str, wav: bytes) -> None:
        """Write beside and rename: a reader sees the whole file or none, also after a crash or with two writers."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(wav)
            Path(name).replace(self._file(key))
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        if int(key[:2], 16) < 4:  # looking through the whole folder is not worth doing every time
            self.trim()

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.wav"
