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
#: what a short answer says where the reader was not sure: question → answer → "topic.state".
_BY_WORDS = {
    "meals": {"yes": "meal.eaten", "no": "meal.skipped"},
    "medicine": {"yes": "medication.taken", "no": "medication.missed"},
    "sleep": {"yes": "sleep.good", "no": "sleep.poor", "so_so": "sleep.so_so"},
}


def main_topic(heard: Heard, question: str | None, book: Book, plain: str | None = None) -> str | None:
    """The one topic to take up: a worry first, then good news that can be named, then what was asked for."""
    said = [f"{topic}.{state}" for topic, state in heard.meaning.topics.items()]
    asked_for = f"{ANSWERED_BY.get(question or '', '-')}."
    ranked = [
        *(w for w in _WORRIES if w in said),
        *(j for j in _JOYS if j in said and book.script.word(j.partition(".")[0], heard.text)),
        *(s for s in said if s.startswith(asked_for) and s != "request.present"),
        *(j for j in _JOYS if j in said),
    ]
    by_words = _by_words(question or "", heard, plain, book)
    return ranked[0] if ranked else by_words


def taken_up(
    talk: Talk, heard: Heard, main: str | None, plain: str | None, book: Book, fact: Fact | None = None
) -> str:
    """The sentence that shows that it was heard, naming it where it can; "" where the next one does it. fact: what will
    be remembered of it."""
    acks, wished = book.script.acks, "request" in heard.meaning.topics
    if main is None and fact is not None and not wished:
        return fill(choose(acks[f"fact.{fact.how}"].named, talk.day), named=fact.about)
    if talk.question in ("wishes", "what_wish", "more") and not wished and main not in _WORRIES:
        if book.listen.shade("thankful", heard.text):
            return choose(acks["welcome"].plain, talk.day)
        if main is None and plain in ("no", "fine"):
            return ""
    if main is None and wished:
        return ""
    if main is None or (main in _JOYS and heard.meaning.sentiment is Sentiment.NEGATIVE and plain is None):
        return _felt(talk, heard, plain, book)
    return _named(acks[main], main, heard.text, talk, book)


def _by_words(question: str, heard: Heard, plain: str | None, book: Book) -> str | None:
    if question == "health" and plain == "no" and book.listen.shade("nothing", heard.text):
        return "health.fine"
    return _BY_WORDS.get(question, {}).get(plain or "")


def _felt(talk: Talk, heard: Heard, plain: str | None, book: Book) -> str:
    """Where there is no topic to take up: by the plain answer, then by the feeling."""
    feeling = heard.meaning.sentiment
    if plain == "yes":  # a mere yes is neither glad nor sad
        feeling = Sentiment.POSITIVE if book.listen.shade("glad", heard.text) else Sentiment.NEUTRAL
    key = {"so_so": "so_so", "thanks": "welcome", "fine": "fine"}.get(plain or "", f"none.{feeling.value}")
    return _shaded(book.script.acks[key], heard.text, talk.turn, book)


def _named(ack: Ack, main: str, text: str, talk: Talk, book: Book) -> str:
    """Another wording each day, and another one for the same thing later in the talk."""
    turn = talk.day + talk.acked.count(main)
    if any(book.listen.shade(name, text) for name in ack.shades):
        return _shaded(ack, text, turn, book)
    word = book.script.word(main.partition(".")[0], text)
    if word and ack.named:
        return fill(choose(ack.named, turn), named=word)
    return choose(ack.soft if talk.heavy and ack.soft else ack.plain, turn)


def _shaded(ack: Ack, text: str, turn: int, book: Book) -> str:
    shade = next((name for name in ack.shades if book.listen.shade(name, text)), None)
    return choose(ack.shades[shade] if shade else ack.plain, turn)
