"""Policies in layers: the shipped one, then the city's, the district's and the resident's, level by level. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from escalations.policy import BadPolicy, Policy, Wait, default_data, freeze, policies
from residents.sign import Level

CITY = "city"
#: nobody waits longer than this for the next person in an emergency, and in what is urgent.
_LONGEST_S = {Level.EMERGENCY: 300, Level.URGENT: 3600}
#: nor is whoever has taken it left alone longer than this.
_ALONE_S = {Level.EMERGENCY: 7200, Level.URGENT: 14400}
#: and nothing at all is left longer than this.
_LONGEST_DAYS = 20
#: rosters a policy must stand with: "each" spells out a step for each further rank, and for one rank none.
_ROSTERS = ((1, 2), (1,))


@dataclass(frozen=True)
class Layer:
    """What one scope says for itself: "city", "district:NAME" or "resident:ID". number: its version, counted up.

    levels: as in `policy.yaml`, only those it changes. unreadable: what is stored cannot be followed (any more).
    """

    scope: str
    number: int
    levels: Mapping[str, Any]
    unreadable: bool = False


def scopes(district: str, resident: str | None) -> list[str]:
    """The scopes that count for a resident, the later the nearer."""
    nearer = [f"district:{district}"] if district else []
    return [CITY, *nearer, *([f"resident:{resident}"] if resident else [])]


def effective(layers: Iterable[Layer], holidays: Iterable[str] = ()) -> dict[str, Any]:
    """The shipped policy with these layers on it, as plain data for `freeze`. Its version names every layer in it."""
    shipped = default_data()
    version, levels = shipped["version"], dict(shipped["levels"])
    for layer in layers:
        if layer.levels:
            levels |= layer.levels
            version += f" {layer.scope}@{layer.number}"
    return {"version": version, "hours": {**shipped["hours"], "holidays": sorted(holidays)}, "levels": levels}


def readable(levels: object) -> bool:
    """Whether what one scope says for itself can be followed."""
    try:
        for ranks in _ROSTERS:
            policies(freeze(effective([Layer("", 0, levels)]), "Asia/Seoul", ranks))  # type: ignore[arg-type]
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return True


def source(layers: Iterable[Layer], level: str) -> str:
    """The scope that decides a level; "" for the shipped policy."""
    return next((layer.scope for layer in reversed(list(layers)) if level in layer.levels), "")


def check(level: Level, entry: Mapping[str, Any]) -> None:
    """Refuse what would leave somebody alone. Raises BadPolicy: its first word is a key of `console.policy.fault`."""
    shipped = default_data()
    whole = {**shipped, "levels": {**shipped["levels"], level.value: entry}}
    for ranks in _ROSTERS:
        _check(level, policies(freeze(whole, "Asia/Seoul", ranks))[level])


def _check(level: Level, policy: Policy) -> None:
    if not any(level is Level.TECHNICAL or spec != "technician" for spec in policy.steps[0].staff):
        raise BadPolicy("first_without_staff")
    if level is not Level.TECHNICAL and not any("supervisor" in step.to for step in policy.steps):
        raise BadPolicy("without_supervisor")
    if any(_days(wait) > _LONGEST_DAYS for wait in (policy.remind, *(step.wait for step in policy.steps))):
        raise BadPolicy("waits_too_long")
    if level in _LONGEST_S:
        _check_pressing(policy, _LONGEST_S[level], _ALONE_S[level])


def _check_pressing(policy: Policy, longest: int, alone: int) -> None:
    if policy.calm:
        raise BadPolicy("calm")
    if any(step.wait.seconds is None or step.wait.seconds > longest for step in policy.steps):
        raise BadPolicy("waits_too_long")
    if policy.remind.seconds is None or policy.remind.seconds * (policy.reminders + 1) > alone:
        raise BadPolicy("reminded_too_late")


def _days(wait: Wait) -> float:
    return wait.working_days or (wait.seconds or 0) / 86_400
