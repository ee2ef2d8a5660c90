"""The score: signs in, a number with named reasons out. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Band(StrEnum):
    """Where a score stands; the console's words for the bands are in prompts."""

    SAFE = "안심"  # 80-100
    NOTICE = "관심"  # 60-79
    CARE = "주의"  # 40-59
    DANGER = "위험"  # 0-39
    UNKNOWN = "자료 부족"  # fewer than two kinds of evidence


@dataclass(frozen=True)
class PartScore:
    """One part. value 0-100; weight 0-1 of the whole as counted here; text: a sentence to read aloud; signs: ids;
    trend: points against a week ago, None when not known."""

    part: str
    value: float
    weight: float
    text: str
    signs: tuple[str, ...] = ()
    trend: float | None = None


@dataclass(frozen=True)
class Score:
    """value: 0-100, None below two kinds of evidence. coverage: 0-1, how much of the whole weight is known."""

    value: int | None
    band: Band
    coverage: float
    reasons: tuple[PartScore, ...] = ()
