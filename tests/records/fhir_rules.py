"""What FHIR R4 asks of a resource: by the published models where they are installed, and its ids, times and codes."""

import importlib
import re
from datetime import datetime
from typing import Any

from tests.needs import required

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
#: elements that every resource of a type must have (cardinality 1..* in R4).
REQUIRED = {
    "AuditEvent": ("type", "recorded", "agent", "source"),
    "Communication": ("status",),
    "Consent": ("status", "scope", "category", "policyRule"),
    "Flag": ("status", "code", "subject"),
    "Observation": ("status", "code"),
    "Patient": (),
    "QuestionnaireResponse": ("status",),
    "Task": ("status", "intent"),
}
#: required value sets of R4.
STATUS = {
    "Communication": "preparation in-progress not-done on-hold stopped completed entered-in-error unknown",
    "Consent": "draft proposed active rejected inactive entered-in-error",
    "Flag": "active inactive entered-in-error",
    "Observation": "registered preliminary final amended corrected cancelled entered-in-error unknown",
    "QuestionnaireResponse": "in-progress completed amended entered-in-error stopped",
    "Task": "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed",
}
_TIMES = {"authored", "authoredOn", "dateTime", "effectiveDateTime", "lastModified", "recorded", "sent", "start", "end"}


def check(kind: str, resource: dict[str, Any]) -> None:
    """Fail where a resource breaks a rule of the standard."""
    assert resource["resourceType"] == kind
    assert _ID.fullmatch(resource["id"])
    assert all(name in resource for name in REQUIRED[kind])
    if kind in STATUS:
        assert resource["status"] in STATUS[kind].split()
    _check_parts(resource)
    if kind == "Observation":
        _check_value(resource)
        for component in resource.get("component", ()):
            _check_value(component)
    _check_by_models(kind, resource)


def _check_value(part: dict[str, Any]) -> None:
    """obs-6: a reason for an absent value only where there is none; and one of them must be there."""
    known = any(name.startswith("value") for name in part) or "component" in part
    assert known or "dataAbsentReason" in part
    assert not ("dataAbsentReason" in part and any(name.startswith("value") for name in part))


def _check_parts(value: Any, name: str = "") -> None:
    if isinstance(value, dict):
        assert value, f"{name} is empty"
        assert "system" not in value or ":" in value["system"] or name == "telecom"
        for key, part in value.items():
            _check_parts(part, key)
    elif isinstance(value, list):
        assert value, f"{name} is empty"
        for part in value:
            _check_parts(part, name)
    elif isinstance(value, str):
        assert value.strip(), f"{name} is blank"
        if name in _TIMES:
            assert datetime.fromisoformat(value).tzinfo is not None


def _check_by_models(kind: str, resource: dict[str, Any]) -> None:
    try:
        module = importlib.import_module(f"fhir.resources.R4B.{kind.lower()}")
    except ModuleNotFoundError:
        assert not required("fhir"), "fhir.resources is required by ANBU_TEST_REQUIRE and was not found"
        return
    getattr(module, kind).model_validate(resource)
