"""Numbers, times and units written out as a Korean says them: "9시 30분" → "아홉 시 삼십 분"."""

import re
from collections.abc import Callable

_DIGITS = "영일이삼사오육칠팔구"
_SMALL = ("", "십", "백", "천")
_LARGE = ("", "만", "억", "조", "경")
_NATIVE_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_NATIVE_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")

#: counted with native numbers (한, 두, 세 …). "분" is left out: minutes are sino, and minutes are what a talk counts.
_NATIVE_COUNTERS = (
    "시간|시|명|사람|개월째|개|번째|번|살|알|잔|마리|권|장|달|병|그릇|숟가락|숟갈|모금|걸음|군데|가지|송이|벌|켤레|"
    "대|끼|차례|봉지|포기|곳|집|채|통|줄|바퀴|가닥|조각"
)
_UNITS = {
    "%": "퍼센트",
    "℃": "도",
    "°C": "도",
    "kg": "킬로그램",
    "km": "킬로미터",
    "cm": "센티미터",
    "mg": "밀리그램",
    "ml": "밀리리터",
    "mmHg": "",
    "g": "그램",
    "m": "미터",
}
#: lines called by their single digits (emergency, suicide prevention, welfare, city lines).
_LINES = "119|112|109|129|120|110|113|182|1388|1393|1577|1588|1661"


def read_aloud(text: str) -> str:
    """The text with every number written out in Hangul. Text without numbers comes back unchanged."""
    for pattern, spoken in _RULES:
        text = pattern.sub(spoken, text)
    return re.sub(r"[ \t]{2,}", " ", text)


def sino(number: int) -> str:
    """A number from 0 below 10^20 in Sino-Korean: 119 → 백십구."""
    if number == 0:
        return "영"
    groups = []
    for large in _LARGE:
        number, group = divmod(number, 10_000)
        if group:
            groups.append(_spoken_group(group, large))
    return "".join(reversed(groups))


def native(number: int) -> str:
    """A number before a counter, 1 to 99 in native Korean (20 → 스무, 21 → 스물한), else Sino-Korean."""
    if not 1 <= number <= 99:
        return sino(number)
    if number == 20:
        return "스무"
    tens, ones = divmod(number, 10)
    return _NATIVE_TENS[tens] + _NATIVE_ONES[ones]


def digits(number: str) -> str:
    """Digit by digit as on the telephone, zero as 공: "010" → 공일공."""
    return "".join("공" if d == "0" else _DIGITS[int(d)] for d in number)


def _spoken_group(group: int, large: str) -> str:
    if group == 1 and large == "만":
        return large
    spoken = ""
    for place, digit in enumerate(reversed(f"{group:d}")):
        if digit != "0":
            one = digit == "1" and place > 0
            spoken = ("" if one else _DIGITS[int(digit)]) + _SMALL[place] + spoken
    return spoken + large


def _clock(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"])
    minutes = f" {sino(minute)} 분" if minute else ""
    return f"{_hour(hour)} 시{minutes}"


def _hour(hour: int) -> str:
    if hour in {0, 24}:
        return "밤 열두"
    return native(hour) if hour <= 12 else f"오후 {native(hour - 12)}"


def _date(match: re.Match[str]) -> str:
    return f"{sino(int(match['year']))} 년 {_month(int(match['month']))} {sino(int(match['day']))} 일"


def _month(month: int) -> str:
    return {6: "유월", 10: "시월"}.get(month, f"{sino(month)}월")


def _decimal(match: re.Match[str]) -> str:
    return f"{sino(int(match[1]))} 점 {''.join(_DIGITS[int(d)] for d in match[2])}"


def _counted(match: re.Match[str]) -> str:
    return f"{native(int(match[1]))} {match[2]}"


def _number(match: re.Match[str]) -> str:
    return sino(int(match[0])) if len(match[0]) <= 20 else digits(match[0])


_Spoken = Callable[[re.Match[str]], str]
_RULES: tuple[tuple[re.Pattern[str], _Spoken], ...] = (
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), lambda _: ""),
    (re.compile(r"(?<!\d)0\d{1,2}-\d{3,4}-\d{4}(?!\d)"), lambda m: ", ".join(map(digits, m[0].split("-")))),
    (re.compile(r"(?<!\d)(?P<year>[12]\d{3})-(?P<month>0?[1-9]|1[0-2])-(?P<day>\d{1,2})(?!\d)"), _date),
    (re.compile(r"(?<!\d)(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?!\d)"), _clock),
    (re.compile(r"(?<!\d)(\d{2,3}) ?/ ?(\d{2,3})(?!\d)"), lambda m: f"{sino(int(m[1]))}에 {sino(int(m[2]))}"),
    (re.compile(r"(?<=\d) ?[~∼〜] ?(?=\d)"), lambda _: "에서 "),
    (
        re.compile(r"(?<=\d) ?(" + "|".join(sorted(_UNITS, key=len, reverse=True)) + r")(?![A-Za-z])"),
        lambda m: " " + _UNITS[m[1]],
    ),
    (re.compile(r"(?<!\d)(\d{1,15})\.(\d{1,6})(?!\d)"), _decimal),
    (re.compile(r"(?<!\d)-(?=\d)"), lambda _: "영하 "),
    (re.compile(rf"(?<!\d)(?:{_LINES})(?!\d|\s?(?:명|개|번째|원|년|점|도|시간|킬로))"), lambda m: digits(m[0])),
    (re.compile(r"(?<!\d)(1[0-2]|0?[1-9])월"), lambda m: _month(int(m[1]))),
    (re.compile(rf"(?<!\d)(\d{{1,2}}) ?({_NATIVE_COUNTERS})"), _counted),
    (re.compile(r"\d+(?=[가-힣])"), lambda m: _number(m) + " "),
    (re.compile(r"\d+"), _number),
)
