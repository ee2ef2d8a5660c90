"""The style sheet's colour pairs: readable for everybody, by day and by night (WCAG AA, 4.5 : 1)."""

import re
from pathlib import Path

import pytest

SHEET = (Path(__file__).parents[2] / "console/static/console.css").read_text("utf-8")
TONES = ("emergency", "urgent", "watch", "technical", "good", "care", "caution", "danger", "unknown")
PAIRS = [
    *(("ink", paper) for paper in ("paper", "card", "brand-soft", "brand-mid", "line-2")),
    *(("ink", f"{tone}-soft") for tone in TONES),
    *(("ink-2", paper) for paper in ("paper", "card", "emergency-soft")),
    *(("ink-3", paper) for paper in ("paper", "card", "line-2", "brand-soft", "emergency-soft")),
    *((tone, f"{tone}-soft") for tone in TONES),
    *((tone, "card") for tone in (*TONES, "brand")),
    ("on-brand", "brand"),
    ("on-rail", "rail"),
    ("on-rail-2", "rail"),
    ("on-rail", "rail-2"),
]


def themes() -> dict[str, dict[str, str]]:
    day, night = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", b)) for b in re.findall(r":root \{(.*?)\}", SHEET, re.S)
    )
    return {"day": day, "night": day | night}


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["day", "night"])
def test_every_pair_can_be_read(theme: str) -> None:
    colours = themes()[theme]
    for front, back in PAIRS:
        low, high = sorted((luminance(colours[front]), luminance(colours[back])))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (front, back)
