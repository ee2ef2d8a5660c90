"""Two hundred talks of made-up residents with the real services, over two weeks, read by what each talk owes them.

What a talk sounds like is for a person to read: `python -m demo.village`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import pytest

from checkins.script import ANSWERED_BY, Script, fill
from demo.personas import Persona, Saying
from demo.village import FIRST_DAY, Line, Morning, Village
from prompts import load
from store import FixedClock
from tests.databases import SECRET, Template, sqlite_copy

DAYS = 13
#: syllables a second: the built-in voice at its pace, an old person at theirs; and the breath between two turns.
SPEAKS, ANSWERS, BREATH_S = 6.0, 4.5, 1.0
#: about three minutes are meant; nobody is held longer than this.
LONGEST_S = 240
#: wording of what is remembered → the topic it stands for.
RECALLED = {"meal": "meals", "pain": "health", "chronic": "health"}
_QUESTION = re.compile(r"[^.!?]*\?")


@dataclass
class Lived:
    """The village after all its days."""

    village: Village
    mornings: list[Morning]

    def of(self, persona: str) -> list[Morning]:
        return [morning for morning in self.mornings if morning.persona.id == persona]

    @property
    def script(self) -> Script:
        return self.village.services.checkins.book.script


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Template) -> Iterator[Lived]:
    """All talks, held once."""
    store = sqlite_template.store(sqlite_copy(tmp_path_factory.mktemp("village"), sqlite_template))
    village = Village(store, FixedClock(FIRST_DAY), load(), SECRET)
    yield Lived(village, [morning for day in range(1, DAYS + 1) for morning in village.day(day)])
    store.close()


def spoken(morning: Morning) -> Iterator[tuple[Line, Line | None, Line | None]]:
    """Each thing a resident said, with what the service had said before and said to it."""
    for at, line in enumerate(morning.lines):
        if line.said is not None:
            before = morning.lines[at - 1] if at else None
            after = morning.lines[at + 1] if at + 1 < len(morning.lines) else None
            yield line, before, after


def question(text: str) -> str | None:
    """The question in what the service said."""
    asked = _QUESTION.findall(text)
    return asked[-1].strip() if asked else None


def shown(found: list[tuple[Morning, str]]) -> str:
    return "\n\n".join(f"{what}\n{morning}" for morning, what in found[:5])


def test_there_are_two_hundred_talks(lived: Lived) -> None:
    assert sum(any(line.said for line in morning.lines) for morning in lived.mornings) >= 200


def test_no_talk_is_a_dead_end(lived: Lived) -> None:
    """Each check-in has an end, and where it had none that was understood, a person was told."""
    lost = [
        (morning, f"{checkin.state} {checkin.reason}")
        for morning in lived.mornings
        for checkin in morning.checkins
        if checkin.state not in ("answered", "cancelled") and not (checkin.state == "missed" and morning.told)
    ]
    assert not lost, shown(lost)
    village = lived.village
    later = village.clock.now() + timedelta(hours=1)
    assert village.store.read(village.services.checkins.without_next_step, later) == []
    silent = [(m, "asked, and left without a word") for m in lived.mornings if m.lines and not ends_well(m)]
    assert not silent, shown(silent)


def ends_well(morning: Morning) -> bool:
    """The last word is the service's; it is no question unless the resident had stopped answering."""
    last = morning.lines[-1]
    if last.who != "service":
        return False
    answered = len(morning.lines) > 1 and morning.lines[-2].who == "resident"
    return not (answered and question(last.text)) or bool(morning.told)


def test_no_question_is_put_twice(lived: Lived) -> None:
    """But where the resident asked back, claimed a right first, was silent, or was not understood."""
    twice = []
    for morning in lived.mornings:
        put: dict[str, Line] = {}
        for before, line in pairwise([None, *morning.lines]):
            if line is None or line.who != "service" or (asked := question(line.text)) is None:
                continue
            if asked in put and before is not None and before.said is not None and plain(before.said, line, morning):
                twice.append((morning, asked))
            put[asked] = line
    assert not twice, shown(twice)


def plain(said: Saying, reply: Line, morning: Morning) -> bool:
    return said.means not in ("again", "unclear", "right", "other") and not morning.persona.misheard(reply.text)


def test_no_topic_that_was_due_is_lost(lived: Lived) -> None:
    """A talk that was held to its end has put every question due that day, or heard the answer to it before."""
    script, lost = lived.script, []
    close = script.part("close")
    kind = [words for wordings in close["after"].values() for words in wordings]
    goodbyes = (*close["done"], *close["done_chat"], *close["after_form"], *kind)
    for morning in lived.mornings:
        texts = [line.text for line in morning.lines if line.who == "service"]
        if not texts or not texts[-1].endswith(goodbyes) or sum("?" in text for text in texts) >= 8:
            continue
        heard = {sign.kind.split("_")[0] for sign in morning.signs}
        sat = any("여쭤봐도 괜찮으세요?" in text for text in texts)
        for topic in agenda(script, morning.day, "short" if sat else "daily"):
            put = any(re.search(words, text) for text in texts for words in wordings(script, topic))
            if not put and ANSWERED_BY[topic] not in heard and topic != "wishes":
                lost.append((morning, topic))
    assert not lost, shown(lost)


def agenda(script: Script, number: int, name: str) -> tuple[str, ...]:
    day = (FIRST_DAY + timedelta(days=number - 1)).date()
    return script.agenda(name, day, frozenset({"health", "medicines"}))


