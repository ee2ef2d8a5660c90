"""An hour of other speech and noise, as a speaker hears it: how often is a cry for help heard where nobody cried?

Open Korean that the tiny model has no words for (everyday exchanges read by espeak's voices), real voices, noise and
tunes. Heard: the words of a cry stood in what was recognised. Told: the service would have opened an escalation, in the
middle of the sentence (`wiring/speaker.py`: a cry for help, heard twice) or at its end (any risk that it may act
on, for how sure its words are). Rules are tried on other seeds than the usual one.
`python -m benchmarks.other_speech [--minutes 60] [--seed 5] [--json]`. Texts and clips lie elsewhere (`ANBU_DATA`).
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from benchmarks.hearing import HELP, SPEEDS, UNHEARD
from prompts import load
from speech.cries import Cries
from speech.hearing.decode import BYTES_PER_SECOND, SAMPLE_RATE, decode_file
from speech.hearing.doubt import believed
from speech.hearing.ears import Ears
from speech.hearing.heard import Heard
from speech.hearing.listening import Listener, Partial
from speech.hearing.vad import Endings
from speech.kept import Remembering
from speech.speaking.pronounce import respell
from speech.training import texts
from speech.understanding.reader import load as reader
from tests.fixtures.vosk_build.sound import plain
from tests.fixtures.vosk_build.talker import Talker
from tests.needs import DATA
from tests.speech.test_bad_input import music, noise

MODEL = Path(__file__).parents[1] / "tests" / "fixtures" / "vosk-ko-tiny"
#: of the whole time.
SHARES = {"open speech": 0.6, "real voices": 0.15, "noise": 0.1, "tunes": 0.1, "sung tunes": 0.05}
STEP = BYTES_PER_SECOND // 10


def measure(minutes: float, seed: int = 5) -> dict[str, Any]:
    """Per kind of sound: seconds, sentences heard in it, cries heard and told."""
    ears = Ears(MODEL)
    ears.load_now()
    judge, found = Judge(), dict[str, Counter[str]]()
    for name, share in SHARES.items():
        found[name] = _listened(ears, judge, _sound(name, Random(seed)), minutes * 60 * share)
    total = sum(found.values(), Counter[str]())
    return {
        "minutes": round(total["seconds"] / 60, 1),
        "sentences": total["sentences"],
        "cries_heard": total["heard"],
        "cries_told_in_mid_sentence": total["told_at_once"],
        "risks_told_at_the_end": total["told_at_end"],
        **{f"of_it_{name.replace(' ', '_')}": dict(part) for name, part in found.items()},
    }


class Judge:
    """What the service makes of words."""

    def __init__(self) -> None:
        words = load()
        self.endings = Endings.of(words.data("speech.endings"))
        self.sure = float(words.data("talk.limits")["sure"])
        self._help = words.data("speech.grammars")["help"]
        self._cries = Cries.of(words.data("speech.cries"))
        self._reader = reader()

    def cries(self, text: str) -> bool:
        """Whether it is acted on before a sentence ends."""
        return self._cries.cry(text, self._reader.read(text, "")) is not None

    def risks(self, heard: Heard) -> bool:
        """Whether it is anything that a person would be called for."""
        meaning = self._reader.read(heard.text, "")
        return bool((meaning if heard.confidence >= self.sure else believed(meaning, heard.text, self._help)).risks)


def _listened(ears: Ears, judge: Judge, sounds: Iterator[bytes], seconds: float) -> Counter[str]:
    utterances = list[Remembering]()

    def hear() -> Remembering:
        utterances[:] = [Remembering(ears.recogniser())]
        return utterances[0]

    found, listener = Counter[str](), Listener(hear, SAMPLE_RATE, judge.endings)
    while found["seconds"] < seconds:
        pcm = next(sounds) + bytes(2 * BYTES_PER_SECOND)
        found["seconds"] += len(pcm) // BYTES_PER_SECOND
        at_once = False
        for at in range(0, len(pcm), STEP):
            for heard in listener.feed(pcm[at : at + STEP]):
                if isinstance(heard, Partial):
                    if judge.cries(heard.steady):
                        found["guessed"] += 1
                        at_once = at_once or judge.cries(ears.again(utterances[0].fed))
                    continue
                found["sentences"] += 1
                found["heard"] += any(cry in heard.text for cry in HELP)
                found["told_at_end"] += judge.risks(heard)
        found["told_at_once"] += at_once
    return found


def _sound(name: str, random: Random) -> Iterator[bytes]:
    """Pieces of one kind of sound, without end."""
    if name == "open speech":
        talker, said = Talker(), [side for pair in texts.exchanges(DATA) for side in pair if not _asks(side)]
        while True:
            text = " ".join(random.sample(said, 2))
            spoken = talker.say(respell(text), voice=random.choice(("ko", *UNHEARD)), rate=random.choice(SPEEDS))
            yield _pcm(plain(spoken).samples * 0.5)
    if name == "real voices":
        yield from cycle([decode_file(clip).pcm for clip in sorted((DATA / "speech_ko").glob("*.flac"))])
    while name == "noise":
        yield noise(random.uniform(0.02, 0.3), random.uniform(0, 1.5))
    while True:
        yield music(random.getrandbits(16), sung=name == "sung tunes")


def _asks(text: str) -> bool:
    """Whether somebody really cries for help in it."""
    return any(word in text for word in ("살려", "도와", "넘어"))


def _pcm(wave: Any) -> bytes:
    return bytes(np.clip(wave, -32768, 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    print(json.dumps(measure(given.minutes, given.seed), ensure_ascii=False))
