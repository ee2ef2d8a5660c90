"""The phases of a talk: the diagram shows the table, and nothing leaves it."""

import re
from pathlib import Path

import pytest

from checkins import phases
from checkins.dialogue import step
from checkins.phases import TABLE, IllegalTurn
from checkins.talk import Again, Event, Heard, Open, Phase, Reconnected, Silent, Talk
from tests.checkins.book import book, meaning
from tests.checkins.converse import converse
from tests.checkins.test_talks import TALKS


def test_the_diagram_shows_the_table() -> None:
    text = (Path(phases.__file__).parent / "talk.mmd").read_text("utf-8")
    drawn = set(re.findall(r"^\s*(\w+) --> (\w+): (\w+)$", text, re.M))
    assert drawn == {(a.value, b.value, event.__name__) for (a, event), after in TABLE.items() for b in after}


def test_every_transition_of_the_table_happens_in_some_talk() -> None:
    """Steps through every event from every phase that the talks of the suite reach."""
    events: list[Event] = [Again("speaker"), Silent(), Reconnected()]
    said = ["응", "아니", "그만", "글쎄 그게", "이제 전화하지 마", "다시 말해줘", "무릎이 좀 그래"]
    heard = [Heard(text, meaning()) for text in said] + [Heard("살려줘", meaning(help_call="emergency"))]
    seen: set[tuple[Phase, type, Phase]] = {(Phase.OPEN, Open, Phase.OPEN)}
    for turns in TALKS.values():
        for length in range(len(turns) + 1):
            talk = converse(*turns[:length]).talk if length else converse().talk
            for event in events if talk.phase is not Phase.CLOSED else events[-1:]:
                after = step(talk, event, book())[0]
                seen.add((talk.phase, type(event), after.phase))
                if isinstance(event, Silent) and after.phase is not Phase.CLOSED:
                    seen.add((after.phase, Silent, step(after, event, book())[0].phase))
            for one in heard if talk.phase is not Phase.CLOSED else []:
                seen.add((talk.phase, Heard, step(talk, one, book())[0].phase))
            if talk.phase is Phase.CLOSED:
                break
    assert seen == {(a, event, b) for (a, event), after in TABLE.items() for b in after}


@pytest.mark.parametrize("event", [Heard("네", meaning()), Silent(), Open("plan", 9), Again("speaker")])
def test_a_closed_talk_hears_nothing(event: Heard | Silent | Open | Again) -> None:
    closed = Talk("영희 어르신", phase=Phase.CLOSED)
    with pytest.raises(IllegalTurn):
        step(closed, event, book())
