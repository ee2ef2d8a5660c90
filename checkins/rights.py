"""Rights by voice and chat: heard, read back, confirmed where they change what the service may do, and obeyed at once.

What is claimed but cannot be made out or confirmed is told to a person, who asks.
"""

from dataclasses import replace
from datetime import date
from typing import Final

from checkins import away, recalling
from checkins.outcomes import (
    Fewer,
    Forgotten,
    Given,
    GoneAway,
    Outcome,
    Reported,
    Understood,
    Unshared,
    Used,
    Withdrawn,
)
from checkins.saying import ask, ask_again, end, say, with_outcomes
from checkins.talk import Book, Heard, Phase, Relative, Step, Talk

#: read back before a person is told → as what they are told of it where no yes came.
_UNTOLD: Final = {"share": "not_family", "away": "absence", "until": "absence"}
#: fewer check-ins are offered to who is angry once in a while; else there is an apology, and the talk ends.
_OFFERED: Final = "offer.fewer"
#: intents by which something taken back is given again.
_AGAIN: Final = "again_"
#: how often a week → on which days.
_DAYS: Final = {1: (2,), 2: (0, 3), 3: (0, 2, 4)}


def claimed(talk: Talk, intent: str, heard: Heard, book: Book) -> Step:
    """A right was claimed. What withdraws or changes something is read back and waits for a yes."""
    match intent:
        case "know":
            return recalling.known(talk, heard, book)
        case "wrong" | "forget":
            return recalling.disowned(talk, intent, heard, book)
        case "not_family" if (found := _relatives(heard, book)) is not None:
            return _share(talk, *found, book)
        case "absence" if (at := heard.around.at) is not None:
            return _absence(talk, heard.text, at.date(), book)
        case "less" | "angry" if (intent == "less" or _OFFERED not in talk.said) and _fewer_days(heard, book):
            return _less(talk, intent, heard, book)
        case _:
            return (_again if intent.startswith(_AGAIN) else _told)(talk, intent, heard, book)


def _told(talk: Talk, intent: str, _heard: Heard, book: Book) -> Step:
    """Told to a person; what withdraws a consent is read back as well."""
    if intent == "angry" and _OFFERED in talk.said:  # apologised for before: no more is asked today
        return with_outcomes(end(talk, "stop", book.script.say("flow.sorry_bye", talk.day)), Understood())
    if intent == "angry":
        return with_outcomes(say(talk, book.script.say("flow.sorry", talk.turn), listen=True), Understood())
    kind = "no_contact" if intent == "no_voice" and talk.channel != "speaker" else intent
    told = (Understood(scored=False), Reported(f"rights.{kind}"))
    if not kind.startswith("no_"):
        return with_outcomes(say(talk, book.script.say(f"rights.{kind}", talk.turn), listen=True), *told)
    asking = replace(talk, before=talk.question)
    asked, outcomes = ask(asking, f"rights.{kind}", book)
    return replace(asked, phase=Phase.CONFIRMING, asked=talk.asked), (*told, *outcomes)


def _again(talk: Talk, intent: str, heard: Heard, book: Book) -> Step:
    """What was taken back is given again, once it is read back. A first consent is a person's to explain."""
    key = "again_contact" if intent == "again_voice" and talk.channel != "speaker" else intent
    topics, around = tuple(book.script.part(f"rights.{key}")["give"]), heard.around
    taken_back = tuple(topic for topic in topics if topic in around.withdrawn)
    if taken_back:
        return _read_back(talk, key, taken_back, book.script.say(f"rights.{key}.back", talk.turn), book)
    if around.agreed.issuperset(topics):
        return with_outcomes(say(talk, book.script.say("rights.already", talk.turn), listen=True), Understood(False))
    told = (Understood(scored=False), Reported("rights.agree"))
    return with_outcomes(say(talk, book.script.say("rights.agree", talk.turn), listen=True), *told)


