"""Respelling that the built-in voice needs: espeak-ng knows no Korean assimilation ("합니다" must sound "함니다")."""

import itertools
import re

_FIRST = 0xAC00  # 가
#: indices of initial consonants (19) and final consonants (28) in a Hangul syllable block.
_N, _R, _M = 2, 5, 6
_FINAL_N, _FINAL_L, _FINAL_M, _FINAL_NG = 4, 8, 16, 21
#: what a final stop turns into before ㄴ or ㅁ (Standard Pronunciation, article 18).
_NASAL = (
    dict.fromkeys((1, 2, 3, 9, 24), _FINAL_NG)
    | dict.fromkeys((7, 19, 20, 22, 23, 25), _FINAL_N)
    | dict.fromkeys((14, 17, 18, 26), _FINAL_M)
)
_HANGUL = re.compile(r"[가-힣]{2,}")


def respell(text: str) -> str:
    """The text as it sounds, for the voice only: nasals before nasals, ㄴ beside ㄹ as ㄹㄹ. Never shown to anybody."""
    return _HANGUL.sub(lambda word: _respell_word(word[0]), text)


def _respell_word(word: str) -> str:
    sounds = [_split(letter) for letter in word]
    for one, two in itertools.pairwise(sounds):
        _meet(one, two)
    return "".join(_join(sound) for sound in sounds)


def _meet(one: list[int], two: list[int]) -> None:
    """Change the final consonant of `one` and the initial of `two` where they meet (articles 18 to 20)."""
    if two[0] in {_N, _M} and one[2] in _NASAL:
        one[2] = _NASAL[one[2]]
    elif two[0] == _R and one[2] in _NASAL:
        one[2], two[0] = _NASAL[one[2]], _N
    elif two[0] == _R and one[2] in {_FINAL_M, _FINAL_NG}:
        two[0] = _N
    elif (one[2], two[0]) in {(_FINAL_N, _R), (_FINAL_L, _N)}:
        one[2], two[0] = _FINAL_L, _R


def _split(letter: str) -> list[int]:
    initial, rest = divmod(ord(letter) - _FIRST, 588)
    vowel, final = divmod(rest, 28)
    return [initial, vowel, final]


def _join(sound: list[int]) -> str:
    return chr(_FIRST + sound[0] * 588 + sound[1] * 28 + sound[2])
