"""`main.py transcribe FILE…`: sound files → JSON Lines."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from speech.hearing.decode import BYTES_PER_SECOND, BadAudio, Sound, decode_file
from speech.hearing.doubt import doubted, doubtful
from speech.hearing.ears import Ears
from speech.hearing.heard import Heard, VoiceOff
from speech.hearing.vad import CHUNK_BYTES, CHUNK_MS, Rules, silero

_PIECE = BYTES_PER_SECOND // 4
_JUDGED = 3 * CHUNK_BYTES
_NEAR = 500 // CHUNK_MS


def transcribe(files: Iterable[Path], ears: Ears, out: TextIO, faults: TextIO) -> int:
    """One JSON line per file in `out`, one line per fault in `faults`; returns the exit code, 1 after any fault.

    A file that broke off is written as far as it goes with "complete": false, and is a fault as well. Blocking.
    """
    code = 0
    for file in files:
        try:
            sound = decode_file(file)
            found = line(file, sound, listen(sound, ears))
            out.write(json.dumps(found, ensure_ascii=False) + "\n")
            if not sound.complete:
                raise BadAudio("the file breaks off before its end")
        except (BadAudio, VoiceOff, OSError) as error:
            faults.write(f"{file}: {_reason(error)}\n")
            code = 1
        out.flush()
    return code


def listen(sound: Sound, ears: Ears) -> Heard:
    """What somebody said in a file. Where nobody speaks, the recogniser is given silence: music costs it a multiple of
    its own length. What breaks off is no sure answer. Blocking. Raises VoiceOff."""
    voiced = _voiced(sound.pcm)
    voiced_s = sum(voiced) * CHUNK_MS / 1000
    if voiced_s < Rules.start_ms / 1000:
        return Heard("", 0.0)
    heard = doubted(hear(_only(sound.pcm, voiced), ears), voiced_s)
    return heard if sound.complete else doubtful(heard)


def hear(pcm: bytes, ears: Ears) -> Heard:
    """All words that the recogniser makes of PCM16, 16 kHz, mono. Blocking. Raises VoiceOff."""
    recogniser = ears.recogniser()
    for start in range(0, len(pcm), _PIECE):
        recogniser.accept(pcm[start : start + _PIECE])
    return recogniser.finish()


def _voiced(pcm: bytes) -> list[bool]:
    """In which chunks somebody speaks."""
    voice, whole = silero(), len(pcm) // CHUNK_BYTES * CHUNK_BYTES
    pieces = (pcm[start : min(start + _JUDGED, whole)] for start in range(0, whole, _JUDGED))
    return [p >= Rules.off for piece in pieces for p in voice.each(piece)]


def _only(pcm: bytes, voiced: list[bool]) -> bytes:
    """The same with silence where nobody speaks within half a second: words keep their times."""
    near = [any(voiced[max(0, at - _NEAR) : at + _NEAR + 1]) for at in range(len(voiced))]
    kept = (
        pcm[at * CHUNK_BYTES : (at + 1) * CHUNK_BYTES] if is_near else bytes(CHUNK_BYTES)
        for at, is_near in enumerate(near)
    )
    return b"".join(kept)


def line(file: Path, sound: Sound, heard: Heard) -> dict[str, Any]:
    """What is written about one file: {"file", "text", "confidence", "words", "seconds"}."""
    found: dict[str, Any] = {
        "file": str(file),
        "text": heard.text,
        "confidence": heard.confidence,
        "words": [asdict(word) for word in heard.words],
        "seconds": round(sound.seconds, 3),
    }
    return found if sound.complete else found | {"complete": False}


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error)
