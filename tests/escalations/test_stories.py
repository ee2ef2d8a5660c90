"""What people live through: who is asked when, and that nobody is asked without need."""

import pytest
from sqlmodel import Session

from escalations.errors import AlreadyClosed, AlreadyTaken, NotAllowed, UnknownOutcome
from escalations.tables import PolicyRow
from residents import service as people
from residents.sign import Level, Part, Source
from residents.tables import ContactRow
from store import FixedClock, Store
from tests.escalations.story import Shift, Story, begin, staff


async def test_an_sos_goes_round_until_a_coordinator_has_it(story: Story) -> None:
    id = await story.happens("sos")
    assert story.phones.news() == [("c-1", "page"), ("u-1", "page")]
    assert "김안부" in story.phones.last_to("c-1").body["text"]
    assert story.phones.last_to("u-1").body["buttons"] == [{"text": "내가 확인할게요", "data": f"ack:{id}"}]

    await story.passes(seconds=59)
    assert story.phones.news() == []
    await story.passes(seconds=1)
    assert story.phones.news() == [("c-2", "page"), ("u-2", "page")]
    await story.passes(seconds=60)
    assert story.phones.news() == [("u-9", "page")]

    await story.passes(seconds=60)
    assert story.phones.news() == [("c-1", "page"), ("u-1", "page")]
    assert "다시 알림 2회째" in story.phones.last_to("u-1").body["text"]
    assert "round" in story.ledger(id)

    await story.confirms("c-1", id)
    assert story.phones.news() == [("u-1", "notice"), ("u-2", "notice"), ("u-9", "notice")]
    await story.passes(seconds=60)
    assert story.phones.news() == [("u-2", "page")], "further contacts rest, staff do not"

    await story.takes("u-2", id)
    assert story.phones.news() == [("c-1", "notice"), ("c-2", "notice"), ("u-1", "notice"), ("u-9", "notice")]
    assert "최차례" in story.phones.last_to("c-1").body["text"]
    assert story.phones.last_to("u-1").body["edit"]
    await story.passes(minutes=29)
    assert story.phones.news() == []


async def test_closing_tells_everybody_who_was_told(story: Story) -> None:
    id = await story.happens("sos")
    await story.passes(seconds=60)
    story.phones.news()
    await story.closes("u-1", id, "119", "구급대와 함께 병원으로 갔습니다.")
    assert story.phones.news() == [("c-1", "notice"), ("c-2", "notice"), ("u-2", "notice")]
    assert "119" in story.phones.last_to("c-1").body["text"]
    closed = story.store.read(story.escalations.summary, id)
    assert (closed.state, closed.outcome, closed.acknowledged_by_name) == ("closed", "119", "박당번")
    assert closed.next_step_at is None
    await story.passes(hours=1)
    assert story.phones.news() == []
    with pytest.raises(AlreadyClosed):
        await story.takes("u-2", id)


async def test_the_same_person_may_press_again_another_must_say_so(story: Story) -> None:
    id = await story.happens("sos")
    await story.takes("u-1", id)
    story.phones.news()
    await story.takes("u-1", id)
    assert story.phones.news() == []
    with pytest.raises(AlreadyTaken) as taken:
        await story.takes("u-2", id)
    assert taken.value.by == "박당번"
    await story.takes("u-2", id, take_over=True)
    told = [("c-1", "notice"), ("u-1", "notice")]
    assert story.phones.news() == told, "who was asked and who had it see who has it now"
    assert story.store.read(story.escalations.summary, id).acknowledged_by_name == "최차례"
    assert [what for what in story.ledger(id) if what in ("acknowledged", "taken_over")] == [
        "acknowledged",
        "taken_over",
    ]


async def test_only_staff_take_an_escalation_and_only_with_a_known_outcome(story: Story) -> None:
    id = await story.happens("sos")
    with pytest.raises(NotAllowed):
        await story.takes("u-7", id)
    with pytest.raises(UnknownOutcome):
        await story.closes("u-1", id, "whatever")
    with pytest.raises(NotAllowed):
        await story.confirms("c-unknown", id)
    assert story.store.read(story.escalations.summary, id).state == "open"


async def test_nobody_on_duty_is_on_record_and_supervisors_stand_in_at_once(store: Store, clock: FixedClock) -> None:
    story = begin(store, clock, Shift("u-1", "sat,sun"))
    id = await story.happens("sos")
    assert story.phones.news() == [("c-1", "page"), ("c-2", "page"), ("u-9", "page")]
    assert "nobody_on_duty" in story.ledger(id)
    await story.passes(seconds=59)
    assert story.phones.news() == []


