"""Listening to one stream of sound: a recogniser only while somebody speaks, and the end of each utterance."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from speech.hearing.decode import Resampler
from speech.hearing.doubt import doubted
from speech.hearing.heard import Hear, Heard, Recogniser, Settles
from speech.hearing.steady import Standing
from speech.hearing.vad import CHUNK_BYTES, CHUNK_MS, Edge, Endings, Rules, Utterance, Voice, level, silero, step

#: kept from before the start was noticed, so that the first sound of a word is not lost.
_BEFORE_MS = 480
#: so long behind a finished sentence it is decided what was heard, so that at its end nothing is left to be done. Where
#: somebody goes on speaking, that is heard from there on.
_SETTLED_MS = 320
#: so much is judged in one go: more would be slower, not faster.
_AT_ONCE_BYTES = 6 * CHUNK_BYTES


@dataclass(frozen=True)
class Partial:
    """The words so far, before the sentence has ended. steady: those of them that will hardly be taken back."""

    text: str
    steady: str = ""


class Listener:
    """One stream of PCM16 mono at `rate`. Its methods block: on the hearing executor, one at a time.

    hear is asked for a recogniser when somebody starts to speak, so `feed` raises what it raises (VoiceOff).
    """

    def __init__(
        self, hear: Hear, rate: int, endings: Endings, rules: Rules = Rules(), voice: Callable[[], Voice] = silero
    ) -> None:
        self._hear = hear
        self._resampler = Resampler(rate)
        self._endings = endings
        self._rules = rules
        self._voice = voice()
        self._rest = b""
        self._state = Utterance()
        self._before: deque[bytes] = deque(maxlen=_BEFORE_MS // CHUNK_MS)
        self._recogniser: Recogniser | None = None
        self._waiting = bytearray()
        self._settled: Heard | None = None  # nothing but silence has come since
        self._text = ""
        self._told = Partial("")
        self._standing = Standing()
        self._heard_ms = 0
        self._voiced_ms = 0

    def feed(self, pcm: bytes) -> list[Partial | Heard]:
        """The next piece of sound; what came out of it, in order."""
        data = self._rest + self._resampler.feed(pcm)
        whole = len(data) - len(data) % CHUNK_BYTES
        self._rest = data[whole:]
        found: list[Partial | Heard] = []
        for start in range(0, whole, _AT_ONCE_BYTES):
            piece = data[start : min(start + _AT_ONCE_BYTES, whole)]
            for number, probability in enumerate(self._voice.each(piece)):
                found += self._chunk(piece[number * CHUNK_BYTES : (number + 1) * CHUNK_BYTES], probability)
        found += self._partial()
        return found

    def finish(self) -> Heard | None:
        """Nothing more will come: the utterance that was still open, None where nobody was speaking."""
        open_one = self._end() if self._recogniser else None
        self._state, self._rest = Utterance(), b""
        self._before.clear()
        return open_one

    def _chunk(self, chunk: bytes, probability: float) -> Iterator[Partial | Heard]:
        if self._state.quiet_ms:  # a pause: the words so far decide how long it may last
            yield from self._partial()
        patience = self._endings.patience_ms(self._text, self._rules) if self._state.speaking else 0
        loud = level(chunk) if probability >= self._rules.off else 0.0  # of a voice
        self._state, edge = step(self._state, probability, loud, patience, self._rules)
        self._before.append(chunk)
        if edge is Edge.STARTED:
            self._voiced_ms = self._rules.start_ms
            self._recogniser = self._hear()
            self._waiting += b"".join(self._before)
        elif self._recogniser:
            self._voiced_ms += CHUNK_MS if self._state.last else 0
            self._waiting += chunk
        if edge is Edge.ENDED and self._recogniser:
            yield self._end()
        elif not self._state.quiet_ms:
            self._settled = None
        elif self._state.quiet_ms >= _SETTLED_MS and patience == self._rules.finished_ms:
            self._settle()

    def _settle(self) -> None:
        """Unless what is decided turns out to be no finished sentence: a long pause is listened to."""
        if self._settled is None and isinstance(self._recogniser, Settles) and (heard := self._recogniser.settle()):
            self._text = heard.text
            finished = self._endings.patience_ms(heard.text, self._rules) == self._rules.finished_ms
            self._settled = heard if finished else None

    def _partial(self) -> list[Partial | Heard]:
        if not self._recogniser or not self._waiting or self._settled:
            return []
        self._text = self._recogniser.accept(bytes(self._waiting))
        self._heard_ms += len(self._waiting) // CHUNK_BYTES * CHUNK_MS
        self._waiting.clear()
        self._standing = self._standing.heard(self._text, self._heard_ms)
        before, self._told = self._told, Partial(self._text, self._standing.steady(self._heard_ms))
        return [self._told] if self._told != before else []

    def _end(self) -> Heard:
        self._partial()
        assert self._recogniser is not None  # noqa: S101  # callers ask first
        heard = doubted(self._settled or self._recogniser.finish(), self._voiced_ms / 1000)
        self._recogniser, self._settled, self._text = None, None, ""
        self._waiting.clear()
        self._told, self._standing = Partial(""), Standing()
        self._before.clear()
        return heard
