"""Who answers the question about a silence, a long stay or the door at night is not looked for; who does not, is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from residents import service as people
from residents.tables import ChatRow, DeviceRow, ResidentRow
from sensors import lingering, silence
from sensors.place import Place
from sensors.silence import Silence
from sensors.watch import HomeWatch, stretch_of
from settings import Settings
from speech.meaning import Meaning, RiskLevel
from store import FixedClock, Store
from tests.checkins.book import meaning
from tests.conftest import SEOUL
from tests.databases import Template, sqlite_copy
from tests.sensors.conftest import Signs, settle
from tests.sensors.test_watching import Asked, Town, moves, weeks_of_life
from tests.wired import house_of
from wiring.services import Services, make_services

SPEAKER, CHAT = ("speaker", "home-001/speaker-1"), ("telegram", "chat-1")


@dataclass
class Home(Town):
    """The town with all services as they are wired, and a resident who may answer."""

    services: Services = field(kw_only=True)

    def look(self) -> None:
        super().look()
        self.store.write(self.services.checkins.sweep, self.clock.now(), self.clock.real())

    def says(
        self,
        text: str,
        by: tuple[str, str] = SPEAKER,
        sure: float | None = 1.0,
        meant: Meaning | None = None,
        who: str = "r-1",
    ) -> None:
        hear = self.services.checkins.hear
        self.store.write(hear, who, *by, text, sure, meant or meaning(), self.clock.now())

    def told(self, kind: str) -> list[str | None]:
        """The levels told about the resident, `None` for the question."""
        signs = self.store.read(self.services.wellbeing.signs_of, "r-1")[::-1]
        return [sign.level.value if sign.level else None for sign in signs if sign.kind == kind]

    def was_asked(self) -> int:
        """How many questions about a silence have been put."""
        shown = self.store.read(self.services.checkins.of_resident, "r-1")
        return sum(one.origin == "silence" for one in shown)


def _voices(tx: Session, clock: FixedClock) -> None:
    tx.add(DeviceRow(home="home-001", device="bathroom_motion", kind="motion", room="bathroom"))
    tx.add(DeviceRow(home="home-001", device="speaker-1", kind="speaker"))
    tx.add(ChatRow(chat="chat-1", kind="resident", person="r-1", linked_at=clock.now()))
    for topic in ("voice", "chat"):
        people.set_consent(tx, "r-1", topic, True, by="test", now=clock.now())
    people.set_presence(tx, "home-001", "speaker-1", clock.now() + timedelta(days=99), "test")


def home_in(store: Store, clock: FixedClock, signs: Signs) -> Home:
    """The town of this store as the product wires it."""
    services = make_services(house_of(store, clock, Settings()))
    return Home(store, clock, signs, Asked(), services.sensors, services=services)


@pytest.fixture(scope="module")
def sixteen_days(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Template) -> tuple[Template, datetime]:
    """Sixteen ordinary days later, ten in the morning. Lived once: it takes longer than what is told of it."""
    url = sqlite_copy(tmp_path_factory.mktemp("lived"), sqlite_template)
    store, clock = sqlite_template.store(url), FixedClock(datetime(2026, 11, 23, 7, tzinfo=SEOUL))
    store.write(settle, datetime(2026, 11, 1, tzinfo=SEOUL))
    store.write(_voices, clock)
    live = home_in(store, clock, Signs())
    weeks_of_life(live)
    live.say("home-001/readings/plug", {"kind": "power", "value": 2})
    live.say("home-001/zigbee2mqtt/front_door", {"contact": True})
    live.passes(1)
    store.close()
    return Template(url, sqlite_template.engine), clock.now()


@pytest.fixture
def home(tmp_path: Path, signs: Signs, sixteen_days: tuple[Template, datetime]) -> Iterator[Home]:
    """Its own such town."""
    lived, at = sixteen_days
    store = lived.store(sqlite_copy(tmp_path, lived))
    yield home_in(store, FixedClock(at), signs)
    store.close()


def in_the_bathroom(home: Home) -> str:
    moves(home)
    home.passes(1)
    moves(home, device="bathroom_motion")
    home.passes(1)
    return "bathroom_stay"


def out_at_night(home: Home) -> str:
    moments = [(home.clock.now() + timedelta(minutes=minute), "home-001") for minute in range(5, 720, 9)]
    home.say_all("bedroom_motion", {"occupancy": True}, moments)
    home.clock.forward(hours=12)
    home.passes(60)
    home.clock.forward(hours=3)
    home.say("home-001/readings/plug", {"kind": "power", "value": 2})
    moves(home)
    home.passes(15)
    home.say("home-001/zigbee2mqtt/front_door", {"contact": False})
    home.passes(1)
    return "night_door"


def asked_about(home: Home, stretch: Callable[[Home], str]) -> str:
    """Until the question has been put; which sign it belongs to."""
    kind, before = stretch(home), home.was_asked()
    for _ in range(30):
        home.passes(5, step=5)
        if home.was_asked() > before:
            break
    home.passes(2)
    assert home.told(kind)[-1:] == [None]
    return kind


@pytest.fixture(params=[in_the_bathroom, out_at_night])
def stretch(request: pytest.FixtureRequest) -> Callable[[Home], str]:
    """One of the two that ask."""
    return request.param  # type: ignore[no-any-return]


def test_without_an_answer_a_person_must_look(home: Home, stretch: Callable[[Home], str]) -> None:
    kind = asked_about(home, stretch)
    home.passes(300)
    assert home.told(kind) == [None, "urgent"]


@pytest.mark.parametrize("by", [SPEAKER, CHAT])
def test_whoever_answers_is_not_looked_for(home: Home, stretch: Callable[[Home], str], by: tuple[str, str]) -> None:
    kind = asked_about(home, stretch)
    home.says("응 괜찮아", by, None if by == CHAT else 1.0)
    home.passes(300)
    assert home.told(kind) == [None]


@pytest.mark.parametrize(("text", "sure"), [("으어", 0.2), ("", 0.0)])
def test_what_was_not_heard_is_no_answer(home: Home, stretch: Callable[[Home], str], text: str, sure: float) -> None:
    kind = asked_about(home, stretch)
    home.says(text, sure=sure)
    home.passes(300)
    assert home.told(kind) == [None, "urgent"]


def test_an_answer_before_the_question_is_none(home: Home) -> None:
    kind = in_the_bathroom(home)
    home.passes(5)
    home.says("응 괜찮아")
    home.says("나중에 하자")
    home.passes(90, step=5)
    assert (home.told(kind), home.was_asked()) == ([None], 1)
    home.passes(120)
    assert home.told(kind) == [None, "urgent"]


@pytest.mark.parametrize(("next_words", "then"), [("밥도 먹었어", []), ("", ["urgent"])])
def test_a_talk_that_is_going_on_answers_with_its_next_words(home: Home, next_words: str, then: list[str]) -> None:
    kind = in_the_bathroom(home)
    home.passes(85, step=5)
    home.says("안녕하세요", CHAT, None)
    home.says("잘 잤어", CHAT, None, meaning("sleep.good"))
    home.passes(8, step=1)
    assert (home.told(kind), home.was_asked()) == ([None], 0)
    home.says(next_words, sure=1.0 if next_words else 0.0)
    home.passes(300)
    assert home.told(kind) == [None, *then]


def test_a_cry_in_the_answer_is_an_emergency_and_clears_nothing(home: Home) -> None:
    kind = asked_about(home, in_the_bathroom)
    home.says("사람 살려", meant=meaning(help_call=RiskLevel.EMERGENCY))
    assert home.told("help_call") == ["emergency"]
    home.says("괜찮아")
    home.passes(300)
    assert home.told(kind) == [None, "urgent"]


def test_another_stay_is_asked_about_anew(home: Home) -> None:
    kind = asked_about(home, in_the_bathroom)
    home.says("응 괜찮아")
    home.says("나중에 하자")
    home.passes(10)
    asked_about(home, in_the_bathroom)
    home.passes(300)
    assert home.told(kind)[-1] == "urgent"


def starts_again(home: Home) -> None:
    """The process ends and another one begins with what stands in the store."""
    home.services = make_services(house_of(home.store, home.clock, Settings()))
    home.sensors = home.services.sensors


def asked_by_silence(home: Home, hours: int = 12) -> None:
    """Nobody moves any more, until the question is put."""
    before = home.was_asked()
    for _ in range(hours * 6):
        if home.was_asked() > before:
            return
        home.passes(10)
    pytest.fail("nobody asked")


def sent(home: Home) -> list[str | None]:
    """For what a person was sent, or would have to look, while the home was silent."""
    return [level for kind in ("silence", "missed_checkin") for level in home.told(kind) if level is not None]


@pytest.mark.parametrize("by", [SPEAKER, CHAT])
def test_an_answer_clears_a_silence_until_it_asks_again_and_nobody_answers(home: Home, by: tuple[str, str]) -> None:
    """The service starts anew at each turn of it; nothing of it is forgotten, and nothing said twice."""
    asked_by_silence(home)
    starts_again(home)
    home.says("응 괜찮아", by, None if by == CHAT else 1.0)
    home.says("나중에 하자", by, None if by == CHAT else 1.0)
    starts_again(home)
    home.passes(10)
    watch = home.store.read(home.sensors.watching.watch_of, "home-001")
    assert watch is not None
    assert not watch.is_silent
    asked_by_silence(home)
    assert (home.told("silence"), sent(home)) == ([None, None], [])
    asked_again = home.store.read(home.services.wellbeing.signs_of, "r-1")[0]
    assert "에 말씀을 나누셔서, 그때부터" in asked_again.text
    starts_again(home)
    home.passes(85)
    assert home.told("missed_checkin") == ["urgent"]
    home.passes(20 * 60, step=30)
    assert home.told("silence") == [None, None, "urgent"]


@pytest.mark.parametrize("words", ["", "사람 살려"])
def test_what_is_no_answer_or_a_cry_ends_no_silence(home: Home, words: str) -> None:
    asked_by_silence(home)
    home.says(words, sure=float(bool(words)), meant=meaning(help_call=RiskLevel.EMERGENCY) if words else None)
    home.passes(20 * 60, step=30)
    assert home.told("silence") == [None, "urgent"]


def test_whoever_begins_to_talk_is_not_silent_and_is_asked_later(home: Home) -> None:
    watch = home.store.read(home.sensors.watching.watch_of, "home-001")
    assert watch is not None
    assert watch.life is not None
    asks = silence.follow(Silence(stretch_of(watch.life, watch.life.last)), watch.rhythm).times[0]
    home.passes((asks - home.clock.now().timestamp()) / 60 - 5)
    for words in ("안녕하세요", "잘 잤어", "나중에 하자"):
        home.says(words, CHAT, None)
    home.passes(30)
    assert home.clock.now().timestamp() > asks
    assert (home.told("silence"), home.was_asked()) == ([], 0)
    asked_by_silence(home)
    assert (home.told("silence"), sent(home)) == ([None], [])


@pytest.mark.parametrize(("by", "is_out"), [(SPEAKER, False), (CHAT, True)])
def test_whoever_answers_at_the_speaker_is_not_out(home: Home, by: tuple[str, str], is_out: bool) -> None:
    asked_about(home, out_at_night)
    home.says("응 괜찮아", by, None if by == CHAT else 1.0)
    home.passes(300)
    watch = home.store.read(home.sensors.watching.watch_of, "home-001")
    assert watch is not None
    assert watch.life is not None
    assert (watch.life.place == Place.EXIT) is is_out


def _moves_in_too(tx: Session, clock: FixedClock) -> None:
    tx.add(ResidentRow(id="r-9", name="최동거", called="최동거 어르신", home="home-001"))
    tx.flush()
    for topic in ("sensors", "voice"):
        people.set_consent(tx, "r-9", topic, True, by="test", now=clock.now())


@pytest.mark.parametrize(("who", "then"), [(("r-9",), ["urgent"]), (("r-1", "r-9"), [])])
def test_of_a_couple_both_must_answer(home: Home, who: tuple[str, ...], then: list[str]) -> None:
    home.store.write(_moves_in_too, home.clock)
    kind = asked_about(home, in_the_bathroom)
    for one in who:
        home.says("응 괜찮아", who=one)
    home.passes(300)
    assert home.told(kind) == [None, *then]


def test_an_old_state_still_reads_and_waits_for_nothing(home: Home) -> None:
    asked_about(home, in_the_bathroom)
    state = home.store.read(home.sensors.watching.watch_of, "home-001")
    assert state is not None
    kept = state.to_json()
    del kept["habits"]["asked"]
    assert lingering.asked_at(state) is not None
    assert lingering.asked_at(HomeWatch.from_json(kept)) is None
