"""Listening for a few phrases only, without losing anything else that is said."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from speech.hearing.decode import BYTES_PER_SECOND
from speech.hearing.doubt import doubtful
from speech.hearing.heard import Hear, Heard, Recogniser

#: something foreign this long is no slip at the edge of a word.
_FOREIGN_BYTES = int(0.4 * BYTES_PER_SECOND)
#: an answer that lasts longer is no mere yes, no or number.
_LONGEST_BYTES = 8 * BYTES_PER_SECOND
#: below this certainty the open ear is asked as well.
_SURE = 0.8


class Closed(Recogniser, Protocol):
    """A recogniser of a few phrases."""

    @property
    def foreign(self) -> bool:
        """Whether something was said, so far, that is none of its phrases."""
        ...


class ClosedFirst:
    """Hears by a closed grammar. As soon as something is said that is not in it, the same sound is heard again openly,
    and so is what follows: "네, 그런데 가슴이 아파요" must not become "네".

    help: phrases that count in whichever hearing they are."""

    def __init__(self, closed: Closed, openly: Hear, help: Sequence[str] = ()) -> None:
        self._closed = closed
        self._openly = openly
        self._help = [_plain(phrase) for phrase in help]
        self._open: Recogniser | None = None
        self._sound = bytearray()
        self._foreign_bytes = 0

    def accept(self, pcm: bytes) -> str:
        """See `Recogniser`."""
        if self._open is not None:
            return self._open.accept(pcm)
        self._sound += pcm
        text = self._closed.accept(pcm)
        self._foreign_bytes = self._foreign_bytes + len(pcm) if self._closed.foreign else 0
        if self._foreign_bytes < _FOREIGN_BYTES and len(self._sound) <= _LONGEST_BYTES:
            return text
        return self._again()

    def settle(self) -> Heard:
        """See `Settles`. What is not sure is heard openly already, and from here on."""
        return self.finish()

    def finish(self) -> Heard:
        """See `Recogniser`. Where something foreign was said, the open hearing counts. Two that differ are no sure
        answer: a call for help counts in either, else the surer, to be asked again."""
        heard = self._closed.finish()
        if self._open is None:
            if heard.text and not self._closed.foreign and heard.confidence >= _SURE:
                return heard
            self._again()
        assert self._open is not None  # noqa: S101  # just made
        return self._of_both(heard, self._open.finish())

    def _of_both(self, heard: Heard, again: Heard) -> Heard:
        if self._calls_for_help(heard) and not self._calls_for_help(again):
            whole = f"{heard.text} {again.text}".strip() if self._closed.foreign else heard.text
            return doubtful(replace(heard, text=whole))
        if self._closed.foreign or not heard.text:
            return again if again.text else doubtful(heard)
        surer = heard if heard.confidence > again.confidence else again
        if _plain(heard.text) == _plain(again.text):
            return surer
        return doubtful(again if self._calls_for_help(again) else surer)

    def _calls_for_help(self, heard: Heard) -> bool:
        return any(phrase in _plain(heard.text) for phrase in self._help)

    def _again(self) -> str:
        self._open = self._openly()
        text = self._open.accept(bytes(self._sound))
        self._sound.clear()
        return text


def _plain(text: str) -> str:
    return text.replace(" ", "")
