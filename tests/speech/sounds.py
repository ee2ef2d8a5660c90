"""Sound for tests: the built-in voice as anybody's, at any loudness, with silence around it, in any format."""

import io
from fractions import Fraction

import av
import numpy as np
from av.audio.stream import AudioStream

from speech.hearing.decode import SAMPLE_RATE, decode
from speech.speaking.voice import Manner, synthesize, to_wav

#: kind → its codec.
CODECS = {"wav": "pcm_s16le", "flac": "flac", "ogg": "libopus", "webm": "libopus", "mp4": "aac", "mp3": "libmp3lame"}


def speech(
    text: str = "식사는 좀 하셨어요?", *, gain: float = 1.0, before_s: float = 0.0, after_s: float = 0.0
) -> bytes:
    """Somebody saying it, as PCM16 at 16 kHz."""
    samples = np.frombuffer(decode(synthesize(text, Manner())).pcm, "<i2") * float(gain)
    quiet = [np.zeros(int(seconds * SAMPLE_RATE)) for seconds in (before_s, after_s)]
    return bytes(np.clip(np.concatenate([quiet[0], samples, quiet[1]]), -32768, 32767).astype("<i2").tobytes())


def noise(seconds: float = 2.0, loud: float = 1000.0) -> bytes:
    """Hiss, always the same."""
    return bytes(np.random.default_rng(1).normal(0, loud, int(seconds * SAMPLE_RATE)).astype("<i2").tobytes())


def wav(pcm: bytes) -> bytes:
    return to_wav(pcm, SAMPLE_RATE)


def file(pcm: bytes, kind: str) -> bytes:
    """The same sound as a file of a kind, as a browser or a phone would send it."""
    out = io.BytesIO()
    rate = 48_000
    with av.open(out, "w", format=kind) as container:
        stream = container.add_stream(CODECS[kind], rate=rate)
        assert isinstance(stream, AudioStream)
        stream.layout = "mono"
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate, frame_size=stream.frame_size or 0)
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
        frame.rate, frame.time_base = SAMPLE_RATE, Fraction(1, SAMPLE_RATE)
        frame.planes[0].update(pcm)
        for piece in (frame, None):
            for made in resampler.resample(piece):
                container.mux(stream.encode(made))
        container.mux(stream.encode(None))
    return out.getvalue()


def loudness_db(audio: bytes) -> float:
    """RMS of what is not silence."""
    samples = np.frombuffer(decode(audio).pcm, "<i2") / 32768
    heard = samples[np.abs(samples) > 0.01]
    return float(20 * np.log10(np.sqrt(np.mean(heard**2))))
