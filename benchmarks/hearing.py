"""How well the tiny model hears espeak's voices, whether cries for help are found, and where real voices are cut.

`python -m benchmarks.hearing [--sentences 60] [--json]`. The clips are outside the repository (`ANBU_DATA`).
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from prompts import load
from speech.hearing.decode import BYTES_PER_SECOND, SAMPLE_RATE, decode_file
from speech.hearing.ears import Ears
from speech.hearing.heard import Heard
from speech.hearing.listening import Listener, Partial
from speech.hearing.vad import CHUNK_BYTES, Edge, Endings, Rules, Utterance, level, silero, step
from speech.speaking.pronounce import respell
from tests.fixtures.vosk_build.sound import Samples, plain
from tests.fixtures.vosk_build.talker import Talker
from tests.needs import DATA

ROOT = Path(__file__).parents[1] / "tests" / "fixtures"
#: variants of espeak-ng that the model's training never heard.
UNHEARD = ("ko+f3", "ko+m4", "ko+max", "ko+paul", "ko+aunty", "ko+boris", "ko+john", "ko+Andrea")
#: and some that hardly sound like a person; reported, not counted in.
ODD = ("ko+steph2", "ko+marcelo", "ko+gustave", "ko+travis")
SPEEDS = (90, 120, 150, 180, 220)
NOISE_DB = (10, 15, 20, 30)
HELP = ("살려줘", "도와줘", "넘어졌어")
#: a word counts as cut where the end was taken to be so much before its last sound.
CUT_S = 0.3
HELD_S = 1.5


def measure(count: int) -> dict[str, Any]:
    """All figures; `count` sentences for each of them."""
    talker, ears = Talker(), Ears(ROOT / "vosk-ko-tiny")
    ears.load_now()
    random = Random(20)
    lines = (ROOT / "vosk_build" / "sentences.txt").read_text("utf-8").splitlines()
    known = [line for line in lines if line and not line.startswith("#")]
    endings = Endings.of(load().data("speech.endings"))

    def heard(text: str, voice: str, rate: int, noise_db: float | None) -> str:
        sound = _pcm(plain(talker.say(respell(text), voice=voice, rate=rate)).samples, noise_db, random)
        return " ".join(one.text for one in _all(ears, endings, sound))

    plainly = [(text, heard(text, "ko", 140, None)) for text in _some(known, count, random)]
    widely = [
        (text, heard(text, voice, random.choice(SPEEDS), random.choice(NOISE_DB)))
        for voice in UNHEARD
        for text in _some(known, count, random)
    ]
    oddly = [(text, heard(text, voice, 150, None)) for voice in ODD for text in _some(known, count // 4 + 1, random)]
    return {
        "sentences_plain": len(plainly),
        "word_error_rate_plain": _error_rate(plainly),
        "sentences_variants": len(widely),
        "word_error_rate_variants": _error_rate(widely),
        "word_error_rate_by_variant": {
            voice: _error_rate(widely[n * count : (n + 1) * count]) for n, voice in enumerate(UNHEARD)
        },
        "word_error_rate_odd_variants": _error_rate(oddly),
        **_help(known, count, random, heard),
        **_clips(),
    }


def _some(known: Sequence[str], count: int, random: Random) -> Iterator[str]:
    for _ in range(count):
        yield random.choice(known)


def _help(known: Sequence[str], count: int, random: Random, heard: Any) -> dict[str, Any]:
    """Cries alone and within a sentence, by all voices; then as many words of others."""
    voices = ("ko", *UNHEARD)
    cries = [random.choice(("{}", "{}", "아이고 {}", "나 좀 {}", "여보세요 {}")).format(cry) for cry in HELP * count]
    found = [heard(cry, random.choice(voices), random.choice(SPEEDS), random.choice(NOISE_DB)) for cry in cries]
    others = [
        line for line in known if not set(line.split()) & {*HELP, "넘어졌어요", "살려주세요", "도와주세요", "살려"}
    ]
    said = [" ".join(random.choice(others) for _ in range(3)) for _ in range(count * 3)]
    told = [heard(text, random.choice(voices), random.choice(SPEEDS), random.choice(NOISE_DB)) for text in said]
    return {
        "cries": len(cries),
        "cries_found": round(sum(_cries(text) for text in found) / len(cries), 4),
        "other_words": sum(len(text.split()) for text in said),
        "cries_found_in_others": sum(_cries(text) for text in told),
    }


def _cries(text: str) -> bool:
    return any(cry in text for cry in HELP)


def _pcm(samples: Samples, noise_db: float | None, random: Random) -> bytes:
    """With silence around it, and white noise over all of it."""
    quiet = np.zeros(SAMPLE_RATE // 2)
    wave = np.concatenate([quiet, samples, quiet, quiet, quiet, quiet, quiet]) * 0.5
    if noise_db is not None:
        level = float(np.sqrt((samples**2).mean())) * 0.5 * 10 ** (-noise_db / 20)
        wave = wave + np.random.default_rng(random.getrandbits(32)).standard_normal(len(wave)) * level
    return bytes(np.clip(wave, -32768, 32767).astype("<i2").tobytes())


def _all(ears: Ears, endings: Endings, pcm: bytes) -> list[Heard]:
    """What was heard in it, as at a speaker."""
    listener = Listener(ears.recogniser, SAMPLE_RATE, endings)
    found = [f for at in range(0, len(pcm), 3200) for f in listener.feed(pcm[at : at + 3200])]
    return [f for f in (*found, listener.finish()) if f is not None and not isinstance(f, Partial)]


def _error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    pairs = list(pairs)
    words = sum(len(said.split()) for said, _ in pairs)
    return round(sum(_errors(said.split(), heard.split()) for said, heard in pairs) / words, 4)


def _errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Words wrong, missing or too many."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(said, 1):
        before, row[0] = row[0], number
        for i, other in enumerate(heard, 1):
            before, row[i] = row[i], min(row[i] + 1, row[i - 1] + 1, before + (word != other))
    return row[-1]


def _clips() -> dict[str, Any]:
    """Real voices: found at all, cut before their end, held long after it. Without words the patience is 1.2 s. Where a
    voice ends nobody has marked: cut counts from what is surely voice (as loud as one, and sung: applause is not), held
    from what may still be."""
    clips = sorted((DATA / "speech_ko").glob("*.flac"))
    if not clips:
        return {"clips": "skipped: set ANBU_DATA"}
    sounds = [decode_file(clip).pcm for clip in clips]
    ends = [(_end_s(pcm), _sung_s(pcm, 20), _last_s(pcm, 30)) for pcm in sounds]
    found = [(end, surely, perhaps) for end, surely, perhaps in ends if end is not None]
    open_s = Rules.open_ms / 1000
    return {
        "clips": len(clips),
        "clips_without_speech_found": len(clips) - len(found),
        "clips_cut": [
            clip.name
            for clip, (end, surely, _) in zip(clips, ends, strict=True)
            if end is not None and end - open_s < surely - CUT_S
        ],
        "clips_held_too_long": sum(end - perhaps > HELD_S for end, _, perhaps in found),
        "clip_end_noticed_after_p50_s": round(float(np.median([end - perhaps for end, _, perhaps in found])), 2),
    }


def _last_s(pcm: bytes, below_db: float) -> float:
    """Where a clip's last sound ends: 10 ms that are so little below the loud ones, and 6 dB above the background."""
    frame = SAMPLE_RATE // 100
    samples = np.frombuffer(pcm, "<i2").astype(float)
    levels = np.sqrt((samples[: len(samples) // frame * frame].reshape(-1, frame) ** 2).mean(axis=1))
    least = max(np.percentile(levels, 95) * 10 ** (-below_db / 20), np.percentile(levels, 10) * 2)
    return (int(np.nonzero(levels >= least)[0][-1]) + 1) * 0.01


def _sung_s(pcm: bytes, below_db: float) -> float:
    """Where its last vowel ends: 80 ms in a row that repeat themselves 70 to 400 times a second, so little below the
    loud ones. In a whisper the last sound."""
    size, hop, window = SAMPLE_RATE // 25, SAMPLE_RATE // 100, np.hanning(SAMPLE_RATE // 25)
    samples = np.frombuffer(pcm, "<i2").astype(float)
    periods = slice(SAMPLE_RATE // 400, SAMPLE_RATE // 70)
    own = _autocorrelation(window)[periods]
    frames = [samples[at : at + size] - samples[at : at + size].mean() for at in range(0, len(samples) - size, hop)]
    least = np.percentile([frame.std() for frame in frames], 95) * 10 ** (-below_db / 20)
    ended_s, row = 0.0, 0
    for number, frame in enumerate(frames):
        alike = (_autocorrelation(frame * window)[periods] / own).max()
        row = row + 1 if alike >= 0.7 and frame.std() >= least else 0
        ended_s = (number + 4) * 0.01 if row >= 8 else ended_s
    return ended_s or _last_s(pcm, below_db)


def _autocorrelation(samples: Samples) -> Samples:
    """1 at no shift; 0 everywhere in silence."""
    found = np.fft.irfft(np.abs(np.fft.rfft(samples, 2048)) ** 2)
    return np.asarray(found / max(found[0], 1e-9))


def _end_s(pcm: bytes) -> float | None:
    """When its last utterance is taken to have ended; None where nobody was heard."""
    padded = pcm + bytes(3 * BYTES_PER_SECOND)
    voice, state, ended_s = silero(), Utterance(), None
    for at in range(0, len(padded) - CHUNK_BYTES + 1, CHUNK_BYTES):
        chunk = padded[at : at + CHUNK_BYTES]
        state, edge = step(state, voice(chunk), level(chunk), Rules.open_ms, Rules())
        ended_s = (at + CHUNK_BYTES) / BYTES_PER_SECOND if edge is Edge.ENDED else ended_s
    return ended_s


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=150)
    parser.add_argument("--json", action="store_true")
    print(json.dumps(measure(parser.parse_args().sentences), ensure_ascii=False))
