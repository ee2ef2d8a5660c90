"""Taking up what was said before the next question: one sentence, fitted to topic, state and feeling. Pure."""

from checkins.facts import Fact
from checkins.script import ANSWERED_BY, Ack, choose, fill
from checkins.talk import Book, Heard, Talk
from speech.meaning import Sentiment

#: what is taken up first when several things were said: the worrying before the good.
_WORRIES = (
    "health.complaint",
    "mood.low",
    "mood.anxious",
    "mood.angry",
    "meal.poor_appetite",
    "medication.missed",
    "sleep.poor",
    "meal.skipped",
    "social.isolated",
    "activity.inactive",
)
_JOYS = (
    "mood.good",
    "social.connected",
    "sleep.good",
    "meal.eaten",
    "health.fine",
    "medication.taken",
    "activity.active",
)


def main_topic(heard: Heard, question: str | None, book: Book) -> str | None:
    """The one topic to take up: a worry first, then good news that can be named, then what was asked for."""
    said = [f"{topic}.{state}" for topic, state in heard.meaning.topics.items()]
    asked_for = f"{ANSWERED_BY.get(question or '', '-')}."
    ranked = [
        *(w for w in _WORRIES if w in said),
        *(j for j in _JOYS if j in said and book.script.word(j.partition(".")[0], heard.text)),
        *(s for s in said if s.startswith(asked_for) and s != "request.present"),
        *(j for j in _JOYS if j in said),
    ]
    return ranked[0] if ranked else None


def taken_up(
    talk: Talk, heard: Heard, main: str | None, answer: str | None, book: Book, fact: Fact | None = None
) -> str:
    """The sentence that shows that it was heard, naming it where it can; "" where the next one does it. fact: what will
    be remembered of it."""
    acks, mood = book.script.acks, heard.meaning.sentiment
    if main is None and fact is not None and "request" not in heard.meaning.topics:
        return fill(choose(acks[f"fact.{fact.how}"].named, talk.turn), named=fact.about)
    if main is None and (
        "request" in heard.meaning.topics
        or (answer in ("no", "fine") and talk.question in ("wishes", "what_wish", "more"))
    ):
        return ""
    if main is None or (main in _JOYS and mood is Sentiment.NEGATIVE):
        plain = {"so_so": "so_so", "thanks": "welcome", "fine": "fine"}.get(answer or "", f"none.{mood.value}")
        return choose(acks[plain].plain, talk.turn)
    return _named(acks[main], main, heard.text, talk, book)


def _named(ack: Ack, main: str, text: str, talk: Talk, book: Book) -> str:
    word = book.script.word(main.partition(".")[0], text)
    if word and ack.named:
        return fill(choose(ack.named, talk.turn), named=word)
    return choose(ack.plain, talk.turn)
