"""The inbox's rules on both databases: kept once, handled once, one poller."""

from datetime import UTC, datetime, timedelta

import pytest

from bot import inbox
from store import Store

NOW = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


def update(number: int) -> dict[str, object]:
    """An update with a large number, as Telegram's are."""
    return {"update_id": 3_000_000_000 + number, "message": {"text": "안녕"}}


def test_a_repeated_update_is_new_only_once(any_store: Store) -> None:
    batch: list[dict[str, object]] = [update(2), update(1), {"no": "id"}, {"update_id": "x"}]
    first = any_store.write(inbox.receive, batch, NOW)
    again = any_store.write(inbox.receive, [*batch, update(3)], NOW)
    assert [kept.id - 3_000_000_000 for kept in first] == [1, 2]
    assert [kept.id - 3_000_000_000 for kept in again] == [3]
    assert len(any_store.read(inbox.waiting)) == 3


def test_an_update_is_finished_once_and_a_crash_leaves_it_waiting(any_store: Store) -> None:
    (kept,) = any_store.write(inbox.receive, [update(1)], NOW)

    def crashes(tx: object) -> None:
        inbox.finish(tx, kept.id, NOW)  # type: ignore[arg-type]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        any_store.write(crashes)
    assert any_store.read(inbox.waiting) == [kept]
    assert any_store.write(inbox.finish, kept.id, NOW) is True
    assert any_store.write(inbox.finish, kept.id, NOW) is False
    assert any_store.write(inbox.finish, 404, NOW) is False
    assert any_store.read(inbox.waiting) == []


def test_failures_are_counted_to_the_quarantine(any_store: Store) -> None:
    (kept,) = any_store.write(inbox.receive, [update(1)], NOW)
    tries = [any_store.write(inbox.fail, kept.id, "ValueError", 3, NOW) for _ in range(4)]
    assert tries == [False, False, True, False]
    (shown,) = any_store.read(inbox.quarantined)
    assert (shown.id, shown.failures, shown.error) == (kept.id, 3, "ValueError")


def test_one_polls_at_a_time(any_store: Store) -> None:
    def hold(who: str, after_s: float) -> bool:
        return any_store.write(inbox.hold_poll, who, NOW + timedelta(seconds=after_s))

    assert hold("a", 0)
    assert not hold("b", 1)
    assert hold("a", 10)
    assert not hold("b", 20)
    assert hold("b", 25)
    assert not hold("a", 26)
    any_store.write(inbox.let_go, "a", NOW + timedelta(seconds=27))
    assert not hold("a", 28)
    any_store.write(inbox.let_go, "b", NOW + timedelta(seconds=29))
    assert hold("a", 29)