async def test_whoever_cannot_be_reached_costs_no_time(story: Story) -> None:
    story.store.write(people.unlink, "chat-u-1", "test", story.clock.now())
    story.store.write(people.unlink, "chat-c-1", "test", story.clock.now())
    id = await story.happens("sos")
    assert story.phones.news() == [("c-2", "page"), ("u-2", "page")]
    assert story.ledger(id).count("unreachable") == 2


async def test_with_nobody_at_all_it_stays_open_and_due_and_goes_round(store: Store, clock: FixedClock) -> None:
    story = begin(store, clock)
    for chat in ("chat-u-1", "chat-u-2", "chat-u-9", "chat-c-1", "chat-c-2"):
        store.write(people.unlink, chat, "test", clock.now())
    id = await story.happens("sos")
    for _ in range(3):
        due = store.read(story.escalations.summary, id).next_step_at
        assert due is not None
        assert due > clock.now()
        await story.passes(seconds=60)
    assert story.ledger(id).count("round") == 3
    assert story.phones.news() == []


async def test_a_worse_sign_raises_the_level_and_asks_anew(story: Story) -> None:
    id = await story.happens("missed_checkin", Level.WATCH, source=Source.CHECKIN, part=Part.ANSWERING)
    assert story.phones.news() == [("u-1", "page")]
    await story.takes("u-1", id)
    await story.passes(minutes=10)
    story.phones.news()
    assert await story.happens("sos") == id
    assert story.phones.news() == [("c-1", "page"), ("u-1", "page")]
    raised = story.store.read(story.escalations.summary, id)
    assert (raised.state, raised.level, raised.acknowledged_by_name) == ("open", "emergency", None)
    assert "더 급해졌습니다" in story.phones.last_to("u-1").body["text"]


async def test_signs_within_half_an_hour_join_later_emergencies_do_not(story: Story) -> None:
    first = await story.happens("sos")
    await story.passes(minutes=29)
    assert await story.happens("fall") == first
    await story.passes(minutes=2)
    assert await story.happens("sos") != first


async def test_what_is_known_already_joins_however_late(story: Story) -> None:
    first = await story.happens("missed_checkin", Level.WATCH)
    await story.passes(hours=5)
    assert await story.happens("missed_checkin", Level.WATCH) == first
    assert await story.happens("low_band", Level.WATCH) != first


async def test_technical_and_human_matters_do_not_mix(story: Story) -> None:
    human = await story.happens("silence", Level.URGENT)
    technical = await story.happens("battery_low", Level.TECHNICAL)
    assert technical != human
    assert story.phones.news() == [("u-1", "page"), ("u-7", "page")]


async def test_the_same_sign_twice_is_once(story: Story) -> None:
    sign = story.sign()
    first = story.store.write(story.escalations.raise_sign, sign, story.clock.now())
    await story.sender.once()
    story.phones.news()
    assert story.store.write(story.escalations.raise_sign, sign, story.clock.now()) == first
    await story.sender.once()
    assert story.phones.news() == []


async def test_a_second_cry_reaches_whoever_has_the_first(story: Story) -> None:
    id = await story.happens("sos")
    await story.takes("u-1", id)
    story.phones.news()
    assert await story.happens("sos") == id
    assert story.phones.news() == [("u-1", "notice")]
    assert story.store.read(story.escalations.summary, id).state == "acknowledged"


async def test_a_second_cry_reaches_those_on_duty_where_the_taker_has_no_phone(story: Story) -> None:
    id = await story.happens("sos")
    await story.takes("u-9", id)
    story.store.write(
        lambda tx: people.unlink(tx, people.chat_of(tx, "coordinator", "u-9") or "", "test", story.clock.now())
    )
    story.phones.news()
    await story.happens("sos")
    assert story.phones.news() == [("u-1", "notice"), ("u-2", "notice")]
    assert "unreachable" in story.ledger(id)


async def test_whatever_joins_what_somebody_has_is_told_to_them_as_nobody_is_paged_any_more(story: Story) -> None:
    id = await story.happens("missed_checkin", Level.WATCH)
    await story.takes("u-1", id)
    story.phones.news()
    await story.passes(days=1)
    assert await story.happens("missed_checkin", Level.WATCH, text="오늘도 대답이 없으십니다.") == id
    assert story.phones.news() == [("u-1", "notice")]
    assert "오늘도 대답이 없으십니다." in story.phones.last_to("u-1").body["text"]
    await story.passes(hours=14)  # at night: what can wait waits for the morning
    assert await story.happens("missed_checkin", Level.WATCH) == id
    assert story.phones.news() == []
    await story.passes(hours=10)
    assert story.phones.news() == [("u-1", "notice")] * 2, "what came up at night, and how it stands after two days"
    assert story.ledger(id).count("told_more") == 2


