"""Latin letters as a Korean says them: "KBS" → "케이비에스", "Wi-Fi" → "와이파이". Pure."""

import re

_LETTERS = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            *("에이", "비", "시", "디", "이", "에프", "지", "에이치", "아이", "제이", "케이", "엘", "엠"),
            *("엔", "오", "피", "큐", "알", "에스", "티", "유", "브이", "더블유", "엑스", "와이", "제트"),
        ),
        strict=True,
    )
)
#: what is said as a word, or by another word; lower case.
_WORDS = {
    "covid-19": "코로나 십구",
    "covid": "코로나",
    "spo2": "산소포화도",
    "wi-fi": "와이파이",
    "wifi": "와이파이",
    "e-mail": "이메일",
    "email": "이메일",
    "x-ray": "엑스레이",
    "youtube": "유튜브",
    "kakaotalk": "카카오톡",
    "kakao": "카카오",
    "telegram": "텔레그램",
    "naver": "네이버",
    "google": "구글",
    "app": "앱",
    "ok": "오케이",
    "id": "아이디",
    "am": "오전",
    "pm": "오후",
    "no.": "번호 ",
    "anbu": "안부",
}
_WORD = re.compile(
    "(?<![A-Za-z])(?:" + "|".join(re.escape(w) for w in sorted(_WORDS, key=len, reverse=True)) + ")(?![A-Za-z])", re.I
)
#: capitals are called letter by letter; longer ones are a word written large.
_CAPITALS = re.compile(r"(?<![A-Za-z])[A-Z]{1,6}(?![A-Za-z])")
_AMPERSAND = re.compile(r"(?<=[A-Z])&(?=[A-Z])")


def words(text: str) -> str:
    """Known words as they are said; before numbers are read, for some hold digits."""
    return _WORD.sub(lambda match: _WORDS[match[0].lower()], text)


def letters(text: str) -> str:
    """What is left in capitals, letter by letter."""
    return _CAPITALS.sub(lambda match: "".join(_LETTERS[letter] for letter in match[0]), _AMPERSAND.sub("앤", text))
