"""What leaves the house as FHIR: whole, private on disk, on the record, and silent where consent is missing."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from checkins import screening
from checkins.outcomes import Asked
from errors import Usage
from records import ndjson
from records.fhir.basics import fhir_id
from residents.people import Unknown
from residents.sign import Level
from residents.tables import DeviceRow, ResidentRow
from store.audit import audit, entries
from tests.checkins.book import meaning
from tests.records.fhir_rules import check
from tests.records.living import FIRST, SECOND, Living, Resources, read
from wiring.records import export_resources

TYPES = {
    "AuditEvent",
    "Communication",
    "Consent",
    "Flag",
    "Observation",
    "Patient",
    "QuestionnaireResponse",
    "Task",
}
MORNING = "2026-11-23T08:30:00+09:00"


def by_id(found: Resources, kind: str, id: str) -> dict[str, Any]:
    return next(resource for resource in found[kind] if resource["id"] == id)


def about(found: Resources, kind: str, resident: str) -> list[dict[str, Any]]:
    wanted = {"reference": f"Patient/{fhir_id(resident)}"}
    return [r for r in found[kind] if wanted in (r.get("subject"), r.get("for"), r.get("patient"))]


async def lives_a_morning(town: Living) -> str:
    """Everything a morning can bring. The first resident's emergency, closed."""
    town.measures("home-001", MORNING, systolic=131, diastolic=84, heart_rate=71, weight=58.2)
    town.measures("home-002", MORNING, systolic=120, glucose=104)
    town.talks(FIRST, "무릎이 아파요", meaning("health.complaint", feel="negative"), 0.83)
    town.talks(SECOND, "속이 쓰려요", meaning("health.complaint", "request.present", feel="negative"))
    emergency = town.shows(FIRST, "sos", Level.EMERGENCY, "도움 단추를 눌렀습니다.")
    town.shows(FIRST, "wish", Level.WATCH, "부탁하신 일이 있습니다: '보일러가 고장났어'")
    town.shows(None, "battery_low", Level.TECHNICAL, "현관 감지기 배터리가 약합니다.", home="home-001")
    town.greets("c-001")
    await town.posts()
    town.clock.forward(minutes=3)
    town.closes(emergency, "helped", "따님이 다녀감")
    await town.posts()
    town.withdraws(SECOND, "health")
    return emergency


async def test_every_resource_keeps_to_the_standard(town: Living) -> None:
    await lives_a_morning(town)
    found = town.exports()
    assert set(found) == TYPES
    assert all(found.values())
    for kind, resources in found.items():
        assert len({resource["id"] for resource in resources}) == len(resources)
        for resource in resources:
            check(kind, resource)


async def test_every_reference_leads_to_a_resource_of_the_export(either: Living) -> None:
    await lives_a_morning(either)
    found = either.exports()
    there = {f"{kind}/{resource['id']}" for kind, resources in found.items() for resource in resources}
    assert references(found)
    assert references(found) - there == set()


async def test_a_talk_is_told_as_questions_and_answers_with_how_sure_the_hearing_was(town: Living) -> None:
    id = town.talks(FIRST, "무릎이 아파요", confidence=0.83)
    response = by_id(town.exports(), "QuestionnaireResponse", id)
    assert response["status"] == "completed"
    assert response["authored"] == "2026-11-23T09:00:20.000+09:00"
    first, *rest = response["item"]
    assert "안부 어르신" in first["text"]
    answer = first["answer"][0]
    assert answer["valueString"] == "무릎이 아파요"
    assert {"url": "urn:anbu:extension:hearing-confidence", "valueDecimal": 0.83} in answer["extension"]
    assert all("answer" not in item for item in rest)


async def test_a_planned_checkin_is_no_response_yet(town: Living) -> None:
    checkins = town.services.checkins
    town.store.write(checkins.set_plan, FIRST, {"days": "daily", "at": ["09:30"]}, town.clock.now())
    town.store.write(checkins.plan_ahead, town.clock.now())
    assert town.store.read(checkins.of_resident, FIRST)
    assert town.exports()["QuestionnaireResponse"] == []


