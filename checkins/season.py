"""What is broken and what the weather makes of it. Pure."""

from dataclasses import replace

from checkins.talk import Book
from speech.meaning import Meaning


def in_season(meaning: Meaning, text: str, month: int, book: Book) -> Meaning:
    """In mild months a heater that is broken is a wish and no danger, where nobody speaks of being cold or hot: the
    reader alone took it for one. What its list of words has found stays what it is."""
    taken_for_one = "heat_cold" in meaning.risks and not meaning.because
    mild = month in book.script.limits["mild_months"]
    if not (taken_for_one and mild and book.listen.needs(text)) or book.listen.shade("cold_or_hot", text):
        return meaning
    risks = {kind: level for kind, level in meaning.risks.items() if kind != "heat_cold"}
    return replace(meaning, risks=risks, topics={**meaning.topics, "request": "present"})
