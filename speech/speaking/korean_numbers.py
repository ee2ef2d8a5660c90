"""Numbers, times, units and abbreviations written out as a Korean says them: "9시 30분" → "아홉 시 삼십 분". Pure."""

import re
import unicodedata
from collections.abc import Callable

from speech.speaking import latin
from speech.speaking.numerals import decimals, digits, month, native, sino

#: counted with native numbers (한, 두, 세 …). "분" is left out: minutes are sino, and minutes are what a talk counts.
_NATIVE_COUNTERS = (
    "시간|명|사람|개(?!월|년)|번째|번|살|알|잔|마리|권|장|달|병|그릇|숟가락|숟갈|모금|걸음|군데|가지|송이|벌|켤레|"
    "대|끼|차례|봉지|포기|곳|집|채|통|줄|바퀴|가닥|조각"
)
#: "3~4번" is said in one word.
_ABOUT = {1: "한두", 2: "두세", 3: "서너", 4: "네다섯", 5: "대여섯", 6: "예닐곱", 7: "일고여덟", 8: "여덟아홉"}
_UNITS = {
    **dict.fromkeys(("mmHg", "mg/dL", "mg/dl"), ""),
    **dict.fromkeys(("℃", "°C"), "도"),
    **dict.fromkeys(("ml", "mL"), "밀리리터"),
    **dict.fromkeys(("m²", "m2"), "제곱미터"),
    "%p": "퍼센트포인트",
    "%": "퍼센트",
    "kg": "킬로그램",
    "km": "킬로미터",
    "cm": "센티미터",
    "mm": "밀리미터",
    "mg": "밀리그램",
    "kcal": "킬로칼로리",
    "L": "리터",
    "g": "그램",
    "m": "미터",
}
#: lines called by their single digits: of an emergency always, the others where they are called a number.
_EMERGENCY, _LINES = "119|112", "109|129|120|110|113|182|1388|1393|1339|1577|1588|1661"
_CALLED = r"(?=\s?번|(?:에|으로|로)?\s?(?:전화|연락|문의|신고|상담|누르|눌))"
#: what is counted or measured is no telephone number, even where it is 119.
_NO_LINE = r"(?!\d|\s?(?:명|개|번째|원|년|점|도|시간|킬로)|에 \d)"
_MEASURED = "".join(
    f"(?<!{what}{particle} )"
    for what in ("혈압", "혈당", "맥박", "심박", "수치")
    for particle in ("", "이", "은", "가", "는")
)
#: "1번 버튼", "2번 출구": a label, not how often.
_LABELLED = r"(?=번\s?(?:버튼|단추|출구|버스|방(?!문)|채널|창구|자리|문제|국도|을 누|을 눌))"
_PEOPLE = r"(?<=어르신 )|(?<=손님 )|(?<=선생님 )|(?<=가족 )|(?<=이웃 )|(?<=친구 )"
_HALF = r"(?:(?P<half>오전|오후|새벽|아침|낮|점심|저녁|밤)\s?)?"
_RANGE = r"\s?[~∼〜-]\s?"
_PARTICLE = re.compile(
    r"에서|에|은|는|을|를|와|과|으로|로|의|까지|부터|보다|밖에|여(?!름)|나|라|이(?!닝)|입|예요|였|가(?!지)"
)
_SQUARE = re.compile("[㎀-㏟０-９]")


def read_aloud(text: str) -> str:
    """The text with every number and abbreviation written out in Hangul. Text without them comes back unchanged."""
    text = latin.words(_SQUARE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text))
    for pattern, spoken in _RULES:
        text = pattern.sub(spoken, text)
    return re.sub(r"[ \t]{2,}", " ", latin.letters(text))


def _clock(match: re.Match[str]) -> str:
    """Hours beyond 12 are said as of the afternoon; a half of the day that stands before the time is said once."""
    half, hour, minute = match["half"], int(match["hour"]), int(match["minute"] or 0)
    minutes = f" {sino(minute)} 분" if minute else ""
    if half is None and hour % 24 == 0 and match["minute"]:
        return f"밤 열두 시{minutes}"
    said = half or ("오후" if 12 < hour < 24 else "밤" if hour == 24 else "")
    spoken = f"{native(hour - 12 if hour > 12 else hour)} 시{minutes}{_gap(match)}"
    return f"{said} {spoken}" if said else spoken


def _date(match: re.Match[str]) -> str:
    return f"{sino(int(match['year']))} 년 {month(int(match['month']))} {sino(int(match['day']))} 일"


def _slash(match: re.Match[str]) -> str:
    """A blood pressure, a fraction, or a day."""
    one, two = int(match[1]), int(match[2])
    if one > 31:
        return f"{sino(one)}에 {sino(two)}"
    if one < two <= 10:
        return f"{sino(two)}분의 {sino(one)}"
    return f"{month(one)} {sino(two)} 일" if 1 <= one <= 12 and 1 <= two <= 31 else f"{sino(one)}에 {sino(two)}"


def _about(match: re.Match[str]) -> str:
    one, two, counter = int(match[1]), int(match[2]), match[3]
    if two == one + 1 and one in _ABOUT:
        return f"{_ABOUT[one]} {counter}"
    return f"{_count(one, counter)}에서 {_count(two, counter)}"


def _counted(match: re.Match[str]) -> str:
    return _count(int(match[1]), match[2])


def _count(number: int, counter: str) -> str:
    """Native, but for "70대" (in their seventies) and "24시간"."""
    is_sino = (counter == "대" and number >= 10 and number % 10 == 0) or (counter == "시간" and number >= 20)
    return f"{(sino if is_sino else native)(number)} {counter}"


