"""`main.py transcribe FILE…`: sound files → JSON Lines."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from speech.decode import BYTES_PER_SECOND, BadAudio, Sound, decode_file
from speech.hearing import Ears, Heard, VoiceOff

_PIECE = BYTES_PER_SECOND // 4


def transcribe(files: Iterable[Path], ears: Ears, out: TextIO, faults: TextIO) -> int:
    """One JSON line per file in `out`, one line per fault in `faults`; returns the exit code, 1 after any fault.

    A file that broke off is written as far as it goes with "complete": false, and is a fault as well. Blocking.
    """
    code = 0
    for file in files:
        try:
            sound = decode_file(file)
            found = line(file, sound, hear(sound.pcm, ears))
            out.write(json.dumps(found, ensure_ascii=False) + "\n")
            if not sound.complete:
                raise BadAudio("the file breaks off before its end")
        except (BadAudio, VoiceOff, OSError) as error:
            faults.write(f"{file}: {_reason(error)}\n")
            code = 1
        out.flush()
    return code


def hear(pcm: bytes, ears: Ears) -> Heard:
    """All words in a piece of PCM16, 16 kHz, mono. Blocking. Raises VoiceOff."""
    recogniser = ears.recogniser()
    for start in range(0, len(pcm), _PIECE):
        recogniser.accept(pcm[start : start + _PIECE])
    return recogniser.finish()


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
