"""Spoken sentences kept as files, so that a sentence said before starts at once. Bounded, oldest out first."""

import asyncio
import hashlib
import hmac
import os
import re
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from speech.speaking.voice import VOICE, Manner, Synthesis, speak, synthesize

#: about an hour and a half of speech.
MAX_BYTES = 256 * 1024 * 1024
#: a sound that nobody asked for in so many real seconds, 30 days, is deleted: what was said is not kept for longer.
UNUSED_S = 30 * 24 * 3600.0
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
        if not self.has(key):
            await asyncio.to_thread(self.keep, key, await speak(text, manner, self.synthesis))
        return key

    def has(self, key: str) -> bool:
        """Whether this sound is kept; it counts as used."""
        try:
            os.utime(self._file(key))
        except OSError:
            return False
        return True

    def keep(self, key: str, wav: bytes) -> None:
        """Write beside and rename: a reader sees the whole file or none, also after a crash or with two writers.
        Blocking."""
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

    def read(self, key: str) -> bytes | None:
        """The WAV file under a key; None where there is none, or the key is none of ours."""
        if not KEY.fullmatch(key):
            return None
        with suppress(OSError):
            return self._file(key).read_bytes()
        return None

    def trim(self) -> int:
        """Remove the files unused for a month, then those unused for longest until the rest is within the bound.
        Returns how many went. Blocking."""
        files = sorted(((f, f.stat()) for f in self.folder.glob("*.wav")), key=lambda pair: pair[1].st_mtime)
        over = sum(stat.st_size for _, stat in files) - self.max_bytes
        oldest = time.time() - UNUSED_S
        removed = 0
        for file, stat in files:
            if over <= 0 and stat.st_mtime > oldest:
                break
            file.unlink(missing_ok=True)
            over -= stat.st_size
            removed += 1
        return removed

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.wav"
