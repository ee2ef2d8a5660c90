"""The outbox and its sender: sent is written after success, duplicates share a key, emergencies pass."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from escalations import delivery
from escalations.channel import DeliveryOut, Receipt, Refused
from escalations.outbox import Order, cancel, load, post
from escalations.sender import EMERGENCIES, ROUTINE, Sender
from escalations.settling import Desk, Result
from escalations.tables import DeliveryRow, EscalationRow
from residents.sign import Level
from store import Clock, FixedClock, Store
from store.leases import LEASE
from tests.escalations.story import Phones, Story, not_now, refuse
from tests.needs import PATIENCE_S


def order(key: str = "k-1", chat: str = "chat-1", **more: object) -> Order:
    fields: dict[str, object] = {"kind": "question", "channel": "telegram", "body": {"text": "식사하셨어요?"}, **more}
    return Order(key, address=chat, **fields)  # type: ignore[arg-type]


def rows(store: Store) -> list[DeliveryRow]:
    return store.read(lambda tx: list(tx.exec(select(DeliveryRow).order_by(DeliveryRow.id))))


def only(store: Store) -> DeliveryRow:
    (row,) = rows(store)
    return row


@pytest.fixture
def phones() -> Phones:
    return Phones()


def sender_of(store: Store, clock: FixedClock, phones: Phones, failed: list[tuple[str, bool]] | None = None) -> Sender:
    def tell(_tx: Session, it: DeliveryOut, _now: object, final: bool) -> None:
        if failed is not None:
            failed.append((it.key, final))

    return Sender(store, clock, {"telegram": phones}, failed={"question": tell, "page": tell}, label="(두 번째)")


async def test_it_is_sent_once_and_the_same_key_is_one(any_store: Store, clock: FixedClock, phones: Phones) -> None:
    sender = sender_of(any_store, clock, phones)
    first = any_store.write(post, order(), clock.now())
    assert any_store.write(post, order(), clock.now()) == first
    assert await sender.once() == 1
    assert await sender.once() == 0
    assert (only(any_store).state, only(any_store).receipt) == ("sent", "m-1")


async def test_a_crash_between_sending_and_noting_repeats_it_with_the_same_key(
    any_store: Store, clock: FixedClock, phones: Phones
) -> None:
    any_store.write(post, order(kind="page"), clock.now())
    crashed = Desk("crashed", frozenset({"telegram"}))
    (attempt,) = any_store.write(crashed.turn, [], ROUTINE, 10, clock.now(), clock.real())
    await phones.send(attempt)
    sender = sender_of(any_store, clock, phones)
    assert await sender.once() == 0, "the lease still holds"
    clock.forward(seconds=30)
    assert await sender.once() == 1
    assert [d.key for d in phones.taken] == ["k-1", "k-1"]
    assert phones.taken[1].body["text"].startswith("(두 번째)\n")
    assert only(any_store).again == 1


async def test_a_frozen_sender_that_wakes_cannot_overwrite_the_winner(
    any_store: Store, clock: FixedClock, phones: Phones
) -> None:
    any_store.write(post, order(), clock.now())
    frozen = Desk("frozen", frozenset({"telegram"}))
    (attempt,) = any_store.write(frozen.turn, [], ROUTINE, 10, clock.now(), clock.real())
    clock.forward(seconds=31)
    await sender_of(any_store, clock, phones).once()
    late: Sequence[Result] = [Result(attempt, delivery.Refused(), "too late to say")]
    any_store.write(frozen.turn, late, ROUTINE, 0, clock.now(), clock.real())
    assert (only(any_store).state, only(any_store).last_error) == ("sent", None)


@pytest.mark.parametrize("in_flight", [False, True])
def test_what_is_claimed_stands_as_the_machine_says(any_store: Store, clock: FixedClock, in_flight: bool) -> None:
    def began(tx: Session) -> None:
        row = tx.exec(select(DeliveryRow)).one()
        row.attempts, row.in_flight, row.again = 2, in_flight, 1

    any_store.write(post, order(level=Level.URGENT), clock.now())
    any_store.write(began)
    before = only(any_store)
    desk = Desk("me", frozenset({"telegram"}))
    (attempt,) = any_store.write(desk.turn, [], ROUTINE, 1, clock.now(), clock.real())
    after, said = only(any_store), delivery.decide(load(before), delivery.Tried())[0]
    assert (load(after), attempt.attempt, attempt.again) == (said, said.attempts, said.again)
    assert (after.held_by, after.held_until) == ("me", clock.real() + LEASE)
    assert after.version == before.version + 1
    assert any_store.write(desk.turn, [], ROUTINE, 1, clock.now(), clock.real()) == []


async def test_the_gravest_leave_first_then_the_oldest(any_store: Store, clock: FixedClock, phones: Phones) -> None:
    for key, level in (("a", None), ("b", Level.URGENT), ("c", None), ("d", Level.URGENT)):
        any_store.write(post, order(key, key, level=level), clock.now())
        clock.forward(seconds=1)
    await sender_of(any_store, clock, phones).once()
    assert [sent.key for sent in phones.taken] == ["b", "d", "a", "c"]


async def test_what_becomes_too_late_while_the_sender_runs_is_told(store: Store, clock: FixedClock) -> None:
    told: list[tuple[str, bool]] = []
    sender = sender_of(store, clock, Phones(), told)
    running = asyncio.create_task(sender.run())
    await asyncio.sleep(0.1)
    store.write(post, order(channel="elsewhere", expires_at=clock.now() + timedelta(minutes=1)), clock.now())
    clock.forward(minutes=1)
    async with asyncio.timeout(20):
        while only(store).state == "waiting":  # noqa: ASYNC110 - it is told before the commit
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (only(store).state, told) == ("failed", [("k-1", True)])


async def test_those_of_one_batch_that_fare_otherwise_are_each_written_down_as_they_fared(
    any_store: Store, clock: FixedClock, phones: Phones
) -> None:
    phones.behave = {"b": refuse, "c": not_now(40), "d": not_now(20, full=True)}
    soon = clock.now() + timedelta(minutes=5)
    for chat in ("a", "b", "c", "d"):
        any_store.write(post, order(chat, chat, expires_at=soon), clock.now())
    clock.forward(seconds=10)
    await sender_of(any_store, clock, phones).once()
    fared = {row.idempotency_key: row for row in rows(any_store)}
    now, real = clock.now(), clock.real()
    assert [(row.state, row.attempts, row.last_error) for row in map(fared.__getitem__, "abcd")] == [
        ("sent", 1, None),
        ("failed", 1, "bot was blocked"),
        ("waiting", 1, "too many requests"),
        ("waiting", 0, "too many requests"),
    ]
    assert (fared["a"].sent_at, fared["a"].due_at, fared["b"].due_at, fared["b"].sent_at) == (now, None, None, None)
    assert (fared["c"].held_until, fared["c"].expires_at) == (real + timedelta(seconds=40), soon)
    assert (fared["d"].due_at, fared["d"].expires_at) == (now, soon + timedelta(seconds=10))
    assert {row.held_by for row in fared.values()} == {None}


async def test_refused_is_final_and_told_at_once(store: Store, clock: FixedClock, phones: Phones) -> None:
    told: list[tuple[str, bool]] = []
    phones.behave["chat-1"] = refuse
    store.write(post, order(), clock.now())
    await sender_of(store, clock, phones, told).once()
    assert (only(store).state, only(store).last_error, told) == ("failed", "bot was blocked", [("k-1", True)])


async def test_not_now_waits_as_long_as_asked_in_real_time(store: Store, clock: FixedClock, phones: Phones) -> None:
    told: list[tuple[str, bool]] = []
    phones.behave["chat-1"] = not_now(40)
    store.write(post, order(), clock.now())
    sender = sender_of(store, clock, phones, told)
    assert await sender.once() == 1
    clock.forward(seconds=39)
    assert await sender.once() == 0
    del phones.behave["chat-1"]
    clock.forward(seconds=1)
    assert await sender.once() == 1
    assert (only(store).state, only(store).again, told) == ("sent", 0, [])


async def test_a_channel_that_breaks_loses_nothing(store: Store, clock: FixedClock, phones: Phones) -> None:
    def broken() -> None:
        raise RuntimeError("a bug")

    phones.behave["chat-1"] = broken
    store.write(post, order(), clock.now())
    sender = sender_of(store, clock, phones)
    await sender.once()
    del phones.behave["chat-1"]
    clock.forward(seconds=1)
    await sender.once()
    assert (only(store).state, only(store).again) == ("sent", 1)


async def test_what_is_too_late_is_never_sent_but_told(store: Store, clock: FixedClock, phones: Phones) -> None:
    told: list[tuple[str, bool]] = []
    store.write(post, order(expires_at=clock.now() + timedelta(minutes=1)), clock.now())
    clock.forward(minutes=1)
    await sender_of(store, clock, phones, told).once()
    assert (only(store).state, phones.taken, told) == ("failed", [], [("k-1", True)])


async def test_what_is_not_due_yet_waits(store: Store, clock: FixedClock, phones: Phones) -> None:
    store.write(post, order(not_before=clock.now() + timedelta(minutes=1)), clock.now())
    sender = sender_of(store, clock, phones)
    assert await sender.once() == 0
    clock.forward(minutes=1)
    assert await sender.once() == 1


async def test_what_is_cancelled_does_not_leave(store: Store, clock: FixedClock, phones: Phones) -> None:
    store.write(post, order("k-1", checkin="k"), clock.now())
    store.write(post, order("k-2", checkin="other"), clock.now())
    assert store.write(cancel, clock.now(), checkin="k") == 1
    await sender_of(store, clock, phones).once()
    assert [d.key for d in phones.taken] == ["k-2"]
    with pytest.raises(ValueError, match="name"):
        store.write(cancel, clock.now())


async def test_what_was_cancelled_on_its_way_is_recorded_as_it_was(store: Store, clock: FixedClock) -> None:
    store.write(post, order(checkin="k"), clock.now())
    desk = Desk("me", frozenset({"telegram"}))
    (attempt,) = store.write(desk.turn, [], ROUTINE, 10, clock.now(), clock.real())
    store.write(cancel, clock.now(), checkin="k")
    store.write(desk.turn, [Result(attempt, delivery.Sent(), ref="m")], ROUTINE, 0, clock.now(), clock.real())
    assert only(store).state == "sent"


async def test_only_the_process_that_holds_a_speaker_sends_to_it(store: Store, clock: FixedClock) -> None:
    store.write(post, order(chat="home-1/speaker-1", channel="speaker"), clock.now())
    held: set[str] = set()
    speakers = Phones()
    sender = Sender(store, clock, {"speaker": speakers}, routes=lambda: frozenset(held))
    assert await sender.once() == 0
    held.add("home-1/speaker-1")
    assert await sender.once() == 1


async def test_a_refused_page_asks_the_next_one_at_once(story: Story) -> None:
    story.phones.behave["chat-u-1"] = refuse
    id = await story.happens("sos")
    assert story.phones.news() == [("c-1", "page"), ("c-2", "page"), ("u-2", "page")]
    assert "page_failed" in story.ledger(id)
    await story.passes(seconds=59)
    assert story.phones.news() == []


async def test_a_page_that_must_wait_asks_the_next_one_at_once_and_still_arrives(story: Story) -> None:
    story.phones.behave["chat-u-1"] = not_now(20)
    await story.happens("sos")
    assert ("u-2", "page") in story.phones.news()
    del story.phones.behave["chat-u-1"]
    await story.passes(seconds=20)
    assert story.phones.news() == [("u-1", "page")]


async def test_a_refused_contact_does_not_hurry_the_coordinator(story: Story) -> None:
    story.phones.behave["chat-c-1"] = refuse
    await story.happens("sos")
    assert story.phones.news() == [("u-1", "page")]
    await story.passes(seconds=59)
    assert story.phones.news() == []


async def test_every_channel_dead_keeps_the_escalation_going_without_spinning(story: Story) -> None:
    for who in ("u-1", "u-2", "u-9", "c-1", "c-2"):
        story.phones.behave[f"chat-{who}"] = refuse
    id = await story.happens("sos")
    for _ in range(10):
        await story.passes(seconds=60)
    assert story.ledger(id).count("round") == 10
    assert story.store.read(story.escalations.summary, id).state == "open"


async def test_those_whose_page_was_still_on_its_way_see_who_has_it(story: Story) -> None:
    id = story.store.write(story.escalations.raise_sign, story.sign(), story.clock.now())
    desk = Desk("me", frozenset({"telegram"}))
    flying = story.store.write(desk.turn, [], EMERGENCIES, 1, story.clock.now(), story.clock.real())
    await story.takes("u-2", id)
    assert story.phones.news() == [(flying[0].person_id, "notice")]


async def test_an_sos_leaves_within_a_second_behind_five_thousand_routine_messages(story: Story) -> None:
    def fill(tx: Session) -> None:
        for number in range(5000):
            post(tx, order(f"routine-{number}", f"chat-{number}"), story.clock.now())

    class Slow(Phones):
        many = asyncio.Event()
        page = asyncio.Event()

        async def send(self, delivery: DeliveryOut) -> Receipt:
            await asyncio.sleep(0.02)
            receipt = await super().send(delivery)
            if len(self.taken) >= 100:
                self.many.set()
            if delivery.kind == "page":
                self.page.set()
            return receipt

    story.store.write(fill)
    slow, clock = Slow(), Clock(datetime.now(UTC), story.clock.now(), 1.0)
    running = asyncio.create_task(Sender(story.store, clock, {"telegram": slow}).run())
    try:
        await asyncio.wait_for(slow.many.wait(), PATIENCE_S)
        await story.store.awrite(story.escalations.raise_sign, story.sign(), clock.now())
        await asyncio.wait_for(slow.page.wait(), PATIENCE_S)
        assert len(slow.taken) < 5000
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_channel_with_a_queue_leaves_places_to_the_others(store: Store, clock: FixedClock) -> None:
    spoken = asyncio.Event()

    class Queue(Phones):
        async def send(self, out: DeliveryOut) -> Receipt:
            await spoken.wait()
            return await super().send(out)

    class Speaker(Phones):
        async def send(self, out: DeliveryOut) -> Receipt:
            spoken.set()
            return await super().send(out)

    chat, speaker = Queue(), Speaker()
    for number in range(ROUTINE.slots * 2):
        store.write(post, order(f"chat/{number}", f"chat-{number}"), clock.now())
    clock.forward(seconds=1)
    store.write(post, order("home/1", "home-001/speaker", channel="speaker"), clock.now())
    sender = Sender(
        store, clock, {"telegram": chat, "speaker": speaker}, routes=lambda: frozenset({"home-001/speaker"})
    )
    sending = asyncio.create_task(sender.run())
    async with asyncio.timeout(10):
        await spoken.wait()
    assert (len(chat.taken), len(speaker.taken)) == (0, 1), "it did not stand behind all that was due before it"
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


async def test_the_outcome_of_an_escalation_without_a_row_is_nobodys_trouble(story: Story) -> None:
    ghost = DeliveryOut("d", "k", "page", "telegram", "chat", {}, escalation="e-gone", step=1)
    story.store.write(story.escalations.page_failed, ghost, story.clock.now(), True)
    assert story.store.read(lambda tx: tx.get(EscalationRow, "e-gone")) is None


def test_a_refusal_says_why_without_names() -> None:
    assert Refused("bot was blocked").reason == "bot was blocked"
    assert order(level=Level.EMERGENCY).level is Level.EMERGENCY
