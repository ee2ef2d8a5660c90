"""Generated requests against the described API: whatever is sent, the answer is one that the description names."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.console.desk import Desk

OPERATIONS = [
    "GET /api/v1/me",
    "GET /api/v1/residents",
    "GET /api/v1/residents/{id}",
    "GET /api/v1/residents/{id}/timeline",
    "GET /api/v1/residents/{id}/signs",
    "GET /api/v1/residents/{id}/checkins",
    "POST /api/v1/residents/{id}/checkins",
    "GET /api/v1/escalations",
    "GET /api/v1/escalations/{id}",
    "POST /api/v1/escalations/{id}/acknowledge",
    "POST /api/v1/escalations/{id}/close",
    "POST /api/v1/escalations/{id}/give_back",
    "GET /api/v1/figures",
    "GET /api/v1/deliveries",
    "GET /api/v1/quarantine",
]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
once = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_every_operation_is_asked(desk: Desk) -> None:
    described = desk.app.openapi()["paths"]
    found = {f"{method.upper()} {path}" for path, item in described.items() for method in item if "/api/" in path}
    assert found == {*OPERATIONS, "GET /api/v1/events"}  # a stream, which never ends: see test_events.py


@pytest.mark.parametrize("operation", OPERATIONS)
def test_generated_requests_get_described_answers(desk: Desk, operation: str) -> None:
    method, _, path = operation.partition(" ")
    known = {"escalations": desk.raise_sos(), "residents": "r-001"}
    headers = {"Authorization": f"Bearer {desk.token('admin')}"}
    schema = schemathesis.openapi.from_asgi("/openapi.json", desk.app)

    @once
    @given(case=schema[path][method].as_strategy())
    def ask(case: schemathesis.Case[Any]) -> None:
        if "id" in case.path_parameters and len(str(case.query or "")) % 2 == 0:
            case.path_parameters["id"] = known[path.split("/")[3]]  # every other time one that is there
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()
