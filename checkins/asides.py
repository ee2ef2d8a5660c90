"""What a resident asks of the service in between: the time, the day, the weather. Answered, or honestly not. Pure."""

from checkins.talk import Book, Heard, Talk


def told(talk: Talk, intent: str, heard: Heard, book: Book) -> str | None:
    """The answer to a question that has nothing to do with the talk; None where the intent is no such question."""
    if intent not in ("time", "date", "weather", "unknowable"):
        return None
    script, at = book.script, heard.around.at
    if intent in ("weather", "unknowable") or at is None:
        return script.say(f"aside.{'unknowable' if intent not in ('weather',) else intent}", talk.turn)
    if intent == "date":
        weekday = script.part("aside.weekdays")[at.weekday()]
        return script.say("aside.date", talk.turn, month=str(at.month), day=str(at.day), weekday=weekday)
    half = script.say(f"aside.{'morning' if at.hour < 12 else 'afternoon'}")
    hour, minute = str((at.hour - 1) % 12 + 1), str(at.minute)
    key = "aside.time" if at.minute else "aside.time_sharp"
    return script.say(key, talk.turn, half=half, hour=hour, minute=minute)


def is_an_answer(talk: Talk, intent: str) -> bool:
    """Whether what could be an aside is rather an answer: "심심해" to "how do you feel?"."""
    return intent == "bored" and (bool(talk.agenda) or talk.question not in ("how", "more", "chat", None))
