"""Pieces of words, as a model writes them → words with confidences."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from speech.hearing.heard import Word


@dataclass(frozen=True)
class Token:
    """A piece of text, with the spaces in it. confidence: how likely the model held it; start and end: seconds."""

    text: str
    confidence: float
    start: float
    end: float


def pieces_of(prefixes: Sequence[str]) -> list[str]:
    """What each token adds to the text. prefixes: the text of no token, of the first, of the first two, and so on.

    A letter that is spread over several tokens (its first bytes read as U+FFFD) is the last one's.
    """
    ends = list(accumulate((len(prefix.rstrip("\ufffd")) for prefix in prefixes), max))
    return [prefixes[-1][begin:end] for begin, end in pairwise(ends)]


def words_of(tokens: Sequence[Token]) -> list[Word]:
    """The words they make up: what stands between spaces. A word is as sure as its tokens are on average."""
    words: list[list[Token]] = []
    apart = True
    for token in tokens:
        for i, part in enumerate(token.text.split(" ")):
            apart = apart or i > 0
            if part and apart:
                words.append([])
                apart = False
            if not apart and (part or not token.text):
                words[-1].append(Token(part, token.confidence, token.start, token.end))
    return [_word(parts) for parts in words]


def _word(parts: Sequence[Token]) -> Word:
    text = unicodedata.normalize("NFC", "".join(part.text for part in parts))
    confidence = sum(part.confidence for part in parts) / len(parts)
    return Word(text, round(parts[0].start, 3), round(parts[-1].end, 3), round(confidence, 3))