def confirmed(talk: Talk, heard: Heard, book: Book) -> Step:
    """The answer to what was read back. Only a plain yes obeys; two unclear answers leave it to a person."""
    key = (talk.question or "").removeprefix("rights.")
    if key == "which":
        return recalling.which(talk, heard, book)
    if key == "until":
        return _until(talk, heard, book)
    answer = book.listen.answer(heard.text)
    if answer == "yes" or book.listen.intent(heard.text) == key:
        return _obeyed(talk, key, heard, book)
    if answer == "no":
        return say(replace(talk, phase=Phase.TALKING), book.script.say("rights.kept", talk.turn), listen=True)
    if talk.unsure:
        return _unconfirmed(talk, key, book)
    return ask_again(replace(talk, unsure=1), book, "rights.unclear")


def _obeyed(talk: Talk, key: str, heard: Heard, book: Book) -> Step:
    right, outcomes = book.script.part(f"rights.{key}"), _outcomes(talk, key, book)
    done = book.script.say(f"rights.{key}.done", talk.turn)
    starts_now = key == "away" and heard.around.at is not None and talk.claim[1] == heard.around.at.date().isoformat()
    if right.get("goes_on") and not starts_now:
        return with_outcomes(say(replace(talk, phase=Phase.TALKING), done, listen=True), *outcomes)
    return with_outcomes(end(talk, "absence" if key == "away" else "withdrawn", done), *outcomes)


def _outcomes(talk: Talk, key: str, book: Book) -> tuple[Outcome, ...]:
    if key == "share":
        topics = tuple(talk.claim[1:])
        return tuple(Unshared(contact, topics) for contact in talk.claim[0].split(","))
    if key == "away":
        reason, first, last = talk.claim
        return (GoneAway(reason, date.fromisoformat(first), date.fromisoformat(last)),)
    if key == "fewer":
        return (Fewer(tuple(int(day) for day in talk.claim)),)
    if key.startswith(_AGAIN):
        return (Given(talk.claim),)
    return (Withdrawn(tuple(book.script.part(f"rights.{key}")["withdraw"])),)


def _unconfirmed(talk: Talk, key: str, book: Book) -> Step:
    """Nobody is sure what they want: a person asks. What was told at once already is not told again."""
    return with_outcomes(end(talk, "unclear", book.script.say("rights.unconfirmed", talk.turn)), *_untold(talk, key))


def left(before: Talk, step: Step) -> Step:
    """A talk that ended, or turned to a danger, while something read back waited for a yes: a person asks."""
    after, outcomes = step
    if before.phase is not Phase.CONFIRMING or after.phase not in (Phase.CLOSED, Phase.RED):
        return step
    if any(isinstance(one, (Reported, Withdrawn, Given, Unshared, GoneAway, Fewer, Forgotten)) for one in outcomes):
        return step
    return with_outcomes(step, *_untold(before, (before.question or "").removeprefix("rights.")))


def _untold(talk: Talk, key: str) -> tuple[Reported, ...]:
    """What nobody has been told of a claim yet."""
    kind = talk.claim[0] if key == "which" else "agree" if key.startswith(_AGAIN) else _UNTOLD.get(key)
    return (Reported(f"rights.{kind}"),) if kind else ()


def _read_back(talk: Talk, key: str, claim: tuple[str, ...], words: str, book: Book, *before: str) -> Step:
    asking = replace(talk, before=talk.before or talk.question, claim=claim, prompt=words)
    asked, outcomes = ask(asking, f"rights.{key}", book, *before)
    return replace(asked, phase=Phase.CONFIRMING, asked=talk.asked), (Understood(scored=False), *outcomes)


