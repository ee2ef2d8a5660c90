"""Respelling that the built-in voice needs: espeak-ng knows no Korean assimilation ("합니다" must sound "함니다")."""

import itertools
import re

_FIRST = 0xAC00  # 가
#: indices of initial consonants (19), vowels (21) and final consonants (28) in a Hangul syllable block.
_G, _N, _D, _R, _M, _NONE, _J, _CH, _K, _T, _H = 0, 2, 3, 5, 6, 11, 12, 14, 15, 16, 18
_UI, _I, _YEO = 19, 20, 6
_FINAL_N, _FINAL_D, _FINAL_L, _FINAL_M, _FINAL_NG = 4, 7, 8, 16, 21
#: ㅎ, ㄶ, ㅀ → what is left of them before ㄱ, ㄷ, ㅈ, which they make breathy (article 12).
_BREATHY = {27: 0, 6: _FINAL_N, 15: _FINAL_L}
_BREATHED = {_G: _K, _D: _T, _J: _CH}
#: what "혀" may end in: nothing, or ㅆ; "맏형" is another word.
_PAST = frozenset({0, 20})
#: finals that sound as ㄷ: ㅅ, ㅆ, ㅈ, ㅊ, ㅌ.
_LIKE_D = frozenset({_FINAL_D, 19, 20, 22, 23, 25})
#: what a final stop turns into before ㄴ or ㅁ (Standard Pronunciation, article 18).
_NASAL = (
    dict.fromkeys((1, 2, 3, 9, 24), _FINAL_NG)
    | dict.fromkeys((7, 19, 20, 22, 23, 25), _FINAL_N)
    | dict.fromkeys((14, 17, 18, 26), _FINAL_M)
)
#: words in which a ㄴ comes in between (article 29): the numbers, and what a check-in talks of.
_WORDS = {
    "십육": "심뉵",
    "백육": "뱅뉵",
    "열여섯": "열려섯",
    "열여덟": "열려덟",
    "물여섯": "물려섯",
    "물여덟": "물려덟",
    "알약": "알략",
    "물약": "물략",
    "두통약": "두통냑",
    "담요": "담뇨",
    "꽃잎": "꼰닙",
    "한여름": "한녀름",
    "서울역": "서울력",
}
_WORD = re.compile("|".join(_WORDS))
_HANGUL = re.compile(r"[가-힣]+")


def respell(text: str) -> str:
    """The text as it sounds, for the voice only: nasals before nasals, ㄴ beside ㄹ as ㄹㄹ, ㅎ as a breath, 희 as 히.
    Never shown to anybody."""
    return _HANGUL.sub(lambda word: _respell_word(word[0]), _WORD.sub(lambda word: _WORDS[word[0]], text))


def _respell_word(word: str) -> str:
    sounds = [_split(letter) for letter in word]
    for sound in sounds:
        if sound[1] == _UI and sound[0] != _NONE:  # article 5
            sound[1] = _I
    for one, two in itertools.pairwise(sounds):
        _breathe(one, two)
        _meet(one, two)
    return "".join(_join(sound) for sound in sounds)


def _breathe(one: list[int], two: list[int]) -> None:
    """ㅎ beside a stop makes one breathy sound of both (article 12); ㄷ before 히 and 혀 becomes ㅊ (article 17)."""
    if one[2] in _BREATHY and two[0] in _BREATHED:
        one[2], two[0] = _BREATHY[one[2]], _BREATHED[two[0]]
    elif one[2] in _LIKE_D and two[0] == _H:
        soft = one[2] == _FINAL_D and (two[1] == _I or (two[1] == _YEO and two[2] in _PAST))
        one[2], two[0] = 0, _CH if soft else _T


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