async def test_without_the_consent_to_health_data_nothing_said_or_measured_leaves(town: Living) -> None:
    await lives_a_morning(town)
    found = town.exports()
    [response] = about(found, "QuestionnaireResponse", SECOND)
    assert response["status"] == "completed"
    assert "item" not in response
    [score] = about(found, "Observation", SECOND)
    assert score["dataAbsentReason"]["coding"][0]["code"] == "masked"
    assert not {"valueQuantity", "component", "interpretation"} & set(score)
    for task in about(found, "Task", SECOND):
        assert not {"description", "note", "businessStatus"} & set(task)
    assert about(found, "Flag", SECOND)
    told = "".join(file.read_text("utf-8") for file in (town.folder / "out").iterdir())
    assert "속이 쓰려요" not in told
    assert "41653-7" not in told
    assert "무릎이 아파요" in told


async def test_a_cuff_says_one_pressure_in_codes_and_units_anybody_knows(town: Living) -> None:
    town.measures("home-001", MORNING, systolic=131, diastolic=84, weight=58.2)
    town.measures("home-001", "2026-11-23T08:40:00+09:00", systolic=140)
    weight, pressure, alone = town.exports()["Observation"]
    assert weight["code"]["coding"] == [{"system": "http://loinc.org", "code": "29463-7", "display": "Body weight"}]
    assert weight["valueQuantity"] == {"value": 58.2, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}
    assert weight["effectiveDateTime"] == "2026-11-23T08:30:00.000+09:00"
    assert [c["valueQuantity"]["value"] for c in pressure["component"]] == [131, 84]
    assert {c["valueQuantity"]["code"] for c in pressure["component"]} == {"mm[Hg]"}
    assert alone["component"][1]["dataAbsentReason"]["coding"][0]["code"] == "not-performed"


async def test_the_score_of_today_names_its_parts_and_earlier_days_have_one_each(either: Living) -> None:
    either.talks(FIRST, "잘 잤어요")
    either.clock.forward(days=1)
    either.talks(FIRST, "잘 잤어요")
    either.clock.forward(hours=2)
    either.store.write(either.services.wellbeing.sweep, either.clock.now())
    yesterday, today = either.exports()["Observation"]
    assert (yesterday["effectiveDateTime"][:10], today["effectiveDateTime"][:10]) == ("2026-11-23", "2026-11-24")
    parts = {part["code"]["coding"][0]["code"]: part for part in today["component"]}
    assert set(parts) == {"score-coverage", "answering", "sleep", "mood"}
    assert parts["sleep"]["code"]["text"] == "잠"
    assert parts["sleep"]["valueQuantity"]["value"] == 100
    assert today["valueQuantity"]["value"] == either.store.read(either.services.wellbeing.score_of, FIRST).value
    assert [part["code"]["coding"][0]["code"] for part in yesterday["component"]] == ["score-coverage"]


async def test_a_cuff_two_people_share_is_nobodys(town: Living) -> None:
    town.measures("home-002", MORNING, weight=61)
    assert [o["subject"] for o in town.exports()["Observation"]] == [{"reference": f"Patient/{fhir_id(SECOND)}"}]
    town.store.write(moves_in, "r-003", "home-002")
    assert town.exports()["Observation"] == []
    town.store.write(belongs, "home-002", "cuff", SECOND)
    assert [o["subject"] for o in town.exports()["Observation"]] == [{"reference": f"Patient/{fhir_id(SECOND)}"}]


def moves_in(tx: Session, id: str, home: str) -> None:
    tx.add(ResidentRow(id=id, name="최안부", called="최안부", home=home))


def belongs(tx: Session, home: str, device: str, resident: str) -> None:
    tx.get_one(DeviceRow, (home, device)).resident = resident


async def test_of_old_readings_the_hours_remain(either: Living) -> None:
    either.measures("home-001", MORNING, weight=58)
    either.measures("home-001", "2026-11-23T08:50:00+09:00", weight=59)
    either.store.write(either.services.sensors.sweep, either.clock.forward(minutes=1), either.clock.real())
    either.clock.forward(days=60)
    either.store.write(either.services.sensors.purge, either.clock.now())
    [weight] = either.exports()["Observation"]
    assert weight["valueQuantity"]["value"] == 58.5
    assert weight["effectivePeriod"] == {
        "start": "2026-11-23T08:00:00.000+09:00",
        "end": "2026-11-23T09:00:00.000+09:00",
    }