def _relatives(heard: Heard, book: Book) -> tuple[list[Relative], tuple[str, ...]] | None:
    """Who is not to be told, and of what; None where nobody they have is meant."""
    sharing = book.listen.sharing
    named = [one for one in heard.around.relatives if one.relation and one.relation in heard.text]
    if not named and sharing["everybody"].search(heard.text):
        named = list(heard.around.relatives)
    topics = tuple(
        topic for topic in ("health", "mood", "whereabouts", "activity") if sharing[topic].search(heard.text)
    )
    return (named, topics) if named else None


def _share(talk: Talk, relatives: list[Relative], topics: tuple[str, ...], book: Book) -> Step:
    script = book.script
    shared = [one for one in relatives if set(one.topics) & set(topics or one.topics)]
    names = [script.part(f"red.relations.{one.relation}") or one.relation for one in shared or relatives]
    who = ", ".join(dict.fromkeys(names))
    if not shared:
        return with_outcomes(say(talk, script.say("rights.not_shared", 0, who=who), listen=True), Understood(False))
    what = ", ".join(script.part(f"rights.sharing.{topic}") for topic in topics)
    key = "rights.share.back_what" if topics else "rights.share.back"
    claim = (",".join(one.id for one in shared), *(topics or sorted({t for one in shared for t in one.topics})))
    return _read_back(talk, "share", claim, script.say(key, 0, who=who, what=what), book)


def _absence(talk: Talk, text: str, today: date, book: Book) -> Step:
    found = away.read(text, book.away, today)
    if found.until is None:
        claim = (found.reason or "",)
        return _read_back(talk, "until", claim, book.script.say("rights.until.back", talk.turn), book)
    return _read_back_absence(talk, found.reason, found.start or today, found.until, today, book)


def _until(talk: Talk, heard: Heard, book: Book) -> Step:
    """The answer to "until when?"."""
    if heard.around.at is None:
        return _unconfirmed(talk, "until", book)
    today = heard.around.at.date()
    found = away.read(heard.text, book.away, today)
    if found.until is not None:
        reason = found.reason or talk.claim[0] or None
        return _read_back_absence(talk, reason, found.start or today, found.until, today, book)
    if book.listen.answer(heard.text) == "no":
        return say(replace(talk, phase=Phase.TALKING), book.script.say("rights.kept", talk.turn), listen=True)
    if talk.unsure:
        return _unconfirmed(talk, "until", book)
    return ask_again(replace(talk, unsure=1), book, "flow.silent")


def _read_back_absence(talk: Talk, reason: str | None, first: date, last: date, today: date, book: Book) -> Step:
    script, away_words = book.script, book.away
    known = away_words["reasons"][reason] if reason else {"shown": away_words["unsaid"], "name": away_words["other"]}
    key = "rights.away.back" if first <= today else "rights.away.back_later"
    words = script.say(key, 0, shown=known["shown"], until=_day(last, book), first=_day(first, book))
    return _read_back(talk, "away", (known["name"], first.isoformat(), last.isoformat()), words, book)


def _day(day: date, book: Book) -> str:
    weekday = book.script.part("aside.weekdays")[day.weekday()]
    return book.script.say("aside.day", 0, month=str(day.month), day=str(day.day), weekday=weekday)


def _fewer_days(heard: Heard, book: Book) -> tuple[int, ...]:
    """On which days to ask instead; () where that would not be fewer."""
    wanted = next((n for n, says in book.listen.times_a_week.items() if says.search(heard.text)), 3)
    days = _DAYS[wanted]
    return days if len(days) < len(heard.around.days) else ()


def _less(talk: Talk, intent: str, heard: Heard, book: Book) -> Step:
    days = _fewer_days(heard, book)
    names = ", ".join(book.script.part("aside.weekdays")[day] for day in days)
    before = (book.script.say("flow.sorry", talk.turn),) if intent == "angry" else ()
    words = book.script.say("rights.fewer.back", 0, days=names)
    asked = _read_back(talk, "fewer", tuple(str(day) for day in days), words, book, *before)
    return with_outcomes(asked, Used(_OFFERED) if intent == "angry" else Reported("rights.less"))
