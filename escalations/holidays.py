"""Holidays: the shipped list of Korea, and what the city says otherwise."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import yaml
from sqlmodel import Session, col, select

from escalations.tables import HolidayRow

_FILE = Path(__file__).with_name("holidays.yaml")


@cache
def shipped() -> Mapping[date, str]:
    """Local day → the key of its name (`escalations.holiday` in prompts)."""
    days: Mapping[date, str] = yaml.safe_load(_FILE.read_text("utf-8"))
    return days


def own(tx: Session) -> dict[date, HolidayRow]:
    """What the city says of single days."""
    return {date.fromisoformat(row.day): row for row in tx.exec(select(HolidayRow).order_by(col(HolidayRow.day)))}


def holidays(tx: Session) -> dict[date, str]:
    """Every holiday, with the key of its name, or the name itself where the city added it."""
    found = dict(shipped())
    for day, row in own(tx).items():
        if row.off:
            found[day] = row.name
        else:
            found.pop(day, None)
    return dict(sorted(found.items()))