async def test_a_wish_to_die_is_told_at_once_to_whoever_has_what_came_before(story: Story) -> None:
    id = await story.happens("missed_checkin", Level.URGENT)
    await story.takes("u-1", id)
    await story.passes(minutes=20)
    story.phones.news()
    assert await story.happens("self_harm", Level.URGENT) == id
    assert story.phones.news() == [("u-1", "notice")]


async def test_urgent_leaves_fifteen_minutes_to_each(story: Story) -> None:
    await story.happens("silence", Level.URGENT, source=Source.SENSOR)
    assert story.phones.news() == [("u-1", "page")]
    for who in ("c-1", "u-2", "u-9", "u-1"):
        await story.passes(minutes=14, seconds=59)
        assert story.phones.news() == []
        await story.passes(seconds=1)
        assert story.phones.news() == [(who, "page")]


async def test_contacts_hear_of_urgent_matters_only_what_is_shared_with_them(story: Story) -> None:
    await story.happens("self_harm", Level.URGENT, part=Part.MOOD, source=Source.TALK)
    story.phones.news()
    await story.passes(minutes=15)
    assert story.phones.news() == [("u-2", "page")], "mood is not shared with anybody, so the next coordinator is asked"


async def test_an_emergency_reaches_contacts_without_family_sharing_unless_they_never_want_it(story: Story) -> None:
    def never(tx: Session) -> None:
        row = tx.get(ContactRow, "c-1")
        assert row is not None
        row.emergency = False
        people.set_consent(tx, "r-1", "family", False, "test", story.clock.now())

    story.store.write(never)
    await story.happens("sos")
    assert story.phones.news() == [("c-2", "page"), ("u-1", "page")]


async def test_watch_waits_for_working_hours_but_is_shown_at_once(story: Story) -> None:
    await story.passes(hours=13)  # Monday, 22:00
    id = await story.happens("wish", Level.WATCH)
    assert story.phones.news() == []
    assert story.store.read(story.escalations.listing, "open").items[0].id == id
    await story.passes(hours=11)  # Tuesday, 09:00
    assert story.phones.news() == [("u-1", "page")]
    await story.passes(hours=23, minutes=59)
    assert story.phones.news() == []
    await story.passes(minutes=1)  # Wednesday, 09:00: the supervisor
    assert story.phones.news() == [("u-9", "page")]


async def test_technical_goes_to_the_technician_and_after_two_working_days_to_a_coordinator(story: Story) -> None:
    await story.passes(days=4)  # Friday
    await story.happens("offline", Level.TECHNICAL, resident=None, home="home-1")
    assert story.phones.news() == [("u-7", "page")]
    await story.passes(days=3, hours=23)
    assert story.phones.news() == []
    await story.passes(hours=1)  # Tuesday
    assert story.phones.news() == [("u-1", "page")]


async def test_an_emergency_at_night_leaves_at_once(story: Story) -> None:
    await story.passes(hours=18)
    await story.happens("sos")
    assert story.phones.news() == [("c-1", "page"), ("u-1", "page")]


async def test_a_changed_roster_moves_people_but_not_the_frozen_policy(story: Story) -> None:
    id = await story.happens("sos")
    story.phones.news()
    story.roster(Shift("u-2", rank=1))
    await story.passes(seconds=60)
    assert story.phones.news() == [("c-2", "page"), ("u-9", "page")], "rank 2 was promised: nobody there, so on at once"
    assert story.store.read(story.escalations.detail, id, story.clock.now()).policy["levels"]["emergency"]["steps"][1][
        "to"
    ] == ["rank:2", "contact:2"]


async def test_the_supervisors_step_is_broadcast_too(store: Store, clock: FixedClock) -> None:
    story = begin(store, clock, notify_urls=("json://city.example",))
    await story.happens("sos")
    await story.passes(seconds=60)
    story.phones.news()
    await story.passes(seconds=60)
    assert story.phones.news() == [("json://city.example", "page"), ("u-9", "page")]


