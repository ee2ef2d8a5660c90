"""Korean particles that fit the word before them: 은/는, 이/가, 을/를, 와/과, 으로/로 and their kin."""

from types import MappingProxyType
from typing import Final

#: particle as written in the prompts → (after a final consonant, after a vowel).
PAIRS: Final = MappingProxyType(
    {
        "은/는": ("은", "는"),
        "이/가": ("이", "가"),
        "을/를": ("을", "를"),
        "와/과": ("과", "와"),
        "으로/로": ("으로", "로"),
        "이랑/랑": ("이랑", "랑"),
        "이라고/라고": ("이라고", "라고"),
        "이에요/예요": ("이에요", "예요"),
        "이군요/군요": ("이군요", "군요"),
        "이었군요/였군요": ("이었군요", "였군요"),
        "아/야": ("아", "야"),
    }
)

_HANGUL_FIRST, _HANGUL_LAST, _FINALS, _RIEUL = 0xAC00, 0xD7A3, 28, 8
#: digits and letters as they are read aloud: 0 영, 1 일, 3 삼, 6 육, 7 칠, 8 팔; L 엘, M 엠, N 엔, R 알.
_CLOSED: Final = frozenset("013678LMNR")
_LIQUID: Final = frozenset("178LR")


def _final(word: str) -> tuple[bool, bool]:
    """Whether the last sound is closed by a consonant, and whether that consonant is ㄹ."""
    last = next((c for c in reversed(word) if c.isalnum()), "")
    if last and _HANGUL_FIRST <= ord(last) <= _HANGUL_LAST:
        final = (ord(last) - _HANGUL_FIRST) % _FINALS
        return final > 0, final == _RIEUL
    return last.upper() in _CLOSED, last.upper() in _LIQUID


def particle(word: str, pair: str) -> str:
    """The form of `pair` (written "은/는") that follows `word`. KeyError for an unknown pair."""
    closed, liquid = _final(word)
    after_consonant, after_vowel = PAIRS[pair]
    if pair == "으로/로" and liquid:  # 서울로, 발로: ㄹ counts as open here
        return after_vowel
    return after_consonant if closed else after_vowel


def attach(word: str, pair: str) -> str:
    """The word with the particle that fits: attach("무릎", "이/가") → "무릎이"."""
    return word + particle(word, pair)


class Noun(str):
    """A word that can be put into a prompt with its particle: "{named:이/가}" → "무릎이"."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return attach(str(self), spec) if spec in PAIRS else format(str(self), spec)
