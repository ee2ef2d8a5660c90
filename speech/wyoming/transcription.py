"""One request's sound on its way to words: bounded, converted, fed to a recogniser of the shared model."""

from speech.hearing.decode import BYTES_PER_SECOND
from speech.hearing.heard import Hear, Heard, Recogniser
from speech.wyoming.wire import Converter, Pcm

#: so much sound goes to the recogniser in one piece: each piece is a hop to another thread.
_PIECE_BYTES = 8192
#: a piece counts as at least this much: a flood of empty ones is too much sound as well.
_LEAST_BYTES = 64


class TooMuchSound(Exception):
    """More sound than is listened to in one request."""


class Transcription:
    """A stream of sound of any format. `feed` and `finish` block: on the hearing executor, one at a time.

    hear is asked for a recogniser when the first sound is fed, so `feed` raises what it raises (VoiceOff).
    """

    def __init__(self, hear: Hear, most_s: float) -> None:
        self._hear = hear
        self._left = int(most_s * BYTES_PER_SECOND)
        self._recogniser: Recogniser | None = None
        self._converter: Converter | None = None
        self._waiting: list[tuple[Pcm, bytes]] = []
        self._waiting_bytes = 0

    def waits_with(self, sound: bytes) -> bool:
        """Whether there would still be too little to feed."""
        return self._waiting_bytes + len(sound) < _PIECE_BYTES

    def put(self, pcm: Pcm, sound: bytes) -> None:
        """Keep it for the next `feed`. Never blocks."""
        self._waiting.append((pcm, sound))
        self._waiting_bytes += max(len(sound), _LEAST_BYTES)

    def feed(self, pcm: Pcm, sound: bytes) -> None:
        """The next piece, after all that waited. Raises TooMuchSound, VoiceOff."""
        self.put(pcm, sound)
        speech = b"".join(self._converted(*piece) for piece in self._waiting)
        self._left -= max(len(speech), _LEAST_BYTES * len(self._waiting))
        self._waiting.clear()
        self._waiting_bytes = 0
        if self._left < 0:
            raise TooMuchSound
        self._recogniser = self._recogniser or self._hear()
        self._recogniser.accept(speech)

    def finish(self) -> Heard:
        """All that was heard."""
        if self._waiting:
            self.feed(*self._waiting.pop())
        return self._recogniser.finish() if self._recogniser else Heard("", 0.0)

    def _converted(self, pcm: Pcm, sound: bytes) -> bytes:
        if self._converter is None or self._converter.pcm != pcm:
            self._converter = Converter(pcm)
        return self._converter.feed(sound)