async def test_districts_come_first_anybody_comes_second(store: Store, clock: FixedClock) -> None:
    story = begin(store, clock, Shift("u-1", rank=1), Shift("u-2", rank=1))

    def districts(tx: Session, one: list[str], two: list[str]) -> None:
        from residents.tables import CoordinatorRow

        for id, names in (("u-1", one), ("u-2", two)):
            row = tx.get(CoordinatorRow, id)
            assert row is not None
            row.districts = names

    store.write(districts, ["가온동"], ["나래동"])
    await story.happens("sos")
    assert story.phones.news() == [("c-1", "page"), ("u-1", "page")]
    store.write(districts, ["다솜동"], ["나래동"])
    await story.passes(hours=1)
    story.phones.news()
    await story.happens("sos", resident="r-2")
    assert story.phones.news() == [("u-1", "page"), ("u-2", "page")]


async def test_the_list_stands_by_level_and_age_and_pages_on(story: Story) -> None:
    watch = await story.happens("wish", Level.WATCH, resident="r-2")
    await story.passes(minutes=40)
    first = await story.happens("sos")
    await story.passes(minutes=40)
    second = await story.happens("sos")
    page = story.store.read(story.escalations.listing, "live", None, 2)
    assert [item.id for item in page.items] == [first, second]
    rest = story.store.read(story.escalations.listing, "live", page.next, 2)
    assert ([item.id for item in rest.items], rest.next) == ([watch], None)
    with pytest.raises(ValueError, match="state"):
        story.store.read(story.escalations.listing, "nonsense")
    with pytest.raises(ValueError, match="cursor"):
        story.store.read(story.escalations.listing, "all", "nonsense")


async def test_everything_is_on_the_record_with_its_seconds_and_a_brief_lies_ready(story: Story) -> None:
    id = await story.happens("sos")
    await story.passes(seconds=45)
    await story.takes("u-1", id)
    detail = story.store.read(story.escalations.detail, id, story.clock.now())
    assert [(s.what, s.seconds) for s in detail.steps][:4] == [
        ("opened", 0.0),
        ("paged", 0.0),
        ("paged", 0.0),
        ("sent", 0.0),
    ]
    assert ("acknowledged", 45.0) in [(s.what, s.seconds) for s in detail.steps]
    assert all(step.text for step in detail.steps)
    assert detail.evidence[0].rule == "sos@1"
    assert detail.brief["주소"] == "가온로 1"
    assert detail.spoken.startswith("주소는 가온로 1")
    assert {d.state for d in detail.deliveries} == {"sent"}


async def test_one_broken_escalation_does_not_stop_the_others(story: Story) -> None:
    from escalations.tables import EscalationRow

    broken = await story.happens("sos")
    well = await story.happens("sos", resident="r-2")
    story.phones.news()

    def break_it(tx: Session) -> None:
        row = tx.get(EscalationRow, broken)
        assert row is not None
        row.policy = {"nonsense": True}

    story.store.write(break_it)
    await story.passes(seconds=60)
    assert story.phones.news() == [("u-2", "page")], "the second resident's next rank was asked"
    assert story.store.read(story.escalations.summary, well).next_step_at
    assert staff("u-1").may_take("emergency")


async def test_a_late_answer_is_told_to_those_who_were_told_and_a_person_still_closes(story: Story) -> None:
    id = await story.happens("missed_checkin", Level.WATCH)
    story.phones.news()
    story.store.write(story.escalations.late_answer, id, story.clock.now())
    await story.sender.once()
    assert story.phones.news() == [("u-1", "notice")]
    assert story.store.read(story.escalations.summary, id).state == "open"
    await story.closes("u-1", id)
    story.phones.news()
    story.store.write(story.escalations.late_answer, id, story.clock.now())
    await story.sender.once()
    assert story.phones.news() == []


@pytest.mark.parametrize("stored", ["x", {"steps": []}, {"steps": [{"to": ["nobody:1"]}], "calm": False}])
async def test_a_stored_policy_nobody_can_read_stops_no_alarm(story: Story, stored: object) -> None:
    row = PolicyRow(scope="city", levels={"emergency": stored}, at=story.clock.now(), by="u-9")
    story.store.write(lambda tx: tx.add(row))
    id = await story.happens("sos")
    assert story.phones.news() == [("c-1", "page"), ("u-1", "page")]
    detail = story.store.read(story.escalations.detail, id, story.clock.now())
    assert detail.policy["version"] == "policy@3", "the shipped one holds, and the record says so"


async def test_nobody_waits_for_a_technician_whom_the_roster_names(story: Story) -> None:
    story.roster(Shift("u-7"))
    id = await story.happens("sos", resident="r-2")
    assert story.phones.news() == [("u-9", "page")], "who may take nothing over holds nobody up"
    assert "nobody_on_duty" in story.ledger(id)
