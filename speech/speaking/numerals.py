"""Numbers as words: Sino-Korean (백십구), native (스무), digit by digit (공일공). Pure."""

_DIGITS = "영일이삼사오육칠팔구"
_SMALL = ("", "십", "백", "천")
_LARGE = ("", "만", "억", "조", "경")
_NATIVE_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_NATIVE_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")


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


def decimals(number: str) -> str:
    """What stands behind a decimal point, zero as 영: "05" → 영오."""
    return "".join(_DIGITS[int(d)] for d in number)


def month(number: int) -> str:
    """A month's name: 6 → 유월."""
    return {6: "유월", 10: "시월"}.get(number, f"{sino(number)}월")


def _spoken_group(group: int, large: str) -> str:
    if group == 1 and large == "만":
        return large
    spoken = ""
    for place, digit in enumerate(reversed(f"{group:d}")):
        if digit != "0":
            one = digit == "1" and place > 0
            spoken = ("" if one else _DIGITS[int(digit)]) + _SMALL[place] + spoken
    return spoken + large
