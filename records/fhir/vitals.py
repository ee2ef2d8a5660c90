"""Observation: what cuffs, scales and thermometers measured. Codes: LOINC, units: UCUM.

Codes as in the R4 vital signs profiles (hl7.org/fhir/R4/observation-vitalsigns.html) where there is one: a blood
pressure is one panel of two components, an oxygen saturation carries both codes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from records.fhir.basics import LOINC, Resource, coding, concept, identifier, made, outside, quantity, reference, when
from sensors.measured import Measured


@dataclass(frozen=True)
class Code:
    """codes: (LOINC, display). unit, ucum: as shown and as coded. category: of the value set observation-category."""

    codes: tuple[tuple[str, str], ...]
    unit: str
    ucum: str
    category: str = "vital-signs"


CODES = {
    "heart_rate": Code((("8867-4", "Heart rate"),), "/min", "/min"),
    "spo2": Code(
        (
            ("2708-6", "Oxygen saturation in Arterial blood"),
            ("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry"),
        ),
        "%",
        "%",
    ),
    "systolic": Code((("8480-6", "Systolic blood pressure"),), "mmHg", "mm[Hg]"),
    "diastolic": Code((("8462-4", "Diastolic blood pressure"),), "mmHg", "mm[Hg]"),
    "glucose": Code(
        (("41653-7", "Glucose [Mass/volume] in Capillary blood by Glucometer"),), "mg/dL", "mg/dL", "laboratory"
    ),
    "body_temperature": Code((("8310-5", "Body temperature"),), "°C", "Cel"),
    "weight": Code((("29463-7", "Body weight"),), "kg", "kg"),
    "steps": Code((("55423-8", "Number of steps in unspecified time Pedometer"),), "steps", "{steps}", "activity"),
}
_PANEL = ("85354-9", "Blood pressure panel with all children optional")
_CUFF = ("systolic", "diastolic")
_NOT_MEASURED = concept(coding("data-absent-reason", "not-performed", "Not Performed"))


def vitals_observations(resident: str, measured: Iterable[Measured], zone: tzinfo) -> Iterator[Resource]:
    """One observation a measurement; systolic and diastolic of one moment and device are one."""
    pressures: dict[tuple[object, ...], list[Measured]] = {}
    for each in measured:
        if each.kind in _CUFF:
            pressures.setdefault((each.at, each.device, each.until), []).append(each)
        elif each.kind in CODES:
            code = CODES[each.kind]
            yield _observation(resident, each, zone, code.category, code.codes, valueQuantity=_value(each))
    for pair in pressures.values():
        components = [_component(kind, pair) for kind in _CUFF]
        yield _observation(resident, pair[0], zone, "vital-signs", (_PANEL,), component=components)


def _observation(
    resident: str,
    measured: Measured,
    zone: tzinfo,
    category: str,
    codes: Sequence[tuple[str, str]],
    **content: Resource | list[Resource],
) -> Resource:
    return made(
        "Observation",
        measured.id,
        identifier=[identifier("reading", measured.id)],
        status="final",
        category=[concept(coding("observation-category", category))],
        code=concept(*(coding(LOINC, code, display) for code, display in codes)),
        subject=reference("Patient", resident),
        device=outside("Device", "device", f"{measured.home}/{measured.device}"),
        **_time(measured, zone),
        **content,
    )


def _time(measured: Measured, zone: tzinfo) -> Resource:
    """A moment; or an hour, where of old readings only the hour's mean is left."""
    if measured.until is None:
        return {"effectiveDateTime": when(measured.at, zone)}
    return {
        "effectivePeriod": {"start": when(measured.at, zone), "end": when(measured.until, zone)},
        "method": {"text": "mean of the hour"},
    }


def _component(kind: str, pair: Sequence[Measured]) -> Resource:
    found = next((each for each in pair if each.kind == kind), None)
    code = concept(*(coding(LOINC, number, display) for number, display in CODES[kind].codes))
    if found is None:
        return {"code": code, "dataAbsentReason": _NOT_MEASURED}
    return {"code": code, "valueQuantity": _value(found)}


def _value(measured: Measured) -> Resource:
    code = CODES[measured.kind]
    return quantity(round(measured.value, 4), code.unit, code.ucum)
