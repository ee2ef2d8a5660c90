"""By when somebody should have an escalation, by the shipped policy's first step. Pure."""

from datetime import datetime

from escalations.policy import default_data, freeze, policies
from residents.sign import Level


def acknowledge_by(level: str, opened_at: datetime, timezone: str) -> datetime:
    """When the first people asked have had their time: 60 s, 15 min, the working day, two working days."""
    policy = policies(freeze(default_data(), timezone, ()))[Level(level)]
    first = policy.first_due(opened_at)
    return policy.steps[0].wait.end(first, policy.hours)
