"""A resident's text, made ready for matching: one spelling, cut into sentences, bounded in length."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

#: Longer texts are read at both ends and around words of alarm, so that the work stays bounded.
MOST = 2_000
_HEAD, _TAIL, _AROUND, _WINDOWS = 1_000, 500, 60, 24
#: A stretch without a full stop is cut here, with some overlap.
_LONGEST, _OVERLAP = 240, 30

_PAUSE = re.compile(r"[…~‥・·\-–—_\"'“”‘’()\[\]<>《》「」『』*/|:#^]+|\.{2,}|\s+")
_STOP = re.compile(r"([.!?。！？\n;]+)")
_LONG_DRAWN = re.compile(r"(.)\1{3,}")
_UNSEEN = re.compile(r"[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060\ufe0f\ufeff\ufffd]")
HANGUL = re.compile(r"[가-힣]")


@dataclass(frozen=True)
class Sentence:
    """One sentence: its words with single spaces, and whether a question mark ended it.

    A question, however short, is no piece of slow speech to be joined to the one before (`_tiny`).
    """

    text: str
    question: bool = False

    @cached_property
    def closed(self) -> str:
        """The words without the spaces."""
        return self.text.replace(" ", "")

    def place(self, at: int) -> int:
        """Where the character that stands at `at` in `closed` stands in `text`."""
        return self._places[at]

    @cached_property
    def _places(self) -> list[int]:
        return [at for at, letter in enumerate(self.text) if letter != " "]


def visible(text: str) -> str:
    """The text in composed syllables, without characters that nobody sees."""
    return _UNSEEN.sub("", unicodedata.normalize("NFC", text))


def shortened(text: str, alarm: re.Pattern[str], cry: re.Pattern[str]) -> str:
    """The text itself, or of a very long one the ends and what stands around cries for help and words of alarm."""
    if len(text) <= MOST:
        return text
    middle = text[_HEAD:-_TAIL]
    cut = [text[:_HEAD], *_windows(middle, cry), *_windows(middle, alarm), text[-_TAIL:]]
    return "\n".join(cut)


def _windows(text: str, words: re.Pattern[str]) -> list[str]:
    found: list[str] = []
    at = 0
    while len(found) < _WINDOWS and (hit := words.search(text, at)):
        found.append(text[max(0, hit.start() - _AROUND) : hit.end() + _AROUND])
        at = hit.end() + _AROUND
    return found


def spelled(text: str) -> str:
    """One spelling: composed syllables, no unseen characters, pauses as single spaces, drawn-out sounds shortened."""
    text = visible(text.replace("\r", "\n"))
    lines = (_PAUSE.sub(" ", line) for line in text.split("\n"))
    return _LONG_DRAWN.sub(r"\1\1", "\n".join(lines)).strip().lower()


def split(text: str) -> list[Sentence]:
    """The sentences in order. Slow speech cut into tiny pieces ("나. 넘어. 졌어.") is put together again."""
    parts = _STOP.split(text)
    pairs = [(parts[i].strip(), "".join(parts[i + 1 : i + 2])) for i in range(0, len(parts), 2)]
    found = [Sentence(piece, "?" in stop or "？" in stop) for words, stop in pairs for piece in _pieces(words)]
    return _joined(found)


def _pieces(words: str) -> list[str]:
    if len(words) <= _LONGEST:
        return [words] if words else []
    step = _LONGEST - _OVERLAP
    return [words[at : at + _LONGEST] for at in range(0, len(words), step)]


def _joined(found: list[Sentence]) -> list[Sentence]:
    done: list[Sentence] = []
    before_was_tiny = False
    for sentence in found:
        if before_was_tiny and _tiny(sentence):
            done[-1] = Sentence(f"{done[-1].text} {sentence.text}", sentence.question)
        else:
            done.append(sentence)
        before_was_tiny = _tiny(sentence)
    return done


def _tiny(sentence: Sentence) -> bool:
    return len(sentence.text) <= 4 and not sentence.question


def syllables(text: str) -> int:
    """How many Korean syllables stand in a text."""
    return len(HANGUL.findall(text))
