"""The built-in voice: Korean text → WAV by espeak-ng. The library is one per process and not thread-safe, so one
named thread owns it."""

import asyncio
import ctypes
import io
import os
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from threading import Lock

import espeakng_loader

from speech.speaking.korean_numbers import read_aloud
from speech.speaking.pronounce import respell

#: slower than espeak-ng's own 175 words a minute: said to older ears.
DEFAULT_RATE = 140
DEFAULT_PITCH = 45
#: espeak-ng's own limits (speak_lib.h: espeakRATE 80 to 450, espeakPITCH 0 to 100).
RATES = (80, 450)
PITCHES = (0, 100)
#: a longer text is cut here; about two minutes of speech.
MAX_CHARACTERS = 2000
#: named in the cache's keys: change it when the same text would sound different.
VOICE = "espeak-ko-2"

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_CHARS_UTF8 = 1
_RATE, _PITCH = 1, 3
_SYNTH_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class VoiceMissing(Exception):
    """The built-in voice cannot be loaded on this machine; everything is still shown as text."""


@dataclass(frozen=True)
class Manner:
    """How to speak. rate: words a minute, 80 to 450; pitch: 0 to 100. Values beyond are brought to the limit."""

    rate: int = DEFAULT_RATE
    pitch: int = DEFAULT_PITCH

    def slower(self) -> "Manner":
        """The same, a quarter slower: for what was not understood the first time."""
        return Manner.of(self.rate * 3 // 4, self.pitch)

    @classmethod
    def of(cls, rate: int | None = None, pitch: int | None = None) -> "Manner":
        """A resident's manner, the defaults where they have none."""
        return cls(
            _within(RATES, rate if rate is not None else DEFAULT_RATE),
            _within(PITCHES, pitch if pitch is not None else DEFAULT_PITCH),
        )


#: Text in, a whole WAV file out. Blocking. What the cache and the tests are handed.
Synthesis = Callable[[str, Manner], bytes]


def synthesize(text: str, manner: Manner) -> bytes:
    """The text as a WAV file (PCM16 mono, 22,050 Hz). Blocking, about 2 ms per second of speech; safe from any thread.

    Raises VoiceMissing. Numbers and times are read as a Korean says them.
    """
    spoken = respell(read_aloud(text[:MAX_CHARACTERS])).replace("\0", " ")
    with _LOCK:
        return _espeak().speak(spoken, manner)


async def speak(text: str, manner: Manner, synthesis: Synthesis = synthesize) -> bytes:
    """`synthesize` away from the event loop, on the one thread that owns the voice."""
    return await asyncio.get_running_loop().run_in_executor(_EXECUTOR, synthesis, text, manner)


class _Espeak:
    """libespeak-ng, initialised. Only one may exist in a process."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL(espeakng_loader.get_library_path())
            folder = espeakng_loader.get_data_path()
        except (OSError, RuntimeError) as error:
            raise VoiceMissing(f"espeak-ng cannot be loaded: {error}") from None
        self._sample_rate = self._library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, os.fsencode(folder), 0)
        if self._sample_rate <= 0 or self._library.espeak_SetVoiceByName(b"ko") != 0:
            raise VoiceMissing("espeak-ng has no Korean voice here")
        self._pcm = bytearray()
        self._callback = _SYNTH_CALLBACK(self._take)  # kept: C holds only the bare pointer
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, manner: Manner) -> bytes:
        self._pcm.clear()
        self._library.espeak_SetParameter(_RATE, manner.rate, 0)
        self._library.espeak_SetParameter(_PITCH, manner.pitch, 0)
        utf8 = text.encode("utf-8", "replace") + b"\0"
        if self._library.espeak_Synth(utf8, len(utf8), 0, 1, 0, _CHARS_UTF8, None, None) != 0:
            raise VoiceMissing("espeak-ng refused the text")
        self._library.espeak_Synchronize()
        return to_wav(bytes(self._pcm), self._sample_rate)

    def _take(self, samples: object, count: int, _events: object) -> int:
        if samples and count > 0:
            self._pcm += ctypes.string_at(samples, 2 * count)  # type: ignore[arg-type]  # a ctypes pointer
        return 0


def to_wav(pcm: bytes, sample_rate: int) -> bytes:
    """PCM16 mono samples as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(sample_rate)
        wav.writeframes(pcm)
    return file.getvalue()


@cache
def _espeak() -> _Espeak:
    return _Espeak()


def _within(limits: tuple[int, int], value: int) -> int:
    return max(limits[0], min(limits[1], value))


_LOCK = Lock()
_EXECUTOR = ThreadPoolExecutor(max_workers=1, thread_name_prefix="anbu-voice")