async def test_an_escalation_is_a_flag_until_a_person_has_closed_it(town: Living) -> None:
    emergency = town.shows(FIRST, "sos", Level.EMERGENCY, "도움 단추를 눌렀습니다.")
    flag = by_id(town.exports(), "Flag", emergency)
    assert flag["status"] == "active"
    assert flag["period"] == {"start": "2026-11-23T09:00:00.000+09:00"}
    town.clock.forward(minutes=3)
    town.closes(emergency, "helped")
    flag = by_id(town.exports(), "Flag", emergency)
    assert flag["status"] == "inactive"
    assert flag["period"]["end"] == "2026-11-23T09:03:00.000+09:00"
    assert flag["code"]["text"] == "도움 단추를 눌렀습니다."


async def test_wishes_and_faults_are_tasks_and_an_alarm_is_none(town: Living) -> None:
    emergency = await lives_a_morning(town)
    tasks = town.exports()["Task"]
    kinds = {task["code"]["coding"][0]["code"]: task for task in tasks}
    assert "sos" not in kinds
    wish, battery = kinds["wish"], kinds["battery_low"]
    assert (wish["status"], wish["focus"]) == ("completed", {"reference": f"Flag/{emergency}"})
    assert wish["owner"] == {"type": "Practitioner", "identifier": {"system": "urn:anbu:person", "value": "u-001"}}
    assert battery["status"] == "requested"
    assert battery["for"]["identifier"]["value"] == "home-001"


async def test_only_what_has_left_is_a_communication(town: Living) -> None:
    town.shows(FIRST, "sos", Level.EMERGENCY)
    town.greets("c-001")
    assert town.exports()["Communication"] == []
    await town.posts()
    sent = town.exports()["Communication"]
    assert {c["category"][0]["coding"][0]["code"] for c in sent} >= {"page", "digest"}
    assert {c["subject"]["reference"] for c in sent} == {f"Patient/{FIRST}"}
    assert "오늘 잘 지내셨어요" not in str(sent)


async def test_consents_stand_with_their_date_and_last_word(town: Living) -> None:
    town.clock.forward(hours=1)
    town.withdraws(SECOND, "health")
    consents = {c["category"][1]["coding"][0]["code"]: c for c in about(town.exports(), "Consent", SECOND)}
    assert consents["voice"]["status"] == "active"
    assert consents["health"]["status"] == "inactive"
    assert consents["health"]["dateTime"] == "2026-11-23T10:00:00.000+09:00"
    assert consents["health"]["provision"]["type"] == "deny"
    assert "family" not in consents


