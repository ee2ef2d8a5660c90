"""How many talks this machine keeps pace with: measured on a sentence, once the voice model is loaded."""

import asyncio
import os
import random
import time

from speech.hearing.decode import BYTES_PER_SECOND, decode
from speech.hearing.ears import EXECUTOR, Ears
from speech.hearing.vad import CHUNK_BYTES, silero
from speech.speaking.voice import Manner, VoiceMissing, synthesize

#: of each core so much may go to listening, with everybody speaking at once; the rest is for understanding, storing and
#: answering. Measured by `python -m benchmarks streams`.
SHARE = 0.5
_PIECE = 6 * CHUNK_BYTES


async def measured(ears: Ears, sentence: str) -> int:
    """`talks`, away from the event loop."""
    return await asyncio.get_running_loop().run_in_executor(EXECUTOR, talks, ears, sentence)


def talks(ears: Ears, sentence: str) -> int:
    """How many people may speak at a time. Blocking, a second at most. Raises VoiceOff."""
    return max(1, int(SHARE * len(os.sched_getaffinity(0)) / cost(ears, sentence)))


def cost(ears: Ears, sentence: str) -> float:
    """Seconds of a core for each second of speech: voice activity and recogniser. The best of three: a start is a busy
    moment. Blocking. Raises VoiceOff."""
    sound = _speech(sentence)
    return min(_seconds(ears, sound) for _ in range(3)) / (len(sound) / BYTES_PER_SECOND)


def _seconds(ears: Ears, sound: bytes) -> float:
    voice, recogniser = silero(), ears.recogniser()
    began = time.perf_counter()
    for at in range(0, len(sound), _PIECE):
        voice.each(sound[at : at + _PIECE])
        recogniser.accept(sound[at : at + _PIECE])
    recogniser.finish()
    return time.perf_counter() - began


def _speech(sentence: str) -> bytes:
    """The sentence in the built-in voice; noise where there is none: it costs about the same."""
    try:
        pcm = decode(synthesize(sentence, Manner())).pcm
    except VoiceMissing:
        pcm = random.Random(0).randbytes(3 * BYTES_PER_SECOND)
    return pcm[: len(pcm) // CHUNK_BYTES * CHUNK_BYTES]
