"""WAV files put one behind the other, with a pause between them as between two sentences. Blocking."""

import io
import wave
from collections.abc import Sequence

from speech.hearing.decode import SAMPLE_RATE, Resampler
from speech.speaking.voice import to_wav

#: what the built-in voice leaves between two sentences of one text.
PAUSE_S = 0.4


def joined(files: Sequence[bytes]) -> bytes:
    """One WAV file (PCM16 mono) of several. At 16 kHz where they differ in rate. Raises wave.Error."""
    if len(files) == 1:
        return files[0]
    sounds = [_samples(file) for file in files]
    rates = {rate for rate, _ in sounds}
    rate = rates.pop() if len(rates) == 1 else SAMPLE_RATE
    pause = bytes(2 * int(PAUSE_S * rate))
    return to_wav(pause.join(pcm if own == rate else Resampler(own).feed(pcm) for own, pcm in sounds), rate)


def _samples(file: bytes) -> tuple[int, bytes]:
    with wave.open(io.BytesIO(file)) as wav:
        return wav.getframerate(), wav.readframes(wav.getnframes())