async def test_the_export_is_on_the_record_with_its_reason_before_anything_is_written(
    either: Living, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    whole = ndjson.write

    def watched(file: Path, resources: Iterable[Mapping[str, Any]]) -> int:
        seen.append(newest(either))
        return whole(file, resources)

    monkeypatch.setattr(ndjson, "write", watched)
    [export] = [e for e in either.exports("감사 자료 요청")["AuditEvent"] if e["subtype"][0]["code"] == "export"]
    assert set(seen) == {"export"}
    assert export["purposeOfEvent"] == [{"text": "감사 자료 요청"}]
    assert export["agent"][0]["who"]["identifier"]["value"] == "command line"


def newest(town: Living) -> str:
    return town.store.read(entries, limit=1)[0].what


@pytest.mark.parametrize(
    ("reason", "resident", "since", "error"),
    [(" ", None, None, Usage), ("x", "r-404", None, Unknown), ("x", None, "yesterday", Usage)],
)
async def test_a_wrong_order_writes_nothing(
    town: Living, reason: str, resident: str | None, since: str | None, error: type[Exception]
) -> None:
    out = town.folder / "none"
    with pytest.raises(error):
        export_resources(town.house, out, reason, resident=resident, since=since)
    assert not out.exists()
    assert newest(town) != "export"


async def test_the_files_are_for_their_owner_and_the_old_ones_go(town: Living) -> None:
    out = town.folder / "out"
    out.mkdir()
    old = out / "Flag.ndjson"
    old.write_text('{"resourceType": "Flag", "id": "of-another-export"}\n')
    old.chmod(0o644)
    town.exports()
    assert {file.stat().st_mode & 0o777 for file in out.iterdir()} == {0o600}
    assert read(out)["Flag"] == []


def test_a_file_that_fails_half_way_leaves_the_earlier_one(tmp_path: Path) -> None:
    file = tmp_path / "Flag.ndjson"
    ndjson.write(file, [{"id": "e-1"}])
    with pytest.raises(ValueError, match="not JSON compliant"):
        ndjson.write(file, [{"id": "e-2"}, {"value": float("nan")}])
    assert [file.name for file in tmp_path.iterdir()] == ["Flag.ndjson"]
    assert "e-1" in file.read_text()


async def test_one_residents_export_holds_nobody_else(either: Living) -> None:
    await lives_a_morning(either)
    found = either.exports(resident=FIRST)
    assert [patient["id"] for patient in found["Patient"]] == [FIRST]
    told = str(found)
    assert "이안부" not in told
    assert SECOND not in told
    assert fhir_id(SECOND) not in told
    assert "battery_low" not in told
    kinds = {event["subtype"][0]["code"] for event in found["AuditEvent"]}
    assert "export" in kinds
    assert "roster" not in kinds


async def test_a_list_somebody_saw_is_in_the_access_log_of_each_on_it(either: Living) -> None:
    detail = {"residents": [FIRST, SECOND]}
    either.store.write(
        audit, who="u-001", what="viewed residents", where="10.0.0.7", now=either.clock.now(), detail=detail
    )
    events = either.exports(resident=SECOND)["AuditEvent"]
    [seen] = [e for e in events if e["subtype"][0]["code"] == "viewed-residents"]
    assert [entity["what"] for entity in seen["entity"]] == [{"reference": f"Patient/{fhir_id(SECOND)}"}]
    assert seen["agent"][0]["network"] == {"address": "10.0.0.7", "type": "2"}
    assert (seen["action"], FIRST in str(seen)) == ("R", False)


async def test_since_leaves_out_what_is_older_but_not_who_people_are(either: Living) -> None:
    await lives_a_morning(either)
    either.clock.forward(days=2)
    later = either.talks(FIRST, "잘 잤어요")
    found = either.exports(since="2026-11-25")
    assert [response["id"] for response in found["QuestionnaireResponse"]] == [later]
    assert (found["Flag"], found["Task"], found["Communication"]) == ([], [], [])
    assert all("2026-11-25" in o["effectiveDateTime"] for o in found["Observation"])
    assert all("2026-11-25" in event["recorded"] for event in found["AuditEvent"])
    assert (len(found["Patient"]), len(found["Consent"])) == (2, 9)


def references(value: object) -> set[str]:
    """Every literal reference below a value."""
    if isinstance(value, list):
        return set().union(*map(references, value))
    if isinstance(value, dict):
        own = {value["reference"]} if isinstance(value.get("reference"), str) else set()
        return own.union(*map(references, value.values()))
    return set()


async def test_a_standard_questionnaire_is_told_item_by_item_with_its_score(town: Living) -> None:
    id = town.talks(FIRST, "잘 잤어요")
    checkins = town.services.checkins
    for form, how, points in (("phq2", "filled", (1, 2)), ("who5", "stopped", (3,))):
        asked = Asked(form, how, points)
        town.store.write(lambda tx, a: screening.note(checkins, tx, FIRST, "home-001", id, a, town.clock.now()), asked)
    found = town.exports()["QuestionnaireResponse"]
    for resource in found:
        check("QuestionnaireResponse", resource)
    filled = by_id(town.exports(), "QuestionnaireResponse", f"{id}-phq2")
    assert filled["status"] == "completed"
    assert filled["questionnaire"].startswith("urn:anbu:questionnaire:phq2|")
    assert [item["answer"][0]["valueInteger"] for item in filled["item"]] == [1, 2, 3]
    assert "재미" in filled["item"][0]["text"]
    stopped = by_id(town.exports(), "QuestionnaireResponse", f"{id}-who5")
    assert stopped["status"] == "stopped"
    assert [item["linkId"] for item in stopped["item"]] == ["1"]
