"""A coordinator says a sentence otherwise: heard from the next talk on, in every process, while a talk that is going on
keeps its words; put back, and never in the way of an update."""

import pytest
from sqlmodel import Session

from checkins import scripts
from checkins.scripts import Overtaken
from checkins.service import Checkins
from checkins.tables import WordingRow
from checkins.wordings import BadWordings
from prompts import Words, load
from store import FixedClock, Store
from store.audit import entries
from tests.checkins.town import Town

WORDS = load("ko")
MORNING, SLEEP = "greeting.morning", "ask.sleep.prompt"


@pytest.fixture
def town(store: Store, clock: FixedClock) -> Town:
    """Monday, before the first talk."""
    town = Town(store, clock)
    town.checkins = Checkins(WORDS, town.wellbeing, town.zone)
    town.moves_in()
    return town


def change(town: Town, key: str, *wordings: str, seen: int = 0, why: str = "더 부드럽게") -> int:
    return town.store.write(scripts.change, WORDS, key, wordings, seen, why, "u-1", town.clock.now())


def heard(town: Town, hour: int = 9, minute: int = 30) -> list[str]:
    town.until(hour, minute)
    return [text for _, text in town.news()]


def test_from_the_next_talk_on_and_not_in_this_one(town: Town) -> None:
    heard(town)
    change(town, "ask.how.prompt", "오늘은 편안하세요?")
    change(town, "close.stop", "네, 다음에 또 올게요.")
    town.says("그만")
    assert "다음에 또 올게요" not in town.news()[-1][1]
    assert heard(town)[0].endswith("오늘은 편안하세요?")
    town.says("그만")
    assert town.news()[-1][1] == "네, 다음에 또 올게요."


def test_another_process_says_it_too(town: Town) -> None:
    heard(town)
    town.says("그만")
    town.news()
    change(town, MORNING, "{called}, 밝은 아침이에요.")
    town.checkins = Checkins(WORDS, town.wellbeing, town.zone)
    assert heard(town)[0].startswith("영희 어르신, 밝은 아침이에요.")


def test_put_back_to_an_earlier_one_and_to_the_shipped_one(town: Town) -> None:
    def said() -> tuple[str, ...]:
        return town.store.read(scripts.standing, WORDS)[SLEEP].wordings

    shipped = said()
    one = change(town, SLEEP, "푹 주무셨어요?")
    two = change(town, SLEEP, "꿀잠 주무셨어요?", seen=one)
    assert said() == ("꿀잠 주무셨어요?",)
    three = change(town, SLEEP, "푹 주무셨어요?", seen=two, why="되돌림")
    assert said() == ("푹 주무셨어요?",)
    change(town, SLEEP, seen=three)
    assert said() == shipped
    kept = town.store.read(scripts.history, SLEEP)
    assert [(one.number, one.wordings, one.by) for one in kept] == [
        (4, (), "u-1"),
        (3, ("푹 주무셨어요?",), "u-1"),
        (2, ("꿀잠 주무셨어요?",), "u-1"),
        (1, ("푹 주무셨어요?",), "u-1"),
    ]
    audited = [row for row in town.store.read(entries) if row.what == "script"]
    assert [row.detail["number"] for row in audited] == [4, 3, 2, 1]


def test_nothing_that_cannot_be_said_is_kept_and_nobody_overwrites_another(town: Town) -> None:
    with pytest.raises(BadWordings):
        change(town, SLEEP, "왜 자꾸 못 주무세요?")
    one = change(town, SLEEP, "푹 주무셨어요?")
    with pytest.raises(Overtaken):
        change(town, SLEEP, "꿀잠 주무셨어요?")
    with pytest.raises(KeyError):
        change(town, "ask.dreams.prompt", "꿈은 꾸셨어요?")
    assert change(town, SLEEP, "푹 주무셨어요?", seen=one) == one, "the same once more is no change"
    assert len(town.store.read(scripts.history, SLEEP)) == 1


def test_an_update_of_the_shipped_words_leaves_the_change_and_says_so(town: Town) -> None:
    change(town, SLEEP, "푹 주무셨어요?")
    change(town, MORNING, "{called}, 밝은 아침이에요.")
    talk = WORDS.data("talk")
    ask = {**talk["ask"], "sleep": {**talk["ask"]["sleep"], "prompt": ["간밤은 어떠셨어요?"]}}
    greeting = {name: text for name, text in talk["greeting"].items() if name != "morning"}
    newer = Words({**WORDS.files(), "talk": {**talk, "ask": ask, "greeting": greeting}})
    sleep = town.store.read(scripts.standing, newer)[SLEEP]
    assert (sleep.wordings, sleep.changed, sleep.moved) == (("푹 주무셨어요?",), True, True)
    assert [one.key for one in town.store.read(scripts.left_over, newer)] == [MORNING]
    assert town.store.read(scripts.in_force, newer)["ask"]["sleep"]["prompt"] == ["푹 주무셨어요?"]


def test_what_the_new_rules_refuse_is_said_as_shipped_and_stays_on_the_page(town: Town) -> None:
    """Kept before a rule came in: nobody hears it, nobody loses it."""

    def keep(tx: Session) -> None:
        tx.add(WordingRow(number=1, key=SLEEP, wordings=["잘 잤니?"], shipped=[], at=town.clock.now(), by="u", why=""))

    town.store.write(keep)
    sleep = town.store.read(scripts.standing, WORDS)[SLEEP]
    assert (sleep.changed, sleep.wordings) == (False, sleep.sentence.shipped)
    assert [fault.code for fault in sleep.faults] == ["rude"]
    assert heard(town)


def test_the_list_of_all_that_is_said_marks_what_is_changed(town: Town) -> None:
    change(town, SLEEP, "푹 주무셨어요?")
    change(town, "ask.sleep.closed", "푹 주무셨어요?")
    marked = [(one.key, one.text) for one, changed in town.store.read(scripts.said_now, WORDS) if changed]
    usual, formal = "푹 주무셨어요?", "푹 주무셨습니까?"
    keys = ("talk.ask.sleep.prompt.1", "talk.ask.sleep.closed")
    assert marked == [*((key, usual) for key in keys), *((f"{key} (formal)", formal) for key in keys)]


def test_few_books_are_kept_at_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "_BOOKS", 2)
    seen = 0
    for n in range(4):
        seen = change(town, SLEEP, f"{n}시간은 주무셨어요?", seen=seen)
        town.store.read(lambda tx, at: scripts.book(town.checkins, tx, at), seen)
    assert sorted(town.checkins.edited) == [3, 4]
