"""What a resident tells of themselves: understood by the reader, by the words alone, or not well enough. Pure."""

from dataclasses import replace

from checkins import agenda, recalling, sitting
from checkins.answering import answer, is_wish
from checkins.doubting import unsure
from checkins.outcomes import Understood
from checkins.script import ANSWERED_BY
from checkins.talk import Book, Heard, Phase, Step, Talk
from speech.meaning import TOPICS, Meaning, Sentiment


def told(talk: Talk, heard: Heard, book: Book) -> Step:
    """What follows on it, if it was understood well enough."""
    if sitting.is_form(talk.question):
        went_on = replace(talk, answered=True, phase=Phase.TALKING)
        return agenda.after(sitting.heard(went_on, heard, book), book)
    if (meant := _by_words_alone(talk, heard, book)) is not None:
        return meant
    question = talk.question or ""
    not_known = question in book.script.limits["matters"] and book.listen.shade("not_known", heard.text)
    if not_known or book.listen.doubts(heard.text):
        return unsure(talk, book)
    so_so = "so_so" if book.listen.told(question, heard.text) == "so_so" else None
    plain = book.listen.answer(heard.text) or so_so
    clear = plain is not None or recalling.is_plain(talk, heard, book)
    if clear or (heard.meaning.confidence >= book.understood and not _belied(talk, heard, book)):
        return answer(talk, heard, plain, book)
    return _half_understood(talk, heard, book)


def _by_words_alone(talk: Talk, heard: Heard, book: Book) -> Step | None:
    """What the words say whatever the reader makes of them: "I'm fine, speak up", "my ears are bad, else I'm fine",
    "how could I be well"; and a mere no asks for nothing."""
    listen, text = book.listen, heard.text
    if (said := listen.answered_louder(text)) is not None:
        before = " ".join(part for part in (talk.prefix, book.script.say("flow.slower", talk.day)) if part)
        slower = replace(talk, slowly=True, prefix=before)
        return _unscored(told(slower, replace(heard, text=said, meaning=Meaning()), book))
    if "request" in heard.meaning.topics and listen.answer(text) == "no":
        return _unscored(answer(talk, replace(heard, meaning=Meaning()), "no", book))
    if listen.shade("otherwise_fine", text):
        return _unscored(answer(talk, replace(heard, meaning=Meaning()), "fine", book))
    if talk.question in book.script.limits["soft"] and listen.shade("bitter", text):
        return _unscored(answer(talk, replace(heard, meaning=Meaning(Sentiment.NEGATIVE)), None, book))
    return None


def _belied(talk: Talk, heard: Heard, book: Book) -> bool:
    """Whether a reader that is not very sure has read the contrary of what the words say."""
    question = talk.question or ""
    by_words = book.listen.told(question, heard.text)
    if by_words not in ("yes", "no") or heard.meaning.confidence >= book.script.limits["surely"]:
        return False
    return ANSWERED_BY[question] in heard.meaning.topics and not _agree(question, by_words, heard.meaning)


def _half_understood(talk: Talk, heard: Heard, book: Book) -> Step:
    """The reader is not sure: the words alone may answer, and to what does not matter any well-heard word does. Where
    the two agree it counts in full; else nothing of it weighs in the score."""
    by_words = book.listen.told(talk.question or "", heard.text)
    if by_words in ("yes", "no") and _agree(talk.question or "", by_words, heard.meaning):
        return answer(talk, heard, None, book)
    plain = by_words or book.listen.opening(heard.text)
    soft = talk.question in book.script.limits["soft"] and heard.meaning.confidence >= book.script.limits["guessed"]
    if plain is None and not soft and not _says_enough(talk, heard, book):
        return unsure(talk, book)
    felt = Meaning(heard.meaning.sentiment) if soft else Meaning()
    return _unscored(answer(talk, replace(heard, meaning=felt), plain, book))


def _agree(question: str, by_words: str, meaning: Meaning) -> bool:
    """Whether the reader, unsure as it is, has read what the words say."""
    topic = ANSWERED_BY[question]
    state = meaning.topics.get(topic)
    return state is not None and (state == TOPICS[topic][-1]) == (by_words == "yes")


def _says_enough(talk: Talk, heard: Heard, book: Book) -> bool:
    """Whether the words alone are an answer, though what they mean to the score is not sure."""
    wish = is_wish(talk.question or "", None, heard.text, book)
    return wish or recalling.takes_anything(talk) or recalling.noticed(heard, book) is not None


def _unscored(step: Step) -> Step:
    """They were understood in part: it is an answer, but weighs nothing in the score."""
    talk, outcomes = step
    return talk, tuple(Understood(scored=False) if isinstance(one, Understood) else one for one in outcomes)