def remembered(script: Script) -> dict[str, list[str]]:
    """Topic → patterns of the questions that take up what was said of it before."""
    found: dict[str, list[str]] = {}
    for how, words in script.part("recall").items():
        patterns = [re.sub(r"\\\{(about|when).*?\\\}", ".+", re.escape(prompt)) for prompt in words["prompt"]]
        found.setdefault(RECALLED.get(how, how), []).extend(patterns)
    return found


def wordings(script: Script, topic: str) -> list[str]:
    question = script.questions[topic]
    named = [re.sub(r"\\\{about.*?\\\}", ".+", re.escape(words)) for words in script.part(f"ask.{topic}.named") or ()]
    plain_words = [re.escape(words) for words in (*question.prompts, question.closed)]
    return [*plain_words, *named, *remembered(script).get(topic, [])]


def test_every_red_flag_brings_a_person(lived: Lived) -> None:
    missed, seen = [], 0
    for morning in lived.mornings:
        for line, _, after in spoken(morning):
            if line.said is None or line.said.means != "red":
                continue
            seen += 1
            if not any(told.level in ("urgent", "emergency") for told in morning.told):
                missed.append((morning, f"nobody was told: {line.text}"))
            if after is None or "담당 선생님" not in after.text or after.text.count("?") != 1:
                missed.append((morning, f"not said who is told, or not asked one thing: {line.text}"))
    assert seen >= 7
    assert not missed, shown(missed)


def test_nobody_is_held_longer_than_they_have_time_for(lived: Lived) -> None:
    long = [(m, f"{length(m):.0f} s") for m in lived.mornings if length(m) > LONGEST_S and not m.told]
    assert not long, shown(long)


def length(morning: Morning) -> float:
    """Seconds a talk takes when it is spoken; one in writing takes the time its resident has."""
    if morning.persona.channel != "speaker":
        return 0.0
    pace = {"service": SPEAKS, "resident": ANSWERS}
    return sum(len(line.text.replace(" ", "")) / pace[line.who] + BREATH_S for line in morning.lines)


def test_nothing_unsure_is_taken_as_fine(lived: Lived) -> None:
    wrong = []
    for morning in lived.mornings:
        for line, _, _ in spoken(morning):
            if line.said is not None and line.said.means in ("unclear", "again"):
                fine = [s.kind for s in morning.signs if s.at == line.at and (s.value or 0) > 0.5]
                wrong += [(morning, f"{line.text} → {fine}")] * bool(fine)
    assert not wrong, shown(wrong)


def test_no_advice_comes_twice_in_a_fortnight(lived: Lived) -> None:
    for advice in filter(None, (ack.advice for ack in lived.script.acks.values())):
        for persona in lived.village.people:
            given = [line for m in lived.of(persona.id) for line in m.lines if advice in line.text]
            assert len(given) <= 1, f"{persona.id}: {advice}"


def test_every_wish_is_told_to_a_person(lived: Lived) -> None:
    lost = [
        (morning, line.text)
        for morning in lived.mornings
        for line, _, _ in spoken(morning)
        if line.said and line.said.means == "wish" and not any(s.at == line.at and s.level for s in morning.signs)
    ]
    assert not lost, shown(lost)


def test_who_wants_to_stop_is_asked_nothing_more(lived: Lived) -> None:
    nagged = [
        (morning, line.text)
        for morning in lived.mornings
        for line, _, after in spoken(morning)
        if line.said and line.said.means == "stop" and (after is None or "?" in after.text)
    ]
    assert not nagged, shown(nagged)


def test_plain_words_are_understood(lived: Lived) -> None:
    said = [
        (m, line, after) for m in lived.mornings for line, _, after in spoken(m) if line.said and not line.said.means
    ]
    misheard = [(m, line.text) for m, line, after in said if after is not None and m.persona.misheard(after.text)]
    assert len(misheard) <= 0.05 * len(said), f"{len(misheard)} of {len(said)}: {sorted({w for _, w in misheard})}"


def test_who_is_well_alarms_nobody(lived: Lived) -> None:
    for persona in ("cheerful", "curt", "texting", "jeolla"):
        woken = [(m, str(m.told)) for m in lived.of(persona) if any(t.level != "watch" for t in m.told)]
        assert not woken, shown(woken)
    about_wishes = {"wish", "wish_late"}
    called = [(m, str(m.told)) for m in lived.of("cheerful") if any(set(t.kinds) - about_wishes for t in m.told)]
    assert not called, shown(called)


def test_who_is_in_distress_screens_positive_and_a_person_hears_of_it(lived: Lived) -> None:
    """PHQ-2 is due a week after the first talk; those who are well screen clear."""
    positive = {m.persona.id for m in lived.mornings for sign in m.signs if sign.kind == "positive_screen"}
    clear = {m.persona.id for m in lived.mornings for sign in m.signs if sign.kind == "screen"}
    assert "distress" in positive
    assert {"cheerful", "curt", "texting"} <= clear
    assert not positive & clear


def test_everybody_answers_everything_they_are_asked(lived: Lived) -> None:
    """A persona without words for a question of the script would prove nothing."""
    people: list[Persona] = lived.village.people
    script = lived.script
    recalls = [
        fill(prompt, about="무릎", when="어제")
        for words in script.part("recall").values()
        for prompt in words["prompt"]
    ]
    asked = [prompt for question in script.questions.values() for prompt in (*question.prompts, question.closed)]
    forms = lived.village.services.checkins.book.forms.instruments.values()
    items = [item.ask for form in forms for item in form.items]
    for prompt in (*asked, *recalls, *items):
        if "더 나눌까요" not in prompt:
            assert all(persona.topic(prompt) not in (None, "else") for persona in people), prompt
    for topic in ANSWERED_BY:
        for prompt in (*script.questions[topic].prompts, script.questions[topic].closed):
            assert all(persona.topic(prompt) == topic for persona in people), prompt
