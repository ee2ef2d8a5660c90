"""Whether somebody speaks into what a satellite plays, by voice activity.

Most satellites hear themselves, and an own question must not be taken for an answer. So one that streams while it
plays is only listened in on at first: when a whole sentence has gone by and no voice came with it, it does not hear
itself, and a voice that comes with a later one is the resident's.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from speech.hearing.decode import BYTES_PER_SECOND
from speech.hearing.vad import CHUNK_BYTES, CHUNK_MS, Rules, Voice, silero

#: so much of a sentence must have been listened in on to know; of it so small a share may sound like a voice.
ENOUGH_MS = 1500
_SHARE = 0.1
#: a voice in a row that is no click and no cough.
_ROW_MS = 256
#: kept from before it was noticed: the beginning of the first word.
_BEFORE = BYTES_PER_SECOND * 3 // 4
_ON = Rules().on


@dataclass(frozen=True)
class Overheard:
    """What came with the sentence that is played now. alone: the satellite is known not to hear itself."""

    alone: bool = False
    heard_ms: int = 0
    voiced_ms: int = 0
    row_ms: int = 0


def listened(state: Overheard, probabilities: Iterable[float]) -> tuple[Overheard, bool]:
    """Some more chunks, each with its probability of a voice; whether the resident speaks."""
    for probability in probabilities:
        voiced = CHUNK_MS if probability >= _ON else 0
        state = replace(
            state,
            heard_ms=state.heard_ms + CHUNK_MS,
            voiced_ms=state.voiced_ms + voiced,
            row_ms=state.row_ms + voiced if voiced else 0,
        )
        if state.alone and state.row_ms >= _ROW_MS:
            return Overheard(alone=True), True
    return state, False


def over(state: Overheard) -> Overheard:
    """The sentence has been played."""
    known = state.heard_ms >= ENOUGH_MS
    return Overheard(state.voiced_ms <= state.heard_ms * _SHARE if known else state.alone)


def own(text: str, said: str) -> bool:
    """Whether what was heard may be the satellite's own sentence."""
    return _bare(text) in _bare(said)


def _bare(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())


class Overhearing:
    """The same over a stream of PCM16, 16 kHz, mono."""

    def __init__(self, voice: Callable[[], Voice] = silero) -> None:
        self._make, self._voice = voice, voice()
        self._state = Overheard()
        self._rest = self._before = b""
        self._said = ""

    def begins(self, said: str) -> None:
        """This is said from now on."""
        self._said = said

    def feed(self, pcm: bytes) -> bytes:
        """More of what comes while it plays; what of it is to be listened to, b"" while nobody speaks into it."""
        self._before = (self._before + pcm)[-_BEFORE:]
        data = self._rest + pcm
        whole = len(data) - len(data) % CHUNK_BYTES
        self._rest = data[whole:]
        self._state, spoken = listened(self._state, self._voice.each(data[:whole]) if whole else ())
        return self._before if spoken else b""

    def ends(self) -> None:
        """It has been played."""
        self._state, self._voice = over(self._state), self._make()
        self._rest = self._before = b""

    def heard(self, text: str) -> None:
        """These words were heard. Where they are the satellite's own it hears itself, whatever it seemed."""
        if text and own(text, self._said):
            self._state = Overheard()
