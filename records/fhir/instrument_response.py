"""QuestionnaireResponse: a standard questionnaire that was asked within a talk, with its points."""

from datetime import tzinfo

from checkins.screening import InstrumentShown, ResultShown
from records.fhir.basics import OURS, Resource, identifier, made, reference, when


def instrument_response(resident: str, form: InstrumentShown, result: ResultShown, zone: tzinfo) -> Resource:
    """The points of each item answered, and the published score where all were. The items' words are told only where
    they are the ones that were read."""
    id = f"{result.checkin}-{form.key}"
    return made(
        "QuestionnaireResponse",
        id,
        identifier=identifier("instrument", id),
        questionnaire=f"{OURS}questionnaire:{form.key}|{result.version}",
        status="completed" if result.how == "filled" else "stopped",
        subject=reference("Patient", resident),
        source=reference("Patient", resident),
        authored=when(result.at, zone),
        item=_items(form, result),
    )


def _items(form: InstrumentShown, result: ResultShown) -> list[Resource]:
    texts = form.items if result.version == form.version else ()
    found: list[Resource] = []
    for number, points in enumerate(result.answers):
        text = {"text": texts[number]} if number < len(texts) else {}
        found.append({"linkId": str(number + 1), **text, "answer": [{"valueInteger": points}]})
    if result.points is not None:
        found.append({"linkId": "score", "text": form.name, "answer": [{"valueInteger": result.points}]})
    return found
