"""By when somebody should have an escalation, by the shipped policy's first step. Pure."""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from escalations.policy import Policies, default_data, freeze, policies
from residents.sign import Level


@cache
def _policies(timezone: str) -> Policies:
    return policies(freeze(default_data(), timezone, ()))


def acknowledge_by(level: str, opened_at: datetime, timezone: str) -> datetime:
    """When the first people asked have had their time: 60 s, 15 min, the working day, two working days."""
    policy = _policies(timezone)[Level(level)]
    first, wait = policy.first_due(opened_at), policy.steps[0].wait
    if wait.until == "next_morning":  # who is asked next is asked tomorrow; this one is to be taken today
        return datetime.combine(first.astimezone(ZoneInfo(timezone)).date(), policy.hours.end, ZoneInfo(timezone))
    return wait.end(first, policy.hours)