def _decimal(match: re.Match[str]) -> str:
    return f"{sino(int(match[1]))} 점 {decimals(match[2])}{_gap(match)}"


def _number(match: re.Match[str]) -> str:
    return (sino(int(match[0])) if len(match[0]) <= 20 else digits(match[0])) + _gap(match)


def _large(match: re.Match[str]) -> str:
    """ "3만5천": 삼만 오천."""
    return ("" if match[1] == "1" else sino(int(match[1]))) + match[2] + _gap(match)


def _gap(match: re.Match[str]) -> str:
    """A space before a counter; none before a particle, or where the word ends."""
    after = match.string[match.end() : match.end() + 3]
    return " " if after and "가" <= after[0] <= "힣" and not _PARTICLE.match(after) else ""


def _phone(match: re.Match[str]) -> str:
    return ", ".join(digits(part) for part in match.groups())


_Spoken = Callable[[re.Match[str]], str]


def _rule(pattern: str, spoken: _Spoken | str) -> tuple[re.Pattern[str], _Spoken]:
    return re.compile(pattern), spoken if callable(spoken) else lambda _: spoken


_RULES = (
    _rule(r"(?<=\d),(?=\d{3}(?!\d))", ""),
    # telephone numbers, written in any way
    _rule(r"\+82[- ]?(?=\d)", "0"),
    _rule(r"(?<!\d)\(?(0\d{1,2})\)?[- .]{0,2}(\d{3,4})[- .](\d{4})(?!\d)", _phone),
    _rule(r"(?<!\d)(01\d)(\d{3,4})(\d{4})(?!\d)", _phone),
    _rule(r"(?<!\d)(1[568]\d\d)-(\d{4})(?!\d)", _phone),
    # days
    _rule(
        r"(?<!\d)(?P<year>[12]\d{3})(?:-|\. ?|/)(?P<month>0?[1-9]|1[0-2])(?:-|\. ?|/)(?P<day>[0-3]?\d)(?!\d)\.?", _date
    ),
    _rule(r"(?<=\d일) ?\(([월화수목금토일])\)", lambda m: f" {m[1]}요일"),
    _rule(r"(?<!\d)3[.·]1(?=절| ?운동)", "삼일"),
    _rule(r"(?<!\d)6\.25(?= ?(?:전쟁|사변|참전|때))", "육이오"),
    _rule(r"(?<!\d)(\d)·(\d\d)(?!\d)", lambda m: digits(m[1] + m[2])),
    # spans, then times
    _rule(rf"(?<!\d)([1-8]), ?([2-9]) ?({_NATIVE_COUNTERS})", _about),
    _rule(rf"(?<!\d)(\d{{1,2}}){_RANGE}(\d{{1,2}}) ?(시(?!간)|{_NATIVE_COUNTERS})", _about),
    _rule(r"(?<=[12]\d{3})-(?=[12]\d{3}(?!\d))", "에서 "),
    _rule(r"(?<=[\d시분일월년%도]) ?[~∼〜] ?(?=\d|오[전후]|새벽|아침|낮|저녁|밤)", "에서 "),
    _rule(r"(?<=\d) ?- ?(?=\d+ ?(?:분|초|일|월|년|회|%|도|세|층|호|kg|원|점|주))", "에서 "),
    _rule(
        rf"{_HALF}(?<![\d:])(?P<hour>[01]?\d|2[0-4])(?:시(?=반)|(?::(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\d:])))", _clock
    ),
    _rule(rf"{_HALF}(?<!\d)(?P<hour>1[3-9]|2[0-4])시(?!간)(?P<minute>)", _clock),
    # what is measured
    _rule(r"(?<!\d)(\d{1,3}) ?/ ?(\d{1,3})(?!\d)", _slash),
    _rule(
        r"(?<=\d) ?(" + "|".join(sorted(_UNITS, key=len, reverse=True)) + r")(?![A-Za-z²])",
        lambda m: " " + _UNITS[m[1]],
    ),
    _rule(r"(?<=에 \d\d)mmHg|(?<=[가-힣])mmHg", ""),
    _rule(r"(?<!\d)(\d{1,15})\.(\d{1,6})(?!\d|\.\d)", _decimal),
    _rule(r"(?<![\d가-힣A-Za-z])-(?=\d+(?: 점 [가-힣]+)? ?(?:도|℃))", "영하 "),
    _rule(r"(?<![\d가-힣A-Za-z])-(?=\d)", "마이너스 "),
    # lines, labels, counts
    _rule(rf"(?<!\d){_MEASURED}(?:{_EMERGENCY}){_NO_LINE}", lambda m: digits(m[0])),
    _rule(rf"(?<!\d)(?:{_LINES})(?!\d){_CALLED}", lambda m: digits(m[0])),
    _rule(rf"(?<!\d)\d{{1,3}}{_LABELLED}", lambda m: sino(int(m[0])) + " "),
    _rule(r"(?<=[A-Z] )(\d{1,3}) ?번(?![째])", lambda m: f"{sino(int(m[1]))} 번"),
    _rule(rf"(?:{_PEOPLE})(\d{{1,2}}) ?분", lambda m: f"{native(int(m[1]))} 분"),
    _rule(r"(?<!\d)(1[0-2]|0?[1-9])월", lambda m: month(int(m[1]))),
    _rule(rf"(?<!\d)(\d{{1,2}}) ?(시(?!간)|{_NATIVE_COUNTERS})", _counted),
    _rule(r"(?<!\d)(\d{1,4})([천백십]?[만억조]|[천백])", _large),
    _rule(r"\d+", _number),
)
