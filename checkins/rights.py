"""Rights by voice and chat: heard, read back, confirmed where they change what the service may do, told to a person."""

from dataclasses import replace

from checkins.talk import (
    Book,
    Heard,
    Phase,
    Reported,
    Step,
    Talk,
    Understood,
    Withdrawn,
    ask,
    ask_again,
    end,
    say,
    with_outcomes,
)


def claimed(talk: Talk, intent: str, book: Book) -> Step:
    """A right was claimed. Told to a person at once; what withdraws a consent is read back and waits for a yes."""
    kind = "no_contact" if intent == "no_voice" and talk.channel != "speaker" else intent
    told = (Understood(scored=False), Reported(f"rights.{kind}"))
    if not kind.startswith("no_"):
        return with_outcomes(say(talk, book.script.say(f"rights.{kind}", talk.turn), listen=True), *told)
    asking = replace(talk, before=talk.question)
    asked, outcomes = ask(asking, f"rights.{kind}", book)
    return replace(asked, phase=Phase.CONFIRMING, asked=talk.asked), (*told, *outcomes)


def confirmed(talk: Talk, heard: Heard, book: Book) -> Step:
    """The answer to what was read back. Only a plain yes withdraws; two unclear answers leave it to a person."""
    answer = book.listen.answer(heard.text)
    key = talk.question or ""
    if answer == "yes" or book.listen.intent(heard.text) == key.removeprefix("rights."):
        right = book.script.part(key)
        topics = Withdrawn(tuple(right["withdraw"]))
        if right.get("goes_on"):
            return with_outcomes(say(replace(talk, phase=Phase.TALKING), right["done"], listen=True), topics)
        return with_outcomes(end(talk, "withdrawn", right["done"]), topics)
    if answer == "no":
        return say(replace(talk, phase=Phase.TALKING), book.script.say("rights.kept", talk.turn), listen=True)
    if talk.unsure:
        return end(talk, "unclear", book.script.say("rights.unconfirmed", talk.turn))
    return ask_again(replace(talk, unsure=1), book, "rights.unclear")
